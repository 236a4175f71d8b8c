//! What can go wrong with a database, told apart by what the caller may promise afterwards.

/// A failed unit of work. Except for [`Error::Unknown`], nothing of the work is in the database.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// More work is waiting than may wait.
    #[error("the database queue is full")]
    Busy,
    /// The database cannot take the work now: away, full, read-only.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The connection or the disk failed while the work was being committed.
    #[error("the outcome of a commit is unknown: {0}")]
    Unknown(String),
    /// A constraint refused the work. Rules are checked before, so this is a defect caught by the second line.
    #[error("a database constraint refused the change: {0}")]
    Constraint(String),
    /// The work lost against a concurrent one and may be run again.
    #[error("a concurrent change won")]
    Serialization,
    /// The work panicked.
    #[error("the unit of work panicked")]
    Panicked,
    /// There is no database of Kassa's, and none may be made.
    #[error("there is no database")]
    Absent,
    /// A server uses the database.
    #[error("{0}")]
    InUse(String),
    /// The database or its settings cannot be used as they are.
    #[error("{0}")]
    Refused(String),
    /// A query text, a type or a stored value is wrong: a defect.
    #[error("a defect in a query: {0}")]
    Defect(String),
}

impl Error {
    /// Whether the same work may succeed later without a change of program or data.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Busy | Self::Unavailable(_) | Self::Unknown(_) | Self::Serialization => true,
            Self::Constraint(_)
            | Self::Panicked
            | Self::Absent
            | Self::InUse(_)
            | Self::Refused(_)
            | Self::Defect(_) => false,
        }
    }
}
