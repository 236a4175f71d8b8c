//! The rows of payments.

use db::{Row, Tx, Value, statements};

use crate::acquiring::Decline;
use crate::kernel::caller::{Mode, Scope};
use crate::kernel::card::{CardFace, Expiry};
use crate::kernel::error::{Error, Missing};
use crate::kernel::id::{CustomerKey, Id};
use crate::kernel::metadata::Metadata;
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::{Drawn, Time};
use crate::payments::state::{Balances, Ended};
use crate::payments::{Action, Charged, Page, Payment, State};
use crate::records::customers::Customer;
use crate::records::event::{self, Event};
use crate::records::instruments::Instrument;

macro_rules! payment_columns {
    () => {
        "p.id, p.merchant, p.mode, p.public_id, c.public_id, p.api, p.version, p.sequence, p.state, p.currency,
         p.amount, p.authorized, p.captured, p.voided, p.refunded, p.authorizing, p.capturing, p.voiding, p.refunding,
         p.captures_itself, p.description, p.reference, p.metadata, p.extras, p.page_return_url, p.page_cancel_url,
         p.page_framed, p.page_offers_saving, p.page_expires_at, p.last_decline, p.card_brand, p.card_last_four,
         p.lapses_at, p.created_at, p.changed_at, p.automatic, i.public_id,
         p.customer, p.authorized_at, p.card_first_six, p.card_expiry_year, p.card_expiry_month, p.card_fingerprint,
         p.card_holder, p.capture_at, p.card_code_sent, p.customer_named, p.page_asks_code
         from payments p left join customers c on c.id = p.customer left join instruments i on i.id = p.instrument"
    };
}

