//! The making of new segments, behind the writes: customers are put into one once there are enough of them, and nobody who
//! comes before them can still be on the way. What is written into a segment, this must not know.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use db::{Judged, Tx};

use super::bytes_of;
use super::fill::{What, is_filled};
use super::places::SEGMENT;
use crate::app::App;
use crate::kernel::caller::{Mode, Scope};
use crate::kernel::error::Error;

/// Customers that one turn looks over for those of merchants who have enough for another segment.
const LOOKED_OVER: i64 = 20_000;
/// Segments that one turn begins for one merchant.
const SEGMENTS_MAX: usize = 20;

const CUSTOMERS: &str = "customers";

statements! {
    GREW_TO = "select max(id) from (select id from customers where id > $1 order by id limit $2) as grown";
    WHO_GREW = "select merchant, mode from customers where id > $1 and id <= $2 group by merchant, mode";
    NEWEST_SEGMENT = "select last, is_whole from customer_segments where merchant = $1 and mode = $2
        order by first desc limit 1";
    NEXT_MEMBERS = "select id from customers where merchant = $1 and mode = $2 and id > $3
        and created_at >= 0 order by id limit $4";
    HOLD_MERCHANT = "update merchants set created_at = created_at where id = $1";
    BEGIN = "insert into customer_segments (first, last, merchant, mode, customers, version, held_until, is_whole)
        values ($1, $2, $3, $4, $5, 0, 0, 0)";
    BEGUN = "select first from customer_segments where is_whole = 0 and first > $1 and held_until <= $2
        order by first limit 1";
}

/// How far this server has looked for merchants who have enough for another segment.
#[derive(Debug, Default)]
pub struct Seen(Mutex<Progress>);

#[derive(Debug, Default, Clone)]
struct Progress {
    /// The last customer who was looked at.
    up_to: i64,
    next: Option<Awaited>,
    /// Merchants and modes whose customers until that one may be enough for another segment.
    behind: HashSet<(i64, Mode)>,
}

/// The last one of those who come next, and who wrote customers when that was read. On PostgreSQL somebody before may still
/// be on the way to be committed as long as one of these is at it.
#[derive(Debug, Clone)]
struct Awaited {
    to: i64,
    writers: Vec<String>,
}

/// Puts customers into segments once they are enough.
pub async fn keep_up(app: &Arc<App>, seen: &Seen) -> Result<(), Error> {
    let mut behind = 0;
    // What others hold is left to them.
    while let Some(first) = begun(app, behind).await? {
        is_filled(app, first, app.now(), What::Everything).await;
        behind = first;
    }
    let mut progress = seen.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    look_on(app, &mut progress).await?;
    let all = progress.behind.drain().collect();
    progress.behind = begin_segments(app, all, progress.up_to).await?;
    *seen.0.lock().unwrap_or_else(PoisonError::into_inner) = progress;
    Ok(())
}

/// Looks which merchants and modes have customers after those who were looked at, once nobody who comes before them can still
/// be on the way. Whoever reads only may be behind whoever writes, so this does not.
async fn look_on(app: &App, progress: &mut Progress) -> Result<(), Error> {
    let up_to = progress.up_to;
    if progress.next.is_none() {
        progress.next = app.write(move |tx| awaited(tx, up_to)).await?;
    }
    let Some(next) = &progress.next else { return Ok(()) };
    if !next.writers.is_empty() {
        let writing = app.write(|tx| Ok(tx.writers_of(CUSTOMERS)?)).await?;
        if writing.iter().any(|writer| next.writers.contains(writer)) {
            return Ok(());
        }
    }
    // Another transaction: the one that asked may have begun to look before the last of them was committed.
    let to = next.to;
    let who: Vec<(i64, Judged<Mode>)> =
        app.write(move |tx| Ok(tx.all(&WHO_GREW, &[up_to.into(), to.into()])?)).await?;
    for (merchant, Judged(mode)) in who {
        match mode {
            Ok(mode) => {
                progress.behind.insert((merchant, mode));
            }
            Err(error) => tracing::error!(
                merchant, after = up_to, up_to = to, %error,
                "a customer is damaged, and in no index of the search: see kassa db check"
            ),
        }
    }
    (progress.up_to, progress.next) = (to, None);
    Ok(())
}

