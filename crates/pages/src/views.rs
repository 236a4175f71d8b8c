//! What each page of the checkout shows, as plain values that the templates turn into HTML. Nothing here
//! knows a payment, a request or a clock: the handlers decide, these structs only carry what they decided. No
//! field holds a card number or a security code, so that no template can echo one.

use askama::Template;
use domain::card::{CardNumberError, ExpiryError};

use crate::messages::{CodeError, NoPage};
use crate::{assets, words};

mod bank;
mod checkout;
mod customer;
mod home;
mod result;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub(crate) use bank::{BankPage, ChallengePage};
pub(crate) use checkout::{CheckoutPage, ProcessingPage, SavedCard, Saving};
pub(crate) use customer::{AddCardPage, AfterRemoval, CustomerCard, CustomerPage, RemoveCardPage};
pub use home::Api;
pub(crate) use home::{DemoCheckout, HomePage};
pub(crate) use result::{Receipt, ResultPage};

/// How a page is dressed, whatever it says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shell {
    /// Says in words, on top of the page, that no real money moves.
    pub(crate) test_mode: bool,
    /// The `iframe` template: no header, no background, and links that lead out of the frame.
    pub(crate) framed: bool,
    /// What the addresses of the stylesheet and the script begin with.
    pub(crate) base: &'static str,
}

/// What is paid, and to whom.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) merchant: String,
    /// The merchant's own text, up to 1,000 characters of anything; empty when there is none.
    pub(crate) message: String,
    /// Ready to read, with a no-break space: `SEK 249.00`.
    pub(crate) amount: String,
}

/// A message longer than this is folded on the checkout, so that the form stays in sight.
const FOLD_ABOVE: usize = 260;
/// How much of a folded message is read without opening it.
const FOLD_TO: usize = 180;

impl Order {
    /// The beginning of a message that is too long to show whole above the form.
    pub(crate) fn folded(&self) -> Option<&str> {
        self.message.char_indices().nth(FOLD_ABOVE)?;
        let cut = self.message.char_indices().nth(FOLD_TO).map_or(self.message.len(), |(at, _)| at);
        let head = &self.message[..cut];
        // Between words if there is a gap near the end, else inside the word that fills the line.
        let at = head.rfind(char::is_whitespace).filter(|at| *at > cut / 2).unwrap_or(cut);
        Some(head[..at].trim_end())
    }
}

/// The letter of the mark beside a merchant's name; a name that begins with none of its own has no mark.
fn initial(merchant: &str) -> Option<String> {
    let first = merchant.trim_start().chars().next().filter(|c| c.is_alphanumeric())?;
    Some(first.to_uppercase().collect())
}

/// The shop's page that the buyer goes back to. It can only be an http(s) address, because any other scheme
/// in a link, `javascript:` above all, would act on this page instead of leaving it.
#[derive(Clone, Debug)]
pub(crate) struct ReturnLink {
    url: String,
    host: String,
}

impl ReturnLink {
    /// `host` is what the buyer is told; `None` when the address is not an absolute http(s) one.
    pub(crate) fn new(url: String, host: String) -> Option<Self> {
        let scheme = url.split_once("://")?.0;
        let known = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
        known.then_some(Self { url, host })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// What is wrong with the form that was sent, by field.
#[derive(Clone, Debug, Default)]
pub(crate) struct CardErrors {
    pub(crate) number: Option<CardNumberError>,
    pub(crate) expiry: Option<ExpiryError>,
    pub(crate) code: Option<CodeError>,
}

impl CardErrors {
    pub(crate) fn any(&self) -> bool {
        self.number.is_some() || self.expiry.is_some() || self.code.is_some()
    }
}

/// A card of the simulator and what it does, for the list that test mode shows.
#[derive(Clone, Debug)]
pub(crate) struct TestCard {
    /// Digits only.
    pub(crate) number: &'static str,
    pub(crate) outcome: &'static str,
}

impl TestCard {
    /// The number in the groups that are printed on a card of its length.
    pub(crate) fn grouped(&self) -> String {
        let breaks: &[usize] = if self.number.len() == 15 { &[4, 10] } else { &[4, 8, 12, 16] };
        let mut text = String::with_capacity(self.number.len() + 4);
        for (at, digit) in self.number.chars().enumerate() {
            if breaks.contains(&at) {
                text.push(' ');
            }
            text.push(digit);
        }
        text
    }
}

/// A page that names no merchant and no payment, because whoever reads it may have no right to either.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "error.html")]
pub(crate) struct ErrorPage {
    pub(crate) shell: Shell,
    pub(crate) kind: NoPage,
}

impl ErrorPage {
    pub(crate) fn new(kind: NoPage, base: &'static str) -> Self {
        Self { shell: Shell { base, ..Shell::default() }, kind }
    }

    fn title(&self) -> &'static str {
        words::error_heading(&self.kind)
    }
}
