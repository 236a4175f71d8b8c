//! JSON: what the domain reads of bodies, what is said of one that is none, and objects of lists.

use domain::idempotency::Reply;
pub(crate) use domain::json::{Flaw, Object};
use domain::{Error, json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

/// An answer with a body.
pub(crate) fn reply(status: u16, object: &impl Serialize) -> Reply {
    let body = serde_json::to_vec(object).expect("wire objects have string keys and finite numbers");
    Reply { status, content_type: "application/json".to_owned(), body }
}

/// A field of an object that has a value of this type.
pub(crate) fn field<T: DeserializeOwned>(object: &Object, name: &str) -> Option<T> {
    serde_json::from_str(object.get(name)?.get()).ok()
}

/// One object of a list, written already: a long list is made in pieces, and put together in no time.
pub(crate) fn listed(object: &impl Serialize) -> Result<Box<RawValue>, Error> {
    to_raw_value(object)
        .map_err(|error| Error::Internal(format!("an answer cannot be written: {}", json::fault(&error))))
}

/// What is wrong with a body, in words. A key that stands twice is not repeated: it may be anything, a card number too.
pub(crate) fn words(flaw: &Flaw) -> String {
    match flaw {
        Flaw::Malformed(place) => format!("The body is not valid JSON: {place}"),
        Flaw::TooDeep => {
            format!("The body is nested more than {} levels deep", domain::json::DEPTH_MAX)
        }
        Flaw::Duplicate => "A field is given twice in one object".to_owned(),
        Flaw::NotAnObject => "The body must be a JSON object".to_owned(),
    }
}
