//! Erasing people. It stands on top of the crate, because what is known of one person stands in many places.
//!
//! Who is deleted is gone at once: nobody finds the customer, its cards have no numbers, and its payments and the stored
//! answers read as if they had forgotten it. They do forget it soon afterwards, a few in each commit, because one customer
//! may have as many as would hold everybody up. The row of the customer or card goes last.

use db::{Sql, Tx};

use crate::kernel::caller::Scope;
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerKey, Id, InstrumentKey};
use crate::kernel::time::{Drawn, Time};
use crate::payments::{traces, typed};
use crate::records::customers::{self, Customer};
use crate::records::{idempotency, instruments};
use crate::turns::{self, ALL_THAT_WAIT, FIRST_IN, NEXT_IN};

/// Rows that forget somebody in one commit, so that it never holds others up. Customers and cards have half of them each.
const BATCH: i64 = 1_000;
/// Customers whose turn it is in one commit.
const CUSTOMERS_AT_ONCE: usize = 50;
/// Cards whose turn it is in one commit. Most are named by nothing, and go with a handful of short statements.
const CARDS_AT_ONCE: usize = 200;

const DELETED_PEOPLE: &str = "customers where deleted_at is not null";
const DELETED_NUMBERS: &str = "instruments where deleted_at is not null";

statements! {
    CUSTOMERS_WAIT = FIRST_IN, DELETED_PEOPLE, NEXT_IN, DELETED_PEOPLE, ALL_THAT_WAIT;
    DELETED_CUSTOMERS = "select id, id from customers where merchant = $1 and deleted_at is not null
        order by deleted_at limit $2";
    CUSTOMERS_PAYMENT = "select id from payments where customer = $1 order by id limit 1 offset $2";
    CUSTOMERS_CARD = "select id from instruments where customer = $1 order by id limit 1 offset $2";
    CUSTOMERS_FORM = "select id from card_forms where customer = $1 order by id limit 1 offset $2";
    CUSTOMERS_REPLY = "select id from idempotency_keys where customer = $1 order by id limit 1 offset $2";
    CUSTOMER_IS_NAMED = "select cast(1 as bigint) where exists (select 1 from payments where customer = $1)
        or exists (select 1 from idempotency_keys where customer = $1)
        or exists (select 1 from instruments where customer = $1)
        or (select id from card_forms where customer = $1 order by id limit 1) is not null";
    HOLD_CUSTOMER = "update customers set public_id = $2 where id = $1 and deleted_at is not null";
    REMOVE_CUSTOMER = "delete from customers where id = $1 and deleted_at is not null returning id";
    CARDS_WAIT = FIRST_IN, DELETED_NUMBERS, NEXT_IN, DELETED_NUMBERS, ALL_THAT_WAIT;
    DELETED_CARDS = "select id, customer from instruments where merchant = $1 and deleted_at is not null
        order by deleted_at limit $2";
    CARDS_PAYMENT = "select id from payments where instrument = $1 order by id limit 1 offset $2";
    CARDS_REPLY = "select id from idempotency_keys where instrument = $1 order by id limit 1 offset $2";
    CARD_IS_NAMED = "select cast(1 as bigint) where exists (select 1 from payments where instrument = $1)
        or exists (select 1 from idempotency_keys where instrument = $1)";
    HOLD_CARD = "update instruments set public_id = $2 where id = $1 and deleted_at is not null";
    REMOVE_CARD = "delete from instruments where id = $1 and deleted_at is not null returning fingerprint";
}

/// The rows of one table that wait for their end, shared out among the merchants: none waits behind all of another's.
struct Queue {
    merchants: &'static Sql,
    of_merchant: &'static Sql,
    at_once: usize,
}

const CUSTOMERS: Queue =
    Queue { merchants: &CUSTOMERS_WAIT, of_merchant: &DELETED_CUSTOMERS, at_once: CUSTOMERS_AT_ONCE };
const CARDS: Queue = Queue { merchants: &CARDS_WAIT, of_merchant: &DELETED_CARDS, at_once: CARDS_AT_ONCE };

/// Somebody whose turn it is.
struct Turn {
    key: i64,
    /// Whose card it is.
    owner: Option<CustomerKey>,
    /// How many rows of each kind may be changed.
    share: i64,
}

/// How the row of somebody who was deleted goes.
struct End {
    is_named: &'static Sql,
    hold: &'static Sql,
    remove: &'static Sql,
}

const CUSTOMER: End = End { is_named: &CUSTOMER_IS_NAMED, hold: &HOLD_CUSTOMER, remove: &REMOVE_CUSTOMER };
const CARD: End = End { is_named: &CARD_IS_NAMED, hold: &HOLD_CARD, remove: &REMOVE_CARD };

