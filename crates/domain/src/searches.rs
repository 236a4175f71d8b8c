//! Turns of searches: lists that read many rows, in many reads. Few read at the same time, so that others are served
//! meanwhile. Each merchant has a share, and a search gives way between its reads, so that a merchant who searches a lot
//! keeps no other one waiting. This must not know what is searched.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::kernel::caller::Scope;
use crate::kernel::error::Error;

/// How long a search may take, its waiting included.
const DEADLINE: Duration = Duration::from_secs(2);
/// Searches that read at the same time.
const AT_ONCE: usize = 4;
/// Rows of a list that takes no turn. With more a list is long in reading and large as an answer, and so few are made at
/// the same time.
pub const SHORT: usize = 25;
/// Searches of one merchant under way; its others wait for them.
pub const SHARE: usize = 2;

/// Who may search now.
pub(crate) struct Searches {
    turns: Semaphore,
    shares: Mutex<HashMap<i64, Arc<Semaphore>>>,
}

impl Default for Searches {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE), shares: Mutex::default() }
    }
}

/// A search that has its turn.
pub struct Search<'a> {
    turns: &'a Semaphore,
    turn: Option<SemaphorePermit<'a>>,
    _share: OwnedSemaphorePermit,
}

impl Searches {
    /// Waits for the turn of a search of a merchant.
    pub(crate) async fn turn(&self, scope: Scope) -> Result<Search<'_>, Error> {
        let Self { turns, shares } = self;
        let share = {
            let mut shares = shares.lock().unwrap_or_else(PoisonError::into_inner);
            let share = shares.entry(scope.merchant).or_insert_with(|| Arc::new(Semaphore::new(SHARE)));
            Arc::clone(share)
        };
        let share = share.acquire_owned().await.map_err(|_| late())?;
        let turn = turns.acquire().await.map_err(|_| late())?;
        Ok(Search { turns, turn: Some(turn), _share: share })
    }
}

impl Search<'_> {
    /// Between two reads: whoever waits has a turn first, in the order they came.
    pub async fn give_way(&mut self) {
        self.turn = None;
        tokio::task::yield_now().await;
        self.turn = self.turns.acquire().await.ok();
    }
}

/// Carries a search out, its waiting included, within the time that one may take.
///
/// # Errors
/// [`Error::Busy`] when it takes longer.
pub async fn in_time<T>(search: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let begun = Instant::now();
    let found = tokio::time::timeout(DEADLINE, search).await.map_err(|_| late())?;
    // The timer is asked only when the search waits, and the last stretch of it may not have.
    if begun.elapsed() > DEADLINE { Err(late()) } else { found }
}

fn late() -> Error {
    Error::Busy("a search took too long".to_owned())
}
