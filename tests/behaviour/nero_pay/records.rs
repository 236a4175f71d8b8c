//! NeroPay: customers and categories, lists, what may be switched off, and the record that it shares with the other APIs.

use std::collections::HashSet;

use kassa_tests::drivers::buyer::UNUSED_CARD;
use kassa_tests::drivers::nero_pay::{Client, data, is_error};
use kassa_tests::drivers::{checkout_com, neopay};
use kassa_tests::{Engine, Server, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    a_customer_is_made_read_changed_and_listed,
    null_clears_what_is_optional_and_nothing_clears_the_name,
    lists_come_newest_first_in_pages,
    a_search_looks_into_name_email_and_phone,
    a_plus_sign_in_a_query_is_a_space_or_itself,
    limits_and_forms_of_fields_are_kept,
    categories_are_made_listed_and_deleted,
    what_a_merchant_switches_off_is_not_there,
    a_key_replays_and_another_body_conflicts,
    an_address_line_is_a_street_and_a_house_number_elsewhere,
    a_phone_in_two_parts_reads_as_one_text,
);

const VALIDATION: &str = "validation_failed";
const NOT_FOUND: &str = "resource_not_found";
const CONFLICT: &str = "idempotency_conflict";

fn count(shop: &Client) -> usize {
    data(&shop.get("/customers?limit=100"), 200).as_array().expect("a list").len()
}

fn a_customer_is_made_read_changed_and_listed(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let fields = json!({
        "name": "Jane Customer", "email": "Jane@Example.com", "phone": "01234567890",
        "address1": "1 High Street", "city": "Leeds", "postcode": "LS1 1AA",
    });
    let made = data(&shop.post("/customers", &fields), 201);
    for (name, value) in fields.as_object().expect("an object") {
        assert_eq!(made[name], *value);
    }
    assert!(made["id"].as_i64().is_some_and(|id| id > 1000), "{made}");
    assert_eq!(made["created_at"], made["updated_at"]);
    assert_eq!(shop.customer(&made["id"]), made);
    let mut changed = shop.change(&made["id"], &json!({ "city": "York" }));
    assert_eq!(changed["city"], "York");
    assert_eq!(shop.customer(&made["id"]), changed);
    assert_eq!(data(&shop.get("/customers"), 200), json!([changed]));
    for name in ["city", "updated_at"] {
        changed[name] = made[name].clone();
    }
    assert_eq!(changed, made);
    // Nothing named is nothing changed, and two may have one address.
    assert_eq!(shop.change(&made["id"], &json!({}))["city"], "York");
    let second = shop.create_customer(&json!({ "email": "JANE@example.com" }));
    let found = data(&shop.get("/customers?email=jane%40EXAMPLE.com"), 200);
    let ids: Vec<&Value> = found.as_array().expect("a list").iter().map(|found| &found["id"]).collect();
    assert_eq!(ids, [&second["id"], &made["id"]]);
}

fn null_clears_what_is_optional_and_nothing_clears_the_name(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for nothing in [json!(null), json!("")] {
        let names = ["email", "phone", "address1", "city", "postcode"];
        let fields = json!({
            "email": "a@b.c", "phone": "1", "address1": "Street 1", "city": "Leeds", "postcode": "1",
        });
        let made = shop.create_customer(&fields);
        for name in names {
            let cleared = shop.change(&made["id"], &json!({ name: nothing }));
            assert_eq!(cleared[name], Value::Null);
        }
        let cleared = shop.customer(&made["id"]);
        assert!(names.iter().all(|name| cleared[*name].is_null()), "{cleared}");
        let refused = shop.patch(&format!("/customers/{}", made["id"]), &json!({ "name": nothing }));
        assert_eq!(is_error(&refused, 422, VALIDATION)["name"], json!(["The name field is required."]));
        let refused = shop.post("/customers", &json!({ "name": nothing, "email": "a@b.c" }));
        is_error(&refused, 422, VALIDATION);
        let bare = shop.create_customer(&json!({ "email": nothing, "phone": nothing }));
        assert_eq!((&bare["email"], &bare["phone"]), (&Value::Null, &Value::Null));
    }
    is_error(&shop.post("/customers", &json!({ "name": " \t" })), 422, VALIDATION);
    is_error(&shop.post("/customers", &json!({})), 422, VALIDATION);
}

