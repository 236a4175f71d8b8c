//! A body's fields, read one by one into parsed types. Every wrong one is noted, and all are told at once.

use domain::Error;
use domain::customers::Patch;
use serde_json::value::RawValue;

use super::error::{Failure, sentence};
use crate::json::Object;

/// The fields of one body, and what was found wrong with them so far.
pub(super) struct Fields {
    object: Object,
    flaws: Flaws,
}

/// What is wrong with fields, in the order in which they were read.
#[derive(Default)]
pub(super) struct Flaws(Vec<(&'static str, String)>);

impl Flaws {
    /// Notes what is wrong with a field; `why` continues its name to a sentence.
    pub(super) fn note(&mut self, field: &'static str, why: &str) {
        self.0.push((field, sentence(field, why)));
    }

    /// Fails if anything was noted.
    pub(super) fn check(self) -> Result<(), Failure> {
        if self.0.is_empty() { Ok(()) } else { Err(Failure::invalid(self.0)) }
    }
}

impl Fields {
    pub(super) const fn of(object: Object) -> Self {
        Self { object, flaws: Flaws(Vec::new()) }
    }

    /// A text that may be left out, and cleared by null or an empty string, which the vendor's framework reads as null.
    pub(super) fn text<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&'static str, &str) -> Result<T, Error>,
    ) -> Patch<T> {
        let Some(raw) = self.raw(name) else { return Patch::Keep };
        if raw == "null" {
            return Patch::Clear;
        }
        match serde_json::from_str::<String>(raw) {
            Ok(text) if text.is_empty() => Patch::Clear,
            Ok(text) => match parse(name, &text) {
                Ok(value) => Patch::Set(value),
                Err(Error::Invalid { field, why }) => self.flawed(field, &why.to_string()),
                Err(_) => self.flawed(name, "is not valid"),
            },
            Err(_) => self.flawed(name, "must be a string"),
        }
    }

    /// An integer of 32 bits that may be left out or null.
    pub(super) fn integer(&mut self, name: &'static str) -> Option<i64> {
        let raw = self.raw(name).filter(|raw| *raw != "null")?;
        let value = serde_json::from_str::<i32>(raw).ok().map(i64::from);
        if value.is_none() {
            self.flaws.note(name, "must be an integer");
        }
        value
    }

    /// A truth value, also as 0 or 1 and as those digits in a string, that may be left out or null.
    pub(super) fn boolean(&mut self, name: &'static str) -> Option<bool> {
        let value = match self.raw(name)? {
            "null" => return None,
            "true" | "1" | "\"1\"" => Some(true),
            "false" | "0" | "\"0\"" => Some(false),
            _ => None,
        };
        if value.is_none() {
            self.flaws.note(name, "must be true or false");
        }
        value
    }

    /// Notes that a field is not there which must be, or that it was cleared and must not.
    pub(super) fn missing(&mut self, name: &'static str) {
        self.flaws.note(name, "is required");
    }

    /// Whether a field was found wrong.
    pub(super) fn is_flawed(&self, name: &str) -> bool {
        self.flaws.0.iter().any(|(field, _)| *field == name)
    }

    /// Fails if any field was wrong.
    pub(super) fn check(self) -> Result<(), Failure> {
        self.flaws.check()
    }

    fn flawed<T>(&mut self, name: &'static str, why: &str) -> Patch<T> {
        self.flaws.note(name, why);
        Patch::Keep
    }

    fn raw(&self, name: &str) -> Option<&str> {
        self.object.0.iter().find(|(known, _)| known == name).map(|(_, value)| RawValue::get(value))
    }
}
