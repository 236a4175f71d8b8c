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
use crate::payments::traces;
use crate::records::customers::{self, Customer};
use crate::records::{idempotency, instruments};

/// Rows that forget somebody in one commit, so that it never holds others up.
const BATCH: i64 = 1_000;
/// Customers and cards whose turn it is in one commit. They share the batch, so that a large one delays no other for long.
const AT_ONCE: i64 = 50;

statements! {
    DELETED_CUSTOMERS = "select id from customers where deleted_at is not null order by deleted_at limit $1";
    CUSTOMERS_PAYMENT = "select id from payments where customer = $1 order by id limit 1 offset $2";
    CUSTOMERS_REPLY = "select id from idempotency_keys where customer = $1 order by id limit 1 offset $2";
    CUSTOMER_IS_NAMED = "select cast(1 as bigint) where exists (select 1 from payments where customer = $1)
        or exists (select 1 from idempotency_keys where customer = $1)
        or exists (select 1 from instruments where customer = $1)";
    HOLD_CUSTOMER = "update customers set public_id = $2 where id = $1 and deleted_at is not null";
    REMOVE_CUSTOMER = "delete from customers where id = $1 and deleted_at is not null returning id";
    DELETED_CARDS = "select id, customer from instruments where deleted_at is not null order by deleted_at limit $1";
    CARDS_PAYMENT = "select id from payments where instrument = $1 order by id limit 1 offset $2";
    CARDS_REPLY = "select id from idempotency_keys where instrument = $1 order by id limit 1 offset $2";
    CARD_IS_NAMED = "select cast(1 as bigint) where exists (select 1 from payments where instrument = $1)
        or exists (select 1 from idempotency_keys where instrument = $1)";
    HOLD_CARD = "update instruments set public_id = $2 where id = $1 and deleted_at is not null";
    REMOVE_CARD = "delete from instruments where id = $1 and deleted_at is not null returning fingerprint";
}

/// How the row of somebody who was deleted goes.
struct End {
    is_named: &'static Sql,
    hold: &'static Sql,
    remove: &'static Sql,
}

const CUSTOMER: End = End { is_named: &CUSTOMER_IS_NAMED, hold: &HOLD_CUSTOMER, remove: &REMOVE_CUSTOMER };
const CARD: End = End { is_named: &CARD_IS_NAMED, hold: &HOLD_CARD, remove: &REMOVE_CARD };

/// Deletes a customer and its cards. Its payments stay and forget it; what speaks of it in stored replies goes.
pub fn delete_customer(tx: &mut Tx<'_>, scope: Scope, id: Id<Customer>, drawn: &Drawn) -> Result<(), Error> {
    let customer = customers::get(tx, scope, id)?;
    customers::delete(tx, scope, &customer, drawn)?;
    instruments::delete_all(tx, customer.row_key(), drawn.now)
}

/// Whether [`go_on`] would find anything.
pub fn is_anything_left(tx: &mut Tx<'_>, _now: Time) -> Result<bool, Error> {
    Ok(!deleted_customers(tx, 1)?.is_empty() || !deleted_cards(tx, 1)?.is_empty())
}

/// Goes on with what deletions left to do, a batch at a time.
pub fn go_on(tx: &mut Tx<'_>, now: Time) -> Result<(), Error> {
    let customers = deleted_customers(tx, AT_ONCE)?;
    let cards = deleted_cards(tx, AT_ONCE)?;
    let share = BATCH / (customers.len() + cards.len()).max(1) as i64;
    for key in customers {
        let customer = CustomerKey(key);
        // One that was on its way when its customer was deleted.
        instruments::delete_all(tx, customer, now)?;
        let last = last_of(tx, &CUSTOMERS_PAYMENT, key, share)?;
        traces::forget_customer(tx, customer, last)?;
        let last = last_of(tx, &CUSTOMERS_REPLY, key, share)?;
        idempotency::erase_replies(tx, customer, last)?;
        remove(tx, &CUSTOMER, key)?;
    }
    for (key, owner) in cards {
        let (card, owner) = (InstrumentKey(key), owner.map(CustomerKey));
        let last = last_of(tx, &CARDS_PAYMENT, key, share)?;
        traces::forget_card(tx, card, owner, last)?;
        let last = last_of(tx, &CARDS_REPLY, key, share)?;
        idempotency::forget_card(tx, card, owner, last)?;
        if let Some(fingerprint) = remove(tx, &CARD, key)? {
            instruments::forget_fingerprint(tx, fingerprint)?;
        }
    }
    tx.erased();
    Ok(())
}

/// The longest deleted first.
fn deleted_customers(tx: &mut Tx<'_>, most: i64) -> Result<Vec<i64>, Error> {
    Ok(tx.all(&DELETED_CUSTOMERS, &[most.into()])?)
}

/// The longest deleted first, with their owners.
fn deleted_cards(tx: &mut Tx<'_>, most: i64) -> Result<Vec<(i64, Option<i64>)>, Error> {
    Ok(tx.all(&DELETED_CARDS, &[most.into()])?)
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
    tx.execute(end.hold, &[key.into(), key.to_be_bytes().repeat(2).as_slice().into()])?;
    if tx.exists(end.is_named, &[key.into()])? {
        return Err(tx.lost_race().into());
    }
    Ok(tx.optional(end.remove, &[key.into()])?)
}
