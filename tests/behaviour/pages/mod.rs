//! The pages on which buyers pay and see their cards, as plain HTTP.

mod challenges;
mod checkout;
mod customer;
mod customer_links;
mod late;
mod limits;
mod lost_answers;
mod races;
mod saved_card_codes;
