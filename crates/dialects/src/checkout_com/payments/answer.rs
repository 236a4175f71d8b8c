//! What the answers about payments look like. What is not known is left out.

use domain::customers::{self, Customer};
use domain::idempotency::Reply;
use domain::payments::{self, Action, ActionStatus, Payment, State, Status};
use domain::text::{Email, Name};
use domain::{ActionId, App, Error, Tx};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::action_answer::{
    self, ActionSummary, Processing, WRONG_CODE, auth_code, code, digits, processing, summary,
};
use super::kept::Kept;
use super::left::{BalancesObject, Links, balances, links, links_of_authorized};
use super::three_ds::ThreeDs;
use crate::checkout_com::answer::time;
use crate::checkout_com::card_answer::{CARD, CardFacts, Spelling, facts, scheme};
use crate::checkout_com::contact::{Address, Phone};
use crate::checkout_com::holder::Holder;
use crate::checkout_com::{id, units};
use crate::json::{Object, field, reply};

/// What a payment is where nothing else was said.
const REGULAR: &str = "Regular";
/// How sure the bank is of the buyer, whom it asked.
const ECI: &str = "05";
/// What a network token says of that. It stands with the source, and is shown beside it.
const ECI_OF_TOKEN: &str = "eci";
/// Actions that are shown with a payment.
const SUMMARIES_MAX: i64 = 50;

/// A payment: approved, declined, or read.
#[derive(Serialize, ToSchema)]
#[schema(as = Payment)]
pub(super) struct PaymentObject<'a> {
    id: String,
    #[schema(extensions(("x-fidelity" = json!("documented – when the payment is made"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    action_id: Option<String>,
    #[schema(extensions(("x-fidelity" = json!("documented – when the payment is read"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_on: Option<String>,
    #[schema(extensions(("x-fidelity" = json!("documented – when the payment is made"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    processed_on: Option<String>,
    amount: i64,
    currency: &'static str,
    approved: bool,
    status: &'static str,
    #[schema(extensions(("x-fidelity" = json!("documented – six digits; ours are made from the action's id"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_code: Option<String>,
    #[schema(extensions(("x-fidelity" = json!("documented – the words are ours"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    response_summary: Option<&'static str>,
    #[schema(extensions(("x-fidelity" = json!("documented – when the authorization lapses"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_on: Option<String>,
    #[serde(rename = "3ds", skip_serializing_if = "Option::is_none")]
    three_ds: Option<ThreeDs>,
    risk: Risk,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<SourceObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<PayerObject>,
    balances: BalancesObject,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    /// When the payment is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[schema(extensions(("x-fidelity" = json!("documented – when the payment is read; Regular where nothing was said"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_type: Option<String>,
    /// When the payment is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a domain::metadata::Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    processing: Option<Processing>,
    #[schema(extensions(("x-fidelity" = json!("documented – when the payment is made, or the buyer was authenticated; as it was sent where that was elsewhere"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    eci: Option<String>,
    #[schema(extensions(("x-fidelity" = json!("documented – ours is made from the action's id"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme_id: Option<String>,
    #[schema(extensions(("x-fidelity" = json!("documented – when the payment is read by a session, newest first"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<Vec<ActionSummary>>,
    // When the payment is read: what the request said, as it was sent.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    echoed: Object,
    #[serde(rename = "_links")]
    links: Links,
}

/// A payment whose outcome is not there yet.
#[derive(Serialize, ToSchema)]
#[schema(as = PendingPayment)]
pub(super) struct PendingObject<'a> {
    id: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<PayerObject>,
    #[serde(rename = "3ds", skip_serializing_if = "Option::is_none")]
    three_ds: Option<ThreeDs>,
    #[serde(rename = "_links")]
    links: Links,
}

#[derive(Serialize, ToSchema)]
struct Risk {
    flagged: bool,
}

/// The card that paid. A card that is not kept has no id.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentSource)]
struct SourceObject<'a> {
    #[schema(extensions(("x-fidelity" = json!("documented – only of a card that is saved"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[schema(extensions(("x-fidelity" = json!("documented – for every kind of source"))))]
    #[serde(rename = "type")]
    kind: &'static str,
    // What is known of the card.
    #[serde(flatten)]
    facts: Option<CardFacts<'a>>,
    // What is known of a card that paid on a page.
    #[serde(flatten)]
    face: Option<FaceObject<'a>>,
    #[schema(extensions(("x-fidelity" = json!("seen – of a card that came out of a wallet"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    card_wallet_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[schema(extensions(("x-fidelity" = json!("seen – 64 digits, unlike an instrument's"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avs_check: Option<&'static str>,
    #[schema(extensions(("x-fidelity" = json!("documented – X where no code was sent"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    cvv_check: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_address: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<Phone>,
    // When the payment is read: what the request said beside that, as it was sent.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    said: Object,
}

#[derive(Serialize, ToSchema)]
struct FaceObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme: Option<String>,
    last4: &'a str,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PaymentCustomer)]
