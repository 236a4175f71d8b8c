//! What stands before all routes: it says where a request came from, bounds what one client may have under way behind
//! a proxy and how much of large answers it may leave in memory, and tells browsers to stay with https. It must not know
//! what a request is about.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use domain::ClientAddress;
use domain::places::{Place, Places};
use domain::tally::Tally;
use hyper::body::Body as _;

use crate::portions::Portions;
use crate::proxies::{Origin, Proxies};
use listener::PeerAddr;
use listener::held::Held;

/// A year, and this host alone: what else there is below its name is not ours to decide.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// An answer of more bytes is large. No answer to a write is.
const LARGE: u64 = 128 * 1024;
/// Bytes of large answers that one client may have in memory, not taken yet.
const LARGE_MOST: usize = 32 * 1024 * 1024;
/// Bytes of large answers of all clients together: addresses are many, and memory is not.
const LARGE_IN_ALL: usize = 16 * LARGE_MOST;

struct Front {
    proxies: Proxies,
    /// Bytes of large answers that each client has not taken yet.
    large: Places,
    /// Those of all clients, as if they were one.
    large_in_all: Places,
    /// Requests under way of one client behind a proxy, whose connections are the proxy's.
    places: Places,
    refused: Tally,
}

/// Puts it before `router`, inside of what gives a request its id.
pub(crate) fn before(router: Router, proxies: Proxies, most: usize) -> Router {
    let large = Places::new(LARGE_MOST);
    let (places, large_in_all) = (Places::new(most), Places::new(LARGE_IN_ALL));
    let front = Front { proxies, large, large_in_all, places, refused: Tally::default() };
    router.layer(from_fn_with_state(Arc::new(front), receive))
}

async fn receive(State(front): State<Arc<Front>>, mut request: Request, next: Next) -> Response {
    let Some(PeerAddr(peer)) = request.extensions().get().copied() else {
        // The listener says it of every connection.
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let Origin { address, is_told, https, channel } = front.proxies.origin(peer.ip(), request.headers());
    request.extensions_mut().insert(ClientAddress(address));
    request.extensions_mut().insert(channel);
    // Whoever watches over the server asks through the same proxy.
    let mut response = if !is_told || request.uri().path() == "/livez" {
        front.bounded(next.run(request).await, ClientAddress(address))
    } else if let Some(place) = front.enter(ClientAddress(address)) {
        // The place is the client's until it has taken the answer.
        let response = front.bounded(next.run(request).await, ClientAddress(address));
        response.map(|body| Body::new(Held::new(body, place)))
    } else {
        refusal(StatusCode::TOO_MANY_REQUESTS)
    };
    if https {
        response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}

/// A client is to come again in a second.
fn refusal(status: StatusCode) -> Response {
    let headers = [(RETRY_AFTER, "1"), (CACHE_CONTROL, "no-store"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (status, headers).into_response()
}

impl Front {
    /// The answer, unless it is large and the client, or all of them, have left too much of others untaken.
    fn bounded(&self, response: Response, client: ClientAddress) -> Response {
        let Some(size) = response.body().size_hint().exact().filter(|size| *size > LARGE) else {
            return response;
        };
        let network = client.network();
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let in_all = || self.large_in_all.enter_with(Ipv4Addr::UNSPECIFIED.into(), size);
        match self.large.enter_with(network, size).and_then(|place| Some((place, in_all()?))) {
            Some(place) => response.map(|body| Body::new(Held::new(Body::new(Portions::new(body)), place))),
            None => {
                self.refused.note("a large answer more than its share", network);
                self.refused.tell();
                refusal(StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    }

    /// A place for one more request.
    fn enter(&self, client: ClientAddress) -> Option<Place> {
        let network = client.network();
        let place = self.places.enter(network);
        if place.is_none() {
            self.refused.note("a request more than its share", network);
            self.refused.tell();
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tower_service::Service;

    use super::*;

    #[tokio::test]
    async fn large_answers_that_are_not_taken_are_few() {
        const SIZE: usize = LARGE_MOST / 4;
        let router = Router::new()
            .route("/large", get(|| async { vec![b'x'; SIZE] }))
            .route("/small", get(|| async { "x" }));
        let router = before(router, Proxies { trusted: vec![], tls: false, on_loopback: true }, 1_000);
        let ask = async |path: &str, from: u8| {
            let request = Request::get(path).extension(PeerAddr(([203, 0, 113, from], 9).into()));
            router.clone().call(request.body(Body::empty()).unwrap()).await.unwrap()
        };
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(ask("/large", 1).await);
        }
        let refused = ask("/large", 1).await;
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()[RETRY_AFTER]),
            (503, &HeaderValue::from_static("1"))
        );
        assert_eq!(
            (ask("/small", 1).await.status(), ask("/large", 2).await.status()),
            (StatusCode::OK, StatusCode::OK)
        );
        // It is all there, in portions, and its length is known.
        let taken = held.pop().unwrap();
        assert_eq!(taken.body().size_hint().exact(), Some(SIZE as u64));
        let body = axum::body::to_bytes(taken.into_body(), usize::MAX).await.unwrap();
        assert!(body.len() == SIZE && body.iter().all(|byte| *byte == b'x'));
        assert_eq!(ask("/large", 1).await.status(), 200);
    }

    #[tokio::test]
    async fn large_answers_of_many_clients_have_an_end() {
        let answer = axum::body::Bytes::from(vec![b'x'; LARGE_MOST]);
        let router = Router::new().route("/large", get(|| async { answer }));
        let router = before(router, Proxies { trusted: vec![], tls: false, on_loopback: true }, 1_000);
        let ask = async |from: u8| {
            let request = Request::get("/large").extension(PeerAddr(([203, 0, 113, from], 9).into()));
            router.clone().call(request.body(Body::empty()).unwrap()).await.unwrap()
        };
        let mut held = Vec::new();
        for from in 1..=16 {
            held.push(ask(from).await);
        }
        assert!(held.iter().all(|answer| answer.status() == 200));
        assert_eq!(ask(17).await.status(), 503);
        // What was refused took no place.
        drop(held.pop());
        assert_eq!(ask(17).await.status(), 200);
    }

    #[tokio::test]
    async fn a_place_ends_with_the_answer_that_was_taken() {
        let slow = || async { "an answer" };
        let router = Router::new().route("/slow", get(slow)).route("/livez", get(|| async { "alive" }));
        let trusted = vec!["127.0.0.1/32".parse().unwrap()];
        let router = before(router, Proxies { trusted, tls: false, on_loopback: true }, 1);
        let ask = async |path: &str, from: &str| {
            let request = Request::get(path).header("x-forwarded-for", from);
            let request = request.extension(PeerAddr(([127, 0, 0, 1], 9).into())).body(Body::empty());
            router.clone().call(request.unwrap()).await.unwrap()
        };
        let first = ask("/slow", "203.0.113.7").await;
        assert_eq!(first.status(), 200);
        let refused = ask("/slow", "203.0.113.7").await;
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.headers()[CACHE_CONTROL], "no-store");
        assert_eq!(ask("/livez", "203.0.113.7").await.status(), 200);
        assert_eq!(ask("/slow", "203.0.113.8").await.status(), 200);
        drop(first);
        assert_eq!(ask("/slow", "203.0.113.7").await.status(), 200);
        // Whom the proxy does not tell of is one client more.
        let untold = ask("/slow", "unknown").await;
        assert_eq!((untold.status().as_u16(), ask("/slow", "").await.status().as_u16()), (200, 429));
    }
}
