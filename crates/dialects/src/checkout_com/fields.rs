//! A request's fields, and the kinds of their values: how each is read, with which code it is refused, and what the OpenAPI
//! document says of it. Every value that does not fit gives a code, and all codes go out together.

mod kept;

use domain::card::Expiry;
use domain::customers::{Customer, Patch};
use domain::instruments::Instrument;
use domain::metadata::Metadata;
use domain::time::Time;
use domain::tokens::Token;
use domain::{Error, Id, text};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use super::codes::{Code, card_number, code_of};
use super::error::Failure;
use super::id;
use crate::declare::{Base, Declared, Shape};
use crate::json::Object;
use crate::{unchanged, warnings};

/// A kind of values.
pub(super) struct Kind<T> {
    pub(super) shape: Shape,
    wrong: Code,
    missing: Code,
    read: fn(&Sent<'_>) -> Result<T, Codes>,
}

/// What is wrong with a value; more than one thing where it is an object whose fields count like the body's own.
type Codes = Vec<Code>;

impl<T> Kind<T> {
    pub(super) const fn new(shape: Shape, wrong: Code, read: fn(&Sent<'_>) -> Result<T, Codes>) -> Self {
        Self { shape, wrong, missing: wrong, read }
    }

    /// Reads a value that another kind looks at more closely.
    pub(super) fn read(&self, sent: &Sent<'_>) -> Result<T, Codes> {
        (self.read)(sent)
    }

    /// The same where the document says something else of it.
    pub(super) const fn shaped(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }

    /// The same with other codes.
    pub(super) const fn coded(self, wrong: Code, missing: Code) -> Self {
        Self { wrong, missing, ..self }
    }

    /// The same, with a code of its own where it is missing.
    pub(super) const fn or(self, missing: Code) -> Self {
        Self { missing, ..self }
    }
}

/// The fields of an object, and what was found wrong with them.
#[derive(Clone)]
pub(super) struct Fields {
    object: Object,
    codes: Codes,
    /// What is kept as it was sent, each with its name before it.
    kept: Vec<(&'static str, String)>,
    /// When the request came.
    pub(super) now: Time,
    /// The date of the card that the request changes, where there is one.
    pub(super) known: Option<Expiry>,
}

impl Fields {
    pub(super) fn parse(body: &[u8], now: Time) -> Result<Self, Failure> {
        Ok(Self::of(Object::parse(body)?, now))
    }

    /// The fields of a body that may be left out, or say that it is none.
    pub(super) fn parse_if_any(body: &[u8], now: Time) -> Result<Self, Failure> {
        let is_none = body.trim_ascii() == b"null";
        Self::parse(if is_none { b"" } else { body }, now)
    }

    /// The fields of a query, each as the text that it is. Of two of one name the last one counts.
    pub(super) fn of_query(pairs: Vec<(String, String)>, now: Time) -> Self {
        let raw = |text: &String| to_raw_value(text).expect("a text is JSON");
        Self::of(Object(pairs.into_iter().rev().map(|(name, text)| (name, raw(&text))).collect()), now)
    }

    const fn of(object: Object, now: Time) -> Self {
        Self { object, codes: Vec::new(), kept: Vec::new(), now, known: None }
    }

    /// The same without what only repeats the answer of now.
    pub(super) fn unlike(mut self, shown: &impl Serialize) -> Self {
        unchanged::leave_out(&mut self.object, shown);
        self
    }

    pub(super) fn read<T: Declared>(mut self, request: fn(&mut Self) -> Option<T>) -> Result<T, Failure> {
        warnings::look_at::<T>(&self.object);
        let request = self.within(request);
        // Objects within this one were looked at where they were read.
        warnings::refused()?;
        request.map_err(Failure::invalid)
    }

    /// Reads a query, of which the first thing that is wrong is told alone.
    pub(super) fn read_first<T>(mut self, request: fn(&mut Self) -> Option<T>) -> Result<T, Failure> {
        self.within(request).map_err(|codes| Failure::invalid(first(codes)))
    }

