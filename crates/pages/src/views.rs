//! What each page of the checkout shows, as plain values that the templates turn into HTML. Nothing here
//! knows a payment, a request or a clock: the handlers decide, these structs only carry what they decided. No
//! field holds a card number or a security code, so that no template can echo one.

use askama::Template;

use crate::{assets, words};

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

/// How a page is dressed, whatever it says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shell {
    /// Says in words, on top of the page, that no real money moves.
    pub test_mode: bool,
    /// The `iframe` template: no header, no background, and links that lead out of the frame.
    pub framed: bool,
}

/// What is paid, and to whom.
#[derive(Clone, Debug)]
pub struct Order {
    pub merchant: String,
    /// The merchant's own text, up to 1,000 characters of anything; empty when there is none.
    pub message: String,
    /// Ready to read, with a no-break space: `SEK 249.00`.
    pub amount: String,
}

/// A message longer than this is folded on the checkout, so that the form stays in sight.
const FOLD_ABOVE: usize = 260;
/// How much of a folded message is read without opening it.
const FOLD_TO: usize = 180;

impl Order {
    /// The beginning of a message that is too long to show whole above the form.
    pub fn folded(&self) -> Option<&str> {
        self.message.char_indices().nth(FOLD_ABOVE)?;
        let cut = self.message.char_indices().nth(FOLD_TO).map_or(self.message.len(), |(at, _)| at);
        let head = &self.message[..cut];
        // Between words if there is a gap near the end, else inside the word that fills the line.
        let at = head.rfind(char::is_whitespace).filter(|at| *at > cut / 2).unwrap_or(cut);
        Some(head[..at].trim_end())
    }

    /// The letter of the mark beside the name; a name that begins with none of its own has no mark.
    pub fn initial(&self) -> Option<String> {
        let first = self.merchant.trim_start().chars().next().filter(|c| c.is_alphanumeric())?;
        Some(first.to_uppercase().collect())
    }
}

/// The shop's page that the buyer goes back to. It can only be an http(s) address, because any other scheme
/// in a link, `javascript:` above all, would act on this page instead of leaving it.
#[derive(Clone, Debug)]
pub struct ReturnLink {
    url: String,
    host: String,
}

impl ReturnLink {
    /// `host` is what the buyer is told; `None` when the address is not an absolute http(s) one.
    pub fn new(url: String, host: String) -> Option<Self> {
        let scheme = url.split_once("://")?.0;
        let known = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
        known.then_some(Self { url, host })
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Why the number was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberError {
    Missing,
    NotDigits,
    TooShort,
    /// The check digit does not fit.
    Typo,
    /// A brand that is not taken here, and the brands that are, both as words.
    Brand {
        brand: String,
        accepted: String,
    },
}

/// Why the expiry date was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiryError {
    Missing,
    Format,
    Past,
}

/// Why the security code was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeError {
    Missing,
    Length { digits: u8 },
}

/// What is wrong with the form that was sent, by field.
#[derive(Clone, Debug, Default)]
pub struct CardErrors {
    pub number: Option<NumberError>,
    pub expiry: Option<ExpiryError>,
    pub code: Option<CodeError>,
}

impl CardErrors {
    pub fn any(&self) -> bool {
        self.number.is_some() || self.expiry.is_some() || self.code.is_some()
    }
}

/// What a buyer can do about a decline; never the bank's own reason, which helps thieves more than buyers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decline {
    TryAgain,
    AnotherCard,
    CallBank,
    WrongCode,
    Expired,
    InsufficientFunds,
    /// The buyer's bank asked for a proof that did not come.
    NotAuthenticated,
}

/// Why the last try took no money, while the form stays open for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    Declined(Decline),
    TooManyTries,
    Unavailable,
}

/// A card of the simulator and what it does, for the list that test mode shows.
#[derive(Clone, Debug)]
pub struct TestCard {
    /// Digits only.
    pub number: String,
    pub outcome: String,
}

