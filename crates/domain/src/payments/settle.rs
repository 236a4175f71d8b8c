//! The way of every operation through the acquirer: begun in one transaction, carried out outside any, settled in
//! another. An outcome that is unknown is asked for by the operation's id; the operation is never sent again.

use std::sync::Arc;

use db::Tx;
use tokio::time::timeout;

use crate::acquiring::{Card, Decline, Instruction, Operation, Outcome, Report, questions};
use crate::app::App;
use crate::kernel::caller::{Mode, Scope};
use crate::kernel::error::{Error, Missing};
use crate::kernel::id::{ActionId, Id, MerchantId};
use crate::kernel::money::Money;
use crate::kernel::task;
use crate::kernel::time::{Drawn, Time};
use crate::payments::actions::{self, End, NewAction};
use crate::payments::{Action, ActionKind, ActionStatus, Begun, Open, Payment, State};
use crate::payments::{attempts, due, rows, store};
use crate::records::event::Event;
use crate::records::instruments;
use crate::records::merchants;

/// Why, in the client's words.
#[derive(Debug, Clone, Copy, Default)]
pub struct Comment<'a> {
    /// One of the API's reasons, as it was sent.
    pub reason: Option<&'a str>,
    /// Free text.
    pub details: Option<&'a str>,
    /// The client's own reference of the operation.
    pub reference: Option<&'a str>,
    /// The client's own keys of the operation, as JSON.
    pub metadata: Option<&'a str>,
    /// What only the API knows of it, as JSON.
    pub extras: Option<&'a str>,
}

/// What is to be done with an authorized payment.
pub(crate) struct Part {
    pub(crate) kind: ActionKind,
    pub(crate) amount: i64,
    /// Of so much.
    pub(crate) left: i64,
    pub(crate) open: Open,
}

/// What became of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was done.
    Done,
    /// It was refused.
    Declined(Decline),
    /// It never reached the acquirer.
    NeverArrived,
    /// The buyer has to go to the card's bank first.
    Challenged,
    /// Nobody knows yet; it is asked about.
    Unknown,
}

/// Reserves for an operation on an authorized payment, and writes its action.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    mut payment: Payment,
    state: State,
    part: Part,
    comment: Comment<'_>,
    drawn: &Drawn,
    instruct: impl FnOnce(Money, String) -> Instruction,
) -> Result<Begun, Error> {
    let Part { kind, amount, left, open } = part;
    let money = Money::new(amount, payment.money.currency)?;
    let id = Id::new(drawn.now, drawn.action);
    let Comment { reason, details, reference, metadata, extras } = comment;
    // What would be said of people now, nobody would ever erase.
    let extras = extras.filter(|_| !payment.is_forgotten);
    let is_final = open == Open::Released;
    let plain = NewAction::plain(id, kind, amount);
    let action = NewAction { reason, details, reference, metadata, extras, is_final, ..plain };
    let authorization = actions::begin(tx, &payment, &action, left, drawn)?;
    store::update(tx, &mut payment, state, None, drawn)?;
    Ok(Begun { payment, operation: Operation { id, instruction: instruct(money, authorization) } })
}

/// Asks the acquirer to carry an operation out, and settles it. `finish` runs in the settling transaction and sees
/// the payment as it then is. Everything happens in a task of its own: a caller that goes away changes nothing.
pub async fn carry_out<T, F>(app: &Arc<App>, begun: Begun, finish: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>, &Payment, Settled, &Drawn) -> Result<T, Error> + Send + Sync + 'static,
{
    let app = Arc::clone(app);
    let work = async move {
        let mode = begun.payment.scope.mode;
        let id = begun.operation.id;
        let acquirer = Arc::clone(app.acquirer(mode)?);
        let outcome = timeout(acquirer.deadline(), acquirer.perform(&begun.operation)).await;
        let outcome = outcome.unwrap_or(Outcome::Unknown);
        let drawn = app.draw();
        app.write(move |tx| {
            let (payment, settled, line) = settle(tx, id, &Report::Settled(outcome.clone()), &drawn)?;
            Ok((finish(tx, &payment, settled, &drawn)?, line))
        })
        .await
        .map(told)
    };
    task::to_its_end("an operation", work).await
}

