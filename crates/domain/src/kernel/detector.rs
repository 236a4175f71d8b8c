//! Whether a text holds a card number. The one detector: whatever people write is shown to it before it is stored in the
//! clear. It looks at decoded texts, never at JSON, and has nothing to say about what may be paid with.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The first four digits, from and to, and how many digits such numbers have that are issued today. It is narrower than
/// the table of payments, which also takes what was issued long ago: here a wrong guess refuses somebody's order number.
const ISSUED: &[(u16, u16, &[usize])] = &[
    // Visa.
    (4000, 4999, &[16, 19]),
    // Mastercard.
    (5100, 5599, &[16]),
    (2221, 2720, &[16]),
    // American Express.
    (3400, 3499, &[15]),
    (3700, 3799, &[15]),
    // Diners Club.
    (3000, 3059, &[14, 16]),
    (3600, 3699, &[14, 16]),
    (3800, 3999, &[14, 16]),
    // Discover.
    (6011, 6011, &[16, 19]),
    (6440, 6599, &[16, 19]),
    // JCB.
    (3528, 3589, &[16]),
    // UnionPay.
    (6200, 6299, &[16, 17, 18, 19]),
    // Maestro.
    (5000, 5099, &[16, 17, 18, 19]),
    (5600, 5899, &[16, 17, 18, 19]),
    (6700, 6799, &[16, 17, 18, 19]),
];
const DIGITS_MAX: usize = 19;
/// Bytes of a UUID with its hyphens.
const UUID_BYTES: usize = 36;

/// Whether `text` holds a card number: digits, with spaces, dashes, raised dots and invisible characters between them or
/// not, that letters do not continue, of a beginning and length that a brand issues, which pass Luhn. A UUID and an IBAN
/// hold none. A text may be JSON or HTML, so what stands in its escapes is looked at as well.
///
/// A number begins and ends where a group of digits does, and may be a part of a longer row of groups: a date behind it
/// does not hide it. Groups that people write for something else, such as sizes, make none: `looks::fit_a_card` says which.
pub fn holds_card_number(text: &str) -> bool {
    holds_plainly(text) || escapes::readings(text).any(|plain| holds_plainly(&plain))
}

fn holds_plainly(text: &str) -> bool {
    // Most texts that people write have too few digits, or none.
    let digits = text.bytes().filter(|byte| byte.is_ascii_digit() || !byte.is_ascii()).count();
    if digits < 14 {
        return false;
    }
    let row = Row::read(text);
    (0..row.groups.len()).any(|first| {
        let begun = &row.groups[first];
        let Some(lengths) = issued_lengths(&row.digits[begun.start..]) else { return false };
        let mut lasts = (first..row.groups.len()).take_while(|last| {
            let group = &row.groups[*last];
            group.run == begun.run && group.end - begun.start <= DIGITS_MAX
        });
        lasts.any(|last| {
            lengths.contains(&(row.groups[last].end - begun.start))
                && row.is_card_number(&row.groups[first..=last])
        })
    })
}

/// What a character is to a card number.
enum Kind {
    /// One digit, or two where one character shows so many, such as a ten in a circle.
    Digits(Option<u8>, u8),
    /// It continues the digits beside it to another word, such as an order number.
    Letter,
    /// It may stand between two digits of one number. A hyphen also joins letters and digits to one word.
    Separator(Gap),
    Hyphen,
    /// It stands above or below the character before it.
    Mark,
    /// It ends a number, and joins what is on both sides to one word.
    Underscore,
    Other,
}

/// What stands between two groups of a number. Of several separators the last one of these counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    /// A space, or nothing that is seen.
    Blank,
    Dot,
    Dash,
    /// The next line begins.
    Line,
}

/// A group of digits that nothing separates.
struct Group {
    /// Where it begins and ends in the row.
    start: usize,
    end: usize,
    /// Groups of one run have nothing but separators between them.
    run: usize,
    /// Groups of one word have letters, hyphens and underscores between them.
    word: usize,
    /// What stands before it.
    gap: Gap,
    /// Whether a letter stands directly before or behind it.
    has_neighbour: bool,
}

/// The digits of a text.
#[derive(Default)]
struct Row {
    digits: Vec<u8>,
    groups: Vec<Group>,
    /// For each word, whether it has letters.
    words: Vec<bool>,
}

