//! What Neuro-Pay alone does.

mod bad_input;
mod bad_requests;
mod checkouts;
mod customers;
mod saved_cards;
