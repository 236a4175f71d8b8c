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

impl Decline {
    const ALL: [Self; 6] = [
        Self::DoNotHonour,
        Self::InsufficientFunds,
        Self::ExpiredCard,
        Self::WrongSecurityCode,
        Self::ProcessingError,
        Self::NotAuthenticated,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::DoNotHonour => "do_not_honour",
            Self::InsufficientFunds => "insufficient_funds",
            Self::ExpiredCard => "expired_card",
            Self::WrongSecurityCode => "wrong_security_code",
            Self::ProcessingError => "processing_error",
            Self::NotAuthenticated => "not_authenticated",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decline| decline.as_str() == text)
    }
}
