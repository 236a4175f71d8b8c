//! Capture: taking what was reserved.

use std::sync::Arc;

use db::Tx;

use crate::acquiring::Instruction;
use crate::app::App;
use crate::kernel::caller::Scope;
use crate::kernel::error::{Error, PaymentIs, PaymentWanted};
use crate::kernel::id::Id;
use crate::kernel::time::Drawn;
use crate::payments::settle::{self, Comment, Part};
use crate::payments::{ActionKind, Amount, Begun, Open, Payment, actions, due, rows, store};

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
        return Err(Error::payment(PaymentIs::Lapsed, PaymentWanted::Reserved));
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
    due::each(app, &due::TO_CAPTURE, |(scope, id): due::Named| {
        let (app, drawn) = (Arc::clone(app), app.draw());
        async move {
            match app.write(move |tx| begin_due(tx, scope, id, &drawn)).await? {
                Due::Begun(begun) => settle::carry_out(&app, begun, |_, _, _, _| Ok(())).await,
                Due::NotAnyMore => Ok(()),
                Due::Refused(error) => {
                    tracing::warn!(payment = id.hex(), %error, "a capture that was due can never be done");
                    Ok(())
                }
            }
        }
    })
    .await
}

/// What became of a capture that was due.
enum Due {
    Begun(Begun),
    /// Another server did it, or was told that it can never be done.
    NotAnyMore,
    Refused(Error),
}

/// Begins a capture that is due. One that would be refused each time is not due any more: it would stand in the way of
/// the others.
fn begin_due(tx: &mut Tx<'_>, scope: Scope, id: Id<Payment>, drawn: &Drawn) -> Result<Due, Error> {
    let payment = rows::get(tx, scope, id)?;
    if payment.capture_at.is_none_or(|at| at > drawn.now) {
        return Ok(Due::NotAnyMore);
    }
    // It is in the payment's own name, because no request says another one. Where clients left no room for it, it has none.
    let room = actions::room(tx, &payment)?;
    let reference = payment.reference.clone().filter(|reference| reference.len() <= room);
    let comment = Comment { reference: reference.as_deref(), ..Comment::default() };
    match begin(tx, payment, Amount::Rest, Open::Released, comment, drawn) {
        Ok(begun) => Ok(Due::Begun(begun)),
        Err(error @ (Error::State(_) | Error::Invalid { .. })) => {
            let mut payment = rows::get(tx, scope, id)?;
            let sums = payment.state.balances();
            let under_way = sums.raises > 0 || sums.capturing > 0 || sums.voiding > 0;
            if under_way || sums.uncaptured() == 0 {
                return Err(error);
            }
            store::forget_capture_at(tx, &mut payment)?;
            Ok(Due::Refused(error))
        }
        Err(error) => Err(error),
    }
}
