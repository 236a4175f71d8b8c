//! The embedded engine: inline reads on the calling thread, writes by the one writer thread.

mod erasure;
mod files;
pub(crate) mod reader;
mod writer;

use std::cell::Cell;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, ffi};
use tokio::sync::oneshot;

use crate::sqlite::writer::{Answer, Commit, Job, Writer};
use crate::{Error, Row, Sql, Tx, Use, Value, migrate};

/// Statements kept prepared on each connection; more than the program has.
const STATEMENTS_KEPT: usize = 256;
/// How long a connection tries for the write lock: longer than the writer ever holds it.
const LOCK_PATIENCE_MS: i32 = 10_000;
/// SQLite 3.7.0 to 3.51.2 can corrupt a WAL that two connections use.
const OLDEST_SAFE: i32 = 3_051_003;

/// `$1`, `$2`, …: parameters are bound by name, because SQLite numbers them by first appearance.
const NAMES: [&str; 32] = [
    "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$16",
    "$17", "$18", "$19", "$20", "$21", "$22", "$23", "$24", "$25", "$26", "$27", "$28", "$29", "$30", "$31",
    "$32",
];

/// Tells one opened database from another in the threads' own readers.
static OPENED: AtomicU64 = AtomicU64::new(0);

pub(crate) struct Sqlite {
    file: PathBuf,
    opened: u64,
    writer: Writer,
    /// Held for as long as this server uses the file.
    _lease: File,
}

impl Sqlite {
    pub(crate) fn open(file: &Path, usage: Use) -> Result<Self, Error> {
        if rusqlite::version_number() < OLDEST_SAFE {
            return Err(Error::Refused(format!(
                "SQLite {} can corrupt its log; Kassa needs 3.51.3 or newer",
                rusqlite::version()
            )));
        }
        files::tighten(file);
        let lease = lease(file, usage)?;
        let mut connection = connect(file).map_err(|error| refused(file, &error))?;
        migrate::sqlite(&mut connection)?;
        let writer = Writer::start(connection, file.to_owned(), usage)?;
        Ok(Self {
            file: file.to_owned(),
            opened: OPENED.fetch_add(1, Ordering::Relaxed),
            writer,
            _lease: lease,
        })
    }

    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel::<Result<T, E>>();
        let job: Job = Box::new(move |turn| {
            let result = match turn {
                // The caller went away before its turn: it was promised nothing.
                Some(_) if sender.is_closed() => Err(Error::Unavailable("nobody waits".to_owned()).into()),
                Some((connection, erased)) => {
                    let mut tx = Tx::Sqlite(Work { connection, erased });
                    catch_unwind(AssertUnwindSafe(|| work(&mut tx)))
                        .unwrap_or_else(|_| Err(Error::Panicked.into()))
                }
                None => Err(Error::Unavailable("no transaction could be begun".to_owned()).into()),
            };
            let keep = result.is_ok();
            let answer: Answer = Box::new(move |commit: Commit| {
                let result = match commit {
                    Commit::Durable => result,
                    Commit::Refused(error) => Err(error.into()),
                };
                // A caller that went away has nobody to tell; what was committed stays.
                let _ = sender.send(result);
            });
            (keep, answer)
        });
        self.writer.send(job)?;
        receiver.await.unwrap_or_else(|_| Err(Error::Unavailable("the writer has stopped".to_owned()).into()))
    }

    pub(crate) fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        E: From<Error>,
        F: Fn(&mut Tx<'_>) -> Result<T, E>,
    {
        reader::with(self.opened, &self.file, self.writer.commits(), |connection| {
            let erased = Cell::new(false);
            work(&mut Tx::Sqlite(Work { connection, erased: &erased }))
        })
    }

    pub(crate) async fn broken(&self) -> String {
        self.writer.broken().await
    }

    pub(crate) fn close(&self) {
        self.writer.close();
    }

    pub(crate) fn check(&self) -> Result<Vec<String>, Error> {
        let connection = connect_reader(&self.file)?;
        let mut found = Vec::new();
        let mut statement =
            connection.prepare("pragma integrity_check").map_err(|error| write_error(&error))?;
        let lines = statement
            .query_map([], |row| row.get::<_, String>(0))
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| write_error(&error))?;
        found.extend(lines.into_iter().filter(|line| line != "ok").map(|line| format!("integrity: {line}")));
        let mut statement =
            connection.prepare("pragma foreign_key_check").map_err(|error| write_error(&error))?;
        let rows = statement
            .query_map([], |row| Ok(format!("{} → {}", row.get::<_, String>(0)?, row.get::<_, String>(2)?)))
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| write_error(&error))?;
        found.extend(rows.into_iter().map(|row| format!("foreign key without its row: {row}")));
        Ok(found)
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.close();
    }
}

impl Sqlite {
    pub(crate) fn plan(&self, sql: &Sql) -> Result<Vec<String>, Error> {
        let connection = connect_reader(&self.file)?;
        let text = format!("explain query plan {}", sql.text());
        let mut statement = connection.prepare(&text).map_err(|error| write_error(&error))?;
        let mut rows = statement.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next().map_err(|error| write_error(&error))? {
            steps.push(row.get(3).map_err(|error| read_error(&error))?);
        }
        Ok(steps)
    }
}

/// One job's view of the connection.
pub struct Work<'a> {
    connection: &'a Connection,
    erased: &'a Cell<bool>,
}

