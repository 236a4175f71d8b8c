//! What a page can tell its reader, without the words and without the markup: [`crate::words`] says it, the views show
//! it.

/// Why the number was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberError {
    Missing,
    NotDigits,
    TooShort,
    /// The check digit does not fit.
    Typo,
}

/// Why the expiry date was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExpiryError {
    Missing,
    Format,
    Past,
}

/// Why the security code was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeError {
    Missing,
    Length { digits: u8 },
}

/// What a buyer can do about a decline; never the bank's own reason, which helps thieves more than buyers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decline {
    TryAgain,
    AnotherCard,
    WrongCode,
    Expired,
    InsufficientFunds,
    /// The buyer's bank asked for a proof that did not come.
    NotAuthenticated,
}

/// Which limit on tries is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooMany {
    /// The page is used up.
    OnThisPage,
    /// In a minute there may be another one.
    ForNow,
    /// Another card may be tried at once.
    WithThisCard,
    /// Too many cards were declined on a customer's page.
    Declines,
}

/// Why the last try took no money, while the form stays open for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Declined(Decline),
    TooMany(TooMany),
    /// The customer has as many saved cards as there may be.
    Full,
}

/// Why there is no page to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    NotFound,
    /// Live mode needs https.
    NotPrivate,
    Method,
    Unreadable,
    TooLarge,
    Internal,
    Busy,
}

impl ErrorKind {
    /// The HTTP status that goes with the page.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::NotPrivate => 403,
            Self::Method => 405,
            Self::Unreadable => 400,
            Self::TooLarge => 413,
            Self::Internal => 500,
            Self::Busy => 503,
        }
    }
}

/// Why the chosen saved card was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChoiceError {
    /// It was removed since the page was shown.
    Gone,
    Expired,
}

/// What the customer has just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CustomerNotice {
    Added,
    /// The same card was there already, and its expiry date is now the new one.
    Updated,
    Removed,
    DefaultSet,
}

/// What became of the checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Paid,
    /// Nothing was to be paid, and the card is good.
    Verified,
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
    /// Its amount is not certain any more, so it cannot be paid here.
    OutOfDate,
}
