//! The ways of payments, but for authorizing more.

use kassa_tests::drivers::neuro_pay::with;
use serde_json::json;

use super::{Names, PAID, RESERVED, Way, bare, checked, named, plain, send};
use crate::all_apis::isolation::shops::{card_body, payment_body};

pub(super) const MAKE: &[Way] = &[
    plain(|_, _| send("/payments", payment_body(&card_body()))),
    named(Names::Card, 422, |id, _| send("/payments", payment_body(&json!({ "type": "id", "id": id })))),
    named(Names::Loose, 422, |id, own| {
        let customer = [("customer", json!({ "id": own.customer.cus }))];
        send("/payments", with(payment_body(&json!({ "type": "id", "id": id })), &customer))
    }),
    named(Names::Token, 422, |id, own| {
        let customer = [("customer", json!({ "id": own.customer.cus }))];
        send("/payments", with(payment_body(&json!({ "type": "token", "token": id })), &customer))
    }),
    named(Names::Customer, 422, |id, _| {
        send("/payments", payment_body(&json!({ "type": "customer", "id": id })))
    }),
    named(Names::Customer, 422, |id, _| {
        send("/payments", with(payment_body(&card_body()), &[("customer", json!({ "id": id }))]))
    }),
    // An address that nobody has makes a customer of the shop's own.
    checked(Names::Email, 201, 422, |email, _| {
        send("/payments", with(payment_body(&card_body()), &[("customer", json!({ "email": email }))]))
    }),
];

pub(super) const LIST: &[Way] = &[
    checked(Names::Reference, 200, 422, |id, _| bare(format!("/payments?reference={id}"))),
    checked(Names::Reference, 200, 422, |id, _| bare(format!("/payments?limit=100&skip=0&reference={id}"))),
];

pub(super) const READ: &[Way] = &[named(PAID, 404, |id, _| bare(format!("/payments/{id}")))];

pub(super) const ACTIONS: &[Way] = &[named(PAID, 404, |id, _| bare(format!("/payments/{id}/actions")))];

pub(super) const CAPTURE: &[Way] = &[
    named(RESERVED, 404, |id, _| bare(format!("/payments/{id}/captures"))),
    named(RESERVED, 404, |id, _| send(format!("/payments/{id}/captures"), json!({ "amount": 100 }))),
];

pub(super) const REFUND: &[Way] = &[
    named(PAID, 404, |id, _| bare(format!("/payments/{id}/refunds"))),
    named(PAID, 404, |id, _| send(format!("/payments/{id}/refunds"), json!({ "amount": 100 }))),
];

pub(super) const VOID: &[Way] = &[
    named(RESERVED, 404, |id, _| bare(format!("/payments/{id}/voids"))),
    named(RESERVED, 404, |id, _| send(format!("/payments/{id}/voids"), json!({ "reference": "V" }))),
];
