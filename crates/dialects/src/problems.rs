//! What is wrong with a request's fields, as two vendors' frameworks tell it: one sentence a field, in the order in which they
//! were found. Where the sentences stand in an answer is each vendor's own.

use domain::{Error, Field, Taken, Why};
use serde::{Serialize, Serializer};

use crate::warnings::Misspelt;

/// The fields that are wrong, each with its sentence.
#[derive(Debug, Clone, Default)]
pub(crate) struct Problems(Vec<(&'static str, String)>);

impl Problems {
    pub(crate) fn of(field: &'static str, sentence: impl Into<String>) -> Self {
        Self(vec![(field, sentence.into())])
    }

    pub(crate) fn invalid(field: Field, why: &Why) -> Self {
        let mut problems = Self::default();
        problems.wrong(field.name(), &why.to_string());
        problems
    }

    /// One field whose value belongs to another object.
    pub(crate) fn taken(taken: Taken) -> Self {
        let field = taken.field().name();
        Self::of(field, format!("The {} has already been taken.", words(field)))
    }

    /// Adds a sentence about a field, unless there is one already.
    fn add(&mut self, field: &'static str, sentence: String) {
        if !self.0.iter().any(|(known, _)| *known == field) {
            self.0.push((field, sentence));
        }
    }

    /// Adds `The <field> field <why>.`
    pub(crate) fn wrong(&mut self, field: &'static str, why: &str) {
        self.add(field, format!("The {} field {why}.", words(field)));
    }

    /// The value, unless it is wrong, which is added.
    pub(crate) fn check<T>(&mut self, field: &'static str, value: Result<T, Error>) -> Option<T> {
        match value {
            Ok(value) => return Some(value),
            Err(Error::Invalid { why, .. }) => self.wrong(field, &why.to_string()),
            Err(_) => self.wrong(field, "is not valid"),
        }
        None
    }

    /// The request, unless anything is wrong.
    pub(crate) fn result<T>(self, request: Option<T>) -> Result<T, Self> {
        request.filter(|_| self.is_empty()).ok_or(self)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn sentences(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|(_, sentence)| sentence.as_str())
    }
}

/// A field stands under the name that it should have, which is the one that a form has a place for.
impl From<Misspelt> for Problems {
    fn from(Misspelt(fields): Misspelt) -> Self {
        let mut problems = Self::default();
        for field in fields {
            let sentence = format!("The {} is not known. Did you mean {}?", field.subject(), field.meant);
            problems.add(field.field, sentence);
        }
        problems
    }
}

impl Serialize for Problems {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(field, sentence)| (field, [sentence])))
    }
}

/// A field's name as the frameworks put it into sentences.
fn words(field: &str) -> String {
    field.replace('_', " ")
}
