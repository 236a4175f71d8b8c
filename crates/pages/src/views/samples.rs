//! One of each screen, with the worst words a merchant can send, for tests to look at.

use crate::views::*;

pub(crate) const NASTY: &str = "Beställning nr 1042 – två påsar kaffe \"Mörkrost\" & 1 <script>alert('x')</script> ☕🧑‍🚀\n\
    Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvertragsentwurf";

pub(crate) const NASTY_SHOP: &str = "Fjäll & \"Fika\" <b onload=alert(1)>";

fn shell(test_mode: bool, framed: bool) -> Shell {
    Shell { test_mode, framed }
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

fn test_cards() -> Vec<TestCard> {
    [
        ("4242424242424242", "approved"),
        ("378282246310005", "approved, American Express"),
        ("4000000000000002", "declined"),
        ("4000000000009995", "insufficient funds"),
        ("4000000000000127", "wrong security code"),
        ("4000000000003220", "3-D Secure challenge"),
    ]
    .map(|(number, outcome)| TestCard { number: number.into(), outcome: outcome.into() })
    .to_vec()
}

pub(crate) fn checkout(shell: Shell, order: Order) -> CheckoutPage {
    CheckoutPage {
        shell,
        order,
        back: back(),
        form_id: "4f1d0c".into(),
        pay_to: "/c/token/pay".into(),
        cancel_to: "/c/token/cancel".into(),
        brands: ["Visa", "Mastercard", "American Express"].map(String::from).to_vec(),
        saved: Vec::new(),
        another_chosen: false,
        choice_error: None,
        saving: None,
        expiry: String::new(),
        errors: CardErrors::default(),
        notice: None,
        test_cards: if shell.test_mode { test_cards() } else { Vec::new() },
    }
}

fn wrong(mut page: CheckoutPage) -> CheckoutPage {
    page.expiry = "13/2\"<".into();
    page.errors = CardErrors {
        number: Some(NumberError::Typo),
        expiry: Some(ExpiryError::Format),
        code: Some(CodeError::Length { digits: 3 }),
    };
    page
}

fn declined(mut page: CheckoutPage, notice: Notice) -> CheckoutPage {
    page.expiry = "04/29".into();
    page.notice = Some(notice);
    page
}

pub(crate) fn result(shell: Shell, order: Order, outcome: Outcome, leaving: bool) -> ResultPage {
    let charged = !matches!(outcome, Outcome::Canceled | Outcome::Revoked | Outcome::Declined);
    let receipt = charged.then(|| Receipt {
        when: "20 November 2026, 14:03 CET".into(),
        when_machine: "2026-11-20T14:03:11+01:00".into(),
        brand: "Visa".into(),
        last_four: "4242".into(),
        reference: "cdf0a1b2c3d4e5f60718293a4b5c6d7e".into(),
    });
    ResultPage { shell, order, outcome, receipt, back: back(), leaving }
}

/// Every screen, by name.
pub(crate) fn screens() -> Vec<(&'static str, String)> {
    let (live, test, frame) = (shell(false, false), shell(true, false), shell(true, true));
    let nasty = || order(NASTY_SHOP, NASTY);
    let long = || order(NASTY_SHOP, &format!("{NASTY} ").repeat(5).chars().take(1000).collect::<String>());
    let mut pages: Vec<(&'static str, Box<dyn askama::DynTemplate>)> = vec![
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
        ("declined_try_again", Notice::Declined(Decline::TryAgain)),
        ("declined_another_card", Notice::Declined(Decline::AnotherCard)),
        ("declined_call_bank", Notice::Declined(Decline::CallBank)),
        ("declined_wrong_code", Notice::Declined(Decline::WrongCode)),
        ("declined_expired", Notice::Declined(Decline::Expired)),
        ("declined_funds", Notice::Declined(Decline::InsufficientFunds)),
        ("declined_not_authenticated", Notice::Declined(Decline::NotAuthenticated)),
        ("too_many_tries", Notice::TooManyTries),
        ("unavailable", Notice::Unavailable),
    ];
    for (name, notice) in notices {
        pages.push((name, Box::new(declined(checkout(live, plain()), notice))));
    }
    let part = || "SEK\u{a0}100.00".to_owned();
    let outcomes = [
        ("paid", Outcome::Paid),
        ("reserved", Outcome::Reserved),
        ("partly_paid", Outcome::PartlyPaid { paid: part() }),
        ("refunded", Outcome::Refunded),
        ("partly_refunded", Outcome::PartlyRefunded { refunded: part() }),
        ("released", Outcome::Released),
        ("declined_finally", Outcome::Declined),
        ("canceled", Outcome::Canceled),
        ("revoked", Outcome::Revoked),
    ];
    for (name, outcome) in outcomes {
        pages.push((name, Box::new(result(live, plain(), outcome, name == "paid"))));
    }
    let errors = [
        ("not_found", ErrorKind::NotFound),
        ("method", ErrorKind::Method),
        ("unreadable", ErrorKind::Unreadable),
        ("too_large", ErrorKind::TooLarge),
        ("internal", ErrorKind::Internal),
        ("busy", ErrorKind::Busy),
    ];
    for (name, kind) in errors {
        pages.push((name, Box::new(ErrorPage::new(kind))));
    }
    pages.into_iter().map(|(name, page)| (name, page.dyn_render().unwrap())).collect()
}
