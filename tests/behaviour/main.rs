//! What a server does, seen from outside: each behaviour once on each engine.

mod bad_input;
mod bad_requests;
mod challenges;
mod checkout_com;
mod customer_page;
mod customers;
mod durability;
mod faults;
mod idempotency;
mod isolation;
mod keys;
mod limits;
mod neopay;
mod neopay_lists;
mod nero_pay;
mod nero_pay_signing;
mod operator;
mod pages;
mod payments;
mod races;
mod refunds;
mod saved_cards;
mod secrets;
mod tls;
mod unknown_outcomes;
mod vault;
