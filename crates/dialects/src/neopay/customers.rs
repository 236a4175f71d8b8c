//! Get, create and update of one customer. PUT is PATCH by another name.

use domain::customers::{self, Change, Customer, EmailRule, Patch};
use domain::text::Email;
use domain::{Error, Missing, Scope, Tx};

use super::body::{CreateCustomer, UpdateCustomer, UpdateNamedCustomer};
use super::error::Failure;
use super::fields::{EMAIL, Fields, ID, Named, There};
use super::request::{ReadRequest, WriteRequest};
use super::{openapi, wire};
use crate::idempotency::{Answered, once, try_once};
use crate::openapi::IdempotencyKey;
use crate::unchanged::of_nobody;

/// Reads a customer.
#[utoipa::path(
    get,
    path = "/api/customers/{id}",
    operation_id = "getCustomer",
    tag = "Customers",
    params(("id" = String, Path, format = "uuid")),
    responses((status = 200, description = "The customer", body = wire::One), openapi::Errors)
)]
pub(super) async fn retrieve(
    ReadRequest { app, scope, named, .. }: ReadRequest,
) -> Result<Answered, Failure> {
    let id = named.ok_or(Error::NotFound(Missing::Customer))?;
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
pub(super) async fn create(
    WriteRequest { app, caller, fields, request, .. }: WriteRequest,
) -> Result<Answered, Failure> {
    let CreateCustomer { email: There, details, .. } = fields.read(CreateCustomer::read)?;
    let details = customers::Details::from(&Change::from(details));
    let answered = once(&app, caller, request, app.draw(), move |tx, caller, drawn| {
        let customer = customers::create(tx, caller.scope, &details, EmailRule::Unique, drawn)?;
        Ok((wire::created(&customer), customer.about()))
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
pub(super) async fn update(entered: WriteRequest) -> Result<Answered, Failure> {
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
pub(super) async fn put(entered: WriteRequest) -> Result<Answered, Failure> {
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
pub(super) async fn update_named(entered: WriteRequest) -> Result<Answered, Failure> {
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
pub(super) async fn put_named(entered: WriteRequest) -> Result<Answered, Failure> {
    change(entered).await
}

/// The customer is named by the path, or else in the body.
async fn change(
    WriteRequest { app, caller, mut fields, path, request }: WriteRequest,
) -> Result<Answered, Failure> {
    type Read = fn(Fields) -> Result<Change, Failure>;
    let (fields, which, read): (_, _, Read) = match path {
        Some(path) => {
            fields.path = path;
            let read = |fields: Fields| Ok(fields.read(UpdateCustomer::read)?.details.into());
            (fields.known::<UpdateCustomer>()?, Which::Id(path), read)
        }
        None => {
            let read = |fields: Fields| Ok(fields.read(UpdateNamedCustomer::read)?.details.into());
            let fields = fields.known::<UpdateNamedCustomer>()?.either();
            let which = selected(&fields);
            (fields, which, read)
        }
    };
    let answered = try_once(&app, caller, request, app.draw(), move |tx, caller, drawn| {
        let found = find(tx, caller.scope, &which);
        let customer = found.map_err(|error| of_nobody(error, read(fields.clone())))?;
        let mut change = read(fields.clone().unlike(&wire::object(&customer)))?;
        if let Which::Email(_) = which {
            change.email = Patch::Unchanged;
        }
        let changed = customers::change(tx, caller.scope, &customer, &change, EmailRule::Unique, drawn)?;
        Ok((wire::updated(&changed), changed.about()))
    });
    answered.await
}

enum Which {
    /// The one with this id; none is an id that nobody can have.
    Id(Named),
    /// The one with this e-mail address.
    Email(Email),
}

/// Whom the body names. With an `id`, an `email` is a new value.
fn selected(fields: &Fields) -> Which {
    match (fields.peek("id", &ID), fields.peek("email", &EMAIL)) {
        (None, Some(email)) => Which::Email(email),
        (id, _) => Which::Id(id.flatten()),
    }
}

fn find(tx: &mut Tx<'_>, scope: Scope, which: &Which) -> Result<Customer, Error> {
    match which {
        Which::Id(Some(id)) => customers::get(tx, scope, *id),
        Which::Id(None) => Err(Error::NotFound(Missing::Customer)),
        Which::Email(email) => customers::of_email(tx, scope, email),
    }
}