impl Row {
    fn read(text: &str) -> Self {
        let mut row = Self { words: vec![false], ..Self::default() };
        let (mut run, mut inside, mut is_behind_letter) = (0, false, false);
        let mut gap = Gap::Blank;
        let mut before = None;
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let is_word = !before.is_some_and(char::is_alphanumeric);
            let known = if is_word { uuid(rest).or_else(|| iban::length(rest)) } else { None };
            let kind = if known.is_some() { Kind::Other } else { kind_of(character) };
            match kind {
                Kind::Digits(tens, digit) => {
                    let start = row.digits.len();
                    row.digits.extend(tens);
                    row.digits.push(digit);
                    let end = row.digits.len();
                    if !inside {
                        let word = row.words.len() - 1;
                        row.groups.push(Group {
                            start,
                            end,
                            run,
                            word,
                            gap,
                            has_neighbour: is_behind_letter,
                        });
                        gap = Gap::Blank;
                    } else if let Some(group) = row.groups.last_mut() {
                        group.end = end;
                    }
                }
                Kind::Letter => {
                    if let Some(group) = row.groups.last_mut().filter(|_| inside) {
                        group.has_neighbour = true;
                    }
                    if let Some(has_letters) = row.words.last_mut() {
                        *has_letters = true;
                    }
                    run += 1;
                }
                Kind::Separator(seen) => {
                    row.words.push(false);
                    gap = gap.max(seen);
                }
                Kind::Hyphen => gap = gap.max(Gap::Dash),
                Kind::Other => {
                    row.words.push(false);
                    run += 1;
                }
                Kind::Underscore => run += 1,
                Kind::Mark => {}
            }
            if !matches!(kind, Kind::Mark) {
                inside = matches!(kind, Kind::Digits(..));
                is_behind_letter = matches!(kind, Kind::Letter);
            }
            let length = known.unwrap_or_else(|| character.len_utf8());
            before = rest[..length].chars().next_back();
            rest = &rest[length..];
        }
        row
    }

    /// Whether these groups of one run, which begin and are as long as a card number, are one.
    fn is_card_number(&self, groups: &[Group]) -> bool {
        let (Some(first), Some(last)) = (groups.first(), groups.last()) else { return false };
        vault::is_luhn_valid(&self.digits[first.start..last.end])
            && looks::fit_a_card(groups, &self.digits)
            && !self.is_in_a_word(groups)
    }

    /// Whether letters continue the digits. They do in `ORD-4000001234567899` and `D01-3050123-4567890`, across hyphens;
    /// what stands in groups of four has a card's own look, and there a letter must touch the digits.
    fn is_in_a_word(&self, groups: &[Group]) -> bool {
        let are_short = groups.iter().all(|group| group.end - group.start <= 4);
        let in_fours = groups.len() > 1 && are_short;
        let is_of_word = |group: &Group| group.has_neighbour || (self.words[group.word] && !in_fours);
        groups.iter().any(is_of_word)
    }
}

/// How many digits the numbers have that begin so; none if no brand issues any.
fn issued_lengths(digits: &[u8]) -> Option<&'static [usize]> {
    let beginning = digits.first_chunk::<4>()?;
    let beginning = beginning.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    let (_, _, lengths) = ISSUED.iter().find(|(from, to, _)| (*from..=*to).contains(&beginning))?;
    Some(lengths)
}

fn kind_of(character: char) -> Kind {
    match character {
        '0'..='9' => Kind::Digits(None, character as u8),
        'a'..='z' | 'A'..='Z' => Kind::Letter,
        '-' => Kind::Hyphen,
        '_' => Kind::Underscore,
        ' '..='~' if character != ' ' => Kind::Other,
        // Minus signs, the bullet that looks like a dash, and the stroke that stands for one in Japan.
        '\u{2212}' | '\u{207b}' | '\u{208b}' | '\u{2796}' | '\u{2d7}' | '\u{2043}' | '\u{30fc}'
        | '\u{ff70}' => Kind::Separator(Gap::Dash),
        // Lines, as boxes are drawn with and as old screens had them.
        '\u{2500}'..='\u{257f}' | '\u{23af}' | '\u{23ba}'..='\u{23bd}' => Kind::Separator(Gap::Dash),
        // Dots in the middle of the line.
        '\u{b7}' | '\u{387}' | '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22c5}' | '\u{2e31}'
        | '\u{2e33}' | '\u{30fb}' | '\u{ff65}' => Kind::Separator(Gap::Dot),
        // A symbol that is blank: Braille without dots.
        '\u{2800}' => Kind::Separator(Gap::Blank),
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Kind::Separator(Gap::Line),
        _ => kind_of_category(character),
    }
}

