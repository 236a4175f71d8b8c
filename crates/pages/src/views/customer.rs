//! The customer page: the cards that a shop's customer has saved, added and removed by the customer alone. Whoever
//! has the link sees these pages, so they name the shop and never the customer. No frame ever shows them.

use std::sync::Arc;

use askama::Template;

use crate::messages::{CustomerNotice, Notice};
use crate::views::{CardErrors, Shell, TestCard};
use crate::{assets, words};

/// A card that the customer has saved.
#[derive(Clone, Debug)]
pub(crate) struct CustomerCard {
    /// The brand as a word.
    pub(crate) brand: String,
    pub(crate) last_four: String,
    /// `12/30`.
    pub(crate) expiry: String,
    /// An expired card cannot become the default, so it has no button for that.
    pub(crate) expired: bool,
    pub(crate) is_default: bool,
    pub(crate) default_to: String,
    /// The address of the page that asks before the card goes.
    pub(crate) remove_to: String,
}

/// All cards of a customer with one shop.
#[derive(Clone, Debug, Template)]
#[template(path = "customer.html")]
pub(crate) struct CustomerPage {
    pub(crate) shell: Shell,
    pub(crate) merchant: String,
    /// The default first.
    pub(crate) cards: Vec<CustomerCard>,
    pub(crate) notice: Option<CustomerNotice>,
    /// The address of the page with the card form.
    pub(crate) add_to: String,
    /// The address of the stored data as JSON.
    pub(crate) data_url: String,
}

impl CustomerPage {
    fn title(&self) -> String {
        let what = self.notice.as_ref().map_or(words::YOUR_CARDS, words::customer_title);
        words::title(what, &self.merchant)
    }
}

/// What the removal of a card does to the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AfterRemoval {
    /// Another card is the default and stays it.
    Unchanged,
    /// The default goes, and this card becomes it, in words as [`words::ending_in`] says it.
    NewDefault(String),
    /// It is the last card.
    NoneLeft,
}

/// Asks before a card goes.
#[derive(Clone, Debug, Template)]
#[template(path = "remove_card.html")]
pub(crate) struct RemoveCardPage {
    pub(crate) shell: Shell,
    pub(crate) merchant: String,
    /// The card in words, as [`words::ending_in`] says it.
    pub(crate) card: String,
    pub(crate) after: AfterRemoval,
    pub(crate) remove_to: String,
    /// The customer page.
    pub(crate) back_to: String,
}

impl RemoveCardPage {
    fn title(&self) -> String {
        words::title(&words::remove_asks(&self.card), &self.merchant)
    }
}

/// The card form without a payment: the card is checked with an amount of 0 and then saved.
#[derive(Clone, Debug, Template)]
#[template(path = "add_card.html")]
pub(crate) struct AddCardPage {
    pub(crate) shell: Shell,
    pub(crate) merchant: String,
    /// The form's one-time id, which makes a double click check the card once.
    pub(crate) form_id: String,
    pub(crate) add_to: String,
    /// The customer page.
    pub(crate) back_to: String,
    /// What the customer wrote as expiry date, given back after an error.
    pub(crate) expiry: String,
    pub(crate) errors: CardErrors,
    /// Why the last try saved nothing.
    pub(crate) notice: Option<Notice>,
    /// Shown in test mode only.
    pub(crate) test_cards: Arc<[TestCard]>,
}

impl AddCardPage {
    fn title(&self) -> String {
        if self.errors.any() {
            let plain = words::title(words::ADD_CARD, &self.merchant);
            return format!("{}{plain}", words::ERROR_PREFIX);
        }
        let what = self.notice.as_ref().map_or(words::ADD_CARD, words::card_heading);
        words::title(what, &self.merchant)
    }

    /// Errors are about the form just sent, so an older decline is not repeated above them.
    fn banner(&self) -> Option<&Notice> {
        self.notice.as_ref().filter(|_| !self.errors.any())
    }
}
