//! NeroPay: REST with integer ids, an envelope around everything, and signed writes.

use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use ureq::Agent;
use ureq::http::Request;

use crate::cli::Merchant;
use crate::http::{Answer, names, send};
use crate::server::Server;

/// The header of the time at which a request was signed.
pub const TIMESTAMP: &str = "X-NeroPay-Timestamp";
/// The header of the signature.
pub const SIGNATURE: &str = "X-NeroPay-Signature";

/// A shop's server with its secret key.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    key: String,
    account: String,
}

impl Client {
    /// With the credentials of a merchant.
    pub fn new(server: &Server, merchant: &Merchant) -> Self {
        let text = |name: &str| merchant.made["neropay"][name].as_str().expect("a text").to_owned();
        let base = format!("{}/neropay/v2", server.url());
        Self { agent: server.agent(), base, key: text("secret_key"), account: text("account_id") }
    }

    /// A shop that no other test knows.
    #[track_caller]
    pub fn fresh(server: &Server) -> Self {
        Self::new(server, &server.merchant())
    }

    /// The secret key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The shop's account id.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Sends any bytes with any headers, after the key. Nothing is signed.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.key))
            .header("accept", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = if body.is_empty() && method != "POST" && method != "PATCH" {
            send(&self.agent, request.body(()).expect("a request"))
        } else {
            send(
                &self.agent,
                request.header("content-type", "application/json").body(body).expect("a request"),
            )
        };
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Sends bytes, signed at a time.
    #[track_caller]
    pub fn send_at(
        &self,
        timestamp: u64,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let timestamp = timestamp.to_string();
        let signature = sign(&self.key, &timestamp, body);
        let signed = [&[(TIMESTAMP, timestamp.as_str()), (SIGNATURE, signature.as_str())], headers].concat();
        self.send(method, path, &signed, body)
    }

    /// Sends bytes, signed now.
    #[track_caller]
    pub fn signed(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send_at(now(), method, path, headers, body)
    }

    /// Reads.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    /// Makes.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.signed("POST", path, &[], body.to_string().as_bytes())
    }

    /// Changes.
    #[track_caller]
    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.signed("PATCH", path, &[], body.to_string().as_bytes())
    }

    /// Deletes, without a signature as the document's own sample.
    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], b"")
    }

    /// Makes with an idempotency key.
    #[track_caller]
    pub fn post_once(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.signed("POST", path, &[("idempotency-key", key)], body.to_string().as_bytes())
    }

    /// Makes a customer with these fields beside a name.
    #[track_caller]
    pub fn create_customer(&self, fields: &Value) -> Value {
        let mut body = json!({ "name": "Ada Byron" });
        for (name, value) in fields.as_object().expect("an object") {
            body[name] = value.clone();
        }
        data(&self.post("/customers", &body), 201)
    }

    /// Reads a customer.
    #[track_caller]
    pub fn customer(&self, id: &Value) -> Value {
        data(&self.get(&format!("/customers/{id}")), 200)
    }

    /// The newest customer, which another API has just made.
    #[track_caller]
    pub fn newest(&self) -> Value {
        data(&self.get("/customers?limit=1"), 200)[0].clone()
    }

    /// Changes a customer.
    #[track_caller]
    pub fn change(&self, id: &Value, body: &Value) -> Value {
        data(&self.patch(&format!("/customers/{id}"), body), 200)
    }
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "a client signs with the time of its own clock")]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs()
}

/// The signature of a body.
pub fn sign(key: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    for part in [timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

/// The data of a success of a status.
#[track_caller]
pub fn data(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    assert_eq!(names(&body), ["data", "success"], "{body}");
    assert_eq!(body["success"], true);
    body["data"].clone()
}

/// Checks that this is the vendor's error of a status and a code: `code`, `message` and `details`, nothing else. The
/// details.
#[track_caller]
pub fn is_error(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    assert_eq!(names(&body), ["error", "success"], "{body}");
    assert_eq!(body["success"], false);
    let error = &body["error"];
    assert_eq!(names(error), ["code", "details", "message"], "{body}");
    assert_eq!(error["code"], code, "{body}");
    let message = error["message"].as_str().expect("a message");
    let details = error["details"].clone();
    if let Some(details) = details.as_object() {
        let all: Vec<&Value> = details.values().flat_map(|list| list.as_array().expect("a list")).collect();
        assert!(
            all.iter().any(|sentence| **sentence == message),
            "the message is one of the details: {body}"
        );
    } else {
        assert!(details.is_null(), "{body}");
    }
    details
}
