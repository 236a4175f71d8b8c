//! Neuro-Pay's checkout API (`api.neuro-admin.com`, earlier `api.paiwise.com`).
//!
//! Every call is a POST with ids in its JSON body. Documents: docs.neuro-tech.io, "Checkout customers"; the wiki book
//! "Neuro-Pay Checkout API" of wiki.paiwise.tech.

mod auth;
mod body;
mod checkouts;
mod customers;
mod error;
mod fields;
mod openapi;
mod request;
mod wire;

use std::sync::Arc;

use domain::merchants::Merchant;
use domain::merchants::credentials::Secret;
use domain::payments::Payment;
use domain::{App, Id, Mode};
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::{Dialect, Presented, Shown, of, secret};

/// How this API is called inside Kassa.
const NAME: &str = "neuro-pay";

pub(crate) const DIALECT: Dialect = Dialect {
    name: NAME,
    base_path: "",
    router,
    around: None,
    mint,
    presented: Presented::AfterBearer,
    secrets_begin: &[],
    scoped: None,
    comes_back_with: None,
    settings: &[],
    statuses: Some(wire::statuses),
    page: None,
    curl,
    find: None,
};

fn router() -> OpenApiRouter<Arc<App>> {
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
}

/// One API key: 32 random URL-safe characters, as the vendor's own look.
fn mint(app: &App, _: &Merchant, _: Mode) -> Vec<Secret> {
    vec![Secret::alone("api_key", secret::<24>(|bytes| app.random(bytes)))]
}

/// A customer, a checkout, and what became of one.
fn curl(set: &Shown, payment: Id<Payment>) -> String {
    let (base, key) = (of(set, "base_url"), of(set, "api_key"));
    let line = |path: &str, body: &str| {
        format!(
            "curl -sS {base}/checkout/{path} -H 'Authorization: Bearer {key}' \
             -H 'Content-Type: application/json' -d '{body}'"
        )
    };
    format!(
        "Neuro-Pay\n  base URL  {base}\n  API key   {key}\n\n\
         Make a customer:\n\n{}\n\n\
         Make a checkout; open its \"url\" in a browser and pay:\n\n{}\n\n\
         See what became of the checkout that is open already:\n\n{}\n\n\
         Once it is paid, give a part back. (A checkout that was made with \"capture\":false has to be captured first, with \
         checkout/capture.)\n\n{}\n",
        line(
            "create-customer",
            r#"{"first_name":"Ada","last_name":"Lovelace","email":"ada@example.com","metaData":{"crmId":"cust_123"}}"#
        ),
        line(
            "create",
            r#"{"amount":24900,"currency":"SEK","message":"Winter boots","returnUrl":"SERVER/?checkout={CHECKOUT_ID}","returnUrlCancel":"SERVER/"}"#
            .replace("SERVER", base.trim_end_matches("/neuro-pay"))
            .as_str()
        ),
        line("retrieve", &format!(r#"{{"checkout_id":"{}"}}"#, payment.hex())),
        line("refund", &format!(r#"{{"checkout_id":"{}","amount":900,"reason":"requested_by_customer"}}"#, payment.hex())),
    )
}
