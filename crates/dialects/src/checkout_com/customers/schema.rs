//! What the OpenAPI document says of the bodies of customers, which are read field by field.

#![expect(dead_code, reason = "these types are read by the document's macros only")]

use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::checkout_com::contact::PhoneParts;

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
    metadata: Option<Box<RawValue>>,
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
    metadata: Option<Box<RawValue>>,
    /// The instrument that shall be the default: the customer's, or nobody's yet.
    #[schema(pattern = "^src_[a-z2-7]{26}$")]
    default: Option<String>,
    /// Instruments that shall be the customer's.
    instruments: Option<Vec<String>>,
}
