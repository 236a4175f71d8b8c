//! Checkout.com's customers: one e-mail address each, shared with the other APIs.

use std::collections::HashSet;

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::checkout_com::{Client, NOBODYS, customer, is_bare, is_error, is_invalid};
use kassa_tests::drivers::checkout_com_payments::payment;
use kassa_tests::drivers::neuro_pay;
use kassa_tests::drivers::shop::{Shop, base32, hex};
use kassa_tests::{Engine, Server, at_once, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    of_many_changes_to_one_address_one_wins,
    an_address_is_compared_without_regard_to_case_and_free_after_deletion,
    a_customer_is_read_by_its_id_and_by_its_address_in_every_spelling,
    a_change_leaves_what_it_does_not_name,
    what_does_not_fit_is_named_all_at_once_and_stores_nothing,
    limits_are_the_vendors,
    a_customer_is_the_same_in_neuro_pay,
    a_saved_card_is_shown_and_chosen,
    a_card_that_its_holder_removes_goes_under_each_of_its_ids,
    the_method_may_be_in_lower_case,
    a_second_body_under_a_key_gets_the_first_answer,
    every_write_honours_a_key,
    answers_go_with_their_customer,
);

fn of_many_changes_to_one_address_one_wins(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ids: Vec<String> =
        (0..8).map(|number| shop.create(&json!({ "email": format!("{number}@example.com") }))).collect();
    let answers = at_once(8, |number| shop.patch(&ids[number], &json!({ "email": "one@example.com" })));
    let won: Vec<usize> = (0..8).filter(|number| answers[*number].status == 204).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    assert_eq!(shop.get("one@example.com").ok()["id"], ids[won[0]]);
    for number in (0..8).filter(|number| *number != won[0]) {
        is_invalid(&answers[number], &["customer_already_exists"]);
        assert_eq!(shop.get(&ids[number]).ok()["email"], format!("{number}@example.com"));
    }
    kassa.is_healthy();
}

fn an_address_is_compared_without_regard_to_case_and_free_after_deletion(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.create(&json!({ "email": "Ada@Example.com" }));
    is_invalid(&shop.post(&json!({ "email": "aDA@example.COM" })), &["customer_already_exists"]);
    // Its own address again is no change of it, in any case; it is kept as it was sent last.
    shop.patch(&id, &json!({ "email": "ADA@example.com" })).expect(204);
    assert_eq!(shop.get(&id).ok()["email"], "ADA@example.com");
    shop.delete(&id).expect(204);
    is_bare(&shop.get(&id), 404);
    is_bare(&shop.get("ada@example.com"), 404);
    is_bare(&shop.patch(&id, &json!({ "name": "x" })), 404);
    is_bare(&shop.delete(&id), 404);
    assert_ne!(shop.create(&json!({ "email": "ada@example.com" })), id);
}

fn a_customer_is_read_by_its_id_and_by_its_address_in_every_spelling(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.create(&json!({ "email": "a+b@exämple.com" }));
    let read = shop.get(&id).ok();
    assert_eq!(read, json!({ "id": id, "email": "a+b@exämple.com", "instruments": [] }));
    for named in ["a+b@ex%C3%A4mple.com", "a%2Bb%40ex%c3%a4mple.com", "A+B@EX%C3%84MPLE.COM"] {
        assert_eq!(shop.get(named).ok(), read, "{named}");
    }
    let letters = &id[4..];
    for named in [
        "a%20b@ex%C3%A4mple.com",
        "a+b",
        "%ff@x",
        "%00@x",
        letters,
        &format!("src_{letters}"),
        &id.to_uppercase(),
        &format!("{id}a"),
        &id[..29],
        &format!("{}b", &id[..29]),
        "cus_xxxxxxxxxxxxxxxxxxxxxxxxxx",
        NOBODYS,
    ] {
        is_bare(&shop.get(named), 404);
        is_bare(&shop.patch(named, &json!({})), 404);
        is_bare(&shop.delete(named), 404);
    }
    // Only reading takes an address.
    is_bare(&shop.patch("a+b@ex%C3%A4mple.com", &json!({ "name": "x" })), 404);
    is_bare(&shop.delete("a+b@ex%C3%A4mple.com"), 404);
    assert_eq!(shop.get(&id).ok(), read);
}

