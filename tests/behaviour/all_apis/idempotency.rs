//! One key, one effect (contract, section 6).

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::checkout_com::{self, is_invalid};
use kassa_tests::drivers::checkout_com_cards::card;
use kassa_tests::drivers::checkout_com_payments::{id_of, payment, typed};
use kassa_tests::drivers::neuro_pay::{Client, checkout, customer, is_error, with};
use kassa_tests::drivers::shop::{Api, EVERY, Shop};
use kassa_tests::drivers::{neopay, nero_pay};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Random, Server, at_once, on_each_engine, on_one_engine};
use serde_json::{Value, json};

on_each_engine!(
    one_key_from_many_threads_makes_one_customer_in_every_api,
    an_error_gives_the_key_back_in_every_api,
    stored_answers_go_with_their_customer_in_every_api,
    a_thousand_requests_over_twenty_keys_have_twenty_effects,
    a_replay_repeats_status_type_and_body_and_says_so,
    every_write_honours_a_key,
    another_body_is_refused_and_has_no_effect,
    an_error_gives_the_key_back,
    stored_answers_go_with_their_customer,
    what_was_made_for_a_customer_is_not_made_again_when_the_customer_is_gone,
    what_was_said_of_a_card_of_nobody_goes_with_the_customer_who_has_it_later,
    what_was_said_of_a_card_goes_with_the_customer_whom_it_was_given_to,
    a_replay_outlives_a_restart,
    reading_takes_a_key_and_needs_none,
    every_spelling_of_an_id_in_a_path_is_the_same_request,
    what_cannot_be_done_now_says_when_to_come_again,
);
on_one_engine!(what_is_no_key_is_refused,);

fn a_thousand_requests_over_twenty_keys_have_twenty_effects(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let mut random = Random::new();
    let answers: Mutex<HashMap<usize, Vec<Answer>>> = Mutex::default();
    std::thread::scope(|scope| {
        for thread in 0..32 {
            let mut random = random.split();
            let (shop, answers) = (&shop, &answers);
            scope.spawn(move || {
                for _ in 0..(if thread < 8 { 32 } else { 31 }) {
                    let key = random.below(20);
                    let body = with(customer(), &[("last_name", json!(format!("Number {key}")))]);
                    let answer =
                        shop.post_once(&format!("customer-{key}"), "/checkout/create-customer", &body);
                    if answer.status != 409 {
                        answers.lock().expect("no panic").entry(key).or_default().push(answer.expect(200));
                    }
                }
            });
        }
    });
    let answers = answers.into_inner().expect("no panic");
    let mut effects = HashSet::new();
    for (key, answers) in &answers {
        let first = &answers[0];
        assert!(answers.iter().all(|answer| answer.body == first.body), "key {key} has answers that differ");
        assert!(answers.iter().all(|answer| answer.header("content-type") == first.header("content-type")));
        assert_eq!(
            answers.iter().filter(|answer| !answer.is_replay()).count(),
            1,
            "key {key} had one effect"
        );
        effects.insert(first.json()["customer_id"].to_string());
    }
    assert_eq!((answers.len(), effects.len()), (20, 20));
    kassa.is_healthy();
}

fn a_replay_repeats_status_type_and_body_and_says_so(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let first = shop.post_once("k", "/checkout/create", &checkout()).expect(200);
    let again = shop.post_once("k", "/checkout/create", &checkout()).expect(200);
    assert!(!first.is_replay() && again.is_replay());
    assert_eq!(first.body, again.body);
    assert_eq!(first.header("content-type"), again.header("content-type"));
    assert_ne!(first.header("x-request-id"), again.header("x-request-id"));
    // The answer is as it was, also when its object has moved on.
    let made = first.json();
    shop.post("/checkout/delete", &json!({ "checkout_id": made["checkout_id"] })).expect(200);
    assert_eq!(shop.post_once("k", "/checkout/create", &checkout()).expect(200).body, first.body);
}

