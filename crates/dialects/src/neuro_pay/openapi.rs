//! What the API's OpenAPI document says beside the bodies and the answers: its head, and the errors that every operation
//! may answer.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi};

use super::error::Body;

/// The document's head; the operations come from the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Neuro-Pay",
        version = "1",
        description = "Checkouts and their customers, as Neuro-Pay's checkout API has them. Every call is a POST with \
            a JSON object; ids stand in the body. Amounts are integers in the currency's smallest unit, times are UTC."
    ),
    components(schemas(Body<'static>)),
    modifiers(&Security),
    security(("api_key" = []))
)]
pub(super) struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The API key, as kassa merchant create prints it."));
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("api_key", SecurityScheme::Http(key.build()));
    }
}

/// What any operation may answer when it does not do what the client wants.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the type is read by the document's macros only")]
pub(super) enum Errors {
    /// A field is missing or wrong, or what it names does not exist, or its state does not allow this.
    #[response(status = 400,
        example = json!({ "name": "Bad Request", "message": "Missing parameters: currency, message", "code": 23, "status": 400 }))]
    Invalid(Body<'static>),
    /// No API key, or one that is not valid here.
    #[response(status = 401, headers(("WWW-Authenticate" = String)),
        example = json!({ "name": "Unauthorized", "message": "Your request was made with invalid credentials.", "code": 0, "status": 401 }))]
    Unauthorized(Body<'static>),
    /// The key is good, and not for this.
    #[response(status = 403)]
    Forbidden(Body<'static>),
    /// The body did not arrive whole within 30 seconds.
    #[response(status = 408,
        example = json!({ "name": "Request Timeout", "message": "The body did not arrive whole and in time.", "code": 0, "status": 408 }))]
    Incomplete(Body<'static>),
    /// An earlier request for the same object, or with the same idempotency key, is still being worked on.
    #[response(status = 409, headers(("Retry-After" = String)),
        example = json!({ "name": "Conflict", "message": "An earlier request for the same object is still being worked on.", "code": 0, "status": 409 }))]
    InFlight(Body<'static>),
    /// The body is larger than 64 KiB.
    #[response(status = 413,
        example = json!({ "name": "Request Entity Too Large", "message": "The body is larger than 65536 bytes.", "code": 0, "status": 413 }))]
    TooLarge(Body<'static>),
    /// Too many wrong credentials came from this address.
    #[response(status = 429, headers(("Retry-After" = String)),
        example = json!({ "name": "Too Many Requests", "message": "Rate limit exceeded.", "code": 0, "status": 429 }))]
    TooMany(Body<'static>),
    /// A fault of the server.
    #[response(status = 500,
        example = json!({ "name": "Internal Server Error", "message": "An internal server error occurred.", "code": 0, "status": 500 }))]
    Internal(Body<'static>),
    /// Nothing was done, or what was done is not known yet. It is safe to send the same request again with the same idempotency key.
    #[response(status = 503, headers(("Retry-After" = String)),
        example = json!({ "name": "Service Unavailable", "message": "The server cannot take this now. Try again in a moment.", "code": 0, "status": 503 }))]
    Busy(Body<'static>),
}
