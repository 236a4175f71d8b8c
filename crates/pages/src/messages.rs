//! What a page can tell its reader, without the words and without the markup: [`crate::words`] says it, the views show
//! it. Why a card was not taken or was declined, and which limit is reached, are the domain's own reasons.

use axum::http::StatusCode;
use domain::attempts::Limit;
use domain::decline::Decline;

/// Why the security code was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeError {
    Missing,
    Length { digits: usize },
}

/// Why the last try took no money, while the form stays open for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Declined(Decline),
    TooMany(Limit),
    /// The customer has as many saved cards as there may be.
    Full,
}

/// Why there is no page to show. The page that says so is written where the answer goes out, for only there is it known
/// what the addresses on this host begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPage {
    NotFound,
    /// Live mode needs https.
    NotPrivate,
    Method,
    Unreadable,
    TooLarge,
    Internal,
    Busy,
}

impl NoPage {
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotPrivate => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
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