statements! {
    INSERT = "insert into payments
        (merchant, mode, public_id, customer, api, version, sequence, state, currency, amount, authorized, captured,
         voided, refunded, authorizing, capturing, voiding, refunding, captures_itself, description, reference,
         metadata, extras, page_return_url, page_cancel_url, page_framed, page_offers_saving, page_expires_at,
         created_at, changed_at, automatic, capture_at, customer_named, page_asks_code)
        values ($1, $2, $3, $4, $5, 1, 1, 'pending', $6, $7, 0, 0, 0, 0, 0, 0, 0, 0, $8, $9, $10, $11, $12, $13, $14,
         $15, $16, $17, $18, $18, $19, $20, $21, $22) returning id";
    BY_ID = concat!("select ", payment_columns!(), " where p.merchant = $1 and p.mode = $2 and p.public_id = $3");
    BY_KEY = concat!("select ", payment_columns!(), " where p.id = $1");
    UPDATE = "update payments set version = version + 1, sequence = $3, state = $4, authorized = $5, captured = $6,
        voided = $7, refunded = $8, authorizing = $9, capturing = $10, voiding = $11, refunding = $12,
        last_decline = $13, card_brand = $14, card_last_four = $15, lapses_at = $16, changed_at = $17,
        authorized_at = $18
        where id = $1 and version = $2";
    SET_METADATA = "update payments set version = version + 1, metadata = $3 where id = $1 and version = $2";
    DELETE = "delete from payments where id = $1 and version = $2";
    TO_EXPIRE = "select merchant, mode, public_id from payments where page_expires_at is not null
        and page_expires_at <= $1 and state in ('pending', 'retryable') and authorizing = 0
        order by page_expires_at limit 100";
    TO_LAPSE = "select merchant, mode, public_id from payments where lapses_at is not null and lapses_at <= $1
        and state in ('authorized', 'partially_captured', 'partially_refunded') and capturing = 0 and voiding = 0
        order by lapses_at limit 100";
    FORGET_CAPTURE_AT = "update payments set version = version + 1, capture_at = null where id = $1 and version = $2";
    SET_INSTRUMENT = "update payments set version = version + 1, instrument = $3 where id = $1 and version = $2";
    SET_CHARGED = "update payments set version = version + 1, card_first_six = $3, card_expiry_year = $4,
        card_expiry_month = $5, card_fingerprint = $6, card_holder = $7,
        card_code_sent = $8 where id = $1 and version = $2";
    BY_REFERENCE = concat!("select ", payment_columns!(), " where p.merchant = $1 and p.mode = $2 and p.reference = $3
        and p.id < $4 order by p.id desc limit $5");
    IDS_BY_REFERENCE = "select id from payments where merchant = $1 and mode = $2 and reference = $3 and id < $4
        order by id desc limit $5";
    TO_CAPTURE = "select merchant, mode, public_id from payments where capture_at is not null and capture_at <= $1
        and state in ('authorized', 'partially_captured', 'partially_refunded') and capturing = 0 and voiding = 0
        order by capture_at limit 100";
}

/// Reads a payment.
pub fn get(tx: &mut Tx<'_>, scope: Scope, id: Id<Payment>) -> Result<Payment, Error> {
    let values = [scope.merchant.into(), scope.mode.as_str().into(), id.bytes().into()];
    tx.optional(&BY_ID, &values, read)?.ok_or(Error::NotFound(Missing::Payment))
}

/// Reads the payment of an action.
pub(crate) fn of_action(tx: &mut Tx<'_>, action: &Action) -> Result<Payment, Error> {
    by_key(tx, action.payment)
}

/// Reads the payment of a row.
pub(crate) fn by_key(tx: &mut Tx<'_>, key: i64) -> Result<Payment, Error> {
    tx.optional(&BY_KEY, &[key.into()], read)?.ok_or(Error::NotFound(Missing::Payment))
}

/// A payment that a job is to work on, without what only a whole row tells: one that cannot be read holds up no other.
pub(crate) type Named = (Scope, Id<Payment>);

/// Unpaid payments whose page has closed, at most 100.
pub(crate) fn to_expire(tx: &mut Tx<'_>, now: Time) -> Result<Vec<Named>, Error> {
    tx.all(&TO_EXPIRE, &[now.0.into()], read_name)
}

/// Payments whose authorization lapsed, at most 100.
pub(crate) fn to_lapse(tx: &mut Tx<'_>, now: Time) -> Result<Vec<Named>, Error> {
    tx.all(&TO_LAPSE, &[now.0.into()], read_name)
}

/// Writes a new payment and its event.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    mut payment: Payment,
    customer: Option<&Customer>,
    drawn: &Drawn,
) -> Result<Payment, Error> {
    let metadata = payment.metadata.json();
    let page = payment.page.as_ref();
    payment.key = tx.one(
        &INSERT,
        &[
            payment.scope.merchant.into(),
            payment.scope.mode.as_str().into(),
            payment.id.bytes().into(),
            Value::from(customer.map(|customer| customer.key)),
            (&payment.api).into(),
            payment.money.currency.code().into(),
            payment.money.minor.into(),
            payment.captures_itself.into(),
            (&payment.description).into(),
            Value::from(payment.reference.as_ref()),
            (&metadata).into(),
            Value::from(payment.extras.as_ref()),
            Value::from(page.map(|page| &page.return_url)),
            Value::from(page.map(|page| &page.cancel_url)),
            Value::from(page.map(|page| page.framed)),
            Value::from(page.map(|page| page.offers_saving)),
            Value::from(page.and_then(|page| page.expires_at).map(|at| at.0)),
            payment.created_at.0.into(),
            payment.automatic.into(),
            Value::from(payment.capture_at.map(|at| at.0)),
            payment.customer_named.into(),
            page.is_some_and(|page| page.asks_code).into(),
        ],
        |row| row.int(0),
    )?;
    event::append(tx, payment.scope, Event::PaymentCreated, payment.id, payment.sequence, drawn)?;
    Ok(payment)
}

/// Writes a payment's state, and the event that tells of it where others are to know.
pub(crate) fn update(
    tx: &mut Tx<'_>,
    payment: &mut Payment,
    state: State,
    event: Option<Event>,
    drawn: &Drawn,
) -> Result<(), Error> {
    if event.is_some() {
        payment.sequence += 1;
        payment.changed_at = drawn.now;
    }
    payment.state = state;
    let sums = state.balances();
    let authorizing = matches!(state, State::Open { authorizing: true, .. });
    let changed = tx.execute(
        &UPDATE,
        &[
            payment.key.into(),
            payment.version.into(),
            payment.sequence.into(),
            state.status().as_str().into(),
            sums.authorized.into(),
            sums.captured.into(),
            sums.voided.into(),
            sums.refunded.into(),
            authorizing.into(),
            sums.capturing.into(),
            sums.voiding.into(),
            sums.refunding.into(),
            Value::from(payment.last_decline.map(Decline::as_str)),
            Value::from(payment.card.as_ref().map(|card| &card.brand)),
            Value::from(payment.card.as_ref().map(|card| &card.last_four)),
            Value::from(payment.lapses_at.map(|at| at.0)),
            payment.changed_at.0.into(),
            Value::from(payment.authorized_at.map(|at| at.0)),
        ],
    )?;
    step(tx, payment, changed)?;
    match event {
        Some(event) => event::append(tx, payment.scope, event, payment.id, payment.sequence, drawn),
        None => Ok(()),
    }
}

