//! What changed of the customers in segments, and the order in which it is taken in. A round goes from segment to segment, each
//! merchant's own, and the next one begins where it ended: so no segment waits behind another one, whatever becomes of that.
//! Deletions have a round of their own. How a segment is filled, this must not know.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use db::{Sql, Tx};

use super::fill::{What, is_filled};
use super::grow::{hold_merchant, newest_segment};
use crate::app::App;
use crate::kernel::caller::{Mode, Scope};
use crate::kernel::error::Error;
use crate::kernel::time::Time;
use crate::turns::{self, ALL_THAT_WAIT, FIRST_IN, NEXT_IN};

/// How long changes wait for others of the same segment. What the index knew of the deleted has left the files within 60 s,
/// and these are emptied once in 40 s.
const CHANGES_WAIT: Duration = Duration::from_secs(15);
/// Segments that are looked at before merchants are shared out anew, and how often they are in one turn.
const SEGMENTS_AT_ONCE: usize = 20;
const ROUNDS_MAX: usize = 10;
/// Changes of those who are in no segment that go in one commit.
const FORGOTTEN_AT_ONCE: i64 = 1_000;
/// The deleted of one merchant and mode who are left are counted up to this.
const COUNTED: i64 = 1_000;

const OF_ANY: &str = "customers_to_index where since >= 0";
const DELETED_OF_ANY: &str = "customers_to_index where is_deleted = 1 and since >= 0";

statements! {
    WHO_CHANGED = FIRST_IN, OF_ANY, NEXT_IN, OF_ANY, ALL_THAT_WAIT,
        "and (select min(since) from", OF_ANY, "and merchant = w.merchant) <= $1";
    WHO_DELETED = FIRST_IN, DELETED_OF_ANY, NEXT_IN, DELETED_OF_ANY, ALL_THAT_WAIT,
        "and (select min(since) from", DELETED_OF_ANY, "and merchant = w.merchant) <= $1";
    NEXT_CHANGED = "select customer from customers_to_index where merchant = $1 and mode = $2 and customer > $3
        order by customer limit 1";
    NEXT_DELETED = "select customer from customers_to_index where is_deleted = 1 and merchant = $1 and mode = $2
        and customer > $3 order by customer limit 1";
    CHANGED_AT = "select since from customers_to_index where merchant = $1 and mode = $2 and customer >= $3
        and customer <= $4 order by customer";
    DELETED_AT = "select since from customers_to_index where is_deleted = 1 and merchant = $1 and mode = $2
        and customer >= $3 and customer <= $4 order by customer";
    SEGMENT_OF = "select first, last from customer_segments where merchant = $1 and mode = $2 and first <= $3
        order by first desc limit 1";
    FORGET = "delete from customers_to_index where customer = $1";
    FORGET_BEHIND = "delete from customers_to_index where customer in (select customer from customers_to_index
        where merchant = $1 and mode = $2 and customer > $3 order by customer limit $4)";
    LEFT = "select customer from customers_to_index where is_deleted = 1 and merchant = $1 and mode = $2
        order by customer limit $3";
}

/// The changes of one kind.
struct Queue {
    /// The merchants who have some that were there at a time.
    who: &'static Sql,
    /// The next customer of a merchant and mode, after another one.
    next: &'static Sql,
    /// Since when those of a segment wait.
    since: &'static Sql,
    what: What,
}

const DELETED: Queue =
    Queue { who: &WHO_DELETED, next: &NEXT_DELETED, since: &DELETED_AT, what: What::Deletions };
const CHANGED: Queue =
    Queue { who: &WHO_CHANGED, next: &NEXT_CHANGED, since: &CHANGED_AT, what: What::Everything };

/// Where the round of a merchant goes on: behind a customer of a mode.
type Place = (Mode, i64);
const BEGINNING: Place = (Mode::Test, i64::MIN);

/// How far the rounds of this server have come, of each merchant who is in one.
#[derive(Debug, Default)]
pub struct Rounds {
    deleted: Mutex<HashMap<i64, Place>>,
    changed: Mutex<HashMap<i64, Place>>,
}

/// Which changes are taken in now.
#[derive(Clone, Copy)]
struct Due {
    /// Those of a segment of which one was there by then.
    since: Time,
    /// Unless another server holds it until after that.
    free_at: Time,
    rounds: usize,
}

impl Due {
    /// What waited for long enough.
    fn by_now(app: &App) -> Self {
        let now = app.now();
        Self { since: now.before(CHANGES_WAIT), free_at: now, rounds: ROUNDS_MAX }
    }

    /// Everything. What is held is taken, because this server may have held it until now; another one that does finds out,
    /// and begins again.
    const EVERYTHING: Self = Self { since: Time(i64::MAX), free_at: Time(i64::MAX), rounds: usize::MAX };
}

/// Has the index forget who was deleted a while ago.
pub async fn forget_deleted(app: &Arc<App>, rounds: &Rounds) -> Result<(), Error> {
    go_round(app, &DELETED, &rounds.deleted, Due::by_now(app)).await
}

/// Takes in what changed a while ago.
pub async fn take_in_changes(app: &Arc<App>, rounds: &Rounds) -> Result<(), Error> {
    go_round(app, &CHANGED, &rounds.changed, Due::by_now(app)).await
}