fn every_write_honours_a_key(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let twice = |key: &str, path: &str, body: &Value| {
        let first = shop.post_once(key, path, body).expect(200);
        let again = shop.post_once(key, path, body).expect(200);
        assert!(!first.is_replay() && again.is_replay(), "{path}");
        assert_eq!(first.body, again.body, "{path}");
        first.json()
    };
    let made = twice("1", "/checkout/create-customer", &customer());
    let id = made["customer_id"].clone();
    twice("1", "/checkout/delete-customer", &json!({ "customer_id": id }));
    twice("1", "/checkout/create", &checkout());
    let reserved = shop.in_status(&kassa, "reserved");
    assert_eq!(twice("1", "/checkout/capture", &reserved.body(&[]))["status"], "paid");
    twice("1", "/checkout/update", &reserved.body(&[("metaData", json!({ "a": 1 }))]));
    let part = reserved.body(&[("amount", json!(1))]);
    assert_eq!(twice("1", "/checkout/refund", &part)["amount_refunded"], 1);
    assert_eq!(twice("2", "/checkout/refund", &part)["amount_refunded"], 2);
    let released = shop.in_status(&kassa, "reserved");
    assert_eq!(twice("3", "/checkout/refund", &released.body(&[]))["status"], "reserve released");
    let open = shop.create();
    twice("1", "/checkout/delete", &open.body(&[]));
}

fn another_body_is_refused_and_has_no_effect(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let paid = shop.in_status(&kassa, "paid");
    let body = |amount: i64| paid.body(&[("amount", json!(amount))]);
    shop.post_once("k", "/checkout/refund", &body(1)).expect(200);
    is_error(&shop.post_once("k", "/checkout/refund", &body(2)), 400);
    assert_eq!(paid.now()["amount_refunded"], 1);
    // Refused, not forgotten: the first body still has its answer.
    assert!(shop.post_once("k", "/checkout/refund", &body(1)).expect(200).is_replay());
}

fn an_error_gives_the_key_back(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let reserved = shop.in_status(&kassa, "created");
    for (path, bad, good) in [
        ("/checkout/create-customer", json!({}), customer()),
        ("/checkout/create", with(checkout(), &[("amount", json!(0))]), checkout()),
        ("/checkout/create", with(checkout(), &[("customer_id", json!("x"))]), checkout()),
        (
            "/checkout/update",
            reserved.body(&[("metaData", json!(1))]),
            reserved.body(&[("metaData", json!({}))]),
        ),
    ] {
        let key = format!("{path}{}", bad.to_string().len());
        is_error(&shop.post_once(&key, path, &bad), 400);
        assert!(!shop.post_once(&key, path, &good).expect(200).is_replay(), "{path}");
        assert!(shop.post_once(&key, path, &good).expect(200).is_replay(), "{path}");
    }
    // A wrong status is an error too: the same body may succeed later.
    let checkout = shop.create_with(&[("capture", json!(false))]);
    is_error(&shop.post_once("late", "/checkout/capture", &checkout.body(&[])), 400);
    checkout.buyer().pay(APPROVED);
    assert_eq!(shop.post_once("late", "/checkout/capture", &checkout.body(&[])).ok()["status"], "paid");
}

fn stored_answers_go_with_their_customer(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let made = shop.post_once("k", "/checkout/create-customer", &customer()).ok();
    let for_it = with(checkout(), &[("customer_id", made["customer_id"].clone())]);
    shop.post_once("k", "/checkout/create", &for_it).expect(200);
    let gone = json!({ "customer_id": made["customer_id"] });
    let deleted = shop.post_once("k", "/checkout/delete-customer", &gone).expect(200);
    let again = shop.post_once("k", "/checkout/create-customer", &customer()).expect(200);
    assert!(!again.is_replay());
    assert_ne!(again.json()["customer_id"], made["customer_id"]);
    is_error(&shop.post_once("k", "/checkout/create", &for_it), 400);
    // The deletion's own answer names no person and stays.
    let replay = shop.post_once("k", "/checkout/delete-customer", &gone).expect(200);
    assert!(replay.is_replay());
    assert_eq!(replay.body, deleted.body);
}

