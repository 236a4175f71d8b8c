//! The check of the books: what payments say against what their ledgers sum up to.

use db::{Tx, statements};

use crate::kernel::error::Error;
use crate::kernel::id::Id;
use crate::payments::Payment;

statements! {
    PAYMENTS = "select id, public_id, authorized, captured, voided, refunded, sequence, merchant, mode
        from payments where id > $1 order by id limit 500";
    SUMS = "select
        cast(coalesce(sum(case when kind = 'authorize' then amount else 0 end), 0) as bigint),
        cast(coalesce(sum(case when kind = 'capture' then amount else 0 end), 0) as bigint),
        cast(coalesce(sum(case when kind = 'void' then amount else 0 end), 0) as bigint),
        cast(coalesce(sum(case when kind = 'refund' then amount else 0 end), 0) as bigint)
        from actions where payment = $1 and status = 'succeeded'";
    PENDING = "select
        cast(coalesce(sum(case when a.kind = 'authorize' then 1 else 0 end), 0) as bigint) - p.authorizing,
        cast(coalesce(sum(case when a.kind = 'capture' then a.amount else 0 end), 0) as bigint) - p.capturing,
        cast(coalesce(sum(case when a.kind = 'void' then a.amount else 0 end), 0) as bigint) - p.voiding,
        cast(coalesce(sum(case when a.kind = 'refund' then a.amount else 0 end), 0) as bigint) - p.refunding
        from payments p left join actions a on a.payment = p.id and a.status = 'pending'
        where p.id = $1 group by p.id";
    EVENTS = "select cast(count(*) as bigint), cast(coalesce(max(sequence), 0) as bigint)
        from events where merchant = $1 and mode = $2 and object = $3";
}

/// Checks 500 payments after a row key: one line for each that does not agree with its ledger or its events, and the
/// row key to go on from; none at the end.
pub fn check(tx: &mut Tx<'_>, after: i64) -> Result<(Vec<String>, Option<i64>), Error> {
    let payments = tx.all(&PAYMENTS, &[after.into()], |row| {
        let sums = [row.int(2)?, row.int(3)?, row.int(4)?, row.int(5)?];
        let id = Id::<Payment>::from_bytes(row.array(1)?);
        Ok::<_, Error>((row.int(0)?, id, sums, row.int(6)?, row.int(7)?, row.text(8)?))
    })?;
    let last = payments.last().map(|payment| payment.0);
    let mut found = Vec::new();
    for (key, id, sums, sequence, merchant, mode) in payments {
        let four = |row: &db::Row<'_>| Ok::<_, Error>([row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)?]);
        let ledger = tx.one(&SUMS, &[key.into()], four)?;
        if ledger != sums {
            found.push(format!("payment {}: it says {sums:?}, its ledger sums up to {ledger:?}", id.hex()));
        }
        let pending = tx.one(&PENDING, &[key.into()], four)?;
        if pending != [0; 4] {
            found.push(format!("payment {}: reserved and pending differ by {pending:?}", id.hex()));
        }
        let named = [merchant.into(), (&mode).into(), id.bytes().into()];
        let (count, top) = tx.one(&EVENTS, &named, |row| Ok::<_, Error>((row.int(0)?, row.int(1)?)))?;
        if count != sequence || top != sequence {
            found.push(format!("payment {}: {count} events up to {top}, and it says {sequence}", id.hex()));
        }
    }
    Ok((found, last))
}
