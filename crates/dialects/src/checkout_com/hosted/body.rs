//! The bodies of a hosted payment and of a payment link, each declared once: it is read so, and the OpenAPI document says
//! so.

use std::time::Duration;

use domain::metadata::Metadata;
use domain::money::Currency;
use domain::payments::checkout;
use domain::text::{self, MESSAGE_MAX};
use domain::time::Time;

use super::PageKind;
use crate::checkout_com::contact::{ADDRESS_WITH_COUNTRY, Address, PHONE_WITH_NUMBER, Phone};
use crate::checkout_com::error::Failure;
use crate::checkout_com::fields::{AS_SENT, Fields, Kind, METADATA, address, boolean, free, number, words};
use crate::checkout_com::named_customer::{NamedCustomer, PAGE_CUSTOMER};
use crate::checkout_com::payments::body::{
    AMOUNT, AMOUNT_OR_NONE, AUTHORIZATION_TYPE, CAPTURE_ON, CURRENCY, ESTIMATED, PAYMENT_TYPE, REFERENCE,
    amount_divides,
};
use crate::checkout_com::shown::{
    AmountAllocation, BillingDescriptor, CHANNEL, CustomerRetry, Instruction, Looked, MANY, Marketplace,
    OBJECT, PAYMENT_IP, PageShipping, PaymentPlan, Processing, Product, Recipient, Risk, Sender, TEXT, TEXTS,
    list,
};
use crate::checkout_com::units;
use crate::checkout_com::unused::{OfAuthentication, OfThreeDs};
use crate::declare::{Property, Shape, declare};
use crate::json::{Object, field};

/// How long a page is open where nothing else is said, and at most.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
const LIFE_MAX: i64 = 14 * 24 * 60 * 60;
/// The longest address that a page's buyer is sent to.
const URL_MAX: usize = 255;

const LIFE_SECONDS: Kind<i64> = number(1, LIFE_MAX, "expires_in_invalid");
const DESCRIPTION: Kind<String> = free(100, "description_invalid");

const BILLING: Kind<Billing> =
    Kind::new(Shape::named::<Billing>(), "address_invalid", |sent| sent.first(Billing::read));

const THREE_DS: Kind<PageThreeDsBody> =
    Kind::new(Shape::named::<PageThreeDsBody>(), "3ds_invalid", |sent| sent.first(PageThreeDsBody::read));

/// The names of what is bought, as many as the buyer is shown.
const PRODUCTS: Kind<String> = Kind::new(PRODUCT_LIST.shape, "products_invalid", |sent| {
    AS_SENT.read(sent)?;
    PRODUCT_LIST.read(sent)?;
    let products: Vec<Object> = sent.json()?;
    let names: Vec<String> = products.iter().filter_map(|product| field(product, "name")).collect();
    let text: String = names.join(", ").chars().take(MESSAGE_MAX).collect();
    sent.by_domain(text::free("products", &text, MESSAGE_MAX))
});
const PRODUCT_LIST: Kind<()> = list::<Product>(1, MANY);

/// The languages of the vendor's pages.
const LOCALE: Kind<&str> = words(
    &[
        "ar", "da-DK", "de-DE", "el", "en-GB", "es-ES", "fi-FI", "fil-PH", "fr-FR", "hi-IN", "id-ID",
        "it-IT", "ja-JP", "ko-KR", "ms-MY", "nb-NO", "nl-NL", "pt-PT", "sv-SE", "th-TH", "vi-VN", "zh-CN",
        "zh-HK", "zh-TW",
    ],
    "locale_invalid",
);

