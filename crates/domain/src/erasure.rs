//! Erasing people. It stands on top of the crate, because what is known of one person stands in many places.

use db::Tx;

use crate::kernel::caller::Scope;
use crate::kernel::error::Error;
use crate::kernel::id::Id;
use crate::kernel::time::Drawn;
use crate::payments;
use crate::records::customers::{self, Customer};
use crate::records::{idempotency, instruments};

/// Deletes a customer and its cards. Its payments stay and forget it; what speaks of it in stored replies goes.
pub fn delete_customer(tx: &mut Tx<'_>, scope: Scope, id: Id<Customer>, drawn: &Drawn) -> Result<(), Error> {
    let customer = customers::get(tx, scope, id)?;
    customers::leave(tx, &customer, drawn)?;
    let fingerprints = instruments::let_all_go(tx, &customer)?;
    // Before the payments forget whose they are.
    payments::hosted::forget(tx, &customer)?;
    instruments::traces::forget_of(tx, customer.row_key())?;
    idempotency::erase_replies(tx, customer.row_key())?;
    customers::delete_row(tx, scope, &customer, drawn)?;
    instruments::forget_fingerprints(tx, &fingerprints)?;
    tx.erased();
    Ok(())
}
