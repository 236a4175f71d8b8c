//! Data to stdout, words to stderr. A reader that went away is no error of ours.

use std::fmt::Display;
use std::io::Write;

/// Prints one line of data.
pub(crate) fn print(line: impl Display) {
    let mut out = std::io::stdout().lock();
    // `kassa key list | head -1` closes the pipe; there is nobody left to tell.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Says what was done beside what was asked for.
pub(crate) fn tell(words: impl Display) {
    // There may be nobody who reads it.
    let _ = writeln!(std::io::stderr().lock(), "kassa: {words}");
}

/// Says why a command failed, with the causes behind it.
pub(crate) fn complain(error: &anyhow::Error) {
    let _ = writeln!(std::io::stderr().lock(), "kassa: {error:#}");
}
