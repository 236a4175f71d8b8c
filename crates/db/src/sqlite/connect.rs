//! Connections to the SQLite file, and the locks that say who uses it. What runs on a connection is not known here.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::in_words;
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

/// The write connection, as the writer and the erasure open it.
pub(crate) fn connect(file: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = connect_first(file)?;
    use_log(&connection)?;
    Ok(connection)
}

/// The same of a file that nobody has yet found to be Kassa's from within a transaction: how it is written stays as it is.
pub(super) fn connect_first(file: &Path) -> Result<Connection, rusqlite::Error> {
    let mut connection = Connection::open(file)?;
    prepare(&mut connection)?;
    // Every commit is synced: `normal` loses acknowledged commits at a power loss. A deleted row's bytes are zeroed.
    connection.execute_batch(
        "pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on; \
         pragma wal_autocheckpoint = 10000; pragma cache_size = -16384;",
    )?;
    Ok(connection)
}

/// Has the file written by way of a log, from now on and by everybody.
pub(super) fn use_log(connection: &Connection) -> Result<(), rusqlite::Error> {
    for tries in 0.. {
        match connection.execute_batch("pragma journal_mode = wal") {
            // Where somebody else writes the file without a log, the engine does not wait by itself.
            Err(error) if is_busy(&error) && wait_for_lock(tries) => {}
            changed => return changed,
        }
    }
    Ok(())
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

pub(crate) fn connect_reader(file: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags)?;
    prepare(&mut connection)?;
    connection.execute_batch("pragma cache_size = -8192")?;
    Ok(connection)
}

/// A connection that checks the file and writes nothing. The engine forgets a table's rules where a file is opened for reading
/// alone, and would find nothing that breaks them.
pub(super) fn connect_checker(file: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags)?;
    prepare(&mut connection)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch("pragma query_only = on")?;
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
        Err(error) if is_busy(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Who uses the database: a lock of the file beside it, and one of its folder, which is still there when somebody has
/// removed that file. The kernel drops both with their holder.
pub(crate) struct Lease {
    file: File,
    /// Whether it keeps others away.
    is_held: bool,
    _folder: Option<File>,
}

impl Lease {
    /// Whether anybody holds it: a server, this one included, or a command that has the database alone.
    pub(super) fn is_held(&self) -> bool {
        if self.is_held {
            return true;
        }
        match self.file.try_lock_shared() {
            Ok(()) => {
                // What cannot be unlocked goes with this process.
                let _ = self.file.unlock();
                false
            }
            Err(TryLockError::WouldBlock) => true,
            // Where nothing can be locked, no server starts.
            Err(TryLockError::Error(_)) => false,
        }
    }

    /// Writes down that Kassa makes its first tables. Where that is stopped half-way, the next start knows by it whose the
    /// change is that did not end.
    pub(super) fn begin(&self) -> io::Result<()> {
        (&self.file).write_all(files::BEGUN)?;
        self.file.sync_all()
    }

    /// Takes that back.
    pub(super) fn end(&self) -> io::Result<()> {
        self.file.set_len(0)
    }
}

pub(super) fn lease(file: &Path, usage: Use) -> Result<Lease, Error> {
    let path = files::lock(file);
    let cannot = |what, error| Error::Refused(format!("cannot {what} {}: {error}", path.display()));
    let lease = files::open(&path, File::options().create(true).truncate(false).write(true))
        .map_err(|error| cannot("write", error))?;
    files::is_ours(&path, &lease)?;
    match usage {
        Use::Share | Use::Visit => return Ok(Lease { file: lease, is_held: false, _folder: None }),
        Use::Serve | Use::Alone => {}
    }
    match lock(&lease) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(in_use(file, &path, &lease)),
        Err(TryLockError::Error(error)) => return Err(cannot("lock", error)),
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let opened = match File::open(folder).map(|folder| (folder.try_lock(), folder)) {
        Ok((Ok(()), folder)) => Some(folder),
        Ok((Err(TryLockError::WouldBlock), opened)) => {
            held(folder, &opened, &path)?;
            None
        }
        // NFS cannot lock a folder. The file's lock is held all the same.
        Ok((Err(TryLockError::Error(_)), _)) | Err(_) => None,
    };
    Ok(Lease { file: lease, is_held: true, _folder: opened })
}

/// A command that looks whether there is a server holds the lock for that moment, so it is tried for again.
fn lock(lease: &File) -> Result<(), TryLockError> {
    for _ in 0..10 {
        match lease.try_lock() {
            Err(TryLockError::WouldBlock) => {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "nobody is served yet, and there is nothing else to do"
                )]
                std::thread::sleep(Duration::from_millis(5));
            }
            tried => return tried,
        }
    }
    lease.try_lock()
}

/// Who can open the lock can hold it, and need not be a server.
fn in_use(file: &Path, lock: &Path, opened: &File) -> Error {
    const OTHERS: u32 = 0o077;
    let mode = opened.metadata().map_or(0, |found| found.permissions().mode() & 0o7777);
    let (file, lock) = (file.display(), lock.display());
    let or = if mode & OTHERS == 0 {
        String::new()
    } else {
        format!(
            "; if none runs, somebody else holds {lock}, which others can open (mode {mode:o}): rm {lock}"
        )
    };
    Error::InUse(format!("a server uses {file}; stop it first{or}"))
}

/// Where the folder's lock alone is held: by a server whose file was removed, or by anybody who may open the folder.
fn held(folder: &Path, opened: &File, lock: &Path) -> Result<(), Error> {
    const OTHERS_OPEN: u32 = 0o044;
    let mode = opened.metadata().map_or(0, |found| found.permissions().mode() & 0o7777);
    let (folder, lock) = (folder.display(), lock.display());
    if mode & OTHERS_OPEN == 0 {
        return Err(Error::InUse(format!(
            "the folder {folder} is held by another process, as a server holds it whose {lock} was removed; stop it first"
        )));
    }
    tracing::warn!(
        "the folder {folder} is held by another process, and {lock} is not: no server that has its file, but others can \
         open the folder (mode {mode:o}); run: chmod 700 {folder}"
    );
    Ok(())
}

pub(super) fn refused(file: &Path, error: &rusqlite::Error) -> Error {
    Error::Refused(format!("cannot use the database file {}: {}", file.display(), in_words(error)))
}
