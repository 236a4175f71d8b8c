//! The fields of a payment and of its operations as this API sends them, read into parsed types.

use std::time::Duration;

use domain::Id;
use domain::instruments::Instrument;
use domain::json::holds_card_number;
use domain::metadata::Metadata;
use domain::money::{AMOUNT_MAX, Currency, Money};
use domain::text;
use domain::time::Time;
use domain::tokens::Token;
use serde_json::value::RawValue;

use crate::checkout_com::card_body::{self, Card};
use crate::checkout_com::codes::{Code, card_number, code_of};
use crate::checkout_com::error::Failure;
use crate::checkout_com::fields::{self, Fields, string};
use crate::checkout_com::holder::Holder;
use crate::checkout_com::id;
use crate::checkout_com::instruments::body::{Owner, customer_id, owner, token};
use crate::json::Object;

const REFERENCE_MAX: usize = 50;
const DESCRIPTION_MAX: usize = 100;
/// How long an authorization holds, so that a later capture would never come.
const CAPTURE_WITHIN: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What is kept as it was sent and shown when the payment is read.
const ECHOED: [&str; 15] = [
    "payment_type",
    "merchant_initiated",
    "authorization_type",
    "billing_descriptor",
    "shipping",
    "3ds",
    "processing_channel_id",
    "previous_payment_id",
    "risk",
    "payment_ip",
    "recipient",
    "sender",
    "marketplace",
    "processing",
    "items",
];
const PAYMENT_TYPES: [&str; 5] = ["Regular", "Recurring", "MOTO", "Installment", "Unscheduled"];

/// What a payment is made of. No `Debug`, for the card's number.
pub(in crate::checkout_com) struct New {
    pub(in crate::checkout_com) money: Money,
    pub(in crate::checkout_com) source: Source,
    pub(in crate::checkout_com) customer: Option<Owner>,
    pub(in crate::checkout_com) reference: Option<String>,
    pub(in crate::checkout_com) description: String,
    pub(in crate::checkout_com) captures_itself: bool,
    pub(in crate::checkout_com) capture_at: Option<Time>,
    pub(in crate::checkout_com) metadata: Metadata,
    pub(in crate::checkout_com) authenticates: bool,
    pub(in crate::checkout_com) success_url: String,
    pub(in crate::checkout_com) failure_url: String,
    pub(in crate::checkout_com) extras: Option<String>,
}

/// What is charged. What is named wrongly has the id `None`.
pub(in crate::checkout_com) enum Source {
    Token {
        id: Option<Id<Token>>,
        holder: Holder,
        keep: Keep,
    },
    Card {
        card: Card,
        keep: Keep,
    },
    Instrument {
        id: Option<Id<Instrument>>,
        code: Option<domain::card::SecurityCode>,
    },
    /// The customer's default card.
    Customer(Owner),
}

/// Whether the card is to be saved when the payment is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::checkout_com) enum Keep {
    Yes,
    No,
    /// As yes, but for a customer whom an address found.
    NotSaid,
}

/// What a capture, a refund or a void is told.
pub(in crate::checkout_com) struct Told {
    pub(in crate::checkout_com) amount: Option<i64>,
    pub(in crate::checkout_com) is_final: bool,
    pub(in crate::checkout_com) reference: Option<String>,
    pub(in crate::checkout_com) metadata: Option<String>,
}

/// Reads the body of a payment.
pub(in crate::checkout_com) fn new(body: &[u8], now: Time) -> Result<New, Failure> {
    let mut fields = Fields::parse(body)?;
    let source = source(&mut fields, now);
    // fidelity: documented – left out it is a card's verification
    let amount = fields.optional("amount", |raw| amount(raw, 0)).unwrap_or_default();
    // fidelity: documented
    let currency = fields.required("currency", "currency_required", |raw| {
        let text = string(raw).ok_or("currency_invalid")?;
        Currency::parse(&text).ok_or("currency_invalid")
    });
    // fidelity: documented – five of the vendor's words
    fields.optional("payment_type", |raw| {
        let text = string(raw).ok_or("payment_type_invalid")?;
        if PAYMENT_TYPES.contains(&text.as_str()) { Ok(()) } else { Err("payment_type_invalid") }
    });
    // fidelity: documented
    let capture = fields.optional("capture", fields::boolean);
    // fidelity: documented – implies capture; before an authorization lapses, by our choice
    let capture_at = fields.optional("capture_on", |raw| {
        let at = string(raw).and_then(|text| Time::parse(&text));
        at.filter(|at| *at <= now.after(CAPTURE_WITHIN)).ok_or("parameter_invalid")
    });
    // fidelity: documented
    let customer = fields.optional("customer", owner);
    let reference = reference(&mut fields);
    // fidelity: documented – at most 100 characters
    let description = fields.optional("description", |raw| {
        fields::free(raw, "description", DESCRIPTION_MAX, "description_invalid")
    });
    // fidelity: documented
    let metadata = fields.optional("metadata", metadata).unwrap_or_default();
    // fidelity: documented – enabled alone has an effect
    let authenticates = fields.optional("3ds", |raw| {
        let object = fields::object(raw, "parameter_invalid")?;
        object.get("enabled").map_or(Ok(false), |raw| fields::boolean(raw.get()))
    });
    // fidelity: documented
    let success_url = fields.optional("success_url", |raw| address(raw, "success_url_invalid"));
    // fidelity: documented
    let failure_url = fields.optional("failure_url", |raw| address(raw, "fail_url_invalid"));
    let extras = echoed(&mut fields);
    let money = currency.and_then(|currency| Money::new(amount, currency).ok());
    let is_later = capture_at.is_some_and(|at| at > now);
    let new = source.zip(money).map(|(source, money)| New {
        money,
        source,
        customer,
        reference,
        description: description.unwrap_or_default(),
        captures_itself: (capture.unwrap_or(true) || capture_at.is_some()) && !is_later,
        capture_at: capture_at.filter(|_| is_later && money.minor > 0),
        metadata,
        authenticates: authenticates.unwrap_or(false),
        success_url: success_url.unwrap_or_default(),
        failure_url: failure_url.unwrap_or_default(),
        extras,
    });
    fields.finish(new)
}

