//! The bodies of requests, each declared once: it is read so, and the OpenAPI document says so.

use domain::customers::{Change, Patch};
use domain::phone::Phone;
use domain::text::{Email, Name};

use super::fields::{COUNTRY, CURRENCY, EMAIL, FREE, Fields, ID, NAME, Named, PHONE, PLAIN, There};
use crate::declare::declare;

declare! {
    /// Texts are trimmed; an empty one is null.
    pub(super) struct CreateCustomer from Fields {
        email: There = required EMAIL,
        _unused: UnusedOfCreate = all,
        ..details: Details,
    }
    example {
        "name": "Marie Curie", "email": "marie@example.com", "phone": "+33 1 23 45 67 89", "city": "Paris",
        "country": "FR", "zip_code": "75005", "street": "Rue Cuvier", "house_number": "12", "currency": "EUR",
    }
}

declare! {
    /// The id is Kassa's to give.
    pub(super) ignored UnusedOfCreate from Fields { "id" }
}

declare! {
    /// What is left out, or sent back as it was read, stays as it is; null clears.
    pub(super) struct UpdateCustomer from Fields {
        /// The id of the path, if it is repeated.
        _id as "id": Named = repeated ID
            => documented "beside an id in the path it must be the same by our choice",
        ..details: Details,
    }
    example { "city": "Lyon", "zip_code": "69001" }
}

declare! {
    /// The customer is named by `id`, or else by `email`. What is left out stays as it is; null clears. Beside an `id` the
    /// `email` is the new address.
    pub(super) struct UpdateNamedCustomer from Fields {
        _id as "id": Patch<Named> = patch ID => documented "selects where the path names nobody",
        ..details: Details,
    }
    example { "email": "marie@example.com", "city": "Lyon" }
}

declare! {
    pub(super) struct Details from Fields {
        name: Patch<Name> = patch NAME,
        /// Cannot be cleared.
        email: Patch<Email> = kept EMAIL => documented "the check of its form is ours",
        phone: Patch<Phone> = patch PHONE,
        city: Patch<String> = patch FREE,
        state: Patch<String> = patch FREE,
        country: Patch<String> = patch COUNTRY => documented "two letters by our choice",
        zip_code: Patch<String> = patch FREE,
        street: Patch<String> = patch FREE,
        house_number: Patch<String> = patch FREE,
        currency: Patch<String> = patch CURRENCY => documented "three letters by our choice",
        tax_number: Patch<String> = patch PLAIN,
        company_number: Patch<String> = patch PLAIN,
    }
}

impl From<Details> for Change {
    fn from(details: Details) -> Self {
        Self {
            name: details.name,
            email: details.email,
            phone: details.phone,
            city: details.city,
            state: details.state,
            country: details.country,
            zip_code: details.zip_code,
            street: details.street,
            house_number: details.house_number,
            currency: details.currency,
            tax_number: details.tax_number,
            company_number: details.company_number,
            metadata: Patch::Unchanged,
        }
    }
}
