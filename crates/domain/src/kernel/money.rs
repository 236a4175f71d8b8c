//! Amounts in minor units with their currency.

use iso_currency::Currency as Iso;

use crate::kernel::error::{Error, Field};

/// The largest amount that any API takes, in minor units.
pub const AMOUNT_MAX: i64 = 999_999_999_999;

/// Nobody can pay with these any more. What was paid in them is read, captured and given back as before.
const OUT_OF_USE: [Iso; 5] = [Iso::BGN, Iso::CUC, Iso::HRK, Iso::SLL, Iso::ZWL];

/// An ISO 4217 currency that has minor units, be it none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency(Iso);

impl Currency {
    /// Reads three letters of either case.
    pub fn parse(text: &str) -> Option<Self> {
        let currency = Iso::from_code(&text.to_ascii_uppercase())?;
        // Metals and bonds have a code and no minor unit; nobody pays with them.
        currency.exponent().map(|_| Self(currency))
    }

    /// Whether a new payment can be made in it.
    pub fn is_in_use(self) -> bool {
        !OUT_OF_USE.contains(&self.0)
    }

    /// Three upper-case letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many digits of an amount stand behind the decimal point.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

/// An amount of a currency, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    /// Minor units: öre, cents, yen.
    pub minor: i64,
    /// What of.
    pub currency: Currency,
}

impl Money {
    /// Checks the bounds of every amount: 0 to [`AMOUNT_MAX`].
    pub fn new(minor: i64, currency: Currency) -> Result<Self, Error> {
        if (0..=AMOUNT_MAX).contains(&minor) {
            Ok(Self { minor, currency })
        } else {
            Err(Error::invalid(
                Field::Amount,
                format!("must be at most {AMOUNT_MAX} minor units, and not negative"),
            ))
        }
    }

    /// As an English page writes it, with a no-break space: `SEK 249.00`.
    pub fn display(self) -> String {
        let exponent = self.currency.exponent();
        let unit = 10_i64.pow(exponent);
        let whole = grouped(self.minor / unit);
        let code = self.currency.code();
        if exponent == 0 {
            return format!("{code}\u{a0}{whole}");
        }
        format!("{code}\u{a0}{whole}.{:0width$}", self.minor % unit, width = exponent as usize)
    }
}

/// Thousands apart: 1234567 as 1,234,567.
fn grouped(whole: i64) -> String {
    let digits = whole.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_their_currency_s_digits() {
        let written = |minor, code| Money::new(minor, Currency::parse(code).unwrap()).unwrap().display();
        assert_eq!(written(24_900, "sek"), "SEK\u{a0}249.00");
        assert_eq!(written(5, "EUR"), "EUR\u{a0}0.05");
        assert_eq!(written(1_234_567, "JPY"), "JPY\u{a0}1,234,567");
        assert_eq!(written(1_234_567, "KWD"), "KWD\u{a0}1,234.567");
        assert_eq!(written(999_999_999_999, "USD"), "USD\u{a0}9,999,999,999.99");
    }

    #[test]
    fn what_is_no_currency_is_refused() {
        for code in ["", "SE", "SEKK", "XAU", "ABC", "S K", "💶"] {
            assert!(Currency::parse(code).is_none(), "{code}");
        }
    }

    #[test]
    fn currencies_have_the_digits_of_iso_4217() {
        for (exponent, codes) in [
            (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
            (2, "EUR HUF IDR IRR MGA MRU SEK TWD USD VES XCG ZWG"),
            (3, "BHD IQD JOD KWD LYD OMR TND"),
            (4, "CLF UYW"),
        ] {
            for code in codes.split(' ') {
                let currency = Currency::parse(code).unwrap();
                assert_eq!((currency.exponent(), currency.is_in_use()), (exponent, true), "{code}");
            }
        }
        // The one that came after it is known.
        assert!(Currency::parse("ANG").is_none());
        for code in ["BGN", "CUC", "HRK", "SLL", "ZWL"] {
            assert!(!Currency::parse(code).unwrap().is_in_use(), "{code}");
        }
    }
}
