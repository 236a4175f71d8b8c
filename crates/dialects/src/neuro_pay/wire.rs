//! What answers look like. The documents show the customer object; of the checkout object they show the id and the
//! statuses only, so the names of its other fields stand here, in one place, and a correction is one line.

use domain::acquiring::Decline;
use domain::customers::Customer;
use domain::idempotency::Reply;
use domain::instruments::Instrument;
use domain::metadata::Metadata;
use domain::payments::{Action, ActionKind, ActionStatus, Payment, Status};
use domain::text::Name;
use domain::time::Time;
use domain::{App, Scope};
use serde::de::{IntoDeserializer, value};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::{Object as Described, SchemaType};

use crate::json::reply;
use crate::openapi::FIDELITY;

/// Dates and times are UTC.
const TIME: &str = "%Y-%m-%d %H:%M:%S";

#[derive(Serialize, ToSchema)]
#[schema(as = Customer)]
pub(super) struct CustomerObject<'a> {
    customer_id: String,
    first_name: &'a str,
    last_name: &'a str,
    email: Option<&'a str>,
    client_page: String,
    #[serde(rename = "metaData")]
    #[schema(value_type = Object)]
    metadata: &'a Metadata,
    #[serde(rename = "savedCards")]
    saved_cards: Vec<SavedCard<'a>>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SavedCard<'a> {
    #[schema(extensions(("x-fidelity" = json!("documented – as the request field of create"))))]
    card_id: String,
    #[schema(extensions(("x-fidelity" = json!("ours – the vendor's lower-case brand names"))))]
    brand: &'a str,
    #[schema(extensions(("x-fidelity" = json!("ours"))))]
    last4: &'a str,
    #[schema(extensions(("x-fidelity" = json!("ours"))))]
    exp_month: i8,
    #[schema(extensions(("x-fidelity" = json!("ours"))))]
    exp_year: i16,
    #[schema(extensions(("x-fidelity" = json!("ours – a default card is a notion of the vendor"))))]
    default: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Checkout)]
pub(super) struct CheckoutObject<'a> {
    checkout_id: String,
    #[schema(extensions(("x-fidelity" = json!("documented – that it defaults to the id; the echo is ours"))))]
    identifier: String,
    #[schema(extensions(("x-fidelity" = json!("documented – the nine words"))))]
    status: Word,
    #[schema(extensions(("x-fidelity" = json!("ours – echo; so are `currency`, `message`, `capture`, `allowSaveCard`, `template`, `returnUrl`, `returnUrlCancel`, `customer_id` and `card_id`"))))]
    amount: i64,
    #[schema(extensions(("x-fidelity" = json!("ours – and so is `amount_refunded`"))))]
    amount_captured: i64,
    amount_refunded: i64,
    currency: &'static str,
    message: &'a str,
    capture: bool,
    #[serde(rename = "allowSaveCard")]
    allow_save_card: bool,
    template: Option<&'static str>,
    #[serde(rename = "returnUrl")]
    return_url: Option<&'a str>,
    #[serde(rename = "returnUrlCancel")]
    return_url_cancel: Option<&'a str>,
    customer_id: Option<String>,
    card_id: Option<String>,
    /// The brand of the card that paid or that is being tried, in small letters; null while there is none.
    #[schema(extensions(("x-fidelity" = json!("ours – `brand` and `last4` are as of a saved card"))))]
    brand: Option<&'a str>,
    /// The last four digits of the card that paid or that is being tried; null while there is none.
    last4: Option<&'a str>,
    #[schema(extensions(("x-fidelity" = json!("ours – no document says why"))))]
    decline_code: Option<DeclineCode>,
    #[schema(extensions(("x-fidelity" = json!("ours – by analogy with client_page"))))]
    checkout_page: &'a str,
    #[schema(extensions(("x-fidelity" = json!("ours – the same address"))))]
    url: &'a str,
    #[serde(rename = "metaData")]
    #[schema(schema_with = metadata_echo, required)]
    metadata: &'a Metadata,
    #[serde(rename = "paymentMethods", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = methods_echo, required = false)]
    payment_methods: Option<&'a RawValue>,
    refunds: Vec<Refund<'a>>,
    #[schema(extensions(("x-fidelity" = json!("seen – the name, as that of `status_changed`, in the vendor's client; UTC is documented"))))]
    created_at: String,
    status_changed: String,
}

