//! What is done with a payment afterwards: authorizations of more, captures, refunds, voids.

use std::sync::Arc;

use axum::extract::{Request, State};
use domain::acquiring::Terms;
use domain::payments::settle::{Comment, Settled};
use domain::payments::{
    self, Amount, Begun, Open, Payment, capture as captures, raise, refund as refunds, void as voids,
};
use domain::time::Drawn;
use domain::{ActionId, App, Error, Field, Tx};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::body::{AuthorizePayment, CapturePayment, OperationBody, RefundPayment, VoidPayment};
use super::{action_answer, answer, named};
use crate::checkout_com::auth::Access;
use crate::checkout_com::codes::Code;
use crate::checkout_com::error::Failure;
use crate::checkout_com::fields::Fields;
use crate::checkout_com::refusal::Refusal;
use crate::checkout_com::request::ApiRequest;
use crate::checkout_com::{id, openapi, takes, units};
use crate::declare::Declared;
use crate::idempotency::Answered;
use crate::operation::{self, Verdict};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(authorize).map(takes("POST")))
        .routes(routes!(capture).map(takes("POST")))
        .routes(routes!(refund).map(takes("POST")))
        .routes(routes!(void).map(takes("POST")))
}

/// Raises the authorized amount of a payment whose amount is estimated and of which nothing was captured or voided.
#[utoipa::path(
    post,
    path = "/payments/{id}/authorizations",
    operation_id = "incrementPaymentAuthorization",
    tag = "Payments",
    params(("id" = String, Path, pattern = "^pay_[a-z2-7]{26}$"), openapi::IdempotencyKey),
    request_body = Option<AuthorizePayment>,
    responses(
        (status = 201, description = "Approved or declined", body = answer::PaymentObject),
        openapi::Errors,
        openapi::NotNow
    ),
    security(("secret_key" = []), ("oauth" = ["gateway:payment-authorizations"]))
)]
async fn authorize(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let begin = |tx: &mut Tx<'_>, payment: Payment, body: &OperationBody, drawn: &Drawn| {
        let sent = body.operation.amount.unwrap_or_default();
        let currency = payment.money.currency;
        let more = units::money(sent, currency).ok_or(Refusal::Amount("amount_invalid"))?;
        // The whole decides, as a payment of so much would, with what other raises are adding to it. Nothing more is no new
        // question.
        let whole = units::shown(payment.state.balances().whole(), currency).saturating_add(sent);
        let terms = Terms { deciding_amount: Some(whole).filter(|_| sent > 0), ..Terms::default() };
        raise::begin(tx, payment, more.minor, comment(body), terms, drawn)
            .map_err(|error| in_words(error, "amount_invalid"))
    };
    operate(app, request, Access::Authorizations, "authorizations", AuthorizePayment::read, begin, raised)
        .await
}

/// Captures what was authorized, in whole or in part. A Final capture releases what it leaves.
#[utoipa::path(
    post,
    path = "/payments/{id}/captures",
    operation_id = "capturePayment",
    tag = "Payments",
    params(("id" = String, Path, pattern = "^pay_[a-z2-7]{26}$"), openapi::IdempotencyKey),
    request_body = Option<CapturePayment>,
    responses(
        (status = 202, description = "It is done, or will be", body = action_answer::AcceptedObject),
        openapi::Errors,
        openapi::NotNow
    ),
    security(("secret_key" = []), ("oauth" = ["gateway:payment-captures"]))
)]
async fn capture(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let begin = |tx: &mut Tx<'_>, payment: Payment, body: &OperationBody, drawn: &Drawn| {
        let too_much = if payment.state.balances().captured() > 0 {
            "capture_value_greater_than_remaining_authorized"
        } else {
            "capture_value_greater_than_authorized"
        };
        let open = if body.operation.capture_type == Some("NonFinal") { Open::Stays } else { Open::Released };
        let amount = amount(body, &payment)?;
        captures::begin(tx, payment, amount, open, comment(body), drawn)
            .map_err(|error| in_words(error, too_much))
    };
    operate(app, request, Access::Captures, "captures", CapturePayment::read, begin, accepted).await
}

/// Refunds what was captured, in whole or in part.
#[utoipa::path(
    post,
    path = "/payments/{id}/refunds",
    operation_id = "refundPayment",
    tag = "Payments",
    params(("id" = String, Path, pattern = "^pay_[a-z2-7]{26}$"), openapi::IdempotencyKey),
    request_body = Option<RefundPayment>,
    responses(
        (status = 202, description = "It is done, or will be", body = action_answer::AcceptedObject),
        openapi::Errors,
        openapi::NotNow
    ),
    security(("secret_key" = []), ("oauth" = ["gateway:payment-refunds"]))
)]
async fn refund(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let begin = |tx: &mut Tx<'_>, payment: Payment, body: &OperationBody, drawn: &Drawn| {
        let amount = amount(body, &payment)?;
        refunds::begin(tx, payment, amount, Open::Stays, comment(body), drawn)
            .map_err(|error| in_words(error, "amount_exceeds_balance"))
    };
    operate(app, request, Access::Refunds, "refunds", RefundPayment::read, begin, accepted).await
}