/// Up to whom is looked next. Who writes is read after that: a writer of an earlier customer is at it, or is committed.
fn awaited(tx: &mut Tx<'_>, up_to: i64) -> Result<Option<Awaited>, Error> {
    let to: Option<i64> = tx.one(&GREW_TO, &[up_to.into(), LOOKED_OVER.into()])?;
    let Some(to) = to else { return Ok(None) };
    Ok(Some(Awaited { to, writers: tx.writers_of(CUSTOMERS)? }))
}

/// Begins and fills what segments there are enough customers for, in turns. Answers for whom there may be more: one that
/// cannot be gone on with holds up no other.
async fn begin_segments(
    app: &Arc<App>,
    mut who: Vec<(i64, Mode)>,
    to: i64,
) -> Result<HashSet<(i64, Mode)>, Error> {
    let mut behind = HashSet::new();
    for _ in 0..SEGMENTS_MAX {
        let mut have_more = Vec::new();
        for (merchant, mode) in who {
            match begin(app, Scope { merchant, mode }, to).await {
                Ok(Next::Begun(first)) => {
                    is_filled(app, first, app.now(), What::Everything).await;
                    have_more.push((merchant, mode));
                }
                // The server that fills it may not live to go on.
                Ok(Next::Held) => {
                    behind.insert((merchant, mode));
                }
                Ok(Next::TooFew) => {}
                Err(Error::Busy(why)) => return Err(Error::Busy(why)),
                Err(error) => {
                    tracing::error!(merchant, %error, "a segment of the search was not begun");
                    behind.insert((merchant, mode));
                }
            }
        }
        who = have_more;
        if who.is_empty() {
            break;
        }
    }
    behind.extend(who);
    Ok(behind)
}

async fn begun(app: &App, behind: i64) -> Result<Option<i64>, Error> {
    let now = app.now();
    app.read_to_write(move |tx| Ok(tx.optional(&BEGUN, &[behind.into(), now.into()])?)).await
}

/// Whether another segment begins.
enum Next {
    Begun(i64),
    /// Another server is at the last one.
    Held,
    TooFew,
}

/// Begins another segment of those who are in none, if they are enough.
async fn begin(app: &Arc<App>, scope: Scope, to: i64) -> Result<Next, Error> {
    // Whoever reads only may be behind, and would leave somebody out.
    app.write(move |tx| {
        let [merchant, mode] = [scope.merchant.into(), scope.mode.into()];
        let newest = newest_segment(tx, scope)?;
        let after = newest.map_or(0, |(last, _)| last);
        let members: Vec<i64> =
            tx.all(&NEXT_MEMBERS, &[merchant, mode, after.into(), (SEGMENT as i64).into()])?;
        let ([first, .., last], SEGMENT) = (members.as_slice(), members.len()) else {
            return Ok(Next::TooFew);
        };
        if *last > to {
            return Ok(Next::TooFew);
        }
        // Two servers would make two segments of the same customers.
        hold_merchant(tx, scope)?;
        if newest.is_some_and(|(_, is_whole)| !is_whole) || newest_segment(tx, scope)? != newest {
            return Ok(Next::Held);
        }
        let far = || Error::Internal("customers of a segment are too far from one another".to_owned());
        let bytes = bytes_of(&members).ok_or_else(far)?;
        tx.send(&BEGIN, &[(*first).into(), (*last).into(), merchant, mode, (&bytes).into()])?;
        Ok(Next::Begun(*first))
    })
    .await
}

pub(super) fn newest_segment(tx: &mut Tx<'_>, scope: Scope) -> Result<Option<(i64, bool)>, Error> {
    Ok(tx.optional(&NEWEST_SEGMENT, &[scope.merchant.into(), scope.mode.into()])?)
}

/// Keeps others from beginning segments of a merchant until the commit.
pub(super) fn hold_merchant(tx: &mut Tx<'_>, scope: Scope) -> Result<(), Error> {
    tx.send(&HOLD_MERCHANT, &[scope.merchant.into()])?;
    Ok(())
}
