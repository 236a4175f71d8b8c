//! The way of an operation through the acquirer, as every vendor's handler goes it: begun with its idempotency key in
//! one transaction, answered in the one that settles it.

use std::sync::Arc;

use domain::idempotency::{self, Claim, Reply, Request, Ticket};
use domain::payments::settle::{self, Settled};
use domain::payments::{Begun, Payment};
use domain::time::Drawn;
use domain::{ActionId, App, Caller, Error, Tx};

use crate::idempotency::Answered;

/// What a client is told of an operation.
pub(crate) enum Verdict {
    /// This, which is stored under the key.
    Answer(Reply),
    /// That it was refused. The key is free again.
    Refuse(Error),
    /// That nobody knows yet. The key stays bound to the operation: asked again, it tells what became of it.
    NotYet(Error),
}

impl Verdict {
    /// The verdict on an operation that has no answer of its own.
    pub(crate) fn of(settled: Settled) -> Self {
        match settled {
            Settled::Done | Settled::Unknown | Settled::Challenged => {
                Self::NotYet(Error::Busy("the acquirer has not said what became of the operation".to_owned()))
            }
            Settled::Declined(decline) => Self::Refuse(Error::Declined(decline)),
            Settled::NeverArrived => {
                Self::Refuse(Error::Busy("the acquirer could not be reached".to_owned()))
            }
        }
    }
}

/// Begins an operation with its idempotency key, carries it out, and answers in the commit that settles it.
pub(crate) async fn operate<B, C, E>(
    app: Arc<App>,
    caller: Caller,
    request: Request,
    begin: B,
    conclude: C,
) -> Result<Answered, E>
where
    B: Fn(&mut Tx<'_>, &Drawn) -> Result<Begun, E> + Send + 'static,
    C: Fn(&mut Tx<'_>, &Payment, ActionId, Settled) -> Result<Verdict, Error> + Send + Sync + 'static,
    E: From<Error> + Send + 'static,
{
    /// What the first transaction came to.
    enum Begin {
        Answered(Result<Answered, Error>),
        Begun(Begun, Ticket),
    }
    let drawn = app.draw();
    let conclude = Arc::new(conclude);
    let concluded = Arc::clone(&conclude);
    let first =
        app.try_write::<_, E, _>(move |tx| match idempotency::claim(tx, &caller, &request, drawn.now)? {
            Claim::Replay(reply) => Ok(Begin::Answered(Ok(Answered::again(reply)))),
            Claim::Settled(ticket, action) => {
                let (payment, settled) = settle::of_action(tx, action)?;
                let verdict = concluded(tx, &payment, action, settled)?;
                Ok(Begin::Answered(carry(tx, &ticket, &payment, verdict, &drawn)?))
            }
            Claim::First(ticket) => {
                let begun = begin(tx, &drawn)?;
                ticket.bind(tx, begun.operation.id)?;
                Ok(Begin::Begun(begun, ticket))
            }
        });
    match first.await? {
        Begin::Answered(answered) => Ok(answered?),
        Begin::Begun(begun, ticket) => {
            let action = begun.operation.id;
            Ok(settle::carry_out(&app, begun, move |tx, payment, settled, drawn| {
                let verdict = conclude(tx, payment, action, settled)?;
                carry(tx, &ticket, payment, verdict, drawn)
            })
            .await??)
        }
    }
}

/// Stores an answer, or gives the key back. The outer result is the transaction's, which commits also when the answer
/// is an error.
fn carry(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    payment: &Payment,
    verdict: Verdict,
    drawn: &Drawn,
) -> Result<Result<Answered, Error>, Error> {
    match verdict {
        Verdict::Answer(reply) => {
            Ok(Ok(Answered::first(ticket.answer(tx, reply, payment.about(), drawn)?)))
        }
        Verdict::Refuse(error) => {
            ticket.release(tx)?;
            Ok(Err(error))
        }
        Verdict::NotYet(error) => Ok(Err(error)),
    }
}
