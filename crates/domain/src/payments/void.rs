//! Void: releasing what was reserved.

use db::Tx;

use crate::acquiring::Instruction;
use crate::kernel::error::Error;
use crate::kernel::id::Id;
use crate::kernel::time::Drawn;
use crate::payments::actions::{self, NewAction};
use crate::payments::settle::{self, Comment};
use crate::payments::store;
use crate::payments::{ActionKind, Begun, Payment};
use crate::records::event::Event;

/// Begins the release of everything that is reserved. It never follows a capture.
///
/// # Errors
/// [`Error::State`] when the payment is not authorized, [`Error::InFlight`] while another operation is under way.
pub fn begin(tx: &mut Tx<'_>, payment: Payment, comment: Comment<'_>, drawn: &Drawn) -> Result<Begun, Error> {
    let amount = payment.state.balances().open();
    let state = payment.state.begin_void()?;
    settle::begin(tx, payment, state, ActionKind::Void, amount, comment, drawn, |money, authorization| {
        Instruction::Void { money, authorization }
    })
}

/// Notes that an authorization lapsed: the acquirer released what was not captured by itself.
pub(crate) fn lapse(tx: &mut Tx<'_>, payment: &mut Payment, drawn: &Drawn) -> Result<(), Error> {
    let amount = payment.state.balances().open();
    let state = payment.state.lapse()?;
    store::update(tx, payment, state, Some(Event::PaymentVoided), drawn)?;
    let id = Id::new(drawn.now, drawn.action);
    let action = NewAction {
        reason: Some("lapsed"),
        done_with: Some("lapsed"),
        ..NewAction::plain(id, ActionKind::Void, amount)
    };
    actions::insert(tx, payment, &action, drawn)
}
