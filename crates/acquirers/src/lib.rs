//! Acquirers behind the domain's port. One folder each; the simulator is the one that test payments use.
//!
//! An acquirer knows no database and no wire format of a client.

pub mod simulator;
