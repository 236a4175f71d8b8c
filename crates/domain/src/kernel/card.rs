//! What a card's number and date say: its brand, and whether it has expired.

pub use vault::{CardNumber, CardNumberError, SecurityCode, Zeroizing};

pub use crate::kernel::detector::{holds_card_number, make_card_number};
use crate::kernel::detector::{plain_digit, separator};
use crate::kernel::time::Time;

/// What somebody typed or pasted into a field of a card, in the characters that the parsers of this module know: digits of
/// any script, such as full-width ones, as ASCII digits, and every space, dash and slash as the plain one.
pub fn typed(text: &str) -> Zeroizing<String> {
    // Nothing becomes longer, so this never grows.
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    plain.extend(text.chars().map(|character| match character {
        '\u{ff0f}' | '\u{2044}' | '\u{2215}' => '/',
        '\u{ff0e}' => '.',
        other => plain_digit(other).or_else(|| separator(other)).unwrap_or(other),
    }));
    plain
}

/// A card brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brand {
    Visa,
    Mastercard,
    Amex,
    Discover,
    Diners,
    Jcb,
    UnionPay,
    Maestro,
    Dankort,
    Mir,
    Rupay,
}

/// Six-digit beginnings, inclusive, with the lengths that are issued today. The narrowest range that fits decides.
const RANGES: &[(Brand, u32, u32, &[usize])] = &[
    (Brand::Visa, 400_000, 499_999, &[16, 19]),
    (Brand::Mastercard, 510_000, 559_999, &[16]),
    (Brand::Mastercard, 222_100, 272_099, &[16]),
    (Brand::Amex, 340_000, 349_999, &[15]),
    (Brand::Amex, 370_000, 379_999, &[15]),
    (Brand::Discover, 601_100, 601_199, &[16, 17, 18, 19]),
    (Brand::Discover, 644_000, 659_999, &[16, 17, 18, 19]),
    (Brand::Diners, 300_000, 305_999, &[14, 16, 17, 18, 19]),
    (Brand::Diners, 309_500, 309_599, &[14, 16, 17, 18, 19]),
    (Brand::Diners, 360_000, 369_999, &[14, 16, 17, 18, 19]),
    (Brand::Diners, 380_000, 399_999, &[14, 16, 17, 18, 19]),
    (Brand::Jcb, 352_800, 358_999, &[16, 17, 18, 19]),
    (Brand::UnionPay, 620_000, 629_999, &[16, 17, 18, 19]),
    (Brand::UnionPay, 810_000, 817_199, &[16, 17, 18, 19]),
    (Brand::Maestro, 500_000, 509_999, &[12, 14, 15, 16, 17, 18, 19]),
    (Brand::Maestro, 560_000, 589_999, &[12, 14, 15, 16, 17, 18, 19]),
    (Brand::Maestro, 630_000, 639_999, &[12, 14, 15, 16, 17, 18, 19]),
    (Brand::Maestro, 670_000, 679_999, &[12, 14, 15, 16, 17, 18, 19]),
    (Brand::Dankort, 501_900, 501_999, &[16]),
    (Brand::Mir, 220_000, 220_499, &[16, 17, 18, 19]),
    (Brand::Rupay, 508_500, 508_999, &[16]),
    (Brand::Rupay, 607_000, 608_999, &[16]),
    (Brand::Rupay, 652_100, 653_149, &[16]),
    (Brand::Rupay, 817_200, 819_999, &[16]),
];

impl Brand {
    /// The brand whose numbers begin like this one, with the lengths that it issues. None is no fault of the buyer's.
    fn of(digits: &str) -> Option<(Self, &'static [usize])> {
        let beginning: u32 = digits.get(..6)?.parse().ok()?;
        let fitting = RANGES.iter().filter(|(_, from, to, _)| (*from..=*to).contains(&beginning));
        fitting.min_by_key(|(_, from, to, _)| to - from).map(|(brand, _, _, lengths)| (*brand, *lengths))
    }

    /// The brand of a card number.
    pub fn of_number(number: &CardNumber) -> Option<Self> {
        Self::of(number.expose()).map(|(brand, _)| brand)
    }

    /// Lower-case, without spaces: how it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Visa => "visa",
            Self::Mastercard => "mastercard",
            Self::Amex => "amex",
            Self::Discover => "discover",
            Self::Diners => "diners",
            Self::Jcb => "jcb",
            Self::UnionPay => "unionpay",
            Self::Maestro => "maestro",
            Self::Dankort => "dankort",
            Self::Mir => "mir",
            Self::Rupay => "rupay",
        }
    }

    /// As people read it, from how it is stored.
    pub fn name_of_code(code: &str) -> &'static str {
        match code {
            "visa" => "Visa",
            "mastercard" => "Mastercard",
            "amex" => "American Express",
            "discover" => "Discover",
            "diners" => "Diners Club",
            "jcb" => "JCB",
            "unionpay" => "UnionPay",
            "maestro" => "Maestro",
            "dankort" => "Dankort",
            "mir" => "Mir",
            "rupay" => "RuPay",
            _ => "Card",
        }
    }

    /// How many digits the security code has.
    pub fn security_code_digits(brand: Option<Self>) -> usize {
        if brand == Some(Self::Amex) { 4 } else { 3 }
    }
}