/// Reads the body of an operation on a payment; none at all says nothing.
pub(in crate::checkout_com) fn told(body: &[u8]) -> Result<Told, Failure> {
    let mut fields = Fields::parse(body)?;
    // fidelity: documented – all that is left where it is left out
    let amount = fields.optional("amount", |raw| amount(raw, 1));
    // fidelity: documented – Final where it is left out
    let is_final = fields.optional("capture_type", |raw| match string(raw).as_deref() {
        Some("Final") => Ok(true),
        Some("NonFinal") => Ok(false),
        Some(_) | None => Err("parameter_invalid"),
    });
    let reference = reference(&mut fields);
    // fidelity: documented
    let metadata = fields.optional("metadata", metadata).map(|metadata| metadata.json());
    fields.finish(Some(Told { amount, is_final: is_final.unwrap_or(true), reference, metadata }))
}

fn source(fields: &mut Fields, now: Time) -> Option<Source> {
    // fidelity: documented – four kinds; the others are not taken
    let raw = fields.required("source", "payment_source_required", |raw| {
        fields::object(raw, "source_invalid").map(Fields::of)
    });
    let mut sent = raw?;
    // fidelity: documented
    let kind = sent.required("type", "source_type_required", |raw| string(raw).ok_or("source_invalid"));
    let source = match kind.as_deref() {
        Some("token") => {
            // fidelity: documented
            let id = sent.required("token", "source_token_required", token);
            let holder = card_body::top_level_holder(&mut sent);
            let keep = keep(&mut sent);
            id.map(|id| Source::Token { id, holder, keep })
        }
        Some("card") => {
            let card = card_body::card(&mut sent, now);
            let keep = keep(&mut sent);
            card.map(|card| Source::Card { card, keep })
        }
        Some("id") => {
            // fidelity: documented
            let id = sent.required("id", "source_id_required", |raw| {
                Ok(id::read(id::INSTRUMENT, &string(raw).ok_or("source_id_invalid")?))
            });
            // fidelity: documented
            let code = sent.optional("cvv", |raw| card_body::security_code(raw, None));
            id.map(|id| Source::Instrument { id, code })
        }
        Some("customer") => {
            // fidelity: documented – in the clients
            let id = sent.required("id", "source_id_required", customer_id);
            id.map(|id| Source::Customer(Owner::named(id)))
        }
        Some(_) => {
            sent.wrong("source_invalid");
            None
        }
        None => None,
    };
    fields.take_codes(sent);
    source
}

fn keep(source: &mut Fields) -> Keep {
    // fidelity: documented – true where it is left out, but for a customer whom an address found, by our choice
    match source.optional("store_for_future_use", fields::boolean) {
        Some(true) => Keep::Yes,
        Some(false) => Keep::No,
        None => Keep::NotSaid,
    }
}

pub(in crate::checkout_com) fn reference(fields: &mut Fields) -> Option<String> {
    // fidelity: documented – at most 50 characters
    fields.optional("reference", |raw| {
        let text = string(raw).ok_or("reference_invalid")?;
        text::plain("reference", &text, REFERENCE_MAX).map_err(|_| "reference_invalid")
    })
}

fn amount(raw: &str, least: i64) -> Result<i64, Code> {
    let amount: i64 = serde_json::from_str(raw).map_err(|_| "amount_invalid")?;
    if (least..=AMOUNT_MAX).contains(&amount) { Ok(amount) } else { Err("amount_invalid") }
}

pub(in crate::checkout_com) fn metadata(raw: &str) -> Result<Metadata, Code> {
    let Object(entries) = fields::object(raw, "metadata_invalid")?;
    Metadata::new("metadata", entries).map_err(|error| code_of(&error, "metadata", "metadata_invalid"))
}

pub(in crate::checkout_com) fn address(raw: &str, wrong: Code) -> Result<String, Code> {
    text::web_address("url", &string(raw).ok_or(wrong)?).map_err(|_| wrong)
}

/// What is kept as it was sent; none where nothing of it was.
fn echoed(fields: &mut Fields) -> Option<String> {
    let mut kept: Vec<(&str, Box<RawValue>)> = Vec::new();
    for name in ECHOED {
        // fidelity: documented – stored, and shown when the payment is read
        let raw = fields.optional(name, |raw| {
            if holds_card_number(raw) || fields::is_in_two_fields(raw) {
                return Err(card_number(name));
            }
            RawValue::from_string(raw.to_owned()).map_err(|_| "parameter_invalid")
        });
        kept.extend(raw.map(|raw| (name, raw)));
    }
    let object: Vec<String> = kept.iter().map(|(name, raw)| format!("\"{name}\":{raw}")).collect();
    (!kept.is_empty()).then(|| format!("{{{}}}", object.join(",")))
}
