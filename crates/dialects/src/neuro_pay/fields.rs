//! A request's fields, and the kinds of their values: how each is read into a parsed type, and what the OpenAPI document
//! says of it.

use std::collections::HashSet;
use std::hash::Hash;

use domain::metadata::Metadata;
use domain::money::{AMOUNT_MAX, Currency};
use domain::text::{self, Email, MESSAGE_MAX, NAME_MAX, REFERENCE_MAX, URL_MAX};
use domain::{Error, Id};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, OneOfBuilder, SchemaType, Type};
use utoipa::openapi::{Object, RefOr, Schema};

use super::error::Failure;
use crate::declare::{Declared, Kind, Read, Shape};
use crate::{json, warnings};

/// The fields of one request, and what was found wrong with them. A `null` counts as missing, as on the vendor's platform.
pub(super) struct Fields {
    object: json::Object,
    missing: Vec<&'static str>,
    /// The first that is wrong.
    wrong: Option<Error>,
}

impl Fields {
    pub(super) const fn of(object: json::Object) -> Self {
        Self { object, missing: Vec::new(), wrong: None }
    }

    /// Reads a request. What is missing is told before what is wrong, all of it at once.
    pub(super) fn read<T: Declared>(mut self, request: fn(&mut Self) -> Option<T>) -> Result<T, Failure> {
        warnings::known::<T>(&self.object)?;
        let request = request(&mut self);
        let wrong = self.wrong.filter(|_| self.missing.is_empty());
        request.ok_or_else(|| wrong.map_or_else(|| Failure::missing(&self.missing), Failure::from))
    }

    pub(super) fn required<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<T> {
        let value = self.optional(name, kind)?;
        if value.is_none() {
            self.missing.push(name);
        }
        value
    }

    /// What is kept and shown, and has no effect.
    pub(super) fn shown<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<Option<T>> {
        self.optional(name, kind)
    }

    /// What may be left out, and means something else when it is null, so that null is wrong.
    pub(super) fn kept<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<Option<T>> {
        if self.object.sent(name) == Some("null") {
            self.wrong.get_or_insert(Error::invalid(name, "must not be null; leave it out for everything"));
            return None;
        }
        self.optional(name, kind)
    }

    /// The value, if there is one; none at all where it is wrong.
    pub(super) fn optional<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<Option<T>> {
        let Some(raw) = self.object.get(name) else { return Some(None) };
        let value = match kind.read {
            Read::Text(read) => string(name, raw.get()).and_then(|text| read(name, &text, kind.shape.most())),
            Read::Json(read) => read(name, raw.get()),
        };
        value.map(Some).map_err(|error| self.wrong.get_or_insert(error)).ok()
    }
}

pub(super) const NAME: Kind<String> =
    Kind::text(Shape { min: Some(1), ..Shape::text(NAME_MAX) }, text::required);
pub(super) const MESSAGE: Kind<String> =
    Kind::text(Shape { min: Some(1), ..Shape::text(MESSAGE_MAX) }, text::required);
pub(super) const COMMENT: Kind<String> = Kind::text(Shape::text(MESSAGE_MAX), text::free);
pub(super) const REFERENCE: Kind<String> = Kind::text(Shape::text(REFERENCE_MAX), text::plain);
pub(super) const EMAIL: Kind<Email> =
    Kind::text(Shape { format: Some("email"), ..Shape::text(NAME_MAX) }, |name, text, _| {
        Email::parse(name, text)
    });
pub(super) const ADDRESS: Kind<String> =
    Kind::text(Shape { format: Some("uri"), ..Shape::text(URL_MAX) }, |name, text, _| {
        text::web_address(name, text)
    });
pub(super) const CURRENCY: Kind<Currency> = Kind::text(
    Shape { pattern: Some("^[A-Za-z]{3}$"), example: Some("SEK"), ..Shape::TEXT },
    |name, text, _| {
        let currency = Currency::parse(text);
        let currency =
            currency.ok_or_else(|| Error::invalid(name, "must be an ISO 4217 code such as SEK"))?;
        if currency.is_in_use() {
            Ok(currency)
        } else {
            Err(Error::invalid(name, "must be a currency in use"))
        }
    },
);
pub(super) const BOOLEAN: Kind<bool> =
    Kind::json(Shape::BOOLEAN, |name, raw| value(name, raw, "must be true or false"));

/// Minor units. [`domain::money::Money`] checks the upper bound.
pub(super) const AMOUNT: Kind<i64> = Kind::json(Shape::integer(1, AMOUNT_MAX), |name, raw| {
    let amount = value(name, raw, "must be an integer in minor units, such as 24900 for 249.00 SEK")?;
    if amount < 1 { Err(Error::invalid(name, "must be at least 1")) } else { Ok(amount) }
});

/// `iframe` shows the page without background and header.
#[derive(Deserialize, ToSchema)]
pub(super) enum Template {
    #[serde(rename = "iframe")]
    Iframe,
}

pub(super) const TEMPLATE: Kind<Template> = Kind::json(Shape::named::<Template>(), |name, raw| {
    string(name, raw).and_then(|_| value(name, raw, "must be \"iframe\" or left out"))
});

/// The vendor's document has `fraudolent`, in that spelling. Kassa takes `fraudulent` too.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Reason {
    Duplicate,
    RequestedByCustomer,
    Fraudolent,
    Fraudulent,
}

