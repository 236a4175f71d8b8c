//! `POST /connect/token`: client credentials for an access token (RFC 6749, section 4.4).

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use domain::merchants::credentials::Secret;
use domain::merchants::{access, credentials};
use domain::{App, Error};
use serde::Serialize;
use utoipa::ToSchema;

use super::{NAME, openapi, percent};
use crate::body::{self, BodyError};
use crate::client::{Unrecognised, channel};

const LIFE: Duration = Duration::from_secs(3600);

/// What a token may be asked for. Some are for endpoints to come.
const SCOPES: [&str; 14] = [
    "vault",
    "vault:customers",
    "vault:instruments",
    "vault:tokenization",
    "vault:tokens-metadata",
    "gateway",
    "gateway:payment",
    "gateway:payment-details",
    "gateway:payment-captures",
    "gateway:payment-refunds",
    "gateway:payment-voids",
    "gateway:payment-authorizations",
    "gateway:payment-cancellations",
    "payments:search",
];
/// The error of a client that is not known, or whose secret is wrong.
const UNKNOWN: &str = "invalid_client";
/// What a client gets that asks for nothing in particular: all of the vault.
const SCOPE_ELSE: &str = "vault";

#[derive(Serialize, ToSchema)]
struct Token {
    // fidelity: documented
    access_token: String,
    // fidelity: documented
    token_type: &'static str,
    // fidelity: documented – an hour, by our choice
    expires_in: u64,
    // fidelity: seen – optional in the clients; always there, by our choice
    scope: String,
}

/// Why there is no token.
pub(super) struct Refused {
    status: StatusCode,
    error: &'static str,
}

#[derive(Serialize, ToSchema)]
struct RefusedObject {
    // fidelity: documented
    error: &'static str,
}

impl Refused {
    const fn too_many() -> Self {
        Self { status: StatusCode::TOO_MANY_REQUESTS, error: "temporarily_unavailable" }
    }

