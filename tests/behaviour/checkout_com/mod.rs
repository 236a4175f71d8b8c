//! What Checkout.com alone does.

mod access;
mod access_tokens;
mod card_races;
mod card_turns;
mod charge_outcomes;
mod charge_refusals;
mod charges;
mod customers;
pub(crate) mod hosted_payments;
mod instruments;
mod public_keys;
mod tokens;
