//! Lists of customers. No single read is long, because a read holds its thread: far pages and searches go on from one
//! read to the next, and give up after a while.

use std::sync::Arc;

use domain::customers::{self, Customer, PAGE_MAX};
use domain::idempotency::Reply;
use domain::searches::{SHORT, Search, in_time};
use domain::{App, Error, Scope, text};

use super::query::Page;
use super::wire;

/// Rows that one read leaves out.
const STRIDE: i64 = 10_000;

/// Which customers are wanted.
pub(super) struct Wanted {
    /// With this e-mail address.
    pub(super) email: Option<String>,
    /// With this text in name, e-mail address or phone.
    pub(super) text: Option<String>,
}

/// A page of customers, newest first. A long one is made while its search has its turn, so that few are being made at a
/// time.
///
/// # Errors
/// [`Error::Busy`] when it takes too long.
pub(super) async fn page(app: &Arc<App>, scope: Scope, wanted: Wanted, page: Page) -> Result<Reply, Error> {
    let Page { limit, skip } = page;
    let is_short = skip <= STRIDE && limit <= SHORT as i64;
    let found = match wanted {
        Wanted { email: Some(email), text: None } if is_short => {
            app.read(move |tx| customers::with_email(tx, scope, &email, limit, skip)).await?
        }
        Wanted { email: None, text: None } if is_short => {
            app.read(move |tx| customers::newest(tx, scope, None, limit, skip)).await?
        }
        wanted => return in_time(long(app, scope, wanted, page)).await,
    };
    Ok(wire::customers(&found))
}

/// What takes more than one read.
async fn long(app: &App, scope: Scope, wanted: Wanted, page: Page) -> Result<Reply, Error> {
    let mut turn = app.search(scope).await?;
    let found = match wanted {
        Wanted { email, text: Some(text) } => {
            search(app, scope, email, &text.to_lowercase(), page, &mut turn).await?
        }
        Wanted { email: Some(email), text: None } => {
            let Page { limit, skip } = page;
            app.read(move |tx| customers::with_email(tx, scope, &email, limit, skip)).await?
        }
        Wanted { email: None, text: None } => far(app, scope, page, &mut turn).await?,
    };
    Ok(wire::customers(&found))
}

/// Strides over the rows that are left out.
async fn far(app: &App, scope: Scope, page: Page, turn: &mut Search<'_>) -> Result<Vec<Customer>, Error> {
    let (mut before, mut skip) = (None, page.skip);
    while skip >= STRIDE {
        let last = app.read(move |tx| customers::newest(tx, scope, before, 1, STRIDE - 1)).await?;
        let Some(last) = last.first() else { return Ok(Vec::new()) };
        before = Some(last.number());
        skip -= STRIDE;
        turn.give_way().await;
    }
    app.read(move |tx| customers::newest(tx, scope, before, page.limit, skip)).await
}

/// Looks through all customers, or those with an e-mail address, for a text in lower case.
async fn search(
    app: &App,
    scope: Scope,
    email: Option<String>,
    text: &str,
    page: Page,
    turn: &mut Search<'_>,
) -> Result<Vec<Customer>, Error> {
    let limit = usize::try_from(page.limit).unwrap_or_default();
    let mut skip = page.skip;
    let mut found = Vec::new();
    let (mut before, mut read) = (None, 0);
    loop {
        let email = email.clone();
        let rows = app.read(move |tx| match &email {
            Some(email) => customers::with_email(tx, scope, email, PAGE_MAX, read),
            None => customers::newest(tx, scope, before, PAGE_MAX, 0),
        });
        let rows = rows.await?;
        before = rows.last().map(Customer::number);
        read += PAGE_MAX;
        let is_last = i64::try_from(rows.len()).is_ok_and(|count| count < PAGE_MAX);
        for customer in rows.into_iter().filter(|customer| holds(customer, text)) {
            if skip > 0 {
                skip -= 1;
            } else {
                found.push(customer);
            }
            if found.len() == limit {
                return Ok(found);
            }
        }
        if is_last {
            return Ok(found);
        }
        turn.give_way().await;
    }
}

fn holds(customer: &Customer, wanted: &str) -> bool {
    let details = &customer.details;
    let has = |field: &str| text::contains(field, wanted);
    details.name.as_ref().is_some_and(|name| has(name.whole()))
        || details.email.as_ref().is_some_and(|email| has(email.as_str()))
        || details.phone.as_ref().is_some_and(|phone| has(&phone.text()))
}
