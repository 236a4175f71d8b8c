//! What a payment's request said that only this API reads: it is kept with the payment as one object of JSON, and shown
//! when the payment is read, or tells how to show something else.

use domain::payments::Payment;

use crate::json::Object;

/// Where the wallet stands that the card came out of. No field of a request is called so.
const WALLET: &str = "card_wallet_type";
/// What answers use these names for is something else.
const HIDDEN: [&str; 4] = ["3ds", "risk", "processing", WALLET];

/// What was kept.
#[derive(Default)]
pub(super) struct Kept(Object);

impl Kept {
    /// What this API keeps with a payment. Another API keeps words of its own there.
    pub(super) fn of(payment: &Payment) -> Self {
        let json = payment.extras.as_deref().filter(|_| payment.charged.is_some());
        Self(json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default())
    }

    /// A field that is a text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).and_then(|raw| serde_json::from_str(raw.get()).ok())
    }

    /// The wallet that the card came out of.
    pub(super) fn wallet(&self) -> Option<String> {
        self.text(WALLET)
    }

    /// What the request says of an authentication that was done elsewhere.
    pub(super) fn of_authentication(&self, name: &str) -> Option<String> {
        let said: Object = serde_json::from_str(self.0.get("3ds")?.get()).ok()?;
        serde_json::from_str(said.get(name)?.get()).ok().filter(|text: &String| !text.is_empty())
    }

    /// Whether the buyer was authenticated elsewhere.
    pub(super) fn was_authenticated(&self) -> bool {
        ["eci", "cryptogram", "xid"].iter().any(|name| self.of_authentication(name).is_some())
    }

    /// What is shown as it was sent, but for what the answer says itself.
    pub(super) fn echoed(self, said: &[&str]) -> Object {
        let Self(Object(mut fields)) = self;
        fields.retain(|(name, _)| !HIDDEN.contains(&name.as_str()) && !said.contains(&name.as_str()));
        Object(fields)
    }
}

/// What is kept, with the wallet that the card comes out of.
pub(super) fn with_wallet(kept: Option<&str>, wallet: Option<&str>) -> Option<String> {
    let Some(wallet) = wallet else { return kept.map(str::to_owned) };
    let mut fields = kept.and_then(|json| serde_json::from_str::<Object>(json).ok()).unwrap_or_default();
    let wallet = serde_json::value::to_raw_value(wallet).expect("a text is JSON");
    fields.0.push((WALLET.to_owned(), wallet));
    let fields = fields.0.iter().map(|(name, value)| format!("\"{name}\":{}", value.get()));
    Some(format!("{{{}}}", fields.collect::<Vec<_>>().join(",")))
}
