//! Refund: giving back what was captured.

use db::Tx;

use crate::acquiring::Instruction;
use crate::kernel::error::Error;
use crate::kernel::time::Drawn;
use crate::payments::settle::{self, Comment, Part};
use crate::payments::{ActionKind, Amount, Begun, Open, Payment};

/// Begins a refund of a part or the rest of what was captured. What is still open stays open, or is released with it.
///
/// # Errors
/// [`Error::State`] when nothing was captured or all was refunded, [`Error::Invalid`] for an amount that is not
/// there, [`Error::InFlight`] while a void is under way, or other refunds of all that there is.
pub fn begin(
    tx: &mut Tx<'_>,
    payment: Payment,
    amount: Amount,
    open: Open,
    comment: Comment<'_>,
    drawn: &Drawn,
) -> Result<Begun, Error> {
    let left = payment.state.balances().refundable();
    let amount = amount.of(left);
    let state = payment.state.begin_refund(amount)?;
    let part = Part { kind: ActionKind::Refund, amount, left, open };
    settle::begin(tx, payment, state, part, comment, drawn, |money, authorization| Instruction::Refund {
        money,
        authorization,
    })
}
