//! The page at `/`: it says what answers here, and leads to the reference. Until a shop has a page of its own, buyers may
//! come back to this one. It names no merchant and no buyer.

use std::sync::Arc;

use axum::Router;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::middleware::map_response_with_state;
use axum::routing::get;
use domain::payments::{Payment, checkout};
use domain::{App, Id};

use crate::headers::Framing;
use crate::views::{Api, DemoCheckout, HomePage, Shell};
use crate::{outcome, respond};

/// What a demo has to try.
pub struct Demo {
    /// The address of a checkout that was open when the demo began.
    pub checkout: String,
    /// The command that makes another merchant on the demo's data.
    pub merchant_create: String,
}

/// The route of the page, with what a demo has to try.
pub fn home(app: &Arc<App>, apis: Vec<Api>, demo: Option<Demo>) -> Router {
    // Views take a text that lives as long as the process, which is how long they are served.
    let base: &'static str = app.public_path().to_owned().leak();
    let shell = Shell { test_mode: demo.is_some(), framed: false, base };
    let (checkout, merchant_create) =
        demo.map(|Demo { checkout, merchant_create }| (checkout, merchant_create)).unzip();
    let view = Arc::new(HomePage { shell, checkout: None, merchant_create, came_back: None, apis });
    let app = Arc::clone(app);
    let show = move |RawQuery(query): RawQuery| async move {
        let came_back = query.as_deref().and_then(came_back);
        let checkout = match checkout {
            Some(address) => Some(DemoCheckout { is_open: is_open(&app, &address).await, address }),
            None => None,
        };
        let view = HomePage { came_back, checkout, ..view.as_ref().clone() };
        respond::page(StatusCode::OK, &view, &Framing::Refused)
    };
    Router::new()
        .route("/", get(show).fallback(respond::wrong_method))
        .layer(map_response_with_state(base, respond::write_failure))
}

/// Whether the checkout of an address can still be paid; what cannot be read leads to its own page, which says why.
async fn is_open(app: &Arc<App>, address: &str) -> bool {
    let Some((_, link)) = address.rsplit_once('/') else { return true };
    let (link, inside) = (link.to_owned(), Arc::clone(app));
    let read = app.read(move |tx| checkout::of_link(tx, &inside, &link));
    read.await.map_or(true, |payment| outcome::of(&payment, app.now()).is_none())
}

/// The id of the checkout that a buyer comes back from, if the address has one.
fn came_back(query: &str) -> Option<String> {
    let text = query.split('&').find_map(|pair| pair.strip_prefix("checkout="))?;
    Id::<Payment>::from_hex(text).map(|id| id.hex())
}
