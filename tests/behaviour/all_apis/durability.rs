//! What was acknowledged is there: under load, after kill -9, after a stop.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::neuro_pay::{Checkout, Client, customer, with};
use kassa_tests::{Engine, Server, eventually, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    two_thousand_creates_by_sixty_four_clients_all_land,
    kill_nine_loses_no_acknowledged_create_and_keys_decide_the_rest,
    kill_nine_amid_payments_and_refunds_settles_every_one_of_them_once,
    a_stop_finishes_what_is_being_answered,
    data_stays_over_a_restart_on_another_port,
);

/// Ready again after a crash: the contract's 2 s, for a machine that has nothing else to do.
const READY_AGAIN: Duration = Duration::from_secs(2);
/// How long an operation may stay unsettled after a restart.
const SETTLED: Duration = Duration::from_secs(60);

fn numbered(number: usize) -> Value {
    with(customer(), &[("last_name", json!(format!("Number {number}")))])
}

/// Runs work for each number below `end` from many threads, each of which stops at its first `false`.
fn spread(threads: usize, end: usize, work: impl Fn(usize) -> bool + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= end || !work(number) {
                        break;
                    }
                }
            });
        }
    });
}

fn two_thousand_creates_by_sixty_four_clients_all_land(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let made: Mutex<Vec<Value>> = Mutex::default();
    spread(64, 2_000, |number| {
        let answer = shop.post("/checkout/create-customer", &numbered(number)).ok();
        made.lock().expect("no panic").push(answer);
        true
    });
    let made = made.into_inner().expect("no panic");
    let ids: HashSet<&str> = made.iter().filter_map(|customer| customer["customer_id"].as_str()).collect();
    assert_eq!(ids.len(), 2_000);
    spread(8, made.len(), |number| {
        let id = made[number]["customer_id"].as_str().expect("an id");
        assert_eq!(shop.retrieve_customer(id).ok(), made[number]);
        true
    });
    kassa.checks_out();
    kassa.is_healthy();
}

fn kill_nine_loses_no_acknowledged_create_and_keys_decide_the_rest(engine: Engine) {
    const KEYS: usize = 5_000;
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let acknowledged: Mutex<Vec<(usize, Vec<u8>)>> = Mutex::default();
    let count = || acknowledged.lock().expect("no panic").len();
    let send = |shop: &Client, number: usize| {
        let headers = [("idempotency-key", format!("n-{number}"))];
        let headers = [(headers[0].0, headers[0].1.as_str())];
        shop.try_send("/checkout/create-customer", &headers, numbered(number).to_string().as_bytes())
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            spread(64, KEYS, |number| {
                let Ok(answer) = send(&shop, number) else { return false };
                acknowledged.lock().expect("no panic").push((number, answer.expect(200).body));
                true
            });
        });
        eventually(Duration::from_secs(30), "some creates are acknowledged", || {
            (count() > 400).then_some(())
        });
        kassa.signal_kill();
    });
    let acknowledged = acknowledged.into_inner().expect("no panic");
    assert!(acknowledged.len() < KEYS, "the kill came too late to cut anything off");
    kassa.restart();
    assert!(kassa.took() < READY_AGAIN, "ready again after {:?}", kassa.took());
    kassa.checks_out();
    let shop = Client::with_key(&kassa, shop.key());
    let last = acknowledged.iter().map(|(number, _)| *number).max().expect("some");
    let ids: Mutex<HashSet<String>> = Mutex::default();
    // Everybody asks again with the same key, who had an answer and who had none.
    spread(16, last + 1, |number| {
        let answer = send(&shop, number).expect("an answer").expect(200);
        let known = acknowledged.iter().find(|(acknowledged, _)| *acknowledged == number);
        if let Some((_, body)) = known {
            assert_eq!(
                answer.header("idempotency-replayed"),
                Some("true"),
                "an acknowledged create was lost"
            );
            // The server's address is in the links, and the port is the same.
            assert_eq!(answer.body, *body);
        }
        let made = answer.json();
        let id = made["customer_id"].as_str().expect("an id");
        assert_eq!(shop.retrieve_customer(id).ok(), made);
        ids.lock().expect("no panic").insert(id.to_owned());
        true
    });
    assert_eq!(ids.into_inner().expect("no panic").len(), last + 1, "a key had two effects");
    kassa.is_healthy();
}

