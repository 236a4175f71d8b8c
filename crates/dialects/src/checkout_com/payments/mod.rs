//! Payments: request, get, actions. What is done with a payment afterwards is in `operations`.

mod action_answer;
mod action_list;
mod answer;
pub(super) mod body;
mod charge;
mod kept;
mod left;
mod list;
mod operations;
mod said;
mod three_ds;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use domain::acquiring::Terms;
use domain::card::{CardNumber, Expiry};
use domain::instruments::SealedCard;
use domain::payments::settle::{self, Settled};
use domain::payments::{self, Payment, Status, authorize};
use domain::{ActionId, App, Error, Id, Tx};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

pub(super) use self::answer::statuses;
use self::body::PaymentSource;
use self::charge::FirstUnit;
use super::auth::Access;
use super::error::Failure;
use super::holder::Holder;
use super::refusal::Refusal;
use super::request::ApiRequest;
use super::{BASE, id, openapi, takes, units};
use crate::idempotency::Answered;
use crate::operation::{self, Verdict};

/// How long a payment can be read by the attempt to pay it after that is settled.
const SESSION_LIFE: Duration = Duration::from_secs(15 * 60);

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(create, list::list).map(takes("GET, HEAD, POST")))
        .routes(routes!(retrieve).map(takes("GET, HEAD")))
        .routes(routes!(action_list::actions).map(takes("GET, HEAD")))
        .merge(operations::routes())
}

/// Charges a card, or verifies one with an amount of zero.
///
/// A decline is an answer like an approval. 202 says that the outcome is not there yet: the buyer has to confirm at the
/// card's bank, or the acquirer has not answered.
#[utoipa::path(
    post,
    path = "/payments",
    operation_id = "requestPayment",
    tag = "Payments",
    params(openapi::IdempotencyKey),
    request_body = body::RequestPayment,
    responses(
        (status = 201, description = "Approved or declined", body = answer::PaymentObject),
        (status = 202, description = "Pending", body = answer::PendingObject),
        openapi::Errors
    ),
    security(("secret_key" = []), ("oauth" = ["gateway:payment"]))
)]
async fn create(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_write(request, app, Access::Payments).await?;
    let request = entered.keyed("POST", "/payments".to_owned());
    let (of_customer, sealing) = (entered.app.draw(), entered.app.draw());
    let (scope, keys) = (entered.caller.scope, entered.caller.keys());
    let seal = |number: &CardNumber, expiry: Expiry, holder: &Holder| {
        SealedCard::seal(keys, scope, None, number, expiry, &sealing).with(holder.stored(), None)
    };
    let mut new = match body::new(&entered.body, entered.app.now(), seal) {
        Ok(new) => new,
        Err(failure) => return entered.refuse(request, failure).await,
    };
    let ApiRequest { app, caller, .. } = entered;
    let spent = match new.source {
        PaymentSource::Token { id, .. } => id,
        PaymentSource::Card { .. } | PaymentSource::Instrument(_) | PaymentSource::Customer(_) => None,
    };
    if let Some(id) = spent {
        // It is there where this server made the token.
        new.charge.code = app.codes().of(scope, id, app.now());
    }
    let deciding_amount = Some(units::sent(new.charge.money));
    let terms = Terms { authentication: std::mem::take(&mut new.authentication), deciding_amount };
    let first = FirstUnit { new, of_customer, sealing };
    let (inside, owner) = (Arc::clone(&app), caller.clone());
    let concluded = Arc::clone(&app);
    let answered = operation::operate(
        Arc::clone(&app),
        caller,
        request,
        move |tx, drawn| {
            let (payment, action, card) = first.begin(tx, &inside, &owner, drawn)?;
            Ok(authorize::on_terms(payment, action, card, terms.clone()))
        },
        move |tx, payment, action, settled| conclude(tx, &concluded, payment, action, settled),
    );
    let answered = answered.await.map_err(Refusal::in_body)?;
    if let Some(id) = spent {
        app.codes().forget(scope, id);
    }
    Ok(answered)
}

/// Reads a payment.
///
/// By its id, or by the `cko-session-id` that a buyer comes back with. The session id is valid for 15 minutes. Read by
/// it, the payment also lists its newest 50 `actions`.
#[utoipa::path(
    get,
    path = "/payments/{id}",
    operation_id = "getPayment",
    tag = "Payments",
    params(("id" = String, Path, pattern = "^(pay|sid)_[a-z2-7]{26}$")),
    responses((status = 200, description = "The payment", body = answer::PaymentObject), openapi::Errors),
    security(("secret_key" = []), ("oauth" = ["gateway:payment-details"]))
)]
async fn retrieve(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_read(request, app, Access::PaymentDetails).await?;
    let attempt = id::read(id::SESSION, &entered.named);
    let wanted =
        attempt.map_or_else(|| named(&entered).map(Wanted::Payment), |id| Ok(Wanted::Attempt(id)))?;
    let (scope, since) = (entered.caller.scope, entered.app.now().before(SESSION_LIFE));
    let inside = Arc::clone(&entered.app);
    let read = entered.app.read(move |tx| {
        let (payment, reply) = match wanted {
            Wanted::Payment(id) => {
                let payment = payments::get(tx, scope, id)?;
                let reply = answer::payment(tx, &inside, &payment)?;
                (payment, reply)
            }
            Wanted::Attempt(id) => {
                let payment = settle::of_attempt(tx, scope, id, since)?;
                let reply = answer::of_attempt(tx, &inside, &payment)?;
                (payment, reply)
            }
        };
        Ok((reply, units::rounds(&payment)))
    });
    let (reply, rounded) = read.await?;
    units::tell(rounded);
    Ok(Answered::first(reply))
}

/// What names a payment that is read.
#[derive(Clone, Copy)]
enum Wanted {
    Payment(Id<Payment>),
    Attempt(ActionId),
}

fn named(entered: &ApiRequest) -> Result<Id<Payment>, Failure> {
    id::read(id::PAYMENT, &entered.named).ok_or_else(Failure::not_found)
}

fn conclude(
    tx: &mut Tx<'_>,
    app: &App,
    payment: &Payment,
    action: ActionId,
    settled: Settled,
) -> Result<Verdict, Error> {
    Ok(match settled {
        Settled::Done | Settled::Declined(_) => Verdict::Answer(answer::processed(tx, app, payment, action)?),
        Settled::Challenged | Settled::Unknown => {
            Verdict::Answer(answer::pending(tx, app, payment, settled == Settled::Challenged)?)
        }
        // It counts as a decline where nobody can try again.
        Settled::NeverArrived if payment.status() == Status::Declined => {
            Verdict::Answer(answer::processed(tx, app, payment, action)?)
        }
        Settled::NeverArrived => Verdict::of(settled),
    })
}

/// Where a payment is read.
pub(super) fn address(app: &App, payment: &Payment) -> String {
    format!("{}{BASE}/payments/{}", app.public_url(), id::write(id::PAYMENT, payment.id))
}