/// Where a checkout is. `created` waits for the buyer, `failed` was declined and may be tried again on its page, `reserved`
/// can be captured or released, `paid` and `partialRefund` can be refunded; the others are final.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Status)]
enum Word {
    #[serde(rename = "created")]
    Created,
    #[serde(rename = "failed")]
    Failed,
    #[serde(rename = "reserved")]
    Reserved,
    #[serde(rename = "reserve released")]
    ReserveReleased,
    #[serde(rename = "paid")]
    Paid,
    #[serde(rename = "partialRefund")]
    PartialRefund,
    #[serde(rename = "refunded")]
    Refunded,
    #[serde(rename = "canceled")]
    Canceled,
    #[serde(rename = "revoked")]
    Revoked,
}

/// Why a try was declined.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum DeclineCode {
    DoNotHonour,
    InsufficientFunds,
    ExpiredCard,
    WrongSecurityCode,
    ProcessingError,
    NotAuthenticated,
}

impl From<Decline> for DeclineCode {
    fn from(decline: Decline) -> Self {
        match decline {
            Decline::DoNotHonour => Self::DoNotHonour,
            Decline::InsufficientFunds => Self::InsufficientFunds,
            Decline::ExpiredCard => Self::ExpiredCard,
            Decline::WrongSecurityCode => Self::WrongSecurityCode,
            Decline::ProcessingError => Self::ProcessingError,
            Decline::NotAuthenticated => Self::NotAuthenticated,
        }
    }
}

fn metadata_echo() -> Described {
    let mark = Extensions::builder().add(FIDELITY, "ours – echo, always an object");
    ObjectBuilder::new().extensions(Some(mark.build())).build()
}

fn methods_echo() -> Described {
    let mark = Extensions::builder().add(FIDELITY, "ours – echo of what has no effect here");
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).extensions(Some(mark.build())).build()
}

#[derive(Serialize, ToSchema)]
pub(super) struct Refund<'a> {
    #[schema(extensions(("x-fidelity" = json!("ours"))))]
    amount: i64,
    #[schema(extensions(("x-fidelity" = json!("ours – as sent, and so is `refundDetails`"))))]
    reason: Option<&'a str>,
    #[serde(rename = "refundDetails")]
    details: Option<&'a str>,
    #[schema(extensions(("x-fidelity" = json!("ours"))))]
    created_at: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Deleted {
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<String>,
    #[schema(extensions(("x-fidelity" = json!("ours – by analogy with delete-customer"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    checkout_id: Option<String>,
    /// `delete`, not `deleted`: so the document.
    #[schema(extensions(("x-fidelity" = json!("documented – delete, not deleted"))))]
    status: &'static str,
}

pub(super) fn customer(app: &App, scope: Scope, customer: &Customer, cards: &[Instrument]) -> Reply {
    let (first_name, last_name) = customer.details.name.as_ref().map_or(("", ""), Name::parts);
    reply(
        200,
        &CustomerObject {
            customer_id: customer.id.hex(),
            first_name,
            last_name,
            email: customer.details.email.as_ref().map(|email| email.as_str()),
            client_page: customer.page(app, scope),
            metadata: &customer.details.metadata,
            saved_cards: cards.iter().map(saved_card).collect(),
        },
    )
}

