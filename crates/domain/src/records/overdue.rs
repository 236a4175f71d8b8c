//! What is kept for a time: whether that of any row is over, and that such rows go, the oldest first.

use db::{Sql, Tx};

use crate::kernel::error::Error;
use crate::kernel::time::Time;

/// Rows of one commit, so that it never holds others up.
const BATCH: i64 = 500;

/// Whether there is any row. `first` finds one whose time was over at `$1`.
pub(crate) fn is_any(tx: &mut Tx<'_>, first: &Sql, at: Time) -> Result<bool, Error> {
    Ok(tx.exists(first, &[at.into()])?)
}

/// Ends a batch of them. `batch` ends `$2` rows whose time was over at `$1`.
pub(crate) fn end(tx: &mut Tx<'_>, batch: &Sql, at: Time) -> Result<(), Error> {
    tx.send(batch, &[at.into(), BATCH.into()])?;
    Ok(())
}
