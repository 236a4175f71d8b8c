//! Giving money back, whole and in parts, and releasing what was only reserved.

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::neuro_pay::{Client, is_error};
use kassa_tests::{Engine, Random, Server, on_each_engine};
use serde_json::json;

on_each_engine!(
    a_refund_without_an_amount_gives_back_what_is_left,
    parts_add_up_to_the_whole_and_never_to_more,
    after_a_thousand_changes_only_all_the_rest_is_refunded,
    a_reservation_is_released_whole_or_not_at_all,
    a_reason_is_one_of_the_vendors_and_is_kept,
    a_release_without_a_reason_is_no_refund,
    a_captured_reservation_is_refunded_and_not_released,
);

fn a_refund_without_an_amount_gives_back_what_is_left(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for first in [None, Some(9_999)] {
        let checkout = shop.in_status(&kassa, "paid");
        if let Some(first) = first {
            let part = checkout.refund(&[("amount", json!(first))]).ok();
            assert_eq!((&part["status"], &part["amount_refunded"]), (&json!("partialRefund"), &json!(first)));
        }
        let whole = checkout.refund(&[]).ok();
        assert_eq!((&whole["status"], &whole["amount_refunded"]), (&json!("refunded"), &json!(10_000)));
        is_error(&checkout.refund(&[]), 400);
    }
}

fn parts_add_up_to_the_whole_and_never_to_more(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let mut random = Random::new();
    let checkout = shop.in_status(&kassa, "paid");
    let mut left = 10_000;
    while left > 0 {
        is_error(&checkout.refund(&[("amount", json!(left + 1))]), 400);
        let part = (1 + random.below(4_000)).min(left);
        let answer = checkout.refund(&[("amount", json!(part))]).ok();
        left -= part;
        assert_eq!(answer["amount_refunded"], 10_000 - left);
        assert_eq!(answer["status"], if left == 0 { "refunded" } else { "partialRefund" });
    }
    let refunds = checkout.now()["refunds"].clone();
    let sum: u64 =
        refunds.as_array().expect("a list").iter().filter_map(|refund| refund["amount"].as_u64()).sum();
    assert_eq!(sum, 10_000);
}

fn after_a_thousand_changes_only_all_the_rest_is_refunded(engine: Engine) {
    const MANY: usize = 997;
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let checkout = shop.in_status(&kassa, "paid");
    let id = match engine {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "decode(replace(gen_random_uuid()::text, '-', ''), 'hex')",
    };
    // Refunds that were declined, beside the authorization and the capture.
    kassa.tamper(&format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {MANY})
         insert into actions (payment, public_id, kind, status, amount, asked, created_at, settled_at)
         select p.id, {id}, 'refund', 'declined', 1, 0, 0, 0 from n, payments p where p.merchant =
             (select id from merchants where name = '{}')",
        merchant.name
    ));
    checkout.refund(&[("amount", json!(1))]).expect(200);
    is_error(&checkout.refund(&[("amount", json!(1))]), 400);
    assert_eq!(checkout.refund(&[("amount", json!(9_999))]).ok()["status"], "refunded");
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

fn a_captured_reservation_is_refunded_and_not_released(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create_with(&[("capture", json!(false))]);
    checkout.buyer().pay(APPROVED);
    checkout.capture().expect(200);
    assert_eq!(checkout.refund(&[("amount", json!(1))]).ok()["status"], "partialRefund");
    assert_eq!(checkout.refund(&[]).ok()["status"], "refunded");
}
