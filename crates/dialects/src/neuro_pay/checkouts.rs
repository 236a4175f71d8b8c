//! create, retrieve, capture, refund, update and delete of checkouts.

use std::sync::Arc;

use domain::acquiring::Card;
use domain::idempotency::{About, Reply, Request};
use domain::money::Money;
use domain::payments::authorize::{self, Attempt, CardSource};
use domain::payments::settle::{Comment, Settled};
use domain::payments::{
    self, Amount, Begun, Open, Payment, Status, capture as captures, checkout, refund as refunds, void,
};
use domain::time::Drawn;
use domain::{App, Caller, Error, Field, Id, Missing, Tx};

use super::body::{CaptureCheckout, CheckoutId, CreateCheckout, RefundCheckout, UpdateCheckout};
use super::error::Failure;
use super::request::ApiRequest;
use super::{openapi, wire};
use crate::idempotency::{Answered, once};
use crate::openapi::IdempotencyKey;
use crate::operation::{self, Verdict};

/// Makes a checkout, whose page the buyer pays on.
///
/// With `card_id` the saved card is charged at once, without a page.
#[utoipa::path(
    post,
    path = "/checkout/create",
    operation_id = "create",
    tag = "Checkouts",
    params(IdempotencyKey),
    request_body = CreateCheckout,
    responses((status = 200, description = "The checkout", body = wire::CheckoutObject), openapi::Errors)
)]
pub(super) async fn create(
    ApiRequest { app, caller, fields, request }: ApiRequest,
) -> Result<Answered, Failure> {
    let new = new_checkout(fields.read(CreateCheckout::read)?)?;
    if new.card.is_some() {
        return charge(app, caller, request, new).await;
    }
    let inside = Arc::clone(&app);
    let answered = once(&app, caller, request, app.draw(), move |tx, caller, drawn| {
        let (payment, _) = checkout::create(tx, &inside, caller, &new, drawn)?;
        Ok((wire::checkout(&inside, &payment, &[]), payment.about()))
    });
    Ok(answered.await?)
}

/// Reads a checkout.
#[utoipa::path(
    post,
    path = "/checkout/retrieve",
    operation_id = "retrieve",
    tag = "Checkouts",
    request_body = CheckoutId,
    responses((status = 200, description = "The checkout", body = wire::CheckoutObject), openapi::Errors)
)]
pub(super) async fn retrieve(
    ApiRequest { app, caller, fields, .. }: ApiRequest,
) -> Result<Answered, Failure> {
    let id = found(fields.read(CheckoutId::read)?.checkout_id)?;
    let inside = Arc::clone(&app);
    let reply = app.read(move |tx| {
        let payment = payments::get(tx, caller.scope, id)?;
        present(tx, &inside, &payment)
    });
    Ok(Answered::first(reply.await?))
}

/// Changes the metadata of a checkout.
///
/// Keys are merged; an empty value removes its key.
#[utoipa::path(
    post,
    path = "/checkout/update",
    operation_id = "update",
    tag = "Checkouts",
    params(IdempotencyKey),
    request_body = UpdateCheckout,
    responses((status = 200, description = "The checkout", body = wire::CheckoutObject), openapi::Errors)
)]
pub(super) async fn update(
    ApiRequest { app, caller, fields, request }: ApiRequest,
) -> Result<Answered, Failure> {
    let UpdateCheckout { checkout_id, metadata } = fields.read(UpdateCheckout::read)?;
    let id = found(checkout_id)?;
    let inside = Arc::clone(&app);
    let answered = once(&app, caller, request, app.draw(), move |tx, caller, _| {
        let payment = checkout::update(tx, caller.scope, id, &metadata)?;
        Ok((present(tx, &inside, &payment)?, payment.about()))
    });
    Ok(answered.await?)
}

