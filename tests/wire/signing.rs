//! NeroPay's part in a story: signatures over what a request says.
//!
//! In the headers of a request `{now}` is the time in seconds, `{expired}` one that is too long ago and `{early}` one that
//! is yet to come; `{signature}` is that of the body at the time that `X-NeroPay-Timestamp` says, under the bearer token.

use kassa_tests::drivers::nero_pay::{TIMESTAMP, now, sign};

use crate::golden::Request;
use crate::matching::Known;

/// Signs a request that asks for it, so that its headers can be filled in.
pub(crate) fn prepare(
    known: &mut Known,
    request: &Request,
    body: &[u8],
    find: impl Fn(&str) -> Option<String>,
) -> Result<(), String> {
    let header = |name: &str| {
        let found = request.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    let Some(timestamp) = header(TIMESTAMP) else { return Ok(()) };
    let now = now();
    for (name, seconds) in [("now", now), ("expired", now - 301), ("early", now + 310)] {
        known.values.insert(name.to_owned(), seconds.to_string());
    }
    let mut fill =
        |text: &str| known.fill(text, &find).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let timestamp = fill(timestamp)?;
    let authorization = fill(header("authorization").unwrap_or_default())?;
    let token = authorization.split_once(' ').map_or("", |(_, token)| token);
    let signature = sign(token, &timestamp, body);
    known.values.insert("signature_in_upper_case".to_owned(), signature.to_uppercase());
    known.values.insert("signature".to_owned(), signature);
    Ok(())
}
