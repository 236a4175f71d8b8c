//! The page at `/`: it says what answers here, and leads to the reference. Until a shop has a page of its own, buyers may
//! come back to this one. It names no merchant and no buyer.

use std::sync::Arc;

use axum::Router;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::middleware::map_response_with_state;
use axum::routing::get;
use domain::payments::Payment;
use domain::{App, Id};

use crate::headers::Framing;
use crate::respond;
use crate::views::{Api, HomePage, Shell};

/// The route of the page, with a checkout that a demo has open.
pub fn home(app: &Arc<App>, apis: Vec<Api>, checkout: Option<String>) -> Router {
    // Views take a text that lives as long as the process, which is how long they are served.
    let base: &'static str = app.public_path().to_owned().leak();
    let shell = Shell { test_mode: checkout.is_some(), framed: false, base };
    let view = Arc::new(HomePage { shell, checkout, came_back: None, apis });
    let show = move |RawQuery(query): RawQuery| async move {
        let came_back = query.as_deref().and_then(came_back);
        let view = HomePage { came_back, ..view.as_ref().clone() };
        respond::page(StatusCode::OK, &view, &Framing::Refused)
    };
    Router::new()
        .route("/", get(show).fallback(respond::wrong_method))
        .layer(map_response_with_state(base, respond::write_failure))
}

/// The id of the checkout that a buyer comes back from, if the address has one.
fn came_back(query: &str) -> Option<String> {
    let text = query.split('&').find_map(|pair| pair.strip_prefix("checkout="))?;
    Id::<Payment>::from_hex(text).map(|id| id.hex())
}
