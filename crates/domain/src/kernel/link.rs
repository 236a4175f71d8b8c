//! Page links: capabilities that carry their object and a code under the link key.

use data_encoding::BASE64URL_NOPAD;
use vault::Key;

use crate::kernel::caller::{Mode, Scope};
use crate::kernel::id::Id;

/// Bytes of the code in a link: 128 bits cannot be guessed, and the link stays short.
const CODE_BYTES: usize = 16;

/// What a link opens. The word is part of the code, so a link of one kind is never one of another.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A hosted checkout.
    Checkout,
    /// A customer's own page.
    Customer,
}

impl Kind {
    const fn word(self) -> &'static [u8] {
        match self {
            Self::Checkout => b"checkout",
            Self::Customer => b"customer",
        }
    }
}

/// Bytes of a link's object: merchant, mode and id.
const OBJECT_BYTES: usize = 8 + 1 + 16;

/// Writes the link of an object. `generation` says how often the link was renewed; a first link does not hold it.
pub(crate) fn write<K>(key: &Key, kind: Kind, scope: Scope, id: Id<K>, generation: u32) -> String {
    let mut bytes = Vec::with_capacity(OBJECT_BYTES + 4 + CODE_BYTES);
    bytes.extend_from_slice(&scope.merchant.to_be_bytes());
    bytes.push(match scope.mode {
        Mode::Test => b't',
        Mode::Live => b'l',
    });
    bytes.extend_from_slice(id.bytes());
    if generation > 0 {
        bytes.extend_from_slice(&generation.to_be_bytes());
    }
    let code = vault::mac(key, &[kind.word(), &bytes]);
    bytes.extend_from_slice(&code[..CODE_BYTES]);
    BASE64URL_NOPAD.encode(&bytes)
}

/// Reads a link: the object and the link's generation; none if it was made up or altered.
pub(crate) fn read<K>(key: &Key, kind: Kind, text: &str) -> Option<(Scope, Id<K>, u32)> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let (object, code) = bytes.split_at_checked(bytes.len().checked_sub(CODE_BYTES)?)?;
    if !vault::verify(key, &[kind.word(), object], code) {
        return None;
    }
    let (object, generation) = object.split_at_checked(OBJECT_BYTES)?;
    let generation = if generation.is_empty() { 0 } else { u32::from_be_bytes(generation.try_into().ok()?) };
    let merchant = i64::from_be_bytes(object[..8].try_into().ok()?);
    let mode = match object[8] {
        b't' => Mode::Test,
        b'l' => Mode::Live,
        _ => return None,
    };
    Some((Scope { merchant, mode }, Id::from_bytes(object[9..].try_into().ok()?), generation))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;

    #[test]
    fn only_whole_unaltered_links_of_their_kind_open() {
        let key = Key::from_bytes([3; 32]);
        let scope = Scope { merchant: 7, mode: Mode::Live };
        let id = Id::<Thing>::from_bytes([9; 16]);
        let link = write(&key, Kind::Checkout, scope, id, 0);
        assert_eq!(read(&key, Kind::Checkout, &link), Some((scope, id, 0)));
        let renewed = write(&key, Kind::Checkout, scope, id, 7);
        assert_eq!(read(&key, Kind::Checkout, &renewed), Some((scope, id, 7)));
        // As long as it was before there were generations.
        assert_eq!((link.len(), renewed.len()), (55, 60));
        assert_eq!(read::<Thing>(&key, Kind::Customer, &link), None);
        assert_eq!(read::<Thing>(&Key::from_bytes([4; 32]), Kind::Checkout, &link), None);
        for place in 0..link.len() {
            let mut altered = link.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(read::<Thing>(&key, Kind::Checkout, &altered), None, "{altered}");
            assert_eq!(read::<Thing>(&key, Kind::Checkout, &link[..place]), None);
        }
    }
}
