//! How the merchant would have a payment or a capture processed.

use super::travel::{Accommodation, Airline};
use super::{ANYTHING, BOOLEAN, COUNT, DECIMAL, Looked, MANY, MONEY, TEXT, TEXTS, WRONG, list, object, text};
use crate::checkout_com::contact::COUNTRY;
use crate::checkout_com::fields::{Kind, words};
use crate::declare::Shape;

const LANGUAGE: Kind<()> = Kind::new(
    Shape { pattern: Some("^[a-z]{2}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$"), min: Some(2), ..Shape::text(10) },
    WRONG,
    |sent| {
        let text = sent.in_length()?;
        let mut parts = text.split('-').peekable();
        let is_all = |part: &str, length: usize, fits: fn(&u8) -> bool| {
            part.len() == length && part.bytes().all(|byte| fits(&byte))
        };
        let is_script = |part: &&str| {
            let (first, rest) = part.split_at_checked(1).unwrap_or_default();
            is_all(first, 1, u8::is_ascii_uppercase) && is_all(rest, 3, u8::is_ascii_lowercase)
        };
        let is_language = parts.next().is_some_and(|part| is_all(part, 2, u8::is_ascii_lowercase));
        let _ = parts.next_if(is_script);
        let is_right = parts.next().is_none_or(|part| is_all(part, 2, u8::is_ascii_uppercase));
        sent.right((is_language && is_right && parts.next().is_none()).then_some(()))
    },
);

object! {
    /// How it is to be processed.
    Processing as "processing" {
        "order_id": optional text(17),
        "tax_amount": optional DECIMAL,
        "discount_amount": optional DECIMAL,
        "duty_amount": optional DECIMAL,
        "shipping_amount": optional DECIMAL,
        "shipping_tax_amount": optional DECIMAL,
        "aft": optional BOOLEAN,
        "preferred_scheme": optional words(&["mastercard", "visa", "cartes_bancaires"], WRONG),
        "merchant_initiated_reason":
            optional words(&["Delayed_charge", "Resubmission", "No_show", "Reauthorization"], WRONG),
        "campaign_id": optional COUNT,
        "product_type": optional TEXT,
        "open_id": optional TEXT,
        "original_order_amount": optional DECIMAL,
        "receipt_id": optional text(32),
        "terminal_type": optional words(&["APP", "WAP", "WEB"], WRONG),
        "os_type": optional words(&["ANDROID", "IOS"], WRONG),
        "invoice_id": optional text(127),
        "brand_name": optional text(127),
        "locale": optional LANGUAGE,
        "shipping_preference": optional words(
            &[
                "NO_SHIPPING", "SET_PROVIDED_ADDRESS", "GET_FROM_FILE", "no_shipping", "set_provided_address",
                "get_from_file",
            ],
            WRONG
        ),
        "user_action": optional words(&["PAY_NOW", "CONTINUE", "pay_now", "continue"], WRONG),
        "set_transaction_context": optional ANYTHING,
        "airline_data": optional list::<Airline>(0, MANY),
        "accommodation_data": optional list::<Accommodation>(0, MANY),
        "purchase_country": optional COUNTRY,
        "custom_payment_method_ids": optional TEXTS,
        "merchant_callback_url": optional TEXT,
        "line_of_business": optional TEXT,
        /// Of a capture.
        "otp_value": optional text(50),
        /// Of a capture.
        "shipping_delay": optional COUNT,
        /// Of a capture.
        "shipping_info": optional list::<ShippingInfo>(0, 500),
        "dlocal": optional ANYTHING,
        "sender_information": optional ANYTHING,
        "senderInformation": optional ANYTHING,
        "purpose": optional TEXT,
        "partner_customer_id": optional TEXT,
        "partner_customer_risk_data": optional ANYTHING,
        "partner_payment_id": optional TEXT,
        "surcharge_amount": optional MONEY,
        "pan_preference": optional TEXT,
        "provision_network_token": optional BOOLEAN,
        "affiliate_id": optional TEXT,
        "affiliate_url": optional TEXT,
        "aggregator": optional Aggregator::ONE,
        "card_type": optional TEXT,
        "foreign_retailer_amount": optional MONEY,
        "reconciliation_id": optional TEXT,
        "service_type": optional TEXT,
        "partner_code": optional TEXT,
        "processing_speed": optional TEXT,
        "scheme_transaction_link_id": optional TEXT,
    }
}

object! {
    ShippingInfo as "processing_shipping_info" {
        "shipping_company": optional TEXT,
        "shipping_method": optional TEXT,
        "tracking_number": optional TEXT,
        "tracking_uri": optional TEXT,
        "return_shipping_company": optional TEXT,
        "return_tracking_number": optional TEXT,
        "return_tracking_uri": optional TEXT,
    }
}

object! {
    Aggregator as "processing_aggregator" {
        "sub_merchant_id": optional TEXT,
        "aggregator_id_visa": optional TEXT,
        "aggregator_id_mc": optional TEXT,
    }
}
