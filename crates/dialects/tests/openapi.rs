//! docs/fidelity.md shows what the OpenAPI documents mark: endpoints and fields that are more, or less, than documented by
//! the vendor. With `KASSA_FIDELITY=write` it is written anew, which `cargo xtask fidelity` does.

use std::fmt::Write as _;
use std::path::Path;

use dialects::DIALECTS;
use serde_json::Value;

const PAGE: &str = "../../docs/fidelity.md";
/// Where a document says what something rests on.
const MARK: &str = "x-fidelity";
const METHODS: [&str; 5] = ["get", "post", "patch", "put", "delete"];
/// Endpoints that a row names.
const NAMED_MAX: usize = 3;
/// More rows than this nobody reads.
const ROWS_MAX: usize = 250;

const INTRODUCTION: &str = "# Fidelity

What endpoints and fields rest on. What is not listed is documented by the vendor. **documented**: so is this, and there
is something to say. **seen**: the vendor's own public code does so. **ours**: no source says, so we chose, and a vendor
may differ. What a request only has shown is as the vendor's document and the models of its clients have it, without a row for
each. Anything else that a vendor's documents leave open is answered in the way that its platform answers by default.

`cargo xtask fidelity` writes this page from the OpenAPI documents; what they say stands where a field is declared.
";

/// Something that is marked, and the endpoints that have it.
struct Row {
    side: &'static str,
    field: String,
    mark: String,
    endpoints: Vec<String>,
}

#[test]
fn the_page_of_fidelity_shows_the_marks_of_the_documents() {
    let mut page = INTRODUCTION.to_owned();
    let mut count = 0;
    for dialect in DIALECTS {
        let document = serde_json::to_value(dialect.document()).expect("a document has string keys");
        let rows = Rows::of(&document);
        count += rows.len();
        let head = "| where | field | rests on | note | of |\n| --- | --- | --- | --- | --- |";
        let _ = writeln!(page, "\n## {}\n\n{head}", document["info"]["title"].as_str().expect("a title"));
        rows.iter().for_each(|row| page.push_str(&row.line()));
    }
    assert!(count < ROWS_MAX, "{count} rows");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    if std::env::var("KASSA_FIDELITY").is_ok_and(|word| word == "write") {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/fidelity.md is out of date: run cargo xtask fidelity");
}

impl Row {
    fn line(&self) -> String {
        let (standing, note) = self.mark.split_once(" – ").unwrap_or((&self.mark, ""));
        assert!(matches!(standing, "documented" | "seen" | "ours"), "{}: no such standing", self.mark);
        let named: Vec<String> =
            self.endpoints.iter().take(NAMED_MAX).map(|name| format!("`{name}`")).collect();
        let others = self.endpoints.len() - named.len();
        let others = if others == 0 { String::new() } else { format!(" and {others} more") };
        let field = if self.field.is_empty() { String::new() } else { format!("`{}`", self.field) };
        format!("| {} | {field} | {standing} | {note} | {}{others} |\n", self.side, named.join(", "))
    }
}

/// The rows of one document.
struct Rows<'a> {
    document: &'a Value,
    endpoint: String,
    side: &'static str,
    rows: Vec<Row>,
}

impl<'a> Rows<'a> {
    fn of(document: &'a Value) -> Vec<Row> {
        let mut rows = Self { document, endpoint: String::new(), side: "", rows: Vec::new() };
        for (path, operations) in entries(&document["paths"]) {
            for method in METHODS {
                if let Some(operation) = operations.get(method) {
                    rows.endpoint = format!("{} {path}", method.to_uppercase());
                    rows.read(operation);
                }
            }
        }
        rows.rows
    }

    fn read(&mut self, operation: &'a Value) {
        self.side = "endpoint";
        self.note("", operation);
        self.side = "query";
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            self.note(parameter["name"].as_str().unwrap_or_default(), parameter);
        }
        self.side = "request";
        self.content("", &operation["requestBody"]);
        for (status, answer) in entries(&operation["responses"]) {
            self.side = if status.starts_with('2') { "answer" } else { "error" };
            self.content("", answer);
        }
    }

    fn content(&mut self, field: &str, body: &'a Value) {
        for (_, content) in entries(&body["content"]) {
            self.schema(field, &content["schema"]);
        }
    }

    /// A schema, and what is in it. No schema of ours is inside itself.
    fn schema(&mut self, field: &str, schema: &'a Value) {
        self.note(field, schema);
        if let Some(path) = schema["$ref"].as_str() {
            let named = self.document.pointer(path.trim_start_matches('#'));
            self.schema(field, named.expect("what a document names is in it"));
        }
        for list in ["allOf", "oneOf", "anyOf"] {
            for part in schema[list].as_array().into_iter().flatten() {
                self.schema(field, part);
            }
        }
        if let Some(items) = schema.get("items") {
            self.schema(&format!("{field}[]"), items);
        }
        for (name, property) in entries(&schema["properties"]) {
            let field = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
            self.schema(&field, property);
        }
    }

    fn note(&mut self, field: &str, marked: &Value) {
        let Some(mark) = marked[MARK].as_str() else { return };
        let (side, endpoint) = (self.side, self.endpoint.clone());
        let is_known = |row: &&mut Row| (row.side, &*row.field, &*row.mark) == (side, field, mark);
        match self.rows.iter_mut().find(is_known) {
            Some(row) if row.endpoints.contains(&endpoint) => {}
            Some(row) => row.endpoints.push(endpoint),
            None => {
                let (field, mark) = (field.to_owned(), mark.to_owned());
                self.rows.push(Row { side, field, mark, endpoints: vec![endpoint] });
            }
        }
    }
}

fn entries(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}
