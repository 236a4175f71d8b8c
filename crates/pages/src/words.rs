//! Every word that a buyer reads, in one place, so that a translation is a second copy of this file and
//! nothing else. It must not hold markup, and it must not decide anything: it only says what a view has
//! already decided.

use domain::attempts::Limit;
use domain::card::{CardNumberError, ExpiryError};
use domain::decline::Decline;

use crate::messages::{ChoiceError, CodeError, CustomerNotice, NoPage, Notice, Outcome};

/// The language of this file, for the page's `lang` attribute.
pub(crate) const LANGUAGE: &str = "en";

/// Set before the title of a page that shows errors, because a screen reader speaks the title first.
pub(crate) const ERROR_PREFIX: &str = "Error: ";

pub(crate) const HOME: &str = "Kassa";
pub(crate) const HOME_KIND: &str = "a payments server";
pub(crate) const HOME_MEANS: &str = "This is a payments server. It keeps a company’s customers, their saved cards and its \
    checkouts, and answers to the payment APIs below.";
pub(crate) const HOME_CAME_BACK: &str = "A buyer came back from checkout";
pub(crate) const HOME_CAME_BACK_MEANS: &str = "Your shop’s own page would be here. This address proves nothing: ask \
    the API whether the checkout is paid.";
pub(crate) const HOME_OPENAPI: &str = "OpenAPI document";
pub(crate) const HOME_POSTMAN: &str = "Postman collection";
pub(crate) const HOME_KEYS: &str =
    "Whoever runs this server makes API keys on the command line, with the settings that the server has:";
pub(crate) const HOME_DEMO_KEYS: &str = "This demo has a merchant with API keys already: they stand in the terminal where it \
    was started. More keys for this demo’s data are made there, in another window:";
/// In pieces that stay in one line each, because a line that ends after two dashes reads as another command.
pub(crate) const HOME_KEYS_COMMAND: [&str; 3] = ["kassa merchant create", "--name NAME", "--mode test"];
pub(crate) const HOME_CHECKOUT: &str = "Pay a demo checkout";
pub(crate) const HOME_CHECKOUT_OVER: &str = "See what became of the demo checkout";
pub(crate) const HOME_REFERENCE: &str = "API reference";
pub(crate) const HOME_BUYERS: &str =
    "Are you here to pay? Open the link that the shop gave you; it leads to your own payment page.";

pub(crate) const TEST_MODE: &str = "Test mode";
pub(crate) const TEST_MODE_MEANS: &str = "– no real money moves.";

pub(crate) const TO_PAY: &str = "To pay";
pub(crate) const SHOW_ALL: &str = "Show all";
pub(crate) const SHOW_LESS: &str = "Show less";

pub(crate) const PAY_BY_CARD: &str = "Pay by card";
pub(crate) const CARD_NUMBER: &str = "Card number";
pub(crate) const EXPIRY: &str = "Expiry date (MM/YY)";
pub(crate) const CODE: &str = "Security code";
pub(crate) const CODE_HELP: &str = "3 digits on the back, or 4 on the front of American Express.";

pub(crate) const SAVED_CODE: &str = "Security code of the chosen card";

pub(crate) const CHOOSE_CARD: &str = "Choose a card";
pub(crate) const ANOTHER_CARD: &str = "Another card";
pub(crate) const WHAT_IS_SAVED: &str = "The payment service keeps the number, encrypted, and the expiry date – never the \
    security code. The shop sees only the brand, the last four digits and the expiry date.";

pub(crate) const VERIFY_CARD: &str = "Verify your card";
pub(crate) const PAYING: &str = "Paying…";
pub(crate) const SLOW: &str =
    "This takes longer than usual. If nothing happens, press the button again – nothing is done twice.";
pub(crate) const CANCEL: &str = "Cancel";

pub(crate) const PROBLEM: &str = "There is a problem";

pub(crate) const TEST_CARDS: &str = "Test cards";
pub(crate) const TEST_CARDS_HELP: &str = "Any future date and any security code will do, and any other card number \
    without a typing mistake is approved. Some cards do the same, because clients of different APIs know different ones.";

pub(crate) const NO_MONEY: &str = "No money has been taken.";

