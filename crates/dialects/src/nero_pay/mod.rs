//! NeroPay's API, version 2 (`eu.neropay.app/v2`): customers and categories.
//!
//! Document: docs.neropay.app, "Customers and Categories". The pages on security, errors and accounts say how requests
//! are signed and what an error looks like.

mod auth;
mod categories;
mod customers;
mod error;
mod fields;
mod list;
mod query;
mod request;
mod signature;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, delete, get};
use data_encoding::BASE64URL_NOPAD;
use domain::merchants::Merchant;
use domain::merchants::credentials::{FoundBy, Secret};
use domain::{App, Mode};

use crate::Dialect;

/// How this API is called inside Kassa.
const NAME: &str = "neropay";

pub(crate) const DIALECT: Dialect = Dialect { name: NAME, base_path: "/v2", router, mint };

fn router(app: Arc<App>) -> Router {
    let to: fn(MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> =
        |route| route.fallback(error::method_not_allowed);
    Router::new()
        // fidelity: documented
        .route("/v2/customers", to(get(customers::list).post(customers::create)))
        // fidelity: documented – where enabled, which the merchant's settings say
        .route("/v2/customers/{id}", to(get(customers::retrieve).patch(customers::update)))
        // fidelity: documented
        .route("/v2/categories", to(get(categories::list).post(categories::create)))
        // fidelity: documented – if allowed, which the merchant's settings say
        .route("/v2/categories/{id}", to(delete(categories::remove)))
        .fallback(error::not_found)
        .with_state(app)
}

/// One secret key, which says its mode, and the account id that goes with it.
fn mint(app: &App, merchant: &Merchant, mode: Mode) -> Vec<Secret> {
    let mut bytes = [0; 30];
    app.random(&mut bytes);
    let key = format!("nero_{}_{}", mode.as_str(), BASE64URL_NOPAD.encode(&bytes));
    let account = auth::account_id(merchant.id, merchant.key);
    vec![
        Secret::alone("secret_key", key),
        Secret { kind: "account_id", text: account, found_by: FoundBy::Nothing },
    ]
}
