//! What a request is told of beside its answer: fields, query parameters and headers that nobody knows, known fields
//! without effect, and amounts that are rounded. Names go into the header `Kassa-Warning` and the log, values never.
//!
//! What is told of one request is gathered in the task that answers it: fields are read deep inside of handlers, objects
//! within objects, and the answer may be an error. Where nothing is told, nothing is allocated.

mod misspelt;
mod names;

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use domain::{Caller, MerchantId, UnknownFields};
use utoipa::openapi::{HeaderBuilder, OpenApi};

use self::misspelt::{meant, shown};
pub(crate) use self::names::Names;
use crate::declare::{Declared, Effect, Property};
use crate::json::Object;
use crate::openapi::answers;
use crate::refused;

/// The header as the documents write it.
const SHOWN: &str = "Kassa-Warning";
const HEADER: HeaderName = HeaderName::from_static("kassa-warning");
const DESCRIBED: &str = "An addition of Kassa, sent only where there is something to tell: the names of fields, query \
    parameters and headers of the request that are unknown here or have no effect, and of amounts in the answer that are \
    rounded down.";
/// Names that one answer tells.
const TOLD_MAX: usize = 8;
/// Names of one request that are looked at. Whoever sends more does not err in typing.
const LOOKED_AT_MAX: usize = 100;

tokio::task_local! {
    static WARNINGS: RefCell<Warnings>;
}

/// What is told of one request.
#[derive(Default)]
struct Warnings {
    /// Who asks; none where nobody was let in, and then nobody is told.
    caller: Option<Asker>,
    notes: Vec<Note>,
    /// Fields that were refused without their names, for the log alone.
    wrong: Vec<String>,
}

/// Who asks.
#[derive(Clone, Copy)]
struct Asker {
    merchant: MerchantId,
    unknown_fields: UnknownFields,
    /// With a credential that every visitor of a page can read.
    is_anybody: bool,
}

struct Note {
    what: What,
    /// As it was sent, within the object that it stands in; empty where it is not to be shown.
    name: String,
    /// What it looks like, where that was not sent: its name, and that within the object.
    meant: Option<(&'static str, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Field,
    Parameter,
    Header,
    /// A known field that is kept as it was sent and does nothing else.
    Shown,
    /// A known field that does nothing.
    WithoutEffect,
    /// Amounts of the answer that the API cannot write as they are.
    RoundedDown,
}

impl What {
    const ALL: [Self; 6] =
        [Self::Field, Self::Parameter, Self::Header, Self::Shown, Self::WithoutEffect, Self::RoundedDown];

    const fn words(self) -> &'static str {
        match self {
            Self::Field => "unknown field",
            Self::Parameter => "unknown query parameter",
            Self::Header => "unknown header",
            Self::Shown => "only kept and shown",
            Self::WithoutEffect => "without effect",
            Self::RoundedDown => "rounded down",
        }
    }
}

impl Note {
    fn words(&self) -> String {
        let name = if self.name.is_empty() { "one that is not shown" } else { &self.name };
        match &self.meant {
            Some((_, meant)) => format!("{name} (did you mean {meant}?)"),
            None => name.to_owned(),
        }
    }
}

/// Fields for whose names a request is refused.
#[derive(Debug)]
pub(crate) struct Misspelt(pub(crate) Vec<Misspelling>);

/// A field that the operation does not have, and the one that it looks like.
#[derive(Debug)]
pub(crate) struct Misspelling {
    /// As it was sent, and within which object; empty where it is not to be shown.
    pub(crate) sent: String,
    /// The field's own name.
    pub(crate) field: &'static str,
    /// The same within the object that it stands in.
    pub(crate) meant: String,
}

impl Misspelling {
    /// The field that was sent, in a sentence after `The`.
    pub(crate) fn subject(&self) -> String {
        if self.sent.is_empty() { "name of a field".to_owned() } else { format!("{} field", self.sent) }
    }
}