pub(crate) const PROCESSING: &str = "Your payment is being processed";
pub(crate) const PROCESSING_HELP: &str =
    "This can take up to a minute. The page updates by itself – please stay here and do not pay again.";
pub(crate) const CHECK_NOW: &str = "Check now";

pub(crate) const CHALLENGE: &str = "Your bank asks you to confirm this payment";
pub(crate) const CHALLENGE_HELP: &str = "Your bank needs to check that it is really you. You will then come back here, and the payment will be made.";
pub(crate) const TO_BANK: &str = "Continue to your bank";
pub(crate) const PAY_WITH_ANOTHER: &str = "Pay with another card";

pub(crate) const BANK: &str = "Simulated bank";
pub(crate) const BANK_MEANS: &str =
    "This page stands in for your bank while the shop is being tested. There is no real bank behind it.";
pub(crate) const BANK_ASKS: &str = "Confirm this payment?";
pub(crate) const BANK_ACCEPT: &str = "Confirm payment";
pub(crate) const BANK_REFUSE: &str = "Refuse payment";
pub(crate) const BANK_LEAVE: &str = "Leave without answering";

pub(crate) const YOUR_CARDS: &str = "Your saved cards";
pub(crate) const DEFAULT: &str = "Default";
pub(crate) const MAKE_DEFAULT: &str = "Make default";
pub(crate) const REMOVE: &str = "Remove";
pub(crate) const ADD_CARD: &str = "Add a card";
pub(crate) const DOWNLOAD_DATA: &str = "Download what is stored about you";
pub(crate) const BACK_TO_CARDS: &str = "Back to your cards";
pub(crate) const KEEP_CARD: &str = "Keep the card";
pub(crate) const REMOVE_MEANS: &str =
    "You will no longer be able to pay with it. Payments already made with it stay as they are.";
pub(crate) const REMOVE_LAST: &str = "It is your last saved card for this shop.";
pub(crate) const ADD_CARD_MEANS: &str = "The card is only checked. Nothing is charged.";
pub(crate) const SAVE_CARD: &str = "Save card";
pub(crate) const CHECKING: &str = "Checking the card…";
pub(crate) const CARD_NOT_SAVED: &str = "Card not saved";
pub(crate) const NOTHING_CHARGED: &str = "Nothing has been charged.";

pub(crate) const RECEIPT_SHOP: &str = "Shop";
pub(crate) const RECEIPT_AMOUNT: &str = "Amount";
pub(crate) const RECEIPT_MESSAGE: &str = "For";
pub(crate) const RECEIPT_DATE: &str = "Date";
pub(crate) const RECEIPT_CARD: &str = "Card";
pub(crate) const RECEIPT_REFERENCE: &str = "Reference";
pub(crate) const RECEIPT_PAYMENT: &str = "Payment number";
pub(crate) const RECEIPT_REFUNDED: &str = "Refunded";
pub(crate) const RECEIPT_TAKEN: &str = "Paid so far";

/// A page's title: what happened comes first, because a tab and a screen reader show the beginning.
pub(crate) fn title(what: &str, merchant: &str) -> String {
    format!("{what} – {merchant}")
}

pub(crate) fn pay(amount: &str) -> String {
    format!("Pay {amount}")
}

pub(crate) fn returns_to(host: &str) -> String {
    format!("Afterwards you return to {host}.")
}

pub(crate) fn back_to(host: &str) -> String {
    format!("Back to {host}")
}

pub(crate) fn leaving_for(host: &str) -> String {
    format!("You will be taken back to {host} in a few seconds.")
}

pub(crate) fn not_shared_with(merchant: &str) -> String {
    format!("Your card number is not shared with {merchant}.")
}

pub(crate) fn ending_in(brand: &str, last_four: &str) -> String {
    format!("{brand} ending in {last_four}")
}

pub(crate) fn number_error(error: &CardNumberError) -> &'static str {
    match error {
        CardNumberError::Missing => "Enter your card number.",
        CardNumberError::Characters => "A card number has only digits. Check what you wrote.",
        CardNumberError::Short => "The card number was too short. Type all its digits.",
        CardNumberError::Long | CardNumberError::CheckDigit => {
            "That card number is not right. Type it again."
        }
    }
}

