//! AES-256-GCM with the value's place as associated data.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use zeroize::Zeroizing;

use crate::{Key, Place, mac};

/// The layout of sealed values: version, nonce, ciphertext with its tag.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;

/// A sealed value as it is stored.
pub type Sealed = Vec<u8>;

/// A sealed value that does not open: truncated, altered, moved from its place, or sealed with another key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open: it was altered, moved, or sealed with another key")]
pub struct OpenError;

/// Seals `plain` for `place`. `random` is drawn for the unit of work: one that lost a race runs again with what was drawn
/// before it, and may hand it in for another place and another value.
pub fn seal(key: &Key, place: &Place<'_>, random: [u8; NONCE_BYTES], plain: &[u8]) -> Sealed {
    let cipher = Aes256Gcm::new(key.bytes().into());
    let associated_data = place.associated_data();
    let nonce = nonce(key, &random, &associated_data, plain);
    let payload = Payload { msg: plain, aad: &associated_data };
    let text = cipher.encrypt(&nonce.into(), payload).expect("AES-GCM seals anything below 64 GiB");
    let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + text.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&text);
    sealed
}

/// A nonce of its own for each message, whatever was drawn. Two messages under one nonce would give away each other and
/// the key that authenticates. A keyed code over everything that is sealed cannot be told from chance, under a key that
/// does nothing else: different messages have the same nonce as seldom as with random ones, and the same message, sealed
/// again, is the same bytes.
fn nonce(key: &Key, random: &[u8], associated_data: &[u8], plain: &[u8]) -> [u8; NONCE_BYTES] {
    let code = mac(&key.derive("nonces"), &[random, associated_data, plain]);
    let mut nonce = [0; NONCE_BYTES];
    nonce.copy_from_slice(&code[..NONCE_BYTES]);
    nonce
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
    fn no_two_messages_have_one_nonce_though_one_was_drawn_for_both() {
        let (key, drawn) = (Key::from_bytes([7; 32]), [9; NONCE_BYTES]);
        let nonce_of =
            |place: &Place<'_>, drawn, plain: &[u8]| seal(&key, place, drawn, plain)[1..=12].to_vec();
        let first = nonce_of(&place(1, b"row"), drawn, b"secret");
        assert_eq!(first, nonce_of(&place(1, b"row"), drawn, b"secret"));
        let others = [
            nonce_of(&place(1, b"other"), drawn, b"secret"),
            nonce_of(&place(2, b"row"), drawn, b"secret"),
            nonce_of(&place(1, b"row"), drawn, b"secrets"),
            nonce_of(&place(1, b"row"), [8; NONCE_BYTES], b"secret"),
            seal(&Key::from_bytes([8; 32]), &place(1, b"row"), drawn, b"secret")[1..=12].to_vec(),
        ];
        assert!(!others.contains(&first) && first != drawn);
    }

    /// As values were sealed when the nonce was the drawn one.
    #[test]
    fn a_value_that_was_sealed_under_any_nonce_opens() {
        let key = Key::from_bytes([7; 32]);
        let payload = Payload { msg: b"secret", aad: &place(1, b"row").associated_data() };
        let text = Aes256Gcm::new(key.bytes().into()).encrypt(&[9; NONCE_BYTES].into(), payload).unwrap();
        let sealed = [&[VERSION][..], &[9; NONCE_BYTES], &text].concat();
        assert_eq!(open(&key, &place(1, b"row"), &sealed).unwrap().as_slice(), b"secret");
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
