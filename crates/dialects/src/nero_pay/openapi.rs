//! What the API's OpenAPI document says beside queries, bodies and answers: its head, the headers of requests, and the
//! errors that every operation may answer.

#![expect(dead_code, reason = "these types are read by the document's macros only")]

use serde_json::json;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoParams, IntoResponses, Modify, OpenApi};

use super::error::ErrorEnvelope;
use crate::openapi::PRE_REQUEST;

/// The document's head; the operations come from the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "NeroPay",
        version = "2",
        description = "Customers and categories, as NeroPay's API has them. Reads need the secret key alone. POST and \
            PATCH are signed as well: `X-NeroPay-Signature` is the hex of HMAC-SHA256 under the secret key over the \
            timestamp, a dot and the bytes of the body. This line computes it:\n\n\
            ```sh\nprintf '%s.%s' \"$TIME\" \"$BODY\" | openssl dgst -sha256 -hmac \"$SECRET_KEY\" | sed 's/^.* //'\n```\n\n\
            `TIME` is `date +%s`, which goes into `X-NeroPay-Timestamp`. The Postman collection signs by itself."
    ),
    components(schemas(ErrorEnvelope<'static>)),
    modifiers(&Security),
    security(("secret_key" = []))
)]
pub(super) struct Document;

/// Signs a request in Postman: the key is the one that the collection's bearer token names. The body is sent as it was
/// signed, because a variable in it may have another value each time that it is read.
const SIGN: [&str; 10] = [
    "if (['POST', 'PATCH'].includes(pm.request.method)) {",
    "  const { HmacSHA256 } = require('crypto-js');",
    "  const timestamp = Math.floor(Date.now() / 1000).toString();",
    "  const body = pm.variables.replaceIn(pm.request.body.raw);",
    "  pm.request.body.raw = body;",
    "  const key = pm.variables.replaceIn('{{secret_key}}');",
    "  const signature = HmacSHA256(timestamp + '.' + body, key).toString();",
    "  pm.request.headers.upsert({ key: 'X-NeroPay-Timestamp', value: timestamp });",
    "  pm.request.headers.upsert({ key: 'X-NeroPay-Signature', value: signature });",
    "}",
];

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The secret key, as kassa merchant create prints it."));
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("secret_key", SecurityScheme::Http(key.build()));
        openapi.extensions = Some(Extensions::builder().add(PRE_REQUEST, json!(SIGN)).build());
    }
}

/// The merchant's own account, which a request may name.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct Account {
    #[param(rename = "NeroPay-Account", pattern = "^NP[0-9A-F]{8}_[0-9]+$")]
    account: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct Signature {
    /// Seconds since 1970, at most 300 away from now.
    #[param(rename = "X-NeroPay-Timestamp", pattern = "^[0-9]+$")]
    timestamp: String,
    /// The hex of HMAC-SHA256 under the secret key over the timestamp, a dot and the body.
    #[param(rename = "X-NeroPay-Signature", pattern = "^[0-9a-fA-F]{64}$")]
    signature: String,
}

/// A deletion need not be signed.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct OptionalSignature {
    #[param(rename = "X-NeroPay-Timestamp", pattern = "^[0-9]+$")]
    timestamp: Option<String>,
    #[param(rename = "X-NeroPay-Signature", pattern = "^[0-9a-fA-F]{64}$")]
    signature: Option<String>,
}

/// What any operation may answer when it does not do what the client wants.
#[derive(IntoResponses)]
pub(super) enum Errors {
    /// The chunks of the body are malformed.
    #[response(status = 400)]
    Malformed(ErrorEnvelope<'static>),
    /// The key is missing or wrong (`authentication_failed`), or the signature is (`invalid_signature`).
    #[response(status = 401, headers(("WWW-Authenticate" = String)))]
    Unauthorized(ErrorEnvelope<'static>),
    /// There is no such account or object, or the merchant has this switched off.
    #[response(status = 404)]
    NotFound(ErrorEnvelope<'static>),
    /// The body did not arrive whole within 30 seconds.
    #[response(status = 408)]
    Incomplete(ErrorEnvelope<'static>),
    /// The idempotency key was used with another body or for a customer who is gone, or its first request is still being worked on.
    #[response(status = 409, headers(("Retry-After" = String)))]
    Conflict(ErrorEnvelope<'static>),
    /// The body is larger than 64 KiB.
    #[response(status = 413)]
    TooLarge(ErrorEnvelope<'static>),
    /// The body is not a JSON object, or fields are missing or wrong.
    #[response(status = 422)]
    Invalid(ErrorEnvelope<'static>),
    /// Too many wrong credentials or signatures came from this address (`rate_limited`).
    #[response(status = 429, headers(("Retry-After" = String)))]
    TooMany(ErrorEnvelope<'static>),
    /// A fault of the server.
    #[response(status = 500)]
    Internal(ErrorEnvelope<'static>),
    /// Nothing was done. It is safe to send the same request again with the same idempotency key.
    #[response(status = 503, headers(("Retry-After" = String)))]
    Busy(ErrorEnvelope<'static>),
}
