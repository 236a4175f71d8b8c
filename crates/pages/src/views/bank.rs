//! The buyer's bank in between: the page that sends the buyer there, and the simulated bank of test mode.

use askama::Template;

use crate::views::{Order, Shell};
use crate::{assets, words};

/// The bank wants a proof from the buyer before it answers.
#[derive(Clone, Debug, Template)]
#[template(path = "challenge.html")]
pub(crate) struct ChallengePage {
    pub(crate) shell: Shell,
    pub(crate) order: Order,
    /// The address of the bank's page.
    pub(crate) bank_to: String,
    /// The address that a buyer posts to who pays with another card; `None` where that cannot be.
    pub(crate) another_to: Option<String>,
    /// The address that giving up posts to.
    pub(crate) cancel_to: String,
}

impl ChallengePage {
    fn title(&self) -> String {
        words::title(words::CHALLENGE, &self.order.merchant)
    }
}

/// The bank's page as the simulator plays it. It looks like another site, because the real one is another site.
#[derive(Clone, Debug, Template)]
#[template(path = "bank.html")]
pub(crate) struct BankPage {
    /// Of test mode, always.
    pub(crate) shell: Shell,
    pub(crate) order: Order,
    /// The address that the two answers post to.
    pub(crate) answer_to: String,
    /// Where a buyer goes who does not answer.
    pub(crate) back_to: String,
    /// The card in words, as [`words::ending_in`] says it.
    pub(crate) card: String,
}

impl BankPage {
    fn title(&self) -> String {
        words::title(words::BANK_ASKS, words::BANK)
    }
}
