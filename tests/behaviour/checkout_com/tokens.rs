//! Checkout.com's tokens: a card for one use, handed in by a page.

use std::time::Duration;

use kassa_tests::drivers::buyer::{APPROVED, DISTINCTIVE_CODE};
use kassa_tests::drivers::checkout_com::{Client, NOBODYS, is_bare, is_error, is_invalid};
use kassa_tests::drivers::checkout_com_cards::{NO_TOKEN, card, of_token};
use kassa_tests::drivers::checkout_com_payments::payment;
use kassa_tests::drivers::neuro_pay::with;
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, at_once, eventually, on_each_engine, on_one_engine};
use serde_json::{Value, json};

on_each_engine!(
    of_many_uses_of_one_token_one_succeeds,
    what_is_known_of_a_token_is_shown_before_and_after_its_use,
    the_bin_of_a_token_has_eight_digits_where_the_number_is_long_enough,
    what_is_no_token_makes_no_instrument,
    a_refused_request_leaves_the_token_for_another,
    live_mode_takes_no_card,
    a_wallet_of_test_mode_stands_for_a_card,
    a_token_whose_time_is_over_makes_no_instrument,
    a_day_after_it_was_made_a_token_is_unknown,
    a_token_outlives_a_restart_and_its_security_code_does_not,
    no_answer_repeats_a_number_or_a_code,
);
on_one_engine!(what_a_wallet_cannot_mean_is_refused, a_card_that_cannot_be_is_no_token,);

const AMEX: &str = "378282246310005";
const MASTERCARD: &str = "5436031030606378";
/// How long a sweep takes to come round.
const FORGOTTEN: Duration = Duration::from_secs(30);

fn of_many_uses_of_one_token_one_succeeds(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let target = shop.save(MASTERCARD, &json!(null));
    for _ in 0..3 {
        let token = shop.token(APPROVED);
        let answers = at_once(32, |number| match number % 2 {
            0 => shop.post_instrument(&of_token(&token)),
            _ => shop.patch_instrument(&target, &of_token(&token)),
        });
        let (done, refused): (Vec<&Answer>, Vec<&Answer>) =
            answers.iter().partition(|answer| matches!(answer.status, 200 | 201));
        assert_eq!(done.len(), 1, "{answers:?}");
        for answer in refused {
            is_error(answer, 422, "processing_error", &["token_used"]);
        }
    }
    kassa.is_healthy();
}

fn what_is_known_of_a_token_is_shown_before_and_after_its_use(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let holder = json!({ "name": "Ada Lovelace", "billing_address": { "city": "Lund", "country": "SE" },
        "phone": { "country_code": "+46", "number": "70 123 45 67" } });
    let fields: Vec<(&str, Value)> =
        ["name", "billing_address", "phone"].map(|name| (name, holder[name].clone())).into();
    let made = shop.tokenize(&with(card(AMEX), &fields)).expect(201).json();
    let token = made["token"].as_str().expect("a token");
    assert!(token.len() == 30 && token.starts_with("tok_"), "{token}");
    let mut expected = made.clone();
    assert_eq!(shop.token_metadata(token).ok(), expected);
    assert_eq!((&made["name"], &made["scheme"]), (&holder["name"], &json!("AMERICAN EXPRESS")));
    assert!(made["fingerprint"].is_null() && made["number"].is_null());
    shop.post_instrument(&of_token(token)).expect(201);
    // Who holds it went with the use; that it was there is still known.
    for (name, _) in &fields {
        expected.as_object_mut().expect("an object").remove(*name);
    }
    assert_eq!(shop.token_metadata(token).ok(), expected);
}

fn the_bin_of_a_token_has_eight_digits_where_the_number_is_long_enough(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (number, bin) in [
        (APPROVED, "42424242"),
        ("4543474002249996", "45434740"),
        ("4000000000000000006", "40000000"),
        (AMEX, "378282"),
        ("30123456789019", "301234"),
    ] {
        let token = shop.token(number);
        assert_eq!(shop.token_metadata(&token).ok()["bin"], bin);
        // A payment and an instrument show six.
        let paid = shop.pay(&payment(1_000, &json!({ "type": "token", "token": token })));
        assert_eq!(paid["source"]["bin"], bin[..6]);
        let saved = paid["source"]["id"].as_str().expect("a card");
        assert_eq!(shop.instrument(saved).ok()["bin"], bin[..6]);
        assert_eq!(shop.token_metadata(&token).ok()["bin"], bin);
    }
}

