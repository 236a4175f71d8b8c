//! The hosted pages: what buyers see.
//!
//! Pages work without JavaScript, hold no card data longer than a request, and name nobody to whom the link was not
//! given. A link is checked before a byte of a form is read. They know no wire format and no database.

mod assets;
mod bank;
mod checkout;
mod customer;
mod download;
mod form;
mod headers;
mod home;
mod messages;
mod open_page;
mod outcome;
mod respond;
mod views;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::middleware::map_response_with_state;
use axum::routing::{get, post};
use domain::{ActionId, App, Id};
pub use headers::secure;
pub use home::{Demo, home};
pub use views::Api;

/// What the pages' handlers need.
#[derive(Clone)]
struct Pages {
    app: Arc<App>,
    /// What every address on this host begins with.
    base: &'static str,
    test_cards: Arc<[views::TestCard]>,
    downloads: Arc<download::Downloads>,
    /// What each API adds to the query of a shop's address, where it does.
    comes_back_with: Arc<[(&'static str, ComesBackWith)]>,
}

impl Pages {
    /// The one-time id of a form, for whoever is shown it next.
    fn draw_form(&self) -> Id<form::CardForm> {
        let mut bytes = [0; 16];
        self.app.random(&mut bytes);
        Id::from_bytes(bytes)
    }
}

/// What an API adds to the query of the shop's address when a buyer comes back from an attempt to pay.
pub type ComesBackWith = fn(ActionId) -> String;

/// The routes of all pages. `test_cards` are numbers of the simulator with what they do, for pages of test mode.
/// `comes_back_with` has the APIs of which buyers come back with more than the shop's own address.
/// `nothing_for_programs` is what a client that is not a browser reads where there is no page.
pub fn router(
    app: Arc<App>,
    test_cards: &'static [(&'static str, &'static str)],
    comes_back_with: Arc<[(&'static str, ComesBackWith)]>,
    nothing_for_programs: &str,
) -> Router {
    let test_cards = test_cards.iter().map(|&(number, outcome)| views::TestCard { number, outcome });
    // Pages take a text that lives as long as the process, which is how long they are served.
    let base: &'static str = app.public_path().to_owned().leak();
    let nothing_for_programs = Arc::from(nothing_for_programs);
    let not_found = move |uri, headers| respond::not_found(uri, headers, Arc::clone(&nothing_for_programs));
    let pages =
        Pages { app, base, test_cards: test_cards.collect(), downloads: Arc::default(), comes_back_with };
    Router::new()
        .route("/c/{link}", get(checkout::show).post(checkout::pay))
        .route("/c/{link}/cancel", post(checkout::cancel))
        .route("/c/{link}/another", post(checkout::another))
        .route("/c/{link}/bank", get(bank::show).post(bank::answer))
        .route("/customer/{link}", get(customer::show))
        .route("/customer/{link}/add", get(customer::ask).post(customer::add))
        .route("/customer/{link}/data", get(download::data))
        .route("/customer/{link}/cards/{card}/default", post(customer::set_default))
        .route("/customer/{link}/cards/{card}/remove", get(customer::ask_to_remove).post(customer::remove))
        .route("/assets/{name}", get(assets::serve))
        .method_not_allowed_fallback(respond::wrong_method)
        .fallback(not_found)
        .layer(map_response_with_state(base, respond::write_failure))
        .with_state(pages)
}