pub(crate) fn expiry_error(error: &ExpiryError) -> &'static str {
    match error {
        ExpiryError::Missing => "Enter the card’s expiry date.",
        ExpiryError::Form => "Write the date as MM/YY, for example 04/29.",
        ExpiryError::Past => "This card has expired. Check the date, or use another card.",
    }
}

pub(crate) fn code_error(error: &CodeError) -> String {
    match error {
        CodeError::Missing => "Enter the security code.".into(),
        CodeError::Length { digits } => format!("The security code should have {digits} digits."),
    }
}

pub(crate) fn expires(expiry: &str) -> String {
    format!("Expires {expiry}")
}

pub(crate) fn expired(expiry: &str) -> String {
    format!("Expired {expiry}")
}

pub(crate) fn choice_error(error: &ChoiceError) -> &'static str {
    match error {
        ChoiceError::Gone => "That card is no longer saved. Pay with another one.",
        ChoiceError::Expired => "That card has expired. Choose another one.",
    }
}

pub(crate) fn save_for(shop: &str) -> String {
    format!("Save this card for later purchases at {shop}")
}

/// What the banner over the form is called; it also begins the title.
pub(crate) fn notice_heading(notice: &Notice) -> &'static str {
    match notice {
        Notice::Declined(_) => "Payment declined",
        Notice::TooMany(_) => "Too many tries",
        Notice::Full => "Too many saved cards",
    }
}

/// What the banner says: what the buyer can do, and never the bank's own reason, which helps thieves more than buyers.
/// `NO_MONEY` follows it, so it must not say that itself.
pub(crate) fn notice(notice: &Notice) -> &'static str {
    match notice {
        Notice::Declined(decline) => match decline {
            Decline::ProcessingError => "The payment did not go through. Please try again.",
            Decline::DoNotHonour => "The bank did not accept this card. Please use another card.",
            Decline::WrongSecurityCode => {
                "The security code was not right. Check it on your card and try again."
            }
            Decline::ExpiredCard => "This card has expired. Please use another card.",
            Decline::InsufficientFunds => "There is not enough money on this card. Please use another card.",
            Decline::NotAuthenticated => {
                "Your bank could not confirm that it was you. Try again, or use another card."
            }
        },
        Notice::TooMany(Limit::Checkout) => {
            "No more tries can be made on this page. Go back to the shop and start again."
        }
        Notice::TooMany(Limit::Address) => "Wait a minute before you try again.",
        Notice::TooMany(Limit::Card) => {
            "This card was declined too often. Use another card, or wait an hour before you try again."
        }
        Notice::TooMany(Limit::Customer) => {
            "Too many cards were declined. Wait an hour before you try again."
        }
        Notice::Full => "You have as many saved cards as there can be. Remove one first.",
    }
}

/// What a result page is called, as its heading and at the beginning of its title.
pub(crate) fn outcome_heading(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Paid => "Payment complete",
        Outcome::Verified => "Card verified",
        Outcome::Reserved => "Payment reserved",
        Outcome::PartlyPaid { .. } => "Partly paid",
        Outcome::Refunded => "Payment refunded",
        Outcome::PartlyRefunded { .. } => "Partly refunded",
        Outcome::Released => "Reservation released",
        Outcome::Declined => "Payment declined",
        Outcome::Canceled => "Payment canceled",
        Outcome::Revoked => "This payment page is closed",
        Outcome::OutOfDate => "This payment page is out of date",
    }
}

/// What happened to the buyer's money, in a sentence or two. `amount` is the whole amount of the payment.
pub(crate) fn outcome(outcome: &Outcome, amount: &str, merchant: &str) -> String {
    match outcome {
        Outcome::Paid => format!("Thank you. Your payment to {merchant} went through."),
        Outcome::Verified => format!("Your card was checked for {merchant}. {NOTHING_CHARGED}"),
        Outcome::Reserved => {
            format!(
                "This amount is reserved on your card. {merchant} will collect it once your order has been processed."
            )
        }
        Outcome::PartlyPaid { paid } => {
            format!("{merchant} has taken {paid} of {amount}. The rest is still reserved on your card.")
        }
        Outcome::Refunded => {
            format!("{merchant} has paid back {amount}. It may take a few days to reach your account.")
        }
        Outcome::PartlyRefunded { refunded } => format!(
            "{merchant} has paid back {refunded} of {amount}. It may take a few days to reach your account."
        ),
        Outcome::Released => format!("{amount} is no longer reserved on your card. {NO_MONEY}"),
        Outcome::Declined => format!("No further try can be made here. {NO_MONEY}"),
        Outcome::Canceled => {
            format!("You canceled the payment. To pay after all, start again at {merchant}. {NO_MONEY}")
        }
        Outcome::Revoked => format!(
            "Its time is over, or {merchant} has withdrawn it. To pay after all, ask {merchant} for a new link. {NO_MONEY}"
        ),
        Outcome::OutOfDate => {
            format!(
                "It does not show the right amount any more. Please ask {merchant} for a new one. {NO_MONEY}"
            )
        }
    }
}

