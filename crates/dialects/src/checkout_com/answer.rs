//! What answers look like. What is not known is left out.

use domain::bins::{self, Category, Funding};
use domain::card::{Brand, CardFace, Expiry};
use domain::customers::Customer;
use domain::idempotency::Reply;
use domain::instruments::Instrument;
use domain::metadata::Metadata;
use domain::phone::Phone;
use domain::text::{Email, Name};
use domain::tokens::Token;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::Problem;
use super::holder::{Address, Holder, PhoneParts};
use super::id;

/// The kind of every instrument here.
pub(super) const CARD: &str = "card";
/// Times are UTC.
pub(super) const TIME: &str = "%Y-%m-%dT%H:%M:%SZ";

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
    phone: Option<PhoneParts>,
    // fidelity: documented – left out when empty, by our choice
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a Metadata>,
    // fidelity: documented
    instruments: Vec<CardObject<'a>>,
}

/// A card among its customer's.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomerInstrument)]
pub(super) struct CardObject<'a> {
    // fidelity: documented
    #[serde(rename = "type")]
    kind: &'static str,
    // fidelity: documented
    id: String,
    // fidelity: documented
    fingerprint: String,
    // fidelity: documented – what is known of the card
    #[serde(flatten)]
    facts: CardFacts<'a>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    account_holder: Option<AccountHolder>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    card_wallet_type: Option<&'a str>,
}

/// What may be told of a card. What the table of numbers does not know is left out.
#[derive(Serialize, ToSchema)]
pub(super) struct CardFacts<'a> {
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
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    card_type: Option<&'static str>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    card_category: Option<&'static str>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'static str>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_country: Option<&'static str>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<&'static str>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    product_type: Option<&'static str>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct AccountHolder {
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_address: Option<Address>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<PhoneParts>,
}

/// A card by itself.
#[derive(Serialize, ToSchema)]
#[schema(as = Instrument)]
pub(super) struct InstrumentObject<'a> {
    // fidelity: documented – the kind of what is behind it
    #[serde(rename = "type")]
    kind: &'static str,
    // fidelity: documented
    id: String,
    // fidelity: documented
    fingerprint: String,
    // fidelity: documented – what is known of the card
    #[serde(flatten)]
    facts: CardFacts<'a>,
    // fidelity: documented – when it is read
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    // fidelity: documented – when it is read
    #[serde(skip_serializing_if = "Option::is_none")]
    account_holder: Option<AccountHolder>,
    // fidelity: documented – by the customers' document
    #[serde(skip_serializing_if = "Option::is_none")]
    card_wallet_type: Option<&'a str>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<OwnerObject<'a>>,
}

/// Whose a card is.
#[derive(Serialize, ToSchema)]
#[schema(as = InstrumentCustomer)]
pub(super) struct OwnerObject<'a> {
    // fidelity: documented
    id: String,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    // fidelity: documented
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    // fidelity: documented – when the card is read
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<bool>,
}

/// The answer to a change of a card.
#[derive(Serialize, ToSchema)]
pub(super) struct Updated {
    // fidelity: documented
    #[serde(rename = "type")]
    kind: &'static str,
    // fidelity: documented
    fingerprint: String,
}

/// A card that is out of use.
#[derive(Serialize, ToSchema)]
pub(super) struct Revoked {
    // fidelity: ours
    id: String,
    // fidelity: seen
    status: &'static str,
    // fidelity: seen
    reason: &'static str,
}

/// A card for one use.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(super) struct TokenObject<'a> {
    // fidelity: documented
    #[serde(rename = "type")]
    kind: &'a str,
    // fidelity: documented
    token: String,
    // fidelity: documented
    expires_on: String,
    // fidelity: documented – what is known of the card
    #[serde(flatten)]
    facts: CardFacts<'a>,
    // fidelity: documented – until it is used
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    // fidelity: documented – until it is used
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_address: Option<Address>,
    // fidelity: documented – until it is used
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<PhoneParts>,
    // fidelity: ours – as with an instrument
    #[serde(skip_serializing_if = "Option::is_none")]
    card_wallet_type: Option<&'a str>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub(super) struct ProblemObject<'a> {
    // fidelity: documented
    request_id: &'a str,
    // fidelity: documented
    error_type: &'static str,
    // fidelity: documented – where the vendor's list has no code that fits, a name of ours, such as name_looks_like_card_number
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

fn phone(phone: &Phone) -> Option<PhoneParts> {
    let (country_code, number) = phone.parts();
    let said = |part: Option<&str>| part.filter(|text| !text.is_empty()).map(str::to_owned);
    let (country_code, number) = (said(country_code), said(number));
    (country_code.is_some() || number.is_some()).then_some(PhoneParts { country_code, number })
}

fn card_object(card: &Instrument) -> CardObject<'_> {
    CardObject {
        kind: CARD,
        id: id::write(id::INSTRUMENT, card.id),
        fingerprint: id::write("", card.fingerprint),
        facts: facts(&card.face, &card.first_six, card.expiry),
        account_holder: account_holder(&Holder::read(card.holder.as_deref())),
        card_wallet_type: card.wallet.as_deref(),
    }
}