/// Deletes a customer and its cards. Its payments stay and forget it; what speaks of it in stored replies goes. Cards that
/// are too many for one commit are gone with their customer, and deleted soon afterwards; those that can be charged are few,
/// and are deleted at once.
pub fn delete_customer(tx: &mut Tx<'_>, scope: Scope, id: Id<Customer>, drawn: &Drawn) -> Result<(), Error> {
    let customer = customers::get(tx, scope, id)?;
    customers::delete(tx, scope, &customer, drawn)?;
    let key = customer.row_key();
    instruments::delete_active(tx, key, drawn.now)?;
    let last = last_of(tx, &CUSTOMERS_CARD, key.0, BATCH)?;
    instruments::delete_up_to(tx, key, last, drawn.now)
}

/// Whether [`go_on`] would find anything.
pub fn is_anything_left(tx: &mut Tx<'_>, _now: Time) -> Result<bool, Error> {
    Ok(!waiting(tx, &CUSTOMERS)?.is_empty() || !waiting(tx, &CARDS)?.is_empty())
}

/// Goes on with what deletions left to do, a batch at a time.
pub fn go_on(tx: &mut Tx<'_>, now: Time) -> Result<(), Error> {
    for Turn { key, share, .. } in turns(tx, &CUSTOMERS, now)? {
        let customer = CustomerKey(key);
        // Those that were too many, and one that was on its way when its customer was deleted.
        let last = last_of(tx, &CUSTOMERS_CARD, key, share)?;
        instruments::delete_up_to(tx, customer, last, now)?;
        let last = last_of(tx, &CUSTOMERS_PAYMENT, key, share)?;
        traces::forget_customer(tx, customer, last, share)?;
        let last = last_of(tx, &CUSTOMERS_REPLY, key, share)?;
        idempotency::erase_replies(tx, customer, last)?;
        let last = last_of(tx, &CUSTOMERS_FORM, key, share)?;
        typed::forget_customer(tx, customer, last)?;
        remove(tx, &CUSTOMER, key)?;
    }
    for Turn { key, owner, share } in turns(tx, &CARDS, now)? {
        if let Some(fingerprint) = remove(tx, &CARD, key)? {
            instruments::forget_fingerprint(tx, fingerprint)?;
            continue;
        }
        let card = InstrumentKey(key);
        let last = last_of(tx, &CARDS_PAYMENT, key, share)?;
        traces::forget_card(tx, card, owner, last, share)?;
        let last = last_of(tx, &CARDS_REPLY, key, share)?;
        idempotency::forget_card(tx, card, owner, last)?;
    }
    tx.erased();
    Ok(())
}

/// The merchants who wait.
fn waiting(tx: &mut Tx<'_>, queue: &Queue) -> Result<Vec<i64>, Error> {
    Ok(tx.all(queue.merchants, &[])?)
}

/// Whose turn it is, of each merchant the longest deleted first. Rows are shared out among the merchants, and then among
/// whom each of them deleted, so that how much one deletes is nothing to the others.
fn turns(tx: &mut Tx<'_>, queue: &Queue, now: Time) -> Result<Vec<Turn>, Error> {
    let (merchants, each) = turns::share_out(waiting(tx, queue)?, queue.at_once, now);
    let rows = BATCH / 2 / merchants.len().max(1) as i64;
    let mut turns = Vec::new();
    for merchant in merchants {
        let theirs: Vec<(i64, Option<i64>)> =
            tx.all(queue.of_merchant, &[merchant.into(), (each as i64).into()])?;
        let share = (rows / theirs.len().max(1) as i64).max(1);
        turns.extend(theirs.into_iter().map(|(key, owner)| Turn {
            key,
            owner: owner.map(CustomerKey),
            share,
        }));
    }
    Ok(turns)
}

/// The key of the last of so many rows that name somebody, for the changes of just these; past all where there are fewer.
fn last_of(tx: &mut Tx<'_>, rows: &Sql, key: i64, share: i64) -> Result<i64, Error> {
    Ok(tx.optional(rows, &[key.into(), (share - 1).into()])?.unwrap_or(i64::MAX))
}

/// Removes a row once nothing names it.
///
/// A new public id is a lock that PostgreSQL holds against whoever would let another row name this one: such a row is
/// either there by now and seen, or comes too late.
fn remove(tx: &mut Tx<'_>, end: &End, key: i64) -> Result<Option<i64>, Error> {
    if tx.exists(end.is_named, &[key.into()])? {
        return Ok(None);
    }
    tx.send(end.hold, &[key.into(), key.to_be_bytes().repeat(2).as_slice().into()])?;
    if tx.exists(end.is_named, &[key.into()])? {
        return Err(tx.lost_race().into());
    }
    Ok(tx.optional(end.remove, &[key.into()])?)
}