/// Goes on with an operation whose buyer comes back from the card's bank.
pub async fn resume(app: &Arc<App>, mode: Mode, id: ActionId, proof: &str) -> Result<Settled, Error> {
    let acquirer = Arc::clone(app.acquirer(mode)?);
    // The buyer has answered, so the outcome is known soon, also if nobody is there any more to hear of it.
    let soon = app.now().after(questions::FIRST);
    app.write(move |tx| actions::ask_by(tx, id, soon)).await?;
    let answer = timeout(acquirer.deadline(), acquirer.resume(id, proof)).await.unwrap_or(Report::NotYet);
    let drawn = app.draw();
    app.write(move |tx| settle(tx, id, &answer, &drawn).map(|(_, settled, line)| (settled, line)))
        .await
        .map(told)
}

/// Checks a card with an amount of zero. Nothing is reserved, so nothing is written: an answer that is lost is a
/// card that was not checked.
pub async fn verify(app: &Arc<App>, mode: Mode, card: Card) -> Result<(), Error> {
    let acquirer = app.acquirer(mode)?;
    let operation =
        Operation { id: Id::new(app.now(), app.draw().action), instruction: Instruction::Verify { card } };
    match timeout(acquirer.deadline(), acquirer.perform(&operation)).await.unwrap_or(Outcome::Unknown) {
        Outcome::Approved { .. } => Ok(()),
        Outcome::Declined { decline, .. } => Err(Error::Declined(decline)),
        Outcome::Redirect { .. } => Err(Error::Declined(Decline::NotAuthenticated)),
        Outcome::Unknown => Err(Error::Declined(Decline::ProcessingError)),
    }
}

/// Asks about every operation whose outcome is due to be asked for.
pub async fn ask_due(app: &Arc<App>) -> Result<(), Error> {
    due::each(app, &due::TO_ASK, |(id, mode): due::Open| {
        let app = Arc::clone(app);
        async move {
            let answer = match app.acquirer(mode) {
                Ok(acquirer) => {
                    timeout(acquirer.deadline(), acquirer.ask(id)).await.unwrap_or(Report::NotYet)
                }
                // Until there is one again, nobody knows.
                Err(_) => Report::NotYet,
            };
            let drawn = app.draw();
            let settled = app
                .write(move |tx| settle(tx, id, &answer, &drawn).map(|(_, settled, line)| (settled, line)));
            let settled = settled.await.map(told)?;
            tracing::debug!(action.id = ?id, ?settled, "asked the acquirer for an outcome");
            Ok(())
        }
    })
    .await
}

/// A line of the log: what became of an operation. It is written once the commit is on the disk.
pub(crate) struct Line {
    merchant: MerchantId,
    mode: Mode,
    payment: Id<Payment>,
    operation: &'static str,
    /// What it says when it was done.
    done: &'static str,
    money: Money,
    settled: Settled,
    /// A buyer on a page asked for it, as often as there are tries, and not the merchant.
    is_of_a_buyer: bool,
}

impl Line {
    fn of(merchant: MerchantId, payment: &Payment, action: &Action, settled: Settled) -> Self {
        let takes = action.kind == ActionKind::Authorize && payment.captures_itself && action.amount > 0;
        let (operation, done) = match action.kind {
            ActionKind::Authorize if takes => ("authorize and capture", "authorized and captured"),
            ActionKind::Authorize => (action.kind.as_str(), "authorized"),
            ActionKind::Raise => (action.kind.as_str(), "raised"),
            ActionKind::Capture => (action.kind.as_str(), "captured"),
            ActionKind::Void => (action.kind.as_str(), "voided"),
            ActionKind::Refund => (action.kind.as_str(), "refunded"),
        };
        Self {
            merchant,
            mode: payment.scope.mode,
            payment: payment.id,
            operation,
            done,
            money: Money { minor: action.amount, ..payment.money },
            settled,
            is_of_a_buyer: action.kind == ActionKind::Authorize
                && payment.page.is_some()
                && !payment.automatic,
        }
    }

    /// Of what the acquirer released by itself.
    pub(crate) fn of_lapse(merchant: MerchantId, payment: &Payment, amount: i64) -> Self {
        Self {
            merchant,
            mode: payment.scope.mode,
            payment: payment.id,
            operation: "lapse",
            done: "lapsed",
            money: Money { minor: amount, ..payment.money },
            settled: Settled::Done,
            is_of_a_buyer: false,
        }
    }

