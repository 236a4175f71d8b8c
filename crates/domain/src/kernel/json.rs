//! JSON as clients send it: one strict look at a whole text, an object's fields as they were sent, and every word of it
//! decoded. Nothing here builds a tree, and nothing calls itself deeper than [`DEPTH_MAX`].
//!
//! No text that came from a client, now or when it was stored, may become a `serde_json::Value`: that type takes an
//! object with a key of the library's own as JSON text, and reads the text as if it were no deeper. `cargo xtask tidy`
//! looks for it.

use std::cell::Cell;
use std::collections::HashSet;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::kernel::detector;

/// Levels of nesting.
pub const DEPTH_MAX: usize = 32;
/// How keys begin that mean something to the library, which reads their values anew.
const PRIVATE: &str = "$serde_json::private::";

/// Why a text is not an object that can be worked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// It is not JSON, or not UTF-8, or has a key that nobody may send. Where, in words.
    Malformed(String),
    /// It is nested too deeply.
    TooDeep,
    /// A key stands twice in one object.
    Duplicate,
    /// It is JSON, and not an object.
    NotAnObject,
}

/// An object's fields as they were sent, in their order.
#[derive(Clone, Default)]
pub struct Object(pub Vec<(String, Box<RawValue>)>);

impl Object {
    /// Reads an object, after a strict look at all of it. No text at all is an object without fields.
    ///
    /// # Errors
    /// It is no JSON, or none that can be worked with.
    pub fn parse(text: &[u8]) -> Result<Self, Flaw> {
        if text.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Vec::new()));
        }
        look(text)?;
        serde_json::from_slice(text).map_err(|_| Flaw::NotAnObject)
    }

    /// A field's text; none where it is absent or null.
    pub fn get(&self, name: &str) -> Option<&RawValue> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        (value.get() != "null").then_some(value)
    }

    /// A field's text as it was sent, null too.
    pub fn sent(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.get())
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// Looks at a whole text: its grammar, its depth, its keys.
fn look(text: &[u8]) -> Result<(), Flaw> {
    let flaw = Cell::new(None);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let checked =
        Check { depth: 0, flaw: &flaw }.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    checked.map_err(|error| {
        // The error's own words may quote the text, so only its place is told.
        flaw.take().unwrap_or(Flaw::Malformed(place(&error)))
    })
}

fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

/// What is wrong with a text, or with a value that cannot be written, and where, for logs and errors. The library's own words
/// may quote what they speak of, and are never handed on.
pub fn fault(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Io => "it cannot be written",
        Category::Syntax => "it is no JSON",
        Category::Data => "it is other JSON than it should be",
        Category::Eof => "it ends too early",
    };
    format!("{what}, at {}", place(error))
}

/// Visits every key, text and number of a JSON text, decoded; of a number with a point or an exponent the digits before the
/// point, because a fraction's many digits are nobody's number. It goes through from left to right, whatever the depth, and
/// also through a text that is no JSON.
pub fn each_word(json: &str, visit: &mut dyn FnMut(&str)) {
    let mut at = 0;
    while let Some(&first) = json.as_bytes().get(at) {
        let from = at;
        match first {
            b'"' => {
                at = end_of_text(json.as_bytes(), from);
                let text = &json[from..at];
                match serde_json::from_str::<String>(text) {
                    Ok(decoded) => visit(&decoded),
                    Err(_) => visit(text),
                }
            }
            b'-' | b'0'..=b'9' => {
                let is_inside = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                at += json.as_bytes()[from..].iter().take_while(|byte| is_inside(byte)).count();
                visit_number(&json[from..at], visit);
            }
            _ => at += 1,
        }
    }
}

fn visit_number(number: &str, visit: &mut dyn FnMut(&str)) {
    if !number.contains(['.', 'e', 'E']) {
        visit(number);
    } else if let Some(whole) = whole(number) {
        visit(&whole);
    }
}

/// A text or a number as [`each_word`] visits it; none where the value is something else.
pub fn word(json: &str) -> Option<String> {
    let mut word = None;
    if json.starts_with(|first: char| matches!(first, '"' | '-' | '0'..='9')) {
        each_word(json, &mut |visited| word = Some(visited.to_owned()));
    }
    word
}

