//! What answers look like. What is not known is left out.

use domain::card::Brand;
use domain::customers::Customer;
use domain::idempotency::Reply;
use domain::instruments::Instrument;
use domain::metadata::Metadata;
use domain::phone::Phone;
use domain::text::{Email, Name};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::Problem;
use super::id;

#[derive(Serialize, ToSchema)]
pub(super) struct Created {
    // fidelity: documented
    id: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Customer)]
pub(super) struct CustomerObject<'a> {
    // fidelity: documented
    id: String,
    // fidelity: documented – left out where another API made the customer without one
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<PhoneObject<'a>>,
    // fidelity: documented – left out when empty, by our choice
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a Metadata>,
    // fidelity: documented
    instruments: Vec<CardObject<'a>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Phone)]
pub(super) struct PhoneObject<'a> {
    // fidelity: documented – as it was sent
    #[serde(skip_serializing_if = "Option::is_none")]
    country_code: Option<&'a str>,
    // fidelity: documented – as it was sent
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Instrument)]
pub(super) struct CardObject<'a> {
    // fidelity: documented
    #[serde(rename = "type")]
    kind: &'static str,
    // fidelity: documented
    id: String,
    // fidelity: documented
    fingerprint: String,
    // fidelity: documented
    expiry_month: i8,
    // fidelity: documented
    expiry_year: i16,
    // fidelity: documented – the brand in capitals
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme: Option<String>,
    // fidelity: documented
    last4: &'a str,
    // fidelity: documented – six digits
    bin: &'a str,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub(super) struct ProblemObject<'a> {
    // fidelity: documented
    request_id: &'a str,
    // fidelity: documented
    error_type: &'static str,
    // fidelity: documented – where the vendor's list has no code that fits, a name of ours
    error_codes: &'a [&'static str],
}

/// The answer to a create.
pub(super) fn created(customer: &Customer) -> Reply {
    json(201, &Created { id: id::write(id::CUSTOMER, customer.id) })
}

/// The customer object.
pub(super) fn customer(customer: &Customer, cards: &[Instrument]) -> Reply {
    let details = &customer.details;
    let default = cards.iter().find(|card| card.is_default);
    json(
        200,
        &CustomerObject {
            id: id::write(id::CUSTOMER, customer.id),
            email: details.email.as_ref().map(Email::as_str),
            default: default.map(|card| id::write(id::INSTRUMENT, card.id)),
            name: details.name.as_ref().map(Name::whole).filter(|name| !name.is_empty()),
            phone: details.phone.as_ref().and_then(phone),
            metadata: Some(&details.metadata).filter(|metadata| metadata.json() != "{}"),
            instruments: cards.iter().map(card_object).collect(),
        },
    )
}

fn phone(phone: &Phone) -> Option<PhoneObject<'_>> {
    let (country_code, number) = phone.parts();
    let said = |part: Option<&'_ str>| part.is_some_and(|text| !text.is_empty());
    (said(country_code) || said(number)).then(|| PhoneObject {
        country_code: country_code.filter(|text| !text.is_empty()),
        number: number.filter(|text| !text.is_empty()),
    })
}

fn card_object(card: &Instrument) -> CardObject<'_> {
    // The word for a card of no known brand is none of this API's.
    let brand = Some(&card.face.brand).filter(|brand| *brand != "card");
    CardObject {
        kind: "card",
        id: id::write(id::INSTRUMENT, card.id),
        fingerprint: id::write("", card.fingerprint),
        expiry_month: card.expiry.month,
        expiry_year: card.expiry.year,
        scheme: brand.map(|brand| Brand::name_of_code(brand).to_uppercase()),
        last4: &card.face.last_four,
        bin: &card.first_six,
    }
}

/// 204.
pub(super) const fn nothing() -> Reply {
    Reply { status: 204, content_type: String::new(), body: Vec::new() }
}

/// An error's body.
pub(super) fn problem(request_id: &str, problem: &Problem) -> Vec<u8> {
    let Problem { error_type, codes } = problem;
    bytes(&ProblemObject { request_id, error_type, error_codes: codes })
}

fn json(status: u16, object: &impl Serialize) -> Reply {
    Reply { status, content_type: "application/json".to_owned(), body: bytes(object) }
}

fn bytes(object: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(object).expect("wire objects have string keys and finite numbers")
}
