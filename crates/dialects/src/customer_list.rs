//! Lists of customers, newest first. No single read is long, because a read holds its thread: far pages and searches go on
//! from one read to the next, and give up after a while. What a list says of a customer is each vendor's own.

use std::sync::Arc;

use domain::customers::search::{self, Sought};
use domain::customers::{self, Customer};
use domain::idempotency::Reply;
use domain::searches::{SHORT, Search, in_time};
use domain::{App, Error, Scope};
use serde_json::value::RawValue;

/// Rows of one read.
const READ_MAX: usize = customers::PAGE_MAX as usize;
/// Rows that are passed over in one go, on the way to a page far down.
const HOP: usize = 1_000;

/// Which customers are wanted.
pub(crate) struct Wanted {
    /// With this e-mail address.
    pub(crate) email: Option<String>,
    /// With this text.
    pub(crate) sought: Option<Sought>,
    /// How many of them are left out.
    pub(crate) skip: usize,
    pub(crate) count: usize,
    /// Whether one more is wanted, which says that there are more.
    pub(crate) one_more: bool,
}

impl Wanted {
    fn most(&self) -> usize {
        self.count + usize::from(self.one_more)
    }
}

pub(crate) type Write = fn(&Customer) -> Result<Box<RawValue>, Error>;

/// Lists customers. A long answer is made while its search has its turn, so that few are being made at a time.
///
/// # Errors
/// [`Error::Busy`] when it takes too long.
pub(crate) async fn list(
    app: &Arc<App>,
    scope: Scope,
    wanted: Wanted,
    write: Write,
    reply: impl FnOnce(&[Box<RawValue>]) -> Reply,
) -> Result<Reply, Error> {
    in_time(async {
        let is_long = wanted.sought.is_some() || wanted.skip >= HOP || wanted.count > SHORT;
        let turn = if is_long { Some(app.search(scope).await?) } else { None };
        let mut walk = Walk { app, scope, turn, email: wanted.email.clone(), before: None, passed: 0 };
        let found = match &wanted.sought {
            Some(sought) if wanted.email.is_none() => walk.search(sought.clone(), &wanted, write).await?,
            Some(_) | None => walk.find(&wanted, write).await?,
        };
        Ok(reply(&found))
    })
    .await
}

/// A way through customers, in reads of at most [`READ_MAX`] rows. Between them others get their turn, and the deadline its
/// chance.
struct Walk<'a> {
    app: &'a Arc<App>,
    scope: Scope,
    /// None where it is short.
    turn: Option<Search<'a>>,
    email: Option<String>,
    /// The integer of the last row; none at the beginning.
    before: Option<i64>,
    /// How many rows of the e-mail address are behind.
    passed: usize,
}

impl Walk<'_> {
    async fn find(&mut self, wanted: &Wanted, write: Write) -> Result<Vec<Box<RawValue>>, Error> {
        let (mut skip, want) = (wanted.skip, wanted.most());
        let mut found = Vec::new();
        while wanted.sought.is_none() && skip >= HOP {
            if self.next(HOP - 1, 1).await?.is_empty() {
                return Ok(found);
            }
            skip -= HOP;
        }
        loop {
            // Where a text is looked for, only the rows that have it count.
            let (left_out, limit) = match wanted.sought {
                None => (std::mem::take(&mut skip), READ_MAX.min(want - found.len())),
                Some(_) => (0, READ_MAX),
            };
            let mut rows = self.next(left_out, limit).await?;
            let is_last = rows.len() < limit;
            rows.retain(|row| wanted.sought.as_ref().is_none_or(|sought| sought.is_in(row)));
            take(&rows, &mut skip, want, write, &mut found)?;
            if is_last || found.len() == want {
                return Ok(found);
            }
        }
    }

    async fn search(
        &mut self,
        sought: Sought,
        wanted: &Wanted,
        write: Write,
    ) -> Result<Vec<Box<RawValue>>, Error> {
        let (scope, mut skip, want) = (self.scope, wanted.skip, wanted.most());
        let mut found = Vec::new();
        loop {
            let (sought, before, still) = (sought.clone(), self.before, skip + want - found.len());
            let read = self.app.read(move |tx| search::search(tx, scope, &sought, before, still));
            let search::Part { customers, before } = read.await?;
            take(&customers, &mut skip, want, write, &mut found)?;
            if before.is_none() || found.len() == want {
                return Ok(found);
            }
            self.before = before;
            self.give_way().await;
        }
    }

    /// The next rows, `skip` of them left out.
    async fn next(&mut self, skip: usize, limit: usize) -> Result<Vec<Customer>, Error> {
        let (scope, before) = (self.scope, self.before);
        let rows = match self.email.clone() {
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
        self.give_way().await;
        Ok(rows)
    }

    async fn give_way(&mut self) {
        match &mut self.turn {
            Some(turn) => turn.give_way().await,
            None => tokio::task::yield_now().await,
        }
    }
}

/// Writes those of the rows that are wanted. What else is kept of a customer takes far more room, and is let go at once.
fn take(
    rows: &[Customer],
    skip: &mut usize,
    want: usize,
    write: Write,
    found: &mut Vec<Box<RawValue>>,
) -> Result<(), Error> {
    let passed = rows.len().min(*skip);
    *skip -= passed;
    for customer in rows[passed..].iter().take(want - found.len()) {
        found.push(write(customer)?);
    }
    Ok(())
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
