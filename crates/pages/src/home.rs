//! The page at `/`: it says what answers here, and leads to the reference. It names no merchant and no buyer.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::map_response_with_state;
use axum::routing::get;
use domain::App;

use crate::headers::Framing;
use crate::respond;
use crate::views::{Api, HomePage, Shell};

/// The route of the page, with a checkout that a demo has open.
pub fn home(app: &Arc<App>, apis: Vec<Api>, checkout: Option<String>) -> Router {
    // Views take a text that lives as long as the process, which is how long they are served.
    let base: &'static str = app.public_path().to_owned().leak();
    let shell = Shell { test_mode: checkout.is_some(), framed: false, base };
    let view = Arc::new(HomePage { shell, checkout, apis });
    let show = move || async move { respond::page(StatusCode::OK, view.as_ref(), &Framing::Refused) };
    Router::new()
        .route("/", get(show).fallback(respond::wrong_method))
        .layer(map_response_with_state(base, respond::write_failure))
}
