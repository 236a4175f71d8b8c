//! How the groups of a number look. Digits that could be a card's are often something else that people write in groups:
//! phones, prices, sizes, order numbers. It must not look at a single group, which is as long as it is.
//!
//! Where a card's number and something else look the same, the question is what people really write. Nobody writes a card
//! as two groups of eight, and many write two phones so.

use super::Group;
use super::characters::Gap;

/// The digits of the shortest phone that is one group.
const PHONE_DIGITS: usize = 7;
/// Rows of sizes, and lists of numbers that grow, have so many at least.
const ROW_MIN: usize = 5;
/// Groups of four that a card makes together with another one beside it. Longer rows are longer numbers, or lists.
const FOURS_MAX: usize = 8;
/// Groups of a number that is written in other groups than those of a card have so many digits, but the last.
const GROUP_MIN: usize = 4;
/// How prices end that stand without their decimals.
const PRICE_ENDS: [&[u8]; 7] = [b"00", b"25", b"50", b"75", b"90", b"95", b"99"];

/// Some groups of a text that begin and are as long as a card's number.
pub(super) struct Candidate<'a> {
    /// Those of the whole text.
    pub(super) all: &'a [Group],
    pub(super) first: usize,
    pub(super) last: usize,
    /// Those of the whole text.
    pub(super) digits: &'a [u8],
}

