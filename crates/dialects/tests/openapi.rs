//! docs/fidelity.md shows what the OpenAPI documents mark: endpoints and fields that are more, or less, than documented by
//! the vendor. With `KASSA_FIDELITY=write` it is written anew, which `cargo xtask fidelity` does; so are the examples of
//! answers, which are those of the golden files in `tests/wire`. And each property of a document says what it means.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use dialects::{DIALECTS, Dialect};
use serde_json::Value;

const EXAMPLES: &str = "src/examples.json";
const GOLDENS: &str = "../../tests/wire";
/// Where the examples' server is reached.
const ADDRESS: &str = "https://pay.example.com";
const PAGE: &str = "../../docs/fidelity.md";
/// Where a document says what the source of something is.
const MARK: &str = "x-fidelity";
const METHODS: [&str; 5] = ["get", "post", "patch", "put", "delete"];
/// Endpoints that a row names.
const NAMED_MAX: usize = 3;
/// More rows than this nobody reads.
const ROWS_MAX: usize = 250;

const INTRODUCTION: &str = "# Fidelity

Where the behaviour of each endpoint and field comes from. What is not listed here, and stands in no
note beside it, is as the vendor documents it.

- **documented**: the vendor documents it, and there is something to add.
- **seen**: the vendor's own public code does so.
- **ours**: there is no source, so Kassa chose. The vendor may differ.

Many fields have one effect only: Kassa keeps them and shows them again. They follow the vendor's document and the models of the
vendor's clients, and have no row of their own. Where a vendor's documents leave anything else open, Kassa answers as the
vendor's platform does by default.

`cargo xtask fidelity` writes this page from the OpenAPI documents. Each text is written where the field is declared.
";

/// Something that is marked, and the endpoints that have it.
struct Row {
    side: &'static str,
    field: String,
    mark: String,
    endpoints: Vec<String>,
}

/// The reader at `/docs` shows a summary as it is.
#[test]
fn no_summary_has_marks_of_formatting() {
    for dialect in DIALECTS {
        let document = serde_json::to_value(dialect.document()).expect("a document has string keys");
        let paths = document["paths"].as_object().expect("paths");
        for (path, item) in paths {
            for (method, operation) in item.as_object().expect("operations") {
                let summary = operation["summary"].as_str().unwrap_or_default();
                assert!(!summary.contains(['`', '*']), "{method} {path}: {summary}");
            }
        }
    }
}

#[test]
fn the_page_of_fidelity_shows_the_marks_of_the_documents() {
    let mut page = INTRODUCTION.to_owned();
    let mut count = 0;
    for dialect in DIALECTS {
        let document = serde_json::to_value(dialect.document()).expect("a document has string keys");
        let rows = Rows::of(&document);
        count += rows.len();
        let head = "| where | field | source | note | endpoints |\n| --- | --- | --- | --- | --- |";
        let _ = writeln!(page, "\n## {}\n\n{head}", document["info"]["title"].as_str().expect("a title"));
        rows.iter().for_each(|row| page.push_str(&row.line()));
    }
    assert!(
        count < ROWS_MAX,
        "docs/fidelity.md would have {count} rows, and has fewer than {ROWS_MAX}: say a mark once for several fields, or take one away"
    );
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

#[test]
fn the_examples_of_answers_are_those_of_the_goldens() {
    let made: BTreeMap<&str, BTreeMap<String, Value>> =
        DIALECTS.iter().map(|dialect| (dialect.name, examples(dialect))).collect();
    for (api, examples) in &made {
        assert!(examples.len() > 3, "{api} has {} examples", examples.len());
    }
    let text = serde_json::to_string_pretty(&made).expect("its keys are texts") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(EXAMPLES);
    if std::env::var("KASSA_FIDELITY").is_ok_and(|word| word == "write") {
        std::fs::write(&path, &text).expect("the examples can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "the examples of answers are out of date: run cargo xtask fidelity");
}

/// What a reader of the documentation sees asked for is what is answered below it.
#[test]
fn a_checkout_is_answered_as_its_example_asks_for_it() {
    for dialect in DIALECTS {
        let document = serde_json::to_value(dialect.document()).expect("a document has string keys");
        let create = &document["paths"]["/checkout/create"]["post"];
        let example = |part: &Value| part["content"]["application/json"]["example"].clone();
        let (asked, answered) = (example(&create["requestBody"]), example(&create["responses"]["200"]));
        for (name, value) in asked.as_object().into_iter().flatten() {
            assert_eq!(value, &answered[name], "{name}");
        }
    }
}

/// The answers of an API, each under its method, path and status: of the first golden that has such a one.
fn examples(dialect: &Dialect) -> BTreeMap<String, Value> {
    let document = serde_json::to_value(dialect.document()).expect("a document has string keys");
    let paths = document["paths"].as_object().expect("paths");
    // One without a parameter before one in whose place a parameter may stand.
    let mut templates: Vec<&String> = paths.keys().collect();
    templates.sort_by_key(|path| path.matches('{').count());
    let folder = folder_of(dialect);
    let kinds: BTreeMap<String, String> = files(&folder)
        .into_iter()
        .chain(files(&folder.join("set_ups")))
        .flat_map(|file| kinds(&read(&file)))
        .collect();
    let base = format!("/{}{}", dialect.name, dialect.base_path);
    let mut examples = BTreeMap::new();
    for file in files(&folder) {
        for (method, path, status, body) in answers(&read(&file)) {
            let path = path.split('?').next().unwrap_or_default();
            let Some(path) = path.strip_prefix(&base) else { continue };
            let fits = |template: &&&String| is_of(template, path) && has(&paths[**template], &method);
            let Some(template) = templates.iter().find(fits) else { continue };
            let Ok(value) = serde_json::from_str(&filled(&body, &kinds)) else { continue };
            examples.entry(format!("{method} {template} {status}")).or_insert(value);
        }
    }
    examples
}

/// The folder that is called like the API, whatever stands between its words.
fn folder_of(dialect: &Dialect) -> PathBuf {
    let goldens =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(GOLDENS)).expect("the goldens");
    let mut folders = goldens.map(|entry| entry.expect("an entry").path());
    let letters = |name: &str| name.replace(['-', '_'], "");
    let is_its = |path: &PathBuf| {
        path.file_name().is_some_and(|name| letters(&name.to_string_lossy()) == letters(dialect.name))
    };
    folders.find(is_its).expect("each API has goldens")
}

fn has(item: &Value, method: &str) -> bool {
    METHODS.iter().any(|known| known.eq_ignore_ascii_case(method) && item.get(known).is_some())
}

fn is_of(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(wanted, step)| wanted.starts_with('{') || wanted == step)
}

/// The goldens of a folder: those of what was paid first, then the documents' own samples.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "http")).collect();
    files.sort_by_key(|path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        (!name.ends_with("_paid"), !name.starts_with("sample_"), name)
    });
    files
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).expect("a golden is readable")
}

