//! One of each screen, with the worst words a merchant can send, for tests to look at.

use std::sync::Arc;

use domain::attempts::Limit;
use domain::card::{CardNumberError, ExpiryError};
use domain::decline::Decline;

use crate::messages::{ChoiceError, CodeError, CustomerNotice, NoPage, Notice, Outcome};
use crate::views::*;

pub(crate) const NASTY: &str = "Beställning nr 1042 – två påsar kaffe \"Mörkrost\" & 1 <script>alert('x')</script> ☕🧑‍🚀\n\
    Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvertragsentwurf";

pub(crate) const NASTY_SHOP: &str = "Fjäll & \"Fika\" <b onload=alert(1)>";

fn shell(test_mode: bool, framed: bool) -> Shell {
    Shell { test_mode, framed, base: "" }
}

pub(crate) fn order(merchant: &str, message: &str) -> Order {
    Order { merchant: merchant.into(), message: message.into(), amount: "SEK\u{a0}249.00".into() }
}

fn plain() -> Order {
    order("Fjällbutiken", "Order 1042: two bags of coffee, dark roast")
}

pub(crate) fn back() -> Option<ReturnLink> {
    ReturnLink::new("https://shop.example/thanks?order=1042&lang=sv".into(), "shop.example".into())
}

fn test_cards() -> Arc<[TestCard]> {
    [
        ("4242424242424242", "approved"),
        ("378282246310005", "approved, American Express"),
        ("4000000000000002", "declined"),
        ("4000000000009995", "insufficient funds"),
        ("4000000000000127", "wrong security code"),
        ("4000000000003220", "3-D Secure challenge"),
    ]
    .map(|(number, outcome)| TestCard { number, outcome })
    .into()
}

pub(crate) fn checkout(shell: Shell, order: Order) -> CheckoutPage {
    CheckoutPage {
        shell,
        order,
        back: back(),
        closed: false,
        leaving: false,
        verifies: false,
        form_id: "4f1d0c".into(),
        pay_to: "/c/token/pay".into(),
        cancel_to: "/c/token/cancel".into(),
        saved: Vec::new(),
        another_chosen: false,
        choice_error: None,
        asks_code: false,
        saved_code_error: None,
        saving: None,
        expiry: String::new(),
        errors: CardErrors::default(),
        notice: None,
        test_cards: test_cards(),
    }
}

fn saved_cards() -> Vec<SavedCard> {
    let card = |id: &str, brand: &str, last_four: &str, expiry: &str, expired, chosen| SavedCard {
        id: id.into(),
        brand: brand.into(),
        last_four: last_four.into(),
        expiry: expiry.into(),
        expired,
        chosen,
    };
    vec![
        card("0192a1", "Visa", "4242", "12/30", false, true),
        card("0192a2", "American Express", "0005", "04/29", false, false),
        card("0192a3", "Mastercard", "4444", "03/25", true, false),
    ]
}

/// The checkout of a customer with saved cards.
pub(crate) fn returning(mut page: CheckoutPage) -> CheckoutPage {
    page.saved = saved_cards();
    page.saving = Some(Saving { ticked: false, shop: page.order.merchant.clone() });
    page
}

/// The same, when the new card's fields are in use.
fn another(mut page: CheckoutPage) -> CheckoutPage {
    page = returning(page);
    page.saved[0].chosen = false;
    page.another_chosen = true;
    page
}

pub(crate) fn mistaken(mut page: CheckoutPage, error: ChoiceError) -> CheckoutPage {
    page = returning(page);
    page.saved[0].chosen = false;
    page.choice_error = Some(error);
    page
}

/// The same where a saved card needs its security code, fresh or after an error.
fn coded(mut page: CheckoutPage, error: Option<CodeError>) -> CheckoutPage {
    page = returning(page);
    page.asks_code = true;
    page.saved_code_error = error;
    page
}

