//! What the log says of requests and of money: who was refused by which rule, and what moved. What it must not say is
//! searched for when each test's server goes.

use kassa_tests::drivers::buyer::{APPROVED, DECLINED, LOST};
use kassa_tests::drivers::checkout_com_payments::{payment, typed};
use kassa_tests::drivers::neuro_pay::{self, Client, with};
use kassa_tests::drivers::{checkout_com, neopay, nero_pay};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, SETTLED, Server, Setup, eventually, http, on_each_engine, on_one_engine};
use serde_json::json;
use std::time::{Duration, Instant};
use ureq::http::Request;

on_each_engine!(
    a_refused_request_has_a_line_with_its_rule,
    what_anybody_can_bring_about_has_none,
    a_credential_that_is_not_known_has_a_reason,
    each_movement_of_money_has_a_line,
    a_line_about_money_has_the_id_of_its_request,
    money_that_a_command_moves_has_the_same_line,
    an_authorization_that_lapses_has_a_line,
    an_outcome_that_is_asked_for_is_one_line_when_it_is_known,
    each_request_has_a_line_for_who_looks_closer,
);
on_one_engine!(no_line_repeats_a_path_that_is_not_there, a_log_that_nobody_reads_holds_nobody_up);

/// The lines of the log at a level that have all of these parts.
fn lines(kassa: &Server, level: &str, parts: &[&str]) -> Vec<String> {
    let log = kassa.log();
    let fits =
        |line: &&str| line.contains(&format!(" {level} ")) && parts.iter().all(|part| line.contains(part));
    log.lines().filter(fits).map(str::to_owned).collect()
}

#[track_caller]
fn is_told(kassa: &Server, parts: &[&str]) {
    assert_eq!(lines(kassa, "INFO", parts).len(), 1, "{parts:?}: {}", kassa.log());
}

fn a_log_that_nobody_reads_holds_nobody_up(engine: Engine) {
    let mut kassa = Setup::new(engine).unread_log().start();
    let shop = Client::fresh(&kassa);
    let body = with(neuro_pay::checkout(), &[("currency", json!("XYZ"))]);
    // More than a pipe holds.
    for _ in 0..400 {
        shop.post("/checkout/create", &body).expect(400);
    }
    kassa.get("/livez").expect(200);
    shop.create_customer();
    let asked = Instant::now();
    assert!(kassa.stop().success());
    assert!(asked.elapsed() < Duration::from_secs(10), "it took {:?}", asked.elapsed());
}

