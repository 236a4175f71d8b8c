//! Every word that a buyer reads, in one place, so that a translation is a second copy of this file and
//! nothing else. It must not hold markup, and it must not decide anything: it only says what a view has
//! already decided.

use crate::views::{
    ChoiceError, CodeError, CustomerNotice, Decline, ErrorKind, ExpiryError, Notice, NumberError, Outcome,
    TooMany,
};

/// The language of this file, for the page's `lang` attribute.
pub const LANGUAGE: &str = "en";

/// Set before the title of a page that shows errors, because a screen reader speaks the title first.
pub const ERROR_PREFIX: &str = "Error: ";

pub const TEST_MODE: &str = "Test mode";
pub const TEST_MODE_MEANS: &str = "– no real money moves.";

pub const TO_PAY: &str = "To pay";
pub const SHOW_ALL: &str = "Show all";
pub const SHOW_LESS: &str = "Show less";

pub const PAY_BY_CARD: &str = "Pay by card";
pub const CARD_NUMBER: &str = "Card number";
pub const EXPIRY: &str = "Expiry date (MM/YY)";
pub const CODE: &str = "Security code";
pub const CODE_HELP: &str = "3 digits on the back, or 4 on the front of American Express.";

pub const SAVED_CODE: &str = "Security code of the chosen card";

pub const CHOOSE_CARD: &str = "Choose a card";
pub const ANOTHER_CARD: &str = "Another card";
pub const WHAT_IS_SAVED: &str = "We keep the number, encrypted, and the expiry date – never the security code. \
    The shop sees only the brand, the last four digits and the expiry date.";

pub const PAYING: &str = "Paying…";
pub const SLOW: &str = "This takes longer than usual – please stay on this page.";
pub const CANCEL: &str = "Cancel";

pub const PROBLEM: &str = "There is a problem";

pub const TEST_CARDS: &str = "Test cards";
pub const TEST_CARDS_HELP: &str = "Any future date and any security code will do.";

pub const NO_MONEY: &str = "No money has been taken.";

pub const PROCESSING: &str = "Your payment is being processed";
pub const PROCESSING_HELP: &str =
    "This can take up to a minute. The page updates by itself – please stay here and do not pay again.";
pub const CHECK_NOW: &str = "Check now";

pub const CHALLENGE: &str = "Your bank wants to confirm this payment";
pub const CHALLENGE_HELP: &str =
    "Your bank asks whether it is you who pays. Afterwards you come back here, and the payment is made.";
pub const TO_BANK: &str = "Continue to your bank";

pub const BANK: &str = "Simulated bank";
pub const BANK_MEANS: &str =
    "This page plays your bank while the shop is being tested. There is no real bank behind it.";
pub const BANK_ASKS: &str = "Confirm this payment?";
pub const BANK_ACCEPT: &str = "Confirm payment";
pub const BANK_REFUSE: &str = "Refuse payment";
pub const BANK_LEAVE: &str = "Leave without answering";

pub const YOUR_CARDS: &str = "Your saved cards";
pub const DEFAULT: &str = "Default";
pub const MAKE_DEFAULT: &str = "Make default";
pub const REMOVE: &str = "Remove";
pub const ADD_CARD: &str = "Add a card";
pub const DOWNLOAD_DATA: &str = "Download what is stored about you";
pub const BACK_TO_CARDS: &str = "Back to your cards";
pub const KEEP_CARD: &str = "Keep the card";
pub const REMOVE_MEANS: &str =
    "Nothing can be paid with it any more. Payments made with it stay as they are.";
pub const REMOVE_LAST: &str = "It is your last saved card for this shop.";
pub const ADD_CARD_MEANS: &str = "The card is checked with an amount of\u{a0}0. Nothing is charged.";
pub const SAVE_CARD: &str = "Save card";
pub const CHECKING: &str = "Checking the card…";
pub const CARD_NOT_SAVED: &str = "Card not saved";
pub const NOTHING_CHARGED: &str = "Nothing has been charged.";

pub const RECEIPT_SHOP: &str = "Shop";
pub const RECEIPT_AMOUNT: &str = "Amount";
pub const RECEIPT_MESSAGE: &str = "For";
pub const RECEIPT_DATE: &str = "Date";
pub const RECEIPT_CARD: &str = "Card";
pub const RECEIPT_REFERENCE: &str = "Reference";
pub const RECEIPT_REFUNDED: &str = "Refunded";
pub const RECEIPT_TAKEN: &str = "Paid so far";

/// A page's title: what happened comes first, because a tab and a screen reader show the beginning.
pub fn title(what: &str, merchant: &str) -> String {
    format!("{what} – {merchant}")
}

