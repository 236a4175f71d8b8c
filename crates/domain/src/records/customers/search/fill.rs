//! The filling of the index, behind the writes. It may be cut off at any point, and several servers may do it at once: who
//! fills a segment has raised its version, and whoever did so before writes no more.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use db::Tx;

use super::places::{Places, SEGMENT};
use super::runs::{self, Field};
use super::{by_keys, members_of, of};
use crate::app::App;
use crate::kernel::caller::{Mode, Scope};
use crate::kernel::error::Error;
use crate::kernel::time::Time;

/// Nobody is put into a segment sooner. On PostgreSQL a customer's commit may take a while, and until then those with larger
/// integers can be seen and this one cannot.
const COMMITTED: Duration = Duration::from_secs(10);
/// How long changes wait for others of the same segment.
const CHANGES_WAIT: Duration = Duration::from_secs(30);
/// Customers that one turn looks over for those of merchants who have enough for another segment.
const LOOKED_OVER: i64 = 20_000;
/// Segments whose changes are taken in, in one turn.
const SEGMENTS_MAX: usize = 50;
/// Customers that are read at once.
const READ_AT_ONCE: usize = 64;
/// Runs that are read, or written, at once.
const RUNS_AT_ONCE: usize = 500;

statements! {
    GREW_TO = "select max(id) from (select id, created_at from customers where id > $1 order by id limit $3) as grown
        where created_at <= $2";
    WHO_GREW = "select merchant, mode from customers where id > $1 and id <= $2 group by merchant, mode";
    NEWEST_SEGMENT = "select last, is_whole from customer_segments where merchant = $1 and mode = $2
        order by first desc limit 1";
    NEXT_MEMBERS = "select id from customers where merchant = $1 and mode = $2 and id > $3
        and created_at >= 0 order by id limit $4";
    HOLD_MERCHANT = "update merchants set created_at = created_at where id = $1";
    BEGIN = "insert into customer_segments (first, last, merchant, mode, customers, version, is_whole)
        values ($1, $2, $3, $4, $5, 0, 0)";
    BEGUN = "select first from customer_segments where is_whole = 0 and first > 0 order by first limit 1";
    CLAIM = "update customer_segments set version = version + 1 where first = $1
        returning merchant, mode, customers, version, is_whole";
    STILL_MINE = "update customer_segments set version = version where first = $1 and version = $2";
    IS_WHOLE = "update customer_segments set is_whole = 1 where first = $1";
    LONGEST_CHANGED = "select customer, sequence, merchant, mode from customers_to_index where since <= $1
        order by since limit 1";
    SEGMENT_OF = "select first, last from customer_segments where merchant = $1 and mode = $2 and first <= $3
        order by first desc limit 1";
    CHANGES = "select customer, sequence from customers_to_index where merchant = $1 and mode = $2 and customer >= $3
        and customer <= $4 order by customer";
    TAKEN_IN = "delete from customers_to_index where customer = $1 and sequence <= $2";
    RUNS_AFTER = "select run, places from customer_runs where segment = $1 and run > $2 order by run limit $3";
    SET_RUN = "insert into customer_runs (segment, run, places) values ($1, $2, $3)
        on conflict (segment, run) do update set places = excluded.places";
    REMOVE_RUN = "delete from customer_runs where segment = $1 and run = $2";
}

/// Up to which customer this server has looked for merchants who have enough for another segment.
#[derive(Debug, Default)]
pub struct Seen(AtomicI64);

/// A segment that this server fills.
struct Claimed {
    members: Vec<i64>,
    version: i64,
    is_whole: bool,
}

/// A customer who changed, and its sequence then.
type Changed = (i64, i64);

/// Brings the index up to date, but for what is very new.
pub async fn keep_up(app: &Arc<App>, seen: &Seen) -> Result<(), Error> {
    while let Some(first) = app.read(|tx| Ok(tx.optional(&BEGUN, &[])?)).await? {
        if !fill(app, first).await? {
            return Ok(());
        }
    }
    let from = seen.0.load(Ordering::Relaxed);
    let settled = app.now().before(COMMITTED);
    let grew = app.read(move |tx| {
        let values = [from.into(), settled.into(), LOOKED_OVER.into()];
        let Some(to) = tx.one::<Option<i64>>(&GREW_TO, &values)? else { return Ok(None) };
        let who: Vec<(i64, Mode)> = tx.all(&WHO_GREW, &[from.into(), to.into()])?;
        Ok(Some((to, who)))
    });
    if let Some((to, who)) = grew.await? {
        for (merchant, mode) in who {
            while let Some(first) = begin(app, Scope { merchant, mode }, to).await? {
                fill(app, first).await?;
            }
        }
        seen.0.store(to, Ordering::Relaxed);
    }
    take_in(app, app.now().before(CHANGES_WAIT), SEGMENTS_MAX).await
}