/// Removes a checkout.
#[utoipa::path(
    post,
    extensions(("x-fidelity" = json!("documented – in the current documentation only"))),
    path = "/checkout/delete",
    operation_id = "delete",
    tag = "Checkouts",
    params(IdempotencyKey),
    request_body = CheckoutId,
    responses((status = 200, description = "It is gone", body = wire::Deleted), openapi::Errors)
)]
pub(super) async fn delete(
    ApiRequest { app, caller, fields, request }: ApiRequest,
) -> Result<Answered, Failure> {
    let id = found(fields.read(CheckoutId::read)?.checkout_id)?;
    let answered = once(&app, caller, request, app.draw(), move |tx, caller, _| {
        checkout::delete(tx, caller.scope, id)?;
        Ok((wire::deleted_checkout(id.hex()), About::NOBODY))
    });
    Ok(answered.await?)
}

/// Takes everything that is reserved.
///
/// A capture of a part is not documented; with another amount than all that can still be captured nothing is done.
#[utoipa::path(
    post,
    path = "/checkout/capture",
    operation_id = "capture",
    tag = "Checkouts",
    params(IdempotencyKey),
    request_body = CaptureCheckout,
    responses((status = 200, description = "The checkout", body = wire::CheckoutObject), openapi::Errors)
)]
pub(super) async fn capture(
    ApiRequest { app, caller, fields, request }: ApiRequest,
) -> Result<Answered, Failure> {
    let CaptureCheckout { checkout_id, amount, currency } = fields.read(CaptureCheckout::read)?;
    let id = found(checkout_id)?;
    let scope = caller.scope;
    operate(app, caller, request, move |tx, drawn| {
        let payment = payments::get(tx, scope, id)?;
        payment.check_currency(currency)?;
        let open = payment.state.balances().open();
        // Where nothing is open, that is what is wrong.
        if open > 0 && amount.is_some_and(|amount| amount != open) {
            return Err(Error::invalid(Field::Amount, "must be all that can still be captured, or left out"));
        }
        captures::begin(tx, payment, Amount::Rest, Open::Released, Comment::default(), drawn)
    })
    .await
}

/// Gives captured money back, or releases what is reserved.
///
/// Without an amount everything that was captured is given back and what is still reserved released.
#[utoipa::path(
    post,
    path = "/checkout/refund",
    operation_id = "refund",
    tag = "Checkouts",
    params(IdempotencyKey),
    request_body = RefundCheckout,
    responses((status = 200, description = "The checkout", body = wire::CheckoutObject), openapi::Errors)
)]
pub(super) async fn refund(
    ApiRequest { app, caller, fields, request }: ApiRequest,
) -> Result<Answered, Failure> {
    let RefundCheckout { checkout_id, amount, currency, reason, details } =
        fields.read(RefundCheckout::read)?;
    let id = found(checkout_id)?;
    let scope = caller.scope;
    operate(app, caller, request, move |tx, drawn| {
        let payment = payments::get(tx, scope, id)?;
        payment.check_currency(currency)?;
        let comment =
            Comment { reason: reason.as_deref(), details: details.as_deref(), ..Comment::default() };
        let sums = payment.state.balances();
        let is_given_back = sums.refunded() == sums.captured();
        match amount {
            _ if sums.uncaptured() == 0 || !is_given_back => {
                let (amount, open) = amount
                    .map_or((Amount::Rest, Open::Released), |amount| (Amount::Minor(amount), Open::Stays));
                refunds::begin(tx, payment, amount, open, comment, drawn)
            }
            Some(amount) if sums.captured() > 0 || amount != sums.uncaptured() => {
                Err(Error::invalid(Field::Amount, "must be all of what is reserved, or left out"))
            }
            Some(_) | None => void::begin(tx, payment, comment, drawn),
        }
    })
    .await
}

