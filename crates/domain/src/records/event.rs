//! The outbox: one row for each change of one object, written in the commit that makes the change.

use crate::checked::Kind;
use crate::kernel::caller::Scope;
use crate::kernel::error::Error;
use crate::kernel::id::Id;
use crate::kernel::time::{Drawn, Time};

statements! {
    APPEND = "insert into events (merchant, mode, public_id, kind, object, sequence, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)";
    EXISTS = "select id from events where public_id = $1";
    KEYS = "select id from events where id >= $1 order by id limit 500";
    ONE = "select merchant, mode, public_id, kind, object, sequence, created_at from events where id = $1";
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    CustomerCreated,
    CustomerUpdated,
    CustomerDeleted,
    CategoryCreated,
    CategoryDeleted,
    CardSaved,
    CardRemoved,
    PaymentCreated,
    /// Its money was reserved.
    PaymentAuthorized,
    /// More of its money was reserved.
    PaymentAuthorizationIncremented,
    /// Its money was taken, in whole or in part.
    PaymentCaptured,
    /// An attempt was declined.
    PaymentDeclined,
    /// Its reservation was released, or lapsed.
    PaymentVoided,
    /// Its money was given back, in whole or in part.
    PaymentRefunded,
    /// The buyer gave up.
    PaymentCanceled,
    /// The merchant withdrew it, or its time ran out.
    PaymentRevoked,
}

db::words! {
    Event {
        CustomerCreated = "customer.created",
        CustomerUpdated = "customer.updated",
        CategoryCreated = "category.created",
        CategoryDeleted = "category.deleted",
        CustomerDeleted = "customer.deleted",
        CardSaved = "card.saved",
        CardRemoved = "card.removed",
        PaymentCreated = "payment.created",
        PaymentAuthorized = "payment.authorized",
        PaymentAuthorizationIncremented = "payment.authorization_incremented",
        PaymentCaptured = "payment.captured",
        PaymentDeclined = "payment.declined",
        PaymentVoided = "payment.voided",
        PaymentRefunded = "payment.refunded",
        PaymentCanceled = "payment.canceled",
        PaymentRevoked = "payment.revoked",
    }
}

/// An event's row.
type Stored = (Scope, Id<Event>, Event, [u8; 16], i64, Time);

pub(crate) const CHECKED: Kind = Kind {
    name: "event",
    keys: &KEYS,
    look: |tx, _, key, found| found.read(tx.optional::<Stored>(&ONE, &[key.into()])).map(|_| ()),
};

/// Appends an event to an object's sequence. The event also witnesses the commit.
pub(crate) fn append<K>(
    tx: &mut db::Tx<'_>,
    scope: Scope,
    event: Event,
    object: Id<K>,
    sequence: i64,
    drawn: &Drawn,
) -> Result<(), Error> {
    // A card's event can stand beside the payment's in one unit of work.
    let seed = match event {
        Event::CardSaved | Event::CardRemoved => drawn.card_event,
        Event::CustomerCreated
        | Event::CustomerUpdated
        | Event::CustomerDeleted
        | Event::CategoryCreated
        | Event::CategoryDeleted
        | Event::PaymentCreated
        | Event::PaymentAuthorized
        | Event::PaymentAuthorizationIncremented
        | Event::PaymentCaptured
        | Event::PaymentDeclined
        | Event::PaymentVoided
        | Event::PaymentRefunded
        | Event::PaymentCanceled
        | Event::PaymentRevoked => drawn.event,
    };
    let id = Id::<Event>::new(drawn.now, seed);
    tx.send(
        &APPEND,
        &[
            scope.merchant.into(),
            scope.mode.into(),
            (&id).into(),
            event.into(),
            (&object).into(),
            sequence.into(),
            drawn.now.into(),
        ],
    )?;
    tx.witness(&EXISTS, *id.bytes());
    Ok(())
}
