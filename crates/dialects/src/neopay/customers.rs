//! Get, create and update of one customer. PUT is PATCH by another name.

use domain::customers::{self, Change, Customer, EmailRule, Patch};
use domain::text::Email;
use domain::{Error, Missing, Scope, Tx};

use super::body::{CreateCustomer, UpdateCustomer, UpdateNamedCustomer};
use super::error::Failure;
use super::fields::{Named, There};
use super::request::{Asked, Entered, named};
use super::{openapi, wire};
use crate::idempotency::{Answered, once};
use crate::openapi::IdempotencyKey;

/// Reads a customer.
#[utoipa::path(
    get,
    path = "/api/customers/{id}",
    operation_id = "getCustomer",
    tag = "Customers",
    params(("id" = String, Path, format = "uuid")),
    responses((status = 200, description = "The customer", body = wire::One), openapi::Errors)
)]
pub(super) async fn retrieve(Asked { app, scope, uri }: Asked) -> Result<Answered, Failure> {
    let id = named(uri.path()).flatten().ok_or(Error::NotFound(Missing::Customer))?;
    let customer = app.read(move |tx| customers::get(tx, scope, id)).await?;
    Ok(Answered::first(wire::customer(&customer)))
}

/// Makes a customer. The success is 200, not 201: so the document.
#[utoipa::path(
    post,
    path = "/api/customers",
    operation_id = "createCustomer",
    tag = "Customers",
    params(IdempotencyKey),
    request_body = CreateCustomer,
    responses((status = 200, description = "The customer", body = wire::One), openapi::Errors)
)]
pub(super) async fn create(Entered { app, caller, fields, request }: Entered) -> Result<Answered, Failure> {
    let CreateCustomer { email: There, details, .. } = fields.read(CreateCustomer::read)?;
    let details = customers::Details::from(&Change::from(details));
    let drawn = app.draw();
    let answered = app.write(move |tx| {
        once(tx, &caller, &request, &drawn, |tx| {
            let customer = customers::create(tx, caller.scope, &details, EmailRule::Unique, &drawn)?;
            let reply = wire::created(&customer);
            Ok((reply, customer.about()))
        })
    });
    Ok(answered.await?)
}

/// Changes a customer.
#[utoipa::path(
    patch,
    path = "/api/customers/{id}",
    operation_id = "updateCustomer",
    tag = "Customers",
    params(("id" = String, Path, format = "uuid"), IdempotencyKey),
    request_body = UpdateCustomer,
    responses((status = 200, description = "The customer", body = wire::One), openapi::Errors)
)]
pub(super) async fn update(entered: Entered) -> Result<Answered, Failure> {
    change(entered).await
}

/// Changes a customer, by the method's other name.
#[utoipa::path(
    put,
    extensions(("x-fidelity" = json!("ours – as PATCH, as the vendor's framework answers it"))),
    path = "/api/customers/{id}",
    operation_id = "replaceCustomer",
    tag = "Customers",
    params(("id" = String, Path, format = "uuid"), IdempotencyKey),
    request_body = UpdateCustomer,
    responses((status = 200, description = "The customer", body = wire::One), openapi::Errors)
)]
pub(super) async fn put(entered: Entered) -> Result<Answered, Failure> {
    change(entered).await
}

/// Changes the customer that the body names.
#[utoipa::path(
    patch,
    extensions(("x-fidelity" = json!("documented – read from a sample"))),
    path = "/api/customers",
    operation_id = "updateNamedCustomer",
    tag = "Customers",
    params(IdempotencyKey),
    request_body = UpdateNamedCustomer,
    responses((status = 200, description = "The customer", body = wire::One), openapi::Errors)
)]
pub(super) async fn update_named(entered: Entered) -> Result<Answered, Failure> {
    change(entered).await
}

/// Changes the customer that the body names, by the method's other name.
#[utoipa::path(
    put,
    extensions(("x-fidelity" = json!("ours – as PATCH, as the vendor's framework answers it"))),
    path = "/api/customers",
    operation_id = "replaceNamedCustomer",
    tag = "Customers",
    params(IdempotencyKey),
    request_body = UpdateNamedCustomer,
    responses((status = 200, description = "The customer", body = wire::One), openapi::Errors)
)]
pub(super) async fn put_named(entered: Entered) -> Result<Answered, Failure> {
    change(entered).await
}

/// The customer is named by the path, or else in the body.
async fn change(Entered { app, caller, mut fields, request }: Entered) -> Result<Answered, Failure> {
    let (which, change) = match named(&request.path) {
        Some(path) => {
            fields.path = path;
            let UpdateCustomer { id, details } = fields.read(UpdateCustomer::read)?;
            (Which::Id(id), details.into())
        }
        None => selected(fields.either().read(UpdateNamedCustomer::read)?),
    };
    let drawn = app.draw();
    let answered = app.write(move |tx| {
        once(tx, &caller, &request, &drawn, |tx| {
            let customer = find(tx, caller.scope, &which)?;
            let changed = customers::change(tx, caller.scope, &customer, &change, EmailRule::Unique, &drawn)?;
            let reply = wire::updated(&changed);
            Ok((reply, changed.about()))
        })
    });
    Ok(answered.await?)
}

/// Which customer a change is for.
enum Which {
    /// The one with this id; none is an id that nobody can have.
    Id(Named),
    /// The one with this e-mail address.
    Email(Email),
}

/// Whom the body names, and what they are told to become. With an `id`, an `email` is a new value.
fn selected(UpdateNamedCustomer { id, details }: UpdateNamedCustomer) -> (Which, Change) {
    let mut change = Change::from(details);
    let which = match (id, std::mem::take(&mut change.email)) {
        (Patch::Set(id), email) => {
            change.email = email;
            Which::Id(id)
        }
        (Patch::Keep | Patch::Clear, Patch::Set(email)) => Which::Email(email),
        // Neither was refused before.
        (Patch::Keep | Patch::Clear, Patch::Keep | Patch::Clear) => Which::Id(None),
    };
    (which, change)
}

fn find(tx: &mut Tx<'_>, scope: Scope, which: &Which) -> Result<Customer, Error> {
    match which {
        Which::Id(Some(id)) => customers::get(tx, scope, *id),
        Which::Id(None) => Err(Error::NotFound(Missing::Customer)),
        Which::Email(email) => customers::of_email(tx, scope, email),
    }
}
