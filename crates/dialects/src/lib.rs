//! Wire formats: one folder a vendor, each a pure translation around calls of the domain.
//!
//! A vendor's folder shows one item, its [`Dialect`]. The vendors share leaf functions only; they know no database,
//! no acquirer and no page.

mod body;
mod checkout_com;
mod idempotency;
mod json;
mod neopay;
mod nero_pay;
mod neuro_pay;

use std::sync::Arc;

use axum::Router;
use domain::merchants::Merchant;
use domain::merchants::credentials::Secret;
use domain::{App, Mode};

/// What the server needs to know of a vendor's API.
pub struct Dialect {
    /// How commands and settings call it, and what its addresses begin with.
    pub name: &'static str,
    /// What follows the public URL and the name in the base URL that clients are given.
    pub base_path: &'static str,
    /// Its routes, below `/{name}`.
    pub router: fn(Arc<App>) -> Router,
    /// Makes one set of a merchant's credentials in a mode, in the order and under the names that they are shown.
    pub mint: fn(&App, &Merchant, Mode) -> Vec<Secret>,
}

/// The vendors, one line each.
pub const DIALECTS: &[Dialect] =
    &[neuro_pay::DIALECT, neopay::DIALECT, nero_pay::DIALECT, checkout_com::DIALECT];

/// The dialect of a name.
pub fn by_name(name: &str) -> Option<&'static Dialect> {
    DIALECTS.iter().find(|dialect| dialect.name == name)
}
