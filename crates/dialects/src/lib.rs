//! Wire formats: one folder a vendor, each a pure translation around calls of the domain.
//!
//! A vendor's folder shows one item, its [`Dialect`]. The vendors share leaf functions only; they know no database,
//! no acquirer and no page.

mod around;
mod body;
mod checkout_com;
mod client;
mod customer_list;
mod declare;
mod describe;
mod examples;
mod form;
mod headers;
mod idempotency;
mod json;
mod neopay;
mod nero_pay;
mod neuro_pay;
mod openapi;
mod operation;
mod problems;
mod refused;
mod settings;
mod unchanged;
mod warnings;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use data_encoding::BASE64URL_NOPAD;
use domain::merchants::Merchant;
use domain::merchants::credentials::Secret;
use domain::payments::hosted::PageId;
use domain::payments::{Payment, Status};
use domain::{ActionId, App, Id, Mode};
pub use settings::Setting;
use utoipa::openapi::{OpenApi, Server};
use utoipa_axum::router::OpenApiRouter;

/// What the server needs to know of a vendor's API.
pub struct Dialect {
    /// How commands and settings call it, and what its addresses begin with.
    pub name: &'static str,
    /// What follows the public URL and the name in the base URL that clients are given.
    pub base_path: &'static str,
    /// Its routes, below `/{name}`, each with its part of the OpenAPI document.
    router: fn() -> OpenApiRouter<Arc<App>>,
    /// What it does to every answer.
    around: Option<fn(Routes, Arc<App>) -> Routes>,
    /// Makes one set of a merchant's credentials in a mode, in the order and under the names that they are shown.
    pub mint: fn(&App, &Merchant, Mode) -> Vec<Secret>,
    /// How a client shows that it is known.
    presented: Presented,
    /// How secrets of this API begin that can be told by that.
    pub secrets_begin: &'static [&'static str],
    /// Which of its credentials can be made for a part of what the API does.
    pub scoped: Option<Scoped>,
    /// What a merchant can set for this API alone.
    pub settings: &'static [Setting],
    /// What the query of the shop's address says beside the shop's own words when a buyer comes back from an attempt to pay.
    pub comes_back_with: Option<fn(ActionId) -> String>,
    /// Which statuses of ours a word of this API stands for; none for a word that it does not have.
    pub statuses: Option<fn(&str) -> Vec<Status>>,
    /// Reads an id of this API that names a payment's page, where pages have ids of their own: that, and the kind of page.
    pub page: Option<fn(&str) -> Option<NamedPage>>,
    /// What a newcomer may paste first: the credentials and curl lines, of the set that `kassa merchant create` prints
    /// under the dialect's name, and of a payment that is there to be read.
    pub curl: fn(set: &Shown, payment: Id<Payment>) -> String,
    /// The curl line that finds a customer by the e-mail address, where the API has a way.
    pub find: Option<fn(set: &Shown, email: &str) -> String>,
}

/// A payment's page, by its id and the kind of page.
pub type NamedPage = (PageId, &'static str);

/// Routes that still need an installation.
type Routes = Router<Arc<App>>;

/// How a key stands in a request.
#[derive(Clone, Copy)]
enum Presented {
    /// In `Authorization`, after the word `Bearer`.
    AfterBearer,
    /// The same, or without that word.
    Bare,
    /// The same as [`Presented::Bare`], and the other half of the pair in the header of this name.
    PairedWith(&'static str),
}

/// A kind of credential, and the words that limit it.
pub struct Scoped {
    /// The kind, as [`Dialect::mint`] makes it.
    pub kind: &'static str,
    /// Every word that it can be limited to.
    pub words: &'static [&'static str],
}

impl Dialect {
    /// The address that clients are given.
    pub fn base_url(&self, public_url: &str) -> String {
        format!("{public_url}/{}{}", self.name, self.base_path)
    }

    /// Its routes, below `/{name}`, and its title.
    pub fn routes(&self, app: Arc<App>) -> (Router, String) {
        let (routes, described) = (self.router)().split_for_parts();
        let title = described.info.title.clone();
        let names = warnings::Names::of(self.name, described);
        let mut routes = around::every_request(self, routes, Arc::clone(&app), names);
        if let Some(around) = self.around {
            routes = around(routes, Arc::clone(&app));
        }
        (routes.with_state(app), title)
    }

    /// The OpenAPI document as it is served, whose paths stand below the base URL. It takes some milliseconds to make.
    pub fn served_document(&self, public_url: &str) -> OpenApi {
        let mut document = self.document();
        document.servers = Some(vec![Server::new(self.base_url(public_url))]);
        document
    }

    /// The OpenAPI document, which does not know where it is served.
    pub fn document(&self) -> OpenApi {
        let mut document = (self.router)().into_openapi();
        let paths = std::mem::take(&mut document.paths.paths);
        document.paths.paths = paths
            .into_iter()
            .map(|(path, item)| (path.trim_start_matches(self.base_path).to_owned(), item))
            .collect();
        warnings::describe(&mut document);
        words::explain(&mut document);
        examples::show(&mut document, self.name);
        document
    }
}

/// A set of credentials under the names that they are shown, with the base URL.
pub type Shown = BTreeMap<String, String>;

fn of<'a>(set: &'a Shown, name: &str) -> &'a str {
    set.get(name).map_or("", String::as_str)
}

/// A secret of so many random bytes in URL-safe letters. None begins with a dash, which a command line takes for an option.
fn secret<const BYTES: usize>(random: impl Fn(&mut [u8])) -> String {
    let mut bytes = [0; BYTES];
    loop {
        random(&mut bytes);
        let text = BASE64URL_NOPAD.encode(&bytes);
        if !text.starts_with('-') {
            return text;
        }
    }
}

/// The vendors, one line each.
pub const DIALECTS: &[Dialect] =
    &[neuro_pay::DIALECT, neopay::DIALECT, nero_pay::DIALECT, checkout_com::DIALECT];

pub fn by_name(name: &str) -> Option<&'static Dialect> {
    DIALECTS.iter().find(|dialect| dialect.name == name)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    #[test]
    fn no_secret_begins_with_a_dash() {
        let draws = Cell::new(0_u8);
        let text = super::secret::<24>(|bytes| {
            // The first six bits make the first letter, and 62 is the dash.
            bytes.fill(if draws.replace(draws.get() + 1) < 3 { 62 << 2 } else { 7 });
        });
        assert!(text.len() == 32 && !text.starts_with('-'), "{text}");
        assert_eq!(draws.get(), 4);
    }
}
