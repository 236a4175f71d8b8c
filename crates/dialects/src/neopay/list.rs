//! The list of customers: the newest ones, or a page, of all or of those that a filter lets through.

use domain::customers::search::Sought;

use super::error::Failure;
use super::query::{Filter, PER_PAGE_MAX, Pages, Query};
use super::request::ReadRequest;
use super::{BASE_PATH, NAME, openapi, wire};
use crate::customer_list::{self, Wanted, Write};
use crate::idempotency::Answered;
use crate::json;

/// Customers of a list whose client asked for no pages.
const NEWEST_MAX: usize = 1_000;

/// Lists customers, newest first.
#[utoipa::path(
    get,
    path = "/api/customers",
    operation_id = "listCustomers",
    tag = "Customers",
    params(Filter, Pages),
    responses((status = 200, description = "Customers", body = openapi::Customers), openapi::Errors)
)]
pub(super) async fn list(ReadRequest { app, scope, uri, .. }: ReadRequest) -> Result<Answered, Failure> {
    let Query { filter, pages } = Query::parse(uri.query().unwrap_or_default())?;
    let route = uri.path().strip_prefix(BASE_PATH).unwrap_or_default();
    let path = format!("{}/{NAME}{BASE_PATH}{route}", app.public_url());
    let (skip, count) = match pages {
        None => (0, NEWEST_MAX),
        Some((page, per_page)) => ((page - 1) * per_page, per_page),
    };
    let (email, sought) = (filter.email.clone(), filter.name.as_deref().map(Sought::in_name));
    let wanted = Wanted { email, sought, skip, count, one_more: true };
    let write: Write = |customer| json::listed(&wire::object(customer));
    let reply = customer_list::list(&app, scope, wanted, write, |found| {
        let has_more = found.len() > count;
        let found = &found[..found.len().min(count)];
        match pages {
            None => {
                // The pages of the most customers that there are begin where these end.
                let next = || format!("{path}?{}", filter.page(PER_PAGE_MAX, NEWEST_MAX / PER_PAGE_MAX + 1));
                wire::newest(found, has_more.then(next))
            }
            Some((page, per_page)) => {
                let part = wire::Part { path: &path, page, per_page, before: skip, has_more };
                wire::page(found, &part, |page| format!("{path}?{}", filter.page(per_page, page)))
            }
        }
    });
    Ok(Answered::list(scope, reply.await?))
}
