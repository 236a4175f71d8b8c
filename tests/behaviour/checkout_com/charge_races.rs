//! Operations of Checkout.com's on one payment at once: at no moment do the sums exceed what there is.

use std::sync::atomic::{AtomicBool, Ordering};

use kassa_tests::drivers::checkout_com::{Client, is_bare};
use kassa_tests::drivers::checkout_com_payments::balances;
use kassa_tests::drivers::shop::{Shop, hex};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Random, Server, on_each_engine};
use serde_json::{Value, json};

use crate::all_apis::races::at_once;

on_each_engine!(
    captures_refunds_and_voids_of_a_hundred_payments_never_exceed,
    of_capture_and_void_one_wins_through_whichever_api,
);

const PAYMENTS: usize = 100;
const AT_ONCE: usize = 32;
const AMOUNT: i64 = 1_000;

/// An operation of a plan.
struct Plan {
    folder: &'static str,
    body: Value,
}

fn plan(random: &mut Random, voids: bool) -> Plan {
    let amount = 1 + i64::try_from(random.below(400)).expect("few");
    let kind = if random.below(8) == 0 { "Final" } else { "NonFinal" };
    match random.below(8) {
        0 | 1 if voids => Plan { folder: "voids", body: json!({}) },
        0..=4 => Plan { folder: "captures", body: json!({ "amount": amount, "capture_type": kind }) },
        5 => Plan { folder: "captures", body: json!({}) },
        6 => Plan { folder: "refunds", body: json!({}) },
        _ => Plan { folder: "refunds", body: json!({ "amount": amount }) },
    }
}

/// Checks that the sums of a payment as it is read at any moment are possible.
#[track_caller]
fn is_possible(read: &Value) {
    let [authorized, voided, to_void, captured, to_capture, refunded, to_refund] = balances(read);
    assert!(captured + voided <= authorized && refunded <= captured, "{read}");
    assert!(captured + voided + to_capture <= authorized && refunded + to_refund <= captured, "{read}");
    assert!(to_void <= authorized - voided && authorized == AMOUNT, "{read}");
    assert!(
        [voided, to_void, captured, to_capture, refunded, to_refund].iter().all(|sum| *sum >= 0),
        "{read}"
    );
}

/// What is refused: another operation is under way, more than there is, or the state forbids it.
#[track_caller]
fn is_sound(answer: &Answer) {
    const TOO_MUCH: [&str; 3] = [
        "capture_value_greater_than_authorized",
        "capture_value_greater_than_remaining_authorized",
        "amount_exceeds_balance",
    ];
    match answer.status {
        202 => {}
        403 => is_bare(answer, 403),
        429 => assert_eq!(answer.header("retry-after"), Some("1")),
        _ => {
            let codes = answer.json()["error_codes"].clone();
            let code = codes[0].as_str().unwrap_or_default().to_owned();
            assert!(answer.status == 422 && TOO_MUCH.contains(&code.as_str()), "{}", answer.text());
        }
    }
}

fn captures_refunds_and_voids_of_a_hundred_payments_never_exceed(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let mut random = Random::new();
    let ids: Vec<String> = (0..PAYMENTS).map(|_| shop.reserve(AMOUNT)).collect();
    let mut ended = [0; 3];
    for (number, id) in ids.iter().enumerate() {
        let plans: Vec<Plan> = (0..AT_ONCE).map(|_| plan(&mut random, number % 2 == 0)).collect();
        let is_over = AtomicBool::new(false);
        let answers = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    is_possible(&shop.payment(id).ok());
                }
            });
            let answers = at_once(AT_ONCE, |number| {
                let Plan { folder, body } = &plans[number];
                shop.operate(id, folder, body)
            });
            is_over.store(true, Ordering::Relaxed);
            answers
        });
        answers.iter().for_each(is_sound);
        let done = |folder: &str| {
            let mine = answers.iter().zip(&plans).filter(|(_, plan)| plan.folder == folder);
            mine.filter(|(answer, _)| answer.status == 202).count()
        };
        let (captures, voids) = (done("captures"), done("voids"));
        assert!(voids <= 1 && (voids == 0 || captures == 0), "{captures} captures and {voids} voids");
        assert!(captures + voids > 0, "nobody won");
        // The ledger is the sums, and each accepted operation stands in it.
        let read = shop.payment(id).ok();
        is_possible(&read);
        let actions = shop.actions(id);
        let sum = |kind: &str| -> i64 {
            let mine = actions.iter().filter(|action| action["type"] == kind && action["approved"] == true);
            mine.filter_map(|action| action["amount"].as_i64()).sum()
        };
        let [authorized, voided, _, captured, _, refunded, _] = balances(&read);
        let sums = [sum("Authorization"), sum("Void"), sum("Capture"), sum("Refund")];
        assert_eq!(sums, [authorized, voided, captured, refunded], "{actions:?}");
        for answer in answers.iter().filter(|answer| answer.status == 202) {
            let id = answer.json()["action_id"].clone();
            assert_eq!(actions.iter().filter(|action| action["id"] == id).count(), 1);
        }
        for (place, did) in [voids, captures, done("refunds")].into_iter().enumerate() {
            ended[place] += did;
        }
    }
    assert!(ended.iter().all(|did| *did > 0), "of voids, captures and refunds some never won: {ended:?}");
    kassa.checks_out();
    kassa.is_healthy();
}

fn of_capture_and_void_one_wins_through_whichever_api(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    for _ in 0..20 {
        let id = shop.reserve(AMOUNT);
        let checkout = json!({ "checkout_id": hex(&id) });
        let answers = at_once(8, |number| match number % 4 {
            0 => shop.operate(&id, "captures", &json!({})),
            1 => shop.operate(&id, "voids", &json!({})),
            2 => neuro_pay.post("/checkout/capture", &checkout),
            _ => neuro_pay.post("/checkout/refund", &checkout),
        });
        let done = |rest: usize| {
            let mine = answers.iter().skip(rest).step_by(4);
            mine.filter(|answer| matches!(answer.status, 200 | 202)).count()
        };
        let (status, sums) = shop.stands(&id);
        if status == "Voided" {
            assert_eq!((done(1) + done(3), done(0) + done(2)), (1, 0));
            assert_eq!(sums, [AMOUNT, AMOUNT, 0, 0, 0, 0, 0]);
        } else {
            // Of a payment that was captured Neuro-Pay's call is a refund.
            assert_eq!((done(0) + done(2), done(1)), (1, 0));
            let refunded = if done(3) > 0 { AMOUNT } else { 0 };
            assert_eq!(sums, [AMOUNT, 0, 0, AMOUNT, 0, refunded, AMOUNT - refunded], "{status}");
        }
    }
    kassa.is_healthy();
}
