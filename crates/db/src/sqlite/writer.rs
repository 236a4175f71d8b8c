//! The one thread that writes to the SQLite file, committing in groups.
//!
//! It drains its queue into one transaction and syncs once for all of them. There is no linger timer: the next group forms
//! while the last one syncs. A savepoint a job would cost more than most jobs, so a group has none: if what a job wrote
//! must be taken back, the whole group is, and runs again with them. Between groups it sees to it that what was erased
//! leaves the files ([`Erasure`]).

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use rusqlite::Connection;
use tokio::sync::watch;

use super::connect::{connect, empty_log, run};
use super::erasure::{Erasure, FailedSync};
use super::error::{is_failed_sync, is_full};
use super::work::Work;
use crate::room::Room;
use crate::{Error, Use};

/// Jobs that may wait; one more is told to come back.
const QUEUE_MAX: usize = 2048;
/// Jobs in one commit: past this a group gains nothing and its last member waits too long.
const GROUP_MAX: usize = 256;
/// Groups with savepoints after one that had to run again, so that clients who make it so each time slow nobody much.
const CAREFUL: u32 = 64;
/// How long the write lock is held on to while there is work, and how long it is then left to others.
const HOLD: Duration = Duration::from_millis(50);
const YIELD: Duration = Duration::from_millis(1);
/// How often the log is emptied to make room on a full disk.
const ROOM_EVERY: Duration = Duration::from_secs(1);

/// What became of the group that a job was in.
#[derive(Clone)]
pub(crate) enum Commit {
    /// The group is on the disk.
    Durable,
    /// The group is not in the database, or nobody knows ([`Error::Unknown`]).
    Refused(Error),
}

/// A unit of work and whoever waits for it.
pub(crate) trait Job: Send {
    /// Does the work, and says whether what it wrote is to be kept. It may be asked again, in another transaction that has
    /// nothing of the first time; what counts is the last time.
    fn run(&mut self, work: Work<'_>) -> bool;

    /// Tells whoever waits what became of it. It was not run where no transaction could be begun.
    fn tell(self: Box<Self>, commit: Commit);
}

/// What the writer is told.
pub(crate) enum Order {
    /// A job, to be committed with others.
    Join(Box<dyn Job>),
    /// A job, to be committed by itself.
    Alone(Box<dyn Job>),
    /// Nothing comes any more, and nobody waits longer than until then.
    End(Instant),
}

/// The sending end of the writer's queue.
pub(crate) struct Writer {
    orders: Sender<Order>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Nothing is sent on it: it is cut off when the thread has ended.
    ended: Receiver<()>,
    broken: watch::Receiver<Option<String>>,
    /// How many groups were committed, so that a reader knows whether its snapshot is the latest.
    commits: Arc<AtomicU64>,
}

impl Writer {
    pub(crate) fn start(
        connection: Connection,
        file: PathBuf,
        usage: Use,
        room: Arc<Room>,
    ) -> Result<Self, Error> {
        let (orders, queue) = bounded(QUEUE_MAX);
        let (fault, broken) = watch::channel(None);
        let (ends, ended) = bounded(0);
        let commits = Arc::new(AtomicU64::new(0));
        let worker = Worker {
            commits: Arc::clone(&commits),
            connection: Some(connection),
            file,
            fault: Fault(fault),
            erasure: Erasure::new(usage),
            closing: None,
            careful: 0,
            alone: None,
            room,
            held_since: Instant::now(),
            made_room: None,
        };
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                worker.run(&queue);
                drop(ends);
            })
            .map_err(|error| Error::Refused(format!("cannot start the writer thread: {error}")))?;
        Ok(Self { orders, thread: Mutex::new(Some(thread)), ended, broken, commits })
    }

    pub(crate) fn send(&self, order: Order) -> Result<(), Error> {
        self.orders.try_send(order).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::Unavailable("the writer has stopped".to_owned()),
        })
    }

    /// Waits until what is queued is done and what was erased has left the files, but no longer than `until`. What is sent
    /// later is refused. A writer that is still at it then waits for the disk or another process; it ends with this
    /// process, as it would with a kill.
    pub(crate) fn close(&self, until: Instant) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        // The last owner may be a unit of work, which runs on the writer's thread and cannot wait for it. The queue
        // goes with that owner, and the writer ends as well.
        if thread.thread().id() == std::thread::current().id() {
            return;
        }
        // A writer that has ended already takes nothing, and has nothing to end.
        let _ = self.orders.send_deadline(Order::End(until), until);
        match self.ended.recv_deadline(until) {
            Err(RecvTimeoutError::Timeout) => {
                tracing::warn!("the database's writer is still at work at the end, and is cut off");
            }
            Ok(()) | Err(RecvTimeoutError::Disconnected) => {
                let _ = thread.join();
            }
        }
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
    erasure: Erasure,
    /// Until when there is time, once it was told that nothing comes any more.
    closing: Option<Instant>,
    /// How many groups more are run with savepoints.
    careful: u32,
    /// What is to be committed by itself once the present group is.
    alone: Option<Box<dyn Job>>,
    room: Arc<Room>,
    held_since: Instant,
    /// When the log was last emptied to make room.
    made_room: Option<Instant>,
}

impl Worker {
    fn run(mut self, queue: &Receiver<Order>) {
        if let Err(FailedSync(reason)) = self.work(queue) {
            tracing::error!(reason, "the database file cannot be trusted with writes any more");
            let _ = self.fault.0.send(Some(reason));
        }
    }

