//! What is known to be no card number, whatever digits it has: UUIDs, account numbers and fractions. It must not take for one
//! of them what only begins like it.

use super::iban::{self, is_whole};

/// Bytes of a UUID with its hyphens.
const UUID_BYTES: usize = 36;
/// Digits before the point of a fraction: a place on the globe has so many.
const WHOLE_MAX: usize = 3;

/// The length of what is known that the text begins with, if no letter or digit continues it on either side.
pub(super) fn length(before: Option<char>, text: &str) -> Option<usize> {
    if before.is_some_and(char::is_alphanumeric)
        || !text.starts_with(|first: char| first.is_ascii_alphanumeric())
    {
        return None;
    }
    uuid(text).or_else(|| iban::length(text)).or_else(|| fraction(text).filter(|_| before != Some('.')))
}

fn uuid(text: &str) -> Option<usize> {
    let uuid = text.as_bytes().get(..UUID_BYTES)?;
    let fits = uuid.iter().enumerate().all(|(place, byte)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    (fits && is_whole(text, UUID_BYTES)).then_some(UUID_BYTES)
}

/// A number with so many decimals that they could be a card's, as programs write them: `0.4539578763621486`.
fn fraction(text: &str) -> Option<usize> {
    let digits =
        |from: usize| text.as_bytes()[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(0);
    if !(1..=WHOLE_MAX).contains(&whole) || !text[whole..].starts_with('.') {
        return None;
    }
    let decimals = digits(whole + 1);
    let end = whole + 1 + decimals;
    (decimals >= super::DIGITS_MIN && is_whole(text, end)).then_some(end)
}
