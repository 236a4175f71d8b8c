//! Payments: request, get, list by reference, actions. What is done with a payment afterwards is in `payment_operations`.

pub(super) mod actions;
mod answer;
pub(super) mod body;
pub(super) mod operations;

use std::sync::Arc;

use axum::extract::{Request, State};
use domain::acquirer::{Card, Terms};
use domain::card::SecurityCode;
use domain::customers::{self, Customer};
use domain::instruments::{self, First, Instrument, SealedCard, Standing};
use domain::payments::charge::{self, Charge};
use domain::payments::settle::Settled;
use domain::payments::{self, Payment, Status, authorize};
use domain::searches::in_time;
use domain::time::Drawn;
use domain::tokens::{self, Token};
use domain::{App, Caller, Error, Id, Scope, Tx};

use crate::checkout_com::auth::Access;
use crate::checkout_com::error::Failure;
use crate::checkout_com::holder::Holder;
use crate::checkout_com::instruments::body::Owner;
use crate::checkout_com::instruments::{How, customer_of};
use crate::checkout_com::request::Entered;
use crate::checkout_com::{id, openapi, percent};
use crate::idempotency::Answered;
use crate::operation::{self, Verdict};
use body::{Keep, New, Source};

/// Payments of a page of a list.
const LIMIT_MAX: i64 = 100;
const LIMIT_DEFAULT: i64 = 10;

/// Charges a card, or verifies one with an amount of zero.
///
/// A decline is an answer like an approval. 202 says that the outcome is not there yet: the buyer has to confirm at the
/// card's bank, or the acquirer has not answered.
#[utoipa::path(
    post,
    // fidelity: documented
    path = "/payments",
    operation_id = "requestPayment",
    tag = "Payments",
    params(openapi::IdempotencyKey),
    request_body = openapi::RequestPayment,
    responses(
        (
            status = 201,
            description = "Approved or declined",
            body = answer::PaymentObject,
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        ),
        (
            status = 202,
            description = "Pending",
            body = answer::PendingObject,
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        ),
        openapi::Errors
    ),
    security(("secret_key" = []), ("oauth" = ["gateway:payment"]))
)]
pub(super) async fn create(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = Entered::to_write(request, app, Access::Payments).await?;
    let request = entered.keyed("POST", "/payments".to_owned());
    let new = match body::new(&entered.body, entered.app.now()) {
        Ok(new) => new,
        Err(failure) => return entered.refuse(request, failure).await,
    };
    let Entered { app, caller, .. } = entered;
    let scope = caller.scope;
    let code = code_of(&app, scope, &new.source);
    let spent = match &new.source {
        Source::Token { id, .. } => *id,
        Source::Card { .. } | Source::Instrument { .. } | Source::Customer(_) => None,
    };
    let terms = Terms { authenticates: new.authenticates, amount_decides: true };
    let work = Work::new(&app, &caller, new, code);
    let (inside, owner) = (Arc::clone(&app), caller.clone());
    let concluded = Arc::clone(&app);
    let answered = operation::operate(
        Arc::clone(&app),
        caller,
        request,
        move |tx, drawn| {
            let (payment, action, card) = work.begin(tx, &inside, &owner, drawn)?;
            Ok(authorize::on_terms(payment, action, card, terms))
        },
        move |tx, payment, action, settled| conclude(tx, &concluded, payment, action, settled),
    );
    let answered = answered.await.map_err(Failure::in_body)?;
    if let Some(id) = spent {
        app.codes().forget(scope, id);
    }
    Ok(answered)
}

/// Reads a payment.
#[utoipa::path(
    get,
    // fidelity: documented
    path = "/payments/{id}",
    operation_id = "getPayment",
    tag = "Payments",
    params(("id" = String, Path, pattern = "^pay_[a-z2-7]{26}$")),
    responses(
        (
            status = 200,
            description = "The payment",
            body = answer::PaymentObject,
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        ),
        openapi::Errors
    ),
    security(("secret_key" = []), ("oauth" = ["gateway:payment-details"]))
)]
pub(super) async fn retrieve(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = Entered::to_read(request, app, Access::PaymentDetails).await?;
    let (id, scope) = (named(&entered)?, entered.caller.scope);
    let inside = Arc::clone(&entered.app);
    let read = entered.app.read(move |tx| {
        let payment = payments::get(tx, scope, id)?;
        answer::payment(tx, &inside, &payment)
    });
    Ok(Answered::first(read.await?))
}

/// Lists the payments of a reference, newest first.
#[utoipa::path(
    get,
    // fidelity: documented
    path = "/payments",
    operation_id = "listPayments",
    tag = "Payments",
    params(openapi::PaymentsWanted),
    responses(
        (
            status = 200,
            description = "Payments",
            body = answer::ListObject,
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        ),
        openapi::Errors
    ),
    security(("secret_key" = []), ("oauth" = ["gateway:payment-details"]))
)]
pub(super) async fn list(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let entered = Entered::to_read(request, app, Access::PaymentDetails).await?;
    let Wanted { reference, limit, skip } = wanted(&query)?;
    let (scope, inside) = (entered.caller.scope, Arc::clone(&entered.app));
    let app = &entered.app;
    // It counts all payments of the reference, and there may be many.
    let read = in_time(async {
        let _turn = app.search(scope).await?;
        let read = app.read(move |tx| {
            let total = payments::count_by_reference(tx, scope, &reference)?;
            let found = payments::by_reference(tx, scope, &reference, limit, skip)?;
            answer::list(tx, &inside, &found, (limit, skip, total))
        });
        read.await
    });
    Ok(Answered::first(read.await?))
}

