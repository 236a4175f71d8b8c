//! Errors as the vendor writes them: `request_id`, `error_type`, `error_codes`; 401 and 404 say nothing at all.
//!
//! The codes are those of the vendor's list (sheet, section 3), where it has one that fits.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::http::header::{ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use domain::{Error, Field, Missing, Taken, TokenIs, Why, WrongState};
use serde::Serialize;
use utoipa::ToSchema;

use super::codes::{code, code_of};
use crate::body::BodyError;
use crate::client::Unrecognised;
use crate::headers::BadKey;
use crate::json::Flaw;
use crate::refused::Rule;
use crate::warnings::{Misspelling, Misspelt};

/// What an error's body says beside the request's id, which is put to it where the answer goes out.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    error_type: &'static str,
    codes: Vec<Cow<'static, str>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Error, example = json!({ "request_id": "0190a1b2-c3d4-4e5f-8a6b-7c8d9e0f1a2b", "error_type": "request_invalid", "error_codes": ["amount_invalid"] }))]
pub(super) struct ProblemObject<'a> {
    request_id: &'a str,
    error_type: &'static str,
    #[schema(value_type = Vec<String>, extensions(("x-fidelity" = json!("documented – where the vendor's list has no code that fits, a name of ours, such as name_looks_like_card_number"))))]
    error_codes: &'a [Cow<'static, str>],
}

impl Problem {
    pub(super) fn body(&self, request_id: &str) -> Vec<u8> {
        let object = ProblemObject { request_id, error_type: self.error_type, error_codes: &self.codes };
        serde_json::to_vec(&object).expect("an error's body is texts")
    }
}

/// An error on its way out.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    status: StatusCode,
    /// None where the vendor's body is empty.
    problem: Option<Problem>,
    /// The methods that would do.
    allow: Option<&'static str>,
    /// Seconds after which it may be tried again, where that is more than one.
    retry_after: Option<u64>,
    /// What the body does not say, for the log.
    unsaid: Option<String>,
}

impl Failure {
    fn new(status: StatusCode, error_type: &'static str, code: &'static str) -> Self {
        Self { problem: Some(Problem { error_type, codes: vec![code.into()] }), ..Self::empty(status) }
    }

    const fn empty(status: StatusCode) -> Self {
        Self { status, problem: None, allow: None, retry_after: None, unsaid: None }
    }

    /// Values that do not fit, a code each.
    pub(super) fn invalid(codes: Vec<&'static str>) -> Self {
        Self::with_codes(codes.into_iter().map(Cow::Borrowed).collect())
    }

    fn with_codes(codes: Vec<Cow<'static, str>>) -> Self {
        let problem = Problem { error_type: "request_invalid", codes };
        Self { problem: Some(problem), ..Self::empty(StatusCode::UNPROCESSABLE_ENTITY) }
    }

