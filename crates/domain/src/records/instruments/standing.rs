//! How a card stands in its customer's wallet. An e-mail address is what somebody typed, so it opens no wallet: what it
//! brings in is listed only where that was asked for, and never becomes the default by itself.

use crate::kernel::error::Error;

/// How a card stands in its customer's wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is the customer's own, and may become the default by itself.
    Own,
    /// It is listed, and is the default only when it is chosen.
    Beside,
    /// It stands in no list and no page. It can be charged by its id, and goes with its customer.
    Unlisted,
}

impl Standing {
    const ALL: [Self; 3] = [Self::Own, Self::Beside, Self::Unlisted];

    /// Whether it stands in the wallet.
    pub const fn is_listed(self) -> bool {
        matches!(self, Self::Own | Self::Beside)
    }

    pub(super) fn read(text: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|known| known.as_str() == text);
        known.ok_or_else(|| Error::Internal(format!("a stored standing is {text}")))
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Beside => "beside",
            Self::Unlisted => "unlisted",
        }
    }
}