fn a_change_leaves_what_it_does_not_name(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.create(&customer());
    let mut expected = customer();
    expected["id"] = json!(id);
    expected["instruments"] = json!([]);
    let mut becomes = |change: Value, name: &str, value: Option<Value>| {
        shop.patch(&id, &change).expect(204);
        match value {
            Some(value) => expected[name] = value,
            None => drop(expected.as_object_mut().expect("an object").remove(name)),
        }
        assert_eq!(shop.get(&id).ok(), expected, "{change}");
    };
    becomes(json!({}), "id", Some(json!(id)));
    becomes(json!({ "name": "Batman" }), "name", Some(json!("Batman")));
    becomes(json!({ "phone": { "number": "555 2671" } }), "phone", Some(json!({ "number": "555 2671" })));
    becomes(json!({ "metadata": { "a": 1.5 } }), "metadata", Some(json!({ "a": 1.5 })));
    becomes(json!({ "email": "batman@example.com" }), "email", Some(json!("batman@example.com")));
    becomes(json!({ "default": null, "instruments": [] }), "id", Some(json!(id)));
    becomes(json!({ "metadata": {} }), "metadata", None);
    becomes(json!({ "name": null }), "name", None);
    becomes(json!({ "phone": null }), "phone", None);
    for email in [json!(null), json!("")] {
        is_invalid(&shop.patch(&id, &json!({ "email": email })), &["email_required"]);
    }
    assert_eq!(shop.get(&id).ok()["email"], "batman@example.com");
}

fn what_does_not_fit_is_named_all_at_once_and_stores_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.create(&customer());
    let before = shop.get(&id).ok();
    let wrong = json!({
        "email": "no address", "name": 1, "phone": { "country_code": "+1234567", "number": "12345" },
        "metadata": { "": 1 }, "default": 1, "instruments": [1],
    });
    let codes = [
        "email_invalid",
        "customer_name_invalid",
        "country_phone_code_length_invalid",
        "metadata_key_invalid",
        "source_id_invalid",
    ];
    is_invalid(&shop.post(&wrong), &codes);
    is_invalid(&shop.patch(&id, &wrong), &codes);
    // What is missing comes before what is wrong.
    is_invalid(&shop.post(&json!({ "name": 1 })), &["email_required"]);
    is_invalid(&shop.post(&json!({ "email": null })), &["email_required"]);
    is_invalid(&shop.send("POST", "/customers", &[], b""), &["email_required"]);
    let with = |name: &str, value: Value| {
        let mut body = json!({ "email": "eve@example.com" });
        body[name] = value;
        body
    };
    for (name, value, code) in [
        ("email", json!("a@b@c"), "email_invalid"),
        ("email", json!(["a@b"]), "email_invalid"),
        ("email", json!("4242424242424242@b"), "email_looks_like_card_number"),
        ("name", json!("4242 4242 4242 4242"), "name_looks_like_card_number"),
        ("name", json!(" "), "customer_name_invalid"),
        ("name", json!("a\u{0}b"), "customer_name_invalid"),
        ("phone", json!("+46 70 123 45 67"), "phone_number_invalid"),
        ("phone", json!({ "number": 123_456 }), "phone_number_invalid"),
        ("phone", json!({ "country_code": 1, "number": "123456" }), "country_phone_code_invalid"),
        ("phone", json!({ "number": "12345\u{0}" }), "phone_number_invalid"),
        ("metadata", json!([]), "metadata_invalid"),
        ("metadata", json!({ "card": "4242424242424242" }), "metadata_looks_like_card_number"),
        ("default", json!("src_wmlfc3zyhqzehihu7giusaaawu"), "source_id_invalid"),
        ("default", json!("x"), "source_id_invalid"),
        ("instruments", json!("src_wmlfc3zyhqzehihu7giusaaawu"), "source_id_invalid"),
    ] {
        is_invalid(&shop.post(&with(name, value.clone())), &[code]);
        is_invalid(&shop.patch(&id, &json!({ name: value })), &[code]);
    }
    let nobodys = json!({ "instruments": ["src_wmlfc3zyhqzehihu7giusaaawu"] });
    is_invalid(&shop.patch(&id, &nobodys), &["source_id_invalid"]);
    for body in ["{", "{\"email\":\"a@b\",\"email\":\"a@b\"}", "nul", "{\"a\":1} x"] {
        for (method, path) in [("POST", "/customers".to_owned()), ("PATCH", format!("/customers/{id}"))] {
            let answer = shop.send(method, &path, &[], body.as_bytes());
            is_error(&answer, 400, "request_malformed", &["request_json_invalid"]);
        }
    }
    is_invalid(&shop.send("POST", "/customers", &[], b"[]"), &["request_invalid"]);
    assert_eq!(shop.get(&id).ok(), before);
    is_bare(&shop.get("eve@example.com"), 404);
    kassa.is_healthy();
}

