//! The challenge of a buyer's bank: accepted, refused, left, given up, answered twice.

use kassa_tests::drivers::buyer::{APPROVED, CHALLENGED, DECLINED};
use kassa_tests::drivers::neuro_pay::{Checkout, Client, is_error};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, at_once, http, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    the_bank_asks_before_anything_is_charged,
    an_accepted_challenge_pays_or_reserves,
    a_challenge_after_a_decline_is_created_again,
    a_refused_challenge_is_a_decline_and_the_page_stays_open,
    a_buyer_who_leaves_the_bank_can_come_back,
    a_buyer_can_give_up_at_the_bank,
    a_buyer_can_leave_the_bank_for_another_card,
    two_tabs_that_accept_and_refuse_at_once_have_one_outcome,
    of_accepting_refusing_and_canceling_at_once_one_decides,
    answering_twice_changes_nothing,
    an_answer_that_is_none_changes_nothing,
    only_a_page_that_waits_for_the_bank_leads_there,
    a_challenge_works_in_a_frame,
    a_card_is_saved_only_after_its_challenge_was_accepted,
    a_checkout_that_waits_for_the_bank_is_neither_deleted_nor_withdrawn,
    a_challenge_outlives_a_restart,
    a_challenge_whose_note_was_lost_is_found_again,
);

/// Pays with a card that has the buyer confirm at the bank.
#[track_caller]
fn to_the_bank(checkout: &Checkout<'_>) {
    checkout.buyer().pay(CHALLENGED);
    assert_eq!(checkout.now()["status"], "created");
}

#[track_caller]
fn policy(page: &Answer) -> &str {
    page.header("content-security-policy").expect("a policy")
}

fn the_bank_asks_before_anything_is_charged(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let checkout = shop.create();
    to_the_bank(&checkout);
    assert_eq!(checkout.now()["amount_captured"], 0);
    let page = checkout.buyer().open().expect(200);
    let text = page.text();
    assert!(text.contains("asks you to confirm") && text.contains("/bank\""), "{text}");
    assert!(!text.contains("name=\"number\"") && page.header("refresh").is_none());
    let bank = checkout.buyer().below("/bank").open().expect(200);
    for shown in [
        "Simulated bank",
        "SEK\u{a0}249.00",
        "Visa ending in 3220",
        merchant.name.as_str(),
        "accept",
        "refuse",
    ] {
        assert!(bank.text().contains(shown), "{shown} is not in {}", bank.text());
    }
    for page in [&page, &bank] {
        assert!(
            policy(page).starts_with("default-src 'none';")
                && policy(page).ends_with("frame-ancestors 'none'")
        );
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(!page.text().contains(CHALLENGED));
    }
}

fn an_accepted_challenge_pays_or_reserves(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (capture, status, captured) in [(true, "paid", 24_900), (false, "reserved", 0)] {
        let checkout = shop.create_with(&[("capture", json!(capture))]);
        to_the_bank(&checkout);
        checkout.buyer().tell_the_bank("accept");
        let now = checkout.now();
        assert_eq!((&now["status"], &now["amount_captured"]), (&json!(status), &json!(captured)));
        let page = checkout.buyer().open();
        assert_eq!(page.header("refresh"), Some("4; url=https://shop.example/thanks"));
        assert_eq!(
            checkout.refund(&[]).ok()["status"],
            if capture { "refunded" } else { "reserve released" }
        );
    }
}

/// The contract's words: what waits for a challenge is `created`, whatever became of the card before.
fn a_challenge_after_a_decline_is_created_again(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    let shown = || ["status", "decline_code", "last4"].map(|name| checkout.now()[name].clone());
    checkout.buyer().pay(DECLINED);
    assert_eq!(shown(), [json!("failed"), json!("do_not_honour"), Value::Null]);
    to_the_bank(&checkout);
    assert_eq!(shown(), [json!("created"), Value::Null, json!("3220")]);
    let listed = kassa.command(&["payments", "show", &checkout.id, "--json"]).done().json();
    assert_eq!((&listed["status"], &listed["last_decline"]), (&json!("pending"), &Value::Null));
    checkout.buyer().tell_the_bank("refuse");
    assert_eq!(shown(), [json!("failed"), json!("not_authenticated"), Value::Null]);
    kassa.checks_out();
}

