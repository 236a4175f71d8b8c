//! The harness of the black-box tests: it runs the real `kassa` binary and talks to it as clients and buyers do.
//!
//! It knows the server by its command line, its addresses and its log only, never by its crates.

mod cells;
mod cli;
mod cluster;
#[path = "../drivers/mod.rs"]
pub mod drivers;
mod engine;
mod folder;
mod forms;
pub mod http;
pub mod layout;
mod line;
pub mod node;
mod place;
mod pooler;
pub mod python;
mod random;
pub mod raw;
mod server;
mod threads;
mod traces;
mod used;
mod wait;

pub use cells::Cell;
pub use cli::{Merchant, Output, binary, clean};
pub use cluster::Cluster;
pub use engine::Engine;
pub use folder::Folder;
pub use forms::{Hit, Search};
pub use line::Switch;
pub use pooler::Pooler;
pub use random::Random;
pub use server::{Server, Setup};
pub use threads::{at_once, spread};
pub use traces::search;
pub use used::Used;
pub use wait::{ERASED, SETTLED, eventually, pause};

/// Makes a test for each engine out of each function named, as `sqlite::name` and `postgres::name`. The functions take
/// the [`Engine`].
#[macro_export]
macro_rules! on_each_engine {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::$name($crate::Engine::Sqlite);
            })+
        }
        mod postgres {
            $(#[test]
            fn $name() {
                super::$name($crate::Engine::Postgres);
            })+
        }
    };
}

/// Makes a test out of each function named, as `once::name`, on SQLite alone: of what is decided before the database is
/// asked for anything that the two engines could answer in two ways.
#[macro_export]
macro_rules! on_one_engine {
    ($($name:ident),+ $(,)?) => {
        mod once {
            $(#[test]
            fn $name() {
                super::$name($crate::Engine::Sqlite);
            })+
        }
    };
}
