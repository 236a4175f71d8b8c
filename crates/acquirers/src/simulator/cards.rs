//! The test cards, each with what the simulator answers to it. Any other number that passes Luhn is approved.

/// A test card and what it is for, in words. Pages and `kassa demo --all` show them in this order. What a card does stands in
/// [`behaviour_of`]: one that is missing there is approved. The browser tests have lists of their own: `APPROVED` in
/// `tests/pages/checkout.test.mjs` and `DECLINED` in `tests/pages/checkout.mjs`.
pub const TEST_CARDS: &[(&str, &str)] = &[
    ("4242424242424242", "Visa, approved"),
    ("5555555555554444", "Mastercard, approved"),
    ("5436031030606378", "Mastercard, approved"),
    ("378282246310005", "American Express, approved"),
    ("2223000010479399", "Mastercard, approved"),
    ("30123456789019", "Diners Club, approved"),
    ("6011111111111117", "Discover, approved"),
    ("3530111333300000", "JCB, approved"),
    ("4658584090000001", "Visa debit, approved"),
    ("5000186622346654", "Maestro debit, approved"),
    ("4484070000035519", "Visa commercial, approved"),
    ("4000000000000002", "Declined"),
    ("4000000000009995", "Insufficient funds"),
    ("4000000000000069", "Expired card"),
    ("4000000000000127", "Wrong security code"),
    ("4000000000000119", "Processing error, may be retried"),
    ("4000000000003220", "Asks the buyer to confirm at the bank, when it pays"),
    ("4000000000000341", "Approved, and the answer gets lost for a moment"),
    ("4734868958733862", "Wrong security code"),
    ("4567361325981788", "All authorizations are stopped"),
    ("4111111111111129", "Refer to the card's bank"),
    ("4024007181869214", "Declined"),
    ("4024007103573027", "Invalid transaction"),
    ("4485381577182090", "Invalid card number"),
    ("4544249167673670", "Insufficient funds"),
    ("4724117215951699", "Expired card"),
    ("4000141680788456", "Prepaid, expired card"),
    ("4151512736305999", "Not permitted to the cardholder"),
    ("4897453568485113", "Suspected fraud"),
    ("4000144348235050", "Prepaid, suspected fraud"),
    ("4556294593757189", "Above the card's limit"),
    ("4818924250131070", "Restricted card"),
    ("4556253752712245", "Security violation"),
    ("4095254802642505", "Timeout, may be retried"),
    ("4532819413487978", "Blocked until first use"),
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
        "4111111111111129" => Behaviour::Decline("20001"),
        "4000000000000002" | "4024007181869214" => Behaviour::Decline("20005"),
        "4024007103573027" => Behaviour::Decline("20012"),
        "4485381577182090" => Behaviour::Decline("20014"),
        "4000000000009995" | "4544249167673670" => Behaviour::Decline("20051"),
        "4000000000000069" | "4724117215951699" | "4000141680788456" => Behaviour::Decline("20054"),
        "4151512736305999" => Behaviour::Decline("20057"),
        "4897453568485113" | "4000144348235050" => Behaviour::Decline("20059"),
        "4556294593757189" => Behaviour::Decline("20061"),
        "4818924250131070" => Behaviour::Decline("20062"),
        "4556253752712245" => Behaviour::Decline("20063"),
        "4095254802642505" => Behaviour::Decline("20068"),
        "4532819413487978" => Behaviour::Decline("20078"),
        "4000000000000119" => Behaviour::Decline("20096"),
        "4000000000000127" | "4734868958733862" => Behaviour::Decline("200N7"),
        "4567361325981788" => Behaviour::Decline("200R3"),
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
