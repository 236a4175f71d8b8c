//! Reading a request's body within its limit.

use std::error::Error;
use std::io;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// Bytes of a request body, in every API.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;

/// Why there is no body.
pub(crate) enum BodyError {
    /// It is larger than it may be.
    TooLarge,
    /// It did not arrive whole: the client went away or was too slow.
    Torn,
    /// Its chunks are not as they must be.
    Malformed,
}

/// Reads all of a body. One that says it is too large is not read at all.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, BodyError> {
    read_at_most(BODY_BYTES_MAX, headers, body).await
}

/// Reads all of a body that must be smaller than others.
pub(crate) async fn read_at_most(limit: usize, headers: &HeaderMap, body: Body) -> Result<Bytes, BodyError> {
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(BodyError::TooLarge);
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Err(error) if is_malformed(&*error) => Err(BodyError::Malformed),
        Err(_) => Err(BodyError::Torn),
    }
}

/// Whether the cause of an error is the very bytes that came, and not that they did not come.
fn is_malformed(error: &(dyn Error + 'static)) -> bool {
    let is_of_bytes =
        |error: &io::Error| matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData);
    error.downcast_ref().is_some_and(is_of_bytes) || error.source().is_some_and(is_malformed)
}
