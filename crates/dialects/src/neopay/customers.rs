//! Get, create and update of one customer. PUT is PATCH by another name.

use domain::customers::{self, Customer, Details, EmailRule};
use domain::idempotency::{self, Claim};
use domain::{Error, Scope, Tx};

use super::error::Failure;
use super::fields::Which;
use super::request::{Asked, Entered, named};
use super::wire;
use crate::idempotency::Answered;

/// GET /customers/{id}
pub(super) async fn retrieve(Asked { app, scope, uri }: Asked) -> Result<Answered, Failure> {
    let id = named(uri.path()).flatten().ok_or(Error::NotFound("customer"))?;
    let customer = app.read(move |tx| customers::get(tx, scope, id)).await?;
    Ok(Answered::first(wire::customer(&customer)))
}

/// POST /customers. The success is 200, not 201: so the document.
pub(super) async fn create(Entered { app, caller, fields, request }: Entered) -> Result<Answered, Failure> {
    let details = Details::from(&fields.creation()?);
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

/// PATCH and PUT of /customers/{id}, and of /customers with the customer named in the body.
pub(super) async fn update(Entered { app, caller, fields, request }: Entered) -> Result<Answered, Failure> {
    let (which, change) = match named(&request.path) {
        Some(id) => (Which::Id(id), fields.change_of(id)?),
        None => fields.selected_change()?,
    };
    let drawn = app.draw();
    let answered = app.write(move |tx| {
        let ticket = match idempotency::claim(tx, &caller, &request, drawn.now)? {
            Claim::New(ticket) | Claim::Settled(ticket, _) => ticket,
            Claim::Replay(reply) => return Ok(Answered::again(reply)),
        };
        let customer = find(tx, caller.scope, &which)?;
        let changed = customers::change(tx, caller.scope, &customer, &change, EmailRule::Unique, &drawn)?;
        let reply = wire::updated(&changed);
        ticket.answer(tx, reply, Some(changed.row_key()), &drawn).map(Answered::first)
    });
    Ok(answered.await?)
}

fn find(tx: &mut Tx<'_>, scope: Scope, which: &Which) -> Result<Customer, Error> {
    match which {
        Which::Id(Some(id)) => customers::get(tx, scope, *id),
        Which::Id(None) => Err(Error::NotFound("customer")),
        Which::Email(email) => customers::by_email(tx, scope, email.as_str()),
    }
}
