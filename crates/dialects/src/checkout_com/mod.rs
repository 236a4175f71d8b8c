//! Checkout.com's API (`{prefix}.api.checkout.com`): customers, their cards, tokens of cards, and access tokens for
//! clients that have no key.
//!
//! Documents: the vendor's API reference, "Customers", and what its official clients do; where both are silent, the
//! choice is ours. Every answer carries `Cko-Request-Id` and `Cko-Version`.

mod answer;
mod auth;
mod card_answer;
mod card_body;
mod codes;
mod contact;
mod customers;
mod error;
mod fields;
mod holder;
mod hosted;
mod id;
mod instruments;
mod named_customer;
mod oauth;
mod openapi;
mod payments;
mod refusal;
mod request;
mod shown;
mod stamp;
mod tokens;
mod units;
mod unused;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::middleware::{from_fn_with_state, map_request};
use axum::routing::MethodRouter;
use domain::merchants::Merchant;
use domain::merchants::credentials::{FoundBy, Secret};
use domain::payments::Payment;
use domain::{ActionId, App, Id, Mode};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use self::error::Failure;
use crate::{Dialect, Presented, Scoped, Shown, of, refused, secret};

/// How this API is called inside Kassa.
const NAME: &str = "checkout-com";

/// What its addresses begin with.
const BASE: &str = "/checkout-com";

/// The kinds of credential: what a server uses, what a page may show, and what access tokens are issued for.
const SECRET_KEY: &str = "secret_key";
const PUBLIC_KEY: &str = refused::PUBLIC_KEY;
const OAUTH_SECRET: &str = "oauth_client_secret";

pub(crate) const DIALECT: Dialect = Dialect {
    name: NAME,
    base_path: "",
    router,
    around: Some(around),
    mint,
    presented: Presented::Bare,
    secrets_begin: &["sk_", "pk_"],
    scoped: Some(Scoped { kind: OAUTH_SECRET, words: &oauth::SCOPES }),
    comes_back_with: Some(session),
    settings: &[],
    statuses: Some(payments::statuses),
    page: Some(hosted::page),
    curl,
    find: Some(find),
};

fn router() -> OpenApiRouter<Arc<App>> {
    let mut router = OpenApiRouter::with_openapi(openapi::Document::openapi())
        .merge(customers::routes())
        .merge(tokens::routes())
        .merge(instruments::routes())
        .merge(payments::routes())
        .merge(hosted::routes())
        .merge(oauth::routes())
        .fallback(error::not_found);
    stamp::describe(router.get_openapi_mut());
    router
}

/// A path that is none is looked for once more without the slash at its end, which some clients put there.
fn around(routes: Router<Arc<App>>, app: Arc<App>) -> Router<Arc<App>> {
    let routes = routes.layer(from_fn_with_state(Arc::clone(&app), stamp::stamp));
    let again = Router::new().fallback_service(routes.clone().with_state(app));
    routes.fallback_service(again.layer(map_request(without_slash)))
}

async fn without_slash(mut request: Request) -> Request {
    let shorter = request.uri().path().strip_suffix('/').filter(|path| !path.ends_with('/'));
    if let Some(path) = shorter.filter(|path| !path.is_empty()) {
        let target = request.uri().query().map_or(path.to_owned(), |query| format!("{path}?{query}"));
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = target.try_into().ok();
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

/// A route that tells any other method which ones it takes.
fn takes(methods: &'static str) -> impl FnOnce(MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    move |route| route.fallback(move || async move { Failure::method_not_allowed(methods) })
}

/// By this a shop reads the payment whose buyer comes back.
fn session(attempt: ActionId) -> String {
    format!("cko-session-id={}", id::write(id::SESSION, attempt))
}

/// A secret and a public key, in the shapes that the vendor's clients check, and an OAuth client.
fn mint(app: &App, _: &Merchant, mode: Mode) -> Vec<Secret> {
    let mode = match mode {
        Mode::Test => "sbox_",
        Mode::Live => "",
    };
    let client = format!("ack_{}", letters(app, 26));
    let secret = secret::<32>(|bytes| app.random(bytes));
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

fn find(set: &Shown, email: &str) -> String {
    let (base, key) = (of(set, "base_url"), of(set, "secret_key"));
    format!("curl -sS {base}/customers/{email} -H 'Authorization: Bearer {key}'")
}
