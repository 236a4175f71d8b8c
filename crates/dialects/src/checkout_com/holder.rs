//! Who holds a card. It is kept with the card as JSON, and shown as it was sent.

use domain::Error;
use domain::card::holds_card_number;
use domain::text::NAME_MAX;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::codes::{Code, code_of};
use super::contact::{Address, PhoneParts, address, phone_parts};
use super::fields::{Fields, free, object};

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

/// Who holds a card: names, address and phone.
pub(super) fn holder(raw: &str) -> Result<Holder, Code> {
    let wrong = "card_holder_invalid";
    let object = object(raw, wrong)?;
    let name = |name: &str| object.get(name).map(|raw| free(raw.get(), name, NAME_MAX, wrong)).transpose();
    let nested = |name: &str| object.get(name).map(RawValue::get);
    let holder = Holder {
        name: None,
        // fidelity: documented
        first_name: name("first_name")?,
        // fidelity: documented
        last_name: name("last_name")?,
        // fidelity: documented
        billing_address: nested("billing_address").map(address).transpose()?,
        // fidelity: documented
        phone: nested("phone").map(phone_parts).transpose()?,
    };
    holder.check(&Holder::default()).map_err(|error| code_of(&error, "last_name", wrong))?;
    Ok(holder)
}

/// Name, address and phone of a holder, where they stand beside the card's own fields.
pub(super) fn top_level_holder(fields: &mut Fields) -> Holder {
    Holder {
        // fidelity: documented
        name: fields.optional("name", |raw| free(raw, "name", NAME_MAX, "card_holder_invalid")),
        // fidelity: documented
        billing_address: fields.optional("billing_address", address),
        // fidelity: documented
        phone: fields.optional("phone", phone_parts),
        ..Holder::default()
    }
}
