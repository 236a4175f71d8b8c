//! Reads of the SQLite file: each thread has a connection of its own, and a worker thread keeps its snapshot for a
//! moment, because two reads of one request would otherwise each pay for a transaction.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::connect::{connect_reader, run};
use super::error::write_error;
use crate::{Error, View};

/// How old a snapshot may be. What this process committed is always seen; what a command in another process committed
/// is seen after this long at the latest.
const SNAPSHOT_MAX: Duration = Duration::from_millis(1);

thread_local! {
    /// This thread's readers. A hop to a pool would cost 3.4 times the read.
    static READERS: RefCell<Vec<Reader>> = const { RefCell::new(Vec::new()) };
    /// Whether somebody lets go of this thread's snapshots when it goes to sleep.
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// Tells one reader from another.
static READERS_MADE: AtomicU64 = AtomicU64::new(0);

struct Reader {
    opened: u64,
    number: u64,
    connection: Connection,
    snapshot: Option<Snapshot>,
}

/// What an open transaction sees.
#[derive(Clone, Copy)]
struct Snapshot {
    /// How much this process had committed.
    commits: u64,
    since: Instant,
    /// The engine's own count of what others had committed, once somebody has asked. It grows with every commit of
    /// another connection, in this process or not.
    version: Option<i64>,
}

/// Says that [`let_go`] will be called before this thread sleeps, so that it may keep snapshots meanwhile.
pub(crate) fn keep_on_this_thread() {
    IS_WORKER.set(true);
}

/// Ends this thread's snapshots. An open one would keep the log from being used again.
pub(crate) fn let_go() {
    READERS.with_borrow_mut(|readers| {
        for reader in readers {
            // A snapshot that cannot be ended is found out by the next read.
            let _ = reader.end();
        }
    });
}

/// Runs `work` on this thread's connection, in a snapshot that has seen at least `commits`.
pub(crate) fn with<T, E: From<Error>>(
    opened: u64,
    file: &Path,
    commits: u64,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    on_this_thread(opened, file, commits, |reader| work(&reader.connection))
}

/// What this thread's connection sees, in a snapshot that has seen at least `commits`.
pub(crate) fn view(opened: u64, file: &Path, commits: u64) -> Result<View, Error> {
    on_this_thread(opened, file, commits, |reader| reader.view().map_err(|error| write_error(&error)))
}

fn on_this_thread<T, E: From<Error>>(
    opened: u64,
    file: &Path,
    commits: u64,
    work: impl FnOnce(&mut Reader) -> Result<T, E>,
) -> Result<T, E> {
    READERS.with_borrow_mut(|readers| {
        let position = match readers.iter().position(|reader| reader.opened == opened) {
            Some(position) => position,
            None => {
                let connection = connect_reader(file).map_err(|error| write_error(&error))?;
                let number = READERS_MADE.fetch_add(1, Ordering::Relaxed);
                readers.push(Reader { opened, number, connection, snapshot: None });
                readers.len() - 1
            }
        };
        let reader = &mut readers[position];
        if let Err(error) = reader.begin(commits) {
            readers.swap_remove(position);
            return Err(write_error(&error).into());
        }
        let result = work(reader);
        if !IS_WORKER.get() && reader.end().is_err() {
            readers.swap_remove(position);
        }
        result
    })
}

impl Reader {
    fn begin(&mut self, commits: u64) -> Result<(), rusqlite::Error> {
        match self.snapshot {
            Some(Snapshot { commits: seen, since, .. })
                if seen == commits && since.elapsed() < SNAPSHOT_MAX =>
            {
                return Ok(());
            }
            // A panic in an earlier read left its transaction open as well.
            _ => self.end()?,
        }
        run(&self.connection, "begin")?;
        self.snapshot = Some(Snapshot { commits, since: Instant::now(), version: None });
        Ok(())
    }

    fn view(&mut self) -> Result<View, rusqlite::Error> {
        let known = self.snapshot.and_then(|snapshot| snapshot.version);
        let version = match known {
            Some(version) => version,
            None => {
                let mut statement = self.connection.prepare_cached("pragma data_version")?;
                statement.query_row([], |row| row.get(0))?
            }
        };
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.version = Some(version);
        }
        Ok(View { reader: self.number, version })
    }

    fn end(&mut self) -> Result<(), rusqlite::Error> {
        self.snapshot = None;
        if self.connection.is_autocommit() {
            return Ok(());
        }
        run(&self.connection, "commit")
    }
}
