//! What the API's OpenAPI document says beside queries and bodies: its head, lists, whose two forms it tells as one, and the
//! errors that every operation may answer.

#![expect(dead_code, reason = "these types are read by the document's macros only")]

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi, ToSchema};

use super::error::Body;
use super::wire::CustomerObject;

/// The document's head; the operations come from the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Neopay",
        version = "1",
        description = "Customers, as Neopay's API has them. The token works with or without `Bearer` before it, and \
            only together with the key of its application."
    ),
    components(schemas(Body<'static>)),
    modifiers(&Security),
    security(("token" = [], "app_key" = []))
)]
pub(super) struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The token, as kassa merchant create prints it."))
            .build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        let key = ApiKeyValue::with_description("x-app-key", "The key of the token's application.");
        components.add_security_scheme("app_key", SecurityScheme::ApiKey(ApiKey::Header(key)));
    }
}

#[derive(ToSchema)]
pub(super) struct Customers<'a> {
    customers: Part<'a>,
}

/// Customers, newest first. The fields about pages are present where the request names a page.
#[derive(ToSchema)]
pub(super) struct Part<'a> {
    /// At most 1,000.
    data: Vec<CustomerObject<'a>>,
    #[schema(extensions(("x-fidelity" = json!("ours – in the words of the vendor's framework, as are the other fields of a page: `first_page_url`, `from`, `path`, `per_page`, `prev_page_url` and `to`"))))]
    current_page: Option<u32>,
    first_page_url: Option<String>,
    from: Option<u32>,
    #[schema(extensions(("x-fidelity" = json!("ours – as `current_page`; also where there are more than 1,000"))))]
    next_page_url: Option<String>,
    path: Option<String>,
    per_page: Option<u32>,
    prev_page_url: Option<String>,
    to: Option<u32>,
}

/// What any operation may answer when it does not do what the client wants.
#[derive(IntoResponses)]
pub(super) enum Errors {
    /// The body is not a JSON object.
    #[response(status = 400)]
    Malformed(Body<'static>),
    /// No token, or one that does not belong to the application key.
    #[response(status = 401, headers(("WWW-Authenticate" = String)))]
    Unauthorized(Body<'static>),
    /// The token is good, and not for this.
    #[response(status = 403)]
    Forbidden(Body<'static>),
    /// There is no such customer.
    #[response(status = 404)]
    NotFound(Body<'static>),
    /// The body did not arrive whole within 30 seconds.
    #[response(status = 408)]
    Incomplete(Body<'static>),
    /// An earlier request with the same idempotency key is still being worked on.
    #[response(status = 409, headers(("Retry-After" = String)))]
    InFlight(Body<'static>),
    /// The body is larger than 64 KiB.
    #[response(status = 413)]
    TooLarge(Body<'static>),
    /// Fields are missing or wrong, or another customer has the e-mail address.
    #[response(status = 422)]
    Invalid(Body<'static>),
    /// Too many wrong credentials came from this address.
    #[response(status = 429, headers(("Retry-After" = String)))]
    TooMany(Body<'static>),
    /// A fault of the server.
    #[response(status = 500)]
    Internal(Body<'static>),
    /// Nothing was done. It is safe to send the same request again.
    #[response(status = 503, headers(("Retry-After" = String)))]
    Busy(Body<'static>),
}
