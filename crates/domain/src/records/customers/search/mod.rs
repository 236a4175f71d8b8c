//! Customers by a part of their name, e-mail address or phone, newest first.
//!
//! An index says which customers may have the text: for each run of letters, who of a segment of customers has it. It is
//! filled behind the writes, so that making a customer costs no more for it, and whoever it does not know yet is looked at
//! one by one: the newest, who stand in no segment, and those who changed since theirs was written. So a search always finds
//! what was committed before it.

mod changes;
mod check;
mod fill;
mod grow;
mod places;
mod runs;

use std::borrow::Cow;
use std::collections::HashMap;

use db::Tx;

use self::places::Places;
use self::runs::{Field, WANTED};
use super::{Customer, Details, PAGE_MAX, newest};
use crate::kernel::caller::Scope;
use crate::kernel::error::Error;
use crate::kernel::text;
use crate::kernel::time::Drawn;

pub(crate) use changes::STATEMENTS as CHANGES_STATEMENTS;
pub use changes::{Rounds, forget_deleted, left_to_forget, take_in_all_changes, take_in_changes};
pub(crate) use check::{CHECKED, STATEMENTS as CHECK_STATEMENTS};
pub(crate) use fill::STATEMENTS as FILL_STATEMENTS;
pub(crate) use grow::STATEMENTS as GROW_STATEMENTS;
pub use grow::{Seen, keep_up};

/// Segments that are looked at in one read.
const SEGMENTS_AT_ONCE: usize = 16;
/// Customers that one statement reads.
const KEYS_AT_ONCE: usize = 8;
/// The fewest customers that one read looks at one by one, where there are as many.
const LOOKED_AT_LEAST: usize = 32;
/// Customers that one read looks at one by one.
const LOOKED_AT: usize = 512;
statements! {
    INDEXED_UP_TO = "select last from customer_segments where merchant = $1 and mode = $2 and is_whole = 1
        order by first desc limit 1";
    SEGMENTS = "select first from customer_segments where merchant = $1 and mode = $2 and first < $3 and is_whole = 1
        order by first desc limit $4";
    RUNS = "select segment, run, places from customer_runs
        where segment in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        and run in ($17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)";
    MEMBERS = "select customers from customer_segments where first = $1";
    CHANGED = "select customer from customers_to_index where merchant = $1 and mode = $2 and customer >= $3
        and customer < $4 order by customer desc limit $5";
    // PostgreSQL would read a whole small table for a list of keys, and would go on doing so when it has grown.
    BY_KEYS = Customer::SELECT, "where id = $1 and deleted_at is null union all",
        Customer::SELECT, "where id = $2 and deleted_at is null union all",
        Customer::SELECT, "where id = $3 and deleted_at is null union all",
        Customer::SELECT, "where id = $4 and deleted_at is null union all",
        Customer::SELECT, "where id = $5 and deleted_at is null union all",
        Customer::SELECT, "where id = $6 and deleted_at is null union all",
        Customer::SELECT, "where id = $7 and deleted_at is null union all",
        Customer::SELECT, "where id = $8 and deleted_at is null";
    TO_INDEX = "insert into customers_to_index (customer, merchant, mode, sequence, since, is_deleted)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (customer) do update set sequence = excluded.sequence, is_deleted = excluded.is_deleted";
}

/// A text that customers are looked for by, and where it may stand.
#[derive(Debug, Clone)]
pub struct Sought {
    text: String,
    fields: &'static [Field],
}

impl Sought {
    /// A part of a name, in any case.
    pub fn in_name(text: &str) -> Self {
        Self { text: text.to_lowercase(), fields: &[Field::Name] }
    }

    /// A part of a name, an e-mail address or a phone, in any case.
    pub fn in_any_field(text: &str) -> Self {
        Self { text: text.to_lowercase(), fields: &Field::ALL }
    }

    /// Whether a customer has it.
    pub fn is_in(&self, customer: &Customer) -> bool {
        let has = |text: Cow<'_, str>| text::contains(&text, &self.text);
        self.fields.iter().any(|field| of(&customer.details, *field).is_some_and(has))
    }

