//! Payments on a page whose outcome nobody knows yet: asked about and never sent again, and the page open again for what
//! never arrived.

use kassa_tests::drivers::buyer::{APPROVED, LOST};
use kassa_tests::drivers::neuro_pay::{Client, is_error};
use kassa_tests::{Engine, SETTLED, Server, eventually, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    a_lost_answer_leaves_the_checkout_created_until_it_is_known,
    a_card_is_saved_once_its_lost_answer_is_known,
    what_never_arrived_can_be_tried_again_or_has_failed,
);

fn a_lost_answer_leaves_the_checkout_created_until_it_is_known(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (capture, status) in [(true, "paid"), (false, "reserved")] {
        let checkout = shop.create_with(&[("capture", json!(capture))]);
        let form = checkout.buyer().form();
        checkout.buyer().send(&form, LOST).expect(303);
        // Asked for the first time two seconds later.
        assert_eq!(
            (&checkout.now()["status"], &checkout.now()["amount_captured"]),
            (&json!("created"), &json!(0))
        );
        let page = checkout.buyer().open().expect(200);
        assert!(page.text().contains("being processed") && !page.text().contains("name=\"form\""));
        assert_eq!(page.header("refresh"), Some("2"));
        // Nothing else begins meanwhile: no second payment, no cancel, no deletion.
        checkout.buyer().send(&form, APPROVED).expect(303);
        checkout.buyer().send(&"ab".repeat(16), APPROVED).expect(303);
        checkout.buyer().cancel();
        is_error(&checkout.delete(), 409);
        eventually(SETTLED, "the outcome is known", || (checkout.now()["status"] == status).then_some(()));
        assert_eq!(checkout.now()["amount_captured"], if capture { 24_900 } else { 0 });
        assert!(checkout.buyer().open().text().contains("ending in 0341"));
        let done = checkout.refund(&[]).ok();
        assert_eq!(done["status"], if capture { "refunded" } else { "reserve released" });
    }
    kassa.is_healthy();
}

fn a_card_is_saved_once_its_lost_answer_is_known(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let checkout = ada.checkout(&[]);
    checkout.buyer().pay_and_save(LOST, "12/99");
    assert_eq!(ada.cards(), Vec::<Value>::new());
    eventually(SETTLED, "the outcome is known", || (checkout.now()["status"] == "paid").then_some(()));
    let cards = ada.cards();
    assert_eq!((cards.len(), &cards[0]["last4"], &cards[0]["default"]), (1, &json!("0341"), &json!(true)));
}

/// The acquirer's books take nothing, which is as if the operations were lost on the way to it.
fn close_the_books(kassa: &Server, engine: Engine) {
    kassa.tamper(match engine {
        Engine::Sqlite => {
            "create trigger closed before insert on acquirer_books begin select raise(abort, 'closed'); end"
        }
        Engine::Postgres => {
            "create function closed() returns trigger language plpgsql as 'begin raise exception ''closed''; end';
             create trigger closed before insert on acquirer_books for each row execute function closed()"
        }
    });
}

fn open_the_books(kassa: &Server, engine: Engine) {
    kassa.tamper(match engine {
        Engine::Sqlite => "drop trigger closed",
        Engine::Postgres => "drop trigger closed on acquirer_books",
    });
}

fn what_never_arrived_can_be_tried_again_or_has_failed(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let card = ada.add(APPROVED);
    let (typed, reserved, paid) =
        (ada.checkout(&[]), shop.in_status(&kassa, "reserved"), shop.in_status(&kassa, "paid"));
    close_the_books(&kassa, engine);
    let body = ada.charge_body(&card, &[]);
    let charged = shop.post_once("charge", "/checkout/create", &body).expect(200);
    typed.buyer().pay_and_save("5555555555554444", "12/99");
    let capture = || shop.post_once("capture", "/checkout/capture", &reserved.body(&[]));
    let refund = || shop.post_once("refund", "/checkout/refund", &paid.body(&[("amount", json!(100))]));
    assert_eq!(charged.json()["status"], "created");
    // Neither done nor refused: the key tells later.
    for answer in [capture(), refund()] {
        is_error(&answer, 503);
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    assert_eq!([&reserved.now()["status"], &paid.now()["status"]], ["reserved", "paid"]);
    open_the_books(&kassa, engine);
    // Without a page nobody can try again; on the page the buyer can, and what was not paid is not saved.
    let automatic = shop.known(&charged.json());
    eventually(SETTLED, "the charge has failed", || (automatic.now()["status"] == "failed").then_some(()));
    assert!(automatic.buyer().open().text().contains("No further try"));
    assert_eq!(shop.post_once("charge", "/checkout/create", &body).expect(200).body, charged.body);
    eventually(SETTLED, "the page is open again", || {
        typed.buyer().open().text().contains("name=\"form\"").then_some(())
    });
    assert_eq!((&typed.now()["status"], ada.cards().len()), (&json!("created"), 1));
    typed.buyer().pay(APPROVED);
    assert_eq!(typed.now()["status"], "paid");
    // What was set aside for an operation that never was is free again, and the key with it.
    let done = |answer: kassa_tests::http::Answer| match answer.status {
        200 => Some(answer.json()),
        409 | 503 => None,
        _ => panic!("{}", answer.text()),
    };
    let captured = eventually(SETTLED, "it can be captured", || done(capture()));
    assert_eq!((&captured["status"], &captured["amount_captured"]), (&json!("paid"), &json!(10_000)));
    let refunded = eventually(SETTLED, "it can be refunded", || done(refund()));
    assert_eq!((&refunded["status"], &refunded["amount_refunded"]), (&json!("partialRefund"), &json!(100)));
    assert_eq!(paid.refund(&[]).ok()["status"], "refunded");
    kassa.checks_out();
}
