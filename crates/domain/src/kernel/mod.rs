//! What everything above is spoken in: ids, money, time, texts, cards, who asks, and what goes wrong. This must know no SQL,
//! nor what a customer or a payment is.

pub mod bins;
pub mod caller;
pub mod card;
pub(crate) mod codes;
pub mod decline;
mod detector;
pub mod error;
pub mod failures;
pub mod id;
pub mod json;
pub(crate) mod kept;
pub mod link;
pub(crate) mod merchant_keys;
pub mod metadata;
pub mod money;
pub mod phone;
pub mod places;
pub(crate) mod rate;
pub(crate) mod rounds;
pub(crate) mod status;
mod stored;
pub mod tally;
pub mod task;
pub mod text;
pub mod time;
pub(crate) mod unseal;
