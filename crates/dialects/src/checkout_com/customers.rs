//! `/customers` and `/customers/{id or email}`.

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
use super::{id, wire};
use crate::idempotency::Answered;

/// /customers
pub(super) async fn all(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    match request.method().as_str() {
        "POST" => create(Entered::to_write(request, app).await?).await,
        _ => Err(Failure::method_not_allowed("POST")),
    }
}

/// /customers/{id or email}
pub(super) async fn one(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    match request.method().as_str() {
        "GET" | "HEAD" => retrieve(Entered::to_read(request, app).await?).await,
        // The vendor's Node client sends it in lower case, because `fetch` changes the case of all methods but this.
        "PATCH" | "patch" => update(Entered::to_write(request, app).await?).await,
        "DELETE" => delete(Entered::to_write(request, app).await?).await,
        _ => Err(Failure::method_not_allowed("GET, HEAD, PATCH, DELETE")),
    }
}

async fn create(entered: Entered) -> Result<Answered, Failure> {
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

async fn retrieve(Entered { app, caller, named, .. }: Entered) -> Result<Answered, Failure> {
    let scope = caller.scope;
    let read = app.read(move |tx| {
        let customer = find(tx, scope, &named)?;
        let cards = instruments::with_facts(tx, &customer)?;
        Ok(wire::customer(&customer, &cards))
    });
    Ok(Answered::first(read.await?))
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

async fn update(entered: Entered) -> Result<Answered, Failure> {
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

async fn delete(entered: Entered) -> Result<Answered, Failure> {
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

/// What a key belongs to: the customer's one spelling, however the path spelled it.
fn path(id: Id<Customer>) -> String {
    format!("/customers/{}", id::write(id::CUSTOMER, id))
}
