//! Data to stdout, words to stderr. A reader that went away is no error of ours. What others wrote must not steer a
//! terminal: where people read it stands a sign in place of a character that would, and where programs do, its escape.

use std::fmt::{Display, Write as _};
use std::io::Write as _;
use std::path::PathBuf;

use serde_json::Value;

/// Prints lines for people.
pub(crate) fn print(lines: impl Display) {
    to_stdout(&lines_of(&lines.to_string()));
}

/// Prints one line for people, whatever stands in it.
pub(crate) fn line(words: impl Display) {
    to_stdout(&plain(&words.to_string()));
}

/// Prints one line for programs.
pub(crate) fn json(value: &Value) {
    to_stdout(&escaped(&value.to_string()));
}

fn to_stdout(text: &str) {
    let mut out = std::io::stdout().lock();
    // `kassa key list | head -1` closes the pipe; there is nobody left to tell.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints data for people, in columns; no heads are printed where none are given.
pub(crate) fn table(heads: &[&str], rows: &[Vec<String>]) {
    let heads: Vec<String> = heads.iter().copied().map(str::to_owned).collect();
    let shown = |line: &Vec<String>| line.iter().map(|text| plain(text)).collect::<Vec<_>>();
    let lines: Vec<Vec<String>> =
        [heads].iter().chain(rows).filter(|line| !line.is_empty()).map(shown).collect();
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

/// Prints a list for people, or that there is nothing in it of what it lists.
pub(crate) fn list(what: &str, heads: &[&str], rows: &[Vec<String>]) {
    if rows.is_empty() { note(format_args!("no {what}")) } else { table(heads, rows) }
}

/// What somebody wrote, for a table or a sentence.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|letter| if steers(letter) { '\u{fffd}' } else { letter }).collect()
}

/// The same for a shell, as one word.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", plain(text).replace('\'', r"'\''"))
}

/// How whoever types calls this program: by its name where the shell finds it so, else by its whole path.
pub(crate) fn program() -> String {
    const NAME: &str = "kassa";
    let Ok(own) = std::env::current_exe() else { return NAME.to_owned() };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let first = std::env::split_paths(&path).map(|folder| folder.join(NAME)).find(|file| file.is_file());
    let is_own = |file: PathBuf| file.canonicalize().ok() == own.canonicalize().ok();
    if first.is_some_and(is_own) {
        return NAME.to_owned();
    }
    let own = own.display().to_string();
    let is_plain = own.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-+".contains(letter));
    if is_plain { own } else { quoted(&own) }
}

/// The same of a text with lines of its own.
fn lines_of(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// The same value as JSON. Such a character can only stand within a text there.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        if steers(letter) {
            // Writing into a text cannot fail, and all of them have four digits.
            let _ = write!(text, "\\u{:04x}", u32::from(letter));
        } else {
            text.push(letter);
        }
    }
    text
}

/// Whether a terminal takes it for a command, a line's end or a change of direction.
fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// Says something to people beside the data, in one line: what somebody wrote must not look like another one. It does not
/// begin as an error does.
pub(crate) fn note(words: impl Display) {
    // There may be nobody who reads it.
    let _ = writeln!(std::io::stderr().lock(), "{}", plain(&words.to_string()));
}

/// Says why a command failed, with the causes behind it.
pub(crate) fn complain(error: &anyhow::Error) {
    note(format_args!("kassa: {error:#}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEERING: &str = "a\u{1b}[2J\u{7f}\u{9b}31m\u{202e}b\u{2066}\u{200f}\u{61c}\u{2028}c";

    #[test]
    fn json_has_the_same_value_and_nothing_that_steers() {
        let value = serde_json::json!({ STEERING: [STEERING, "Zoë \"ß\" 東京 \\ 🦊\n"] });
        let text = escaped(&value.to_string());
        assert!(!text.chars().any(steers), "{text}");
        assert!(text.contains("Zoë") && text.contains("🦊"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn people_see_a_sign_in_its_place() {
        let sign = "\u{fffd}";
        assert_eq!(plain("a\u{1b}b\u{9b}c\u{202e}d\n"), format!("a{sign}b{sign}c{sign}d{sign}"));
        assert_eq!(quoted("A's \u{85}B"), format!(r"'A'\''s {sign}B'"));
        assert_eq!(lines_of("one\ntwo\r"), format!("one\ntwo{sign}"));
    }
}
