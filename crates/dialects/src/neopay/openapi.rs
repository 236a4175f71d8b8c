//! What the API's OpenAPI document says beside the answers: queries and bodies of requests, which are read field by
//! field, and the errors that every operation may answer.

#![expect(dead_code, reason = "these types are read by the document's macros only")]

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoParams, IntoResponses, Modify, OpenApi, ToSchema};

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
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The token.")).build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        let key = ApiKeyValue::with_description("x-app-key", "The key of the token's application.");
        components.add_security_scheme("app_key", SecurityScheme::ApiKey(ApiKey::Header(key)));
    }
}

/// Without `page` and `per_page` the newest 1,000 customers come at once.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct List {
    /// The whole e-mail address, in any case.
    #[param(max_length = 255)]
    email: Option<String>,
    /// What the name contains, in any case.
    #[param(max_length = 255)]
    name: Option<String>,
    #[param(minimum = 1, maximum = 1_000_000_000)]
    page: Option<u32>,
    /// 15 where left out.
    #[param(minimum = 1, maximum = 100)]
    per_page: Option<u32>,
}

#[derive(ToSchema)]
pub(super) struct Customers<'a> {
    customers: Part<'a>,
}

/// Customers, newest first. The fields about pages are there where pages were asked for.
#[derive(ToSchema)]
pub(super) struct Part<'a> {
    data: Vec<CustomerObject<'a>>,
    current_page: Option<u32>,
    first_page_url: Option<String>,
    from: Option<u32>,
    next_page_url: Option<String>,
    path: Option<String>,
    per_page: Option<u32>,
    prev_page_url: Option<String>,
    to: Option<u32>,
}

/// Texts are trimmed; an empty one is null.
#[derive(ToSchema)]
#[schema(example = json!({
    "name": "Marie Curie", "email": "marie@example.com", "phone": "+33 1 23 45 67 89", "city": "Paris",
    "country": "FR", "zip_code": "75005", "street": "Rue Cuvier", "house_number": "12", "currency": "EUR",
}))]
pub(super) struct CreateCustomer {
    #[schema(format = Email, min_length = 3, max_length = 255)]
    email: String,
    #[serde(flatten)]
    details: Details,
}

#[derive(ToSchema)]
pub(super) struct Details {
    #[schema(max_length = 255)]
    name: Option<String>,
    #[schema(max_length = 255)]
    phone: Option<String>,
    #[schema(max_length = 255)]
    city: Option<String>,
    #[schema(max_length = 255)]
    state: Option<String>,
    #[schema(pattern = "^[A-Za-z]{2}$")]
    country: Option<String>,
    #[schema(max_length = 255)]
    zip_code: Option<String>,
    #[schema(max_length = 255)]
    street: Option<String>,
    #[schema(max_length = 255)]
    house_number: Option<String>,
    #[schema(pattern = "^[A-Za-z]{3}$")]
    currency: Option<String>,
    #[schema(max_length = 255)]
    tax_number: Option<String>,
    #[schema(max_length = 255)]
    company_number: Option<String>,
}

/// What is left out stays as it is; null clears.
#[derive(ToSchema)]
#[schema(example = json!({ "city": "Lyon", "zip_code": "69001" }))]
pub(super) struct UpdateCustomer {
    /// The id of the path, if it is repeated.
    #[schema(format = "uuid")]
    id: Option<String>,
    /// Cannot be cleared.
    #[schema(format = Email, min_length = 3, max_length = 255, nullable = false)]
    email: Option<String>,
    #[serde(flatten)]
    details: Details,
}

/// The customer is named by `id`, or else by `email`. What is left out stays as it is; null clears.
#[derive(ToSchema)]
#[schema(example = json!({ "email": "marie@example.com", "city": "Lyon" }))]
pub(super) struct UpdateNamedCustomer {
    #[schema(format = "uuid")]
    id: Option<String>,
    /// Beside an `id` this is the new address.
    #[schema(format = Email, min_length = 3, max_length = 255, nullable = false)]
    email: Option<String>,
    #[serde(flatten)]
    details: Details,
}

/// What any operation may answer when it does not do what was asked.
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
    /// Fields are missing or wrong, or the e-mail address is taken.
    #[response(status = 422)]
    Invalid(Body<'static>),
    /// Too many wrong credentials came from this address.
    #[response(status = 429, headers(("Retry-After" = String)))]
    TooMany(Body<'static>),
    /// A fault of ours.
    #[response(status = 500)]
    Internal(Body<'static>),
    /// Nothing was done. The same request is safe.
    #[response(status = 503, headers(("Retry-After" = String)))]
    Busy(Body<'static>),
}
