//! A public URL with a path: a proxy may hand on its requests with the path or without it, so both are served. That can
//! only be told apart where no address of ours begins with the path. Hosts of an API's own have no path.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::LOCATION;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Uri};
use axum::response::Response;

use crate::hosts;

/// What the addresses of this server begin with, beside the names of the APIs.
const OURS: [&str; 9] =
    ["assets", "c", "customer", "docs", "livez", "llms.txt", "openapi", "postman", "readyz"];

/// The first step of a path, if addresses of this server begin with it.
pub(crate) fn own_step(path: &str) -> Option<&str> {
    let step = path.trim_start_matches('/').split('/').next()?;
    let is_ours = OURS.contains(&step) || dialects::by_name(step).is_some();
    is_ours.then_some(step)
}

/// Serves a router also below the path of a public URL, if it has one. It goes around everything else, so that nothing
/// inside knows of it. `is_own_host` says which names are an API's alone.
pub(crate) fn public_path(
    router: Router,
    path: &str,
    is_own_host: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> Router {
    if path.is_empty() {
        return router;
    }
    let below = Below { path: path.to_owned(), router, is_own_host: Box::new(is_own_host) };
    Router::new().fallback(ask_inside).with_state(Arc::new(below))
}

struct Below {
    path: String,
    router: Router,
    is_own_host: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

async fn ask_inside(State(below): State<Arc<Below>>, mut request: Request) -> Response {
    if hosts::host(&request).is_some_and(|host| (below.is_own_host)(&host)) {
        return hosts::ask(&below.router, request).await;
    }
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
    fn every_route_begins_with_a_step_that_is_known() {
        let files =
            [include_str!("docs.rs"), include_str!("serve.rs"), include_str!("../../pages/src/lib.rs")];
        let routes = files.iter().flat_map(|text| text.split(['(', '!', '&', '\n', ' ']));
        let mut seen = Vec::new();
        for route in routes.filter_map(|piece| piece.strip_prefix("\"/")) {
            let step = route.split(['/', '"']).next().unwrap();
            if !step.starts_with('{') {
                assert_eq!(own_step(&format!("/{step}/x")), Some(step));
                seen.push(step);
            }
        }
        assert!(OURS.iter().all(|step| seen.contains(step)), "{seen:?}");
        for dialect in dialects::DIALECTS {
            assert_eq!(own_step(&format!("/{}", dialect.name)), Some(dialect.name));
        }
        for other in ["", "/", "/pay", "/pay/docs", "/Docs", "/cc", "/payments"] {
            assert_eq!(own_step(other), None, "{other}");
        }
    }

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
