//! Escapes that begin with a backslash: those of JSON and JavaScript, and of the languages that write likewise. It must
//! leave a backslash before a digit alone that is no whole escape: folders of Windows have names of digits.

use super::{hexadecimal, number};

/// The character that the escape stands for which the text begins with, and how long the escape is.
pub(super) fn read(text: &str) -> Option<(char, usize)> {
    let one = |character: char| Some((character, 2));
    match text.as_bytes().get(1)? {
        b'u' if text[2..].starts_with('{') => braces(text),
        b'u' => utf16(text),
        b'U' => Some((char::from_u32(hexadecimal(text, 2, 8)?)?, 10)),
        b'x' => Some((char::from_u32(hexadecimal(text, 2, 2)?)?, 4)),
        b'0' => octal(text),
        b'n' => one('\n'),
        b'r' => one('\r'),
        b't' | b'b' | b'f' => one(' '),
        // Such as `\"` and `\\`, and `\-` where somebody made a text safe for Markdown or a pattern.
        sign if matches!(sign, b' ' | b'\n') || sign.is_ascii_punctuation() => one(char::from(*sign)),
        _ => None,
    }
}

/// `\u0034`, or two of them that make one character together.
fn utf16(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let is_one = text.get(at..at + 2) == Some("\\u");
        hexadecimal(text, at + 2, 4).filter(|_| is_one).and_then(|unit| u16::try_from(unit).ok())
    };
    let units = [unit(0)?, unit(6).unwrap_or_default()];
    let first = char::decode_utf16(units).next()?;
    Some(first.map_or((char::REPLACEMENT_CHARACTER, 6), |first| (first, 6 * first.len_utf16())))
}

/// `\u{34}`.
fn braces(text: &str) -> Option<(char, usize)> {
    const BEFORE: usize = 3;
    let (code, length) = number(&text[BEFORE..], 16, 6)?;
    let is_closed = text[BEFORE + length..].starts_with('}');
    Some((char::from_u32(code).filter(|_| is_closed)?, BEFORE + length + 1))
}

/// `\064`, as C and old JavaScript have it.
fn octal(text: &str) -> Option<(char, usize)> {
    let digits = text.get(1..4)?;
    let are_digits = digits.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    let code = u32::from_str_radix(digits, 8).ok().filter(|_| are_digits)?;
    Some((char::from_u32(code)?, 4))
}