pub fn pay(amount: &str) -> String {
    format!("Pay {amount}")
}

pub fn returns_to(host: &str) -> String {
    format!("Afterwards you return to {host}.")
}

pub fn back_to(host: &str) -> String {
    format!("Back to {host}")
}

pub fn leaving_for(host: &str) -> String {
    format!("You will be taken back to {host} in a few seconds.")
}

pub fn not_shared_with(merchant: &str) -> String {
    format!("Your card number is not shared with {merchant}.")
}

pub fn ending_in(brand: &str, last_four: &str) -> String {
    format!("{brand} ending in {last_four}")
}

pub fn number_error(error: &NumberError) -> String {
    match error {
        NumberError::Missing => "Enter your card number.".into(),
        NumberError::NotDigits => "A card number has only digits. Check what you wrote.".into(),
        NumberError::TooShort => "The card number is too short – check that all digits are there.".into(),
        NumberError::Typo => "That number has a typo. Check it against your card.".into(),
        NumberError::Brand { brand, accepted } => {
            format!("We cannot take {brand} here. You can use {accepted}.")
        }
    }
}

pub fn expiry_error(error: &ExpiryError) -> String {
    match error {
        ExpiryError::Missing => "Enter the card’s expiry date.".into(),
        ExpiryError::Format => "Write the date as MM/YY, for example 04/29.".into(),
        ExpiryError::Past => "This card has expired. Use another card.".into(),
    }
}

pub fn code_error(error: &CodeError) -> String {
    match error {
        CodeError::Missing => "Enter the security code.".into(),
        CodeError::Length { digits } => format!("The security code should have {digits} digits."),
    }
}

pub fn expires(expiry: &str) -> String {
    format!("Expires {expiry}")
}

pub fn expired(expiry: &str) -> String {
    format!("Expired {expiry}")
}

pub fn choice_error(error: &ChoiceError) -> &'static str {
    match error {
        ChoiceError::Gone => "That card is no longer saved. Pay with another one.",
        ChoiceError::Missing => "Choose the card to pay with.",
        ChoiceError::Expired => "That card has expired. Choose another one.",
    }
}

pub fn save_for(shop: &str) -> String {
    format!("Save this card for later purchases at {shop}")
}

/// What the banner over the form is called; it also begins the title.
pub fn notice_heading(notice: &Notice) -> &'static str {
    match notice {
        Notice::Declined(_) => "Payment declined",
        Notice::TooMany(_) => "Too many tries",
        Notice::Full => "Too many saved cards",
    }
}

/// What the banner says. `NO_MONEY` follows it, so it must not say that itself.
pub fn notice(notice: &Notice) -> &'static str {
    match notice {
        Notice::Declined(decline) => match decline {
            Decline::TryAgain => "The payment did not go through. Please try again.",
            Decline::AnotherCard => "The bank did not accept this card. Please use another card.",
            Decline::CallBank => "The bank did not accept the payment. Call your bank, or use another card.",
            Decline::WrongCode => "The security code was not right. Check it on your card and try again.",
            Decline::Expired => "This card has expired. Please use another card.",
            Decline::InsufficientFunds => "There is not enough money on this card. Please use another card.",
            Decline::NotAuthenticated => {
                "Your bank could not confirm that it was you. Try again, or use another card."
            }
        },
        Notice::TooMany(TooMany::OnThisPage) => {
            "No more tries can be made on this page. Go back to the shop and start again."
        }
        Notice::TooMany(TooMany::ForNow) => "Wait a minute before you try again.",
        Notice::TooMany(TooMany::WithThisCard) => {
            "This card was declined too often. Use another card, or wait an hour before you try again."
        }
        Notice::TooMany(TooMany::Declines) => {
            "Too many cards were declined. Wait an hour before you try again."
        }
        Notice::Full => "You have as many saved cards as there can be. Remove one first.",
    }
}

/// What a result page is called, as its heading and at the beginning of its title.
pub fn outcome_heading(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Paid => "Payment complete",
        Outcome::Reserved => "Payment reserved",
        Outcome::PartlyPaid { .. } => "Partly paid",
        Outcome::Refunded => "Payment refunded",
        Outcome::PartlyRefunded { .. } => "Partly refunded",
        Outcome::Released => "Reservation released",
        Outcome::Declined => "Payment declined",
        Outcome::Canceled => "Payment canceled",
        Outcome::Revoked => "Checkout closed",
    }
}

