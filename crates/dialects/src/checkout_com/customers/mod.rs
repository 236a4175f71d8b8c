//! Customers: create, get by id or e-mail address, update, delete.

mod answer;
mod body;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::routing::any;
use domain::customers::{self, Customer, Details, EmailRule};
use domain::idempotency::About;
use domain::instruments;
use domain::text::Email;
use domain::time::Drawn;
use domain::{App, Caller, Error, Id, Missing, Scope, Tx};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use self::body::{CreateCustomer, Sent, UpdateCustomer};
use super::answer::nothing;
use super::auth::Access;
use super::error::Failure;
use super::fields::Fields;
use super::request::ApiRequest;
use super::{id, openapi, takes};
use crate::idempotency::{Answered, once, try_once};
use crate::unchanged::of_nobody;
use crate::warnings;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(create).map(takes("POST")))
        .routes(routes!(retrieve, update, delete).map(|_| any(one)))
}

/// Makes a customer.
#[utoipa::path(
    post,
    path = "/customers",
    operation_id = "createCustomer",
    tag = "Customers",
    params(openapi::IdempotencyKey),
    request_body = CreateCustomer,
    responses((status = 201, description = "The new id", body = answer::Created), openapi::Errors)
)]
async fn create(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_write(request, app, Access::Customers).await?;
    let request = entered.keyed("POST", "/customers".to_owned()).about_customer();
    let sent = match body::new(&entered.body, entered.app.now()) {
        Ok(sent) => sent,
        Err(failure) => return entered.refuse(request, failure).await,
    };
    let details = Details::from(&sent.change);
    let ApiRequest { app, caller, .. } = entered;
    let answered = once(&app, caller, request, app.draw(), move |tx, caller, drawn| {
        let customer = customers::create(tx, caller.scope, &details, EmailRule::Unique, drawn)?;
        // Cards in the list count together with a default only: so the document.
        if sent.default.is_some() {
            take_cards(tx, caller, &customer, &sent, drawn)?;
        }
        Ok((answer::created(&customer), customer.about()))
    });
    answered.await.map_err(in_body)
}

/// Reads a customer.
#[utoipa::path(
    get,
    path = "/customers/{key}",
    operation_id = "getCustomer",
    tag = "Customers",
    params(("key" = String, Path, description = "The id, or the e-mail address")),
    responses((status = 200, description = "The customer", body = answer::CustomerObject), openapi::Errors)
)]
async fn retrieve(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_read(request, app, Access::Customers).await?;
    let (scope, named) = (entered.caller.scope, entered.named.clone());
    let read = entered.app.read(move |tx| {
        let customer = find(tx, scope, &named)?;
        let cards = instruments::of_customer(tx, &customer)?;
        Ok(answer::customer(&customer, &cards))
    });
    Ok(Answered::first(read.await?))
}

/// Changes a customer.
#[utoipa::path(
    patch,
    extensions(("x-fidelity" = json!("documented – also with the method in lower case, as one client of the vendor sends it"))),
    path = "/customers/{key}",
    operation_id = "updateCustomer",
    tag = "Customers",
    params(("key" = String, Path, description = "The id", pattern = "^cus_[a-z2-7]{26}$"), openapi::IdempotencyKey),
    request_body = UpdateCustomer,
    responses((status = 204, description = "It is changed"), openapi::Errors)
)]
async fn update(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_write(request, app, Access::Customers).await?;
    let fields = Fields::parse(&entered.body, entered.app.now()).and_then(|fields| {
        // Here its names are told of and what is misspelt is refused. What is wrong with values, the customer decides.
        let _ = body::change(fields.clone());
        warnings::refused()?;
        Ok(fields)
    });
    let Some(id) = id::read::<Customer>(id::CUSTOMER, &entered.named) else {
        return Err(fields.and_then(body::change).err().unwrap_or_else(Failure::not_found));
    };
    let request = entered.keyed("PATCH", path(id)).about_customer();
    let fields = match fields {
        Ok(fields) => fields,
        Err(failure) => return entered.refuse(request, failure).await,
    };
    let ApiRequest { app, caller, .. } = entered;
    let answered = try_once(&app, caller, request, app.draw(), move |tx, caller, drawn| {
        let found = customers::get(tx, caller.scope, id);
        let customer = found.map_err(|error| of_nobody(error, body::change(fields.clone())))?;
        let cards = instruments::of_customer(tx, &customer)?;
        let sent = body::change(fields.clone().unlike(&answer::object(&customer, &cards)))?;
        take_cards(tx, caller, &customer, &sent, drawn).map_err(in_body)?;
        customers::change(tx, caller.scope, &customer, &sent.change, EmailRule::Unique, drawn)?;
        Ok((nothing(), customer.about()))
    });
    answered.await
}

/// Deletes a customer and its instruments.
#[utoipa::path(
    delete,
    path = "/customers/{key}",
    operation_id = "deleteCustomer",
    tag = "Customers",
    params(("key" = String, Path, description = "The id", pattern = "^cus_[a-z2-7]{26}$"), openapi::IdempotencyKey),
    responses((status = 204, description = "It is gone"), openapi::Errors)
)]
async fn delete(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_write(request, app, Access::Customers).await?;
    let id = id::read::<Customer>(id::CUSTOMER, &entered.named).ok_or_else(Failure::not_found)?;
    let request = entered.keyed("DELETE", path(id));
    let ApiRequest { app, caller, .. } = entered;
    let answered = once(&app, caller, request, app.draw(), move |tx, caller, drawn| {
        domain::erasure::delete_customer(tx, caller.scope, id, drawn)?;
        Ok((nothing(), About::NOBODY))
    });
    Ok(answered.await?)
}

/// Any method of /customers/{key}: the vendor's Node client sends `patch` in lower case, because `fetch` changes the case
/// of all methods but this.
async fn one(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    match request.method().as_str() {
        "GET" | "HEAD" => retrieve(State(app), request).await,
        "PATCH" | "patch" => update(State(app), request).await,
        "DELETE" => delete(State(app), request).await,
        _ => Err(Failure::method_not_allowed("GET, HEAD, PATCH, DELETE")),
    }
}

/// Reads a customer by its id, or by an e-mail address.
fn find(tx: &mut Tx<'_>, scope: Scope, named: &str) -> Result<Customer, Error> {
    if let Some(id) = id::read(id::CUSTOMER, named) {
        return customers::get(tx, scope, id);
    }
    // What is no address is nobody's.
    let email = Email::parse("email", named).map_err(|_| Error::NotFound(Missing::Customer))?;
    customers::by_email(tx, scope, email.as_str())
}

/// Makes the cards that a body names the customer's: theirs already, or nobody's yet.
fn take_cards(
    tx: &mut Tx<'_>,
    caller: &Caller,
    customer: &Customer,
    sent: &Sent,
    drawn: &Drawn,
) -> Result<(), Error> {
    for (card, first) in sent.cards() {
        let card = instruments::find(tx, caller.scope, card.ok_or(Error::NotFound(Missing::Instrument))?)?;
        instruments::link(tx, caller.keys(), &card, customer, first, drawn)?;
    }
    Ok(())
}

/// This API tells a wrong card from a wrong customer.
fn in_body(error: Error) -> Failure {
    if error == Error::NotFound(Missing::Instrument) { Failure::unknown_source() } else { error.into() }
}

/// What a key belongs to: the customer's one spelling, however the path spelled it.
fn path(id: Id<Customer>) -> String {
    format!("/customers/{}", id::write(id::CUSTOMER, id))
}
