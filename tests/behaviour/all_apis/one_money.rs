//! One money core (contract, section 5): a checkout of Neuro-Pay's and a payment of Checkout.com's are one object, which
//! each API reads and moves under its own words.

use std::time::Duration;

use kassa_tests::drivers::buyer::{APPROVED, DECLINED};
use kassa_tests::drivers::checkout_com::{Client, is_bare};
use kassa_tests::drivers::checkout_com_payments::{id_of, payment, typed};
use kassa_tests::drivers::neuro_pay::{self, STATUSES, is_error, with};
use kassa_tests::drivers::shop::{Shop, base32, hex};
use kassa_tests::{Engine, Server, eventually, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    each_state_of_a_checkout_is_read_as_a_payment,
    each_state_of_a_payment_is_read_as_a_checkout,
    a_part_that_was_captured_is_given_back_while_the_rest_is_open,
    each_try_on_the_page_is_an_action,
    an_authorization_that_lapsed_is_released_in_both_apis,
    a_deleted_checkout_is_no_payment,
);

/// The status, the balances, and what was done.
type Expected = (&'static str, [i64; 7], Vec<(&'static str, i64, bool)>);

fn each_state_of_a_checkout_is_read_as_a_payment(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let authorized: (&str, i64, bool) = ("Authorization", 10_000, true);
    let captured = ("Capture", 10_000, true);
    let expected: [Expected; 9] = [
        ("Pending", [0; 7], vec![]),
        ("Pending", [0; 7], vec![("Authorization", 10_000, false)]),
        ("Authorized", [10_000, 0, 10_000, 0, 10_000, 0, 0], vec![authorized]),
        ("Captured", [10_000, 0, 0, 10_000, 0, 0, 10_000], vec![authorized, captured]),
        (
            "Partially Refunded",
            [10_000, 0, 0, 10_000, 0, 1_000, 9_000],
            vec![authorized, captured, ("Refund", 1_000, true)],
        ),
        (
            "Refunded",
            [10_000, 0, 0, 10_000, 0, 10_000, 0],
            vec![authorized, captured, ("Refund", 10_000, true)],
        ),
        ("Voided", [10_000, 10_000, 0, 0, 0, 0, 0], vec![authorized, ("Void", 10_000, true)]),
        ("Canceled", [0; 7], vec![]),
        ("Expired", [0; 7], vec![]),
    ];
    for (status, (word, sums, did)) in STATUSES.into_iter().zip(expected) {
        let made = neuro_pay.in_status(&kassa, status);
        let id = base32("pay_", &made.id);
        assert_eq!(shop.stands(&id), (word.to_owned(), sums), "{status}");
        let did: Vec<_> = did.into_iter().map(|(kind, amount, yes)| (kind.to_owned(), amount, yes)).collect();
        assert_eq!(shop.done(&id), did, "{status}");
        let read = shop.payment(&id).ok();
        assert_eq!((&read["amount"], &read["currency"]), (&json!(10_000), &json!("SEK")));
        assert_eq!(read["description"], "Winter boots");
        assert_eq!(read["approved"], json!(sums[0] > 0));
        if sums[0] > 0 {
            assert_eq!((&read["source"]["last4"], &read["source"]["type"]), (&json!("4242"), &json!("card")));
        }
    }
}

/// What Neuro-Pay says of a payment: status, captured, refunded.
#[track_caller]
fn seen(neuro_pay: &neuro_pay::Client, id: &str) -> (String, i64, i64) {
    let now = neuro_pay.post("/checkout/retrieve", &json!({ "checkout_id": hex(id) })).ok();
    let number = |name: &str| now[name].as_i64().expect("a number");
    let status = now["status"].as_str().expect("a status").to_owned();
    (status, number("amount_captured"), number("amount_refunded"))
}

