//! Errors in the vendor's envelope. The codes are its own but for `server_error` and `rate_limited`; it documents no statuses, so those are
//! ours (see the fidelity notes).

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use domain::idempotency::{self, Request};
use domain::{App, Caller, Error, Mode};
use serde::Serialize;
use utoipa::ToSchema;

use super::signature::Unsigned;
use crate::body::BodyError;
use crate::client::Unrecognised;
use crate::headers::BadKey;
use crate::json::{self, Flaw};
use crate::problems::Problems;
use crate::refused::Rule;
use crate::warnings::Misspelt;

/// An error on its way out.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// None show as null.
    details: Problems,
    may_be_tried_again: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "success": false, "error": { "code": "validation_failed", "message": "The name field must be a string.", "details": { "name": ["The name field must be a string."] } } }))]
pub(super) struct ErrorEnvelope<'a> {
    success: bool,
    error: Body<'a>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub(super) struct Body<'a> {
    /// What is wrong, as a program reads it.
    #[schema(extensions(("x-fidelity" = json!("documented – except server_error and rate_limited"))))]
    code: &'a str,
    #[schema(extensions(("x-fidelity" = json!("documented – the words of most are ours"))))]
    message: &'a str,
    #[schema(value_type = Option<std::collections::BTreeMap<String, Vec<String>>>, required)]
    details: Option<&'a Problems>,
}

impl Failure {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            details: Problems::default(),
            may_be_tried_again: false,
        }
    }

    fn unprocessable(message: String) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed", message)
    }

    fn conflict(message: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "idempotency_conflict", message)
    }

    pub(super) fn unauthorized() -> Self {
        let message = "The bearer token is missing, wrong or disabled.";
        Self::new(StatusCode::UNAUTHORIZED, "authentication_failed", message)
    }

    fn too_many() -> Self {
        let message = "Too many requests with a wrong token or signature came from your address.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message)
    }

    /// The message is the vendor's, and with test keys what is wrong: who writes a client has four things to get right at
    /// once, and nobody's money is behind such a key.
    pub(super) fn invalid_signature(mode: Mode, why: Unsigned) -> Self {
        let message = "Write requests require a valid X-NeroPay-Timestamp and X-NeroPay-Signature.";
        let wrong = match why {
            Unsigned::Missing => "One of them is missing, or was sent twice.",
            Unsigned::Stale => {
                "The timestamp is stale: it must be Unix time in whole seconds, at most 300 seconds from now."
            }
            Unsigned::Wrong => {
                "The signature is wrong: it must be the hex HMAC-SHA256 of timestamp, dot and raw body under the \
                 secret key."
            }
        };
        let message = match mode {
            Mode::Test => format!("{message} {wrong}"),
            Mode::Live => message.to_owned(),
        };
        Self::new(StatusCode::UNAUTHORIZED, "invalid_signature", message)
    }

    /// The message is the vendor's.
    pub(super) fn account_not_found() -> Self {
        let message = "The selected connected account could not be found.";
        Self::new(StatusCode::NOT_FOUND, "account_not_found", message)
    }

    fn resource_not_found() -> Self {
        let message = "The requested resource could not be found.";
        Self::new(StatusCode::NOT_FOUND, "resource_not_found", message)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let details = Some(&self.details).filter(|details| !details.is_empty());
        let error = Body { code: self.code, message: &self.message, details };
        let mut response = (self.status, Json(ErrorEnvelope { success: false, error })).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response.extensions_mut().insert(Unrecognised(|| Failure::too_many().into_response()));
        }
        response.extensions_mut().insert(Rule(format!("{}: {}", self.code, self.message)));
        if self.may_be_tried_again {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(_) => Self::resource_not_found(),
            Error::Invalid { field, why } => Problems::invalid(field, &why).into(),
            Error::Conflict(taken) => Problems::taken(taken).into(),
            // This API changes customers and categories alone, which have no states, and asks no acquirer.
            Error::State(state) => Self::unprocessable(format!("This cannot be done: {state}.")),
            Error::Declined(_) => Self::unprocessable("The operation was declined.".to_owned()),
            Error::KeyReused => Self::conflict("The Idempotency-Key was used before with another body."),
            Error::KeySpent => {
                Self::conflict("The Idempotency-Key was used before for a customer who is gone.")
            }
            Error::InFlight => Self {
                may_be_tried_again: true,
                ..Self::conflict("An earlier request with this Idempotency-Key is still being worked on.")
            },
            Error::Unauthorized => Self::unauthorized(),
            // A disabled key has the code of a wrong one; 403 is not among the vendor's statuses.
            Error::Forbidden(why) => Self { message: format!("Refused: {why}."), ..Self::unauthorized() },
            Error::Unsupported(why) => Self::unprocessable(format!("Not possible here: {why}.")),
            Error::Busy(why) => {
                tracing::warn!(why, "answered 503");
                Self {
                    may_be_tried_again: true,
                    ..Self::new(
                        StatusCode::SERVICE_UNAVAILABLE,
                        "server_error",
                        "The server cannot take this now. Try again in a moment.",
                    )
                }
            }
            Error::Internal(why) => {
                tracing::error!(why, "answered 500");
                let message = "An internal server error occurred.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", message)
            }
        }
    }
}

/// The first sentence is what the message tells.
impl From<Problems> for Failure {
    fn from(details: Problems) -> Self {
        let message = details.sentences().next().unwrap_or_default().to_owned();
        Self { details, ..Self::unprocessable(message) }
    }
}

impl From<Misspelt> for Failure {
    fn from(misspelt: Misspelt) -> Self {
        Problems::from(misspelt).into()
    }
}

impl From<Flaw> for Failure {
    fn from(flaw: Flaw) -> Self {
        Self::unprocessable(format!("{}.", json::words(&flaw)))
    }
}

impl From<BadKey> for Failure {
    fn from(_: BadKey) -> Self {
        let message = "The Idempotency-Key must be one value of 1 to 255 visible ASCII characters.";
        Problems::of("Idempotency-Key", message).into()
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        let (status, message) = match error {
            BodyError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than 65536 bytes."),
            BodyError::Torn => (StatusCode::REQUEST_TIMEOUT, "The body did not arrive whole and in time."),
            BodyError::Malformed => (StatusCode::BAD_REQUEST, "The chunks of the body are malformed."),
        };
        Self::new(status, "validation_failed", message)
    }
}

/// What to answer to a request whose body is wrong: a key that was used with another body is spoken of first.
pub(super) async fn refuse(app: &Arc<App>, caller: Caller, request: Request, failure: Failure) -> Failure {
    if request.key.is_none() {
        return failure;
    }
    let now = app.now();
    let checked = app.read(move |tx| idempotency::check(tx, &caller, &request, now)).await;
    checked.map_or_else(Failure::from, |()| failure)
}

pub(super) async fn not_found() -> Failure {
    Failure::resource_not_found()
}

/// The router adds which methods there are.
pub(super) async fn method_not_allowed() -> Failure {
    let message = "This method is not allowed for the requested resource.";
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "resource_not_found", message)
}
