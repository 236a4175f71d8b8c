//! Runs of letters: the one, two or three that stand side by side in a text. A text that has another one in it has all of
//! that one's runs. This must not know what is stored of them.

use crate::kernel::text;

/// Letters of the longest run.
const LONGEST: usize = 3;
/// Runs that a text is looked for by. More would rule out little that these do not.
pub(super) const WANTED: usize = 4;
/// How many numbers there are for runs of one field and length. Runs that share one make a search look at somebody in vain,
/// and a bound to what a segment holds of the strangest names.
const NUMBERS: [i64; LONGEST] = [512, 2_048, 8_192];
/// Where the numbers of a field and length begin: each has its own.
const APART: i64 = 8_192;

/// Where a text stands. Runs of one field are not found in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    Email,
    Phone,
}

impl Field {
    pub(super) const ALL: [Self; 3] = [Self::Name, Self::Email, Self::Phone];

    const fn number(self) -> i64 {
        match self {
            Self::Name => 0,
            Self::Email => 1,
            Self::Phone => 2,
        }
    }
}

/// Tells every run of a text, as [`text::contains`] reads it. Some come more than once.
pub(super) fn each(field: Field, text: &str, mut has: impl FnMut(i64)) {
    for text in text::spellings(text) {
        let (mut last, mut count) = (['\0'; LONGEST], 0);
        for letter in text.chars() {
            last.rotate_left(1);
            last[LONGEST - 1] = letter;
            count = LONGEST.min(count + 1);
            (1..=count).for_each(|size| has(number(field, &last[LONGEST - size..])));
        }
    }
}

/// The runs that a text is looked for by, which is in lower case and not empty: some may be the same.
pub(super) fn wanted(field: Field, text: &str) -> [i64; WANTED] {
    let letters: Vec<char> = text.chars().collect();
    let runs: Vec<&[char]> = letters.windows(letters.len().clamp(1, LONGEST)).collect();
    let last = runs.len().saturating_sub(1);
    std::array::from_fn(|place| runs.get(place * last / (WANTED - 1)).map_or(0, |run| number(field, run)))
}

/// The number of a run of one to three letters. It is stored, and so it must stay as it is.
fn number(field: Field, run: &[char]) -> i64 {
    let mixed = run.iter().fold(0_u64, |mixed, letter| {
        // A prime of 64 bits: the letters before are spread over all of them.
        (mixed ^ u64::from(u32::from(*letter))).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
    });
    let size = run.len() - 1;
    let kind = field.number() * LONGEST as i64 + size as i64;
    kind * APART + (mixed % NUMBERS[size] as u64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_runs_of_each_text_in_it() {
        for text in ["Ada Lovelace", "ÅSA", "Ζεύς ΟΔΟΣ", "王芳", "a+b@x.se", "+46 70 123", "aaaa", "x", "İ"]
        {
            let mut has = Vec::new();
            each(Field::Email, text, |run| has.push(run));
            for spelling in text::spellings(text) {
                let letters: Vec<char> = spelling.chars().collect();
                for from in 0..letters.len() {
                    for to in from + 1..=letters.len() {
                        let part: String = letters[from..to].iter().collect();
                        let wanted = wanted(Field::Email, &part);
                        assert!(wanted.iter().all(|run| has.contains(run)), "{part} of {text}");
                    }
                }
            }
        }
    }

    #[test]
    fn runs_are_spread_over_their_numbers() {
        let letters: Vec<char> = ('a'..='z').collect();
        let mut numbers = std::collections::HashMap::new();
        for first in &letters {
            for second in &letters {
                let pair: String = [*first, *second].iter().collect();
                *numbers.entry(wanted(Field::Name, &pair)[0]).or_insert(0) += 1;
            }
        }
        assert!(numbers.len() > 500 && numbers.values().all(|runs| *runs < 8), "{}", numbers.len());
    }

    #[test]
    fn fields_and_lengths_share_no_numbers() {
        let mut ends = Vec::new();
        for field in Field::ALL {
            for text in ["a", "ab", "abc"] {
                ends.push(wanted(field, text)[0] / APART);
            }
        }
        assert_eq!(ends, (0..9).collect::<Vec<_>>());
    }

    #[test]
    fn the_numbers_stay_as_they_are_stored() {
        let of_text = |text: &str| wanted(Field::Email, text);
        assert_eq!(of_text("a"), [25_065; WANTED]);
        assert_eq!(of_text("lovelace"), [47_355, 43_648, 44_736, 47_966]);
    }
}
