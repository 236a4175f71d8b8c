//! Every property of every document says what it means.

use dialects::DIALECTS;
use serde_json::Value;

#[test]
fn no_property_of_a_document_is_bare() {
    let mut bare = Vec::new();
    for dialect in DIALECTS {
        let document = serde_json::to_value(dialect.document()).expect("a document has string keys");
        look(dialect.name, &document, &mut bare);
    }
    assert!(bare.is_empty(), "say in crates/dialects/src/words.rs what these mean: {bare:#?}");
}

/// Collects the properties without a description, wherever they stand.
fn look(place: &str, value: &Value, bare: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, property) in object.get("properties").and_then(Value::as_object).into_iter().flatten()
            {
                if property["description"].as_str().is_none_or(str::is_empty) {
                    bare.push(format!("{place}.{name}"));
                }
            }
            // What stands in an example is no property.
            for (name, inner) in object.iter().filter(|(name, _)| !matches!(&***name, "example" | "examples"))
            {
                look(&format!("{place}.{name}"), inner, bare);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| look(place, inner, bare)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
