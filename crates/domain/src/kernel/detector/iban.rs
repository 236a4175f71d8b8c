//! Account numbers (ISO 13616), whose groups of digits look like a card's. It must not take for one what only begins like
//! one: the country has such numbers, it is as long as they are, and its check digits are right.

use super::{Kind, kind_of};

/// How many characters a country's account numbers have, without spaces.
const LENGTHS: &[(usize, &[&str])] = &[
    (15, &["NO"]),
    (16, &["BE"]),
    (18, &["DK", "FI", "FK", "FO", "GL", "NL", "SD"]),
    (19, &["MK", "SI"]),
    (20, &["AT", "BA", "EE", "KZ", "LT", "LU", "MN", "XK"]),
    (21, &["CH", "HR", "LI", "LV"]),
    (22, &["BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"]),
    (23, &["AE", "GI", "IL", "IQ", "OM", "SO", "TL"]),
    (24, &["AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"]),
    (25, &["LY", "PT", "ST"]),
    (26, &["IS", "TR"]),
    (27, &["BI", "DJ", "FR", "GR", "IT", "MC", "MR", "SM"]),
    (28, &["AL", "AZ", "BY", "CY", "DO", "GT", "HN", "HU", "LB", "NI", "PL", "SV"]),
    (29, &["BR", "EG", "PS", "QA", "UA"]),
    (30, &["JO", "KW", "MU", "YE"]),
    (31, &["MT", "SC"]),
    (32, &["LC"]),
    (33, &["RU"]),
];

/// The length of the account number that the text begins with, whatever separates its characters. No letter or digit
/// continues it.
pub(super) fn length(text: &str) -> Option<usize> {
    let [first, second, check @ ..] = text.as_bytes().first_chunk::<4>()?;
    if !(first.is_ascii_alphabetic() && second.is_ascii_alphabetic() && check.iter().all(u8::is_ascii_digit))
    {
        return None;
    }
    let country = text[..2].to_ascii_uppercase();
    let (most, _) = LENGTHS.iter().find(|(_, countries)| countries.contains(&country.as_str()))?;
    let mut characters = text.char_indices();
    let (mut number, mut end) = (Vec::with_capacity(*most), 0);
    while number.len() < *most {
        let (at, character) = characters.next()?;
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' => {
                number.push(character as u8);
                end = at + 1;
            }
            _ if matches!(kind_of(character), Kind::Separator(_) | Kind::Hyphen) => {}
            _ => return None,
        }
    }
    let is_whole = !text[end..].starts_with(char::is_alphanumeric);
    (is_whole && remainder(&number) == 1).then_some(end)
}

/// What is left of the number that the characters make, the country and the check digits last, divided by 97.
fn remainder(number: &[u8]) -> u32 {
    let (head, own) = number.split_at(4);
    own.iter().chain(head).fold(0, |sum, byte| {
        let value = char::from(*byte).to_digit(36).unwrap_or_default();
        (sum * if value < 10 { 10 } else { 100 } + value) % 97
    })
}