fn what_was_made_for_a_customer_is_not_made_again_when_the_customer_is_gone(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let payer = json!({ "email": "ada@example.com", "name": "Ada" });
    let page = json!({
        "amount": 1_000, "currency": "EUR", "billing": { "address": { "country": "GB" } }, "customer": payer,
        "success_url": "https://a.b", "cancel_url": "https://a.b", "failure_url": "https://a.b",
    });
    let saved = with(card(APPROVED), &[("customer", payer)]);
    let send = |path: &str, body: &Value| shop.checkout_com.send_once("k", "POST", path, body);
    let made = [("/hosted-payments", &page), ("/payment-links", &page), ("/instruments", &saved)];
    for (path, body) in made {
        let first = send(path, body).expect(201);
        let again = send(path, body).expect(201);
        assert!(again.is_replay() && first.body == again.body, "{path}");
    }
    let neuro_pay_customer = shop.neuro_pay.post("/checkout/create-customer", &customer()).ok();
    let for_it = with(checkout(), &[("customer_id", neuro_pay_customer["customer_id"].clone())]);
    shop.neuro_pay.post_once("k", "/checkout/create", &for_it).expect(200);
    let gone = json!({ "customer_id": neuro_pay_customer["customer_id"] });
    shop.neuro_pay.post("/checkout/delete-customer", &gone).expect(200);

    let ada = shop.checkout_com.get("ada@example.com").ok();
    let ada = ada["id"].as_str().expect("an id");
    shop.checkout_com.delete(ada).expect(204);
    for _ in 0..2 {
        for (path, body) in made {
            is_invalid(&send(path, body), &["idempotency_key_invalid"]);
            // All bodies count as one, also those that are wrong.
            is_invalid(&send(path, &json!({})), &["idempotency_key_invalid"]);
        }
        let said = is_error(&shop.neuro_pay.post_once("k", "/checkout/create", &for_it), 400);
        assert!(said.contains("for a customer who is gone"), "{said}");
        is_error(&shop.neuro_pay.post_once("k", "/checkout/create", &checkout()), 400);
    }
    checkout_com::is_bare(&shop.checkout_com.get("ada@example.com"), 404);
    // Another key is another page.
    shop.checkout_com.send_once("l", "POST", "/hosted-payments", &page).expect(201);
}

fn what_was_said_of_a_card_of_nobody_goes_with_the_customer_who_has_it_later(engine: Engine) {
    const NAME: &str = "Zebulon Quixote";
    let kassa = Server::shared(engine);
    for is_removed_first in [false, true] {
        let shop = checkout_com::Client::fresh(&kassa);
        let holder = json!({ "first_name": "Zebulon", "last_name": "Quixote" });
        let saved = with(card(APPROVED), &[("account_holder", holder)]);
        let instrument = id_of(&shop.send_once("k", "POST", "/instruments", &saved).expect(201).json());
        let from = with(typed(APPROVED), &[("name", json!(NAME)), ("store_for_future_use", json!(true))]);
        let payment = payment(1_000, &from);
        let paid = shop.send_once("k", "POST", "/payments", &payment).expect(201);
        assert!(paid.text().contains(NAME), "this test looks for what was never said: {}", paid.text());
        let paid = paid.json();
        let card = paid["source"]["id"].as_str().expect("a card").to_owned();
        let customers =
            [("ada@example.com", &instrument), ("ben@example.com", &card)].map(|(email, card)| {
                let customer = shop.create(&json!({ "email": email }));
                shop.patch(&customer, &json!({ "instruments": [card] })).expect(204);
                assert_eq!(shop.wallet(&customer).0, std::slice::from_ref(card));
                customer
            });
        if is_removed_first {
            shop.delete_instrument(&instrument).expect(204);
            shop.delete_instrument(&card).expect(204);
        }
        for customer in customers {
            shop.delete(&customer).expect(204);
        }
        is_invalid(&shop.send_once("k", "POST", "/instruments", &saved), &["idempotency_key_invalid"]);
        // The payment stands, and nobody is charged again.
        let again = shop.send_once("k", "POST", "/payments", &payment).expect(201);
        assert_eq!(again.json()["id"], paid["id"]);
        let read = shop.payment(&id_of(&paid)).expect(200);
        for answer in [again, read] {
            assert!(!answer.text().contains("Zebulon"), "{is_removed_first}: {}", answer.text());
        }
    }
}

