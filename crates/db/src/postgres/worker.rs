//! A thread that owns a connection: units of work in transactions, run again where they lost against another one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::connect::{Connector, pause};
use super::error::{Fault, driver_error, in_words, is_full, is_race, is_read_only, only_reads};
use super::peers::{Peers, Place};
use super::session::Session;
use super::work::{Connection, Failure, Outcome, Purpose, Witness, Work};
use crate::Error;
use crate::room::Room;

/// How often a unit of work that lost against a concurrent one runs again.
const ATTEMPTS_MAX: u32 = 12;
/// How long a thread without a connection waits while others have one.
const TRIES_AFTER: Duration = Duration::from_secs(10);
/// How long after a lost connection its transaction may still be committing on the server.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);

/// How a change begins, and how a reading that sees one moment.
pub(super) const CHANGE: &str = "begin";
pub(super) const SNAPSHOT: &str = "begin isolation level repeatable read read only";

pub(super) type Job = Box<dyn FnOnce(&mut Worker) + Send>;

pub(super) struct Worker {
    connector: Connector,
    peers: Arc<Peers>,
    connection: Option<Connection>,
    room: Arc<Room>,
}

impl Worker {
    pub(super) fn new(
        connector: Connector,
        peers: Arc<Peers>,
        room: Arc<Room>,
        session: Option<Session>,
    ) -> Self {
        let connection = session.map(|session| Connection::new(session, Place::new(&peers)));
        Self { connector, peers, connection, room }
    }

    pub(super) fn run(mut self, queue: &Receiver<Job>) {
        loop {
            if let Err(why) = self.connection(Purpose::Read)
                && self.peers.is_any_connected()
            {
                // Whoever has a connection does the work: what this thread took would fail.
                self.peers.tell_short(&why.to_string());
                if self.wait_for_another_try() {
                    continue;
                }
                return;
            }
            let Ok(job) = queue.recv() else { return };
            // A panic in a unit of work is caught where its transaction can be rolled back; one out here costs the
            // connection and not the thread.
            if catch_unwind(AssertUnwindSafe(|| job(&mut self))).is_err() {
                self.connection = None;
            }
        }
    }

    /// Whether there is still anybody to work for.
    fn wait_for_another_try(&self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < TRIES_AFTER && !self.peers.has_ended() {
            pause(Duration::from_millis(100));
        }
        !self.peers.has_ended()
    }

    fn connection(&mut self, purpose: Purpose) -> Result<&mut Connection, Error> {
        let is_good = |connection: &Connection| connection.is_good_for(purpose);
        if !self.connection.as_ref().is_some_and(is_good) {
            match self.connect(purpose) {
                Ok(connection) => self.connection = Some(connection),
                Err(error) => {
                    // What only reads goes on reading where no other one is to be had.
                    self.connection.take_if(|connection| !connection.is_good_for(Purpose::Read));
                    return Err(Error::Unavailable(in_words(&error)));
                }
            }
        }
        Ok(self.connection.as_mut().expect("it was good or is new"))
    }

    fn connect(&self, purpose: Purpose) -> Result<Connection, Fault> {
        match (self.connector.connect(), purpose) {
            (Err(error), Purpose::Read) if only_reads(&error) => {
                let session = self.connector.connect_to_read()?;
                Ok(Connection::that_reads(session, Place::new(&self.peers)))
            }
            (session, Purpose::Read | Purpose::Write) => {
                Ok(Connection::new(session?, Place::new(&self.peers)))
            }
        }
    }

    pub(super) fn session(&mut self) -> Result<&mut Session, Error> {
        Ok(&mut self.connection(Purpose::Write)?.session)
    }