/// An automatic payment: a saved card is charged without the buyer. It needs no page, and has one for the challenge.
async fn charge(
    app: Arc<App>,
    caller: Caller,
    request: Request,
    new: checkout::NewCheckout,
) -> Result<Answered, Failure> {
    let (inside, owner) = (Arc::clone(&app), caller.clone());
    operate(app, caller, request, move |tx, drawn| {
        let (payment, card) = checkout::create(tx, &inside, &owner, &new, drawn)?;
        let instrument = card.ok_or(Error::NotFound(Missing::Instrument))?;
        let number = instrument.number(owner.keys())?;
        let expiry = instrument.expiry;
        match authorize::begin(tx, payment, &CardSource::Saved(&instrument), None, drawn)? {
            Attempt::Begun(payment, id, _) => {
                Ok(authorize::with_card(*payment, id, Card { number, expiry, code: None }))
            }
            Attempt::Repeated => Err(Error::InFlight),
        }
    })
    .await
}

/// Carries an operation out, and says what became of it.
async fn operate<F>(app: Arc<App>, caller: Caller, request: Request, begin: F) -> Result<Answered, Failure>
where
    F: Fn(&mut Tx<'_>, &Drawn) -> Result<Begun, Error> + Send + 'static,
{
    let inside = Arc::clone(&app);
    let concluded =
        move |tx: &mut Tx<'_>, payment: &Payment, _, settled| conclude(tx, &inside, payment, settled);
    Ok(operation::operate(app, caller, request, begin, concluded).await?)
}

fn conclude(tx: &mut Tx<'_>, app: &App, payment: &Payment, settled: Settled) -> Result<Verdict, Error> {
    let answers = match settled {
        Settled::Done => true,
        // An automatic payment is an answer in every state: `created` while nobody knows, `failed` when declined.
        Settled::Unknown | Settled::Challenged => payment.automatic,
        Settled::Declined(_) | Settled::NeverArrived => payment.status() == Status::Declined,
    };
    if answers {
        return present(tx, app, payment).map(Verdict::Answer);
    }
    Ok(Verdict::of(settled))
}

/// The checkout object, with its ledger where that shows.
fn present(tx: &mut Tx<'_>, app: &App, payment: &Payment) -> Result<Reply, Error> {
    let actions = match payment.status() {
        Status::Voided | Status::PartiallyRefunded | Status::Refunded => {
            payments::actions::of_payment(tx, payment)?
        }
        Status::Pending
        | Status::Retryable
        | Status::Declined
        | Status::Canceled
        | Status::Expired
        | Status::Authorized
        | Status::PartiallyCaptured
        | Status::Captured
        | Status::Verified => Vec::new(),
    };
    Ok(wire::checkout(app, payment, &actions))
}

/// A checkout's id, unless it is one that nobody has.
fn found(id: Option<Id<Payment>>) -> Result<Id<Payment>, Error> {
    id.ok_or(Error::NotFound(Missing::Payment))
}

fn new_checkout(body: CreateCheckout) -> Result<checkout::NewCheckout, Failure> {
    if body.card_id.is_some() && body.customer_id.is_none() {
        return Err(Failure::invalid("card_id", "needs a customer_id"));
    }
    let money = Money::new(body.amount, body.currency)?;
    // What does not exist is told after what is wrong.
    let customer = body.customer_id.map(|id| id.ok_or(Error::NotFound(Missing::Customer))).transpose()?;
    let card = body.card_id.map(|id| id.ok_or(Error::NotFound(Missing::Instrument))).transpose()?;
    Ok(checkout::NewCheckout {
        money,
        description: body.message,
        reference: body.identifier.filter(|text| !text.is_empty()),
        captures_itself: body.capture.unwrap_or(true),
        capture_at: None,
        may_grow: false,
        return_url: body.return_url,
        cancel_url: body.return_url_cancel,
        failure_url: None,
        framed: body.template.is_some(),
        offers_saving: body.allow_save_card.unwrap_or(true),
        customer,
        // A customer is named by its id here, and in no other way.
        customer_named: true,
        asks_code: false,
        authenticates: false,
        metadata: body.metadata.unwrap_or_default(),
        // It has no effect, as with the vendor where no Nuvei processor is behind it.
        extras: body.payment_methods,
        life: None,
        card,
    })
}
