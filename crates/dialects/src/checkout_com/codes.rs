//! The words of this API for what is wrong with a field. It must not know how a request is read.

use domain::{Error, Field, Why};

/// A code of the vendor's list, or one of ours where that has none.
pub(super) type Code = &'static str;

/// This API's code for a wrong value of a field of the domain.
pub(super) const fn code(field: Field) -> Code {
    match field {
        Field::Amount => "amount_invalid",
        Field::Currency => "currency_invalid",
        Field::Email => "email_invalid",
        Field::Metadata => "metadata_invalid",
        Field::Reference => "reference_invalid",
        Field::Card
        | Field::Details
        | Field::Extras
        | Field::FrameOrigin
        | Field::HouseNumber
        | Field::LastName
        | Field::Reason
        | Field::Sent(_) => "parameter_invalid",
    }
}

/// The code for what the domain says of a field: one of ours for a card number, which the vendor's list does not know.
pub(super) fn code_of(error: &Error, name: &str, wrong: Code) -> Code {
    let is_card_number = matches!(error, Error::Invalid { why: Why::LooksLikeCardNumber, .. });
    if is_card_number { card_number(name) } else { wrong }
}

macro_rules! looks_like_card_number {
    ($field:expr; $($name:literal)*) => {
        match $field {
            $($name => concat!($name, "_looks_like_card_number"),)*
            _ => "parameter_looks_like_card_number",
        }
    };
}

pub(super) fn card_number(field: &str) -> Code {
    looks_like_card_number!(field;
        "name" "first_name" "last_name" "email" "metadata" "description" "products" "items" "customer"
        "address_line1" "address_line2" "city" "state" "zip" "billing" "shipping" "billing_descriptor" "recipient"
        "sender" "processing" "risk" "marketplace" "locale" "payment_ip" "processing_channel_id" "previous_payment_id"
        "success_url" "failure_url" "cancel_url" "return_url" "account_holder" "billing_address" "amount_allocations"
        "instruction" "payment_plan" "retry" "routing" "segment" "subscription" "authentication" "summary" "destination"
        "capture_action_id" "partial_authorization" "expire_on" "display_name" "allow_payment_methods"
        "disabled_payment_methods" "payment_method_configuration" "customer_retry" "eci")
}
