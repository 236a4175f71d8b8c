//! The root key, which wraps every other key.

use std::path::PathBuf;

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use crate::{Key, Mac, Place, mac, open, seal, verify};

/// The 256-bit key that wraps the others. It never touches data itself.
#[derive(Clone)]
pub struct RootKey(Key);

/// Why there is no root key to work with.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// It is not 64 hex digits.
    #[error("the root key is not 64 hex digits")]
    Form,
    /// It is one byte again and again, as a file of zeros is: somebody's mistake, which everybody can guess.
    #[error(
        "the root key is one byte again and again, which is not a key; make one with: openssl rand -hex 32"
    )]
    Guessable,
    /// Its file cannot be read or written.
    #[error("the root key file {file}: {why}", file = .0.display(), why = .1)]
    File(PathBuf, std::io::Error),
    /// Its file holds no key.
    #[error(
        "the root key file {file}: {why}; bring it back from its copy, or remove it if there is no database yet",
        file = .0.display(), why = .1
    )]
    Text(PathBuf, Box<Self>),
    /// Its file is empty.
    #[error("the root key file {} is empty; bring it back from its copy", .0.display())]
    Empty(PathBuf),
    /// Others than its owner can read its file.
    #[error("the root key file {file} is readable by others; run: chmod 600 {file}", file = .0.display())]
    Readable(PathBuf),
    /// Its file belongs to somebody else, who can read and change it.
    #[error("the root key file {} belongs to user {owner}; run: chown {us} {}", .file.display(), .file.display())]
    Owner {
        file: PathBuf,
        owner: u32,
        /// Who runs this process.
        us: u32,
    },
    /// Its file has another name too, under which it can be read when this one is gone.
    #[error(
        "the root key file {file} has another name too (a hard link); give the key a file of its own: cp {file} {file}.own \
         && mv {file}.own {file}", file = .0.display()
    )]
    Shared(PathBuf),
    /// It is a folder, a device or a pipe.
    #[error("the root key {} is not a regular file; give the path of a file with 64 hex digits", .0.display())]
    Kind(PathBuf),
}

impl RootKey {
    /// Takes 32 bytes as the key.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Key::from_bytes(bytes))
    }

    /// Reads 64 hex digits; space around them is ignored.
    pub fn from_hex(text: &str) -> Result<Self, RootKeyError> {
        let bytes = Zeroizing::new(
            HEXLOWER.decode(text.trim().to_ascii_lowercase().as_bytes()).map_err(|_| RootKeyError::Form)?,
        );
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| RootKeyError::Form)?;
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(RootKeyError::Guessable);
        }
        Ok(Self(Key::from_bytes(bytes)))
    }

    /// What the database keeps to know its root key by.
    pub fn check_value(&self) -> Mac {
        mac(&self.0.derive("check value"), &[b"kassa"])
    }

    /// Whether `value` is this key's check value.
    pub fn matches(&self, value: &[u8]) -> bool {
        value.len() == 32 && verify(&self.0.derive("check value"), &[b"kassa"], value)
    }

    /// Where a wrapped key stands.
    pub const fn place(purpose: &str, merchant: i64) -> Place<'_> {
        Place { column: "wrapped_keys.wrapped", merchant, mode: "", row: purpose.as_bytes() }
    }

    /// Wraps a key for storage. `random` is drawn for this.
    pub fn wrap(&self, purpose: &str, merchant: i64, random: [u8; 12], key: &Key) -> Vec<u8> {
        seal(&self.0.derive("wrap"), &Self::place(purpose, merchant), random, key.bytes())
    }

    /// Unwraps a stored key; none if it was wrapped by another root key, for another purpose or merchant.
    pub fn unwrap_key(&self, purpose: &str, merchant: i64, wrapped: &[u8]) -> Option<Key> {
        let plain = open(&self.0.derive("wrap"), &Self::place(purpose, merchant), wrapped).ok()?;
        plain.as_slice().try_into().ok().map(Key::from_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_key_opens_only_under_its_root_purpose_and_merchant() {
        let root = RootKey::from_bytes([0xab; 32]);
        let wrapped = root.wrap("data", 4, [0; 12], &Key::from_bytes([5; 32]));
        assert!(root.unwrap_key("data", 4, &wrapped).is_some_and(|key| key.bytes() == &[5; 32]));
        assert!(root.unwrap_key("link", 4, &wrapped).is_none());
        assert!(root.unwrap_key("data", 5, &wrapped).is_none());
        let other = RootKey::from_bytes([0xac; 32]);
        assert!(other.unwrap_key("data", 4, &wrapped).is_none());
        assert!(root.matches(&root.check_value()) && !root.matches(&other.check_value()));
    }

    #[test]
    fn a_key_of_the_wrong_form_is_refused() {
        for text in ["", "xyz", &"a".repeat(63), &"a".repeat(66), &"g".repeat(64)] {
            assert!(matches!(RootKey::from_hex(text), Err(RootKeyError::Form)), "{text}");
        }
        for byte in ["00", "ff", "Ab"] {
            assert!(matches!(RootKey::from_hex(&byte.repeat(32)), Err(RootKeyError::Guessable)), "{byte}");
        }
    }
}
