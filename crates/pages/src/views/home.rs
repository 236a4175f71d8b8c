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

/// What this server is, for whoever opens its address.
#[derive(Clone, Debug, Template)]
#[template(path = "home.html")]
pub(crate) struct HomePage {
    pub(crate) shell: Shell,
    /// A checkout that is there to be tried.
    pub(crate) checkout: Option<String>,
    /// The checkout that a buyer comes back from.
    pub(crate) came_back: Option<String>,
    pub(crate) apis: Vec<Api>,
}

impl HomePage {
    fn title(&self) -> String {
        words::title(words::HOME, words::HOME_KIND)
    }
}
