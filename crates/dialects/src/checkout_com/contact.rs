//! Addresses and phones, of customers and of those who hold a card: how they are read, and how they are shown.

use std::ops::RangeInclusive;

use domain::card::holds_card_number;
use domain::phone::Phone;
use domain::text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::codes::{Code, card_number, code};
use super::fields::{free, object, string};
use crate::json::Object;

const COUNTRY_CODE_MAX: usize = 7;
const NUMBER_MIN: usize = 6;
const NUMBER_MAX: usize = 25;
const ADDRESS_LINE_MAX: usize = 200;
const CITY_MAX: usize = 50;
const CODE_LENGTH: Code = "country_phone_code_length_invalid";
const NUMBER_LENGTH: Code = "phone_number_length_invalid";

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

/// A part of a phone. The error says whether it is the length that is wrong.
fn part(phone: &Object, name: &str, lengths: RangeInclusive<usize>) -> Result<Option<String>, bool> {
    let Some(raw) = phone.get(name) else { return Ok(None) };
    let text = string(raw.get()).ok_or(false)?;
    if !lengths.contains(&text.chars().count()) {
        return Err(true);
    }
    text::plain("phone", &text, *lengths.end()).map(Some).map_err(|_| false)
}