struct PayerObject {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    // When the payment is read: what the request said beside that, as it was sent.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    said: Object,
}

/// Payments of one reference.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentList)]
pub(super) struct ListObject {
    limit: i64,
    skip: i64,
    total_count: i64,
    #[schema(value_type = Vec<PaymentObject>)]
    data: Vec<Box<RawValue>>,
}

/// A payment that was just approved or declined. It is told as authorized, as the vendor tells it, although it may have
/// been captured with that.
pub(super) fn processed(
    tx: &mut Tx<'_>,
    app: &App,
    payment: &Payment,
    action: ActionId,
) -> Result<Reply, Error> {
    let action = payments::actions::get(tx, action)?;
    let mut shown = object(tx, app, payment)?;
    if matches!(payment.state, State::Approved(_)) && payment.captures_itself {
        shown.status = "Authorized";
        let authorized = units::shown(payment.money.minor, payment.money.currency);
        shown.balances = BalancesObject::authorized(authorized);
        shown.links = links_of_authorized(app, payment).leading_to(shown.links.redirect);
    }
    Ok(reply(201, &settled(shown, &action)))
}

/// More that was just authorized, or declined.
pub(super) fn raised(
    tx: &mut Tx<'_>,
    app: &App,
    payment: &Payment,
    action: ActionId,
) -> Result<Reply, Error> {
    let action = payments::actions::get(tx, action)?;
    let shown = settled(object(tx, app, payment)?, &action);
    let (approved, reference) = (action.status == ActionStatus::Succeeded, action.reference.as_deref());
    let amount = units::shown(action.amount, payment.money.currency);
    Ok(reply(201, &PaymentObject { amount, approved, reference, ..shown }))
}

/// A payment with what an authorization came to, and without what is shown only when it is read.
fn settled<'a>(shown: PaymentObject<'a>, action: &Action) -> PaymentObject<'a> {
    let is_approved = action.status == ActionStatus::Succeeded;
    PaymentObject {
        action_id: Some(id::write(id::ACTION, action.id)),
        requested_on: None,
        processed_on: Some(time(action.settled_at.unwrap_or(action.created_at))),
        auth_code: is_approved.then(|| auth_code(action)),
        response_code: Some(code(action).to_owned()),
        response_summary: Some(summary(code(action))),
        description: None,
        payment_type: None,
        metadata: None,
        eci: shown.eci.or_else(|| is_approved.then(|| ECI.to_owned())),
        three_ds: shown.three_ds.and_then(ThreeDs::made),
        echoed: Object::default(),
        source: shown.source.map(|source| SourceObject { said: Object::default(), ..source }),
        customer: shown.customer.map(PayerObject::made),
        processing: processing(Some(action).filter(|_| is_approved), Object::default()),
        ..shown
    }
}

pub(super) fn pending(
    tx: &mut Tx<'_>,
    app: &App,
    payment: &Payment,
    is_challenged: bool,
) -> Result<Reply, Error> {
    let shown = object(tx, app, payment)?;
    let three_ds = is_challenged.then_some(ThreeDs::ASKED);
    let PaymentObject { id, reference, customer, links, .. } = shown;
    let links = if is_challenged { links } else { links.leading_to(None) };
    let customer = customer.map(PayerObject::made);
    Ok(reply(202, &PendingObject { id, status: "Pending", reference, customer, three_ds, links }))
}

pub(super) fn payment(tx: &mut Tx<'_>, app: &App, payment: &Payment) -> Result<Reply, Error> {
    Ok(reply(200, &object(tx, app, payment)?))
}

/// A payment as it is, with the newest of what was done with it.
pub(super) fn of_attempt(tx: &mut Tx<'_>, app: &App, payment: &Payment) -> Result<Reply, Error> {
    let done = payments::actions::before(tx, payment, None, SUMMARIES_MAX)?;
    let actions = Some(action_answer::summaries(payment, &done));
    Ok(reply(200, &PaymentObject { actions, ..object(tx, app, payment)? }))
}

pub(super) fn listed(tx: &mut Tx<'_>, app: &App, payment: &Payment) -> Result<Box<RawValue>, Error> {
    crate::json::listed(&object(tx, app, payment)?)
}

pub(super) fn list(limit: i64, skip: i64, total_count: i64, data: Vec<Box<RawValue>>) -> Reply {
    reply(200, &ListObject { limit, skip, total_count, data })
}

