//! What the OpenAPI document says of the requests of payments, which are read field by field.

#![expect(dead_code, reason = "these types are read by the document's macros only")]

use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use crate::checkout_com::contact::{Address, PhoneParts};
use crate::checkout_com::named_customer::InstrumentOwner;

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
    metadata: Option<Box<RawValue>>,
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
    metadata: Option<Box<RawValue>>,
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
    metadata: Option<Box<RawValue>>,
}

#[derive(ToSchema)]
#[schema(example = json!({ "reference": "ORD-5023-4E89" }))]
pub(super) struct VoidPayment {
    #[schema(max_length = 50)]
    reference: Option<String>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Box<RawValue>>,
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
