//! What the OpenAPI document says of the bodies of instruments, which are read field by field.

#![expect(dead_code, reason = "these types are read by the document's macros only")]

use utoipa::ToSchema;

use crate::checkout_com::contact::{Address, PhoneParts};
use crate::checkout_com::named_customer::InstrumentOwner;

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
