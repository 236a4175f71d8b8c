//! A Postman collection (format 2.1) of an OpenAPI document.
//!
//! The address, the keys and the ids are variables: a key is that of the test mode until somebody points it at the
//! live one. The bearer token stands once, on the collection.

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
    let mut names = Vec::new();
    let mut items = Vec::new();
    for (path, operations) in entries(&document["paths"]) {
        names.extend(path.split('/').filter_map(parameter).map(str::to_owned));
        for (method, operation) in entries(operations) {
            items.push(Request { document: &document, path, method, operation, schemes: &schemes }.item());
        }
    }
    names.sort();
    names.dedup();
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
        let script = json!({ "type": "text/javascript", "exec": script });
        collection["event"] = json!([{ "listen": "prerequest", "script": script }]);
    }
    collection
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
        json!({ "name": self.operation["summary"], "request": request })
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
        let variables = self.path.split('/').filter_map(parameter);
        let variables = variables.map(|name| json!({ "key": name, "value": format!("{{{{{name}}}}}") }));
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
        let schema = content["schema"]["$ref"].as_str()?.rsplit('/').next()?;
        let example = &self.document["components"]["schemas"][schema]["example"];
        if content_type == "application/x-www-form-urlencoded" {
            let fields = entries(example).map(|(key, value)| json!({ "key": key, "value": value }));
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