fn lists_come_newest_first_in_pages(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let mut made: Vec<Value> = (0..7).map(|_| shop.create_customer(&json!({}))["id"].clone()).collect();
    made.reverse();
    let ids = |query: &str| -> Vec<Value> {
        let found = data(&shop.get(&format!("/customers{query}")), 200);
        found.as_array().expect("a list").iter().map(|found| found["id"].clone()).collect()
    };
    assert_eq!(ids(""), made);
    assert_eq!(ids("?limit=3"), made[..3]);
    assert_eq!(ids("?limit=3&page=2"), made[3..6]);
    assert_eq!(ids("?limit=3&page=3"), made[6..]);
    assert_eq!(ids("?limit=3&page=2&q=ada"), made[3..6]);
    assert_eq!(ids("?limit=3&page=4"), [] as [Value; 0]);
    assert_eq!(ids("?limit=100&page=9223372036854775807"), [] as [Value; 0]);
    assert_eq!(ids("?page=12345"), [] as [Value; 0]);
    for (query, wrong) in [
        ("?limit=0", "limit"),
        ("?limit=101", "limit"),
        ("?limit=ten", "limit"),
        ("?page=0", "page"),
        ("?page=-1", "page"),
        ("?page=1.5", "page"),
    ] {
        for list in ["/customers", "/categories"] {
            let details = is_error(&shop.get(&format!("{list}{query}")), 422, VALIDATION);
            assert!(details[wrong].is_array(), "{details}");
        }
    }
    is_error(&shop.get("/customers?email=%00"), 422, VALIDATION);
}

fn a_search_looks_into_name_email_and_phone(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.create_customer(&json!({ "email": "Countess@Example.org", "phone": "+44 20 7946" }));
    let asa = data(&shop.post("/customers", &json!({ "name": "ÅSA Öst", "city": "Byron Bay" })), 201);
    let found = |query: &str| data(&shop.get(&format!("/customers?q={query}")), 200);
    assert_eq!(found("byron"), json!([ada]));
    assert_eq!(found("COUNTESS%40"), json!([ada]));
    assert_eq!(found("20+7946"), json!([ada]));
    assert_eq!(found("%C3%A5sa"), json!([asa]));
    assert_eq!(found("a"), json!([asa, ada]));
    assert_eq!(found(""), json!([asa, ada]));
    assert_eq!(found("%25"), json!([]));
    assert_eq!(found("%FF"), json!([]));
    assert_eq!(found("ada&email=nobody%40example.org"), json!([]));
    assert_eq!(found("ada&email=countess%40example.org"), json!([ada]));
    assert_eq!(found("bay"), json!([]));
}

fn a_plus_sign_in_a_query_is_a_space_or_itself(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.create_customer(&json!({ "name": "Ada Byron", "phone": "+44 20 7946" }));
    let bo = shop.create_customer(&json!({ "name": "Bo + Co", "email": "bo+shop@example.org" }));
    let found = |query: &str| data(&shop.get(&format!("/customers?{query}")), 200);
    for query in ["q=+44", "q=+44+20", "q=%2B44%2020", "q=44+20", "q=ada+b"] {
        assert_eq!(found(query), json!([ada]), "{query}");
    }
    for query in ["q=bo+shop@", "q=bo%2Bshop%40", "q=bo+++c", "q=bo+%2B+c", "email=bo+shop@example.org"] {
        assert_eq!(found(query), json!([bo]), "{query}");
    }
}

