//! A card that a customer types on the own page: checked with the acquirer once for each form, then saved.
//!
//! The form is claimed before the acquirer is asked, and what becomes of it is kept for a day: a double click and a
//! reload get the same answer and check nothing.

use std::sync::Arc;
use std::time::Duration;

use db::Tx;

use crate::acquiring::{Card, Decline};
use crate::app::App;
use crate::kernel::caller::{ClientAddress, Scope};
use crate::kernel::error::{Error, Missing, Why};
use crate::kernel::id::CustomerKey;
use crate::kernel::task;
use crate::kernel::time::Time;
use crate::keys::MerchantKeys;
use crate::payments::attempts::{self, Counted, Refused};
use crate::payments::settle;
use crate::records::customers::{self, Customer};
use crate::records::instruments::{MakeDefault, Saved, SealedCard, save};
use crate::records::overdue;

/// How long a form is remembered.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// Forms whose time is over.
const OVERDUE: &str = "select id from card_forms where created_at <= $1 order by created_at limit";
/// How long a check may be under way: a little longer than the acquirer may take. After that it was lost.
const WITHIN: Duration = Duration::from_secs(30);
/// How often somebody who sent the form again looks whether there is an outcome.
const LOOK_EVERY: Duration = Duration::from_millis(200);

statements! {
    CLAIM = "insert into card_forms (customer, form, created_at) values ($1, $2, $3)
        on conflict (customer, form) do nothing";
    FIND = "select outcome, created_at from card_forms where customer = $1 and form = $2";
    SETTLE = "update card_forms set outcome = $3 where customer = $1 and form = $2";
    FORGET_CUSTOMER = "delete from card_forms where customer = $1 and id <= $2";
    OVER = OVERDUE, "1";
    FORGET = "delete from card_forms where id in (", OVERDUE, "$2)";
}

/// What became of a card that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It is saved.
    Saved(Saved),
    /// The customer has as many cards as there may be.
    Full,
    /// It was refused, or its check was lost.
    Declined(Decline),
}

impl Checked {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Saved(Saved::Added) => "added",
            Self::Saved(Saved::Updated) => "updated",
            Self::Full => "full",
            Self::Declined(decline) => decline.as_str(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let plain = [Self::Saved(Saved::Added), Self::Saved(Saved::Updated), Self::Full];
        let known = plain.into_iter().find(|known| known.as_str() == text);
        known.or_else(|| Decline::parse(text).map(Self::Declined))
    }
}

db::stored_as_text! { Checked, as_str }

/// Checks a card and saves it for the customer whose page's link this is, once for each form. A link that is renewed while
/// the acquirer is asked saves nothing.
///
/// # Errors
/// [`Refused::TooMany`] when a limit is reached; nothing was checked then.
pub async fn check_and_save(
    app: &Arc<App>,
    link: String,
    form: [u8; 16],
    card: Card,
    address: ClientAddress,
) -> Result<Checked, Refused> {
    // In a task of its own, so that a client that goes away leaves no form without an outcome.
    let inside = Arc::clone(app);
    task::to_its_end("the check of a card", async move { once(&inside, link, form, card, address).await })
        .await
}

