//! Neopay: customers at `/customers`, with a token and the key of its application.

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

use crate::cli::Merchant;
use crate::http::{Answer, names, send};
use crate::server::Server;

/// What an answer says of a customer, in the order of the documents.
pub const FIELDS: [&str; 13] = [
    "id",
    "name",
    "email",
    "phone",
    "city",
    "state",
    "country",
    "zip_code",
    "street",
    "house_number",
    "currency",
    "tax_number",
    "company_number",
];

/// An application's server.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    token: String,
    app_key: String,
}

impl Client {
    /// With the credentials of a merchant.
    pub fn new(server: &Server, merchant: &Merchant) -> Self {
        let text = |name: &str| merchant.made["neopay"][name].as_str().expect("a credential").to_owned();
        let base = format!("{}/neopay/api", server.url());
        Self { agent: server.agent(), base, token: text("token"), app_key: text("app_key") }
    }

    /// An application that no other test knows.
    #[track_caller]
    pub fn fresh(server: &Server) -> Self {
        Self::new(server, &server.merchant())
    }

    /// The same with the key of another application.
    pub fn with_key_of(self, other: &Self) -> Self {
        Self { app_key: other.app_key.clone(), ..self }
    }

    /// The application's key.
    pub fn app_key(&self) -> &str {
        &self.app_key
    }

    /// Sends any bytes with any headers, after the credentials.
    ///
    /// # Errors
    /// There was no whole answer.
    pub fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", &self.token)
            .header("x-app-key", &self.app_key)
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        match body {
            b"" => send(&self.agent, request.body(()).expect("a request")),
            body => send(&self.agent, request.body(body).expect("a request")),
        }
    }

    /// Asks for a path.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.try_send("GET", path, &[], b"").unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    /// Sends an object.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        let answer = self.try_send(method, path, &[], body.to_string().as_bytes());
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Sends an object with an idempotency key.
    #[track_caller]
    pub fn send_once(&self, key: &str, method: &str, path: &str, body: &Value) -> Answer {
        let answer = self.try_send(method, path, &[("idempotency-key", key)], body.to_string().as_bytes());
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Makes a customer; answers it.
    #[track_caller]
    pub fn create(&self, body: &Value) -> Value {
        let mut made = self.send("POST", "/customers", body).ok();
        assert_eq!(made["message"], "Customer saved successfully!");
        made["customer"].take()
    }

    /// Reads a customer.
    #[track_caller]
    pub fn retrieve(&self, id: &str) -> Answer {
        self.get(&format!("/customers/{id}"))
    }

    /// Reads a customer that is there.
    #[track_caller]
    pub fn customer(&self, id: &str) -> Value {
        self.retrieve(id).ok()["customer"].take()
    }

    /// Changes a customer.
    #[track_caller]
    pub fn update(&self, id: &str, body: &Value) -> Answer {
        self.send("PATCH", &format!("/customers/{id}"), body)
    }

    /// Changes a customer that is there; answers it.
    #[track_caller]
    pub fn change(&self, id: &str, body: &Value) -> Value {
        let mut changed = self.update(id, body).ok();
        assert_eq!(changed["message"], "Customer updated successfully!");
        changed["customer"].take()
    }

    /// Reads a list with a query; answers what is inside `customers`.
    #[track_caller]
    pub fn list(&self, query: &str) -> Value {
        self.get(&format!("/customers{query}")).ok()["customers"].take()
    }
}

/// The customer of the documents.
pub fn customer() -> Value {
    json!({
        "name": "Jhon Doe", "email": "jhondoe@email.com", "phone": "+01 23 45 67 89", "city": "Paris",
        "state": "Île de France", "zip_code": "70123", "street": "Avenue Victor Hugo.", "house_number": "33",
        "currency": "EUR", "tax_number": "99 99 999 999 999", "company_number": "C9876543",
    })
}

/// Checks that this is the vendor's error of a status: `message`, and for a wrong value `errors`; answers the message.
#[track_caller]
pub fn is_error(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    let names = names(&body);
    let message = body["message"].as_str().expect("a message").to_owned();
    if status == 422 {
        assert_eq!(names, ["errors", "message"], "{body}");
        let errors = body["errors"].as_object().expect("errors by field");
        let sentences: Vec<&str> = errors.values().map(|one| one[0].as_str().expect("a sentence")).collect();
        assert!(sentences.iter().any(|sentence| message.starts_with(sentence)), "{body}");
        assert_eq!(message.contains(" (and "), sentences.len() > 1, "{body}");
    } else {
        assert_eq!(names, ["message"], "{body}");
    }
    message
}

/// Checks for 422 about these fields and no others.
#[track_caller]
pub fn is_invalid(answer: &Answer, fields: &[&str]) {
    is_error(answer, 422);
    let body = answer.json();
    let mut wanted = fields.to_vec();
    wanted.sort_unstable();
    assert_eq!(names(&body["errors"]), wanted, "{body}");
}
