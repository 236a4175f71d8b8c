//! Limits on what buyers try on pages, so that nobody checks stolen cards there: attempts on a checkout, attempts from
//! an address, declines of a card, and declined cards on a customer's page.
//!
//! Everything is counted for each merchant and mode in the database, so it holds for all servers and after a restart. An
//! address and a card stand there under a keyed code, and only until their time is over. Charges by a merchant's own
//! server are not counted.

use std::sync::Arc;
use std::time::Duration;

use db::Tx;
use vault::CardNumber;

use crate::app::App;
use crate::kernel::caller::{ClientAddress, Scope};
use crate::kernel::error::Error;
use crate::kernel::id::ActionId;
use crate::kernel::time::Time;
use crate::keys::MerchantKeys;
use crate::payments::actions;
use crate::payments::{Action, Payment};
use crate::records::customers::Customer;
use crate::records::overdue;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// Counts whose time is over.
const OVERDUE: &str = "select id from attempts where ends_at <= $1 order by ends_at limit";

statements! {
    // Changes nothing where the limit is reached, so that of two at once only one is the last.
    COUNT = "insert into attempts (merchant, mode, kind, subject, tried, ends_at) values ($1, $2, $3, $4, 1, $5)
        on conflict (merchant, mode, kind, subject) do update
        set tried = case when attempts.ends_at <= $6 then 1 else attempts.tried + 1 end,
            ends_at = case when attempts.ends_at <= $6 then excluded.ends_at else attempts.ends_at end
        where attempts.ends_at <= $6 or attempts.tried < $7";
    ENDS_AT = "select ends_at from attempts where merchant = $1 and mode = $2 and kind = $3 and subject = $4";
    GIVE_BACK = "update attempts set tried = tried - 1
        where merchant = $1 and mode = $2 and kind = $3 and subject = $4 and tried > 0";
    GIVE_BACK_CARD = "update attempts set tried = tried - 1
        where merchant = $1 and mode = $2 and kind = 'card' and tried > 0
        and subject = (select counted_card from actions where id = $3)";
    OVER = OVERDUE, "1";
    FORGET = "delete from attempts where id in (", OVERDUE, "$2)";
}

/// What can be tried too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Attempts on one checkout, as long as it is there.
    Checkout,
    /// Attempts from one address.
    Address,
    /// Declines of one card. An attempt counts as one until it is known to be none.
    Card,
    /// Declined cards on one customer's page, counted likewise.
    Customer,
}

impl Limit {
    /// How often, and within which time.
    const fn most(self) -> (i64, Duration) {
        match self {
            Self::Checkout => (5, HOUR),
            Self::Address => (10, MINUTE),
            Self::Card => (5, HOUR),
            Self::Customer => (10, HOUR),
        }
    }

    /// Why an attempt was refused, for the operator's log.
    pub const fn why(self) -> &'static str {
        match self {
            Self::Checkout => "too many attempts on one checkout",
            Self::Address => "too many attempts from one address",
            Self::Card => "too many declines of one card",
            Self::Customer => "too many declined cards on one customer's page",
        }
    }
}

db::words! {
    Limit {
        Checkout = "checkout",
        Address = "address",
        Card = "card",
        Customer = "customer",
    }
}

