//! The good requests that the hostile ones are made of: one of each operation in the OpenAPI documents, some bodies more,
//! and the pages' forms.

use std::sync::Arc;

use domain::App;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::{NOW, Sent};

pub(super) const ID_OF_FORM: &str = "0190a1b2c3d44e5f8a6b7c8d9e0f1a2b";
const CARD: &str = "number=4242+4242+4242+4242&expiry=12%2F99&code=123&card=new&save=yes&form=";
/// The pages' routes, each with a form.
const PAGES: [(&str, &str, &str); 12] = [
    ("GET", "{page}", ""),
    ("POST", "{page}", CARD),
    ("POST", "{page}/cancel", "x=1"),
    ("GET", "{page}/bank", ""),
    ("POST", "{page}/bank", "answer=accept"),
    ("GET", "{page}?done=added", ""),
    ("GET", "{page}/add", ""),
    ("POST", "{page}/add", CARD),
    ("GET", "{page}/data", ""),
    ("POST", "{page}/cards/{id}/default", "x=1"),
    ("POST", "{page}/cards/{id}/remove", "x=1"),
    ("GET", "/assets/kassa.css", ""),
];

/// More than one body for a route: the API, the path as the document has it, the body.
const MORE: [(&str, &str, &str); 9] = [
    (
        "checkout-com",
        "/tokens",
        r#"{"type":"applepay","token_data":{"version":"EC_v1","data":"{\"number\":\"4242424242424242\",\"expiry_month\":1,\"expiry_year\":2099}"}}"#,
    ),
    (
        "checkout-com",
        "/tokens",
        r#"{"type":"googlepay","token_data":{"signedMessage":"{\"number\":\"4242424242424242\"}"}}"#,
    ),
    (
        "checkout-com",
        "/payments",
        r#"{"source":{"type":"card","number":"4242424242424242","expiry_month":12,"expiry_year":2099,"cvv":"100"},"amount":6540,"currency":"EUR","capture":false,"customer":{"email":"ada@example.com","name":"Ada"},"metadata":{"a":{"b":[1]}},"shipping":{"address":{"country":"GB"}},"items":[{"name":"Boots"}]}"#,
    ),
    (
        "checkout-com",
        "/payments",
        r#"{"source":{"type":"id","id":"src_aaaaaaaaaaaaaaaaaaaaaaaaaa"},"amount":6540,"currency":"EUR","3ds":{"enabled":true},"success_url":"https://shop.example/a","failure_url":"https://shop.example/b"}"#,
    ),
    (
        "checkout-com",
        "/payments",
        r#"{"source":{"type":"token","token":"tok_aaaaaaaaaaaaaaaaaaaaaaaaaa"},"amount":0,"currency":"EUR"}"#,
    ),
    (
        "neuro-pay",
        "/checkout/create",
        r#"{"amount":24900,"currency":"SEK","message":"Boots","returnUrl":"https://shop.example/a","returnUrlCancel":"https://shop.example/b","metaData":[{"key":"a","value":1},{"b":2}],"paymentMethods":[{"a":1}]}"#,
    ),
    (
        "neuro-pay",
        "/checkout/create",
        r#"{"amount":24900,"currency":"SEK","message":"Boots","returnUrl":"https://shop.example/a","returnUrlCancel":"https://shop.example/b","customer_id":"0190a1b2c3d44e5f8a6b7c8d9e0f1a2b","card_id":"0190a1b2c3d44e5f8a6b7c8d9e0f1a2b"}"#,
    ),
    (
        "neuro-pay",
        "/checkout/update",
        r#"{"checkout_id":"0190a1b2c3d44e5f8a6b7c8d9e0f1a2b","metaData":"{\"a\":1}"}"#,
    ),
    (
        "neopay",
        "/customers",
        r#"{"name":"Ada","email":"ada@example.com","phone":"+44 20 7946 0000","street":"High St.","house_number":"1","country":"GB"}"#,
    ),
];

