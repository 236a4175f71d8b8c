//! Why a bank or an acquirer refuses something.

/// Why an operation was refused, by what the buyer can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decline {
    /// The card's bank does not say why.
    DoNotHonour,
    /// There is not enough money on the account.
    InsufficientFunds,
    /// The card has expired.
    ExpiredCard,
    /// The security code is wrong.
    WrongSecurityCode,
    /// Something went wrong on the way; the same card may work in a moment.
    ProcessingError,
    /// The buyer did not confirm at the card's bank.
    NotAuthenticated,
}

db::words! {
    pub Decline {
        DoNotHonour = "do_not_honour",
        InsufficientFunds = "insufficient_funds",
        ExpiredCard = "expired_card",
        WrongSecurityCode = "wrong_security_code",
        ProcessingError = "processing_error",
        NotAuthenticated = "not_authenticated",
    }
}