    fn write(&self) {
        let Self { merchant, mode, payment, operation, done, money, settled, is_of_a_buyer } = self;
        let (merchant, mode, payment) = (merchant.hex(), mode.as_str(), payment.hex());
        let (amount, currency) = (money.minor, money.currency.code());
        match settled {
            Settled::Done => {
                tracing::info!(merchant, mode, payment, operation, amount, currency, "{done}");
            }
            Settled::Declined(decline) if !is_of_a_buyer => {
                let why = decline.as_str();
                tracing::info!(merchant, mode, payment, operation, amount, currency, why, "declined");
            }
            Settled::Declined(_) | Settled::NeverArrived | Settled::Challenged | Settled::Unknown => {
                tracing::debug!(merchant, mode, payment, operation, amount, currency, ?settled, "not done");
            }
        }
    }
}

/// What a unit of work came to, once the log has its line.
pub(crate) fn told<T>((value, line): (T, Option<Line>)) -> T {
    line.iter().for_each(Line::write);
    value
}

/// Writes what the acquirer answered, exactly once: whoever comes later finds it settled, and has no line to write.
pub(crate) fn settle(
    tx: &mut Tx<'_>,
    id: ActionId,
    answer: &Report,
    drawn: &Drawn,
) -> Result<(Payment, Settled, Option<Line>), Error> {
    let action = actions::get(tx, id)?;
    let mut payment = rows::by_key(tx, action.payment)?;
    if action.status != ActionStatus::Pending {
        return Ok((payment, outcome_of(&action), None));
    }
    let settled = match answer {
        Report::Settled(Outcome::Approved { reference, lapses_at }) => {
            attempts::was_no_decline(tx, payment.scope, &action)?;
            actions::settle(tx, &action, &End::Succeeded { reference }, drawn.now)?;
            approve(tx, &mut payment, &action, reference, *lapses_at, drawn)?;
            Settled::Done
        }
        Report::Settled(Outcome::Declined { decline, code }) => {
            actions::settle(tx, &action, &End::Declined { decline: *decline, code }, drawn.now)?;
            undo(tx, &mut payment, &action, Some(*decline), drawn)?;
            if action.kind == ActionKind::Capture && payment.capture_at.is_some_and(|at| at <= drawn.now) {
                // What is refused now would be refused again, each time that the job comes by.
                store::forget_capture_at(tx, &mut payment)?;
            }
            Settled::Declined(*decline)
        }
        Report::NeverArrived => {
            attempts::was_no_decline(tx, payment.scope, &action)?;
            actions::settle(tx, &action, &End::NeverArrived, drawn.now)?;
            undo(tx, &mut payment, &action, None, drawn)?;
            Settled::NeverArrived
        }
        Report::Settled(Outcome::Redirect { address }) => {
            let age = action.created_at.until(drawn.now);
            actions::challenge(tx, &action, address, drawn.now.after(questions::about_a_buyer(id, age)))?;
            Settled::Challenged
        }
        Report::NotYet | Report::Settled(Outcome::Unknown) => {
            let wait = questions::about_an_outcome(id, action.inquiries);
            actions::ask_later(tx, &action, drawn.now.after(wait))?;
            Settled::Unknown
        }
    };
    let merchant = merchants::of_scope(tx, payment.scope)?.id;
    let line = Line::of(merchant, &payment, &action, settled);
    Ok((payment, settled, Some(line)))
}

/// What a settled action tells those who come later.
pub fn outcome_of(action: &Action) -> Settled {
    match action.status {
        ActionStatus::Pending => Settled::Unknown,
        ActionStatus::Succeeded => Settled::Done,
        ActionStatus::Declined if action.response_code.is_none() => Settled::NeverArrived,
        // Actions of an older Kassa do not say why.
        ActionStatus::Declined => Settled::Declined(action.decline.unwrap_or(Decline::ProcessingError)),
    }
}

/// Reads a payment by one of its actions, with what became of that action.
pub fn of_action(tx: &mut Tx<'_>, id: ActionId) -> Result<(Payment, Settled), Error> {
    let action = actions::get(tx, id)?;
    Ok((rows::by_key(tx, action.payment)?, outcome_of(&action)))
}

/// Reads the payment of an attempt to pay it, by that attempt's id, if the attempt is under way or was settled since then.
pub fn of_attempt(tx: &mut Tx<'_>, scope: Scope, id: ActionId, since: Time) -> Result<Payment, Error> {
    let action = actions::get(tx, id)?;
    let payment = rows::by_key(tx, action.payment)?;
    let is_fresh = action.settled_at.is_none_or(|at| at >= since);
    let is_attempt = action.kind == ActionKind::Authorize && payment.scope == scope;
    if is_attempt && is_fresh { Ok(payment) } else { Err(Error::NotFound(Missing::Payment)) }
}

