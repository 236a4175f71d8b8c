//! The check of the sums: what payments say against what their ledgers sum up to.

use db::Tx;

use crate::kernel::caller::Scope;
use crate::kernel::error::Error;
use crate::kernel::id::Id;
use crate::kernel::money::Currency;
use crate::payments::Payment;

statements! {
    PAYMENTS = "select id, public_id, authorized, captured, voided, refunded, sequence, merchant, mode
        from payments where id > $1 order by id limit 500";
    SUMS = "select
        cast(coalesce(sum(case when kind in ('authorize', 'raise') then amount else 0 end), 0) as bigint),
        cast(coalesce(sum(case when kind = 'capture' then amount else 0 end), 0) as bigint),
        cast(coalesce(sum(case when kind = 'void' then amount else 0 end), 0) as bigint),
        cast(coalesce(sum(case when kind = 'refund' then amount else 0 end), 0) as bigint)
        from actions where payment = $1 and status = 'succeeded'";
    PENDING = "select
        cast(coalesce(sum(case when a.kind = 'authorize' then 1 else 0 end), 0) as bigint) - p.authorizing,
        cast(coalesce(sum(case when a.kind = 'raise' then a.amount else 0 end), 0) as bigint) - p.raising,
        cast(coalesce(sum(case when a.kind = 'raise' then 1 else 0 end), 0) as bigint) - p.raises,
        cast(coalesce(sum(case when a.kind = 'capture' then a.amount else 0 end), 0) as bigint) - p.capturing,
        cast(coalesce(sum(case when a.kind = 'void' then a.amount else 0 end), 0) as bigint) - p.voiding,
        cast(coalesce(sum(case when a.kind = 'refund' then a.amount else 0 end), 0) as bigint) - p.refunding
        from payments p left join actions a on a.payment = p.id and a.status = 'pending'
        where p.id = $1 group by p.id";
    LEFT = "select p.id, p.public_id, p.amount, p.currency from amounts_left l join payments p on p.id = l.payment
        where l.payment > $1 order by l.payment limit 500";
    IS_LEFT = "select count(*) from amounts_left where payment = $1";
    EVENTS = "select cast(count(*) as bigint), cast(coalesce(max(sequence), 0) as bigint)
        from events where merchant = $1 and mode = $2 and object = $3";
}

/// Checks 500 payments after a row key: one line for each that does not agree with its ledger or its events, and the
/// row key to go on from; none at the end.
pub fn check(tx: &mut Tx<'_>, after: i64) -> Result<(Vec<String>, Option<i64>), Error> {
    type Said = (i64, Id<Payment>, [i64; 4], i64, Scope);
    let payments: Vec<Said> = tx.all(&PAYMENTS, &[after.into()])?;
    let last = payments.last().map(|payment| payment.0);
    let mut found = Vec::new();
    for (key, id, sums, sequence, scope) in payments {
        let ledger: [i64; 4] = tx.one(&SUMS, &[key.into()])?;
        if ledger != sums {
            found.push(format!("payment {}: it says {sums:?}, its ledger sums up to {ledger:?}", id.hex()));
        }
        let pending: [i64; 6] = tx.one(&PENDING, &[key.into()])?;
        if pending != [0; 6] {
            found.push(format!("payment {}: reserved and pending differ by {pending:?}", id.hex()));
        }
        let named = [scope.merchant.into(), scope.mode.into(), (&id).into()];
        let (count, top): (i64, i64) = tx.one(&EVENTS, &named)?;
        if count != sequence || top != sequence {
            found.push(format!("payment {}: {count} events up to {top}, and it says {sequence}", id.hex()));
        }
    }
    Ok((found, last))
}

/// Whether a payment is one of those that [`left_in_other_units`] names. Such a one is charged to nobody.
pub fn is_in_other_units(tx: &mut Tx<'_>, payment: &Payment) -> Result<bool, Error> {
    Ok(tx.one::<i64>(&IS_LEFT, &[payment.key.into()])? > 0)
}

/// Names payments after a row key whose amounts an older Kassa kept in other units, and that are no whole minor units: they
/// were left as they are, and somebody has to know. Like [`check`], a line for each of 500, and the row key to go on from.
pub fn left_in_other_units(tx: &mut Tx<'_>, after: i64) -> Result<(Vec<String>, Option<i64>), Error> {
    let left: Vec<(i64, Id<Payment>, i64, Currency)> = tx.all(&LEFT, &[after.into()])?;
    let named = left.iter().map(|(_, id, amount, currency)| {
        let (id, code) = (id.hex(), currency.code());
        format!("payment {id}: {amount} {code} was sent in hundredths, and stands for as many minor units")
    });
    Ok((named.collect(), left.last().map(|payment| payment.0)))
}
