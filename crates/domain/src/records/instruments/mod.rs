//! Instruments: saved cards, of a customer or of nobody yet. Numbers are sealed; everything else here may be shown.

mod check;
mod save;
mod sealed;
mod standing;

use db::Tx;
use vault::{CardNumber, Place};

use crate::kernel::caller::Scope;
use crate::kernel::card::{CardFace, Expiry};
use crate::kernel::error::{Error, Missing, WrongState};
use crate::kernel::id::{CustomerKey, Id};
use crate::kernel::time::{Drawn, Time};
use crate::kernel::unseal;
use crate::keys::MerchantKeys;
use crate::records::customers::Customer;
use crate::records::event::{self, Event};
use crate::records::idempotency::About;

pub(crate) use check::{CHECKED, STATEMENTS as CHECK_STATEMENTS};
pub use save::{MakeDefault, Saved, link, note_payer, replace, save, set_facts};
pub(crate) use save::{settle_waiting, wait};
pub use sealed::SealedCard;
pub use standing::Standing;

/// The row stays for those who still name it, as one that is out of use.
const DELETION: &str =
    "update instruments set deleted_at = $2, status = 'revoked', action = null, is_default = 0,
    sealed = $3, holder = null";

statements! {
    FINGERPRINT = "insert into fingerprints (merchant, mode, code, public_id) values ($1, $2, $3, $4)
        on conflict (merchant, mode, code) do nothing";
    FIND_FINGERPRINT = "select id from fingerprints where merchant = $1 and mode = $2 and code = $3";
    PUBLIC_FINGERPRINT = "select public_id from fingerprints where id = $1";
    FORGET_FINGERPRINT = "delete from fingerprints where id = $1
        and not exists (select 1 from instruments where fingerprint = $1)";
    INSERT = "insert into instruments
        (merchant, mode, public_id, customer, fingerprint, status, action, is_default, sealed, brand, first_six,
         last_four, expiry_year, expiry_month, holder, wallet, created_at, standing)
        values ($1, $2, $3, $4, $5, $6, (select id from actions where public_id = $7), 0, $8, $9, $10, $11, $12, $13,
         $14, $15, $16, $17)";
    LOCK = "update instruments set status = status where id = $1 and deleted_at is null";
    TAKE_TURN = "update customers set changed_at = changed_at where id = $1 and deleted_at is null";
    OF_CUSTOMER = Instrument::SELECT, "where i.customer = $1 and i.status = 'active'
        and i.standing <> 'unlisted' order by i.id limit 100";
    IN_WALLET = "select cast(count(*) as bigint) from instruments where customer = $1 and status = 'active'
        and standing <> 'unlisted'";
    // A card is gone with its customer, whose cards may be too many to be deleted in one commit.
    BY_ID = Instrument::SELECT, "where i.merchant = $1 and i.mode = $2 and i.public_id = $3
        and i.status <> 'waiting' and i.deleted_at is null
        and (select deleted_at from customers c where c.id = i.customer) is null";
    SAME_NUMBER = Instrument::SELECT, "where i.customer = $1 and i.fingerprint = $2 and i.status = 'active'
        and i.standing <> 'unlisted'";
    UNLISTED_SAME_NUMBER = Instrument::SELECT, "where i.customer = $1 and i.fingerprint = $2
        and i.status = 'active' and i.standing = 'unlisted' order by i.id limit 1";
    WAITING = Instrument::SELECT, "where i.action = $1";
    ACTIVATE = "update instruments set status = 'active', action = null where id = $1";
    SET_EXPIRY = "update instruments set expiry_year = $2, expiry_month = $3 where id = $1";
    SET_FACTS = "update instruments set expiry_year = $2, expiry_month = $3, holder = $4, wallet = $5 where id = $1";
    REPLACE = "update instruments set fingerprint = $2, sealed = $3, brand = $4, first_six = $5, last_four = $6,
        expiry_year = $7, expiry_month = $8, holder = $9, wallet = $10 where id = $1";
    LINK = "update instruments set customer = $2, sealed = $3, standing = $4
        where id = $1 and status = 'active' and (customer is null or standing = 'unlisted')";
    REVOKE = "update instruments set status = 'revoked', is_default = 0, sealed = $2
        where id = $1 and status = 'active'";
    HAS_DEFAULT = "select id from instruments where customer = $1 and is_default = 1";
    NO_DEFAULT = "update instruments set is_default = 0 where customer = $1 and is_default = 1";
    TAKE_OFF = "update instruments set standing = 'unlisted', is_default = 0 where id = $1";
    MAKE_OWN = "update instruments set standing = 'own' where id = $1";
    MAKE_DEFAULT = "update instruments set is_default = 1, standing = 'own' where id = $1 and status = 'active'";
    NEWEST = "select id from instruments where customer = $1 and status = 'active' and standing = 'own'
        order by id desc limit 1";
    DELETE = DELETION, "where id = $1 and deleted_at is null";
    DELETE_ACTIVE = DELETION, "where customer = $1 and status = 'active'";
    DELETE_UP_TO = DELETION, "where customer = $1 and deleted_at is null and id <= $4";
    // Among the customer's cards, which are few: very many customers may have a number.
    DELETE_UNLISTED = DELETION, "where customer = $1 and fingerprint + 0 = $4 and status = 'active'
        and standing = 'unlisted'";
    LAST_UNLISTED = "select id from instruments where customer = $1 and status = 'active' and standing = 'unlisted'
        limit 1 offset $2";
    LAST_EVENT = "select cast(coalesce(max(sequence), 0) as bigint) from events
        where merchant = $1 and mode = $2 and object = $3";
}

