//! What stands before all routes: it says where a request came from, bounds what one client may have under way behind
//! a proxy and how much of large answers it may leave in memory, and tells browsers to stay with https. It must not know
//! what a request is about.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{RETRY_AFTER, STRICT_TRANSPORT_SECURITY};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::places::{Place, Places};
use domain::tally::Tally;
use domain::{ClientAddress, ListOf};
use hyper::body::Body as _;

use crate::portions::Portions;
use crate::proxies::{Origin, Proxies};
use listener::PeerAddr;
use listener::held::Held;

/// A year, and this host alone: what else there is below its name is not ours to decide.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// An answer of more bytes is large.
const LARGE: u64 = 128 * 1024;
/// Bytes of large answers that one client may have in memory, not taken yet.
const LARGE_MOST: usize = 32 * 1024 * 1024;
/// Those of the clients of one wider network, those of one merchant, from wherever it asks, and those of no merchant, which
/// strangers ask for: a quarter of all.
const LARGE_SHARE: usize = 4 * LARGE_MOST;
/// Those of all clients together: addresses are many, and memory is not.
const LARGE_IN_ALL: usize = 4 * LARGE_SHARE;

pub(crate) struct Front {
    proxies: Proxies,
    large: Large,
    /// Requests under way of one client behind a proxy, whose connections are the proxy's.
    places: Places,
    refused: Tally,
}

/// Bytes of large answers that were not taken yet.
struct Large {
    of_client: Places,
    of_network: Places,
    /// None are the answers that are of no merchant.
    of_merchant: Places<Option<i64>>,
    in_all: Places<()>,
}

/// Room for one large answer.
type Room = (Place, Place, Place<Option<i64>>, Place<()>);

impl Large {
    fn new() -> Self {
        let (of_client, of_network) = (Places::new(LARGE_MOST), Places::new(LARGE_SHARE));
        Self {
            of_client,
            of_network,
            of_merchant: Places::new(LARGE_SHARE),
            in_all: Places::new(LARGE_IN_ALL),
        }
    }

    fn enter(&self, client: ClientAddress, list_of: Option<ListOf>, size: usize) -> Option<Room> {
        let client_has = self.of_client.enter_with(client.network(), size)?;
        let network_has = self.of_network.enter_with(client.wider_network(), size)?;
        let merchant = list_of.map(|ListOf(scope)| scope.merchant);
        let merchant_has = self.of_merchant.enter_with(merchant, size)?;
        Some((client_has, network_has, merchant_has, self.in_all.enter_with((), size)?))
    }
}

impl Front {
    /// `most` requests of one client behind a proxy may be under way.
    pub(crate) fn new(proxies: Proxies, most: usize) -> Self {
        Self { proxies, large: Large::new(), places: Places::new(most), refused: Tally::default() }
    }

    /// Has a request answered.
    pub(crate) async fn receive(&self, mut request: Request, next: Next) -> Response {
        let Some(PeerAddr(peer)) = request.extensions().get().copied() else {
            // The listener says it of every connection.
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let Origin { address, is_forwarded, https, channel } =
            self.proxies.origin(peer.ip(), request.headers());
        request.extensions_mut().insert(ClientAddress(address));
        request.extensions_mut().insert(channel);
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        // Whoever watches over the server asks through the same proxy.
        let mut response = if !is_forwarded || request.uri().path() == "/livez" {
            self.bounded(next.run(request).await, ClientAddress(address), reads)
        } else if let Some(place) = self.enter(ClientAddress(address)) {
            // The place is the client's until it has taken the answer.
            let response = self.bounded(next.run(request).await, ClientAddress(address), reads);
            response.map(|body| Body::new(Held::new(body, place)))
        } else {
            refusal(StatusCode::TOO_MANY_REQUESTS)
        };
        if https {
            response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HSTS);
        }
        response
    }

