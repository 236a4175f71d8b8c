//! A request's fields, trimmed and an empty text made null, and the kinds of their values: how each is read into a parsed
//! type, and what the OpenAPI document says of it. All that is wrong is found before the request is refused.

use domain::customers::{Customer, Patch};
use domain::phone::Phone;
use domain::text::{self, Email, NAME_MAX, Name};
use domain::{Error, Id};
use serde::Serialize;

use super::error::Failure;
use super::id;
use crate::declare::{Declared, Kind, Read, Shape};
use crate::json::Object;
use crate::problems::Problems;
use crate::{unchanged, warnings};

/// A customer's id, or none where it is no id: nobody has that.
pub(super) type Named = Option<Id<Customer>>;

/// The fields of one request, and what was found wrong with them.
#[derive(Clone)]
pub(super) struct Fields {
    object: Object,
    /// The customer whom the path names.
    pub(super) path: Named,
    problems: Problems,
}

/// That a field is there. What it says is among the customer's details.
pub(super) struct There;

impl Fields {
    pub(super) fn new(object: Object) -> Self {
        Self { object, path: None, problems: Problems::default() }
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

    /// A value that is there and right, for a look beside the field's own reading.
    pub(super) fn peek<T>(&self, name: &'static str, kind: &Kind<T>) -> Option<T> {
        match self.clone().patch(name, kind)? {
            Patch::Set(value) => Some(value),
            Patch::Unchanged | Patch::Clear => None,
        }
    }

    /// Fields of which one must be there.
    pub(super) fn either(mut self) -> Self {
        if self.is_missing("id") && self.is_missing("email") {
            self.problems.wrong("id", "is required when email is not present");
            self.problems.wrong("email", "is required when id is not present");
        }
        self
    }

    pub(super) fn required<T>(&mut self, name: &'static str, _: &Kind<T>) -> Option<There> {
        let there = if self.is_missing(name) { Err(Error::invalid(name, "is required")) } else { Ok(There) };
        self.problems.check(name, there)
    }

    /// What the body may repeat of the path, and not say otherwise.
    pub(super) fn repeated(&mut self, name: &'static str, kind: &Kind<Named>) -> Option<Named> {
        match self.patch(name, kind)? {
            Patch::Set(said) if said.is_none() || said != self.path => {
                self.problems.wrong(name, "must match the id in the path");
                None
            }
            Patch::Set(_) | Patch::Unchanged | Patch::Clear => Some(self.path),
        }
    }

    pub(super) fn kept<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<Patch<T>> {
        let patch = self.patch(name, kind)?;
        if matches!(patch, Patch::Clear) {
            self.problems.wrong(name, "is required");
            return None;
        }
        Some(patch)
    }

    pub(super) fn patch<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<Patch<T>> {
        let Some(raw) = self.object.sent(name) else { return Some(Patch::Unchanged) };
        let value = match (serde_json::from_str::<Option<String>>(raw), &kind.read) {
            (Ok(None), _) => return Some(Patch::Clear),
            (Ok(Some(text)), _) if text.trim().is_empty() => return Some(Patch::Clear),
            (Ok(Some(text)), Read::Text(read)) => read(name, text.trim(), kind.shape.most()),
            (Ok(Some(_)), Read::Json(read)) => read(name, raw),
            (Err(_), _) => Err(Error::invalid(name, "must be a string")),
        };
        self.problems.check(name, value).map(Patch::Set)
    }

    fn is_missing(&self, name: &str) -> bool {
        // What is there and no text is wrong.
        let text = serde_json::from_str::<Option<String>>(self.object.sent(name).unwrap_or("null"));
        text.is_ok_and(|text| text.is_none_or(|text| text.trim().is_empty()))
    }
}

/// A text that people write freely.
pub(super) const FREE: Kind<String> = Kind::text(Shape::text(NAME_MAX), free);
pub(super) const NAME: Kind<Name> =
    Kind::text(Shape::text(NAME_MAX), |name, text, most| free(name, text, most).map(Name::from_whole));
/// A number that identifies, in which a card number is not looked for.
pub(super) const PLAIN: Kind<String> = Kind::text(Shape::text(NAME_MAX), plain);
pub(super) const PHONE: Kind<Phone> =
    Kind::text(Shape::text(NAME_MAX), |name, text, most| plain(name, text, most).map(Phone::Text));

pub(super) const EMAIL: Kind<Email> =
    Kind::text(Shape { format: Some("email"), min: Some(3), ..Shape::text(NAME_MAX) }, |name, text, most| {
        let text = free(name, text, most)?;
        Email::parse(name, &text).map_err(|_| Error::invalid(name, "must be a valid email address"))
    });

pub(super) const ID: Kind<Named> =
    Kind::text(Shape { format: Some("uuid"), ..Shape::TEXT }, |_, text, _| Ok(id::read(text)));

pub(super) const COUNTRY: Kind<String> =
    Kind::text(Shape { pattern: Some("^[A-Za-z]{2}$"), ..Shape::text(2) }, letters);
pub(super) const CURRENCY: Kind<String> =
    Kind::text(Shape { pattern: Some("^[A-Za-z]{3}$"), ..Shape::text(3) }, letters);

fn letters(name: &'static str, text: &str, count: usize) -> Result<String, Error> {
    if text.chars().count() != count {
        return Err(Error::invalid(name, format!("must be {count} characters")));
    }
    if !text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(Error::invalid(name, "must only contain letters"));
    }
    Ok(text.to_owned())
}

fn free(name: &'static str, text: &str, most: usize) -> Result<String, Error> {
    plain(name, text, most)?;
    text::free(name, text, most)
}

/// A text that is too long is told of in the framework's words.
pub(super) fn plain(name: &'static str, text: &str, most: usize) -> Result<String, Error> {
    if text.chars().count() > most {
        return Err(Error::invalid(name, format!("must not be greater than {most} characters")));
    }
    text::plain(name, text, most)
}
