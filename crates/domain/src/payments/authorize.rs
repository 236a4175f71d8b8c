//! Authorization: a buyer's attempt to pay.

use db::Tx;

use crate::acquiring::{Authentication, Card, Instruction, Operation, Terms};
use crate::kernel::card::{CardFace, CardNumber};
use crate::kernel::error::{Error, PaymentIs, PaymentWanted};
use crate::kernel::id::{ActionId, Id};
use crate::kernel::time::Drawn;
use crate::payments::actions::{self, NewAction};
use crate::payments::{ActionKind, Begun, Payment, State};
use crate::payments::{store, sums};
use crate::records::instruments::{self, Instrument, SealedCard};

/// What an attempt came to before the acquirer was asked.
pub enum Attempt {
    /// It is reserved: ask the acquirer. The last is the fingerprint of a card that waits to be saved.
    Begun(Box<Payment>, ActionId, Option<Id<CardNumber>>),
    /// The same form was sent before; whatever became of it stands.
    Repeated,
}

/// Which card is charged.
pub enum CardSource<'a> {
    /// One that the buyer typed, to be saved if sealed.
    Typed(&'a CardFace, Option<&'a SealedCard>),
    /// One that the customer has saved.
    Saved(&'a Instrument),
}

/// Begins an attempt. `form` is the buyer's one-time form, so that a double click is one attempt.
///
/// # Errors
/// [`Error::State`] when the payment is not open any more, was tried 1,000 times, or stands in other units than it says, [`Error::InFlight`] when another attempt is under way.
pub fn begin(
    tx: &mut Tx<'_>,
    mut payment: Payment,
    source: &CardSource<'_>,
    form: Option<&[u8; 16]>,
    drawn: &Drawn,
) -> Result<Attempt, Error> {
    if let Some(form) = form
        && actions::attempt(tx, &payment, form)?.is_some()
    {
        return Ok(Attempt::Repeated);
    }
    // Not every mode limits what buyers try, and what is kept of a payment has an end.
    if form.is_some() && actions::tried(tx, &payment)? >= actions::PARTS_MAX {
        return Err(Error::payment(PaymentIs::ChangedTooOften, PaymentWanted::Open));
    }
    if payment.is_overdue(drawn.now) {
        return Err(Error::payment(PaymentIs::PastItsTime, PaymentWanted::Open));
    }
    if sums::is_in_other_units(tx, &payment)? {
        return Err(Error::payment(PaymentIs::InOtherUnits, PaymentWanted::Open));
    }
    let state = payment.state.begin_authorization()?;
    payment.card = Some(match source {
        CardSource::Typed(face, _) => (*face).clone(),
        CardSource::Saved(instrument) => instrument.face.clone(),
    });
    store::update(tx, &mut payment, state, None, drawn)?;
    let id = Id::new(drawn.now, drawn.action);
    let action =
        NewAction { attempt: form, ..NewAction::plain(id, ActionKind::Authorize, payment.money.minor) };
    actions::insert(tx, &payment, &action, drawn)?;
    let kept = match source {
        CardSource::Saved(instrument) => {
            store::set_instrument(tx, &mut payment, instrument)?;
            None
        }
        // A customer who was deleted since the card was sealed takes no card any more; the payment goes on without.
        CardSource::Typed(_, Some(sealed)) if sealed.is_for(payment.customer_key) => {
            Some(instruments::wait(tx, sealed, id, drawn)?)
        }
        CardSource::Typed(..) => None,
    };
    Ok(Attempt::Begun(Box::new(payment), id, kept))
}

/// Puts the card to an attempt that was begun. The card is not part of the unit of work, which may run again.
pub fn with_card(payment: Payment, id: ActionId, card: Card) -> Begun {
    let authentication = match &payment.page {
        Some(page) if page.authenticates => Authentication::AtTheBank,
        Some(_) | None => Authentication::AsTheBankWishes,
    };
    on_terms(payment, id, card, Terms { authentication, ..Terms::default() })
}

/// Likewise, on terms of the client's.
pub fn on_terms(payment: Payment, id: ActionId, card: Card, terms: Terms) -> Begun {
    let (money, capture) = (payment.money, payment.captures_itself);
    let instruction = Instruction::Authorize { money, card, capture, terms };
    Begun { payment, operation: Operation { id, instruction } }
}

/// Whether an attempt is at the acquirer, or its outcome unknown.
pub fn is_under_way(payment: &Payment) -> bool {
    matches!(payment.state, State::Open { authorizing: true, .. })
}
