//! JSON objects as clients send them: one strict look at the whole text, then each field by itself.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Levels of nesting.
const DEPTH_MAX: usize = 32;

/// Why a body is not an object that can be worked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It is not JSON, or not UTF-8. Where, in words.
    Malformed(String),
    /// It is nested too deeply.
    TooDeep,
    /// A key stands twice in one object.
    Duplicate(String),
    /// It is JSON, and not an object.
    NotAnObject,
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(place) => write!(formatter, "The body is not valid JSON: {place}"),
            Self::TooDeep => write!(formatter, "The body is nested more than {DEPTH_MAX} levels deep"),
            // The key is not repeated: it may be anything, a card number too.
            Self::Duplicate(_) => formatter.write_str("A key stands twice in one object"),
            Self::NotAnObject => formatter.write_str("The body must be a JSON object"),
        }
    }
}

/// An object's fields as they were sent, in their order.
pub(crate) struct Object(pub(crate) Vec<(String, Box<RawValue>)>);

impl Object {
    /// Reads an object. No body at all is an object without fields.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Flaw> {
        if text.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Vec::new()));
        }
        let flaw = Cell::new(None);
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        let checked =
            Check { depth: 0, flaw: &flaw }.deserialize(&mut deserializer).and_then(|()| deserializer.end());
        if let Err(error) = checked {
            // The error's own words may quote the body, so only its place is told.
            let place = format!("line {}, column {}", error.line(), error.column());
            return Err(flaw.take().unwrap_or(Flaw::Malformed(place)));
        }
        serde_json::from_slice(text).map_err(|_| Flaw::NotAnObject)
    }

    /// A field's text; none where it is absent or null.
    pub(crate) fn get(&self, name: &str) -> Option<&RawValue> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        (value.get() != "null").then_some(value)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
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

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
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
            if !keys.insert(key.clone()) {
                self.flaw.set(Some(Flaw::Duplicate(key)));
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
        assert_eq!(flaw(r#"{"a":1,"a":2}"#), Some(Flaw::Duplicate("a".to_owned())));
        assert_eq!(flaw(r#"{"a":[{"b":1,"\u0062":2}]}"#), Some(Flaw::Duplicate("b".to_owned())));
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
}
