//! The one thread that writes to the SQLite file, committing in groups.
//!
//! It drains its queue into one transaction, a savepoint a job, and syncs once for all of them. There is no linger
//! timer: the next group forms while the last one syncs.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use rusqlite::Connection;
use tokio::sync::watch;

use crate::{Error, sqlite};

/// Jobs that may wait; one more is told to come back.
const QUEUE_MAX: usize = 2048;
/// Jobs in one commit: past this a group gains nothing and its last member waits too long.
const GROUP_MAX: usize = 256;
/// How long the write lock is held on to while there is work, and how long it is then left to others.
const HOLD: Duration = Duration::from_millis(50);
const YIELD: Duration = Duration::from_millis(1);
/// Erased data leaves the files within 60 s, so the truncating checkpoint runs a little more often than that.
const TRUNCATE_EVERY: Duration = Duration::from_secs(50);

/// What became of the group that a job was in.
#[derive(Clone)]
pub(crate) enum Commit {
    /// The group is on the disk.
    Durable,
    /// The group is not in the database, or nobody knows ([`Error::Unknown`]).
    Refused(Error),
}

/// Tells a caller, after the commit.
pub(crate) type Answer = Box<dyn FnOnce(Commit) + Send>;
/// Where a unit of work runs, and where it notes that it erased something; none when it will not run at all.
pub(crate) type Turn<'a> = Option<(&'a Connection, &'a Cell<bool>)>;
/// A unit of work: whether its savepoint is kept, and who is to be told.
pub(crate) type Job = Box<dyn FnOnce(Turn<'_>) -> (bool, Answer) + Send>;

/// The sending end of the writer's queue.
pub(crate) struct Writer {
    jobs: Sender<Job>,
    broken: watch::Receiver<Option<String>>,
    /// How many groups were committed, so that a reader knows whether its snapshot is the latest.
    commits: Arc<AtomicU64>,
}

impl Writer {
    pub(crate) fn start(connection: Connection, file: PathBuf) -> Result<Self, Error> {
        let (jobs, queue) = bounded(QUEUE_MAX);
        let (fault, broken) = watch::channel(None);
        let commits = Arc::new(AtomicU64::new(0));
        let worker = Worker {
            commits: Arc::clone(&commits),
            connection: Some(connection),
            file,
            fault: Fault(fault),
            erased: Cell::new(false),
            truncated: None,
            held_since: Instant::now(),
        };
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || worker.run(&queue))
            .map_err(|error| Error::Refused(format!("cannot start the writer thread: {error}")))?;
        Ok(Self { jobs, broken, commits })
    }

    pub(crate) fn send(&self, job: Job) -> Result<(), Error> {
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::Unavailable("the writer has stopped".to_owned()),
        })
    }

    /// Grows with each commit, before anybody is told of it.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    pub(crate) async fn broken(&self) -> String {
        let mut broken = self.broken.clone();
        match broken.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or_default(),
            Err(_) => "the database writer stopped".to_owned(),
        }
    }
}

/// Says that the writer is gone, also when its own loop panics: the sender is dropped with it.
struct Fault(watch::Sender<Option<String>>);

struct Worker {
    commits: Arc<AtomicU64>,
    /// None after a failure: the next group starts on a fresh connection.
    connection: Option<Connection>,
    file: PathBuf,
    fault: Fault,
    erased: Cell<bool>,
    truncated: Option<Instant>,
    held_since: Instant,
}

impl Worker {
    fn run(mut self, queue: &Receiver<Job>) {
        loop {
            let job = match self.until_truncation() {
                None => match queue.recv() {
                    Ok(job) => Some(job),
                    Err(_) => return,
                },
                Some(wait) => match queue.recv_timeout(wait) {
                    Ok(job) => Some(job),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return self.truncate(),
                },
            };
            if let Some(job) = job
                && let Err(reason) = self.group(job, queue)
            {
                tracing::error!(reason, "the database file cannot be trusted with writes any more");
                let _ = self.fault.0.send(Some(reason));
                return;
            }
            if self.until_truncation().is_some_and(|wait| wait.is_zero()) {
                self.truncate();
            }
            self.let_others_in(queue);
        }
    }

    /// Commits one group. An error means that a sync failed and the process must end.
    fn group(&mut self, first: Job, queue: &Receiver<Job>) -> Result<(), String> {
        let mut answers: Vec<Answer> = Vec::new();
        let outcome = self.collect(first, queue, &mut answers);
        let (commit, fatal) = match outcome {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Release);
                (Commit::Durable, None)
            }
            Err(error) if sqlite::is_failed_sync(&error) => {
                let reason = format!("a sync failed: {error}");
                (Commit::Refused(Error::Unknown(reason.clone())), Some(reason))
            }
            Err(error) => {
                tracing::warn!(%error, jobs = answers.len(), "a group of writes was refused");
                // The connection is not asked to recover: a new one starts from what is on the disk.
                self.connection = None;
                let refused = Error::Unavailable(error.to_string());
                (Commit::Refused(refused), None)
            }
        };
        for answer in answers {
            answer(commit.clone());
        }
        fatal.map_or(Ok(()), Err)
    }

    fn collect(
        &mut self,
        first: Job,
        queue: &Receiver<Job>,
        answers: &mut Vec<Answer>,
    ) -> Result<(), rusqlite::Error> {
        let connection = match begun(&mut self.connection, &self.file) {
            Ok(connection) => connection,
            Err(error) => {
                answers.push(first(None).1);
                return Err(error);
            }
        };
        let mut waiting = Some(first);
        while let Some(job) = waiting {
            let begun = sqlite::run(connection, "savepoint job");
            let (keep, answer) = job(begun.is_ok().then_some((connection, &self.erased)));
            answers.push(answer);
            begun?;
            if connection.is_autocommit() {
                // The engine itself rolled the whole group back (a full disk in the middle of a statement).
                return Err(rusqlite::Error::SqliteFailure(
                    rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
                    Some("the engine rolled the group back".to_owned()),
                ));
            }
            if !keep {
                sqlite::run(connection, "rollback to job")?;
            }
            sqlite::run(connection, "release job")?;
            waiting = if answers.len() < GROUP_MAX { queue.try_recv().ok() } else { None };
        }
        sqlite::run(connection, "commit")
    }

    /// How long until the remains of erased rows must leave the files; none when nothing was erased.
    fn until_truncation(&self) -> Option<Duration> {
        self.erased.get().then(|| match self.truncated {
            None => Duration::ZERO,
            Some(last) => TRUNCATE_EVERY.saturating_sub(last.elapsed()),
        })
    }

    fn truncate(&mut self) {
        self.truncated = Some(Instant::now());
        let Some(connection) = &self.connection else { return };
        let done = connection
            .query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, i64>(0))
            .is_ok_and(|busy| busy == 0);
        if done {
            self.erased.set(false);
        }
    }

    fn let_others_in(&mut self, queue: &Receiver<Job>) {
        if queue.is_empty() {
            self.held_since = Instant::now();
        } else if self.held_since.elapsed() > HOLD {
            #[expect(
                clippy::disallowed_methods,
                reason = "the thread is the writer's own, and others need the lock"
            )]
            std::thread::sleep(YIELD);
            self.held_since = Instant::now();
        }
    }
}

/// The write connection with a transaction open on it.
fn begun<'a>(slot: &'a mut Option<Connection>, file: &Path) -> Result<&'a Connection, rusqlite::Error> {
    let connection = match slot.take() {
        Some(connection) => connection,
        None => sqlite::connect(file)?,
    };
    let connection = slot.insert(connection);
    sqlite::run(connection, "begin immediate")?;
    Ok(connection)
}