/// Answers a request, and tells what is to be told of it.
pub(crate) async fn around(names: &Names, request: Request, next: Next) -> Response {
    let beside = names.unknown(&request);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (mut response, told) = WARNINGS
        .scope(RefCell::default(), async {
            let response = next.run(request).await;
            (response, WARNINGS.with(RefCell::take))
        })
        .await;
    let asker = told.caller.map(|caller| (caller.merchant, caller.is_anybody));
    refused::log(asker, names.api, route.as_ref(), &told.wrong, &response);
    let Some((merchant, _)) = asker.filter(|_| !(told.notes.is_empty() && beside.is_empty())) else {
        return response;
    };
    let notes: Vec<Note> = told.notes.into_iter().chain(beside).collect();
    let words = words(&notes);
    let merchant = merchant.hex();
    // Whoever has a public key can bring this about as often as they like.
    tracing::debug!(merchant, api = names.api, "{words}");
    if let Ok(value) = HeaderValue::from_str(&words) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// Says in the document that every answer may carry the header.
pub(crate) fn describe(document: &mut OpenApi) {
    for (_, answer) in answers(document) {
        let header = HeaderBuilder::new().description(Some(DESCRIBED)).build();
        answer.headers.insert(SHOWN.to_owned(), header.into());
    }
}

/// Notes who asks, once that is known.
pub(crate) fn is_asked_by(caller: &Caller) {
    let Caller { merchant, unknown_fields, .. } = *caller;
    let is_anybody = caller.kind == refused::PUBLIC_KEY;
    change(|told| told.caller = Some(Asker { merchant, unknown_fields, is_anybody }));
}

/// Looks at the names of an object's fields.
pub(crate) fn look_at<T: Declared>(object: &Object) {
    let fields = object.0.iter().map(|(name, value)| (name.as_str(), value.get() == "null"));
    look(T::FIELDS, fields);
}

/// Looks at the names of a body's fields.
///
/// # Errors
/// Names of this caller's requests are refused, and there is one that is.
pub(crate) fn known<T: Declared>(body: &Object) -> Result<(), Misspelt> {
    look_at::<T>(body);
    refused()
}

/// Likewise at names with whether their values are null, which says nothing and so needs no effect.
pub(crate) fn look<'a>(known: &[&'static [Property]], fields: impl Iterator<Item = (&'a str, bool)> + Clone) {
    let sent: OnceCell<HashSet<&str>> = OnceCell::new();
    for (name, is_null) in fields.clone() {
        match known.iter().find_map(|part| Property::find(part, name)).map(|property| property.effect) {
            Some(Effect::Works) => {}
            Some(Effect::Shown | Effect::Nothing) if is_null => {}
            Some(Effect::Shown) => note(What::Shown, name, |_| None),
            Some(Effect::Nothing) => note(What::WithoutEffect, name, |_| None),
            None => note(What::Field, name, |name| {
                let sent = sent.get_or_init(|| fields.clone().map(|(name, _)| name).collect());
                let mut others = Vec::new();
                for part in known {
                    Property::each(part, &mut |property| others.push(property.name));
                }
                others.retain(|other| !sent.contains(other));
                meant(name, others.into_iter()).map(|field| (field, field.to_owned()))
            }),
        }
    }
}

pub(crate) fn without_effect(name: &'static str) {
    note(What::WithoutEffect, name, |_| None);
}

/// Tells that the answer says a little less than there is.
pub(crate) fn rounded_down(name: &'static str) {
    note(What::RoundedDown, name, |_| None);
}

/// Does something with what stands in a field: what is told meanwhile is told of that.
pub(crate) fn inside<T>(field: &str, work: impl FnOnce() -> T) -> T {
    let notes_before = WARNINGS.try_with(|told| told.borrow().notes.len()).unwrap_or_default();
    let wrong_before = wrong_count();
    let done = work();
    change(|told| {
        let names = told.notes.iter_mut().skip(notes_before).flat_map(|note| {
            let meant = note.meant.as_mut().map(|(_, meant)| meant);
            [Some(&mut note.name), meant].into_iter().flatten().filter(|name| !name.is_empty())
        });
        let wrong = told.wrong.iter_mut().skip(wrong_before);
        names.chain(wrong).for_each(|name| *name = format!("{field}.{name}"));
    });
    done
}

