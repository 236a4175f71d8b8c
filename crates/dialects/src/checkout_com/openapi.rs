//! What the API's OpenAPI document says beside the answers: the bodies of requests, which are read field by field, and
//! the errors that every operation may answer.

#![expect(dead_code, reason = "these types are read by the document's macros only")]

use serde_json::Value;
use utoipa::openapi::security::{
    ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme,
};
use utoipa::{IntoParams, IntoResponses, Modify, OpenApi, ToSchema};

use super::answer::ProblemObject;
use super::holder::{Address, PhoneParts};

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
    /// A request that is sent again with its key gets the first answer, whatever its body, and is not carried out. For
    /// tokens only the same body does; any other is a request of its own.
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
    phone: Option<PhoneParts>,
    /// At most 10 pairs, keys and values of at most 100 characters. Replaced as a whole.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
    /// The instrument that shall be the default: one of nobody's yet.
    #[schema(pattern = "^src_[a-z2-7]{26}$")]
    default: Option<String>,
    /// Instruments that shall be the customer's; ignored without `default`.
    instruments: Option<Vec<String>>,
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
    phone: Option<PhoneParts>,
    /// At most 10 pairs, keys and values of at most 100 characters. Replaced as a whole.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
    /// The instrument that shall be the default: the customer's, or nobody's yet.
    #[schema(pattern = "^src_[a-z2-7]{26}$")]
    default: Option<String>,
    /// Instruments that shall be the customer's.
    instruments: Option<Vec<String>>,
}

/// Where a card comes from: the buyer, or the buyer's wallet.
#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
enum TokenType {
    Card,
    ApplePay,
    GooglePay,
}

#[derive(ToSchema)]
#[schema(example = json!({
    "type": "card", "number": "4242424242424242", "expiry_month": 12, "expiry_year": 2030, "cvv": "100",
    "name": "Bruce Wayne",
}))]
pub(super) struct TokenRequest {
    #[serde(rename = "type")]
    kind: TokenType,
    /// For a card.
    number: Option<String>,
    #[schema(minimum = 1, maximum = 12)]
    expiry_month: Option<i32>,
    #[schema(minimum = 2000, maximum = 2099)]
    expiry_year: Option<i32>,
    #[schema(pattern = "^[0-9]{3,4}$")]
    cvv: Option<String>,
    #[schema(max_length = 255)]
    name: Option<String>,
    billing_address: Option<Address>,
    phone: Option<PhoneParts>,
    /// For a wallet, in test mode.
    #[schema(value_type = Option<Object>)]
    token_data: Option<Value>,
}

#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
enum InstrumentType {
    Token,
    Card,
}

#[derive(ToSchema)]
#[schema(example = json!({
    "type": "card", "number": "4242424242424242", "expiry_month": 12, "expiry_year": 2030,
    "account_holder": { "first_name": "Bruce", "last_name": "Wayne" },
    "customer": { "email": "brucewayne@gmail.com", "default": true },
}))]
pub(super) struct CreateInstrument {
    #[serde(rename = "type")]
    kind: InstrumentType,
    /// For a token.
    token: Option<String>,
    /// For a card.
    number: Option<String>,
    #[schema(minimum = 1, maximum = 12)]
    expiry_month: Option<i32>,
    #[schema(minimum = 2000, maximum = 2099)]
    expiry_year: Option<i32>,
    #[schema(max_length = 255)]
    name: Option<String>,
    account_holder: Option<AccountHolderSent>,
    customer: Option<InstrumentOwner>,
}

#[derive(ToSchema)]
pub(super) struct AccountHolderSent {
    #[schema(max_length = 255)]
    first_name: Option<String>,
    #[schema(max_length = 255)]
    last_name: Option<String>,
    billing_address: Option<Address>,
    phone: Option<PhoneParts>,
}

/// Whose it is: the customer of the id or the address, who is made if the address is new.
#[derive(ToSchema)]
pub(super) struct InstrumentOwner {
    #[schema(pattern = "^cus_[a-z2-7]{26}$")]
    id: Option<String>,
    #[schema(format = Email, max_length = 255)]
    email: Option<String>,
    /// Of a new customer.
    #[schema(max_length = 255)]
    name: Option<String>,
    /// Of a new customer.
    phone: Option<PhoneParts>,
    default: Option<bool>,
}

