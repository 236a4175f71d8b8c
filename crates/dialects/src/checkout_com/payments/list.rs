//! The list of payments of one reference, newest first. A reference may have very many payments, and a read holds its
//! thread: so the list is made in short reads, and others have their turn between them.

use std::sync::Arc;

use axum::extract::{Request, State};
use domain::idempotency::Reply;
use domain::payments::OfReference;
use domain::searches::{Search, in_time};
use domain::{App, Error, Scope, Tx};
use serde_json::value::RawValue;

use super::answer;
use crate::checkout_com::auth::Access;
use crate::checkout_com::error::Failure;
use crate::checkout_com::fields::{Fields, Kind, number};
use crate::checkout_com::request::Entered;
use crate::checkout_com::{openapi, percent, units};
use crate::declare::{Shape, declare};
use crate::idempotency::Answered;

/// Payments of a page of a list.
const LIMIT_MAX: i64 = 100;
const LIMIT_DEFAULT: i64 = 10;
const SKIP_MAX: i64 = u32::MAX as i64;
/// Payments of one read.
const READ_MAX: i64 = 10;
/// Payments that are passed over in one read.
const PASS_MAX: i64 = 2_000;

declare! {
    pub(super) query PaymentsWanted from Fields {
        /// A plus sign is a space, or itself where no payment has the reference with a space.
        reference: String = required REFERENCE,
        /// 10 where it is left out.
        limit: Option<i64> = optional LIMIT => seen "10 where it is left out; at most 100 by our choice",
        skip: Option<i64> = optional SKIP,
    }
}

const REFERENCE: Kind<String> =
    Kind::new(Shape { min: Some(1), ..Shape::TEXT }, "reference_required", |sent| {
        sent.right(Some(sent.text()?).filter(|text| !text.is_empty() && !text.contains('\0')))
    });
const LIMIT: Kind<i64> = number(1, LIMIT_MAX, "limit_invalid");
const SKIP: Kind<i64> = number(0, SKIP_MAX, "skip_invalid");

/// Lists the payments of a reference, newest first.
#[utoipa::path(
    get,
    path = "/payments",
    operation_id = "listPayments",
    tag = "Payments",
    params(PaymentsWanted),
    responses((status = 200, description = "Payments", body = answer::ListObject), openapi::Errors),
    security(("secret_key" = []), ("oauth" = ["gateway:payment-details"]))
)]
pub(super) async fn list(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let entered = Entered::to_read(request, app, Access::PaymentDetails).await?;
    let pairs = percent::form(query.as_bytes()).ok_or_else(|| Failure::invalid(vec!["parameter_invalid"]))?;
    let fields = Fields::of_query(pairs, entered.app.now());
    let PaymentsWanted { reference, limit, skip } = fields.read_first(PaymentsWanted::read)?;
    // Some clients write a space as a plus sign, and some write a query as it is.
    let plain = percent::form(query.replace('+', "%2B").as_bytes()).unwrap_or_default();
    let plain = plain.into_iter().rev().find(|(name, _)| name == "reference").map(|(_, text)| text);
    let other = plain.filter(|text| *text != reference);
    let (limit, skip) = (limit.unwrap_or(LIMIT_DEFAULT), skip.unwrap_or(0));
    let scope = entered.caller.scope;
    let found = in_time(async {
        let app = &entered.app;
        match (find(app, scope, reference, limit, skip).await?, other) {
            ((0, ..), Some(other)) => find(app, scope, other, limit, skip).await,
            (found, _) => Ok(found),
        }
    });
    let (_, reply, rounded) = found.await?;
    units::tell(rounded);
    Ok(Answered::list(scope, reply))
}

/// How many payments there are; the answer, with those that are wanted; and whether an amount in it is rounded. It is made
/// while the search has its turn, so that few are being made at a time.
async fn find(
    app: &Arc<App>,
    scope: Scope,
    reference: String,
    limit: i64,
    skip: i64,
) -> Result<(i64, Reply, bool), Error> {
    let turn = app.search(scope).await?;
    let mut walk = Walk { app, turn, way: OfReference::new(scope, reference), rounded: false };
    let before = walk.pass(skip).await?;
    let found = walk.take(limit).await?;
    let after = walk.pass(i64::MAX).await?;
    let total = before + found.len() as i64 + after;
    Ok((total, answer::list(limit, skip, total, found), walk.rounded))
}

struct Walk<'a> {
    app: &'a Arc<App>,
    turn: Search<'a>,
    way: OfReference,
    /// Whether an amount of what was taken is rounded.
    rounded: bool,
}

impl Walk<'_> {
    /// Passes so many payments, or all that there are, and says how many there were.
    async fn pass(&mut self, count: i64) -> Result<i64, Error> {
        let mut passed = 0;
        while passed < count {
            let most = PASS_MAX.min(count - passed);
            let came = self.step(move |tx, _, way| way.pass(tx, most)).await?;
            passed += came;
            if came < most {
                break;
            }
        }
        Ok(passed)
    }

    /// Takes so many payments, or all that there are.
    async fn take(&mut self, count: i64) -> Result<Vec<Box<RawValue>>, Error> {
        let (mut taken, mut rest) = (Vec::new(), count);
        while rest > 0 {
            let most = READ_MAX.min(rest);
            let came = self.step(move |tx, app, way| {
                let payments = way.read(tx, most)?;
                let listed = payments.iter().map(|payment| answer::listed(tx, app, payment));
                Ok((listed.collect::<Result<Vec<_>, _>>()?, payments.iter().any(units::rounds)))
            });
            let (came, rounded) = came.await?;
            self.rounded |= rounded;
            let is_last = (came.len() as i64) < most;
            taken.extend(came);
            rest -= most;
            if is_last {
                break;
            }
        }
        Ok(taken)
    }

    /// One read, after which others have their turn.
    async fn step<T: Send + 'static>(
        &mut self,
        read: impl Fn(&mut Tx<'_>, &App, &mut OfReference) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (app, way) = (Arc::clone(self.app), self.way.clone());
        let found = self.app.read(move |tx| {
            let mut way = way.clone();
            let found = read(tx, &app, &mut way)?;
            Ok((found, way))
        });
        let (found, way) = found.await?;
        self.way = way;
        self.turn.give_way().await;
        Ok(found)
    }
}