    /// The runs that it is looked for by, as many for each field that it may stand in. They are repeated to fill a statement.
    fn runs(&self) -> [i64; WANTED * Field::ALL.len()] {
        let runs = self.fields.iter().flat_map(|field| runs::wanted(*field, &self.text));
        let runs: Vec<i64> = runs.collect();
        std::array::from_fn(|place| runs[place % runs.len()])
    }
}

/// What stands in a field that is searched.
fn of(details: &Details, field: Field) -> Option<Cow<'_, str>> {
    match field {
        Field::Name => details.name.as_ref().map(|name| name.whole().into()),
        Field::Email => details.email.as_ref().map(|email| email.as_str().into()),
        Field::Phone => details.phone.as_ref().map(|phone| phone.text().into()),
    }
}

/// What one read found.
#[derive(Debug)]
pub struct Part {
    /// Customers who have the text, newest first.
    pub customers: Vec<Customer>,
    /// The integer below which the search goes on; none at its end.
    pub before: Option<i64>,
}

/// Goes on with a search: among the customers older than the integer `before`. A read looks at no more than it can in a
/// short time, and so it may find nobody before the end. It looks at about as many customers as are `wanted`.
pub fn search(
    tx: &mut Tx<'_>,
    scope: Scope,
    sought: &Sought,
    before: Option<i64>,
    wanted: usize,
) -> Result<Part, Error> {
    let before = before.unwrap_or(i64::MAX);
    let indexed: Option<i64> = match sought.text.is_empty() {
        true => None,
        false => tx.optional(&INDEXED_UP_TO, &[scope.merchant.into(), scope.mode.into()])?,
    };
    match indexed {
        Some(indexed) if before <= indexed + 1 => in_segments(tx, scope, sought, before, wanted),
        indexed => in_newest(tx, scope, sought, before, indexed),
    }
}

/// Among those who stand in no segment, each of whom is looked at.
fn in_newest(
    tx: &mut Tx<'_>,
    scope: Scope,
    sought: &Sought,
    before: i64,
    indexed: Option<i64>,
) -> Result<Part, Error> {
    let mut customers = newest(tx, scope, Some(before), PAGE_MAX, 0)?;
    let last = customers.last().map(|customer| customer.key).filter(|_| customers.len() == PAGE_MAX as usize);
    customers
        .retain(|customer| indexed.is_none_or(|indexed| customer.key > indexed) && sought.is_in(customer));
    let before = match (last, indexed) {
        (Some(last), Some(indexed)) => Some(last.max(indexed + 1)),
        (None, Some(indexed)) => Some(indexed + 1),
        (last, None) => last,
    };
    Ok(Part { customers, before })
}

/// Among those who stand in segments: those whose runs say that they may have it, and those who changed.
fn in_segments(
    tx: &mut Tx<'_>,
    scope: Scope,
    sought: &Sought,
    before: i64,
    wanted: usize,
) -> Result<Part, Error> {
    let [merchant, mode] = [scope.merchant.into(), scope.mode.into()];
    let segments: Vec<i64> =
        tx.all(&SEGMENTS, &[merchant, mode, before.into(), (SEGMENTS_AT_ONCE as i64).into()])?;
    // Nobody below this is looked at in this read.
    let mut floor = segments.last().copied().filter(|_| segments.len() == SEGMENTS_AT_ONCE);
    let lowest = floor.unwrap_or(0).into();
    let mut keys: Vec<i64> =
        tx.all(&CHANGED, &[merchant, mode, lowest, before.into(), (LOOKED_AT as i64).into()])?;
    if keys.len() == LOOKED_AT {
        floor = keys.last().copied();
    }
    for (segment, places) in who_may_have(tx, sought, &segments)? {
        let members: Vec<u8> = tx.one(&MEMBERS, &[segment.into()])?;
        let members = members_of(segment, &members);
        keys.extend(places.iter().filter_map(|place| members.get(place).copied()));
    }
    keys.retain(|key| *key < before && floor.is_none_or(|floor| *key >= floor));
    keys.sort_unstable_by(|one, other| other.cmp(one));
    keys.dedup();
    let most = wanted.clamp(LOOKED_AT_LEAST, LOOKED_AT);
    if keys.len() > most {
        keys.truncate(most);
        floor = keys.last().copied();
    }
    let mut customers = by_keys(tx, &keys)?;
    customers.retain(|customer| sought.is_in(customer));
    Ok(Part { customers, before: floor })
}

