//! Errors as Laravel writes them: `message`, and `errors` by field when a value is wrong.
//!
//! The documents show no error at all; the shapes are those of the framework's defaults (see the fidelity notes).

use axum::Json;
use axum::http::header::{ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use domain::Error;
use domain::card::holds_card_number;
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::BodyError;
use crate::client::Unrecognised;
use crate::headers::BadKey;
use crate::json::Flaw;
use crate::problems::Problems;
use crate::refused::Rule;
use crate::warnings::Misspelt;

/// The methods of `/customers`, in the framework's order.
const OF_ALL: &str = "GET, HEAD, POST, PUT, PATCH";
/// The methods of `/customers/{id}`.
const OF_ONE: &str = "GET, HEAD, PUT, PATCH";

/// An error on its way out.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    message: String,
    problems: Problems,
    allow: Option<&'static str>,
    /// Whether the message tells a path that is not there, which may name anything.
    tells_path: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Error, example = json!({ "message": "The email field is required.", "errors": { "email": ["The email field is required."] } }))]
pub(super) struct Body<'a> {
    #[schema(extensions(("x-fidelity" = json!("ours – no document shows an error; so the vendor's framework, with `errors` for wrong fields"))))]
    message: &'a str,
    /// Sentences by field, for wrong fields alone.
    #[serde(skip_serializing_if = "Problems::is_empty")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Vec<String>>>, nullable = false)]
    errors: &'a Problems,
}

/// The message is the first sentence, and how many more there are.
impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        let first = problems.sentences().next().unwrap_or("The given data was invalid.");
        let message = match problems.sentences().len() {
            0 | 1 => first.to_owned(),
            2 => format!("{first} (and 1 more error)"),
            all => format!("{first} (and {} more errors)", all - 1),
        };
        Self { problems, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, message) }
    }
}

impl Failure {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            problems: Problems::default(),
            allow: None,
            tells_path: false,
        }
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthenticated.")
    }

    /// The message is the framework's.
    fn too_many() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "Too Many Attempts.")
    }

    fn about_key(sentence: impl Into<String>) -> Self {
        Problems::of("Idempotency-Key", sentence).into()
    }

    fn method(method: &Method, uri: &Uri, supported: &'static str) -> Self {
        let message = format!("The {method} method is not supported for route {}.", route(uri));
        let known = if holds_card_number(&message) { "The method is not supported." } else { &message };
        let message = format!("{known} Supported methods: {supported}.");
        Self {
            allow: Some(supported),
            tells_path: true,
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, message)
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = Body { message: &self.message, errors: &self.problems };
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
            _ => {}
        }
        // Of a wrong method, too, the message tells the path.
        let rule = match self.allow {
            Some(allow) => {
                response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
                format!("The methods are {allow}.")
            }
            None if self.tells_path => "There is no such route.".to_owned(),
            None => self.message,
        };
        response.extensions_mut().insert(Rule(rule));
        response
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(what) => Self::new(StatusCode::NOT_FOUND, sentence(&format!("{what} not found"))),
            Error::Invalid { field, why } => Problems::invalid(field, &why).into(),
            Error::Conflict(taken) => Problems::taken(taken).into(),
            // This API changes customers alone, which have no states, and asks no acquirer.
            Error::State(state) => Self::about_key(format!("This cannot be done: {state}.")),
            Error::Declined(_) => Self::about_key("The operation was declined."),
            Error::KeyReused => {
                Self::about_key("The Idempotency-Key has already been used with another body.")
            }
            Error::KeySpent => {
                Self::about_key("The Idempotency-Key has already been used for a customer who is gone.")
            }
            Error::InFlight => {
                Self::new(StatusCode::CONFLICT, "An earlier request with this key is still being worked on.")
            }
            Error::Unauthorized => Self::unauthorized(),
            Error::Forbidden(why) => Self::new(StatusCode::FORBIDDEN, sentence(why)),
            Error::Unsupported(why) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, sentence(why)),
            Error::Busy(why) => {
                tracing::warn!(why, "answered 503");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
            Error::Internal(why) => {
                tracing::error!(why, "answered 500");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Server Error")
            }
        }
    }
}

impl From<Misspelt> for Failure {
    fn from(misspelt: Misspelt) -> Self {
        Problems::from(misspelt).into()
    }
}

impl From<Flaw> for Failure {
    fn from(flaw: Flaw) -> Self {
        let message = match flaw {
            Flaw::Malformed(_) => "The request body is not valid JSON.",
            Flaw::TooDeep => "The request body is nested too deeply.",
            // The key is not repeated, because it may be anything.
            Flaw::Duplicate => "The request body names a key twice.",
            Flaw::NotAnObject => "The request body is not a JSON object.",
        };
        Self::new(StatusCode::BAD_REQUEST, message)
    }
}

impl From<BadKey> for Failure {
    fn from(_: BadKey) -> Self {
        Self::about_key("The Idempotency-Key must be one value of 1 to 255 visible ASCII characters.")
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        let (status, message) = match error {
            BodyError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The POST data is too large."),
            BodyError::Torn => (StatusCode::REQUEST_TIMEOUT, "The body did not arrive whole and in time."),
            BodyError::Malformed => (StatusCode::BAD_REQUEST, "The chunks of the body are malformed."),
        };
        Self::new(status, message)
    }
}

pub(super) async fn not_found(uri: Uri) -> Failure {
    let message = format!("The route {} could not be found.", route(&uri));
    let message = if holds_card_number(&message) { "The route could not be found." } else { &message };
    Failure { tells_path: true, ..Failure::new(StatusCode::NOT_FOUND, message) }
}

pub(super) async fn not_a_method_of_all(method: Method, uri: Uri) -> Failure {
    Failure::method(&method, &uri, OF_ALL)
}

pub(super) async fn not_a_method_of_one(method: Method, uri: Uri) -> Failure {
    Failure::method(&method, &uri, OF_ONE)
}

/// A path as the framework names it: without the slash in front.
fn route(uri: &Uri) -> &str {
    match uri.path().trim_start_matches('/') {
        "" => "/",
        path => path,
    }
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}