/// Releases what was authorized and not captured.
#[utoipa::path(
    post,
    path = "/payments/{id}/voids",
    operation_id = "voidPayment",
    tag = "Payments",
    params(("id" = String, Path, pattern = "^pay_[a-z2-7]{26}$"), openapi::IdempotencyKey),
    request_body = Option<VoidPayment>,
    responses(
        (status = 202, description = "It is done, or will be", body = action_answer::AcceptedObject),
        openapi::Errors,
        openapi::NotNow
    ),
    security(("secret_key" = []), ("oauth" = ["gateway:payment-voids"]))
)]
async fn void(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let begin = |tx: &mut Tx<'_>, payment: Payment, body: &OperationBody, drawn: &Drawn| {
        let whole = units::shown(payment.state.balances().open(), payment.money.currency);
        let begun = voids::begin(tx, payment, comment(body), drawn)?;
        // Newer clients can ask for a part, which nothing releases here: what was begun is rolled back.
        if body.operation.amount.is_some_and(|amount| amount != whole) {
            return Err(Refusal::Amount("void_amount_invalid"));
        }
        Ok(begun)
    };
    operate(app, request, Access::Voids, "voids", VoidPayment::read, begin, accepted).await
}

/// How an operation is answered.
type Conclude = fn(&mut Tx<'_>, &App, &Payment, ActionId, Settled) -> Result<Verdict, Error>;

/// The answer is the same whether it is done already or not: the vendor works these off later.
fn accepted(
    tx: &mut Tx<'_>,
    app: &App,
    payment: &Payment,
    action: ActionId,
    _: Settled,
) -> Result<Verdict, Error> {
    let action = payments::actions::get(tx, action)?;
    Ok(Verdict::Answer(action_answer::accepted(app, payment, &action)))
}

/// What came of it, once that is known.
fn raised(
    tx: &mut Tx<'_>,
    app: &App,
    payment: &Payment,
    action: ActionId,
    settled: Settled,
) -> Result<Verdict, Error> {
    match settled {
        Settled::Done | Settled::Declined(_) => {
            Ok(Verdict::Answer(answer::raised(tx, app, payment, action)?))
        }
        Settled::NeverArrived | Settled::Challenged | Settled::Unknown => Ok(Verdict::of(settled)),
    }
}

/// Carries an operation out on the payment of the path.
async fn operate<F, S>(
    app: Arc<App>,
    request: Request,
    access: Access,
    folder: &'static str,
    read: fn(&mut Fields) -> Option<S>,
    begin: F,
    conclude: Conclude,
) -> Result<Answered, Failure>
where
    F: Fn(&mut Tx<'_>, Payment, &OperationBody, &Drawn) -> Result<Begun, Refusal> + Send + 'static,
    S: Declared + Into<OperationBody>,
{
    let entered = ApiRequest::to_write(request, app, access).await?;
    let id = named(&entered)?;
    let request = entered.keyed("POST", format!("/payments/{}/{folder}", id::write(id::PAYMENT, id)));
    let fields = Fields::parse_if_any(&entered.body, entered.app.now());
    let body: OperationBody = match fields.and_then(|fields| fields.read(read)) {
        Ok(body) => body.into(),
        Err(failure) => return entered.refuse(request, failure).await,
    };
    let ApiRequest { app, caller, .. } = entered;
    let (scope, inside) = (caller.scope, Arc::clone(&app));
    let answered = operation::operate(
        app,
        caller,
        request,
        move |tx, drawn| {
            let payment = payments::get(tx, scope, id)?;
            payment.check_currency(body.operation.currency)?;
            begin(tx, payment, &body, drawn)
        },
        move |tx, payment, action, settled| conclude(tx, &inside, payment, action, settled),
    );
    Ok(answered.await?)
}

fn amount(body: &OperationBody, payment: &Payment) -> Result<Amount, Refusal> {
    let Some(sent) = body.operation.amount else { return Ok(Amount::Rest) };
    let money = units::money(sent, payment.money.currency).ok_or(Refusal::Amount("amount_invalid"))?;
    Ok(Amount::Minor(money.minor))
}

fn comment(body: &OperationBody) -> Comment<'_> {
    let (reference, metadata) = (body.operation.reference.as_deref(), body.operation.metadata.as_deref());
    Comment { reference, metadata, extras: body.kept.as_deref(), ..Comment::default() }
}

/// An amount was looked at before; what is wrong with it now is that it is more than there is.
fn in_words(error: Error, too_much: Code) -> Refusal {
    let is_amount = matches!(error, Error::Invalid { field: Field::Amount, .. });
    if is_amount { Refusal::Amount(too_much) } else { error.into() }
}
