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
    let mut body = Limited::new(body, limit);
    // Each frame is copied and let go: one of a single byte holds on to a whole buffer of the connection.
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        match frame.map(|frame| frame.into_data()) {
            Ok(Ok(data)) => bytes.extend_from_slice(&data),
            // Fields behind the body are read by nobody.
            Ok(Err(_)) => {}
            Err(error) if error.is::<LengthLimitError>() => return Err(BodyError::TooLarge),
            Err(error) if is_malformed(&*error) => return Err(BodyError::Malformed),
            Err(_) => return Err(BodyError::Torn),
        }
    }
    Ok(bytes.into())
}

/// Whether the cause of an error is the very bytes that came, and not that they did not come.
fn is_malformed(error: &(dyn Error + 'static)) -> bool {
    let is_of_bytes =
        |error: &io::Error| matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData);
    error.downcast_ref().is_some_and(is_of_bytes) || error.source().is_some_and(is_malformed)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::stream;

    use super::*;

    /// A frame of one byte that counts itself among those that are alive.
    struct Held(Arc<AtomicUsize>);

    impl AsRef<[u8]> for Held {
        fn as_ref(&self) -> &[u8] {
            b"x"
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_body_that_comes_byte_by_byte_holds_on_to_no_frame() {
        let (alive, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let seen = Arc::clone(&most);
        let frames = (0..1_000).map(move |_| {
            seen.fetch_max(alive.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            Ok::<_, Infallible>(Bytes::from_owner(Held(Arc::clone(&alive))))
        });
        let read = read(&HeaderMap::new(), Body::from_stream(stream::iter(frames))).await;
        assert_eq!(read.map_or(0, |body| body.len()), 1_000);
        assert_eq!(most.load(Ordering::Relaxed), 1);
    }
}