fn limits_and_forms_of_fields_are_kept(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let longest = "å".repeat(255);
    let made = shop.create_customer(&json!({
        "name": longest, "phone": longest, "address1": longest, "city": longest, "postcode": &longest[..40],
        "email": format!("{}@b", "a".repeat(253)),
    }));
    assert_eq!(made["name"], longest);
    let too_long = format!("{longest}a");
    let card = "4242 4242 4242 4242";
    let cases: Vec<(&str, Value)> = ["name", "phone", "address1", "city"]
        .into_iter()
        .map(|name| (name, json!(too_long)))
        .chain(["name", "address1", "city"].map(|name| (name, json!(card))))
        .chain(["name", "email", "phone", "address1", "city", "postcode"].map(|name| (name, json!(1))))
        .chain([
            ("postcode", json!("1".repeat(21))),
            ("email", json!(format!("{}@b", "a".repeat(254)))),
            ("email", json!("ada")),
            ("name", json!("a\u{0}")),
            ("phone", json!(["1"])),
            ("phone", json!({})),
            ("phone", json!(true)),
        ])
        .collect();
    for (name, value) in cases {
        let mut body = json!({ "name": "Ada" });
        body[name] = value;
        let details = is_error(&shop.post("/customers", &body), 422, VALIDATION);
        let named: Vec<&String> = details.as_object().expect("details").keys().collect();
        assert_eq!(named, [name], "{body}");
        is_error(&shop.patch(&format!("/customers/{}", made["id"]), &body), 422, VALIDATION);
    }
    let all = json!({ "name": 1, "email": "x", "postcode": [], "city": card });
    let details = is_error(&shop.post("/customers", &all), 422, VALIDATION);
    let named: HashSet<&str> = details.as_object().expect("details").keys().map(String::as_str).collect();
    assert_eq!(named, HashSet::from(["name", "email", "postcode", "city"]));
    assert_eq!(shop.create_customer(&json!({ "phone": UNUSED_CARD }))["phone"], UNUSED_CARD);
    for body in ["{", "[]", "\"a\"", "{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":\"\\ud800\"}"] {
        let details = is_error(&shop.signed("POST", "/customers", &[], body.as_bytes()), 422, VALIDATION);
        assert!(details.is_null());
    }
    assert_eq!(count(&shop), 2);
}

fn categories_are_made_listed_and_deleted(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let make = |body: Value| data(&shop.post("/categories", &body), 201);
    let late = make(json!({ "name": "Food", "sort_order": 2, "is_active": false }));
    let early = make(json!({ "name": "Drinks", "sort_order": -1, "is_active": "1" }));
    let plain = make(json!({ "name": "Drinks", "sort_order": null, "is_active": null }));
    assert_eq!((&plain["sort_order"], &plain["is_active"]), (&json!(0), &json!(1)));
    assert_eq!((&late["is_active"], &early["is_active"]), (&json!(0), &json!(1)));
    let list = |query: &str| data(&shop.get(&format!("/categories{query}")), 200);
    assert_eq!(list(""), json!([early, plain, late]));
    assert_eq!(list("?is_active=1"), json!([early, plain]));
    assert_eq!(list("?is_active=false"), json!([late]));
    assert_eq!(list("?is_active=true&limit=1&page=2"), json!([plain]));
    assert_eq!(list("?limit=2&page=2"), json!([late]));
    is_error(&shop.get("/categories?is_active=yes"), 422, VALIDATION);
    for (name, value) in [
        ("name", json!("")),
        ("name", json!(1)),
        ("name", json!("5555 5555 5555 4444")),
        ("sort_order", json!("first")),
        ("sort_order", json!(1.5)),
        ("sort_order", json!(3_000_000_000_i64)),
        ("is_active", json!(2)),
        ("is_active", json!("yes")),
    ] {
        let mut body = json!({ "name": "Food" });
        body[name] = value;
        assert!(is_error(&shop.post("/categories", &body), 422, VALIDATION)[name].is_array(), "{body}");
    }
    let path = format!("/categories/{}", late["id"]);
    assert_eq!(data(&shop.delete(&path), 200), json!({ "id": late["id"], "deleted": true }));
    is_error(&shop.delete(&path), 404, NOT_FOUND);
    assert_eq!(list(""), json!([early, plain]));
    is_error(&shop.get(&path), 405, NOT_FOUND);
    is_error(&shop.patch(&path, &json!({})), 405, NOT_FOUND);
}

fn what_a_merchant_switches_off_is_not_there(engine: Engine) {
    let kassa = Server::shared(engine);
    let owner = kassa.merchant();
    let shop = Client::new(&kassa, &owner);
    let made = shop.create_customer(&json!({}));
    let category = data(&shop.post("/categories", &json!({ "name": "Drinks" })), 201);
    let path = format!("/customers/{}", made["id"]);
    let category = format!("/categories/{}", category["id"]);
    let set = |option: &str, value: &str| {
        kassa.command(&["merchant", "set", &owner.name, option, value]).done();
    };
    let read = |fits: bool| match shop.get(&path) {
        answer if fits => drop(data(&answer, 200)),
        answer => assert_eq!(answer.body, shop.get("/customers/9").expect(404).body),
    };
    let change = |fits: bool| match shop.patch(&path, &json!({ "city": "York" })) {
        answer if fits => drop(data(&answer, 200)),
        answer => drop(is_error(&answer, 404, NOT_FOUND)),
    };
    for (value, reads, changes) in
        [("none", false, false), ("read", true, false), ("update", false, true), ("read,update", true, true)]
    {
        set("--neropay-customers", value);
        read(reads);
        change(changes);
        // What the switch does not speak of goes on.
        data(&shop.get("/customers"), 200);
    }
    set("--category-delete", "off");
    let details = is_error(&shop.delete(&category), 422, VALIDATION);
    assert!(details["category"].is_array(), "{details}");
    set("--category-delete", "on");
    data(&shop.delete(&category), 200);
}