fn what_was_said_of_a_card_goes_with_the_customer_whom_it_was_given_to(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = checkout_com::Client::fresh(&kassa);
    let ada = json!({ "email": "ada@example.com" });
    shop.create(&ada);
    let from = with(typed(APPROVED), &[("name", json!("Zebulon Quixote"))]);
    // The address found Ada, so the card is shown to nobody until the merchant gives it to somebody.
    let pays = with(payment(1_000, &from), &[("customer", ada)]);
    let paid = shop.send_once("k", "POST", "/payments", &pays).expect(201).json();
    let ben = shop.create(&json!({ "email": "ben@example.com" }));
    shop.patch(&ben, &json!({ "instruments": [paid["source"]["id"]] })).expect(204);
    shop.delete(&ben).expect(204);
    let again = shop.send_once("k", "POST", "/payments", &pays).expect(201);
    let read = shop.payment(&id_of(&paid)).expect(200);
    for answer in [&again, &read] {
        assert!(!answer.text().contains("Zebulon"), "{}", answer.text());
    }
    assert_eq!(again.json()["id"], paid["id"]);
}

fn a_replay_outlives_a_restart(engine: Engine) {
    let mut kassa = Server::start(engine);
    let key = Client::fresh(&kassa).key().to_owned();
    let send = |kassa: &Server| {
        Client::with_key(kassa, &key).post_once("k", "/checkout/create-customer", &customer()).expect(200)
    };
    let first = send(&kassa);
    kassa.restart();
    let again = send(&kassa);
    assert!(again.is_replay());
    assert_eq!(again.body, first.body);
    kassa.is_healthy();
}

fn reading_takes_a_key_and_needs_none(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    for _ in 0..2 {
        let answer = shop.post_once("r", "/checkout/retrieve", &checkout.body(&[])).expect(200);
        assert!(!answer.is_replay(), "a read is read afresh");
    }
    checkout.buyer().pay(APPROVED);
    assert_eq!(shop.post_once("r", "/checkout/retrieve", &checkout.body(&[])).ok()["status"], "paid");
}

fn every_spelling_of_an_id_in_a_path_is_the_same_request(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let made = shop.neopay.create(&neopay::customer());
    let id = made["id"].as_str().expect("an id");
    let upper = id.to_ascii_uppercase();
    assert_ne!(id, upper);
    for (key, first, second) in [("k", id, upper.as_str()), ("l", upper.as_str(), id)] {
        let change = |id: &str, city: &str| {
            shop.neopay.send_once(key, "PATCH", &format!("/customers/{id}"), &json!({ "city": city }))
        };
        let done = change(first, "Lund").expect(200);
        let again = change(second, "Lund").expect(200);
        assert!(!done.is_replay() && again.is_replay(), "{first} and {second}");
        assert_eq!(done.body, again.body);
        change(second, "Malmö").expect(422);
    }
    // Checkout.com's ids have one spelling, and a path may write its letters in two ways.
    let id = shop.checkout_com.create(&json!({ "email": "ada@example.com" }));
    for (path, is_again) in [(id.clone(), false), (id.replacen('c', "%63", 1), true)] {
        let path = format!("/customers/{path}");
        let done = shop.checkout_com.send_once("k", "PATCH", &path, &json!({ "name": "Ada" })).expect(204);
        assert_eq!(done.is_replay(), is_again);
    }
    // NeroPay's integers have one.
    let id = shop.nero_pay.create_customer(&json!({ "name": "Eve" }))["id"].to_string();
    for (path, status) in [(id.clone(), 200), (format!("0{id}"), 404), (format!("+{id}"), 404)] {
        let (path, body) = (format!("/customers/{path}"), json!({ "city": "Lund" }).to_string());
        let key = [("idempotency-key", "k")];
        shop.nero_pay.signed("PATCH", &path, &key, body.as_bytes()).expect(status);
    }
}

/// Somebody whom nobody knows yet, as an API takes a customer.
fn somebody(api: Api) -> Value {
    match api {
        Api::NeuroPay => customer(),
        Api::Neopay | Api::NeroPay | Api::CheckoutCom => json!({ "name": "Ada", "email": "ada@example.com" }),
    }
}

