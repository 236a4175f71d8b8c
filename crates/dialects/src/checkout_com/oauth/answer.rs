//! The answers: a token, or why there is none.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{ALLOW, CACHE_CONTROL, HeaderName, HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use domain::Error;
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::BodyError;
use crate::client::Unrecognised;

#[derive(Serialize, ToSchema)]
#[schema(as = AccessToken)]
pub(super) struct Token {
    access_token: String,
    token_type: &'static str,
    #[schema(extensions(("x-fidelity" = json!("documented – an hour, by our choice"))))]
    expires_in: u64,
    #[schema(extensions(("x-fidelity" = json!("seen – optional in the clients; always there, by our choice"))))]
    scope: String,
}

/// Why there is no token.
pub(super) struct Refused {
    status: StatusCode,
    error: &'static str,
}

#[derive(Serialize, ToSchema)]
pub(super) struct RefusedObject {
    error: &'static str,
}

impl Refused {
    /// The client is not known, or its secret is wrong.
    pub(super) const UNKNOWN: Self = Self::because("invalid_client");
    pub(super) const METHOD: Self = Self { status: StatusCode::METHOD_NOT_ALLOWED, error: "invalid_request" };
    pub(super) const TOO_MANY: Self =
        Self { status: StatusCode::TOO_MANY_REQUESTS, error: "temporarily_unavailable" };

    pub(super) const fn because(error: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response =
            (self.status, no_store(), Json(RefusedObject { error: self.error })).into_response();
        if self.error == Self::UNKNOWN.error {
            response.extensions_mut().insert(Unrecognised(|| Refused::TOO_MANY.into_response()));
        }
        match self.status {
            StatusCode::METHOD_NOT_ALLOWED => {
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
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
            Error::Unauthorized | Error::NotFound(_) => Self::UNKNOWN,
            Error::Forbidden(_) | Error::Unsupported(_) => Self::because("unauthorized_client"),
            Error::Invalid { .. }
            | Error::Conflict(_)
            | Error::State(_)
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

pub(super) fn token(access_token: String, life: Duration, scopes: &[String]) -> Response {
    let expires_in = life.as_secs();
    let token = Token { access_token, token_type: "Bearer", expires_in, scope: scopes.join(" ") };
    (no_store(), Json(token)).into_response()
}

/// A token is nothing for a cache.
const fn no_store() -> [(HeaderName, &'static str); 1] {
    [(CACHE_CONTROL, "no-store")]
}
