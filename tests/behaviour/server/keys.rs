//! Credentials and merchants from the command line.

use std::time::Duration;

use kassa_tests::drivers::neuro_pay::{Client, customer, is_error};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Merchant, Server, eventually, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    a_merchant_is_made_once_and_credentials_each_time,
    keys_are_listed_without_their_secrets,
    a_made_key_works_while_the_server_runs,
    a_revoked_key_is_refused_at_once_and_others_work_on,
    a_rolled_key_works_on_for_its_overlap,
    what_is_no_key_or_no_merchant_is_said,
    a_checkout_is_withdrawn,
    a_checkout_that_is_no_longer_open_is_not_withdrawn,
    checkouts_close_by_themselves_after_their_life,
    frame_origins_are_set_and_listed,
);

/// A merchant's keys of this file's API; a set of credentials has keys of every API.
fn keys_of(kassa: &Server, merchant: &Merchant) -> Vec<Value> {
    let mut keys = kassa.command(&["key", "list", "--merchant", &merchant.name, "--json"]).done().lines();
    keys.retain(|key| key["api"] == "neuro-pay");
    keys
}

fn state(kassa: &Server, merchant: &Merchant, id: &Value) -> Value {
    let keys = keys_of(kassa, merchant);
    keys.iter().find(|key| key["id"] == *id).expect("the key is listed")["state"].clone()
}

fn works(shop: &Client) {
    shop.post("/checkout/create-customer", &customer()).expect(200);
}

fn a_merchant_is_made_once_and_credentials_each_time(engine: Engine) {
    let kassa = Server::shared(engine);
    let first = kassa.merchant();
    let made = &first.made;
    assert_eq!((&made["name"], &made["mode"]), (&json!(first.name), &json!("test")));
    assert_eq!(made["neuro_pay"]["base_url"], format!("{}/neuro-pay", kassa.url()));
    let key = made["neuro_pay"]["api_key"].as_str().expect("a key");
    assert!(
        key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
        "{key}"
    );
    let second = kassa.credentials(&first.name, "live");
    assert_eq!(second.made["merchant_id"], made["merchant_id"]);
    assert_eq!(second.made["mode"], "live");
    assert_eq!(keys_of(&kassa, &first).len(), 2);
    let listed = kassa.command(&["merchant", "list", "--json"]).done().lines();
    assert_eq!(listed.iter().filter(|merchant| merchant["name"] == *first.name).count(), 1);
}

fn keys_are_listed_without_their_secrets(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let secret = Client::new(&kassa, &merchant).key().to_owned();
    let keys = keys_of(&kassa, &merchant);
    assert_eq!(keys.len(), 1);
    let key = &keys[0];
    assert_eq!(
        (&key["api"], &key["mode"], &key["state"]),
        (&json!("neuro-pay"), &json!("test"), &json!("active"))
    );
    assert_eq!(key["last_four"], secret[28..]);
    for arguments in [&["key", "list"][..], &["key", "list", "--json"], &["merchant", "list", "--json"]] {
        let output = kassa.command(arguments).done();
        assert!(!output.stdout.contains(&secret) && !output.stderr.contains(&secret));
        assert!(output.stdout.contains(&merchant.name));
    }
}

fn a_made_key_works_while_the_server_runs(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let arguments =
        ["key", "create", "--merchant", &merchant.name, "--mode", "test", "--api", "neuro-pay", "--json"];
    let made = kassa.command(&arguments).done().json();
    let shop = Client::with_key(&kassa, made["api_key"].as_str().expect("a key"));
    let theirs = Client::new(&kassa, &merchant).create_customer();
    assert_eq!(shop.retrieve_customer(theirs["customer_id"].as_str().expect("an id")).ok(), theirs);
    assert_eq!(state(&kassa, &merchant, &made["key_ids"][0]), "active");
}

/// The answer with this status: on SQLite a server sees at once what a command did, on PostgreSQL within a second.
fn seen(engine: Engine, ask: impl Fn() -> Answer, status: u16) -> Answer {
    match engine {
        Engine::Sqlite => ask(),
        Engine::Postgres => eventually(Duration::from_secs(3), "what the command did is seen", || {
            Some(ask()).filter(|answer| answer.status == status)
        }),
    }
}

fn a_revoked_key_is_refused_at_once_and_others_work_on(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let (first, second) =
        (Client::new(&kassa, &merchant), Client::new(&kassa, &kassa.credentials(&merchant.name, "test")));
    works(&first);
    let id = keys_of(&kassa, &merchant)[0]["id"].clone();
    kassa.command(&["key", "revoke", &id.to_string()]).done();
    let refused = seen(engine, || first.post("/checkout/create-customer", &customer()), 403);
    is_error(&refused, 403);
    works(&second);
    assert_eq!(state(&kassa, &merchant, &id), "revoked");
    // Again is as good as once.
    kassa.command(&["key", "revoke", &id.to_string()]).done();
    kassa.command(&["key", "roll", &id.to_string(), "--overlap", "1"]).failed(1);
}

fn a_rolled_key_works_on_for_its_overlap(engine: Engine) {
    let kassa = Server::shared(engine);
    for (overlap, status, word) in [("1", 200, "expiring"), ("0", 403, "expired")] {
        let merchant = kassa.merchant();
        let old = Client::new(&kassa, &merchant);
        let id = keys_of(&kassa, &merchant)[0]["id"].clone();
        let rolled =
            kassa.command(&["key", "roll", &id.to_string(), "--overlap", overlap, "--json"]).done().json();
        assert_eq!(rolled["old_key_id"], id);
        works(&Client::with_key(&kassa, rolled["api_key"].as_str().expect("a key")));
        seen(engine, || old.post("/checkout/create-customer", &customer()), status).expect(status);
        assert_eq!(state(&kassa, &merchant, &id), word);
        assert_eq!(state(&kassa, &merchant, &rolled["key_id"]), "active");
    }
}

