//! A card's fields as this API sends them, read into parsed types.

use domain::card::{Brand, CardNumber, CardNumberError, Expiry, SecurityCode};

use super::fields::{Fields, Kind, Sent, small_number};
use super::holder::HolderBody;
use crate::declare::{Shape, declare};

pub(super) const NUMBER: Kind<CardNumber> = Kind::new(Shape::TEXT, "card_number_invalid", |sent| {
    CardNumber::parse(&sent.text()?).map_err(|error| match error {
        CardNumberError::Missing => vec!["card_number_required"],
        CardNumberError::Characters
        | CardNumberError::Short
        | CardNumberError::Long
        | CardNumberError::CheckDigit => vec!["card_number_invalid"],
    })
})
.or("card_number_required");

pub(super) const MONTH: Kind<i8> =
    small_number(Shape { format: Some("int32"), ..Shape::integer(1, 12) }, "card_expiry_month_invalid")
        .or("card_expiry_month_required");

pub(super) const YEAR: Kind<i16> =
    small_number(Shape { format: Some("int32"), ..Shape::integer(2000, 2099) }, "card_expiry_year_invalid")
        .or("card_expiry_year_required");

/// A security code for a card of any brand.
pub(super) const SECURITY_CODE: Kind<SecurityCode> =
    Kind::new(Shape { pattern: Some("^[0-9]{3,4}$"), ..Shape::TEXT }, "cvv_invalid", |sent| {
        sent.right(SecurityCode::parse(&sent.digits()?))
    });

/// A security code for the number beside it.
const CVV: Kind<SecurityCode> = Kind::new(SECURITY_CODE.shape, "cvv_invalid", |sent: &Sent<'_>| {
    let code = SecurityCode::parse(&sent.digits()?);
    let fits = |code: &SecurityCode| match sent.fields.peek("number", &NUMBER) {
        Some(number) => code.expose().len() == Brand::security_code_digits(Brand::of_number(&number)),
        None => true,
    };
    sent.right(code.filter(fits))
});

declare! {
    pub(super) struct CardBody from Fields {
        /// For a card.
        number: CardNumber = required NUMBER,
        expiry_month: i8 = required MONTH,
        expiry_year: i16 = required YEAR,
        cvv: Option<SecurityCode> = optional CVV => documented "three digits, American Express four",
        holder: HolderBody = all,
    }
}

impl CardBody {
    pub(super) const fn expiry(&self) -> Expiry {
        Expiry { year: self.expiry_year, month: self.expiry_month }
    }
}

/// A card that is to be saved is still valid. One that is handed in for a payment need not be: it is the payment that an
/// expired card refuses.
pub(super) fn is_not_over(fields: &mut Fields) {
    let date = fields.peek("expiry_year", &YEAR).zip(fields.peek("expiry_month", &MONTH));
    if date.is_some_and(|date| date < fields.now.year_and_month()) {
        fields.wrong("card_expired");
    }
}

declare! {
    /// What a request changes of a date: month and year, or either of them alone.
    #[derive(Clone, Copy)]
    pub(super) struct NewExpiry from Fields {
        expiry_month: Option<i8> = optional MONTH,
        expiry_year: Option<i16> = optional YEAR,
    }
    check new_one_is_not_over
}

impl NewExpiry {
    /// The new date of a card that has this one.
    pub(super) fn of(self, known: Expiry) -> Expiry {
        Expiry {
            year: self.expiry_year.unwrap_or(known.year),
            month: self.expiry_month.unwrap_or(known.month),
        }
    }

    /// Whether it changes anything.
    pub(super) const fn is_there(self) -> bool {
        self.expiry_month.is_some() || self.expiry_year.is_some()
    }
}

/// A card that nobody knows has any date.
fn new_one_is_not_over(fields: &mut Fields) {
    let known = fields.known.unwrap_or(Expiry { year: i16::MAX, month: 12 });
    let new = NewExpiry {
        expiry_month: fields.peek("expiry_month", &MONTH),
        expiry_year: fields.peek("expiry_year", &YEAR),
    };
    let expiry = new.of(known);
    if new.is_there() && (expiry.year, expiry.month) < fields.now.year_and_month() {
        fields.wrong("card_expired");
    }
}