declare! {
    pub(super) struct CreateHostedPayment from Fields {
        /// In the currency's smallest unit; zero, or left out, verifies the card.
        amount: Option<i64> = optional AMOUNT_OR_NONE,
        what: WhatIsPaid = all,
        success_url: String = required_echoed address(URL_MAX, "success_url_invalid"),
        cancel_url: String = required_echoed address(URL_MAX, "cancel_url_invalid"),
        failure_url: String = required_echoed address(URL_MAX, "fail_url_invalid")
            => documented "the page leads there once no try is left",
        _other: AddressOfLink = all,
        rest: Rest = all,
    }
    example {
        "amount": 6540, "currency": "USD", "reference": "ORD-5023-4E89", "description": "Winter boots",
        "billing": { "address": { "country": "GB" } }, "success_url": "https://shop.example/thanks",
        "failure_url": "https://shop.example/sorry", "cancel_url": "https://shop.example/cart",
    }
}

declare! {
    pub(super) struct CreatePaymentLink from Fields {
        amount: i64 = required AMOUNT,
        what: WhatIsPaid = all,
        return_url: Option<String> = echoed address(URL_MAX, "success_url_invalid"),
        _others: AddressesOfPage = all,
        rest: Rest = all,
    }
    example {
        "amount": 6540, "currency": "USD", "reference": "ORD-5023-4E89", "description": "Winter boots",
        "billing": { "address": { "country": "GB" } }, "expires_in": 604_800,
    }
}

declare! {
    /// What a page has and a link has not.
    pub(super) checked AddressesOfPage from Fields {
        "success_url": shown address(URL_MAX, "success_url_invalid"),
        "cancel_url": shown address(URL_MAX, "cancel_url_invalid"),
        "failure_url": shown address(URL_MAX, "fail_url_invalid"),
    }
}

declare! {
    /// What a link has and a page has not.
    pub(super) checked AddressOfLink from Fields {
        "return_url": shown address(URL_MAX, "success_url_invalid"),
    }
}

declare! {
    pub(super) struct WhatIsPaid from Fields {
        currency: Currency = required CURRENCY,
        _billing as "billing": Billing = required_echoed BILLING,
    }
    check amount_divides
}

declare! {
    /// Who pays, and where they live.
    pub(super) struct Billing from Fields {
        _address as "address": Address = required ADDRESS_WITH_COUNTRY,
        _phone as "phone": Option<Phone> = optional PHONE_WITH_NUMBER,
    }
}

declare! {
    pub(super) struct Rest from Fields {
        /// In seconds; a day where it is left out.
        expires_in: Option<i64> = optional LIFE_SECONDS,
        customer: Option<Option<NamedCustomer>> = echoed PAGE_CUSTOMER
            => documented "one without an address is nobody that is known",
        reference: Option<String> = optional REFERENCE,
        /// What the buyer reads.
        description: Option<String> = echoed DESCRIPTION,
        products: Option<String> = echoed PRODUCTS
            => documented "their names are what the buyer reads where no description is",
        /// True where it is left out.
        capture: Option<bool> = optional boolean("capture_invalid"),
        /// Final where it is left out.
        authorization_type: Option<&'static str> = optional AUTHORIZATION_TYPE
            => documented "more can be authorized later where it is Estimated",
        /// When it is captured by itself.
        capture_on: Option<Time> = optional CAPTURE_ON
            => documented "implies capture; at most seven days ahead, and in UTC without an offset, by our choice",
        three_ds as "3ds": Option<PageThreeDsBody> = optional THREE_DS
            => documented "`enabled` alone has an effect",
        metadata: Option<Metadata> = optional METADATA,
        _shown: ShownOfPage = all,
        kept: KeptOfPage = all,
    }
}

declare! {
    pub(super) checked ShownOfPage from Fields {
        "shipping": shown PageShipping::ONE,
        "locale": shown LOCALE => documented "with those of the clients; no other effect",
        "display_name": shown TEXT.coded("display_name_invalid", ""),
        "payment_type": shown PAYMENT_TYPE,
        "payment_ip": shown PAYMENT_IP => documented "an address of either kind, by our choice",
        "processing_channel_id": shown CHANNEL,
        "billing_descriptor": shown BillingDescriptor::ONE,
        "amount_allocations": shown list::<AmountAllocation>(1, 10),
        "marketplace": shown Marketplace::ONE,
        "recipient": shown Recipient::ONE,
        "sender": shown Sender::ONE,
        "processing": shown Processing::ONE,
        "risk": shown Risk::ONE,
        "allow_payment_methods": shown TEXTS.coded("allow_payment_methods_invalid", ""),
        "disabled_payment_methods": shown TEXTS.coded("disabled_payment_methods_invalid", ""),
        "payment_method_configuration": shown OBJECT.coded("payment_method_configuration_invalid", ""),
        "customer_retry": shown CustomerRetry::ONE,
        "instruction": shown Instruction::ONE,
        "payment_plan": shown PaymentPlan::ONE,
    }
}

