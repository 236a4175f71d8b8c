//! Limits on what buyers try on pages (contract, section 8): attempts on a checkout, from an address, and declines of a
//! card, counted for each merchant. In test mode they hold where the configuration turns them on.

use std::time::Duration;

use kassa_tests::drivers::buyer::{APPROVED, CHALLENGED, DECLINED};
use kassa_tests::drivers::neuro_pay::Client;
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, Setup, at_once, eventually, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    a_checkout_takes_five_attempts_and_then_says_so,
    an_address_has_ten_attempts_a_minute_in_one_shop,
    a_card_that_was_declined_five_times_is_not_asked_about_again,
    a_card_that_is_approved_is_never_refused_for_it,
    of_many_attempts_at_once_no_more_than_the_limit_are_made,
    without_the_option_test_mode_has_no_limits,
    in_test_mode_too_attempts_on_a_checkout_have_an_end,
);

/// Each is declined.
const BAD: [&str; 5] =
    [DECLINED, "4000000000009995", "4000000000000069", "4000000000000127", "4000000000000119"];

#[track_caller]
fn limited(engine: Engine) -> Server {
    Setup::new(engine).variable("KASSA_TEST_LIMITS", "on").start()
}

/// Checks that this is the page of a limit; answers after how many seconds it may be tried again.
#[track_caller]
fn is_over(answer: &Answer, words: &str) -> u64 {
    assert_eq!(answer.status, 429, "{}", answer.text());
    let text = answer.text();
    assert!(text.contains("Too many tries") && text.contains(words), "{words} is not in {text}");
    answer.header("retry-after").and_then(|text| text.parse().ok()).expect("a number of seconds")
}

/// How many attempts stand in the ledger.
fn attempts(kassa: &Server) -> usize {
    let cells = kassa.cells().into_iter().filter(|cell| cell.place == "actions.kind");
    cells.filter(|cell| cell.text() == "authorize").count()
}

