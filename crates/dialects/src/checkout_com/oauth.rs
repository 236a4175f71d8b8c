//! `POST /connect/token`: client credentials for an access token (RFC 6749, section 4.4).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use data_encoding::BASE64;
use domain::caller::Permits;
use domain::merchants::credentials::Secret;
use domain::merchants::{access, credentials};
use domain::{App, Caller, Channel, ClientAddress, Error};
use serde::Serialize;
use utoipa::ToSchema;

use super::strangers::Strangers;
use super::{NAME, openapi, percent};
use crate::body::{self, BodyError};
use crate::client::{Unrecognised, channel};

const LIFE: Duration = Duration::from_secs(3600);
/// Bytes of the form.
const FORM_BYTES_MAX: usize = 4 * 1024;
/// How long the form may take.
const FORM_WITHIN: Duration = Duration::from_secs(2);

/// What a token may be asked for. Some are for endpoints to come.
pub(super) const SCOPES: [&str; 14] = [
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
    const TOO_MANY: Self = Self { status: StatusCode::TOO_MANY_REQUESTS, error: "temporarily_unavailable" };

    const fn because(error: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response =
            (self.status, no_store(), Json(RefusedObject { error: self.error })).into_response();
        if self.error == UNKNOWN {
            response.extensions_mut().insert(Unrecognised(|| Refused::TOO_MANY.into_response()));
        }
        match self.status {
            StatusCode::METHOD_NOT_ALLOWED => {
                response.headers_mut().insert(ALLOW, axum::http::HeaderValue::from_static("POST"));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
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
            | Error::KeySpent
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
        (status = 408, description = "The body did not arrive whole within 2 seconds", body = RefusedObject),
        (status = 413, description = "The body is larger than 4 KiB", body = RefusedObject),
        (
            status = 429,
            description = "Too many bodies of one address are under way, or too many wrong secrets came from it",
            body = RefusedObject,
            headers(("Retry-After" = String))
        ),
        (status = 500, description = "A fault of ours", body = RefusedObject),
        (status = 503, description = "Try again", body = RefusedObject, headers(("Retry-After" = String)))
    ),
    security(())
)]
pub(super) async fn token(
    State(app): State<Arc<App>>,
    Extension(strangers): Extension<Strangers>,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let channel = channel(&parts.extensions);
    let shown = in_header(&parts.headers)?;
    let known = match &shown {
        Some(client) => Some(authenticate(&app, client, channel).await?),
        None => None,
    };
    let form = {
        let from = parts.extensions.get::<ClientAddress>().copied();
        let _leave = match known {
            Some(_) => None,
            None => Some(strangers.admit(from).ok_or(Refused::TOO_MANY)?),
        };
        let read = body::read_at_most(FORM_BYTES_MAX, &parts.headers, body);
        tokio::time::timeout(FORM_WITHIN, read).await.unwrap_or(Err(BodyError::Torn))?
    };
    let form = Form(percent::form(&form).ok_or(Refused::because("invalid_request"))?);
    // fidelity: documented
    match form.get("grant_type")? {
        None => return Err(Refused::because("invalid_request")),
        Some("client_credentials") => {}
        Some(_) => return Err(Refused::because("unsupported_grant_type")),
    }
    // The vendor's Python client says who asks in both places.
    let caller = match (known, form.client()?) {
        (Some(_), in_form @ Some(_)) if in_form != shown => return Err(Refused::because(UNKNOWN)),
        (Some(caller), _) => caller,
        (None, Some(client)) => authenticate(&app, &client, channel).await?,
        (None, None) => return Err(Refused::because(UNKNOWN)),
    };
    // fidelity: seen – all that the client may do where it is absent
    let scopes = scopes(form.get("scope")?.unwrap_or_default(), &caller.permits)?;
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

    /// The client that the form names.
    fn client(&self) -> Result<Option<Client>, Refused> {
        // fidelity: documented – or in HTTP Basic
        let client = self.get("client_id")?;
        // fidelity: documented – or in HTTP Basic
        let secret = self.get("client_secret")?;
        Ok(client.zip(secret).map(|(client, secret)| (client.to_owned(), secret.to_owned())))
    }
}

/// A client's id and its secret. No `Debug`.
type Client = (String, String);

/// The client that HTTP Basic names, which is asked for before the body is read.
fn in_header(headers: &HeaderMap) -> Result<Option<Client>, Refused> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => basic(value.as_bytes()).map(Some).ok_or(Refused::because(UNKNOWN)),
        (Some(_), Some(_)) => Err(Refused::because("invalid_request")),
    }
}

async fn authenticate(
    app: &Arc<App>,
    (client, secret): &Client,
    channel: Channel,
) -> Result<Caller, Refused> {
    Ok(credentials::authenticate(app, NAME, &Secret::pair(client, secret), channel).await?)
}

fn basic(value: &[u8]) -> Option<Client> {
    let (scheme, code) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    let text = BASE64.decode(code.trim().as_bytes()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (client, secret) = std::str::from_utf8(&text).ok()?.split_once(':')?;
    Some((client.to_owned(), secret.to_owned()))
}

/// The scopes asked for, each once; all that the client may have where none is.
fn scopes(text: &str, permits: &Permits) -> Result<Vec<String>, Refused> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split_whitespace() {
        let may = match permits {
            Permits::Everything => true,
            Permits::Words(words) => words.iter().any(|word| word == scope || is_part(scope, word)),
        };
        if !may || !SCOPES.contains(&scope) {
            return Err(Refused::because("invalid_scope"));
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Ok(match permits {
        _ if !scopes.is_empty() => scopes,
        Permits::Words(words) => words.clone(),
        Permits::Everything => {
            let is_whole = |scope: &&str| !SCOPES.iter().any(|other| is_part(scope, other));
            SCOPES.into_iter().filter(is_whole).map(str::to_owned).collect()
        }
    })
}

/// Whether a scope is a part of another one, as `vault:customers` is of `vault`.
fn is_part(scope: &str, of: &str) -> bool {
    scope.strip_prefix(of).is_some_and(|rest| rest.starts_with(':'))
}

/// A token is nothing for a cache.
const fn no_store() -> [(axum::http::HeaderName, &'static str); 1] {
    [(CACHE_CONTROL, "no-store")]
}