fn approve(
    tx: &mut Tx<'_>,
    payment: &mut Payment,
    action: &Action,
    reference: &str,
    lapses_at: Option<Time>,
    drawn: &Drawn,
) -> Result<(), Error> {
    let (state, event) = match action.kind {
        ActionKind::Authorize => {
            payment.authorized_at = Some(drawn.now);
            payment.lapses_at = lapses_at.filter(|_| action.amount > 0);
            payment.last_decline = None;
            let saved = instruments::settle_waiting(tx, action.key, true, drawn)?;
            if let Some(saved) = saved.filter(|_| payment.automatic) {
                store::set_instrument(tx, payment, &saved)?;
            }
            let captured = payment.captures_itself && action.amount > 0;
            let event = if captured { Event::PaymentCaptured } else { Event::PaymentAuthorized };
            (payment.state.authorized(action.amount, captured)?, event)
        }
        ActionKind::Raise => {
            payment.lapses_at = lapses_at.or(payment.lapses_at);
            (payment.state.end_raise(action.amount, true)?, Event::PaymentAuthorizationIncremented)
        }
        ActionKind::Capture => {
            let releases = actions::released_by(tx, payment)?.is_some();
            (payment.state.end_capture(action.amount, true, releases)?, Event::PaymentCaptured)
        }
        ActionKind::Void => (payment.state.end_void(true)?, Event::PaymentVoided),
        ActionKind::Refund => {
            let releases = actions::released_by(tx, payment)?.is_some();
            (payment.state.end_refund(action.amount, true, releases)?, Event::PaymentRefunded)
        }
    };
    let released = state.balances().voided - payment.state.balances().voided;
    store::update(tx, payment, state, Some(event), drawn)?;
    // What one operation did at once stands in the ledger as the actions it consists of.
    match action.kind {
        ActionKind::Authorize if payment.captures_itself && action.amount > 0 => {
            insert_part(tx, payment, ActionKind::Capture, action.amount, reference, drawn)
        }
        ActionKind::Capture | ActionKind::Refund if released > 0 => {
            insert_part(tx, payment, ActionKind::Void, released, reference, drawn)
        }
        ActionKind::Authorize
        | ActionKind::Raise
        | ActionKind::Capture
        | ActionKind::Void
        | ActionKind::Refund => Ok(()),
    }
}

fn insert_part(
    tx: &mut Tx<'_>,
    payment: &Payment,
    kind: ActionKind,
    amount: i64,
    reference: &str,
    drawn: &Drawn,
) -> Result<(), Error> {
    let id = Id::new(drawn.now, drawn.action);
    // A payment that captures itself does it in its own name.
    let own = payment.reference.as_deref().filter(|_| kind == ActionKind::Capture);
    let action =
        NewAction { done_with: Some(reference), reference: own, ..NewAction::plain(id, kind, amount) };
    actions::insert(tx, payment, &action, drawn)
}

/// Gives back what an operation had reserved.
fn undo(
    tx: &mut Tx<'_>,
    payment: &mut Payment,
    action: &Action,
    decline: Option<Decline>,
    drawn: &Drawn,
) -> Result<(), Error> {
    let (state, event) = match action.kind {
        ActionKind::Authorize => {
            instruments::settle_waiting(tx, action.key, false, drawn)?;
            let buyer_is_there = payment.page.is_some() && !payment.automatic;
            if buyer_is_there {
                payment.card = None;
            }
            match decline {
                None if buyer_is_there => (payment.state.never_authorized()?, None),
                decline => {
                    payment.last_decline = Some(decline.unwrap_or(Decline::ProcessingError));
                    (payment.state.declined(buyer_is_there)?, Some(Event::PaymentDeclined))
                }
            }
        }
        ActionKind::Raise => (payment.state.end_raise(action.amount, false)?, None),
        ActionKind::Capture => match actions::released_by(tx, payment)? {
            None => (payment.state.end_capture(action.amount, false, false)?, None),
            Some(reference) => {
                insert_part(tx, payment, ActionKind::Void, action.amount, &reference, drawn)?;
                (payment.state.end_capture(action.amount, false, true)?, Some(Event::PaymentVoided))
            }
        },
        ActionKind::Void => (payment.state.end_void(false)?, None),
        ActionKind::Refund => (payment.state.end_refund(action.amount, false, false)?, None),
    };
    store::update(tx, payment, state, event, drawn)
}
