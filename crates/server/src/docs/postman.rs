//! A Postman collection (format 2.1) of an OpenAPI document.
//!
//! The address, the keys and the ids are variables: a key is that of the test mode until somebody points it at the
//! live one. The bearer token stands once, on the collection. What is made leaves its id for the requests after it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

const FORMAT: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";
/// Where a document keeps the lines of a script that runs before each request.
const PRE_REQUEST: &str = "x-pre-request-script";

/// The collection of a document.
pub(super) fn collection(document: &OpenApi) -> Value {
    let document = serde_json::to_value(document).expect("an OpenAPI document has string keys");
    let schemes = Schemes::of(&document);
    let script = &document[PRE_REQUEST];
    let told = told(&document);
    let mut names: BTreeSet<String> = told.clone();
    let mut items = Vec::new();
    for (path, operations) in entries(&document["paths"]) {
        names.extend(variables(path).into_iter().map(|(_, variable)| variable));
        for (method, operation) in entries(operations) {
            let document = &document;
            items.push(Request { document, path, method, operation, schemes: &schemes, told: &told }.item());
        }
    }
    let base_url = json!({ "key": "base_url", "value": document["servers"][0]["url"] });
    let mut variables = vec![base_url];
    variables.extend(schemes.bearer.iter().chain(&schemes.headers).flat_map(|scheme| scheme.variables()));
    variables.extend(names.iter().map(|name| json!({ "key": name, "value": "" })));
    let mut collection = json!({
        "info": {
            "name": document["info"]["title"],
            "description": document["info"]["description"],
            "schema": FORMAT,
        },
        "auth": schemes.bearer.as_ref().map(Scheme::auth),
        "variable": variables,
        "item": items,
    });
    if !script.is_null() {
        collection["event"] = json!([event("prerequest", script)]);
    }
    collection
}

fn event(listen: &str, lines: &Value) -> Value {
    json!({ "listen": listen, "script": { "type": "text/javascript", "exec": lines } })
}

/// The ids that stand in bodies and that answers tell under the same names.
fn told(document: &Value) -> BTreeSet<String> {
    let operations = || entries(&document["paths"]).flat_map(|(_, operations)| entries(operations));
    let answers = operations().flat_map(|(_, operation)| entries(&operation["responses"]));
    let answers = answers.filter(|(status, _)| status.starts_with('2'));
    let schemas = answers.flat_map(|(_, answer)| entries(&answer["content"])).map(|(_, content)| content);
    let known: BTreeSet<&String> = schemas
        .flat_map(|content| entries(&named(document, &content["schema"])["properties"]))
        .map(|(name, _)| name)
        .collect();
    let sent = operations().flat_map(|(_, operation)| entries(&operation["requestBody"]["content"]));
    sent.flat_map(|(_, content)| entries(&named(document, &content["schema"])["example"]))
        .filter(|(name, value)| name.ends_with("_id") && value.is_string() && known.contains(name))
        .map(|(name, _)| name.clone())
        .collect()
}

/// The schema that another one names.
fn named<'a>(document: &'a Value, schema: &Value) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    &document["components"]["schemas"][name]
}

/// The parameters of a path, each with the variable that holds it: an id of customers is none of payments.
fn variables(path: &str) -> Vec<(&str, String)> {
    let steps: Vec<&str> = path.split('/').collect();
    let pairs = steps.iter().zip(steps.iter().skip(1));
    pairs
        .filter_map(|(of, step)| {
            let name = parameter(step)?;
            Some((name, format!("{}_{name}", of.replace('-', "_"))))
        })
        .collect()
}

/// The credentials that a document names.
struct Schemes {
    bearer: Option<Scheme>,
    /// Each with the header that it stands in.
    headers: Vec<Scheme>,
}

struct Scheme {
    name: String,
    header: String,
}

impl Schemes {
    fn of(document: &Value) -> Self {
        let mut schemes = Self { bearer: None, headers: Vec::new() };
        for (name, scheme) in entries(&document["components"]["securitySchemes"]) {
            let name = name.clone();
            match (scheme["type"].as_str(), scheme["scheme"].as_str()) {
                (Some("http"), Some("bearer")) => {
                    schemes.bearer = Some(Scheme { name, header: "Authorization".to_owned() });
                }
                (Some("apiKey"), _) => {
                    let header = scheme["name"].as_str().unwrap_or_default().to_owned();
                    schemes.headers.push(Scheme { name, header });
                }
                _ => {}
            }
        }
        schemes
    }
}

impl Scheme {
    fn auth(&self) -> Value {
        let token = json!({ "key": "token", "value": self.reference(), "type": "string" });
        json!({ "type": "bearer", "bearer": [token] })
    }

    fn reference(&self) -> String {
        format!("{{{{{}}}}}", self.name)
    }