/// What is left out stays as it is.
#[derive(ToSchema)]
#[schema(example = json!({ "expiry_month": 10, "expiry_year": 2031, "name": "Bruce Wayne" }))]
pub(super) struct UpdateInstrument {
    #[serde(rename = "type")]
    kind: Option<InstrumentType>,
    /// Puts this card behind the id.
    token: Option<String>,
    #[schema(minimum = 1, maximum = 12)]
    expiry_month: Option<i32>,
    #[schema(minimum = 2000, maximum = 2099)]
    expiry_year: Option<i32>,
    #[schema(max_length = 255)]
    name: Option<String>,
    account_holder: Option<AccountHolderSent>,
    customer: Option<NewOwner>,
}

#[derive(ToSchema)]
pub(super) struct NewOwner {
    #[schema(pattern = "^cus_[a-z2-7]{26}$")]
    id: Option<String>,
    default: Option<bool>,
}

#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
enum SourceType {
    Token,
    Card,
    Id,
    Customer,
}

/// What is charged: a token, a card, an instrument, or a customer's default instrument.
#[derive(ToSchema)]
pub(super) struct PaymentSourceSent {
    #[serde(rename = "type")]
    kind: SourceType,
    token: Option<String>,
    /// Of an instrument, or of a customer.
    id: Option<String>,
    number: Option<String>,
    #[schema(minimum = 1, maximum = 12)]
    expiry_month: Option<i32>,
    #[schema(minimum = 2000, maximum = 2099)]
    expiry_year: Option<i32>,
    #[schema(pattern = "^[0-9]{3,4}$")]
    cvv: Option<String>,
    #[schema(max_length = 255)]
    name: Option<String>,
    billing_address: Option<Address>,
    phone: Option<PhoneParts>,
    /// Whether the card is saved when the payment is approved. True where it is left out, but for a customer whom an e-mail
    /// address finds: there the card can be charged by its id and is in no list, and with true it is listed and not the
    /// default.
    store_for_future_use: Option<bool>,
}

#[derive(ToSchema)]
#[schema(example = json!({
    "source": { "type": "card", "number": "4242424242424242", "expiry_month": 12, "expiry_year": 2030, "cvv": "100" },
    "amount": 6540, "currency": "USD", "reference": "ORD-5023-4E89", "capture": false,
    "customer": { "email": "brucewayne@gmail.com", "name": "Bruce Wayne" },
}))]
pub(super) struct RequestPayment {
    source: PaymentSourceSent,
    /// In the currency's smallest unit; zero, or left out, verifies the card. In test mode amounts that end in 05, 12,
    /// 14, 51, 54, 57, 59, 61 or 62 are declined.
    #[schema(minimum = 0, maximum = 999_999_999_999_i64)]
    amount: Option<i64>,
    /// ISO 4217, such as USD.
    #[schema(pattern = "^[A-Za-z]{3}$", example = "USD")]
    currency: String,
    payment_type: Option<PaymentType>,
    #[schema(max_length = 50)]
    reference: Option<String>,
    #[schema(max_length = 100)]
    description: Option<String>,
    /// True where it is left out.
    capture: Option<bool>,
    /// When it is captured by itself.
    #[schema(format = DateTime)]
    capture_on: Option<String>,
    customer: Option<InstrumentOwner>,
    #[serde(rename = "3ds")]
    three_ds: Option<ThreeDsSent>,
    /// Where the buyer goes from the card's bank.
    #[schema(format = "uri", max_length = 2048)]
    success_url: Option<String>,
    #[schema(format = "uri", max_length = 2048)]
    failure_url: Option<String>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
}

#[derive(ToSchema)]
enum PaymentType {
    Regular,
    Recurring,
    #[serde(rename = "MOTO")]
    Moto,
    Installment,
    Unscheduled,
}

#[derive(ToSchema)]
pub(super) struct ThreeDsSent {
    /// The buyer has to confirm at the card's bank.
    enabled: Option<bool>,
}

#[derive(ToSchema)]
enum CaptureType {
    NonFinal,
    Final,
}