/// What stands in place of a number that was destroyed.
const NO_NUMBER: &[u8] = &[];

/// A saved card. No `Debug`, for its sealed number.
#[derive(Clone)]
pub struct Instrument {
    pub(crate) key: i64,
    scope: Scope,
    customer: Option<i64>,
    standing: Standing,
    fingerprint_key: i64,
    sealed: Vec<u8>,
    /// Its public id.
    pub id: Id<Instrument>,
    /// Its brand and last four digits.
    pub face: CardFace,
    /// Its first six digits.
    pub first_six: String,
    /// The same for the same number, whoever's card it is.
    pub fingerprint: Id<CardNumber>,
    /// Its last month.
    pub expiry: Expiry,
    /// What the API that saved it knows of its holder: JSON that is echoed to it and read by nobody else.
    pub holder: Option<String>,
    /// The wallet that it came out of.
    pub wallet: Option<String>,
    /// Whether it is the customer's first choice.
    pub is_default: bool,
    /// Whether the merchant has put it out of use.
    pub is_revoked: bool,
    /// When it was saved.
    pub created_at: Time,
}

db::row! {
    Instrument from "instruments i join fingerprints f on f.id = i.fingerprint" {
        key: "i.id", scope: "i.merchant, i.mode", customer: "i.customer", standing: "i.standing",
        fingerprint_key: "i.fingerprint", sealed: "i.sealed", id: "i.public_id", face: "i.brand, i.last_four",
        first_six: "i.first_six", fingerprint: "f.public_id", expiry: "i.expiry_year, i.expiry_month",
        holder: "i.holder", wallet: "i.wallet", is_default: "i.is_default",
        is_revoked: "cast(case when i.status = 'revoked' then 1 else 0 end as bigint)", created_at: "i.created_at",
    }
}

impl Instrument {
    /// A reply that tells of this card.
    pub fn about(&self) -> About {
        About { customer: self.payer(), card: Some(*self.id.bytes()) }
    }

    /// Opens the number, for one acquirer call. A card that is out of use has none any more.
    pub fn number(&self, keys: &MerchantKeys) -> Result<CardNumber, Error> {
        if self.is_revoked {
            return Err(Error::State(WrongState::CardRevoked));
        }
        let row = row_of(self.id, self.customer);
        unseal::open_card(&keys.cards, &place(self.scope, &row), &self.sealed)
    }

    /// Whether its last month is over.
    pub fn has_expired(&self, now: Time) -> bool {
        self.expiry.is_over(now)
    }

    /// The row of the customer in whose wallet it stands.
    pub fn owner(&self) -> Option<CustomerKey> {
        self.payer().filter(|_| self.standing.is_listed())
    }

