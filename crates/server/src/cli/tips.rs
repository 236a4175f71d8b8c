//! What is said beside the error where somebody typed what another program has: which command or option does it here.

use std::ffi::OsString;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// A command, a word after it that it does not have, and what is meant.
const COMMANDS: [(&[&str], &[&str], &str); 4] = [
    (
        &["checkout", "checkouts"],
        &["list", "show"],
        "checkouts are payments: kassa payments list, kassa payments show",
    ),
    (
        &["checkout", "checkouts"],
        &["capture", "refund", "void", "cancel"],
        "kassa payments has capture, refund and void; kassa checkout revoke withdraws what is unpaid",
    ),
    (
        &["merchant", "merchants"],
        &["show", "get"],
        "kassa merchant list shows all of them, with --json their settings",
    ),
    (
        &["key", "keys"],
        &["show", "get"],
        "kassa key list shows all of them, and no secret: that is shown once",
    ),
];

/// An option that nobody has here, and what is meant.
const OPTIONS: [(&[&str], &str); 2] = [
    (&["--port", "-p", "--host", "--bind"], "--listen 127.0.0.1:9000 chooses the address and the port"),
    (
        &["--db", "--database"],
        "--data names the folder of an SQLite database, --database-url a PostgreSQL one",
    ),
];

/// The error with a tip, where there is one.
pub(super) fn add(mut error: Error, arguments: &[OsString]) -> Error {
    let wrong = |kind| match error.get(kind) {
        Some(ContextValue::String(wrong)) => Some(wrong.clone()),
        Some(_) | None => None,
    };
    let tip = if error.kind() == ErrorKind::InvalidSubcommand {
        wrong(ContextKind::InvalidSubcommand).and_then(|word| {
            let has =
                |names: &[&str]| arguments.iter().any(|argument| names.iter().any(|name| argument == name));
            let fits = |(commands, words, _): &&(&[&str], &[&str], _)| {
                has(commands) && words.contains(&word.as_str())
            };
            COMMANDS.iter().find(fits).map(|(_, _, tip)| *tip)
        })
    } else if error.kind() == ErrorKind::UnknownArgument {
        wrong(ContextKind::InvalidArg).and_then(|option| {
            let name = option.split('=').next().unwrap_or_default().to_owned();
            OPTIONS.iter().find(|(names, _)| names.contains(&name.as_str())).map(|(_, tip)| *tip)
        })
    } else {
        None
    };
    if let Some(tip) = tip {
        // What clap itself thinks is near is another thing.
        for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue]
        {
            error.remove(kind);
        }
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}