fn a_refused_challenge_is_a_decline_and_the_page_stays_open(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    for _ in 0..2 {
        checkout.buyer().pay(CHALLENGED);
        checkout.buyer().tell_the_bank("refuse");
        assert_eq!(
            (&checkout.now()["status"], &checkout.now()["amount_captured"]),
            (&json!("failed"), &json!(0))
        );
        let page = checkout.buyer().open().expect(200);
        assert!(page.text().contains("Payment declined") && page.text().contains("could not confirm"));
        assert!(page.text().contains("name=\"number\""));
    }
    checkout.buyer().pay(CHALLENGED);
    checkout.buyer().tell_the_bank("accept");
    assert_eq!(
        (&checkout.now()["status"], &checkout.now()["amount_captured"]),
        (&json!("paid"), &json!(24_900))
    );
}

fn a_buyer_who_leaves_the_bank_can_come_back(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    let form = checkout.buyer().form();
    checkout.buyer().send(&form, CHALLENGED).expect(303);
    for _ in 0..3 {
        checkout.buyer().below("/bank").open().expect(200);
        assert!(checkout.buyer().open().text().contains("asks you to confirm"));
        // Reload and Back send what was sent before, and a form from another tab finds the page taken.
        checkout.buyer().send(&form, CHALLENGED).expect(303);
        checkout.buyer().send(&"ab".repeat(16), APPROVED).expect(303);
        assert_eq!(checkout.now()["status"], "created");
    }
    checkout.buyer().tell_the_bank("accept");
    assert_eq!(
        (&checkout.now()["status"], &checkout.now()["amount_captured"]),
        (&json!("paid"), &json!(24_900))
    );
}

fn a_buyer_can_give_up_at_the_bank(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    to_the_bank(&checkout);
    checkout.buyer().cancel();
    let canceled = checkout.now();
    assert_eq!((&canceled["status"], &canceled["amount_captured"]), (&json!("canceled"), &json!(0)));
    checkout.buyer().tell_the_bank("accept");
    checkout.buyer().below("/bank").open().expect(303);
    assert_eq!(checkout.now(), canceled);
    assert!(checkout.buyer().open().text().contains("Payment canceled"));
}

fn a_buyer_can_leave_the_bank_for_another_card(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    let another = || checkout.buyer().below("/another");
    // There is nothing to leave.
    another().post("").expect(303);
    assert_eq!(checkout.now()["status"], "created");
    let form = checkout.buyer().form();
    checkout.buyer().send(&form, CHALLENGED).expect(303);
    let page = checkout.buyer().open().expect(200);
    assert!(
        page.text().contains("Pay with another card") && page.text().contains("/another\""),
        "{}",
        page.text()
    );
    let answer = another().post("").expect(303);
    assert_eq!(
        (&checkout.now()["status"], &checkout.now()["amount_captured"]),
        (&json!("failed"), &json!(0))
    );
    // Who gave the attempt up is asked for another card, and not told that the bank said no. Whoever refuses there is.
    let place = format!("{}{}", kassa.url(), answer.header("location").expect("a redirect"));
    let page = http::get(&kassa.agent(), &place).expect(200);
    assert!(page.text().contains("<title>Pay ") && !page.text().contains("declined"), "{}", page.text());
    let refused = shop.create();
    refused.buyer().pay(CHALLENGED);
    refused.buyer().tell_the_bank("refuse");
    assert!(refused.buyer().open().text().contains("<title>Payment declined"));
    // What was sent before is not sent again, and the bank's late answer changes nothing.
    checkout.buyer().send(&form, CHALLENGED).expect(303);
    checkout.buyer().tell_the_bank("accept");
    assert_eq!(checkout.now()["status"], "failed");
    checkout.buyer().pay(APPROVED);
    assert_eq!(
        (&checkout.now()["status"], &checkout.now()["amount_captured"]),
        (&json!("paid"), &json!(24_900))
    );
    another().post("").expect(303);
    assert_eq!(checkout.now()["status"], "paid");
    // Where the merchant has charged the card there is no other one.
    let ada = shop.person();
    let charged = shop.known(&ada.charge(&ada.add(CHALLENGED), &[]).ok());
    assert!(!charged.buyer().open().expect(200).text().contains("/another"));
    charged.buyer().below("/another").post("").expect(303);
    assert_eq!(charged.now()["status"], "created");
    charged.buyer().tell_the_bank("accept");
    assert_eq!(charged.now()["status"], "paid");
    kassa.checks_out();
}