    fn within<T>(&mut self, read: fn(&mut Self) -> Option<T>) -> Result<T, Codes> {
        let value = read(self);
        let codes = std::mem::take(&mut self.codes);
        // Nothing is missing that has no code.
        value.filter(|_| codes.is_empty()).ok_or(codes)
    }

    pub(super) fn required<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<T> {
        let value = self.optional(name, kind)?;
        if value.is_none() {
            warnings::is_wrong(name);
            self.wrong(kind.missing);
        }
        value
    }

    /// What may be left out, and not be taken away.
    pub(super) fn kept<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<Option<T>> {
        if self.object.sent(name).is_none() { Some(None) } else { self.required(name, kind).map(Some) }
    }

    /// What may be left out; null is the same.
    pub(super) fn optional<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<Option<T>> {
        let noted = warnings::wrong_count();
        match self.value(name, kind).transpose() {
            Ok(value) => Some(value),
            Err(codes) => {
                // Of an object the field within it is named.
                if warnings::wrong_count() == noted {
                    warnings::is_wrong(name);
                }
                codes.into_iter().for_each(|code| self.wrong(code));
                None
            }
        }
    }

    /// What may be left out, and cleared by null or by a value that says nothing.
    pub(super) fn patch<T>(&mut self, name: &'static str, kind: &Kind<Option<T>>) -> Option<Patch<T>> {
        Some(match self.optional(name, kind)? {
            Some(Some(value)) => Patch::Set(value),
            Some(None) => Patch::Clear,
            None if self.object.sent(name).is_some() => Patch::Clear,
            None => Patch::Unchanged,
        })
    }

    /// A value that is there and right, for a look beside the field's own reading.
    pub(super) fn peek<T>(&self, name: &'static str, kind: &Kind<T>) -> Option<T> {
        self.value(name, kind)?.ok()
    }

    /// What the body says that it is; nothing where it says nothing.
    pub(super) fn kind(&self) -> String {
        self.text("type").unwrap_or_default()
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.object.sent(name).and_then(|raw| serde_json::from_str(raw).ok())
    }

    /// Whether a field has a value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.object.get(name).is_some()
    }

    /// Notes that something is wrong, once.
    pub(super) fn wrong(&mut self, code: Code) {
        if !self.codes.contains(&code) {
            self.codes.push(code);
        }
    }

    /// Notes that something is wrong beside which nothing else counts.
    pub(super) fn wrong_alone(&mut self, code: Code) {
        self.codes = vec![code];
    }

    fn value<T>(&self, name: &'static str, kind: &Kind<T>) -> Option<Result<T, Codes>> {
        let raw = self.object.get(name)?.get();
        Some((kind.read)(&Sent { fields: self, name, raw, wrong: kind.wrong, shape: kind.shape }))
    }

    /// What may be left out, is kept as it was sent and shown, and has no other effect. A card number in it is told alone.
    pub(super) fn shown<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<Option<T>> {
        self.keep(name)?;
        self.optional(name, kind)
    }

    /// What may be left out, has an effect, and is kept as it was sent and shown as well.
    pub(super) fn echoed<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<Option<T>> {
        let value = self.optional(name, kind);
        self.keep(name)?;
        value
    }

    /// Likewise, what must be there.
    pub(super) fn required_echoed<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<T> {
        let value = self.required(name, kind);
        self.keep(name)?;
        value
    }

    /// Keeps a field as it was sent, but for security codes. None where it holds a card number.
    pub(super) fn keep(&mut self, name: &'static str) -> Option<()> {
        let raw = self.optional(name, &AS_SENT)?.map(|raw| kept::without_codes(&raw));
        self.kept.extend(raw.map(|raw| (name, raw)));
        Some(())
    }

