//! Headers of which a request has one at the most. What they mean, and how a wrong one is refused, is the caller's.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, AsHeaderName, HeaderValue};

/// A header stands there more than once.
pub(crate) struct Twice;

/// A header that may be left out.
pub(crate) fn one_if_any(
    headers: &HeaderMap,
    name: impl AsHeaderName,
) -> Result<Option<&HeaderValue>, Twice> {
    let mut values = headers.get_all(name).iter();
    let value = values.next();
    if values.next().is_none() { Ok(value) } else { Err(Twice) }
}

/// The text of a header that stands there once.
pub(crate) fn one(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    one_if_any(headers, name).ok()??.to_str().ok()
}

/// What a client shows to be known by, after `Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    after_bearer(one(headers, AUTHORIZATION)?)
}

/// What follows the word `Bearer`; none where another word stands there, or none.
pub(crate) fn after_bearer(value: &str) -> Option<&str> {
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}