/// The answers of a golden that are JSON and succeeded: method, path, status, body.
fn answers(golden: &str) -> Vec<(String, String, String, String)> {
    let mut found = Vec::new();
    let mut request = None;
    let mut lines = golden.lines().peekable();
    while let Some(line) = lines.next() {
        let mut words = line.split(' ');
        match (words.next(), words.next()) {
            (Some("HTTP"), Some(status)) => {
                let is_blank = |line: &&str| line.is_empty();
                while lines.next_if(|line| !is_blank(line)).is_some() {}
                lines.next();
                let body: Vec<&str> = std::iter::from_fn(|| lines.next_if(|line| !is_blank(line))).collect();
                if let (Some((method, path)), true) = (request.take(), status.starts_with('2')) {
                    found.push((method, path, status.to_owned(), body.join("\n")));
                }
            }
            (Some(method), Some(path))
                if METHODS.iter().any(|known| known.eq_ignore_ascii_case(method))
                    && path.starts_with('/') =>
            {
                request = Some((method.to_uppercase(), path.to_owned()));
            }
            _ => {}
        }
    }
    found
}

/// The placeholders of a text, without their braces.
fn holes(text: &str) -> Vec<&str> {
    let inside = text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(inside, _)| inside));
    let is_hole = |inside: &&str| {
        !inside.is_empty()
            && inside
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_:".contains(&byte))
    };
    inside.filter(is_hole).collect()
}

/// Of which kind each named placeholder is.
fn kinds(golden: &str) -> Vec<(String, String)> {
    let named = holes(golden).into_iter().filter_map(|inside| inside.split_once(':'));
    named.map(|(kind, name)| (name.to_owned(), kind.to_owned())).collect()
}

/// A body with a sample in place of each placeholder.
fn filled(body: &str, kinds: &BTreeMap<String, String>) -> String {
    let mut filled = body.to_owned();
    for inside in holes(body) {
        let kind = inside.split_once(':').map_or(inside, |(kind, _)| kind);
        let kind = kinds.get(kind).map_or(kind, String::as_str);
        filled = filled.replace(&format!("{{{inside}}}"), &sample(kind));
    }
    filled
}

fn sample(kind: &str) -> String {
    const ID: [u8; 16] = *b"\x01\x90\xa1\xb2\xc3\xd4\x4e\x5f\x8a\x6b\x7c\x8d\x9e\x0f\x1a\x2b";
    const LINK: &str = "AAAAAAAAAAF0AaIh1IA5RfeBxQleeoMacm3DszIjhMDBPeKaFWZwPxI";
    let hex = HEXLOWER.encode(&ID);
    let base32 = BASE32_NOPAD.encode(&ID).to_lowercase();
    match kind {
        "hex32" => hex,
        "uuid" => format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]),
        "number" => "1001".to_owned(),
        "time" => "2026-11-28 09:15:02".to_owned(),
        "utc" => "2026-11-28T09:15:02Z".to_owned(),
        "page_link" => format!("{ADDRESS}/c/{LINK}"),
        "client_page" => format!("{ADDRESS}/customer/{LINK}"),
        "address" => ADDRESS.to_owned(),
        "cus" | "src" | "tok" | "pay" | "act" => format!("{kind}_{base32}"),
        "fingerprint" => base32,
        "hpp" => "hpp_P8nDY9GDRM6z".to_owned(),
        "pl" => "pl_2TeSstwfzee6".to_owned(),
        "hex64" => hex.repeat(2),
        "sim" => format!("sim_{hex}"),
        "digits6" => "482913".to_owned(),
        "digits12" => "482913570264".to_owned(),
        "digits15" => "482913570264813".to_owned(),
        "token" => "eyJhbGciOiJIUzI1NiJ9".to_owned(),
        // What a set-up of the run gives, such as a name or a key.
        _ => "sample".to_owned(),
    }
}
