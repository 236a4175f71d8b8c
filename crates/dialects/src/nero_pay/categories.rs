//! Categories: list, create, delete. This API reads and changes no single one.

use domain::categories::{self, NewCategory};
use domain::idempotency::About;
use domain::{Error, Missing};

use super::body::CreateCategory;
use super::error::{Failure, refuse};
use super::fields::Fields;
use super::query::{CategoriesWanted, PageWanted};
use super::request::{ReadRequest, WriteRequest};
use super::{openapi, settings, wire};
use crate::idempotency::{Answered, once};
use crate::openapi::IdempotencyKey;
use crate::problems::Problems;

/// Lists categories.
#[utoipa::path(
    get,
    path = "/v2/categories",
    operation_id = "listCategories",
    tag = "Categories",
    params(CategoriesWanted, PageWanted, openapi::Account),
    responses((status = 200, description = "Categories", body = wire::Envelope<Vec<wire::CategoryObject>>), openapi::Errors)
)]
pub(super) async fn list(ReadRequest { app, caller, query, .. }: ReadRequest) -> Result<Answered, Failure> {
    let (page, wanted) = query.read(CategoriesWanted::read)?;
    let found = app.read(move |tx| match wanted.is_active {
        Some(is_active) => categories::list_of(tx, caller.scope, is_active, page.limit, page.skip),
        None => categories::list(tx, caller.scope, page.limit, page.skip),
    });
    Ok(Answered::first(wire::categories(&found.await?)))
}

/// Makes a category.
#[utoipa::path(
    post,
    path = "/v2/categories",
    operation_id = "createCategory",
    tag = "Categories",
    params(openapi::Signature, openapi::Account, IdempotencyKey),
    request_body = CreateCategory,
    responses((status = 201, description = "The category", body = wire::Envelope<wire::CategoryObject>), openapi::Errors)
)]
pub(super) async fn create(
    WriteRequest { app, caller, request, body, .. }: WriteRequest,
) -> Result<Answered, Failure> {
    let new = match Fields::parse(&body).and_then(|fields| fields.read(CreateCategory::read)) {
        Ok(new) => new,
        Err(failure) => return Err(refuse(&app, caller, request, failure).await),
    };
    let CreateCategory { name, sort_order, is_active } = new;
    let new = NewCategory { name, sort_order: sort_order.unwrap_or(0), is_active: is_active.unwrap_or(true) };
    let answered = once(&app, caller, request, app.draw(), move |tx, caller, drawn| {
        let category = categories::create(tx, caller.scope, &new, drawn)?;
        Ok((wire::made_category(&category), About::NOBODY))
    });
    Ok(answered.await?)
}

/// Deletes a category, where the merchant's settings allow it.
#[utoipa::path(
    delete,
    extensions(("x-fidelity" = json!("documented – if allowed, which the merchant's settings say"))),
    path = "/v2/categories/{id}",
    operation_id = "deleteCategory",
    tag = "Categories",
    params(("id" = i64, Path), openapi::OptionalSignature, openapi::Account, IdempotencyKey),
    responses((status = 200, description = "It is gone", body = wire::Envelope<wire::Deleted>), openapi::Errors)
)]
pub(super) async fn remove(
    WriteRequest { app, caller, request, id, .. }: WriteRequest,
) -> Result<Answered, Failure> {
    let answered = once(&app, caller, request, app.draw(), move |tx, caller, drawn| {
        if !settings::CATEGORY_DELETE.is_on(settings::CATEGORY_DELETE.of(tx, caller)?.as_deref()) {
            let why = "cannot be deleted: the merchant's settings forbid it";
            return Err(Error::invalid("category", why));
        }
        let id = id.ok_or(Error::NotFound(Missing::Category))?;
        categories::delete(tx, caller.scope, id, drawn)?;
        Ok((wire::deleted(id), About::NOBODY))
    });
    answered.await.map_err(|error| {
        // The category is no field of a body, so it is not spoken of as one.
        if let Error::Invalid { field, why } = error {
            Problems::of(field.name(), format!("The {field} {why}.")).into()
        } else {
            error.into()
        }
    })
}
