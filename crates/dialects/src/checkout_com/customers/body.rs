//! The bodies of customers, each declared once: it is read so, and the OpenAPI document says so.

use domain::Id;
use domain::customers::{Change, Patch};
use domain::instruments::{Instrument, MakeDefault};
use domain::metadata::Metadata;
use domain::phone::Phone;
use domain::text::{self, Email, NAME_MAX, Name};
use domain::time::Time;
use serde_json::value::RawValue;
use utoipa::PartialSchema;

use crate::checkout_com::contact::CUSTOMER_PHONE;
use crate::checkout_com::error::Failure;
use crate::checkout_com::fields::{Fields, INSTRUMENT_ID, Kind};
use crate::checkout_com::id;
use crate::declare::{Shape, declare};
use crate::json::Object;
use crate::warnings;

const METADATA_PAIRS_MAX: usize = 10;
/// Characters of a key, and of a value.
const METADATA_TEXT_MAX: usize = 100;

const EMAIL: Kind<Email> = Kind::new(
    Shape { format: Some("email"), min: Some(3), ..Shape::text(NAME_MAX) },
    "email_invalid",
    |sent| match sent.text()?.as_str() {
        "" => Err(vec![EMAIL_REQUIRED]),
        text => sent.by_domain(Email::parse("email", text)),
    },
)
.or(EMAIL_REQUIRED);
const EMAIL_REQUIRED: &str = "email_required";

const NAME: Kind<Option<Name>> =
    Kind::new(Shape::text(NAME_MAX), "customer_name_invalid", |sent| match sent.text()?.as_str() {
        "" => Ok(None),
        text => sent.by_domain(text::required("name", text, NAME_MAX)).map(Name::from_whole).map(Some),
    });

/// The record's own, which another API has too.
const TAX: Kind<Option<String>> = Kind::new(Shape::text(NAME_MAX), "tax_number_invalid", |sent| {
    let number = sent.by_domain(text::plain("tax_number", &sent.text()?, NAME_MAX))?;
    Ok(Some(number).filter(|number| !number.is_empty()))
});

const METADATA: Kind<Option<Metadata>> = Kind::new(Shape::OBJECT, "metadata_invalid", |sent| {
    let Object(entries) = sent.object()?;
    let fits = |text: &str| text.chars().count() <= METADATA_TEXT_MAX;
    if entries.iter().any(|(key, _)| key.is_empty() || !fits(key)) {
        return Err(vec!["metadata_key_invalid"]);
    }
    let value_fits = |value: &RawValue| {
        serde_json::from_str::<String>(value.get()).map_or(fits(value.get()), |text| fits(&text))
    };
    let all_fit = entries.len() <= METADATA_PAIRS_MAX && entries.iter().all(|(_, value)| value_fits(value));
    let entries = sent.right(Some(entries).filter(|_| all_fit))?;
    sent.by_domain(Metadata::new(entries)).map(Some)
});

const CARDS: Kind<Vec<Option<Id<Instrument>>>> =
    Kind::new(Shape::written(Vec::<String>::schema), "source_id_invalid", |sent| {
        let texts: Vec<String> = sent.json()?;
        Ok(texts.iter().map(|text| id::read(id::INSTRUMENT, text)).collect())
    });

declare! {
    pub(super) struct CreateCustomer from Fields {
        email: Email = required EMAIL,
        name: Patch<Name> = patch NAME => documented "null or empty is none, by our choice",
        phone: Patch<Phone> = patch CUSTOMER_PHONE => documented "null or empty is none, by our choice",
        /// At most 10 pairs, keys and values of at most 100 characters. Replaced as a whole.
        metadata: Patch<Metadata> = patch METADATA,
        /// The instrument that shall be the default: one of nobody's yet.
        default: Option<Option<Id<Instrument>>> = optional INSTRUMENT_ID,
        /// Instruments that shall be the customer's; ignored without `default`.
        instruments: Option<Vec<Option<Id<Instrument>>>> = optional CARDS
            => documented "cards that are not the customer's are refused by our choice",
        tax_number: Patch<String> = patch TAX => seen,
    }
    example {
        "email": "brucewayne@gmail.com", "name": "Bruce Wayne",
        "phone": { "country_code": "+1", "number": "415 555 2671" }, "metadata": { "coupon_code": "NY2018" },
    }
}

