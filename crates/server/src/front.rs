//! What stands before all routes: it says where a request came from, bounds what one client may have under way behind
//! a proxy, and tells browsers to stay with https. It must not know what a request is about.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{RETRY_AFTER, STRICT_TRANSPORT_SECURITY};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use domain::ClientAddress;
use domain::tally::Tally;

use crate::listener::PeerAddr;
use crate::proxies::{Origin, Proxies};
use crate::refusals;

/// A year, and this host alone: what else there is below its name is not ours to decide.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

struct Front {
    proxies: Proxies,
    /// Requests under way of one client behind a proxy, whose connections are the proxy's.
    most: usize,
    under_way: Mutex<UnderWay>,
}

#[derive(Default)]
struct UnderWay {
    of: HashMap<IpAddr, usize>,
    refused: Tally,
}

/// Puts it before `router`, inside of what gives a request its id.
pub(crate) fn before(router: Router, proxies: Proxies, most: usize) -> Router {
    let front = Front { proxies, most, under_way: Mutex::default() };
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
    let place = match is_told && !address.is_loopback() {
        true => front.enter(ClientAddress(address).network()).map(Some),
        false => Some(None),
    };
    let mut response = match place {
        Some(_place) => next.run(request).await,
        None => (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")]).into_response(),
    };
    if https {
        response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}

impl Front {
    fn under_way(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more request, which ends when it is dropped.
    fn enter(&self, network: IpAddr) -> Option<Place<'_>> {
        let mut under_way = self.under_way();
        let count = under_way.of.entry(network).or_default();
        if *count < self.most {
            *count += 1;
            return Some(Place { front: self, network });
        }
        under_way.refused.note("a request more than its share", network);
        refusals::tell(&under_way.refused);
        None
    }
}

struct Place<'a> {
    front: &'a Front,
    network: IpAddr,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut under_way = self.front.under_way();
        if let Some(count) = under_way.of.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                under_way.of.remove(&self.network);
            }
        }
    }
}
