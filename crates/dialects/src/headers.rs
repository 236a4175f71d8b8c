//! Headers of which a request has one at the most. How a wrong one is refused is the caller's.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, AsHeaderName, HeaderValue};

/// Bytes of an idempotency key.
const KEY_BYTES_MAX: usize = 255;

/// A header stands there more than once.
pub(crate) struct Twice;

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

/// The header is not one key of 1 to 255 ASCII characters that a key may have.
pub(crate) struct BadKey;

/// Reads the idempotency key, if there is one, of the characters that an API allows.
pub(crate) fn idempotency_key(
    headers: &HeaderMap,
    name: &'static str,
    may_stand: fn(&u8) -> bool,
) -> Result<Option<String>, BadKey> {
    let Some(value) = one_if_any(headers, name).map_err(|Twice| BadKey)? else { return Ok(None) };
    let fits = (1..=KEY_BYTES_MAX).contains(&value.len()) && value.as_bytes().iter().all(may_stand);
    match value.to_str() {
        Ok(text) if fits => Ok(Some(text.to_owned())),
        _ => Err(BadKey),
    }
}
