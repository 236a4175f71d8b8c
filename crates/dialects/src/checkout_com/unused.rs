//! Fields that the vendor's documents or its official clients know and that do nothing here, by the request or the object
//! that has them. A field that comes to do something leaves its list.

use super::fields::Fields;
use crate::declare::declare;

declare! {
    pub(super) ignored OfPayment from Fields {
        "payment_context_id", "fallback_source", "fund_transfer_type",
    }
}

declare! {
    pub(super) ignored OfSource from Fields {
        "allow_update", "payment_method", "account_type", "account_number", "bank_code", "country",
    }
}

declare! {
    pub(super) ignored OfThreeDs from Fields {
        "attempt_n3d", "exemption", "challenge_indicator", "allow_upgrade", "authentication_date", "authentication_amount", "flow_type", "status_reason_code",
        "challenge_cancel_reason", "score", "cryptogram_algorithm", "authentication_id", "initial_authentication",
    }
}

declare! {
    /// Where nobody can have been authenticated elsewhere.
    pub(super) ignored OfAuthentication from Fields { "eci", "cryptogram", "xid", "version", "status" }
}

declare! {
    pub(super) ignored OfNamedCustomer from Fields { "metadata", "summary" }
}

declare! {
    /// What would name somebody, and is null.
    pub(super) ignored OfNobody from Fields { "id", "email", "default" }
}

declare! {
    pub(super) ignored OfRefund from Fields { "capture_type" }
}

declare! {
    pub(super) ignored OfAccountHolder from Fields {
        "gender", "tax_id", "country_of_birth", "residential_status", "identification", "account_name_inquiry",
    }
}

declare! {
    pub(super) ignored OfInstrument from Fields {
        "entity_id", "processing_channel_id", "network_token", "instrument_data", "account", "account_type",
        "account_number", "bank_code", "branch_code", "iban", "bban", "swift_bic", "currency", "country", "bank",
    }
}

declare! {
    pub(super) ignored OfToken from Fields { "pin" }
}
