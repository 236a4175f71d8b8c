//! A request's fields, read one by one into parsed types.

use std::collections::HashSet;

use domain::metadata::Metadata;
use domain::{Error, Id, Missing};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::error::Failure;
use crate::json::Object;

/// The fields of one request. A `null` counts as missing, as on the vendor's platform.
pub(super) struct Fields(pub(super) Object);

impl Fields {
    /// Checks that all of these are there, and names every one that is not.
    pub(super) fn require(&self, names: &[&'static str]) -> Result<(), Failure> {
        let missing: Vec<&str> = names.iter().copied().filter(|name| self.0.get(name).is_none()).collect();
        if missing.is_empty() { Ok(()) } else { Err(Failure::missing(&missing)) }
    }

    pub(super) fn string(&self, name: &'static str) -> Result<Option<String>, Failure> {
        self.value(name, "must be a string")
    }

    pub(super) fn integer(&self, name: &'static str) -> Result<Option<i64>, Failure> {
        self.value(name, "must be an integer in minor units")
    }

    pub(super) fn boolean(&self, name: &'static str) -> Result<Option<bool>, Failure> {
        self.value(name, "must be true or false")
    }

    /// A string that was checked to be there.
    pub(super) fn text(&self, name: &'static str) -> Result<String, Failure> {
        self.string(name)?.ok_or_else(|| Failure::missing(&[name]))
    }

    /// An id of 32 hex digits that was checked to be there. Another spelling is an id that nobody has.
    pub(super) fn id<K>(&self, name: &'static str, object: Missing) -> Result<Id<K>, Failure> {
        Ok(Id::from_hex(&self.text(name)?).ok_or(Error::NotFound(object))?)
    }

    /// Metadata in the forms that the documents show: an object, an array of `{key, value}` or of objects with one
    /// entry, an empty array; `None` when absent.
    pub(super) fn metadata(&self, name: &'static str) -> Result<Option<Metadata>, Failure> {
        let Some(raw) = self.0.get(name) else { return Ok(None) };
        let wrong = || Failure::invalid(name, "must be an object of keys and values");
        let entries = match raw.get().as_bytes().first() {
            Some(b'{') => serde_json::from_str::<Object>(raw.get()).map_err(|_| wrong())?.0,
            Some(b'[') => {
                let items: Vec<Object> = serde_json::from_str(raw.get()).map_err(|_| wrong())?;
                let (mut entries, mut seen) = (Vec::new(), HashSet::new());
                for item in items {
                    let entry = pair(item).ok_or_else(wrong)?;
                    if !seen.insert(entry.0.clone()) {
                        return Err(Failure::invalid(name, "must not name a key twice"));
                    }
                    entries.push(entry);
                }
                entries
            }
            _ => return Err(wrong()),
        };
        Ok(Some(Metadata::new("metadata", entries)?))
    }

    /// [`Fields::metadata`], or a string that holds a JSON object, as the old document types it for update.
    pub(super) fn metadata_or_text(&self, name: &'static str) -> Result<Option<Metadata>, Failure> {
        let Some(raw) = self.0.get(name) else { return Ok(None) };
        if !raw.get().starts_with('"') {
            return self.metadata(name);
        }
        let text = self.text(name)?;
        let wrong = || Failure::invalid(name, "must be an object of keys and values");
        if text.trim().is_empty() {
            return Err(wrong());
        }
        let object = Object::parse(text.as_bytes()).map_err(|_| wrong())?;
        Ok(Some(Metadata::new("metadata", object.0)?))
    }

    fn value<T: DeserializeOwned>(
        &self,
        name: &'static str,
        why: &'static str,
    ) -> Result<Option<T>, Failure> {
        let raw = self.0.get(name);
        raw.map(|raw| serde_json::from_str(raw.get()).map_err(|_| Failure::invalid(name, why))).transpose()
    }
}

/// `{"key": …, "value": …}` or `{…: …}`.
fn pair(item: Object) -> Option<(String, Box<RawValue>)> {
    let mut fields = item.0;
    if fields.len() == 2 {
        let key = fields.iter().position(|(name, _)| name == "key")?;
        let (_, key) = fields.remove(key);
        let (name, value) = fields.pop()?;
        return (name == "value").then_some((serde_json::from_str(key.get()).ok()?, value));
    }
    if fields.len() == 1 { fields.pop() } else { None }
}
