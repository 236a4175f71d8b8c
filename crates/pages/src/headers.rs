//! The security headers that every page carries. They are fixed text but for one thing: who may put the page
//! in a frame. Nothing inline is ever allowed, so a page that needs a new source is a page that should be
//! written anew.

use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Who may show the page in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Nobody: the normal template.
    Refused,
    /// Any site: the iframe template in test mode.
    Any,
    /// These origins, such as `https://shop.example`: the iframe template in live mode.
    Only(Vec<String>),
}

/// Everything but `frame-ancestors`. `form-action` names no shop: a form answers with our own result page,
/// and that page leaves for the shop.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'; frame-ancestors ";

const FIXED: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// The security headers of one page.
pub(crate) fn security(framing: &Framing) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(FIXED.len() + 2);
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let ancestors = ancestors(framing);
    // Ancestors hold only the characters of an origin, so this is always a valid value; if it were not, the
    // page must still be refused to frames rather than go out without a policy.
    let policy = HeaderValue::try_from(format!("{POLICY}{ancestors}"))
        .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    if ancestors == NOBODY {
        // The older header knows no list, and one that contradicts the policy would win in an old browser.
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    headers
}

/// Gives an answer that is no page the headers of one, but for those that it has already. It may have a policy of its own.
pub fn secure(headers: &mut HeaderMap) {
    // A page has them all.
    if headers.contains_key(header::REFERRER_POLICY) {
        return;
    }
    for (name, value) in &security(&Framing::Refused) {
        headers.entry(name).or_insert_with(|| value.clone());
    }
}

const NOBODY: &str = "'none'";

fn ancestors(framing: &Framing) -> String {
    match framing {
        Framing::Refused => NOBODY.into(),
        Framing::Any => "*".into(),
        Framing::Only(origins) => {
            let known: Vec<&str> = origins.iter().map(String::as_str).filter(|o| is_origin(o)).collect();
            if known.is_empty() { NOBODY.into() } else { known.join(" ") }
        }
    }
}

/// An origin goes into a header as it is, so anything that could end the directive or widen it (`;`, `,`, a
/// space, a quote, a wildcard, a path) makes it no origin.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty()
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(framing: &Framing) -> String {
        security(framing)[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
    }

    #[test]
    fn a_page_allows_nothing_inline_and_no_frame_unless_told() {
        let headers = security(&Framing::Refused);
        assert_eq!(
            headers[header::CONTENT_SECURITY_POLICY],
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
             form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'; frame-ancestors 'none'"
        );
        assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
    }

    #[test]
    fn framing_follows_the_caller() {
        assert!(policy(&Framing::Any).ends_with("frame-ancestors *"));
        assert!(!security(&Framing::Any).contains_key(header::X_FRAME_OPTIONS));
        let two = Framing::Only(vec!["https://shop.example".into(), "http://[::1]:8080".into()]);
        assert!(policy(&two).ends_with("frame-ancestors https://shop.example http://[::1]:8080"));
        assert!(!security(&two).contains_key(header::X_FRAME_OPTIONS));
    }

    #[test]
    fn an_origin_cannot_write_policy() {
        let bad = [
            "https://a.example; script-src *",
            "*",
            "https://*",
            "https://a.example/x",
            "'self'",
            "https://",
            "a b",
        ];
        let framing = Framing::Only(bad.map(String::from).to_vec());
        assert!(policy(&framing).ends_with("frame-ancestors 'none'"));
        assert_eq!(security(&framing)[header::X_FRAME_OPTIONS], "DENY");
    }
}
