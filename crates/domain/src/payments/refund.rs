//! Refund: giving back what was captured.

use db::Tx;

use crate::acquiring::Instruction;
use crate::kernel::error::Error;
use crate::kernel::time::Drawn;
use crate::payments::settle::{self, Comment};
use crate::payments::{ActionKind, Amount, Begun, Payment, actions};

/// Begins a refund of a part or the rest.
///
/// # Errors
/// [`Error::State`] when nothing was captured or all was refunded, [`Error::Invalid`] for an amount that is not
/// there, [`Error::InFlight`] while another operation is under way.
pub fn begin(
    tx: &mut Tx<'_>,
    payment: Payment,
    amount: Amount,
    comment: Comment<'_>,
    drawn: &Drawn,
) -> Result<Begun, Error> {
    let left = payment.state.balances().refundable();
    let amount = amount.of(left);
    let state = payment.state.begin_refund(amount)?;
    actions::check_part(tx, &payment, amount, left)?;
    settle::begin(tx, payment, state, ActionKind::Refund, amount, comment, drawn, |money, authorization| {
        Instruction::Refund { money, authorization }
    })
}