fn what_is_no_token_makes_no_instrument(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let card = shop.save(APPROVED, &json!(null));
    let before = shop.instrument(&card).ok();
    let letters = &shop.token(APPROVED)[4..];
    for token in [NO_TOKEN, "tok_", "", "x", letters, &format!("src_{letters}"), &card] {
        for answer in [shop.post_instrument(&of_token(token)), shop.patch_instrument(&card, &of_token(token))]
        {
            is_error(&answer, 422, "token_invalid", &["token_invalid"]);
        }
        if !token.is_empty() {
            is_bare(&shop.token_metadata(token), 404);
        }
    }
    for wrong in [json!(1), json!({})] {
        let body = json!({ "type": "token", "token": wrong });
        is_invalid(&shop.post_instrument(&body), &["token_invalid"]);
    }
    is_invalid(&shop.post_instrument(&json!({ "type": "token" })), &["token_required"]);
    assert_eq!(shop.instrument(&card).ok(), before);
}

fn a_refused_request_leaves_the_token_for_another(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let (ada, eve) = (json!({ "email": "ada@example.com" }), json!({ "email": "eve@example.com" }));
    let hers = shop.save(MASTERCARD, &ada);
    let (ada, eve) = (shop.get("ada@example.com").ok()["id"].clone(), shop.create(&eve));
    let token = of_token(&shop.token(APPROVED));
    let customer = |id: &Value| with(token.clone(), &[("customer", json!({ "id": id }))]);
    is_invalid(&shop.post_instrument(&customer(&json!(NOBODYS))), &["customer_not_found"]);
    is_invalid(&shop.patch_instrument(&hers, &customer(&json!(eve))), &["customer_mismatch"]);
    assert_eq!(shop.instrument(&hers).ok()["bin"], "543603");
    shop.post_instrument(&customer(&ada)).expect(201);
}

fn live_mode_takes_no_card(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::new(&kassa, &kassa.credentials(&kassa.merchant().name, "live"));
    // No acquirer is configured that would take it.
    is_error(&shop.tokenize(&card(APPROVED)), 422, "processing_error", &["no_acquirer_configured"]);
    for wallet in ["applepay", "googlepay"] {
        let body = json!({ "type": wallet, "token_data": {} });
        is_invalid(&shop.tokenize(&body), &["token_type_invalid"]);
    }
}

fn a_wallet_of_test_mode_stands_for_a_card(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let named = json!({ "number": MASTERCARD, "expiry_month": 1, "expiry_year": 2091 }).to_string();
    for (wallet, payload) in [("applepay", "data"), ("googlepay", "signedMessage")] {
        for (data, last4) in
            [(json!({ payload: named }), "6378"), (json!({ payload: "t7GeajLB9skXB6" }), "4242")]
        {
            let body = json!({ "type": wallet, "token_data": data });
            let made = shop.tokenize(&body).expect(201).json();
            let shown = (&made["type"], &made["card_wallet_type"], &made["last4"]);
            assert_eq!(shown, (&json!(wallet), &json!(wallet), &json!(last4)));
            let token = made["token"].as_str().expect("a token");
            assert_eq!(shop.token_metadata(token).ok(), made);
            let saved = shop.post_instrument(&of_token(token)).expect(201).json();
            let shown = (&saved["type"], &saved["card_wallet_type"], &saved["last4"]);
            assert_eq!(shown, (&json!("card"), &json!(wallet), &json!(last4)));
            let dates = (&saved["expiry_month"], &saved["expiry_year"]);
            assert_eq!(dates, (&made["expiry_month"], &made["expiry_year"]));
            assert_eq!(last4 == "6378", dates == (&json!(1), &json!(2091)));
        }
    }
}

fn what_a_wallet_cannot_mean_is_refused(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let payload = |number: &str, month: i64, year: i64| {
        let named = json!({ "number": number, "expiry_month": month, "expiry_year": year });
        json!({ "data": named.to_string() })
    };
    for data in [
        payload("4242424242424241", 1, 2091),
        payload(APPROVED, 13, 2091),
        payload(APPROVED, 1, 1999),
        payload(APPROVED, 1, 2100),
        payload(APPROVED, 1, 1 << 40),
        json!({ "data": 1 }),
        json!([]),
        json!("x"),
    ] {
        let answer = shop.tokenize(&json!({ "type": "applepay", "token_data": data }));
        is_invalid(&answer, &["token_data_invalid"]);
    }
    is_invalid(&shop.tokenize(&json!({ "type": "applepay" })), &["token_data_invalid"]);
    for kind in ["cvv", "pin", "sepa", ""] {
        is_invalid(&shop.tokenize(&json!({ "type": kind, "token_data": {} })), &["token_type_invalid"]);
    }
}

