//! Outcomes that nobody knows yet: asked about and never sent again, settled once, also after kill -9.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use kassa_tests::drivers::buyer::{APPROVED, LOST};
use kassa_tests::drivers::neuro_pay::{Client, is_error};
use kassa_tests::{Engine, Random, Server, eventually, on_each_engine, pause};
use serde_json::{Value, json};

on_each_engine!(
    a_lost_answer_leaves_the_checkout_created_until_it_is_known,
    a_card_is_saved_once_its_lost_answer_is_known,
    a_lost_answer_is_settled_once_after_kill_nine,
    what_never_arrived_can_be_tried_again_or_has_failed,
    kill_nine_amid_automatic_payments_settles_each_exactly_once,
);

/// How long an outcome may stay unknown.
const SETTLED: Duration = Duration::from_secs(60);

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
    checkout.buyer().pay_and_save(LOST, "12/39");
    assert_eq!(ada.cards(), Vec::<Value>::new());
    eventually(SETTLED, "the outcome is known", || (checkout.now()["status"] == "paid").then_some(()));
    let cards = ada.cards();
    assert_eq!((cards.len(), &cards[0]["last4"], &cards[0]["default"]), (1, &json!("0341"), &json!(true)));
}

fn a_lost_answer_is_settled_once_after_kill_nine(engine: Engine) {
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let card = ada.add(LOST);
    let mut made: Vec<Value> = (0..4).map(|_| ada.charge(&card, &[]).ok()).collect();
    for _ in 0..4 {
        let checkout = ada.checkout(&[]);
        made.push(checkout.now());
        checkout.buyer().pay(LOST);
    }
    kassa.restart();
    for made in &made {
        assert_eq!(made["status"], "created");
        let checkout = shop.known(made);
        eventually(SETTLED, "the outcome is known", || (checkout.now()["status"] == "paid").then_some(()));
        assert_eq!(checkout.now()["amount_captured"], 24_900);
    }
    assert_eq!(approved_by_the_acquirer(&kassa), made.len());
    kassa.checks_out();
    kassa.is_healthy();
}

/// How many operations the acquirer has in its books as approved.
pub(crate) fn approved_by_the_acquirer(kassa: &Server) -> usize {
    let entries = kassa.cells().into_iter().filter(|cell| cell.place == "acquirer_books.entry");
    entries.filter(|cell| cell.text().contains("approved")).count()
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
    typed.buyer().pay_and_save("5555555555554444", "12/39");
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

/// The reliability study's T1a, where it hurts most: between what was asked of the acquirer and what was written of its
/// answer. The acquirer's books, the payments and what clients were told must agree.
fn kill_nine_amid_automatic_payments_settles_each_exactly_once(engine: Engine) {
    const KILLS: usize = 50;
    const CLIENTS: usize = 8;
    let mut random = Random::new();
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let cards = [APPROVED, "378282246310005", LOST].map(|number| ada.add(number));
    let charge = |key: &str| {
        // A key's body is always the same one.
        let number: usize = key.bytes().map(usize::from).sum();
        let body = ada.charge_body(&cards[number % cards.len()], &[("identifier", json!(key))]);
        shop.try_send("/checkout/create", &[("idempotency-key", key)], body.to_string().as_bytes())
    };
    let answers: Mutex<HashMap<String, Option<Vec<u8>>>> = Mutex::default();
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
                        answers.lock().expect("no panic").insert(key, Some(answer.expect(200).body));
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
    let mut open: Vec<(String, Option<Vec<u8>>)> =
        answers.into_inner().expect("no panic").into_iter().collect();
    let total = open.len();
    let mut told = HashMap::new();
    eventually(SETTLED, "every key has its answer", || {
        open.retain(|(key, body)| {
            let answer = charge(key).expect("an answer");
            if answer.status == 409 {
                return true;
            }
            let answer = answer.expect(200);
            if let Some(body) = body {
                assert_eq!(
                    answer.header("idempotency-replayed"),
                    Some("true"),
                    "{key} was acknowledged and is lost"
                );
                assert_eq!(answer.body, *body, "{key}");
            }
            told.insert(key.clone(), answer.json());
            false
        });
        open.is_empty().then_some(())
    });
    let settled = eventually(SETTLED, "every payment is settled", || {
        Some(ada.payments()).filter(|all| all.iter().all(|(_, status)| status != "pending"))
    });
    // One payment a key, and each says what its client was told.
    assert_eq!((settled.len(), told.len()), (total, total));
    let statuses: HashMap<&str, &str> =
        settled.iter().map(|(key, status)| (key.as_str(), status.as_str())).collect();
    assert_eq!(statuses.len(), total, "a key was charged twice");
    for (key, answer) in &told {
        let now = shop.known(answer).now();
        assert_eq!(now["identifier"], *key);
        let fits = match statuses[key.as_str()] {
            "captured" => answer["status"] != "failed" && now["amount_captured"] == 24_900,
            // It never arrived at the acquirer: nobody was ever told that it is paid.
            "declined" => answer["status"] != "paid" && now["amount_captured"] == 0,
            _ => false,
        };
        assert!(fits, "{key}: {answer} and then {now}");
    }
    let captured = statuses.values().filter(|status| **status == "captured").count();
    assert_eq!(approved_by_the_acquirer(&kassa), captured, "the acquirer's books and ours differ");
    kassa.checks_out();
    kassa.is_healthy();
}
