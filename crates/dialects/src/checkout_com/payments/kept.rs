//! What a payment's request said that only this API reads: it is kept with the payment as one object of JSON, and shown
//! when the payment is read, or tells how to show something else.

use domain::payments::Payment;

use crate::checkout_com::shown::WishesOfThreeDs;
use crate::declare::Property;
use crate::json::{Object, field};

/// Where the wallet stands that the card came out of. No field of a request is called so.
const WALLET: &str = "card_wallet_type";
/// What answers use these names for is something else.
const HIDDEN: [&str; 5] = ["3ds", "risk", "processing", SOURCE, WALLET];
/// What was said of the source, and of a customer whom an id or an address names.
const SOURCE: &str = "source";
const CUSTOMER: &str = "customer";
/// What the record does not say.
const OF_PAYER: [&str; 3] = ["phone", "tax_number", "summary"];

/// What was kept.
#[derive(Default)]
pub(super) struct Kept(Object);

impl Kept {
    /// What this API keeps with a payment. Another API keeps words of its own there.
    pub(super) fn of(payment: &Payment) -> Self {
        let json = payment.extras.as_deref().filter(|_| payment.charged.is_some());
        Self(json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default())
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        field(&self.0, name)
    }

    pub(super) fn wallet(&self) -> Option<String> {
        self.text(WALLET)
    }

    /// An object that was sent; an empty one where it was not.
    fn object(&self, name: &str) -> Object {
        field(&self.0, name).unwrap_or_default()
    }

    /// What is shown of the source beside what is known of it.
    pub(super) fn of_source(&self) -> Object {
        self.object(SOURCE)
    }

    /// What is shown of the payer beside the record.
    pub(super) fn of_payer(&self) -> Object {
        let mut said = self.object(CUSTOMER);
        said.0.retain(|(name, _)| OF_PAYER.contains(&name.as_str()));
        said
    }

    /// What is shown of how it is processed, beside what the answer says itself.
    pub(super) fn processing(&self) -> Object {
        self.object("processing")
    }

    /// What the request says of an authentication that was done elsewhere.
    pub(super) fn of_authentication(&self, name: &str) -> Option<String> {
        field(&self.object("3ds"), name).filter(|text: &String| !text.is_empty())
    }

    /// What is shown of 3-D Secure beside what is known of it.
    pub(super) fn of_three_ds(&self) -> Object {
        let mut said = self.object("3ds");
        said.0.retain(|(name, _)| Property::find(&WishesOfThreeDs::PROPERTIES, name).is_some());
        said
    }

    /// Whether somebody else asked the bank of the buyer.
    pub(super) fn tells_of_the_bank(&self) -> bool {
        ["eci", "cryptogram", "xid"].iter().any(|name| self.of_authentication(name).is_some())
    }

    /// How sure the bank was of a buyer who was authenticated elsewhere. Of one whom it refused it was not.
    pub(super) fn eci(&self) -> Option<String> {
        let status = self.of_authentication("status");
        self.of_authentication("eci").filter(|_| is_let_in(status.as_deref()))
    }

    /// What is shown as it was sent, but for what the answer says itself.
    pub(super) fn echoed(self, said: &[&str]) -> Object {
        let Self(Object(mut fields)) = self;
        fields.retain(|(name, _)| !HIDDEN.contains(&name.as_str()) && !said.contains(&name.as_str()));
        Object(fields)
    }
}

/// Whether the bank let the buyer in, or could not say, where somebody else asked it. It refused with N and R, and with C it
/// still waits for the buyer.
pub(super) fn is_let_in(status: Option<&str>) -> bool {
    status.is_none_or(|word| matches!(word, "" | "Y" | "A" | "U"))
}

/// What is kept, with the wallet that the card comes out of.
pub(super) fn with_wallet(kept: Option<&str>, wallet: Option<&str>) -> Option<String> {
    let wallet = wallet.map(|wallet| serde_json::to_string(wallet).expect("a text is JSON"));
    with_parts(kept.map(str::to_owned), [(WALLET, wallet)])
}

/// What is kept, with more fields, each with its JSON if it has any.
pub(super) fn with_parts<const N: usize>(
    kept: Option<String>,
    parts: [(&str, Option<String>); N],
) -> Option<String> {
    let parts = parts.into_iter().filter_map(|(name, json)| Some(format!("\"{name}\":{}", json?)));
    let inside = kept.as_deref().map(|json| json[1..json.len() - 1].to_owned());
    let all: Vec<String> = inside.into_iter().chain(parts).collect();
    (!all.is_empty()).then(|| format!("{{{}}}", all.join(",")))
}
