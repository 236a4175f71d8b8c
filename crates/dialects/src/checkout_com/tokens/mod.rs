//! Tokens: cards that a page hands in with the public key, for one use within 15 minutes.

mod answer;
mod body;
mod wallets;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use domain::idempotency::About;
use domain::time::whole_seconds;
use domain::{App, Caller, ClientAddress, Error, tokens};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::auth::Access;
use super::error::Failure;
use super::request::ApiRequest;
use super::{PUBLIC_KEY, id, openapi, takes};
use crate::idempotency::{Answered, once};

pub(super) use self::wallets::WALLETS;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    let for_pages = routes!(create)
        .map(|route| takes("POST, OPTIONS")(route.options(preflight)).layer(from_fn(for_any_page)));
    OpenApiRouter::new().routes(for_pages).routes(routes!(metadata).map(takes("GET, HEAD")))
}

/// Makes a token of a card, or of a wallet's token data.
#[utoipa::path(
    post,
    path = "/tokens",
    operation_id = "requestToken",
    tag = "Tokens",
    params(openapi::IdempotencyKey),
    request_body = body::TokenRequest,
    responses((status = 201, description = "The token", body = answer::TokenObject), openapi::Errors),
    security(("public_key" = []), ("oauth" = ["vault:tokenization"]))
)]
async fn create(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let from = request.extensions().get::<ClientAddress>().copied();
    let entered = ApiRequest::to_write_if(request, app, Access::Tokenization, |app, caller| {
        within_rate(app, caller, from)
    });
    let entered = entered.await?;
    let from = from.filter(|_| is_anybody(&entered.caller));
    let request = entered.keyed_with_body("POST", "/tokens".to_owned());
    let app = &entered.app;
    let scope = entered.caller.scope;
    let drawn = app.draw();
    let card = match body::read(&entered.body, scope.mode, drawn.now) {
        Ok(card) => card,
        Err(failure) => return entered.refuse(request, failure).await,
    };
    let sealed = tokens::NewToken::seal(entered.caller.keys(), scope, &card.number, card.expiry, &drawn)
        .with(card.holder.stored(), card.wallet);
    let ApiRequest { app, caller, .. } = entered;
    let inside = Arc::clone(&app);
    let (id, code) = (sealed.id(), card.code);
    let (has_code, now) = (code.is_some(), drawn.now);
    let answered = once(&app, caller, request, drawn, move |tx, _, drawn| {
        let token = tokens::create(tx, &inside, scope, &sealed, code.as_ref(), from, drawn)?;
        Ok((answer::token(&token, 201), About::NOBODY))
    });
    let answered = answered.await;
    if answered.as_ref().map_or(true, |answered| answered.replayed) {
        // This token is not there, so its code needs no place.
        app.codes().forget(scope, id);
    }
    if let Err(Error::Busy(_)) = &answered
        && has_code
        && let Some(wait) = app.codes().full_for(scope, from, now)
    {
        if let Some(from) = from {
            app.refused().note("a security code more than its share", from.network());
        }
        return Err(Failure::no_room(whole_seconds(wait)));
    }
    Ok(answered?)
}

/// Whether a token may be asked for now: a page's key may be used by anybody, and a server's token by that server, which
/// speaks for many buyers.
fn within_rate(app: &App, caller: &Caller, from: Option<ClientAddress>) -> Result<(), Failure> {
    let Some(from) = from.filter(|_| is_anybody(caller)) else { return Ok(()) };
    app.token_rate().count(caller, from, app.now()).map_err(|seconds| {
        app.refused().note("tokens asked for too often", from.network());
        Failure::too_many_requests(seconds)
    })
}

fn is_anybody(caller: &Caller) -> bool {
    caller.kind == PUBLIC_KEY
}

/// Says what is known of a token's card, used or not.
#[utoipa::path(
    get,
    extensions(("x-fidelity" = json!("seen – the path; the answer is ours"))),
    path = "/tokens/{id}/metadata",
    operation_id = "getTokenMetadata",
    tag = "Tokens",
    params(("id" = String, Path, pattern = "^tok_[a-z2-7]{26}$")),
    responses(
        (status = 200, description = "What is known of its card", body = answer::TokenObject),
        openapi::Errors
    ),
    security(("secret_key" = []), ("oauth" = ["vault:tokens-metadata"]))
)]
async fn metadata(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_read(request, app, Access::TokensMetadata).await?;
    let id = id::read(id::TOKEN, &entered.named).ok_or_else(Failure::not_found)?;
    let scope = entered.caller.scope;
    let token = entered.app.read(move |tx| tokens::get(tx, scope, id)).await?;
    Ok(Answered::first(answer::token(&token, 200)))
}

/// Any page may hand in a card: it is what the public key is for.
async fn for_any_page(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Cko-Request-Id, Cko-Version"));
    response
}

/// What a browser asks before it sends a page's request.
async fn preflight() -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, Cko-Idempotency-Key"),
        (ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (axum::http::StatusCode::NO_CONTENT, headers).into_response()
}
