//! Turns of merchants: what waits to be done without a request is shared out among those for whom something waits, so that
//! how much one has is nothing to the others. This must not know what is done.

use crate::kernel::time::Time;

// Who waits in a table, from merchant to merchant, one step in an index each. Between the parts stands twice the table with
// what its rows wait by, and behind the last one what else there is to say of a merchant `w`.
pub(crate) const FIRST_IN: &str = "with recursive waiting (merchant) as (select min(merchant) from";
pub(crate) const NEXT_IN: &str = "union all select (select min(merchant) from";
pub(crate) const ALL_THAT_WAIT: &str =
    "and merchant > w.merchant) from waiting w where w.merchant is not null)
    select w.merchant from waiting w where w.merchant is not null";

/// Who has a turn, and how much of the room each of them has: all the same. Where more wait than there is room for, the
/// time says with whom it begins.
pub(crate) fn share_out(mut merchants: Vec<i64>, room: usize, now: Time) -> (Vec<i64>, usize) {
    let first = usize::try_from(now.0).unwrap_or_default() % merchants.len().max(1);
    merchants.rotate_left(first);
    merchants.truncate(room);
    let each = room / merchants.len().max(1);
    (merchants, each)
}
