//! Instruments: the cards that customers have saved. Numbers are sealed; everything else here may be shown.

use db::{Row, Tx, Value, statements};
use vault::{CardNumber, Place};

use crate::caller::Scope;
use crate::card::{CardFace, Expiry};
use crate::customers::Customer;
use crate::error::Error;
use crate::event::{self, Event};
use crate::id::Id;
use crate::keys::MerchantKeys;
use crate::payments::Action;
use crate::time::{Drawn, Time};

/// Cards of one customer: more are nobody's wallet.
const CARDS_MAX: usize = 50;

macro_rules! columns {
    () => {
        "id, merchant, mode, public_id, sealed, brand, last_four, expiry_year, expiry_month, is_default, created_at,
         fingerprint, customer from instruments"
    };
}

statements! {
    FINGERPRINT = "insert into fingerprints (merchant, mode, code, public_id) values ($1, $2, $3, $4)
        on conflict (merchant, mode, code) do nothing";
    FIND_FINGERPRINT = "select id from fingerprints where merchant = $1 and mode = $2 and code = $3";
    FORGET_FINGERPRINT = "delete from fingerprints where id = $1
        and not exists (select 1 from instruments where fingerprint = $1)";
    INSERT = "insert into instruments
        (merchant, mode, public_id, customer, fingerprint, status, action, is_default, sealed, brand, first_six,
         last_four, expiry_year, expiry_month, created_at)
        values ($1, $2, $3, $4, $5, 'waiting', (select id from actions where public_id = $6), 0, $7, $8, $9, $10, $11,
         $12, $13)";
    INSERT_ACTIVE = "insert into instruments
        (merchant, mode, public_id, customer, fingerprint, status, action, is_default, sealed, brand, first_six,
         last_four, expiry_year, expiry_month, created_at)
        values ($1, $2, $3, $4, $5, 'active', null, 0, $6, $7, $8, $9, $10, $11, $12)";
    TAKE_TURN = "update customers set changed_at = changed_at where id = $1";
    OF_CUSTOMER = concat!("select ", columns!(), " where customer = $1 and status = 'active' order by id limit 100");
    WITH_FACTS = "select i.id, i.merchant, i.mode, i.public_id, i.sealed, i.brand, i.last_four, i.expiry_year,
        i.expiry_month, i.is_default, i.created_at, i.fingerprint, i.customer, i.first_six, f.public_id
        from instruments i join fingerprints f on f.id = i.fingerprint
        where i.customer = $1 and i.status = 'active' order by i.id limit 100";
    BY_ID = concat!("select ", columns!(), " where merchant = $1 and mode = $2 and public_id = $3 and customer = $4
        and status = 'active'");
    TWIN = concat!("select ", columns!(), " where customer = $1 and fingerprint = $2 and status = 'active'");
    WAITING = concat!("select ", columns!(), " where action = $1");
    ACTIVATE = "update instruments set status = 'active', action = null where id = $1";
    SET_EXPIRY = "update instruments set expiry_year = $2, expiry_month = $3 where id = $1";
    HAS_DEFAULT = "select id from instruments where customer = $1 and is_default = 1";
    NO_DEFAULT = "update instruments set is_default = 0 where customer = $1 and is_default = 1";
    MAKE_DEFAULT = "update instruments set is_default = 1 where id = $1";
    NEWEST = "select id from instruments where customer = $1 and status = 'active' order by id desc limit 1";
    DELETE = "delete from instruments where id = $1";
    FINGERPRINTS_OF = "select fingerprint from instruments where customer = $1";
    LAST_EVENT = "select cast(coalesce(max(sequence), 0) as bigint) from events
        where merchant = $1 and mode = $2 and object = $3";
}

/// A saved card. No `Debug`, for its sealed number.
#[derive(Clone)]
pub struct Instrument {
    pub(crate) key: i64,
    scope: Scope,
    customer: i64,
    fingerprint: i64,
    sealed: Vec<u8>,
    /// Its public id.
    pub id: Id<Instrument>,
    /// Its brand and last four digits.
    pub face: CardFace,
    /// Its last month.
    pub expiry: Expiry,
    /// Whether it is the customer's first choice.
    pub is_default: bool,
    /// When it was saved.
    pub created_at: Time,
}

impl Instrument {
    /// Opens the number, for one acquirer call.
    pub fn number(&self, keys: &MerchantKeys) -> Result<CardNumber, Error> {
        let row = row_of(self.id, self.customer);
        Ok(vault::open_card(&keys.cards, &place(self.scope, &row), &self.sealed)?)
    }

    /// Whether its last month is over.
    pub fn has_expired(&self, now: Time) -> bool {
        (self.expiry.year, self.expiry.month) < now.year_and_month()
    }
}

/// A card that was sealed before the unit of work that saves it, so that the work holds no number.
#[derive(Clone)]
pub struct SealedCard {
    scope: Scope,
    id: Id<Instrument>,
    code: [u8; 32],
    sealed: Vec<u8>,
    face: CardFace,
    first_six: String,
    expiry: Expiry,
}

impl SealedCard {
    /// Seals a number for the place that `drawn` gives it.
    pub fn seal(
        keys: &MerchantKeys,
        scope: Scope,
        customer: &Customer,
        number: &CardNumber,
        expiry: Expiry,
        drawn: &Drawn,
    ) -> Self {
        let id = Id::new(drawn.now, drawn.instrument);
        let row = row_of(id, customer.key);
        Self {
            scope,
            id,
            code: vault::card_code(&keys.fingerprints, number),
            sealed: vault::seal_card(&keys.cards, &place(scope, &row), drawn.nonce, number),
            face: CardFace::of(number),
            first_six: number.expose()[..6].to_owned(),
            expiry,
        }
    }
}

/// What saving came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It is a new card.
    Added,
    /// The customer had it; its date is the new one now.
    Updated,
}