pub(super) fn facts<'a>(face: &'a CardFace, first_six: &'a str, expiry: Expiry) -> CardFacts<'a> {
    // The word for a card of no known brand is none of this API's.
    let brand = Some(&face.brand).filter(|brand| *brand != "card");
    let bin = bins::of(first_six);
    CardFacts {
        expiry_month: expiry.month,
        expiry_year: expiry.year,
        scheme: brand.map(|brand| Brand::name_of_code(brand).to_uppercase()),
        last4: &face.last_four,
        bin: first_six,
        card_type: bin.map(|bin| match bin.funding {
            Funding::Credit => "CREDIT",
            Funding::Debit => "DEBIT",
            Funding::Prepaid => "PREPAID",
            Funding::Charge => "CHARGE",
        }),
        card_category: bin.map(|bin| match bin.category {
            Category::Consumer => "CONSUMER",
            Category::Commercial => "COMMERCIAL",
        }),
        issuer: bin.map(|bin| &*bin.issuer),
        issuer_country: bin.map(|bin| &*bin.country),
        product_id: bin.map(|bin| &*bin.product),
        product_type: bin.map(|bin| &*bin.product_name),
    }
}

/// Nothing where nothing is known.
fn account_holder(holder: &Holder) -> Option<AccountHolder> {
    let Holder { name: _, first_name, last_name, billing_address, phone } = holder.clone();
    let is_known =
        first_name.is_some() || last_name.is_some() || billing_address.is_some() || phone.is_some();
    is_known.then_some(AccountHolder { first_name, last_name, billing_address, phone })
}

/// An instrument that was made. Its holder is shown when it is read.
pub(super) fn made_instrument(card: &Instrument, customer: Option<&Customer>) -> Reply {
    let owner = customer.map(|customer| OwnerObject { default: None, ..owner(customer, card) });
    let shown = instrument_object(card, owner);
    json(201, &InstrumentObject { name: None, account_holder: None, ..shown })
}

/// An instrument.
pub(super) fn instrument(card: &Instrument, customer: Option<&Customer>) -> Reply {
    json(200, &instrument_object(card, customer.map(|customer| owner(customer, card))))
}

fn instrument_object<'a>(card: &'a Instrument, customer: Option<OwnerObject<'a>>) -> InstrumentObject<'a> {
    let holder = Holder::read(card.holder.as_deref());
    InstrumentObject {
        kind: CARD,
        id: id::write(id::INSTRUMENT, card.id),
        fingerprint: id::write("", card.fingerprint),
        facts: facts(&card.face, &card.first_six, card.expiry),
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

/// The answer to a change of an instrument.
pub(super) fn updated_instrument(card: &Instrument) -> Reply {
    json(200, &Updated { kind: CARD, fingerprint: id::write("", card.fingerprint) })
}

/// An instrument that is out of use.
pub(super) fn revoked(card: &Instrument) -> Reply {
    let id = id::write(id::INSTRUMENT, card.id);
    json(200, &Revoked { id, status: "INVALID", reason: "revoked_by_merchant" })
}

/// A token.
pub(super) fn token(token: &Token, status: u16) -> Reply {
    let Holder { name, billing_address, phone, .. } = Holder::read(token.holder.as_deref());
    json(
        status,
        &TokenObject {
            kind: token.wallet.as_deref().unwrap_or(CARD),
            token: id::write(id::TOKEN, token.id),
            expires_on: token.expires_at.format(TIME),
            facts: facts(&token.face, &token.first_six, token.expiry),
            name,
            billing_address,
            phone,
            card_wallet_type: token.wallet.as_deref(),
        },
    )
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

pub(super) fn json(status: u16, object: &impl Serialize) -> Reply {
    Reply { status, content_type: "application/json".to_owned(), body: bytes(object) }
}

fn bytes(object: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(object).expect("wire objects have string keys and finite numbers")
}
