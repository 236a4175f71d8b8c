//! Void: releasing what was reserved.

use db::Tx;

use crate::acquiring::Instruction;
use crate::kernel::error::Error;
use crate::kernel::id::Id;
use crate::kernel::time::Drawn;
use crate::payments::actions::{self, NewAction};
use crate::payments::settle::{self, Comment, Line, Part};
use crate::payments::store;
use crate::payments::{ActionKind, Begun, Open, Payment};
use crate::records::event::Event;
use crate::records::merchants;

/// Begins the release of all that is reserved and not captured.
///
/// # Errors
/// [`Error::State`] when nothing is left, [`Error::InFlight`] while another operation is under way.
pub fn begin(tx: &mut Tx<'_>, payment: Payment, comment: Comment<'_>, drawn: &Drawn) -> Result<Begun, Error> {
    let amount = payment.state.balances().open();
    let state = payment.state.begin_void()?;
    let part = Part { kind: ActionKind::Void, amount, left: amount, open: Open::Released };
    settle::begin(tx, payment, state, part, comment, drawn, |money, authorization| Instruction::Void {
        money,
        authorization,
    })
}

/// Notes that an authorization lapsed: the acquirer released what was not captured by itself.
pub(crate) fn lapse(tx: &mut Tx<'_>, payment: &mut Payment, drawn: &Drawn) -> Result<Line, Error> {
    let amount = payment.state.balances().open();
    let state = payment.state.lapse()?;
    store::update(tx, payment, state, Some(Event::PaymentVoided), drawn)?;
    let id = Id::new(drawn.now, drawn.action);
    let action = NewAction {
        reason: Some("lapsed"),
        done_with: Some("lapsed"),
        ..NewAction::plain(id, ActionKind::Void, amount)
    };
    actions::insert(tx, payment, &action, drawn)?;
    let merchant = merchants::of_scope(tx, payment.scope)?.id;
    Ok(Line::of_lapse(merchant, payment, amount))
}
