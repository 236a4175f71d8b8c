//! Neopay's customers API (`neopay.io/api`).
//!
//! A Laravel application by all signs, so what its documents leave open is answered as Laravel would. Documents:
//! docs.neopay.io, "Customers", of which the French page is the whole one.

mod auth;
mod body;
mod customers;
mod error;
mod fields;
mod id;
mod list;
mod openapi;
mod query;
mod request;
mod wire;

use std::sync::Arc;

use domain::merchants::Merchant;
use domain::merchants::credentials::{FoundBy, Secret};
use domain::payments::Payment;
use domain::{App, Id, Mode};
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::{Dialect, Presented, Shown, of, secret};

/// How this API is called inside Kassa.
const NAME: &str = "neopay";
/// What its addresses begin with, below [`NAME`].
const BASE_PATH: &str = "/api";

pub(crate) const DIALECT: Dialect = Dialect {
    name: NAME,
    base_path: BASE_PATH,
    router,
    around: None,
    mint,
    presented: Presented::PairedWith(auth::APP_KEY),
    secrets_begin: &[],
    scoped: None,
    comes_back_with: None,
    settings: &[],
    statuses: None,
    page: None,
    curl,
    find: Some(find),
};

fn router() -> OpenApiRouter<Arc<App>> {
    let every = routes!(list::list, customers::create, customers::update_named, customers::put_named);
    let one = routes!(customers::retrieve, customers::update, customers::put);
    OpenApiRouter::with_openapi(openapi::Document::openapi())
        .routes(every.map(|route| route.fallback(error::not_a_method_of_all)))
        .routes(one.map(|route| route.fallback(error::not_a_method_of_one)))
        .fallback(error::not_found)
}

/// A token of 40 random URL-safe characters, which works with the key of its application only.
fn mint(app: &App, merchant: &Merchant, mode: Mode) -> Vec<Secret> {
    let token = secret::<30>(|bytes| app.random(bytes));
    let app_key = id::app_key(merchant, mode);
    let pair = Secret::pair(&app_key, &token);
    vec![
        Secret { kind: "token", text: token, found_by: FoundBy::Pair(pair) },
        Secret { kind: "app_key", text: app_key, found_by: FoundBy::Nothing },
    ]
}

/// A customer, which every other API has then too.
fn curl(set: &Shown, _: Id<Payment>) -> String {
    let (base, token, app_key) = (of(set, "base_url"), of(set, "token"), of(set, "app_key"));
    format!(
        "Neopay\n  base URL  {base}\n  token     {token}\n  app key   {app_key}\n\n\
         Make a customer, and see it in every other API:\n\n\
         curl -sS {base}/customers -H 'Authorization: {token}' -H 'x-app-key: {app_key}' \
         -H 'Content-Type: application/json' \
         -d '{{\"name\":\"Marie Curie\",\"email\":\"marie@example.com\",\"phone\":\"+33 1 23 45 67 89\"}}'\n"
    )
}

fn find(set: &Shown, email: &str) -> String {
    let (base, token, app_key) = (of(set, "base_url"), of(set, "token"), of(set, "app_key"));
    format!("curl -sS '{base}/customers?email={email}' -H 'Authorization: {token}' -H 'x-app-key: {app_key}'")
}