fn a_card_that_cannot_be_is_no_token(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    is_invalid(&shop.tokenize(&json!({})), &["token_type_required"]);
    let missing = ["card_number_required", "card_expiry_month_required", "card_expiry_year_required"];
    is_invalid(&shop.tokenize(&json!({ "type": "card" })), &missing);
    is_invalid(&shop.post_instrument(&json!({ "type": "card" })), &missing);
    for (name, value, code) in [
        ("number", json!("4242424242424241"), "card_number_invalid"),
        ("number", json!(4_242_424_242_424_242_i64), "card_number_invalid"),
        ("expiry_month", json!(0), "card_expiry_month_invalid"),
        ("expiry_month", json!(1.5), "card_expiry_month_invalid"),
        ("expiry_year", json!(39), "card_expiry_year_invalid"),
        ("expiry_year", json!(1999), "card_expiry_year_invalid"),
        ("cvv", json!("1234"), "cvv_invalid"),
        ("cvv", json!("12"), "cvv_invalid"),
        ("cvv", json!("12x"), "cvv_invalid"),
        ("name", json!("4242 4242 4242 4242"), "name_looks_like_card_number"),
        ("billing_address", json!({ "address_line1": "å".repeat(201) }), "address_invalid"),
        ("phone", json!({ "number": "1" }), "phone_number_length_invalid"),
    ] {
        let body = with(card(APPROVED), &[(name, value)]);
        is_invalid(&shop.tokenize(&body), &[code]);
        is_invalid(&shop.post_instrument(&body), &[code]);
    }
    is_invalid(&shop.tokenize(&with(card(AMEX), &[("cvv", json!("123"))])), &["cvv_invalid"]);
    // Clients send these as text too.
    let text = [("expiry_month", json!("12")), ("expiry_year", json!("2099"))];
    shop.tokenize(&with(card(APPROVED), &text)).expect(201);
}

fn a_token_whose_time_is_over_makes_no_instrument(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let saved = shop.save(MASTERCARD, &json!(null));
    let (used, late) = (shop.token(APPROVED), shop.token(APPROVED));
    shop.post_instrument(&of_token(&used)).expect(201);
    kassa.tamper("update tokens set expires_at = created_at");
    for (token, code) in [(used, "token_used"), (late, "token_expired")] {
        is_error(&shop.post_instrument(&of_token(&token)), 422, "processing_error", &[code]);
        is_error(&shop.patch_instrument(&saved, &of_token(&token)), 422, "processing_error", &[code]);
        assert_eq!(shop.token_metadata(&token).ok()["last4"], "4242");
    }
}

fn a_day_after_it_was_made_a_token_is_unknown(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let (used, late) = (shop.token(APPROVED), shop.token(APPROVED));
    shop.post_instrument(&of_token(&used)).expect(201);
    let day = 24 * 60 * 60 * 1000;
    kassa.tamper(&format!(
        "update tokens set created_at = created_at - {day}, expires_at = expires_at - {day}"
    ));
    for token in [used, late] {
        let forgotten = || (shop.token_metadata(&token).status == 404).then_some(());
        eventually(FORGOTTEN, "the token is forgotten", forgotten);
        is_error(&shop.post_instrument(&of_token(&token)), 422, "token_invalid", &["token_invalid"]);
    }
    kassa.is_healthy();
}

fn a_token_outlives_a_restart_and_its_security_code_does_not(engine: Engine) {
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let coded = with(card(APPROVED), &[("cvv", json!("123"))]);
    let token = shop.tokenize(&coded).expect(201).json()["token"].clone();
    kassa.restart();
    let paid = shop.pay(&payment(1_000, &json!({ "type": "token", "token": token })));
    assert_eq!(paid["source"]["cvv_check"], "X");
}

/// What the server wrote down is searched when it goes, for every number and code that went to it.
fn no_answer_repeats_a_number_or_a_code(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let page = shop.with_key(shop.credential("public_key"));
    let coded =
        |number: &str| with(card(number), &[("cvv", json!(DISTINCTIVE_CODE)), ("name", json!("Ada"))]);
    let said = |answer: Answer, status: u16| {
        let text = answer.expect(status).text().to_owned();
        assert!(!text.contains(AMEX) && !text.contains(DISTINCTIVE_CODE), "{text}");
        serde_json::from_str::<Value>(&text).unwrap_or_default()
    };
    let made = said(page.send_once("k", "POST", "/tokens", &coded(AMEX)), 201);
    said(page.send_once("k", "POST", "/tokens", &coded(AMEX)), 201);
    said(shop.tokenize(&with(coded(AMEX), &[("expiry_year", json!(1999))])), 422);
    said(shop.tokenize(&with(coded(AMEX), &[("cvv", json!("739"))])), 422);
    said(page.send("POST", "/tokens", &[], format!("{{\"number\":\"{AMEX}\"").as_bytes()), 400);
    said(page.send("GET", &format!("/tokens?number={AMEX}&cvv={DISTINCTIVE_CODE}"), &[], b""), 405);
    let token = made["token"].as_str().expect("a token");
    said(shop.token_metadata(token), 200);
    said(shop.send_once("k", "POST", "/instruments", &of_token(token)), 201);
    said(shop.post_instrument(&of_token(token)), 422);
    let owned = with(coded(AMEX), &[("customer", json!({ "email": "ada@example.com" }))]);
    let id = said(shop.send_once("l", "POST", "/instruments", &owned), 201)["id"].clone();
    said(shop.instrument(id.as_str().expect("an id")), 200);
    said(shop.get("ada@example.com"), 200);
    kassa.is_healthy();
}
