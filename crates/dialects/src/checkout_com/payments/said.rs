//! What the bodies of payments and of their operations say that has no effect: it is looked at, kept as it was sent, and shown
//! when the payment or its actions are read.

use crate::checkout_com::contact::{Address, PHONE, Phone, SHOWN_ADDRESS};
use crate::checkout_com::fields::{Fields, Kind, boolean, free, words};
use crate::checkout_com::holder::{ACCOUNT_HOLDER, Holder};
use crate::checkout_com::shown::{
    AmountAllocation, Authentication, BillingDescriptor, CHANNEL, Destination, Instruction, Item, Looked,
    MANY, Marketplace, PAYMENT_IP, PartialAuthorization, PaymentPlan, Person, Processing, Recipient, Retry,
    Risk, Routing, Segment, Sender, Shipping, Subscription, TEXT, TIME, list, text,
};
use crate::declare::{Property, Shape, declare};

pub(super) const DESCRIPTION: Kind<String> = free(100, "description_invalid");
pub(in crate::checkout_com) const PAYMENT_TYPE: Kind<&str> =
    words(&["Regular", "Recurring", "MOTO", "Installment", "Unscheduled"], "payment_type_invalid");

declare! {
    pub(super) checked OfType from Fields {
        /// Regular where it is left out.
        "payment_type": shown PAYMENT_TYPE,
        "merchant_initiated": shown boolean("merchant_initiated_invalid"),
    }
}

declare! {
    pub(super) checked OfPayment from Fields {
        "billing_descriptor": shown BillingDescriptor::ONE,
        "shipping": shown Shipping::ONE,
    }
}

declare! {
    pub(super) checked MoreOfPayment from Fields {
        "processing_channel_id": shown CHANNEL,
        "previous_payment_id": shown text(100).coded("previous_payment_id_invalid", ""),
        "risk": shown Risk::ONE => documented "the answer's is of the same name, and another one",
        "payment_ip": shown PAYMENT_IP => documented "an address of either kind, by our choice",
        "recipient": shown Recipient::ONE,
        "sender": shown Sender::ONE,
        "marketplace": shown Marketplace::ONE,
        "processing": shown Processing::ONE => documented "shown together with Kassa's own fields of the answer",
        "items": shown list::<Item>(0, MANY),
        "amount_allocations": shown list::<AmountAllocation>(1, 10),
        "partial_authorization": shown PartialAuthorization::ONE,
        "expire_on": shown TIME.coded("expire_on_invalid", ""),
        "segment": shown Segment::ONE,
        "authentication": shown Authentication::ONE,
        "retry": shown Retry::ONE,
        "instruction": shown Instruction::ONE,
        "payment_plan": shown PaymentPlan::ONE,
        "routing": shown Routing::ONE,
        "subscription": shown Subscription::ONE,
    }
}

/// `3ds`, which is declared with what has an effect.
pub(super) struct ThreeDs;

impl ThreeDs {
    pub(super) const PROPERTIES: [Property; 0] = [];

    pub(super) fn read(fields: &mut Fields) -> Option<Self> {
        fields.keep("3ds").map(|()| Self)
    }
}

/// Whether a customer is named, by an id or an address.
const NAMES_SOMEBODY: Kind<bool> = Kind::new(Shape::OBJECT, "", |sent| {
    let object = sent.object()?;
    Ok(object.get("id").is_some() || object.get("email").is_some())
});

/// Who pays, where nothing names a customer.
pub(super) struct Unnamed;

impl Unnamed {
    pub(super) const PROPERTIES: [Property; 0] = [];

    pub(super) fn read(fields: &mut Fields) -> Option<Self> {
        let is_named = fields.peek("customer", &NAMES_SOMEBODY).unwrap_or_default();
        if is_named { Some(Self) } else { fields.keep("customer").map(|()| Self) }
    }
}

declare! {
    pub(super) struct OfSource from Fields {
        /// The card's details were stored before.
        _stored as "stored": Option<bool> = shown boolean("source_stored_invalid"),
        _account_holder as "account_holder": Option<Holder> = shown ACCOUNT_HOLDER,
    }
}

declare! {
    /// Of a source that has a holder already.
    pub(super) struct OfSavedSource from Fields {
        _billing_address as "billing_address": Option<Address> = shown SHOWN_ADDRESS,
        _phone as "phone": Option<Phone> = shown PHONE,
    }
}

declare! {
    pub(super) checked OfCapture from Fields {
        "customer": shown Person::ONE,
        "description": shown DESCRIPTION,
        "billing_descriptor": shown BillingDescriptor::ONE,
        "shipping": shown Shipping::ONE,
        "items": shown list::<Item>(0, MANY),
        "marketplace": shown Marketplace::ONE,
        "amount_allocations": shown list::<AmountAllocation>(1, 10),
        "processing": shown Processing::ONE,
    }
}

declare! {
    pub(super) checked OfRefund from Fields {
        "amount_allocations": shown list::<AmountAllocation>(1, 10),
        "capture_action_id": shown TEXT.coded("capture_action_id_invalid", ""),
        "destination": shown Destination::ONE,
        "items": shown list::<Item>(0, MANY),
    }
}
