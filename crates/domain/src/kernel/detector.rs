//! Whether a text holds a card number. The one detector: whatever people write is shown to it before it is stored in the
//! clear. It looks at decoded texts, never at JSON, and has nothing to say about what may be paid with.

use characters::{Gap, Kind, kind_of};
pub(crate) use characters::{is_ignorable, plain_digit, separator};
use looks::Candidate;

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
const DIGITS_MIN: usize = 14;
const DIGITS_MAX: usize = 19;

/// Whether `text` holds a card number: digits that letters do not continue, of a beginning and length that a brand issues,
/// which pass Luhn, as one group or as groups that `looks` takes for a card's. Spaces, dashes, raised dots and invisible
/// characters may stand between them. A UUID, an account number and a fraction hold none. What stands in escapes is
/// looked at as well: a text may be JSON, HTML or an address.
///
/// A number begins and ends where a group of digits does. As it is printed, it may be a part of a longer row of groups: a
/// date behind it does not hide it.
pub fn holds_card_number(text: &str) -> bool {
    holds_plainly(text) || escapes::readings(text).any(|plain| holds_plainly(&plain))
}

/// Whether two texts that stand beside one another, such as first and last name, make a card number together. Two groups
/// of eight digits are two phones in one text, and none in two.
pub fn make_card_number(first: &str, second: &str) -> bool {
    holds_card_number(&format!("{first} {second}")) || holds_card_number(&format!("{first}{second}"))
}

fn holds_plainly(text: &str) -> bool {
    // Most texts that people write have too few digits, or none.
    let digits = text.bytes().filter(|byte| byte.is_ascii_digit() || !byte.is_ascii()).count();
    if digits < DIGITS_MIN {
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
            lengths.contains(&(row.groups[last].end - begun.start)) && row.is_card_number(first, last)
        })
    })
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
    /// What stands before it, if something of the same run does.
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

/// How a group of digits goes on at some place of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    No,
    /// A digit stands directly before.
    Touching,
    /// Nothing that is seen stands in between.
    Unseen,
}

impl Row {
    fn read(text: &str) -> Self {
        let mut row = Self { words: vec![false], ..Self::default() };
        let (mut run, mut inside, mut is_behind_letter) = (0, Inside::No, false);
        let mut gap = None;
        let mut before = None;
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let known = known::length(before, rest);
            // Before the number on a magnetic stripe stands `%B`.
            let is_stripe = character == 'B' && before == Some('%');
            let kind = if known.is_some() || is_stripe { Kind::Other } else { kind_of(character) };
            let length = known.unwrap_or_else(|| character.len_utf8());
            let is_plain = matches!(kind, Kind::Mark);
            let mut now = Inside::No;
            match kind {
                Kind::Digits(tens, digit) => {
                    now = Inside::Touching;
                    let start = row.digits.len();
                    row.digits.extend(tens);
                    row.digits.push(digit);
                    let end = row.digits.len();
                    match row.groups.last_mut().filter(|_| inside != Inside::No) {
                        Some(group) => group.end = end,
                        None => row.groups.push(Group {
                            start,
                            end,
                            run,
                            word: row.words.len() - 1,
                            gap: gap.unwrap_or(Gap::Blank),
                            has_neighbour: is_behind_letter,
                        }),
                    }
                    gap = None;
                }
                Kind::Letter => {
                    if let Some(group) = row.groups.last_mut().filter(|_| inside == Inside::Touching) {
                        group.has_neighbour = true;
                    }
                    if let Some(has_letters) = row.words.last_mut() {
                        *has_letters = true;
                    }
                    run += 1;
                }
                Kind::Separator(seen) => {
                    row.words.push(false);
                    gap = Some(wider(gap, seen));
                }
                Kind::Invisible => {
                    row.words.push(false);
                    if inside != Inside::No {
                        now = Inside::Unseen;
                    }
                }
                Kind::Plus if inside != Inside::No && begins_with_digit(&rest[length..]) => {
                    row.words.push(false);
                    gap = Some(wider(gap, Gap::Blank));
                }
                Kind::Hyphen => gap = Some(wider(gap, Gap::Dash)),
                Kind::Other | Kind::Plus => {
                    row.words.push(false);
                    run += 1;
                }
                Kind::Underscore => run += 1,
                Kind::Mark => {}
            }
            if !is_plain {
                inside = now;
                is_behind_letter = matches!(kind, Kind::Letter);
            }
            before = rest[..length].chars().next_back();
            rest = &rest[length..];
        }
        row
    }

    /// Whether these groups of one run, which begin and are as long as a card number, are one.
    fn is_card_number(&self, first: usize, last: usize) -> bool {
        let groups = &self.groups[first..=last];
        vault::is_luhn_valid(&self.digits[groups[0].start..self.groups[last].end])
            && Candidate { all: &self.groups, first, last, digits: &self.digits }.fits_a_card()
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

/// The gap that two separators make.
fn wider(gap: Option<Gap>, seen: Gap) -> Gap {
    match (gap, seen) {
        (Some(Gap::Blank), Gap::Blank) => Gap::Wide,
        (Some(gap), seen) => gap.max(seen),
        (None, seen) => seen,
    }
}

fn begins_with_digit(text: &str) -> bool {
    text.chars().next().is_some_and(|next| matches!(kind_of(next), Kind::Digits(..)))
}

mod characters;
mod digits;
mod escapes;
mod iban;
mod known;
mod looks;
#[cfg(test)]
mod tests;
