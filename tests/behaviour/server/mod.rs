//! The process, its connections, its files and its commands, whatever API is spoken.

mod check;
mod clients_page;
mod clusters;
mod commands;
mod demo;
mod durability;
mod erasure;
mod faults;
mod files;
mod foreign_files;
mod hosts;
mod keys;
mod limits;
mod log;
mod machine;
mod operator;
mod owners;
mod payments;
mod postgres;
mod readme;
mod strangers;
mod tls;
mod turns;
pub(crate) mod vault;
