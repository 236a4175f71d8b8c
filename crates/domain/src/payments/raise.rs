//! Raise: having more authorized than was at first, for an amount that was an estimate.

use db::Tx;

use crate::acquiring::{Instruction, Terms};
use crate::kernel::error::{Error, PaymentIs, PaymentWanted};
use crate::kernel::money::Money;
use crate::kernel::time::Drawn;
use crate::payments::settle::{self, Comment, Part};
use crate::payments::{ActionKind, Begun, Open, Payment};

/// Begins the authorization of so much more. With zero the authorization holds for longer.
///
/// # Errors
/// [`Error::State`] when the amount is no estimate, something of it was captured or released, or the authorization has
/// lapsed, [`Error::Invalid`] for an amount that is too large, [`Error::InFlight`] while something else is under way.
pub fn begin(
    tx: &mut Tx<'_>,
    payment: Payment,
    amount: i64,
    comment: Comment<'_>,
    terms: Terms,
    drawn: &Drawn,
) -> Result<Begun, Error> {
    let state = payment.state.begin_raise(amount, payment.may_grow)?;
    let whole = Money::new(state.balances().whole(), payment.money.currency)?;
    if payment.lapses_at.is_some_and(|at| at <= drawn.now) {
        return Err(Error::payment(PaymentIs::Lapsed, PaymentWanted::Raisable));
    }
    // However much more it is, it is a part, of which there may be so many.
    let part = Part { kind: ActionKind::Raise, amount, left: i64::MAX, open: Open::Stays };
    settle::begin(tx, payment, state, part, comment, drawn, |money, authorization| Instruction::Raise {
        money,
        whole,
        authorization,
        terms,
    })
}