fn two_tabs_that_accept_and_refuse_at_once_have_one_outcome(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for round in 0..12 {
        let checkout = shop.create_with(&[("capture", json!(round % 2 == 0))]);
        to_the_bank(&checkout);
        at_once(4, |tab| checkout.buyer().tell_the_bank(["accept", "refuse"][tab % 2]));
        let now = checkout.now();
        let approved = if round % 2 == 0 { "paid" } else { "reserved" };
        match now["status"].as_str() {
            Some("failed") => {
                assert_eq!(now["amount_captured"], 0);
                // Refused is refused: the card can be tried again, and only that pays.
                checkout.buyer().tell_the_bank("accept");
                assert_eq!(checkout.now(), now);
                checkout.buyer().pay(APPROVED);
                assert_eq!(checkout.now()["status"], approved);
            }
            Some(status) => {
                assert_eq!(status, approved);
                checkout.buyer().tell_the_bank("refuse");
                assert_eq!(checkout.now(), now);
            }
            None => panic!("{now}"),
        }
    }
    kassa.checks_out();
    kassa.is_healthy();
}

fn of_accepting_refusing_and_canceling_at_once_one_decides(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for _ in 0..12 {
        let checkout = shop.create();
        to_the_bank(&checkout);
        at_once(3, |tab| match tab {
            0 => checkout.buyer().tell_the_bank("accept"),
            1 => checkout.buyer().tell_the_bank("refuse"),
            _ => checkout.buyer().cancel(),
        });
        let now = checkout.now();
        let captured = if now["status"] == "paid" { 24_900 } else { 0 };
        assert_eq!(now["amount_captured"], captured);
        assert!(["paid", "failed", "canceled"].iter().any(|status| now["status"] == *status), "{now}");
        for answer in ["accept", "refuse"] {
            checkout.buyer().tell_the_bank(answer);
        }
        assert_eq!(checkout.now(), now);
    }
    kassa.checks_out();
    kassa.is_healthy();
}

fn answering_twice_changes_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (first, status) in [("accept", "paid"), ("refuse", "failed")] {
        let checkout = shop.create();
        to_the_bank(&checkout);
        checkout.buyer().tell_the_bank(first);
        let now = checkout.now();
        assert_eq!(now["status"], status);
        for again in ["accept", "refuse", "accept"] {
            checkout.buyer().tell_the_bank(again);
            assert_eq!(checkout.now(), now);
        }
    }
}

fn an_answer_that_is_none_changes_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    to_the_bank(&checkout);
    for body in ["", "answer=", "answer=yes", "answer=ACCEPT", "answer=abandon", "answer=%ff", "other=accept"]
    {
        checkout.buyer().below("/bank").post(body).expect(303);
    }
    checkout.buyer().below("/bank").post("answer=accept&answer=refuse").expect(400);
    assert_eq!(checkout.now()["status"], "created");
    checkout.buyer().tell_the_bank("accept");
    assert_eq!(checkout.now()["status"], "paid");
}

fn only_a_page_that_waits_for_the_bank_leads_there(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for status in ["created", "failed", "paid", "reserved", "canceled", "revoked"] {
        let checkout = shop.in_status(&kassa, status);
        let back = checkout.buyer().below("/bank").open().expect(303);
        assert!(checkout.page.ends_with(back.header("location").expect("a place")), "{status}");
        checkout.buyer().tell_the_bank("accept");
        assert_eq!(checkout.now()["status"], status);
    }
    let made_up = shop.create().buyer().link().replace("/c/", "/c/A");
    let agent = kassa.agent();
    let nobody = kassa_tests::drivers::buyer::Buyer::new(&agent, made_up).below("/bank");
    nobody.open().expect(404);
    nobody.post("answer=accept").expect(404);
}