/// Who of each segment has all runs of one field, where anybody has.
fn who_may_have(tx: &mut Tx<'_>, sought: &Sought, segments: &[i64]) -> Result<Vec<(i64, Places)>, Error> {
    let Some(some) = segments.first() else { return Ok(Vec::new()) };
    let runs = sought.runs();
    let padded = segments.iter().chain(std::iter::repeat(some)).take(SEGMENTS_AT_ONCE);
    let values: Vec<db::Value<'_>> = padded.chain(&runs).map(|number| (*number).into()).collect();
    let rows: Vec<((i64, i64), Vec<u8>)> = tx.all(&RUNS, &values)?;
    let rows: HashMap<(i64, i64), Vec<u8>> = rows.into_iter().collect();
    let of_segment = |segment: i64| {
        let places = |run: &i64| rows.get(&(segment, *run)).map_or(Places::NONE, |bytes| Places::read(bytes));
        let of_field = |runs: &[i64]| runs.iter().fold(Places::ALL, |all, run| all.both(&places(run)));
        runs.chunks(WANTED).map(of_field).fold(Places::NONE, |any, field| any.either(&field))
    };
    let each = segments.iter().map(|segment| (*segment, of_segment(*segment)));
    Ok(each.filter(|(_, places)| !places.is_empty()).collect())
}

/// The customers of these integers who are there, newest first.
fn by_keys(tx: &mut Tx<'_>, keys: &[i64]) -> Result<Vec<Customer>, Error> {
    let mut customers: Vec<Customer> = Vec::new();
    for keys in keys.chunks(KEYS_AT_ONCE) {
        // No customer has this integer.
        let padded = keys.iter().chain(std::iter::repeat(&-1)).take(KEYS_AT_ONCE);
        let values: Vec<db::Value<'_>> = padded.map(|key| (*key).into()).collect();
        customers.extend(tx.all::<Customer>(&BY_KEYS, &values)?);
    }
    customers.sort_unstable_by_key(|customer| std::cmp::Reverse(customer.key));
    Ok(customers)
}

/// The customers of a segment by their places, out of what [`bytes_of`] wrote.
fn members_of(first: i64, bytes: &[u8]) -> Vec<i64> {
    let steps = bytes.as_chunks::<4>().0.iter().map(|step| i64::from(u32::from_le_bytes(*step)));
    let sum = |key: &mut i64, step: i64| {
        *key += step;
        Some(*key)
    };
    steps.scan(first, sum).collect()
}

/// How far each customer of a segment is from the one before, and the first from itself. None where one is farther than four
/// bytes tell.
fn bytes_of(members: &[i64]) -> Option<Vec<u8>> {
    let before = members.first().into_iter().chain(members);
    let steps = members.iter().zip(before).map(|(key, before)| u32::try_from(key - before).ok());
    Some(steps.collect::<Option<Vec<u32>>>()?.into_iter().flat_map(u32::to_le_bytes).collect())
}

/// What happened to a customer who may be in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happened {
    Changed,
    Deleted,
}

/// Has a customer looked at, or forgotten, until the index knows of what happened; `sequence` is the customer's after it.
pub(super) fn note(
    tx: &mut Tx<'_>,
    scope: Scope,
    customer: i64,
    sequence: i64,
    happened: Happened,
    drawn: &Drawn,
) -> Result<(), Error> {
    let (of_merchant, mode) = (scope.merchant.into(), scope.mode.into());
    let is_deleted = happened == Happened::Deleted;
    let values = [customer.into(), of_merchant, mode, sequence.into(), drawn.now.into(), is_deleted.into()];
    tx.send(&TO_INDEX, &values)?;
    Ok(())
}

/// Whether a change of these details is one that searches see.
pub(super) fn differ(one: &Details, other: &Details) -> bool {
    Field::ALL.iter().any(|field| of(one, *field) != of(other, *field))
}
