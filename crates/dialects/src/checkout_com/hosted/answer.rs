//! What the answers about hosted payments and payment links look like.

use domain::App;
use domain::idempotency::Reply;
use domain::payments::Payment;
use domain::payments::hosted::Hosted;
use domain::payments::state::{Ended, State};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::PageKind;
use crate::checkout_com::answer::{Link, time};
use crate::checkout_com::payments::address;
use crate::checkout_com::{BASE, id, units};
use crate::json::{Object, reply};

/// A page that was made.
#[derive(Serialize, ToSchema)]
#[schema(as = HostedPageCreated)]
pub(super) struct CreatedObject<'a> {
    id: String,
    #[schema(extensions(("x-fidelity" = json!("documented – of a link"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(rename = "_links")]
    links: Links,
}

/// A page, and whether it was paid.
#[derive(Serialize, ToSchema)]
#[schema(as = HostedPage)]
pub(super) struct HostedObject<'a> {
    id: String,
    status: &'static str,
    #[schema(extensions(("x-fidelity" = json!("documented – once it was paid"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_id: Option<String>,
    created_on: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_on: Option<String>,
    amount: i64,
    currency: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(extensions(("x-fidelity" = json!("documented – as it was sent: the buyer may be shown other words"))), value_type = Option<String>)]
    description: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a domain::metadata::Metadata>,
    // What the request said, as it was sent.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    echoed: Object,
    #[serde(rename = "_links")]
    links: Links,
}

#[derive(Serialize, ToSchema)]
#[schema(as = HostedPageLinks)]
struct Links {
    #[serde(rename = "self")]
    this: Link,
    /// Where the buyer goes.
    redirect: Link,
    /// Once it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<Link>,
    /// Once it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_actions: Option<Link>,
}

pub(super) fn created(app: &App, kind: PageKind, hosted: &Hosted) -> Reply {
    let payment = &hosted.payment;
    let expires_on = expires_on(payment).filter(|_| kind == PageKind::Link);
    let (id, reference) = (id::write_page(kind.prefix(), hosted.id), payment.reference.as_deref());
    reply(201, &CreatedObject { id, expires_on, reference, links: links(app, kind, hosted) })
}

pub(super) fn hosted(app: &App, kind: PageKind, hosted: &Hosted) -> Reply {
    let payment = &hosted.payment;
    let echoed = hosted.request.as_deref().and_then(|json| serde_json::from_str(json).ok());
    let mut echoed: Object = echoed.unwrap_or_default();
    // The last field takes its place.
    let description = echoed.0.iter().position(|(name, _)| name == "description");
    reply(
        200,
        &HostedObject {
            id: id::write_page(kind.prefix(), hosted.id),
            status: if payment.is_overdue(app.now()) { EXPIRED } else { status(kind, &payment.state) },
            payment_id: is_paid(payment).then(|| id::write(id::PAYMENT, payment.id)),
            created_on: time(payment.created_at),
            expires_on: expires_on(payment),
            amount: units::shown(payment.money.minor, payment.money.currency),
            currency: payment.money.currency.code(),
            reference: payment.reference.as_deref(),
            description: description.map(|place| echoed.0.swap_remove(place).1),
            metadata: Some(&payment.metadata).filter(|metadata| metadata.json() != "{}"),
            echoed,
            links: links(app, kind, hosted),
        },
    )
}

fn links(app: &App, kind: PageKind, hosted: &Hosted) -> Links {
    let payment = &hosted.payment;
    let page = id::write_page(kind.prefix(), hosted.id);
    let paid = is_paid(payment).then(|| address(app, payment));
    Links {
        this: Link { href: format!("{}{BASE}{}/{page}", app.public_url(), kind.path()) },
        redirect: Link { href: payment.page_address(app) },
        payment_actions: paid.as_ref().map(|paid| Link { href: format!("{paid}/actions") }),
        payment: paid.map(|href| Link { href }),
    }
}

fn expires_on(payment: &Payment) -> Option<String> {
    payment.page.as_ref()?.expires_at.map(time)
}

const fn is_paid(payment: &Payment) -> bool {
    match payment.state {
        State::Open { .. } | State::Ended(Ended::Declined | Ended::Canceled | Ended::Expired) => false,
        State::Approved(_) | State::Ended(Ended::Verified) => true,
    }
}

const EXPIRED: &str = "Expired";

/// The vendor's word for where a page is.
const fn status(kind: PageKind, state: &State) -> &'static str {
    match (state, kind) {
        (State::Open { .. }, PageKind::Page) => "Payment Pending",
        (State::Open { .. }, PageKind::Link) => "Active",
        // Nobody can pay it any more.
        (State::Ended(Ended::Declined | Ended::Canceled | Ended::Expired), _) => EXPIRED,
        (State::Approved(_) | State::Ended(Ended::Verified), _) => "Payment Received",
    }
}