    /// Reads outside a transaction: each statement sees the latest commit of the server that it is for.
    pub(super) fn look<T, E, F>(&mut self, purpose: Purpose, work: &F) -> Result<T, E>
    where
        E: From<Error>,
        F: Fn(Work<'_>) -> Result<T, E>,
    {
        let mut again = true;
        loop {
            let mut outcome = Outcome::default();
            let connection = self.connection(purpose)?;
            let result = work(Work::new(connection, &mut outcome));
            if connection.session.forget() > 0 {
                return Err(Error::Defect("a reading sends what is not waited for".to_owned()).into());
            }
            // A connection that PostgreSQL closed while it lay idle is found out only by using it.
            match outcome.failure {
                Some(Failure::Lost) if again => again = false,
                _ => return result,
            }
        }
    }

    pub(super) fn transact<T, E, F>(&mut self, begin: &'static str, work: &F) -> Result<T, E>
    where
        E: From<Error>,
        F: Fn(Work<'_>) -> Result<T, E>,
    {
        let mut lost = 0;
        for attempt in 0..ATTEMPTS_MAX {
            let connection = self.connection(Purpose::Write)?;
            let Connection { session, .. } = &mut *connection;
            // By itself: what went with a beginning that failed would be done outside of any transaction.
            if let Err(error) = session.batch_execute(begin) {
                if session.is_over() && !session.has_fallen_silent() && lost == 0 {
                    lost += 1;
                    continue;
                }
                return Err(driver_error(&error).into());
            }
            let mut outcome = Outcome::default();
            let result = catch_unwind(AssertUnwindSafe(|| work(Work::new(connection, &mut outcome))));
            let value = match (result, outcome.failure) {
                (Ok(Ok(value)), None) => value,
                (result, failure) => {
                    if outcome.is_full {
                        self.room.note_refusal();
                    }
                    self.roll_back();
                    match (result, failure) {
                        (_, Some(Failure::Race)) if attempt + 1 < ATTEMPTS_MAX => {
                            back_off(attempt);
                            continue;
                        }
                        (Ok(Err(error)), Some(Failure::Race)) => {
                            let why = outcome.lost_by.as_deref().unwrap_or("rows were changed meanwhile");
                            tracing::warn!(why, "a unit of work lost against others {ATTEMPTS_MAX} times");
                            return Err(error);
                        }
                        // Nothing was committed.
                        (_, Some(Failure::Lost)) if lost == 0 => {
                            lost += 1;
                            continue;
                        }
                        (result, Some(Failure::ReadOnly)) => {
                            self.peers.begin_era();
                            if lost == 0 {
                                lost += 1;
                                continue;
                            }
                            return result.unwrap_or(Err(Error::Panicked.into()));
                        }
                        (Ok(Err(error)), _) => return Err(error),
                        (Ok(Ok(_)), _) => {
                            return Err(
                                Error::Defect("a failed statement looked like a success".to_owned()).into()
                            );
                        }
                        (Err(_), _) => return Err(Error::Panicked.into()),
                    }
                }
            };
            // The very connection that began, whatever its peers have found out since: on another one there is nothing to
            // commit, and PostgreSQL would say that it was done.
            let connection = self.connection.as_mut().expect("it is there from its beginning to its end");
            match connection.session.batch_execute("commit") {
                Ok(()) => return Ok(value),
                Err(error) if is_race(&error) => {
                    self.roll_back();
                    back_off(attempt);
                }
                // Of a statement that went with the commit, which then was none.
                Err(error) if is_read_only(&error) && lost == 0 => {
                    self.peers.begin_era();
                    self.roll_back();
                    lost += 1;
                }
                Err(error) if connection.session.is_over() => {
                    return self.settle(&error, outcome.witness).map(|()| value).map_err(E::from);
                }
                Err(error) => {
                    if is_full(&error) {
                        self.room.note_refusal();
                    }
                    self.roll_back();
                    return Err(driver_error(&error).into());
                }
            }
        }
        Err(Error::Serialization.into())
    }

    /// Finds out, after a connection was lost during a commit, whether the commit took place.
    fn settle(&mut self, lost: &Fault, witness: Option<Witness>) -> Result<(), Error> {
        let unknown = || Error::Unknown(in_words(lost));
        let witness = witness.ok_or_else(unknown)?;
        let asked = Instant::now();
        while asked.elapsed() < SETTLES_WITHIN {
            let found = self.session().and_then(|session| {
                let id: &[u8] = &witness.id;
                Ok(session.query_opt(witness.sql.text(), &[&id])?)
            });
            if matches!(found, Ok(Some(_))) {
                return Ok(());
            }
            pause(Duration::from_millis(100));
        }
        Err(unknown())
    }

    fn roll_back(&mut self) {
        let rolled_back = self.connection.as_mut().is_some_and(|connection| {
            let Connection { session, .. } = connection;
            session.forget();
            session.batch_execute("rollback").is_ok()
        });
        if !rolled_back {
            self.connection = None;
        }
    }
}

/// Waits a little longer after each lost race, and never as long as the one that it lost against.
fn back_off(attempt: u32) {
    let jitter = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), attempt) % 1000;
    pause(Duration::from_micros(jitter << attempt.min(5)));
}