fn customer_cards() -> Vec<CustomerCard> {
    saved_cards()
        .into_iter()
        .map(|card| CustomerCard {
            is_default: card.chosen,
            default_to: format!("/customer/token/cards/{}/default", card.id),
            remove_to: format!("/customer/token/cards/{}/remove", card.id),
            brand: card.brand,
            last_four: card.last_four,
            expiry: card.expiry,
            expired: card.expired,
        })
        .collect()
}

fn customer(shell: Shell, merchant: &str, notice: Option<CustomerNotice>) -> CustomerPage {
    CustomerPage {
        shell,
        merchant: merchant.into(),
        cards: customer_cards(),
        notice,
        add_to: "/customer/token/add".into(),
        data_url: "/customer/token/data".into(),
    }
}

fn remove_card(merchant: &str, after: AfterRemoval) -> RemoveCardPage {
    RemoveCardPage {
        shell: shell(false, false),
        merchant: merchant.into(),
        card: "Visa ending in 4242".into(),
        after,
        remove_to: "/customer/token/cards/0192a1/remove".into(),
        back_to: "/customer/token".into(),
    }
}

fn add_card(shell: Shell, errors: CardErrors, notice: Option<Notice>) -> AddCardPage {
    let form = checkout(shell, plain());
    AddCardPage {
        shell,
        merchant: form.order.merchant,
        form_id: form.form_id,
        add_to: "/customer/token/add".into(),
        back_to: "/customer/token".into(),
        expiry: if errors.any() { "13/2\"<".into() } else { String::new() },
        errors,
        notice,
        test_cards: form.test_cards,
    }
}

fn bank(shell: Shell, order: Order) -> BankPage {
    BankPage {
        shell,
        order,
        answer_to: "/c/token/bank".into(),
        back_to: "/c/token".into(),
        card: "Visa ending in 3220".into(),
    }
}

fn challenge(shell: Shell, order: Order) -> ChallengePage {
    let (another_to, cancel_to) = (Some("/c/token/another".into()), "/c/token/cancel".into());
    ChallengePage { shell, order, bank_to: "/c/token/bank?a=1&b=2".into(), another_to, cancel_to }
}

fn all_wrong() -> CardErrors {
    CardErrors {
        number: Some(CardNumberError::CheckDigit),
        expiry: Some(ExpiryError::Form),
        code: Some(CodeError::Length { digits: 3 }),
    }
}

fn wrong(mut page: CheckoutPage) -> CheckoutPage {
    page.expiry = "13/2\"<".into();
    page.errors = all_wrong();
    page
}

fn declined(mut page: CheckoutPage, notice: Notice) -> CheckoutPage {
    page.expiry = "04/29".into();
    page.notice = Some(notice);
    page
}

pub(crate) fn result(shell: Shell, order: Order, outcome: Outcome, leaving: bool) -> ResultPage {
    let charged =
        !matches!(outcome, Outcome::Canceled | Outcome::Revoked | Outcome::OutOfDate | Outcome::Declined);
    let receipt = charged.then(|| Receipt {
        when: "20 November 2026, 14:03 CET".into(),
        when_machine: "2026-11-20T14:03:11+01:00".into(),
        brand: "Visa".into(),
        last_four: "4242".into(),
        reference: None,
        payment: "cdf0a1b2c3d4e5f60718293a4b5c6d7e".into(),
    });
    ResultPage { shell, order, outcome, receipt, back: back(), leaving }
}

