//! The list of customers: the newest ones, or a page, of all or of those that a filter lets through.

use std::sync::Arc;

use axum::http::Uri;
use domain::customers::{self, Customer};
use domain::idempotency::Reply;
use domain::searches::{SHORT, Search, in_time};
use domain::{App, Error, Scope, text};
use serde_json::value::RawValue;

use super::error::Failure;
use super::query::{Filter, PER_PAGE_MAX, Pages, Query};
use super::request::Asked;
use super::{BASE_PATH, NAME, openapi, wire};
use crate::idempotency::Answered;
use crate::json;

/// Customers of a list whose client asked for no pages.
const NEWEST_MAX: usize = 1_000;
/// Rows of one read.
const READ_MAX: usize = 100;
/// Rows that are passed over in one go, on the way to a page far down.
const HOP: usize = 1_000;

/// Lists customers, newest first.
#[utoipa::path(
    get,
    path = "/api/customers",
    operation_id = "listCustomers",
    tag = "Customers",
    params(Filter, Pages),
    responses((status = 200, description = "Customers", body = openapi::Customers), openapi::Errors)
)]
pub(super) async fn list(Asked { app, scope, uri }: Asked) -> Result<Answered, Failure> {
    let Query { filter, pages } = Query::parse(uri.query().unwrap_or_default())?;
    let path = format!("{}/{NAME}{BASE_PATH}{}", app.public_url(), route(&uri));
    Ok(Answered::list(scope, in_time(answer(&app, scope, &path, &filter, pages)).await?))
}

/// The answer. A long one is made while its search has its turn, so that few are being made at a time.
async fn answer(
    app: &Arc<App>,
    scope: Scope,
    path: &str,
    filter: &Filter,
    pages: Option<(usize, usize)>,
) -> Result<Reply, Error> {
    let (before, count) = match pages {
        None => (0, NEWEST_MAX),
        Some((page, per_page)) => ((page - 1) * per_page, per_page),
    };
    let is_long = filter.name.is_some() || before >= HOP || count > SHORT;
    let mut turn = if is_long { Some(app.search(scope).await?) } else { None };
    // One more says whether there are more.
    let mut found = find(app, scope, filter, before, count + 1, &mut turn).await?;
    let has_more = found.len() > count;
    found.truncate(count);
    Ok(match pages {
        None => {
            // The pages of the most customers that there are begin where these end.
            let next = || format!("{path}?{}", filter.page(PER_PAGE_MAX, NEWEST_MAX / PER_PAGE_MAX + 1));
            wire::newest(&found, has_more.then(next))
        }
        Some((page, per_page)) => {
            let part = wire::Part { path, page, per_page, before, has_more };
            wire::page(&found, &part, |page| format!("{path}?{}", filter.page(per_page, page)))
        }
    })
}

/// The path below the base.
fn route(uri: &Uri) -> &str {
    uri.path().strip_prefix(BASE_PATH).unwrap_or_default()
}

/// Customers newest first: `skip` of those that the filter lets through are left out, and at most `want` are found.
async fn find(
    app: &Arc<App>,
    scope: Scope,
    filter: &Filter,
    skip: usize,
    want: usize,
    turn: &mut Option<Search<'_>>,
) -> Result<Vec<Box<RawValue>>, Error> {
    let walk = Walk { app, scope, turn, email: filter.email.as_deref(), before: None, passed: 0 };
    match &filter.name {
        None => walk.take(skip, want).await,
        Some(name) => walk.search(&name.to_lowercase(), skip, want).await,
    }
}

/// A way through customers, newest first, in reads of at most [`READ_MAX`] rows. Between them others get their turn,
/// and the deadline its chance.
struct Walk<'a, 's> {
    app: &'a Arc<App>,
    scope: Scope,
    /// None where it is short.
    turn: &'a mut Option<Search<'s>>,
    email: Option<&'a str>,
    /// The integer of the last row; none at the beginning.
    before: Option<i64>,
    /// How many rows of the e-mail address are behind.
    passed: usize,
}

impl Walk<'_, '_> {
    async fn take(mut self, mut skip: usize, want: usize) -> Result<Vec<Box<RawValue>>, Error> {
        while skip >= HOP {
            if self.next(HOP - 1, 1).await?.is_empty() {
                return Ok(Vec::new());
            }
            skip -= HOP;
        }
        let mut found = Vec::new();
        loop {
            let wanted = READ_MAX.min(want - found.len());
            let rows = self.next(std::mem::take(&mut skip), wanted).await?;
            let is_last = rows.len() < wanted;
            // What else is kept of them takes far more room, and is let go at once.
            for customer in &rows {
                found.push(json::listed(&wire::object(customer))?);
            }
            if is_last || found.len() == want {
                return Ok(found);
            }
        }
    }

    async fn search(mut self, name: &str, mut skip: usize, want: usize) -> Result<Vec<Box<RawValue>>, Error> {
        let mut found = Vec::new();
        loop {
            let rows = self.next(0, READ_MAX).await?;
            let is_last = rows.len() < READ_MAX;
            for customer in rows.into_iter().filter(|customer| is_named(customer, name)) {
                if skip > 0 {
                    skip -= 1;
                } else if found.len() < want {
                    found.push(json::listed(&wire::object(&customer))?);
                }
            }
            if is_last || found.len() == want {
                return Ok(found);
            }
        }
    }

    /// The next rows, `skip` of them left out.
    async fn next(&mut self, skip: usize, limit: usize) -> Result<Vec<Customer>, Error> {
        let (scope, before) = (self.scope, self.before);
        let rows = match self.email.map(str::to_owned) {
            None => {
                let (skip, limit) = (whole(skip), whole(limit));
                self.app.read(move |tx| customers::newest(tx, scope, before, limit, skip)).await?
            }
            Some(email) => {
                let (skip, limit) = (whole(self.passed + skip), whole(limit));
                self.app.read(move |tx| customers::with_email(tx, scope, &email, limit, skip)).await?
            }
        };
        self.before = rows.last().map(Customer::number).or(self.before);
        self.passed += skip + rows.len();
        match self.turn {
            Some(turn) => turn.give_way().await,
            None => tokio::task::yield_now().await,
        }
        Ok(rows)
    }
}

/// Whether the customer's name contains a text in lower case.
fn is_named(customer: &Customer, wanted: &str) -> bool {
    customer.details.name.as_ref().is_some_and(|name| text::contains(name.whole(), wanted))
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
