//! Ids: a prefix that names the kind, then the 16 bytes in lower-case base32 of RFC 4648 without padding.

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use domain::Id;
use domain::payments::hosted::PageId;

/// Letters behind the prefix.
const LETTERS: usize = 26;

pub(super) const CUSTOMER: &str = "cus_";
pub(super) const INSTRUMENT: &str = "src_";
pub(super) const TOKEN: &str = "tok_";
pub(super) const PAYMENT: &str = "pay_";
pub(super) const ACTION: &str = "act_";
/// Of an attempt to pay, by which its payment can be read for a while.
pub(super) const SESSION: &str = "sid_";

/// Bytes in this API's letters.
pub(super) fn base32(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

pub(super) fn write<K>(prefix: &str, id: Id<K>) -> String {
    format!("{prefix}{}", base32(id.bytes()))
}

/// Reads what [`write`] writes. Upper case is no id, and neither is a text whose spare bits are not zero: one object has
/// one spelling.
pub(super) fn read<K>(prefix: &str, text: &str) -> Option<Id<K>> {
    let letters = text.strip_prefix(prefix)?;
    if letters.len() != LETTERS || letters.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let bytes = BASE32_NOPAD.decode(letters.to_ascii_uppercase().as_bytes()).ok()?;
    bytes.try_into().ok().map(Id::from_bytes)
}

/// How the id of a page is written: a prefix and twelve letters of base64.
pub(super) fn write_page(prefix: &str, id: PageId) -> String {
    format!("{prefix}{}", BASE64URL_NOPAD.encode(&id))
}

/// Reads what [`write_page`] writes.
pub(super) fn read_page(prefix: &str, text: &str) -> Option<PageId> {
    BASE64URL_NOPAD.decode(text.strip_prefix(prefix)?.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;

    #[test]
    fn the_vendors_own_ids_are_read_and_written_back() {
        for text in ["cus_y3oqhf46pyzuxjbcn2giaqnb44", "cus_aaaaaaaaaaaaaaaaaaaaaaaaaa"] {
            let id = read::<Thing>(CUSTOMER, text).unwrap();
            assert_eq!(write(CUSTOMER, id), text);
        }
        let card = read::<Thing>(INSTRUMENT, "src_wmlfc3zyhqzehihu7giusaaawu").unwrap();
        assert_eq!(write(INSTRUMENT, card), "src_wmlfc3zyhqzehihu7giusaaawu");
    }

    #[test]
    fn other_texts_are_no_ids() {
        for text in [
            "",
            "cus_",
            "y3oqhf46pyzuxjbcn2giaqnb44",
            "src_y3oqhf46pyzuxjbcn2giaqnb44",
            "cus_y3oqhf46pyzuxjbcn2giaqnb4",
            "cus_y3oqhf46pyzuxjbcn2giaqnb444",
            "cus_y3oqhf46pyzuxjbcn2giaqnb45",
            "cus_y3oqhf46pyzuxjbcn2giaqnb46",
            "cus_y3oqhf46pyzuxjbcn2giaqnb47",
            "cus_Y3OQHF46PYZUXJBCN2GIAQNB44",
            "CUS_y3oqhf46pyzuxjbcn2giaqnb44",
            "cus_y3oqhf46pyzuxjbcn2giaqnb41",
            "cus_åååååååååååååååååååååååååå",
            "cus_ååååååååååååå",
            "cus_xxxxxxxxxxxxxxxxxxxxxxxxxx",
        ] {
            assert_eq!(read::<Thing>(CUSTOMER, text), None, "{text}");
        }
    }
}
