//! The filling of segments, behind the writes. It may be cut off at any point, and several servers may do it: who fills a
//! segment holds it for a while, and writes no more once another one has taken it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use db::Tx;

use super::places::Places;
use super::runs::{self, Field};
use super::{by_keys, members_of, of};
use crate::app::App;
use crate::kernel::caller::Mode;
use crate::kernel::error::Error;
use crate::kernel::time::Time;
use crate::records::customers::Customer;

/// How long whoever fills a segment is alone with it since the last thing written.
const HELD: Duration = Duration::from_secs(20);
/// Customers that are read at once. In between others have the thread.
const READ_AT_ONCE: usize = 32;
/// Runs that are read, or written, at once.
pub(super) const RUNS_AT_ONCE: usize = 500;

statements! {
    CLAIM = "update customer_segments set version = version + 1, held_until = $3 where first = $1 and held_until <= $2
        returning merchant, mode, customers, version, is_whole";
    STILL_MINE = "update customer_segments set held_until = $3 where first = $1 and version = $2";
    DONE = "update customer_segments set is_whole = 1, held_until = 0 where first = $1 and version = $2";
    CHANGES = "select customer, sequence, is_deleted from customers_to_index where merchant = $1 and mode = $2
        and customer >= $3 and customer <= $4 order by customer";
    TAKEN_IN = "delete from customers_to_index where customer = $1 and sequence <= $2";
    WAITS_ANEW = "update customers_to_index set since = $2 where customer = $1 and is_deleted = 0";
    RUNS_AFTER = "select run, places from customer_runs where segment = $1 and run > $2 order by run limit $3";
    SET_RUN = "insert into customer_runs (segment, run, places) values ($1, $2, $3)
        on conflict (segment, run) do update set places = excluded.places";
    REMOVE_RUN = "delete from customer_runs where segment = $1 and run = $2";
}

/// What is done with a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// It forgets the deleted, for which no customer is read.
    Deletions,
    /// It forgets the deleted, and then knows of all others.
    Everything,
}

/// A segment that this server fills.
struct Claimed {
    first: i64,
    members: Vec<i64>,
    version: i64,
    is_whole: bool,
}

/// A customer who changed, and its sequence then.
type Change = (i64, i64);
/// Those who were deleted, and those who changed.
type Changes = (Vec<Change>, Vec<Change>);

/// Whether and how whoever fills a segment lets go of it.
#[derive(Debug, Clone, Copy)]
enum End {
    /// It goes on.
    Held(Time),
    /// Others may have it, and searches rely on it if they did before.
    LetGo,
    /// All of it is written, so that searches may rely on it.
    Whole,
}

