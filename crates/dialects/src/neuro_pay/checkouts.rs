//! create, retrieve, capture, refund, update and delete of checkouts.

use std::sync::Arc;

use domain::acquiring::Card;
use domain::idempotency::{About, Reply, Request};
use domain::metadata::Metadata;
use domain::money::{Currency, Money};
use domain::payments::authorize::{self, Attempt, Source};
use domain::payments::settle::{Comment, Settled};
use domain::payments::{
    self, Amount, Begun, Payment, Status, capture as captures, checkout, refund as refunds, void,
};
use domain::text::{self, MESSAGE_MAX, REFERENCE_MAX};
use domain::time::Drawn;
use domain::{App, Caller, Error, Id, Missing, Tx};

use super::error::Failure;
use super::fields::Fields;
use super::request::Entered;
use super::{openapi, wire};
use crate::idempotency::{Answered, once};
use crate::openapi::IdempotencyKey;
use crate::operation::{self, Verdict};

/// The vendor's reasons, in its spelling, and the dictionary's.
const REASONS: [&str; 4] = ["duplicate", "requested_by_customer", "fraudolent", "fraudulent"];

/// Makes a checkout, whose page the buyer pays on.
///
/// With `card_id` the saved card is charged at once, without a page.
#[utoipa::path(
    post,
    // fidelity: documented
    path = "/checkout/create",
    operation_id = "create",
    tag = "Checkouts",
    params(IdempotencyKey),
    request_body = openapi::CreateCheckout,
    responses((status = 200, description = "The checkout", body = wire::CheckoutObject), openapi::Errors)
)]
pub(super) async fn create(Entered { app, caller, fields, request }: Entered) -> Result<Answered, Failure> {
    let new = new_checkout(&fields)?;
    if new.card.is_some() {
        return charge(app, caller, request, new).await;
    }
    let drawn = app.draw();
    let inside = Arc::clone(&app);
    let answered = app.write(move |tx| {
        once(tx, &caller, &request, &drawn, |tx| {
            let (payment, _) = checkout::create(tx, &inside, &caller, &new, &drawn)?;
            let reply = wire::checkout(&inside, &payment, &[]);
            Ok((reply, payment.about()))
        })
    });
    Ok(answered.await?)
}

/// Reads a checkout.
#[utoipa::path(
    post,
    // fidelity: documented
    path = "/checkout/retrieve",
    operation_id = "retrieve",
    tag = "Checkouts",
    request_body = openapi::CheckoutId,
    responses((status = 200, description = "The checkout", body = wire::CheckoutObject), openapi::Errors)
)]
pub(super) async fn retrieve(Entered { app, caller, fields, .. }: Entered) -> Result<Answered, Failure> {
    let id = checkout_id(&fields)?;
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
    // fidelity: documented
    path = "/checkout/update",
    operation_id = "update",
    tag = "Checkouts",
    params(IdempotencyKey),
    request_body = openapi::UpdateCheckout,
    responses((status = 200, description = "The checkout", body = wire::CheckoutObject), openapi::Errors)
)]
pub(super) async fn update(Entered { app, caller, fields, request }: Entered) -> Result<Answered, Failure> {
    fields.require(&["checkout_id", "metaData"])?;
    // fidelity: documented – merged by key, an empty value removes
    let changes = fields.metadata_or_text("metaData")?.unwrap_or_default();
    let id = checkout_id(&fields)?;
    let drawn = app.draw();
    let inside = Arc::clone(&app);
    let answered = app.write(move |tx| {
        once(tx, &caller, &request, &drawn, |tx| {
            let payment = checkout::update(tx, caller.scope, id, &changes)?;
            let reply = present(tx, &inside, &payment)?;
            Ok((reply, payment.about()))
        })
    });
    Ok(answered.await?)
}

