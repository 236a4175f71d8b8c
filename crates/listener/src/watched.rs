//! A socket that reports what passes through it to a [`Progress`], and that closes so that no answer is lost.
//! It must not change a byte.

use crate::progress::Progress;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A socket, plain or TLS.
pub(crate) struct Watched<S> {
    socket: S,
    progress: Arc<Progress>,
    /// The last bytes read, the newest lowest.
    tail: u32,
    shut: bool,
}

impl<S> Watched<S> {
    pub(crate) fn new(socket: S, progress: Arc<Progress>) -> Watched<S> {
        Watched { socket, progress, tail: 0, shut: false }
    }

    /// A head, and a chunked body, end with an empty line; hyper also takes bare line feeds.
    fn between_requests(&self) -> bool {
        self.tail & 0xFFFF == 0x0A_0A || self.tail & 0xFF_FFFF == 0x0A_0D_0A
    }

    fn written<T>(&self, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.progress.wrote(poll.is_ready());
        poll
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buf))?;
        let new = &buf.filled()[before..];
        if !new.is_empty() {
            for byte in &new[new.len().saturating_sub(4)..] {
                self.tail = self.tail << 8 | u32::from(*byte);
            }
            self.progress.heard();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.written(poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        self.written(poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.socket).poll_flush(cx);
        if let Poll::Ready(Ok(())) = poll {
            self.progress.flushed(self.between_requests());
            return poll;
        }
        self.written(poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.shut {
            let poll = Pin::new(&mut self.socket).poll_shutdown(cx);
            ready!(self.written(poll))?;
            self.shut = true;
            if !self.progress.linger() {
                return Poll::Ready(Ok(()));
            }
        }
        // Ends with the client's own close, or when the accept loop has waited long enough.
        let mut scrap = [0; 4096];
        loop {
            let mut buf = ReadBuf::new(&mut scrap);
            ready!(Pin::new(&mut self.socket).poll_read(cx, &mut buf))?;
            if buf.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
