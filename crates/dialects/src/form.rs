//! Names and values as a form has them, in a query or a body, and percent-encoding. What a name means, and how a wrong value
//! is refused, is the caller's.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// All that is encoded in a query.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The names and values of a form, as they were sent.
pub(crate) fn pairs(form: &str) -> impl DoubleEndedIterator<Item = (&str, &str)> {
    let pairs = form.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// A name or a value of a form, in which a plus is a space. `%` before anything but two hex digits is itself.
pub(crate) fn bytes(piece: &str) -> Vec<u8> {
    percent_decode_str(&piece.replace('+', " ")).collect()
}

/// Likewise; none where it is not UTF-8.
pub(crate) fn text(piece: &str) -> Option<String> {
    String::from_utf8(bytes(piece)).ok()
}

/// The value of an e-mail address with each plus encoded: no address has a space in it, and many a plus, which people forget
/// to encode.
pub(crate) fn with_pluses(piece: &str) -> String {
    piece.replace('+', "%2B")
}

/// All fields of a form; none where it is not UTF-8.
pub(crate) fn fields(form: &[u8]) -> Option<Vec<(String, String)>> {
    pairs(std::str::from_utf8(form).ok()?).map(|(name, value)| Some((text(name)?, text(value)?))).collect()
}

/// A text as it stands in a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_is_a_space_in_a_form() {
        let read = fields(b"grant_type=client_credentials&scope=vault+vault%3Acustomers&&x").unwrap();
        let expected = [("grant_type", "client_credentials"), ("scope", "vault vault:customers"), ("x", "")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(fields(b"\xff").is_none() && fields(b"a=%ff").is_none());
    }
}
