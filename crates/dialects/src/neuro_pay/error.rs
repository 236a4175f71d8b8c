//! Errors as the vendor's platform writes them: `name`, `message`, `code`, `status`.
//!
//! The documents promise 400 for unknown and foreign customers and show no body; the shape is that of the vendor's
//! public platform code, and the other statuses are ours (see the fidelity notes).

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use domain::decline::Decline;
use domain::payments::Status;
use domain::{Error, Field, PaymentIs, PaymentWanted, WrongState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::BodyError;
use crate::client::Unrecognised;
use crate::headers::BadKey;
use crate::json::{self, Flaw};
use crate::refused::Rule;
use crate::warnings::{Misspelling, Misspelt};

/// The platform's code for missing parameters.
const MISSING_PARAMETERS: u32 = 23;

/// An error on its way out.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    message: String,
    code: u32,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub(super) struct Body<'a> {
    #[schema(extensions(("x-fidelity" = json!("seen – the vendor's platform writes it, and `message`, `code` and `status`"))))]
    name: &'a str,
    message: &'a str,
    code: u32,
    status: u16,
}

impl Failure {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), code: 0 }
    }

    /// A value that does not fit its field.
    pub(super) fn invalid(field: &str, why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, format!("Invalid parameter: {field} {why}"))
    }

    /// All the fields that are not there.
    pub(super) fn missing(names: &[&str]) -> Self {
        let message = format!("Missing parameters: {}", names.join(", "));
        Self { status: StatusCode::BAD_REQUEST, message, code: MISSING_PARAMETERS }
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Your request was made with invalid credentials.")
    }

    /// The message is the platform's.
    fn too_many() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "Rate limit exceeded.")
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = Body {
            name: match self.status {
                StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
                status => status.canonical_reason().unwrap_or("Error"),
            },
            message: &self.message,
            code: self.code,
            status: self.status.as_u16(),
        };
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                response.extensions_mut().insert(Unrecognised(|| Failure::too_many().into_response()));
            }
            StatusCode::CONFLICT | StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            StatusCode::METHOD_NOT_ALLOWED => {
                headers.insert(ALLOW, HeaderValue::from_static("POST"));
            }
            _ => {}
        }
        response.extensions_mut().insert(Rule(self.message));
        response
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let bad = |message: String| Self::new(StatusCode::BAD_REQUEST, message);
        match error {
            Error::NotFound(what) => bad(format!("The {} does not exist.", object(&what.to_string()))),
            Error::Invalid { field, why } => Self::invalid(wire_name(field), &why.to_string()),
            Error::State(WrongState::Payment { is, wanted }) => bad(format!(
                "The checkout is {}, which does not allow this; it would have to be {}.",
                payment_is(is),
                payment_wanted(wanted)
            )),
            // This API has neither tokens nor credentials, and no card is put out of use by it.
            Error::State(state @ (WrongState::Token(_) | WrongState::CardRevoked | WrongState::Key(_))) => {
                bad(format!("This cannot be done: {state}."))
            }
            Error::Conflict(taken) => Self::invalid(wire_name(taken.field()), "is taken"),
            Error::Declined(decline) => bad(format!("The operation was declined: {}.", declined(decline))),
            Error::KeyReused => bad("The Idempotency-Key was used before with another body.".to_owned()),
            Error::KeySpent => {
                bad("The Idempotency-Key was used before for a customer who is gone.".to_owned())
            }
            Error::InFlight => Self::new(
                StatusCode::CONFLICT,
                "An earlier request for the same object is still being worked on.",
            ),
            Error::Unauthorized => Self::unauthorized(),
            Error::Forbidden(why) => Self::new(StatusCode::FORBIDDEN, format!("Not allowed: {why}.")),
            Error::Unsupported(why) => bad(format!("Not possible here: {why}.")),
            Error::Busy(why) => {
                tracing::warn!(why, "answered 503");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The server cannot take this now. Try again in a moment.",
                )
            }
            Error::Internal(why) => {
                tracing::error!(why, "answered 500");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "An internal server error occurred.")
            }
        }
    }
}

