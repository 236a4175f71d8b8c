//! What payments say of people: of their customer, and of the card that they were paid with. It is written with the payment,
//! and erased from here once the customer or the card is deleted. A payment reads as if it were gone from then on.

use db::Tx;

use crate::kernel::error::Error;
use crate::kernel::id::{CustomerKey, InstrumentKey};

const FORGET: &str =
    "update payments set forgot = 1, instrument = null, extras = null, card_holder = null, card_first_six = null,
    card_expiry_year = null, card_expiry_month = null, card_fingerprint = null, card_code_sent = null";

statements! {
    FORGET_PAGES = "update hosted_pages set request = null
        where payment in (select id from payments where customer = $1 and id <= $2)";
    FORGET_OPERATIONS = "delete from action_extras where action in (select e.action from payments p
        join action_extras e on e.payment = p.id where p.customer = $1 and p.id <= $2 limit $3)";
    FORGET_CARDS_OPERATIONS = "delete from action_extras where action in (select e.action from payments p
        join action_extras e on e.payment = p.id
        where p.instrument = $1 and p.customer is distinct from $2 and p.id <= $3 limit $4)";
    FORGET_CUSTOMER = FORGET, ", customer = null where customer = $1 and id <= $2";
    FORGET_HOLDER = FORGET, "where instrument = $1 and customer is distinct from $2 and id <= $3";
    LET_GO = "update payments set instrument = null where instrument = $1 and id <= $2";
}

/// Has the payments up to a row key forget a deleted customer, and whatever they and their pages say of people. What was said
/// of their operations goes first, `most` of it at a time: a payment has many of them at times.
pub(crate) fn forget_customer(
    tx: &mut Tx<'_>,
    customer: CustomerKey,
    last: i64,
    most: i64,
) -> Result<(), Error> {
    let [named, last] = [customer.into(), last.into()];
    if is_all_of_it(tx.execute(&FORGET_OPERATIONS, &[named, last, most.into()])?, most) {
        // Before the payments forget whose they are.
        tx.send(&FORGET_PAGES, &[named, last])?;
        tx.send(&FORGET_CUSTOMER, &[named, last])?;
    }
    Ok(())
}

/// Has the payments up to a row key forget a deleted card. Where it paid for nobody, or for somebody else than its customer, what
/// was said of it goes too: it goes with its customer, and the payment does not.
pub(crate) fn forget_card(
    tx: &mut Tx<'_>,
    card: InstrumentKey,
    customer: Option<CustomerKey>,
    last: i64,
    most: i64,
) -> Result<(), Error> {
    if let Some(customer) = customer {
        let [named, customer, last] = [card.into(), customer.into(), last.into()];
        let gone = tx.execute(&FORGET_CARDS_OPERATIONS, &[named, customer, last, most.into()])?;
        if !is_all_of_it(gone, most) {
            return Ok(());
        }
        tx.send(&FORGET_HOLDER, &[named, customer, last])?;
    }
    tx.send(&LET_GO, &[card.into(), last.into()])?;
    Ok(())
}

/// Whether nothing is left where so many rows went of at most so many.
fn is_all_of_it(gone: u64, most: i64) -> bool {
    i64::try_from(gone).is_ok_and(|gone| gone < most)
}
