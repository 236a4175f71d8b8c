//! What NeroPay alone does.

mod records;
mod signing;
