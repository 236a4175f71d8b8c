//! Capture: taking what was reserved.

use db::Tx;

use crate::acquirer::Instruction;
use crate::error::Error;
use crate::payments::settle::{self, Comment};
use crate::payments::{ActionKind, Amount, Begun, Payment};
use crate::time::Drawn;

/// Begins a capture, which is the last one: what it leaves is released with it.
///
/// # Errors
/// [`Error::State`] when nothing is reserved or the authorization has lapsed, [`Error::Invalid`] for an amount that
/// is not there, [`Error::InFlight`] while another operation is under way.
pub fn begin(tx: &mut Tx<'_>, payment: Payment, amount: Amount, drawn: &Drawn) -> Result<Begun, Error> {
    if payment.lapses_at.is_some_and(|at| at <= drawn.now) {
        return Err(Error::State { object: "payment", is: "lapsed".to_owned(), wanted: "reserved" });
    }
    let amount = amount.of(payment.state.balances().open());
    let state = payment.state.begin_capture(amount)?;
    settle::begin(
        tx,
        payment,
        state,
        ActionKind::Capture,
        amount,
        Comment::default(),
        drawn,
        |money, authorization| Instruction::Capture { money, authorization },
    )
}
