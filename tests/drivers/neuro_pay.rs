//! Neuro-Pay: POST everywhere, ids in the JSON body.

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

use crate::cli::Merchant;
use crate::drivers::buyer::{APPROVED, Buyer, DECLINED};
use crate::http::{Answer, names, send};
use crate::server::Server;

/// The nine endpoints.
pub const PATHS: [&str; 9] = [
    "/checkout/create",
    "/checkout/retrieve",
    "/checkout/capture",
    "/checkout/refund",
    "/checkout/update",
    "/checkout/delete",
    "/checkout/create-customer",
    "/checkout/retrieve-customer",
    "/checkout/delete-customer",
];

/// Every status of a checkout.
pub const STATUSES: [&str; 9] = [
    "created",
    "failed",
    "reserved",
    "paid",
    "partialRefund",
    "refunded",
    "reserve released",
    "canceled",
    "revoked",
];

/// A shop's server with its API key.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    key: String,
}

impl Client {
    /// With the credentials of a merchant.
    pub fn new(server: &Server, merchant: &Merchant) -> Self {
        let key = merchant.made["neuro_pay"]["api_key"].as_str().expect("an API key");
        Self::with_key(server, key)
    }

    /// With a key.
    pub fn with_key(server: &Server, key: &str) -> Self {
        Self::at(server.agent(), server.url(), key)
    }

    /// At an address.
    pub fn at(agent: Agent, url: &str, key: &str) -> Self {
        Self { agent, base: format!("{url}/neuro-pay"), key: key.to_owned() }
    }

    /// A shop that no other test knows.
    #[track_caller]
    pub fn fresh(server: &Server) -> Self {
        Self::new(server, &server.merchant())
    }

    /// The same shop over connections that trust somebody else.
    pub fn over(self, agent: Agent) -> Self {
        Self { agent, ..self }
    }

    /// The API key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its connections.
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Sends any bytes with any headers, after the key.
    ///
    /// # Errors
    /// There was no whole answer.
    pub fn try_send(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, ureq::Error> {
        let mut request = Request::post(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(&self.agent, request.body(body).expect("a request"))
    }

    /// Sends bytes.
    #[track_caller]
    pub fn send(&self, path: &str, body: &[u8]) -> Answer {
        self.try_send(path, &[], body).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Sends an object.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(path, body.to_string().as_bytes())
    }

    /// Sends an object with an idempotency key.
    #[track_caller]
    pub fn post_once(&self, key: &str, path: &str, body: &Value) -> Answer {
        let answer = self.try_send(path, &[("idempotency-key", key)], body.to_string().as_bytes());
        answer.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Makes a customer.
    #[track_caller]
    pub fn create_customer(&self) -> Value {
        self.post("/checkout/create-customer", &customer()).ok()
    }

    /// Reads a customer.
    #[track_caller]
    pub fn retrieve_customer(&self, id: &str) -> Answer {
        self.post("/checkout/retrieve-customer", &json!({ "customer_id": id }))
    }

    /// Deletes a customer.
    #[track_caller]
    pub fn delete_customer(&self, id: &str) -> Answer {
        self.post("/checkout/delete-customer", &json!({ "customer_id": id }))
    }

    /// Makes a checkout that takes the money at once.
    #[track_caller]
    pub fn create(&self) -> Checkout<'_> {
        self.create_with(&[])
    }

    /// Makes a checkout with other fields than [`checkout`]'s.
    #[track_caller]
    pub fn create_with(&self, fields: &[(&str, Value)]) -> Checkout<'_> {
        let made = self.post("/checkout/create", &with(checkout(), fields)).ok();
        let text = |name: &str| made[name].as_str().expect("a string").to_owned();
        Checkout { client: self, id: text("checkout_id"), page: text("checkout_page") }
    }

    /// Brings a checkout of 10,000 into a status, as clients, buyers and the operator do.
    #[track_caller]
    pub fn in_status(&self, server: &Server, status: &str) -> Checkout<'_> {
        let reserves = matches!(status, "reserved" | "reserve released");
        let made = self.create_with(&[("amount", json!(10_000)), ("capture", json!(!reserves))]);
        match status {
            "created" => {}
            "failed" => drop(made.buyer().pay(DECLINED)),
            "canceled" => drop(made.buyer().cancel()),
            "revoked" => drop(server.command(&["checkout", "revoke", &made.id]).done()),
            _ => drop(made.buyer().pay(APPROVED)),
        }
        match status {
            "reserve released" | "refunded" => drop(made.refund(&[]).ok()),
            "partialRefund" => drop(made.refund(&[("amount", json!(1_000))]).ok()),
            _ => {}
        }
        assert_eq!(made.now()["status"], status);
        made
    }
}

/// A customer of a shop, for what concerns its cards.
pub struct Customer<'a> {
    client: &'a Client,
    /// Its id.
    pub id: String,
    /// The address of its page.
    pub page: String,
}

