//! Card numbers at rest: sealed with padding, and found again by a keyed code.

use zeroize::Zeroizing;

use crate::{CardNumber, Key, Mac, OpenError, Place, Sealed, mac, open, seal};

/// Every plaintext has this length, so that the length of a sealed number does not tell its brand.
const PADDED: usize = 32;

/// Seals a card number for its place. `random` is drawn for this, as [`seal`] has it.
pub fn seal_card(key: &Key, place: &Place<'_>, random: [u8; 12], number: &CardNumber) -> Sealed {
    let mut padded = Zeroizing::new([0_u8; PADDED]);
    let digits = number.expose().as_bytes();
    padded[..digits.len()].copy_from_slice(digits);
    seal(key, place, random, padded.as_slice())
}

/// Opens what [`seal_card`] made.
pub fn open_card(key: &Key, place: &Place<'_>, sealed: &[u8]) -> Result<CardNumber, OpenError> {
    let padded = open(key, place, sealed)?;
    if padded.len() != PADDED {
        return Err(OpenError);
    }
    let digits = std::str::from_utf8(&padded).map_err(|_| OpenError)?.trim_end_matches('\0');
    CardNumber::parse(digits).map_err(|_| OpenError)
}

/// The code under which a merchant finds a card again, over the whole number and under a key of its own. An unkeyed
/// hash could be searched for the number.
pub fn card_code(key: &Key, number: &CardNumber) -> Mac {
    mac(key, &[b"card number", number.expose().as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_are_sealed_to_one_length_and_come_back() {
        let key = Key::from_bytes([6; 32]);
        let place = Place { column: "instruments.sealed", merchant: 1, mode: "test", row: b"row" };
        let mut lengths = Vec::new();
        for digits in ["378282246310005", "4242424242424242", "6759649826438453", "4000000000000000006"] {
            let number = CardNumber::parse(digits).ok().unwrap();
            let sealed = seal_card(&key, &place, [1; 12], &number);
            lengths.push(sealed.len());
            assert!(open_card(&key, &place, &sealed).is_ok_and(|opened| opened.expose() == digits));
            assert!(open_card(&key, &Place { row: b"other", ..place }, &sealed).is_err());
            assert!(!sealed.windows(digits.len()).any(|window| window == digits.as_bytes()));
        }
        lengths.dedup();
        assert_eq!(lengths.len(), 1);
    }
}
