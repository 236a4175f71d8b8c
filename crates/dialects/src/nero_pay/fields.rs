//! A body's fields, and the kinds of their values: how each is read into a parsed type, and what the OpenAPI document says
//! of it. Every wrong one is noted, and all are told at once.

use domain::Error;
use domain::customers::Patch;
use domain::phone::Phone;
use domain::text::{self, Email, NAME_MAX};
use serde::Serialize;

use super::error::Failure;
use crate::declare::{Declared, Kind, Read, Shape};
use crate::json::Object;
use crate::problems::Problems;
use crate::{unchanged, warnings};

/// Characters of a postcode.
const POSTCODE_MAX: usize = 20;

/// The fields of one body, and what was found wrong with them so far.
#[derive(Clone)]
pub(super) struct Fields {
    object: Object,
    problems: Problems,
}

impl Fields {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Failure> {
        Ok(Self { object: Object::parse(body)?, problems: Problems::default() })
    }

    /// Tells of names that a request does not have, and refuses what is misspelt.
    pub(super) fn known<T: Declared>(self) -> Result<Self, Failure> {
        warnings::known::<T>(&self.object)?;
        Ok(self)
    }

    /// The same without what only repeats the answer of now.
    pub(super) fn unlike(mut self, shown: &impl Serialize) -> Self {
        unchanged::leave_out(&mut self.object, shown);
        self
    }

    pub(super) fn read<T: Declared>(self, request: fn(&mut Self) -> Option<T>) -> Result<T, Failure> {
        let mut fields = self.known::<T>()?;
        let request = request(&mut fields);
        Ok(fields.problems.result(request)?)
    }

    pub(super) fn required<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<T> {
        match self.patch(name, kind)? {
            Patch::Set(value) => Some(value),
            Patch::Unchanged | Patch::Clear => {
                self.problems.check(name, Err(Error::invalid(name, "is required")))
            }
        }
    }

    /// What may be left out, and not be taken away.
    pub(super) fn kept<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<Option<T>> {
        if self.object.sent(name).is_none() { Some(None) } else { self.required(name, kind).map(Some) }
    }

    pub(super) fn optional<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<Option<T>> {
        Some(match self.patch(name, kind)? {
            Patch::Set(value) => Some(value),
            Patch::Unchanged | Patch::Clear => None,
        })
    }

    /// What may be left out, and cleared by null or an empty text, which the vendor's framework reads as null.
    pub(super) fn patch<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<Patch<T>> {
        let value = match (self.object.sent(name), &kind.read) {
            (None, _) => return Some(Patch::Unchanged),
            (Some("null"), _) => return Some(Patch::Clear),
            (Some(raw), Read::Json(read)) => read(name, raw),
            (Some(raw), Read::Text(read)) => match serde_json::from_str::<String>(raw) {
                Ok(text) if text.is_empty() => return Some(Patch::Clear),
                Ok(text) => read(name, &text, kind.shape.most()),
                Err(_) => Err(Error::invalid(name, "must be a string")),
            },
        };
        self.problems.check(name, value).map(Patch::Set)
    }
}

pub(super) const NAME: Kind<String> =
    Kind::text(Shape { min: Some(1), ..Shape::text(NAME_MAX) }, |name, text, most| {
        let text = text::free(name, text, most)?;
        if text.trim().is_empty() { Err(Error::invalid(name, "is required")) } else { Ok(text) }
    });

pub(super) const EMAIL: Kind<Email> =
    Kind::text(Shape { format: Some("email"), ..Shape::text(NAME_MAX) }, |name, text, _| {
        Email::parse(name, text)
    });

pub(super) const PHONE: Kind<Phone> =
    Kind::text(Shape::text(NAME_MAX), |name, text, most| text::plain(name, text, most).map(Phone::Text));

/// A line of an address.
pub(super) const ADDRESS: Kind<String> = Kind::text(Shape::text(NAME_MAX), text::free);
pub(super) const POSTCODE: Kind<String> = Kind::text(Shape::text(POSTCODE_MAX), text::free);

pub(super) const INTEGER: Kind<i64> = Kind::json(Shape::INT32, |name, raw| {
    let value = serde_json::from_str::<i32>(raw).map(i64::from);
    value.map_err(|_| Error::invalid(name, "must be an integer"))
});

/// A truth value, also as 0 or 1 and as those digits in a string.
pub(super) const BOOLEAN: Kind<bool> = Kind::json(Shape::BOOLEAN, |name, raw| match raw {
    "true" | "1" | "\"1\"" => Ok(true),
    "false" | "0" | "\"0\"" => Ok(false),
    _ => Err(Error::invalid(name, "must be true or false")),
});