    const fn because(error: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response =
            (self.status, no_store(), Json(RefusedObject { error: self.error })).into_response();
        if self.error == UNKNOWN {
            response.extensions_mut().insert(Unrecognised(|| Refused::too_many().into_response()));
        }
        match self.status {
            StatusCode::METHOD_NOT_ALLOWED => {
                response.headers_mut().insert(ALLOW, axum::http::HeaderValue::from_static("POST"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                response.headers_mut().insert(RETRY_AFTER, axum::http::HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}

impl From<BodyError> for Refused {
    fn from(error: BodyError) -> Self {
        let status = match error {
            BodyError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::Torn => StatusCode::REQUEST_TIMEOUT,
            BodyError::Malformed => StatusCode::BAD_REQUEST,
        };
        Self { status, error: "invalid_request" }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error {
            Error::Unauthorized | Error::NotFound(_) => Self::because(UNKNOWN),
            Error::Forbidden(_) | Error::Unsupported(_) => Self::because("unauthorized_client"),
            Error::Invalid { .. }
            | Error::Conflict(_)
            | Error::State { .. }
            | Error::Declined(_)
            | Error::KeyReused
            | Error::InFlight => Self::because("invalid_request"),
            Error::Busy(why) => {
                tracing::warn!(why, "answered 503");
                Self { status: StatusCode::SERVICE_UNAVAILABLE, error: "temporarily_unavailable" }
            }
            Error::Internal(why) => {
                tracing::error!(why, "answered 500");
                Self { status: StatusCode::INTERNAL_SERVER_ERROR, error: "server_error" }
            }
        }
    }
}

/// Issues an access token to an OAuth client.
#[utoipa::path(
    post,
    // fidelity: documented – on a host of its own with the vendor, here on the same one
    path = "/connect/token",
    operation_id = "requestAccessToken",
    tag = "Access tokens",
    request_body(content = openapi::TokenWanted, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token", body = Token),
        (status = 400, description = "What is asked for is wrong, or who asks", body = RefusedObject),
        (status = 408, description = "The body did not arrive whole within 30 seconds", body = RefusedObject),
        (status = 413, description = "The body is larger than 64 KiB", body = RefusedObject),
        (
            status = 429,
            description = "Too many wrong secrets came from this address",
            body = RefusedObject,
            headers(("Retry-After" = String))
        ),
        (status = 500, description = "A fault of ours", body = RefusedObject),
        (status = 503, description = "Try again", body = RefusedObject, headers(("Retry-After" = String)))
    ),
    security(())
)]
pub(super) async fn token(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let body = body::read(&parts.headers, body).await?;
    let form = Form(percent::form(&body).ok_or(Refused::because("invalid_request"))?);
    // fidelity: documented
    match form.get("grant_type")? {
        None => return Err(Refused::because("invalid_request")),
        Some("client_credentials") => {}
        Some(_) => return Err(Refused::because("unsupported_grant_type")),
    }
    let (client, secret) = client(&parts.headers, &form)?;
    let channel = channel(&parts.extensions);
    let caller = credentials::authenticate(&app, NAME, &Secret::pair(&client, &secret), channel).await?;
    // fidelity: seen – all of the vault where it is absent, by our choice
    let scopes = scopes(form.get("scope")?.unwrap_or_default())?;
    let token = Token {
        access_token: access::issue(&app, &caller, &scopes, LIFE),
        token_type: "Bearer",
        expires_in: LIFE.as_secs(),
        scope: scopes.join(" "),
    };
    Ok((no_store(), Json(token)).into_response())
}

/// Any other method of /connect/token.
pub(super) async fn method_not_allowed() -> Refused {
    Refused { status: StatusCode::METHOD_NOT_ALLOWED, error: "invalid_request" }
}

/// The fields of the form.
struct Form(Vec<(String, String)>);

impl Form {
    /// A field; one that stands there twice is refused, as the RFC wants it.
    fn get(&self, name: &str) -> Result<Option<&str>, Refused> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => Err(Refused::because("invalid_request")),
        }
    }
}

/// Who asks: the form, HTTP Basic, or both saying the same (the vendor's Python client sends both).
fn client(headers: &HeaderMap, form: &Form) -> Result<(String, String), Refused> {
    // fidelity: documented – or in HTTP Basic
    let client = form.get("client_id")?;
    // fidelity: documented – or in HTTP Basic
    let secret = form.get("client_secret")?;
    let in_form = client.zip(secret).map(|(client, secret)| (client.to_owned(), secret.to_owned()));
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let in_header = match (values.next(), values.next()) {
        (None, _) => None,
        (Some(value), None) => Some(basic(value.as_bytes()).ok_or(Refused::because(UNKNOWN))?),
        (Some(_), Some(_)) => return Err(Refused::because("invalid_request")),
    };
    match (in_form, in_header) {
        (Some(form), Some(header)) if form != header => Err(Refused::because(UNKNOWN)),
        (Some(client), _) | (None, Some(client)) => Ok(client),
        (None, None) => Err(Refused::because(UNKNOWN)),
    }
}

fn basic(value: &[u8]) -> Option<(String, String)> {
    let (scheme, code) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    let text = BASE64.decode(code.trim().as_bytes()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (client, secret) = std::str::from_utf8(&text).ok()?.split_once(':')?;
    Some((client.to_owned(), secret.to_owned()))
}

/// The scopes asked for, each once.
fn scopes(text: &str) -> Result<Vec<String>, Refused> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split_whitespace() {
        if !SCOPES.contains(&scope) {
            return Err(Refused::because("invalid_scope"));
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    if scopes.is_empty() {
        scopes.push(SCOPE_ELSE.to_owned());
    }
    Ok(scopes)
}

/// A token is nothing for a cache.
const fn no_store() -> [(axum::http::HeaderName, &'static str); 1] {
    [(CACHE_CONTROL, "no-store")]
}
