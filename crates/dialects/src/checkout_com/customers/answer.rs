//! What the answers about customers look like. What is not known is left out.

use domain::customers::Customer;
use domain::idempotency::Reply;
use domain::instruments::Instrument;
use domain::metadata::Metadata;
use domain::text::{Email, Name};
use serde::Serialize;
use utoipa::ToSchema;

use crate::checkout_com::card_answer::{CARD, CardFacts, Spelling, account_holder, facts};
use crate::checkout_com::contact::Phone;
use crate::checkout_com::holder::{AccountHolder, Holder};
use crate::checkout_com::id;
use crate::json::reply;

#[derive(Serialize, ToSchema)]
pub(super) struct Created {
    id: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Customer)]
pub(super) struct CustomerObject<'a> {
    id: String,
    #[schema(extensions(("x-fidelity" = json!("documented – left out where another API made the customer without one"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<Phone>,
    #[schema(extensions(("x-fidelity" = json!("seen"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_number: Option<&'a str>,
    /// Left out when empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a Metadata>,
    instruments: Vec<CardObject<'a>>,
}

/// A card among its customer's.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomerInstrument)]
pub(super) struct CardObject<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    fingerprint: String,
    // What is known of the card.
    #[serde(flatten)]
    facts: CardFacts<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_holder: Option<AccountHolder>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_wallet_type: Option<&'a str>,
}
pub(super) fn created(customer: &Customer) -> Reply {
    reply(201, &Created { id: id::write(id::CUSTOMER, customer.id) })
}

pub(super) fn customer(customer: &Customer, cards: &[Instrument]) -> Reply {
    reply(200, &object(customer, cards))
}

pub(super) fn object<'a>(customer: &'a Customer, cards: &'a [Instrument]) -> CustomerObject<'a> {
    let details = &customer.details;
    let default = cards.iter().find(|card| card.is_default);
    CustomerObject {
        id: id::write(id::CUSTOMER, customer.id),
        email: details.email.as_ref().map(Email::as_str),
        default: default.map(|card| id::write(id::INSTRUMENT, card.id)),
        name: details.name.as_ref().map(Name::whole).filter(|name| !name.is_empty()),
        phone: details.phone.as_ref().and_then(phone),
        tax_number: details.tax_number.as_deref(),
        metadata: Some(&details.metadata).filter(|metadata| metadata.json() != "{}"),
        instruments: cards.iter().map(card_object).collect(),
    }
}

fn phone(phone: &domain::phone::Phone) -> Option<Phone> {
    let (country_code, number) = phone.parts();
    let said = |part: Option<&str>| part.filter(|text| !text.is_empty()).map(str::to_owned);
    let (country_code, number) = (said(country_code), said(number));
    (country_code.is_some() || number.is_some()).then_some(Phone { country_code, number })
}

fn card_object(card: &Instrument) -> CardObject<'_> {
    CardObject {
        kind: CARD,
        id: id::write(id::INSTRUMENT, card.id),
        fingerprint: id::write("", card.fingerprint),
        facts: facts(&card.face, &card.first_six, card.expiry, Spelling::Capitals),
        account_holder: account_holder(&Holder::read(card.holder.as_deref())),
        card_wallet_type: card.wallet.as_deref(),
    }
}
