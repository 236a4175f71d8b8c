//! Neopay's customers API (`neopay.io/api`).
//!
//! A Laravel application by all signs, so what its documents leave open is answered as Laravel would. Documents:
//! docs.neopay.io, "Customers", of which the French page is the whole one.

mod auth;
mod customers;
mod error;
mod fields;
mod id;
mod list;
mod query;
mod request;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use data_encoding::BASE64URL_NOPAD;
use domain::merchants::Merchant;
use domain::merchants::credentials::{FoundBy, Secret};
use domain::{App, Mode};

use crate::Dialect;

/// How this API is called inside Kassa.
const NAME: &str = "neopay";
/// What its addresses begin with, below [`NAME`].
const BASE_PATH: &str = "/api";

pub(crate) const DIALECT: Dialect = Dialect { name: NAME, base_path: BASE_PATH, router, mint };

fn router(app: Arc<App>) -> Router {
    let every = get(list::list).post(customers::create).patch(customers::update).put(customers::update);
    let one = get(customers::retrieve).patch(customers::update).put(customers::update);
    Router::new()
        // fidelity: documented – a change without an id in the path is read from a sample; PUT is ours
        .route("/api/customers", every.fallback(error::not_a_method_of_all))
        // fidelity: documented – PUT is ours, as the vendor's framework answers it
        .route("/api/customers/{id}", one.fallback(error::not_a_method_of_one))
        .fallback(error::not_found)
        .with_state(app)
}

/// A token of 40 random URL-safe characters, which works with the key of its application only.
fn mint(app: &App, merchant: &Merchant, mode: Mode) -> Vec<Secret> {
    let mut bytes = [0; 30];
    app.random(&mut bytes);
    let token = BASE64URL_NOPAD.encode(&bytes);
    let app_key = id::app_key(merchant, mode);
    let pair = Secret::pair(&app_key, &token);
    vec![
        Secret { kind: "token", text: token, found_by: FoundBy::Pair(pair) },
        Secret { kind: "app_key", text: app_key, found_by: FoundBy::Nothing },
    ]
}
