//! An answer's body that keeps something until it has been taken. It must not change the body.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use hyper::body::{Frame, SizeHint};

/// A body, and what is dropped right after it. hyper drops both when it has taken the last of the body, and that is the
/// only sign of it there is.
pub struct Held<G> {
    body: Body,
    _until_taken: G,
}

impl<G> Held<G> {
    pub const fn new(body: Body, until_taken: G) -> Self {
        Self { body, _until_taken: until_taken }
    }
}

impl<G: Unpin> hyper::body::Body for Held<G> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
