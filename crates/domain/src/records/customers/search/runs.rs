//! Runs of letters: the one, two or three that stand side by side in a text. A text that has another one in it has all of
//! that one's runs. This must not know what is stored of them.

use crate::kernel::text;

/// Letters of the longest run.
const LONGEST: usize = 3;
/// Runs that a text is looked for by. More would rule out little that these do not.
pub(super) const WANTED: usize = 4;
/// One more than the largest character, so that no two runs of up to three have one number.
const BASE: i64 = char::MAX as i64 + 2;

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

/// Every run of a text, as [`text::contains`] reads it. Some come more than once.
pub(super) fn of(field: Field, text: &str) -> Vec<i64> {
    let mut runs = Vec::new();
    for text in text::spellings(text) {
        let letters: Vec<char> = text.chars().collect();
        for size in 1..=LONGEST {
            runs.extend(letters.windows(size).map(|run| number(field, run)));
        }
    }
    runs
}

/// The runs that a text is looked for by, which is in lower case and not empty: some may be the same.
pub(super) fn wanted(field: Field, text: &str) -> [i64; WANTED] {
    let letters: Vec<char> = text.chars().collect();
    let runs: Vec<&[char]> = letters.windows(letters.len().clamp(1, LONGEST)).collect();
    let last = runs.len().saturating_sub(1);
    std::array::from_fn(|place| runs.get(place * last / (WANTED - 1)).map_or(0, |run| number(field, run)))
}

fn number(field: Field, run: &[char]) -> i64 {
    let number = run.iter().fold(0, |number, letter| number * BASE + i64::from(u32::from(*letter)) + 1);
    number * Field::ALL.len() as i64 + field.number()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_runs_of_each_text_in_it() {
        for text in ["Ada Lovelace", "ÅSA", "Ζεύς ΟΔΟΣ", "王芳", "a+b@x.se", "+46 70 123", "aaaa", "x", "İ"]
        {
            let has = of(Field::Email, text);
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
    fn no_two_runs_have_one_number() {
        let last = char::MAX;
        let runs = ["a", "\0", "\0a", "a\0", "\0\0a", "ab", "ba", "abc", &format!("{last}{last}{last}")];
        let mut numbers: Vec<i64> = runs.iter().map(|run| wanted(Field::Phone, run)[0]).collect();
        numbers.extend(runs.iter().map(|run| wanted(Field::Name, run)[0]));
        assert!(numbers.iter().all(|number| *number > 0));
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 2 * runs.len());
    }
}