pub(crate) fn error_heading(kind: &NoPage) -> &'static str {
    match kind {
        NoPage::NotFound => "Page not found",
        NoPage::NotPrivate => "This page needs a secure connection",
        NoPage::Method => "That does not work here",
        NoPage::Unreadable => "The form could not be read",
        NoPage::TooLarge => "The form is too large",
        NoPage::Internal => "Something went wrong",
        NoPage::Busy => "Please try again in a moment",
    }
}

/// What the reader can do about it. The last two never say that no money was taken: when they are shown,
/// nobody knows that yet, and the payment's own page will tell.
pub(crate) fn error(kind: &NoPage) -> &'static str {
    match kind {
        NoPage::NotFound => {
            "Check that you have the whole link. If it still does not work, ask whoever gave it to you for a new one."
        }
        NoPage::NotPrivate => {
            "Others could read what you enter here. Open the link again, with https:// at its beginning."
        }
        NoPage::Method => "Go back to the page you came from and use its buttons.",
        NoPage::Unreadable => {
            "Go back to the page you came from, load it again and fill in the form once more."
        }
        NoPage::TooLarge => "Go back to the page you came from and enter less text.",
        NoPage::Internal => {
            "Something failed on this server. If you were paying, open the payment page again before you pay: it shows whether \
             the payment went through."
        }
        NoPage::Busy => {
            "The server is busy. If you were paying, load the payment page again before you pay: it shows whether \
             the payment went through."
        }
    }
}

pub(crate) fn cards_not_shared_with(merchant: &str) -> String {
    format!("Your card numbers are not shared with {merchant}.")
}

pub(crate) fn saved_for(merchant: &str) -> String {
    format!("For purchases at {merchant}.")
}

pub(crate) fn no_cards(merchant: &str) -> String {
    format!("You have no saved card for purchases at {merchant}.")
}

/// What a list of cards is called after something was done to it.
pub(crate) fn customer_title(notice: &CustomerNotice) -> &'static str {
    match notice {
        CustomerNotice::Added => "Card saved",
        CustomerNotice::Updated => "Card updated",
        CustomerNotice::Removed => "Card removed",
        CustomerNotice::DefaultSet => "Default card changed",
    }
}

/// What was done, as a screen reader is told it.
pub(crate) fn customer_notice(notice: &CustomerNotice) -> &'static str {
    match notice {
        CustomerNotice::Added => "Your card is saved.",
        CustomerNotice::Updated => "This card was saved already. Its expiry date is now the new one.",
        CustomerNotice::Removed => "The card has been removed.",
        CustomerNotice::DefaultSet => "Your default card has been changed.",
    }
}

pub(crate) fn remove(card: &str) -> String {
    format!("Remove {card}")
}

pub(crate) fn remove_asks(card: &str) -> String {
    format!("Remove {card}?")
}

pub(crate) fn becomes_default(next: &str) -> String {
    format!("This is your default card. When it is gone, {next} becomes the default.")
}

/// What the banner over the form of a card is called that was not saved.
pub(crate) fn card_heading(kind: &Notice) -> &'static str {
    match kind {
        Notice::Declined(_) => CARD_NOT_SAVED,
        Notice::TooMany(_) | Notice::Full => notice_heading(kind),
    }
}

/// Why a card was not saved. `NOTHING_CHARGED` follows it, so it must not say that itself.
pub(crate) fn card_notice(kind: &Notice) -> &'static str {
    match kind {
        Notice::Declined(Decline::ProcessingError) => "The check did not go through. Please try again.",
        Notice::Declined(_) | Notice::TooMany(_) | Notice::Full => notice(kind),
    }
}
