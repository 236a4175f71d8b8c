//! NeroPay: who asks, for which account, and whether the request is signed.

use std::cell::Cell;

use kassa_tests::drivers::nero_pay::{Client, SIGNATURE, TIMESTAMP, data, is_error, now, sign};
use kassa_tests::{Engine, Server, on_each_engine, on_one_engine};
use serde_json::json;

on_each_engine!(
    a_write_without_a_whole_signature_has_no_effect,
    a_deletion_may_be_signed,
    a_key_works_for_its_own_account_only,
);
on_one_engine!(
    a_timestamp_may_be_300_seconds_off,
    what_is_signed_is_the_timestamp_and_the_raw_body,
    things_are_looked_at_in_the_vendors_order,
    with_test_keys_it_is_said_what_is_wrong_with_a_signature,
);

const VALIDATION: &str = "validation_failed";
const NOT_FOUND: &str = "resource_not_found";
const CONFLICT: &str = "idempotency_conflict";
const UNSIGNED: &str = "invalid_signature";

fn body() -> Vec<u8> {
    json!({ "name": "Ada Byron", "email": "ada@example.org" }).to_string().into_bytes()
}

fn count(shop: &Client) -> usize {
    data(&shop.get("/customers?limit=100"), 200).as_array().expect("a list").len()
}

fn a_timestamp_may_be_300_seconds_off(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let made = Cell::new(0);
    // On a busy machine a second passes between signing and looking, so the answer is judged within one second.
    let within_a_second = |offset: i64| loop {
        let begun = now();
        let timestamp = begun.checked_add_signed(offset).expect("a time");
        let answer = shop.send_at(timestamp, "POST", "/customers", &[], &body());
        made.set(made.get() + usize::from(answer.status == 201));
        if now() == begun {
            return answer;
        }
    };
    for offset in [-300, -299, 0, 299, 300] {
        data(&within_a_second(offset), 201);
    }
    for offset in [-301, -100_000, 301, 100_000] {
        is_error(&within_a_second(offset), 401, UNSIGNED);
    }
    assert_eq!(count(&shop), made.get());
}

fn what_is_signed_is_the_timestamp_and_the_raw_body(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let signed_at = now();
    let timestamp = signed_at.to_string();
    let odd = "{ \"name\":\t\"\\u0041da \\/ å\",\n\"email\": null }".as_bytes();
    let good = sign(shop.key(), &timestamp, odd);
    let send = |timestamp: &str, signature: &str, body: &[u8]| {
        shop.send("POST", "/customers", &[(TIMESTAMP, timestamp), (SIGNATURE, signature)], body)
    };
    assert_eq!(data(&send(&timestamp, &good, odd), 201)["name"], "Ada / å");
    data(&send(&timestamp, &good.to_uppercase(), odd), 201);
    let other_key = sign("nero_test_other", &timestamp, odd);
    let other_time = (signed_at - 1).to_string();
    let same_meaning = json!({ "name": "Ada / å", "email": null }).to_string();
    for (timestamp, signature, body) in [
        (timestamp.as_str(), other_key.as_str(), odd),
        (&other_time, &good, odd),
        (&timestamp, &good, same_meaning.as_bytes()),
        (&timestamp, &good, b""),
        (&timestamp, &good[..62], odd),
        (&timestamp, &format!("sha256={good}"), odd),
        (&timestamp, "", odd),
        ("", &sign(shop.key(), "", odd), odd),
        ("now", &sign(shop.key(), "now", odd), odd),
    ] {
        is_error(&send(timestamp, signature, body), 401, UNSIGNED);
    }
    assert_eq!(count(&shop), 2);
}

fn a_write_without_a_whole_signature_has_no_effect(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let made = shop.create_customer(&json!({}));
    let path = format!("/customers/{}", made["id"]);
    let timestamp = now().to_string();
    let signature = sign(shop.key(), &timestamp, &body());
    for headers in [&[][..], &[(TIMESTAMP, timestamp.as_str())], &[(SIGNATURE, signature.as_str())]] {
        is_error(&shop.send("POST", "/customers", headers, &body()), 401, UNSIGNED);
        is_error(&shop.send("POST", "/categories", headers, &body()), 401, UNSIGNED);
        is_error(&shop.send("PATCH", &path, headers, &body()), 401, UNSIGNED);
    }
    assert_eq!(data(&shop.get("/customers"), 200), json!([made]));
    assert_eq!(data(&shop.get("/categories"), 200), json!([]));
}

