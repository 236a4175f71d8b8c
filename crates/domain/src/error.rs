//! What a command can answer instead of a value. Each dialect has a word for each kind.

/// A failed command. It says nothing that an outsider may not know, but for [`Error::Internal`], which dialects hide.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such object for this caller: it never existed, was deleted, or is somebody else's.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// A field's value is wrong. The field has the domain's name; the dialect knows its own.
    #[error("{field} {why}")]
    Invalid {
        /// The domain's name of the field.
        field: &'static str,
        /// Continues the field's name to a sentence.
        why: String,
    },
    /// The value of a field belongs to another object already. The field has the domain's name.
    #[error("{0} is taken")]
    Conflict(&'static str),
    /// The object is in a state that does not allow the command.
    #[error("the {object} is {is}, and it would have to be {wanted}")]
    State {
        /// What kind of object.
        object: &'static str,
        /// The state it is in.
        is: String,
        /// The states that would do.
        wanted: &'static str,
    },
    /// The acquirer refused.
    #[error("declined: {0:?}")]
    Declined(crate::acquirer::Decline),
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

impl Error {
    /// A wrong value of a field.
    pub fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid { field, why: why.into() }
    }

    /// A field that would be stored in the clear, and must not because of what it says.
    pub fn card_number(field: &'static str) -> Self {
        Self::invalid(field, "must not hold what looks like a card number")
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        if error.is_passing() { Self::Busy(error.to_string()) } else { Self::Internal(error.to_string()) }
    }
}