fn kind_of_category(character: char) -> Kind {
    use GeneralCategory as Is;
    let category = character.general_category();
    if category == Is::DecimalNumber {
        Kind::Digits(None, b'0' + value(character))
    } else if matches!(category, Is::UppercaseLetter | Is::LowercaseLetter | Is::TitlecaseLetter) {
        // Letters without upper and lower case do not continue digits: many of their scripts write no spaces.
        Kind::Letter
    } else if category == Is::DashPunctuation {
        Kind::Separator(Gap::Dash)
    } else if matches!(category, Is::SpaceSeparator | Is::Control | Is::Format) {
        Kind::Separator(Gap::Blank)
    } else if matches!(category, Is::NonspacingMark | Is::EnclosingMark) {
        Kind::Mark
    } else if is_ignorable(character) {
        Kind::Separator(Gap::Blank)
    } else {
        other_digits(character).unwrap_or(Kind::Other)
    }
}

/// The digits of Chinese and Japanese, zero first: as they are written, and as banks write them so that nobody changes one.
const HAN: [&str; 5] = [
    "〇一二三四五六七八九",
    "○一两三四五六七八九",
    "零壹贰叁肆伍陆柒捌玖",
    "零壹貳參肆伍陸柒捌玖",
    "零壱弐参肆伍陸漆捌玖",
];

/// The digit or the two that a character is another form of: raised, lowered, in a circle or in parentheses, with a full
/// stop or a comma behind it, a number of an old script, or of Chinese.
fn other_digits(character: char) -> Option<Kind> {
    let place = u32::from(character);
    // What Unicode says is worth so much and is no other form of a digit: where it begins, where it ends, and what the
    // first is worth.
    let worth = [
        (0x24eb, 0x24f4, 11),
        (0x24f5, 0x24fe, 1),
        (0x24ff, 0x24ff, 0),
        (0x2776, 0x277f, 1),
        (0x2780, 0x2789, 1),
        (0x278a, 0x2793, 1),
        (0x1f10b, 0x1f10b, 0),
        (0x1f10c, 0x1f10c, 0),
        (0x1369, 0x1371, 1),
        (0x10a40, 0x10a43, 1),
        (0x10e60, 0x10e68, 1),
        (0x11052, 0x1105a, 1),
        (0x3021, 0x3029, 1),
    ];
    let known = worth.iter().find(|(from, to, _)| (*from..=*to).contains(&place));
    let worth = match known {
        Some((from, _, first)) => place - from + first,
        None => {
            let around = |sign: &char| matches!(sign, '(' | ')' | '.' | ',');
            let plain: String = std::iter::once(character).nfkc().filter(|sign| !around(sign)).collect();
            let in_han = |digits: &&str| digits.chars().position(|digit| plain.chars().eq([digit]));
            if let Some(worth) = HAN.iter().find_map(in_han) {
                return Some(Kind::Digits(None, b'0' + u8::try_from(worth).ok()?));
            }
            let is_number = matches!(plain.len(), 1 | 2) && plain.bytes().all(|byte| byte.is_ascii_digit());
            plain.parse().ok().filter(|_| is_number)?
        }
    };
    let digit = |worth: u32| u8::try_from(worth).ok().map(|worth| b'0' + worth);
    Some(Kind::Digits(if worth < 10 { None } else { digit(worth / 10) }, digit(worth % 10)?))
}

/// What a decimal digit of any script is worth. Unicode promises that the ten of a script follow one another.
fn value(digit: char) -> u8 {
    let before = |steps: u32| char::from_u32(u32::from(digit) - steps);
    let is_digit = |character: char| character.general_category() == GeneralCategory::DecimalNumber;
    // Five alphabets of mathematics stand without a gap.
    let zero_to_here = (1..50).take_while(|steps| before(*steps).is_some_and(is_digit)).count();
    u8::try_from(zero_to_here % 10).unwrap_or_default()
}

/// The ASCII digit that a decimal digit of any script stands for.
pub(crate) fn plain_digit(character: char) -> Option<char> {
    let is_digit = character.general_category() == GeneralCategory::DecimalNumber;
    is_digit.then(|| char::from(b'0' + value(character)))
}

/// The plain character for one that may stand between the digits of a number and is no dot: a dash or a space.
pub(crate) fn separator(character: char) -> Option<char> {
    match kind_of(character) {
        Kind::Hyphen | Kind::Separator(Gap::Dash) => Some('-'),
        Kind::Separator(Gap::Blank | Gap::Line) => Some(' '),
        Kind::Separator(Gap::Dot)
        | Kind::Digits(..)
        | Kind::Letter
        | Kind::Mark
        | Kind::Underscore
        | Kind::Other => None,
    }
}

/// The length of the UUID that the text begins with, if no letter or digit continues it.
fn uuid(text: &str) -> Option<usize> {
    let uuid = text.as_bytes().get(..UUID_BYTES)?;
    let fits = uuid.iter().enumerate().all(|(place, byte)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    (fits && !text[UUID_BYTES..].starts_with(char::is_alphanumeric)).then_some(UUID_BYTES)
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

mod escapes;
mod iban;
mod looks;
#[cfg(test)]
mod tests;
