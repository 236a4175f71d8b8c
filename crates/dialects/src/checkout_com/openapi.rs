//! What the API's OpenAPI document says beside the operations: its head, the idempotency key, and the errors that every
//! operation may answer. Requests and answers stand with their resources.

#![expect(dead_code, reason = "these types are read by the document's macros only")]

use utoipa::openapi::security::{
    ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme,
};
use utoipa::{IntoParams, IntoResponses, Modify, OpenApi};

use super::error::ProblemObject;

/// The document's head; the operations come from the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Checkout.com",
        version = "1",
        description = "Customers, their cards, tokens and payments, as Checkout.com's API has them. The secret key works with or without `Bearer` before \
            it; an OAuth client gets a token from `/connect/token`."
    ),
    components(schemas(ProblemObject<'static>)),
    modifiers(&Security),
    security(("secret_key" = []), ("oauth" = ["vault:customers"]))
)]
pub(super) struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The secret key, as kassa merchant create prints it."));
        components.add_security_scheme("secret_key", SecurityScheme::Http(key.build()));
        let scopes =
            Scopes::from_iter([("vault", "Customers and their cards"), ("vault:customers", "Customers")]);
        let flow = Flow::ClientCredentials(ClientCredentials::new("connect/token", scopes));
        components.add_security_scheme("oauth", SecurityScheme::OAuth2(OAuth2::new([flow])));
    }
}

/// The header that makes a write safe to send again.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct IdempotencyKey {
    /// A request that is sent again with its key gets the first answer, whatever its body, and is not carried out. For
    /// tokens only the same body does; any other body is another request.
    #[param(
        rename = "Cko-Idempotency-Key",
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]([ -~]*[!-~])?$"
    )]
    key: Option<String>,
}
/// What any operation may answer when it does not do what the client wants.
#[derive(IntoResponses)]
pub(super) enum Errors {
    /// The body is not JSON.
    #[response(status = 400)]
    Malformed(ProblemObject<'static>),
    /// No key or token, or one that is not valid here. No body.
    #[response(status = 401)]
    Unauthorized,
    /// The key or token is good, and not for this.
    #[response(status = 403)]
    Forbidden(ProblemObject<'static>),
    /// There is no such object. No body.
    #[response(status = 404)]
    NotFound,
    /// The body did not arrive whole within 30 seconds.
    #[response(status = 408)]
    Incomplete(ProblemObject<'static>),
    /// The body is larger than 64 KiB.
    #[response(status = 413)]
    TooLarge(ProblemObject<'static>),
    /// Fields are missing or wrong, or another customer has the e-mail address.
    #[response(status = 422)]
    Invalid(ProblemObject<'static>),
    /// An earlier request with the same idempotency key is still being worked on, one address asked for more than 100
    /// tokens in a minute with a public key, or too many wrong credentials came from this address.
    #[response(status = 429, headers(("Retry-After" = String)))]
    InFlight(ProblemObject<'static>),
    /// A fault of the server.
    #[response(status = 500)]
    Internal(ProblemObject<'static>),
    /// Nothing was done. It is safe to send the same request again with the same idempotency key.
    #[response(status = 503, headers(("Retry-After" = String)))]
    Busy(ProblemObject<'static>),
}

/// What an operation on a payment answers in place of what 403 is elsewhere.
#[derive(IntoResponses)]
#[response(
    status = 403,
    description = "The payment's state does not allow it (no body), or the key or token is not for this"
)]
pub(super) struct NotNow;