    /// The answer, unless it is large and the client, its network, the merchant or all together have left too much of
    /// others untaken. What was done is told in any case, or it would be done again: such an answer is never much larger.
    fn bounded(&self, response: Response, client: ClientAddress, reads: bool) -> Response {
        let Some(size) = response.body().size_hint().exact().filter(|size| reads && *size > LARGE) else {
            return response;
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let list_of = response.extensions().get::<ListOf>().copied();
        match self.large.enter(client, list_of, size) {
            Some(room) => response.map(|body| Body::new(Held::new(Body::new(Portions::new(body)), room))),
            None => {
                self.refused.note("a large answer more than its share", client.network());
                self.refused.log();
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
            self.refused.log();
        }
        place
    }
}

/// A client is to come again in a second.
fn refusal(status: StatusCode) -> Response {
    let mut response = (status, [(RETRY_AFTER, "1")]).into_response();
    // It is no API's.
    pages::secure(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::Router;
    use axum::extract::{Path, State};
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower_service::Service;

    use super::*;
    use axum::http::header::CACHE_CONTROL;

    fn before(router: Router, proxies: Proxies, most: usize) -> Router {
        let receive = |State(front): State<Arc<Front>>, request, next| async move {
            front.receive(request, next).await
        };
        router.layer(from_fn_with_state(Arc::new(Front::new(proxies, most)), receive))
    }

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

    /// Lists of five merchants.
    const LISTS: [&str; 5] = ["/list/0", "/list/1", "/list/2", "/list/3", "/list/4"];

    /// A server whose every answer is as large as one client may have them, in the shares of a merchant if it says so.
    struct House(Router);

    impl House {
        fn new() -> Self {
            let answer = axum::body::Bytes::from(vec![b'x'; LARGE_MOST]);
            let of_merchant = answer.clone();
            let list = |Path(merchant): Path<i64>| async move {
                let scope = domain::Scope { merchant, mode: domain::Mode::Test };
                (axum::Extension(ListOf(scope)), of_merchant)
            };
            let done = answer.clone();
            let large = get(|| async { answer }).post(|| async { done });
            let router = Router::new().route("/large", large).route("/list/{merchant}", get(list));
            Self(before(router, Proxies { trusted: vec![], tls: false, on_loopback: true }, 1_000))
        }

        async fn ask(&self, method: Method, path: &str, from: impl Into<std::net::IpAddr>) -> Response {
            let request = Request::builder().method(method).uri(path);
            let request = request.extension(PeerAddr((from.into(), 9).into()));
            self.0.clone().call(request.body(Body::empty()).unwrap()).await.unwrap()
        }

        /// So many answers, each to another network, and what the next one gets.
        async fn fill(&self, path: fn(u8) -> &'static str, most: u8, from: impl Fn(u8) -> std::net::IpAddr) {
            let mut held = Vec::new();
            for number in 0..most {
                held.push(self.ask(Method::GET, path(number), from(number)).await);
            }
            assert!(held.iter().all(|answer| answer.status() == 200));
            assert_eq!(self.ask(Method::GET, path(most), from(most)).await.status(), 503);
            // Who is not of these is answered, and so is whoever did something, whatever there is of others.
            let done = self.ask(Method::POST, "/large", from(most)).await;
            assert_eq!(done.status(), 200);
            // What was refused took no place.
            drop(held.pop());
            assert_eq!(self.ask(Method::GET, path(most), from(most)).await.status(), 200);
        }
    }

    #[tokio::test]
    async fn large_answers_of_many_clients_have_an_end() {
        House::new()
            .fill(|number| LISTS[usize::from(number / 4)], 16, |number| [203, 0, number, 1].into())
            .await;
    }

    #[tokio::test]
    async fn strangers_leave_merchants_their_room_for_large_answers() {
        let house = House::new();
        let mut held = Vec::new();
        for number in 0..4 {
            held.push(house.ask(Method::GET, "/large", [203, 0, number, 1]).await);
        }
        assert_eq!(house.ask(Method::GET, "/large", [203, 0, 9, 1]).await.status(), 503);
        assert_eq!(house.ask(Method::GET, LISTS[0], [203, 0, 9, 1]).await.status(), 200);
    }

    #[tokio::test]
    async fn large_answers_of_one_wider_network_leave_room_for_others() {
        let house = House::new();
        house.fill(|_| "/large", 4, |number| [0x2001, 0xdb8, 1, number.into(), 0, 0, 0, 1].into()).await;
        house.fill(|_| "/large", 4, |number| [203, 0, 113, number].into()).await;
    }

    #[tokio::test]
    async fn large_answers_of_one_merchant_leave_room_for_others() {
        House::new().fill(|_| LISTS[0], 4, |number| [203, 0, number, 1].into()).await;
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
