//! Values on the command line: what is taken, and what is said of one that is not. This must know no command.

use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use domain::payments::Status;
use domain::{Mode, UnknownFields};

pub(super) fn switch() -> impl TypedValueParser<Value = bool> {
    PossibleValuesParser::new(["on", "off"]).map(|word| word == "on")
}

pub(super) fn unknown_fields() -> impl TypedValueParser<Value = UnknownFields> {
    let words = [UnknownFields::Refuse, UnknownFields::Warn].map(UnknownFields::as_str);
    PossibleValuesParser::new(words).try_map(|word| UnknownFields::parse(&word).ok_or("another word"))
}

pub(super) fn mode() -> impl TypedValueParser<Value = Mode> {
    let words = [Mode::Test, Mode::Live].map(Mode::as_str);
    PossibleValuesParser::new(words).try_map(|word| Mode::parse(&word).ok_or("another word"))
}

/// Reads an amount. Somebody who writes a decimal point means another one than they would get without it.
pub(super) fn smallest_units(text: &str) -> Result<i64, String> {
    let why = "give a whole number of the currency's smallest unit, 1 or more: 24900 for SEK 249.00";
    text.parse().ok().filter(|amount| *amount > 0).ok_or_else(|| why.to_owned())
}

/// Reads how many rows are wanted.
pub(super) fn rows<const MOST: u16>(text: &str) -> Result<u16, String> {
    let rows = text.parse().ok().filter(|rows| (1..=MOST).contains(rows));
    rows.ok_or_else(|| match MOST {
        u16::MAX => "give a whole number of 1 or more".to_owned(),
        most => format!("give a whole number from 1 to {most}"),
    })
}

/// Reads the id of a credential.
pub(super) fn key_id(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| "give the number that kassa key list shows first, such as 7".to_owned())
}

/// Reads how many hours a key goes on.
pub(super) fn hours(text: &str) -> Result<u16, String> {
    const YEAR: u16 = 8760;
    let hours = text.parse().ok().filter(|hours| (0..=YEAR).contains(hours));
    hours.ok_or_else(|| format!("give a whole number of hours from 0 to {YEAR}"))
}

/// The statuses that a word stands for.
#[derive(Clone)]
pub(crate) struct Statuses(pub(crate) Vec<Status>);

/// Reads the word of a status: our own, or that of an API, which may stand for several of ours.
pub(super) fn statuses(text: &str) -> Result<Statuses, String> {
    if let Some(own) = Status::parse(text) {
        return Ok(Statuses(vec![own]));
    }
    let found: Vec<Status> =
        dialects::DIALECTS.iter().filter_map(|dialect| dialect.statuses).flat_map(|of| of(text)).collect();
    match found.as_slice() {
        [] => Err(format!("give one of {}, or an API's own word for it", status_words())),
        _ => Ok(Statuses(found)),
    }
}

/// Our own words, for people.
pub(super) fn status_words() -> String {
    Status::ALL.map(Status::as_str).join(", ")
}

pub(super) fn api_names() -> PossibleValuesParser {
    PossibleValuesParser::new(dialects::DIALECTS.iter().map(|dialect| dialect.name))
}

/// Reads a duration as people write it; `off` is none.
pub(crate) fn duration_or_off(text: &str) -> anyhow::Result<Option<Duration>> {
    if text == "off" {
        return Ok(None);
    }
    let duration = humantime::parse_duration(text)
        .map_err(|error| anyhow::anyhow!("{text:?} is not a duration such as 30m, 24h or 7d: {error}"))?;
    anyhow::ensure!(!duration.is_zero(), "a duration of nothing would close every checkout at once; use off");
    Ok(Some(duration))
}
