//! How each vendor spells the same things, and how a buyer pays. One file a vendor, and one for a shop that speaks to
//! all of them.

pub mod buyer;
pub mod checkout_com;
pub mod checkout_com_cards;
pub mod checkout_com_payments;
pub mod money;
pub mod neopay;
pub mod nero_pay;
pub mod neuro_pay;
pub mod shop;