    fn work(&mut self, queue: &Receiver<Order>) -> Result<(), FailedSync> {
        while self.closing.is_none() {
            match queue.recv_timeout(self.erasure.wait()) {
                Ok(Order::Join(job)) => self.group(job, Some(queue))?,
                Ok(Order::Alone(job)) => self.group(job, None)?,
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Order::End(until)) => {
                    self.closing = Some(until);
                    break;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if let Some(job) = self.alone.take() {
                self.group(job, None)?;
            }
            self.erasure.tend(&mut self.connection, &self.file)?;
            self.let_others_in(queue);
        }
        self.erasure.finish(&mut self.connection, &self.file, self.closing)
    }

    /// Commits one group: a job, and what waits behind it where that may join.
    fn group(&mut self, first: Box<dyn Job>, queue: Option<&Receiver<Order>>) -> Result<(), FailedSync> {
        let mut jobs = vec![first];
        let refusals = self.room.refusals();
        let outcome = self.run_group(&mut jobs, queue);
        // Before anybody is told of it. A job that found no room itself has said so.
        if outcome.as_ref().is_err_and(is_full) {
            self.room.note_refusal();
        }
        let commit = match &outcome {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Release);
                Commit::Durable
            }
            Err(error) if is_failed_sync(error) => Commit::Refused(Error::Unknown(failed_sync(error).0)),
            Err(error) => {
                tracing::warn!(%error, jobs = jobs.len(), "a group of writes was refused");
                // The connection is not asked to recover: a new one starts from what is on the disk.
                self.connection = None;
                Commit::Refused(Error::Unavailable(error.to_string()))
            }
        };
        for job in jobs {
            job.tell(commit.clone());
        }
        match outcome {
            Err(error) if is_failed_sync(&error) => Err(failed_sync(&error)),
            Ok(()) | Err(_) if self.room.refusals() != refusals => self.make_room(),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Takes what the log holds into the file. The log then begins anew, and what comes next needs no room on the disk.
    fn make_room(&mut self) -> Result<(), FailedSync> {
        let now = Instant::now();
        if self.made_room.is_some_and(|last| now.duration_since(last) < ROOM_EVERY) {
            return Ok(());
        }
        self.made_room = Some(now);
        match connect(&self.file).and_then(|mut connection| empty_log(&mut connection)) {
            Err(error) if is_failed_sync(&error) => Err(failed_sync(&error)),
            // Where the file itself cannot grow, the disk stays full.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Runs a group in one transaction and commits it. What waits in the queue joins until the group is full.
    fn run_group(
        &mut self,
        jobs: &mut Vec<Box<dyn Job>>,
        queue: Option<&Receiver<Order>>,
    ) -> Result<(), rusqlite::Error> {
        if self.careful == 0 {
            if self.run_all(jobs, queue, run_bare)? {
                return Ok(());
            }
            self.careful = CAREFUL;
        }
        self.careful -= 1;
        self.run_all(jobs, queue, run_in_savepoint).map(|_| ())
    }

    /// Commits what `run_one` made of each job, or rolls all of it back where one says so, and answers whether it did commit.
    fn run_all(
        &mut self,
        jobs: &mut Vec<Box<dyn Job>>,
        queue: Option<&Receiver<Order>>,
        run_one: fn(&mut dyn Job, Work<'_>) -> Result<bool, rusqlite::Error>,
    ) -> Result<bool, rusqlite::Error> {
        let connection = begun(&mut self.connection, &self.file)?;
        let mut next = 0;
        while next < jobs.len() {
            let work = Work { connection, erased: self.erasure.note(), room: &self.room };
            let is_kept = run_one(&mut *jobs[next], work)?;
            if connection.is_autocommit() {
                // The engine itself rolled the whole group back (a full disk in the middle of a statement).
                return Err(rusqlite::Error::SqliteFailure(
                    rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
                    Some("the engine rolled the group back".to_owned()),
                ));
            }
            if !is_kept {
                run(connection, "rollback")?;
                return Ok(false);
            }
            next += 1;
            let more = queue.filter(|_| next == jobs.len() && next < GROUP_MAX && self.alone.is_none());
            match more.and_then(|queue| queue.try_recv().ok()) {
                Some(Order::Join(job)) => jobs.push(job),
                Some(Order::Alone(job)) => self.alone = Some(job),
                Some(Order::End(until)) => self.closing = Some(until),
                None => {}
            }
        }
        run(connection, "commit")?;
        Ok(true)
    }

    fn let_others_in(&mut self, queue: &Receiver<Order>) {
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

fn failed_sync(error: &rusqlite::Error) -> FailedSync {
    FailedSync(format!("a sync failed: {error}"))
}

/// The write connection with a transaction open on it.
fn begun<'a>(slot: &'a mut Option<Connection>, file: &Path) -> Result<&'a Connection, rusqlite::Error> {
    let connection = match slot.take() {
        Some(connection) => connection,
        None => connect(file)?,
    };
    let connection = slot.insert(connection);
    run(connection, "begin immediate")?;
    Ok(connection)
}

/// Runs a job as a part of its group. One that failed and wrote nothing has nothing to take back.
fn run_bare(job: &mut dyn Job, work: Work<'_>) -> Result<bool, rusqlite::Error> {
    let connection = work.connection;
    let before = connection.total_changes();
    Ok(job.run(work) || connection.total_changes() == before)
}

/// Runs a job so that what it wrote can be taken back by itself.
fn run_in_savepoint(job: &mut dyn Job, work: Work<'_>) -> Result<bool, rusqlite::Error> {
    let connection = work.connection;
    run(connection, "savepoint job")?;
    let is_kept = job.run(work);
    if !connection.is_autocommit() {
        if !is_kept {
            run(connection, "rollback to job")?;
        }
        run(connection, "release job")?;
    }
    Ok(true)
}