/// A good request, but for the ids in its path.
pub(super) struct Sample {
    pub(super) method: String,
    pub(super) path: String,
    /// What the id in its path looks like.
    pub(super) id: String,
    pub(super) body: Vec<u8>,
    pub(super) headers: Vec<(&'static str, String)>,
    /// The key that signs it.
    pub(super) signs: Option<String>,
}

/// The good requests, of the documents and of the pages.
pub(super) fn samples(app: &Arc<App>, made: &Value) -> Vec<Sample> {
    let mut samples = Vec::new();
    for dialect in dialects::DIALECTS {
        let document = dialect.served_document(app.public_url());
        let document = serde_json::to_value(&document).expect("a document has string keys");
        let set = &made[dialect.name.replace('-', "_")];
        for (path, operations) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in operations.as_object().into_iter().flatten() {
                let (kind, body) = example(&document, operation);
                let (mut headers, signs) = credentials(set, path);
                headers.push(("content-type", kind));
                let more =
                    MORE.iter().filter(|(api, of, _)| *api == dialect.name && of == path && method == "post");
                for body in more.map(|(_, _, body)| body.as_bytes().to_vec()).chain([body]) {
                    samples.push(Sample {
                        method: method.to_uppercase(),
                        path: format!("/{}{}{path}", dialect.name, dialect.base_path),
                        id: id_of(operation),
                        body,
                        headers: headers.clone(),
                        signs: signs.clone(),
                    });
                }
            }
        }
    }
    let kind = || ("content-type", "application/x-www-form-urlencoded".to_owned());
    samples.extend(PAGES.map(|(method, path, form)| Sample {
        method: method.to_owned(),
        path: path.to_owned(),
        id: ID_OF_FORM.to_owned(),
        body: form.as_bytes().to_vec(),
        headers: vec![kind()],
        signs: None,
    }));
    samples
}

/// An id as an operation's path takes it.
fn id_of(operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let schema =
        parameters.filter(|parameter| parameter["in"] == "path").map(|parameter| &parameter["schema"]).next();
    let Some(schema) = schema else { return String::new() };
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    let beginning = pattern.trim_start_matches('^').split('[').next().unwrap_or_default();
    match (schema["type"].as_str(), beginning) {
        (Some("integer"), _) => "1".to_owned(),
        (_, "") if schema["format"] == "uuid" => "0190a1b2-c3d4-4e5f-8a6b-7c8d9e0f1a2b".to_owned(),
        (_, "" | "(") => format!("cus_{}", "a".repeat(26)),
        (_, "hpp_" | "pl_") => format!("{beginning}{}", "a".repeat(12)),
        (_, beginning) => format!("{beginning}{}", "a".repeat(26)),
    }
}

/// The example of an operation's body, with its type.
fn example(document: &Value, operation: &Value) -> (String, Vec<u8>) {
    let Some((kind, content)) = operation["requestBody"]["content"].as_object().into_iter().flatten().next()
    else {
        return ("application/json".to_owned(), Vec::new());
    };
    let schema =
        content["schema"]["$ref"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let example = &document["components"]["schemas"][schema]["example"];
    if kind == "application/json" {
        let body = if example.is_null() { String::new() } else { example.to_string() };
        return (kind.clone(), body.into_bytes());
    }
    let fields = example.as_object().into_iter().flatten();
    let fields: Vec<String> =
        fields.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default())).collect();
    (kind.clone(), fields.join("&").into_bytes())
}

/// What a set of credentials puts into a request, and the key that signs it.
fn credentials(set: &Value, path: &str) -> (Vec<(&'static str, String)>, Option<String>) {
    let text = |name: &str| set[name].as_str().map(str::to_owned);
    let key = if path == "/tokens" { "public_key" } else { "secret_key" };
    if let (Some(token), Some(app_key)) = (text("token"), text("app_key")) {
        return (vec![("authorization", token), ("x-app-key", app_key)], None);
    }
    let key = text("api_key").or(text(key)).unwrap_or_default();
    let signs = text("account_id").map(|_| key.clone());
    (vec![("authorization", format!("Bearer {key}"))], signs)
}

impl Sample {
    pub(super) fn sent(&self, path: String, body: Vec<u8>) -> Sent {
        let headers =
            self.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into_bytes()));
        let mut headers: Vec<(String, Vec<u8>)> = headers.collect();
        if let Some(key) = &self.signs {
            let timestamp = (NOW / 1000).to_string();
            headers.push(("x-neropay-signature".to_owned(), sign(key, &timestamp, &body).into_bytes()));
            headers.push(("x-neropay-timestamp".to_owned(), timestamp.into_bytes()));
        }
        Sent { method: self.method.clone(), path, headers, body }
    }
}

fn sign(key: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    for part in [timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
}