/// Takes in all changes there are, before the server stops: what the index knows of the deleted goes.
pub async fn take_in_changes(app: &Arc<App>) -> Result<(), Error> {
    take_in(app, Time(i64::MAX), usize::MAX).await
}

/// Begins another segment of those who are in none, if they are enough.
async fn begin(app: &Arc<App>, scope: Scope, to: i64) -> Result<Option<i64>, Error> {
    let found = app.read(move |tx| {
        let newest = newest_segment(tx, scope)?;
        let after = newest.map_or(0, |(last, _)| last);
        let most = (SEGMENT as i64).into();
        let values = [scope.merchant.into(), scope.mode.into(), after.into(), most];
        Ok((newest, tx.all::<i64>(&NEXT_MEMBERS, &values)?))
    });
    let (newest, members) = found.await?;
    let are_enough = members.len() == SEGMENT && members.last().is_some_and(|last| *last <= to);
    // One that is not whole yet is another server's, and goes first.
    if !are_enough || newest.is_some_and(|(_, is_whole)| !is_whole) {
        return Ok(None);
    }
    let bytes: Vec<u8> = members.iter().flat_map(|key| key.to_le_bytes()).collect();
    app.write(move |tx| {
        // Two servers would make two segments of the same customers.
        tx.execute(&HOLD_MERCHANT, &[scope.merchant.into()])?;
        let ([first, .., last], true) = (members.as_slice(), newest_segment(tx, scope)? == newest) else {
            return Ok(None);
        };
        let [merchant, mode] = [scope.merchant.into(), scope.mode.into()];
        tx.execute(&BEGIN, &[(*first).into(), (*last).into(), merchant, mode, (&bytes).into()])?;
        Ok(Some(*first))
    })
    .await
}

fn newest_segment(tx: &mut Tx<'_>, scope: Scope) -> Result<Option<(i64, bool)>, Error> {
    Ok(tx.optional(&NEWEST_SEGMENT, &[scope.merchant.into(), scope.mode.into()])?)
}

/// Takes in the changes that were there at a time already, at most in so many segments.
async fn take_in(app: &Arc<App>, since: Time, most: usize) -> Result<(), Error> {
    for _ in 0..most {
        let Some(segment) = app.write(move |tx| longest_changed(tx, since)).await? else { break };
        if let Some(first) = segment
            && !fill(app, first).await?
        {
            break;
        }
    }
    Ok(())
}

/// The segment of the customer whose change waits the longest; none where the customer is in no segment, of whose change
/// nobody needs to know. Nothing where no change waits.
fn longest_changed(tx: &mut Tx<'_>, since: Time) -> Result<Option<Option<i64>>, Error> {
    let changed: Option<(Changed, i64, Mode)> = tx.optional(&LONGEST_CHANGED, &[since.into()])?;
    let Some(((customer, sequence), merchant, mode)) = changed else { return Ok(None) };
    let values = [merchant.into(), mode.into(), customer.into()];
    let segment: Option<(i64, i64)> = tx.optional(&SEGMENT_OF, &values)?;
    let segment = segment.filter(|(_, last)| *last >= customer).map(|(first, _)| first);
    if segment.is_none() {
        tx.execute(&TAKEN_IN, &[customer.into(), sequence.into()])?;
    }
    Ok(Some(segment))
}

/// Fills a segment, or what changed of it. Answers whether it did: another server may have taken it meanwhile, and is left
/// to it.
async fn fill(app: &Arc<App>, first: i64) -> Result<bool, Error> {
    let (claimed, changes) = app.write(move |tx| claim(tx, first)).await?;
    let Claimed { members, version, is_whole } = claimed;
    let is_anew = |key: i64| !is_whole || changes.iter().any(|(customer, _)| *customer == key);
    let mut anew = Places::NONE;
    let places = members.iter().enumerate().filter(|(_, key)| is_anew(**key));
    places.for_each(|(place, _)| anew.add(place));
    let mut wanted = runs_of(app, &members, &anew).await?;
    let mut differing = differing(app, first, &anew, &mut wanted).await?;
    differing.sort_unstable_by_key(|(run, _)| *run);
    for part in differing.chunks(RUNS_AT_ONCE) {
        let part = part.to_vec();
        if !app.write(move |tx| write(tx, first, version, &part)).await? {
            return Ok(false);
        }
    }
    app.write(move |tx| finish(tx, first, version, &changes)).await
}

