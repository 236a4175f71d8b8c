//! The engine seam: one transaction type over SQLite and PostgreSQL.
//!
//! Work is a synchronous closure over [`Tx`], so nothing can wait for the network inside a transaction, and the
//! closure can be run again after a serialization failure. This crate knows drivers and migrations; it knows no
//! payment, no customer and no HTTP.

mod error;
mod migrate;
mod postgres;
mod room;
mod row;
mod sqlite;
mod statement;
mod tx;
mod value;

use std::path::PathBuf;
use std::time::Instant;

pub use error::Error;
pub use migrate::{Migration, migrations};
use room::Room;
pub use row::{FromRow, Judged, Row};
use sqlite::Order;
pub use statement::Sql;
#[doc(hidden)]
pub use statement::{join, joined_bytes, numbered};
pub use tx::Tx;
pub use value::{FromColumn, Value};

/// Where the data lives.
#[derive(Clone)]
pub enum Target {
    /// The file of the embedded engine. Its folder must exist.
    Sqlite(PathBuf),
    /// A `postgres://` address, and how many connections a server has to it. `sslmode` and `sslrootcert` are honoured as
    /// libpq reads them.
    Postgres {
        address: String,
        /// From 1 up.
        connections: usize,
    },
}

/// What an opener may do to the schema, and what others may do meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Serve from it: create and migrate where needed and no older server uses it, and keep the commands that rebuild it away.
    Serve,
    /// Work beside a server: create where there is nothing, and bring nothing up to date.
    Share,
    /// Work beside a server on what is there: create and migrate nothing.
    Visit,
    /// Have it alone: refused while a server uses it.
    Alone,
}

/// The files of a database that others than their owner can use, with their modes. Looks and changes nothing.
pub fn open_to_others(target: &Target) -> Vec<(PathBuf, u32)> {
    match target {
        Target::Sqlite(file) => sqlite::files::open_to_others(file),
        Target::Postgres { .. } => Vec::new(),
    }
}

/// Lets this thread keep a read snapshot from one read to the next. Whoever says so calls [`before_sleep`] whenever the
/// thread is about to wait.
pub fn keep_snapshots_on_this_thread() {
    sqlite::reader::keep_on_this_thread();
}

/// Ends the snapshots that this thread keeps.
pub fn before_sleep() {
    sqlite::reader::let_go();
}

/// What can be seen of a database. While it is the same, whatever is read is the same as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Who looks: views of two readers say nothing about each other.
    pub reader: u64,
    version: i64,
}

/// An open database. Dropping it closes it.
pub struct Db {
    engine: Engine,
    is_new: bool,
}

enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens, creates and migrates the database. Blocks; call it before serving.
    ///
    /// # Errors
    /// [`Error::InUse`] when `usage` is [`Use::Alone`] and a server uses the database, or [`Use::Serve`] and another
    /// server holds the file, or uses a schema that is to be brought up to date; [`Error::Absent`] when it is [`Use::Visit`]
    /// and there is no database of Kassa's; [`Error::Refused`] when the engine's set-up cannot keep the promises made with it, when the file is another
    /// program's, and when it is [`Use::Share`] or [`Use::Visit`] and the schema is an older one.
    pub fn open(target: &Target, usage: Use) -> Result<Self, Error> {
        Self::open_after(target, usage, || Ok(()))
    }

    /// The same with something to be done before a database is made where there is none. If that fails, none is made.
    ///
    /// # Errors
    /// Those of [`Db::open`], and what `before_making` fails with.
    pub fn open_after(
        target: &Target,
        usage: Use,
        before_making: impl FnOnce() -> Result<(), Error> + Send + 'static,
    ) -> Result<Self, Error> {
        let (engine, is_new) = match target {
            Target::Sqlite(file) => {
                let (look, migrate) = (migrate::look, migrate::sqlite);
                let (engine, is_new) = sqlite::Sqlite::open(file, usage, look, before_making, migrate)?;
                (Engine::Sqlite(engine), is_new)
            }
            Target::Postgres { address, connections } => {
                let migrate = move |session: &mut postgres::Session, usage| {
                    migrate::postgres(session, usage, before_making)
                };
                let opened = postgres::Postgres::open(address, *connections, usage, migrate)?;
                (Engine::Postgres(opened.0), opened.1)
            }
        };
        Ok(Self { engine, is_new })
    }

    /// Whether opening it made its tables.
    pub const fn is_new(&self) -> bool {
        self.is_new
    }

    /// Runs `work` in one transaction that commits if it answers `Ok`, and answers once the commit is durable.
    ///
    /// `work` may run more than once, so it draws no clock, no randomness and no ids.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(engine) => {
                engine.write(Order::Join, move |turn| work(&mut Tx::Sqlite(turn))).await
            }
            Engine::Postgres(engine) => engine.write(move |turn| work(&mut Tx::Postgres(turn))).await,
        }
    }

    /// Whether a write was refused for want of room, and nothing has shown since that there is some.
    pub fn is_short_of_room(&self) -> bool {
        self.room().is_short()
    }

    fn room(&self) -> &Room {
        match &self.engine {
            Engine::Sqlite(engine) => engine.room(),
            Engine::Postgres(engine) => engine.room(),
        }
    }

    /// Like [`Db::write`], for work that needs as much room as others do: where it is taken, there is room again. Its commit
    /// is its own, so that no other work is refused with it.
    pub async fn try_for_room<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let before = self.room().refusals();
        let done = match &self.engine {
            Engine::Sqlite(engine) => {
                engine.write(Order::Alone, move |turn| work(&mut Tx::Sqlite(turn))).await?
            }
            Engine::Postgres(engine) => engine.write(move |turn| work(&mut Tx::Postgres(turn))).await?,
        };
        self.room().was_found_after(before);
        Ok(done)
    }

    /// Runs `work` against committed data, for an answer. After a failover of PostgreSQL it may be a moment behind: what leads
    /// to a write is read by [`Db::read_to_write`]. On SQLite it runs on the calling thread, so it must be a keyed read or an
    /// index-ordered page.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(engine) => engine.read(|turn| work(&mut Tx::Sqlite(turn))),
            Engine::Postgres(engine) => engine.read(move |turn| work(&mut Tx::Postgres(turn))).await,
        }
    }

    /// What can be seen now, for what is read often and changes seldom. On SQLite it is what [`Db::read`] would read on this
    /// thread, so every commit makes it another one. On PostgreSQL it may be a tenth of a second old.
    pub fn view(&self) -> Result<View, Error> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.view(),
            Engine::Postgres(engine) => Ok(engine.view()),
        }
    }

    /// The same where something is written because of what was read, or because nothing was: it is read where it is written,
    /// and so it is never older than what was written before.
    pub async fn read_to_write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(engine) => engine.read(|turn| work(&mut Tx::Sqlite(turn))),
            Engine::Postgres(engine) => engine.read_to_write(move |turn| work(&mut Tx::Postgres(turn))).await,
        }
    }

    /// Runs `work` against the data as it is at one moment, for a check of what belongs together.
    pub async fn snapshot<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(engine) => engine.read(|turn| work(&mut Tx::Sqlite(turn))),
            Engine::Postgres(engine) => engine.snapshot(move |turn| work(&mut Tx::Postgres(turn))).await,
        }
    }

    /// Waits until the database can no longer be trusted with writes (a failed sync, a lost writer) and says why.
    /// The process must then end; recovery decides what was kept.
    pub async fn broken(&self) -> String {
        match &self.engine {
            Engine::Sqlite(engine) => engine.broken().await,
            Engine::Postgres(_) => std::future::pending().await,
        }
    }

    /// Ends it: on SQLite this waits until what is queued is done and what was erased has left the files, but no longer
    /// than `until`; on PostgreSQL the threads end once their queue is empty. What is asked of it afterwards is refused.
    pub fn close(&self, until: Instant) {
        match &self.engine {
            Engine::Sqlite(engine) => engine.close(until),
            Engine::Postgres(_) => {}
        }
    }

    /// The engine's own integrity check: one line for each thing found wrong.
    pub async fn check(&self) -> Result<Vec<String>, Error> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.check(),
            Engine::Postgres(engine) => engine.check().await,
        }
    }

    /// Whether a server uses the database now.
    pub async fn is_served(&self) -> Result<bool, Error> {
        match &self.engine {
            Engine::Sqlite(engine) => Ok(engine.is_served()),
            Engine::Postgres(engine) => engine.is_served().await,
        }
    }

    /// The engine and its version, for `doctor` and logs.
    pub async fn describe(&self) -> Result<String, Error> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(format!("SQLite {}", rusqlite::version())),
            Engine::Postgres(engine) => engine.describe().await,
        }
    }

    /// Has the engine prepare a query text, and answers the plan that it has for any values. For the tests that read every
    /// text of the program.
    pub async fn plan(&self, sql: &'static Sql) -> Result<Vec<String>, Error> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.plan(sql),
            Engine::Postgres(engine) => engine.plan(sql).await,
        }
    }
}
