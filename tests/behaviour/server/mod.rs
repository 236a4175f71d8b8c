//! The process, its connections, its files and its commands, whatever API is spoken.

mod erasure;
mod faults;
mod files;
mod hosts;
mod keys;
mod limits;
mod operator;
mod slow_clients;
mod strangers;
mod tls;
pub(crate) mod vault;