/// Lists what was done with a payment, newest first.
#[utoipa::path(
    get,
    // fidelity: documented
    path = "/payments/{id}/actions",
    operation_id = "getPaymentActions",
    tag = "Payments",
    params(("id" = String, Path, pattern = "^pay_[a-z2-7]{26}$")),
    responses(
        (
            status = 200,
            description = "Its actions",
            body = Vec<actions::ActionObject>,
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        ),
        openapi::Errors
    ),
    security(("secret_key" = []), ("oauth" = ["gateway:payment-details"]))
)]
pub(super) async fn actions(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = Entered::to_read(request, app, Access::PaymentDetails).await?;
    let (id, scope) = (named(&entered)?, entered.caller.scope);
    let read = entered.app.read(move |tx| {
        let payment = payments::get(tx, scope, id)?;
        let actions = payments::actions::of_payment(tx, &payment)?;
        Ok(actions::actions(&payment, &actions))
    });
    Ok(Answered::first(read.await?))
}

/// Any other method of /payments.
pub(super) async fn not_a_method_of_all() -> Failure {
    Failure::method_not_allowed("GET, HEAD, POST")
}

/// Any other method of what is only read.
pub(super) async fn not_a_method_to_read() -> Failure {
    Failure::method_not_allowed("GET, HEAD")
}

/// The payment that a path names.
pub(super) fn named(entered: &Entered) -> Result<Id<Payment>, Failure> {
    id::read(id::PAYMENT, entered.segment(2)).ok_or_else(Failure::not_found)
}

/// What a list is asked for.
struct Wanted {
    reference: String,
    limit: i64,
    skip: i64,
}

