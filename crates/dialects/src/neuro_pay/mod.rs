//! Neuro-Pay's checkout API (`api.neuro-admin.com`, earlier `api.paiwise.com`).
//!
//! Every call is a POST with ids in its JSON body. Documents: docs.neuro-tech.io, "Checkout customers"; the wiki book
//! "Neuro-Pay Checkout API" of wiki.paiwise.tech.

mod auth;
mod checkouts;
mod customers;
mod error;
mod fields;
mod request;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, post};
use data_encoding::BASE64URL_NOPAD;
use domain::merchants::Merchant;
use domain::merchants::credentials::Secret;
use domain::{App, Mode};

use crate::Dialect;

/// How this API is called inside Kassa.
const NAME: &str = "neuro-pay";

pub(crate) const DIALECT: Dialect = Dialect { name: NAME, base_path: "", router, mint };

fn router(app: Arc<App>) -> Router {
    let to: fn(MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> =
        |route| route.fallback(error::method_not_allowed);
    Router::new()
        // fidelity: documented
        .route("/checkout/create", to(post(checkouts::create)))
        // fidelity: documented
        .route("/checkout/retrieve", to(post(checkouts::retrieve)))
        // fidelity: documented
        .route("/checkout/capture", to(post(checkouts::capture)))
        // fidelity: documented
        .route("/checkout/refund", to(post(checkouts::refund)))
        // fidelity: documented
        .route("/checkout/update", to(post(checkouts::update)))
        // fidelity: documented – in the current documentation only
        .route("/checkout/delete", to(post(checkouts::delete)))
        // fidelity: documented
        .route("/checkout/create-customer", to(post(customers::create)))
        // fidelity: documented
        .route("/checkout/retrieve-customer", to(post(customers::retrieve)))
        // fidelity: documented
        .route("/checkout/delete-customer", to(post(customers::delete)))
        .fallback(error::not_found)
        .with_state(app)
}

/// One API key: 32 random URL-safe characters, as the vendor's own look.
fn mint(app: &App, _: &Merchant, _: Mode) -> Vec<Secret> {
    let mut bytes = [0; 24];
    app.random(&mut bytes);
    vec![Secret::alone("api_key", BASE64URL_NOPAD.encode(&bytes))]
}