fn a_checkout_takes_five_attempts_and_then_says_so(engine: Engine) {
    let kassa = limited(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    let buyer = checkout.buyer();
    let forms: Vec<String> = (0..7).map(|_| buyer.form()).collect();
    for (number, form) in BAD.iter().zip(&forms) {
        buyer.send(form, number).expect(303);
    }
    let before = (checkout.now(), attempts(&kassa));
    // Sent again, a form is no new attempt, and no other one.
    buyer.send(&forms[0], APPROVED).expect(303);
    let page = buyer.send(&forms[5], APPROVED);
    is_over(&page, "Go back to the shop and start again");
    assert!(page.text().contains("No money has been taken") && page.text().contains("shop.example"));
    assert!(
        !page.text().contains("name=\"number\"")
            && !buyer.open().expect(200).text().contains("name=\"number\"")
    );
    is_over(&buyer.send(&forms[5], APPROVED), "Go back to the shop");
    assert_eq!((checkout.now(), attempts(&kassa)), before, "no attempt is stored");
    // Another checkout is another matter, and this one can still be given up.
    shop.create().buyer().pay(APPROVED);
    buyer.cancel();
    assert_eq!(checkout.now()["status"], "canceled");
    assert_eq!(
        kassa.command(&["config", "show", "--json", "--test-limits", "on"]).done().json()["test_limits"]["value"],
        "on"
    );
    kassa.checks_out();
    kassa.is_healthy();
}

fn an_address_has_ten_attempts_a_minute_in_one_shop(engine: Engine) {
    let kassa = limited(engine);
    let (shop, other) = (Client::fresh(&kassa), Client::fresh(&kassa));
    let ada = shop.person();
    let checkouts: Vec<_> = (0..10).map(|_| shop.create()).collect();
    let [last, paid] =
        checkouts.split_last().map(|(last, paid)| [std::slice::from_ref(last), paid]).expect("ten");
    for checkout in paid {
        checkout.buyer().pay(APPROVED);
    }
    // A card tester uses both kinds of page, so both are counted together.
    ada.wallet().add_card(APPROVED, "12/99").expect(303);
    let before = (last[0].now(), ada.cards(), attempts(&kassa));
    let form = last[0].buyer().form();
    assert!((1..=60).contains(&is_over(&last[0].buyer().send(&form, APPROVED), "Wait a minute")));
    let page = ada.wallet().add_card("5555555555554444", "11/98");
    is_over(&page, "Wait a minute");
    assert!(page.text().contains("Nothing has been charged") && page.text().contains("value=\"11/98\""));
    assert_eq!((last[0].now(), ada.cards(), attempts(&kassa)), before, "no attempt is stored");
    // One shop's attackers never block another's buyers, and a shop's own server is not counted.
    other.create().buyer().pay(APPROVED);
    let card = ada.cards()[0]["card_id"].as_str().expect("an id").to_owned();
    ada.charge(&card, &[]).ok();
    // The log says it, and the address, once: a line a minute.
    let line = eventually(Duration::from_secs(10), "a line in the log", || {
        kassa
            .log()
            .lines()
            .find(|line| line.contains("too many attempts from one address"))
            .map(str::to_owned)
    });
    assert!(line.contains("127.0.0.1"), "{line}");
    assert!(!line.contains("4242") && !line.contains("4444"), "{line}");
    // The address itself stands nowhere in the database, but for the server's own.
    let own = kassa.url();
    let holds = |text: &str| text.replace(own, "").contains("127.0.0.1");
    assert!(kassa.cells().iter().all(|cell| cell.bytes != [127, 0, 0, 1] && !holds(&cell.text())));
}

fn a_card_that_was_declined_five_times_is_not_asked_about_again(engine: Engine) {
    let mut kassa = limited(engine);
    let (merchant, elsewhere) = (kassa.merchant(), Client::fresh(&kassa));
    let shop = Client::new(&kassa, &merchant);
    for _ in 0..3 {
        shop.create().buyer().pay(DECLINED);
    }
    let ada = shop.person();
    for _ in 0..2 {
        ada.wallet().add_card(DECLINED, "12/99").expect(422);
    }
    // The counts outlive the server.
    kassa.restart();
    let shop = Client::new(&kassa, &merchant);
    let ada = shop.known_person(&json!({ "customer_id": ada.id, "client_page": ada.page }));
    let checkout = shop.create();
    let before = (checkout.now(), attempts(&kassa));
    let page = checkout.buyer().send(&checkout.buyer().form(), DECLINED);
    assert!((1..=3600).contains(&is_over(&page, "Use another card")));
    assert!(page.text().contains("name=\"number\""), "another card may be tried");
    is_over(&ada.wallet().add_card(DECLINED, "12/99"), "Use another card");
    assert_eq!((checkout.now(), attempts(&kassa)), before, "no attempt is stored");
    checkout.buyer().pay(APPROVED);
    assert_eq!(checkout.now()["status"], "paid");
    // Neither is the card blocked in another shop.
    elsewhere.create().buyer().pay(DECLINED);
    kassa.is_healthy();
}

fn a_card_that_is_approved_is_never_refused_for_it(engine: Engine) {
    let kassa = limited(engine);
    for (number, saved) in [(APPROVED, false), (APPROVED, true), (CHALLENGED, false)] {
        let shop = Client::fresh(&kassa);
        let ada = shop.person();
        let card = saved.then(|| ada.add(number));
        for _ in 0..7 {
            let checkout = ada.checkout(&[]);
            let buyer = checkout.buyer();
            match &card {
                Some(card) => drop(buyer.choose(card).expect(303)),
                None => drop(buyer.pay(number)),
            }
            if number == CHALLENGED {
                buyer.tell_the_bank("accept");
            }
            assert_eq!(checkout.now()["status"], "paid", "{number} {saved}");
        }
    }
    kassa.checks_out();
}

fn of_many_attempts_at_once_no_more_than_the_limit_are_made(engine: Engine) {
    let kassa = limited(engine);
    let shop = Client::fresh(&kassa);
    let checkouts: Vec<_> = (0..16).map(|_| shop.create()).collect();
    let forms: Vec<String> = checkouts.iter().map(|checkout| checkout.buyer().form()).collect();
    let mut statuses = at_once(checkouts.len(), |place| {
        let agent = kassa.agent();
        let buyer = kassa_tests::drivers::buyer::Buyer::new(&agent, checkouts[place].page.as_str());
        buyer.send(&forms[place], if place % 2 == 0 { APPROVED } else { "5555555555554444" }).status
    });
    statuses.sort_unstable();
    let taken = statuses.iter().filter(|status| **status == 303).count();
    // Of one card no more than five at once are under way, and of both no more than ten.
    assert!(
        (5..=10).contains(&taken) && statuses[taken..].iter().all(|status| *status == 429),
        "{statuses:?}"
    );
    assert_eq!(attempts(&kassa), taken);
    let paid = checkouts.iter().filter(|checkout| checkout.now()["status"] == "paid").count();
    assert_eq!(paid, taken);
    kassa.checks_out();
    kassa.is_healthy();
}

fn without_the_option_test_mode_has_no_limits(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    for _ in 0..7 {
        checkout.buyer().pay(DECLINED);
    }
    for _ in 0..5 {
        shop.create().buyer().pay(APPROVED);
    }
    checkout.buyer().pay(APPROVED);
    assert_eq!(checkout.now()["status"], "paid");
    assert_eq!(
        kassa.command(&["config", "show", "--json"]).done().json()["test_limits"]["value"],
        Value::from("off")
    );
}

/// What is kept of a payment, and shown of it, has an end.
fn in_test_mode_too_attempts_on_a_checkout_have_an_end(engine: Engine) {
    const MOST: usize = 1_000;
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    let buyer = checkout.buyer();
    let drawn = match engine {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "decode(replace(gen_random_uuid()::text, '-', ''), 'hex')",
    };
    let rest = MOST - 1;
    kassa.tamper(&format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {rest})
         insert into actions (payment, public_id, kind, status, amount, asked, created_at, settled_at, response_code)
         select p.id, {drawn}, 'authorize', 'declined', p.amount, 0, 0, 0, '20005' from n, payments p"
    ));
    buyer.pay(DECLINED);
    assert_eq!((attempts(&kassa), checkout.now()["status"].as_str()), (MOST, Some("failed")));
    let form = buyer.form();
    buyer.send(&form, APPROVED).expect(303);
    assert_eq!((attempts(&kassa), checkout.now()["status"].as_str()), (MOST, Some("failed")));
}
