//! Giving money back, whole and in parts, and releasing what was only reserved.

use kassa_tests::drivers::neuro_pay::{Client, is_error};
use kassa_tests::{Engine, Server, on_each_engine};
use serde_json::json;

on_each_engine!(
    a_reservation_is_released_whole_or_not_at_all,
    a_reason_is_one_of_the_vendors_and_is_kept,
    a_release_without_a_reason_is_no_refund,
);

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
