//! A card's fields as this API sends them, read into parsed types.

use domain::card::{Brand, CardNumber, CardNumberError, Expiry, SecurityCode};
use domain::time::Time;

use super::codes::Code;
use super::fields::{Fields, string};
use super::holder::{Holder, top_level_holder};

/// A card as it was sent. No `Debug`, for its number.
pub(super) struct Card {
    pub(super) number: CardNumber,
    pub(super) expiry: Expiry,
    pub(super) code: Option<SecurityCode>,
    pub(super) holder: Holder,
}

/// Reads the card that stands among a request's fields; none where something is wrong with it.
pub(super) fn card(fields: &mut Fields, now: Time) -> Option<Card> {
    // fidelity: documented
    let number = fields.required("number", "card_number_required", number);
    // fidelity: documented
    let month = fields.required("expiry_month", "card_expiry_month_required", month);
    // fidelity: documented
    let year = fields.required("expiry_year", "card_expiry_year_required", year);
    // fidelity: documented – three digits, American Express four
    let code = fields.optional("cvv", |raw| security_code(raw, number.as_ref()));
    let holder = top_level_holder(fields);
    let expiry = month.zip(year).map(|(month, year)| Expiry { year, month });
    let expiry = expiry.filter(|expiry| {
        let is_over = (expiry.year, expiry.month) < now.year_and_month();
        if is_over {
            fields.wrong("card_expired");
        }
        !is_over
    });
    Some(Card { number: number?, expiry: expiry?, code, holder })
}

/// What a request changes of a date: month and year, or either of them alone.
#[derive(Clone, Copy)]
pub(super) struct NewExpiry {
    month: Option<i8>,
    year: Option<i16>,
}

impl NewExpiry {
    /// The new date of a card that has this one.
    pub(super) fn of(self, known: Expiry) -> Expiry {
        Expiry { year: self.year.unwrap_or(known.year), month: self.month.unwrap_or(known.month) }
    }
}

/// A new date of a card that is saved. A card that nobody knows has any date.
pub(super) fn new_expiry(fields: &mut Fields, known: Option<Expiry>, now: Time) -> Option<NewExpiry> {
    // fidelity: documented
    let month = fields.optional("expiry_month", month);
    // fidelity: documented
    let year = fields.optional("expiry_year", year);
    if month.is_none() && year.is_none() {
        return None;
    }
    let known = known.unwrap_or(Expiry { year: i16::MAX, month: 12 });
    let new = NewExpiry { month, year };
    let expiry = new.of(known);
    if (expiry.year, expiry.month) < now.year_and_month() {
        fields.wrong("card_expired");
    }
    Some(new)
}

fn number(raw: &str) -> Result<CardNumber, Code> {
    let text = string(raw).ok_or("card_number_invalid")?;
    CardNumber::parse(&text).map_err(|error| match error {
        CardNumberError::Missing => "card_number_required",
        CardNumberError::Characters
        | CardNumberError::Short
        | CardNumberError::Long
        | CardNumberError::CheckDigit => "card_number_invalid",
    })
}

/// 1 to 12, as a number or, as some clients send it, as text.
fn month(raw: &str) -> Result<i8, Code> {
    let month: i8 = whole(raw).ok_or("card_expiry_month_invalid")?;
    if (1..=12).contains(&month) { Ok(month) } else { Err("card_expiry_month_invalid") }
}

/// Four digits, likewise.
fn year(raw: &str) -> Result<i16, Code> {
    let year: i16 = whole(raw).ok_or("card_expiry_year_invalid")?;
    if (2000..=2099).contains(&year) { Ok(year) } else { Err("card_expiry_year_invalid") }
}

fn whole<T: std::str::FromStr>(raw: &str) -> Option<T> {
    raw.trim_matches('"').parse().ok()
}

pub(super) fn security_code(raw: &str, number: Option<&CardNumber>) -> Result<SecurityCode, Code> {
    let code = string(raw).and_then(|text| SecurityCode::parse(&text)).ok_or("cvv_invalid")?;
    let digits = Brand::security_code_digits(number.and_then(Brand::of_number));
    let fits = number.is_none() || code.expose().len() == digits;
    if fits { Ok(code) } else { Err("cvv_invalid") }
}