fn wanted(query: &str) -> Result<Wanted, Failure> {
    let wrong = || Failure::invalid(vec!["parameter_invalid"]);
    let pairs = percent::form(query.as_bytes()).ok_or_else(wrong)?;
    let get = |name: &str| pairs.iter().rfind(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let number = |name, default, least, most| {
        let number = get(name).map_or(Ok(default), str::parse::<i64>).map_err(|_| wrong())?;
        if (least..=most).contains(&number) { Ok(number) } else { Err(wrong()) }
    };
    // fidelity: documented – required
    let reference = get("reference").filter(|text| !text.is_empty() && !text.contains('\0'));
    let reference = reference.ok_or_else(|| Failure::invalid(vec!["reference_required"]))?;
    Ok(Wanted {
        reference: reference.to_owned(),
        // fidelity: seen – 10 where it is left out; at most 100 by our choice
        limit: number("limit", LIMIT_DEFAULT, 1, LIMIT_MAX)?,
        // fidelity: documented
        skip: number("skip", 0, 0, i64::from(u32::MAX))?,
    })
}

/// What the first unit of work of a payment needs. It holds no number: a card that was sent is sealed, and opened again
/// where it is charged.
struct Work {
    new: charge::Create,
    customer: Option<Owner>,
    source: Charged,
    /// For a customer that is made with the payment: each event has an id of its own.
    of_customer: Drawn,
    sealing: Drawn,
}

/// What is charged, as far as it is known before.
enum Charged {
    Token { id: Option<Id<Token>>, holder: Holder, keep: Keep },
    Card { sealed: SealedCard, holder: Holder, keep: Keep },
    Instrument(Option<Id<Instrument>>),
    Customer(Owner),
}

impl Work {
    fn new(app: &App, caller: &Caller, new: New, code: Option<SecurityCode>) -> Self {
        let sealing = app.draw();
        let source = match new.source {
            Source::Token { id, holder, keep } => Charged::Token { id, holder, keep },
            Source::Card { card, keep } => {
                let sealed =
                    SealedCard::seal(caller.keys(), caller.scope, None, &card.number, card.expiry, &sealing);
                Charged::Card { sealed: sealed.with(card.holder.stored(), None), holder: card.holder, keep }
            }
            Source::Instrument { id, .. } => Charged::Instrument(id),
            Source::Customer(owner) => Charged::Customer(owner),
        };
        let create = charge::Create {
            money: new.money,
            description: new.description,
            reference: new.reference,
            captures_itself: new.captures_itself,
            capture_at: new.capture_at,
            metadata: new.metadata,
            extras: new.extras,
            customer_named: new.customer.as_ref().is_some_and(Owner::is_by_id),
            code,
            addresses: (new.success_url, new.failure_url),
        };
        Self { new: create, customer: new.customer, source, of_customer: app.draw(), sealing }
    }

    fn begin(
        &self,
        tx: &mut Tx<'_>,
        app: &App,
        caller: &Caller,
        drawn: &Drawn,
    ) -> Result<(Payment, Id<payments::Action>, Card), Error> {
        let (scope, keys) = (caller.scope, caller.keys());
        let named = self.customer.as_ref();
        let named = named.map(|owner| customer_of(tx, scope, owner, &self.of_customer)).transpose()?;
        let (customer, how) = named.map_or((None, How::ById), |(customer, how)| (Some(customer), how));
        let begin = |tx: &mut Tx<'_>, customer: Option<&Customer>, charge: Charge<'_>| {
            charge::begin(tx, app, caller, &self.new, customer, charge, drawn)
        };
        match &self.source {
            Charged::Token { id, holder, keep } => {
                let id = id.ok_or(Error::NotFound("token"))?;
                let (token, number) = tokens::spend(tx, keys, scope, id, drawn.now)?;
                let holder = Holder::read(token.holder.as_deref()).changed_by(holder.clone()).stored();
                let expiry = token.expiry;
                let sealed = standing(how, *keep).map(|standing| {
                    SealedCard::seal(keys, scope, customer.as_ref(), &number, expiry, drawn)
                        .with(holder.clone(), token.wallet.clone())
                        .standing(standing)
                });
                begin(
                    tx,
                    customer.as_ref(),
                    Charge::Number { number, expiry, holder, sealed: sealed.as_ref() },
                )
            }
            Charged::Card { sealed, holder, keep } => {
                let number = sealed.number(keys)?;
                let owned = sealed.of_customer(keys, customer.as_ref(), &self.sealing)?;
                let owned = standing(how, *keep).map(|standing| owned.standing(standing));
                let charge = Charge::Number {
                    number,
                    expiry: sealed.expiry(),
                    holder: holder.stored(),
                    sealed: owned.as_ref(),
                };
                begin(tx, customer.as_ref(), charge)
            }
            Charged::Instrument(id) => {
                let card = instruments::find(tx, scope, id.ok_or(Error::NotFound("card"))?)?;
                let customer = payer_of(tx, caller, &card, customer.map(|named| (named, how)), drawn)?;
                // It may have become the customer's just now, and was sealed again for that.
                let card = instruments::find(tx, scope, card.id)?;
                begin(tx, customer.as_ref(), Charge::Saved(&card))
            }
            Charged::Customer(owner) => {
                let (payer, _) = customer_of(tx, scope, owner, &self.of_customer)?;
                if customer.is_some_and(|named| named.id != payer.id) {
                    return Err(Error::Conflict("customer"));
                }
                let cards = instruments::of_customer(tx, &payer)?;
                let card =
                    cards.iter().find(|card| card.is_default).ok_or(Error::NotFound("default card"))?;
                begin(tx, Some(&payer), Charge::Saved(card))
            }
        }
    }
}

/// How a new card is to stand in its customer's wallet; none where it is not kept. An address is what somebody typed: it
/// puts a card into the wallet of a customer that it makes, and into another one only where that was said.
const fn standing(how: How, keep: Keep) -> Option<Standing> {
    match (keep, how) {
        (Keep::No, _) => None,
        (Keep::Yes | Keep::NotSaid, How::ById | How::Made) => Some(Standing::Own),
        (Keep::Yes, How::Found) => Some(Standing::Beside),
        (Keep::NotSaid, How::Found) => Some(Standing::Unlisted),
    }
}

/// Whose payment it is that a saved card pays: that of the customer whom it goes with. A card of nobody's becomes the
/// named customer's, and is in no wallet where an address found the customer.
fn payer_of(
    tx: &mut Tx<'_>,
    caller: &Caller,
    card: &Instrument,
    named: Option<(Customer, How)>,
    drawn: &Drawn,
) -> Result<Option<Customer>, Error> {
    if card.is_revoked {
        return Err(Error::NotFound("card in use"));
    }
    match (card.payer(), named) {
        (None, None) => Ok(None),
        (None, Some((customer, How::Found))) => {
            instruments::note_payer(tx, caller.keys(), card, &customer, drawn)?;
            Ok(Some(customer))
        }
        (None, Some((customer, How::ById | How::Made))) => {
            instruments::link(tx, caller.keys(), card, &customer, First::IfNone, drawn)?;
            Ok(Some(customer))
        }
        (Some(payer), Some((named, _))) if payer != named.row_key() => Err(Error::Conflict("customer")),
        // It stays listed or unlisted, however the customer is named now: the id may come from an answer that an address
        // opened.
        (Some(payer), _) => customers::by_key(tx, caller.scope, payer).map(Some),
    }
}

/// The security code: of the card, of the saved card's own field, or of the token, where this server made it.
fn code_of(app: &App, scope: Scope, source: &Source) -> Option<SecurityCode> {
    match source {
        Source::Token { id, .. } => app.codes().of(scope, (*id)?, app.now()),
        Source::Card { card, .. } => card.code.clone(),
        Source::Instrument { code, .. } => code.clone(),
        Source::Customer(_) => None,
    }
}

fn conclude(
    tx: &mut Tx<'_>,
    app: &App,
    payment: &Payment,
    action: Id<payments::Action>,
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
