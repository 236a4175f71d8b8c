//! A customer's fields as this API sends them, read into parsed types. Every value that does not fit gives a code, and
//! all codes go out together.

use domain::Id;
use domain::customers::{Change, Patch};
use domain::instruments::Instrument;
use domain::metadata::Metadata;
use domain::phone::Phone;
use domain::text::{self, Email, NAME_MAX, Name};
use serde_json::value::RawValue;

use super::error::{Failure, code};
use super::id;
use crate::json::Object;

const METADATA_PAIRS_MAX: usize = 10;
/// Characters of a key, and of a value.
const METADATA_TEXT_MAX: usize = 100;
const COUNTRY_CODE_MAX: usize = 7;
const NUMBER_MIN: usize = 6;
const NUMBER_MAX: usize = 25;

/// What a request says of a customer. What it does not name is [`Patch::Keep`]; what it sets to null is
/// [`Patch::Clear`].
pub(super) struct Sent {
    pub(super) change: Change,
    /// The card that shall be the default. No card has the id `None`.
    pub(super) default: Option<Option<Id<Instrument>>>,
    /// Cards that shall be the customer's.
    pub(super) instruments: Vec<Option<Id<Instrument>>>,
}

/// Whether the e-mail address has to be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    Create,
    Update,
}

/// Reads a body.
pub(super) fn customer(body: &[u8], purpose: For) -> Result<Sent, Failure> {
    let mut fields = Fields { object: Object::parse(body)?, codes: Vec::new() };
    if purpose == For::Create && fields.object.get("email").is_none() {
        return Err(Failure::invalid(vec!["email_required"]));
    }
    let change = Change {
        // fidelity: documented – null or empty is refused by our choice
        email: fields.email("email"),
        // fidelity: documented – null or empty clears it by our choice
        name: fields.name("name"),
        // fidelity: documented – null or empty clears it by our choice
        phone: fields.phone("phone"),
        // fidelity: documented – replaced as a whole
        metadata: fields.metadata("metadata"),
        ..Change::default()
    };
    // fidelity: documented – null leaves the default as it is, by our choice
    let default = fields.default("default");
    // fidelity: documented – on a create ignored without default; cards that are not the customer's are refused by our choice
    let instruments = fields.instruments("instruments");
    let sent = Sent { change, default, instruments };
    if fields.codes.is_empty() { Ok(sent) } else { Err(Failure::invalid(fields.codes)) }
}

struct Fields {
    object: Object,
    codes: Vec<&'static str>,
}

type Code = &'static str;

impl Fields {
    fn email(&mut self, field: &str) -> Patch<Email> {
        // Nobody can clear it, because this API requires it.
        if matches!(self.raw(field), Some("null" | "\"\"")) {
            self.codes.push("email_required");
            return Patch::Keep;
        }
        self.field(field, |raw| {
            let text = string(raw).ok_or("email_invalid")?;
            Email::parse("email", &text).map(Patch::Set).map_err(|_| "email_invalid")
        })
    }

    fn name(&mut self, field: &str) -> Patch<Name> {
        self.field(field, |raw| {
            let text = string(raw).ok_or("customer_name_invalid")?;
            if text.is_empty() {
                return Ok(Patch::Clear);
            }
            let name = text::required("name", &text, NAME_MAX).map_err(|_| "customer_name_invalid")?;
            Ok(Patch::Set(Name::from_whole(name)))
        })
    }

    fn phone(&mut self, field: &str) -> Patch<Phone> {
        self.field(field, |raw| {
            let object: Object = serde_json::from_str(raw).map_err(|_| "phone_number_invalid")?;
            // fidelity: documented – 1 to 7 characters; any characters, by our choice
            let country_code = part(&object, "country_code", 1..=COUNTRY_CODE_MAX)
                .map_err(|is_length| if is_length { CODE_LENGTH } else { code("country_code") })?;
            // fidelity: documented – 6 to 25 characters; any characters, by our choice
            let number = part(&object, "number", NUMBER_MIN..=NUMBER_MAX)
                .map_err(|is_length| if is_length { NUMBER_LENGTH } else { code("phone") })?;
            if country_code.is_none() && number.is_none() {
                return Ok(Patch::Clear);
            }
            Ok(Patch::Set(Phone::Parts { country_code, number }))
        })
    }

    fn metadata(&mut self, field: &str) -> Patch<Metadata> {
        self.field(field, |raw| {
            let Object(entries) = serde_json::from_str(raw).map_err(|_| "metadata_invalid")?;
            let fits = |text: &str| text.chars().count() <= METADATA_TEXT_MAX;
            if entries.iter().any(|(key, _)| key.is_empty() || !fits(key)) {
                return Err("metadata_key_invalid");
            }
            let value_fits =
                |value: &RawValue| string(value.get()).map_or(fits(value.get()), |text| fits(&text));
            if entries.len() > METADATA_PAIRS_MAX || !entries.iter().all(|(_, value)| value_fits(value)) {
                return Err("metadata_invalid");
            }
            Metadata::new("metadata", entries).map(Patch::Set).map_err(|_| "metadata_invalid")
        })
    }

    /// Null leaves the choice as it is: a customer with cards has a default.
    fn default(&mut self, field: &str) -> Option<Option<Id<Instrument>>> {
        let sent = self.field(field, |raw| {
            let text = string(raw).ok_or("source_id_invalid")?;
            Ok(Patch::Set(id::read(id::INSTRUMENT, &text)))
        });
        match sent {
            Patch::Set(card) => Some(card),
            Patch::Keep | Patch::Clear => None,
        }
    }

    fn instruments(&mut self, field: &str) -> Vec<Option<Id<Instrument>>> {
        let sent = self.field(field, |raw| {
            let texts: Vec<String> = serde_json::from_str(raw).map_err(|_| "source_id_invalid")?;
            Ok(Patch::Set(texts.iter().map(|text| id::read(id::INSTRUMENT, text)).collect()))
        });
        match sent {
            Patch::Set(cards) => cards,
            Patch::Keep | Patch::Clear => Vec::new(),
        }
    }

    fn raw(&self, name: &str) -> Option<&str> {
        let (_, raw) = self.object.0.iter().find(|(known, _)| known == name)?;
        Some(raw.get())
    }

    fn field<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<Patch<T>, Code>) -> Patch<T> {
        let outcome = match self.raw(name) {
            None => Ok(Patch::Keep),
            Some("null") => Ok(Patch::Clear),
            Some(raw) => read(raw),
        };
        outcome.unwrap_or_else(|code| {
            if !self.codes.contains(&code) {
                self.codes.push(code);
            }
            Patch::Keep
        })
    }
}

const CODE_LENGTH: Code = "country_phone_code_length_invalid";
const NUMBER_LENGTH: Code = "phone_number_length_invalid";

fn string(raw: &str) -> Option<String> {
    serde_json::from_str(raw).ok()
}

/// A part of a phone. The error says whether it is the length that is wrong.
fn part(
    phone: &Object,
    name: &str,
    lengths: std::ops::RangeInclusive<usize>,
) -> Result<Option<String>, bool> {
    let Some(raw) = phone.get(name) else { return Ok(None) };
    let text = string(raw.get()).ok_or(false)?;
    if !lengths.contains(&text.chars().count()) {
        return Err(true);
    }
    text::plain("phone", &text, *lengths.end()).map(Some).map_err(|_| false)
}