/// Whether a card number stands anywhere in a JSON text, in whatever spelling.
pub fn holds_card_number(json: &str) -> bool {
    let mut found = false;
    each_word(json, &mut |word| found = found || detector::holds_card_number(word));
    found
}

/// The place behind the quote that ends the text which begins here.
fn end_of_text(json: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}

/// The digits before the point of a number that is written with a point or an exponent: 41.5e2 has 4150. None where they
/// are too many to be of interest.
fn whole(number: &str) -> Option<String> {
    const DIGITS_MAX: i64 = 100;
    let number = number.trim_start_matches('-');
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let point = exponent.parse::<i64>().ok()?.checked_add(i64::try_from(before.len()).ok()?)?;
    let point = usize::try_from(point).ok().filter(|_| point <= DIGITS_MAX)?;
    let all = format!("{before}{after}{}", "0".repeat(point));
    Some(all.get(..point)?.trim_start_matches('0').to_owned())
}

/// Looks at a value without keeping it.
struct Check<'a> {
    depth: usize,
    flaw: &'a Cell<Option<Flaw>>,
}

impl Check<'_> {
    fn inside<E: serde::de::Error>(&self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            self.flaw.set(Some(Flaw::TooDeep));
            return Err(E::custom("too deep"));
        }
        Ok(Self { depth: self.depth + 1, flaw: self.flaw })
    }
}

