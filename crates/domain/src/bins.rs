//! What the first digits of a card number say beside its brand: who issued it, where, and what kind of card it is.
//!
//! The built-in table knows the numbers that test mode gives out, and a few whose facts documents print. A number that
//! it does not know has no facts, which is no fault of anybody's.

/// The facts of a range of card numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bin {
    /// Who issued the card.
    pub issuer: &'static str,
    /// ISO 3166, two letters.
    pub country: &'static str,
    /// How it is paid for.
    pub funding: Funding,
    /// Who it was made for.
    pub category: Category,
    /// The scheme's code of the product.
    pub product: &'static str,
    /// The scheme's name of the product.
    pub product_name: &'static str,
}

/// How the holder pays for what a card paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Funding {
    /// Later.
    Credit,
    /// At once.
    Debit,
    /// Before.
    Prepaid,
    /// All of it at the end of a period.
    Charge,
}

/// Who a card was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// A person.
    Consumer,
    /// A company.
    Commercial,
}

const SIMULATED: &str = "SIMULATED BANK";

/// Beginnings of six digits. The first that fits decides.
const TABLE: &[(&str, Bin)] = &[
    ("424242", consumer("A", "VISA TRADITIONAL", Funding::Credit, "GB")),
    ("400000", consumer("F", "VISA CLASSIC", Funding::Debit, "SE")),
    ("454347", Bin { issuer: "TEST STATE BANK", ..consumer("F", "CLASSIC", Funding::Credit, "US") }),
    ("555555", consumer("MCC", "MASTERCARD CREDIT", Funding::Credit, "US")),
    ("543603", consumer("MPL", "MASTERCARD PLATINUM", Funding::Credit, "MU")),
    ("378282", consumer("AXG", "AMERICAN EXPRESS GREEN", Funding::Charge, "US")),
];

const fn consumer(
    product: &'static str,
    product_name: &'static str,
    funding: Funding,
    country: &'static str,
) -> Bin {
    Bin { issuer: SIMULATED, country, funding, category: Category::Consumer, product, product_name }
}

/// The facts of a card by its first six digits, where they are known.
pub fn of(first_six: &str) -> Option<&'static Bin> {
    TABLE.iter().find(|(beginning, _)| *beginning == first_six).map(|(_, bin)| bin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_test_mode_are_known_and_others_are_not() {
        for known in ["424242", "400000", "555555", "543603", "378282"] {
            assert!(of(known).is_some(), "{known}");
        }
        for unknown in ["", "4242", "424243", "999999"] {
            assert_eq!(of(unknown), None, "{unknown}");
        }
    }
}