/// Fills a segment, and tells the log where that failed: one that cannot be filled holds up no other.
pub(super) async fn is_filled(app: &Arc<App>, first: i64, free_at: Time, what: What) -> bool {
    match fill(app, first, free_at, what).await {
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

/// Fills a segment, or what changed of it. Answers whether it did: what another server holds is left to it.
async fn fill(app: &Arc<App>, first: i64, free_at: Time, what: What) -> Result<bool, Error> {
    let until = app.now().after(HELD);
    let Some((claimed, (deleted, changed))) = app.write(move |tx| claim(tx, first, free_at, until)).await?
    else {
        return Ok(false);
    };
    // First, because nothing that is wrong with others may keep what is known of them.
    match what {
        What::Deletions => forget(app, &claimed, deleted, End::LetGo).await,
        What::Everything => {
            let goes_on = End::Held(app.now().after(HELD));
            let are_gone = deleted.is_empty() || forget(app, &claimed, deleted, goes_on).await?;
            if are_gone { renew(app, claimed, changed).await } else { Ok(false) }
        }
    }
}

/// Takes those who were deleted out of a segment.
async fn forget(app: &Arc<App>, claimed: &Claimed, deleted: Vec<Change>, end: End) -> Result<bool, Error> {
    let gone = places_of(&claimed.members, &deleted);
    if !is_written(app, claimed, &gone, HashMap::new()).await? {
        return Ok(false);
    }
    let (first, version, now) = (claimed.first, claimed.version, app.now());
    app.write(move |tx| finish(tx, first, version, &deleted, end, now)).await
}

/// Writes of a segment what is to be known of those who changed, or of everybody where it is not whole yet.
async fn renew(app: &Arc<App>, claimed: Claimed, mut changed: Vec<Change>) -> Result<bool, Error> {
    let mut anew = match claimed.is_whole {
        true => places_of(&claimed.members, &changed),
        false => Places::first(claimed.members.len()),
    };
    let (wanted, damaged) = runs_of(app, &claimed.members, &anew).await?;
    match damaged.first() {
        Some(key) if !claimed.is_whole => {
            return Err(Error::Internal(format!("the customer with the integer {key} cannot be read")));
        }
        Some(_) => {
            // They go on being looked at one by one, and hold up nobody beside them.
            tracing::error!(customers = ?damaged, "customers cannot be read for the index of the search");
            let damaged: Vec<Change> = damaged.into_iter().map(|key| (key, 0)).collect();
            anew = anew.without(&places_of(&claimed.members, &damaged));
            // No sequence is below this, so that they are not taken in.
            for (key, sequence) in &mut changed {
                if damaged.binary_search_by_key(key, |(key, _)| *key).is_ok() {
                    *sequence = i64::MIN;
                }
            }
        }
        None => {}
    }
    let (first, version, now) = (claimed.first, claimed.version, app.now());
    if !is_written(app, &claimed, &anew, wanted).await? {
        return Ok(false);
    }
    app.write(move |tx| finish(tx, first, version, &changed, End::Whole, now)).await
}

/// Takes a segment to fill, with its customers who were deleted and those who changed. Whoever is read after this is read as
/// the change left them.
fn claim(
    tx: &mut Tx<'_>,
    first: i64,
    free_at: Time,
    until: Time,
) -> Result<Option<(Claimed, Changes)>, Error> {
    let values = [first.into(), free_at.into(), until.into()];
    let row: Option<(i64, Mode, Vec<u8>, i64, bool)> = tx.optional(&CLAIM, &values)?;
    let Some((merchant, mode, members, version, is_whole)) = row else { return Ok(None) };
    let members = members_of(first, &members);
    let last = members.last().copied().unwrap_or(first);
    let values = [merchant.into(), mode.into(), first.into(), last.into()];
    let (mut deleted, mut changed) = (Vec::new(), Vec::new());
    for (customer, sequence, is_deleted) in tx.all::<(i64, i64, bool)>(&CHANGES, &values)? {
        let of_its_kind = if is_deleted { &mut deleted } else { &mut changed };
        of_its_kind.push((customer, sequence));
    }
    Ok(Some((Claimed { first, members, version, is_whole }, (deleted, changed))))
}

fn places_of(members: &[i64], changes: &[Change]) -> Places {
    let mut places = Places::NONE;
    let found = changes.iter().filter_map(|(customer, _)| members.binary_search(customer).ok());
    found.for_each(|place| places.add(place));
    places
}

/// Who has which run, of those at some places; and the row keys of those who cannot be read, in their order.
async fn runs_of(
    app: &Arc<App>,
    members: &[i64],
    places: &Places,
) -> Result<(HashMap<i64, Places>, Vec<i64>), Error> {
    let (mut runs, mut damaged) = (HashMap::new(), Vec::new());
    let keys: Vec<i64> = places.iter().filter_map(|place| members.get(place).copied()).collect();
    for keys in keys.chunks(READ_AT_ONCE) {
        let keys = keys.to_vec();
        let (customers, unreadable) = app.read_to_write(move |tx| readable(tx, &keys)).await?;
        for customer in &customers {
            if let Ok(place) = members.binary_search(&customer.key) {
                each_run_of(customer, |run| runs.entry(run).or_insert(Places::NONE).add(place));
            }
        }
        damaged.extend(unreadable);
        tokio::task::yield_now().await;
    }
    Ok((runs, damaged))
}

/// The customers of these row keys who are there, and the row keys of those who cannot be read.
pub(super) fn readable(tx: &mut Tx<'_>, keys: &[i64]) -> Result<(Vec<Customer>, Vec<i64>), Error> {
    match by_keys(tx, keys) {
        Err(Error::Internal(_)) => {}
        customers => return Ok((customers?, Vec::new())),
    }
    let (mut customers, mut damaged) = (Vec::new(), Vec::new());
    for key in keys {
        match by_keys(tx, &[*key]) {
            Err(Error::Internal(_)) => damaged.push(*key),
            customer => customers.extend(customer?),
        }
    }
    Ok((customers, damaged))
}

/// Every run of a customer. Some come more than once.
pub(super) fn each_run_of(customer: &Customer, mut has: impl FnMut(i64)) {
    for field in Field::ALL {
        if let Some(text) = of(&customer.details, field) {
            runs::each(field, &text, &mut has);
        }
    }
}

/// Has the places that are read anew have just the runs that are wanted. Answers whether the segment is still this server's.
async fn is_written(
    app: &Arc<App>,
    claimed: &Claimed,
    anew: &Places,
    wanted: HashMap<i64, Places>,
) -> Result<bool, Error> {
    let (first, version) = (claimed.first, claimed.version);
    let mut differing = differing(app, first, anew, wanted).await?;
    differing.sort_unstable_by_key(|(run, _)| *run);
    let differing = Arc::new(differing);
    for from in (0..differing.len()).step_by(RUNS_AT_ONCE) {
        let (runs, until) = (Arc::clone(&differing), app.now().after(HELD));
        let to = runs.len().min(from + RUNS_AT_ONCE);
        if !app.write(move |tx| write(tx, first, version, until, &runs[from..to])).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The runs whose places are others than those that are stored, as they are to be stored: without bytes where nobody has one.
async fn differing(
    app: &Arc<App>,
    segment: i64,
    anew: &Places,
    mut wanted: HashMap<i64, Places>,
) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let (mut differing, mut after) = (Vec::new(), i64::MIN);
    loop {
        let limit = RUNS_AT_ONCE as i64;
        let rows: Vec<(i64, Vec<u8>)> = app
            .read_to_write(move |tx| Ok(tx.all(&RUNS_AFTER, &[segment.into(), after.into(), limit.into()])?))
            .await?;
        for (run, bytes) in &rows {
            let stored = Places::read(bytes);
            let places = stored.without(anew).either(&wanted.remove(run).unwrap_or(Places::NONE));
            if places != stored {
                differing.push((*run, places.bytes()));
            }
        }
        match rows.last() {
            Some((run, _)) if rows.len() == RUNS_AT_ONCE && *run > after => after = *run,
            Some(_) | None => break,
        }
    }
    differing.extend(wanted.iter().map(|(run, places)| (*run, places.bytes())));
    Ok(differing)
}

/// Writes some runs of a segment; not if another server has taken it.
fn write(
    tx: &mut Tx<'_>,
    first: i64,
    version: i64,
    until: Time,
    runs: &[(i64, Vec<u8>)],
) -> Result<bool, Error> {
    if tx.execute(&STILL_MINE, &[first.into(), version.into(), until.into()])? == 0 {
        return Ok(false);
    }
    for (run, places) in runs {
        if places.is_empty() {
            tx.send(&REMOVE_RUN, &[first.into(), (*run).into()])?;
        } else {
            tx.send(&SET_RUN, &[first.into(), (*run).into(), places.into()])?;
        }
    }
    Ok(true)
}

/// Says that the segment knows of these changes; not if another server has taken it.
fn finish(
    tx: &mut Tx<'_>,
    first: i64,
    version: i64,
    changes: &[Change],
    end: End,
    now: Time,
) -> Result<bool, Error> {
    let [segment, number] = [first.into(), version.into()];
    let held = match end {
        End::Held(until) => tx.execute(&STILL_MINE, &[segment, number, until.into()])?,
        End::LetGo => tx.execute(&STILL_MINE, &[segment, number, Time(0).into()])?,
        End::Whole => tx.execute(&DONE, &[segment, number])?,
    };
    if held == 0 {
        return Ok(false);
    }
    for (customer, sequence) in changes {
        if tx.execute(&TAKEN_IN, &[(*customer).into(), (*sequence).into()])? == 0 {
            // Whoever changed once more meanwhile stays, and waits as if that was the first change.
            tx.send(&WAITS_ANEW, &[(*customer).into(), now.into()])?;
        }
    }
    if !changes.is_empty() {
        // The runs of what was deleted go from the files.
        tx.erased();
    }
    Ok(true)
}