/// The fields whose names are refused.
///
/// # Errors
/// There are such.
pub(crate) fn refused() -> Result<(), Misspelt> {
    let found = WARNINGS.try_with(|told| {
        let told = told.borrow();
        if told.notes.is_empty()
            || told.caller.is_none_or(|caller| caller.unknown_fields != UnknownFields::Refuse)
        {
            return Vec::new();
        }
        let fields = told.notes.iter().filter(|note| note.what == What::Field);
        let misspelling = |note: &Note| {
            let (field, meant) = note.meant.clone()?;
            Some(Misspelling { sent: note.name.clone(), field, meant })
        };
        let mut found: Vec<Misspelling> = Vec::new();
        for misspelling in fields.filter_map(misspelling) {
            if found.len() < TOLD_MAX && found.iter().all(|known| known.meant != misspelling.meant) {
                found.push(misspelling);
            }
        }
        found
    });
    match found {
        Ok(found) if !found.is_empty() => Err(Misspelt(found)),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn note(what: What, name: &str, meant: impl FnOnce(&str) -> Option<(&'static str, String)>) {
    change(|told| {
        if told.notes.len() < LOOKED_AT_MAX {
            // A name that is known is the API's own, whatever it looks like.
            let shown = if what == What::Field { shown(name) } else { Some(name) };
            let name_shown = shown.unwrap_or_default().to_owned();
            told.notes.push(Note { what, name: name_shown, meant: meant(name) });
        }
    });
}

pub(crate) fn wrong_count() -> usize {
    WARNINGS.try_with(|told| told.borrow().wrong.len()).unwrap_or_default()
}

/// Notes the name of a field of ours whose value is refused, where the answer does not say it.
pub(crate) fn is_wrong(name: &'static str) {
    change(|told| {
        if told.wrong.len() < TOLD_MAX && !told.wrong.iter().any(|known| known == name) {
            told.wrong.push(name.to_owned());
        }
    });
}

/// Outside of a request, as in a test of one function, nobody is told.
fn change(work: impl FnOnce(&mut Warnings)) {
    let _ = WARNINGS.try_with(|told| work(&mut told.borrow_mut()));
}

/// What the header and the log say.
fn words(notes: &[Note]) -> String {
    let shown = &notes[..notes.len().min(TOLD_MAX)];
    let of = |what: What| {
        let names: Vec<String> = shown.iter().filter(|note| note.what == what).map(Note::words).collect();
        (!names.is_empty()).then(|| format!("{}: {}", what.words(), names.join(", ")))
    };
    let mut parts: Vec<String> = What::ALL.into_iter().filter_map(of).collect();
    if notes.len() > TOLD_MAX {
        parts.push(format!("and {} more", notes.len() - TOLD_MAX));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const KNOWN: [Property; 2] = Property::without_effect(Effect::Works, ["amount", "email"]);
    const IDLE: [Property; 2] = Property::without_effect(Effect::Nothing, ["risk", "amount"]);

    /// What is told of these fields to a caller who is refused, or not.
    fn told(unknown_fields: UnknownFields, sent: &[(&str, bool)]) -> (String, usize) {
        let merchant = MerchantId::from_hex("0123456789ab4cde8f0123456789abcd").expect("an id");
        let told = Warnings {
            caller: Some(Asker { merchant, unknown_fields, is_anybody: false }),
            notes: Vec::new(),
            wrong: Vec::new(),
        };
        WARNINGS.sync_scope(RefCell::new(told), || {
            look(&[&KNOWN, &IDLE], sent.iter().copied());
            let refused = refused().err().map_or(0, |Misspelt(found)| found.len());
            (WARNINGS.with(|told| words(&told.borrow().notes)), refused)
        })
    }

    #[test]
    fn what_is_unknown_or_without_effect_is_told() {
        let refuse = |sent| told(UnknownFields::Refuse, sent);
        assert_eq!(refuse(&[("amount", false), ("email", true), ("risk", true)]), (String::new(), 0));
        let (words, refused) = refuse(&[("amonut", false), ("risk", false), ("other", false)]);
        let all = "unknown field: amonut (did you mean amount?), other; without effect: risk";
        assert_eq!((words.as_str(), refused), (all, 1));
        // What was sent is not what is meant.
        assert_eq!(refuse(&[("amonut", false), ("amount", false)]), ("unknown field: amonut".to_owned(), 0));
        let (words, refused) = told(UnknownFields::Warn, &[("emial", false)]);
        assert_eq!((words.as_str(), refused), ("unknown field: emial (did you mean email?)", 0));
    }

    #[test]
    fn few_names_are_told_and_none_that_may_be_a_secret() {
        let many: Vec<(&str, bool)> = (0..500).map(|_| ("4242424242424242", false)).collect();
        let (words, _) = told(UnknownFields::Refuse, &many);
        assert!(words.ends_with("; and 92 more") && !words.contains('4'), "{words}");
    }

    #[test]
    fn many_names_cost_no_more_than_their_number() {
        let names: Vec<String> = (0..5_000).map(|number| format!("emai{number}")).collect();
        let looked_at = Cell::new(0);
        let sent = names.iter().map(|name| {
            looked_at.set(looked_at.get() + 1);
            (name.as_str(), false)
        });
        WARNINGS.sync_scope(RefCell::default(), || {
            look(&[&KNOWN], sent);
            assert!(WARNINGS.with(|told| words(&told.borrow().notes)).ends_with("and 92 more"));
        });
        assert!(looked_at.get() <= 2 * names.len(), "{} looks at {} names", looked_at.get(), names.len());
    }

    #[test]
    fn outside_of_a_request_nobody_is_told() {
        look(&[&KNOWN], [("amonut", false)].into_iter());
        without_effect("amount");
        assert!(refused().is_ok());
    }
}
