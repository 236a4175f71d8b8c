//! The check of payments: whether each can be read, and what it says against what its ledger sums up to.

use db::Tx;

use crate::app::App;
use crate::checked::{Found, Kind};
use crate::kernel::error::Error;
use crate::kernel::id::Id;
use crate::kernel::money::Currency;
use crate::payments::{Payment, rows};

statements! {
    KEYS = "select id from payments where id >= $1 order by id limit 500";
    SAID = "select authorized, captured, voided, refunded from payments where id = $1";
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
    LEFT_KEYS = "select payment from amounts_left where payment >= $1 order by payment limit 500";
    LEFT = "select public_id, amount, currency from payments where id = $1";
    IS_LEFT = "select count(*) from amounts_left where payment = $1";
    EVENTS = "select cast(count(*) as bigint), cast(coalesce(max(sequence), 0) as bigint)
        from events where merchant = $1 and mode = $2 and object = $3";
}

pub(crate) const CHECKED: Kind = Kind { name: "payment", keys: &KEYS, look };

/// The sums are compared also where something else of the payment cannot be read.
fn look(tx: &mut Tx<'_>, _: &App, key: i64, found: &mut Found) -> Result<(), Error> {
    let payment = found.read(rows::read_key(tx, key))?;
    if let Some(payment) = &payment {
        found.call(format!("payment {}", payment.id.hex()));
    }
    let said = found.read(tx.optional::<[i64; 4]>(&SAID, &[key.into()]))?;
    let ledger = found.read(tx.optional::<[i64; 4]>(&SUMS, &[key.into()]))?;
    if let (Some(said), Some(ledger)) = (said, ledger)
        && said != ledger
    {
        found.say(format_args!("it says {said:?}, its ledger sums up to {ledger:?}"));
    }
    let pending = found.read(tx.optional::<[i64; 6]>(&PENDING, &[key.into()]))?;
    if let Some(pending) = pending.filter(|pending| *pending != [0; 6]) {
        found.say(format_args!("reserved and pending differ by {pending:?}"));
    }
    let Some(Payment { id, scope, sequence, .. }) = payment else { return Ok(()) };
    let named = [scope.merchant.into(), scope.mode.into(), (&id).into()];
    if let Some((count, top)) = found.read(tx.optional::<(i64, i64)>(&EVENTS, &named))?
        && (count != sequence || top != sequence)
    {
        found.say(format_args!("{count} events up to {top}, and it says {sequence}"));
    }
    Ok(())
}

/// Whether a payment is one of those that [`LEFT_IN_OTHER_UNITS`] names. Such a one is charged to nobody.
pub fn is_in_other_units(tx: &mut Tx<'_>, payment: &Payment) -> Result<bool, Error> {
    Ok(tx.one::<i64>(&IS_LEFT, &[payment.key.into()])? > 0)
}

/// The payments whose amounts an older Kassa kept in other units, and that are no whole minor units.
pub(crate) const LEFT_IN_OTHER_UNITS: Kind = Kind { name: "payment", keys: &LEFT_KEYS, look: look_at_amount };

fn look_at_amount(tx: &mut Tx<'_>, _: &App, key: i64, found: &mut Found) -> Result<(), Error> {
    type Left = (Id<Payment>, i64, Currency);
    if let Some((id, amount, currency)) = found.read(tx.optional::<Left>(&LEFT, &[key.into()]))? {
        found.call(format!("payment {}", id.hex()));
        let code = currency.code();
        found.say(format_args!("{amount} {code} was sent in hundredths, and stands for as many minor units"));
    }
    Ok(())
}
