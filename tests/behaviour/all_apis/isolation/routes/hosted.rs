//! The ways of hosted payments and payment links.

use kassa_tests::drivers::neuro_pay::with;
use serde_json::{Value, json};

use super::{Names, Way, bare, checked, named, plain, send};
use crate::all_apis::isolation::shops::hosted_body;

pub(super) const MAKE_PAGE: &[Way] = &[
    plain(|_, _| make(PAGES, None)),
    named(Names::Customer, 422, |id, _| make(PAGES, Some(json!({ "id": id })))),
    // An address that nobody has makes a customer of the shop's own.
    checked(Names::Email, 201, 422, |email, _| make(PAGES, Some(json!({ "email": email })))),
];

pub(super) const MAKE_LINK: &[Way] = &[
    plain(|_, _| make(LINKS, None)),
    named(Names::Customer, 422, |id, _| make(LINKS, Some(json!({ "id": id })))),
    checked(Names::Email, 201, 422, |email, _| make(LINKS, Some(json!({ "email": email })))),
];

pub(super) const READ_PAGE: &[Way] = &[named(Names::Page, 404, |id, _| bare(format!("{PAGES}/{id}")))];

pub(super) const READ_LINK: &[Way] = &[named(Names::Link, 404, |id, _| bare(format!("{LINKS}/{id}")))];

const PAGES: &str = "/hosted-payments";
const LINKS: &str = "/payment-links";

fn make(path: &str, customer: Option<Value>) -> (String, Option<Value>) {
    let customer = customer.map(|customer| ("customer", customer));
    send(path, with(hosted_body(), customer.as_slice()))
}
