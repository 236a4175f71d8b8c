//! JSON bodies: what the domain reads of them, and what is said of one that is none.

pub(crate) use domain::json::{Flaw, Object};

/// What is wrong with a body, in words. A key that stands twice is not repeated: it may be anything, a card number too.
pub(crate) fn words(flaw: &Flaw) -> String {
    match flaw {
        Flaw::Malformed(place) => format!("The body is not valid JSON: {place}"),
        Flaw::TooDeep => {
            format!("The body is nested more than {} levels deep", domain::json::DEPTH_MAX)
        }
        Flaw::Duplicate => "A key stands twice in one object".to_owned(),
        Flaw::NotAnObject => "The body must be a JSON object".to_owned(),
    }
}
