//! What the OpenAPI document says of the bodies of tokens, which are read field by field.

#![expect(dead_code, reason = "these types are read by the document's macros only")]

use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::checkout_com::contact::{Address, PhoneParts};

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
    token_data: Option<Box<RawValue>>,
}
