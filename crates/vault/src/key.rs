//! A key, what is derived from it, and what ties a sealed value to its place.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A 256-bit key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl Key {
    /// Takes 32 random bytes as a key.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key for one purpose, from which neither this key nor another purpose's can be found.
    pub fn derive(&self, purpose: &str) -> Self {
        let mut derived = [0; 32];
        Hkdf::<Sha256>::new(None, &self.0)
            .expand(purpose.as_bytes(), &mut derived)
            .expect("32 bytes are within HKDF-SHA256's limit");
        Self(derived)
    }

    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Where a sealed value stands. A value that is moved elsewhere does not open.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// Table and column.
    pub column: &'a str,
    /// The merchant's key; 0 is the installation.
    pub merchant: i64,
    /// `test`, `live`, or empty for both.
    pub mode: &'a str,
    /// The row's public id, or what else names it for good.
    pub row: &'a [u8],
}

impl Place<'_> {
    /// Length-prefixed, so that no two places have the same bytes.
    pub(crate) fn associated_data(&self) -> Vec<u8> {
        let merchant = self.merchant.to_be_bytes();
        let mut bytes = Vec::with_capacity(64);
        for part in [b"kassa-1".as_slice(), self.column.as_bytes(), &merchant, self.mode.as_bytes(), self.row]
        {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}
