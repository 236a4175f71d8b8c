//! Account numbers (ISO 13616) and references of creditors, whose groups of digits look like a card's. It must not take for one what only begins like
//! one: the country has such numbers, it is as long as they are, and its check digits are right.

use super::characters::{Kind, kind_of};

/// The country where people leave the country out, and write the rest in its groups.
const LEFT_OUT: &[u8] = b"PL";
/// Groups of four behind the check digits there.
const GROUPS: usize = 6;
/// How references of the same kind begin that creditors give (ISO 11649), and how long they are at most.
const REFERENCE: &str = "RF";
const REFERENCE_MAX: usize = 25;

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
    if first.is_ascii_digit() && second.is_ascii_digit() {
        return without_country(text);
    }
    if !(first.is_ascii_alphabetic() && second.is_ascii_alphabetic() && check.iter().all(u8::is_ascii_digit))
    {
        return None;
    }
    let country = text[..2].to_ascii_uppercase();
    if country == REFERENCE {
        return reference(text);
    }
    let (most, _) = LENGTHS.iter().find(|(_, countries)| countries.contains(&country.as_str()))?;
    let mut number = Vec::with_capacity(*most);
    let mut characters = Characters(text.char_indices());
    let mut end = 0;
    while number.len() < *most {
        let (at, character) = characters.next()?;
        number.push(character);
        end = at + 1;
    }
    (is_whole(text, end) && remainder(&number) == 1).then_some(end)
}

/// Two check digits and groups of four, with one character between them.
fn without_country(text: &str) -> Option<usize> {
    let is_digits = |text: &str, count: usize| {
        text.as_bytes().get(..count).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
    };
    let mut number = [LEFT_OUT, text.as_bytes().get(..2)?].concat();
    let mut end = 2;
    for _ in 0..GROUPS {
        let between = text[end..].chars().next().filter(|character| is_between(*character))?;
        end += between.len_utf8();
        number.extend(text.as_bytes().get(end..end + 4).filter(|_| is_digits(&text[end..], 4))?);
        end += 4;
    }
    (is_whole(text, end) && remainder(&number) == 1).then_some(end)
}

/// It has no length of its own, and so it ends with the first group with which its check digits are right.
fn reference(text: &str) -> Option<usize> {
    let mut number = Vec::with_capacity(REFERENCE_MAX);
    for (at, character) in Characters(text.char_indices()).take(REFERENCE_MAX) {
        number.push(character);
        if number.len() > 4 && is_whole(text, at + 1) && remainder(&number) == 1 {
            return Some(at + 1);
        }
    }
    None
}

/// The letters and digits of a text, until something stands there that separates none.
struct Characters<'a>(std::str::CharIndices<'a>);

impl Iterator for Characters<'_> {
    type Item = (usize, u8);

    fn next(&mut self) -> Option<Self::Item> {
        let (at, character) = self.0.find(|(_, character)| !is_between(*character))?;
        character.is_ascii_alphanumeric().then_some((at, character as u8))
    }
}

fn is_between(character: char) -> bool {
    matches!(kind_of(character), Kind::Separator(_) | Kind::Hyphen | Kind::Invisible)
}

/// Whether no letter or digit continues what ends there.
pub(super) fn is_whole(text: &str, end: usize) -> bool {
    !text[end..].starts_with(char::is_alphanumeric)
}

/// What is left of the number that the characters make, the country and the check digits last, divided by 97.
fn remainder(number: &[u8]) -> u32 {
    let (head, own) = number.split_at(4);
    own.iter().chain(head).fold(0, |sum, byte| {
        let value = char::from(*byte).to_digit(36).unwrap_or_default();
        (sum * if value < 10 { 10 } else { 100 } + value) % 97
    })
}
