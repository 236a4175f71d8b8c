//! A public URL with a path: a proxy may hand on its requests with the path or without it, so both are served.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::LOCATION;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Uri};
use axum::response::Response;

use crate::hosts;

/// Serves a router also below the path of a public URL, if it has one. It goes around everything else, so that nothing
/// inside knows of it.
pub(crate) fn public_path(router: Router, path: &str) -> Router {
    if path.is_empty() {
        return router;
    }
    Router::new().fallback(ask_inside).with_state(Arc::new(Below { path: path.to_owned(), router }))
}

struct Below {
    path: String,
    router: Router,
}

async fn ask_inside(State(below): State<Arc<Below>>, mut request: Request) -> Response {
    if let Some(inner) = without(request.uri(), &below.path) {
        *request.uri_mut() = inner;
    }
    let mut response = hosts::ask(&below.router, request).await;
    // What leads elsewhere on this host leads below the path.
    let place = response.headers().get(LOCATION).and_then(|place| place.to_str().ok());
    if let Some(place) = place.filter(|place| is_outside(place, &below.path))
        && let Ok(place) = HeaderValue::from_str(&format!("{}{place}", below.path))
    {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

fn is_outside(place: &str, path: &str) -> bool {
    let is_inside = place.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
    place.starts_with('/') && !place.starts_with("//") && !is_inside
}

/// The address without the path that it begins with, if it does.
fn without(uri: &Uri, path: &str) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(path)?;
    let inner = match rest.as_bytes().first() {
        Some(b'/') => rest.to_owned(),
        Some(b'?') | None => format!("/{rest}"),
        Some(_) => return None,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(inner).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_steps_of_a_path_go() {
        let inner = |text: &'static str| without(&Uri::from_static(text), "/pay").map(|uri| uri.to_string());
        assert_eq!(inner("/pay/livez?a=b").as_deref(), Some("/livez?a=b"));
        assert_eq!(inner("/pay").as_deref(), Some("/"));
        assert_eq!(inner("/pay?a").as_deref(), Some("/?a"));
        assert_eq!(inner("http://host/pay/x").as_deref(), Some("http://host/x"));
        assert_eq!(inner("/payments"), None);
        assert_eq!(inner("/livez"), None);
    }
}
