//! Connections to the SQLite file, and the locks that say who uses it. What runs on a connection is not known here.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::files;
use crate::{Error, Use};

/// Statements kept prepared on each connection; more than the program has.
const STATEMENTS_KEPT: usize = 256;
/// How long a connection tries for the write lock: longer than the writer ever holds it.
const LOCK_PATIENCE_MS: i32 = 10_000;

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

pub(crate) fn connect_reader(file: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags)?;
    prepare(&mut connection)?;
    connection.execute_batch("pragma cache_size = -8192")?;
    Ok(connection)
}

fn prepare(connection: &mut Connection) -> Result<(), rusqlite::Error> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // What a savepoint would put back goes to a file in the folder for temporary files otherwise: in the clear, and no
    // write succeeds where that is full or cannot be written.
    connection.execute_batch("pragma temp_store = memory")?;
    // Otherwise the planner looks at bound values, and a prepared statement is parsed anew each time they change.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_handler(Some(wait_for_lock))
}

/// Polls fast, so that a command beside the server gets in when the writer lets go for a millisecond.
fn wait_for_lock(tries: i32) -> bool {
    const POLL: Duration = Duration::from_micros(250);
    #[expect(
        clippy::disallowed_methods,
        reason = "SQLite calls this on a thread that must wait for the lock"
    )]
    std::thread::sleep(POLL);
    tries < LOCK_PATIENCE_MS * 4
}

/// Empties the log if nobody needs it. Whoever reads or writes meanwhile is not waited for: writes stand still as long
/// as this runs.
pub(super) fn empty_log(connection: &mut Connection) -> Result<bool, rusqlite::Error> {
    connection.busy_timeout(Duration::ZERO)?;
    let busy = connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, i64>(0));
    connection.busy_handler(Some(wait_for_lock))?;
    match busy {
        Ok(busy) => Ok(busy == 0),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Ok(false),
            _ => Err(error),
        },
    }
}

/// Who uses the database: a lock of the file beside it, and one of its folder, which is still there when somebody has
/// removed that file. The kernel drops both with their holder.
pub(crate) struct Lease {
    _file: File,
    _folder: Option<File>,
}

pub(super) fn lease(file: &Path, usage: Use) -> Result<Lease, Error> {
    let path = files::lock(file);
    let cannot = |what, error| Error::Refused(format!("cannot {what} {}: {error}", path.display()));
    let lease = files::open(&path, File::options().create(true).truncate(false).write(true))
        .map_err(|error| cannot("write", error))?;
    match usage {
        Use::Share | Use::Visit => return Ok(Lease { _file: lease, _folder: None }),
        Use::Serve | Use::Alone => {}
    }
    let in_use = || Error::InUse(format!("a server uses {}; stop it first", file.display()));
    match lease.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(in_use()),
        Err(TryLockError::Error(error)) => return Err(cannot("lock", error)),
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = match File::open(folder).map(|folder| (folder.try_lock(), folder)) {
        Ok((Ok(()), folder)) => Some(folder),
        Ok((Err(TryLockError::WouldBlock), _)) => return Err(in_use()),
        // NFS cannot lock a folder. The file's lock is held all the same.
        Ok((Err(TryLockError::Error(_)), _)) | Err(_) => None,
    };
    Ok(Lease { _file: lease, _folder: folder })
}

pub(super) fn refused(file: &Path, error: &rusqlite::Error) -> Error {
    Error::Refused(format!("cannot use the database file {}: {error}", file.display()))
}
