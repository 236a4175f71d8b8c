//! A checkout from create to the end: who may do what in which status, and what Neuro-Pay alone says of refunds. What money
//! does in every API is in `all_apis/money.rs`.

use kassa_tests::drivers::buyer::{APPROVED, DECLINED, UNUSED_CARD};
use kassa_tests::drivers::neuro_pay::{Client, STATUSES, is_error};
use kassa_tests::{Engine, Server, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    a_checkout_is_made_paid_and_read,
    a_reserved_checkout_is_captured_whole,
    every_test_card_does_what_the_contract_says,
    a_declined_buyer_can_try_again_and_pay,
    a_declined_buyer_can_give_up,
    only_some_may_capture_refund_and_delete_in_a_status,
    every_status_can_be_read_and_its_metadata_changed,
    a_refused_operation_changes_nothing,
    only_an_open_page_can_be_paid,
    times_are_utc_and_a_change_of_metadata_is_no_change_of_status,
    the_identifier_need_not_be_unique,
    currencies_without_minor_units_are_counted_whole,
    amounts_reach_from_one_to_a_million_million_less_one,
    a_checkout_outlives_its_customer,
    metadata_keeps_order_and_digits,
    a_reservation_is_released_whole_or_not_at_all,
    a_reason_is_one_of_the_vendors_and_is_kept,
    a_release_without_a_reason_is_no_refund,
);

fn a_checkout_is_made_paid_and_read(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    assert_eq!(checkout.now()["status"], "created");
    checkout.buyer().pay(APPROVED);
    let paid = checkout.now();
    assert_eq!(paid["status"], "paid");
    assert_eq!((&paid["amount_captured"], &paid["amount_refunded"]), (&json!(24_900), &json!(0)));
}

fn a_reserved_checkout_is_captured_whole(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create_with(&[("capture", json!(false))]);
    checkout.buyer().pay(APPROVED);
    let reserved = checkout.now();
    assert_eq!((&reserved["status"], &reserved["amount_captured"]), (&json!("reserved"), &json!(0)));
    is_error(&checkout.post("/checkout/capture", &[("amount", json!(1))]), 400);
    assert_eq!(checkout.now(), reserved);
    let paid = checkout.capture().ok();
    assert_eq!((&paid["status"], &paid["amount_captured"]), (&json!("paid"), &json!(24_900)));
    is_error(&checkout.capture(), 400);
    assert_eq!(checkout.now(), paid);
}

fn every_test_card_does_what_the_contract_says(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (number, outcome) in [
        ("4242424242424242", "paid"),
        ("5555555555554444", "paid"),
        ("5436031030606378", "paid"),
        ("378282246310005", "paid"),
        ("6011111111111117", "paid"),
        ("4000000000000002", "failed"),
        ("4000000000009995", "failed"),
        ("4000000000000069", "failed"),
        ("4000000000000127", "failed"),
        ("4000000000000119", "failed"),
    ] {
        let checkout = shop.create();
        checkout.buyer().pay(number);
        assert_eq!(checkout.now()["status"], outcome, "{number}");
    }
}

fn a_declined_buyer_can_try_again_and_pay(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for capture in [true, false] {
        let checkout = shop.create_with(&[("capture", json!(capture))]);
        for _ in 0..3 {
            checkout.buyer().pay(DECLINED);
            assert_eq!(checkout.now()["status"], "failed");
        }
        checkout.buyer().pay(APPROVED);
        assert_eq!(checkout.now()["status"], if capture { "paid" } else { "reserved" });
    }
}

fn a_declined_buyer_can_give_up(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.in_status(&kassa, "failed");
    checkout.buyer().cancel();
    assert_eq!(checkout.now()["status"], "canceled");
}

/// The sheet's table, section 5.
fn only_some_may_capture_refund_and_delete_in_a_status(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for status in STATUSES {
        for (verb, allowed) in [
            ("capture", &["reserved"][..]),
            ("refund", &["reserved", "paid", "partialRefund"][..]),
            ("delete", &["created"][..]),
        ] {
            let checkout = shop.in_status(&kassa, status);
            let answer = checkout.post(&format!("/checkout/{verb}"), &[]);
            if allowed.contains(&status) {
                answer.expect(200);
            } else {
                let message = is_error(&answer, 400);
                assert!(message.contains(status), "{verb} of {status}: {message}");
            }
        }
    }
    kassa.is_healthy();
}