    /// The key in use, and the two that it may be.
    fn variables(&self) -> [Value; 3] {
        let name = &self.name;
        [
            json!({ "key": name, "value": format!("{{{{test_{name}}}}}") }),
            json!({ "key": format!("test_{name}"), "value": "" }),
            json!({ "key": format!("live_{name}"), "value": "" }),
        ]
    }
}

/// One operation.
struct Request<'a> {
    document: &'a Value,
    path: &'a str,
    method: &'a str,
    operation: &'a Value,
    schemes: &'a Schemes,
    told: &'a BTreeSet<String>,
}

impl Request<'_> {
    fn item(&self) -> Value {
        let mut request = json!({
            "method": self.method.to_uppercase(),
            "description": self.operation["description"],
            "header": self.headers(),
            "url": self.url(),
        });
        if self.operation["security"] == json!([{}]) {
            request["auth"] = json!({ "type": "noauth" });
        }
        if let Some(body) = self.body() {
            request["body"] = body;
        }
        let mut item = json!({ "name": self.operation["summary"], "request": request });
        if let Some(lines) = self.keeps() {
            item["event"] = json!([event("test", &lines.into())]);
        }
        item
    }

    /// The lines that keep the ids of an answer: those that bodies name, and that of what was made here.
    fn keeps(&self) -> Option<Vec<String>> {
        let made = (self.method == "post").then(|| format!("{}/{{", self.path));
        let paths = entries(&self.document["paths"]).map(|(path, _)| path);
        let below = made.and_then(|made| paths.into_iter().find(|path| path.starts_with(&made)));
        let made = below.and_then(|path| Some(variables(path).into_iter().next()?.1));
        if made.is_none() && self.told.is_empty() {
            return None;
        }
        let mut lines = vec![
            "if (pm.response.code < 300 && pm.response.text()) {".to_owned(),
            "  const answer = pm.response.json();".to_owned(),
            "  const made = answer.data ?? answer;".to_owned(),
            "  const keep = (name, id) => id && pm.collectionVariables.set(name, String(id));".to_owned(),
        ];
        lines.extend(self.told.iter().map(|name| format!("  keep('{name}', made.{name});")));
        lines.extend(made.map(|name| format!("  keep('{name}', made.id ?? made.token);")));
        lines.push("}".to_owned());
        Some(lines)
    }

    fn headers(&self) -> Vec<Value> {
        let credentials = self.schemes.headers.iter();
        let credentials =
            credentials.map(|scheme| json!({ "key": scheme.header, "value": scheme.reference() }));
        // A required header is one that the collection's script sets.
        let optional = self.parameters("header").filter(|header| header["required"] != true);
        credentials.chain(optional.map(switched_off)).collect()
    }

    fn url(&self) -> Value {
        let path: Vec<String> = self.path.split('/').skip(1).map(segment).collect();
        let variables = variables(self.path).into_iter();
        let variables =
            variables.map(|(name, variable)| json!({ "key": name, "value": format!("{{{{{variable}}}}}") }));
        json!({
            "raw": format!("{{{{base_url}}}}/{}", path.join("/")),
            "host": ["{{base_url}}"],
            "path": path,
            "query": self.parameters("query").map(switched_off).collect::<Vec<_>>(),
            "variable": variables.collect::<Vec<_>>(),
        })
    }

    fn body(&self) -> Option<Value> {
        let (content_type, content) = entries(&self.operation["requestBody"]["content"]).next()?;
        let mut example = named(self.document, &content["schema"])["example"].clone();
        for (name, value) in example.as_object_mut().into_iter().flatten() {
            if self.told.contains(name) {
                *value = format!("{{{{{name}}}}}").into();
            }
        }
        if content_type == "application/x-www-form-urlencoded" {
            let fields = entries(&example).map(|(key, value)| json!({ "key": key, "value": value }));
            return Some(json!({ "mode": "urlencoded", "urlencoded": fields.collect::<Vec<_>>() }));
        }
        let language = json!({ "raw": { "language": "json" } });
        Some(json!({ "mode": "raw", "raw": format!("{example:#}"), "options": language }))
    }

    fn parameters(&self, place: &'static str) -> impl Iterator<Item = &Value> {
        let all = self.operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(move |parameter| parameter["in"] == place)
    }
}

/// A parameter that is there to be switched on.
fn switched_off(parameter: &Value) -> Value {
    let description = &parameter["description"];
    json!({ "key": parameter["name"], "value": "", "description": description, "disabled": true })
}

/// The name of a segment that stands for an id.
fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn segment(segment: &str) -> String {
    parameter(segment).map_or_else(|| segment.to_owned(), |name| format!(":{name}"))
}

fn entries(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flat_map(Map::iter)
}
