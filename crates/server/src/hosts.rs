//! Host names of an API's own: what is asked of one is answered by that API alone, at its vendor's own paths.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tower_service::Service;

use crate::telemetry::tell_routes;

/// Puts the APIs that have a host of their own before everything else.
pub(crate) fn route(router: Router, by_host: HashMap<String, Router>) -> Router {
    if by_host.is_empty() {
        return router;
    }
    let by_host: HashMap<String, Router> =
        by_host.into_iter().map(|(host, routes)| (host, tell_routes(routes))).collect();
    router.layer(from_fn_with_state(Arc::new(by_host), choose))
}

async fn choose(
    State(by_host): State<Arc<HashMap<String, Router>>>,
    request: Request,
    next: Next,
) -> Response {
    match host(&request).and_then(|host| by_host.get(&host)) {
        Some(routes) => ask(routes, request).await,
        None => next.run(request).await,
    }
}

/// What these routes answer.
pub(crate) async fn ask(routes: &Router, request: Request) -> Response {
    match routes.clone().call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The host that a request is for, in lower case, without its port.
pub(crate) fn host(request: &Request) -> Option<String> {
    let text = match request.uri().host() {
        Some(host) => host,
        None => request.headers().get(HOST)?.to_str().ok()?,
    };
    let name = text.rsplit_once(':').map_or(text, |(name, _)| name);
    Some(name.trim_end_matches('.').to_ascii_lowercase())
}
