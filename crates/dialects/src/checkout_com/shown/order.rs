//! What is bought, where it goes, and how the sum is told and shared.

use super::{COUNT, DECIMAL, EMAIL, Looked, MANY, MONEY, ONE_OR_MORE, TEXT, decimal, list, object, text};
use crate::checkout_com::contact::{PHONE, PHONE_WITH_NUMBER, SHOWN_ADDRESS, SHOWN_ADDRESS_WITH_COUNTRY};

object! {
    /// Where the goods go.
    Shipping as "shipping" {
        "first_name": optional TEXT,
        "last_name": optional TEXT,
        "email": optional EMAIL,
        "address": optional SHOWN_ADDRESS,
        "phone": optional PHONE,
        "from_address_zip": optional TEXT,
        "timeframe": optional TEXT,
        "method": optional TEXT,
        "delay": optional COUNT,
        "tracking_info": optional list::<Tracking>(0, MANY),
    }
}

object! {
    /// Where the goods of a page go.
    PageShipping as "shipping" {
        "first_name": optional TEXT,
        "last_name": optional TEXT,
        "email": optional EMAIL,
        "address": required SHOWN_ADDRESS_WITH_COUNTRY,
        "phone": optional PHONE_WITH_NUMBER,
        "from_address_zip": optional TEXT,
        "timeframe": optional TEXT,
        "method": optional TEXT,
        "delay": optional COUNT,
        "tracking_info": optional list::<Tracking>(0, MANY),
    }
}

object! {
    /// How a parcel is followed.
    Tracking as "tracking_info" {
        "tracking_number": optional TEXT,
        "tracking_uri": optional TEXT,
        "tracking_url": optional TEXT,
        "shipping_company": optional TEXT,
        "shipping_method": optional TEXT,
        "return_tracking_number": optional TEXT,
        "return_tracking_uri": optional TEXT,
        "return_tracking_url": optional TEXT,
        "return_shipping_company": optional TEXT,
    }
}

object! {
    /// One line of the order.
    Item as "items" {
        "name": optional text(255),
        "quantity": optional ONE_OR_MORE,
        "unit_price": optional MONEY,
        "reference": optional text(255),
        "type": optional TEXT,
        "Type": optional TEXT,
        "sub_type": optional TEXT,
        "commodity_code": optional TEXT,
        "unit_of_measure": optional TEXT,
        "total_amount": optional MONEY,
        "tax_amount": optional MONEY,
        "tax_rate": optional DECIMAL,
        "discount_amount": optional MONEY,
        "total_discount": optional MONEY,
        "wxpay_goods_id": optional TEXT,
        "image_url": optional TEXT,
        "url": optional TEXT,
        "sku": optional TEXT,
    }
}

object! {
    /// A product on a page.
    Product as "products" {
        "name": required TEXT,
        "quantity": required ONE_OR_MORE,
        /// With tax, without discounts.
        "price": required MONEY,
        "reference": optional TEXT,
        "unit_price": optional MONEY,
    }
}

object! {
    /// What the buyer's statement says.
    BillingDescriptor as "billing_descriptor" {
        "name": required text(25),
        "city": required text(13),
        "reference": optional text(50),
        "local_descriptors": optional list::<LocalDescriptor>(0, MANY),
    }
}

object! {
    LocalDescriptor as "local_descriptors" {
        "name": optional TEXT,
        "character_set": optional TEXT,
    }
}

object! {
    /// On whose behalf the payment is made.
    Marketplace as "marketplace" {
        "sub_entity_id": optional TEXT,
        "sub_entities": optional list::<AmountAllocation>(1, 10),
    }
}

object! {
    /// What one of the merchant's own sellers gets.
    AmountAllocation as "amount_allocations" {
        "id": required TEXT,
        "amount": required MONEY,
        "reference": optional text(50),
        "commission": optional Commission::ONE,
    }
}

object! {
    /// What the merchant keeps of it.
    Commission as "commission" {
        "amount": optional MONEY,
        "percentage": optional decimal(100),
    }
}
