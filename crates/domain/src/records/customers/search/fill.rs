//! The filling of the index, behind the writes. It may be cut off at any point, and several servers may do it: who fills a
//! segment holds it for a while, and writes no more once another one has taken it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use db::Tx;

use super::places::{Places, SEGMENT};
use super::runs::{self, Field};
use super::{by_keys, bytes_of, members_of, of};
use crate::app::App;
use crate::kernel::caller::{Mode, Scope};
use crate::kernel::error::Error;
use crate::kernel::time::Time;
use crate::turns::{self, ALL_THAT_WAIT, FIRST_IN, NEXT_IN};

/// How long changes wait for others of the same segment. What the index knew of the deleted has left the files within 60 s,
/// and these are emptied once in 40 s.
const CHANGES_WAIT: Duration = Duration::from_secs(15);
/// Customers that one turn looks over for those of merchants who have enough for another segment.
const LOOKED_OVER: i64 = 20_000;
/// How long whoever fills a segment is alone with it since the last thing written.
const HELD: Duration = Duration::from_secs(20);
/// Merchants whose changes are taken in, in one round, and rounds of one turn. Each merchant has a segment in a round.
const MERCHANTS_AT_ONCE: usize = 20;
const ROUNDS_MAX: usize = 10;
/// Changes of those who are in no segment that go in one commit.
const FORGOTTEN_AT_ONCE: i64 = 1_000;
/// Segments that one turn begins for one merchant.
const SEGMENTS_MAX: usize = 20;
/// Customers that are read at once. In between others have the thread.
const READ_AT_ONCE: usize = 32;
/// Runs that are read, or written, at once.
const RUNS_AT_ONCE: usize = 500;

const CUSTOMERS: &str = "customers";
const CHANGES_OF_ANY: &str = "customers_to_index where since >= 0";

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
    CLAIM = "update customer_segments set version = version + 1, held_until = $3 where first = $1 and held_until <= $2
        returning merchant, mode, customers, version, is_whole";
    STILL_MINE = "update customer_segments set held_until = $3 where first = $1 and version = $2";
    DONE = "update customer_segments set is_whole = 1, held_until = 0 where first = $1 and version = $2";
    MERCHANTS_CHANGED = FIRST_IN, CHANGES_OF_ANY, NEXT_IN, CHANGES_OF_ANY, ALL_THAT_WAIT,
        "and (select min(since) from", CHANGES_OF_ANY, "and merchant = w.merchant) <= $1";
    LONGEST_CHANGED = "select customer, sequence, mode from customers_to_index where merchant = $1 and since <= $2
        order by since, customer limit 1";
    SEGMENT_OF = "select first, last from customer_segments where merchant = $1 and mode = $2 and first <= $3
        order by first desc limit 1";
    FORGET_BEHIND = "delete from customers_to_index where customer in (select customer from customers_to_index
        where merchant = $1 and mode = $2 and customer > $3 order by customer limit $4)";
    CHANGES = "select customer, sequence from customers_to_index where merchant = $1 and mode = $2 and customer >= $3
        and customer <= $4 order by customer";
    TAKEN_IN = "delete from customers_to_index where customer = $1 and sequence <= $2";
    RUNS_AFTER = "select run, places from customer_runs where segment = $1 and run > $2 order by run limit $3";
    SET_RUN = "insert into customer_runs (segment, run, places) values ($1, $2, $3)
        on conflict (segment, run) do update set places = excluded.places";
    REMOVE_RUN = "delete from customer_runs where segment = $1 and run = $2";
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

/// A segment that this server fills.
struct Claimed {
    members: Vec<i64>,
    version: i64,
    is_whole: bool,
}

/// A customer who changed, and its sequence then.
type Change = (i64, i64);

