//! A payment that begins with a page: made by a client, paid or given up by a buyer.

use std::sync::Arc;
use std::time::Duration;

use db::Tx;

use crate::app::App;
use crate::kernel::caller::{Caller, Mode, Scope};
use crate::kernel::error::{Error, Missing, PaymentIs, PaymentWanted};
use crate::kernel::id::Id;
use crate::kernel::link;
use crate::kernel::metadata::Metadata;
use crate::kernel::money::Money;
use crate::kernel::time::{Drawn, Time};
use crate::payments::authorize::is_under_way;
use crate::payments::settle::{Line, told};
use crate::payments::state::Ended;
use crate::payments::{Page, Payment, State, Status, due, rows, store, void};
use crate::records::customers::{self, Customer};
use crate::records::event::Event;
use crate::records::instruments::{self, Instrument};
use crate::records::merchants;

/// What a checkout is made of. What a field is that the payment or its page has too, [`Payment`] and [`Page`] say.
#[derive(Debug, Clone)]
pub struct NewCheckout {
    pub money: Money,
    pub description: String,
    pub reference: Option<String>,
    pub captures_itself: bool,
    pub capture_at: Option<Time>,
    pub may_grow: bool,
    pub return_url: String,
    pub cancel_url: String,
    pub failure_url: Option<String>,
    pub framed: bool,
    pub offers_saving: bool,
    pub customer: Option<Id<Customer>>,
    /// Whether the merchant named that customer by its id. Otherwise the page opens no wallet.
    pub customer_named: bool,
    pub asks_code: bool,
    pub authenticates: bool,
    pub metadata: Metadata,
    pub extras: Option<String>,
    /// How long the page is open; as the merchant has set it where this is left out.
    pub life: Option<Duration>,
    /// The customer's card, if that is charged at once, without the buyer.
    pub card: Option<Id<Instrument>>,
}

/// Makes a checkout.
///
/// # Errors
/// [`Error::NotFound`] for a customer that is not the caller's and a card that is not the customer's, and after those
/// [`Error::Unsupported`] in a mode without an acquirer.
pub fn create(
    tx: &mut Tx<'_>,
    app: &App,
    caller: &Caller,
    new: &NewCheckout,
    drawn: &Drawn,
) -> Result<(Payment, Option<Instrument>), Error> {
    let customer = new.customer.map(|id| customers::get(tx, caller.scope, id)).transpose()?;
    let card = match (new.card, &customer) {
        (None, _) => None,
        (Some(card), Some(customer)) => Some(instruments::get(tx, caller.scope, customer, card)?),
        (Some(_), None) => return Err(Error::NotFound(Missing::Customer)),
    };
    app.acquirer(caller.scope.mode)?;
    let life = match new.life {
        None => merchants::of_scope(tx, caller.scope)?.settings.checkout_life,
        life => life,
    };
    let page = Page {
        return_url: new.return_url.clone(),
        cancel_url: new.cancel_url.clone(),
        failure_url: new.failure_url.clone(),
        framed: new.framed,
        offers_saving: new.offers_saving,
        asks_code: new.asks_code,
        authenticates: new.authenticates,
        expires_at: life.map(|life| drawn.now.after(life)),
    };
    let payment = Payment {
        captures_itself: new.captures_itself,
        may_grow: new.may_grow,
        capture_at: new.capture_at,
        description: new.description.clone(),
        reference: new.reference.clone(),
        metadata: new.metadata.clone(),
        extras: new.extras.clone(),
        page: Some(page),
        automatic: new.card.is_some(),
        customer_named: new.customer_named,
        ..Payment::new(caller, customer.as_ref(), new.money, drawn)
    };
    Ok((store::insert(tx, payment, customer.as_ref(), drawn)?, card))
}

/// Merges metadata into a payment, in every status.
pub fn update(tx: &mut Tx<'_>, scope: Scope, id: Id<Payment>, changes: &Metadata) -> Result<Payment, Error> {
    let mut payment = rows::get(tx, scope, id)?;
    let metadata = payment.metadata.merged(changes)?;
    store::set_metadata(tx, &mut payment, metadata)?;
    Ok(payment)
}

