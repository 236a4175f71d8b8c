//! A merchant's own keys and values, kept as they were sent: a number keeps its digits, a key its place.

use serde_json::value::RawValue;

use crate::kernel::error::{Error, Field};
use crate::kernel::json::{self, Object};

const KEYS_MAX: usize = 50;
const BYTES_MAX: usize = 16 * 1024;

/// Keys with JSON values, in the order they were sent.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    entries: Vec<(String, Box<RawValue>)>,
}

impl Metadata {
    /// Takes entries whose keys differ.
    ///
    /// # Errors
    /// More than 50 keys, more than 16 KiB, or a card number in a key or a value.
    pub fn new(entries: Vec<(String, Box<RawValue>)>) -> Result<Self, Error> {
        let metadata = Self { entries };
        if metadata.entries.len() > KEYS_MAX {
            return Err(Error::invalid(Field::Metadata, format!("must have at most {KEYS_MAX} keys")));
        }
        let json = metadata.json();
        if json.len() > BYTES_MAX {
            return Err(Error::invalid(Field::Metadata, format!("must have at most {BYTES_MAX} bytes")));
        }
        if json::holds_card_number(&json) {
            return Err(Error::card_number(Field::Metadata));
        }
        Ok(metadata)
    }

    /// Reads what [`Metadata::json`] writes.
    pub(crate) fn stored(text: &str) -> Result<Self, db::Error> {
        let object: Object = serde_json::from_str(text)
            .map_err(|error| db::Error::Defect(format!("metadata: {}", json::fault(&error))))?;
        Ok(Self { entries: object.0 })
    }

    /// These entries with `changes` merged in: a key given again takes its new value in its old place, and a key
    /// whose new value is `""` or `null` goes.
    pub fn merged(&self, changes: &Self) -> Result<Self, Error> {
        let mut entries = self.entries.clone();
        for (key, value) in &changes.entries {
            let place = entries.iter().position(|(known, _)| known == key);
            match (place, value.get()) {
                (Some(place), "\"\"" | "null") => drop(entries.remove(place)),
                (None, "\"\"" | "null") => {}
                (Some(place), _) => entries[place].1 = value.clone(),
                (None, _) => entries.push((key.clone(), value.clone())),
            }
        }
        Self::new(entries)
    }

    /// A JSON object.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("metadata has string keys")
    }
}

/// As they are written, key by key.
impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl serde::Serialize for Metadata {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.entries.iter().map(|(key, value)| (key, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(json: &str) -> Metadata {
        Metadata::stored(json).unwrap()
    }

    #[test]
    fn what_is_stored_and_is_no_object_is_told_without_a_word_of_it() {
        for (text, what) in [
            (r#""SECRET""#, "it is other JSON than it should be, at line 1, column 8"),
            (r#"{"SECRET"}"#, "it is no JSON, at line 1, column 10"),
            (r#"{"a":"SECRET"#, "it ends too early, at line 1, column 12"),
            ("4242424242424242", "it is other JSON than it should be, at line 1, column 16"),
        ] {
            let error = Metadata::stored(text).unwrap_err();
            assert!(
                matches!(&error, db::Error::Defect(why) if *why == format!("metadata: {what}")),
                "{error}"
            );
        }
    }

    #[test]
    fn merging_keeps_replaces_and_removes() {
        let merged = metadata(r#"{"a":1,"b":"x","c":true}"#)
            .merged(&metadata(r#"{"b":"","c":{"d":1.50},"e":12345678901234567890123,"f":null}"#))
            .unwrap();
        assert_eq!(merged.json(), r#"{"a":1,"c":{"d":1.50},"e":12345678901234567890123}"#);
    }

    #[test]
    fn limits_hold_after_merging() {
        let many = |from: usize, count: usize| {
            let entries: Vec<String> = (from..from + count).map(|key| format!("\"k{key}\":1")).collect();
            metadata(&format!("{{{}}}", entries.join(",")))
        };
        assert!(many(0, 25).merged(&many(25, 25)).is_ok());
        assert!(many(0, 25).merged(&many(25, 26)).is_err());
        let large = metadata(&format!("{{\"a\":\"{}\"}}", "x".repeat(BYTES_MAX)));
        assert!(Metadata::default().merged(&large).is_err());
    }

    #[test]
    fn card_numbers_are_found_wherever_they_hide() {
        for json in [
            r#"{"card":"4242 4242 4242 4242"}"#,
            r#"{"card":4242424242424242}"#,
            r#"{"4242424242424242":1}"#,
            r#"{"deep":[{"er":"is 5555-5555-5555-4444."}]}"#,
        ] {
            let entries = metadata(json).entries;
            assert!(Metadata::new(entries).is_err(), "{json}");
        }
    }
}
