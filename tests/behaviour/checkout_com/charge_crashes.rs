//! Kill -9 while Checkout.com's payments are made: what was acknowledged is there, what was under way settles once, and a
//! key answers as it did.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use kassa_tests::drivers::buyer::{APPROVED, CHALLENGED, LOST};
use kassa_tests::drivers::checkout_com::Client;
use kassa_tests::drivers::checkout_com_payments::{id_of, payment, typed};
use kassa_tests::drivers::neuro_pay::with;
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Random, Server, eventually, on_each_engine, pause};
use serde_json::{Value, json};

use crate::all_apis::unknown_outcomes::approved_by_the_acquirer;

on_each_engine!(
    kill_nine_amid_payments_loses_none_and_charges_none_twice,
    a_pending_payment_outlives_a_restart,
);

/// How long an outcome may stay unknown.
const SETTLED: Duration = Duration::from_secs(60);

/// A key's body, always the same one: approved at once or later captured, declined by amount, its answer lost.
fn body(key: &str) -> Value {
    let kinds = [
        (1_000, APPROVED, true),
        (1_000, "5555555555554444", false),
        (12_305, APPROVED, true),
        (1_000, LOST, true),
    ];
    let (amount, number, capture) = kinds[key.bytes().map(usize::from).sum::<usize>() % kinds.len()];
    with(
        payment(amount, &typed(number)),
        &[
            ("capture", json!(capture)),
            ("reference", json!(key)),
            ("customer", json!({ "email": format!("{}@example.com", key.len()) })),
        ],
    )
}

fn kill_nine_amid_payments_loses_none_and_charges_none_twice(engine: Engine) {
    const KILLS: usize = 12;
    const CLIENTS: usize = 8;
    let mut random = Random::new();
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let charge = |key: &str| {
        let body = body(key).to_string();
        shop.try_send("POST", "/payments", &[("cko-idempotency-key", key)], body.as_bytes())
    };
    let answers: Mutex<HashMap<String, Option<Answer>>> = Mutex::default();
    for kill in 0..KILLS {
        let (killed, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
        let after = random.below(2 * CLIENTS);
        let moment = Duration::from_micros(u64::try_from(random.below(12_000)).expect("it fits"));
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (charge, answers, killed, answered) = (&charge, &answers, &killed, &answered);
                scope.spawn(move || {
                    for number in 0.. {
                        if killed.load(Ordering::Relaxed) {
                            break;
                        }
                        let key = format!("k-{kill}-{client}-{number}");
                        answers.lock().expect("no panic").insert(key.clone(), None);
                        let Ok(answer) = charge(&key) else { break };
                        assert!(matches!(answer.status, 201 | 202), "{}", answer.text());
                        answers.lock().expect("no panic").insert(key, Some(answer));
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            let enough = || (answered.load(Ordering::Relaxed) >= after).then_some(());
            eventually(Duration::from_secs(30), "some payments are answered", enough);
            pause(moment);
            kassa.signal_kill();
            killed.store(true, Ordering::Relaxed);
        });
        kassa.restart();
    }
    let mut open: Vec<(String, Option<Answer>)> =
        answers.into_inner().expect("no panic").into_iter().collect();
    let mut told = HashMap::new();
    eventually(SETTLED, "every key has its answer", || {
        open.retain(|(key, acknowledged)| {
            let answer = charge(key).expect("an answer");
            if answer.status == 429 {
                assert!(acknowledged.is_none(), "{key} was acknowledged and is under way");
                return true;
            }
            assert!(matches!(answer.status, 201 | 202), "{}", answer.text());
            if let Some(first) = acknowledged {
                assert_eq!(
                    answer.header("idempotency-replayed"),
                    Some("true"),
                    "{key} was acknowledged and is lost"
                );
                assert_eq!((answer.status, &answer.body), (first.status, &first.body), "{key}");
            }
            told.insert(key.clone(), answer.json());
            false
        });
        open.is_empty().then_some(())
    });
    let mut approved = 0;
    for (key, told) in &told {
        let id = id_of(told);
        let status = eventually(SETTLED, "the payment is settled", || {
            Some(shop.stands(&id).0).filter(|status| status != "Pending")
        });
        let listed = shop.read(&format!("/payments?reference={key}")).ok();
        assert_eq!((&listed["total_count"], &listed["data"][0]["id"]), (&json!(1), &told["id"]), "{key}");
        let wanted = body(key);
        let (amount, word) =
            (&wanted["amount"], if wanted["capture"] == true { "Captured" } else { "Authorized" });
        let fits = match told["status"].as_str() {
            Some("Authorized") => status == word,
            // A decline by the bank, or what never arrived there.
            Some("Declined") => status == "Declined",
            Some("Pending") => status == word || status == "Declined",
            _ => false,
        };
        assert!(fits, "{key}: {told} and then {status}");
        assert!(*amount != 12_305 || status == "Declined", "{key}: {status}");
        approved += usize::from(status == word);
    }
    assert_eq!(approved_by_the_acquirer(&kassa), approved, "the acquirer's books and ours differ");
    kassa.checks_out();
    kassa.is_healthy();
}

fn a_pending_payment_outlives_a_restart(engine: Engine) {
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let mut made: Vec<(String, Answer)> = Vec::new();
    for (number, card) in [LOST, LOST, CHALLENGED, APPROVED].into_iter().enumerate() {
        let key = format!("key-{number}");
        let body = payment(1_000, &typed(card));
        let body = with(body, &[("customer", json!({ "email": format!("{number}@example.com") }))]);
        made.push((key.clone(), shop.send_once(&key, "POST", "/payments", &body)));
    }
    let coded = with(typed(APPROVED), &[("cvv", json!("123"))]);
    let token = shop.tokenize(&coded).expect(201).json()["token"].clone();
    kassa.restart();
    for (key, first) in &made {
        let again = shop.send_once(key, "POST", "/payments", &json!({}));
        assert_eq!((again.status, &again.body), (first.status, &first.body));
    }
    for (number, (_, first)) in made.iter().enumerate().take(2) {
        let id = id_of(&first.json());
        eventually(SETTLED, "the outcome is known", || (shop.stands(&id).0 == "Captured").then_some(()));
        assert!(shop.wallet(&format!("{number}@example.com")).1.is_some());
    }
    assert_eq!(shop.stands(&id_of(&made[2].1.json())).0, "Pending");
    assert_eq!(shop.stands(&id_of(&made[3].1.json())).0, "Captured");
    // A token outlives it as well; its security code was in memory alone.
    let paid = shop.pay(&payment(1_000, &json!({ "type": "token", "token": token })));
    assert_eq!(paid["source"]["cvv_check"], "X");
    kassa.checks_out();
}