fn a_key_replays_and_another_body_conflicts(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let twice = |method: &str, path: &str, body: &Value, status: u16| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let send = || shop.signed(method, path, &[("Idempotency-Key", "k")], body.as_bytes()).expect(status);
        let (first, again) = (send(), send());
        assert!(!first.is_replay() && again.is_replay(), "{method} {path}");
        assert_eq!(first.body, again.body);
        assert_eq!(first.header("content-type"), again.header("content-type"));
        first.json()["data"]["id"].clone()
    };
    let customer = twice("POST", "/customers", &json!({ "name": "Ada" }), 201);
    twice("PATCH", &format!("/customers/{customer}"), &json!({ "city": "York" }), 200);
    let category = twice("POST", "/categories", &json!({ "name": "Drinks" }), 201);
    twice("DELETE", &format!("/categories/{category}"), &Value::Null, 200);
    is_error(&shop.post_once("k", "/customers", &json!({ "name": "Eve" })), 409, CONFLICT);
    is_error(&shop.post_once("k", "/customers", &json!({})), 409, CONFLICT);
    assert!(shop.post_once("k", "/customers", &json!({ "name": "Ada" })).expect(201).is_replay());
    assert_eq!(count(&shop), 1);
}

fn an_address_line_is_a_street_and_a_house_number_elsewhere(engine: Engine) {
    let kassa = Server::shared(engine);
    let owner = kassa.merchant();
    let (shop, neopay) = (Client::new(&kassa, &owner), neopay::Client::new(&kassa, &owner));
    let fields = json!({
        "name": "Ada Byron", "email": "ada@example.org", "phone": "070-1", "street": "Storgatan", "city": "Lund",
        "house_number": "7 B", "zip_code": "222 22", "country": "SE", "tax_number": "1", "currency": "SEK",
    });
    let made = neopay.create(&fields);
    let id = made["id"].as_str().expect("an id");
    let read = shop.newest();
    assert_eq!(
        [&read["name"], &read["phone"], &read["address1"], &read["city"], &read["postcode"]],
        ["Ada Byron", "070-1", "Storgatan 7 B", "Lund", "222 22"]
    );
    // What is not written stays in its parts.
    shop.change(&read["id"], &json!({ "city": "Malmö", "postcode": "211 11" }));
    let mut expected = made.clone();
    expected["city"] = json!("Malmö");
    expected["zip_code"] = json!("211 11");
    assert_eq!(neopay.customer(id), expected);
    shop.change(&read["id"], &json!({ "address1": "Lillgatan 3" }));
    expected["street"] = json!("Lillgatan 3");
    expected["house_number"] = Value::Null;
    assert_eq!(neopay.customer(id), expected);
    shop.change(&read["id"], &json!({ "address1": null }));
    expected["street"] = Value::Null;
    assert_eq!(neopay.customer(id), expected);
}

fn a_phone_in_two_parts_reads_as_one_text(engine: Engine) {
    let kassa = Server::shared(engine);
    let owner = kassa.merchant();
    let (shop, other) = (Client::new(&kassa, &owner), checkout_com::Client::new(&kassa, &owner));
    let parts = |code: &str, number: &str| json!({ "country_code": code, "number": number });
    let id = other.create(&json!({ "email": "ada@example.org", "phone": parts("+1 ", "415  555") }));
    let read = shop.newest();
    assert_eq!((&read["phone"], &read["name"]), (&json!("+1  415  555"), &Value::Null));
    let elsewhere = || other.get(&id).ok()["phone"].clone();
    // Sent back as it is read, it is no new one.
    shop.change(&read["id"], &json!({ "phone": read["phone"], "city": "York" }));
    assert_eq!(elsewhere(), parts("+1 ", "415  555"));
    shop.change(&read["id"], &json!({ "phone": "+44 20 79" }));
    assert_eq!(elsewhere(), parts("+44", "20 79"));
}
