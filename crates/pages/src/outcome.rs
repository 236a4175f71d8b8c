//! What a page says of a payment that is over, or was declined.

use domain::card::{Brand, CardFace, Expiry};
use domain::money::Money;
use domain::payments::{Payment, Status};
use domain::time::Time;

use crate::messages::Outcome;
use crate::views::Receipt;
use crate::words;

/// What became of the payment; none while it can still be paid.
pub(crate) fn of(payment: &Payment, now: Time) -> Option<Outcome> {
    let sums = payment.state.balances();
    let amount = |minor| Money { minor, ..payment.money }.display();
    match payment.status() {
        Status::Pending | Status::Retryable if payment.is_overdue(now) => Some(Outcome::Revoked),
        Status::Pending | Status::Retryable => None,
        Status::Declined => Some(Outcome::Declined),
        Status::Canceled => Some(Outcome::Canceled),
        Status::Expired => Some(Outcome::Revoked),
        Status::Authorized => Some(Outcome::Reserved),
        Status::PartiallyCaptured => Some(Outcome::PartlyPaid { paid: amount(sums.captured()) }),
        Status::Captured => Some(Outcome::Paid),
        Status::Verified => Some(Outcome::Verified),
        Status::Voided => Some(Outcome::Released),
        Status::PartiallyRefunded => Some(Outcome::PartlyRefunded { refunded: amount(sums.refunded()) }),
        Status::Refunded => Some(Outcome::Refunded),
    }
}

/// What a buyer keeps of a payment, once a card was charged or reserved.
pub(crate) fn receipt(payment: &Payment) -> Option<Receipt> {
    let (card, paid_at) = (payment.card.as_ref()?, payment.authorized_at?);
    Some(Receipt {
        when: paid_at.format("%-d %B %Y, %H:%M UTC"),
        when_machine: paid_at.format("%Y-%m-%dT%H:%M:%SZ"),
        brand: Brand::name_of_code(&card.brand).to_owned(),
        last_four: card.last_four.clone(),
        reference: payment.reference.clone(),
        payment: payment.id.hex(),
    })
}

/// A card's date as it is printed on it.
pub(crate) fn expiry(expiry: Expiry) -> String {
    format!("{:02}/{:02}", expiry.month, expiry.year % 100)
}

pub(crate) fn card_in_words(face: &CardFace) -> String {
    words::ending_in(Brand::name_of_code(&face.brand), &face.last_four)
}