/// What happened to the buyer's money, in a sentence or two. `amount` is the whole amount of the payment.
pub fn outcome(outcome: &Outcome, amount: &str, merchant: &str) -> String {
    match outcome {
        Outcome::Paid => format!("Thank you. Your payment to {merchant} went through."),
        Outcome::Reserved => {
            format!("{amount} is reserved on your card. {merchant} takes it when the order is handled.")
        }
        Outcome::PartlyPaid { paid } => {
            format!("{merchant} has taken {paid} of {amount}. The rest is still reserved on your card.")
        }
        Outcome::Refunded => format!(
            "{merchant} has paid back {amount}. It can take some days before your bank shows the money."
        ),
        Outcome::PartlyRefunded { refunded } => format!(
            "{merchant} has paid back {refunded} of {amount}. It can take some days before your bank shows the money."
        ),
        Outcome::Released => format!("{amount} is no longer reserved on your card. {NO_MONEY}"),
        Outcome::Declined => format!("No further try can be made here. {NO_MONEY}"),
        Outcome::Canceled => format!("You canceled the payment. {NO_MONEY}"),
        Outcome::Revoked => format!("This checkout was withdrawn or has expired. {NO_MONEY}"),
    }
}

pub fn error_heading(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "Page not found",
        ErrorKind::NotPrivate => "This page needs a secure connection",
        ErrorKind::Method => "That does not work here",
        ErrorKind::Unreadable => "The form could not be read",
        ErrorKind::TooLarge => "The form is too large",
        ErrorKind::Internal => "Something went wrong",
        ErrorKind::Busy => "Please try again in a moment",
    }
}

/// What the reader can do about it. The last two never say that no money was taken: when they are shown,
/// nobody knows that yet, and the payment's own page will tell.
pub fn error(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => {
            "Check that you have the whole link. If it still does not work, go back to the shop and start again."
        }
        ErrorKind::NotPrivate => {
            "Somebody on the way could read what you write here. Open the link again with https:// at its beginning."
        }
        ErrorKind::Method => "Go back to the page you came from and use its buttons.",
        ErrorKind::Unreadable => {
            "Go back to the page you came from, load it again and fill in the form once more."
        }
        ErrorKind::TooLarge => "Go back to the page you came from and write less.",
        ErrorKind::Internal => {
            "The fault is ours. If you were paying, open the payment page again before you pay: it shows whether \
             the payment went through."
        }
        ErrorKind::Busy => {
            "The server is busy. If you were paying, load the payment page again before you pay: it shows whether \
             the payment went through."
        }
    }
}

pub fn cards_not_shared_with(merchant: &str) -> String {
    format!("Your card numbers are not shared with {merchant}.")
}

pub fn saved_for(merchant: &str) -> String {
    format!("For purchases at {merchant}.")
}

pub fn no_cards(merchant: &str) -> String {
    format!("You have no saved card for purchases at {merchant}.")
}

/// What a list of cards is called after something was done to it.
pub fn customer_title(notice: &CustomerNotice) -> &'static str {
    match notice {
        CustomerNotice::Added => "Card saved",
        CustomerNotice::Updated => "Card updated",
        CustomerNotice::Removed => "Card removed",
        CustomerNotice::DefaultSet => "Default card changed",
    }
}

/// What was done, as a screen reader is told it.
pub fn customer_notice(notice: &CustomerNotice) -> &'static str {
    match notice {
        CustomerNotice::Added => "Your card is saved.",
        CustomerNotice::Updated => "This card was saved already. Its expiry date is now the new one.",
        CustomerNotice::Removed => "The card is removed.",
        CustomerNotice::DefaultSet => "The default card is changed.",
    }
}

pub fn remove(card: &str) -> String {
    format!("Remove {card}")
}

pub fn remove_asks(card: &str) -> String {
    format!("Remove {card}?")
}

pub fn becomes_default(next: &str) -> String {
    format!("This is your default card. When it is gone, {next} becomes the default.")
}

/// What the banner over the form of a card is called that was not saved.
pub fn card_heading(kind: &Notice) -> &'static str {
    match kind {
        Notice::Declined(_) => CARD_NOT_SAVED,
        Notice::TooMany(_) | Notice::Full => notice_heading(kind),
    }
}

/// Why a card was not saved. `NOTHING_CHARGED` follows it, so it must not say that itself.
pub fn card_notice(kind: &Notice) -> &'static str {
    match kind {
        Notice::Declined(Decline::TryAgain) => "The check did not go through. Please try again.",
        Notice::Declined(Decline::CallBank) => {
            "The bank did not accept this card. Call your bank, or use another card."
        }
        Notice::Declined(_) | Notice::TooMany(_) | Notice::Full => notice(kind),
    }
}