/// Removes a checkout.
#[utoipa::path(
    post,
    // fidelity: documented – in the current documentation only
    path = "/checkout/delete",
    operation_id = "delete",
    tag = "Checkouts",
    params(IdempotencyKey),
    request_body = openapi::CheckoutId,
    responses((status = 200, description = "It is gone", body = wire::Deleted), openapi::Errors)
)]
pub(super) async fn delete(Entered { app, caller, fields, request }: Entered) -> Result<Answered, Failure> {
    let id = checkout_id(&fields)?;
    let drawn = app.draw();
    let answered = app.write(move |tx| {
        once(tx, &caller, &request, &drawn, |tx| {
            checkout::delete(tx, caller.scope, id)?;
            Ok((wire::deleted_checkout(id.hex()), About::NOBODY))
        })
    });
    Ok(answered.await?)
}

/// Takes everything that is reserved.
///
/// A partial capture is not documented.
#[utoipa::path(
    post,
    // fidelity: documented
    path = "/checkout/capture",
    operation_id = "capture",
    tag = "Checkouts",
    params(IdempotencyKey),
    request_body = openapi::CheckoutId,
    responses((status = 200, description = "The checkout", body = wire::CheckoutObject), openapi::Errors)
)]
pub(super) async fn capture(entered: Entered) -> Result<Answered, Failure> {
    let id = checkout_id(&entered.fields)?;
    let Entered { app, caller, request, .. } = entered;
    let scope = caller.scope;
    operate(app, caller, request, move |tx, drawn| {
        let payment = payments::get(tx, scope, id)?;
        captures::begin(tx, payment, Amount::Rest, Comment::default(), drawn)
    })
    .await
}

/// Gives captured money back, or releases what is reserved.
#[utoipa::path(
    post,
    // fidelity: documented
    path = "/checkout/refund",
    operation_id = "refund",
    tag = "Checkouts",
    params(IdempotencyKey),
    request_body = openapi::RefundCheckout,
    responses((status = 200, description = "The checkout", body = wire::CheckoutObject), openapi::Errors)
)]
pub(super) async fn refund(entered: Entered) -> Result<Answered, Failure> {
    let fields = &entered.fields;
    fields.require(&["checkout_id"])?;
    // fidelity: documented
    let amount = fields.integer("amount")?;
    if amount.is_some_and(|amount| amount < 1) {
        return Err(Failure::invalid("amount", "must be at least 1"));
    }
    // fidelity: documented – three reasons; fraudulent is taken too by our choice
    let reason = fields.string("reason")?;
    if reason.as_deref().is_some_and(|reason| !REASONS.contains(&reason)) {
        return Err(Failure::invalid("reason", "must be duplicate, requested_by_customer or fraudolent"));
    }
    // fidelity: documented
    let details = fields.string("refundDetails")?;
    let details = details.map(|text| text::free("refundDetails", &text, MESSAGE_MAX)).transpose()?;
    let id = checkout_id(fields)?;
    let Entered { app, caller, request, .. } = entered;
    let scope = caller.scope;
    operate(app, caller, request, move |tx, drawn| {
        let payment = payments::get(tx, scope, id)?;
        let comment =
            Comment { reason: reason.as_deref(), details: details.as_deref(), ..Comment::default() };
        if payment.status() != Status::Authorized {
            return refunds::begin(tx, payment, amount.map_or(Amount::Rest, Amount::Minor), comment, drawn);
        }
        if amount.is_some_and(|amount| amount != payment.money.minor) {
            return Err(Error::invalid("amount", "must be all of what is reserved, or left out"));
        }
        void::begin(tx, payment, comment, drawn)
    })
    .await
}