fn what_is_no_key_or_no_merchant_is_said(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    for arguments in [
        &["key", "revoke", "999999999"][..],
        &["key", "roll", "999999999", "--overlap", "1"],
        &["key", "create", "--merchant", "Nobody", "--mode", "test", "--api", "neuro-pay"],
        &["key", "list", "--merchant", "Nobody"],
        &["merchant", "set", "Nobody", "--checkout-life", "1h"],
        &["merchant", "set", &merchant.name],
        &["merchant", "set", &merchant.name, "--checkout-life", "soon"],
        &["merchant", "set", &merchant.name, "--checkout-life", "0s"],
        &["merchant", "set", &merchant.name, "--frame-origin", "shop.example"],
        &["merchant", "set", &merchant.name, "--frame-origin", "https://shop.example/path"],
        &["merchant", "set", &merchant.name, "--frame-origin", "https://*"],
        &["merchant", "set", &merchant.name, "--frame-origin", "https:shop.example"],
        &["merchant", "set", &merchant.name, "--frame-origin", "https://*.example; script-src *"],
        &["merchant", "create", "--name", " ", "--mode", "test"],
        &["merchant", "create", "--name", "4242 4242 4242 4242", "--mode", "test"],
        &["checkout", "revoke", "00000000000040008000000000000000"],
    ] {
        let output = kassa.command(arguments);
        assert_eq!(output.code, Some(1), "{arguments:?}: {output:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}: {output:?}");
        assert!(!output.stderr.contains("panicked"), "{output:?}");
    }
    for arguments in [
        &["key", "create", "--merchant", &merchant.name, "--mode", "test", "--api", "paypal"][..],
        &["key", "create", "--merchant", &merchant.name, "--mode", "both", "--api", "neuro-pay"],
        &["checkout", "revoke", "x"],
        &["key", "roll", "1", "--overlap", "-1"],
        &["key", "roll", "1", "--overlap", "9000"],
        &["key", "revoke", "one"],
        &["merchant", "create", "--name", "Acme"],
        &["checkout", "revoke"],
        &["merchant", "set", &merchant.name, "--colour", "red"],
        &["sell"],
    ] {
        let output = kassa.command(arguments);
        assert_eq!(output.code, Some(2), "{arguments:?}: {output:?}");
    }
}

fn a_checkout_is_withdrawn(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for status in ["created", "failed"] {
        let checkout = shop.in_status(&kassa, status);
        let output = kassa.command(&["checkout", "revoke", &checkout.id, "--json"]).done().json();
        assert_eq!(output, json!({ "checkout_id": checkout.id, "status": "revoked" }));
        assert_eq!(checkout.now()["status"], "revoked");
        let page = checkout.buyer().open().expect(200);
        assert!(
            page.text().contains("This payment page is closed") && !page.text().contains("name=\"form\"")
        );
        assert!(page.text().contains("https://shop.example/"), "the page links to the shop");
    }
}

fn a_checkout_that_is_no_longer_open_is_not_withdrawn(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for status in ["paid", "reserved", "partialRefund", "refunded", "reserve released", "canceled", "revoked"]
    {
        let checkout = shop.in_status(&kassa, status);
        kassa.command(&["checkout", "revoke", &checkout.id]).failed(1);
        assert_eq!(checkout.now()["status"], status);
    }
}

fn checkouts_close_by_themselves_after_their_life(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let early = shop.create();
    kassa.command(&["merchant", "set", &merchant.name, "--checkout-life", "1s"]).done();
    let (unpaid, declined, paid) = (shop.create(), shop.create(), shop.create());
    declined.buyer().pay("4000000000000002");
    paid.buyer().pay("4242424242424242");
    for checkout in [&unpaid, &declined] {
        let is_revoked = || (checkout.now()["status"] == "revoked").then_some(());
        eventually(Duration::from_secs(10), "the checkout is revoked", is_revoked);
        assert!(checkout.buyer().open().expect(200).text().contains("This payment page is closed"));
    }
    assert_eq!(paid.now()["status"], "paid");
    // Who was made before the setting has no end, and off means off.
    assert_eq!(early.now()["status"], "created");
    let life = || {
        let listed = kassa.command(&["merchant", "list", "--json"]).done().lines();
        listed.iter().find(|one| one["name"] == *merchant.name).expect("it is listed")["checkout_life"]
            .clone()
    };
    assert_eq!(life(), "1s");
    kassa.command(&["merchant", "set", &merchant.name, "--checkout-life", "off"]).done();
    assert_eq!(life(), Value::Null);
}

fn frame_origins_are_set_and_listed(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let origins = || {
        let listed = kassa.command(&["merchant", "list", "--json"]).done().lines();
        listed.iter().find(|one| one["name"] == *merchant.name).expect("it is listed")["frame_origins"]
            .clone()
    };
    let set =
        |more: &[&str]| kassa.command(&[&["merchant", "set", &merchant.name][..], more].concat()).done();
    set(&["--frame-origin", "https://shop.example", "--frame-origin", "http://localhost:3000"]);
    assert_eq!(origins(), json!(["https://shop.example", "http://localhost:3000"]));
    set(&["--checkout-life", "1h"]);
    assert_eq!(origins(), json!(["https://shop.example", "http://localhost:3000"]));
    set(&["--frame-origin", "none"]);
    assert_eq!(origins(), json!([]));
}
