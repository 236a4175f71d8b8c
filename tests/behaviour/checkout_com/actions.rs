//! What was done with a payment: a list that is whole however long it is, and what may be said of all that together.

use kassa_tests::drivers::checkout_com::{Client, is_invalid};
use kassa_tests::drivers::money::{Money, Operation, Status};
use kassa_tests::drivers::neuro_pay::{self, is_error};
use kassa_tests::drivers::shop::hex;
use kassa_tests::{Engine, Server, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    a_long_list_of_actions_is_whole_and_newest_first,
    what_is_said_of_a_payments_operations_has_an_end,
    what_is_said_in_another_api_counts_as_well,
);

/// Refunds of a captured payment that were declined, each of so much metadata, as the database has them.
fn fill(kassa: &Server, engine: Engine, id: &str, many: usize, status: &str) {
    let (drawn, named) = match engine {
        Engine::Sqlite => ("randomblob(16)", format!("x'{}'", hex(id))),
        Engine::Postgres => {
            ("decode(replace(gen_random_uuid()::text, '-', ''), 'hex')", format!("'\\x{}'", hex(id)))
        }
    };
    kassa.tamper(&format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {many})
         insert into actions (payment, public_id, kind, status, amount, asked, created_at, settled_at)
         select p.id, {drawn}, 'refund', '{status}', i, 0, 0, 0
         from n, payments p where p.public_id = {named}"
    ));
}

fn a_long_list_of_actions_is_whole_and_newest_first(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    // Of one read, of two that are full, and of many.
    for many in [48, 98, 997] {
        let id = shop.reserve(10_000);
        shop.operate_all(&id, "captures");
        fill(&kassa, engine, &id, many, "declined");
        let refund = shop.operate(&id, "refunds", &json!({ "amount": 7 })).expect(202).json();
        let actions = shop.actions(&id);
        assert_eq!(actions[0]["id"], refund["action_id"]);
        let amounts: Vec<i64> =
            actions.iter().map(|action| action["amount"].as_i64().expect("an amount")).collect();
        let declined = (1..=many).rev().map(|amount| i64::try_from(amount).expect("few"));
        let expected: Vec<i64> = [7].into_iter().chain(declined).chain([10_000, 10_000]).collect();
        assert_eq!(amounts, expected);
    }
}

/// As much metadata as an operation may have, nearly.
fn much() -> Value {
    json!({ "filler": "x".repeat(15_000) })
}

fn what_is_said_of_a_payments_operations_has_an_end(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.reserve(10_000);
    let part = |folder: &str, said: &Value| {
        shop.operate(&id, folder, &json!({ "amount": 1, "capture_type": "NonFinal", "metadata": said }))
    };
    for _ in 0..4 {
        part("captures", &much()).expect(202);
    }
    let before = shop.stands(&id);
    is_invalid(&part("captures", &much()), &["metadata_invalid"]);
    is_invalid(&shop.operate(&id, "refunds", &json!({ "metadata": much() })), &["metadata_invalid"]);
    is_invalid(&shop.operate(&id, "captures", &json!({ "metadata": much() })), &["metadata_invalid"]);
    assert_eq!(shop.stands(&id), before);
    // What is less has room, and nothing but words is refused.
    part("captures", &json!({ "order": "7" })).expect(202);
    shop.operate_all(&id, "captures");
    shop.operate_all(&id, "refunds");
    assert_eq!(shop.stands(&id).0, "Refunded");
    let answer = shop.read(&format!("/payments/{id}/actions")).expect(200);
    assert!(answer.text().len() < 70_000, "{}", answer.text().len());
}

fn what_is_said_in_another_api_counts_as_well(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = neuro_pay::Client::new(&kassa, &merchant);
    let id = shop.pay("k", 10_000, true);
    let refund = |details: &str| {
        let body = json!({ "checkout_id": id, "amount": 1, "refundDetails": details });
        shop.post("/checkout/refund", &body)
    };
    let long = "𝄞".repeat(1_000);
    let refused = (0..17).map(|_| refund(&long)).find(|answer| answer.status != 200);
    let words = is_error(&refused.expect("it has an end"), 400);
    assert!(words.contains("refundDetails"), "{words}");
    let refunded = refund("for the scratch").ok();
    assert_eq!(refunded["refunds"].as_array().map(Vec::len), Some(17));
    assert_eq!(shop.done(&id, Operation::Refund(None)).status, Status::Refunded);
}
