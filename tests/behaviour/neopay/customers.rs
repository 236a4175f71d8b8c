//! Neopay's customers: the same record as the others', its e-mail addresses unique (contract, section 5).

use kassa_tests::drivers::buyer::UNUSED_CARD;
use kassa_tests::drivers::neopay::{Client, FIELDS, customer, is_error, is_invalid};
use kassa_tests::drivers::neuro_pay::{self, with};
use kassa_tests::http::names;
use kassa_tests::{Engine, Server, at_once, on_each_engine, on_one_engine};
use serde_json::{Value, json};

on_each_engine!(
    a_customer_is_made_read_and_changed,
    what_is_sent_back_changes_nothing,
    a_change_names_its_customer_in_the_path_or_the_body,
    null_clears_what_is_optional,
    an_e_mail_address_is_one_customers,
    of_changes_to_one_address_one_wins,
    an_application_keeps_its_key,
    a_key_has_one_effect,
);
on_one_engine!(
    every_wrong_field_is_named,
    a_number_that_may_stand_in_a_field_is_kept_and_an_error_repeats_none,
);

const NOBODYS: &str = "00000000-0000-4000-8000-000000000000";

#[track_caller]
fn id(customer: &Value) -> &str {
    customer["id"].as_str().expect("an id")
}

/// The same id as Neuro-Pay writes it.
#[track_caller]
fn hex(customer: &Value) -> String {
    id(customer).replace('-', "")
}

/// A customer's address alone.
fn email(address: &str) -> Value {
    json!({ "email": address })
}

/// Does the same from many threads at once; answers the statuses in order.
fn statuses(threads: usize, work: impl Fn(usize) -> u16 + Sync) -> Vec<u16> {
    let mut statuses = at_once(threads, work);
    statuses.sort_unstable();
    statuses
}

fn a_customer_is_made_read_and_changed(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let made = shop.create(&customer());
    let mut fields = FIELDS;
    fields.sort_unstable();
    assert_eq!(names(&made), fields);
    for (name, value) in customer().as_object().expect("an object") {
        assert_eq!(&made[name], value, "{name}");
    }
    assert_eq!(made["country"], Value::Null);
    assert_eq!(shop.customer(id(&made)), made);
    assert_eq!(shop.customer(&id(&made).to_uppercase()), made);
    let changed = shop.change(id(&made), &json!({ "name": " Ada ", "country": "FR", "unknown": 1 }));
    assert_eq!(changed, with(made.clone(), &[("name", json!("Ada")), ("country", json!("FR"))]));
    assert_eq!(shop.customer(id(&made)), changed);
    let put = shop.send("PUT", &format!("/customers/{}", id(&made)), &json!({ "city": "Lyon" })).ok();
    assert_eq!(put["customer"], with(changed, &[("city", json!("Lyon"))]));
}

fn what_is_sent_back_changes_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let made = shop.create(&customer());
    assert_eq!(shop.change(id(&made), &made), made);
    assert_eq!(shop.change(id(&made), &json!({})), made);
    assert_eq!(shop.customer(id(&made)), made);
}

fn a_change_names_its_customer_in_the_path_or_the_body(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let made = shop.create(&customer());
    let patch = |body: &Value| shop.send("PATCH", "/customers", body);
    let by_id = patch(&json!({ "id": id(&made).to_uppercase(), "email": "new@example.com" })).ok();
    assert_eq!(by_id["customer"], with(made.clone(), &[("email", json!("new@example.com"))]));
    let by_email = patch(&json!({ "email": "NEW@example.com", "city": "Lyon" })).ok();
    // The address that finds the customer is no new value.
    assert_eq!(by_email["customer"], with(by_id["customer"].clone(), &[("city", json!("Lyon"))]));
    for neither in [json!({ "city": "Lyon" }), json!({ "id": null, "email": "" }), json!({})] {
        is_invalid(&patch(&neither), &["id", "email"]);
    }
    is_error(&patch(&email("unknown@example.com")), 404);
    for unknown in [NOBODYS, "nobody", &hex(&made)] {
        is_error(&patch(&json!({ "id": unknown })), 404);
        is_error(&shop.update(unknown, &json!({})), 404);
        is_error(&shop.retrieve(unknown), 404);
        is_invalid(&shop.update(id(&made), &json!({ "id": unknown })), &["id"]);
    }
    assert_eq!(shop.change(id(&made), &json!({ "id": id(&made) })), by_email["customer"]);
}

