//! What requests say and nothing here acts on: objects that are looked at, kept as they were sent, and shown when a payment,
//! an operation or a page is read. Each is declared once, and no value of one goes any further.
//!
//! A code names the object and the field: `billing_descriptor_name_invalid`. Fields that only the vendor's clients have are
//! looked at for their type.

mod account;
mod order;
mod people;
mod plan;
mod processing;
mod risk;
mod three_ds;
mod travel;

use domain::money::AMOUNT_MAX;
use domain::text::Email;
use domain::time::Time;

pub(super) use self::account::Destination;
pub(super) use self::order::{
    AmountAllocation, BillingDescriptor, Item, Marketplace, PageShipping, Product, Shipping,
};
pub(super) use self::people::{Person, Recipient, Sender, Summary};
pub(super) use self::plan::{
    Authentication, CustomerRetry, Instruction, PartialAuthorization, PaymentPlan, Retry, Routing, Segment,
    Subscription,
};
pub(super) use self::processing::Processing;
pub(super) use self::risk::Risk;
pub(super) use self::three_ds::WishesOfThreeDs;
use super::codes::Code;
use super::fields::{DATE, Fields, Kind, boolean, number};
use crate::declare::{Base, Declared, Property, Shape};

/// Declares an object of which every field is looked at: what its codes begin with, then its fields, each with what it needs
/// and its kind.
macro_rules! object {
    (
        $(#[doc = $line:literal])*
        $name:ident as $prefix:literal {
            $(
                $(#[doc = $words:literal])*
                $wire:literal: $need:ident $kind:expr $(=> $standing:ident $($note:literal)?)?,
            )*
        }
        $(check $check:ident)?
    ) => {
        $crate::declare::declare! {
            $(#[doc = $line])*
            pub(in crate::checkout_com) checked $name from $crate::checkout_com::fields::Fields {
                $(
                    $(#[doc = $words])*
                    $wire: $need $kind.coded(
                        concat!($prefix, "_", $wire, "_invalid"),
                        concat!($prefix, "_", $wire, "_required"),
                    ) $(=> $standing $($note)?)?,
                )*
            }
            $(check $check)?
        }

        impl $crate::checkout_com::shown::Looked for $name {
            const SHAPE: &'static $crate::declare::Shape = &$crate::declare::Shape::named::<Self>();
            const WRONG: &'static str = concat!($prefix, "_invalid");

            fn look(fields: &mut $crate::checkout_com::fields::Fields) -> Option<Self> {
                Self::read(fields)
            }
        }
    };
}
use object;

/// An object that is looked at.
pub(super) trait Looked: Declared + Sized {
    const SHAPE: &'static Shape;
    const WRONG: Code;
    /// One of them.
    const ONE: Kind<Self> = Kind::new(*Self::SHAPE, Self::WRONG, |sent| sent.first(Self::look));

    fn look(fields: &mut Fields) -> Option<Self>;
}

/// So many of them.
pub(super) const fn list<T: Looked>(least: usize, most: usize) -> Kind<()> {
    Kind::new(Shape::list(T::SHAPE, least, most), T::WRONG, |sent| sent.each(|one| one.first(T::look)))
}

/// The values of a list for which the vendor says no number.
pub(super) const MANY: usize = 1_000;

const WRONG: &str = "parameter_invalid";

const BOOLEAN: Kind<bool> = boolean(WRONG);

pub(super) const fn text(max: usize) -> Kind<String> {
    Kind::new(Shape::text(max), WRONG, |sent| sent.in_length())
}

/// A text, for whose length the vendor says nothing.
pub(super) const TEXT: Kind<String> = Kind::new(Shape::TEXT, WRONG, |sent| sent.text());
/// A text, or a number in its place.
const TEXT_OR_NUMBER: Kind<()> = Kind::new(Shape::ANYTHING, WRONG, |sent| {
    let is_number = || sent.json::<f64>().map(drop);
    sent.text().map(drop).or_else(|_| is_number())
});
pub(super) const TEXTS: Kind<()> =
    Kind::new(Shape::list(&Shape::TEXT, 0, MANY), WRONG, |sent| sent.each(|one| one.text()));
/// An object, or a list of them, of which the vendor's documents say different things.
const ANYTHING: Kind<()> = Kind::new(Shape::ANYTHING, WRONG, |_| Ok(()));
pub(super) const OBJECT: Kind<()> = Kind::new(Shape::OBJECT, WRONG, |sent| sent.object().map(drop));

/// How many there are of something.
const COUNT: Kind<i64> = number(0, AMOUNT_MAX, WRONG);
/// Likewise, of something that is there.
const ONE_OR_MORE: Kind<i64> = number(1, AMOUNT_MAX, WRONG);
/// In the currency's smallest unit.
const MONEY: Kind<i64> = COUNT;
const DECIMAL: Kind<()> = decimal(i64::MAX);

/// A number from zero to this one.
const fn decimal(most: i64) -> Kind<()> {
    Kind::new(Shape::of(Base::Number(0, most)), WRONG, |sent| sent.decimal())
}

/// A time, which is kept as it was sent.
pub(super) const TIME: Kind<()> =
    Kind::new(Shape { format: Some("date-time"), ..Shape::TEXT }, WRONG, |sent| {
        sent.right(Time::parse(&sent.text()?)).map(drop)
    });

const EMAIL: Kind<()> = Kind::new(Shape { format: Some("email"), ..Shape::text(255) }, WRONG, |sent| {
    sent.right(Email::parse("email", &sent.text()?).ok()).map(drop)
});

/// A processing channel of the merchant's.
pub(super) const CHANNEL: Kind<()> = Kind::new(
    Shape { pattern: Some("^pc_[A-Za-z0-9_]{26}$"), ..Shape::TEXT },
    "processing_channel_id_invalid",
    |sent| {
        let text = sent.text()?;
        let rest = text.strip_prefix("pc_").unwrap_or_default();
        let fits = rest.len() == 26 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        sent.right(fits.then_some(()))
    },
);

/// The address that the buyer's request came from.
pub(super) const PAYMENT_IP: Kind<()> =
    Kind::new(Shape { example: Some("90.197.169.245"), ..Shape::text(45) }, "ip_address_invalid", |sent| {
        sent.right(sent.text()?.parse::<std::net::IpAddr>().ok()).map(drop)
    });

/// What a request keeps of all that was read before, as one object of JSON. It reads no field of its own.
#[derive(Clone)]
pub(super) struct Kept(pub(super) Option<String>);

impl Kept {
    pub(super) const PROPERTIES: [Property; 0] = [];

    #[expect(clippy::unnecessary_wraps, reason = "a declaration reads it like the others")]
    pub(super) fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self(fields.all_kept(&[])))
    }
}