fn a_deletion_may_be_signed(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let category = || {
        let made = data(&shop.post("/categories", &json!({ "name": "Drinks" })), 201);
        format!("/categories/{}", made["id"])
    };
    let (one, other) = (category(), category());
    let timestamp = now().to_string();
    let wrong = sign(shop.key(), &timestamp, b"{}");
    is_error(&shop.send("DELETE", &one, &[(TIMESTAMP, &timestamp), (SIGNATURE, &wrong)], b""), 401, UNSIGNED);
    is_error(&shop.send("DELETE", &one, &[(TIMESTAMP, &timestamp)], b""), 401, UNSIGNED);
    data(&shop.signed("DELETE", &one, &[], b""), 200);
    data(&shop.delete(&other), 200);
}

fn things_are_looked_at_in_the_vendors_order(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let used = json!({ "name": "Ada" });
    shop.post_once("used", "/customers", &used).expect(201);
    let used_elsewhere = "/customers/1";
    is_error(&shop.signed("PATCH", used_elsewhere, &[("idempotency-key", "used")], b"{}"), 404, NOT_FOUND);
    let mut stranger = vec![("neropay-account", "NP00000000_1")];
    // Everything is wrong but for what was looked at before.
    is_error(&shop.send("POST", "/customers", &stranger, b"{"), 404, "account_not_found");
    stranger.clear();
    is_error(&shop.send("POST", "/customers", &[("idempotency-key", "used")], b"{"), 401, UNSIGNED);
    let large = vec![b'x'; 64 * 1024 + 1];
    is_error(&shop.send("POST", "/customers", &[("idempotency-key", "used")], &large), 413, VALIDATION);
    let send = |key: &str, body: &[u8]| shop.signed("POST", "/customers", &[("idempotency-key", key)], body);
    is_error(&send("a b", b"{"), 422, VALIDATION);
    is_error(&send("used", b"{"), 409, CONFLICT);
    is_error(&send("used", b"{}"), 409, CONFLICT);
    is_error(&send("fresh", b"{"), 422, VALIDATION);
    is_error(&shop.patch("/customers/1", &json!({ "name": "" })), 422, VALIDATION);
    is_error(&shop.patch("/customers/1", &json!({ "name": "Ada" })), 404, NOT_FOUND);
    assert_eq!(count(&shop), 1);
}

fn with_test_keys_it_is_said_what_is_wrong_with_a_signature(engine: Engine) {
    let kassa = Server::shared(engine);
    let owner = kassa.merchant();
    let live = Client::new(&kassa, &kassa.credentials(&owner.name, "live"));
    let said = |shop: &Client, timestamp: Option<u64>, key: &str| {
        let timestamp = timestamp.map(|at| at.to_string());
        let signed = timestamp.as_ref().map(|at| (at.as_str(), sign(key, at, &body())));
        let headers: Vec<_> =
            signed.iter().flat_map(|(at, of)| [(TIMESTAMP, *at), (SIGNATURE, of.as_str())]).collect();
        let answer = shop.send("POST", "/customers", &headers, &body()).expect(401);
        answer.json()["error"]["message"].as_str().expect("words").to_owned()
    };
    let test = Client::new(&kassa, &owner);
    let vendors = "Write requests require a valid X-NeroPay-Timestamp and X-NeroPay-Signature.";
    for (timestamp, key, wrong) in [
        (None, test.key(), "is missing"),
        (Some(now() - 400), test.key(), "is stale"),
        (Some(now()), live.key(), "is wrong"),
    ] {
        let words = said(&test, timestamp, key);
        assert!(words.starts_with(vendors) && words.contains(wrong), "{words}");
    }
    for (timestamp, key) in [(None, live.key()), (Some(now() - 400), live.key()), (Some(now()), test.key())] {
        assert_eq!(said(&live, timestamp, key), vendors, "with live keys nothing is told");
    }
}

fn a_key_works_for_its_own_account_only(engine: Engine) {
    let kassa = Server::shared(engine);
    let owner = kassa.merchant();
    let shop = Client::new(&kassa, &owner);
    let live = Client::new(&kassa, &kassa.credentials(&owner.name, "live"));
    let other = Client::fresh(&kassa);
    assert!(shop.key().starts_with("nero_test_") && live.key().starts_with("nero_live_"));
    assert_eq!(shop.account(), live.account());
    assert_ne!(shop.account(), other.account());
    let list = |accounts: &[&str]| {
        let headers: Vec<_> = accounts.iter().map(|account| ("NeroPay-Account", *account)).collect();
        shop.send("GET", "/customers", &headers, b"")
    };
    for own in [shop.account().to_owned(), shop.account().to_lowercase()] {
        data(&list(&[&own]), 200);
        let headers = [("NeroPay-Account", own.as_str())];
        data(&shop.signed("POST", "/customers", &headers, &body()), 201);
    }
    for stranger in [other.account(), "", "NP", "x"] {
        is_error(&list(&[stranger]), 404, "account_not_found");
    }
    is_error(&list(&[shop.account(), shop.account()]), 404, "account_not_found");
}
