//! Every valid number is found in every combination of the spellings that are meant: in groups, with gaps, in digits of
//! any script, in escapes of any family, nested. What is not meant, `docs/security.md` says.

use super::super::{ISSUED, holds_card_number};
use super::random::Random;

/// How a number is divided, and what stands between its groups.
struct Layout {
    groups: Vec<usize>,
    gaps: Gaps,
    /// Whether other digits may be in the same line.
    has_company: bool,
}

enum Gaps {
    /// Whatever comes.
    Any,
    /// The same between all.
    Same(&'static str),
}

const BLANKS: [&str; 6] = [" ", "\u{a0}", "\u{2009}", "\u{3000}", "\t", "+"];
const SAME: [&str; 8] = [" ", "\u{a0}", "-", "\u{2013}", "\u{2212}", "\u{b7}", "\u{2022}", "\u{2500}"];
const LINES: [&str; 3] = ["\n", "\r\n", "\u{2028}"];
const UNSEEN: [&str; 6] = ["\u{ad}", "\u{200b}", "\u{200d}", "\u{2060}", "\u{feff}", "\u{fe0f}"];
/// Names of HTML for what may be between groups, and for what is not seen.
const NAMES: [&str; 18] = [
    "nbsp",
    "middot",
    "ensp",
    "thinsp",
    "MediumSpace",
    "ThickSpace",
    "NonBreakingSpace",
    "VeryThinSpace",
    "ndash",
    "mdash",
    "horbar",
    "HorizontalLine",
    "boxh",
    "boxVH",
    "CenterDot",
    "bullet",
    "sdot",
    "macr",
];
const UNSEEN_NAMES: [&str; 6] =
    ["shy", "NegativeThinSpace", "InvisibleComma", "NoBreak", "zwnj", "ZeroWidthSpace"];
/// Forms of the digits that follow one another, by their zeros.
const ZEROS: [char; 9] = ['0', '０', '٠', '०', '᥆', '𝟎', '𝟶', '₀', '🯰'];
const HAN: [&str; 3] = ["〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖", "零壱弐参肆伍陸漆捌玖"];
const CIRCLES: [&str; 3] = ["⓪①②③④⑤⑥⑦⑧⑨", "⓿❶❷❸❹❺❻❼❽❾", "⁰¹²³⁴⁵⁶⁷⁸⁹"];

impl Random {
    /// A number that a brand may issue. Its groups of four neither grow nor shrink, nor are they round, as prices are.
    fn card_number(&mut self) -> String {
        loop {
            let (from, to, lengths) = ISSUED[self.below(ISSUED.len())];
            let beginning = usize::from(from) + self.below(usize::from(to - from) + 1);
            let length = lengths[self.below(lengths.len())];
            let body = format!("{beginning}{}", self.digits(length - 5));
            let number = (0..10)
                .map(|last| format!("{body}{last}"))
                .find(|number| vault::is_luhn_valid(number.as_bytes()));
            let number = number.expect("one of ten last digits fits");
            let fours: Vec<&[u8]> = number.as_bytes().chunks(4).collect();
            let are_round = fours.iter().all(|four| matches!(four.last(), Some(b'0' | b'5' | b'9')));
            if !are_sizes(&fours) && !are_round {
                return number;
            }
        }
    }

    fn layout(&mut self, number: &str) -> Layout {
        let length = number.len();
        let uniform = |wide: usize| {
            let full = std::iter::repeat_n(wide, length / wide);
            full.chain(Some(length % wide).filter(|rest| *rest > 0)).collect::<Vec<_>>()
        };
        let any = |groups: Vec<usize>| Layout { groups, gaps: Gaps::Any, has_company: true };
        match self.below(6) {
            0 => any(vec![length]),
            1 => any(uniform(4)),
            2 => any(uniform(1)),
            3 if length < 16 => any(vec![4, 6, length - 10]),
            4 => {
                let wide = if length == 18 { 2 } else { 2 + self.below(2) };
                let groups: Vec<&[u8]> = number.as_bytes().chunks(wide).collect();
                if are_sizes(&groups) {
                    return any(uniform(4));
                }
                let gap = SAME[self.below(SAME.len())];
                Layout { groups: uniform(wide), gaps: Gaps::Same(gap), has_company: false }
            }
            _ => Layout { groups: self.divided(number), gaps: Gaps::Any, has_company: false },
        }
    }

    /// Groups of chance that are no two phones, no list and no date.
    fn divided(&mut self, number: &str) -> Vec<usize> {
        loop {
            let groups = self.parts(number.len(), 4, 12);
            let (one, other) = groups.split_at(groups.len() / 2);
            let are_phones = groups.len() == 2 && groups.iter().all(|group| *group >= 7);
            let is_a_list = groups.iter().all(|group| *group == groups[0]) && groups[0] != 4;
            let mut at = 0;
            let has_a_date = groups.iter().any(|group| {
                at += group;
                *group == 8 && matches!(&number[at - 8..at - 6], "19" | "20" | "10" | "29")
            });
            if one != other && !are_phones && !is_a_list && !has_a_date {
                return groups;
            }
        }
    }

