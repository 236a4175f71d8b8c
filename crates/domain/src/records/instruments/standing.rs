//! How a card stands in its customer's wallet. An e-mail address is what somebody typed, so it opens no wallet: what it
//! brings in is listed only where that was asked for, and never becomes the default by itself.

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
    /// Whether it stands in the wallet.
    pub const fn is_listed(self) -> bool {
        matches!(self, Self::Own | Self::Beside)
    }
}

db::words! {
    Standing {
        Own = "own",
        Beside = "beside",
        Unlisted = "unlisted",
    }
}
