//! What an API gave out and gets back: a field that says what the answer says of it now is as good as not sent. Another API
//! may have made it by other limits, and whoever reads a record whole may send it whole.
//!
//! What a field is, and what an answer says of it, is each vendor's own.

use std::collections::HashMap;

use domain::Error;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::json::Object;

/// Leaves out of a body what only repeats the answer of now.
pub(crate) fn leave_out(body: &mut Object, shown: &impl Serialize) {
    let shown = serde_json::to_string(shown).expect("wire objects have string keys and finite numbers");
    let shown: Object = serde_json::from_str(&shown).unwrap_or_default();
    body.0.retain(|(name, value)| !shown.sent(name).is_some_and(|known| is_same(value.get(), known)));
}

/// What to tell of a body that is for nobody: what is wrong with it comes first.
pub(crate) fn of_nobody<T, F: From<Error>>(error: Error, read: Result<T, F>) -> F {
    match (error, read) {
        (Error::NotFound(_), Err(failure)) => failure,
        (error, _) => error.into(),
    }
}

/// Whether two values say the same, however they are written: who reads a text and writes it anew may spell its letters and
/// numbers otherwise, and order its keys.
fn is_same(one: &str, other: &str) -> bool {
    match (one.as_bytes().first(), other.as_bytes().first()) {
        _ if one == other => true,
        (Some(b'"'), Some(b'"')) => {
            let text = |raw| serde_json::from_str::<String>(raw).ok();
            text(one).is_some_and(|one| text(other) == Some(one))
        }
        (Some(b'{'), Some(b'{')) => {
            let object = |raw| serde_json::from_str::<Object>(raw).map(|Object(fields)| fields).ok();
            object(one).zip(object(other)).is_some_and(|(one, other)| {
                // A merchant's own object may have very many keys.
                let known: HashMap<&str, &str> =
                    other.iter().map(|(name, value)| (name.as_str(), value.get())).collect();
                let is_known = |(name, value): &(String, Box<RawValue>)| {
                    known.get(name.as_str()).is_some_and(|known| is_same(value.get(), known))
                };
                one.len() == known.len() && one.iter().all(is_known)
            })
        }
        (Some(b'['), Some(b'[')) => {
            let list = |raw| serde_json::from_str::<Vec<&RawValue>>(raw).ok();
            list(one).zip(list(other)).is_some_and(|(one, other)| {
                one.len() == other.len()
                    && one.iter().zip(&other).all(|(one, other)| is_same(one.get(), other.get()))
            })
        }
        (Some(b'-' | b'0'..=b'9'), Some(b'-' | b'0'..=b'9')) => {
            // Of two integers each digit counts, also of those that are too long for most programs.
            let is_integer = |raw: &str| !raw.contains(['.', 'e', 'E']);
            let number = |raw| serde_json::from_str::<f64>(raw).ok();
            !(is_integer(one) && is_integer(other))
                && number(one).is_some_and(|one| number(other) == Some(one))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_the_same_however_they_are_written() {
        for (one, other) in [
            (r#""caf\u00e9""#, r#""café""#),
            ("1.50", "1.5"),
            ("12345678901234567890123", "1.2345678901234568e22"),
            (r#"{"a": 1, "b": [true, null]}"#, r#"{"b":[true,null],"a":1}"#),
            (r#"{"a":{"b":"\/"}}"#, r#"{"a":{"b":"/"}}"#),
        ] {
            assert!(is_same(one, other) && is_same(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("1", "\"1\""),
            ("12345678901234567890123", "12345678901234567890124"),
            ("null", "\"\""),
            ("[1,2]", "[2,1]"),
            ("[1]", "[1,1]"),
            (r#"{"a":1}"#, r#"{"a":1,"b":null}"#),
            (r#"{"a":1}"#, r#"{"b":1}"#),
            ("{}", "[]"),
        ] {
            assert!(!is_same(one, other) && !is_same(other, one), "{one} {other}");
        }
    }

    #[test]
    fn only_what_repeats_the_answer_is_left_out() {
        #[derive(Serialize)]
        struct Shown {
            name: &'static str,
            email: Option<&'static str>,
        }
        let mut body = Object::parse(br#"{"name":"A\u0064a","email":null,"city":null,"id":1}"#).unwrap();
        leave_out(&mut body, &Shown { name: "Ada", email: None });
        let left: Vec<&str> = body.0.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(left, ["city", "id"]);
    }
}
