//! Customers: list, create, retrieve, update. This API deletes none.

use domain::customers::search::Sought;
use domain::customers::{self, Change, Customer, EmailRule, Patch};
use domain::text::Name;
use domain::{Caller, Error, Missing, Tx};

use super::body::{CreateCustomer, Details, UpdateCustomer};
use super::error::{Failure, refuse};
use super::fields::Fields;
use super::query::{CustomersWanted, Page, PageWanted};
use super::request::{ReadRequest, WriteRequest};
use super::{openapi, settings, wire};
use crate::customer_list::{self, Wanted, Write};
use crate::idempotency::{Answered, once, try_once};
use crate::json;
use crate::openapi::IdempotencyKey;
use crate::unchanged::of_nobody;

/// Lists customers, newest first.
#[utoipa::path(
    get,
    path = "/v2/customers",
    operation_id = "listCustomers",
    tag = "Customers",
    params(CustomersWanted, PageWanted, openapi::Account),
    responses((status = 200, description = "Customers", body = wire::Envelope<Vec<wire::CustomerObject>>), openapi::Errors)
)]
pub(super) async fn list(ReadRequest { app, caller, query, .. }: ReadRequest) -> Result<Answered, Failure> {
    let (Page { limit, skip }, CustomersWanted { email, q }) = query.read(CustomersWanted::read)?;
    let (skip, count) =
        (usize::try_from(skip).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or_default());
    let wanted =
        Wanted { email, sought: q.as_deref().map(Sought::in_any_field), skip, count, one_more: false };
    let write: Write = |customer| json::listed(&wire::customer_object(customer));
    let reply = customer_list::list(&app, caller.scope, wanted, write, wire::customers);
    Ok(Answered::list(caller.scope, reply.await?))
}

/// Makes a customer.
#[utoipa::path(
    post,
    path = "/v2/customers",
    operation_id = "createCustomer",
    tag = "Customers",
    params(openapi::Signature, openapi::Account, IdempotencyKey),
    request_body = CreateCustomer,
    responses((status = 201, description = "The customer", body = wire::Envelope<wire::CustomerObject>), openapi::Errors)
)]
pub(super) async fn create(
    WriteRequest { app, caller, request, body, .. }: WriteRequest,
) -> Result<Answered, Failure> {
    let details = match Fields::parse(&body).and_then(|fields| fields.read(CreateCustomer::read)) {
        Ok(CreateCustomer { name, details }) => customers::Details::from(&change(Some(name), details)),
        Err(failure) => return Err(refuse(&app, caller, request, failure).await),
    };
    let answered = once(&app, caller, request, app.draw(), move |tx, caller, drawn| {
        let customer = customers::create(tx, caller.scope, &details, EmailRule::Shared, drawn)?;
        Ok((wire::made_customer(&customer), customer.about()))
    });
    Ok(answered.await?)
}

/// Reads a customer, where the merchant's settings allow it.
#[utoipa::path(
    get,
    extensions(("x-fidelity" = json!("documented – where enabled, which the merchant's settings say"))),
    path = "/v2/customers/{id}",
    operation_id = "getCustomer",
    tag = "Customers",
    params(("id" = i64, Path), openapi::Account),
    responses((status = 200, description = "The customer", body = wire::Envelope<wire::CustomerObject>), openapi::Errors)
)]
pub(super) async fn retrieve(ReadRequest { app, caller, id, .. }: ReadRequest) -> Result<Answered, Failure> {
    let id = id.ok_or(Error::NotFound(Missing::Customer))?;
    let customer = app.read(move |tx| {
        allowed(tx, &caller, settings::READ)?;
        customers::by_number(tx, caller.scope, id)
    });
    Ok(Answered::first(wire::customer(&customer.await?)))
}

/// Changes a customer, where the merchant's settings allow it.
#[utoipa::path(
    patch,
    extensions(("x-fidelity" = json!("documented – where enabled, which the merchant's settings say"))),
    path = "/v2/customers/{id}",
    operation_id = "updateCustomer",
    tag = "Customers",
    params(("id" = i64, Path), openapi::Signature, openapi::Account, IdempotencyKey),
    request_body = UpdateCustomer,
    responses((status = 200, description = "The customer", body = wire::Envelope<wire::CustomerObject>), openapi::Errors)
)]
pub(super) async fn update(
    WriteRequest { app, caller, request, id, body }: WriteRequest,
) -> Result<Answered, Failure> {
    let fields = match Fields::parse(&body).and_then(Fields::known::<UpdateCustomer>) {
        Ok(fields) => fields,
        Err(failure) => return Err(refuse(&app, caller, request, failure).await),
    };
    let answered = try_once(&app, caller, request, app.draw(), move |tx, caller, drawn| {
        let read = |fields: Fields| fields.read(UpdateCustomer::read);
        let found = changeable(tx, caller, id);
        let customer = found.map_err(|error| of_nobody(error, read(fields.clone())))?;
        let UpdateCustomer { name, details } =
            read(fields.clone().unlike(&wire::customer_object(&customer)))?;
        let change = change(name, details);
        let changed = customers::change(tx, caller.scope, &customer, &change, EmailRule::Shared, drawn)?;
        Ok((wire::customer(&changed), changed.about()))
    });
    answered.await
}

/// The customer of an id, where the merchant's settings allow a change.
fn changeable(tx: &mut Tx<'_>, caller: &Caller, id: Option<i64>) -> Result<Customer, Error> {
    allowed(tx, caller, settings::UPDATE)?;
    customers::by_number(tx, caller.scope, id.ok_or(Error::NotFound(Missing::Customer))?)
}

/// What is switched off is answered as if there were no customer.
fn allowed(tx: &mut Tx<'_>, caller: &Caller, word: &str) -> Result<(), Error> {
    let set = settings::CUSTOMERS.of(tx, caller)?;
    if settings::CUSTOMERS.allows(set.as_deref(), word) {
        Ok(())
    } else {
        Err(Error::NotFound(Missing::Customer))
    }
}

/// The address line becomes the street whole, and the house number goes.
fn change(name: Option<String>, details: Details) -> Change {
    let Details { email, phone, address1, city, postcode } = details;
    Change {
        name: name.map_or(Patch::Unchanged, |name| Patch::Set(Name::from_whole(name))),
        email,
        phone,
        house_number: match &address1 {
            Patch::Unchanged => Patch::Unchanged,
            Patch::Clear | Patch::Set(_) => Patch::Clear,
        },
        street: address1,
        city,
        zip_code: postcode,
        ..Change::default()
    }
}
