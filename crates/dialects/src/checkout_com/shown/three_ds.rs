//! What a payment says of 3-D Secure and nothing here acts on: what the merchant wishes of the card's bank, and how somebody
//! else authenticated the buyer.

use super::{BOOLEAN, Looked, MONEY, TEXT, TIME, WRONG, object};
use crate::checkout_com::fields::words;

object! {
    WishesOfThreeDs as "3ds" {
        "attempt_n3d": shown BOOLEAN,
        /// Why the bank need not ask.
        "exemption": shown words(
            &[
                "low_value", "secure_corporate_payment", "trusted_listing", "trusted_listing_prompt",
                "transaction_risk_assessment", "3ds_outage", "sca_delegation", "out_of_sca_scope", "other",
                "low_risk_program", "data_share", "recurring_operation",
            ],
            WRONG,
        ),
        /// Whether the bank should ask.
        "challenge_indicator": shown words(
            &[
                "no_preference", "no_challenge_requested", "challenge_requested",
                "challenge_requested_mandate",
            ],
            WRONG,
        ),
        "allow_upgrade": shown BOOLEAN,
        "authentication_date": shown TIME,
        "authentication_amount": shown MONEY,
        "flow_type": shown words(&["challenged", "frictionless", "frictionless_delegated"], WRONG),
        "status_reason_code": shown TEXT,
        "challenge_cancel_reason": shown TEXT,
        "score": shown TEXT,
        "cryptogram_algorithm": shown TEXT,
        "authentication_id": shown TEXT,
        "initial_authentication": shown InitialAuthentication::ONE,
    }
}

object! {
    /// How the first of several payments was authenticated.
    InitialAuthentication as "3ds_initial_authentication" {
        "acs_transaction_id": optional TEXT,
        "authentication_method": optional TEXT,
        "authentication_timestamp": optional TEXT,
        "authentication_data": optional TEXT,
        "initial_session_id": optional TEXT,
    }
}
