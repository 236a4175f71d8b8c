//! The test cards, each with what the simulator answers to it. Any other number that passes Luhn is approved.

/// A test card and what it is for, in words, as lists show it.
pub const TEST_CARDS: &[(&str, &str)] = &[
    ("4242424242424242", "Visa, approved"),
    ("5555555555554444", "Mastercard, approved"),
    ("5436031030606378", "Mastercard, approved"),
    ("378282246310005", "American Express, approved"),
    ("4000000000000002", "Declined"),
    ("4000000000009995", "Insufficient funds"),
    ("4000000000000069", "Expired card"),
    ("4000000000000127", "Wrong security code"),
    ("4000000000000119", "Processing error, may be retried"),
];

/// The decline code of a number; none is approved.
pub(super) fn decline_of(number: &str) -> Option<&'static str> {
    match number {
        "4000000000000002" => Some("20005"),
        "4000000000009995" => Some("20051"),
        "4000000000000069" => Some("20054"),
        "4000000000000127" => Some("200N7"),
        "4000000000000119" => Some("20096"),
        _ => None,
    }
}
