//! Whether each card can be read and its sealed number opens. A number is opened and forgotten at once.

use db::Tx;

use super::Instrument;
use crate::app::App;
use crate::checked::{Found, Kind};
use crate::kernel::error::Error;

statements! {
    KEYS = "select id from instruments where id >= $1 order by id limit 500";
    ONE = Instrument::SELECT, "where i.id = $1";
}

pub(crate) const CHECKED: Kind = Kind { name: "card", keys: &KEYS, look };

fn look(tx: &mut Tx<'_>, app: &App, key: i64, found: &mut Found) -> Result<(), Error> {
    let Some(card) = found.read(tx.optional::<Instrument>(&ONE, &[key.into()]))? else { return Ok(()) };
    found.call(format!("card {}", card.id.hex()));
    // What is out of use has no number any more.
    if !card.is_revoked
        && let Some(keys) = found.keys(tx, app, card.scope.merchant)?
        && card.number(&keys).is_err()
    {
        found.say("its sealed number was altered");
    }
    Ok(())
}
