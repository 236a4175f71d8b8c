//! Whether every sealed number opens, for a check of the database. A number is opened and forgotten at once.

use db::Tx;

use super::{Instrument, place, row_of};
use crate::kernel::caller::Scope;
use crate::kernel::error::Error;
use crate::kernel::id::Id;
use crate::kernel::unseal;
use crate::keys::Keyring;

statements! {
    SEALED = "select id, merchant, mode, public_id, customer, sealed from instruments
        where id > $1 and status <> 'revoked' order by id limit 500";
}

/// Opens 500 cards after a row key: one line for each that does not open, and the row key to go on from; none at the
/// end.
pub fn check(tx: &mut Tx<'_>, keys: &Keyring, after: i64) -> Result<(Vec<String>, Option<i64>), Error> {
    type Sealed = (i64, Scope, Id<Instrument>, Option<i64>, Vec<u8>);
    let cards: Vec<Sealed> = tx.all(&SEALED, &[after.into()])?;
    let last = cards.last().map(|card| card.0);
    let mut found = Vec::new();
    for (_, scope, id, customer, sealed) in cards {
        let keys = keys.merchant(tx, scope.merchant)?;
        if unseal::open_card(&keys.cards, &place(scope, &row_of(id, customer)), &sealed).is_err() {
            found.push(format!("card {}: its sealed number was altered", id.hex()));
        }
    }
    Ok((found, last))
}