    /// What cannot be carried out, though every value fits.
    pub(super) fn processing(code: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "processing_error", code)
    }

    /// What a body names is missing or cannot be used. What a path names is another matter.
    pub(super) fn in_body(error: Error) -> Self {
        match error {
            Error::NotFound(Missing::Customer) => Self::invalid(vec!["customer_not_found"]),
            Error::NotFound(Missing::Instrument) => Self::unknown_source(),
            Error::State(WrongState::CardRevoked) => Self::invalid(vec!["card_disabled"]),
            Error::Invalid { field: Field::Email, .. } => Self::invalid(vec!["customer_email_invalid"]),
            Error::NotFound(Missing::Token) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "token_invalid", "token_invalid")
            }
            Error::State(WrongState::Token(is)) => Self::processing(match is {
                TokenIs::Used => "token_used",
                TokenIs::Expired => "token_expired",
            }),
            other @ (Error::NotFound(_)
            | Error::Invalid { .. }
            | Error::Conflict(_)
            | Error::State(_)
            | Error::Declined(_)
            | Error::KeyReused
            | Error::KeySpent
            | Error::InFlight
            | Error::Unauthorized
            | Error::Forbidden(_)
            | Error::Unsupported(_)
            | Error::Busy(_)
            | Error::Internal(_)) => other.into(),
        }
    }

    /// An instrument that the customer does not have.
    pub(super) fn unknown_source() -> Self {
        Self::invalid(vec!["source_id_invalid"])
    }

    pub(super) const fn unauthorized() -> Self {
        Self::empty(StatusCode::UNAUTHORIZED)
    }

    pub(super) const fn not_found() -> Self {
        Self::empty(StatusCode::NOT_FOUND)
    }

    /// The credential is good, and not for this.
    pub(super) fn forbidden(code: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "operation_not_allowed", code)
    }

    /// Somebody asks too often, and may again after some seconds. The vendor's sample of this status has the code of a
    /// duplicate, which this is not.
    pub(super) fn too_many_requests(seconds: u64) -> Self {
        let failure = Self::new(StatusCode::TOO_MANY_REQUESTS, "request_invalid", "too_many_requests");
        Self { retry_after: Some(seconds), ..failure }
    }

    /// There is no place for what is to be kept, and there is one after some seconds.
    pub(super) fn no_room(seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::unavailable() }
    }

    fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "processing_error", "service_unavailable")
    }

    pub(super) fn method_not_allowed(allow: &'static str) -> Self {
        let failure =
            Self::new(StatusCode::METHOD_NOT_ALLOWED, "request_invalid", "request_method_not_allowed");
        Self { allow: Some(allow), ..failure }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                response
                    .extensions_mut()
                    .insert(Unrecognised(|| Failure::too_many_requests(1).into_response()));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from(self.retry_after.unwrap_or(1)));
            }
            _ => {}
        }
        if let Some(allow) = self.allow {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
        }
        let in_words = |problem: &Problem| format!("{}: {}", problem.error_type, problem.codes.join(", "));
        let said = self.problem.as_ref().map(in_words);
        if let Some(rule) = self.unsaid.or(said) {
            response.extensions_mut().insert(Rule(rule));
        }
        if let Some(problem) = self.problem {
            response.extensions_mut().insert(problem);
        }
        response
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(_) => Self { unsaid: Some(error.to_string()), ..Self::not_found() },
            Error::Invalid { why: Why::Expired, .. } => Self::invalid(vec!["card_expired"]),
            Error::Invalid { field, .. } => Self::invalid(vec![code_of(&error, field.name(), code(field))]),
            Error::Conflict(Taken::Email) => Self::invalid(vec!["customer_already_exists"]),
            // The vendor declares no body for an operation that the state forbids.
            Error::State(_) => Self { unsaid: Some(error.to_string()), ..Self::empty(StatusCode::FORBIDDEN) },
            Error::Declined(_) => Self::processing("payment_declined"),
            // Bodies are not compared here, so that nobody sees the first.
            Error::KeyReused | Error::KeySpent => Self::invalid(vec![BAD_KEY]),
            Error::InFlight => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "request_invalid", "duplicate_request")
            }
            Error::Unauthorized => Self::unauthorized(),
            Error::Forbidden(_) => Self::forbidden("credential_not_permitted"),
            Error::Unsupported(_) => Self::processing("no_acquirer_configured"),
            Error::Busy(why) => {
                tracing::warn!(why, "answered 503");
                Self::unavailable()
            }
            Error::Internal(why) => {
                tracing::error!(why, "answered 500");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "processing_error", "internal_error")
            }
        }
    }
}

/// Codes of ours, because the vendor's list has none. A name that is not shown is left out.
impl From<Misspelt> for Failure {
    fn from(Misspelt(fields): Misspelt) -> Self {
        let code = |field: &Misspelling| {
            let sent = field.sent.rsplit('.').next().unwrap_or_default();
            let sent = if sent.is_empty() { "field" } else { sent };
            Cow::Owned(format!("{sent}_unknown_did_you_mean_{}", field.field))
        };
        Self::with_codes(fields.iter().map(code).collect())
    }
}

impl From<Flaw> for Failure {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Malformed(_) | Flaw::TooDeep | Flaw::Duplicate => {
                Self::new(StatusCode::BAD_REQUEST, "request_malformed", "request_json_invalid")
            }
            Flaw::NotAnObject => Self::invalid(vec!["request_invalid"]),
        }
    }
}

const BAD_KEY: &str = "idempotency_key_invalid";

impl From<BadKey> for Failure {
    fn from(_: BadKey) -> Self {
        Self::invalid(vec![BAD_KEY])
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        let (status, kind, code) = match error {
            BodyError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "request_invalid", "request_too_large"),
            BodyError::Torn => (StatusCode::REQUEST_TIMEOUT, "request_invalid", "request_incomplete"),
            BodyError::Malformed => (StatusCode::BAD_REQUEST, "request_malformed", "request_chunks_invalid"),
        };
        Self::new(status, kind, code)
    }
}

pub(super) async fn not_found() -> Failure {
    Failure::not_found()
}