declare! {
    pub(super) struct PageThreeDsBody from Fields {
        /// The buyer has to confirm at the card's bank.
        enabled: Option<bool> = optional boolean("3ds_enabled_invalid"),
        _elsewhere: OfAuthentication = all,
        _unused: OfThreeDs = all,
    }
}

/// What is kept as it was sent and shown when the page is read, in one order.
pub(super) struct KeptOfPage(String);

impl KeptOfPage {
    const FIRST: [&'static str; 10] = [
        "description",
        "billing",
        "shipping",
        "products",
        "locale",
        "success_url",
        "failure_url",
        "cancel_url",
        "return_url",
        "customer",
    ];
    const PROPERTIES: [Property; 0] = [];

    #[expect(clippy::unnecessary_wraps, reason = "a declaration reads it like the others")]
    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self(fields.all_kept(&Self::FIRST).unwrap_or_default()))
    }
}

/// What a page is made of.
pub(super) struct NewPage {
    pub(super) page: checkout::NewCheckout,
    pub(super) customer: Option<NamedCustomer>,
    /// What is echoed.
    pub(super) request: String,
}

pub(super) fn new(fields: Fields, kind: PageKind) -> Result<NewPage, Failure> {
    let now = fields.now;
    let (amount, what, [return_url, cancel_url, failure_url], rest) = match kind {
        PageKind::Page => {
            let sent = fields.read(CreateHostedPayment::read)?;
            let ways = [sent.success_url, sent.cancel_url, sent.failure_url];
            (sent.amount.unwrap_or_default(), sent.what, ways, sent.rest)
        }
        PageKind::Link => {
            let sent = fields.read(CreatePaymentLink::read)?;
            let back = sent.return_url.unwrap_or_default();
            (sent.amount, sent.what, [back.clone(), back.clone(), back], sent.rest)
        }
    };
    let is_later = rest.capture_on.is_some_and(|at| at > now);
    let customer = rest.customer.flatten();
    let said = rest.description.filter(|text| !text.is_empty());
    let said = said.or(rest.products.filter(|names| !names.is_empty()));
    let money = units::money(amount, what.currency);
    let life = rest.expires_in.and_then(|seconds| u64::try_from(seconds).ok());
    let page = checkout::NewCheckout {
        money: money.ok_or_else(|| Failure::invalid(vec!["amount_invalid"]))?,
        description: said.or_else(|| rest.reference.clone()).unwrap_or_default(),
        reference: rest.reference,
        captures_itself: (rest.capture.unwrap_or(true) || rest.capture_on.is_some()) && !is_later,
        capture_at: rest.capture_on.filter(|_| is_later && amount > 0),
        may_grow: rest.authorization_type == Some(ESTIMATED),
        return_url,
        cancel_url,
        failure_url: Some(failure_url),
        framed: false,
        offers_saving: false,
        customer: None,
        customer_named: customer.as_ref().is_some_and(NamedCustomer::is_by_id),
        // Whoever is handed a link can hand it on.
        asks_code: kind == PageKind::Link,
        authenticates: rest.three_ds.and_then(|it| it.enabled).unwrap_or(false),
        metadata: rest.metadata.unwrap_or_default(),
        extras: None,
        life: Some(life.map_or(LIFE, Duration::from_secs)),
        card: None,
    };
    Ok(NewPage { page, customer, request: rest.kept.0 })
}
