//! create-, retrieve- and delete-customer.

use std::sync::Arc;

use domain::customers::{self, Details, EmailRule};
use domain::idempotency::About;
use domain::text::Name;
use domain::{Error, Missing, instruments};

use super::body::{CreateCustomer, CustomerId};
use super::error::Failure;
use super::request::ApiRequest;
use super::{openapi, wire};
use crate::idempotency::{Answered, once};
use crate::openapi::IdempotencyKey;

/// Makes a customer.
#[utoipa::path(
    post,
    path = "/checkout/create-customer",
    operation_id = "create-customer",
    tag = "Customers",
    params(IdempotencyKey),
    request_body = CreateCustomer,
    responses((status = 200, description = "The customer", body = wire::CustomerObject), openapi::Errors)
)]
pub(super) async fn create(
    ApiRequest { app, caller, fields, request }: ApiRequest,
) -> Result<Answered, Failure> {
    let new = fields.read(CreateCustomer::read)?;
    let details = Details {
        name: Some(Name::from_parts(new.first_name, new.last_name)),
        email: Some(new.email),
        metadata: new.metadata.unwrap_or_default(),
        ..Details::default()
    };
    let request = request.about_customer();
    let inside = Arc::clone(&app);
    let answered = once(&app, caller, request, app.draw(), move |tx, caller, drawn| {
        let customer = customers::create(tx, caller.scope, &details, EmailRule::Shared, drawn)?;
        Ok((wire::customer(&inside, caller.scope, &customer, &[]), customer.about()))
    });
    Ok(answered.await?)
}

/// Reads a customer with its saved cards.
#[utoipa::path(
    post,
    path = "/checkout/retrieve-customer",
    operation_id = "retrieve-customer",
    tag = "Customers",
    request_body = CustomerId,
    responses((status = 200, description = "The customer", body = wire::CustomerObject), openapi::Errors)
)]
pub(super) async fn retrieve(
    ApiRequest { app, caller, fields, .. }: ApiRequest,
) -> Result<Answered, Failure> {
    let id = fields.read(CustomerId::read)?.customer_id.ok_or(Error::NotFound(Missing::Customer))?;
    let scope = caller.scope;
    let read = app.read(move |tx| {
        let customer = customers::get(tx, scope, id)?;
        let cards = instruments::of_customer(tx, &customer)?;
        Ok((customer, cards))
    });
    let (customer, cards) = read.await?;
    Ok(Answered::first(wire::customer(&app, scope, &customer, &cards)))
}

/// Deletes a customer and its cards.
#[utoipa::path(
    post,
    path = "/checkout/delete-customer",
    operation_id = "delete-customer",
    tag = "Customers",
    params(IdempotencyKey),
    request_body = CustomerId,
    responses((status = 200, description = "The customer and its cards are gone", body = wire::Deleted), openapi::Errors)
)]
pub(super) async fn delete(
    ApiRequest { app, caller, fields, request }: ApiRequest,
) -> Result<Answered, Failure> {
    let id = fields.read(CustomerId::read)?.customer_id.ok_or(Error::NotFound(Missing::Customer))?;
    let answered = once(&app, caller, request, app.draw(), move |tx, caller, drawn| {
        domain::erasure::delete_customer(tx, caller.scope, id, drawn)?;
        Ok((wire::deleted_customer(id.hex()), About::NOBODY))
    });
    Ok(answered.await?)
}
