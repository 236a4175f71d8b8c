//! The secrets that tests have used, each noted at the one place where it is handed out or sent.
//!
//! Credentials belong to the server that made them; what buyers type and what tokens are issued is kept for the whole
//! process, because no place knows which server it went to.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// What a credential is called where it is shown. Public keys, application keys and account ids are none.
const CREDENTIALS: [&str; 4] = ["api_key", "token", "secret_key", "oauth_client_secret"];

/// What serde_json keeps for itself.
const PRIVATE: &[u8] = b"$serde_json::private::";

/// What was typed and issued.
#[derive(Clone, Default)]
pub struct Used {
    /// Card numbers, digits only.
    pub numbers: BTreeSet<String>,
    /// Security codes of four digits; three are too few to tell from anything else.
    pub codes: BTreeSet<String>,
    /// Access tokens.
    pub tokens: BTreeSet<String>,
}

static USED: Mutex<Used> =
    Mutex::new(Used { numbers: BTreeSet::new(), codes: BTreeSet::new(), tokens: BTreeSet::new() });

/// Everything so far.
pub(crate) fn so_far() -> Used {
    USED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn note(kind: impl FnOnce(&mut Used) -> &mut BTreeSet<String>, secret: String) {
    kind(&mut USED.lock().unwrap_or_else(PoisonError::into_inner)).insert(secret);
}

/// A form on its way to a page.
pub(crate) fn note_form(body: &str) {
    for (name, value) in url::form_urlencoded::parse(body.as_bytes()) {
        note_field(&name, &value);
    }
}

/// A card on its way to an API, as it is or in a wallet's data, which is JSON in JSON.
pub(crate) fn note_json(body: &[u8]) {
    // This library would read such a key's text anew without end; no card is sent with one.
    if body.windows(PRIVATE.len()).any(|part| part == PRIVATE) {
        return;
    }
    if let Ok(value) = serde_json::from_slice(body) {
        note_value(&value);
    }
}

fn note_value(value: &Value) {
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::String(text) => {
                note_field(name, text);
                note_json(text.as_bytes());
            }
            Value::Object(_) => note_value(value),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
        }
    }
}

fn note_field(name: &str, value: &str) {
    let digits: String = value.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    match name {
        "number" if is_card_number(&digits) => note(|used| &mut used.numbers, digits),
        "code" | "saved_code" | "cvv"
            if digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            note(|used| &mut used.codes, digits);
        }
        _ => {}
    }
}

/// An answer, which may issue a token.
pub(crate) fn note_answer(body: &[u8]) {
    const NAME: &[u8] = b"\"access_token\":\"";
    let Some(place) = body.windows(NAME.len()).position(|part| part == NAME) else { return };
    let token = body[place + NAME.len()..].split(|byte| *byte == b'"').next().unwrap_or_default();
    note(|used| &mut used.tokens, String::from_utf8_lossy(token).into_owned());
}

/// The credentials that a command shows, which it does once.
pub(crate) fn credentials(said: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in said.lines().filter(|line| line.starts_with('{')) {
        if let Ok(value) = serde_json::from_str(line) {
            collect(&value, &mut found);
        }
    }
    let lines = said.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
    for (name, value) in lines {
        let name = name.to_ascii_lowercase();
        if CREDENTIALS.iter().any(|kind| name.ends_with(&format!("_{kind}"))) {
            found.insert(value.trim_matches('\'').to_owned());
        }
    }
    found
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::String(secret) if CREDENTIALS.contains(&name.as_str()) => {
                found.insert(secret.clone());
            }
            Value::Object(_) => collect(value, found),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {}
        }
    }
}

/// Whether these are the digits of a card number: enough of them, and they pass Luhn.
fn is_card_number(digits: &str) -> bool {
    let doubled = digits.bytes().rev().enumerate().map(|(place, digit)| {
        let value = u32::from(digit.wrapping_sub(b'0')) << (place % 2);
        if value > 9 { value - 9 } else { value }
    });
    (12..=19).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && doubled.sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_in_json_are_noted_wherever_they_stand_in_it() {
        note_json(br#"{"number":"4929371250038812","source":{"number":"4539 5787-6362 1486","cvv":"8642"}}"#);
        note_json(br#"{"token_data":{"data":"{\"number\":\"4716108999716531\"}"}}"#);
        note_json(br#"{"number":"4929371250038813","phone":{"number":"70 123 45 67"},"cvv":"975"}"#);
        note_json(b"{\"number\":\"4485275742308327\"");
        let used = so_far();
        for noted in ["4929371250038812", "4539578763621486", "4716108999716531"] {
            assert!(used.numbers.contains(noted), "{noted}");
        }
        assert!(used.codes.contains("8642"));
        assert_eq!((used.numbers.len(), used.codes.len()), (3, 1));
    }
}
