//! What is kept of merchants and of their customers, with its SQL. This must not know payments.

pub mod categories;
pub mod customers;
pub mod event;
pub mod idempotency;
pub mod installation;
pub mod instruments;
pub mod merchants;
pub(crate) mod overdue;
pub mod tokens;
