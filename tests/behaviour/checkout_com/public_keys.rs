//! What a stranger can do who has read a shop's public key from its page: hand in cards of their own, and nothing more.

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::checkout_com::{Client, is_error, is_invalid};
use kassa_tests::drivers::checkout_com_cards::card;
use kassa_tests::drivers::neuro_pay::with;
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, at_once, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    a_guessed_key_gives_nobody_the_token_of_another,
    whoever_takes_a_key_first_takes_it_from_nobody,
    a_refused_card_is_told_nothing_of_its_key,
    of_concurrent_requests_with_one_key_each_body_makes_one_token,
    the_access_token_of_a_server_shares_the_keys_of_the_page,
);

const MASTERCARD: &str = "5436031030606378";

fn page(shop: &Client) -> Client {
    shop.with_key(shop.credential("public_key"))
}

fn hand_in(page: &Client, key: &str, body: &Value) -> Answer {
    page.send_once(key, "POST", "/tokens", body)
}

fn of_ada() -> Value {
    let holder = json!({ "address_line1": "Storgatan 1", "city": "Lund", "country": "SE" });
    let phone = json!({ "country_code": "+46", "number": "70 123 45 67" });
    with(card(APPROVED), &[("name", json!("Ada Lovelace")), ("billing_address", holder), ("phone", phone)])
}

#[track_caller]
fn is_replay(answer: &Answer, of: &Answer) {
    assert_eq!(answer.header("idempotency-replayed"), Some("true"));
    assert_eq!((answer.status, &answer.body), (of.status, &of.body));
}

#[track_caller]
fn is_of_their_own(answer: &Answer, last4: &str) {
    let made = answer.json();
    assert_eq!((answer.status, &made["last4"]), (201, &json!(last4)), "{made}");
    assert!(answer.header("idempotency-replayed").is_none() && made["name"].is_null());
}

fn a_guessed_key_gives_nobody_the_token_of_another(engine: Engine) {
    let kassa = Server::shared(engine);
    let page = page(&Client::fresh(&kassa));
    let hers = hand_in(&page, "order-1", &of_ada()).expect(201);
    let guessed = hand_in(&page, "order-1", &card(MASTERCARD));
    is_of_their_own(&guessed, "6378");
    // The same card, and nothing known of its holder.
    is_of_their_own(&hand_in(&page, "order-1", &card(APPROVED)), "4242");
    is_replay(&hand_in(&page, "order-1", &of_ada()), &hers);
    is_replay(&hand_in(&page, "order-1", &card(MASTERCARD)), &guessed);
}

fn whoever_takes_a_key_first_takes_it_from_nobody(engine: Engine) {
    let kassa = Server::shared(engine);
    let page = page(&Client::fresh(&kassa));
    hand_in(&page, "order-1", &card(MASTERCARD)).expect(201);
    let hers = hand_in(&page, "order-1", &of_ada()).expect(201);
    assert_eq!(hers.json()["last4"], "4242");
    assert!(hers.header("idempotency-replayed").is_none());
    is_replay(&hand_in(&page, "order-1", &of_ada()), &hers);
}

fn a_refused_card_is_told_nothing_of_its_key(engine: Engine) {
    let kassa = Server::shared(engine);
    let page = page(&Client::fresh(&kassa));
    hand_in(&page, "order-1", &of_ada()).expect(201);
    is_invalid(&hand_in(&page, "order-1", &json!({})), &["token_type_required"]);
    let late = with(of_ada(), &[("expiry_year", json!(1999))]);
    is_invalid(&hand_in(&page, "order-1", &late), &["card_expiry_year_invalid"]);
    let torn = page.send("POST", "/tokens", &[("cko-idempotency-key", "order-1")], b"{");
    is_error(&torn, 400, "request_malformed", &["request_json_invalid"]);
}

fn of_concurrent_requests_with_one_key_each_body_makes_one_token(engine: Engine) {
    let kassa = Server::shared(engine);
    let page = page(&Client::fresh(&kassa));
    let bodies = [of_ada(), card(APPROVED), card(MASTERCARD)];
    let answers = at_once(30, |number| hand_in(&page, "order-1", &bodies[number % 3]));
    for kind in 0..3 {
        let answers: Vec<&Answer> = answers.iter().skip(kind).step_by(3).collect();
        let made: Vec<&&Answer> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert!(!made.is_empty() && made.iter().all(|answer| answer.body == made[0].body), "{answers:?}");
        let first = |answer: &&&&Answer| answer.header("idempotency-replayed").is_none();
        assert_eq!(made.iter().filter(first).count(), 1, "{answers:?}");
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            is_error(answer, 429, "request_invalid", &["duplicate_request"]);
        }
    }
    kassa.is_healthy();
}

/// A shop's credentials share its keys, so a server's access token is given what was made with the same body.
fn the_access_token_of_a_server_shares_the_keys_of_the_page(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let hers = hand_in(&page(&shop), "order-1", &of_ada()).expect(201);
    let server = shop.with_scope("vault:tokenization");
    is_of_their_own(&hand_in(&server, "order-1", &card(MASTERCARD)), "6378");
    is_replay(&hand_in(&server, "order-1", &of_ada()), &hers);
    is_invalid(&hand_in(&server, "order-1", &json!({})), &["token_type_required"]);
}