    fn form(&mut self, digit: char) -> String {
        let worth = digit.to_digit(10).expect("a digit");
        let place = usize::try_from(worth).expect("less than ten");
        match self.below(12) {
            0..=3 => digit.to_string(),
            4 => format!("{digit}\u{fe0f}\u{20e3}"),
            5 | 6 => {
                HAN[self.below(HAN.len())].chars().nth(place).expect("a sign for each digit").to_string()
            }
            7 | 8 => CIRCLES[self.below(CIRCLES.len())]
                .chars()
                .nth(place)
                .expect("a sign for each digit")
                .to_string(),
            _ => {
                let zero = ZEROS[self.below(ZEROS.len())];
                char::from_u32(u32::from(zero) + worth).expect("ten signs in a row").to_string()
            }
        }
    }

    /// A text with each of its characters in an escape of one family or another. Where no digit follows, those that need no
    /// end may have none.
    fn escaped(&mut self, text: &str, is_last: bool) -> String {
        let family = self.below(8);
        let zeros = "0".repeat(self.below(12));
        let end = if is_last && self.once_in(3) { "" } else { ";" };
        let of_one = |character: char| {
            let code = u32::from(character);
            match family {
                0 => {
                    character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
                }
                1 if code < 256 => format!("\\x{code:02X}"),
                1 => format!("\\U{code:08x}"),
                2 => format!("\\u{{{zeros}{code:x}}}"),
                3 if code < 64 => format!("\\{code:03o}"),
                3 | 4 => format!("&#{zeros}{code}{end}"),
                5 => format!("&#x{zeros}{code:X}{end}"),
                6 if code > 255 && code < 0x1_0000 => format!("%u{code:04X}"),
                _ => character.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")).collect(),
            }
        };
        text.chars().map(of_one).collect()
    }

    /// The signs that begin its escapes in escapes of their own.
    fn nested(&mut self, text: &str) -> String {
        text.chars()
            .map(|character| match (character, self.below(3)) {
                ('&', 0) => self.of(&["&amp;", "&AMP;", "&amp"]).to_owned(),
                ('\\', 0) => self.of(&["\\\\", "&bsol;"]).to_owned(),
                ('%', 0) => self.of(&["%25", "&percnt;"]).to_owned(),
                ('&' | '\\' | '%', _) => self.escaped(&character.to_string(), false),
                (other, _) => other.to_string(),
            })
            .collect()
    }

    /// A piece of a number, plain or in escapes, up to three levels deep.
    fn spelled(&mut self, text: &str, is_last: bool) -> String {
        if text == "+" || self.below(3) > 0 {
            return text.to_owned();
        }
        let mut spelled = self.escaped(text, is_last);
        for _ in 0..self.below(4) {
            spelled = self.nested(&spelled);
        }
        spelled
    }

    fn gap(&mut self, has_lines: bool) -> String {
        match self.below(if has_lines { 6 } else { 5 }) {
            0 => format!("&{};", NAMES[self.below(NAMES.len())]),
            1 => self.of(&["&nbsp", "&middot", "&macr"]).to_owned(),
            2 => BLANKS[self.below(BLANKS.len())].to_owned(),
            5 => LINES[self.below(LINES.len())].to_owned(),
            _ => SAME[self.below(SAME.len())].to_owned(),
        }
    }

    /// A valid number in some spelling, with what may stand around it.
    fn spelling(&mut self) -> (String, String) {
        let number = self.card_number();
        let Layout { groups, gaps, has_company } = self.layout(&number);
        let has_lines = self.once_in(3);
        let mut text = String::new();
        let mut digits = number.chars();
        for (place, group) in groups.iter().enumerate() {
            if place > 0 {
                let gap = match gaps {
                    Gaps::Any => self.gap(has_lines),
                    Gaps::Same(gap) => gap.to_owned(),
                };
                text.push_str(&self.spelled(&gap, false));
            }
            for at in 0..*group {
                let form = self.form(digits.next().expect("there is one more digit"));
                text.push_str(&self.spelled(&form, at + 1 == *group && place + 1 < groups.len()));
                if self.once_in(12) && at + 1 < *group {
                    let unseen = match self.below(4) {
                        0 => format!("&{};", self.of(&UNSEEN_NAMES)),
                        1 => "&shy".to_owned(),
                        _ => self.of(&UNSEEN).to_owned(),
                    };
                    text.push_str(&self.spelled(&unseen, false));
                }
            }
        }
        let before =
            self.of(&["", "", "card ", "pay with (", "卡号", "\"", "exp 12/30, ", "ref: ", "1. ", "?q="]);
        let after = self.of(&["", "", ".", ")", " please", "/12/39", "\"}", ", 12 30", "&x=1"]);
        let behind = if has_company && !has_lines { self.of(&["", " 12 30", " 12/30"]) } else { "" };
        (number, format!("{before}{text}{behind}{after}"))
    }
}

/// Whether they grow or shrink from each to the next.
fn are_sizes(groups: &[&[u8]]) -> bool {
    groups.is_sorted() || groups.is_sorted_by(|one, other| one >= other)
}

#[test]
fn a_number_is_found_in_any_combination_of_the_spellings_that_are_meant() {
    let mut random = Random::new();
    for _ in 0..8_000 {
        let (number, text) = random.spelling();
        assert!(holds_card_number(&text), "{number} in {text:?}");
    }
}
