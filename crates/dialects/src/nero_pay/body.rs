//! The bodies of requests, each declared once: it is read so, and the OpenAPI document says so.

use domain::customers::Patch;
use domain::phone::Phone;
use domain::text::Email;

use super::fields::{ADDRESS, BOOLEAN, EMAIL, Fields, INTEGER, NAME, PHONE, POSTCODE};
use crate::declare::declare;

declare! {
    pub(super) struct CreateCustomer from Fields {
        name: String = required NAME,
        ..details: Details,
    }
    example {
        "name": "Jane Customer", "email": "jane@example.com", "phone": "+442071234567", "address1": "1 High Street",
        "city": "London", "postcode": "N1 1AA",
    }
}

declare! {
    /// What is left out, or sent back as it was read, stays as it is; null clears.
    pub(super) struct UpdateCustomer from Fields {
        /// Cannot be cleared.
        name: Option<String> = kept NAME,
        ..details: Details,
    }
    example { "phone": "+442071234568" }
}

declare! {
    pub(super) struct Details from Fields {
        email: Patch<Email> = patch EMAIL => documented "the check of its form is ours",
        phone: Patch<Phone> = patch PHONE,
        address1: Patch<String> = patch ADDRESS,
        city: Patch<String> = patch ADDRESS,
        postcode: Patch<String> = patch POSTCODE,
    }
}

declare! {
    pub(super) struct CreateCategory from Fields {
        name: String = required NAME => documented "by the sample of an error",
        sort_order: Option<i64> = optional INTEGER => documented "in the answer; 0 where it is absent by our choice",
        is_active: Option<bool> = optional BOOLEAN => documented "in the answer; 1 where it is absent by our choice",
    }
    example { "name": "Drinks", "sort_order": 10, "is_active": true }
}