    /// The row of the customer that it goes with: its owner, or the one who was named by an e-mail address when it paid.
    pub fn payer(&self) -> Option<CustomerKey> {
        self.customer.map(CustomerKey)
    }

    /// Whether it becomes its customer's default when the default goes and it is the newest.
    pub fn may_follow(&self) -> bool {
        self.standing == Standing::Own
    }
}

/// A customer's cards, oldest first.
pub fn of_customer(tx: &mut Tx<'_>, customer: &Customer) -> Result<Vec<Instrument>, Error> {
    Ok(tx.all(&OF_CUSTOMER, &[customer.key.into()])?)
}

/// One of a customer's cards.
pub fn get(
    tx: &mut Tx<'_>,
    scope: Scope,
    customer: &Customer,
    id: Id<Instrument>,
) -> Result<Instrument, Error> {
    let card = find(tx, scope, id)?;
    let is_theirs = card.owner() == Some(customer.row_key()) && !card.is_revoked;
    if is_theirs { Ok(card) } else { Err(Error::NotFound(Missing::Instrument)) }
}

/// A card of anybody or nobody, also one that was put out of use.
pub fn find(tx: &mut Tx<'_>, scope: Scope, id: Id<Instrument>) -> Result<Instrument, Error> {
    let values = [scope.merchant.into(), scope.mode.into(), (&id).into()];
    tx.optional(&BY_ID, &values)?.ok_or(Error::NotFound(Missing::Instrument))
}

/// Holds a card until the unit of work ends, and reads it again: changes of one card take turns, and each acts on what
/// the one before it left. So whoever changes a card begins here. Customers are held before cards, and of two of them,
/// `giving_to` being the other one, the older first: nobody waits for somebody who waits for them.
///
/// # Errors
/// [`Error::NotFound`] when the card or the other customer went meanwhile.
pub fn lock(tx: &mut Tx<'_>, card: &Instrument, giving_to: Option<&Customer>) -> Result<Instrument, Error> {
    let mut customers: Vec<i64> = card.customer.into_iter().chain(giving_to.map(|other| other.key)).collect();
    customers.sort_unstable();
    customers.dedup();
    for customer in customers {
        match take_turn(tx, customer) {
            // It took the card along.
            Err(Error::NotFound(_)) if card.customer == Some(customer) => {
                return Err(Error::NotFound(Missing::Instrument));
            }
            turn => turn?,
        }
    }
    if tx.execute(&LOCK, &[card.key.into()])? == 0 {
        return Err(Error::NotFound(Missing::Instrument));
    }
    let now = find(tx, card.scope, card.id)?;
    // Somebody gave it away meanwhile: it is another customer's turn that counts.
    if now.customer == card.customer { Ok(now) } else { Err(tx.lost_race().into()) }
}

/// Changes of one customer's cards take turns, so that there is always one default and never two.
fn take_turn(tx: &mut Tx<'_>, customer: i64) -> Result<(), Error> {
    match tx.execute(&TAKE_TURN, &[customer.into()])? {
        0 => Err(Error::NotFound(Missing::Customer)),
        _ => Ok(()),
    }
}

/// Makes a card its customer's first choice.
pub fn set_default(tx: &mut Tx<'_>, card: &Instrument) -> Result<(), Error> {
    let card = lock(tx, card, None)?;
    match card.owner() {
        Some(owner) if !card.is_revoked => put_first(tx, owner, &card),
        Some(_) | None => Err(Error::NotFound(Missing::Instrument)),
    }
}

/// Likewise, in the customer's turn.
fn put_first(tx: &mut Tx<'_>, owner: CustomerKey, card: &Instrument) -> Result<(), Error> {
    tx.send(&NO_DEFAULT, &[owner.into()])?;
    match tx.execute(&MAKE_DEFAULT, &[card.key.into()])? {
        0 => Err(Error::NotFound(Missing::Instrument)),
        _ => Ok(()),
    }
}

