//! A request's fields, read one by one. Every value that does not fit gives a code, and all codes go out together.

use domain::Id;
use domain::card::holds_card_number;
use domain::customers::Patch;
use domain::{json, text};
use serde_json::value::RawValue;

use super::codes::{Code, card_number, code_of};
use super::error::Failure;
use super::id;
use crate::json::Object;

/// The fields of an object, and what was found wrong with them.
pub(super) struct Fields {
    object: Object,
    codes: Vec<Code>,
}

impl Fields {
    /// Reads a body.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Failure> {
        Ok(Self { object: Object::parse(body)?, codes: Vec::new() })
    }

    /// The fields of an object inside a body.
    pub(super) const fn of(object: Object) -> Self {
        Self { object, codes: Vec::new() }
    }

    /// Takes over what was found wrong with an object inside this one.
    pub(super) fn take_codes(&mut self, inner: Self) {
        for code in inner.codes {
            self.wrong(code);
        }
    }

    /// A field as it was sent, null included.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        let (_, raw) = self.object.0.iter().find(|(known, _)| known == name)?;
        Some(raw.get())
    }

    /// Notes that something is wrong, once.
    pub(super) fn wrong(&mut self, code: Code) {
        if !self.codes.contains(&code) {
            self.codes.push(code);
        }
    }

    /// A field that may be left out, or be null.
    pub(super) fn patch<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<Patch<T>, Code>,
    ) -> Patch<T> {
        let outcome = match self.raw(name) {
            None => Ok(Patch::Keep),
            Some("null") => Ok(Patch::Clear),
            Some(raw) => read(raw),
        };
        outcome.unwrap_or_else(|code| {
            self.wrong(code);
            Patch::Keep
        })
    }

    /// A field that may be left out; null is the same.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, Code>,
    ) -> Option<T> {
        match self.patch(name, |raw| read(raw).map(Patch::Set)) {
            Patch::Set(value) => Some(value),
            Patch::Keep | Patch::Clear => None,
        }
    }

    /// A field that has to be there.
    pub(super) fn required<T>(
        &mut self,
        name: &str,
        missing: Code,
        read: impl FnOnce(&str) -> Result<T, Code>,
    ) -> Option<T> {
        if matches!(self.raw(name), None | Some("null")) {
            self.wrong(missing);
        }
        self.optional(name, read)
    }

    /// What is kept as it was sent, as one object of JSON; none where nothing of it was.
    pub(super) fn echoed(&mut self, names: &[&str]) -> Option<String> {
        let mut kept: Vec<String> = Vec::new();
        for name in names {
            let raw = self.optional(name, |raw| {
                if json::holds_card_number(raw) || is_in_two_fields(raw) {
                    Err(card_number(name))
                } else {
                    Ok(raw.to_owned())
                }
            });
            kept.extend(raw.map(|raw| format!("\"{name}\":{raw}")));
        }
        (!kept.is_empty()).then(|| format!("{{{}}}", kept.join(",")))
    }

    /// The value that was made of the fields, unless something is wrong with any of them.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Failure> {
        match value {
            Some(value) if self.codes.is_empty() => Ok(value),
            // Nothing is missing that has no code.
            Some(_) | None => Err(Failure::invalid(self.codes)),
        }
    }
}

pub(super) fn string(raw: &str) -> Option<String> {
    serde_json::from_str(raw).ok()
}

pub(super) fn object(raw: &str, wrong: Code) -> Result<Object, Code> {
    serde_json::from_str(raw).map_err(|_| wrong)
}

/// A text that people write freely.
pub(super) fn free(raw: &str, name: &str, max: usize, wrong: Code) -> Result<String, Code> {
    let text = string(raw).ok_or(wrong)?;
    text::free("text", &text, max).map_err(|error| code_of(&error, name, wrong))
}

/// Whether two fields of an object that stand beside one another make a card number together, at whatever depth.
fn is_in_two_fields(raw: &str) -> bool {
    const BESIDE: [(&str, &str); 2] = [("first_name", "last_name"), ("address_line1", "address_line2")];
    if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw) {
        return items.iter().any(|item| is_in_two_fields(item.get()));
    }
    let Ok(object) = serde_json::from_str::<Object>(raw) else { return false };
    let text = |name: &str| object.get(name).and_then(|raw| domain::json::word(raw.get()));
    let makes_one = |(first, second): &(&str, &str)| {
        text(first)
            .zip(text(second))
            .is_some_and(|(first, second)| holds_card_number(&format!("{first} {second}")))
    };
    BESIDE.iter().any(makes_one) || object.0.iter().any(|(_, value)| is_in_two_fields(value.get()))
}

/// True or false.
pub(super) fn boolean(raw: &str) -> Result<bool, Code> {
    serde_json::from_str(raw).map_err(|_| "parameter_invalid")
}

/// The id of an object, or none where it is no id: no object has that.
pub(super) fn id<K>(raw: &str, prefix: &str, wrong: Code) -> Result<Option<Id<K>>, Code> {
    Ok(id::read(prefix, &string(raw).ok_or(wrong)?))
}
