//! The words for where something is, as they are stored and shown.

/// What a payment is called, in the words of the contract. Follows from its [`State`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Waiting for the buyer, a challenge, or an outcome still unknown.
    Pending,
    /// Declined on its page, which is open for another try.
    Retryable,
    /// Declined, no further try possible.
    Declined,
    /// Given up by the buyer.
    Canceled,
    /// Withdrawn by the merchant, or unpaid past its time.
    Expired,
    /// Authorized, nothing captured.
    Authorized,
    /// Captured in part, the rest still open.
    PartiallyCaptured,
    /// Captured, and what was not captured is released.
    Captured,
    /// Released without a capture.
    Voided,
    /// Refunded in part.
    PartiallyRefunded,
    /// Refunded in full.
    Refunded,
    /// Nothing was to be paid, and the card is good.
    Verified,
}

db::words! {
    pub Status {
        Pending = "pending",
        Retryable = "retryable",
        Declined = "declined",
        Canceled = "canceled",
        Expired = "expired",
        Authorized = "authorized",
        PartiallyCaptured = "partially_captured",
        Captured = "captured",
        Voided = "voided",
        PartiallyRefunded = "partially_refunded",
        Refunded = "refunded",
        Verified = "verified",
    }
}

impl Status {
    /// Every word.
    pub const ALL: [Self; 12] = [
        Self::Pending,
        Self::Retryable,
        Self::Declined,
        Self::Canceled,
        Self::Expired,
        Self::Authorized,
        Self::PartiallyCaptured,
        Self::Captured,
        Self::Voided,
        Self::PartiallyRefunded,
        Self::Refunded,
        Self::Verified,
    ];
}

/// Where a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStatus {
    /// It works.
    Active,
    /// It works for some time yet.
    Expiring,
    /// Its time is over.
    Expired,
    /// It was put out of use.
    Revoked,
}

impl KeyStatus {
    /// How it is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}