fn saved_card(card: &Instrument) -> SavedCard<'_> {
    SavedCard {
        card_id: card.id.hex(),
        brand: &card.face.brand,
        last4: &card.face.last_four,
        exp_month: card.expiry.month,
        exp_year: card.expiry.year,
        default: card.is_default,
    }
}

pub(super) fn deleted_customer(id: String) -> Reply {
    reply(200, &Deleted { customer_id: Some(id), checkout_id: None, status: "delete" })
}

pub(super) fn deleted_checkout(id: String) -> Reply {
    reply(200, &Deleted { customer_id: None, checkout_id: Some(id), status: "delete" })
}

pub(super) fn checkout(app: &App, payment: &Payment, actions: &[Action]) -> Reply {
    let sums = payment.state.balances();
    let page = payment.page.as_ref();
    let address = payment.page_address(app);
    let status = status(payment.status());
    let card = payment.card.as_ref();
    // Of a card that was charged without a page another API keeps words of its own there.
    let extras = payment.extras.as_deref().filter(|_| payment.charged.is_none());
    let extras = extras.and_then(|extras| serde_json::from_str(extras).ok());
    reply(
        200,
        &CheckoutObject {
            checkout_id: payment.id.hex(),
            identifier: payment.reference.clone().unwrap_or_else(|| payment.id.hex()),
            status,
            amount: payment.money.minor,
            amount_captured: sums.captured(),
            amount_refunded: sums.refunded(),
            currency: payment.money.currency.code(),
            message: &payment.description,
            capture: payment.captures_itself,
            allow_save_card: page.is_some_and(|page| page.offers_saving),
            template: page.filter(|page| page.framed).map(|_| "iframe"),
            return_url: page.map(|page| page.return_url.as_str()),
            return_url_cancel: page.map(|page| page.cancel_url.as_str()),
            customer_id: payment.customer.map(|id| id.hex()),
            card_id: payment.instrument.map(|id| id.hex()),
            brand: card.map(|card| &*card.brand),
            last4: card.map(|card| &*card.last_four),
            decline_code: payment.decline().map(DeclineCode::from),
            checkout_page: &address,
            url: &address,
            metadata: &payment.metadata,
            payment_methods: extras,
            refunds: actions.iter().filter(|action| is_refund(action)).map(refund).collect(),
            created_at: time(payment.created_at),
            status_changed: time(payment.changed_at),
        },
    )
}

/// Refunds, and releases that the merchant gave a reason for.
fn is_refund(action: &Action) -> bool {
    let given_back = match action.kind {
        ActionKind::Refund => true,
        ActionKind::Void => action.reason.is_some() || action.details.is_some(),
        ActionKind::Authorize | ActionKind::Raise | ActionKind::Capture => false,
    };
    given_back && action.status == ActionStatus::Succeeded
}

fn refund(action: &Action) -> Refund<'_> {
    Refund {
        amount: action.amount,
        reason: action.reason.as_deref(),
        details: action.details.as_deref(),
        created_at: time(action.created_at),
    }
}

/// The vendor's word for a status.
const fn status(status: Status) -> Word {
    match status {
        Status::Pending => Word::Created,
        Status::Retryable | Status::Declined => Word::Failed,
        Status::Authorized | Status::PartiallyCaptured => Word::Reserved,
        Status::Captured | Status::Verified => Word::Paid,
        Status::Voided => Word::ReserveReleased,
        Status::PartiallyRefunded => Word::PartialRefund,
        Status::Refunded => Word::Refunded,
        Status::Canceled => Word::Canceled,
        Status::Expired => Word::Revoked,
    }
}

/// Which statuses have a word of the vendor's.
pub(super) fn statuses(word: &str) -> Vec<Status> {
    let word: Result<Word, value::Error> = Word::deserialize(word.into_deserializer());
    let has = |known: &Status| word.as_ref().is_ok_and(|word| *word == status(*known));
    Status::ALL.into_iter().filter(has).collect()
}

fn time(time: Time) -> String {
    time.format(TIME)
}
