//! AES-256-GCM with the value's place as associated data.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use zeroize::Zeroizing;

use crate::{Key, Place};

/// The layout of sealed values: version, nonce, ciphertext with its tag.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;

/// A sealed value as it is stored.
pub type Sealed = Vec<u8>;

/// A sealed value that does not open: truncated, altered, moved from its place, or sealed with another key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open: it was altered, moved, or sealed with another key")]
pub struct OpenError;

/// Seals `plain` for `place`. `nonce` is random and used once.
pub fn seal(key: &Key, place: &Place<'_>, nonce: [u8; NONCE_BYTES], plain: &[u8]) -> Sealed {
    let cipher = Aes256Gcm::new(key.bytes().into());
    let payload = Payload { msg: plain, aad: &place.associated_data() };
    let text = cipher.encrypt(&nonce.into(), payload).expect("AES-GCM seals anything below 64 GiB");
    let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + text.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&text);
    sealed
}

/// Opens what [`seal`] made for the same place with the same key.
pub fn open(key: &Key, place: &Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (&version, rest) = sealed.split_first().ok_or(OpenError)?;
    let (nonce, text) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError)?;
    if version != VERSION {
        return Err(OpenError);
    }
    let payload = Payload { msg: text, aad: &place.associated_data() };
    let cipher = Aes256Gcm::new(key.bytes().into());
    cipher.decrypt(&(*nonce).into(), payload).map(Zeroizing::new).map_err(|_| OpenError)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(merchant: i64, row: &[u8]) -> Place<'_> {
        Place { column: "table.column", merchant, mode: "test", row }
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_place_and_whole() {
        let key = Key::from_bytes([7; 32]);
        let sealed = seal(&key, &place(1, b"row"), [9; 12], b"secret");
        assert_eq!(open(&key, &place(1, b"row"), &sealed).unwrap().as_slice(), b"secret");
        assert_eq!(open(&key, &place(2, b"row"), &sealed).err(), Some(OpenError));
        assert_eq!(open(&key, &place(1, b"other"), &sealed).err(), Some(OpenError));
        assert_eq!(open(&Key::from_bytes([8; 32]), &place(1, b"row"), &sealed).err(), Some(OpenError));
        for length in 0..sealed.len() {
            assert_eq!(open(&key, &place(1, b"row"), &sealed[..length]).err(), Some(OpenError));
        }
    }
}
