//! Capture: taking what was reserved.

use std::sync::Arc;

use db::Tx;

use crate::acquiring::Instruction;
use crate::app::App;
use crate::kernel::error::{Error, PaymentIs, PaymentWanted, WrongState};
use crate::kernel::rounds;
use crate::kernel::time::Drawn;
use crate::payments::settle::{self, Comment, Part};
use crate::payments::{ActionKind, Amount, Begun, Open, Payment, rows};

/// Begins a capture of a part or the rest. What it leaves open stays so, or is released with it.
///
/// # Errors
/// [`Error::State`] when nothing is reserved or the authorization has lapsed, [`Error::Invalid`] for an amount that
/// is not there, [`Error::InFlight`] while a void is under way, or other captures of all that there is.
pub fn begin(
    tx: &mut Tx<'_>,
    payment: Payment,
    amount: Amount,
    open: Open,
    comment: Comment<'_>,
    drawn: &Drawn,
) -> Result<Begun, Error> {
    if payment.lapses_at.is_some_and(|at| at <= drawn.now) {
        return Err(Error::State(WrongState::Payment {
            is: PaymentIs::Lapsed,
            wanted: PaymentWanted::Reserved,
        }));
    }
    let left = payment.state.balances().open();
    let amount = amount.of(left);
    let state = payment.state.begin_capture(amount)?;
    let part = Part { kind: ActionKind::Capture, amount, left, open };
    settle::begin(tx, payment, state, part, comment, drawn, |money, authorization| Instruction::Capture {
        money,
        authorization,
    })
}

/// Captures what clients asked to be captured by now.
pub async fn capture_due(app: &Arc<App>) -> Result<(), Error> {
    let now = app.now();
    let due = app.read(move |tx| rows::to_capture(tx, now)).await?;
    rounds::each("capturing what is due", due, |(scope, id)| {
        let (app, drawn) = (Arc::clone(app), app.draw());
        async move {
            let begun = app.write(move |tx| {
                let payment = rows::get(tx, scope, id)?;
                // It is in the payment's own name, because no request says another one.
                let reference = payment.reference.clone();
                let comment = Comment { reference: reference.as_deref(), ..Comment::default() };
                begin(tx, payment, Amount::Rest, Open::Released, comment, &drawn)
            });
            settle::carry_out(&app, begun.await?, |_, _, _, _| Ok(())).await
        }
    })
    .await;
    Ok(())
}
