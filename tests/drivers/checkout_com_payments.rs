//! Checkout.com's payments, by the same client.

use serde_json::{Value, json};

use crate::drivers::checkout_com::Client;
use crate::http::Answer;

/// A payment that nobody made.
pub const NO_PAYMENT: &str = "pay_aaaaaaaaaaaaaaaaaaaaaaaaaa";

/// What an action is: its type, its amount, whether it was approved.
pub type Did = (String, i64, bool);

impl Client {
    /// Charges, whatever comes of it.
    #[track_caller]
    pub fn post_payment(&self, body: &Value) -> Answer {
        self.send("POST", "/payments", &[], body.to_string().as_bytes())
    }

    /// Charges, and has an outcome at once.
    #[track_caller]
    pub fn pay(&self, body: &Value) -> Value {
        self.post_payment(body).expect(201).json()
    }

    /// Charges a card that is approved, and captures nothing; the payment's id.
    #[track_caller]
    pub fn reserve(&self, amount: i64) -> String {
        let mut body = payment(amount, &typed(crate::drivers::buyer::APPROVED));
        body["capture"] = json!(false);
        id_of(&self.pay(&body))
    }

    /// Reads a payment.
    #[track_caller]
    pub fn payment(&self, id: &str) -> Answer {
        self.send("GET", &format!("/payments/{id}"), &[], b"")
    }

    /// A payment's actions, newest first.
    #[track_caller]
    pub fn actions(&self, id: &str) -> Vec<Value> {
        let actions = self.send("GET", &format!("/payments/{id}/actions"), &[], b"").ok();
        actions.as_array().expect("a list").clone()
    }

    /// What was done with a payment, oldest first.
    #[track_caller]
    pub fn done(&self, id: &str) -> Vec<Did> {
        let did = |action: &Value| {
            let kind = action["type"].as_str().expect("a type").to_owned();
            let amount = action["amount"].as_i64().expect("an amount");
            (kind, amount, action["approved"].as_bool().expect("yes or no"))
        };
        self.actions(id).iter().rev().map(did).collect()
    }

    /// Captures, refunds or voids, whatever comes of it.
    #[track_caller]
    pub fn operate(&self, id: &str, folder: &str, body: &Value) -> Answer {
        self.send("POST", &format!("/payments/{id}/{folder}"), &[], body.to_string().as_bytes())
    }

    /// Captures, refunds or voids all that there is, and succeeds.
    #[track_caller]
    pub fn operate_all(&self, id: &str, folder: &str) -> Value {
        self.send("POST", &format!("/payments/{id}/{folder}"), &[], b"").expect(202).json()
    }

    /// Reads anything else.
    #[track_caller]
    pub fn read(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    /// Where a payment is, and its balances: authorized, voided, left to void, captured, left to capture, refunded,
    /// left to refund.
    #[track_caller]
    pub fn stands(&self, id: &str) -> (String, [i64; 7]) {
        let now = self.payment(id).ok();
        (now["status"].as_str().expect("a status").to_owned(), balances(&now))
    }
}

/// A payment's balances in the order of the vendor's page.
#[track_caller]
pub fn balances(payment: &Value) -> [i64; 7] {
    [
        "total_authorized",
        "total_voided",
        "available_to_void",
        "total_captured",
        "available_to_capture",
        "total_refunded",
        "available_to_refund",
    ]
    .map(|name| payment["balances"][name].as_i64().unwrap_or_else(|| panic!("no {name} in {payment}")))
}

/// A payment of an amount.
pub fn payment(amount: i64, source: &Value) -> Value {
    json!({ "source": source, "amount": amount, "currency": "EUR" })
}

/// A card as a source.
pub fn typed(number: &str) -> Value {
    super::checkout_com_cards::card(number)
}

/// The id of what was made.
#[track_caller]
pub fn id_of(made: &Value) -> String {
    made["id"].as_str().expect("an id").to_owned()
}
