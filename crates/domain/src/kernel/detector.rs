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
/// Characters of an account number (ISO 13616): how many the shortest and the longest have, without spaces.
const IBAN_MIN: usize = 15;
const IBAN_MAX: usize = 34;

/// Whether `text` holds a card number: digits, with spaces, dashes and invisible characters between them or not, that
/// letters do not continue, of a beginning and length that a brand issues, which pass Luhn. A UUID and an IBAN hold none.
///
/// A number begins and ends where a group of digits does, and may be a part of a longer row of groups: a date behind it
/// does not hide it.
pub fn holds_card_number(text: &str) -> bool {
    // Most texts that people write have too few digits, or none.
    let digits = text.bytes().filter(|byte| byte.is_ascii_digit() || !byte.is_ascii()).count();
    if digits < 14 {
        return false;
    }
    let row = Row::read(text);
    (0..row.groups.len()).any(|first| {
        let begun = row.groups[first].start;
        let mut lasts = (first..row.groups.len()).take_while(|last| {
            let group = &row.groups[*last];
            group.run == row.groups[first].run && group.end - begun <= DIGITS_MAX
        });
        lasts.any(|last| row.is_card_number(&row.groups[first..=last]))
    })
}

/// What a character is to a card number.
enum Kind {
    Digit(u8),
    /// It continues the digits beside it to another word, such as an order number.
    Letter,
    /// It may stand between two digits of one number. A hyphen also joins letters and digits to one word.
    Separator,
    Hyphen,
    /// It stands above or below the character before it.
    Mark,
    /// It ends a number, and joins what is on both sides to one word.
    Underscore,
    Other,
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
    /// Whether a letter stands directly before or behind it.
    has_neighbour: bool,
    /// Whether a word of two letters stands directly before it.
    is_behind_two: bool,
    /// Where the account number ends at the latest that it goes on with; the row's beginning where there is none.
    account_end: usize,
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
        let (mut run, mut inside, mut letters) = (0, false, 0);
        let mut before = None;
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let is_word = !before.is_some_and(char::is_alphanumeric);
            let known = if is_word { uuid(rest).or_else(|| iban(rest)) } else { None };
            let kind = if known.is_some() { Kind::Other } else { kind_of(character) };
            match kind {
                Kind::Digit(digit) => {
                    row.digits.push(digit);
                    let end = row.digits.len();
                    if !inside {
                        let word = row.words.len() - 1;
                        let account_end = row.account_end(run);
                        row.groups.push(Group {
                            start: end - 1,
                            end,
                            run,
                            word,
                            has_neighbour: letters > 0,
                            is_behind_two: letters == 2,
                            account_end,
                        });
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
                Kind::Separator => row.words.push(false),
                Kind::Other => {
                    row.words.push(false);
                    run += 1;
                }
                Kind::Underscore => run += 1,
                Kind::Hyphen | Kind::Mark => {}
            }
            if !matches!(kind, Kind::Mark) {
                inside = matches!(kind, Kind::Digit(_));
                letters = match kind {
                    Kind::Letter if letters > 0 || is_word => letters + 1,
                    // They do not begin their word.
                    Kind::Letter => 3,
                    Kind::Digit(_)
                    | Kind::Separator
                    | Kind::Hyphen
                    | Kind::Mark
                    | Kind::Underscore
                    | Kind::Other => 0,
                };
            }
            let length = known.unwrap_or_else(|| character.len_utf8());
            before = rest[..length].chars().next_back();
            rest = &rest[length..];
        }
        row
    }

    /// Where the account number ends at the latest that the next group of a run goes on with. It begins with the country's
    /// two letters and two digits: the letters continue all groups of `SE11 7060 5826 0767 5663 5463`.
    fn account_end(&self, run: usize) -> usize {
        match self.groups.last().filter(|before| before.run == run) {
            Some(head) if head.is_behind_two && head.end - head.start == 2 => head.start + IBAN_MAX - 2,
            Some(before) => before.account_end,
            None => 0,
        }
    }

    /// Whether these groups of one run are a card number.
    fn is_card_number(&self, groups: &[Group]) -> bool {
        let (Some(first), Some(last)) = (groups.first(), groups.last()) else { return false };
        is_issued(&self.digits[first.start..last.end]) && !self.is_in_a_word(groups)
    }

    /// Whether letters continue the digits. They do in `ORD-4000001234567899` and `D01-3050123-4567890`, across hyphens;
    /// what stands in groups of four has a card's own look, and there a letter must touch the digits.
    fn is_in_a_word(&self, groups: &[Group]) -> bool {
        let are_short = groups.iter().all(|group| group.end - group.start <= 4);
        let in_fours = groups.len() > 1 && are_short;
        let is_of_account = groups.iter().all(|group| group.end <= group.account_end);
        let is_of_word = |group: &Group| group.has_neighbour || (self.words[group.word] && !in_fours);
        (are_short && is_of_account) || groups.iter().any(is_of_word)
    }
}

