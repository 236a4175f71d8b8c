//! What this API alone refuses within a unit of work, beside what the domain does.

use domain::Error;

use super::codes::Code;
use super::error::Failure;

pub(super) enum Refusal {
    /// What the domain says.
    Domain(Error),
    /// The instrument of the path is not there. One that the body names is another matter.
    NoInstrument,
    /// The customer who is to be charged has no card.
    NoDefaultCard,
    /// The card is another customer's than the one that is named.
    OtherCustomer,
    /// The card that is handed in with the payment is over.
    CardExpired,
    /// An operation asks for more than there is, or for another part than it can have.
    Amount(Code),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Domain(error) => error.into(),
            Refusal::NoInstrument => Self::not_found(),
            Refusal::NoDefaultCard => Self::invalid(vec!["payment_source_required"]),
            Refusal::OtherCustomer => Self::invalid(vec!["customer_mismatch"]),
            Refusal::CardExpired => Self::processing("card_expired"),
            Refusal::Amount(code) => Self::invalid(vec![code]),
        }
    }
}

impl Refusal {
    /// What a body names is missing or cannot be used. What a path names is another matter.
    pub(super) fn in_body(self) -> Failure {
        match self {
            Self::Domain(error) => Failure::in_body(error),
            Self::NoInstrument
            | Self::NoDefaultCard
            | Self::OtherCustomer
            | Self::CardExpired
            | Self::Amount(_) => self.into(),
        }
    }
}