fn a_refused_request_has_a_line_with_its_rule(engine: Engine) {
    let kassa = Server::start(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let body = with(neuro_pay::checkout(), &[("currency", json!("XYZ"))]);
    shop.post("/checkout/create", &body).expect(400);
    let id = merchant.made["merchant_id"].as_str().expect("an id");
    let refused = "refused merchant=";
    is_told(
        &kassa,
        &[
            refused,
            id,
            "api=\"neuro-pay\"",
            "/checkout/create\"",
            "status=400",
            "Invalid parameter: currency",
        ],
    );
    shop.create().capture().expect(400);
    is_told(&kassa, &[refused, "/checkout/capture\"", "The checkout is created"]);
    neopay::Client::new(&kassa, &merchant).send("POST", "/customers", &json!({})).expect(422);
    is_told(&kassa, &[refused, "api=\"neopay\"", "status=422", "The email field is required"]);
    nero_pay::Client::new(&kassa, &merchant).send("POST", "/customers", &[], b"{}").expect(401);
    is_told(&kassa, &[refused, "api=\"neropay\"", "status=401", "invalid_signature: "]);
    let fourth = checkout_com::Client::new(&kassa, &merchant);
    fourth.post(&json!({ "email": "nobody" })).expect(422);
    is_told(&kassa, &[refused, "api=\"checkout-com\"", "request_invalid: email_invalid"]);
    // Where the vendor's codes do not name the field, the log does.
    let billing =
        json!({ "amount": 1000, "currency": "SEK", "billing": { "address": { "country": "Sweden" } } });
    fourth.send("POST", "/payment-links", &[], billing.to_string().as_bytes()).expect(422);
    is_told(&kassa, &[refused, "/payment-links\"", "_invalid (billing.address.country"]);
    // Where the vendor's body is empty, the log says it all the same.
    fourth.get("cus_aaaaaaaaaaaaaaaaaaaaaaaaaa").expect(404);
    is_told(&kassa, &[refused, "status=404", "no such customer"]);
}

fn what_anybody_can_bring_about_has_none(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = checkout_com::Client::fresh(&kassa);
    let page = shop.with_key(shop.credential("public_key"));
    page.send("POST", "/tokens", &[], b"{}").expect(422);
    page.post(&checkout_com::customer()).expect(403);
    let stranger = Client::with_key(&kassa, "nobody's");
    stranger.post("/checkout/create", &neuro_pay::checkout()).expect(401);
    kassa.get("/neuro-pay/nowhere").expect(404);
    let told = lines(&kassa, "INFO", &["refused"]);
    assert!(told.is_empty(), "{told:?}");
}

/// A newcomer who mixed up keys finds out here; the answer says nothing.
fn a_credential_that_is_not_known_has_a_reason(engine: Engine) {
    let kassa = Server::start(engine);
    let merchant = kassa.merchant();
    let fourth = merchant.made["checkout_com"]["secret_key"].as_str().expect("a key").to_owned();
    let bearer = format!("Bearer {fourth}");
    let told_of = |path: &str, credential: Option<&str>, why: &str| {
        let mut request = Request::post(format!("{}{path}", kassa.url()));
        if let Some(credential) = credential {
            request = request.header("authorization", credential);
        }
        if why.contains(" pair of keys") {
            request = request.header("x-app-key", "5bbce447-ad8a-45e8-960c-524240a8bbaa");
        }
        let answer = http::send(&kassa.agent(), request.body("{}").expect("a request"))
            .expect("an answer")
            .expect(401);
        let line = eventually(Duration::from_secs(70), "the log says why", || {
            lines(&kassa, "WARN", &["refused", &format!("why=\"{why}\"")]).pop()
        });
        assert!(!line.contains(&fourth[..12]), "{line}");
        answer.text().to_owned()
    };
    let told = |credential: Option<&str>, why: &str| told_of("/neuro-pay/checkout/retrieve", credential, why);
    let said = told(None, "no Authorization header");
    assert_eq!(told(Some(&bearer), "a key of another API"), said);
    assert_eq!(told(Some("Bearer "), "an Authorization header without a key"), said);
    assert_eq!(told(Some("Bearer nobodys"), "no key in this server's database"), said);
    // The key alone, where the word has to stand before it.
    let bare = merchant.made["neuro_pay"]["api_key"].as_str().expect("a key");
    assert_eq!(told(Some(bare), "an Authorization header without Bearer"), said);
    told_of("/neopay/api/customers", Some("nobodys"), "a key without the other half of its pair");
    told_of("/neopay/api/customers", Some("nobodys"), "no pair of keys in this server's database");
}

fn each_movement_of_money_has_a_line(engine: Engine) {
    let kassa = Server::start(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    // By the id that a line of a refused request has too.
    let id = format!("merchant=\"{}\"", merchant.made["merchant_id"].as_str().expect("an id"));
    let reserved = shop.create_with(&[("capture", json!(false))]);
    reserved.buyer().pay(DECLINED);
    assert!(lines(&kassa, "INFO", &["operation="]).is_empty(), "nothing moved");
    reserved.buyer().pay(APPROVED);
    let moved = |operation: &str, done: &str, amount: &str| {
        let (payment, operation) =
            (format!("payment=\"{}\"", reserved.id), format!("operation=\"{operation}\""));
        is_told(&kassa, &[done, &id, "mode=\"test\"", &payment, &operation, amount, "currency=\"SEK\""]);
    };
    moved("authorize", "authorized merchant", "amount=24900 ");
    reserved.capture().expect(200);
    moved("capture", "captured merchant", "amount=24900 ");
    reserved.refund(&[("amount", json!(900))]).expect(200);
    moved("refund", "refunded merchant", "amount=900 ");
    let released = shop.in_status(&kassa, "reserve released");
    is_told(&kassa, &[&released.id, "voided merchant", "operation=\"void\""]);
    let paid = shop.in_status(&kassa, "paid");
    is_told(&kassa, &[&paid.id, "authorized and captured merchant", "operation=\"authorize and capture\""]);
    // What the shop itself asked for, and what was declined.
    let fourth = checkout_com::Client::new(&kassa, &merchant);
    fourth.post_payment(&payment(900, &typed(DECLINED))).expect(201);
    is_told(&kassa, &["declined merchant", &id, "amount=900 ", "why=\"do_not_honour\""]);
}

/// A client that has the id of its answer finds what it moved.
fn a_line_about_money_has_the_id_of_its_request(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let told = |answer: &Answer, operation: &str| {
        let id = answer.header("x-request-id").expect("each answer has one").to_owned();
        is_told(&kassa, &[&format!("request{{id=\"{id}\"}}"), &format!("operation=\"{operation}\"")]);
    };
    let reserved = shop.create_with(&[("capture", json!(false))]);
    told(&reserved.buyer().pay(APPROVED), "authorize");
    told(&reserved.capture().expect(200), "capture");
    told(&reserved.refund(&[("amount", json!(900))]).expect(200), "refund");
    let released = shop.in_status(&kassa, "reserved");
    told(&released.refund(&[]).expect(200), "void");
    let fourth = checkout_com::Client::fresh(&kassa);
    let body = payment(900, &typed(APPROVED));
    told(&fourth.post_payment(&body).expect(201), "authorize and capture");
}

/// Money that is moved by hand is in a log too: in that of the command, which has no request.
fn money_that_a_command_moves_has_the_same_line(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let reserved = shop.in_status(&kassa, "reserved");
    let run = |command: &str, more: &[&str]| {
        kassa.command(&[&["payments", command, &reserved.id], more].concat()).done().stderr
    };
    let told = |log: &str, done: &str, amount: &str| {
        let id = merchant.made["merchant_id"].as_str().expect("an id");
        let begins = format!("command: {done} merchant=\"{id}\" mode=\"test\" payment=\"{}\"", reserved.id);
        assert!(log.lines().count() == 1 && log.contains(" INFO ") && log.contains(&begins), "{log}");
        assert!(log.contains(&format!(" amount={amount} currency=\"SEK\"")), "{log}");
    };
    told(&run("capture", &["--amount", "4000", "--json"]), "captured", "4000");
    told(&run("void", &[]), "voided", "6000");
    told(&run("refund", &["--amount", "900"]), "refunded", "900");
    assert_eq!(run("refund", &["--log-level", "warn"]), "");
    assert_eq!(run("show", &[]), "", "what moves nothing has no line");
}

fn an_authorization_that_lapses_has_a_line(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let reserved = shop.in_status(&kassa, "reserved");
    kassa.tamper("update payments set lapses_at = created_at where lapses_at is not null");
    eventually(SETTLED, "it lapses", || (reserved.now()["status"] == "reserve released").then_some(()));
    let payment = format!("payment=\"{}\"", reserved.id);
    let parts =
        ["lapsed", "mode=\"test\"", &payment, "operation=\"lapse\"", "amount=10000 ", "currency=\"SEK\""];
    eventually(SETTLED, "it is told", || (lines(&kassa, "INFO", &parts).len() == 1).then_some(()));
}

fn an_outcome_that_is_asked_for_is_one_line_when_it_is_known(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    checkout.buyer().pay(LOST);
    eventually(SETTLED, "its outcome is known", || (checkout.now()["status"] == "paid").then_some(()));
    let payment = format!("payment=\"{}\"", checkout.id);
    eventually(SETTLED, "it is told", || {
        (lines(&kassa, "INFO", &["captured merchant", &payment]).len() == 1).then_some(())
    });
    let asked = lines(&kassa, "INFO", &["asked"]);
    assert!(asked.is_empty(), "{asked:?}");
}

fn each_request_has_a_line_for_who_looks_closer(engine: Engine) {
    let kassa = Setup::new(engine).variable("KASSA_LOG_LEVEL", "debug").start();
    let shop = Client::fresh(&kassa);
    shop.create_customer();
    let told =
        lines(&kassa, "DEBUG", &["answered", "POST", "/neuro-pay/checkout/create-customer", "status=200"]);
    assert_eq!(told.len(), 1, "{}", kassa.log());
}

fn no_line_repeats_a_path_that_is_not_there(engine: Engine) {
    let kassa = Setup::new(engine).variable("KASSA_LOG_LEVEL", "trace").start();
    for api in ["neuro-pay", "neopay/api", "neropay/v2", "checkout-com", "c", "customer"] {
        for path in [
            format!("/{api}/x/Canary-of-a-path"),
            format!("/{api}/4539%205787%206362%201486/Canary-of-a-path"),
        ] {
            kassa.get(&path);
        }
    }
    assert!(!kassa.log().contains("Canary"), "{}", kassa.log());
}