    /// What was kept until now, as one object of JSON that has some names before the others; none where nothing was.
    pub(super) fn all_kept(&mut self, first: &[&str]) -> Option<String> {
        let mut kept = std::mem::take(&mut self.kept);
        kept.sort_by_key(|(name, _)| first.iter().position(|other| other == name).unwrap_or(first.len()));
        let kept: Vec<String> = kept.iter().map(|(name, raw)| format!("\"{name}\":{raw}")).collect();
        (!kept.is_empty()).then(|| format!("{{{}}}", kept.join(",")))
    }
}

/// A value of a field as it was sent, which is not null.
pub(super) struct Sent<'a> {
    pub(super) fields: &'a Fields,
    name: &'static str,
    raw: &'a str,
    wrong: Code,
    pub(super) shape: Shape,
}

impl Sent<'_> {
    /// The value, or else the code of a wrong one.
    pub(super) fn right<T>(&self, value: Option<T>) -> Result<T, Codes> {
        value.ok_or_else(|| vec![self.wrong])
    }

    /// What the domain says of the value.
    pub(super) fn by_domain<T>(&self, value: Result<T, Error>) -> Result<T, Codes> {
        value.map_err(|error| vec![code_of(&error, self.name, self.wrong)])
    }

    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Codes> {
        self.right(serde_json::from_str(self.raw).ok())
    }

    pub(super) fn text(&self) -> Result<String, Codes> {
        self.json()
    }

    /// A text of as many characters as its kind allows.
    pub(super) fn in_length(&self) -> Result<String, Codes> {
        let text = self.text()?;
        let length = text.chars().count();
        let fits = length <= self.shape.most() && self.shape.min.is_none_or(|least| length >= least);
        self.right(fits.then_some(text))
    }

    /// A number with or without a fraction, or the text of one.
    pub(super) fn decimal(&self) -> Result<(), Codes> {
        let Base::Number(least, most) = self.shape.base else { return self.right(None) };
        let text = self.text().unwrap_or_else(|_| self.raw.to_owned());
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b".-+eE".contains(&byte));
        let number = text.parse::<f64>().ok().filter(|_| is_plain);
        self.right(number.filter(|number| (least as f64..=most as f64).contains(number)).map(drop))
    }

    /// A text that people write freely.
    pub(super) fn free(&self) -> Result<String, Codes> {
        self.by_domain(text::free("text", &self.text()?, self.shape.most()))
    }

    pub(super) fn object(&self) -> Result<Object, Codes> {
        self.json()
    }

    /// An object of which the first thing that is wrong is told alone.
    pub(super) fn first<T: Declared>(&self, read: fn(&mut Fields) -> Option<T>) -> Result<T, Codes> {
        self.whole(read).map_err(first)
    }

    /// An object whose fields count like the body's own.
    pub(super) fn whole<T: Declared>(&self, read: fn(&mut Fields) -> Option<T>) -> Result<T, Codes> {
        let object = self.object()?;
        warnings::inside(self.name, || {
            warnings::look_at::<T>(&object);
            Fields::of(object, self.fields.now).within(read)
        })
    }

    /// The values of a list, each read by itself; of what is wrong with them the first thing is told.
    pub(super) fn each<T>(&self, read: impl Fn(&Sent<'_>) -> Result<T, Codes>) -> Result<(), Codes> {
        let values: Vec<Box<RawValue>> = self.json()?;
        let fits =
            values.len() <= self.shape.most() && self.shape.min.is_none_or(|least| values.len() >= least);
        self.right(fits.then_some(()))?;
        values.iter().try_for_each(|value| read(&Sent { raw: value.get(), ..*self }).map(drop))
    }

    /// The id of an object, or none where it is no id: no object has that.
    pub(super) fn id<K>(&self, prefix: &str) -> Result<Option<Id<K>>, Codes> {
        Ok(id::read(prefix, &self.text()?))
    }

    /// A text of digits, or the number that such a text would be: codes that cannot begin with a zero are sent as both.
    pub(super) fn digits(&self) -> Result<String, Codes> {
        let number = || self.json::<u64>().map(|number| number.to_string());
        self.text().or_else(|_| number())
    }

    /// An integer, or the text of one, which has digits and nothing else but a sign before them.
    fn integer(&self) -> Option<i64> {
        let Ok(text) = self.text() else { return self.json().ok() };
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_plain)
    }

    /// A number, if it is within the limits of its kind.
    fn within<T: TryFrom<i64>>(&self, number: Option<i64>) -> Result<T, Codes> {
        let Base::Integer(least, most) = self.shape.base else { return self.right(None) };
        let number = number.filter(|number| (least..=most).contains(number));
        self.right(number.and_then(|number| T::try_from(number).ok()))
    }
}

