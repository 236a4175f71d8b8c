//! What one character is to a card number: a digit, a gap that may stand between digits, or something else. It must not look
//! at what stands beside it.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::digits::{is_decimal, other_form, value};

/// What a character is to a card number.
pub(super) enum Kind {
    /// One digit, or two where one character shows so many, such as a ten in a circle.
    Digits(Option<u8>, u8),
    /// It continues the digits beside it to another word, such as an order number.
    Letter,
    /// It may stand between two digits of one number. A hyphen also joins letters and digits to one word.
    Separator(Gap),
    Hyphen,
    /// It may stand between two digits as well, and nobody sees it there.
    Invisible,
    /// It is a space in forms, where digits stand on both sides of it, and a sign otherwise.
    Plus,
    /// It stands above or below the character before it.
    Mark,
    /// It ends a number, and joins what is on both sides to one word.
    Underscore,
    Other,
}

/// What stands between two groups of a number. Of several separators the last one of these counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    Blank,
    /// More than one blank.
    Wide,
    Dot,
    Dash,
    /// The next line begins.
    Line,
}

pub(super) fn kind_of(character: char) -> Kind {
    match character {
        '0'..='9' => Kind::Digits(None, character as u8),
        'a'..='z' | 'A'..='Z' => Kind::Letter,
        '-' => Kind::Hyphen,
        '_' => Kind::Underscore,
        '+' => Kind::Plus,
        ' '..='~' if character != ' ' => Kind::Other,
        // Minus signs, the bullet that looks like a dash, the stroke that stands for one in Japan, and raised ones.
        '\u{2212}' | '\u{207b}' | '\u{208b}' | '\u{2796}' | '\u{2d7}' | '\u{2043}' | '\u{30fc}'
        | '\u{ff70}' | '\u{af}' | '\u{203e}' => Kind::Separator(Gap::Dash),
        // Lines, as boxes are drawn with and as old screens had them.
        '\u{2500}'..='\u{257f}' | '\u{23af}' | '\u{23ba}'..='\u{23bd}' => Kind::Separator(Gap::Dash),
        // Dots in the middle of the line.
        '\u{b7}' | '\u{387}' | '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22c5}' | '\u{2e31}'
        | '\u{2e33}' | '\u{30fb}' | '\u{ff65}' => Kind::Separator(Gap::Dot),
        // A symbol that is blank: Braille without dots.
        '\u{2800}' => Kind::Separator(Gap::Blank),
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Kind::Separator(Gap::Line),
        _ => kind_of_more(character),
    }
}

fn kind_of_more(character: char) -> Kind {
    use GeneralCategory as Is;
    if let Some(worth) = other_form(character) {
        let tens = (worth >= 10).then_some(b'0' + worth / 10);
        return Kind::Digits(tens, b'0' + worth % 10);
    }
    // Most of what is written in Chinese, Japanese and Korean. Letters without upper and lower case do not continue digits:
    // many of their scripts write no spaces.
    let is_other = matches!(
        character,
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}'
    );
    if is_other {
        return Kind::Other;
    }
    if is_ignorable(character) {
        return if is_mark(character) { Kind::Mark } else { Kind::Invisible };
    }
    if is_decimal(character) {
        return Kind::Digits(None, b'0' + value(character));
    }
    let category = character.general_category();
    if matches!(category, Is::UppercaseLetter | Is::LowercaseLetter | Is::TitlecaseLetter) {
        Kind::Letter
    } else if category == Is::DashPunctuation {
        Kind::Separator(Gap::Dash)
    } else if matches!(category, Is::SpaceSeparator | Is::Control) {
        Kind::Separator(Gap::Blank)
    } else if category == Is::Format {
        Kind::Invisible
    } else if is_mark(character) {
        Kind::Mark
    } else {
        Kind::Other
    }
}

fn is_mark(character: char) -> bool {
    let category = character.general_category();
    matches!(category, GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark)
}

/// The ASCII digit that a decimal digit of any script stands for.
pub(crate) fn plain_digit(character: char) -> Option<char> {
    is_decimal(character).then(|| char::from(b'0' + value(character)))
}

/// The plain character for one that may stand between the digits of a number and is no dot: a dash or a space.
pub(crate) fn separator(character: char) -> Option<char> {
    match kind_of(character) {
        Kind::Hyphen | Kind::Separator(Gap::Dash) => Some('-'),
        Kind::Separator(Gap::Blank | Gap::Wide | Gap::Line) | Kind::Invisible => Some(' '),
        Kind::Separator(Gap::Dot)
        | Kind::Digits(..)
        | Kind::Letter
        | Kind::Plus
        | Kind::Mark
        | Kind::Underscore
        | Kind::Other => None,
    }
}

/// Whether a character shows nothing where it stands (Unicode's `Default_Ignorable_Code_Point`, assigned or not).
pub(crate) const fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}
