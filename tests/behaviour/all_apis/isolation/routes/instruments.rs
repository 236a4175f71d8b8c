//! The ways of saved cards.

use kassa_tests::drivers::neuro_pay::with;
use serde_json::json;

use super::{Names, Way, bare, checked, named, plain, send};
use crate::all_apis::isolation::shops::card_body;

pub(super) const MAKE: &[Way] = &[
    plain(|_, _| send("/instruments", card_body())),
    named(Names::Token, 422, |id, own| {
        let customer = json!({ "id": own.customer.cus });
        send("/instruments", json!({ "type": "token", "token": id, "customer": customer }))
    }),
    named(Names::Customer, 422, |id, _| {
        send("/instruments", with(card_body(), &[("customer", json!({ "id": id }))]))
    }),
    // An address that nobody has makes a customer of the shop's own.
    checked(Names::Email, 201, 422, |email, _| {
        send("/instruments", with(card_body(), &[("customer", json!({ "email": email }))]))
    }),
];

pub(super) const READ: &[Way] = &[
    named(Names::Card, 404, |id, _| bare(format!("/instruments/{id}"))),
    named(Names::Loose, 404, |id, _| bare(format!("/instruments/{id}"))),
];

pub(super) const CHANGE: &[Way] = &[
    named(Names::Card, 404, |id, _| {
        send(format!("/instruments/{id}"), json!({ "expiry_year": 2098, "name": "Ada" }))
    }),
    named(Names::Loose, 404, |id, own| {
        let body = json!({ "customer": { "id": own.customer.cus, "default": true } });
        send(format!("/instruments/{id}"), body)
    }),
    named(Names::Token, 422, |id, own| {
        send(format!("/instruments/{}", own.loose), json!({ "type": "token", "token": id }))
    }),
    named(Names::Customer, 422, |id, own| {
        send(format!("/instruments/{}", own.loose), json!({ "customer": { "id": id } }))
    }),
];

pub(super) const DELETE: &[Way] = &[
    named(Names::Card, 404, |id, _| bare(format!("/instruments/{id}"))),
    named(Names::Loose, 404, |id, _| bare(format!("/instruments/{id}"))),
];

pub(super) const REVOKE: &[Way] = &[
    named(Names::Card, 404, |id, _| bare(format!("/instruments/{id}/revoke"))),
    named(Names::Loose, 404, |id, _| bare(format!("/instruments/{id}/revoke"))),
];