fn a_challenge_works_in_a_frame(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (answer, status) in [("accept", "paid"), ("refuse", "failed")] {
        let checkout = shop.create_with(&[("template", json!("iframe"))]);
        to_the_bank(&checkout);
        for page in [checkout.buyer().open(), checkout.buyer().below("/bank").open()] {
            let page = page.expect(200);
            assert!(policy(&page).ends_with("frame-ancestors *"), "{}", policy(&page));
            assert_eq!(page.header("x-frame-options"), None);
            // Everything stays in the frame until the result's own link leaves it.
            assert!(!page.text().contains("target="), "{}", page.text());
        }
        checkout.buyer().tell_the_bank(answer);
        assert_eq!(checkout.now()["status"], status);
        let page = checkout.buyer().open().expect(200);
        assert_eq!(page.header("refresh"), None);
        assert_eq!(page.text().contains("target=\"_top\""), status == "paid");
    }
}

fn a_card_is_saved_only_after_its_challenge_was_accepted(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let begin = || {
        let checkout = ada.checkout(&[]);
        checkout.buyer().pay_and_save(CHALLENGED, "12/99");
        assert_eq!(ada.cards(), Vec::<Value>::new(), "a card that waits is nobody's yet");
        assert!(!ada.checkout(&[]).buyer().open().text().contains("3220</span>"));
        assert!(!ada.wallet().open().text().contains("3220"));
        checkout
    };
    begin().buyer().tell_the_bank("refuse");
    begin().buyer().cancel();
    let (first, second) = (begin(), begin());
    first.buyer().tell_the_bank("accept");
    assert_eq!(ada.cards().len(), 1);
    second.buyer().tell_the_bank("accept");
    let cards = ada.cards();
    assert_eq!((cards.len(), &cards[0]["last4"], &cards[0]["default"]), (1, &json!("3220"), &json!(true)));
    assert_eq!([first.now()["status"].clone(), second.now()["status"].clone()], ["paid", "paid"]);
    // A customer who is gone by then: the payment goes on, and nothing is saved for anybody.
    let gone = shop.person();
    let checkout = gone.checkout(&[]);
    checkout.buyer().pay_and_save(CHALLENGED, "12/99");
    shop.delete_customer(&gone.id).expect(200);
    checkout.buyer().tell_the_bank("accept");
    assert_eq!((&checkout.now()["status"], &checkout.now()["customer_id"]), (&json!("paid"), &Value::Null));
}

fn a_checkout_that_waits_for_the_bank_is_neither_deleted_nor_withdrawn(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    to_the_bank(&checkout);
    is_error(&checkout.delete(), 409);
    is_error(&checkout.capture(), 400);
    is_error(&checkout.refund(&[]), 400);
    kassa.command(&["checkout", "revoke", &checkout.id]).failed(1);
    checkout.update(&json!({ "cart": "A9" })).expect(200);
    checkout.buyer().tell_the_bank("accept");
    let now = checkout.now();
    assert_eq!((&now["status"], &now["metaData"]), (&json!("paid"), &json!({ "cart": "A9" })));
}

fn a_challenge_outlives_a_restart(engine: Engine) {
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let mut waiting = Vec::new();
    for answer in ["accept", "refuse"] {
        let checkout = shop.create();
        to_the_bank(&checkout);
        waiting.push((checkout.now(), answer));
    }
    kassa.restart();
    for (made, answer) in &waiting {
        let checkout = shop.known(made);
        assert!(checkout.buyer().open().expect(200).text().contains("asks you to confirm"));
        checkout.buyer().tell_the_bank(answer);
        assert_eq!(checkout.now()["status"], if *answer == "accept" { "paid" } else { "failed" });
    }
    kassa.checks_out();
}

/// As a crash between the two commits leaves it: the bank asks, and Kassa has not written that down. The question about
/// the outcome comes half a minute later; here it is made due at once.
fn a_challenge_whose_note_was_lost_is_found_again(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let (typed, ada) = (shop.create(), shop.person());
    typed.buyer().pay(CHALLENGED);
    let automatic = shop.known(&ada.charge(&ada.add(CHALLENGED), &[]).ok());
    kassa.tamper("update actions set challenge = null, ask_at = 0 where status = 'pending'");
    for checkout in [typed, automatic] {
        kassa_tests::eventually(
            std::time::Duration::from_secs(60),
            "the page leads to the bank again",
            || checkout.buyer().open().text().contains("asks you to confirm").then_some(()),
        );
        checkout.buyer().tell_the_bank("accept");
        assert_eq!(checkout.now()["status"], "paid");
    }
}
