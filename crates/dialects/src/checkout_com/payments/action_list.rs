//! The list of what was done with a payment, newest first. There may be a thousand actions, so it is made in short reads,
//! and others have their turn between them.

use std::sync::Arc;

use axum::extract::{Request, State};
use domain::idempotency::Reply;
use domain::payments::{self, Action, Payment};
use domain::searches::in_time;
use domain::{App, Error, Id, Scope};

use super::{action_answer, named};
use crate::checkout_com::auth::Access;
use crate::checkout_com::error::Failure;
use crate::checkout_com::request::ApiRequest;
use crate::checkout_com::{openapi, units};
use crate::idempotency::Answered;

/// Actions of one read.
const READ_MAX: i64 = 50;

/// Lists what was done with a payment, newest first.
#[utoipa::path(
    get,
    path = "/payments/{id}/actions",
    operation_id = "getPaymentActions",
    tag = "Payments",
    params(("id" = String, Path, pattern = "^pay_[a-z2-7]{26}$")),
    responses(
        (status = 200, description = "Its actions", body = Vec<action_answer::ActionObject>),
        openapi::Errors
    ),
    security(("secret_key" = []), ("oauth" = ["gateway:payment-details"]))
)]
pub(super) async fn actions(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_read(request, app, Access::PaymentDetails).await?;
    let (id, scope) = (named(&entered)?, entered.caller.scope);
    let (reply, rounded) = in_time(list(&entered.app, scope, id)).await?;
    units::tell(rounded);
    Ok(Answered::list(scope, reply))
}

/// The answer, and whether an amount in it is rounded.
async fn list(app: &App, scope: Scope, id: Id<Payment>) -> Result<(Reply, bool), Error> {
    let mut turn = app.search(scope).await?;
    let (mut shown, mut rounded, mut last) = (Vec::new(), false, None::<Action>);
    loop {
        let read = app.read(move |tx| {
            let payment = payments::get(tx, scope, id)?;
            let actions = payments::actions::before(tx, &payment, last.as_ref(), READ_MAX)?;
            let shown = action_answer::listed(&payment, &actions)?;
            let rounds = |action: &Action| units::is_rounded(action.amount, payment.money.currency);
            let rounded = actions.iter().any(rounds);
            let is_last = (actions.len() as i64) < READ_MAX;
            Ok((shown, rounded, actions.into_iter().next_back().filter(|_| !is_last)))
        });
        let (came, these, before) = read.await?;
        shown.extend(came);
        rounded |= these;
        if before.is_none() {
            return Ok((action_answer::list(&shown), rounded));
        }
        last = before;
        turn.give_way().await;
    }
}
