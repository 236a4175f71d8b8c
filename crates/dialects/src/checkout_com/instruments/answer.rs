//! What the answers about instruments look like. What is not known is left out.

use domain::customers::Customer;
use domain::idempotency::Reply;
use domain::instruments::Instrument;
use domain::text::{Email, Name};
use serde::Serialize;
use utoipa::ToSchema;

use crate::checkout_com::card_answer::{CARD, CardFacts, Spelling, account_holder, facts};
use crate::checkout_com::holder::{AccountHolder, Holder};
use crate::checkout_com::id;
use crate::json::reply;

/// A card by itself.
#[derive(Serialize, ToSchema)]
#[schema(as = Instrument)]
pub(super) struct InstrumentObject<'a> {
    #[schema(extensions(("x-fidelity" = json!("documented – the kind of what is behind it"))))]
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    fingerprint: String,
    // What is known of the card.
    #[serde(flatten)]
    facts: CardFacts<'a>,
    #[schema(extensions(("x-fidelity" = json!("documented – when it is read"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// When it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    account_holder: Option<AccountHolder>,
    #[schema(extensions(("x-fidelity" = json!("documented – by the customers' document"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    card_wallet_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<OwnerObject<'a>>,
}

/// Whose a card is.
#[derive(Serialize, ToSchema)]
#[schema(as = InstrumentCustomer)]
pub(super) struct OwnerObject<'a> {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[schema(extensions(("x-fidelity" = json!("documented – when the card is read"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<bool>,
}

/// The answer to a change of a card.
#[derive(Serialize, ToSchema)]
pub(super) struct Updated {
    #[serde(rename = "type")]
    kind: &'static str,
    fingerprint: String,
}

/// A card that is out of use.
#[derive(Serialize, ToSchema)]
pub(super) struct Revoked {
    #[schema(extensions(("x-fidelity" = json!("ours"))))]
    id: String,
    #[schema(extensions(("x-fidelity" = json!("seen – and so is `reason`"))))]
    status: &'static str,
    reason: &'static str,
}

/// An instrument that was made. Its holder is shown when it is read.
pub(super) fn created(card: &Instrument, customer: Option<&Customer>) -> Reply {
    let owner = customer.map(|customer| OwnerObject { default: None, ..owner(customer, card) });
    let shown = instrument_object(card, owner);
    reply(201, &InstrumentObject { name: None, account_holder: None, ..shown })
}

pub(super) fn instrument(card: &Instrument, customer: Option<&Customer>) -> Reply {
    reply(200, &object(card, customer))
}

pub(super) fn object<'a>(card: &'a Instrument, customer: Option<&'a Customer>) -> InstrumentObject<'a> {
    instrument_object(card, customer.map(|customer| owner(customer, card)))
}

fn instrument_object<'a>(card: &'a Instrument, customer: Option<OwnerObject<'a>>) -> InstrumentObject<'a> {
    let holder = Holder::read(card.holder.as_deref());
    InstrumentObject {
        kind: CARD,
        id: id::write(id::INSTRUMENT, card.id),
        fingerprint: id::write("", card.fingerprint),
        facts: facts(&card.face, &card.first_six, card.expiry, Spelling::Capitals),
        account_holder: account_holder(&holder),
        name: holder.name,
        card_wallet_type: card.wallet.as_deref(),
        customer,
    }
}

fn owner<'a>(customer: &'a Customer, card: &Instrument) -> OwnerObject<'a> {
    OwnerObject {
        id: id::write(id::CUSTOMER, customer.id),
        email: customer.details.email.as_ref().map(Email::as_str),
        name: customer.details.name.as_ref().map(Name::whole).filter(|name| !name.is_empty()),
        default: Some(card.is_default),
    }
}

pub(super) fn updated(card: &Instrument) -> Reply {
    reply(200, &Updated { kind: CARD, fingerprint: id::write("", card.fingerprint) })
}

pub(super) fn revoked(card: &Instrument) -> Reply {
    let id = id::write(id::INSTRUMENT, card.id);
    reply(200, &Revoked { id, status: "INVALID", reason: "revoked_by_merchant" })
}
