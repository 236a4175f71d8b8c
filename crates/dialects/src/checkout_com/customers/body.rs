//! A customer's fields as this API sends them, read into parsed types.

use domain::Id;
use domain::customers::{Change, Patch};
use domain::instruments::{First, Instrument};
use domain::metadata::Metadata;
use domain::text::{self, Email, NAME_MAX, Name};
use serde_json::value::RawValue;

use crate::checkout_com::codes::{Code, code_of};
use crate::checkout_com::contact;
use crate::checkout_com::error::Failure;
use crate::checkout_com::fields::{self, Fields, string};
use crate::checkout_com::id;
use crate::json::Object;

const METADATA_PAIRS_MAX: usize = 10;
/// Characters of a key, and of a value.
const METADATA_TEXT_MAX: usize = 100;

/// What a request says of a customer. What it does not name is [`Patch::Keep`]; what it sets to null is
/// [`Patch::Clear`].
pub(super) struct Sent {
    pub(super) change: Change,
    /// The card that shall be the default. No card has the id `None`.
    pub(super) default: Option<Option<Id<Instrument>>>,
    /// Cards that shall be the customer's.
    pub(super) instruments: Vec<Option<Id<Instrument>>>,
}

impl Sent {
    /// Each card once, however often the body names it, the default before the others.
    pub(super) fn cards(&self) -> Vec<(Option<Id<Instrument>>, First)> {
        let mut cards: Vec<_> = self.default.map(|card| (card, First::Yes)).into_iter().collect();
        for card in &self.instruments {
            if cards.iter().all(|(known, _)| known != card) {
                cards.push((*card, First::IfNone));
            }
        }
        cards
    }
}

/// Whether the e-mail address has to be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    Create,
    Update,
}

/// Reads a body.
pub(super) fn customer(body: &[u8], purpose: For) -> Result<Sent, Failure> {
    let mut fields = Fields::parse(body)?;
    if purpose == For::Create && matches!(fields.raw("email"), None | Some("null")) {
        return Err(Failure::invalid(vec!["email_required"]));
    }
    let change = Change {
        // fidelity: documented – null or empty is refused by our choice
        email: email(&mut fields),
        // fidelity: documented – null or empty clears it by our choice
        name: fields.patch("name", name),
        // fidelity: documented – null or empty clears it by our choice
        phone: fields.patch("phone", |raw| Ok(contact::phone(raw)?.map_or(Patch::Clear, Patch::Set))),
        // fidelity: documented – replaced as a whole
        metadata: fields.patch("metadata", metadata),
        ..Change::default()
    };
    // fidelity: documented – null leaves the default as it is, by our choice
    let default = fields.optional("default", |raw| fields::id(raw, id::INSTRUMENT, "source_id_invalid"));
    // fidelity: documented – on a create ignored without default; cards that are not the customer's are refused by our choice
    let instruments = fields.optional("instruments", cards).unwrap_or_default();
    let sent = Sent { change, default, instruments };
    fields.finish(Some(sent))
}

/// Nobody can clear it, because this API requires it.
fn email(fields: &mut Fields) -> Patch<Email> {
    if matches!(fields.raw("email"), Some("null" | "\"\"")) {
        fields.wrong("email_required");
        return Patch::Keep;
    }
    fields.patch("email", |raw| {
        let text = string(raw).ok_or("email_invalid")?;
        let email = Email::parse("email", &text);
        email.map(Patch::Set).map_err(|error| code_of(&error, "email", "email_invalid"))
    })
}

fn name(raw: &str) -> Result<Patch<Name>, Code> {
    let text = string(raw).ok_or("customer_name_invalid")?;
    if text.is_empty() {
        return Ok(Patch::Clear);
    }
    let name = text::required("name", &text, NAME_MAX)
        .map_err(|error| code_of(&error, "name", "customer_name_invalid"))?;
    Ok(Patch::Set(Name::from_whole(name)))
}

fn metadata(raw: &str) -> Result<Patch<Metadata>, Code> {
    let Object(entries) = fields::object(raw, "metadata_invalid")?;
    let fits = |text: &str| text.chars().count() <= METADATA_TEXT_MAX;
    if entries.iter().any(|(key, _)| key.is_empty() || !fits(key)) {
        return Err("metadata_key_invalid");
    }
    let value_fits = |value: &RawValue| string(value.get()).map_or(fits(value.get()), |text| fits(&text));
    if entries.len() > METADATA_PAIRS_MAX || !entries.iter().all(|(_, value)| value_fits(value)) {
        return Err("metadata_invalid");
    }
    let metadata = Metadata::new("metadata", entries);
    metadata.map(Patch::Set).map_err(|error| code_of(&error, "metadata", "metadata_invalid"))
}

fn cards(raw: &str) -> Result<Vec<Option<Id<Instrument>>>, Code> {
    let texts: Vec<String> = serde_json::from_str(raw).map_err(|_| "source_id_invalid")?;
    Ok(texts.iter().map(|text| id::read(id::INSTRUMENT, text)).collect())
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
        let Ok(sent) = customer(body.as_bytes(), For::Create) else { panic!("it is refused") };
        assert_eq!(sent.cards(), [(Some(one), First::Yes), (Some(other), First::IfNone)]);
    }
}
