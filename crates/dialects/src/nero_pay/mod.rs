//! NeroPay's API, version 2 (`eu.neropay.app/v2`): customers and categories.
//!
//! Document: docs.neropay.app, "Customers and Categories". The pages on security, errors and accounts say how requests
//! are signed and what an error looks like.

mod auth;
mod body;
mod categories;
mod customers;
mod error;
mod fields;
mod openapi;
mod query;
mod request;
mod settings;
mod signature;
mod wire;

use std::sync::Arc;

use domain::merchants::Merchant;
use domain::merchants::credentials::{FoundBy, Secret};
use domain::payments::Payment;
use domain::{App, Id, Mode};
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::{Dialect, Presented, Shown, of, secret};

/// How this API is called inside Kassa.
const NAME: &str = "neropay";

pub(crate) const DIALECT: Dialect = Dialect {
    name: NAME,
    base_path: "/v2",
    router,
    around: None,
    mint,
    presented: Presented::AfterBearer,
    secrets_begin: &["nero_"],
    scoped: None,
    comes_back_with: None,
    settings: settings::SETTINGS,
    statuses: None,
    page: None,
    curl,
    find: Some(find),
};

fn router() -> OpenApiRouter<Arc<App>> {
    let to: fn(UtoipaMethodRouter<Arc<App>>) -> UtoipaMethodRouter<Arc<App>> =
        |route| route.map(|route| route.fallback(error::method_not_allowed));
    OpenApiRouter::with_openapi(openapi::Document::openapi())
        .routes(to(routes!(customers::list, customers::create)))
        .routes(to(routes!(customers::retrieve, customers::update)))
        .routes(to(routes!(categories::list, categories::create)))
        .routes(to(routes!(categories::remove)))
        .fallback(error::not_found)
}

/// One secret key, which says its mode, and the account id that goes with it.
fn mint(app: &App, merchant: &Merchant, mode: Mode) -> Vec<Secret> {
    let key = format!("nero_{}_{}", mode.as_str(), secret::<30>(|bytes| app.random(bytes)));
    let account = auth::account_id(merchant.id, merchant.key);
    vec![
        Secret::alone("secret_key", key),
        Secret { kind: "account_id", text: account, found_by: FoundBy::Nothing },
    ]
}

/// The customers; to make one, a request has to be signed.
fn curl(set: &Shown, _: Id<Payment>) -> String {
    let (base, key, account) = (of(set, "base_url"), of(set, "secret_key"), of(set, "account_id"));
    format!(
        "NeroPay\n  base URL    {base}\n  secret key  {key}\n  account     {account}\n\n\
         List customers; writes are signed, see docs/clients.md:\n\n\
         curl -sS {base}/customers -H 'Authorization: Bearer {key}'\n"
    )
}

fn find(set: &Shown, email: &str) -> String {
    let (base, key) = (of(set, "base_url"), of(set, "secret_key"));
    format!("curl -sS '{base}/customers?email={email}' -H 'Authorization: Bearer {key}'")
}
