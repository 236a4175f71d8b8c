//! What is read with each request and changes seldom, kept for as long as the database looks the same.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use db::View;

/// Values at most; then all of them are read again.
const MOST: usize = 10_000;

/// Values by their keys. Only what there is belongs here, so that nobody can fill it
/// by asking.
pub(crate) struct Kept<K, V> {
    /// By the reader too.
    values: RwLock<HashMap<(u64, K), Seen<V>>>,
}

/// A value, and what was seen when it was read.
struct Seen<V> {
    view: View,
    value: Arc<V>,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self { values: RwLock::default() }
    }
}

impl<K: Hash + Eq + Copy, V> Kept<K, V> {
    /// A value that was read in the same view.
    pub(crate) fn get(&self, view: View, key: K) -> Option<Arc<V>> {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        let seen = values.get(&(view.reader, key)).filter(|seen| seen.view == view)?;
        Some(Arc::clone(&seen.value))
    }

    /// Keeps a value that was read after `view` was taken.
    pub(crate) fn keep(&self, view: View, key: K, value: V) -> Arc<V> {
        let value = Arc::new(value);
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= MOST {
            values.clear();
        }
        values.insert((view.reader, key), Seen { view, value: Arc::clone(&value) });
        value
    }
}
