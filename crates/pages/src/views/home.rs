//! The page at the server's own address.

use askama::Template;

use crate::views::Shell;
use crate::{assets, words};

/// An API that answers on this server.
#[derive(Clone, Debug)]
pub struct Api {
    /// What people call it.
    pub title: String,
    /// The address that its clients are given.
    pub base_url: String,
    /// What the files that describe it are called, without an ending.
    pub file: &'static str,
}

/// A demo's checkout.
#[derive(Clone, Debug)]
pub(crate) struct DemoCheckout {
    pub(crate) address: String,
    /// It can still be paid.
    pub(crate) is_open: bool,
}

/// What this server is, for whoever opens its address.
#[derive(Clone, Debug, Template)]
#[template(path = "home.html")]
pub(crate) struct HomePage {
    pub(crate) shell: Shell,
    /// A checkout that is there to be tried.
    pub(crate) checkout: Option<DemoCheckout>,
    /// How another merchant is made where there is one already, as in a demo.
    pub(crate) merchant_create: Option<String>,
    /// The checkout that a buyer comes back from.
    pub(crate) came_back: Option<String>,
    pub(crate) apis: Vec<Api>,
}

impl Api {
    /// The address in two pieces, so that a narrow line ends between the server's name and the path.
    fn base_in_pieces(&self) -> (&str, &str) {
        let begins = self.base_url.find("://").map_or(0, |at| at + 3);
        let path = self.base_url[begins..].find('/').map_or(self.base_url.len(), |at| begins + at);
        self.base_url.split_at(path)
    }
}

impl HomePage {
    fn title(&self) -> String {
        words::title(words::HOME, words::HOME_KIND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_parted_between_the_server_and_the_path() {
        for (base_url, server) in [
            ("http://127.0.0.1:8080/an-api", "http://127.0.0.1:8080"),
            ("https://pay.example/kassa/an-api/v2", "https://pay.example"),
            ("https://pay.example", "https://pay.example"),
        ] {
            let api = Api { title: String::new(), base_url: base_url.to_owned(), file: "one" };
            let (begin, end) = api.base_in_pieces();
            assert_eq!((begin, format!("{begin}{end}").as_str()), (server, base_url));
        }
    }
}
