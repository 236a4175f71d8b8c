//! What a server is sent by mistake or malice (contract, section 9): the vendor's error, never a 5xx, nothing stored,
//! and the server as well as before.

use kassa_tests::drivers::buyer::{APPROVED, DISTINCTIVE_CODE};
use kassa_tests::drivers::neuro_pay::{Client, PATHS, checkout, customer, is_error, with, without};
use kassa_tests::{Engine, Random, Server, on_each_engine, on_one_engine};
use serde_json::{Value, json};

on_each_engine!(
    texts_have_their_lengths_and_no_control_characters,
    random_bodies_are_never_a_5xx,
    what_the_log_says_has_no_card_and_no_key,
);
on_one_engine!(
    what_is_no_json_object_is_400_everywhere,
    every_field_of_every_other_type_is_400,
    each_missing_field_is_named,
    an_error_repeats_no_card_number,
    errors_come_in_the_order_of_the_contract,
    a_bad_form_is_a_page_and_no_attempt,
);

/// A body for each endpoint that succeeds, or would if the id were somebody's.
fn good_body(path: &str) -> Value {
    let id = "00000000000040008000000000000000";
    match path {
        "/checkout/create" => checkout(),
        "/checkout/create-customer" => customer(),
        "/checkout/update" => json!({ "checkout_id": id, "metaData": {} }),
        "/checkout/retrieve-customer" | "/checkout/delete-customer" => json!({ "customer_id": id }),
        _ => json!({ "checkout_id": id }),
    }
}