impl From<Misspelt> for Failure {
    fn from(Misspelt(fields): Misspelt) -> Self {
        let one = |field: &Misspelling| {
            let sent = if field.sent.is_empty() { "a name that is not shown" } else { &field.sent };
            format!("{sent} (did you mean {}?)", field.meant)
        };
        let all: Vec<String> = fields.iter().map(one).collect();
        Self::new(StatusCode::BAD_REQUEST, format!("Unknown parameters: {}", all.join(", ")))
    }
}

impl From<Flaw> for Failure {
    fn from(flaw: Flaw) -> Self {
        Self::new(StatusCode::BAD_REQUEST, json::words(&flaw))
    }
}

impl From<BadKey> for Failure {
    fn from(_: BadKey) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "The Idempotency-Key must be one value of 1 to 255 visible ASCII characters.",
        )
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        let (status, message) = match error {
            BodyError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than 65536 bytes."),
            BodyError::Torn => (StatusCode::REQUEST_TIMEOUT, "The body did not arrive whole and in time."),
            BodyError::Malformed => (StatusCode::BAD_REQUEST, "The chunks of the body are malformed."),
        };
        Self::new(status, message)
    }
}

pub(super) async fn not_found() -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "Page not found.")
}

pub(super) async fn method_not_allowed() -> Failure {
    Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "Method Not Allowed. This URL can only handle the following request methods: POST.",
    )
}

/// This API's word for an object of the domain.
fn object(what: &str) -> &str {
    if what == "payment" { "checkout" } else { what }
}

/// This API's name of a field of the domain.
const fn wire_name(field: Field) -> &'static str {
    match field {
        Field::Metadata => "metaData",
        Field::Details => "refundDetails",
        Field::Amount
        | Field::Card
        | Field::Currency
        | Field::Email
        | Field::Extras
        | Field::FrameOrigin
        | Field::HouseNumber
        | Field::LastName
        | Field::Reason
        | Field::Reference
        | Field::Sent(_) => field.name(),
    }
}

/// This API's words for where a payment is, in an error's sentence.
const fn payment_is(is: PaymentIs) -> &'static str {
    match is {
        PaymentIs::Status(Status::Pending) => "created",
        PaymentIs::Status(Status::Retryable | Status::Declined) => "failed",
        PaymentIs::Status(Status::Canceled) => "canceled",
        PaymentIs::Status(Status::Expired) | PaymentIs::PastItsTime => "revoked",
        PaymentIs::Status(Status::Authorized) => "reserved",
        PaymentIs::Status(Status::PartiallyCaptured) => "captured in part",
        PaymentIs::Status(Status::Captured) => "paid",
        PaymentIs::Status(Status::Voided) => "reserve released",
        PaymentIs::Status(Status::PartiallyRefunded) => "partialRefund",
        PaymentIs::Status(Status::Refunded) => "refunded",
        PaymentIs::Status(Status::Verified) => "verified",
        PaymentIs::Lapsed => "lapsed",
        PaymentIs::ChangedTooOften => "changed too often",
        PaymentIs::InOtherUnits => "in other units",
    }
}

/// Likewise for where it would have to be.
const fn payment_wanted(wanted: PaymentWanted) -> &'static str {
    match wanted {
        PaymentWanted::Open | PaymentWanted::Untried => "created",
        PaymentWanted::Reserved => "reserved",
        PaymentWanted::Refundable => "reserved, paid or partialRefund",
        PaymentWanted::Raisable => "reserved as a whole",
        PaymentWanted::BeingRaised => "being raised",
        PaymentWanted::FinishedWithTheRest => "finished with the rest",
        PaymentWanted::BeingAuthorized => "being authorized",
        PaymentWanted::BeingCaptured => "being captured",
        PaymentWanted::BeingVoided => "being released",
        PaymentWanted::BeingRefunded => "being refunded",
    }
}

/// Why a card's bank or the acquirer refused.
const fn declined(decline: Decline) -> &'static str {
    match decline {
        Decline::DoNotHonour => "the bank does not say why",
        Decline::InsufficientFunds => "there is not enough money on the account",
        Decline::ExpiredCard => "the card has expired",
        Decline::WrongSecurityCode => "the security code is wrong",
        Decline::ProcessingError => "something went wrong on the way",
        Decline::NotAuthenticated => "the buyer did not confirm at the bank",
    }
}
