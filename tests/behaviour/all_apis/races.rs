//! Operations on one payment at once: the sums never exceed what there is, and only one of two rivals wins.

use std::sync::Barrier;

use kassa_tests::drivers::buyer::{APPROVED, DECLINED};
use kassa_tests::drivers::neuro_pay::{Checkout, Client, is_error};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Random, Server, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    captures_releases_and_refunds_of_a_hundred_checkouts_never_exceed,
    of_capture_and_release_one_wins,
    one_form_sent_many_times_pays_once,
    many_forms_at_once_pay_once,
    paying_canceling_and_deleting_at_once_leave_one_outcome,
);

/// Does the same from many threads at once.
pub(crate) fn at_once<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(threads);
    std::thread::scope(|scope| {
        let (barrier, work) = (&barrier, &work);
        let start = |number| {
            scope.spawn(move || {
                barrier.wait();
                work(number)
            })
        };
        let threads: Vec<_> = (0..threads).map(start).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}

/// Checks that answers are success, a refusal that fits the state, or a conflict that says when to come again.
fn are_sound(answers: &[Answer]) {
    for answer in answers {
        match answer.status {
            200 => {}
            409 => {
                is_error(answer, 409);
                assert_eq!(answer.header("retry-after"), Some("1"));
            }
            _ => drop(is_error(answer, 400)),
        }
    }
}

fn sums(checkout: &Checkout<'_>) -> (i64, i64, i64, String) {
    let now = checkout.now();
    let number = |name: &str| now[name].as_i64().expect("a number");
    let given: i64 =
        now["refunds"].as_array().expect("a list").iter().filter_map(|one| one["amount"].as_i64()).sum();
    (
        number("amount_captured"),
        number("amount_refunded"),
        given,
        now["status"].as_str().expect("a status").to_owned(),
    )
}

fn captures_releases_and_refunds_of_a_hundred_checkouts_never_exceed(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let mut random = Random::new();
    for round in 0..100 {
        let checkout = shop.create_with(&[("amount", json!(1_000)), ("capture", json!(round % 2 == 0))]);
        checkout.buyer().pay(APPROVED);
        let plans: Vec<usize> = (0..16).map(|_| random.below(4)).collect();
        let answers = at_once(16, |number| match plans[number] {
            0 => checkout.capture(),
            1 => checkout.refund(&[]),
            2 => checkout.refund(&[("amount", json!(1_000))]),
            _ => checkout.refund(&[("amount", json!(300))]),
        });
        are_sound(&answers);
        let (captured, refunded, given, status) = sums(&checkout);
        assert!(captured == 0 || captured == 1_000, "{captured} captured");
        assert!((0..=captured).contains(&refunded), "{refunded} refunded of {captured}");
        assert_eq!(given, refunded, "the ledger is the sum");
        // What was answered is what happened.
        let successes = |path: usize| {
            answers.iter().zip(&plans).filter(|(answer, plan)| answer.status == 200 && **plan == path).count()
        };
        if round % 2 == 0 {
            let whole = i64::try_from(successes(1) + successes(2)).expect("few");
            let parts = i64::try_from(successes(3)).expect("few");
            assert_eq!(successes(0), 0, "a paid checkout is not captured");
            assert!(whole <= 1 && parts * 300 <= 1_000);
            assert_eq!(refunded, if whole == 1 { 1_000 } else { parts * 300 }, "{status}");
        } else if status == "reserve released" {
            assert_eq!((captured, successes(0)), (0, 0));
        }
        assert!(
            ["paid", "partialRefund", "refunded", "reserved", "reserve released"].contains(&status.as_str())
        );
    }
    kassa.checks_out();
    kassa.is_healthy();
}

fn of_capture_and_release_one_wins(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for _ in 0..20 {
        let checkout = shop.create_with(&[("capture", json!(false))]);
        checkout.buyer().pay(APPROVED);
        let answers = at_once(8, |number| {
            if number % 2 == 0 { checkout.capture() } else { checkout.refund(&[("amount", json!(24_900))]) }
        });
        are_sound(&answers);
        let (captured, refunded, _, status) = sums(&checkout);
        let won = |is_capture: usize| {
            let mine = answers.iter().skip(is_capture).step_by(2);
            mine.filter(|answer| answer.status == 200).map(Answer::json).collect::<Vec<Value>>()
        };
        let (captures, refunds) = (won(0), won(1));
        if status == "reserve released" {
            assert_eq!((captures.len(), refunds.len(), captured), (0, 1, 0));
        } else {
            // A capture that won makes the others' refund a refund of what was captured.
            assert_eq!((captures.len(), captured), (1, 24_900));
            assert_eq!(refunds.len(), usize::from(status == "refunded"));
            assert_eq!(refunded, if status == "refunded" { 24_900 } else { 0 });
        }
    }
    kassa.is_healthy();
}

fn one_form_sent_many_times_pays_once(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for number in [APPROVED, DECLINED] {
        for _ in 0..10 {
            let checkout = shop.create();
            let form = checkout.buyer().form();
            for answer in at_once(8, |_| checkout.buyer().send(&form, number)) {
                answer.expect(303);
            }
            let status = checkout.now()["status"].clone();
            assert_eq!(status, if number == APPROVED { "paid" } else { "failed" });
            // Sent again later, as Back and reload do, it is still the same attempt.
            checkout.buyer().send(&form, APPROVED).expect(303);
            assert_eq!(checkout.now()["status"], status);
        }
    }
}

fn many_forms_at_once_pay_once(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for _ in 0..10 {
        let checkout = shop.create();
        let forms: Vec<String> = (0..8).map(|_| checkout.buyer().form()).collect();
        for answer in at_once(8, |number| checkout.buyer().send(&forms[number], APPROVED)) {
            answer.expect(303);
        }
        let (captured, refunded, _, status) = sums(&checkout);
        assert_eq!((captured, refunded, status.as_str()), (24_900, 0, "paid"));
    }
    kassa.is_healthy();
}

fn paying_canceling_and_deleting_at_once_leave_one_outcome(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    for _ in 0..20 {
        let checkout = shop.create();
        let form = checkout.buyer().form();
        let statuses = at_once(3, |number| match number {
            0 => checkout.buyer().send(&form, APPROVED).status,
            1 => checkout.buyer().post_cancel().status,
            _ => checkout.delete().status,
        });
        assert!(matches!(statuses[0], 303 | 404) && matches!(statuses[1], 303 | 404), "{statuses:?}");
        assert!(matches!(statuses[2], 200 | 400 | 409), "{statuses:?}");
        let answer = checkout.post("/checkout/retrieve", &[]);
        if statuses[2] == 200 {
            is_error(&answer, 400);
            checkout.buyer().open().expect(404);
        } else {
            let status = answer.ok()["status"].clone();
            assert!(status == "paid" || status == "canceled", "{status}");
        }
    }
    kassa.checks_out();
    kassa.is_healthy();
}
