//! Names that clients send: which known one they look like, and whether they may be shown. It must not know where a name
//! stood.

use strsim::osa_distance;

/// Characters of a name that is shown: fewer than a key has.
const SHOWN_MAX: usize = 29;
/// Digits of a name that is shown.
const DIGITS_MAX: usize = 2;
/// Characters of a name that is not looked at more closely.
const PLAIN_MAX: usize = 12;
/// Letters that the words of a longer name have on average at least, where a capital begins a word.
const LETTERS_OF_A_WORD: usize = 4;
/// So many of one letter in a row are in no word.
const IN_A_ROW: usize = 4;
/// Letters of a name that one edit makes another one; longer names may have two.
const SHORT: usize = 5;

/// The known name that one looks like: the nearest of those within one edit, or two of a name of more than five letters.
/// Two neighbours that are swapped are one edit; case and `_` do not count.
pub(super) fn meant<'a>(sent: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // A longer name looks like none that there is.
    if sent.len() > 4 * SHOWN_MAX {
        return None;
    }
    let (sent, sent_length) = plain(sent);
    let sent_letters = letters(&sent);
    let edits = |name: &str| {
        let (name, length) = plain(name);
        let most = if length > SHORT { 2 } else { 1 };
        // An edit adds or takes at most one letter, and changes at most two letters' being there.
        let is_far = length.abs_diff(sent_length) > most
            || (letters(&name) ^ sent_letters).count_ones() as usize > 2 * most;
        let edits = if is_far { usize::MAX } else { osa_distance(&sent, &name) };
        (edits <= most).then_some(edits)
    };
    known
        .filter_map(|name| edits(name).map(|edits| (edits, name)))
        .min_by_key(|(edits, _)| *edits)
        .map(|it| it.1)
}

/// A name without what does not count, and its length.
fn plain(name: &str) -> (String, usize) {
    let plain: String = name.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect();
    let length = plain.chars().count();
    (plain, length)
}

/// Which letters of the alphabet there are, a bit each.
fn letters(plain: &str) -> u32 {
    let bit = |byte: u8| if byte.is_ascii_lowercase() { 1 << (byte - b'a') } else { 0 };
    plain.bytes().fold(0, |all, byte| all | bit(byte))
}

/// The name, if it looks like one: a client may send anything in its place, and what is shown goes into headers and logs.
/// Keys, card numbers and security codes have more digits, or digits with letters behind them, addresses have other signs,
/// and a bank's cryptogram has no words.
pub(super) fn shown(name: &str) -> Option<&str> {
    let bytes = name.as_bytes();
    let is_sign = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.[]".contains(byte);
    // A digit at the beginning is no exception for long: 3ds.
    let ends_its_word = |pair: &[u8]| !(pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic());
    let is_name = bytes.len() <= SHOWN_MAX
        && bytes.iter().all(is_sign)
        && bytes.iter().any(u8::is_ascii_alphabetic)
        && bytes.iter().filter(|byte| byte.is_ascii_digit()).count() <= DIGITS_MAX
        && bytes.windows(2).skip(1).all(ends_its_word)
        && (bytes.len() <= PLAIN_MAX || has_words(bytes));
    is_name.then_some(name)
}

/// Whether a name reads like words in a row, and not like bytes written in letters, whose capitals stand anywhere.
fn has_words(name: &[u8]) -> bool {
    let letters = name.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let begins_a_word = |around: &&[u8]| {
        let [before, letter, after] = [around[0], around[1], around[2]].map(char::from);
        letter.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || before.is_ascii_uppercase() && after.is_ascii_lowercase())
    };
    let words = 1 + name.windows(3).filter(begins_a_word).count();
    let is_one_letter = |row: &[u8]| row.iter().all(|byte| *byte == row[0]);
    letters >= LETTERS_OF_A_WORD * words && !name.windows(IN_A_ROW).any(is_one_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks_like(sent: &str, known: &str) -> bool {
        meant(sent, [known].into_iter()).is_some()
    }

    #[test]
    fn one_edit_makes_a_short_name_another_and_two_a_long_one() {
        for (sent, known) in [
            ("emial", "email"),
            ("emal", "email"),
            ("emaill", "email"),
            ("emaik", "email"),
            ("nmae", "name"),
            ("ids", "id"),
            ("i", "id"),
            ("3d", "3ds"),
            ("cty", "city"),
            ("amonut", "amount"),
            ("amuont", "amount"),
            ("ammountt", "amount"),
            ("captur", "capture"),
            ("capatuer", "capture"),
            ("checkoutid", "checkout_id"),
            ("CheckoutId", "checkout_id"),
            ("chekout_idd", "checkout_id"),
            ("returnurl", "returnUrl"),
            ("return_url", "returnUrl"),
            ("Email", "email"),
            ("__email__", "email"),
            ("ämount", "amount"),
        ] {
            assert!(looks_like(sent, known), "{sent} {known}");
        }
        for (sent, known) in [
            ("emlia", "email"),
            ("mail2", "email"),
            ("nema", "name"),
            ("", "id"),
            ("abc", "id"),
            ("amo", "amount"),
            ("total", "amount"),
            ("tnuoma", "amount"),
            ("check-out-i-d", "checkout_id"),
            ("expires_on", "expire"),
        ] {
            assert!(!looks_like(sent, known), "{sent} {known}");
        }
        assert!(!looks_like(&"a".repeat(60_000), "amount"));
    }

    #[test]
    fn the_nearest_is_meant() {
        let known = ["success_url", "failure_url", "cancel_url", "address_line1", "address_line2"];
        let meant = |sent| meant(sent, known.into_iter());
        assert_eq!(meant("sucess_url"), Some("success_url"));
        assert_eq!(meant("cancelUrl"), Some("cancel_url"));
        assert_eq!(meant("adress_line2"), Some("address_line2"));
        assert_eq!(meant("reference"), None);
    }

    #[test]
    fn only_what_looks_like_a_name_is_shown() {
        for name in [
            "amonut",
            "address_line3",
            "3dss",
            "metaData",
            "page[size]",
            "a.b",
            "x",
            "idempotency-kee",
            "billToAddressLine1",
            "transactionReferenceNumberId",
            "ship_to_city_code",
            "isAVSCheck",
            "CVVResultCode",
            "SHIPPING_ADDRESS_LINE",
        ] {
            assert_eq!(shown(name), Some(name));
        }
        for hidden in [
            "",
            "4242424242424242",
            "card_4242424242424242",
            "123",
            "cvv123",
            "sk_sbox_abcdefghij2klmnopqrstuvw34x",
            "a1b",
            "ada@example.com",
            "Ada Lovelace",
            "å",
            "a\nb",
            "a\"b",
            &"a".repeat(41),
            "AgAAAAAABkDWZCyUQAAAAAA",
            "hJJLtQaABoHwCREAqFTYBQMAzXM",
            "kBMzKPQHYmTNvREsuCGADwAeLfo",
        ] {
            assert_eq!(shown(hidden), None, "{hidden}");
        }
    }

    /// What a bank's server proves a buyer's presence with: twenty bytes as base64, here without the sign at the end.
    #[test]
    fn a_cryptogram_in_the_place_of_a_name_is_not_shown() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_be_bytes()
        };
        let cryptogram = |bytes: &[u8]| data_encoding::BASE64_NOPAD.encode(bytes);
        let seen = (0..100_000).filter(|_| {
            let bytes: Vec<u8> = [next(), next(), next()].concat();
            shown(&cryptogram(&bytes[..20])).is_some()
        });
        let seen = seen.count();
        assert!(seen <= 20, "{seen} of 100,000 are shown");
    }
}
