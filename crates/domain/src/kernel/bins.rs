//! What the first digits of a card number say beside its brand: who issued it, where, and what kind of card it is.
//!
//! The built-in table knows the numbers that test mode gives out, and a few whose facts documents print. An operator
//! may load more, which win over it. A number that neither knows has no facts, which is no fault of anybody's.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

/// The facts of a range of card numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bin {
    /// Who issued the card.
    pub issuer: Cow<'static, str>,
    /// ISO 3166, two letters.
    pub country: Cow<'static, str>,
    /// How it is paid for.
    pub funding: Funding,
    /// Who it was made for.
    pub category: Category,
    /// The scheme's code of the product.
    pub product: Cow<'static, str>,
    /// The scheme's name of the product.
    pub product_name: Cow<'static, str>,
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

impl Funding {
    /// Reads the word, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "credit" => Some(Self::Credit),
            "debit" => Some(Self::Debit),
            "prepaid" => Some(Self::Prepaid),
            "charge" => Some(Self::Charge),
            _ => None,
        }
    }
}

/// Who a card was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// A person.
    Consumer,
    /// A company.
    Commercial,
}

impl Category {
    /// Reads the word, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "consumer" => Some(Self::Consumer),
            "commercial" => Some(Self::Commercial),
            _ => None,
        }
    }
}

const SIMULATED: &str = "SIMULATED BANK";

/// Beginnings of six digits. The first that fits decides.
static TABLE: &[(&str, Bin)] = &[
    ("424242", consumer("A", "VISA TRADITIONAL", Funding::Credit, "GB")),
    ("400000", consumer("F", "VISA CLASSIC", Funding::Debit, "SE")),
    ("454347", issued("TEST STATE BANK", Category::Consumer, "F", "CLASSIC", Funding::Credit, "US")),
    ("555555", consumer("MCC", "MASTERCARD CREDIT", Funding::Credit, "US")),
    ("543603", consumer("MPL", "MASTERCARD PLATINUM", Funding::Credit, "MU")),
    ("465858", consumer("N", "VISA DEBIT", Funding::Debit, "GB")),
    ("500018", consumer("MSI", "MAESTRO", Funding::Debit, "GB")),
    ("448407", issued(SIMULATED, Category::Commercial, "G", "VISA BUSINESS", Funding::Credit, "GB")),
    ("400014", consumer("N", "VISA PREPAID", Funding::Prepaid, "GB")),
    ("378282", consumer("AXG", "AMERICAN EXPRESS GREEN", Funding::Charge, "US")),
];

const fn consumer(
    product: &'static str,
    product_name: &'static str,
    funding: Funding,
    country: &'static str,
) -> Bin {
    issued(SIMULATED, Category::Consumer, product, product_name, funding, country)
}

const fn issued(
    issuer: &'static str,
    category: Category,
    product: &'static str,
    product_name: &'static str,
    funding: Funding,
    country: &'static str,
) -> Bin {
    Bin {
        issuer: Cow::Borrowed(issuer),
        country: Cow::Borrowed(country),
        funding,
        category,
        product: Cow::Borrowed(product),
        product_name: Cow::Borrowed(product_name),
    }
}

/// What an operator has loaded, by beginnings of two to six digits.
static LOADED: OnceLock<HashMap<String, Bin>> = OnceLock::new();

/// Takes an operator's facts, once.
pub fn load(facts: HashMap<String, Bin>) {
    // A second table would be one that some answers know already and others do not.
    let _ = LOADED.set(facts);
}

/// The facts of a card by its first six digits, where they are known. The longest beginning decides.
pub fn of(first_six: &str) -> Option<&'static Bin> {
    let beginnings = (2..=6).rev().filter_map(|length| first_six.get(..length));
    let loaded = LOADED.get().and_then(|facts| beginnings.into_iter().find_map(|digits| facts.get(digits)));
    loaded.or_else(|| TABLE.iter().find(|(beginning, _)| *beginning == first_six).map(|(_, bin)| bin))
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