/// Removes a card. When the default goes, the newest remaining card becomes it.
pub fn remove(tx: &mut Tx<'_>, card: &Instrument, drawn: &Drawn) -> Result<(), Error> {
    let card = &lock(tx, card, None)?;
    delete(tx, card, drawn.now)?;
    choose_newest(tx, card)?;
    tell_removed(tx, card, drawn)
}

/// Removes a card as its holder sees it, who has one card of a number: what else the customer has of that number, in no
/// wallet, goes too.
pub fn remove_number(tx: &mut Tx<'_>, card: &Instrument, drawn: &Drawn) -> Result<(), Error> {
    let held = &lock(tx, card, None)?;
    if let Some(owner) = held.owner() {
        let number = [owner.into(), drawn.now.into(), NO_NUMBER.into(), held.fingerprint_key.into()];
        tx.send(&DELETE_UNLISTED, &number)?;
    }
    remove(tx, held, drawn)
}

/// Puts a card out of use: it stays readable, its number is destroyed, and nothing is charged to it. What was paid with it
/// is captured and refunded by the acquirer's own reference.
pub fn revoke(tx: &mut Tx<'_>, card: &Instrument, drawn: &Drawn) -> Result<(), Error> {
    let card = &lock(tx, card, None)?;
    if card.is_revoked {
        return Ok(());
    }
    tx.send(&REVOKE, &[card.key.into(), NO_NUMBER.into()])?;
    tx.erased();
    choose_newest(tx, card)?;
    tell_removed(tx, card, drawn)
}

/// A customer with cards has a default, but for one whose cards all came by an e-mail address.
fn choose_newest(tx: &mut Tx<'_>, gone: &Instrument) -> Result<(), Error> {
    let Some(customer) = gone.owner() else { return Ok(()) };
    if !tx.exists(&HAS_DEFAULT, &[customer.into()])?
        && let Some(newest) = tx.optional::<i64>(&NEWEST, &[customer.into()])?
    {
        tx.send(&MAKE_DEFAULT, &[newest.into()])?;
    }
    Ok(())
}

fn tell_removed(tx: &mut Tx<'_>, card: &Instrument, drawn: &Drawn) -> Result<(), Error> {
    let scope = card.scope;
    let named = [scope.merchant.into(), scope.mode.into(), (&card.id).into()];
    let last: i64 = tx.one(&LAST_EVENT, &named)?;
    event::append(tx, scope, Event::CardRemoved, card.id, last + 1, drawn)
}

/// Deletes a card. Its number is destroyed at once.
fn delete(tx: &mut Tx<'_>, card: &Instrument, now: Time) -> Result<(), Error> {
    tx.send(&DELETE, &[card.key.into(), now.into(), NO_NUMBER.into()])?;
    tx.erased();
    Ok(())
}

/// Deletes the cards of a customer that can be charged.
pub(crate) fn delete_active(tx: &mut Tx<'_>, customer: CustomerKey, now: Time) -> Result<(), Error> {
    tx.send(&DELETE_ACTIVE, &[customer.into(), now.into(), NO_NUMBER.into()])?;
    tx.erased();
    Ok(())
}

/// Deletes a customer's cards up to a row key, those that are still there.
pub(crate) fn delete_up_to(
    tx: &mut Tx<'_>,
    customer: CustomerKey,
    last: i64,
    now: Time,
) -> Result<(), Error> {
    tx.send(&DELETE_UP_TO, &[customer.into(), now.into(), NO_NUMBER.into(), last.into()])?;
    tx.erased();
    Ok(())
}

/// Forgets a fingerprint that no card has any more.
pub(crate) fn forget_fingerprint(tx: &mut Tx<'_>, fingerprint: i64) -> Result<(), Error> {
    tx.send(&FORGET_FINGERPRINT, &[fingerprint.into()])?;
    tx.erased();
    Ok(())
}

/// What names a sealed number's row: its card, and whose it is.
fn row_of(id: Id<Instrument>, customer: Option<i64>) -> Vec<u8> {
    [id.bytes().as_slice(), &customer.unwrap_or_default().to_be_bytes()].concat()
}

fn place(scope: Scope, row: &[u8]) -> Place<'_> {
    Place { column: "instruments.sealed", merchant: scope.merchant, mode: scope.mode.as_str(), row }
}