fn is_issued(digits: &[u8]) -> bool {
    let Some(beginning) = digits.first_chunk::<4>() else { return false };
    let beginning = beginning.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    let has_form = |(from, to, lengths): &(u16, u16, &[usize])| {
        (*from..=*to).contains(&beginning) && lengths.contains(&digits.len())
    };
    ISSUED.iter().any(has_form) && vault::is_luhn_valid(digits)
}

fn kind_of(character: char) -> Kind {
    match character {
        '0'..='9' => Kind::Digit(character as u8),
        'a'..='z' | 'A'..='Z' => Kind::Letter,
        '-' => Kind::Hyphen,
        '_' => Kind::Underscore,
        ' '..='~' if character != ' ' => Kind::Other,
        // Minus signs, the bullet and the line that look like dashes, and the stroke that stands for one in Japan.
        '\u{2212}' | '\u{207b}' | '\u{208b}' | '\u{2796}' | '\u{2d7}' | '\u{2043}' | '\u{2500}'
        | '\u{30fc}' | '\u{ff70}' => Kind::Separator,
        // A symbol that is blank: Braille without dots.
        '\u{2800}' => Kind::Separator,
        _ => kind_of_category(character),
    }
}

fn kind_of_category(character: char) -> Kind {
    use GeneralCategory as Is;
    let category = character.general_category();
    if category == Is::DecimalNumber {
        Kind::Digit(b'0' + value(character))
    } else if matches!(category, Is::UppercaseLetter | Is::LowercaseLetter | Is::TitlecaseLetter) {
        // Letters without upper and lower case do not continue digits: many of their scripts write no spaces.
        Kind::Letter
    } else if matches!(category, Is::SpaceSeparator | Is::LineSeparator | Is::ParagraphSeparator)
        || matches!(category, Is::DashPunctuation | Is::Control | Is::Format)
    {
        Kind::Separator
    } else if matches!(category, Is::NonspacingMark | Is::EnclosingMark) {
        Kind::Mark
    } else if is_ignorable(character) {
        Kind::Separator
    } else {
        compatible_digit(character).map_or(Kind::Other, Kind::Digit)
    }
}

/// The digit that a character is another form of: raised, lowered or in a circle.
fn compatible_digit(character: char) -> Option<u8> {
    let mut plain = std::iter::once(character).nfkc();
    let digit = plain.next().filter(char::is_ascii_digit)?;
    plain.next().is_none().then_some(digit as u8)
}

/// What a decimal digit of any script is worth. Unicode promises that the ten of a script follow one another.
fn value(digit: char) -> u8 {
    let before = |steps: u32| char::from_u32(u32::from(digit) - steps);
    let is_digit = |character: char| character.general_category() == GeneralCategory::DecimalNumber;
    // Five alphabets of mathematics stand without a gap.
    let zero_to_here = (1..50).take_while(|steps| before(*steps).is_some_and(is_digit)).count();
    u8::try_from(zero_to_here % 10).unwrap_or_default()
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

/// The length of the account number in groups of four that the text begins with. Its check digits are right: only so may
/// letters stand among the groups, as in `IT60 X054 2811 1010 0000 0123 456`.
fn iban(text: &str) -> Option<usize> {
    let rest = |sum: u32, byte: &u8| {
        let value = char::from(*byte).to_digit(36).unwrap_or_default();
        (sum * if value < 10 { 10 } else { 100 } + value) % 97
    };
    let head = text.as_bytes().first_chunk::<4>()?;
    let fits = head[..2].iter().all(u8::is_ascii_alphabetic) && head[2..].iter().all(u8::is_ascii_digit);
    let (mut sum, mut count, mut at, mut found) = (0, 4, 4, None);
    while fits && count < IBAN_MAX {
        let space = text[at..].chars().next()?;
        if !matches!(kind_of(space), Kind::Separator | Kind::Hyphen) {
            break;
        }
        let group = &text[at + space.len_utf8()..];
        let length = group.bytes().take_while(u8::is_ascii_alphanumeric).count();
        if !(1..=4).contains(&length) {
            break;
        }
        sum = group.as_bytes()[..length].iter().fold(sum, rest);
        count += length;
        at += space.len_utf8() + length;
        if count >= IBAN_MIN && head.iter().fold(sum, rest) == 1 {
            found = Some(at);
        }
        if length < 4 {
            break;
        }
    }
    // A part of it may have right digits by chance, so the longest counts.
    found
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

#[cfg(test)]
mod tests;
