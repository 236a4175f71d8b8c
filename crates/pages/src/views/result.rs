//! The checkout when it is over: a receipt, or why there is none.

use askama::Template;

use crate::messages::Outcome;
use crate::views::{Order, ReturnLink, Shell};
use crate::{assets, words};

impl Outcome {
    /// The word that the frame's parent is told. A shop's script compares it, so it never changes.
    pub(crate) fn key(&self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Verified => "verified",
            Self::Reserved | Self::PartlyPaid { .. } => "reserved",
            Self::Refunded => "refunded",
            Self::PartlyRefunded { .. } => "partly_refunded",
            Self::Released => "released",
            Self::Declined => "declined",
            Self::Canceled => "canceled",
            Self::Revoked | Self::OutOfDate => "revoked",
        }
    }

    /// Which mark stands over the heading: done, undone, refused, given up, or closed.
    fn mark(&self) -> &'static str {
        match self {
            Self::Paid | Self::Verified | Self::Reserved | Self::PartlyPaid { .. } => "done",
            Self::Refunded | Self::PartlyRefunded { .. } | Self::Released => "back",
            Self::Declined => "stop no",
            Self::Canceled => "stop",
            Self::Revoked | Self::OutOfDate => "lock",
        }
    }

    /// Whether the amount stands among the details.
    fn tells_amount(&self) -> bool {
        *self != Self::OutOfDate
    }

    /// Only where money moved or is held does the amount stand large; elsewhere it could be read as paid.
    fn shows_amount(&self) -> bool {
        matches!(self, Self::Paid | Self::Reserved | Self::PartlyPaid { .. })
    }
}

/// What a buyer keeps of a payment.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    /// When it was paid or reserved, ready to read, with its time zone.
    pub(crate) when: String,
    /// The same moment as RFC 3339, for machines.
    pub(crate) when_machine: String,
    /// The brand as a word.
    pub(crate) brand: String,
    pub(crate) last_four: String,
    /// What the buyer quotes to the shop: the shop's own name of the payment.
    pub(crate) reference: Option<String>,
    /// What the buyer quotes where the shop gave it none.
    pub(crate) payment: String,
}

/// The checkout is over; a receipt, if there was a payment.
#[derive(Clone, Debug, Template)]
#[template(path = "result.html")]
pub(crate) struct ResultPage {
    pub(crate) shell: Shell,
    pub(crate) order: Order,
    pub(crate) outcome: Outcome,
    pub(crate) receipt: Option<Receipt>,
    pub(crate) back: Option<ReturnLink>,
    /// The outcome is fresh, so the page leaves for the shop: by the caller's `Refresh` header, or, in a
    /// frame, by the script (the caller sends no header there, because it would turn only the frame).
    pub(crate) leaving: bool,
}

impl ResultPage {
    fn title(&self) -> String {
        words::title(words::outcome_heading(&self.outcome), &self.order.merchant)
    }

    fn sentence(&self) -> String {
        words::outcome(&self.outcome, &self.order.amount, &self.order.merchant)
    }

    /// Where the script sends the top window to.
    fn leave_to(&self) -> Option<&str> {
        self.back.as_ref().filter(|_| self.leaving && self.shell.framed).map(|back| back.url.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_without_a_payment_are_told_apart_at_a_glance() {
        let marks = [Outcome::Declined, Outcome::Canceled, Outcome::Revoked].map(|outcome| outcome.mark());
        assert!(marks[0] != marks[1] && marks[1] != marks[2] && marks[0] != marks[2], "{marks:?}");
    }
}
