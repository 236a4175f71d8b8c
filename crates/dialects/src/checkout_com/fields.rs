//! A request's fields, read one by one. Every value that does not fit gives a code, and all codes go out together.

use std::ops::RangeInclusive;

use domain::card::holds_card_number;
use domain::customers::Patch;
use domain::phone::Phone;
use domain::text::{self, NAME_MAX};
use serde_json::value::RawValue;

use super::codes::{Code, card_number, code, code_of};
use super::error::Failure;
use super::holder::{Address, Holder, PhoneParts};
use crate::json::Object;

const COUNTRY_CODE_MAX: usize = 7;
const NUMBER_MIN: usize = 6;
const NUMBER_MAX: usize = 25;
const ADDRESS_LINE_MAX: usize = 200;
const CITY_MAX: usize = 50;
const CODE_LENGTH: Code = "country_phone_code_length_invalid";
const NUMBER_LENGTH: Code = "phone_number_length_invalid";

/// The fields of an object, and what was found wrong with them.
pub(super) struct Fields {
    object: Object,
    codes: Vec<Code>,
}

impl Fields {
    /// Reads a body.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Failure> {
        Ok(Self { object: Object::parse(body)?, codes: Vec::new() })
    }

    /// The fields of an object inside a body.
    pub(super) const fn of(object: Object) -> Self {
        Self { object, codes: Vec::new() }
    }

    /// Takes over what was found wrong with an object inside this one.
    pub(super) fn take_codes(&mut self, inner: Self) {
        for code in inner.codes {
            self.wrong(code);
        }
    }

    /// A field as it was sent, null included.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        let (_, raw) = self.object.0.iter().find(|(known, _)| known == name)?;
        Some(raw.get())
    }

    /// Notes that something is wrong, once.
    pub(super) fn wrong(&mut self, code: Code) {
        if !self.codes.contains(&code) {
            self.codes.push(code);
        }
    }

    /// A field that may be left out, or be null.
    pub(super) fn patch<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<Patch<T>, Code>,
    ) -> Patch<T> {
        let outcome = match self.raw(name) {
            None => Ok(Patch::Keep),
            Some("null") => Ok(Patch::Clear),
            Some(raw) => read(raw),
        };
        outcome.unwrap_or_else(|code| {
            self.wrong(code);
            Patch::Keep
        })
    }

    /// A field that may be left out; null is the same.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, Code>,
    ) -> Option<T> {
        match self.patch(name, |raw| read(raw).map(Patch::Set)) {
            Patch::Set(value) => Some(value),
            Patch::Keep | Patch::Clear => None,
        }
    }

    /// A field that has to be there.
    pub(super) fn required<T>(
        &mut self,
        name: &str,
        missing: Code,
        read: impl FnOnce(&str) -> Result<T, Code>,
    ) -> Option<T> {
        if matches!(self.raw(name), None | Some("null")) {
            self.wrong(missing);
        }
        self.optional(name, read)
    }

    /// The value that was made of the fields, unless something is wrong with any of them.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Failure> {
        match value {
            Some(value) if self.codes.is_empty() => Ok(value),
            // Nothing is missing that has no code.
            Some(_) | None => Err(Failure::invalid(self.codes)),
        }
    }
}

pub(super) fn string(raw: &str) -> Option<String> {
    serde_json::from_str(raw).ok()
}

pub(super) fn object(raw: &str, wrong: Code) -> Result<Object, Code> {
    serde_json::from_str(raw).map_err(|_| wrong)
}

/// A text that people write freely.
pub(super) fn free(raw: &str, name: &str, max: usize, wrong: Code) -> Result<String, Code> {
    let text = string(raw).ok_or(wrong)?;
    text::free("text", &text, max).map_err(|error| code_of(&error, name, wrong))
}

