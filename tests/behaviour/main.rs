//! What a server does, seen from outside: each behaviour once on each engine.
//!
//! A new test goes to the folder of what it is about: `all_apis` where two APIs or more do it, the vendor's folder where
//! one alone does, `pages` and `server` where no API matters.

mod a_minute;
mod all_apis;
mod checkout_com;
mod neopay;
mod nero_pay;
mod neuro_pay;
mod pages;
mod server;