/// Removes a checkout that nobody has tried to pay.
pub fn delete(tx: &mut Tx<'_>, scope: Scope, id: Id<Payment>) -> Result<(), Error> {
    let mut payment = rows::get(tx, scope, id)?;
    match payment.state {
        State::Open { authorizing: true, .. } => Err(Error::InFlight),
        State::Open { tried: false, authorizing: false } => store::delete(tx, &mut payment),
        State::Open { tried: true, .. } | State::Ended(_) | State::Approved(_) => {
            Err(Error::payment(PaymentIs::Status(payment.status()), PaymentWanted::Untried))
        }
    }
}

/// The buyer gives up.
pub fn cancel(tx: &mut Tx<'_>, payment: &mut Payment, drawn: &Drawn) -> Result<(), Error> {
    let state = payment.state.end(Ended::Canceled)?;
    store::update(tx, payment, state, Some(Event::PaymentCanceled), drawn)
}

/// The merchant withdraws an unpaid checkout, or its time is over.
pub fn revoke(tx: &mut Tx<'_>, payment: &mut Payment, drawn: &Drawn) -> Result<(), Error> {
    let state = payment.state.end(Ended::Expired)?;
    store::update(tx, payment, state, Some(Event::PaymentRevoked), drawn)
}

/// Ends checkouts whose time is over and releases authorizations that lapsed. Whether it is so is looked at once more where
/// it is written: an authorization may have been raised meanwhile, and lapses later then.
pub async fn sweep(app: &Arc<App>) -> Result<(), Error> {
    let close = |tx: &mut Tx<'_>, payment: &mut Payment, drawn: &Drawn| {
        if !payment.is_overdue(drawn.now) {
            return Ok(None);
        }
        revoke(tx, payment, drawn).map(|()| None)
    };
    let lapse = |tx: &mut Tx<'_>, payment: &mut Payment, drawn: &Drawn| {
        if payment.lapses_at.is_none_or(|at| at > drawn.now) {
            return Ok(None);
        }
        void::lapse(tx, payment, drawn).map(Some)
    };
    let (closed, lapsed) =
        tokio::join!(end_each(app, &due::CLOSED, close), end_each(app, &due::TO_LAPSE, lapse));
    closed.and(lapsed)
}

async fn end_each(
    app: &Arc<App>,
    queue: &'static due::Queue,
    end: fn(&mut Tx<'_>, &mut Payment, &Drawn) -> Result<Option<Line>, Error>,
) -> Result<(), Error> {
    due::each(app, queue, |(scope, id): due::Named| {
        let (app, drawn) = (Arc::clone(app), app.draw());
        async move {
            app.write(move |tx| {
                let mut payment = rows::get(tx, scope, id)?;
                end(tx, &mut payment, &drawn).map(|line| ((), line))
            })
            .await
            .map(told)
        }
    })
    .await
}

impl Payment {
    /// The address of the payment's page.
    pub fn page_address(&self, app: &App) -> String {
        format!(
            "{}/c/{}",
            app.public_url(),
            link::write(app.keys().link(), link::Kind::Checkout, self.scope, self.id, 0)
        )
    }

    /// Whether the page's time is over, also when nobody has swept it yet. What is at the acquirer can still be received.
    pub fn is_overdue(&self, now: Time) -> bool {
        matches!(self.status(), Status::Pending | Status::Retryable)
            && !is_under_way(self)
            && self.page.as_ref().and_then(|page| page.expires_at).is_some_and(|at| at <= now)
    }

    /// Whether no money moves in this payment.
    pub fn is_test(&self) -> bool {
        self.scope.mode == Mode::Test
    }
}

/// Reads the payment that a page's link opens.
pub fn of_link(tx: &mut Tx<'_>, app: &App, text: &str) -> Result<Payment, Error> {
    let (scope, id) = read_link(app, text)?;
    rows::get(tx, scope, id)
}

/// Finds out whether a page's link was ever given out, and in which mode, without the database.
pub fn check_link(app: &App, text: &str) -> Result<Mode, Error> {
    read_link(app, text).map(|(scope, _)| scope.mode)
}

fn read_link(app: &App, text: &str) -> Result<(Scope, Id<Payment>), Error> {
    let read = link::read(app.keys().link(), link::Kind::Checkout, text);
    let (scope, id, _) = read.ok_or(Error::NotFound(Missing::Page))?;
    Ok((scope, id))
}