fn each_state_of_a_payment_is_read_as_a_checkout(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let is_seen = |id: &str, word: &str, status: &str, captured: i64, refunded: i64| {
        assert_eq!(shop.stands(id).0, word);
        assert_eq!(seen(&neuro_pay, id), (status.to_owned(), captured, refunded), "{word}");
    };
    let body = payment(1_000, &typed(APPROVED));
    let asked = with(body.clone(), &[("3ds", json!({ "enabled": true }))]);
    is_seen(&id_of(&shop.post_payment(&asked).expect(202).json()), "Pending", "created", 0, 0);
    is_seen(&id_of(&shop.pay(&payment(1_000, &typed(DECLINED)))), "Declined", "failed", 0, 0);
    is_seen(&id_of(&shop.pay(&payment(0, &typed(APPROVED)))), "Card Verified", "paid", 0, 0);
    is_seen(&id_of(&shop.pay(&body)), "Captured", "paid", 1_000, 0);
    let id = shop.reserve(1_000);
    is_seen(&id, "Authorized", "reserved", 0, 0);
    shop.operate(&id, "captures", &json!({ "amount": 300, "capture_type": "NonFinal" })).expect(202);
    is_seen(&id, "Partially Captured", "reserved", 300, 0);
    shop.operate(&id, "captures", &json!({ "amount": 300 })).expect(202);
    is_seen(&id, "Captured", "paid", 600, 0);
    shop.operate(&id, "refunds", &json!({ "amount": 100 })).expect(202);
    is_seen(&id, "Partially Refunded", "partialRefund", 600, 100);
    shop.operate_all(&id, "refunds");
    is_seen(&id, "Refunded", "refunded", 600, 600);
    let id = shop.reserve(1_000);
    shop.operate_all(&id, "voids");
    is_seen(&id, "Voided", "reserve released", 0, 0);
}

/// Checkout.com alone captures in parts.
fn a_part_that_was_captured_is_given_back_while_the_rest_is_open(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let in_part = || {
        let checkout = neuro_pay.in_status(&kassa, "reserved");
        let id = base32("pay_", &checkout.id);
        shop.operate(&id, "captures", &json!({ "amount": 4_000, "capture_type": "NonFinal" })).expect(202);
        assert_eq!(seen(&neuro_pay, &id), ("reserved".to_owned(), 4_000, 0));
        (checkout, id)
    };
    let stands = |id: &str, word: &str, sums: [i64; 7]| {
        assert_eq!(shop.stands(id), (word.to_owned(), sums));
        let links = shop.payment(id).ok()["_links"].clone();
        let [_, _, to_void, _, to_capture, _, to_refund] = sums;
        for (link, sum) in [("void", to_void), ("capture", to_capture), ("refund", to_refund)] {
            assert_eq!(links[link].is_object(), sum > 0, "{link}: {links}");
        }
    };
    // A part of it, no more than there is; and the rest is captured.
    let (checkout, id) = in_part();
    assert_eq!(checkout.refund(&[("amount", json!(1_500))]).ok()["status"], "partialRefund");
    stands(&id, "Partially Refunded", [10_000, 0, 6_000, 4_000, 6_000, 1_500, 2_500]);
    is_error(&checkout.refund(&[("amount", json!(2_501))]), 400);
    assert_eq!(checkout.capture().ok()["status"], "partialRefund");
    stands(&id, "Partially Refunded", [10_000, 0, 0, 10_000, 0, 1_500, 8_500]);
    // All of it, and the rest is released with it.
    let (checkout, id) = in_part();
    assert_eq!(checkout.refund(&[]).ok()["status"], "refunded");
    stands(&id, "Refunded", [10_000, 6_000, 0, 4_000, 0, 4_000, 0]);
    let did = [("Authorization", 10_000), ("Capture", 4_000), ("Refund", 4_000), ("Void", 6_000)];
    assert_eq!(shop.done(&id), did.map(|(kind, amount)| (kind.to_owned(), amount, true)));
    // All of it, and then the rest is released.
    let (checkout, id) = in_part();
    shop.operate_all(&id, "refunds");
    stands(&id, "Partially Refunded", [10_000, 0, 6_000, 4_000, 6_000, 4_000, 0]);
    assert_eq!(seen(&neuro_pay, &id), ("partialRefund".to_owned(), 4_000, 4_000));
    is_error(&checkout.refund(&[("amount", json!(6_000))]), 400);
    assert_eq!(checkout.refund(&[]).ok()["status"], "refunded");
    stands(&id, "Refunded", [10_000, 6_000, 0, 4_000, 0, 4_000, 0]);
    // The rest is voided, and what was captured stays.
    let (checkout, id) = in_part();
    shop.operate_all(&id, "voids");
    stands(&id, "Captured", [10_000, 6_000, 0, 4_000, 0, 0, 4_000]);
    assert_eq!(checkout.now()["status"], "paid");
    kassa.checks_out();
}