/// Why an attempt was not begun. Nothing of it is kept.
#[derive(Debug)]
pub enum Refused {
    /// A limit is reached.
    TooMany {
        /// Which one.
        limit: Limit,
        /// When it may be tried again.
        wait: Duration,
    },
    /// Something else is in the way.
    Error(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<db::Error> for Refused {
    fn from(error: db::Error) -> Self {
        Self::Error(error.into())
    }
}

/// Who tries which card, in the codes that are counted.
#[derive(Clone)]
pub struct Counted {
    address: [u8; 32],
    card: [u8; 32],
}

impl Counted {
    /// None where the mode has no limits.
    pub fn of(
        app: &App,
        scope: Scope,
        keys: &MerchantKeys,
        address: ClientAddress,
        number: &CardNumber,
    ) -> Option<Self> {
        app.limits_attempts(scope.mode).then(|| Self {
            address: vault::mac(&keys.attempts, &[b"address", address.network().to_string().as_bytes()]),
            card: vault::card_code(&keys.attempts, number),
        })
    }

    /// The same before a unit of work, for a card that was typed.
    pub async fn of_typed(
        app: &Arc<App>,
        scope: Scope,
        address: ClientAddress,
        number: &CardNumber,
    ) -> Result<Option<Self>, Error> {
        if !app.limits_attempts(scope.mode) {
            return Ok(None);
        }
        let keys = app.merchant_keys(scope).await?;
        Ok(Self::of(app, scope, &keys, address, number))
    }
}

/// Counts an attempt that this unit of work has begun on a checkout; one that is refused is undone with it.
///
/// # Errors
/// [`Refused::TooMany`] when a limit is reached.
pub fn count(
    tx: &mut Tx<'_>,
    payment: &Payment,
    action: ActionId,
    counted: &Counted,
    now: Time,
) -> Result<(), Refused> {
    let (most, wait) = Limit::Checkout.most();
    if actions::tried(tx, payment)? > most {
        return Err(Refused::TooMany { limit: Limit::Checkout, wait });
    }
    count_one(tx, payment.scope, Limit::Address, &counted.address, now)?;
    count_one(tx, payment.scope, Limit::Card, &counted.card, now)?;
    actions::note_card(tx, action, &counted.card)?;
    Ok(())
}

/// Whether nobody can try to pay on a checkout any more.
pub fn is_used_up(tx: &mut Tx<'_>, app: &App, payment: &Payment) -> Result<bool, Error> {
    Ok(app.limits_attempts(payment.scope.mode) && actions::tried(tx, payment)? >= Limit::Checkout.most().0)
}

/// Says that the attempt on a checkout was no decline. Before the action is settled, which forgets the card.
pub(crate) fn was_no_decline(tx: &mut Tx<'_>, scope: Scope, action: &Action) -> Result<(), Error> {
    let values = [scope.merchant.into(), scope.mode.into(), action.key.into()];
    tx.send(&GIVE_BACK_CARD, &values)?;
    Ok(())
}

/// Counts a card that this unit of work begins to check on a customer's page.
pub(crate) fn count_check(
    tx: &mut Tx<'_>,
    scope: Scope,
    keys: &MerchantKeys,
    customer: &Customer,
    counted: &Counted,
    now: Time,
) -> Result<(), Refused> {
    count_one(tx, scope, Limit::Address, &counted.address, now)?;
    count_one(tx, scope, Limit::Card, &counted.card, now)?;
    count_one(tx, scope, Limit::Customer, &customer_code(keys, customer), now)
}

/// Says that the card was not declined.
pub(crate) fn check_was_no_decline(
    tx: &mut Tx<'_>,
    scope: Scope,
    keys: &MerchantKeys,
    customer: &Customer,
    counted: &Counted,
) -> Result<(), Error> {
    for (limit, code) in [(Limit::Card, counted.card), (Limit::Customer, customer_code(keys, customer))] {
        let [merchant, mode] = [scope.merchant.into(), scope.mode.into()];
        tx.send(&GIVE_BACK, &[merchant, mode, limit.into(), (&code).into()])?;
    }
    Ok(())
}

fn customer_code(keys: &MerchantKeys, customer: &Customer) -> [u8; 32] {
    vault::mac(&keys.attempts, &[b"customer", customer.id.bytes()])
}

fn count_one(tx: &mut Tx<'_>, scope: Scope, limit: Limit, code: &[u8; 32], now: Time) -> Result<(), Refused> {
    let (most, within) = limit.most();
    let named = [scope.merchant.into(), scope.mode.into(), limit.into(), code.into()];
    let [merchant, mode, kind, subject] = named;
    let values = [merchant, mode, kind, subject, now.after(within).into(), now.into(), most.into()];
    if tx.execute(&COUNT, &values)? > 0 {
        return Ok(());
    }
    let ends_at = tx.optional(&ENDS_AT, &named)?.unwrap_or(now);
    Err(Refused::TooMany { limit, wait: now.until(ends_at) })
}

/// Whether [`forget`] would find anything.
pub fn is_anything_over(tx: &mut Tx<'_>, now: Time) -> Result<bool, Error> {
    overdue::is_any(tx, &OVER, now)
}

/// Forgets counts whose time is over, oldest first, a batch at a time.
pub fn forget(tx: &mut Tx<'_>, now: Time) -> Result<(), Error> {
    overdue::end(tx, &FORGET, now)
}
