//! How each vendor spells the same things, and how a buyer pays. One file a vendor.

pub mod buyer;
pub mod checkout_com;
pub mod neopay;
pub mod nero_pay;
pub mod neuro_pay;
