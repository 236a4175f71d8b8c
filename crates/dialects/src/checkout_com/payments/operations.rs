//! What is done with a payment afterwards: captures, refunds, voids.

use std::sync::Arc;

use axum::extract::{Request, State};
use domain::payments::settle::Comment;
use domain::payments::{self, Amount, Begun, Payment, capture as captures, refund as refunds, void as voids};
use domain::time::Drawn;
use domain::{App, Error, Tx};

use super::body::{self, Told};
use super::{actions, named};
use crate::checkout_com::auth::Access;
use crate::checkout_com::error::Failure;
use crate::checkout_com::request::Entered;
use crate::checkout_com::{id, openapi};
use crate::idempotency::Answered;
use crate::operation::{self, Verdict};

/// Captures what was authorized, in whole or in part. A Final capture releases what it leaves.
#[utoipa::path(
    post,
    // fidelity: documented
    path = "/payments/{id}/captures",
    operation_id = "capturePayment",
    tag = "Payments",
    params(("id" = String, Path, pattern = "^pay_[a-z2-7]{26}$"), openapi::IdempotencyKey),
    request_body = Option<openapi::CapturePayment>,
    responses(
        (
            status = 202,
            description = "It is done, or will be",
            body = actions::AcceptedObject,
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        ),
        openapi::Errors,
        (
            status = 403,
            description = "The payment's state does not allow it (no body), or the key or token is not for this",
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        )
    ),
    security(("secret_key" = []), ("oauth" = ["gateway:payment-captures"]))
)]
pub(in crate::checkout_com) async fn capture(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Answered, Failure> {
    let begin = |tx: &mut Tx<'_>, payment: Payment, told: &Told, drawn: &Drawn| {
        let too_much = if payment.state.balances().captured() > 0 {
            "capture_value_greater_than_remaining_authorized"
        } else {
            "capture_value_greater_than_authorized"
        };
        captures::begin(tx, payment, amount(told), comment(told), drawn)
            .map_err(|error| in_words(error, too_much))
    };
    operate(app, request, Access::Captures, "captures", begin).await
}

/// Refunds what was captured, in whole or in part.
#[utoipa::path(
    post,
    // fidelity: documented
    path = "/payments/{id}/refunds",
    operation_id = "refundPayment",
    tag = "Payments",
    params(("id" = String, Path, pattern = "^pay_[a-z2-7]{26}$"), openapi::IdempotencyKey),
    request_body = Option<openapi::RefundPayment>,
    responses(
        (
            status = 202,
            description = "It is done, or will be",
            body = actions::AcceptedObject,
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        ),
        openapi::Errors,
        (
            status = 403,
            description = "The payment's state does not allow it (no body), or the key or token is not for this",
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        )
    ),
    security(("secret_key" = []), ("oauth" = ["gateway:payment-refunds"]))
)]
pub(in crate::checkout_com) async fn refund(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Answered, Failure> {
    let begin = |tx: &mut Tx<'_>, payment: Payment, told: &Told, drawn: &Drawn| {
        refunds::begin(tx, payment, amount(told), comment(told), drawn)
            .map_err(|error| in_words(error, "amount_exceeds_balance"))
    };
    operate(app, request, Access::Refunds, "refunds", begin).await
}

/// Releases what was authorized and not captured.
#[utoipa::path(
    post,
    // fidelity: documented
    path = "/payments/{id}/voids",
    operation_id = "voidPayment",
    tag = "Payments",
    params(("id" = String, Path, pattern = "^pay_[a-z2-7]{26}$"), openapi::IdempotencyKey),
    request_body = Option<openapi::VoidPayment>,
    responses(
        (
            status = 202,
            description = "It is done, or will be",
            body = actions::AcceptedObject,
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        ),
        openapi::Errors,
        (
            status = 403,
            description = "The payment's state does not allow it (no body), or the key or token is not for this",
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        )
    ),
    security(("secret_key" = []), ("oauth" = ["gateway:payment-voids"]))
)]
pub(in crate::checkout_com) async fn void(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Answered, Failure> {
    let begin = |tx: &mut Tx<'_>, payment: Payment, told: &Told, drawn: &Drawn| {
        let whole = payment.money.minor;
        let begun = voids::begin(tx, payment, comment(told), drawn)?;
        // Newer clients can ask for a part, which nothing releases here: what was begun is rolled back.
        if told.amount.is_some_and(|amount| amount != whole) {
            return Err(Error::invalid("void_amount_invalid", "must be all that was authorized"));
        }
        Ok(begun)
    };
    operate(app, request, Access::Voids, "voids", begin).await
}

/// Carries an operation out on the payment of the path. The answer is the same whether it is done already or not: the
/// vendor works these off later.
async fn operate<F>(
    app: Arc<App>,
    request: Request,
    access: Access,
    folder: &'static str,
    begin: F,
) -> Result<Answered, Failure>
where
    F: Fn(&mut Tx<'_>, Payment, &Told, &Drawn) -> Result<Begun, Error> + Send + 'static,
{
    let entered = Entered::to_write(request, app, access).await?;
    let id = named(&entered)?;
    let request = entered.keyed("POST", format!("/payments/{}/{folder}", id::write(id::PAYMENT, id)));
    let told = match body::told(&entered.body) {
        Ok(told) => told,
        Err(failure) => return entered.refuse(request, failure).await,
    };
    let Entered { app, caller, .. } = entered;
    let (scope, inside) = (caller.scope, Arc::clone(&app));
    let answered = operation::operate(
        app,
        caller,
        request,
        move |tx, drawn| {
            let payment = payments::get(tx, scope, id)?;
            begin(tx, payment, &told, drawn)
        },
        move |tx, payment, action, _| {
            let action = payments::actions::get(tx, action)?;
            Ok(Verdict::Answer(actions::accepted(&inside, payment, &action)))
        },
    );
    Ok(answered.await?)
}

fn amount(told: &Told) -> Amount {
    told.amount.map_or(Amount::Rest, Amount::Minor)
}

fn comment(told: &Told) -> Comment<'_> {
    Comment {
        reference: told.reference.as_deref(),
        metadata: told.metadata.as_deref(),
        leaves_the_rest: !told.is_final,
        ..Comment::default()
    }
}

/// An amount was looked at before; what is wrong with it now is that it is more than there is.
fn in_words(error: Error, too_much: &'static str) -> Error {
    if let Error::Invalid { field: "amount", why } = error {
        return Error::Invalid { field: too_much, why };
    }
    error
}