fn object<'a>(tx: &mut Tx<'_>, app: &App, payment: &'a Payment) -> Result<PaymentObject<'a>, Error> {
    let authorization = payments::actions::last_authorization(tx, payment)?;
    let authorization = authorization.as_ref();
    let approved = authorization.filter(|action| action.status == ActionStatus::Succeeded);
    let challenged = authorization.filter(|action| action.was_challenged);
    let customer = match payment.customer_key() {
        Some(key) => customers::if_there(tx, payment.scope, key)?,
        None => None,
    };
    let is_challenged = payments::challenged(tx, payment)?.is_some();
    let kept = Kept::of(payment);
    let of_token = || field(&kept.of_source(), ECI_OF_TOKEN);
    let own: &[&str] = if customer.is_some() { &["payment_type", "customer"] } else { &["payment_type"] };
    Ok(PaymentObject {
        id: id::write(id::PAYMENT, payment.id),
        action_id: None,
        requested_on: Some(time(payment.created_at)),
        processed_on: None,
        amount: units::shown(payment.money.minor, payment.money.currency),
        currency: payment.money.currency.code(),
        approved: approved.is_some(),
        status: status(payment.status()),
        auth_code: None,
        response_code: None,
        response_summary: None,
        expires_on: payment.lapses_at.map(time),
        three_ds: ThreeDs::of(challenged, &kept),
        risk: Risk { flagged: false },
        source: source(payment, authorization, &kept),
        customer: customer.as_ref().map(|customer| payer(customer, kept.of_payer())),
        balances: balances(payment),
        reference: payment.reference.as_deref(),
        description: Some(payment.description.as_str()).filter(|text| !text.is_empty()),
        metadata: Some(&payment.metadata).filter(|metadata| metadata.json() != "{}"),
        payment_type: Some(kept.text("payment_type").unwrap_or_else(|| REGULAR.to_owned())),
        processing: processing(approved, kept.processing()),
        eci: match challenged {
            Some(_) => approved.map(|_| ECI.to_owned()),
            None => kept.eci().or_else(of_token),
        },
        scheme_id: approved.map(|action| digits(action, "scheme", 15)),
        actions: None,
        echoed: kept.echoed(own),
        links: links(app, payment, is_challenged),
    })
}

fn source<'a>(payment: &'a Payment, authorization: Option<&Action>, kept: &Kept) -> Option<SourceObject<'a>> {
    let is_approved = authorization.is_some_and(|action| action.status == ActionStatus::Succeeded);
    let is_wrong_code = authorization.is_some_and(|action| code(action) == WRONG_CODE);
    let face = payment.card.as_ref()?;
    let charged = payment.charged.as_ref();
    let Holder { name, billing_address, phone, .. } =
        Holder::read(charged.and_then(|charged| charged.holder.as_deref()));
    // What a request says of a source that has a holder already wins over what is known of that.
    let mut said = kept.of_source();
    let is_said = |name: &str| said.get(name).is_some();
    let (billing_address, phone) =
        (billing_address.filter(|_| !is_said("billing_address")), phone.filter(|_| !is_said("phone")));
    said.0.retain(|(name, _)| name != ECI_OF_TOKEN);
    Some(SourceObject {
        id: payment.instrument.filter(|_| is_approved).map(|card| id::write(id::INSTRUMENT, card)),
        kind: CARD,
        facts: charged.map(|charged| facts(face, &charged.first_six, charged.expiry, Spelling::Words)),
        face: charged
            .is_none()
            .then(|| FaceObject { scheme: scheme(face, Spelling::Words), last4: &face.last_four }),
        card_wallet_type: kept.wallet(),
        name,
        fingerprint: charged.and_then(|charged| charged.fingerprint).map(|id| long(id.bytes())),
        avs_check: charged.map(|_| "G"),
        cvv_check: charged.map(|charged| match (charged.code_sent, is_wrong_code) {
            (_, true) => "N",
            (true, false) => "Y",
            (false, false) => "X",
        }),
        billing_address,
        phone,
        said,
    })
}

/// 64 digits that tell what the 16 bytes tell, and nothing else.
fn long(id: &[u8]) -> String {
    data_encoding::HEXUPPER.encode(&Sha256::digest(id))
}

impl PayerObject {
    /// In the answer to who makes the payment.
    fn made(self) -> Self {
        Self { said: Object::default(), ..self }
    }
}

fn payer(customer: &Customer, said: Object) -> PayerObject {
    let details = &customer.details;
    PayerObject {
        id: id::write(id::CUSTOMER, customer.id),
        email: details.email.as_ref().map(Email::as_str).map(str::to_owned),
        name: details.name.as_ref().map(Name::whole).filter(|name| !name.is_empty()).map(str::to_owned),
        said,
    }
}

/// Which statuses have a word of the vendor's.
pub(crate) fn statuses(word: &str) -> Vec<Status> {
    Status::ALL.into_iter().filter(|known| status(*known) == word).collect()
}

/// The vendor's word for a status.
const fn status(status: Status) -> &'static str {
    match status {
        Status::Pending | Status::Retryable => "Pending",
        Status::Declined => "Declined",
        Status::Authorized => "Authorized",
        Status::PartiallyCaptured => "Partially Captured",
        Status::Captured => "Captured",
        Status::Voided => "Voided",
        Status::PartiallyRefunded => "Partially Refunded",
        Status::Refunded => "Refunded",
        Status::Canceled => "Canceled",
        Status::Expired => "Expired",
        Status::Verified => "Card Verified",
    }
}