/// Takes a segment to fill, with the changes of its customers. Whoever is read after this is read as the change left them.
fn claim(tx: &mut Tx<'_>, first: i64) -> Result<(Claimed, Vec<Changed>), Error> {
    let (merchant, mode, members, version, is_whole): (i64, Mode, Vec<u8>, i64, bool) =
        tx.one(&CLAIM, &[first.into()])?;
    let members = members_of(&members);
    let last = members.last().copied().unwrap_or(first);
    let changes = tx.all(&CHANGES, &[merchant.into(), mode.into(), first.into(), last.into()])?;
    Ok((Claimed { members, version, is_whole }, changes))
}

/// Who has which run, of those at some places.
async fn runs_of(app: &Arc<App>, members: &[i64], places: &Places) -> Result<HashMap<i64, Places>, Error> {
    let mut runs: HashMap<i64, Places> = HashMap::new();
    let places: Vec<usize> = places.iter().filter(|place| *place < members.len()).collect();
    for places in places.chunks(READ_AT_ONCE) {
        let keys: Vec<i64> = places.iter().map(|place| members[*place]).collect();
        for customer in app.read(move |tx| by_keys(tx, &keys)).await? {
            let Ok(place) = members.binary_search(&customer.key) else { continue };
            for field in Field::ALL {
                let text = of(&customer.details, field).unwrap_or_default();
                for run in runs::of(field, &text) {
                    runs.entry(run).or_insert(Places::NONE).add(place);
                }
            }
        }
        tokio::task::yield_now().await;
    }
    Ok(runs)
}

/// The runs whose places are others than those that are stored, when the places that are read anew have just what is wanted.
async fn differing(
    app: &Arc<App>,
    segment: i64,
    anew: &Places,
    wanted: &mut HashMap<i64, Places>,
) -> Result<Vec<(i64, Places)>, Error> {
    let (mut differing, mut after) = (Vec::new(), i64::MIN);
    loop {
        let limit = RUNS_AT_ONCE as i64;
        let rows: Vec<(i64, Vec<u8>)> = app
            .read(move |tx| Ok(tx.all(&RUNS_AFTER, &[segment.into(), after.into(), limit.into()])?))
            .await?;
        for (run, bytes) in &rows {
            let stored = Places::read(bytes);
            let places = stored.without(anew).either(&wanted.remove(run).unwrap_or(Places::NONE));
            if places != stored {
                differing.push((*run, places));
            }
        }
        match rows.last() {
            Some((run, _)) if rows.len() == RUNS_AT_ONCE => after = *run,
            Some(_) | None => break,
        }
    }
    differing.extend(wanted.drain());
    Ok(differing)
}

/// Writes some runs of a segment; not if another server has taken it.
fn write(tx: &mut Tx<'_>, first: i64, version: i64, runs: &[(i64, Places)]) -> Result<bool, Error> {
    if !is_still_mine(tx, first, version)? {
        return Ok(false);
    }
    for (run, places) in runs {
        if places.is_empty() {
            tx.execute(&REMOVE_RUN, &[first.into(), (*run).into()])?;
        } else {
            tx.execute(&SET_RUN, &[first.into(), (*run).into(), (&places.bytes()).into()])?;
        }
    }
    Ok(true)
}

/// Lets searches rely on the segment.
fn finish(tx: &mut Tx<'_>, first: i64, version: i64, changes: &[Changed]) -> Result<bool, Error> {
    if !is_still_mine(tx, first, version)? {
        return Ok(false);
    }
    tx.execute(&IS_WHOLE, &[first.into()])?;
    for (customer, sequence) in changes {
        // Whoever changed once more meanwhile stays.
        tx.execute(&TAKEN_IN, &[(*customer).into(), (*sequence).into()])?;
    }
    if !changes.is_empty() {
        // The runs of what was deleted go from the files.
        tx.erased();
    }
    Ok(true)
}

fn is_still_mine(tx: &mut Tx<'_>, first: i64, version: i64) -> Result<bool, Error> {
    Ok(tx.execute(&STILL_MINE, &[first.into(), version.into()])? == 1)
}