/// What stands between the form and the result, and the form of a customer who has been here before.
fn between() -> Vec<(&'static str, Box<dyn askama::DynTemplate>)> {
    let (live, test, frame) = (shell(false, false), shell(true, false), shell(true, true));
    let nasty = || order(NASTY_SHOP, NASTY);
    let first = |mut page: CheckoutPage| {
        page = returning(page);
        page.saved.clear();
        page
    };
    let vanished = |mut page: CheckoutPage| {
        page.choice_error = Some(ChoiceError::Gone);
        page
    };
    vec![
        ("saved", Box::new(returning(checkout(test, plain())))),
        ("saved_another", Box::new(another(checkout(live, plain())))),
        ("saved_nasty_framed", Box::new(another(checkout(frame, nasty())))),
        ("saved_errors", Box::new(wrong(another(checkout(live, plain()))))),
        (
            "saved_declined",
            Box::new(declined(returning(checkout(live, plain())), Notice::TooMany(Limit::Address))),
        ),
        ("saved_code", Box::new(coded(checkout(test, plain()), None))),
        ("saved_code_missing", Box::new(coded(checkout(live, plain()), Some(CodeError::Missing)))),
        (
            "saved_code_length",
            Box::new(coded(checkout(frame, nasty()), Some(CodeError::Length { digits: 4 }))),
        ),
        ("choice_gone", Box::new(mistaken(checkout(live, plain()), ChoiceError::Gone))),
        ("choice_expired", Box::new(mistaken(checkout(live, plain()), ChoiceError::Expired))),
        ("choice_none_left", Box::new(vanished(first(checkout(live, plain()))))),
        ("saving", Box::new(first(checkout(live, plain())))),
        ("saving_nasty", Box::new(first(checkout(live, nasty())))),
        ("challenge", Box::new(challenge(live, plain()))),
        ("challenge_framed", Box::new(challenge(frame, nasty()))),
        ("bank", Box::new(bank(test, plain()))),
        ("bank_nasty", Box::new(bank(test, nasty()))),
        ("bank_framed", Box::new(bank(frame, plain()))),
    ]
}

/// The customer page and what belongs to it.
fn of_customers() -> Vec<(&'static str, Box<dyn askama::DynTemplate>)> {
    let (live, test) = (shell(false, false), shell(true, false));
    let mut empty = customer(live, "Fjällbutiken", None);
    empty.cards.clear();
    let mut emptied = customer(live, "Fjällbutiken", Some(CustomerNotice::Removed));
    emptied.cards.clear();
    let told = |notice| customer(live, "Fjällbutiken", Some(notice));
    let next = AfterRemoval::NewDefault("American Express ending in 0005".into());
    let declined = Some(Notice::Declined(Decline::DoNotHonour));
    vec![
        ("customer", Box::new(customer(live, "Fjällbutiken", None))),
        ("customer_nasty", Box::new(customer(test, NASTY_SHOP, None))),
        ("customer_empty", Box::new(empty)),
        ("customer_emptied", Box::new(emptied)),
        ("customer_added", Box::new(told(CustomerNotice::Added))),
        ("customer_updated", Box::new(told(CustomerNotice::Updated))),
        ("customer_default", Box::new(told(CustomerNotice::DefaultSet))),
        ("remove_card", Box::new(remove_card("Fjällbutiken", AfterRemoval::Unchanged))),
        ("remove_default", Box::new(remove_card(NASTY_SHOP, next))),
        ("remove_last", Box::new(remove_card("Fjällbutiken", AfterRemoval::NoneLeft))),
        ("add_card", Box::new(add_card(test, CardErrors::default(), None))),
        ("add_errors", Box::new(add_card(live, all_wrong(), declined))),
        ("add_declined", Box::new(add_card(live, CardErrors::default(), declined))),
        ("add_full", Box::new(add_card(live, CardErrors::default(), Some(Notice::Full)))),
    ]
}

fn demo(is_open: bool) -> DemoCheckout {
    DemoCheckout { address: "https://pay.example/c/token".to_owned(), is_open }
}

fn home(shell: Shell, checkout: Option<DemoCheckout>) -> HomePage {
    let api =
        Api { title: "One & \"Two\"".into(), base_url: "https://pay.example/one/api".into(), file: "one" };
    let came_back = checkout.as_ref().map(|_| "0192a3".to_owned());
    let command = "kassa merchant create --name NAME --mode test --data '/tmp/<here>'";
    let merchant_create = checkout.as_ref().map(|_| command.to_owned());
    HomePage { shell, checkout, merchant_create, came_back, apis: vec![api] }
}