/// What may be shown and stored of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardFace {
    /// [`Brand::code`], or `card` where the brand is not known.
    pub brand: String,
    /// The last four digits.
    pub last_four: String,
}

impl CardFace {
    /// The face of a number.
    pub fn of(number: &CardNumber) -> Self {
        let brand = Brand::of_number(number).map_or("card", Brand::code);
        Self { brand: brand.to_owned(), last_four: number.last_four().to_owned() }
    }
}

/// The last month in which a card is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// Four digits.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
}

/// Why a text is not a card's date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpiryError {
    /// Nothing was typed.
    Missing,
    /// Not a month and a year.
    Form,
    /// The month is over.
    Past,
}

impl Expiry {
    /// Whether the month is over.
    pub fn is_over(self, now: Time) -> bool {
        (self.year, self.month) < now.year_and_month()
    }

    /// Reads `12/30`, `1/30`, `1230`, `12/2030` and `12 / 30`, and with the year first `2030-12`, as browsers fill it in,
    /// and `203012`: no month is 20.
    pub fn parse(text: &str, now: Time) -> Result<Self, ExpiryError> {
        let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        if text.is_empty() {
            return Err(ExpiryError::Missing);
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'/' | b'-' | b'.')) {
            return Err(ExpiryError::Form);
        }
        let (month, year) = match text.split_once(['/', '-', '.']) {
            Some((year, month)) if year.len() == 4 => (month, year),
            Some(parts) => parts,
            None if text.len() == 6 && text.starts_with("20") => (&text[4..], &text[..4]),
            None if matches!(text.len(), 4 | 6) => text.split_at(2),
            None => return Err(ExpiryError::Form),
        };
        let month: i8 = month.parse().map_err(|_| ExpiryError::Form)?;
        let year = match year.len() {
            2 => 2000 + year.parse::<i16>().map_err(|_| ExpiryError::Form)?,
            4 => year.parse().map_err(|_| ExpiryError::Form)?,
            _ => return Err(ExpiryError::Form),
        };
        if !(1..=12).contains(&month) || !(2000..=2099).contains(&year) {
            return Err(ExpiryError::Form);
        }
        if (year, month) < now.year_and_month() { Err(ExpiryError::Past) } else { Ok(Self { year, month }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brand(number: &str) -> Option<Brand> {
        Brand::of(number).map(|(brand, _)| brand)
    }

    #[test]
    fn beginnings_name_their_brand() {
        for (number, expected) in [
            ("4242424242424242", Brand::Visa),
            ("5555555555554444", Brand::Mastercard),
            ("2720990000000007", Brand::Mastercard),
            ("378282246310005", Brand::Amex),
            ("6011111111111117", Brand::Discover),
            ("30569309025904", Brand::Diners),
            ("3530111333300000", Brand::Jcb),
            ("6200000000000005", Brand::UnionPay),
            ("6759649826438453", Brand::Maestro),
            ("5019717010103742", Brand::Dankort),
            ("2200000000000004", Brand::Mir),
        ] {
            assert_eq!(brand(number), Some(expected), "{number}");
        }
        assert_eq!(brand("2721000000000000"), None);
        assert_eq!(brand("9999999999999995"), None);
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        let now = Time(1_795_000_000_000); // November 2026
        for text in [
            "12/30",
            "1230",
            "12/2030",
            "122030",
            "12 / 30",
            "12-30",
            "2030-12",
            "2030/12",
            "2030 / 12",
            "2030.12",
            "203012",
            "2030 12",
        ] {
            assert_eq!(Expiry::parse(text, now), Ok(Expiry { year: 2030, month: 12 }), "{text}");
        }
        assert_eq!(Expiry::parse("1/30", now), Ok(Expiry { year: 2030, month: 1 }));
        assert_eq!(Expiry::parse("11/26", now), Ok(Expiry { year: 2026, month: 11 }));
        assert_eq!(Expiry::parse("2030-1", now), Ok(Expiry { year: 2030, month: 1 }));
        assert_eq!(Expiry::parse("10/26", now), Err(ExpiryError::Past));
        assert_eq!(Expiry::parse("2026-10", now), Err(ExpiryError::Past));
        assert_eq!(Expiry::parse(" ", now), Err(ExpiryError::Missing));
        for text in [
            "13/30",
            "0/30",
            "12/3",
            "1/2/3",
            "ab/cd",
            "123",
            "12/203",
            "１2/30",
            "2030/13",
            "203013",
            "201130",
            "2030/2030",
            "30/12",
            "2030-12-01",
        ] {
            assert_eq!(Expiry::parse(text, now), Err(ExpiryError::Form), "{text}");
        }
    }

    #[test]
    fn what_is_typed_or_pasted_becomes_plain() {
        for (text, plain) in [
            ("４２４２\u{3000}４２４２", "4242 4242"),
            ("\t4242\u{2009}4242\u{200b}–4242\r\n", " 4242 4242 -4242  "),
            ("٤٢४२", "4242"),
            ("１２／３０", "12/30"),
            ("2030‐12", "2030-12"),
            ("１２．３０", "12.30"),
            ("card é ②", "card é ②"),
        ] {
            assert_eq!(*typed(text), plain, "{text}");
        }
    }
}
