//! What Neopay alone does.

mod customers;
mod lists;
