//! A bank account that a refund shall go to.

use super::{Looked, TEXT, object};
use crate::checkout_com::contact::{COUNTRY, SHOWN_ADDRESS};
use crate::checkout_com::holder::ACCOUNT_HOLDER;

object! {
    /// The account that the money shall go to.
    Destination as "destination" {
        "type": optional TEXT,
        "account_type": optional TEXT,
        "account_number": optional TEXT,
        "bank_code": optional TEXT,
        "branch_code": optional TEXT,
        "bban": optional TEXT,
        "iban": optional TEXT,
        "swift_bic": optional TEXT,
        "country": optional COUNTRY,
        "account_holder": optional ACCOUNT_HOLDER,
        "bank": optional Bank::ONE,
    }
}

object! {
    Bank as "bank" {
        "name": optional TEXT,
        "branch": optional TEXT,
        "address": optional SHOWN_ADDRESS,
    }
}
