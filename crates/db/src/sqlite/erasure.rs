//! What was erased leaves the files: the pages were overwritten with zeros, and the log still holds what stood there
//! until a checkpoint empties it.
//!
//! Nobody is waited for. While somebody reads an older state, a command or a copy, the log cannot be emptied; it is
//! tried again, and writes go on meanwhile.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

use super::connect::{connect, wait_for_lock};
use crate::Use;

/// Erased data leaves the files within 60 s. The log is emptied a little more often than that and not at once, because
/// to grow it again costs every commit something.
const TRUNCATE_EVERY: Duration = Duration::from_secs(50);
/// How soon it is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How often it is looked whether somebody else wrote.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long the remains of erased data may stay before that is said.
const OVERDUE_AFTER: Duration = Duration::from_secs(60);
/// How often it is tried at the end, and how long after each other.
const LAST_TRIES: u32 = 10;
const LAST_WAIT: Duration = Duration::from_millis(100);

pub(crate) struct Erasure {
    /// Whether the log may hold something that was erased.
    needed: Cell<bool>,
    /// Whether this is the process that clears up after others: those before it and the commands beside it.
    clears_up: bool,
    /// What tells that somebody else wrote, as it was seen last.
    seen: Option<i64>,
    /// When the log may be emptied, and when to look at others.
    truncate_at: Instant,
    look_at: Instant,
    /// Since when it is in vain, or was last said to be.
    in_vain: Option<Instant>,
}

impl Erasure {
    pub(crate) fn new(usage: Use) -> Self {
        let clears_up = match usage {
            Use::Serve | Use::Alone => true,
            Use::Share => false,
        };
        let now = Instant::now();
        Self {
            // Nobody knows what a process that was killed had erased.
            needed: Cell::new(clears_up),
            clears_up,
            seen: None,
            truncate_at: now,
            look_at: now,
            in_vain: None,
        }
    }

    /// Where a unit of work notes that it erased something.
    pub(crate) const fn note(&self) -> &Cell<bool> {
        &self.needed
    }

    /// How long the writer may wait for work before [`Erasure::tend`] has something to do.
    pub(crate) fn wait(&self) -> Duration {
        let next = if self.needed.get() { self.truncate_at } else { self.look_at };
        next.saturating_duration_since(Instant::now())
    }

    /// Clears up after the processes before this one.
    pub(crate) fn begin(&mut self, slot: &mut Option<Connection>, file: &Path) {
        self.look(slot);
        if self.needed.get() {
            self.truncate(slot, file);
        }
        if !self.needed.get() {
            // What is erased next leaves at once.
            self.truncate_at = Instant::now();
        }
    }

    /// Does what is due. An empty `slot` is filled.
    pub(crate) fn tend(&mut self, slot: &mut Option<Connection>, file: &Path) {
        let now = Instant::now();
        if now >= self.look_at {
            self.look(slot);
        }
        if self.needed.get() && now >= self.truncate_at {
            self.truncate(slot, file);
        }
    }

    /// Empties the log before the process ends. What then still reads hinders it; the next start makes up for it.
    pub(crate) fn finish(&mut self, slot: &mut Option<Connection>, file: &Path) {
        self.look(slot);
        for _ in 0..LAST_TRIES {
            if self.needed.get() {
                self.truncate(slot, file);
            }
            if !self.needed.get() {
                return;
            }
            #[expect(
                clippy::disallowed_methods,
                reason = "the thread is the writer's own, and its work is done"
            )]
            std::thread::sleep(LAST_WAIT);
        }
    }

    /// Notices what other processes wrote, which may have been an erasure whose process did not live to see it out.
    fn look(&mut self, slot: &Option<Connection>) {
        self.look_at = Instant::now() + LOOK_EVERY;
        let version = slot.as_ref().and_then(|connection| {
            connection.query_row("pragma data_version", [], |row| row.get::<_, i64>(0)).ok()
        });
        if self.clears_up && version != self.seen {
            self.needed.set(true);
        }
        self.seen = version;
    }

    fn truncate(&mut self, slot: &mut Option<Connection>, file: &Path) {
        let emptied = match slot.take().map_or_else(|| connect(file), Ok) {
            Ok(connection) => empty_log(slot.insert(connection)),
            Err(error) => Err(error),
        };
        let now = Instant::now();
        if let Ok(true) = emptied {
            self.needed.set(false);
            self.truncate_at = now + TRUNCATE_EVERY;
            self.in_vain = None;
            return;
        }
        self.truncate_at = now + AGAIN_AFTER;
        if now.duration_since(*self.in_vain.get_or_insert(now)) > OVERDUE_AFTER {
            self.in_vain = Some(now);
            let error = emptied
                .err()
                .map_or_else(|| "another process reads an older state".to_owned(), |error| error.to_string());
            tracing::warn!(error, "erased data is still in the database's log");
        }
    }
}

/// Empties the log if nobody needs it. Whoever reads or writes meanwhile is not waited for: writes stand still as long
/// as this runs.
fn empty_log(connection: &mut Connection) -> Result<bool, rusqlite::Error> {
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
