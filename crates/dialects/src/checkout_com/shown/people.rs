//! Who sends the money, who gets it, and what the merchant knows of its customer.

use super::{BOOLEAN, COUNT, DATE, DECIMAL, EMAIL, Looked, OBJECT, TEXT, object, text};
use crate::checkout_com::contact::{COUNTRY, PHONE, SHOWN_ADDRESS};
use crate::checkout_com::fields::{CUSTOMER_ID, Fields, words};

object! {
    /// Who gets the money.
    Recipient as "recipient" {
        "dob": optional DATE,
        "account_number": optional text(34),
        "address": optional SHOWN_ADDRESS,
        "zip": optional text(10),
        "first_name": optional text(50),
        "last_name": optional text(50),
        "country": optional COUNTRY,
    }
}

object! {
    /// Whose money it is.
    Sender as "sender" {
        "type": required words(&["individual", "corporate", "instrument", "government"], "parameter_invalid"),
        /// Of an individual.
        "first_name": optional TEXT,
        "middle_name": optional TEXT,
        /// Of an individual.
        "last_name": optional TEXT,
        /// Of a corporate sender.
        "company_name": optional TEXT,
        /// Of both.
        "address": optional SHOWN_ADDRESS,
        "dob": optional DATE,
        "date_of_birth": optional DATE,
        "country_of_birth": optional COUNTRY,
        "nationality": optional COUNTRY,
        "reference": optional TEXT,
        "reference_type": optional TEXT,
        "source_of_funds": optional TEXT,
        "identification": optional Identification::ONE,
    }
    check has_what_its_kind_needs
}

fn has_what_its_kind_needs(fields: &mut Fields) {
    let needed: &[(&str, &str)] = match fields.kind().as_str() {
        "individual" => &[
            ("first_name", "sender_first_name_required"),
            ("last_name", "sender_last_name_required"),
            ("address", "sender_address_required"),
        ],
        "corporate" => {
            &[("company_name", "sender_company_name_required"), ("address", "sender_address_required")]
        }
        _ => &[],
    };
    for (name, code) in needed {
        if !fields.has(name) {
            fields.wrong(code);
        }
    }
}

object! {
    /// A document that shows who somebody is.
    Identification as "identification" {
        "type": optional words(
            &["passport", "driving_licence", "national_id", "company_registration", "tax_id"],
            "parameter_invalid"
        ),
        "number": optional TEXT,
        "issuing_country": optional COUNTRY,
        "date_of_expiry": optional DATE,
    }
}

object! {
    /// A customer in what is said of an operation.
    Person as "customer" {
        "id": optional CUSTOMER_ID,
        "email": optional EMAIL,
        "name": optional text(255),
        "phone": optional PHONE,
        "tax_number": optional text(13),
        "default": optional BOOLEAN,
        "metadata": optional OBJECT,
        "summary": optional Summary::ONE,
    }
}

object! {
    /// What the merchant knows of a customer's past.
    Summary as "customer_summary" {
        "registration_date": optional TEXT,
        "first_transaction_date": optional TEXT,
        "last_payment_date": optional TEXT,
        "total_order_count": optional COUNT,
        "last_payment_amount": optional DECIMAL,
        "lifetime_value": optional DECIMAL,
        "is_premium_customer": optional BOOLEAN,
        "is_returning_customer": optional BOOLEAN,
    }
}
