//! HMAC-SHA256 over length-prefixed parts.

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::Key;

/// A message authentication code.
pub type Mac = [u8; 32];

/// The code of `parts` in their order; moving a byte from one part to the next changes it.
pub fn mac(key: &Key, parts: &[&[u8]]) -> Mac {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key.bytes()).expect("HMAC takes a key of any length");
    for part in parts {
        hmac.update(&(part.len() as u64).to_be_bytes());
        hmac.update(part);
    }
    hmac.finalize().into_bytes().into()
}

/// Whether `given` is the beginning of the code of `parts`, compared in constant time. It is at least 16 bytes long.
pub fn verify(key: &Key, parts: &[&[u8]], given: &[u8]) -> bool {
    given.len() >= 16 && mac(key, parts).get(..given.len()).is_some_and(|code| code.ct_eq(given).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_for_its_parts_and_no_others() {
        let key = Key::from_bytes([1; 32]);
        let code = mac(&key, &[b"ab", b"c"]);
        assert!(verify(&key, &[b"ab", b"c"], &code));
        assert!(verify(&key, &[b"ab", b"c"], &code[..16]));
        assert!(!verify(&key, &[b"ab", b"c"], &code[..15]));
        assert!(!verify(&key, &[b"a", b"bc"], &code));
        assert!(!verify(&Key::from_bytes([2; 32]), &[b"ab", b"c"], &code));
    }
}