fn every_status_can_be_read_and_its_metadata_changed(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for status in STATUSES {
        let checkout = shop.in_status(&kassa, status);
        let before = checkout.now();
        let after = checkout.update(&json!({ "seen": status })).ok();
        let mut expected = before;
        expected["metaData"] = json!({ "seen": status });
        assert_eq!(after, expected);
        assert_eq!(checkout.now(), after);
    }
}

fn a_refused_operation_changes_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for status in STATUSES {
        let checkout = shop.in_status(&kassa, status);
        let before = checkout.now();
        for (path, fields) in [
            ("/checkout/refund", &[("amount", json!(10_001))][..]),
            ("/checkout/refund", &[("reason", json!("bored"))]),
            ("/checkout/refund", &[("amount", json!(0))]),
            ("/checkout/update", &[("metaData", json!(1))]),
        ] {
            is_error(&checkout.post(path, fields), 400);
        }
        assert_eq!(checkout.now(), before, "{status}");
    }
}

fn only_an_open_page_can_be_paid(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    // A form that was opened while it was open, and is sent later.
    let form = shop.create().buyer().form();
    for status in STATUSES {
        let checkout = shop.in_status(&kassa, status);
        let before = checkout.now();
        checkout.buyer().send(&form, APPROVED).expect(303);
        let after = checkout.now();
        match status {
            "created" | "failed" => assert_eq!(after["status"], "paid"),
            _ => assert_eq!(after, before, "{status}"),
        }
    }
}

fn times_are_utc_and_a_change_of_metadata_is_no_change_of_status(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    let made = checkout.now();
    let created = made["created_at"].as_str().expect("a time").to_owned();
    assert_eq!(made["status_changed"], *created);
    // `Sun, 06 Nov 1994 08:49:37 GMT`: the answer's own date tells that the time is UTC and now.
    let answer = checkout.update(&json!({ "a": 1 }));
    let date = answer.header("date").expect("a date").to_owned();
    let (day, hour) = (&created[8..10], &created[11..13]);
    let of_the_next_hour = (hour.parse::<u32>().expect("an hour") + 1) % 24;
    assert!(
        date.contains(&format!(" {hour}:")) || date.contains(&format!(" {of_the_next_hour:02}:")),
        "{date} {created}"
    );
    assert!(date.contains(&format!(", {day} ")) || of_the_next_hour == 0, "{date} {created}");
    let updated = answer.ok();
    assert_eq!(updated["created_at"], *created);
    assert_eq!(updated["status_changed"], *created);
}

fn the_identifier_need_not_be_unique(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let longest = "x".repeat(255);
    for identifier in ["INV-1", "INV-1", UNUSED_CARD, "å ✓", longest.as_str()] {
        let checkout = shop.create_with(&[("identifier", json!(identifier))]);
        assert_eq!(checkout.now()["identifier"], identifier);
    }
}

fn currencies_without_minor_units_are_counted_whole(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (currency, code, shown) in [
        ("jpy", "JPY", "JPY\u{a0}24,900"),
        ("Eur", "EUR", "EUR\u{a0}249.00"),
        ("KWD", "KWD", "KWD\u{a0}24.900"),
    ] {
        let checkout = shop.create_with(&[("currency", json!(currency))]);
        assert_eq!(checkout.now()["currency"], code);
        let page = checkout.buyer().open().expect(200);
        assert!(page.text().contains(shown), "{shown} is not on the page");
    }
}

fn amounts_reach_from_one_to_a_million_million_less_one(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for amount in [1, 999_999_999_999_i64] {
        let checkout = shop.create_with(&[("amount", json!(amount))]);
        checkout.buyer().pay(APPROVED);
        let refunded = checkout.refund(&[("amount", json!(amount))]).ok();
        assert_eq!((&refunded["status"], &refunded["amount_refunded"]), (&json!("refunded"), &json!(amount)));
    }
}

