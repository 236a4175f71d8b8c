//! The list of payments of one reference, newest first. A reference may have very many payments, and a read holds its
//! thread: so the list is made in short reads, and others have their turn between them.

use std::sync::Arc;

use axum::extract::{Request, State};
use domain::payments::OfReference;
use domain::searches::{Search, in_time};
use domain::{App, Error, Scope, Tx};
use serde_json::value::RawValue;

use super::{answer, schema};
use crate::checkout_com::auth::Access;
use crate::checkout_com::error::Failure;
use crate::checkout_com::request::Entered;
use crate::checkout_com::{openapi, percent};
use crate::idempotency::Answered;

/// Payments of a page of a list.
const LIMIT_MAX: i64 = 100;
const LIMIT_DEFAULT: i64 = 10;
/// Payments of one read.
const READ_MAX: i64 = 10;
/// Payments that are passed over in one read.
const PASS_MAX: i64 = 2_000;

/// Lists the payments of a reference, newest first.
#[utoipa::path(
    get,
    // fidelity: documented
    path = "/payments",
    operation_id = "listPayments",
    tag = "Payments",
    params(schema::PaymentsWanted),
    responses((status = 200, description = "Payments", body = answer::ListObject), openapi::Errors),
    security(("secret_key" = []), ("oauth" = ["gateway:payment-details"]))
)]
pub(super) async fn list(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let entered = Entered::to_read(request, app, Access::PaymentDetails).await?;
    let wanted = wanted(&query)?;
    let (limit, skip) = (wanted.limit, wanted.skip);
    let (total_count, data) = in_time(find(&entered.app, entered.caller.scope, wanted)).await?;
    Ok(Answered::first(answer::list(limit, skip, total_count, data)))
}

/// How many payments there are, and those that are wanted.
async fn find(
    app: &Arc<App>,
    scope: Scope,
    Wanted { reference, limit, skip }: Wanted,
) -> Result<(i64, Vec<Box<RawValue>>), Error> {
    let turn = app.search(scope).await?;
    let mut walk = Walk { app, turn, way: OfReference::new(scope, reference) };
    let before = walk.pass(skip).await?;
    let found = walk.take(limit).await?;
    let after = walk.pass(i64::MAX).await?;
    Ok((before + found.len() as i64 + after, found))
}

struct Walk<'a> {
    app: &'a Arc<App>,
    turn: Search<'a>,
    way: OfReference,
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
                payments.iter().map(|payment| answer::listed(tx, app, payment)).collect::<Result<Vec<_>, _>>()
            });
            let came = came.await?;
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

/// What a list is asked for.
struct Wanted {
    reference: String,
    limit: i64,
    skip: i64,
}

fn wanted(query: &str) -> Result<Wanted, Failure> {
    let wrong = || Failure::invalid(vec!["parameter_invalid"]);
    let pairs = percent::form(query.as_bytes()).ok_or_else(wrong)?;
    let get = |name: &str| pairs.iter().rfind(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let number = |name, default, least, most| {
        let number = get(name).map_or(Ok(default), str::parse::<i64>).map_err(|_| wrong())?;
        if (least..=most).contains(&number) { Ok(number) } else { Err(wrong()) }
    };
    // fidelity: documented – required
    let reference = get("reference").filter(|text| !text.is_empty() && !text.contains('\0'));
    let reference = reference.ok_or_else(|| Failure::invalid(vec!["reference_required"]))?;
    Ok(Wanted {
        reference: reference.to_owned(),
        // fidelity: seen – 10 where it is left out; at most 100 by our choice
        limit: number("limit", LIMIT_DEFAULT, 1, LIMIT_MAX)?,
        // fidelity: documented
        skip: number("skip", 0, 0, i64::from(u32::MAX))?,
    })
}