pub(super) const REASON: Kind<String> = Kind::json(Shape::named::<Reason>(), |name, raw| {
    let text = string(name, raw)?;
    let why = "must be duplicate, requested_by_customer, fraudulent or fraudolent (the vendor's spelling)";
    value(name, raw, why).map(|_: Reason| text)
});

/// An id of 32 hex digits. Another spelling is one that nobody has.
pub(super) const fn id<K>() -> Kind<Option<Id<K>>> {
    let shape = Shape { pattern: Some("^[0-9a-fA-F]{32}$"), ..Shape::TEXT };
    Kind::text(shape, |_, text, _| Ok(Id::from_hex(text)))
}

/// Metadata in the forms that the documents show: an object, an array of `{key, value}` or of objects with one entry, an
/// empty array.
pub(super) const METADATA: Kind<Metadata> = Kind::json(
    Shape::written(|| forms("An object; Kassa accepts the arrays of the old documents too.", [])),
    metadata,
);

/// [`METADATA`], or a string that holds a JSON object, as the old document types it for update.
pub(super) const CHANGES: Kind<Metadata> =
    Kind::json(Shape::written(|| forms("An object, or a text that holds one.", [Type::String])), changes);

/// What has no effect and is echoed, as it was sent.
pub(super) const ECHO: Kind<String> = Kind::json(Shape::ANYTHING, |name, raw| {
    let is_card = domain::json::holds_card_number(raw);
    if is_card { Err(Error::card_number(name)) } else { Ok(raw.to_owned()) }
});

/// The forms of metadata, as the document has them.
fn forms<const N: usize>(words: &str, others: [Type; N]) -> RefOr<Schema> {
    let anything = Object::builder().schema_type(SchemaType::AnyValue);
    let forms = OneOfBuilder::new().item(Object::new()).item(ArrayBuilder::new().items(anything));
    let forms = others.into_iter().fold(forms, |forms, other| forms.item(Object::with_type(other)));
    Schema::OneOf(forms.description(Some(words)).build()).into()
}

fn metadata(name: &'static str, raw: &str) -> Result<Metadata, Error> {
    let wrong = || no_object(name);
    let entries = match raw.as_bytes().first() {
        Some(b'{') => serde_json::from_str::<json::Object>(raw).map_err(|_| wrong())?.0,
        Some(b'[') => {
            let items: Vec<json::Object> = serde_json::from_str(raw).map_err(|_| wrong())?;
            let entries: Option<Vec<_>> = items.into_iter().map(pair).collect();
            let entries = entries.ok_or_else(wrong)?;
            if has_a_name_twice(&entries) {
                return Err(Error::invalid(name, "must not name a key twice"));
            }
            entries
        }
        _ => return Err(wrong()),
    };
    Metadata::new(entries)
}

/// Looks at each name once: a list may have thousands.
fn has_a_name_twice<N: Eq + Hash, V>(entries: &[(N, V)]) -> bool {
    let mut seen = HashSet::new();
    !entries.iter().all(|(name, _)| seen.insert(name))
}

fn changes(name: &'static str, raw: &str) -> Result<Metadata, Error> {
    if !raw.starts_with('"') {
        return metadata(name, raw);
    }
    let text = string(name, raw)?;
    // No text at all would be an object without fields.
    if text.trim().is_empty() {
        return Err(no_object(name));
    }
    let object = json::Object::parse(text.as_bytes()).map_err(|_| no_object(name))?;
    Metadata::new(object.0)
}

fn no_object(name: &'static str) -> Error {
    Error::invalid(name, "must be an object of keys and values")
}

fn string(name: &'static str, raw: &str) -> Result<String, Error> {
    value(name, raw, "must be a string")
}

fn value<T: DeserializeOwned>(name: &'static str, raw: &str, why: &'static str) -> Result<T, Error> {
    serde_json::from_str(raw).map_err(|_| Error::invalid(name, why))
}

/// `{"key": …, "value": …}` or `{…: …}`.
fn pair(item: json::Object) -> Option<(String, Box<RawValue>)> {
    let mut fields = item.0;
    if fields.len() == 2 {
        let key = fields.iter().position(|(name, _)| name == "key")?;
        let (_, key) = fields.remove(key);
        let (name, value) = fields.pop()?;
        return (name == "value").then_some((serde_json::from_str(key.get()).ok()?, value));
    }
    if fields.len() == 1 { fields.pop() } else { None }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::hash::Hasher;

    use super::*;

    thread_local!(static COMPARED: Cell<usize> = const { Cell::new(0) });

    /// A name that counts with how many others it is compared.
    struct Counted(usize);

    impl PartialEq for Counted {
        fn eq(&self, other: &Self) -> bool {
            COMPARED.set(COMPARED.get() + 1);
            self.0 == other.0
        }
    }

    impl Eq for Counted {}

    impl Hash for Counted {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    #[test]
    fn many_names_of_metadata_cost_no_more_than_their_number() {
        const MANY: usize = 5_000;
        let entries = |last| (0..MANY).chain([last]).map(|name| (Counted(name), ())).collect::<Vec<_>>();
        assert!(!has_a_name_twice(&entries(MANY)) && has_a_name_twice(&entries(MANY - 1)));
        assert!(COMPARED.get() <= 4 * MANY, "{} names are compared {} times", 2 * MANY, COMPARED.get());
    }
}
