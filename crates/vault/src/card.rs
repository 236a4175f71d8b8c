//! Card numbers and security codes in memory that is wiped.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A card number of 12 to 19 digits that passes Luhn. No `Debug`, no `Display`, no `Serialize`.
#[derive(Clone, Zeroize, ZeroizeOnDrop, PartialEq, Eq)]
pub struct CardNumber(String);

/// Why a text is not a card number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardNumberError {
    /// Nothing was typed.
    Missing,
    /// There is something else than digits, spaces and dashes.
    Characters,
    /// Fewer than 12 digits.
    Short,
    /// More than 19 digits.
    Long,
    /// The check digit does not fit: a typing error.
    CheckDigit,
}

impl CardNumber {
    /// Reads a number as people type it, with spaces and dashes.
    pub fn parse(text: &str) -> Result<Self, CardNumberError> {
        // Room for all of it at the start, so that growing leaves no copies behind.
        let mut digits = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                '0'..='9' => digits.push(character),
                ' ' | '-' | '\u{a0}' => {}
                _ => {
                    digits.zeroize();
                    return Err(CardNumberError::Characters);
                }
            }
        }
        let number = Self(digits);
        match number.0.len() {
            0 => Err(CardNumberError::Missing),
            1..12 => Err(CardNumberError::Short),
            12..=19 if is_luhn_valid(number.0.as_bytes()) => Ok(number),
            12..=19 => Err(CardNumberError::CheckDigit),
            _ => Err(CardNumberError::Long),
        }
    }

    /// The digits, for the acquirer call and the vault alone.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last four digits, which may be shown and stored.
    pub fn last_four(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }
}

/// A card's security code of three or four digits. It lives for one acquirer call and is never stored.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecurityCode(String);

impl SecurityCode {
    /// Reads three or four digits; none otherwise.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = matches!(text.len(), 3 | 4) && text.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self(text.to_owned()))
    }

    /// The digits, for the acquirer call alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The check digit rule of card numbers, over ASCII digits.
pub fn is_luhn_valid(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') << (place % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        let typed = ["4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", " 378282246310005 "];
        assert!(typed.iter().all(|text| CardNumber::parse(text).is_ok()));
        assert_eq!(
            CardNumber::parse("4242 4242 4242 4242").ok().map(|it| it.last_four().to_owned()).as_deref(),
            Some("4242")
        );
        for (text, error) in [
            ("", CardNumberError::Missing),
            ("4242", CardNumberError::Short),
            ("4242424242424241", CardNumberError::CheckDigit),
            ("42424242424242424242", CardNumberError::Long),
            ("4242x242", CardNumberError::Characters),
            ("४२४२४२४२४२४२४२४२", CardNumberError::Characters),
        ] {
            assert_eq!(CardNumber::parse(text).err(), Some(error), "{text}");
        }
    }
}
