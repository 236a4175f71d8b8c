//! Card numbers and keys: sealing, opening, message authentication, the key hierarchy.
//!
//! This crate knows no payment, no SQL and no HTTP. Its secret types have no `Debug`, no `Display` and no
//! `Serialize`, and are wiped when dropped. It draws no randomness: callers hand it in.

mod card;
mod key;
mod mac;
mod root;
mod root_file;
mod seal;
mod sealed_card;

pub use card::{CardNumber, CardNumberError, SecurityCode, is_luhn_valid};
pub use key::{Key, Place};
pub use mac::{Mac, mac, verify};
pub use root::{RootKey, RootKeyError};
pub use root_file::LoadedKey;
pub use seal::{OpenError, Sealed, open, seal};
pub use sealed_card::{card_code, open_card, seal_card};
pub use zeroize::Zeroizing;
