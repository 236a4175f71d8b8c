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
    ("4000000000003220", "Asks the buyer to confirm at the bank"),
    ("4000000000000341", "Approved, and the answer gets lost for a moment"),
];

/// What the simulator does with a card.
pub(super) enum Behaviour {
    Approve,
    Decline(&'static str),
    Challenge,
    LoseTheAnswer,
}

/// What a number asks for; any that is not listed is approved.
pub(super) fn behaviour_of(number: &str) -> Behaviour {
    match number {
        "4000000000000002" => Behaviour::Decline("20005"),
        "4000000000009995" => Behaviour::Decline("20051"),
        "4000000000000069" => Behaviour::Decline("20054"),
        "4000000000000127" => Behaviour::Decline("200N7"),
        "4000000000000119" => Behaviour::Decline("20096"),
        "4000000000003220" => Behaviour::Challenge,
        "4000000000000341" => Behaviour::LoseTheAnswer,
        _ => Behaviour::Approve,
    }
}

/// The codes that an amount's last two digits ask for, where they may.
const BY_AMOUNT: &[(i64, &str)] = &[
    (5, "20005"),
    (12, "20012"),
    (14, "20014"),
    (51, "20051"),
    (54, "20054"),
    (57, "20057"),
    (59, "20059"),
    (61, "20061"),
    (62, "20062"),
];

/// What an amount asks for by its last two digits; nothing is never declined.
pub(super) fn decline_of(amount: i64) -> Option<&'static str> {
    let (_, code) = BY_AMOUNT.iter().find(|(digits, _)| amount > 0 && amount % 100 == *digits)?;
    Some(code)
}
