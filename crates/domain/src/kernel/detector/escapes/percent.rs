//! Percent signs as addresses and forms have them. It must not read `+`, which is a space only there: between digits it is
//! one of the characters that may separate them.

use super::hexadecimal;

/// The bytes of the longest character in UTF-8.
const BYTES_MAX: usize = 4;

/// The character that the escape stands for which the text begins with, and how long the escape is.
pub(super) fn read(text: &str) -> Option<(char, usize)> {
    // As JavaScript's `escape` writes what is beyond Latin-1.
    if let Some(code) = hexadecimal(text, 2, 4).filter(|_| text[1..].starts_with('u')) {
        return Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 6));
    }
    let byte = |place: usize| {
        let is_one = text.get(3 * place..=3 * place) == Some("%");
        hexadecimal(text, 3 * place + 1, 2).filter(|_| is_one).and_then(|byte| u8::try_from(byte).ok())
    };
    let first = byte(0)?;
    let bytes: Vec<u8> = (0..BYTES_MAX).map_while(byte).collect();
    let whole = (1..=bytes.len()).find_map(|count| std::str::from_utf8(&bytes[..count]).ok());
    // What is no UTF-8 was Latin-1.
    let character = whole.and_then(|whole| whole.chars().next()).unwrap_or(char::from(first));
    Some((character, 3 * whole.map_or(1, str::len)))
}
