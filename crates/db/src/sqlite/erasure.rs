//! What was erased leaves the files. The rows were overwritten with zeros; their bytes may still stand in the gaps of
//! pages ([`Scrub`]), and in the log until a checkpoint empties it. A round does both.
//!
//! Nobody is waited for. A round goes step by step, between groups of writes. While somebody reads an older state, a
//! command or a copy, the log cannot be emptied; it is tried again, and writes go on meanwhile.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::connect::{connect, empty_log};
use super::error::is_failed_sync;
use super::scrub::Scrub;
use crate::Use;

/// Erased data leaves the files within 60 s. Rounds are not made at once, because to grow the log again costs every
/// commit something; what is left of the minute is for the round itself.
const ROUND_EVERY: Duration = Duration::from_secs(40);
/// How soon what failed is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How often it is looked whether somebody else wrote.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long the remains of erased data may stay before that is said.
const OVERDUE_AFTER: Duration = Duration::from_secs(60);
/// How long it is tried at the end at most, and after what time again.
const LAST_TRIES: Duration = Duration::from_secs(2);
const LAST_WAIT: Duration = Duration::from_millis(100);

pub(crate) struct Erasure {
    /// Whether the files may hold something that was erased since the last round began.
    needed: Cell<bool>,
    round: Option<Round>,
    /// Whether this is the process that clears up after others: those before it and the commands beside it.
    clears_up: bool,
    /// Whether no round has ended yet.
    is_first: bool,
    /// What tells that somebody else wrote, as it was seen last.
    seen: Option<i64>,
    /// When there is something to do in a round, or to begin one, and when to look at others.
    next_at: Instant,
    look_at: Instant,
    /// Since when it is in vain, or was last said to be.
    in_vain: Option<Instant>,
    /// Why it was, the last time.
    reason: String,
}

enum Round {
    Zeroes(Scrub),
    EmptiesTheLog,
}

/// A sync failed: what is on the disk is not known, and the process must end.
pub(crate) struct FailedSync(pub(crate) String);

impl Erasure {
    pub(crate) fn new(usage: Use) -> Self {
        let clears_up = match usage {
            Use::Serve | Use::Alone => true,
            Use::Share | Use::Visit => false,
        };
        let now = Instant::now();
        Self {
            // Nobody knows what a process that was killed had erased.
            needed: Cell::new(clears_up),
            round: None,
            clears_up,
            is_first: true,
            seen: None,
            next_at: now,
            look_at: now,
            in_vain: None,
            reason: String::new(),
        }
    }

    /// Where a unit of work notes that it erased something.
    pub(crate) const fn note(&self) -> &Cell<bool> {
        &self.needed
    }

    /// How long the writer may wait for work before [`Erasure::tend`] has something to do.
    pub(crate) fn wait(&self) -> Duration {
        let next = if self.is_done() { self.look_at } else { self.next_at };
        next.saturating_duration_since(Instant::now())
    }

    /// Does what is due, or a step of it. An empty `slot` is filled.
    pub(crate) fn tend(&mut self, slot: &mut Option<Connection>, file: &Path) -> Result<(), FailedSync> {
        let now = Instant::now();
        if now >= self.look_at {
            self.look(slot);
        }
        if !self.is_done() && now >= self.next_at { self.go_on(slot, file) } else { Ok(()) }
    }

    /// Makes a last round before the process ends, which may be asked of it for a moment already. What then still reads
    /// hinders it, and a large file takes longer; the next start makes up for it, and until then that is said.
    pub(crate) fn finish(
        &mut self,
        slot: &mut Option<Connection>,
        file: &Path,
        until: Option<Instant>,
    ) -> Result<(), FailedSync> {
        self.look(slot);
        let longest = Instant::now() + LAST_TRIES;
        // What comes last takes a moment too.
        let until = until
            .and_then(|until| until.checked_sub(2 * LAST_WAIT))
            .map_or(longest, |until| until.min(longest));
        while !self.is_done() && Instant::now() < until {
            self.go_on(slot, file)?;
            if self.in_vain.is_some() {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "the thread is the writer's own, and its work is done"
                )]
                std::thread::sleep(LAST_WAIT);
            }
        }
        if !self.is_done() && self.clears_up {
            let reason =
                if self.in_vain.is_some() { self.reason.as_str() } else { "there was no time for all of it" };
            tracing::warn!(reason, "erased data may still be in the database's files until the next start");
        }
        Ok(())
    }

    const fn is_done(&self) -> bool {
        self.round.is_none() && !self.needed.get()
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

    /// Goes one step on in the round, or begins one.
    fn go_on(&mut self, slot: &mut Option<Connection>, file: &Path) -> Result<(), FailedSync> {
        match self.step(slot, file) {
            Ok(()) => Ok(()),
            Err(error) if is_failed_sync(&error) => Err(FailedSync(error.to_string())),
            Err(error) => {
                // The connection is not asked to recover, and the next round begins anew.
                *slot = None;
                self.needed.set(true);
                self.is_in_vain(&error.to_string());
                Ok(())
            }
        }
    }

    /// After an error there is no round.
    fn step(&mut self, slot: &mut Option<Connection>, file: &Path) -> Result<(), rusqlite::Error> {
        let connection = slot.take().map_or_else(|| connect(file), Ok)?;
        let connection = slot.insert(connection);
        self.round = match self.round.take() {
            None => {
                // Room for what is written next, where the disk is full. The log is emptied once more at the end.
                empty_log(connection)?;
                let scrub = Scrub::begin(file)?;
                self.needed.set(false);
                Some(Round::Zeroes(scrub))
            }
            Some(Round::Zeroes(mut scrub)) => {
                Some(if scrub.step(connection)? { Round::EmptiesTheLog } else { Round::Zeroes(scrub) })
            }
            Some(Round::EmptiesTheLog) if empty_log(connection)? => {
                // What is erased after the first round leaves at once.
                let pause = if self.is_first { Duration::ZERO } else { ROUND_EVERY };
                self.next_at = Instant::now() + pause;
                self.is_first = false;
                self.in_vain = None;
                None
            }
            Some(Round::EmptiesTheLog) => {
                self.is_in_vain("another process reads an older state");
                Some(Round::EmptiesTheLog)
            }
        };
        Ok(())
    }

    fn is_in_vain(&mut self, reason: &str) {
        let now = Instant::now();
        self.next_at = now + AGAIN_AFTER;
        reason.clone_into(&mut self.reason);
        if now.duration_since(*self.in_vain.get_or_insert(now)) > OVERDUE_AFTER {
            self.in_vain = Some(now);
            tracing::warn!(reason, "erased data is still in the database's files");
        }
    }
}
