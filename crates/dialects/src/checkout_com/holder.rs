//! Who holds a card. It is kept with the card as JSON, and shown as it was sent.

use domain::Error;
use domain::card::holds_card_number;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A card's holder. `name` stands beside the others in the API, and with them in what is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holder {
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_name: Option<String>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_name: Option<String>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) billing_address: Option<Address>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phone: Option<PhoneParts>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(super) struct Address {
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub(super) address_line1: Option<String>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub(super) address_line2: Option<String>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 50)]
    pub(super) city: Option<String>,
    // fidelity: seen
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 50)]
    pub(super) state: Option<String>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 50)]
    pub(super) zip: Option<String>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[A-Za-z]{2}$")]
    pub(super) country: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Phone)]
pub(super) struct PhoneParts {
    // fidelity: documented – as it was sent
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 7)]
    pub(super) country_code: Option<String>,
    // fidelity: documented – as it was sent
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 6, max_length = 25)]
    pub(super) number: Option<String>,
}

impl Holder {
    /// What is kept; nothing where nothing is known.
    pub(super) fn stored(&self) -> Option<String> {
        let json = serde_json::to_string(self).expect("a holder has string keys");
        (json != "{}").then_some(json)
    }

    /// What was kept.
    pub(super) fn read(stored: Option<&str>) -> Self {
        stored.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    /// Checks that first and last name make no card number together, unless both are known.
    pub(super) fn check(&self, known: &Self) -> Result<(), Error> {
        let whole = |holder: &Self| [holder.first_name.clone()?, holder.last_name.clone()?].join(" ").into();
        let name: Option<String> = whole(self);
        let is_new = name != whole(known);
        if name.is_some_and(|name| is_new && holds_card_number(&name)) {
            return Err(Error::card_number("last_name"));
        }
        Ok(())
    }

    /// This, with what the other says in its place.
    pub(super) fn changed_by(self, other: Self) -> Self {
        Self {
            name: other.name.or(self.name),
            first_name: other.first_name.or(self.first_name),
            last_name: other.last_name.or(self.last_name),
            billing_address: other.billing_address.or(self.billing_address),
            phone: other.phone.or(self.phone),
        }
    }
}
