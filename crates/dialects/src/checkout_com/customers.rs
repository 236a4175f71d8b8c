//! Customers: create, get by id or e-mail address, update, delete.

use std::sync::Arc;

use axum::extract::{Request, State};
use domain::customers::{self, Customer, Details, EmailRule};
use domain::idempotency::{self, Claim};
use domain::instruments::{self, Instrument};
use domain::text::Email;
use domain::{App, Error, Id, Scope, Tx};

use super::error::Failure;
use super::fields::{self, For, Sent};
use super::request::Entered;
use super::{id, openapi, wire};
use crate::idempotency::Answered;

/// Makes a customer.
#[utoipa::path(
    post,
    // fidelity: documented
    path = "/customers",
    operation_id = "createCustomer",
    tag = "Customers",
    params(openapi::IdempotencyKey),
    request_body = openapi::CreateCustomer,
    responses(
        (
            status = 201,
            description = "The new id",
            body = wire::Created,
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        ),
        openapi::Errors
    )
)]
pub(super) async fn create(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = Entered::to_write(request, app).await?;
    let request = entered.keyed("POST", "/customers".to_owned());
    let sent = match fields::customer(&entered.body, For::Create) {
        // A new customer has no cards, and there are none without a customer. Cards in the list count together with a
        // default only: so the document.
        Ok(sent) if sent.default.is_some() => {
            return entered.refuse(request, Failure::unknown_source()).await;
        }
        Ok(sent) => sent,
        Err(failure) => return entered.refuse(request, failure).await,
    };
    let details = Details::from(&sent.change);
    let Entered { app, caller, .. } = entered;
    let drawn = app.draw();
    let answered = app.write(move |tx| {
        let ticket = match idempotency::claim(tx, &caller, &request, drawn.now)? {
            Claim::New(ticket) | Claim::Settled(ticket, _) => ticket,
            Claim::Replay(reply) => return Ok(Answered::again(reply)),
        };
        let customer = customers::create(tx, caller.scope, &details, EmailRule::Unique, &drawn)?;
        let reply = wire::created(&customer);
        ticket.answer(tx, reply, Some(customer.row_key()), &drawn).map(Answered::first)
    });
    Ok(answered.await?)
}

/// Reads a customer.
#[utoipa::path(
    get,
    // fidelity: documented
    path = "/customers/{key}",
    operation_id = "getCustomer",
    tag = "Customers",
    params(("key" = String, Path, description = "The id, or the e-mail address")),
    responses(
        (
            status = 200,
            description = "The customer",
            body = wire::CustomerObject,
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        ),
        openapi::Errors
    )
)]
pub(super) async fn retrieve(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let Entered { app, caller, named, .. } = Entered::to_read(request, app).await?;
    let scope = caller.scope;
    let read = app.read(move |tx| {
        let customer = find(tx, scope, &named)?;
        let cards = instruments::of_customer(tx, &customer)?;
        Ok(wire::customer(&customer, &cards))
    });
    Ok(Answered::first(read.await?))
}

/// Changes a customer.
#[utoipa::path(
    patch,
    // fidelity: documented – also with the method in lower case, as one client of the vendor sends it
    path = "/customers/{key}",
    operation_id = "updateCustomer",
    tag = "Customers",
    params(("key" = String, Path, description = "The id", pattern = "^cus_[a-z2-7]{26}$"), openapi::IdempotencyKey),
    request_body = openapi::UpdateCustomer,
    responses(
        (
            status = 204,
            description = "It is changed",
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        ),
        openapi::Errors
    )
)]
pub(super) async fn update(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = Entered::to_write(request, app).await?;
    let sent = fields::customer(&entered.body, For::Update);
    let Some(id) = id::read::<Customer>(id::CUSTOMER, &entered.named) else {
        return Err(sent.err().unwrap_or_else(Failure::not_found));
    };
    let request = entered.keyed("PATCH", path(id));
    let sent = match sent {
        Ok(sent) => sent,
        Err(failure) => return entered.refuse(request, failure).await,
    };
    let Sent { change, default, instruments: linked } = sent;
    let Entered { app, caller, .. } = entered;
    let drawn = app.draw();
    let answered = app.write(move |tx| {
        let ticket = match idempotency::claim(tx, &caller, &request, drawn.now)? {
            Claim::New(ticket) | Claim::Settled(ticket, _) => ticket,
            Claim::Replay(reply) => return Ok(Answered::again(reply)),
        };
        let customer = customers::get(tx, caller.scope, id)?;
        for card in &linked {
            own(tx, caller.scope, &customer, *card)?;
        }
        if let Some(card) = default {
            let card = own(tx, caller.scope, &customer, card)?;
            instruments::set_default(tx, &card)?;
        }
        customers::change(tx, caller.scope, &customer, &change, EmailRule::Unique, &drawn)?;
        ticket.answer(tx, wire::nothing(), Some(customer.row_key()), &drawn).map(Answered::first)
    });
    answered.await.map_err(in_update)
}

