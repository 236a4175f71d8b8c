//! The rows of payments, written: each change with its event, and on no outdated reading.

use db::Tx;

use crate::kernel::error::Error;
use crate::kernel::metadata::Metadata;
use crate::kernel::time::Drawn;
use crate::payments::{ChargedCard, Payment, State};
use crate::records::customers::Customer;
use crate::records::event::{self, Event};
use crate::records::instruments::Instrument;

statements! {
    INSERT = "insert into payments
        (merchant, mode, public_id, customer, api, version, sequence, state, currency, amount, authorized, captured,
         voided, refunded, authorizing, capturing, voiding, refunding, captures_itself, description, reference,
         metadata, extras, page_return_url, page_cancel_url, page_framed, page_offers_saving, page_expires_at,
         created_at, changed_at, automatic, capture_at, customer_named, page_asks_code, page_failure_url,
         page_authenticates, may_grow)
        values ($1, $2, $3, $4, $5, 1, 1, 'pending', $6, $7, 0, 0, 0, 0, 0, 0, 0, 0, $8, $9, $10, $11, $12, $13, $14,
         $15, $16, $17, $18, $18, $19, $20, $21, $22, $23, $24, $25) returning id";
    UPDATE = "update payments set version = version + 1, sequence = $3, state = $4, authorized = $5, captured = $6,
        voided = $7, refunded = $8, authorizing = $9, capturing = $10, voiding = $11, refunding = $12,
        last_decline = $13, card_brand = $14, card_last_four = $15, lapses_at = $16, changed_at = $17,
        authorized_at = $18, raised = $19, raising = $20, raises = $21
        where id = $1 and version = $2";
    SET_METADATA = "update payments set version = version + 1, metadata = $3 where id = $1 and version = $2";
    DELETE = "delete from payments where id = $1 and version = $2";
    FORGET_CAPTURE_AT = "update payments set version = version + 1, capture_at = null where id = $1 and version = $2";
    SET_INSTRUMENT = "update payments set version = version + 1, instrument = $3 where id = $1 and version = $2";
    SET_CHARGED = "update payments set version = version + 1, card_first_six = $3, card_expiry_year = $4,
        card_expiry_month = $5, card_fingerprint = $6, card_holder = $7,
        card_code_sent = $8 where id = $1 and version = $2";
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
    payment.key = tx.insert(
        &INSERT,
        &[
            payment.scope.merchant.into(),
            payment.scope.mode.into(),
            (&payment.id).into(),
            customer.map(|customer| customer.key).into(),
            (&payment.api).into(),
            payment.money.currency.into(),
            payment.money.minor.into(),
            payment.captures_itself.into(),
            (&payment.description).into(),
            payment.reference.as_ref().into(),
            (&metadata).into(),
            payment.extras.as_ref().into(),
            page.map(|page| &page.return_url).into(),
            page.map(|page| &page.cancel_url).into(),
            page.map(|page| page.framed).into(),
            page.map(|page| page.offers_saving).into(),
            page.and_then(|page| page.expires_at).into(),
            payment.created_at.into(),
            payment.automatic.into(),
            payment.capture_at.into(),
            payment.customer_named.into(),
            page.is_some_and(|page| page.asks_code).into(),
            page.and_then(|page| page.failure_url.as_ref()).into(),
            page.is_some_and(|page| page.authenticates).into(),
            payment.may_grow.into(),
        ],
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
    let before = payment.status();
    payment.state = state;
    if event.is_some() {
        payment.sequence += 1;
    }
    // A try after a declined one, and one that never arrived, move it without an event.
    if event.is_some() || payment.status() != before {
        payment.changed_at = drawn.now;
    }
    let sums = state.balances();
    let authorizing = matches!(state, State::Open { authorizing: true, .. });
    let changed = tx.execute(
        &UPDATE,
        &[
            payment.key.into(),
            payment.version.into(),
            payment.sequence.into(),
            state.status().into(),
            sums.authorized.into(),
            sums.captured.into(),
            sums.voided.into(),
            sums.refunded.into(),
            authorizing.into(),
            sums.capturing.into(),
            sums.voiding.into(),
            sums.refunding.into(),
            payment.last_decline.into(),
            payment.card.as_ref().map(|card| &card.brand).into(),
            payment.card.as_ref().map(|card| &card.last_four).into(),
            payment.lapses_at.into(),
            payment.changed_at.into(),
            payment.authorized_at.into(),
            sums.raised.into(),
            sums.raising.into(),
            sums.raises.into(),
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
pub(crate) fn set_charged(tx: &mut Tx<'_>, payment: &mut Payment, charged: ChargedCard) -> Result<(), Error> {
    let changed = tx.execute(
        &SET_CHARGED,
        &[
            payment.key.into(),
            payment.version.into(),
            (&charged.first_six).into(),
            charged.expiry.year.into(),
            charged.expiry.month.into(),
            charged.fingerprint.as_ref().into(),
            charged.holder.as_ref().into(),
            charged.code_sent.into(),
        ],
    )?;
    payment.charged = Some(charged);
    step(tx, payment, changed)
}
