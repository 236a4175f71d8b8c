//! Data to stdout, words to stderr. A reader that went away is no error of ours.

use std::fmt::Display;
use std::io::Write;

/// Prints one line of data.
pub(crate) fn print(line: impl Display) {
    let mut out = std::io::stdout().lock();
    // `kassa key list | head -1` closes the pipe; there is nobody left to tell.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Prints data for people, in columns; no heads are printed where none are given.
pub(crate) fn table(heads: &[&str], rows: &[Vec<String>]) {
    let heads: Vec<String> = heads.iter().copied().map(str::to_owned).collect();
    let lines: Vec<Vec<String>> =
        [heads].iter().chain(rows).filter(|line| !line.is_empty()).map(|line| shown(line)).collect();
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        lines
            .iter()
            .filter_map(|line| line.get(column))
            .map(|text| text.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for line in &lines {
        let cells = line.iter().zip(&widths).map(|(text, width)| format!("{text:<width$}"));
        print(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// Prints a list for people, or that there is nothing in it.
pub(crate) fn list(heads: &[&str], rows: &[Vec<String>]) {
    if rows.is_empty() { note("none") } else { table(heads, rows) }
}

/// What others wrote must not steer a terminal.
fn shown(line: &[String]) -> Vec<String> {
    let plain = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    line.iter().map(|text| text.chars().map(plain).collect()).collect()
}

/// Says something to people beside the data. It does not begin as an error does.
pub(crate) fn note(words: impl Display) {
    // There may be nobody who reads it.
    let _ = writeln!(std::io::stderr().lock(), "{words}");
}

/// Says why a command failed, with the causes behind it.
pub(crate) fn complain(error: &anyhow::Error) {
    let _ = writeln!(std::io::stderr().lock(), "kassa: {error:#}");
}
