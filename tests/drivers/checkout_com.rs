//! Checkout.com: the four customer calls with the id or the e-mail address in the path, and access tokens.

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

use crate::cli::Merchant;
use crate::http::{Answer, send};
use crate::server::Server;
use crate::used;

/// A customer that nobody made.
pub const NOBODYS: &str = "cus_aaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Where cards go to.
const WITH_CARDS: [&str; 3] = ["/tokens", "/instruments", "/payments"];

/// A shop's server with what it puts into `Authorization`.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    key: String,
    made: Value,
}

impl Client {
    /// With the secret key of a merchant.
    pub fn new(server: &Server, merchant: &Merchant) -> Self {
        let made = merchant.made["checkout_com"].clone();
        let key = made["secret_key"].as_str().expect("a secret key").to_owned();
        Self { agent: server.agent(), base: format!("{}/checkout-com", server.url()), key, made }
    }

    /// A shop that no other test knows.
    #[track_caller]
    pub fn fresh(server: &Server) -> Self {
        Self::new(server, &server.merchant())
    }

    /// The same shop with another key or token.
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    /// The same shop over connections of its own.
    pub fn over(self, agent: Agent) -> Self {
        Self { agent, ..self }
    }

    /// One of the shop's credentials: `secret_key`, `public_key`, `oauth_client_id`, `oauth_client_secret`.
    #[track_caller]
    pub fn credential(&self, kind: &str) -> &str {
        self.made[kind].as_str().unwrap_or_else(|| panic!("there is no {kind}"))
    }

    /// Sends any bytes with any headers, after the key, to a server that may be gone.
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
        let key = format!("Bearer {}", self.key);
        let own = [("authorization", key.as_str()), ("content-type", "application/json")];
        self.try_send_with(method, path, &[&own[..], headers].concat(), body)
    }

    /// Sends any bytes with these headers alone.
    #[track_caller]
    pub fn send_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let answer = self.try_send_with(method, path, headers, body);
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn try_send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, ureq::Error> {
        if WITH_CARDS.iter().any(|beginning| path.starts_with(beginning)) {
            used::note_json(body);
        }
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(&self.agent, request.body(body).expect("a request"))
    }

    /// Sends any bytes with any headers, after the key.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.try_send(method, path, headers, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Sends an object with an idempotency key.
    #[track_caller]
    pub fn send_once(&self, key: &str, method: &str, path: &str, body: &Value) -> Answer {
        self.send(method, path, &[("cko-idempotency-key", key)], body.to_string().as_bytes())
    }

    /// Makes a customer, whatever comes of it.
    #[track_caller]
    pub fn post(&self, body: &Value) -> Answer {
        self.send("POST", "/customers", &[], body.to_string().as_bytes())
    }

    /// Makes a customer; its id.
    #[track_caller]
    pub fn create(&self, body: &Value) -> String {
        let made = self.post(body).expect(201).json();
        made["id"].as_str().expect("an id").to_owned()
    }

    /// Reads a customer by its id or its e-mail address, as it stands in the path.
    #[track_caller]
    pub fn get(&self, named: &str) -> Answer {
        self.send("GET", &format!("/customers/{named}"), &[], b"")
    }

    /// Changes a customer.
    #[track_caller]
    pub fn patch(&self, id: &str, body: &Value) -> Answer {
        self.send("PATCH", &format!("/customers/{id}"), &[], body.to_string().as_bytes())
    }

    /// Deletes a customer.
    #[track_caller]
    pub fn delete(&self, id: &str) -> Answer {
        self.send("DELETE", &format!("/customers/{id}"), &[], b"")
    }

    /// Sends a form to `/connect/token`, without any key.
    #[track_caller]
    pub fn connect(&self, headers: &[(&str, &str)], form: &str) -> Answer {
        let mut request = Request::post(format!("{}/connect/token", self.base))
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = send(&self.agent, request.body(form.to_owned()).expect("a request"));
        answer.unwrap_or_else(|error| panic!("/connect/token: {error}"))
    }

    /// The form with the shop's own client credentials.
    #[track_caller]
    pub fn form(&self, scope: &str) -> String {
        let (id, secret) = (self.credential("oauth_client_id"), self.credential("oauth_client_secret"));
        format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope={scope}")
    }

    /// The shop with a token of some scopes.
    #[track_caller]
    pub fn with_scope(&self, scope: &str) -> Self {
        let token = self.connect(&[], &self.form(scope)).ok();
        self.with_key(token["access_token"].as_str().expect("a token"))
    }
}

/// The customer of the vendor's sample, without its card.
pub fn customer() -> Value {
    json!({
        "email": "brucewayne@gmail.com", "name": "Bruce Wayne",
        "phone": { "country_code": "+1", "number": "415 555 2671" },
        "metadata": { "coupon_code": "NY2018", "partner_id": 123_989 },
    })
}

/// Checks that this is the vendor's error with these codes, and that it names the request as its header does.
#[track_caller]
pub fn is_error(answer: &Answer, status: u16, error_type: &str, codes: &[&str]) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let request_id = answer.header("cko-request-id").expect("a request id");
    let expected = json!({ "request_id": request_id, "error_type": error_type, "error_codes": codes });
    assert_eq!(answer.json(), expected);
}

/// Checks for 422 with these codes.
#[track_caller]
pub fn is_invalid(answer: &Answer, codes: &[&str]) {
    is_error(answer, 422, "request_invalid", codes);
}

/// Checks that the answer has this status, a request's id and no body, as 401 and 404 do.
#[track_caller]
pub fn is_bare(answer: &Answer, status: u16) {
    assert_eq!((answer.status, answer.text()), (status, ""));
    assert!(answer.header("cko-request-id").is_some() && answer.header("content-type").is_none());
}
