//! The keys of one merchant, opened.

use vault::Key;

/// A merchant's keys. No `Debug`.
pub struct MerchantKeys {
    /// Seals stored answers.
    pub(crate) replies: Key,
    /// Makes the MACs of request bodies.
    pub(crate) bodies: Key,
    /// Seals card numbers.
    pub(crate) cards: Key,
    /// Finds card numbers again. Not derived from the others, so that those can be rotated without it.
    pub(crate) fingerprints: Key,
    /// Under which attempts on pages are counted.
    pub(crate) attempts: Key,
}
