//! Which characters are digits, and what they are worth: those of every script, and their other forms. It must say nothing
//! of what stands between digits.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Characters that are another form of a digit, or of a number below a hundred: raised, lowered, in a circle or in
/// parentheses, with a full stop or a comma behind it, a number of an old script, or of Chinese and Japanese as they are
/// written and as banks write them. Where a row of them begins, where it ends, and what the first is worth. Sorted.
const FORMS: &[(char, char, u8)] = &[
    ('²', '³', 2),
    ('¹', '¹', 1),
    ('\u{1369}', '\u{1371}', 1),
    ('⁰', '⁰', 0),
    ('⁴', '⁹', 4),
    ('₀', '₉', 0),
    ('①', '⑳', 1),
    ('⑴', '⒇', 1),
    ('⒈', '⒛', 1),
    ('⓪', '⓪', 0),
    ('⓫', '⓴', 11),
    ('⓵', '⓾', 1),
    ('⓿', '⓿', 0),
    ('○', '○', 0),
    ('❶', '❿', 1),
    ('➀', '➉', 1),
    ('➊', '➓', 1),
    ('⼀', '⼀', 1),
    ('⼆', '⼆', 2),
    ('⼋', '⼋', 8),
    ('〇', '〇', 0),
    ('〡', '〩', 1),
    ('㆒', '㆕', 1),
    ('㈠', '㈨', 1),
    ('㉑', '㉟', 21),
    ('㊀', '㊈', 1),
    ('㊱', '㊿', 36),
    ('一', '一', 1),
    ('七', '七', 7),
    ('三', '三', 3),
    ('両', '両', 2),
    ('两', '两', 2),
    ('九', '九', 9),
    ('二', '二', 2),
    ('五', '五', 5),
    ('伍', '伍', 5),
    ('兩', '兩', 2),
    ('八', '八', 8),
    ('六', '六', 6),
    ('叁', '叁', 3),
    ('参', '参', 3),
    ('參', '參', 3),
    ('四', '四', 4),
    ('壱', '壱', 1),
    ('壹', '壹', 1),
    ('弌', '弎', 1),
    ('弐', '弐', 2),
    ('捌', '捌', 8),
    ('柒', '柒', 7),
    ('漆', '漆', 7),
    ('玖', '玖', 9),
    ('肆', '肆', 4),
    ('貳', '貳', 2),
    ('贰', '贰', 2),
    ('陆', '陆', 6),
    ('陸', '陸', 6),
    ('零', '零', 0),
    ('\u{f96b}', '\u{f96b}', 3),
    ('\u{f978}', '\u{f978}', 2),
    ('\u{f9b2}', '\u{f9b2}', 0),
    ('\u{f9d1}', '\u{f9d1}', 6),
    ('\u{f9d3}', '\u{f9d3}', 6),
    ('\u{ffee}', '\u{ffee}', 0),
    ('\u{10a40}', '\u{10a43}', 1),
    ('\u{10e60}', '\u{10e68}', 1),
    ('\u{11052}', '\u{1105a}', 1),
    ('\u{1f100}', '\u{1f100}', 0),
    ('\u{1f101}', '\u{1f10a}', 0),
    ('\u{1f10b}', '\u{1f10b}', 0),
    ('\u{1f10c}', '\u{1f10c}', 0),
    ('\u{1f214}', '\u{1f214}', 2),
    ('\u{1f229}', '\u{1f229}', 1),
    ('\u{1f22a}', '\u{1f22a}', 3),
];

/// What another form of a digit is worth; more than nine where one character shows two digits, such as a ten in a circle.
pub(super) fn other_form(character: char) -> Option<u8> {
    let row = FORMS.partition_point(|(_, to, _)| *to < character);
    let (from, _, first) = FORMS.get(row).filter(|(from, ..)| *from <= character)?;
    Some(first + u8::try_from(u32::from(character) - u32::from(*from)).ok()?)
}

pub(super) fn is_decimal(character: char) -> bool {
    character.general_category() == GeneralCategory::DecimalNumber
}

/// What a decimal digit of any script is worth. Unicode promises that the ten of a script follow one another.
pub(super) fn value(digit: char) -> u8 {
    const MATHEMATICS: u32 = 0x1d7ce;
    let code = u32::from(digit);
    let place = match digit {
        // Five alphabets of ten.
        '\u{1d7ce}'..='\u{1d7ff}' => code - MATHEMATICS,
        // Two scripts stand without a gap at most.
        _ => (1..20)
            .take_while(|steps| char::from_u32(code - steps).is_some_and(is_decimal))
            .fold(0, |_, steps| steps),
    };
    u8::try_from(place % 10).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn digits_of_all_scripts_are_worth_what_stands_before_them() {
        let mut row = 0;
        for digit in ('\0'..=char::MAX).filter(|character| is_decimal(*character)) {
            let before = char::from_u32(u32::from(digit) - 1).filter(|before| is_decimal(*before));
            row = if before.is_some() { row + 1 } else { 0 };
            assert_eq!(u32::from(value(digit)), row % 10, "{digit}");
        }
    }

    /// Whatever Unicode says is a form of a digit, of a number of two, or of a numeral in the table.
    #[test]
    fn every_other_form_of_a_digit_is_in_the_table() {
        assert!(FORMS.is_sorted_by(|one, other| one.0 <= one.1 && one.1 < other.0));
        let forms = ('\u{80}'..=char::MAX).filter(|character| !is_decimal(*character));
        for character in forms {
            let around = |sign: &char| matches!(sign, '(' | ')' | '.' | ',');
            let plain: String = std::iter::once(character).nfkc().filter(|sign| !around(sign)).collect();
            let mut alone = plain.chars();
            let known = match (alone.next(), alone.next()) {
                (Some(one), None) if one != character => other_form(one),
                _ => None,
            };
            let is_number = matches!(plain.len(), 1 | 2) && plain.bytes().all(|byte| byte.is_ascii_digit());
            let worth = if is_number { plain.parse().ok() } else { known };
            if worth.is_some() {
                assert_eq!(other_form(character), worth, "{character}");
            }
        }
    }
}