declare! {
    /// What is left out, or sent back as it was read, stays as it is; null clears.
    pub(super) struct UpdateCustomer from Fields {
        /// Cannot be cleared.
        email: Option<Email> = kept EMAIL => documented "null or empty is refused by our choice",
        name: Patch<Name> = patch NAME => documented "null or empty clears it by our choice",
        phone: Patch<Phone> = patch CUSTOMER_PHONE => documented "null or empty clears it by our choice",
        /// At most 10 pairs, keys and values of at most 100 characters. Replaced as a whole.
        metadata: Patch<Metadata> = patch METADATA,
        /// The instrument that shall be the default: the customer's, or nobody's yet.
        default: Option<Option<Id<Instrument>>> = optional INSTRUMENT_ID
            => documented "null leaves the default as it is, by our choice",
        /// Instruments that shall be the customer's.
        instruments: Option<Vec<Option<Id<Instrument>>>> = optional CARDS
            => documented "cards that are not the customer's are refused by our choice",
        tax_number: Patch<String> = patch TAX => seen,
    }
    example { "name": "Bruce Wayne", "metadata": { "coupon_code": "NY2019" } }
}

/// What a request says of a customer.
pub(super) struct Sent {
    pub(super) change: Change,
    /// The card that shall be the default. No card has the id `None`.
    pub(super) default: Option<Option<Id<Instrument>>>,
    /// Cards that shall be the customer's.
    instruments: Vec<Option<Id<Instrument>>>,
}

impl Sent {
    /// Each card once, however often the body names it, the default before the others.
    pub(super) fn cards(&self) -> Vec<(Option<Id<Instrument>>, MakeDefault)> {
        let mut cards: Vec<_> = self.default.map(|card| (card, MakeDefault::Yes)).into_iter().collect();
        for card in &self.instruments {
            if cards.iter().all(|(known, _)| known != card) {
                cards.push((*card, MakeDefault::IfNone));
            }
        }
        cards
    }
}

/// Reads the body of a create. Without an address that alone is told.
pub(super) fn new(body: &[u8], now: Time) -> Result<Sent, Failure> {
    let fields = Fields::parse(body, now)?;
    let has_address = fields.has("email");
    let sent = fields.read(CreateCustomer::read);
    if !has_address {
        // It may be that it is misspelt.
        warnings::refused()?;
        return Err(Failure::invalid(vec![EMAIL_REQUIRED]));
    }
    let CreateCustomer { email, name, phone, metadata, default, instruments, tax_number } = sent?;
    if default.is_none() && instruments.is_some() {
        warnings::without_effect("instruments");
    }
    let email = Patch::Set(email);
    let change = Change { email, name, phone, metadata, tax_number, ..Change::default() };
    Ok(Sent { change, default, instruments: instruments.unwrap_or_default() })
}

pub(super) fn change(fields: Fields) -> Result<Sent, Failure> {
    let UpdateCustomer { email, name, phone, metadata, default, instruments, tax_number } =
        fields.read(UpdateCustomer::read)?;
    let email = email.map_or(Patch::Unchanged, Patch::Set);
    let change = Change { email, name, phone, metadata, tax_number, ..Change::default() };
    Ok(Sent { change, default, instruments: instruments.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_a_body_names_three_times_is_linked_once() {
        let [one, other] = [1, 2].map(|byte| Id::<Instrument>::from_bytes([byte; 16]));
        let text = |id| super::id::write(super::id::INSTRUMENT, id);
        let (one_text, other_text) = (text(one), text(other));
        let body = format!(
            r#"{{"email":"ada@example.com","default":"{one_text}",
                "instruments":["{one_text}","{other_text}","{one_text}","{other_text}"]}}"#
        );
        let Ok(sent) = new(body.as_bytes(), Time(0)) else { panic!("it is refused") };
        assert_eq!(sent.cards(), [(Some(one), MakeDefault::Yes), (Some(other), MakeDefault::IfNone)]);
    }
}