impl Work<'_> {
    pub(crate) fn execute(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<u64, Error> {
        let mut statement = self.bound(sql, values)?;
        statement.raw_execute().map(|rows| rows as u64).map_err(|error| write_error(&error))
    }

    pub(crate) fn optional<T, E: From<Error>>(
        &mut self,
        sql: &Sql,
        values: &[Value<'_>],
        decode: impl FnOnce(&Row<'_>) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let mut statement = self.bound(sql, values)?;
        let mut rows = statement.raw_query();
        let answer = match rows.next().map_err(|error| write_error(&error))? {
            Some(row) => Some(decode(&Row::Sqlite(row))?),
            None => None,
        };
        // A statement with `returning` takes effect when it is stepped to its end.
        while rows.next().map_err(|error| write_error(&error))?.is_some() {}
        Ok(answer)
    }

    pub(crate) fn all<T, E: From<Error>>(
        &mut self,
        sql: &Sql,
        values: &[Value<'_>],
        decode: impl Fn(&Row<'_>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let mut statement = self.bound(sql, values)?;
        let mut rows = statement.raw_query();
        let mut answers = Vec::new();
        while let Some(row) = rows.next().map_err(|error| write_error(&error))? {
            answers.push(decode(&Row::Sqlite(row))?);
        }
        Ok(answers)
    }

    pub(crate) fn erased(&mut self) {
        self.erased.set(true);
    }

    fn bound(&self, sql: &Sql, values: &[Value<'_>]) -> Result<rusqlite::CachedStatement<'_>, Error> {
        let mut statement =
            self.connection.prepare_cached(sql.text()).map_err(|error| write_error(&error))?;
        if statement.parameter_count() != values.len() {
            return Err(Error::Defect(format!("{} parameters for: {}", values.len(), sql.text())));
        }
        for (name, value) in NAMES.iter().zip(values) {
            let index = statement
                .parameter_index(name)
                .map_err(|error| write_error(&error))?
                .ok_or_else(|| Error::Defect(format!("no parameter {name} in: {}", sql.text())))?;
            match *value {
                Value::Null => statement.raw_bind_parameter(index, rusqlite::types::Null),
                Value::Int(value) => statement.raw_bind_parameter(index, value),
                Value::Text(value) => statement.raw_bind_parameter(index, value),
                Value::Bytes(value) => statement.raw_bind_parameter(index, value),
            }
            .map_err(|error| write_error(&error))?;
        }
        Ok(statement)
    }
}

/// Runs one of the few fixed statements around a unit of work, kept prepared.
pub(crate) fn run(connection: &Connection, text: &'static str) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(text)?.raw_execute().map(|_| ())
}

/// The write connection, as the writer, the migrations and a command beside the server open it.
pub(crate) fn connect(file: &Path) -> Result<Connection, rusqlite::Error> {
    let mut connection = Connection::open(file)?;
    prepare(&mut connection)?;
    // Every commit is synced: `normal` loses acknowledged commits at a power loss. A deleted row's bytes are zeroed.
    connection.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; \
         pragma secure_delete = on; pragma wal_autocheckpoint = 10000; pragma cache_size = -16384;",
    )?;
    Ok(connection)
}

pub(crate) fn connect_reader(file: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags).map_err(|error| write_error(&error))?;
    prepare(&mut connection).map_err(|error| write_error(&error))?;
    connection.execute_batch("pragma cache_size = -8192").map_err(|error| write_error(&error))?;
    Ok(connection)
}

fn prepare(connection: &mut Connection) -> Result<(), rusqlite::Error> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // Otherwise the planner looks at bound values, and a prepared statement is parsed anew each time they change.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_handler(Some(wait_for_lock))
}

/// Polls fast, so that a command beside the server gets in when the writer lets go for a millisecond.
pub(crate) fn wait_for_lock(tries: i32) -> bool {
    const POLL: Duration = Duration::from_micros(250);
    #[expect(
        clippy::disallowed_methods,
        reason = "SQLite calls this on a thread that must wait for the lock"
    )]
    std::thread::sleep(POLL);
    tries < LOCK_PATIENCE_MS * 4
}

/// The lock file beside the database says who uses it, and the kernel drops the lock with its holder.
fn lease(file: &Path, usage: Use) -> Result<File, Error> {
    let path = files::lock(file);
    let lease = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| Error::Refused(format!("cannot write {}: {error}", path.display())))?;
    match usage {
        Use::Share => Ok(lease),
        Use::Serve | Use::Alone => match lease.try_lock() {
            Ok(()) => Ok(lease),
            Err(_) => Err(Error::InUse(format!("a server uses {}; stop it first", file.display()))),
        },
    }
}

fn refused(file: &Path, error: &rusqlite::Error) -> Error {
    Error::Refused(format!("cannot use the database file {}: {error}", file.display()))
}

/// Whether the disk failed to keep what was written, so that nothing about the last commit is known.
pub(crate) fn is_failed_sync(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error().map(|error| error.extended_code),
        Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC)
    )
}

/// Sorts the engine's errors by what may be promised after them.
pub(crate) fn write_error(error: &rusqlite::Error) -> Error {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => Error::Constraint(error.to_string()),
        Some(
            ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::ReadOnly
            | ErrorCode::CannotOpen
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OutOfMemory
            | ErrorCode::PermissionDenied
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::OperationAborted
            | ErrorCode::OperationInterrupted,
        ) => Error::Unavailable(error.to_string()),
        _ => Error::Defect(error.to_string()),
    }
}

pub(crate) fn read_error(error: &rusqlite::Error) -> Error {
    Error::Defect(error.to_string())
}