/// A customer's cards, oldest first.
pub fn of_customer(tx: &mut Tx<'_>, customer: &Customer) -> Result<Vec<Instrument>, Error> {
    tx.all(&OF_CUSTOMER, &[customer.key.into()], read)
}

/// What some APIs show of a card beside its face.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The first six digits.
    pub first_six: String,
    /// The same for the same number, whoever's card it is.
    pub fingerprint: Id<Facts>,
}

/// A customer's cards with what else may be shown of them, oldest first.
pub fn with_facts(tx: &mut Tx<'_>, customer: &Customer) -> Result<Vec<(Instrument, Facts)>, Error> {
    tx.all(&WITH_FACTS, &[customer.key.into()], |row| {
        let facts = Facts { first_six: row.text(13)?, fingerprint: Id::from_bytes(row.array(14)?) };
        Ok((read(row)?, facts))
    })
}

/// One of a customer's cards.
pub fn get(
    tx: &mut Tx<'_>,
    scope: Scope,
    customer: &Customer,
    id: Id<Instrument>,
) -> Result<Instrument, Error> {
    let values = [scope.merchant.into(), scope.mode.as_str().into(), id.bytes().into(), customer.key.into()];
    tx.optional(&BY_ID, &values, read)?.ok_or(Error::NotFound("card"))
}

/// Changes of one customer's cards take turns, so that there is always one default and never two.
fn take_turn(tx: &mut Tx<'_>, customer: i64) -> Result<(), Error> {
    match tx.execute(&TAKE_TURN, &[customer.into()])? {
        0 => Err(Error::NotFound("customer")),
        _ => Ok(()),
    }
}

/// Saves a card at once. The same card is recognised and updated instead of doubled.
pub fn save(tx: &mut Tx<'_>, customer: &Customer, card: &SealedCard, drawn: &Drawn) -> Result<Saved, Error> {
    take_turn(tx, customer.key)?;
    let fingerprint = fingerprint(tx, card, drawn)?;
    if let Some(twin) = tx.optional(&TWIN, &[customer.key.into(), fingerprint.into()], read)? {
        return update(tx, &twin, card.expiry);
    }
    if of_customer(tx, customer)?.len() >= CARDS_MAX {
        return Err(Error::invalid("card", format!("cannot be saved beside {CARDS_MAX} others")));
    }
    let [merchant, mode, id, owner, fingerprint] = owned(customer, card, fingerprint);
    let [sealed, brand, first_six, last_four, year, month] = described(card);
    let now = drawn.now.0.into();
    tx.execute(
        &INSERT_ACTIVE,
        &[merchant, mode, id, owner, fingerprint, sealed, brand, first_six, last_four, year, month, now],
    )?;
    let saved = get(tx, card.scope, customer, card.id)?;
    choose_first(tx, &saved)?;
    event::append(tx, card.scope, Event::CardSaved, card.id, 1, drawn)?;
    Ok(Saved::Added)
}