fn what_is_no_json_object_is_400_everywhere(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let deep =
        |levels: usize| format!("{{\"metaData\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    let bodies: Vec<Vec<u8>> = [
        "{",
        "}",
        "hello",
        "'x'",
        "[]",
        "\"x\"",
        "1",
        "null",
        "true",
        "{}{}",
        "{,}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{\"a\":01}",
        "{\"a\":1e999}",
        "{\"a\":NaN}",
        "{\"a\":1,\"a\":1}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "{\"a\":[{\"b\":1,\"\\u0062\":1}]}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\u{0}\"}",
        "\u{feff}{}",
        "// x\n{}",
        "{\"a\":1,}",
    ]
    .into_iter()
    .map(|text| text.as_bytes().to_vec())
    .chain([b"{\"a\":\"\xff\"}".to_vec(), b"\xff\xfe{}".to_vec(), b"\0".to_vec(), b"{\"\xc3\":1}".to_vec()])
    .chain([deep(33).into_bytes(), "[".repeat(60_000).into_bytes(), "{\"a\":".repeat(10_000).into_bytes()])
    .collect();
    for path in PATHS {
        for body in &bodies {
            is_error(&shop.send(path, body), 400);
        }
        // 32 levels are JSON like any other; whatever else is missing, it is not the depth.
        let message = is_error(&shop.send(path, deep(32).as_bytes()), 400);
        assert!(message.starts_with("Missing parameters"), "{path}: {message}");
    }
    kassa.is_healthy();
}

fn every_field_of_every_other_type_is_400(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let paid = shop.in_status(&kassa, "paid");
    let before = paid.now();
    let (text, number, boolean) = (json!("x"), json!(1), json!(true));
    let (object, list) = (json!({ "a": 1 }), json!([1]));
    let not_text = [&number, &boolean, &object, &list];
    let not_number = [&text, &boolean, &object, &list];
    let not_boolean = [&text, &number, &object, &list];
    let not_metadata = [&text, &number, &boolean, &list];
    let of_checkout = paid.body(&[]);
    for (path, field, wrong) in [
        ("/checkout/create", "amount", not_number),
        ("/checkout/create", "currency", not_text),
        ("/checkout/create", "message", not_text),
        ("/checkout/create", "returnUrl", not_text),
        ("/checkout/create", "returnUrlCancel", not_text),
        ("/checkout/create", "identifier", not_text),
        ("/checkout/create", "capture", not_boolean),
        ("/checkout/create", "allowSaveCard", not_boolean),
        ("/checkout/create", "customer_id", not_text),
        ("/checkout/create", "card_id", not_text),
        ("/checkout/create", "template", not_text),
        ("/checkout/create", "metaData", not_metadata),
        ("/checkout/create-customer", "first_name", not_text),
        ("/checkout/create-customer", "last_name", not_text),
        ("/checkout/create-customer", "email", not_text),
        ("/checkout/create-customer", "metaData", not_metadata),
        ("/checkout/refund", "amount", not_number),
        ("/checkout/refund", "reason", not_text),
        ("/checkout/refund", "refundDetails", not_text),
        ("/checkout/update", "metaData", not_metadata),
    ] {
        let body = match path {
            "/checkout/refund" | "/checkout/update" => of_checkout.clone(),
            _ => good_body(path),
        };
        for value in wrong {
            let message = is_error(&shop.post(path, &with(body.clone(), &[(field, value.clone())])), 400);
            assert!(message.contains(field), "{path} {field}={value}: {message}");
        }
    }
    for value in not_text {
        for path in PATHS {
            let field = if path.ends_with("-customer") { "customer_id" } else { "checkout_id" };
            if !path.contains("/create") {
                let message =
                    is_error(&shop.post(path, &with(good_body(path), &[(field, value.clone())])), 400);
                assert!(message.contains(field), "{path}: {message}");
            }
        }
    }
    for value in ["0", "-1", "1.5", "1e3", "1.0", "9223372036854775808", "-9223372036854775809", "1e400"] {
        let body = checkout().to_string().replace("24900", value);
        is_error(&shop.send("/checkout/create", body.as_bytes()), 400);
        let body = format!("{{\"checkout_id\":\"{}\",\"amount\":{value}}}", paid.id);
        is_error(&shop.send("/checkout/refund", body.as_bytes()), 400);
    }
    assert_eq!(paid.now(), before);
    kassa.is_healthy();
}

fn each_missing_field_is_named(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for path in PATHS {
        let good = good_body(path);
        let names: Vec<&String> = good.as_object().expect("an object").keys().collect();
        for name in &names {
            for body in [without(good.clone(), name), with(good.clone(), &[(name, Value::Null)])] {
                let answer = shop.post(path, &body);
                assert_eq!(is_error(&answer, 400), format!("Missing parameters: {name}"), "{path}");
                assert_eq!(answer.json()["code"], 23);
            }
        }
        for nothing in ["{}", "", " \n"] {
            let message = is_error(&shop.send(path, nothing.as_bytes()), 400);
            let said: Vec<&str> =
                message.strip_prefix("Missing parameters: ").expect("its beginning").split(", ").collect();
            assert_eq!(said.len(), names.len(), "{path}: {message}");
            assert!(names.iter().all(|name| said.contains(&name.as_str())), "{path}: {message}");
        }
    }
}

fn texts_have_their_lengths_and_no_control_characters(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let paid = shop.in_status(&kassa, "paid");
    let url = |length: usize| format!("https://shop.example/{}", "x".repeat(length - 21));
    let email = |length: usize| format!("{}@example.com", "x".repeat(length - 12));
    // Characters are counted, not bytes.
    for (path, field, longest, too_long) in [
        ("/checkout/create", "message", "å".repeat(1_000), "å".repeat(1_001)),
        ("/checkout/create", "identifier", "å".repeat(255), "å".repeat(256)),
        ("/checkout/create", "returnUrl", url(2_048), url(2_049)),
        ("/checkout/create", "returnUrlCancel", url(2_048), url(2_049)),
        // Together with the other name and a space they have 255 characters.
        ("/checkout/create-customer", "first_name", "å".repeat(246), "å".repeat(256)),
        ("/checkout/create-customer", "last_name", "å".repeat(251), "å".repeat(252)),
        ("/checkout/create-customer", "email", email(255), email(256)),
    ] {
        shop.post(path, &with(good_body(path), &[(field, json!(longest))])).expect(200);
        let message = is_error(&shop.post(path, &with(good_body(path), &[(field, json!(too_long))])), 400);
        assert!(message.contains(field), "{message}");
        for character in ['\u{0}', '\u{7f}', '\u{1b}', '\u{85}'] {
            let text = longest.replacen(['å', 'x'], &character.to_string(), 1);
            is_error(&shop.post(path, &with(good_body(path), &[(field, json!(text))])), 400);
        }
    }
    for details in ["å".repeat(1_001), "\u{0}".to_owned()] {
        is_error(&paid.refund(&[("refundDetails", json!(details))]), 400);
    }
    assert_eq!(paid.refund(&[("refundDetails", json!("å".repeat(1_000)))]).ok()["status"], "refunded");
    for metadata in [json!({ "a\u{0}": 1 }), json!({ "a": "\u{0}" }), json!({ "a": ["\u{0}"] })] {
        // A zero byte in metadata may be kept or refused; it may not break anything.
        let answer = shop.post("/checkout/create-customer", &with(customer(), &[("metaData", metadata)]));
        assert!(matches!(answer.status, 200 | 400), "{}", answer.text());
    }
    kassa.is_healthy();
}

/// Contract, section 9: no card number in an error.
fn an_error_repeats_no_card_number(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let number = "4242424242424242";
    for body in [
        format!("{{\"{number}\":1,\"{number}\":2}}"),
        format!("{{\"metaData\":{{\"{number}\":1,\"{number}\":2}}}}"),
        format!("{{\"checkout_id\":\"{number}\""),
        format!("{{\"{number}\""),
        format!("{{\"a\":{number}x}}"),
        number.to_owned(),
        with(checkout(), &[("currency", json!(number))]).to_string(),
        with(checkout(), &[("template", json!(number))]).to_string(),
        with(checkout(), &[("returnUrl", json!(number))]).to_string(),
        with(checkout(), &[("amount", json!(4_242_424_242_424_242_i64))]).to_string(),
        with(customer(), &[("email", json!(number))]).to_string(),
        json!({ "customer_id": number }).to_string(),
    ] {
        for path in PATHS {
            let answer = shop.send(path, body.as_bytes());
            assert!(!answer.text().contains(number), "{path} {body}: {}", answer.text());
        }
    }
    assert!(!kassa.log().contains(number), "a card number is in the log");
}

fn errors_come_in_the_order_of_the_contract(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let stranger = Client::with_key(&kassa, "0123456789abcdefghijklmnopqrstuv");
    let large = "x".repeat(70_000);
    // Path and method, credential, size, JSON, missing fields, wrong types and values, existence, state.
    is_error(&stranger.send("/checkout/nothing", large.as_bytes()), 404);
    is_error(&stranger.send("/checkout/create", large.as_bytes()), 401);
    is_error(&shop.send("/checkout/create", large.as_bytes()), 413);
    let message = is_error(&shop.send("/checkout/create", b"{\"amount\":"), 400);
    assert!(message.contains("JSON"), "{message}");
    let message =
        is_error(&shop.post("/checkout/create", &json!({ "amount": "x", "customer_id": "x" })), 400);
    assert!(message.starts_with("Missing parameters"), "{message}");
    let nobody = json!("00000000000040008000000000000000");
    for (field, wrong) in [
        ("amount", json!("x")),
        ("amount", json!(1_000_000_000_000_i64)),
        ("capture", json!("x")),
        ("allowSaveCard", json!("x")),
        ("metaData", json!("x")),
        ("template", json!("x")),
        ("identifier", json!(1)),
    ] {
        for unknown in [
            &[("customer_id", nobody.clone())][..],
            &[("customer_id", nobody.clone()), ("card_id", nobody.clone())],
        ] {
            let body = with(with(checkout(), unknown), &[(field, wrong.clone())]);
            let message = is_error(&shop.post("/checkout/create", &body), 400);
            assert!(message.contains(field), "{field}: {message}");
        }
    }
    for id in [nobody, json!("x")] {
        let body = json!({ "checkout_id": id, "amount": 0 });
        let message = is_error(&shop.post("/checkout/refund", &body), 400);
        assert!(message.contains("amount"), "{message}");
        let body = json!({ "checkout_id": id, "metaData": 1 });
        let message = is_error(&shop.post("/checkout/update", &body), 400);
        assert!(message.contains("metaData"), "{message}");
    }
    let open = shop.create();
    let message = is_error(&open.refund(&[("reason", json!("bored"))]), 400);
    assert!(message.contains("reason"), "{message}");
}

fn random_bodies_are_never_a_5xx(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let mut random = Random::new();
    for _ in 0..600 {
        let path = PATHS[random.below(PATHS.len())];
        let mut body = good_body(path).to_string().into_bytes();
        for _ in 0..=random.below(4) {
            let place = random.below(body.len());
            match random.below(3) {
                0 => body[place] = u8::try_from(random.below(256)).expect("a byte"),
                1 => drop(body.remove(place)),
                _ => body.insert(place, b"{}[]\",:0\\u-e "[random.below(13)]),
            }
        }
        let answer = shop.send(path, &body);
        if answer.status != 200 {
            is_error(&answer, 400);
        }
    }
    kassa.is_healthy();
}

fn a_bad_form_is_a_page_and_no_attempt(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    let buyer = checkout.buyer();
    let form = buyer.form();
    for body in [
        "",
        "x",
        "form=x&number=4242424242424242&expiry=12/99&code=123",
        "%",
        "form=%ff",
        "number=4242424242424242",
    ] {
        let answer = buyer.post(body);
        assert!((400..500).contains(&answer.status), "{body}: {}", answer.status);
        assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{body}");
        assert!(!answer.text().contains(APPROVED), "{body}");
    }
    let large = format!("form={form}&number={}", "4".repeat(70_000));
    buyer.post(&large).expect(413);
    for (number, expiry, code) in [
        ("", "12/99", "123"),
        ("4242424242424241", "12/99", "123"),
        ("4242", "12/99", "123"),
        ("x", "12/99", "123"),
        (APPROVED, "", "123"),
        (APPROVED, "13/39", "123"),
        (APPROVED, "12/20", "123"),
        (APPROVED, "x", "123"),
        (APPROVED, "12/99", ""),
        (APPROVED, "12/99", "12"),
        (APPROVED, "12/99", DISTINCTIVE_CODE),
        (APPROVED, "12/99", "abc"),
        ("378282246310005", "12/99", "123"),
    ] {
        let answer =
            buyer.post(&format!("form={form}&number={number}&expiry={expiry}&code={code}")).expect(422);
        let text = answer.text();
        assert!(text.contains("There is a problem"), "{number} {expiry} {code}");
        assert!(
            !text.contains(&format!("value=\"{number}\"")) || number.is_empty(),
            "the number comes back in the page"
        );
    }
    assert_eq!(checkout.now()["status"], "created", "a typing error is no attempt");
    buyer.pay(APPROVED);
    kassa.is_healthy();
}

fn what_the_log_says_has_no_card_and_no_key(engine: Engine) {
    let kassa = kassa_tests::Setup::new(engine).variable("KASSA_LOG_LEVEL", "trace").start();
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    checkout.buyer().pay("4000000000000002");
    checkout.buyer().pay(APPROVED);
    is_error(&shop.post("/checkout/create", &with(checkout_with_card(), &[])), 400);
    is_error(&shop.send("/checkout/4242424242424242", b"{}"), 404);
    is_error(&shop.send("/checkout/create?number=4242424242424242", b"{}"), 400);
    kassa.is_healthy();
    let log = kassa.log();
    assert!(log.contains("answered"), "there is a log");
    let link = checkout.page.rsplit('/').next().expect("a link");
    for secret in [APPROVED, "4000000000000002", shop.key(), link, "ada@example.com"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

fn checkout_with_card() -> Value {
    with(checkout(), &[("message", json!(APPROVED))])
}
