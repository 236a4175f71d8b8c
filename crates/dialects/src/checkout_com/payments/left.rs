//! What is left of a payment: its sums, and links to what can be done with it.

use domain::App;
use domain::payments::Payment;
use serde::Serialize;
use utoipa::ToSchema;

use super::address;
use crate::checkout_com::answer::Link;
use crate::checkout_com::units;

#[derive(Serialize, ToSchema)]
#[schema(as = Balances)]
pub(super) struct BalancesObject {
    total_authorized: i64,
    total_voided: i64,
    available_to_void: i64,
    total_captured: i64,
    available_to_capture: i64,
    total_refunded: i64,
    available_to_refund: i64,
}

impl BalancesObject {
    /// The sums of a payment of which so much was just authorized.
    pub(super) const fn authorized(sum: i64) -> Self {
        Self {
            total_authorized: sum,
            total_voided: 0,
            available_to_void: sum,
            total_captured: 0,
            available_to_capture: sum,
            total_refunded: 0,
            available_to_refund: 0,
        }
    }
}

/// What can be done next.
#[derive(Serialize, ToSchema)]
pub(super) struct Links {
    #[serde(rename = "self")]
    this: Link,
    actions: Link,
    /// While more can be authorized.
    #[serde(skip_serializing_if = "Option::is_none")]
    authorize: Option<Link>,
    /// While something can be captured.
    #[serde(skip_serializing_if = "Option::is_none")]
    capture: Option<Link>,
    /// While nothing was captured.
    #[serde(skip_serializing_if = "Option::is_none")]
    void: Option<Link>,
    /// While something can be refunded.
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<Link>,
    /// While the buyer has to confirm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) redirect: Option<Link>,
}

impl Links {
    /// The same links, and where the buyer has to go.
    pub(super) fn leading_to(self, redirect: Option<Link>) -> Self {
        Self { redirect, ..self }
    }
}

pub(super) fn balances(payment: &Payment) -> BalancesObject {
    let sums = payment.state.balances();
    let shown = |minor| units::shown(minor, payment.money.currency);
    BalancesObject {
        total_authorized: shown(sums.authorized()),
        total_voided: shown(sums.voided()),
        available_to_void: shown(sums.open()),
        total_captured: shown(sums.captured()),
        available_to_capture: shown(sums.open()),
        total_refunded: shown(sums.refunded()),
        available_to_refund: shown(sums.refundable()),
    }
}

/// What can be done with a payment next.
pub(super) fn links(app: &App, payment: &Payment, is_challenged: bool) -> Links {
    let sums = payment.state.balances();
    let left = Left { open: sums.open(), refundable: sums.refundable(), is_raisable: payment.is_raisable() };
    let redirect = is_challenged.then(|| Link { href: payment.page_address(app) });
    Links { redirect, ..links_of(app, payment, left) }
}

/// The same for one that was just authorized, though it may have captured itself with that.
pub(super) fn links_of_authorized(app: &App, payment: &Payment) -> Links {
    links_of(app, payment, Left { open: payment.money.minor, refundable: 0, is_raisable: false })
}

struct Left {
    open: i64,
    refundable: i64,
    is_raisable: bool,
}

fn links_of(app: &App, payment: &Payment, left: Left) -> Links {
    let this = address(app, payment);
    let below = |folder: &str| Link { href: format!("{this}/{folder}") };
    let shown = |is: bool, folder: &str| is.then(|| below(folder));
    Links {
        actions: below("actions"),
        authorize: shown(left.is_raisable, "authorizations"),
        capture: shown(left.open > 0, "captures"),
        void: shown(left.open > 0, "voids"),
        refund: shown(left.refundable > 0, "refunds"),
        redirect: None,
        this: Link { href: this },
    }
}