/// Keeps a card until the payment that it is saved with is settled.
pub(crate) fn wait(
    tx: &mut Tx<'_>,
    customer: &Customer,
    card: &SealedCard,
    action: Id<Action>,
    drawn: &Drawn,
) -> Result<(), Error> {
    let fingerprint = fingerprint(tx, card, drawn)?;
    let [merchant, mode, id, owner, fingerprint] = owned(customer, card, fingerprint);
    let [sealed, brand, first_six, last_four, year, month] = described(card);
    let (action, now) = (action.bytes().into(), drawn.now.0.into());
    tx.execute(
        &INSERT,
        &[
            merchant,
            mode,
            id,
            owner,
            fingerprint,
            action,
            sealed,
            brand,
            first_six,
            last_four,
            year,
            month,
            now,
        ],
    )?;
    Ok(())
}

/// Saves the card that waited for an action, or forgets it.
pub(crate) fn settle_waiting(
    tx: &mut Tx<'_>,
    scope: Scope,
    action: &Action,
    approved: bool,
    drawn: &Drawn,
) -> Result<(), Error> {
    let Some(waiting) = tx.optional(&WAITING, &[action.key.into()], read)? else { return Ok(()) };
    if !approved {
        return drop_row(tx, &waiting);
    }
    take_turn(tx, waiting.customer)?;
    let named = [waiting.customer.into(), waiting.fingerprint.into()];
    if let Some(twin) = tx.optional(&TWIN, &named, read)? {
        update(tx, &twin, waiting.expiry)?;
        return drop_row(tx, &waiting);
    }
    if tx.all(&OF_CUSTOMER, &[waiting.customer.into()], read)?.len() >= CARDS_MAX {
        // The payment stands; a wallet this full takes no more.
        return drop_row(tx, &waiting);
    }
    tx.execute(&ACTIVATE, &[waiting.key.into()])?;
    choose_first(tx, &waiting)?;
    event::append(tx, scope, Event::CardSaved, waiting.id, 1, drawn)
}

/// Makes a card the customer's first choice.
pub fn set_default(tx: &mut Tx<'_>, card: &Instrument) -> Result<(), Error> {
    take_turn(tx, card.customer)?;
    tx.execute(&NO_DEFAULT, &[card.customer.into()])?;
    match tx.execute(&MAKE_DEFAULT, &[card.key.into()])? {
        // Somebody removed it before it was our turn.
        0 => Err(Error::NotFound("card")),
        _ => Ok(()),
    }
}

/// Removes a card. When the default goes, the newest remaining card becomes it.
pub fn remove(tx: &mut Tx<'_>, card: &Instrument, drawn: &Drawn) -> Result<(), Error> {
    take_turn(tx, card.customer)?;
    if tx.execute(&DELETE, &[card.key.into()])? == 0 {
        return Err(Error::NotFound("card"));
    }
    forget(tx, card)?;
    if tx.optional(&HAS_DEFAULT, &[card.customer.into()], |row| row.int(0))?.is_none()
        && let Some(newest) = tx.optional(&NEWEST, &[card.customer.into()], |row| row.int(0))?
    {
        tx.execute(&MAKE_DEFAULT, &[newest.into()])?;
    }
    let scope = card.scope;
    let named = [scope.merchant.into(), scope.mode.as_str().into(), card.id.bytes().into()];
    let last = tx.one(&LAST_EVENT, &named, |row| row.int(0))?;
    event::append(tx, scope, Event::CardRemoved, card.id, last + 1, drawn)
}

