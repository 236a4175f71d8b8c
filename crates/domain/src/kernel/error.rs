//! What a command can answer instead of a value. Each dialect has a word for each kind.

use std::fmt::{Display, Formatter};

use crate::kernel::decline::Decline;
use crate::kernel::status::{KeyStatus, Status};

/// A failed command. It says nothing that an outsider may not know, but for [`Error::Internal`], which dialects hide.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such object for this caller: it never existed, was deleted, or is somebody else's.
    #[error("no such {0}")]
    NotFound(Missing),
    /// A field's value is wrong. The field has the domain's name; the dialect knows its own.
    #[error("{field} {why}")]
    Invalid {
        field: Field,
        /// Continues the field's name to a sentence.
        why: Why,
    },
    /// The value of a field belongs to another object already.
    #[error("{0} is taken")]
    Conflict(Taken),
    /// The object is in a state that does not allow the command.
    #[error("{0}")]
    State(WrongState),
    /// The acquirer refused.
    #[error("declined: {0:?}")]
    Declined(Decline),
    /// The idempotency key was used with another body.
    #[error("the idempotency key was used before with another request")]
    KeyReused,
    /// The idempotency key was used, and its answer was erased with the customer of whom it spoke.
    #[error("the idempotency key was used before, and its answer is erased")]
    KeySpent,
    /// The same request, or another operation on the same object, is being worked on.
    #[error("an earlier request is still being worked on")]
    InFlight,
    /// Who asks is not known.
    #[error("the credential is not known")]
    Unauthorized,
    /// Who asks is known and may not.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Kassa, as it is set up here, cannot do this.
    #[error("{0}")]
    Unsupported(&'static str),
    /// Not now: the database is away or full, or too much is waiting. It may be tried again.
    #[error("not now: {0}")]
    Busy(String),
    /// A defect. The text is for the log alone.
    #[error("{0}")]
    Internal(String),
}

/// What is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    #[error("action")]
    Action,
    #[error("card")]
    Instrument,
    #[error("category")]
    Category,
    #[error("customer")]
    Customer,
    /// A credential.
    #[error("key")]
    Key,
    #[error("merchant")]
    Merchant,
    #[error("page")]
    Page,
    #[error("payment")]
    Payment,
    #[error("token")]
    Token,
}

/// A field whose value is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Amount,
    /// A card that was to be saved or charged.
    Card,
    Currency,
    /// Free text about an operation.
    Details,
    /// A customer's address.
    Email,
    /// What only the API that sent it reads.
    Extras,
    /// What may show a page in a frame.
    FrameOrigin,
    HouseNumber,
    /// A customer's last name, or a card holder's.
    LastName,
    /// The merchant's own keys.
    Metadata,
    /// Why something is done.
    Reason,
    /// The merchant's own name of something.
    Reference,
    /// One that only the API knows, by the name that its clients send.
    Sent(&'static str),
}

impl Field {
    /// Its name, in words that a log or a sentence may show.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::Card => "card",
            Self::Currency => "currency",
            Self::Details => "details",
            Self::Email => "email",
            Self::Extras => "extras",
            Self::FrameOrigin => "frame_origin",
            Self::HouseNumber => "house_number",
            Self::LastName => "last_name",
            Self::Metadata => "metadata",
            Self::Reason => "reason",
            Self::Reference => "reference",
            Self::Sent(name) => name,
        }
    }
}

impl Display for Field {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

impl From<&'static str> for Field {
    fn from(name: &'static str) -> Self {
        Self::Sent(name)
    }
}

/// Why a field's value is wrong: what somebody tells apart, and all else in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It would be stored in the clear, and must not because of what it says.
    #[error("must not hold what looks like a card number")]
    LooksLikeCardNumber,
    /// The customer has as many cards as there may be.
    #[error("cannot be saved beside {0} others")]
    NoRoom(i64),
    /// The card's last month is over.
    #[error("has expired")]
    Expired,
    /// Something else, which nobody tells apart: a vendor's own sentence, or a limit with its number.
    #[error("{0}")]
    Words(String),
}

/// An object whose state does not allow the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongState {
    #[error("the payment is {is}, and it would have to be {wanted}")]
    Payment { is: PaymentIs, wanted: PaymentWanted },
    /// A token, which would have to be new.
    #[error("the token is {0}, and it would have to be new")]
    Token(TokenIs),
    /// A card that was put out of use.
    #[error("the card is out of use")]
    CardRevoked,
    /// A credential, which would have to be active.
    #[error("the key is {}, and it would have to be active", .0.as_str())]
    Key(KeyStatus),
}

/// Where a payment is that does not allow a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaymentIs {
    /// In the state of this name.
    #[error("{}", .0.as_str())]
    Status(Status),
    /// Its page is past its time, though nobody has noted that yet.
    #[error("expired")]
    PastItsTime,
    /// Its authorization is past its time, though nobody has noted that yet.
    #[error("lapsed")]
    Lapsed,
    /// It has as many actions as there may be.
    #[error("changed too often")]
    ChangedTooOften,
    /// Its amount stands in other units than it says, because an older Kassa kept it so.
    #[error("in other units")]
    InOtherUnits,
}

/// Where a payment would have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaymentWanted {
    /// Not paid, and not ended.
    #[error("open")]
    Open,
    /// Not paid, and nobody has tried.
    #[error("pending")]
    Untried,
    /// Authorized, and something of that is left.
    #[error("reserved")]
    Reserved,
    /// Captured, and something of that is left.
    #[error("refundable")]
    Refundable,
    /// Estimated, authorized, and as a whole still there.
    #[error("estimated and reserved as a whole")]
    Raisable,
    /// Finished with all that is left.
    #[error("finished with the rest")]
    FinishedWithTheRest,
    /// With an authorization under way.
    #[error("being authorized")]
    BeingAuthorized,
    /// With this raise under way.
    #[error("being raised")]
    BeingRaised,
    /// With this capture under way.
    #[error("being captured")]
    BeingCaptured,
    /// With this void under way.
    #[error("being voided")]
    BeingVoided,
    /// With this refund under way.
    #[error("being refunded")]
    BeingRefunded,
}

/// Where a token is that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenIs {
    /// It paid or was saved.
    #[error("used")]
    Used,
    /// Its time is over.
    #[error("expired")]
    Expired,
}

/// What belongs to another object already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Taken {
    /// An e-mail address.
    #[error("email")]
    Email,
}

impl Taken {
    /// The field that says it.
    pub const fn field(self) -> Field {
        match self {
            Self::Email => Field::Email,
        }
    }
}

impl Error {
    /// A wrong value of a field, in words.
    pub fn invalid(field: impl Into<Field>, why: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), why: Why::Words(why.into()) }
    }

    /// A payment that is not where it would have to be.
    pub(crate) const fn payment(is: PaymentIs, wanted: PaymentWanted) -> Self {
        Self::State(WrongState::Payment { is, wanted })
    }

    /// A field that would be stored in the clear, and must not because of what it says.
    pub fn card_number(field: impl Into<Field>) -> Self {
        Self::Invalid { field: field.into(), why: Why::LooksLikeCardNumber }
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        if error.is_passing() { Self::Busy(error.to_string()) } else { Self::Internal(error.to_string()) }
    }
}