/// Writes a payment's metadata.
pub(crate) fn set_metadata(tx: &mut Tx<'_>, payment: &mut Payment, metadata: Metadata) -> Result<(), Error> {
    let json = metadata.json();
    let changed = tx.execute(&SET_METADATA, &[payment.key.into(), payment.version.into(), (&json).into()])?;
    payment.metadata = metadata;
    step(tx, payment, changed)
}

/// Notes that a payment is not captured by itself any more.
pub(crate) fn forget_capture_at(tx: &mut Tx<'_>, payment: &mut Payment) -> Result<(), Error> {
    let changed = tx.execute(&FORGET_CAPTURE_AT, &[payment.key.into(), payment.version.into()])?;
    payment.capture_at = None;
    step(tx, payment, changed)
}

/// Removes a payment.
pub(crate) fn delete(tx: &mut Tx<'_>, payment: &mut Payment) -> Result<(), Error> {
    let changed = tx.execute(&DELETE, &[payment.key.into(), payment.version.into()])?;
    step(tx, payment, changed)
}

/// A change made on an outdated reading changes nothing, and the unit of work starts over.
fn step(tx: &mut Tx<'_>, payment: &mut Payment, changed: u64) -> Result<(), Error> {
    if changed == 0 {
        return Err(tx.lost_race().into());
    }
    payment.version += 1;
    Ok(())
}

/// Notes the saved card that a payment is made with.
pub(crate) fn set_instrument(
    tx: &mut Tx<'_>,
    payment: &mut Payment,
    instrument: &Instrument,
) -> Result<(), Error> {
    let values = [payment.key.into(), payment.version.into(), instrument.key.into()];
    let changed = tx.execute(&SET_INSTRUMENT, &values)?;
    payment.instrument = Some(instrument.id);
    step(tx, payment, changed)
}

/// Notes what may be shown of the card that a client charges.
pub(crate) fn set_charged(tx: &mut Tx<'_>, payment: &mut Payment, charged: Charged) -> Result<(), Error> {
    let changed = tx.execute(
        &SET_CHARGED,
        &[
            payment.key.into(),
            payment.version.into(),
            (&charged.first_six).into(),
            i64::from(charged.expiry.year).into(),
            i64::from(charged.expiry.month).into(),
            Value::from(charged.fingerprint.as_ref().map(Id::bytes)),
            Value::from(charged.holder.as_ref()),
            charged.code_sent.into(),
        ],
    )?;
    payment.charged = Some(charged);
    step(tx, payment, changed)
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
        let payments = tx.all(&BY_REFERENCE, &self.next(most), read)?;
        self.before = payments.last().map_or(self.before, |payment| payment.key);
        Ok(payments)
    }

    /// Passes the next payments, at most `most`, and says how many there were.
    pub fn pass(&mut self, tx: &mut Tx<'_>, most: i64) -> Result<i64, Error> {
        let passed = tx.all(&IDS_BY_REFERENCE, &self.next(most), |row| row.int(0))?;
        self.before = passed.last().copied().unwrap_or(self.before);
        Ok(passed.len() as i64)
    }

    fn next(&self, most: i64) -> [Value<'_>; 5] {
        let Self { scope, reference, before } = self;
        [scope.merchant.into(), scope.mode.as_str().into(), reference.into(), (*before).into(), most.into()]
    }
}

/// Payments that are to be captured by now, at most 100.
pub(crate) fn to_capture(tx: &mut Tx<'_>, now: Time) -> Result<Vec<Named>, Error> {
    tx.all(&TO_CAPTURE, &[now.0.into()], read_name)
}