impl TestCard {
    /// The number in the groups that are printed on a card of its length.
    pub fn grouped(&self) -> String {
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

/// The open checkout: fresh, with errors beside its fields, or after a try that took no money.
#[derive(Clone, Debug, Template)]
#[template(path = "checkout.html")]
pub struct CheckoutPage {
    pub shell: Shell,
    pub order: Order,
    /// Where the buyer returns to; `None` when the merchant gave no address.
    pub back: Option<ReturnLink>,
    /// The form's one-time id, which makes a double click pay once.
    pub form_id: String,
    /// The address that the card form posts to.
    pub pay_to: String,
    /// The address that the cancel button posts to.
    pub cancel_to: String,
    /// The brands that are taken, as words; may be empty.
    pub brands: Vec<String>,
    /// What the buyer wrote as expiry date, given back after an error. Number and code have no such field.
    pub expiry: String,
    pub errors: CardErrors,
    pub notice: Option<Notice>,
    /// Shown in test mode only.
    pub test_cards: Vec<TestCard>,
}

impl CheckoutPage {
    fn title(&self) -> String {
        if self.errors.any() {
            return format!("{}{}", words::ERROR_PREFIX, self.plain_title());
        }
        match &self.notice {
            Some(notice) => words::title(words::notice_heading(notice), &self.order.merchant),
            None => self.plain_title(),
        }
    }

    fn plain_title(&self) -> String {
        words::title(&words::pay(&self.order.amount), &self.order.merchant)
    }

    /// Errors are about the form just sent, so an older decline is not repeated above them.
    fn banner(&self) -> Option<&Notice> {
        self.notice.as_ref().filter(|_| !self.errors.any())
    }
}

/// Another try of the same buyer is still under way. The caller adds the `Refresh` header.
#[derive(Clone, Debug, Template)]
#[template(path = "processing.html")]
pub struct ProcessingPage {
    pub shell: Shell,
    pub order: Order,
    /// This page's own address, for the link that asks again.
    pub again: String,
}

impl ProcessingPage {
    fn title(&self) -> String {
        words::title(words::PROCESSING, &self.order.merchant)
    }
}

/// What became of the checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Paid,
    Reserved,
    /// A part is taken and the rest is still reserved.
    PartlyPaid {
        paid: String,
    },
    Refunded,
    PartlyRefunded {
        refunded: String,
    },
    Released,
    /// Declined, and no further try is possible.
    Declined,
    Canceled,
    Revoked,
}

impl Outcome {
    /// The word that the frame's parent is told. A shop's script compares it, so it never changes.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Reserved | Self::PartlyPaid { .. } => "reserved",
            Self::Refunded => "refunded",
            Self::PartlyRefunded { .. } => "partly_refunded",
            Self::Released => "released",
            Self::Declined => "declined",
            Self::Canceled => "canceled",
            Self::Revoked => "revoked",
        }
    }

    /// Which of the three marks stands over the heading: done, undone, or not done.
    fn mark(&self) -> &'static str {
        match self {
            Self::Paid | Self::Reserved | Self::PartlyPaid { .. } => "done",
            Self::Refunded | Self::PartlyRefunded { .. } | Self::Released => "back",
            Self::Declined | Self::Canceled | Self::Revoked => "stop",
        }
    }

    /// Only where money moved or is held does the amount stand large; elsewhere it could be read as paid.
    fn shows_amount(&self) -> bool {
        matches!(self, Self::Paid | Self::Reserved | Self::PartlyPaid { .. })
    }
}

/// What a buyer keeps of a payment.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// When it was paid or reserved, ready to read, with its time zone.
    pub when: String,
    /// The same moment as RFC 3339, for machines.
    pub when_machine: String,
    /// The brand as a word.
    pub brand: String,
    pub last_four: String,
    /// What the buyer quotes to the shop.
    pub reference: String,
}

/// The checkout is over; a receipt, if there was a payment.
#[derive(Clone, Debug, Template)]
#[template(path = "result.html")]
pub struct ResultPage {
    pub shell: Shell,
    pub order: Order,
    pub outcome: Outcome,
    pub receipt: Option<Receipt>,
    pub back: Option<ReturnLink>,
    /// The outcome is fresh, so the page leaves for the shop: by the caller's `Refresh` header, or, in a
    /// frame, by the script (the caller sends no header there, because it would turn only the frame).
    pub leaving: bool,
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

/// Why there is no page to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    NotFound,
    Method,
    Unreadable,
    TooLarge,
    Internal,
    Busy,
}

impl ErrorKind {
    /// The HTTP status that goes with the page.
    pub fn status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Method => 405,
            Self::Unreadable => 400,
            Self::TooLarge => 413,
            Self::Internal => 500,
            Self::Busy => 503,
        }
    }
}

/// A page that names no merchant and no payment, because whoever reads it may have no right to either.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub shell: Shell,
    pub kind: ErrorKind,
}

impl ErrorPage {
    pub fn new(kind: ErrorKind) -> Self {
        Self { shell: Shell::default(), kind }
    }

    fn title(&self) -> &'static str {
        words::error_heading(&self.kind)
    }
}
