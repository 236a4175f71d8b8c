//! How the groups of a number look. Digits that could be a card's are often something else that people write in groups:
//! sizes, or two phones one below the other. It must not look at a single group, which is as long as it is.

use super::{Gap, Group};

/// The digits of the shortest phone that is one group.
const PHONE_DIGITS: usize = 7;
/// Lists of sizes have so many at least.
const SIZES: usize = 5;

/// Whether a card's number may be written in these groups: as it is printed, digit by digit, or in whatever groups with
/// one kind of gap between them, unless they are sizes or stand on several lines as phones do.
pub(super) fn fit_a_card(groups: &[Group], digits: &[u8]) -> bool {
    let [_, later @ ..] = groups else { return false };
    if later.is_empty() || is_printed(groups) || groups.iter().all(|group| length(group) == 1) {
        return true;
    }
    let one_kind = later.windows(2).all(|pair| pair[0].gap == pair[1].gap);
    let are_lines = later.iter().any(|group| group.gap == Gap::Line);
    let are_phones = are_lines && groups.iter().all(|group| length(group) >= PHONE_DIGITS);
    one_kind && !are_phones && !are_sizes(groups, digits)
}

/// Groups of four, of which the last may be shorter, or those of American Express and Diners Club.
fn is_printed(groups: &[Group]) -> bool {
    let [all @ .., last] = groups else { return false };
    let in_fours = length(last) <= 4 && all.iter().all(|group| length(group) == 4);
    in_fours || matches!(groups, [a, b, c] if length(a) == 4 && length(b) == 6 && length(c) <= 5)
}

/// Whether each group is larger than the one before it, as in `36 37 38 39 40 41 42`: of eight groups of chance that is so
/// once in forty thousand.
fn are_sizes(groups: &[Group], digits: &[u8]) -> bool {
    let grows = |pair: &[Group]| {
        let [before, after] = pair else { return false };
        length(before) == length(after) && digits[before.start..before.end] < digits[after.start..after.end]
    };
    groups.len() >= SIZES && groups.windows(2).all(grows)
}

const fn length(group: &Group) -> usize {
    group.end - group.start
}
