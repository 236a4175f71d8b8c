//! What Checkout.com alone does.

mod access;
mod access_tokens;
mod actions;
mod authorizations;
mod card_races;
mod card_turns;
mod clients;
mod customers;
mod gateway_library;
pub(crate) mod hosted_payments;
mod instruments;
mod older_pages;
mod payment_outcomes;
mod payment_refusals;
pub(crate) mod payments;
mod payouts;
mod public_keys;
mod shown;
mod three_ds;
mod tokens;
mod units;
