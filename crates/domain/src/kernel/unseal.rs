//! Opening what is sealed, and the alarm when it does not open. Nobody but somebody with a hand in the database, or a
//! fault of the disk, makes a sealed value that does not open, so it is told in a line of its own, without what it held.

use std::sync::atomic::{AtomicU64, Ordering};

use vault::{CardNumber, Key, OpenError, Place, Zeroizing};

use crate::kernel::error::Error;

/// How many times a sealed value did not open since the process started.
static ALTERED: AtomicU64 = AtomicU64::new(0);

/// Opens a value, or raises the alarm.
pub(crate) fn open(key: &Key, place: &Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    vault::open(key, place, sealed).map_err(|OpenError| alarm(place))
}

/// Opens a card number, or raises the alarm.
pub(crate) fn open_card(key: &Key, place: &Place<'_>, sealed: &[u8]) -> Result<CardNumber, Error> {
    vault::open_card(key, place, sealed).map_err(|OpenError| alarm(place))
}

/// Says where a value stands that does not open. The row is not named: it may be what a client sent.
pub(crate) fn alarm(place: &Place<'_>) -> Error {
    let count = ALTERED.fetch_add(1, Ordering::Relaxed) + 1;
    let Place { column, merchant, mode, row: _ } = *place;
    tracing::error!(column, merchant, mode, count, "a sealed value was altered");
    Error::Internal(OpenError.to_string())
}
