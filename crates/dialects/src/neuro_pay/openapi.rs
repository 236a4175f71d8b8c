//! What the API's OpenAPI document says beside the answers: the bodies of requests, which are read field by field, and
//! the errors that every operation may answer.

#![expect(dead_code, reason = "these types are read by the document's macros only")]

use serde_json::Value;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi, ToSchema};

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
        let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The API key."));
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("api_key", SecurityScheme::Http(key.build()));
    }
}

#[derive(ToSchema)]
#[schema(example = json!({
    "amount": 24900, "currency": "SEK", "message": "Two tickets to Drottningholm",
    "returnUrl": "https://shop.example/thanks", "returnUrlCancel": "https://shop.example/cart",
}))]
pub(super) struct CreateCheckout {
    #[schema(minimum = 1, maximum = 999_999_999_999_i64)]
    amount: i64,
    /// ISO 4217, such as SEK.
    #[schema(pattern = "^[A-Za-z]{3}$", example = "SEK")]
    currency: String,
    /// What the buyer reads.
    #[schema(min_length = 1, max_length = 1000)]
    message: String,
    /// Where the buyer goes after the checkout.
    #[schema(format = "uri", max_length = 2048)]
    #[serde(rename = "returnUrl")]
    return_url: String,
    /// Where the buyer goes after giving up.
    #[schema(format = "uri", max_length = 2048)]
    #[serde(rename = "returnUrlCancel")]
    return_url_cancel: String,
    /// The merchant's own reference; the checkout's id where left out.
    #[schema(max_length = 255)]
    identifier: Option<String>,
    /// Whether a payment is captured at once. True where left out.
    capture: Option<bool>,
    /// Whether the buyer may save the card. True where left out; needs a customer.
    #[serde(rename = "allowSaveCard")]
    allow_save_card: Option<bool>,
    template: Option<Template>,
    #[schema(pattern = "^[0-9a-fA-F]{32}$")]
    customer_id: Option<String>,
    /// A saved card of the customer, which is charged without a page.
    #[schema(pattern = "^[0-9a-fA-F]{32}$")]
    card_id: Option<String>,
    #[schema(inline)]
    #[serde(rename = "metaData")]
    metadata: Option<Metadata>,
    /// Echoed; without effect here.
    #[serde(rename = "paymentMethods")]
    payment_methods: Option<Value>,
}

/// `iframe` shows the page without background and header.
#[derive(ToSchema)]
enum Template {
    #[serde(rename = "iframe")]
    Iframe,
}

/// An object; the old documents' arrays are taken too.
#[derive(ToSchema)]
#[serde(untagged)]
enum Metadata {
    #[schema(value_type = Object)]
    Object(Value),
    Entries(Vec<Value>),
}

#[derive(ToSchema)]
#[schema(example = json!({ "checkout_id": "0190a1b2c3d44e5f8a6b7c8d9e0f1a2b" }))]
pub(super) struct CheckoutId {
    #[schema(pattern = "^[0-9a-fA-F]{32}$")]
    checkout_id: String,
}

#[derive(ToSchema)]
#[schema(example = json!({
    "checkout_id": "0190a1b2c3d44e5f8a6b7c8d9e0f1a2b", "amount": 5000, "reason": "requested_by_customer",
}))]
pub(super) struct RefundCheckout {
    #[schema(pattern = "^[0-9a-fA-F]{32}$")]
    checkout_id: String,
    /// Everything where left out.
    #[schema(minimum = 1, maximum = 999_999_999_999_i64)]
    amount: Option<i64>,
    reason: Option<Reason>,
    #[schema(max_length = 1000)]
    #[serde(rename = "refundDetails")]
    details: Option<String>,
}

/// In the document's spelling, and in the dictionary's.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
enum Reason {
    Duplicate,
    RequestedByCustomer,
    Fraudolent,
    Fraudulent,
}

#[derive(ToSchema)]
#[schema(example = json!({
    "checkout_id": "0190a1b2c3d44e5f8a6b7c8d9e0f1a2b", "metaData": { "seat": "12B", "voucher": "" },
}))]
pub(super) struct UpdateCheckout {
    #[schema(pattern = "^[0-9a-fA-F]{32}$")]
    checkout_id: String,
    /// Merged by key; an empty value removes its key.
    #[schema(inline)]
    #[serde(rename = "metaData")]
    metadata: Changes,
}

/// An object, or a text that holds one.
#[derive(ToSchema)]
#[serde(untagged)]
enum Changes {
    #[schema(value_type = Object)]
    Object(Value),
    Entries(Vec<Value>),
    Text(String),
}

#[derive(ToSchema)]
#[schema(example = json!({
    "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "metaData": { "tier": "gold" },
}))]
pub(super) struct CreateCustomer {
    #[schema(min_length = 1, max_length = 255)]
    first_name: String,
    #[schema(min_length = 1, max_length = 255)]
    last_name: String,
    #[schema(format = Email, max_length = 255)]
    email: String,
    #[schema(inline)]
    #[serde(rename = "metaData")]
    metadata: Option<Metadata>,
}

#[derive(ToSchema)]
#[schema(example = json!({ "customer_id": "0190a1b2c3d44e5f8a6b7c8d9e0f1a2b" }))]
pub(super) struct CustomerId {
    #[schema(pattern = "^[0-9a-fA-F]{32}$")]
    customer_id: String,
}

/// What any operation may answer when it does not do what was asked.
#[derive(IntoResponses)]
pub(super) enum Errors {
    /// A field is missing or wrong, or what it names does not exist, or its state does not allow this.
    #[response(status = 400)]
    Invalid(Body<'static>),
    /// No API key, or one that is not valid here.
    #[response(status = 401, headers(("WWW-Authenticate" = String)))]
    Unauthorized(Body<'static>),
    /// The key is good, and not for this.
    #[response(status = 403)]
    Forbidden(Body<'static>),
    /// The body did not arrive whole within 30 seconds.
    #[response(status = 408)]
    Incomplete(Body<'static>),
    /// An earlier request for the same object, or with the same idempotency key, is still being worked on.
    #[response(status = 409, headers(("Retry-After" = String)))]
    InFlight(Body<'static>),
    /// The body is larger than 64 KiB.
    #[response(status = 413)]
    TooLarge(Body<'static>),
    /// Too many wrong credentials came from this address.
    #[response(status = 429, headers(("Retry-After" = String)))]
    TooMany(Body<'static>),
    /// A fault of ours.
    #[response(status = 500)]
    Internal(Body<'static>),
    /// Nothing was done, or what was done is not known yet. The same request with the same idempotency key is safe.
    #[response(status = 503, headers(("Retry-After" = String)))]
    Busy(Body<'static>),
}
