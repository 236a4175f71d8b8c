//! The fields of a payment and of its operations as this API sends them, read into parsed types.

use std::time::Duration;

use domain::Id;
use domain::card::SecurityCode;
use domain::customers::Customer;
use domain::instruments::{Instrument, SealedCard};
use domain::metadata::Metadata;
use domain::money::{AMOUNT_MAX, Currency, Money};
use domain::payments::charge;
use domain::text;
use domain::time::Time;
use domain::tokens::Token;

use crate::checkout_com::card_body::{self, Card};
use crate::checkout_com::codes::{Code, code_of};
use crate::checkout_com::error::Failure;
use crate::checkout_com::fields::{self, Fields, string};
use crate::checkout_com::holder::{Holder, top_level_holder};
use crate::checkout_com::id;
use crate::checkout_com::named_customer::{self, NamedCustomer, customer_id};
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

/// What a payment is made of. No `Debug`, for the security code.
pub(super) struct New {
    pub(super) charge: charge::Create,
    pub(super) source: Source,
    pub(super) customer: Option<NamedCustomer>,
    /// Whether the buyer has to confirm at the card's bank.
    pub(super) authenticates: bool,
}

/// What is charged. What is named wrongly has the id `None`.
pub(super) enum Source {
    Token {
        id: Option<Id<Token>>,
        holder: Holder,
        keep: Keep,
    },
    Card {
        sealed: SealedCard,
        holder: Holder,
        keep: Keep,
    },
    Instrument(Option<Id<Instrument>>),
    /// The customer's default card.
    Customer(Option<Id<Customer>>),
}

/// Whether the card is to be saved when the payment is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Yes,
    No,
    /// As yes, but for a customer whom an address found.
    NotSaid,
}

/// What the body of a capture, a refund or a void says.
pub(super) struct Operation {
    pub(super) amount: Option<i64>,
    pub(super) is_final: bool,
    pub(super) reference: Option<String>,
    pub(super) metadata: Option<String>,
}

/// Reads the body of a payment. A card is sealed where it is read, so that no number goes further.
pub(super) fn new(body: &[u8], now: Time, seal: impl FnOnce(&Card) -> SealedCard) -> Result<New, Failure> {
    let mut fields = Fields::parse(body)?;
    let source = source(&mut fields, now, seal);
    // fidelity: documented – left out it is a card's verification
    let amount = fields.optional("amount", |raw| amount(raw, 0)).unwrap_or_default();
    // fidelity: documented
    let currency = fields.required("currency", "currency_required", currency);
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
    let customer = fields.optional("customer", named_customer::read);
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
    // fidelity: documented – stored, and shown when the payment is read
    let extras = fields.echoed(&ECHOED);
    let money = currency.and_then(|currency| Money::new(amount, currency).ok());
    let is_later = capture_at.is_some_and(|at| at > now);
    let new = source.zip(money).map(|((source, code), money)| New {
        charge: charge::Create {
            money,
            description: description.unwrap_or_default(),
            reference,
            captures_itself: (capture.unwrap_or(true) || capture_at.is_some()) && !is_later,
            capture_at: capture_at.filter(|_| is_later && money.minor > 0),
            metadata,
            extras,
            customer_named: customer.as_ref().is_some_and(NamedCustomer::is_by_id),
            code,
            addresses: (success_url.unwrap_or_default(), failure_url.unwrap_or_default()),
        },
        source,
        customer,
        authenticates: authenticates.unwrap_or(false),
    });
    fields.finish(new)
}

/// Reads the body of an operation on a payment; none at all says nothing.
pub(super) fn operation(body: &[u8]) -> Result<Operation, Failure> {
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
    fields.finish(Some(Operation { amount, is_final: is_final.unwrap_or(true), reference, metadata }))
}

/// What is charged, and the security code that goes with it.
fn source(
    fields: &mut Fields,
    now: Time,
    seal: impl FnOnce(&Card) -> SealedCard,
) -> Option<(Source, Option<SecurityCode>)> {
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
            let id = sent.required("token", "source_token_required", |raw| {
                fields::id(raw, id::TOKEN, "token_invalid")
            });
            let holder = top_level_holder(&mut sent);
            let keep = keep(&mut sent);
            id.map(|id| (Source::Token { id, holder, keep }, None))
        }
        Some("card") => {
            let card = card_body::card(&mut sent, now);
            let keep = keep(&mut sent);
            card.map(|card| {
                let sealed = seal(&card);
                (Source::Card { sealed, holder: card.holder, keep }, card.code)
            })
        }
        Some("id") => {
            // fidelity: documented
            let id = sent.required("id", "source_id_required", |raw| {
                fields::id(raw, id::INSTRUMENT, "source_id_invalid")
            });
            // fidelity: documented
            let code = sent.optional("cvv", |raw| card_body::security_code(raw, None));
            id.map(|id| (Source::Instrument(id), code))
        }
        Some("customer") => {
            // fidelity: documented – in the clients
            let id = sent.required("id", "source_id_required", customer_id);
            id.map(|id| (Source::Customer(id), None))
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

/// Reads the merchant's own reference.
pub(in crate::checkout_com) fn reference(fields: &mut Fields) -> Option<String> {
    // fidelity: documented – at most 50 characters
    fields.optional("reference", |raw| {
        let text = string(raw).ok_or("reference_invalid")?;
        text::plain("reference", &text, REFERENCE_MAX).map_err(|_| "reference_invalid")
    })
}

/// Reads an amount in the smallest unit.
pub(in crate::checkout_com) fn amount(raw: &str, least: i64) -> Result<i64, Code> {
    let amount: i64 = serde_json::from_str(raw).map_err(|_| "amount_invalid")?;
    if (least..=AMOUNT_MAX).contains(&amount) { Ok(amount) } else { Err("amount_invalid") }
}

/// Reads a currency.
pub(in crate::checkout_com) fn currency(raw: &str) -> Result<Currency, Code> {
    string(raw).and_then(|text| Currency::parse(&text)).ok_or("currency_invalid")
}

/// Reads the merchant's own keys.
pub(in crate::checkout_com) fn metadata(raw: &str) -> Result<Metadata, Code> {
    let Object(entries) = fields::object(raw, "metadata_invalid")?;
    Metadata::new("metadata", entries).map_err(|error| code_of(&error, "metadata", "metadata_invalid"))
}

/// Reads where the buyer goes afterwards.
pub(in crate::checkout_com) fn address(raw: &str, wrong: Code) -> Result<String, Code> {
    text::web_address("url", &string(raw).ok_or(wrong)?).map_err(|_| wrong)
}