fn null_clears_what_is_optional(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let made = shop.create(&with(customer(), &[("country", json!("FR"))]));
    for (number, name) in FIELDS.iter().filter(|name| !matches!(**name, "id" | "email")).enumerate() {
        let nothing = [json!(null), json!(""), json!(" \t")][number % 3].clone();
        assert_eq!(shop.change(id(&made), &json!({ *name: nothing }))[name], Value::Null, "{name}");
    }
    for nothing in [json!(null), json!(""), json!("  ")] {
        is_invalid(&shop.update(id(&made), &json!({ "email": nothing })), &["email"]);
        is_invalid(&shop.send("POST", "/customers", &json!({ "email": nothing })), &["email"]);
    }
    assert_eq!(shop.customer(id(&made))["email"], made["email"]);
}

fn an_e_mail_address_is_one_customers(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let (shop, other) = (Client::new(&kassa, &merchant), neuro_pay::Client::new(&kassa, &merchant));
    let made = shop.create(&email("ada@example.com"));
    let second = shop.create(&email("eve@example.com"));
    let taken = shop.send("POST", "/customers", &email("ADA@Example.com"));
    assert_eq!(is_error(&taken, 422), "The email has already been taken.");
    is_invalid(&shop.update(id(&second), &email("Ada@example.com")), &["email"]);
    is_invalid(
        &shop.send("PATCH", "/customers", &json!({ "id": second["id"], "email": "ada@example.com" })),
        &["email"],
    );
    assert_eq!(shop.customer(id(&second)), second);
    // Its own address in other letters is no change of whose it is.
    assert_eq!(shop.change(id(&made), &email("ADA@example.com"))["email"], "ADA@example.com");
    // Another API may have made a second one; the oldest is found, and each keeps its address.
    let twin = other.create_customer();
    let found = shop.send("PATCH", "/customers", &json!({ "email": "ada@example.com", "city": "Lyon" })).ok();
    assert_eq!(found["customer"]["id"], made["id"]);
    let twin = shop.list("?email=ada@example.com")["data"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| hex(one) == twin["customer_id"])
        .expect("the twin is listed")
        .clone();
    assert_eq!(
        shop.change(id(&twin), &json!({ "email": "ada@example.com", "city": "Nice" }))["city"],
        "Nice"
    );
    // Another application, and the other mode, have their own addresses.
    Client::fresh(&kassa).create(&email("ada@example.com"));
    Client::new(&kassa, &kassa.credentials(&merchant.name, "live")).create(&email("ada@example.com"));
}

fn of_changes_to_one_address_one_wins(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let made: Vec<Value> = (0..16).map(|number| shop.create(&email(&format!("{number}@b")))).collect();
    let statuses = statuses(16, |thread| shop.update(id(&made[thread]), &email("wanted@b")).status);
    assert_eq!(statuses, [vec![200], vec![422; 15]].concat());
    assert_eq!(shop.list("?email=wanted@b")["data"].as_array().map(Vec::len), Some(1));
}

