//! References to characters as HTML and XML have them, by number and by name. It must read what browsers read, which is
//! also some without their semicolon.

use super::names::{NAMES, WITHOUT_SEMICOLON};
use super::{backslash, number, percent};

/// Digits of the largest number of a character, in base 10.
const DIGITS_MAX: usize = 7;

/// The character that the reference stands for which the text begins with, and how long the reference is.
pub(super) fn read(text: &str) -> Option<(char, usize)> {
    if text[1..].starts_with('#') { by_number(text) } else { by_name(text) }
}

fn by_number(text: &str) -> Option<(char, usize)> {
    let behind = &text[2..];
    let (digits, radix) = behind.strip_prefix(['x', 'X']).map_or((behind, 10), |digits| (digits, 16));
    let (code, length) = number(digits, radix, DIGITS_MAX)?;
    let end = text.len() - digits.len() + length;
    // Another escape may be its next digit, which the next level shows.
    let goes_on = match text.as_bytes().get(end) {
        Some(b'%') => percent::read(&text[end..]).is_some(),
        Some(b'\\') => backslash::read(&text[end..]).is_some(),
        _ => false,
    };
    let character = char::from_u32(code).filter(|_| !goes_on)?;
    Some((character, end + usize::from(text[end..].starts_with(';'))))
}

fn by_name(text: &str) -> Option<(char, usize)> {
    let behind = &text[1..];
    let length = behind.bytes().take_while(u8::is_ascii_alphanumeric).count();
    if behind[length..].starts_with(';')
        && let Some(character) = named(&behind[..length])
    {
        return Some((character, length + 2));
    }
    let name = WITHOUT_SEMICOLON.iter().find(|name| behind.starts_with(**name))?;
    Some((named(name)?, name.len() + 1))
}

fn named(name: &str) -> Option<char> {
    let place = NAMES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    Some(NAMES[place].1)
}