fn read_name(row: &Row<'_>) -> Result<Named, Error> {
    Ok((Scope { merchant: row.int(0)?, mode: Mode::stored(&row.text(1)?)? }, Id::from_bytes(row.array(2)?)))
}

fn read(row: &Row<'_>) -> Result<Payment, Error> {
    let currency = row.text(9)?;
    let currency = Currency::parse(&currency).ok_or_else(|| wrong("currency", &currency))?;
    let authorizing = row.flag(15)?;
    let stored = row.text(8)?;
    let state = match stored.as_str() {
        "pending" => State::Open { tried: false, authorizing },
        "retryable" => State::Open { tried: true, authorizing },
        "declined" => State::Ended(Ended::Declined),
        "canceled" => State::Ended(Ended::Canceled),
        "expired" => State::Ended(Ended::Expired),
        "verified" => State::Ended(Ended::Verified),
        _ => State::Approved(read_balances(row)?),
    };
    if state.status().as_str() != stored {
        return Err(wrong("state", &stored));
    }
    let decline = row.opt_text(29)?;
    let card = row.opt_text(30)?.zip(row.opt_text(31)?);
    Ok(Payment {
        key: row.int(0)?,
        version: row.int(6)?,
        sequence: row.int(7)?,
        scope: Scope { merchant: row.int(1)?, mode: Mode::stored(&row.text(2)?)? },
        id: Id::from_bytes(row.array(3)?),
        customer: row.opt_array(4)?.map(Id::from_bytes),
        api: row.text(5)?,
        money: Money::new(row.int(10)?, currency)?,
        state,
        captures_itself: row.flag(19)?,
        description: row.text(20)?,
        reference: row.opt_text(21)?,
        metadata: Metadata::stored(&row.text(22)?)?,
        extras: row.opt_text(23)?,
        page: read_page(row)?,
        last_decline: decline
            .map(|text| Decline::parse(&text).ok_or_else(|| wrong("decline", &text)))
            .transpose()?,
        card: card.map(|(brand, last_four)| CardFace { brand, last_four }),
        lapses_at: row.opt_int(32)?.map(Time),
        created_at: Time(row.int(33)?),
        changed_at: Time(row.int(34)?),
        automatic: row.flag(35)?,
        instrument: row.opt_array(36)?.map(Id::from_bytes),
        customer_key: row.opt_int(37)?.map(CustomerKey),
        customer_named: row.flag(46)?,
        authorized_at: row.opt_int(38)?.map(Time),
        charged: read_charged(row)?,
        capture_at: row.opt_int(44)?.map(Time),
    })
}

fn read_charged(row: &Row<'_>) -> Result<Option<Charged>, Error> {
    let date = row.opt_int(40)?.zip(row.opt_int(41)?);
    let Some((first_six, (year, month))) = row.opt_text(39)?.zip(date) else { return Ok(None) };
    let wrong = |_| wrong("date", "none");
    let expiry =
        Expiry { year: i16::try_from(year).map_err(wrong)?, month: i8::try_from(month).map_err(wrong)? };
    let fingerprint = row.opt_array(42)?.map(Id::from_bytes);
    let code_sent = row.opt_int(45)? == Some(1);
    Ok(Some(Charged { first_six, expiry, fingerprint, code_sent, holder: row.opt_text(43)? }))
}

fn read_balances(row: &Row<'_>) -> Result<Balances, Error> {
    Ok(Balances {
        authorized: row.int(11)?,
        captured: row.int(12)?,
        voided: row.int(13)?,
        refunded: row.int(14)?,
        capturing: row.int(16)?,
        voiding: row.int(17)?,
        refunding: row.int(18)?,
    })
}

fn read_page(row: &Row<'_>) -> Result<Option<Page>, Error> {
    let Some(return_url) = row.opt_text(24)? else { return Ok(None) };
    Ok(Some(Page {
        return_url,
        cancel_url: row.text(25)?,
        framed: row.flag(26)?,
        offers_saving: row.flag(27)?,
        asks_code: row.flag(47)?,
        expires_at: row.opt_int(28)?.map(Time),
    }))
}

fn wrong(what: &str, stored: &str) -> Error {
    Error::Internal(format!("a stored {what} is {stored}"))
}