fn every_wrong_field_is_named(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let long = "å".repeat(256);
    let wrong: [(&str, Vec<Value>); 12] = [
        ("name", vec![json!(1), json!(long), json!("a\u{0}b")]),
        ("email", vec![json!(1), json!("ada"), json!("a b@c"), json!(format!("{long}@b"))]),
        ("phone", vec![json!(70), json!(long)]),
        ("city", vec![json!(["Paris"]), json!(long)]),
        ("state", vec![json!({}), json!(long)]),
        ("country", vec![json!(33), json!("FRA"), json!("F1"), json!("é")]),
        ("zip_code", vec![json!(70123), json!(long)]),
        ("street", vec![json!(true), json!(long)]),
        ("house_number", vec![json!(33), json!(3.5), json!(long)]),
        ("currency", vec![json!(978), json!("EU"), json!("EURO"), json!("E€R")]),
        ("tax_number", vec![json!(99), json!(long)]),
        ("company_number", vec![json!(9), json!(long)]),
    ];
    let made = shop.create(&customer());
    for (name, values) in &wrong {
        for value in values {
            let body = json!({ "email": "new@example.com", *name: value });
            is_invalid(&shop.send("POST", "/customers", &body), &[name]);
            is_invalid(&shop.update(id(&made), &json!({ *name: value })), &[name]);
        }
    }
    let all: Value = wrong.iter().map(|(name, values)| ((*name).to_owned(), values[0].clone())).collect();
    let answer = shop.send("POST", "/customers", &all);
    is_invalid(&answer, &wrong.each_ref().map(|(name, _)| *name));
    assert!(is_error(&answer, 422).ends_with(" (and 11 more errors)"));
    assert_eq!(shop.list("")["data"], json!([made]));
    let longest = "å".repeat(255);
    let fields = [("name", json!(longest)), ("tax_number", json!(longest)), ("email", json!("long@b"))];
    assert_eq!(shop.create(&with(customer(), &fields))["name"], longest);
}

fn a_number_that_may_stand_in_a_field_is_kept_and_an_error_repeats_none(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let numbers = ["phone", "tax_number", "company_number"].map(|name| (name, json!(UNUSED_CARD)));
    let made = shop.create(&with(customer(), &numbers));
    for name in ["phone", "tax_number", "company_number"] {
        assert_eq!(made[name], UNUSED_CARD);
    }
    // An error never says it again.
    for answer in [
        shop.send("DELETE", "/customers/4242424242424242", &json!({})).expect(405),
        shop.get("/4242424242424242").expect(404),
        shop.send("POST", "/customers", &json!({ "4242424242424242": 1, "name": "4242 4242-4242 4242" }))
            .expect(422),
        shop.try_send("POST", "/customers", &[], br#"{"4242424242424242":1,"4242424242424242":2}"#)
            .expect("an answer")
            .expect(400),
    ] {
        assert!(!answer.text().contains("4242"), "{}", answer.text());
    }
    assert!(!kassa.log().contains("4242424242424242"));
}

fn an_application_keeps_its_key(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let second = Client::new(&kassa, &kassa.credentials(&merchant.name, "test"));
    let live = Client::new(&kassa, &kassa.credentials(&merchant.name, "live"));
    // An application is a merchant in one mode.
    assert_eq!(shop.app_key(), second.app_key());
    assert_ne!(shop.app_key(), live.app_key());
}

fn a_key_has_one_effect(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let twice = |method: &str, path: &str, body: &Value| {
        let first = shop.send_once("k", method, path, body).expect(200);
        let again = shop.send_once("k", method, path, body).expect(200);
        assert!(!first.is_replay() && again.is_replay(), "{method} {path}");
        assert_eq!(first.body, again.body);
        first.json()["customer"].take()
    };
    let made = twice("POST", "/customers", &customer());
    let path = format!("/customers/{}", id(&made));
    twice("PATCH", &path, &json!({ "city": "Lyon" }));
    twice("PUT", &path, &json!({ "city": "Nice" }));
    twice("PATCH", "/customers", &json!({ "id": id(&made), "city": "Brest" }));
    twice("PUT", "/customers", &json!({ "id": id(&made), "city": "Arles" }));
    let other = shop.send_once("k", "PATCH", &path, &json!({ "city": "Metz" }));
    is_invalid(&other, &["Idempotency-Key"]);
    assert_eq!(shop.customer(id(&made))["city"], "Arles");
}