#[derive(ToSchema)]
#[schema(example = json!({ "amount": 6540, "reference": "ORD-5023-4E89" }))]
pub(super) struct CapturePayment {
    /// All that is left where it is left out.
    #[schema(minimum = 1, maximum = 999_999_999_999_i64)]
    amount: Option<i64>,
    /// A Final capture releases what it leaves.
    capture_type: Option<CaptureType>,
    #[schema(max_length = 50)]
    reference: Option<String>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
}

#[derive(ToSchema)]
#[schema(example = json!({ "amount": 540, "reference": "ORD-5023-4E89" }))]
pub(super) struct RefundPayment {
    /// All that is left where it is left out.
    #[schema(minimum = 1, maximum = 999_999_999_999_i64)]
    amount: Option<i64>,
    #[schema(max_length = 50)]
    reference: Option<String>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
}

#[derive(ToSchema)]
#[schema(example = json!({ "reference": "ORD-5023-4E89" }))]
pub(super) struct VoidPayment {
    #[schema(max_length = 50)]
    reference: Option<String>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
}

/// Who pays, and where they live.
#[derive(ToSchema)]
pub(super) struct Billing {
    address: BillingAddress,
    phone: Option<PhoneParts>,
}

#[derive(ToSchema)]
pub(super) struct BillingAddress {
    #[schema(max_length = 200)]
    address_line1: Option<String>,
    #[schema(max_length = 200)]
    address_line2: Option<String>,
    #[schema(max_length = 50)]
    city: Option<String>,
    #[schema(max_length = 50)]
    state: Option<String>,
    #[schema(max_length = 50)]
    zip: Option<String>,
    #[schema(pattern = "^[A-Za-z]{2}$")]
    country: String,
}

#[derive(ToSchema)]
pub(super) struct Product {
    name: Option<String>,
    quantity: Option<i64>,
    price: Option<i64>,
}

#[derive(ToSchema)]
#[schema(example = json!({
    "amount": 6540, "currency": "USD", "reference": "ORD-5023-4E89", "description": "Winter boots",
    "billing": { "address": { "country": "GB" } }, "success_url": "https://shop.example/thanks",
    "failure_url": "https://shop.example/sorry", "cancel_url": "https://shop.example/cart",
}))]
pub(super) struct CreateHostedPayment {
    #[schema(minimum = 1, maximum = 999_999_999_999_i64)]
    amount: i64,
    #[schema(pattern = "^[A-Za-z]{3}$", example = "USD")]
    currency: String,
    billing: Billing,
    #[schema(format = "uri", max_length = 2048)]
    success_url: String,
    #[schema(format = "uri", max_length = 2048)]
    failure_url: String,
    #[schema(format = "uri", max_length = 2048)]
    cancel_url: String,
    #[schema(max_length = 50)]
    reference: Option<String>,
    /// What the buyer reads.
    #[schema(max_length = 1000)]
    description: Option<String>,
    products: Option<Vec<Product>>,
    customer: Option<InstrumentOwner>,
    /// True where it is left out.
    capture: Option<bool>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
}

#[derive(ToSchema)]
#[schema(example = json!({
    "amount": 6540, "currency": "USD", "reference": "ORD-5023-4E89", "description": "Winter boots",
    "billing": { "address": { "country": "GB" } }, "expires_in": 604_800,
}))]
pub(super) struct CreatePaymentLink {
    #[schema(minimum = 1, maximum = 999_999_999_999_i64)]
    amount: i64,
    #[schema(pattern = "^[A-Za-z]{3}$", example = "USD")]
    currency: String,
    billing: Billing,
    /// In seconds; a day where it is left out.
    #[schema(minimum = 1, maximum = 7_776_000)]
    expires_in: Option<i64>,
    #[schema(format = "uri", max_length = 2048)]
    return_url: Option<String>,
    #[schema(max_length = 50)]
    reference: Option<String>,
    /// What the buyer reads.
    #[schema(max_length = 1000)]
    description: Option<String>,
    products: Option<Vec<Product>>,
    customer: Option<InstrumentOwner>,
    /// True where it is left out.
    capture: Option<bool>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PaymentsWanted {
    #[param(min_length = 1)]
    reference: String,
    /// 10 where it is left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    #[param(minimum = 0)]
    skip: Option<i64>,
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
    /// An earlier request with the same idempotency key is still being worked on, one address asked for more than 100
    /// tokens in a minute with a public key, or too many wrong credentials came from this address.
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