fn limits_are_the_vendors(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.create(&json!({ "email": "a@b" }));
    let pairs = |count: usize| -> Value {
        (0..count)
            .map(|number| (format!("k{number}"), json!("å".repeat(100))))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let (key, long_key) = ("å".repeat(100), "å".repeat(101));
    for fits in [
        json!({ "email": format!("{}@b", "å".repeat(253)) }),
        json!({ "name": "å".repeat(255) }),
        json!({ "phone": { "country_code": "1", "number": "123456" } }),
        json!({ "phone": { "country_code": "+123456", "number": "1".repeat(25) } }),
        json!({ "metadata": pairs(10) }),
        json!({ "metadata": { key: "å".repeat(100) } }),
        json!({ "metadata": { "digits": 0.000_000_1, "deep": { "a": [1, null] } } }),
    ] {
        shop.patch(&id, &fits).expect(204);
        let read = shop.get(&id).ok();
        let (name, value) = fits.as_object().and_then(|object| object.iter().next()).expect("a field");
        assert_eq!(&read[name], value);
    }
    let before = shop.get(&id).ok();
    for (too_much, code) in [
        (json!({ "email": format!("{}@b", "å".repeat(254)) }), "email_invalid"),
        (json!({ "name": "å".repeat(256) }), "customer_name_invalid"),
        (json!({ "phone": { "country_code": "" } }), "country_phone_code_length_invalid"),
        (json!({ "phone": { "country_code": "+1234567" } }), "country_phone_code_length_invalid"),
        (json!({ "phone": { "number": "12345" } }), "phone_number_length_invalid"),
        (json!({ "phone": { "number": "1".repeat(26) } }), "phone_number_length_invalid"),
        (json!({ "metadata": pairs(11) }), "metadata_invalid"),
        (json!({ "metadata": { long_key: 1 } }), "metadata_key_invalid"),
        (json!({ "metadata": { "a": "å".repeat(101) } }), "metadata_invalid"),
        (json!({ "metadata": { "a": vec![1; 60] } }), "metadata_invalid"),
    ] {
        is_invalid(&shop.patch(&id, &too_much), &[code]);
    }
    assert_eq!(shop.get(&id).ok(), before);
}

fn a_customer_is_the_same_in_neuro_pay(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let (shop, other) = (Client::new(&kassa, &merchant), neuro_pay::Client::new(&kassa, &merchant));
    let id = shop.create(&customer());
    let theirs = other.retrieve_customer(&hex(&id)).ok();
    assert_eq!(
        (&theirs["first_name"], &theirs["last_name"], &theirs["email"], &theirs["metaData"]),
        (&json!("Bruce"), &json!("Wayne"), &json!("brucewayne@gmail.com"), &customer()["metadata"])
    );
    // A name that came in parts is one here, and the parts stay until the name is changed.
    let made = other
        .post(
            "/checkout/create-customer",
            &json!({ "first_name": "Ada King", "last_name": "Lovelace", "email": "Ada@example.com",
                "metaData": { "crmId": 1.50 } }),
        )
        .ok();
    let mine = shop.get("ada@example.com").ok();
    let id = mine["id"].as_str().expect("an id");
    assert_eq!(made["customer_id"], hex(id));
    assert_eq!(
        mine,
        json!({ "id": id, "email": "Ada@example.com", "name": "Ada King Lovelace", "metadata": { "crmId": 1.50 },
            "instruments": [] })
    );
    shop.patch(id, &json!({ "phone": { "country_code": "+46", "number": "70 123 45 67" } })).expect(204);
    let theirs = other.retrieve_customer(&hex(id)).ok();
    assert_eq!((&theirs["first_name"], &theirs["last_name"]), (&json!("Ada King"), &json!("Lovelace")));
    shop.patch(id, &json!({ "name": "Ada Byron" })).expect(204);
    assert_eq!(other.retrieve_customer(&hex(id)).ok()["last_name"], "Byron");
    shop.patch(id, &json!({ "name": null })).expect(204);
    let theirs = other.retrieve_customer(&hex(id)).ok();
    assert_eq!((&theirs["first_name"], &theirs["last_name"]), (&json!(""), &json!("")));
    // That API lets two have one address; this one finds the older and takes no third.
    other
        .post(
            "/checkout/create-customer",
            &json!({ "first_name": "Eve", "last_name": "L", "email": "ada@example.com" }),
        )
        .ok();
    assert_eq!(shop.get("ada@example.com").ok()["id"], id);
    is_invalid(&shop.post(&json!({ "email": "ada@example.com" })), &["customer_already_exists"]);
    shop.patch(id, &json!({ "email": "ada@example.com" })).expect(204);
    // Deleted in one, gone in the other.
    shop.delete(id).expect(204);
    other.retrieve_customer(&hex(id)).expect(400);
    let eve = shop.get("ada@example.com").ok()["id"].as_str().expect("an id").to_owned();
    other.delete_customer(&hex(&eve)).expect(200);
    is_bare(&shop.get(&eve), 404);
}

fn a_saved_card_is_shown_and_chosen(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let (shop, other) = (Client::new(&kassa, &merchant), neuro_pay::Client::new(&kassa, &merchant));
    let pay = |id: &str, number: &str| {
        let made = other.create_with(&[("customer_id", json!(hex(id)))]);
        made.buyer().pay_and_save(number, "12%2F99");
    };
    let (bruce, ada) = (shop.create(&customer()), shop.create(&json!({ "email": "ada@example.com" })));
    pay(&bruce, "4242424242424242");
    pay(&bruce, "378282246310005");
    pay(&ada, "4242424242424242");
    let read = shop.get(&bruce).ok();
    let cards = read["instruments"].as_array().expect("a list");
    assert_eq!(cards.len(), 2, "{read}");
    let card = |place: usize| cards[place].clone();
    let shown = |brand: &str, bin: &str, last4: &str, card: &Value| {
        json!({ "type": "card", "id": card["id"], "fingerprint": card["fingerprint"], "expiry_month": 12,
            "expiry_year": 2099, "scheme": brand, "last4": last4, "bin": bin })
    };
    for (card, shown) in [
        (card(0), shown("VISA", "424242", "4242", &card(0))),
        (card(1), shown("AMERICAN EXPRESS", "378282", "0005", &card(1))),
    ] {
        for (name, value) in shown.as_object().expect("an object") {
            assert_eq!(&card[name], value, "{name}");
        }
    }
    assert_eq!(read["default"], card(0)["id"]);
    let hers = shop.get(&ada).ok()["instruments"][0].clone();
    assert_eq!(hers["fingerprint"], card(0)["fingerprint"], "one number has one fingerprint");
    assert_ne!(hers["id"], card(0)["id"]);
    assert_ne!(card(0)["fingerprint"], card(1)["fingerprint"]);
    // A create takes no list of cards without a default.
    let eve = shop.create(&json!({ "email": "eve@example.com", "instruments": [hers["id"]] }));
    assert_eq!(shop.get(&eve).ok()["instruments"], json!([]));
    // Any of its own can be the default, and nobody else's.
    shop.patch(&bruce, &json!({ "default": card(1)["id"], "instruments": [card(0)["id"]] })).expect(204);
    assert_eq!(shop.get(&bruce).ok()["default"], card(1)["id"]);
    for wrong in [
        json!({ "default": hers["id"], "name": "Joker" }),
        json!({ "instruments": [card(0)["id"], hers["id"]], "name": "Joker" }),
    ] {
        is_invalid(&shop.patch(&bruce, &wrong), &["source_id_invalid"]);
    }
    let read = shop.get(&bruce).ok();
    assert_eq!((&read["default"], &read["name"]), (&card(1)["id"], &json!("Bruce Wayne")));
    shop.delete(&bruce).expect(204);
    assert_eq!(shop.get(&ada).ok()["instruments"], json!([hers]));
}

fn the_method_may_be_in_lower_case(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.create(&customer());
    let path = format!("/customers/{id}");
    let lower = |body: &str| {
        let key = shop.credential("secret_key");
        let head = format!("patch /checkout-com{path} HTTP/1.1\r\nHost: kassa.test\r\nConnection: close\r\n");
        let head = format!("{head}Authorization: Bearer {key}\r\nCko-Idempotency-Key: k\r\n");
        let bytes = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        kassa_tests::raw::exchange(kassa.address(), bytes.as_bytes()).expect("an answer")
    };
    let first = lower("{\"name\":\"Batman\"}");
    assert_eq!((first.status, first.header("allow")), (204, None));
    assert_eq!(shop.get(&id).ok()["name"], "Batman");
    // It is the same method to a key.
    assert!(shop.send_once("k", "PATCH", &path, &json!({ "name": "Batman" })).expect(204).is_replay());
    for method in ["PUT", "POST", "Patch", "OPTIONS", "BREW"] {
        let answer = shop.send(method, &path, &[], b"");
        is_error(&answer, 405, "request_invalid", &["request_method_not_allowed"]);
        assert_eq!(answer.header("allow"), Some("GET, HEAD, PATCH, DELETE"));
    }
}

fn a_second_body_under_a_key_gets_the_first_answer(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let send = |body: &str| shop.send("POST", "/customers", &[("cko-idempotency-key", "k")], body.as_bytes());
    let first = send(&customer().to_string()).expect(201);
    assert!(!first.is_replay());
    for body in [customer().to_string().as_str(), "{\"email\":\"eve@example.com\"}", "{}", "{", "[]", ""] {
        let again = send(body).expect(201);
        assert!(again.is_replay(), "{body}");
        assert_eq!((&again.body, again.header("content-type")), (&first.body, first.header("content-type")));
        assert_ne!(again.header("cko-request-id"), first.header("cko-request-id"));
    }
    is_bare(&shop.get("eve@example.com"), 404);
    let answers = at_once(16, |number| {
        shop.send_once("race", "POST", "/customers", &json!({ "email": format!("{number}@x") }))
    });
    let ids: HashSet<String> = answers
        .iter()
        .filter(|answer| answer.status != 429)
        .map(|answer| answer.clone().expect(201).text().to_owned())
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!((0..16).filter(|number| shop.get(&format!("{number}@x")).status == 200).count(), 1);
}

fn every_write_honours_a_key(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let (id, other) = (shop.create(&customer()), shop.create(&json!({ "email": "ada@example.com" })));
    for (method, body) in [("PATCH", json!({ "name": "Batman" })), ("DELETE", json!({}))] {
        let send = |id: &str| shop.send_once("k", method, &format!("/customers/{id}"), &body).expect(204);
        let (first, again) = (send(&id), send(&id));
        assert!(!first.is_replay() && again.is_replay(), "{method}");
        assert!(again.body.is_empty() && again.header("content-type").is_none());
        // Another path is another key.
        assert!(!send(&other).is_replay());
    }
    // A key is none of a read's business.
    let id = shop.create(&customer());
    let read = || shop.send("GET", &format!("/customers/{id}"), &[("cko-idempotency-key", "k")], b"");
    assert_eq!(read().ok()["name"], "Bruce Wayne");
    shop.patch(&id, &json!({ "name": "Batman" })).expect(204);
    let answer = read();
    assert!(!answer.is_replay());
    assert_eq!(answer.ok()["name"], "Batman");
}

fn answers_go_with_their_customer(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let create = || shop.send_once("k", "POST", "/customers", &customer()).expect(201);
    let first = create().json()["id"].as_str().expect("an id").to_owned();
    let change = || shop.send_once("k", "PATCH", &format!("/customers/{first}"), &json!({ "name": "x" }));
    change().expect(204);
    let delete = || shop.send_once("k", "DELETE", &format!("/customers/{first}"), &json!({})).expect(204);
    assert!(!delete().is_replay());
    is_bare(&change(), 404);
    let second = create();
    assert!(!second.is_replay());
    assert_ne!(second.json()["id"], first);
    // The deletion's own answer stays.
    assert!(delete().is_replay());
}

fn a_card_that_its_holder_removes_goes_under_each_of_its_ids(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let ada = neuro_pay.person();
    let customer = json!({ "id": base32("cus_", &ada.id) });
    let (old, new) = (shop.save(APPROVED, &customer), shop.save(APPROVED, &json!(null)));
    shop.patch_instrument(&new, &json!({ "customer": customer })).expect(200);
    ada.wallet().below(&format!("/cards/{}/remove", hex(&new))).post("").expect(303);
    for id in [&old, &new] {
        is_bare(&shop.instrument(id), 404);
        let charged = shop.post_payment(&payment(1_000, &json!({ "type": "id", "id": id })));
        is_invalid(&charged, &["source_id_invalid"]);
    }
}