/// The fingerprints of a customer's cards, before the cards go.
pub(crate) fn fingerprints_of(tx: &mut Tx<'_>, customer: &Customer) -> Result<Vec<i64>, Error> {
    Ok(tx.all(&FINGERPRINTS_OF, &[customer.key.into()], |row| row.int(0))?)
}

/// Forgets fingerprints that no card has any more.
pub(crate) fn forget_fingerprints(tx: &mut Tx<'_>, fingerprints: &[i64]) -> Result<(), Error> {
    for fingerprint in fingerprints {
        tx.execute(&FORGET_FINGERPRINT, &[(*fingerprint).into()])?;
    }
    Ok(())
}

fn fingerprint(tx: &mut Tx<'_>, card: &SealedCard, drawn: &Drawn) -> Result<i64, Error> {
    let named = [card.scope.merchant.into(), card.scope.mode.as_str().into(), (&card.code).into()];
    let [merchant, mode, code] = named;
    let public_id = Id::<SealedCard>::new(drawn.now, drawn.fingerprint);
    tx.execute(&FINGERPRINT, &[merchant, mode, code, public_id.bytes().into()])?;
    Ok(tx.one(&FIND_FINGERPRINT, &named, |row| row.int(0))?)
}

fn owned<'a>(customer: &'a Customer, card: &'a SealedCard, fingerprint: i64) -> [Value<'a>; 5] {
    let Scope { merchant, mode } = card.scope;
    [merchant.into(), mode.as_str().into(), card.id.bytes().into(), customer.key.into(), fingerprint.into()]
}

fn described(card: &SealedCard) -> [Value<'_>; 6] {
    [
        (&card.sealed).into(),
        (&card.face.brand).into(),
        (&card.first_six).into(),
        (&card.face.last_four).into(),
        i64::from(card.expiry.year).into(),
        i64::from(card.expiry.month).into(),
    ]
}

fn update(tx: &mut Tx<'_>, twin: &Instrument, expiry: Expiry) -> Result<Saved, Error> {
    let values = [twin.key.into(), i64::from(expiry.year).into(), i64::from(expiry.month).into()];
    tx.execute(&SET_EXPIRY, &values)?;
    Ok(Saved::Updated)
}

/// The first saved card is the default.
fn choose_first(tx: &mut Tx<'_>, card: &Instrument) -> Result<(), Error> {
    if tx.optional(&HAS_DEFAULT, &[card.customer.into()], |row| row.int(0))?.is_none() {
        tx.execute(&MAKE_DEFAULT, &[card.key.into()])?;
    }
    Ok(())
}

fn drop_row(tx: &mut Tx<'_>, card: &Instrument) -> Result<(), Error> {
    tx.execute(&DELETE, &[card.key.into()])?;
    forget(tx, card)
}

fn forget(tx: &mut Tx<'_>, card: &Instrument) -> Result<(), Error> {
    tx.execute(&FORGET_FINGERPRINT, &[card.fingerprint.into()])?;
    tx.erased();
    Ok(())
}

/// What names a sealed number's row: its card, and whose it is.
fn row_of(id: Id<Instrument>, customer: i64) -> Vec<u8> {
    [id.bytes().as_slice(), &customer.to_be_bytes()].concat()
}

fn place(scope: Scope, row: &[u8]) -> Place<'_> {
    Place { column: "instruments.sealed", merchant: scope.merchant, mode: scope.mode.as_str(), row }
}

fn read(row: &Row<'_>) -> Result<Instrument, Error> {
    let wrong = |_| Error::Internal("a stored card has no such date".to_owned());
    Ok(Instrument {
        key: row.int(0)?,
        scope: Scope { merchant: row.int(1)?, mode: crate::merchants::credentials::mode_of(&row.text(2)?)? },
        id: Id::from_bytes(row.array(3)?),
        sealed: row.bytes(4)?,
        face: CardFace { brand: row.text(5)?, last_four: row.text(6)? },
        expiry: Expiry {
            year: i16::try_from(row.int(7)?).map_err(wrong)?,
            month: i8::try_from(row.int(8)?).map_err(wrong)?,
        },
        is_default: row.flag(9)?,
        created_at: Time(row.int(10)?),
        fingerprint: row.int(11)?,
        customer: row.int(12)?,
    })
}