impl Candidate<'_> {
    /// Whether a card's number may be written in these groups.
    pub(super) fn fits_a_card(&self) -> bool {
        let groups = self.groups();
        if groups.len() < 2 {
            return true;
        }
        if self.is_in_lines() && !self.has_lines_of_its_own() {
            return false;
        }
        if groups.iter().all(|group| length(group) == 1) {
            // Of a long row of marks or scores some digits always make a card's number.
            return !self.is_among_single_digits();
        }
        if is_in_fours(groups) {
            return self.row().len() <= FOURS_MAX && !self.is_a_ladder() && !self.are_prices();
        }
        is_printed_otherwise(groups)
            || (self.stands_alone() && (self.is_uniform() || self.is_divided()) && !self.are_prices())
    }

    /// Groups of two or three, with one kind of gap, as they may be typed; the last may be shorter. They are none where each
    /// is as large as the one before it or larger, or as small or smaller, as sizes are, nor are two phones.
    fn is_uniform(&self) -> bool {
        let [all @ .., last] = self.groups() else { return false };
        let [_, later @ ..] = self.groups() else { return false };
        let wide = all.first().map_or(0, length);
        let is_even = all.iter().all(|group| length(group) == wide) && length(last) <= wide;
        let is_one_kind = later.windows(2).all(|pair| pair[0].gap == pair[1].gap);
        let are_sizes = self.is_sorted(self.groups(), |before, after| before <= after);
        let are_phones = wide == 3 && are_twice_the_same(self.groups());
        matches!(wide, 2 | 3) && is_even && is_one_kind && !self.is_in_lines() && !are_sizes && !are_phones
    }

    /// Other groups, with whatever between them, that nobody writes for something else: none of them is as short as the parts
    /// of phones, dates and sizes are.
    fn is_divided(&self) -> bool {
        let groups = self.groups();
        let [all @ .., last] = groups else { return false };
        let are_long = all.iter().all(|group| length(group) >= GROUP_MIN);
        let are_phones = (groups.len() == 2 && groups.iter().all(|group| length(group) >= PHONE_DIGITS))
            || are_twice_the_same(groups);
        let is_a_list = all.iter().all(|group| length(group) == length(last));
        let has_a_date = groups.iter().any(|group| is_date(self.digits_of(group)));
        are_long && !are_phones && !is_a_list && !has_a_date
    }

    /// Whether four groups of four are something that grows or shrinks: prices that end alike, numbers of one series, the same
    /// step each time, or a part of a longer list. Of cards of chance that is so once in more than a thousand.
    fn is_a_ladder(&self) -> bool {
        let groups = self.groups();
        if groups.iter().any(|group| length(group) != 4) {
            return false;
        }
        let number = |group: &Group| {
            self.digits_of(group).iter().fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'))
        };
        let numbers: Vec<i32> = groups.iter().map(number).collect();
        let step = numbers[1] - numbers[0];
        let is_even = step != 0 && numbers.windows(2).all(|pair| pair[1] - pair[0] == step);
        let are_round = numbers.iter().all(|number| matches!(number % 10, 0 | 5 | 9));
        let is_a_series = numbers.iter().all(|number| number / 1_000 == numbers[0] / 1_000);
        let row = self.row();
        let is_sorted = |groups: &[Group]| self.is_sorted(groups, |before, after| before < after);
        is_even
            || ((are_round || is_a_series) && is_sorted(groups))
            || (row.len() >= ROW_MIN && is_sorted(row))
    }

    /// Whether all groups could be prices, of which nobody writes more than six digits without a point.
    fn are_prices(&self) -> bool {
        let is_price = |group: &Group| {
            let digits = self.digits_of(group);
            matches!(digits.len(), 3..=6)
                && digits[0] != b'0'
                && PRICE_ENDS.iter().any(|end| digits.ends_with(end))
        };
        self.groups().iter().all(is_price)
    }

    /// Whether each group and the one behind it compare so, or all do the other way about.
    fn is_sorted(&self, groups: &[Group], compare: impl Fn(&[u8], &[u8]) -> bool) -> bool {
        let pairs = || groups.windows(2).map(|pair| (self.digits_of(&pair[0]), self.digits_of(&pair[1])));
        pairs().all(|(before, after)| compare(before, after))
            || pairs().all(|(before, after)| compare(after, before))
    }

    fn groups(&self) -> &[Group] {
        &self.all[self.first..=self.last]
    }

    fn digits_of(&self, group: &Group) -> &[u8] {
        &self.digits[group.start..group.end]
    }

    /// The groups of four beside one another in the line of this one, which is in fours; only as many as matter.
    fn row(&self) -> &[Group] {
        let is_four = |group: &Group| length(group) == 4;
        let before = (1..=FOURS_MAX.min(self.first)).take_while(|steps| {
            let at = self.first - steps;
            self.are_joined(at) && is_four(&self.all[at])
        });
        let behind = (self.last..self.all.len() - 1)
            .take(FOURS_MAX)
            .take_while(|at| self.are_joined(*at) && is_four(&self.all[at + 1]));
        let is_whole = is_four(&self.all[self.last]);
        &self.all[self.first - before.count()..=self.last + if is_whole { behind.count() } else { 0 }]
    }

    /// Whether this group and the next one are of one run and in one line.
    fn are_joined(&self, at: usize) -> bool {
        let [one, next] = &self.all[at..=at + 1] else { return false };
        one.run == next.run && next.gap != Gap::Line
    }

    fn is_in_lines(&self) -> bool {
        self.groups().iter().skip(1).any(|group| group.gap == Gap::Line)
    }

    fn begins_its_run(&self) -> bool {
        self.first == 0 || self.all[self.first - 1].run != self.all[self.first].run
    }

    fn ends_its_run(&self) -> bool {
        self.all.get(self.last + 1).is_none_or(|next| next.run != self.all[self.last].run)
    }

    /// Whether its first line begins and its last one ends with it, and the lines around it do not go on likewise, as those of
    /// a list do.
    fn has_lines_of_its_own(&self) -> bool {
        let goes_on = |group: &Group| length(group) == length(&self.all[self.first]);
        let is_line = |at: usize| self.all[at].gap == Gap::Line;
        (self.begins_its_run() || (is_line(self.first) && !goes_on(&self.all[self.first - 1])))
            && (self.ends_its_run() || (is_line(self.last + 1) && !goes_on(&self.all[self.last + 1])))
    }

    /// Whether no other digits are beside it in its line.
    fn stands_alone(&self) -> bool {
        let ends = || self.all.get(self.last + 1).is_some_and(|next| next.gap == Gap::Line);
        (self.begins_its_run() || self.all[self.first].gap == Gap::Line) && (self.ends_its_run() || ends())
    }

    /// Whether other single digits stand beside it in its line.
    fn is_among_single_digits(&self) -> bool {
        let before = self.first.checked_sub(1).filter(|at| self.are_joined(*at)).map(|at| &self.all[at]);
        let behind = self.all.get(self.last + 1).filter(|_| self.are_joined(self.last));
        [before, behind].into_iter().flatten().any(|group| length(group) == 1)
    }
}

/// Groups of four, of which the last may be shorter.
fn is_in_fours(groups: &[Group]) -> bool {
    let [all @ .., last] = groups else { return false };
    length(last) <= 4 && all.iter().all(|group| length(group) == 4)
}

/// The groups of American Express and Diners Club.
fn is_printed_otherwise(groups: &[Group]) -> bool {
    matches!(groups, [a, b, c] if length(a) == 4 && length(b) == 6 && length(c) <= 5)
}

fn are_twice_the_same(groups: &[Group]) -> bool {
    let (one, other) = groups.split_at(groups.len() / 2);
    one.iter().map(length).eq(other.iter().map(length))
}

/// A date without gaps: year, month and day.
fn is_date(digits: &[u8]) -> bool {
    let [b'1' | b'2', b'9' | b'0', _, _, month @ .., day_tens, day] = digits else { return false };
    let is_month = matches!(month, [b'0', b'1'..=b'9'] | [b'1', b'0'..=b'2']);
    is_month && matches!((day_tens, day), (b'0'..=b'2', _) | (b'3', b'0' | b'1'))
}

const fn length(group: &Group) -> usize {
    group.end - group.start
}
