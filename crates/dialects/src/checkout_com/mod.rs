//! Checkout.com's API (`{prefix}.api.checkout.com`): customers, their cards, tokens of cards, and access tokens for
//! clients that have no key.
//!
//! Documents: the vendor's API reference, "Customers", and what its official clients do; where both are silent, the
//! choice is ours. Every answer carries `Cko-Request-Id` and `Cko-Version`.

mod answer;
mod auth;
mod card_body;
mod codes;
mod customers;
mod error;
mod fields;
mod holder;
mod hosted;
mod id;
mod instruments;
mod oauth;
mod openapi;
mod payments;
mod percent;
mod request;
mod stamp;
mod tokens;

use std::sync::Arc;

use axum::Extension;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, any};
use data_encoding::BASE64URL_NOPAD;
use domain::merchants::Merchant;
use domain::merchants::credentials::{FoundBy, Secret};
use domain::payments::Payment;
use domain::{App, Id, Mode};
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use oauth::strangers::Strangers;

use crate::client::slow_down;
use crate::{Dialect, Scoped, Shown, of};

/// How this API is called inside Kassa.
const NAME: &str = "checkout-com";

/// What its addresses begin with.
const BASE: &str = "/checkout-com";

/// The kinds of credential: what a server uses, what a page may show, and what access tokens are issued for.
const SECRET_KEY: &str = "secret_key";
const PUBLIC_KEY: &str = "public_key";
const OAUTH_SECRET: &str = "oauth_client_secret";

pub(crate) const DIALECT: Dialect = Dialect {
    name: NAME,
    base_path: "",
    router,
    mint,
    scoped: Some(Scoped { kind: OAUTH_SECRET, words: &oauth::SCOPES }),
    curl,
};

fn router(app: Arc<App>) -> OpenApiRouter {
    let one = routes!(customers::retrieve, customers::update, customers::delete);
    let card = routes!(instruments::retrieve, instruments::update, instruments::delete);
    let tokens = routes!(tokens::create).map(|route| {
        let route = route.options(tokens::preflight).fallback(tokens::method_not_allowed);
        route.layer(from_fn(tokens::for_any_page))
    });
    let access_tokens = routes!(oauth::token).map(|route| {
        let route = route.fallback(oauth::method_not_allowed);
        route.layer(Extension(Strangers::default()))
    });
    OpenApiRouter::with_openapi(openapi::Document::openapi())
        .routes(routes!(customers::create).map(post_only))
        .routes(one.map(|_| any(customers::one)))
        .routes(tokens)
        .routes(routes!(tokens::metadata).map(read_only))
        .routes(routes!(instruments::create).map(post_only))
        .routes(card.map(|_| any(instruments::one)))
        .routes(routes!(instruments::revoke).map(|_| any(instruments::one_to_revoke)))
        .routes(
            routes!(payments::create, payments::list)
                .map(|route| route.fallback(payments::not_a_method_of_all)),
        )
        .routes(routes!(payments::retrieve).map(read_only))
        .routes(routes!(payments::actions).map(read_only))
        .routes(routes!(payments::operations::capture).map(post_only))
        .routes(routes!(payments::operations::refund).map(post_only))
        .routes(routes!(payments::operations::void).map(post_only))
        .routes(routes!(hosted::create_page).map(post_only))
        .routes(routes!(hosted::retrieve_page).map(read_only))
        .routes(routes!(hosted::create_link).map(post_only))
        .routes(routes!(hosted::retrieve_link).map(read_only))
        .routes(access_tokens)
        .fallback(error::not_found)
        .layer(from_fn_with_state(Arc::clone(&app), slow_down))
        .layer(from_fn_with_state(Arc::clone(&app), stamp::stamp))
        .with_state(app)
}

/// A route that takes nothing but GET.
fn read_only(route: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    route.fallback(payments::not_a_method_to_read)
}

/// A route that takes nothing but POST.
fn post_only(route: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    route.fallback(customers::method_not_allowed)
}

/// A secret and a public key, in the shapes that the vendor's clients check, and an OAuth client.
fn mint(app: &App, _: &Merchant, mode: Mode) -> Vec<Secret> {
    let mode = match mode {
        Mode::Test => "sbox_",
        Mode::Live => "",
    };
    let client = format!("ack_{}", letters(app, 26));
    let mut bytes = [0; 32];
    app.random(&mut bytes);
    let secret = BASE64URL_NOPAD.encode(&bytes);
    let pair = Secret::pair(&client, &secret);
    vec![
        Secret::alone(SECRET_KEY, format!("sk_{mode}{}", letters(app, 27))),
        Secret::alone(PUBLIC_KEY, format!("pk_{mode}{}", letters(app, 27))),
        Secret { kind: "oauth_client_id", text: client, found_by: FoundBy::Nothing },
        Secret { kind: OAUTH_SECRET, text: secret, found_by: FoundBy::Pair(pair) },
    ]
}

/// Up to 27 random letters of `a-z2-7`. The shape allows a key to end with `*`, `#`, `$` or `=` too; ours never does,
/// because a shell would read those.
fn letters(app: &App, count: usize) -> String {
    let mut bytes = [0; 17];
    app.random(&mut bytes);
    let mut text = id::base32(&bytes);
    text.truncate(count);
    text
}

/// A customer.
fn curl(set: &Shown, _: Id<Payment>) -> String {
    let (base, key) = (of(set, "base_url"), of(set, "secret_key"));
    let (client, secret) = (of(set, "oauth_client_id"), of(set, "oauth_client_secret"));
    format!(
        "Checkout.com\n  base URL      {base}\n  secret key    {key}\n  public key    {}\n  \
         OAuth client  {client}\n  its secret    {secret}\n\n\
         Make a customer:\n\n\
         curl -sS {base}/customers -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \
         -d '{{\"email\":\"brucewayne@example.com\",\"name\":\"Bruce Wayne\"}}'\n",
        of(set, "public_key")
    )
}
