//! The checkout while it can be paid, or is being paid.

use std::sync::Arc;

use askama::Template;

use crate::messages::{ChoiceError, CodeError, Notice};
use crate::views::{CardErrors, Order, ReturnLink, Shell, TestCard};
use crate::{assets, words};

/// A card of the customer that can be paid with instead of typing one.
#[derive(Clone, Debug)]
pub(crate) struct SavedCard {
    /// What the form sends back when this card is chosen.
    pub(crate) id: String,
    /// The brand as a word.
    pub(crate) brand: String,
    pub(crate) last_four: String,
    /// `12/30`.
    pub(crate) expiry: String,
    /// Shown, so that nobody looks for it, and not to be chosen.
    pub(crate) expired: bool,
    pub(crate) chosen: bool,
}

/// The offer to keep the new card.
#[derive(Clone, Debug)]
pub(crate) struct Saving {
    pub(crate) ticked: bool,
    /// For whose purchases it is kept.
    pub(crate) shop: String,
}

/// The open checkout: fresh, with errors beside its fields, or after a try that took no money.
#[derive(Clone, Debug, Template)]
#[template(path = "checkout.html")]
pub(crate) struct CheckoutPage {
    pub(crate) shell: Shell,
    pub(crate) order: Order,
    /// Where the buyer returns to, or goes from a closed page; `None` when the merchant gave no address.
    pub(crate) back: Option<ReturnLink>,
    /// No more tries can be made: there is no form.
    pub(crate) closed: bool,
    /// It leaves for the shop, by the caller's `Refresh` header.
    pub(crate) leaving: bool,
    /// Nothing is to be paid; the card is checked.
    pub(crate) verifies: bool,
    /// The form's one-time id, which makes a double click pay once.
    pub(crate) form_id: String,
    pub(crate) pay_to: String,
    pub(crate) cancel_to: String,
    /// The customer's cards, the default first; empty where no card can be chosen.
    pub(crate) saved: Vec<SavedCard>,
    /// The new card's fields are what the form is about, though there are saved cards.
    pub(crate) another_chosen: bool,
    /// Shown beside the choice, even when no saved card is left to choose.
    pub(crate) choice_error: Option<ChoiceError>,
    /// A saved card needs its security code here.
    pub(crate) asks_code: bool,
    pub(crate) saved_code_error: Option<CodeError>,
    /// `None` where cards are not saved.
    pub(crate) saving: Option<Saving>,
    /// What the buyer wrote as expiry date, given back after an error. Number and code have no such field.
    pub(crate) expiry: String,
    pub(crate) errors: CardErrors,
    pub(crate) notice: Option<Notice>,
    /// Shown in test mode only.
    pub(crate) test_cards: Arc<[TestCard]>,
}

impl CheckoutPage {
    fn title(&self) -> String {
        if self.is_wrong() {
            return format!("{}{}", words::ERROR_PREFIX, self.plain_title());
        }
        match &self.notice {
            Some(notice) => words::title(words::notice_heading(notice), &self.order.merchant),
            None => self.plain_title(),
        }
    }

    /// What was sent cannot be used.
    fn is_wrong(&self) -> bool {
        self.errors.any() || self.choice_error.is_some() || self.saved_code_error.is_some()
    }

    /// The field that an error about the choice leads to: the first one that can be used.
    fn first_choice(&self) -> String {
        match self.saved.iter().position(|card| !card.expired) {
            Some(at) => format!("card-{}", at + 1),
            None if self.saved.is_empty() => "number".into(),
            None => "card-new".into(),
        }
    }

    fn plain_title(&self) -> String {
        words::title(&self.what_it_does(), &self.order.merchant)
    }

    /// What the button says that it does.
    fn what_it_does(&self) -> String {
        if self.verifies { words::VERIFY_CARD.to_owned() } else { words::pay(&self.order.amount) }
    }

    /// Errors are about the form just sent, so an older decline is not repeated above them.
    fn banner(&self) -> Option<&Notice> {
        self.notice.as_ref().filter(|_| !self.is_wrong())
    }
}

/// Another try of the same buyer is still under way. The caller adds the `Refresh` header.
#[derive(Clone, Debug, Template)]
#[template(path = "processing.html")]
pub(crate) struct ProcessingPage {
    pub(crate) shell: Shell,
    pub(crate) order: Order,
    /// This page's own address, for the link that asks again.
    pub(crate) again: String,
}

impl ProcessingPage {
    fn title(&self) -> String {
        words::title(words::PROCESSING, &self.order.merchant)
    }
}
