//! What Neuro-Pay alone does.

mod checkouts;
mod customers;
mod refunds;
mod saved_cards;