/// An automatic payment: a saved card is charged without the buyer. It needs no page, and has one for the challenge.
async fn charge(
    app: Arc<App>,
    caller: Caller,
    request: Request,
    new: checkout::Create,
) -> Result<Answered, Failure> {
    let (inside, owner) = (Arc::clone(&app), caller.clone());
    operate(app, caller, request, move |tx, drawn| {
        let (payment, card) = checkout::create(tx, &inside, &owner, &new, drawn)?;
        let instrument = card.ok_or(Error::NotFound(Missing::Card))?;
        let number = instrument.number(owner.keys())?;
        let expiry = instrument.expiry;
        match authorize::begin(tx, payment, &Source::Saved(&instrument), None, drawn)? {
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

fn checkout_id(fields: &Fields) -> Result<Id<Payment>, Failure> {
    fields.require(&["checkout_id"])?;
    // fidelity: documented
    fields.id("checkout_id", Missing::Payment)
}

fn new_checkout(fields: &Fields) -> Result<checkout::Create, Failure> {
    fields.require(&["amount", "currency", "message", "returnUrl", "returnUrlCancel"])?;
    // fidelity: documented – the bounds are ours
    let amount = fields.integer("amount")?.unwrap_or_default();
    if amount < 1 {
        return Err(Failure::invalid("amount", "must be at least 1"));
    }
    // fidelity: documented – the check against ISO 4217 is ours
    let currency = fields.text("currency")?;
    let currency = Currency::parse(&currency)
        .ok_or_else(|| Failure::invalid("currency", "must be an ISO 4217 code such as SEK"))?;
    // fidelity: documented
    let description = text::required("message", &fields.text("message")?, MESSAGE_MAX)?;
    // fidelity: documented
    let return_url = text::web_address("returnUrl", &fields.text("returnUrl")?)?;
    // fidelity: documented
    let cancel_url = text::web_address("returnUrlCancel", &fields.text("returnUrlCancel")?)?;
    // fidelity: documented
    let reference = fields.string("identifier")?.filter(|text| !text.is_empty());
    let reference = reference.map(|text| text::plain("identifier", &text, REFERENCE_MAX)).transpose()?;
    // fidelity: documented – another value is 400 by our choice
    let framed = match fields.string("template")?.as_deref() {
        None => false,
        Some("iframe") => true,
        Some(_) => return Err(Failure::invalid("template", "must be \"iframe\" or left out")),
    };
    // fidelity: documented
    let customer = fields.string("customer_id")?;
    // fidelity: documented
    let card = fields.string("card_id")?;
    if card.is_some() && customer.is_none() {
        return Err(Failure::invalid("card_id", "needs a customer_id"));
    }
    let mut new = checkout::Create {
        money: Money::new(amount, currency)?,
        description,
        reference,
        // fidelity: documented
        captures_itself: fields.boolean("capture")?.unwrap_or(true),
        return_url,
        cancel_url,
        framed,
        // fidelity: documented
        offers_saving: fields.boolean("allowSaveCard")?.unwrap_or(true),
        customer: None,
        // A customer is named by its id here, and in no other way.
        customer_named: true,
        asks_code: false,
        // fidelity: documented – as an array in the old documents, an object in the current ones; both are taken
        metadata: fields.metadata("metaData")?.unwrap_or_else(Metadata::default),
        extras: payment_methods(fields)?,
        life: None,
        card: None,
    };
    // What does not exist is told after what is wrong; an id that is no id is one that nobody has.
    new.customer =
        customer.map(|id| Id::from_hex(&id).ok_or(Error::NotFound(Missing::Customer))).transpose()?;
    new.card = card.map(|id| Id::from_hex(&id).ok_or(Error::NotFound(Missing::Card))).transpose()?;
    Ok(new)
}

/// `paymentMethods` has no effect, as with the vendor where no Nuvei processor is behind it; it is echoed.
fn payment_methods(fields: &Fields) -> Result<Option<String>, Failure> {
    // fidelity: documented – in the current documentation; without effect unless the processor is Nuvei
    let Some(raw) = fields.0.get("paymentMethods") else { return Ok(None) };
    if domain::json::holds_card_number(raw.get()) {
        return Err(Error::card_number("paymentMethods").into());
    }
    Ok(Some(raw.get().to_owned()))
}