fn each_try_on_the_page_is_an_action(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let checkout = neuro_pay.create();
    let id = base32("pay_", &checkout.id);
    for number in [DECLINED, "4000000000009995"] {
        checkout.buyer().pay(number);
        assert_eq!(
            (shop.stands(&id).0, checkout.now()["status"].clone()),
            ("Pending".to_owned(), json!("failed"))
        );
    }
    checkout.buyer().pay(APPROVED);
    let shown: Vec<(Value, Value)> = shop
        .actions(&id)
        .iter()
        .rev()
        .map(|action| (action["type"].clone(), action["response_code"].clone()))
        .collect();
    let authorization = |code: &str| (json!("Authorization"), json!(code));
    let expected = [
        authorization("20005"),
        authorization("20051"),
        authorization("10000"),
        (json!("Capture"), json!("10000")),
    ];
    assert_eq!(shown, expected);
    assert_eq!(shop.stands(&id).1, [24_900, 0, 0, 24_900, 0, 0, 24_900]);
}

/// One of which a part was given back lapses as well.
fn an_authorization_that_lapsed_is_released_in_both_apis(engine: Engine) {
    let kassa = Server::start(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let [whole, part, given_back] = [(); 3].map(|()| shop.reserve(1_000));
    for id in [&part, &given_back] {
        shop.operate(id, "captures", &json!({ "amount": 300, "capture_type": "NonFinal" })).expect(202);
    }
    shop.operate(&given_back, "refunds", &json!({ "amount": 300 })).expect(202);
    kassa.tamper("update payments set lapses_at = created_at where lapses_at is not null");
    is_bare(&shop.operate(&whole, "captures", &json!({})), 403);
    let released = |id: &str, status: &str| {
        eventually(Duration::from_secs(90), "it is released", || (shop.stands(id).0 == status).then_some(()));
    };
    released(&whole, "Voided");
    released(&part, "Captured");
    released(&given_back, "Refunded");
    assert_eq!(shop.stands(&whole).1, [1_000, 1_000, 0, 0, 0, 0, 0]);
    assert_eq!(shop.stands(&part).1, [1_000, 700, 0, 300, 0, 0, 300]);
    assert_eq!(seen(&neuro_pay, &whole).0, "reserve released");
    assert_eq!(seen(&neuro_pay, &part), ("paid".to_owned(), 300, 0));
    kassa.checks_out();
}

fn a_deleted_checkout_is_no_payment(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let checkout = neuro_pay.create();
    let id = base32("pay_", &checkout.id);
    shop.payment(&id).expect(200);
    checkout.delete().expect(200);
    is_bare(&shop.payment(&id), 404);
    is_bare(&shop.read(&format!("/payments/{id}/actions")), 404);
    // Another shop's key finds neither.
    let other = Client::fresh(&kassa);
    is_bare(&other.payment(&base32("pay_", &neuro_pay.create().id)), 404);
}
