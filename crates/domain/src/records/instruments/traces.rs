//! What of a card stands in the payments that it paid. It is written with the payment, and erased from here with the card's
//! customer: a card knows whose it is, and a payment need not.

use db::Tx;

use crate::kernel::error::Error;
use crate::kernel::id::{CustomerKey, InstrumentKey};

const FORGET: &str =
    "update payments set instrument = null, extras = null, card_holder = null, card_first_six = null,
    card_expiry_year = null, card_expiry_month = null, card_fingerprint = null, card_code_sent = null";

statements! {
    // The customer goes with the card. Left to the foreign key, each row would be written twice, which for a customer with
    // very many payments takes longer than a statement may.
    FORGET_HOLDER = FORGET, ", customer = null where customer = $1";
    FORGET_CARD = FORGET, "where instrument = $1 and customer is distinct from $2";
}

/// Erases what a customer's payments say of people.
///
/// Customer and card are let go of here and not by the deletion, because PostgreSQL checks a row that was written twice in
/// one unit of work while one of the two is gone already.
pub(crate) fn forget_of(tx: &mut Tx<'_>, customer: CustomerKey) -> Result<(), Error> {
    tx.execute(&FORGET_HOLDER, &[customer.into()])?;
    Ok(())
}

/// Forgets a card where it paid for nobody, or for somebody else than its customer.
pub(crate) fn forget_card(tx: &mut Tx<'_>, card: InstrumentKey, customer: CustomerKey) -> Result<(), Error> {
    tx.execute(&FORGET_CARD, &[card.into(), customer.into()])?;
    Ok(())
}