fn first(mut codes: Codes) -> Codes {
    codes.truncate(1);
    codes
}

pub(super) const fn words(words: &'static [&'static str], wrong: Code) -> Kind<&'static str> {
    Kind::new(Shape::words(words), wrong, |sent| {
        let text = sent.text()?;
        sent.right(sent.shape.values.iter().find(|word| **word == text).copied())
    })
}

/// A text that people write freely, of at most so many characters.
pub(super) const fn free(max: usize, wrong: Code) -> Kind<String> {
    Kind::new(Shape::text(max), wrong, |sent| sent.free())
}

/// A number, or the text of one: so some clients send it, and so it stands in a query.
pub(super) const fn number(least: i64, most: i64, wrong: Code) -> Kind<i64> {
    small_number(Shape::integer(least, most), wrong)
}

/// The same of a type of its own.
pub(super) const fn small_number<T: TryFrom<i64>>(shape: Shape, wrong: Code) -> Kind<T> {
    Kind::new(shape, wrong, |sent| sent.within(sent.integer()))
}

pub(super) const INSTRUMENT_ID: Kind<Option<Id<Instrument>>> =
    Kind::new(Shape { pattern: Some("^src_[a-z2-7]{26}$"), ..Shape::TEXT }, "source_id_invalid", |sent| {
        sent.id(id::INSTRUMENT)
    });

pub(super) const CUSTOMER_ID: Kind<Option<Id<Customer>>> =
    Kind::new(Shape { pattern: Some("^cus_[a-z2-7]{26}$"), ..Shape::TEXT }, "customer_id_invalid", |sent| {
        sent.id(id::CUSTOMER)
    });

pub(super) const TOKEN_ID: Kind<Option<Id<Token>>> =
    Kind::new(Shape::TEXT, "token_invalid", |sent| sent.id(id::TOKEN));

/// Where the buyer goes: an address of at most so many characters.
pub(super) const fn address(max: usize, wrong: Code) -> Kind<String> {
    let shape = Shape { format: Some("uri"), ..Shape::text(max) };
    Kind::new(shape, wrong, |sent| sent.right(text::web_address("url", &sent.in_length()?).ok()))
}

/// Yes or no, or the text of it, which some clients send.
pub(super) const fn boolean(wrong: Code) -> Kind<bool> {
    Kind::new(Shape::BOOLEAN, wrong, |sent| match sent.text().as_deref() {
        Ok("true") => Ok(true),
        Ok("false") => Ok(false),
        Ok(_) | Err(_) => sent.json(),
    })
}

pub(super) const DATE: Kind<()> =
    Kind::new(Shape { format: Some("date"), ..Shape::text(10) }, "parameter_invalid", |sent| {
        let text = sent.in_length()?;
        let is_date = text.len() == 10 && Time::parse(&format!("{text}T00:00:00Z")).is_some();
        sent.right(is_date.then_some(()))
    });

/// The merchant's own keys.
pub(super) const METADATA: Kind<Metadata> = Kind::new(Shape::OBJECT, "metadata_invalid", |sent| {
    let Object(entries) = sent.object()?;
    sent.by_domain(Metadata::new(entries))
});

/// What is kept as it was sent.
pub(super) const AS_SENT: Kind<String> = Kind::new(Shape::ANYTHING, "parameter_invalid", |sent| {
    if kept::holds_card_number(sent.name, sent.raw) {
        return Err(vec![card_number(sent.name)]);
    }
    Ok(sent.raw.to_owned())
});