/// Deletes a customer and its instruments.
#[utoipa::path(
    delete,
    // fidelity: documented
    path = "/customers/{key}",
    operation_id = "deleteCustomer",
    tag = "Customers",
    params(("key" = String, Path, description = "The id", pattern = "^cus_[a-z2-7]{26}$"), openapi::IdempotencyKey),
    responses(
        (
            status = 204,
            description = "It is gone",
            headers(("Cko-Request-Id" = String), ("Cko-Version" = String))
        ),
        openapi::Errors
    )
)]
pub(super) async fn delete(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = Entered::to_write(request, app).await?;
    let id = id::read::<Customer>(id::CUSTOMER, &entered.named).ok_or_else(Failure::not_found)?;
    let request = entered.keyed("DELETE", path(id));
    let Entered { app, caller, .. } = entered;
    let drawn = app.draw();
    let answered = app.write(move |tx| {
        let ticket = match idempotency::claim(tx, &caller, &request, drawn.now)? {
            Claim::New(ticket) | Claim::Settled(ticket, _) => ticket,
            Claim::Replay(reply) => return Ok(Answered::again(reply)),
        };
        customers::delete(tx, caller.scope, id, &drawn)?;
        ticket.answer(tx, wire::nothing(), None, &drawn).map(Answered::first)
    });
    Ok(answered.await?)
}

/// Any method of /customers/{key}: the vendor's Node client sends `patch` in lower case, because `fetch` changes the case
/// of all methods but this.
pub(super) async fn one(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    match request.method().as_str() {
        "GET" | "HEAD" => retrieve(State(app), request).await,
        "PATCH" | "patch" => update(State(app), request).await,
        "DELETE" => delete(State(app), request).await,
        _ => Err(Failure::method_not_allowed("GET, HEAD, PATCH, DELETE")),
    }
}

/// Any other method of /customers.
pub(super) async fn method_not_allowed() -> Failure {
    Failure::method_not_allowed("POST")
}

/// Reads a customer by its id, or by an e-mail address.
fn find(tx: &mut Tx<'_>, scope: Scope, named: &str) -> Result<Customer, Error> {
    if let Some(id) = id::read(id::CUSTOMER, named) {
        return customers::get(tx, scope, id);
    }
    // What is no address is nobody's.
    let email = Email::parse("email", named).map_err(|_| Error::NotFound("customer"))?;
    customers::by_email(tx, scope, email.as_str())
}

/// A card of the customer. This API tells a wrong card from a wrong customer.
fn own(
    tx: &mut Tx<'_>,
    scope: Scope,
    customer: &Customer,
    card: Option<Id<Instrument>>,
) -> Result<Instrument, Error> {
    instruments::get(tx, scope, customer, card.ok_or(Error::NotFound("card"))?)
}

fn in_update(error: Error) -> Failure {
    if error == Error::NotFound("card") { Failure::unknown_source() } else { error.into() }
}

/// What a key belongs to: the customer's one spelling, however the path spelled it.
fn path(id: Id<Customer>) -> String {
    format!("/customers/{}", id::write(id::CUSTOMER, id))
}