/// The sheet's gap 17, and the contract's section 5: past payments stay readable, capturable and refundable.
fn a_checkout_outlives_its_customer(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let customer = shop.create_customer();
    let id = customer["customer_id"].clone();
    let make = |capture: bool| shop.create_with(&[("customer_id", id.clone()), ("capture", json!(capture))]);
    let (open, paid, reserved) = (make(true), make(true), make(false));
    paid.buyer().pay(APPROVED);
    reserved.buyer().pay(APPROVED);
    shop.delete_customer(id.as_str().expect("an id")).expect(200);
    open.buyer().pay(APPROVED);
    assert_eq!(open.now()["status"], "paid");
    assert_eq!(reserved.capture().ok()["status"], "paid");
    assert_eq!(paid.refund(&[]).ok()["status"], "refunded");
    for checkout in [&open, &paid, &reserved] {
        let text = checkout.now().to_string();
        assert!(!text.contains("Lovelace") && !text.contains("ada@example.com"), "{text}");
    }
    kassa.is_healthy();
}

fn metadata_keeps_order_and_digits(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let sent = r#"{"z":1.50,"a":"å✓\u0041","m":[{"y":null,"x":12345678901234567890123}]}"#;
    let checkout = shop.create();
    let body = format!(r#"{{"checkout_id":"{}","metaData":{sent}}}"#, checkout.id);
    shop.send("/checkout/update", body.as_bytes()).expect(200);
    let answer = checkout.post("/checkout/retrieve", &[]);
    assert!(answer.text().contains(&format!("\"metaData\":{sent}")), "{}", answer.text());
    let limits: Vec<(Value, u16)> = vec![
        (many(50, 1), 200),
        (many(51, 1), 400),
        (many(1, 16 * 1024 - 9), 200),
        (many(1, 16 * 1024 - 8), 400),
    ];
    for (metadata, status) in limits {
        let made = shop.post(
            "/checkout/create",
            &kassa_tests::drivers::neuro_pay::with(
                kassa_tests::drivers::neuro_pay::checkout(),
                &[("metaData", metadata)],
            ),
        );
        assert_eq!(made.status, status, "{}", made.text());
    }
}

/// An object of keys with values of so many characters: `{"k0":"…"}` has 9 bytes around a value.
fn many(keys: usize, length: usize) -> Value {
    (0..keys)
        .map(|key| (format!("k{key}"), Value::from("v".repeat(length))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn a_reservation_is_released_whole_or_not_at_all(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for amount in [1, 9_999, 10_001] {
        let checkout = shop.in_status(&kassa, "reserved");
        is_error(&checkout.refund(&[("amount", json!(amount))]), 400);
        assert_eq!(checkout.now()["status"], "reserved");
        let released = checkout.refund(&[("amount", json!(10_000))]).ok();
        assert_eq!(released["status"], "reserve released");
        assert_eq!((&released["amount_captured"], &released["amount_refunded"]), (&json!(0), &json!(0)));
    }
}

fn a_reason_is_one_of_the_vendors_and_is_kept(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for status in ["paid", "reserved"] {
        for reason in ["duplicate", "requested_by_customer", "fraudolent", "fraudulent"] {
            let checkout = shop.in_status(&kassa, status);
            for wrong in [json!("Duplicate"), json!(""), json!("other"), json!(1), json!(["duplicate"])] {
                is_error(&checkout.refund(&[("reason", wrong)]), 400);
            }
            let answer = checkout
                .refund(&[("reason", json!(reason)), ("refundDetails", json!("late\nparcel å"))])
                .ok();
            let refund = &answer["refunds"][0];
            assert_eq!(
                (&refund["reason"], &refund["refundDetails"]),
                (&json!(reason), &json!("late\nparcel å"))
            );
            assert_eq!(refund["amount"], 10_000);
            assert!(refund["created_at"].is_string());
        }
    }
}

fn a_release_without_a_reason_is_no_refund(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.in_status(&kassa, "reserve released");
    assert_eq!(checkout.now()["refunds"], json!([]));
}
