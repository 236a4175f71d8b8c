//! Amounts as this API counts them, which the record counts in the minor units of ISO 4217: both ways in one place, for
//! every amount that moves money or tells of it. The prices and parts of what a request says to be shown again are its own,
//! and go out as they came in.
//!
//! Page "Format the amount value", December 2025.

use domain::money::{AMOUNT_MAX, Currency, Money};
use domain::payments::Payment;

use crate::warnings;

/// The largest number that any amount of the record is in this API's units.
pub(super) const SENT_MAX: i64 = AMOUNT_MAX * 100;

/// The smallest amount that this API can write.
struct Step {
    /// In this API's units.
    sent: i64,
    /// In minor units.
    minor: i64,
}

fn step(currency: Currency) -> Step {
    let (sent, minor) = match currency.code() {
        // Hundredths of what has no minor unit.
        "CLP" | "UYI" => (100, 1),
        // Hundredths, where the minor unit is a ten-thousandth.
        "CLF" | "UYW" => (1, 100),
        // Thousandths, of which the last digit is a zero.
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => (10, 10),
        _ => (1, 1),
    };
    Step { sent, minor }
}

/// What an amount that was sent is. None where this API would not write it so, or it is more than any amount.
pub(super) fn money(sent: i64, currency: Currency) -> Option<Money> {
    let step = step(currency);
    let minor = (sent / step.sent).checked_mul(step.minor)?;
    Money::new(minor, currency).ok().filter(|_| sent % step.sent == 0)
}

/// Minor units as this API writes them, rounded down where it cannot write them all.
pub(super) fn shown(minor: i64, currency: Currency) -> i64 {
    let step = step(currency);
    minor / step.minor * step.sent
}

/// An amount that was sent, as it was sent.
pub(super) fn sent(money: Money) -> i64 {
    shown(money.minor, money.currency)
}

/// Whether this API cannot write an amount as it is.
pub(super) fn is_rounded(minor: i64, currency: Currency) -> bool {
    minor % step(currency).minor != 0
}

/// Whether this API cannot write an amount of a payment as it is.
pub(super) fn rounds(payment: &Payment) -> bool {
    let sums = payment.state.balances();
    let refunds = [sums.refunded(), sums.refundable()];
    let captures = [sums.authorized(), sums.voided(), sums.open(), sums.captured()];
    let mut amounts = [payment.money.minor].into_iter().chain(captures).chain(refunds);
    amounts.any(|minor| is_rounded(minor, payment.money.currency))
}

/// Tells that amounts of an answer are rounded down, if they are.
pub(super) fn tell(rounded: bool) {
    if rounded {
        warnings::rounded_down("amounts");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vendor's page: what is written as it is, and what in thousandths with a zero at the end. All else is hundredths.
    const AS_IT_IS: &str = "BIF DJF GNF ISK JPY KMF KRW PYG RWF UGX VUV VND XAF XOF XPF";
    const THOUSANDTHS: &str = "BHD IQD JOD KWD LYD OMR TND";

    #[test]
    fn every_currency_is_counted_as_the_vendor_counts_it() {
        let letters = || 'A'..='Z';
        let codes = letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])));
        let mut known = 0;
        for code in codes.map(String::from_iter) {
            let Some(currency) = Currency::parse(&code) else { continue };
            known += 1;
            let is_in = |list: &str| list.contains(&code);
            let digits = if is_in(AS_IT_IS) {
                0
            } else if is_in(THOUSANDTHS) {
                3
            } else {
                2
            };
            // A thousand of it, which every currency can write.
            let (sent, minor) = (1_000 * 10_i64.pow(digits), 1_000 * 10_i64.pow(currency.exponent()));
            assert_eq!(money(sent, currency), Money::new(minor, currency).ok(), "{code}");
            assert_eq!((shown(minor, currency), is_rounded(minor, currency)), (sent, false), "{code}");
            let writes_all_digits = digits != 3 && digits <= currency.exponent();
            assert_eq!(money(sent + 1, currency).is_some(), writes_all_digits, "{code}");
        }
        assert!(known > 150, "{known} currencies");
    }

    #[test]
    fn what_does_not_divide_is_rounded_down_where_it_is_shown() {
        for (code, minor, rounded) in [("KWD", 1_239, 1_230), ("CLF", 10_599, 105), ("UYW", 99, 0)] {
            let currency = Currency::parse(code).unwrap();
            assert_eq!((shown(minor, currency), is_rounded(minor, currency)), (rounded, true), "{code}");
        }
    }

    #[test]
    fn no_amount_is_more_than_the_record_can_hold() {
        let of = |code| Currency::parse(code).unwrap();
        assert!(money(9_999_999_999, of("CLF")).is_some());
        for sent in [10_000_000_000, i64::MAX] {
            assert!(money(sent, of("CLF")).is_none(), "{sent}");
        }
        assert!(money(999_999_999_900, of("CLP")).is_some());
        assert_eq!(shown(999_999_999_999, of("CLP")), SENT_MAX);
        assert!(money(SENT_MAX, of("CLP")).is_some() && money(SENT_MAX, of("EUR")).is_none());
    }
}
