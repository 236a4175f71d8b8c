//! What the API's OpenAPI document says beside the answers: the bodies of requests, which are read field by field, and
//! the errors that every operation may answer.

#![expect(dead_code, reason = "these types are read by the document's macros only")]

use serde_json::Value;
use utoipa::openapi::security::{
    ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme,
};
use utoipa::{IntoParams, IntoResponses, Modify, OpenApi, ToSchema};

use super::wire::ProblemObject;

/// The document's head; the operations come from the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Checkout.com",
        version = "1",
        description = "Customers, as Checkout.com's API has them. The secret key works with or without `Bearer` before \
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
        let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The secret key."));
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
    /// A request that is sent again with its key gets the first answer, whatever its body, and is not carried out.
    #[param(rename = "Cko-Idempotency-Key", min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    key: Option<String>,
}

#[derive(ToSchema)]
#[schema(example = json!({
    "email": "brucewayne@gmail.com", "name": "Bruce Wayne",
    "phone": { "country_code": "+1", "number": "415 555 2671" }, "metadata": { "coupon_code": "NY2018" },
}))]
pub(super) struct CreateCustomer {
    #[schema(format = Email, min_length = 3, max_length = 255)]
    email: String,
    #[schema(max_length = 255)]
    name: Option<String>,
    phone: Option<PhoneSent>,
    /// At most 10 pairs, keys and values of at most 100 characters. Replaced as a whole.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
}

/// What is left out stays as it is; null clears.
#[derive(ToSchema)]
#[schema(example = json!({ "name": "Bruce Wayne", "metadata": { "coupon_code": "NY2019" } }))]
pub(super) struct UpdateCustomer {
    /// Cannot be cleared.
    #[schema(format = Email, min_length = 3, max_length = 255, nullable = false)]
    email: Option<String>,
    #[schema(max_length = 255)]
    name: Option<String>,
    phone: Option<PhoneSent>,
    /// At most 10 pairs, keys and values of at most 100 characters. Replaced as a whole.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
    /// The instrument that shall be the default.
    #[schema(pattern = "^src_[a-z2-7]{26}$")]
    default: Option<String>,
    /// Instruments of the customer.
    #[schema(value_type = Option<Vec<String>>)]
    instruments: Option<Vec<String>>,
}

#[derive(ToSchema)]
#[schema(as = PhoneSent)]
pub(super) struct PhoneSent {
    #[schema(min_length = 1, max_length = 7)]
    country_code: Option<String>,
    #[schema(min_length = 6, max_length = 25)]
    number: Option<String>,
}

#[derive(ToSchema)]
#[schema(example = json!({
    "grant_type": "client_credentials", "client_id": "ack_…", "client_secret": "…", "scope": "vault:customers",
}))]
pub(super) struct TokenWanted {
    grant_type: GrantType,
    /// Here, or in HTTP Basic.
    client_id: Option<String>,
    client_secret: Option<String>,
    /// Words with spaces between them; `vault` where left out.
    scope: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
enum GrantType {
    ClientCredentials,
}

/// What any operation may answer when it does not do what was asked.
#[derive(IntoResponses)]
pub(super) enum Errors {
    /// The body is not JSON.
    #[response(status = 400, headers(("Cko-Request-Id" = String), ("Cko-Version" = String)))]
    Malformed(ProblemObject<'static>),
    /// No key or token, or one that is not valid here. No body.
    #[response(status = 401, headers(("Cko-Request-Id" = String), ("Cko-Version" = String)))]
    Unauthorized,
    /// The key or token is good, and not for this.
    #[response(status = 403, headers(("Cko-Request-Id" = String), ("Cko-Version" = String)))]
    Forbidden(ProblemObject<'static>),
    /// There is no such object. No body.
    #[response(status = 404, headers(("Cko-Request-Id" = String), ("Cko-Version" = String)))]
    NotFound,
    /// The body did not arrive whole within 30 seconds.
    #[response(status = 408, headers(("Cko-Request-Id" = String), ("Cko-Version" = String)))]
    Incomplete(ProblemObject<'static>),
    /// The body is larger than 64 KiB.
    #[response(status = 413, headers(("Cko-Request-Id" = String), ("Cko-Version" = String)))]
    TooLarge(ProblemObject<'static>),
    /// Fields are missing or wrong, or the e-mail address is taken.
    #[response(status = 422, headers(("Cko-Request-Id" = String), ("Cko-Version" = String)))]
    Invalid(ProblemObject<'static>),
    /// An earlier request with the same idempotency key is still being worked on.
    #[response(
        status = 429,
        headers(("Retry-After" = String), ("Cko-Request-Id" = String), ("Cko-Version" = String))
    )]
    InFlight(ProblemObject<'static>),
    /// A fault of ours.
    #[response(status = 500, headers(("Cko-Request-Id" = String), ("Cko-Version" = String)))]
    Internal(ProblemObject<'static>),
    /// Nothing was done. The same request with the same idempotency key is safe.
    #[response(
        status = 503,
        headers(("Retry-After" = String), ("Cko-Request-Id" = String), ("Cko-Version" = String))
    )]
    Busy(ProblemObject<'static>),
}
