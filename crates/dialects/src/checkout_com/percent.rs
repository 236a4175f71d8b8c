//! Percent-encoding, in a path and in a form.

use percent_encoding::percent_decode_str;

/// A segment of a path. A plus is a plus; `%` before anything but two hex digits is itself.
pub(super) fn path(segment: &str) -> Option<String> {
    decode(segment)
}

/// The fields of a form, in which a plus is a space.
pub(super) fn form(body: &[u8]) -> Option<Vec<(String, String)>> {
    let body = std::str::from_utf8(body).ok()?;
    let fields = body.split('&').filter(|field| !field.is_empty()).map(|field| {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        Some((decode(&name.replace('+', " "))?, decode(&value.replace('+', " "))?))
    });
    fields.collect()
}

fn decode(text: &str) -> Option<String> {
    Some(percent_decode_str(text).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_is_a_plus_in_a_path() {
        assert_eq!(path("a+b@x.com").as_deref(), Some("a+b@x.com"));
        assert_eq!(path("a%2Bb%40x.com").as_deref(), Some("a+b@x.com"));
        assert_eq!(path("%c3%a5@x").as_deref(), Some("å@x"));
        assert_eq!(path("100%@x%2").as_deref(), Some("100%@x%2"));
        assert_eq!(path("%zz%").as_deref(), Some("%zz%"));
        assert_eq!(path("%ff"), None);
    }

    #[test]
    fn a_plus_is_a_space_in_a_form() {
        let fields = form(b"grant_type=client_credentials&scope=vault+vault%3Acustomers&&x").unwrap();
        let expected = [("grant_type", "client_credentials"), ("scope", "vault vault:customers"), ("x", "")];
        assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(form(b"\xff").is_none() && form(b"a=%ff").is_none());
    }
}
