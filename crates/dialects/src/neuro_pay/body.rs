//! The bodies of requests, each declared once: it is read so, and the OpenAPI document says so.

use domain::Id;
use domain::customers::Customer;
use domain::instruments::Instrument;
use domain::metadata::Metadata;
use domain::money::Currency;
use domain::payments::Payment;
use domain::text::Email;

use super::fields::{
    ADDRESS, AMOUNT, BOOLEAN, CHANGES, COMMENT, CURRENCY, ECHO, EMAIL, Fields, MESSAGE, METADATA, NAME,
    REASON, REFERENCE, TEMPLATE, Template, id,
};
use crate::declare::declare;

declare! {
    pub(super) struct CreateCheckout from Fields {
        amount: i64 = required AMOUNT => documented "the bounds are ours",
        /// ISO 4217, such as SEK.
        currency: Currency = required CURRENCY => documented "the check against ISO 4217 is ours",
        /// What the buyer reads.
        message: String = required MESSAGE,
        /// Where the buyer goes after the checkout. `{CHECKOUT_ID}` in its path or query becomes the checkout's id.
        return_url as "returnUrl": String = required ADDRESS
            => documented "that an id is filled in, here and in `returnUrlCancel`, is ours",
        /// Where the buyer goes after giving up. `{CHECKOUT_ID}` is filled in as well.
        return_url_cancel as "returnUrlCancel": String = required ADDRESS,
        /// The merchant's own reference; the checkout's id where left out.
        identifier: Option<String> = optional REFERENCE,
        /// Whether a payment is captured at once. True where left out.
        capture: Option<bool> = optional BOOLEAN,
        /// Whether the buyer may save the card. True where left out; needs a customer.
        allow_save_card as "allowSaveCard": Option<bool> = optional BOOLEAN,
        template: Option<Template> = optional TEMPLATE => documented "another value is 400 by our choice",
        customer_id: Option<Option<Id<Customer>>> = optional id::<Customer>(),
        /// A saved card of the customer, which is charged without a page.
        card_id: Option<Option<Id<Instrument>>> = optional id::<Instrument>(),
        metadata as "metaData": Option<Metadata> = optional METADATA
            => documented "as an array in the old documents, an object in the current ones; Kassa accepts both",
        payment_methods as "paymentMethods": Option<String> = shown ECHO
            => documented "in the current documentation; without effect unless the processor is Nuvei",
    }
    example {
        "amount": 3000, "currency": "SEK", "message": "Winter boots", "capture": false,
        "returnUrl": "https://shop.example/thanks", "returnUrlCancel": "https://shop.example/cart",
    }
}

declare! {
    pub(super) struct CheckoutId from Fields {
        checkout_id: Option<Id<Payment>> = required id::<Payment>(),
    }
    example { "checkout_id": "0190a1b2c3d44e5f8a6b7c8d9e0f1a2b" }
}

declare! {
    pub(super) struct CaptureCheckout from Fields {
        checkout_id: Option<Id<Payment>> = required id::<Payment>(),
        /// All that can still be captured, or left out.
        amount: Option<i64> = kept AMOUNT => ours "no capture of a part is documented, so any other amount is 400",
        /// The checkout's own.
        currency: Option<Currency> = optional CURRENCY => ours "another one than the checkout's is refused",
    }
    example { "checkout_id": "0190a1b2c3d44e5f8a6b7c8d9e0f1a2b" }
}

declare! {
    pub(super) struct RefundCheckout from Fields {
        checkout_id: Option<Id<Payment>> = required id::<Payment>(),
        /// Everything where left out.
        amount: Option<i64> = kept AMOUNT => documented "null is refused, because leaving it out means everything",
        /// The checkout's own.
        currency: Option<Currency> = optional CURRENCY => ours "another one than the checkout's is refused",
        reason: Option<String> = optional REASON => documented "three reasons; Kassa accepts fraudulent too, by our choice",
        details as "refundDetails": Option<String> = optional COMMENT,
    }
    example {
        "checkout_id": "0190a1b2c3d44e5f8a6b7c8d9e0f1a2b", "amount": 5000, "reason": "requested_by_customer",
    }
}

declare! {
    pub(super) struct UpdateCheckout from Fields {
        checkout_id: Option<Id<Payment>> = required id::<Payment>(),
        /// Merged by key; an empty value removes its key.
        metadata as "metaData": Metadata = required CHANGES => documented "merged by key, an empty value removes",
    }
    example { "checkout_id": "0190a1b2c3d44e5f8a6b7c8d9e0f1a2b", "metaData": { "seat": "12B", "voucher": "" } }
}

declare! {
    pub(super) struct CreateCustomer from Fields {
        first_name: String = required NAME,
        last_name: String = required NAME,
        email: Email = required EMAIL => documented "the check of its form is ours",
        metadata as "metaData": Option<Metadata> = optional METADATA,
    }
    example {
        "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "metaData": { "tier": "gold" },
    }
}

declare! {
    pub(super) struct CustomerId from Fields {
        customer_id: Option<Id<Customer>> = required id::<Customer>(),
    }
    example { "customer_id": "0190a1b2c3d44e5f8a6b7c8d9e0f1a2b" }
}
