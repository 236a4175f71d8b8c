//! Examples of answers, as the golden files of the black-box tests have them.
//!
//! `examples.json` is made of those files, so that an example is what a server answered. A test fails where it is out of
//! date, and `cargo xtask fidelity` writes it anew.

use std::collections::BTreeMap;

use utoipa::openapi::{OpenApi, RefOr};

use crate::openapi::{Json, answers};

/// Each API's answers, by method, path and status.
type Examples = BTreeMap<String, BTreeMap<String, Json>>;

const EXAMPLES: &str = include_str!("examples.json");

/// Puts an example beside each answer of which there is one.
pub(crate) fn show(document: &mut OpenApi, api: &str) {
    let mut examples: Examples = serde_json::from_str(EXAMPLES).expect("the examples are objects of objects");
    let mut examples = examples.remove(api).unwrap_or_default();
    for (name, answer) in answers(document) {
        let example = examples.remove(&name);
        for content in answer.content.values_mut() {
            if let RefOr::T(content) = content {
                content.example = content.example.take().or_else(|| example.clone());
            }
        }
    }
}