/// Puts customers into segments once they are enough.
pub async fn keep_up(app: &Arc<App>, seen: &Seen) -> Result<(), Error> {
    let mut behind = 0;
    // What others hold is left to them.
    while let Some(first) = begun(app, behind).await? {
        is_filled(app, first, app.now()).await;
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
    let who: Vec<(i64, Mode)> =
        app.write(move |tx| Ok(tx.all(&WHO_GREW, &[up_to.into(), to.into()])?)).await?;
    progress.behind.extend(who);
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
                    is_filled(app, first, app.now()).await;
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

/// Fills a segment, and tells the log where that failed: one that cannot be filled holds up no other.
async fn is_filled(app: &Arc<App>, first: i64, free_at: Time) -> bool {
    match fill(app, first, free_at).await {
        Ok(is_done) => is_done,
        Err(Error::Busy(why)) => {
            tracing::debug!(first, why, "a segment of the search is put off");
            false
        }
        Err(error) => {
            tracing::error!(first, %error, "a segment of the search was not filled");
            false
        }
    }
}

async fn begun(app: &App, behind: i64) -> Result<Option<i64>, Error> {
    let now = app.now();
    app.read(move |tx| Ok(tx.optional(&BEGUN, &[behind.into(), now.into()])?)).await
}

/// Takes in what changed a while ago.
pub async fn take_in_changes(app: &Arc<App>) -> Result<(), Error> {
    let now = app.now();
    take_in(app, now.before(CHANGES_WAIT), now, ROUNDS_MAX).await
}

/// Takes in all changes there are, before the server stops: what the index knows of the deleted goes. What is held is taken,
/// because this server may have held it until now; another one that does finds out, and begins again.
pub async fn take_in_all_changes(app: &Arc<App>) -> Result<(), Error> {
    take_in(app, Time(i64::MAX), Time(i64::MAX), usize::MAX).await
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
        tx.send(&HOLD_MERCHANT, &[merchant])?;
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

fn newest_segment(tx: &mut Tx<'_>, scope: Scope) -> Result<Option<(i64, bool)>, Error> {
    Ok(tx.optional(&NEWEST_SEGMENT, &[scope.merchant.into(), scope.mode.into()])?)
}

/// Takes in the changes that were there at a time already, in turns of the merchants.
async fn take_in(app: &Arc<App>, since: Time, free_at: Time, rounds: usize) -> Result<(), Error> {
    for _ in 0..rounds {
        let now = app.now();
        let merchants = app.read(move |tx| Ok(tx.all(&MERCHANTS_CHANGED, &[since.into()])?)).await?;
        let (merchants, _) = turns::share_out(merchants, MERCHANTS_AT_ONCE, now);
        let mut is_anything_done = false;
        for merchant in merchants {
            is_anything_done |= match app.write(move |tx| longest_changed(tx, merchant, since)).await? {
                Changed::Segment(first) => is_filled(app, first, free_at).await,
                Changed::Forgotten => true,
                Changed::Nothing => false,
            };
        }
        if !is_anything_done {
            break;
        }
    }
    Ok(())
}

/// What waits the longest for one merchant.
enum Changed {
    /// A change of somebody in a segment.
    Segment(i64),
    /// Changes of those who are in none, of whom nobody needs to know: they are gone now.
    Forgotten,
    Nothing,
}

fn longest_changed(tx: &mut Tx<'_>, merchant: i64, since: Time) -> Result<Changed, Error> {
    let longest: Option<(i64, i64, Mode)> =
        tx.optional(&LONGEST_CHANGED, &[merchant.into(), since.into()])?;
    let Some((customer, sequence, mode)) = longest else { return Ok(Changed::Nothing) };
    let scope = Scope { merchant, mode };
    let [of_merchant, mode] = [merchant.into(), mode.into()];
    // Or a segment could begin of those whose changes are forgotten here.
    tx.send(&HOLD_MERCHANT, &[of_merchant])?;
    let segment: Option<(i64, i64)> = tx.optional(&SEGMENT_OF, &[of_merchant, mode, customer.into()])?;
    if let Some((first, last)) = segment
        && customer <= last
    {
        return Ok(Changed::Segment(first));
    }
    let last = newest_segment(tx, scope)?.map_or(0, |(last, _)| last);
    if customer < last {
        // Its row was gone before the segments around it began.
        tx.send(&TAKEN_IN, &[customer.into(), sequence.into()])?;
        return Ok(Changed::Forgotten);
    }
    tx.send(&FORGET_BEHIND, &[of_merchant, mode, last.into(), FORGOTTEN_AT_ONCE.into()])?;
    Ok(Changed::Forgotten)
}

/// Fills a segment, or what changed of it. Answers whether it did: what another server holds is left to it.
async fn fill(app: &Arc<App>, first: i64, free_at: Time) -> Result<bool, Error> {
    let until = app.now().after(HELD);
    let Some((claimed, changes)) = app.write(move |tx| claim(tx, first, free_at, until)).await? else {
        return Ok(false);
    };
    let Claimed { members, version, is_whole } = claimed;
    let is_anew =
        |key: i64| !is_whole || changes.binary_search_by_key(&key, |(customer, _)| *customer).is_ok();
    let mut anew = Places::NONE;
    let places = members.iter().enumerate().filter(|(_, key)| is_anew(**key));
    places.for_each(|(place, _)| anew.add(place));
    let mut wanted = runs_of(app, &members, &anew).await?;
    let mut differing = differing(app, first, &anew, &mut wanted).await?;
    differing.sort_unstable_by_key(|(run, _)| *run);
    for part in differing.chunks(RUNS_AT_ONCE) {
        let (part, until) = (part.to_vec(), app.now().after(HELD));
        if !app.write(move |tx| write(tx, first, version, until, &part)).await? {
            return Ok(false);
        }
    }
    app.write(move |tx| finish(tx, first, version, &changes)).await
}

/// Takes a segment to fill, with the changes of its customers. Whoever is read after this is read as the change left them.
fn claim(
    tx: &mut Tx<'_>,
    first: i64,
    free_at: Time,
    until: Time,
) -> Result<Option<(Claimed, Vec<Change>)>, Error> {
    let values = [first.into(), free_at.into(), until.into()];
    let row: Option<(i64, Mode, Vec<u8>, i64, bool)> = tx.optional(&CLAIM, &values)?;
    let Some((merchant, mode, members, version, is_whole)) = row else { return Ok(None) };
    let members = members_of(first, &members);
    let last = members.last().copied().unwrap_or(first);
    let changes = tx.all(&CHANGES, &[merchant.into(), mode.into(), first.into(), last.into()])?;
    Ok(Some((Claimed { members, version, is_whole }, changes)))
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
fn write(
    tx: &mut Tx<'_>,
    first: i64,
    version: i64,
    until: Time,
    runs: &[(i64, Places)],
) -> Result<bool, Error> {
    if tx.execute(&STILL_MINE, &[first.into(), version.into(), until.into()])? == 0 {
        return Ok(false);
    }
    for (run, places) in runs {
        if places.is_empty() {
            tx.send(&REMOVE_RUN, &[first.into(), (*run).into()])?;
        } else {
            tx.send(&SET_RUN, &[first.into(), (*run).into(), (&places.bytes()).into()])?;
        }
    }
    Ok(true)
}

/// Lets searches rely on the segment, and others fill it.
fn finish(tx: &mut Tx<'_>, first: i64, version: i64, changes: &[Change]) -> Result<bool, Error> {
    if tx.execute(&DONE, &[first.into(), version.into()])? == 0 {
        return Ok(false);
    }
    for (customer, sequence) in changes {
        // Whoever changed once more meanwhile stays.
        tx.send(&TAKEN_IN, &[(*customer).into(), (*sequence).into()])?;
    }
    if !changes.is_empty() {
        // The runs of what was deleted go from the files.
        tx.erased();
    }
    Ok(true)
}