/// Every screen, by name.
pub(crate) fn screens() -> Vec<(&'static str, String)> {
    let (live, test, frame) = (shell(false, false), shell(true, false), shell(true, true));
    let nasty = || order(NASTY_SHOP, NASTY);
    let long = || order(NASTY_SHOP, &format!("{NASTY} ").repeat(5).chars().take(1000).collect::<String>());
    let mut pages: Vec<(&'static str, Box<dyn askama::DynTemplate>)> = vec![
        ("home", Box::new(home(live, None))),
        ("home_of_a_demo", Box::new(home(test, Some(demo(true))))),
        ("home_of_a_demo_that_was_paid", Box::new(home(test, Some(demo(false))))),
        ("open", Box::new(checkout(live, plain()))),
        ("open_test", Box::new(checkout(test, plain()))),
        ("open_nasty", Box::new(checkout(test, nasty()))),
        ("open_long", Box::new(checkout(test, long()))),
        ("open_errors", Box::new(wrong(checkout(test, plain())))),
        ("open_framed", Box::new(checkout(frame, plain()))),
        ("errors_framed", Box::new(wrong(checkout(frame, nasty())))),
        ("processing", Box::new(ProcessingPage { shell: live, order: plain(), again: "/c/token".into() })),
        ("result_nasty", Box::new(result(test, long(), Outcome::Paid, true))),
        ("result_framed", Box::new(result(frame, plain(), Outcome::Paid, true))),
        ("result_framed_later", Box::new(result(frame, plain(), Outcome::Paid, false))),
    ];
    let notices = [
        ("declined_try_again", Notice::Declined(Decline::ProcessingError)),
        ("declined_another_card", Notice::Declined(Decline::DoNotHonour)),
        ("declined_wrong_code", Notice::Declined(Decline::WrongSecurityCode)),
        ("declined_expired", Notice::Declined(Decline::ExpiredCard)),
        ("declined_funds", Notice::Declined(Decline::InsufficientFunds)),
        ("declined_not_authenticated", Notice::Declined(Decline::NotAuthenticated)),
        ("too_many_tries", Notice::TooMany(Limit::Address)),
        ("too_many_tries_of_a_card", Notice::TooMany(Limit::Card)),
    ];
    let mut used_up = declined(checkout(live, plain()), Notice::TooMany(Limit::Checkout));
    used_up.closed = true;
    used_up.leaving = true;
    let mut verifying = checkout(live, plain());
    verifying.verifies = true;
    pages.push(("open_verifying", Box::new(verifying)));
    pages.push(("too_many_tries_here", Box::new(used_up)));
    for (name, notice) in notices {
        pages.push((name, Box::new(declined(checkout(live, plain()), notice))));
    }
    let part = || "SEK\u{a0}100.00".to_owned();
    let outcomes = [
        ("paid", Outcome::Paid),
        ("verified", Outcome::Verified),
        ("reserved", Outcome::Reserved),
        ("partly_paid", Outcome::PartlyPaid { paid: part() }),
        ("refunded", Outcome::Refunded),
        ("partly_refunded", Outcome::PartlyRefunded { refunded: part() }),
        ("released", Outcome::Released),
        ("declined_finally", Outcome::Declined),
        ("canceled", Outcome::Canceled),
        ("revoked", Outcome::Revoked),
        ("out_of_date", Outcome::OutOfDate),
    ];
    for (name, outcome) in outcomes {
        pages.push((name, Box::new(result(live, plain(), outcome, name == "paid"))));
    }
    let errors = [
        ("not_found", NoPage::NotFound),
        ("not_private", NoPage::NotPrivate),
        ("method", NoPage::Method),
        ("unreadable", NoPage::Unreadable),
        ("too_large", NoPage::TooLarge),
        ("internal", NoPage::Internal),
        ("busy", NoPage::Busy),
    ];
    for (name, kind) in errors {
        pages.push((name, Box::new(ErrorPage::new(kind, ""))));
    }
    pages.extend(between());
    pages.extend(of_customers());
    pages.into_iter().map(|(name, page)| (name, page.dyn_render().unwrap())).collect()
}