async fn once(
    app: &Arc<App>,
    link: String,
    form: [u8; 16],
    card: Card,
    address: ClientAddress,
) -> Result<Checked, Refused> {
    let (inside, text) = (Arc::clone(app), link.clone());
    let (scope, customer) = app.read(move |tx| customers::of_link(tx, &inside, &text)).await?;
    app.acquirer(scope.mode)?;
    let keys = app.merchant_keys(scope).await?;
    let counted = Counted::of(app, scope, &keys, address, &card.number);
    let drawn = app.draw();
    let sealed = SealedCard::seal(&keys, scope, Some(&customer), &card.number, card.expiry, &drawn);
    let begun = {
        let (inside, keys, counted, now) = (Arc::clone(app), Arc::clone(&keys), counted.clone(), drawn.now);
        let text = link.clone();
        app.try_write(move |tx| {
            let (scope, customer) = customers::of_link(tx, &inside, &text)?;
            let claimed = tx.execute(&CLAIM, &[customer.key.into(), (&form).into(), now.into()])? > 0;
            if let Some(counted) = counted.as_ref().filter(|_| claimed) {
                attempts::count_check(tx, scope, &keys, &customer, counted, now)?;
            }
            Ok::<_, Refused>(claimed)
        })
    };
    if !begun.await? {
        return Ok(outcome_of(app, customer.key, form).await?);
    }
    let verified = settle::verify(app, scope.mode, card).await;
    let end = End { scope, customer, keys, counted, form };
    if let Err(Error::Declined(decline)) = verified {
        return Ok(app.write(move |tx| end.settle(tx, Checked::Declined(decline))).await?);
    }
    verified?;
    let (approved, inside) = (end.clone(), Arc::clone(app));
    let saved = app.write(move |tx| {
        let customer = customers::get(tx, scope, approved.customer.id)?;
        let (_, saved) = save(tx, &approved.keys, Some(&customer), &sealed, MakeDefault::IfNone, &drawn)?;
        // Looked at once the customer's turn was taken, so that it is renewed before this or after the commit.
        customers::of_link(tx, &inside, &link)?;
        approved.settle(tx, Checked::Saved(saved))
    });
    match saved.await {
        // There are as many cards as there may be.
        Err(Error::Invalid { why: Why::NoRoom(_), .. }) => {
            Ok(app.write(move |tx| end.settle(tx, Checked::Full)).await?)
        }
        saved => Ok(saved?),
    }
}

/// What the end of a check needs to know.
#[derive(Clone)]
struct End {
    scope: Scope,
    customer: Customer,
    keys: Arc<MerchantKeys>,
    counted: Option<Counted>,
    form: [u8; 16],
}

impl End {
    fn settle(&self, tx: &mut Tx<'_>, checked: Checked) -> Result<Checked, Error> {
        let Self { scope, customer, keys, counted, form } = self;
        tx.send(&SETTLE, &[customer.key.into(), form.into(), checked.into()])?;
        match (checked, counted) {
            (Checked::Saved(_) | Checked::Full, Some(counted)) => {
                attempts::check_was_no_decline(tx, *scope, keys, customer, counted)?;
            }
            (Checked::Declined(_), _) | (_, None) => {}
        }
        Ok(checked)
    }
}

/// The outcome of a form that was sent before; waited for while its card is checked.
async fn outcome_of(app: &Arc<App>, customer: i64, form: [u8; 16]) -> Result<Checked, Error> {
    loop {
        let found = app
            .read(move |tx| {
                Ok(tx.optional::<(Option<Checked>, Time)>(&FIND, &[customer.into(), (&form).into()])?)
            })
            .await?;
        // The form goes with its customer.
        let (outcome, begun_at) = found.ok_or(Error::NotFound(Missing::Page))?;
        match outcome {
            Some(outcome) => return Ok(outcome),
            None if begun_at.until(app.now()) >= WITHIN => {
                return Ok(Checked::Declined(Decline::ProcessingError));
            }
            None => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

/// Forgets a deleted customer's forms up to a row key.
pub(crate) fn forget_customer(tx: &mut Tx<'_>, customer: CustomerKey, last: i64) -> Result<(), Error> {
    tx.send(&FORGET_CUSTOMER, &[customer.into(), last.into()])?;
    Ok(())
}

/// Whether [`forget`] would find anything.
pub fn is_anything_over(tx: &mut Tx<'_>, now: Time) -> Result<bool, Error> {
    overdue::is_any(tx, &OVER, now.before(LIFE))
}

/// Forgets forms whose time is over, oldest first, a batch at a time.
pub fn forget(tx: &mut Tx<'_>, now: Time) -> Result<(), Error> {
    overdue::end(tx, &FORGET, now.before(LIFE))
}