/// Whether two fields of an object that stand beside one another make a card number together, at whatever depth.
pub(super) fn is_in_two_fields(raw: &str) -> bool {
    const BESIDE: [(&str, &str); 2] = [("first_name", "last_name"), ("address_line1", "address_line2")];
    if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw) {
        return items.iter().any(|item| is_in_two_fields(item.get()));
    }
    let Ok(object) = serde_json::from_str::<Object>(raw) else { return false };
    let text = |name: &str| object.get(name).and_then(|raw| domain::json::word(raw.get()));
    let makes_one = |(first, second): &(&str, &str)| {
        text(first)
            .zip(text(second))
            .is_some_and(|(first, second)| holds_card_number(&format!("{first} {second}")))
    };
    BESIDE.iter().any(makes_one) || object.0.iter().any(|(_, value)| is_in_two_fields(value.get()))
}

/// True or false.
pub(super) fn boolean(raw: &str) -> Result<bool, Code> {
    serde_json::from_str(raw).map_err(|_| "parameter_invalid")
}

/// A phone in two parts; none where it has neither.
pub(super) fn phone(raw: &str) -> Result<Option<Phone>, Code> {
    let object = object(raw, "phone_number_invalid")?;
    // fidelity: documented – 1 to 7 characters; any characters, by our choice
    let country_code = part(&object, "country_code", 1..=COUNTRY_CODE_MAX)
        .map_err(|is_length| if is_length { CODE_LENGTH } else { code("country_code") })?;
    // fidelity: documented – 6 to 25 characters; any characters, by our choice
    let number = part(&object, "number", NUMBER_MIN..=NUMBER_MAX)
        .map_err(|is_length| if is_length { NUMBER_LENGTH } else { code("phone") })?;
    let is_there = country_code.is_some() || number.is_some();
    Ok(is_there.then_some(Phone::Parts { country_code, number }))
}

/// A phone as it stands with a card.
pub(super) fn phone_parts(raw: &str) -> Result<PhoneParts, Code> {
    Ok(match phone(raw)? {
        Some(Phone::Parts { country_code, number }) => PhoneParts { country_code, number },
        Some(Phone::Text(_)) | None => PhoneParts::default(),
    })
}

/// An address as it stands with a card.
pub(super) fn address(raw: &str) -> Result<Address, Code> {
    let object = object(raw, "address_invalid")?;
    let line =
        |name: &str, max, wrong| object.get(name).map(|raw| free(raw.get(), name, max, wrong)).transpose();
    let country = object.get("country").map(|raw| {
        let text = string(raw.get()).ok_or("country_invalid")?;
        let fits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        if fits { Ok(text) } else { Err("country_invalid") }
    });
    let address = Address {
        // fidelity: documented
        address_line1: line("address_line1", ADDRESS_LINE_MAX, "address_invalid")?,
        // fidelity: documented
        address_line2: line("address_line2", ADDRESS_LINE_MAX, "address_invalid")?,
        // fidelity: documented
        city: line("city", CITY_MAX, "city_invalid")?,
        // fidelity: seen
        state: line("state", CITY_MAX, "address_invalid")?,
        // fidelity: documented
        zip: line("zip", CITY_MAX, "zip_invalid")?,
        // fidelity: documented
        country: country.transpose()?,
    };
    if let (Some(first), Some(second)) = (&address.address_line1, &address.address_line2)
        && holds_card_number(&format!("{first} {second}"))
    {
        return Err(card_number("address_line2"));
    }
    Ok(address)
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

/// A part of a phone. The error says whether it is the length that is wrong.
fn part(phone: &Object, name: &str, lengths: RangeInclusive<usize>) -> Result<Option<String>, bool> {
    let Some(raw) = phone.get(name) else { return Ok(None) };
    let text = string(raw.get()).ok_or(false)?;
    if !lengths.contains(&text.chars().count()) {
        return Err(true);
    }
    text::plain("phone", &text, *lengths.end()).map(Some).map_err(|_| false)
}
