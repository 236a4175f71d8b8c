//! How an answer differs from what was expected, for a person: the lines that differ, with a few around them.

use crate::golden::spelled;
use crate::matching::Known;

/// Lines of what is the same, before and after.
const AROUND: usize = 3;

/// What differs between two messages that are not the same, as files have them. `-` was expected, `+` was answered.
pub(crate) fn between(known: &Known, expected: &str, actual: &str) -> String {
    let mut known = known.clone();
    let (expected, actual) = (spelled(expected), spelled(actual));
    let (expected, actual): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let before = expected.iter().zip(&actual).take_while(|(one, other)| known.fits(one, other)).count();
    let (missing, found) = (&expected[before..], &actual[before..]);
    let ends = missing.iter().rev().zip(found.iter().rev());
    let after = ends.take_while(|(one, other)| known.fits(one, other)).count();
    let (missing, _) = missing.split_at(missing.len() - after);
    let (found, rest) = found.split_at(found.len() - after);
    let same = &actual[before.saturating_sub(AROUND)..before];
    let marked = [(" ", same), ("-", missing), ("+", found), (" ", &rest[..rest.len().min(AROUND)])];
    let lines =
        marked.iter().flat_map(|(mark, lines)| lines.iter().map(move |line| format!("    {mark} {line}\n")));
    format!(
        "expected (-) and answered (+), from line {} of the answer\n{}",
        before + 1,
        lines.collect::<String>()
    )
}
