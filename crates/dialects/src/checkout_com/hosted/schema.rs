//! What the OpenAPI document says of the bodies of hosted pages, which are read field by field.

#![expect(dead_code, reason = "these types are read by the document's macros only")]

use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::checkout_com::contact::PhoneParts;
use crate::checkout_com::named_customer::InstrumentOwner;

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
    metadata: Option<Box<RawValue>>,
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
    metadata: Option<Box<RawValue>>,
}
