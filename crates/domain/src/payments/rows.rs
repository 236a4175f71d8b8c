//! The rows of payments, read. What is written there, `store` writes.

use db::{FromRow, Row, Tx, Value};

use crate::kernel::caller::Scope;
use crate::kernel::error::{Error, Missing};
use crate::kernel::id::Id;
use crate::payments::state::{Balances, Ended, Status};
use crate::payments::{ChargedCard, Page, Payment, State};

statements! {
    BY_ID = Payment::SELECT, "where p.merchant = $1 and p.mode = $2 and p.public_id = $3";
    BY_KEY = Payment::SELECT, "where p.id = $1";
    BY_REFERENCE = Payment::SELECT, "where p.merchant = $1 and p.mode = $2 and p.reference = $3
        and p.id < $4 order by p.id desc limit $5";
    NEWEST = Payment::SELECT, "where p.id < $1 order by p.id desc limit $2";
    IDS_BY_REFERENCE = "select id from payments where merchant = $1 and mode = $2 and reference = $3 and id < $4
        order by id desc limit $5";
}

// What it says of people is not said any more once its customer is deleted, or a card whose customer it does not have,
// though it stands there until `traces` comes by.
db::row! {
    Payment from "payments p left join customers c on c.id = p.customer left join instruments i on i.id = p.instrument
        left join customers o on o.id = i.customer" {
        key: "p.id", version: "p.version", sequence: "p.sequence", scope: "p.merchant, p.mode", id: "p.public_id",
        customer: "case when c.deleted_at is null then c.public_id end",
        customer_key: "case when c.deleted_at is null then c.id end", customer_named: "p.customer_named", api: "p.api",
        money: "p.amount, p.currency",
        state: "p.state, p.authorizing, p.authorized, p.raised, p.raising, p.raises, p.captured, p.capturing, p.voided, p.voiding,
            p.refunded, p.refunding",
        captures_itself: "p.captures_itself", may_grow: "p.may_grow", description: "p.description", reference: "p.reference",
        metadata: "p.metadata",
        extras: "case when c.deleted_at is not null
            or coalesce(i.deleted_at, o.deleted_at) is not null and i.customer <> coalesce(p.customer, 0) then null else p.extras end",
        is_forgotten: "cast(case when p.forgot = 1 or c.deleted_at is not null
            or coalesce(i.deleted_at, o.deleted_at) is not null and i.customer <> coalesce(p.customer, 0)
            then 1 else 0 end as bigint)",
        page: "p.page_return_url, p.page_cancel_url, p.page_failure_url, p.page_framed, p.page_offers_saving,
            p.page_asks_code, p.page_authenticates, p.page_expires_at" => Row::optional::<8, _>,
        automatic: "p.automatic", instrument: "case when coalesce(i.deleted_at, o.deleted_at) is null then i.public_id end",
        last_decline: "p.last_decline",
        card: "p.card_brand, p.card_last_four" => Row::optional::<2, _>,
        charged: "case when c.deleted_at is not null
            or coalesce(i.deleted_at, o.deleted_at) is not null and i.customer <> coalesce(p.customer, 0) then null else p.card_first_six end,
            p.card_expiry_year, p.card_expiry_month, p.card_fingerprint, p.card_code_sent,
            p.card_holder" => Row::optional::<6, _>,
        capture_at: "p.capture_at", authorized_at: "p.authorized_at", lapses_at: "p.lapses_at",
        created_at: "p.created_at", changed_at: "p.changed_at",
    }
}

/// Reads a payment.
pub fn get(tx: &mut Tx<'_>, scope: Scope, id: Id<Payment>) -> Result<Payment, Error> {
    let values = [scope.merchant.into(), scope.mode.into(), (&id).into()];
    tx.optional(&BY_ID, &values)?.ok_or(Error::NotFound(Missing::Payment))
}

/// Reads the payment of a row.
pub(crate) fn by_key(tx: &mut Tx<'_>, key: i64) -> Result<Payment, Error> {
    read_key(tx, key)?.ok_or(Error::NotFound(Missing::Payment))
}

/// The same, if there is one.
pub(crate) fn read_key(tx: &mut Tx<'_>, key: i64) -> Result<Option<Payment>, db::Error> {
    tx.optional(&BY_KEY, &[key.into()])
}

/// A way through the payments of one reference, newest first. It goes on from where it is, so that no part of it is long.
#[derive(Debug, Clone)]
pub struct OfReference {
    scope: Scope,
    reference: String,
    /// The last row that is behind.
    before: i64,
}

impl OfReference {
    /// A way that begins at the newest.
    pub const fn new(scope: Scope, reference: String) -> Self {
        Self { scope, reference, before: i64::MAX }
    }

    /// Reads the next payments, at most `most`.
    pub fn read(&mut self, tx: &mut Tx<'_>, most: i64) -> Result<Vec<Payment>, Error> {
        let payments = tx.all::<Payment>(&BY_REFERENCE, &self.next(most))?;
        self.before = payments.last().map_or(self.before, |payment| payment.key);
        Ok(payments)
    }

    /// Passes the next payments, at most `most`, and says how many there were.
    pub fn pass(&mut self, tx: &mut Tx<'_>, most: i64) -> Result<i64, Error> {
        let passed = tx.all::<i64>(&IDS_BY_REFERENCE, &self.next(most))?;
        self.before = passed.last().copied().unwrap_or(self.before);
        Ok(passed.len() as i64)
    }

    fn next(&self, most: i64) -> [Value<'_>; 5] {
        let Self { scope, reference, before } = self;
        [scope.merchant.into(), scope.mode.into(), reference.into(), (*before).into(), most.into()]
    }
}

/// Where a payment stands among all of the installation.
#[derive(Debug, Clone, Copy)]
pub struct Place(i64);

impl Payment {
    /// Where it stands among all of the installation.
    pub const fn place(&self) -> Place {
        Place(self.key)
    }
}

/// Payments of the whole installation, newest first, for the one who runs it: those behind a place, at most so many.
pub fn newest(tx: &mut Tx<'_>, behind: Option<Place>, most: i64) -> Result<Vec<Payment>, Error> {
    let Place(key) = behind.unwrap_or(Place(i64::MAX));
    Ok(tx.all(&NEWEST, &[key.into(), most.into()])?)
}

impl FromRow for State {
    fn from_row(row: &mut Row<'_>) -> Result<Self, db::Error> {
        let (status, authorizing, sums): (Status, _, _) = row.read()?;
        let state = match status {
            Status::Pending => Self::Open { tried: false, authorizing },
            Status::Retryable => Self::Open { tried: true, authorizing },
            Status::Declined => Self::Ended(Ended::Declined),
            Status::Canceled => Self::Ended(Ended::Canceled),
            Status::Expired => Self::Ended(Ended::Expired),
            Status::Verified => Self::Ended(Ended::Verified),
            Status::Authorized
            | Status::PartiallyCaptured
            | Status::Captured
            | Status::Voided
            | Status::PartiallyRefunded
            | Status::Refunded => Self::Approved(sums),
        };
        if state.status() == status {
            Ok(state)
        } else {
            Err(db::Error::Defect(format!("{} is not what the sums say", status.as_str())))
        }
    }
}

db::row! { Balances { authorized, raised, raising, raises, captured, capturing, voided, voiding, refunded, refunding } }
db::row! {
    Page { return_url, cancel_url, failure_url, framed, offers_saving, asks_code, authenticates, expires_at }
}
db::row! { ChargedCard { first_six, expiry, fingerprint, code_sent, holder } }