impl Client {
    /// Makes a customer that saves cards.
    #[track_caller]
    pub fn person(&self) -> Customer<'_> {
        self.known_person(&self.create_customer())
    }

    /// A customer by its id and the address of its page.
    #[track_caller]
    pub fn known_person(&self, made: &Value) -> Customer<'_> {
        let text = |name: &str| made[name].as_str().expect("a string").to_owned();
        Customer { client: self, id: text("customer_id"), page: text("client_page") }
    }

    /// A checkout by its id and the address of its page.
    pub fn known(&self, made: &Value) -> Checkout<'_> {
        let text = |name: &str| made[name].as_str().expect("a string").to_owned();
        Checkout { client: self, id: text("checkout_id"), page: text("checkout_page") }
    }
}

impl Customer<'_> {
    /// The customer at its own page.
    pub fn wallet(&self) -> Buyer<'_> {
        Buyer::new(&self.client.agent, &self.page)
    }

    /// The saved cards, as the API shows them.
    #[track_caller]
    pub fn cards(&self) -> Vec<Value> {
        let customer = self.client.retrieve_customer(&self.id).ok();
        customer["savedCards"].as_array().expect("a list").clone()
    }

    /// Adds a card on the customer page; answers its id.
    #[track_caller]
    pub fn add(&self, number: &str) -> String {
        self.wallet().add_card(number, "12/99").expect(303);
        let cards = self.cards();
        let mut fitting = cards.iter().rev().filter(|card| card["last4"] == number[number.len() - 4..]);
        fitting.next().and_then(|card| card["card_id"].as_str()).expect("the card is saved").to_owned()
    }

    /// The body that charges a saved card without a page.
    pub fn charge_body(&self, card: &str, fields: &[(&str, Value)]) -> Value {
        let body = with(checkout(), &[("customer_id", json!(self.id)), ("card_id", json!(card))]);
        with(body, fields)
    }

    /// Charges a saved card without a page.
    #[track_caller]
    pub fn charge(&self, card: &str, fields: &[(&str, Value)]) -> Answer {
        self.client.post("/checkout/create", &self.charge_body(card, fields))
    }

    /// Makes a checkout with a page for this customer.
    #[track_caller]
    pub fn checkout(&self, fields: &[(&str, Value)]) -> Checkout<'_> {
        let mut all = vec![("customer_id", json!(self.id))];
        all.extend_from_slice(fields);
        self.client.create_with(&all)
    }

    /// What the customer page gives to download.
    #[track_caller]
    pub fn download(&self) -> Value {
        self.wallet().below("/data").open().ok()
    }

    /// The payments in the download: each reference with its status.
    #[track_caller]
    pub fn payments(&self) -> Vec<(String, String)> {
        let data = self.download();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let all = data["payments"].as_array().expect("a list").iter();
        all.map(|payment| (text(&payment["reference"]), text(&payment["status"]))).collect()
    }
}

/// A checkout of a shop.
pub struct Checkout<'a> {
    client: &'a Client,
    /// Its id.
    pub id: String,
    /// The address of its page.
    pub page: String,
}

impl Checkout<'_> {
    /// The buyer who was sent to its page.
    pub fn buyer(&self) -> Buyer<'_> {
        Buyer::new(&self.client.agent, &self.page)
    }

    /// Calls an endpoint with this id and more fields.
    #[track_caller]
    pub fn post(&self, path: &str, fields: &[(&str, Value)]) -> Answer {
        self.client.post(path, &self.body(fields))
    }

    /// The body of such a call.
    pub fn body(&self, fields: &[(&str, Value)]) -> Value {
        with(json!({ "checkout_id": self.id }), fields)
    }

    /// Reads it.
    #[track_caller]
    pub fn now(&self) -> Value {
        self.post("/checkout/retrieve", &[]).ok()
    }

    /// Captures it.
    #[track_caller]
    pub fn capture(&self) -> Answer {
        self.post("/checkout/capture", &[])
    }

    /// Refunds or releases it.
    #[track_caller]
    pub fn refund(&self, fields: &[(&str, Value)]) -> Answer {
        self.post("/checkout/refund", fields)
    }

    /// Merges metadata into it.
    #[track_caller]
    pub fn update(&self, metadata: &Value) -> Answer {
        self.post("/checkout/update", &[("metaData", metadata.clone())])
    }

    /// Removes it.
    #[track_caller]
    pub fn delete(&self) -> Answer {
        self.post("/checkout/delete", &[])
    }
}

/// The fields of a checkout that must be there.
pub fn checkout() -> Value {
    json!({
        "amount": 24_900, "currency": "SEK", "message": "Winter boots",
        "returnUrl": "https://shop.example/thanks", "returnUrlCancel": "https://shop.example/cart",
    })
}

/// The fields of a customer that must be there.
pub fn customer() -> Value {
    json!({ "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com" })
}

/// The object with other fields.
pub fn with(mut object: Value, fields: &[(&str, Value)]) -> Value {
    for (name, value) in fields {
        object[*name] = value.clone();
    }
    object
}

/// The object without a field.
pub fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().expect("an object").remove(name);
    object
}

/// Checks that this is the vendor's error of a status: `name`, `message`, `code` and `status`, nothing else.
#[track_caller]
pub fn is_error(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    assert_eq!(names(&body), ["code", "message", "name", "status"], "{body}");
    assert_eq!(body["status"], status);
    assert!(body["code"].is_u64() && body["name"].is_string(), "{body}");
    body["message"].as_str().expect("a message").to_owned()
}