/// What a crash cut off is asked for after a while, so payments and refunds wait for that together.
fn kill_nine_amid_payments_and_refunds_settles_every_one_of_them_once(engine: Engine) {
    const PAID: usize = 8;
    const OPEN: usize = 32;
    const REFUNDS: usize = 160;
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let paid: Vec<String> = (0..PAID).map(|_| shop.in_status(&kassa, "paid").id).collect();
    let open: Vec<Checkout<'_>> = (0..OPEN).map(|_| shop.create()).collect();
    let forms: Vec<String> = open.iter().map(|checkout| checkout.buyer().form()).collect();
    let refund = |shop: &Client, number: usize| {
        let body = json!({ "checkout_id": paid[number % PAID], "amount": 100 }).to_string();
        let key = format!("refund-{number}");
        shop.try_send("/checkout/refund", &[("idempotency-key", &key)], body.as_bytes())
    };
    let (refunded, bought) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            spread(12, REFUNDS, |number| {
                let Ok(answer) = refund(&shop, number) else { return false };
                assert!(matches!(answer.status, 200 | 409 | 503), "{}", answer.text());
                refunded.fetch_add(1, Ordering::Relaxed);
                true
            });
        });
        scope.spawn(|| {
            spread(4, OPEN, |number| {
                let sent = open[number].buyer().try_send(&forms[number], APPROVED);
                let answered = sent.is_ok_and(|answer| answer.status == 303);
                bought.fetch_add(usize::from(answered), Ordering::Relaxed);
                answered
            });
        });
        let some = || refunded.load(Ordering::Relaxed) > 40 && bought.load(Ordering::Relaxed) > 4;
        eventually(Duration::from_secs(30), "some are answered", || some().then_some(()));
        kassa.signal_kill();
    });
    kassa.restart();
    // Every key is asked again until it has its answer; what is under way makes others wait, not fail.
    spread(8, REFUNDS, |number| {
        eventually(SETTLED, "the refund is settled", || {
            let answer = refund(&shop, number).expect("an answer");
            match answer.status {
                200 => Some(()),
                409 | 503 => None,
                _ => panic!("{}", answer.text()),
            }
        });
        true
    });
    for id in &paid {
        let now = shop.post("/checkout/retrieve", &json!({ "checkout_id": id })).ok();
        assert_eq!(now["amount_refunded"], 100 * REFUNDS / PAID, "each key is one refund");
        assert_eq!(now["refunds"].as_array().map(Vec::len), Some(REFUNDS / PAID));
    }
    let is_paid = |checkout: &Checkout<'_>| checkout.now()["status"] == "paid";
    let before = open.iter().filter(|checkout| is_paid(checkout)).count();
    assert!(before >= bought.load(Ordering::Relaxed), "a buyer saw the payment and it is gone");
    for (checkout, form) in open.iter().zip(&forms) {
        // The same form again: one that got through is paid once, one that never arrived has its page open again.
        eventually(SETTLED, "the payment is settled", || {
            checkout.buyer().send(form, APPROVED).expect(303);
            if !is_paid(checkout) && checkout.buyer().open().text().contains("name=\"form\"") {
                checkout.buyer().pay(APPROVED);
            }
            is_paid(checkout).then_some(())
        });
        assert_eq!(checkout.now()["amount_captured"], 24_900);
    }
    kassa.checks_out();
    kassa.is_healthy();
}

fn a_stop_finishes_what_is_being_answered(engine: Engine) {
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let made: Mutex<Vec<String>> = Mutex::default();
    let count = || made.lock().expect("no panic").len();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            spread(8, 100_000, |number| {
                let body = numbered(number).to_string();
                let Ok(answer) = shop.try_send("/checkout/create-customer", &[], body.as_bytes()) else {
                    return false;
                };
                let answer = answer.expect(200).json();
                made.lock()
                    .expect("no panic")
                    .push(answer["customer_id"].as_str().expect("an id").to_owned());
                true
            });
        });
        eventually(Duration::from_secs(30), "some creates are answered", || (count() > 50).then_some(()));
        let status = kassa.stop();
        assert_eq!(status.code(), Some(0), "{}", kassa.log());
    });
    kassa.start_stopped();
    let shop = Client::with_key(&kassa, shop.key());
    for id in made.into_inner().expect("no panic") {
        shop.retrieve_customer(&id).expect(200);
    }
    kassa.is_healthy();
}

fn data_stays_over_a_restart_on_another_port(engine: Engine) {
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.in_status(&kassa, "partialRefund");
    let (before, id) = (checkout.now(), checkout.id.clone());
    let old = kassa.url().to_owned();
    kassa.restart_elsewhere();
    let shop = Client::with_key(&kassa, shop.key());
    let after = shop.post("/checkout/retrieve", &json!({ "checkout_id": id })).ok();
    // Links are made with the server's address; everything else is as it was, the link's secret too.
    let moved: Value = serde_json::from_str(&before.to_string().replace(&old, kassa.url())).expect("JSON");
    assert_eq!(after, moved);
}
