//! Neuro-Pay's checkout API (`api.neuro-admin.com`, earlier `api.paiwise.com`).
//!
//! Every call is a POST with ids in its JSON body. Documents: docs.neuro-tech.io, "Checkout customers"; the wiki book
//! "Neuro-Pay Checkout API" of wiki.paiwise.tech.

mod auth;
mod checkouts;
mod customers;
mod error;
mod fields;
mod openapi;
mod request;
mod wire;

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use domain::merchants::Merchant;
use domain::merchants::credentials::Secret;
use domain::{App, Mode};
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::Dialect;

/// How this API is called inside Kassa.
const NAME: &str = "neuro-pay";

pub(crate) const DIALECT: Dialect = Dialect { name: NAME, base_path: "", router, mint };

fn router(app: Arc<App>) -> OpenApiRouter {
    let to: fn(UtoipaMethodRouter<Arc<App>>) -> UtoipaMethodRouter<Arc<App>> =
        |route| route.map(|route| route.fallback(error::method_not_allowed));
    OpenApiRouter::with_openapi(openapi::Document::openapi())
        .routes(to(routes!(checkouts::create)))
        .routes(to(routes!(checkouts::retrieve)))
        .routes(to(routes!(checkouts::capture)))
        .routes(to(routes!(checkouts::refund)))
        .routes(to(routes!(checkouts::update)))
        .routes(to(routes!(checkouts::delete)))
        .routes(to(routes!(customers::create)))
        .routes(to(routes!(customers::retrieve)))
        .routes(to(routes!(customers::delete)))
        .fallback(error::not_found)
        .with_state(app)
}

/// One API key: 32 random URL-safe characters, as the vendor's own look.
fn mint(app: &App, _: &Merchant, _: Mode) -> Vec<Secret> {
    let mut bytes = [0; 24];
    app.random(&mut bytes);
    vec![Secret::alone("api_key", BASE64URL_NOPAD.encode(&bytes))]
}
