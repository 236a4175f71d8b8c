//! What of a card must not be in what is kept as it was sent: its number and its security code.

use domain::card::make_card_number;
use domain::json;
use serde_json::value::RawValue;

use crate::json::Object;

/// Names of a security code, or of what the magnetic stripe holds, in lower case and with letters and digits alone.
const CODES: [&str; 9] = ["cvv", "cvv2", "cvc", "cvc2", "csc", "securitycode", "pin", "track1", "track2"];

/// Whether a value holds a card number. A phone number and a tax number are none of a card, though they may look like one:
/// they may be what they are called, and nothing below them.
pub(super) fn holds_card_number(name: &str, raw: &str) -> bool {
    match name {
        "tax_number" if json::word(raw).is_some() => false,
        "phone" => match serde_json::from_str::<Object>(raw) {
            Ok(object) => object.0.iter().any(|(name, value)| {
                let is_number = matches!(name.as_str(), "country_code" | "number");
                !(is_number && json::word(value.get()).is_some()) && holds_one(value.get())
            }),
            Err(_) => holds_one(raw),
        },
        _ => holds_one(raw),
    }
}

fn holds_one(raw: &str) -> bool {
    json::holds_card_number(raw) || is_in_two_fields(raw)
}

/// Whether two fields of an object that stand beside one another make a card number together, at whatever depth.
fn is_in_two_fields(raw: &str) -> bool {
    const BESIDE: [(&str, &str); 2] = [("first_name", "last_name"), ("address_line1", "address_line2")];
    if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw) {
        return items.iter().any(|item| is_in_two_fields(item.get()));
    }
    let Ok(object) = serde_json::from_str::<Object>(raw) else { return false };
    let text = |name: &str| object.get(name).and_then(|raw| json::word(raw.get()));
    let makes_one = |(first, second): &(&str, &str)| {
        text(first).zip(text(second)).is_some_and(|(first, second)| make_card_number(&first, &second))
    };
    BESIDE.iter().any(makes_one) || object.0.iter().any(|(_, value)| is_in_two_fields(value.get()))
}

/// A value without what may be a security code, at whatever depth; as it was sent where it has none.
pub(super) fn without_codes(raw: &str) -> String {
    without(raw).unwrap_or_else(|| raw.to_owned())
}

/// None where nothing has to go.
fn without(raw: &str) -> Option<String> {
    if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw) {
        let without: Vec<_> = items.iter().map(|item| without(item.get())).collect();
        without.iter().any(Option::is_some).then(|| {
            let items = items.iter().zip(without);
            let items: Vec<_> =
                items.map(|(item, without)| without.unwrap_or_else(|| item.get().to_owned())).collect();
            format!("[{}]", items.join(","))
        })
    } else {
        let Object(fields) = serde_json::from_str(raw).ok()?;
        let without: Vec<_> = fields.iter().map(|(_, value)| without(value.get())).collect();
        let is_changed = without.iter().any(Option::is_some) || fields.iter().any(|(name, _)| is_code(name));
        is_changed.then(|| {
            let kept = fields.iter().zip(without).filter(|((name, _), _)| !is_code(name));
            let kept = kept.map(|((name, value), without)| {
                let name = serde_json::to_string(name).unwrap_or_default();
                format!("{name}:{}", without.unwrap_or_else(|| value.get().to_owned()))
            });
            format!("{{{}}}", kept.collect::<Vec<_>>().join(","))
        })
    }
}

fn is_code(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    CODES.contains(&letters.map(|letter| letter.to_ascii_lowercase()).collect::<String>().as_str())
}
