//! Checkout.com's tokens and instruments, by the same client.

use serde_json::{Value, json};

use crate::drivers::checkout_com::Client;
use crate::http::Answer;

/// A card that nobody saved.
pub const NO_CARD: &str = "src_aaaaaaaaaaaaaaaaaaaaaaaaaa";
/// A token that nobody made.
pub const NO_TOKEN: &str = "tok_aaaaaaaaaaaaaaaaaaaaaaaaaa";

impl Client {
    /// Hands in a card with the public key, as a page does, whatever comes of it.
    #[track_caller]
    pub fn tokenize(&self, body: &Value) -> Answer {
        let page = self.with_key(self.credential("public_key"));
        page.send("POST", "/tokens", &[], body.to_string().as_bytes())
    }

    /// Hands in a card that is valid but for its number; the token.
    #[track_caller]
    pub fn token(&self, number: &str) -> String {
        text(&self.tokenize(&card(number)).expect(201).json()["token"])
    }

    /// What is known of a token.
    #[track_caller]
    pub fn token_metadata(&self, token: &str) -> Answer {
        self.send("GET", &format!("/tokens/{token}/metadata"), &[], b"")
    }

    /// Saves a card, whatever comes of it.
    #[track_caller]
    pub fn post_instrument(&self, body: &Value) -> Answer {
        self.send("POST", "/instruments", &[], body.to_string().as_bytes())
    }

    /// Saves a card that is valid but for its number, for somebody or, with null, for nobody; its id.
    #[track_caller]
    pub fn save(&self, number: &str, customer: &Value) -> String {
        let mut body = card(number);
        body["customer"] = customer.clone();
        text(&self.post_instrument(&body).expect(201).json()["id"])
    }

    /// Reads an instrument.
    #[track_caller]
    pub fn instrument(&self, id: &str) -> Answer {
        self.send("GET", &format!("/instruments/{id}"), &[], b"")
    }

    /// Changes an instrument.
    #[track_caller]
    pub fn patch_instrument(&self, id: &str, body: &Value) -> Answer {
        self.send("PATCH", &format!("/instruments/{id}"), &[], body.to_string().as_bytes())
    }

    /// Deletes an instrument.
    #[track_caller]
    pub fn delete_instrument(&self, id: &str) -> Answer {
        self.send("DELETE", &format!("/instruments/{id}"), &[], b"")
    }

    /// Puts an instrument out of use.
    #[track_caller]
    pub fn revoke(&self, id: &str) -> Answer {
        self.send("PATCH", &format!("/instruments/{id}/revoke"), &[], b"")
    }

    /// A customer's cards by their ids, oldest first, and its default.
    #[track_caller]
    pub fn wallet(&self, customer: &str) -> (Vec<String>, Option<String>) {
        let read = self.get(customer).ok();
        let cards = read["instruments"].as_array().expect("a list");
        let default = read["default"].as_str().map(str::to_owned);
        (cards.iter().map(|card| text(&card["id"])).collect(), default)
    }
}

/// A card that is valid but for its number.
pub fn card(number: &str) -> Value {
    json!({ "type": "card", "number": number, "expiry_month": 12, "expiry_year": 2099 })
}

/// What a token becomes an instrument with.
pub fn of_token(token: &str) -> Value {
    json!({ "type": "token", "token": token })
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