fn one_key_from_many_threads_makes_one_customer_in_every_api(engine: Engine) {
    let kassa = Server::shared(engine);
    for api in EVERY {
        let shop = Shop::fresh(&kassa);
        let answers = at_once(32, |_| shop.make_once(api, "k", &somebody(api)));
        let last = shop.make_once(api, "k", &somebody(api));
        assert!(last.is_replay() && matches!(last.status, 200 | 201), "{api:?}: {}", last.text());
        let is_done = |answer: &&Answer| answer.status == last.status;
        assert!(answers.iter().filter(is_done).all(|answer| answer.body == last.body), "{api:?}");
        assert_eq!(answers.iter().filter(is_done).filter(|answer| !answer.is_replay()).count(), 1);
        let busy = if api == Api::CheckoutCom { 429 } else { 409 };
        assert!(answers.iter().all(|answer| is_done(&answer) || answer.status == busy), "{api:?}");
        assert_eq!(nero_pay::data(&shop.nero_pay.get("/customers"), 200).as_array().map(Vec::len), Some(1));
    }
}

fn an_error_gives_the_key_back_in_every_api(engine: Engine) {
    let kassa = Server::shared(engine);
    for api in EVERY {
        let shop = Shop::fresh(&kassa);
        assert!(matches!(shop.make_once(api, "k", &json!({})).status, 400 | 422), "{api:?}");
        assert!(!shop.make_once(api, "k", &somebody(api)).is_replay(), "{api:?}");
        assert!(shop.make_once(api, "k", &somebody(api)).is_replay(), "{api:?}");
    }
}

fn stored_answers_go_with_their_customer_in_every_api(engine: Engine) {
    let kassa = Server::shared(engine);
    for api in EVERY {
        let shop = Shop::fresh(&kassa);
        let first = shop.make_once(api, "k", &somebody(api));
        let made = shop.neopay.list("?per_page=1")["data"][0]["id"].as_str().expect("an id").replace('-', "");
        shop.neuro_pay.delete_customer(&made).expect(200);
        let again = shop.make_once(api, "k", &somebody(api)).expect(first.status);
        assert!(!again.is_replay() && again.body != first.body, "{api:?}");
    }
}

fn what_is_no_key_is_refused(engine: Engine) {
    let kassa = Server::shared(engine);
    let (longest, too_long) = ("k".repeat(255), "k".repeat(256));
    for api in EVERY {
        let (shop, name) = (Shop::fresh(&kassa), api.key_header());
        // Checkout.com's keys alone may have spaces in them.
        let spaced = Some("a b").filter(|_| api != Api::CheckoutCom);
        let wrong = spaced.into_iter().chain(["a\tb", "å", "", too_long.as_str()]);
        let wrong = wrong.map(|key| vec![(name, key)]);
        for headers in wrong.chain(["a", "b"].map(|key| vec![(name, "a"), (name, key)])) {
            let answer = shop.make_with(api, &headers, &somebody(api));
            match api {
                Api::NeuroPay => drop(is_error(&answer, 400)),
                Api::Neopay => neopay::is_invalid(&answer, &["Idempotency-Key"]),
                Api::NeroPay => {
                    let details = nero_pay::is_error(&answer, 422, "validation_failed");
                    assert!(details["Idempotency-Key"].is_array(), "{details}");
                }
                Api::CheckoutCom => is_invalid(&answer, &["idempotency_key_invalid"]),
            }
        }
        for key in ["!", "~", "a,b", "\"quoted\"", longest.as_str()] {
            let email = format!("k{}-{}@example.com", key.len(), key.as_bytes()[0]);
            let body = with(somebody(api), &[("email", json!(email))]);
            assert!(!shop.make_once(api, key, &body).is_replay(), "{api:?} {key}");
            assert!(shop.make_once(api, key, &body).is_replay(), "{api:?} {key}");
        }
    }
}

fn what_cannot_be_done_now_says_when_to_come_again(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Shop::fresh(&kassa);
    kassa.refuse_writes();
    for api in EVERY {
        let answer = shop.make_once(api, "k", &somebody(api));
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{api:?}");
    }
    kassa.take_writes();
}
