//! Addresses and phones, of customers and of those who hold a card: how they are read, and how they are shown.

use std::borrow::Cow;

use domain::card::make_card_number;
use domain::{phone, text};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::AllOfBuilder;
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::codes::{Code, card_number};
use super::fields::{Fields, Kind, Sent, free};
use crate::declare::{Shape, declare};

const NO_COUNTRY: Code = "country_invalid";

const ADDRESS_LINE: Kind<String> = free(200, "address_invalid");
const CITY: Kind<String> = free(50, "city_invalid");
const STATE: Kind<String> = free(50, "address_invalid");
const ZIP: Kind<String> = free(50, "zip_invalid");

pub(super) const COUNTRY: Kind<String> =
    Kind::new(Shape { pattern: Some("^[A-Za-z]{2}$"), ..Shape::TEXT }, NO_COUNTRY, |sent| {
        let fits = |text: &String| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        sent.right(Some(sent.text()?).filter(fits))
    });

declare! {
    #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Address from Fields {
        #[serde(skip_serializing_if = "Option::is_none")]
        address_line1: Option<String> = optional ADDRESS_LINE,
        #[serde(skip_serializing_if = "Option::is_none")]
        address_line2: Option<String> = optional ADDRESS_LINE,
        #[serde(skip_serializing_if = "Option::is_none")]
        city: Option<String> = optional CITY,
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<String> = optional STATE => seen,
        #[serde(skip_serializing_if = "Option::is_none")]
        zip: Option<String> = optional ZIP,
        #[serde(skip_serializing_if = "Option::is_none")]
        country: Option<String> = optional COUNTRY,
    }
}

/// An address as it stands with a card.
pub(super) const ADDRESS: Kind<Address> = Kind::new(Shape::named::<Address>(), "address_invalid", |sent| {
    let address = sent.first(Address::read)?;
    match (&address.address_line1, &address.address_line2) {
        (Some(first), Some(second)) if make_card_number(first, second) => {
            Err(vec![card_number("address_line2")])
        }
        _ => Ok(address),
    }
});

/// An address that is kept as it was sent. What is wrong with its country has a code of its own there.
pub(super) const SHOWN_ADDRESS: Kind<Address> =
    Kind::new(ADDRESS.shape, "address_invalid", |sent| ADDRESS.read(sent).map_err(of_shown));

/// Likewise, with its country.
pub(super) const SHOWN_ADDRESS_WITH_COUNTRY: Kind<Address> =
    Kind::new(ADDRESS_WITH_COUNTRY.shape, "address_invalid", |sent| {
        ADDRESS_WITH_COUNTRY.read(sent).map_err(of_shown)
    });

fn of_shown(codes: Vec<Code>) -> Vec<Code> {
    codes.into_iter().map(|code| if code == NO_COUNTRY { "address_country_invalid" } else { code }).collect()
}

pub(super) const ADDRESS_WITH_COUNTRY: Kind<Address> =
    Kind::new(Shape::written(|| with(Address::name(), "country")), "address_invalid", |sent| {
        let address = ADDRESS.read(sent)?;
        if address.country.is_none() { Err(vec![NO_COUNTRY]) } else { Ok(address) }
    });

/// The type of this name with a field that has to be there.
fn with(name: Cow<'static, str>, field: &'static str) -> RefOr<Schema> {
    let needed = ObjectBuilder::new().property(field, String::schema()).required(field);
    AllOfBuilder::new().item(Ref::from_schema_name(name)).item(needed).into()
}

const COUNTRY_CODE: Kind<String> =
    Kind::new(Shape { min: Some(1), ..Shape::text(7) }, "country_phone_code_invalid", |sent| {
        part(sent, "country_phone_code_length_invalid")
    });

const NUMBER: Kind<String> =
    Kind::new(Shape { min: Some(6), ..Shape::text(25) }, "phone_number_invalid", |sent| {
        part(sent, "phone_number_length_invalid")
    });

/// A part of a phone, whose length has a code of its own.
fn part(sent: &Sent<'_>, length: Code) -> Result<String, Vec<Code>> {
    let (text, most) = (sent.text()?, sent.shape.most());
    let characters = text.chars().count();
    if characters > most || sent.shape.min.is_some_and(|least| characters < least) {
        return Err(vec![length]);
    }
    sent.right(text::plain("phone", &text, most).ok())
}

declare! {
    #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Phone from Fields {
        #[serde(skip_serializing_if = "Option::is_none")]
        country_code: Option<String> = optional COUNTRY_CODE
            => documented "any characters, as in `number`, by our choice",
        #[serde(skip_serializing_if = "Option::is_none")]
        number: Option<String> = optional NUMBER,
    }
}

/// A phone as it stands with a card.
pub(super) const PHONE: Kind<Phone> =
    Kind::new(Shape::named::<Phone>(), "phone_number_invalid", |sent| sent.first(Phone::read));

pub(super) const PHONE_WITH_NUMBER: Kind<Phone> =
    Kind::new(Shape::written(|| with(Phone::name(), "number")), "phone_number_invalid", |sent| {
        let phone = PHONE.read(sent)?;
        if phone.number.is_none() { Err(vec!["phone_number_invalid"]) } else { Ok(phone) }
    });

/// A customer's phone; none where it has neither part.
pub(super) const CUSTOMER_PHONE: Kind<Option<phone::Phone>> =
    Kind::new(PHONE.shape, "phone_number_invalid", |sent| {
        let Phone { country_code, number } = sent.first(Phone::read)?;
        let is_there = country_code.is_some() || number.is_some();
        Ok(is_there.then_some(phone::Phone::Parts { country_code, number }))
    });
