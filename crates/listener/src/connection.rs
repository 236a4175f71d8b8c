//! One connection from its accept to its close: handshake, HTTP/1.1, and one call of the router a request.
//!
//! It must not know what a request is about. It bounds the time of a body and keeps a panic from spreading;
//! the size of a body, and what an error reads like, belong to whoever handles the request.

use crate::held::Held;
use crate::progress::Progress;
use crate::tls::Tls;
use crate::watched::Watched;
use crate::{Limits, PeerAddr};
use axum::body::{Body, Bytes};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Request, Response, StatusCode, Version, header};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// The most headers of one request. hyper's own 100 is less than fits into 16 KiB; what does not fit is a
/// 431.
const MAX_HEADERS: usize = 512;
/// The most bytes that hyper reads ahead or holds back of one connection.
const BUFFER: usize = 64 * 1024;

/// What all connections share.
pub(crate) struct Shared {
    http: http1::Builder,
    tls: Option<Arc<Tls>>,
    router: TowerToHyperService<axum::Router>,
    limits: Limits,
}

impl Shared {
    pub(crate) fn new(tls: Option<Arc<Tls>>, router: axum::Router, limits: Limits) -> Shared {
        let mut http = http1::Builder::new();
        // Ours replaces hyper's timer, which would end a connection that is merely idle.
        http.header_read_timeout(None)
            .max_headers(MAX_HEADERS)
            .max_header_size(limits.header_bytes)
            .max_buf_size(BUFFER.max(limits.header_bytes));
        Shared { http, tls, router: TowerToHyperService::new(router), limits }
    }
}

/// Talks to one client until either side closes. Whoever started this ends it by dropping it.
pub(crate) async fn talk(socket: TcpStream, peer: SocketAddr, shared: Arc<Shared>, progress: Arc<Progress>) {
    progress.started();
    // Answers are small and written whole, so waiting to fill a segment only delays them. A socket that
    // refuses is one whose client has already gone.
    let _ = socket.set_nodelay(true);
    match &shared.tls {
        None => speak(socket, peer, &shared, &progress).await,
        Some(tls) => match tls.acceptor().accept(socket).await {
            Ok(socket) => speak(socket, peer, &shared, &progress).await,
            Err(error) => tracing::debug!(%peer, %error, "TLS handshake failed"),
        },
    }
}

async fn speak<S: AsyncRead + AsyncWrite + Unpin>(
    socket: S,
    peer: SocketAddr,
    shared: &Shared,
    progress: &Arc<Progress>,
) {
    let service = service_fn(|request| answer(request, peer, shared, progress));
    let socket = TokioIo::new(Watched::new(socket, Arc::clone(progress)));
    let mut connection = shared.http.serve_connection(socket, service);
    let ended = tokio::select! {
        // First, so that an answer that is ready at the same time already says that the connection closes.
        biased;
        () = progress.stopped() => {
            Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
        ended = &mut connection => ended,
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended early");
        if error.is_parse_version_h2() {
            refuse_http_2(connection.into_parts().io.into_inner()).await;
        }
    }
}

/// hyper answers a client that begins with HTTP/2 nothing, for whoever speaks that too.
async fn refuse_http_2<S: AsyncRead + AsyncWrite + Unpin>(mut socket: Watched<S>) {
    const ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\
        cache-control: no-store\r\nx-content-type-options: nosniff\r\n\r\n";
    if socket.write_all(ANSWER).await.is_ok() && socket.flush().await.is_ok() {
        // A client that has gone already has nothing to lose.
        let _ = socket.shutdown().await;
    }
}

async fn answer(
    mut request: Request<Incoming>,
    peer: SocketAddr,
    shared: &Shared,
    progress: &Arc<Progress>,
) -> io::Result<Response<Held<Answering>>> {
    let has_body = !request.body().is_end_stream();
    if !progress.begin(has_body, request.body().size_hint().exact().is_some()) {
        return Err(io::Error::other("the connection was closed before this request came"));
    }
    request.extensions_mut().insert(PeerAddr(peer));
    let request = request.map(|body| match has_body {
        false => Body::empty(),
        true => Body::new(TimedBody {
            body,
            until: Instant::now() + shared.limits.body,
            timer: None,
            progress: Arc::clone(progress),
            failed: false,
        }),
    });
    let mut response = if names_one_host(&request) {
        match unpanicked(shared.router.call(request)).await {
            Some(Ok(response)) => response,
            Some(Err(never)) => {
                let never: Infallible = never;
                match never {}
            }
            None => bare(StatusCode::INTERNAL_SERVER_ERROR),
        }
    } else {
        bare(StatusCode::BAD_REQUEST)
    };
    if progress.is_last() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    progress.answering();
    Ok(response.map(|body| Held::new(body, Answering(Arc::clone(progress)))))
}

/// An answer without words, for what has no API's words. No cache keeps it, like any other.
pub fn bare(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Whether everybody on the way reads the same host in a request (RFC 9112, section 3.2).
fn names_one_host(request: &Request<Body>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.version() < Version::HTTP_11,
        (Some(host), None) => {
            host.is_empty()
                || Authority::try_from(host.as_bytes()).is_ok_and(|host| !host.as_str().contains('@'))
        }
        (Some(_), Some(_)) => false,
    }
}

/// The future's output, or `None` if it panicked: one request's panic must end that request only. The panic
/// hook has said where it was.
pub async fn unpanicked<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    // After a panic the future is dropped and never polled again, so nobody sees what it left half done.
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Ready(output)) => Poll::Ready(Some(output)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(_) => Poll::Ready(None),
    })
    .await
}

/// A request's body that fails with [`io::ErrorKind::TimedOut`] when it is not complete in time. What has
/// already come is never refused, so that a handler that was slow itself loses nothing.
struct TimedBody {
    body: Incoming,
    until: Instant,
    /// Made when the body first has to be waited for, which most never have.
    timer: Option<Pin<Box<Sleep>>>,
    progress: Arc<Progress>,
    failed: bool,
}

impl hyper::body::Body for TimedBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.failed {
            return Poll::Ready(None);
        }
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                let ended = match &frame {
                    None => true,
                    Some(Ok(_)) => self.body.is_end_stream(),
                    Some(Err(_)) => false,
                };
                let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
                if !self.progress.body_came(data.map_or(0, Bytes::len), ended) {
                    // Whoever decided that is about to drop this task.
                    return Poll::Pending;
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => {
                let until = self.until;
                let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
                if timer.as_mut().poll(cx).is_pending() {
                    self.progress.body_awaited();
                    return Poll::Pending;
                }
                self.failed = true;
                self.progress.body_late();
                let error = io::Error::new(io::ErrorKind::TimedOut, "the request body did not come in time");
                Poll::Ready(Some(Err(error.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.failed || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for TimedBody {
    fn drop(&mut self) {
        self.progress.body_left();
    }
}

/// Tells that the answer was taken when it is dropped.
struct Answering(Arc<Progress>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answered();
    }
}