impl<'de> DeserializeSeed<'de> for Check<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Check<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.inside()?)?.is_some() {}
        // An empty array counts as a level too.
        self.inside::<A::Error>().map(|_| ())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut keys = HashSet::new();
        let inside = self.inside::<A::Error>()?.depth;
        while let Some(key) = map.next_key::<String>()? {
            map.next_value_seed(Check { depth: inside, flaw: self.flaw })?;
            if key.starts_with(PRIVATE) {
                return Err(A::Error::custom("a key of the library's own"));
            }
            if !keys.insert(key) {
                self.flaw.set(Some(Flaw::Duplicate));
                return Err(A::Error::custom("duplicate key"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(text: &str) -> Option<Flaw> {
        Object::parse(text.as_bytes()).err()
    }

    #[test]
    fn fields_are_kept_as_they_were_sent() {
        let object =
            Object::parse(br#" {"a": 1.50, "b": null, "c":{"d":12345678901234567890123}} "#).unwrap();
        assert_eq!(object.get("a").map(RawValue::get), Some("1.50"));
        assert!(object.get("b").is_none() && object.get("e").is_none());
        assert_eq!(object.get("c").map(RawValue::get), Some(r#"{"d":12345678901234567890123}"#));
        assert!(Object::parse(b"").unwrap().0.is_empty());
    }

    #[test]
    fn duplicate_keys_are_found_at_every_level_and_in_every_spelling() {
        assert_eq!(flaw(r#"{"a":1,"a":2}"#), Some(Flaw::Duplicate));
        assert_eq!(flaw(r#"{"a":[{"b":1,"\u0062":2}]}"#), Some(Flaw::Duplicate));
        assert_eq!(flaw(r#"{"a":{"b":1},"c":{"b":1}}"#), None);
    }

    #[test]
    fn thirty_two_levels_and_no_more() {
        let nested =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert_eq!(flaw(&nested(32)), None);
        assert_eq!(flaw(&nested(33)), Some(Flaw::TooDeep));
        assert_eq!(flaw(&"[".repeat(60_000)), Some(Flaw::TooDeep));
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        for text in
            ["{", "nul", "{\"a\":1} x", "{'a':1}", "{\"a\":1e999}", "{\"a\":\"\\ud800\"}", "\u{feff}{}"]
        {
            assert!(matches!(flaw(text), Some(Flaw::Malformed(_))), "{text}");
        }
        assert!(matches!(Object::parse(b"{\"a\":\"\xff\"}").err(), Some(Flaw::Malformed(_))));
        for text in ["[]", "1", "null", "\"a\""] {
            assert_eq!(flaw(text), Some(Flaw::NotAnObject), "{text}");
        }
    }

    #[test]
    fn a_key_of_the_librarys_own_is_malformed_at_every_level_and_in_every_spelling() {
        for text in [
            r#"{"$serde_json::private::RawValue":"1"}"#,
            r#"{"$serde_json::private::Number":"1"}"#,
            r#"{"$serde_json::private::":1}"#,
            r#"{"a":[{"\u0024serde_json::private::RawValue":"1"}]}"#,
        ] {
            assert!(matches!(flaw(text), Some(Flaw::Malformed(_))), "{text}");
        }
        assert_eq!(flaw(r#"{"serde_json::private::RawValue":"$serde_json::private::RawValue"}"#), None);
    }

    fn words(json: &str) -> Vec<String> {
        let mut words = Vec::new();
        each_word(json, &mut |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn every_word_is_visited_decoded() {
        let json = r#"{"a\"\u0062":["\u00e5\\", -1, 1.50, true, null], "c":{"":45e2}, "d":"\ud83d\ude00"}"#;
        let expected = ["a\"b", "å\\", "-1", "1", "c", "", "4500", "d", "😀"];
        assert_eq!(words(json), expected);
        // What is no JSON is gone through as well: as it stands where it cannot be decoded.
        assert_eq!(words(r#"[[[1,"\ud800" "a\"#), ["1", r#""\ud800""#, r#""a\"#]);
        assert_eq!(words(&format!("{}7", "[".repeat(1 << 20))), ["7"]);
    }

    #[test]
    fn a_number_is_read_whole_however_it_is_written() {
        for (number, expected) in [
            ("1.5", Some("1")),
            ("-4.111e3", Some("4111")),
            ("0.0411E+5", Some("4110")),
            ("411100e-2", Some("4111")),
            ("1e-9", None),
            ("1e999", None),
            ("1e99999999999999999999", None),
            ("1e9223372036854775807", None),
            ("1.2.3e1e1", None),
        ] {
            assert_eq!(whole(number).as_deref(), expected, "{number}");
        }
    }

    #[test]
    fn a_card_number_is_found_in_every_spelling() {
        for json in [
            r#""4242 4242 4242 4242""#,
            r#"{"4242424242424242":1}"#,
            r#"[{"a":"\u0034242424242424242"}]"#,
            "4242424242424242",
            "4242424242424242.0",
            "4.242424242424242e15",
            "[424242424242424200E-2]",
        ] {
            assert!(holds_card_number(json), "{json}");
        }
        for json in [
            "{\"a\":42424242,\"b\":42424242}",
            "\"42424242\",\"42424242\"",
            "4.242424242424242",
            // Fractions of the digits of cards.
            "0.4539578763621486",
            "[12.378282246310005, -0.36227206271667e-3]",
        ] {
            assert!(!holds_card_number(json), "{json}");
        }
    }

    /// Every thread that handles a request has 2 MiB; this one has a sixteenth of it.
    #[test]
    fn the_deepest_text_that_is_taken_fits_a_small_stack() {
        let deep = |open: &str, close: &str| {
            let (open, close) = (open.repeat(DEPTH_MAX - 2), close.repeat(DEPTH_MAX - 2));
            let wide: Vec<String> =
                (0..500).map(|key| format!("\"{key}\":[\"\\u0061\",{key}.5e1]")).collect();
            format!("{{\"a\":{open}{{{}}}{close}}}", wide.join(","))
        };
        let texts =
            [deep("[", "]"), deep("{\"\\u0061\":", "}"), "[".repeat(60_000), "{\"a\":".repeat(10_000)];
        let work = move || {
            for text in &texts {
                let read = Object::parse(text.as_bytes());
                assert_eq!(read.is_ok(), text.len() < 12_000 && text.ends_with('}'), "{text:.20}");
                holds_card_number(text);
                if let Ok(object) = read {
                    let kept = crate::kernel::metadata::Metadata::new(object.0).unwrap();
                    crate::kernel::metadata::Metadata::stored(&kept.json()).unwrap().merged(&kept).unwrap();
                }
            }
        };
        std::thread::Builder::new().stack_size(128 * 1024).spawn(work).unwrap().join().unwrap();
    }
}