/// Takes in all changes there are, before the server stops, the deleted first: what the index knows of them goes.
pub async fn take_in_all_changes(app: &Arc<App>) -> Result<(), Error> {
    let rounds = Rounds::default();
    go_round(app, &DELETED, &rounds.deleted, Due::EVERYTHING).await?;
    go_round(app, &CHANGED, &rounds.changed, Due::EVERYTHING).await
}

/// Of how many deleted customers the index may still know something: at most a thousand for each merchant and mode.
pub async fn left_to_forget(app: &App) -> Result<usize, Error> {
    app.read_to_write(|tx| {
        let mut left = 0;
        for merchant in tx.all::<i64>(&WHO_DELETED, &[i64::MAX.into()])? {
            for mode in [Mode::Test, Mode::Live] {
                left += tx.all::<i64>(&LEFT, &[merchant.into(), mode.into(), COUNTED.into()])?.len();
            }
        }
        Ok(left)
    })
    .await
}

/// Goes from segment to segment, in turns of the merchants.
async fn go_round(
    app: &Arc<App>,
    queue: &'static Queue,
    places: &Mutex<HashMap<i64, Place>>,
    due: Due,
) -> Result<(), Error> {
    let mut ended = HashSet::new();
    for _ in 0..due.rounds {
        let mut waiting: Vec<i64> =
            app.read_to_write(move |tx| Ok(tx.all(queue.who, &[due.since.into()])?)).await?;
        places
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|merchant, _| waiting.contains(merchant));
        waiting.retain(|merchant| !ended.contains(merchant));
        let (merchants, each) = turns::share_out(waiting, SEGMENTS_AT_ONCE, app.now());
        if merchants.is_empty() {
            break;
        }
        for merchant in merchants {
            for _ in 0..each {
                let behind = places.lock().unwrap_or_else(PoisonError::into_inner).get(&merchant).copied();
                let next = match step(app, queue, merchant, behind.unwrap_or(BEGINNING), due).await {
                    Ok(next) => next,
                    Err(Error::Busy(why)) => return Err(Error::Busy(why)),
                    Err(error) => {
                        tracing::error!(merchant, %error, "changes of customers were not taken into the index");
                        None
                    }
                };
                let mut places = places.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(next) = next {
                    places.insert(merchant, next);
                } else {
                    places.remove(&merchant);
                    ended.insert(merchant);
                    break;
                }
            }
        }
    }
    Ok(())
}

/// What comes next in a round.
struct Next {
    scope: Scope,
    customer: i64,
    /// The first and the last customer of its segment.
    segment: Option<(i64, i64)>,
    is_due: bool,
}

/// Does what comes next for a merchant, whatever becomes of it. Answers where the round goes on; none at its end.
async fn step(
    app: &Arc<App>,
    queue: &'static Queue,
    merchant: i64,
    behind: Place,
    due: Due,
) -> Result<Option<Place>, Error> {
    let next = app.read_to_write(move |tx| next(tx, queue, merchant, behind, due.since)).await?;
    let Some(Next { scope, customer, segment, is_due }) = next else { return Ok(None) };
    let Some((first, last)) = segment else {
        app.write(move |tx| forget(tx, scope, customer)).await?;
        return Ok(Some((scope.mode, customer)));
    };
    if is_due {
        is_filled(app, first, due.free_at, queue.what).await;
    }
    Ok(Some((scope.mode, last)))
}

fn next(
    tx: &mut Tx<'_>,
    queue: &Queue,
    merchant: i64,
    (mode, behind): Place,
    since: Time,
) -> Result<Option<Next>, Error> {
    let scope = Scope { merchant, mode };
    let customer: Option<i64> = tx.optional(queue.next, &[merchant.into(), mode.into(), behind.into()])?;
    let Some(customer) = customer else {
        return match mode {
            Mode::Test => next(tx, queue, merchant, (Mode::Live, i64::MIN), since),
            Mode::Live => Ok(None),
        };
    };
    let segment = segment_of(tx, scope, customer)?;
    let is_due = match segment {
        Some((first, last)) => {
            let times: Vec<Time> =
                tx.all(queue.since, &[merchant.into(), mode.into(), first.into(), last.into()])?;
            times.iter().any(|time| *time <= since)
        }
        None => true,
    };
    Ok(Some(Next { scope, customer, segment, is_due }))
}

/// The first and the last customer of the segment that a customer is in.
fn segment_of(tx: &mut Tx<'_>, scope: Scope, customer: i64) -> Result<Option<(i64, i64)>, Error> {
    let values = [scope.merchant.into(), scope.mode.into(), customer.into()];
    let before: Option<(i64, i64)> = tx.optional(&SEGMENT_OF, &values)?;
    Ok(before.filter(|(_, last)| customer <= *last))
}

/// Forgets the change of somebody who is in no segment, and of others with it: nobody needs to know.
fn forget(tx: &mut Tx<'_>, scope: Scope, customer: i64) -> Result<(), Error> {
    let [merchant, mode] = [scope.merchant.into(), scope.mode.into()];
    // Or a segment could begin of those whose changes are forgotten here.
    hold_merchant(tx, scope)?;
    if segment_of(tx, scope, customer)?.is_some() {
        return Ok(());
    }
    let last = newest_segment(tx, scope)?.map_or(0, |(last, _)| last);
    if customer < last {
        // Its row was gone before the segments around it began.
        tx.send(&FORGET, &[customer.into()])?;
    } else {
        tx.send(&FORGET_BEHIND, &[merchant, mode, last.into(), FORGOTTEN_AT_ONCE.into()])?;
    }
    Ok(())
}
