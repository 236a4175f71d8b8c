//! `X-NeroPay-Timestamp` and `X-NeroPay-Signature`: the hex of HMAC-SHA256 under the secret key over timestamp, a dot and
//! the raw body. Nothing else of the request is signed.

use axum::http::HeaderMap;
use data_encoding::HEXLOWER_PERMISSIVE;
use domain::time::Time;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::headers::one;

/// How far a timestamp may be from now, in seconds, either way.
const WINDOW_SECONDS: u64 = 300;
const TIMESTAMP: &str = "x-neropay-timestamp";
const SIGNATURE: &str = "x-neropay-signature";

/// Why a request is not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsigned {
    /// One of the two headers is not there, or there twice.
    Missing,
    /// The timestamp is none, or too far from now.
    Stale,
    /// The signature is another one than that of this body at that time under this key.
    Wrong,
}

pub(super) fn require(headers: &HeaderMap, key: &str, body: &[u8], now: Time) -> Result<(), Unsigned> {
    let signed = (one(headers, TIMESTAMP), one(headers, SIGNATURE));
    let (Some(timestamp), Some(signature)) = signed else { return Err(Unsigned::Missing) };
    if !is_fresh(timestamp, now) {
        return Err(Unsigned::Stale);
    }
    if is_signed(key, timestamp, body, signature) { Ok(()) } else { Err(Unsigned::Wrong) }
}

/// Checks a signature if there is any part of one.
pub(super) fn check(headers: &HeaderMap, key: &str, body: &[u8], now: Time) -> Result<(), Unsigned> {
    if headers.contains_key(TIMESTAMP) || headers.contains_key(SIGNATURE) {
        return require(headers, key, body, now);
    }
    Ok(())
}

fn is_signed(key: &str, timestamp: &str, body: &[u8], signature: &str) -> bool {
    let Ok(signature) = HEXLOWER_PERMISSIVE.decode(signature.as_bytes()) else { return false };
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    for part in [timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    // Compares in constant time, and refuses another length.
    mac.verify_slice(&signature).is_ok()
}

fn is_fresh(timestamp: &str, now: Time) -> bool {
    // A sign, a fraction and milliseconds are none of the vendor's spellings.
    let is_plain = timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = timestamp.parse::<i64>().ok().filter(|_| is_plain);
    seconds.is_some_and(|seconds| seconds.abs_diff(now.0.div_euclid(1000)) <= WINDOW_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "nero_secret_example";
    const AT: &str = "1776852000";
    const BODY: &[u8] = br#"{"name":"Ada Byron","email":"ada@example.org"}"#;
    const OF_BODY: &str = "f8f43deb64b26bcee75fe6222668f95569d452bab3dac860af48eaa4f05fdc63";
    const OF_NOTHING: &str = "3a2f9ad09344b232e9dde209493733d846c16805ad82f618afe3fbfe0e40ba67";
    const NOW: Time = Time(1_776_852_000_000);

    fn headers(timestamp: Option<&str>, signature: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(timestamp) = timestamp {
            headers.insert(TIMESTAMP, timestamp.parse().unwrap());
        }
        if let Some(signature) = signature {
            headers.insert(SIGNATURE, signature.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_sheets_vectors_hold() {
        assert!(is_signed(KEY, AT, BODY, OF_BODY));
        assert!(is_signed(KEY, AT, b"", OF_NOTHING));
        assert!(is_signed(KEY, AT, BODY, &OF_BODY.to_uppercase()));
    }

    #[test]
    fn every_bit_of_what_is_signed_counts() {
        assert!(!is_signed("nero_secret_examplf", AT, BODY, OF_BODY));
        assert!(!is_signed(KEY, "1776852001", BODY, OF_BODY));
        assert!(!is_signed(KEY, AT, b"", OF_BODY));
        assert!(!is_signed(KEY, AT, BODY, OF_NOTHING));
        for signature in ["", "f8", &OF_BODY[..63], &OF_BODY[..62], &format!("{OF_BODY}00"), "sha256=f8"] {
            assert!(!is_signed(KEY, AT, BODY, signature), "{signature}");
        }
    }

    #[test]
    fn three_hundred_seconds_and_no_more() {
        let later = |seconds: i64| Time(NOW.0 + seconds * 1000);
        for (seconds, fits) in [(0, true), (300, true), (301, false), (-300, true), (-301, false)] {
            let signed = require(&headers(Some(AT), Some(OF_BODY)), KEY, BODY, later(seconds));
            assert_eq!(signed, if fits { Ok(()) } else { Err(Unsigned::Stale) }, "{seconds}");
        }
        for timestamp in ["", "-1776852000", "+1776852000", "1776852000.0", "99999999999999999999", " 1"] {
            assert!(!is_fresh(timestamp, NOW), "{timestamp}");
        }
    }

    #[test]
    fn half_a_signature_is_none() {
        for (timestamp, signature) in [(Some(AT), None), (None, Some(OF_BODY))] {
            let headers = headers(timestamp, signature);
            assert_eq!(require(&headers, KEY, BODY, NOW), Err(Unsigned::Missing));
            assert_eq!(check(&headers, KEY, BODY, NOW), Err(Unsigned::Missing));
        }
        assert!(require(&headers(None, None), KEY, BODY, NOW).is_err());
        assert!(check(&headers(None, None), KEY, BODY, NOW).is_ok());
        assert!(require(&headers(Some(AT), Some(OF_BODY)), KEY, BODY, NOW).is_ok());
        let mut twice = headers(Some(AT), Some(OF_BODY));
        twice.append(SIGNATURE, OF_BODY.parse().unwrap());
        assert_eq!(require(&twice, KEY, BODY, NOW), Err(Unsigned::Missing));
        let of_nothing = headers(Some(AT), Some(OF_NOTHING));
        assert_eq!(require(&of_nothing, KEY, BODY, NOW), Err(Unsigned::Wrong));
    }
}
