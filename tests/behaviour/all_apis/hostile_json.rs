//! JSON that is made to break its reader: objects that a JSON library keeps for itself, nested in their own texts. It
//! is refused wherever it comes in, and harmless where an older server has stored it.

use kassa_tests::drivers::buyer::{APPROVED, UNUSED_CARD};
use kassa_tests::drivers::checkout_com::{self, is_invalid};
use kassa_tests::drivers::checkout_com_cards::card;
use kassa_tests::drivers::checkout_com_payments::{id_of, payment, typed};
use kassa_tests::drivers::shop::{Api, Shop};
use kassa_tests::drivers::{neopay, nero_pay, neuro_pay};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, on_each_engine, on_one_engine};
use serde_json::{Value, json};

on_each_engine!(what_was_stored_with_such_a_key_is_read_without_harm, what_is_echoed_keeps_its_numbers,);
on_one_engine!(
    a_librarys_own_key_ends_no_process_and_is_refused_by_each_api,
    text_that_is_read_as_json_is_looked_at_as_strictly_as_a_body,
    a_card_number_in_escapes_is_refused_wherever_json_is_kept,
    a_long_list_of_metadata_is_read_as_its_object_would_be,
);

const TEXT: &str = "$serde_json::private::RawValue";
const NUMBER: &str = "$serde_json::private::Number";
const PAGE: &str = "/hosted-payments";

/// What a reader that trusts such a key reads anew, level by level: each is JSON in a text, a hundred lists deep.
fn nested(levels: usize) -> String {
    let mut text = "1".to_owned();
    for _ in 0..levels {
        let inner = format!("{}{text}{}", "[".repeat(100), "]".repeat(100));
        text = private(TEXT, &inner);
    }
    text
}

/// An object of one such key, whose text grows by six letters a quote and not by its double.
fn private(key: &str, text: &str) -> String {
    format!(r#"{{"{key}":"{}"}}"#, text.replace('\\', "\\u005c").replace('"', "\\u0022"))
}

/// A JSON text.
fn quoted(text: &str) -> String {
    json!(text).to_string()
}

/// A body with a field more, whose value is written as it is.
fn with_raw(body: &Value, name: &str, raw: &str) -> String {
    let body = body.to_string();
    let comma = if body == "{}" { "" } else { "," };
    format!("{}{comma}\"{name}\":{raw}}}", &body[..body.len() - 1])
}

fn page() -> Value {
    json!({
        "amount": 1_000, "currency": "EUR", "billing": { "address": { "country": "GB" } },
        "success_url": "https://shop.example/success", "cancel_url": "https://shop.example/cancel",
        "failure_url": "https://shop.example/failure",
    })
}

fn checkout() -> Value {
    neuro_pay::without(neuro_pay::checkout(), "metaData")
}

#[track_caller]
fn post(shop: &checkout_com::Client, path: &str, body: &str) -> Answer {
    shop.send("POST", path, &[], body.as_bytes())
}

#[track_caller]
fn is_malformed(answer: &Answer) {
    checkout_com::is_error(answer, 400, "request_malformed", &["request_json_invalid"]);
}

fn a_librarys_own_key_ends_no_process_and_is_refused_by_each_api(engine: Engine) {
    let kassa = Server::start(engine);
    let Shop { neuro_pay: old, neopay, nero_pay, checkout_com: shop } = Shop::fresh(&kassa);
    let public = shop.with_key(shop.credential("public_key"));
    let charge = payment(1_000, &typed(APPROVED));
    let paid = id_of(&shop.pay(&charge));
    let before = kassa.cells().len();
    for hostile in [nested(40), nested(1), private(TEXT, "1"), private(NUMBER, "1"), private(TEXT, "{")] {
        // Anybody who reads a shop's page has its public key.
        for (wallet, payload) in [("applepay", "data"), ("googlepay", "signedMessage")] {
            let data = json!({ "type": wallet, "token_data": { payload: hostile } }).to_string();
            is_invalid(&post(&public, "/tokens", &data), &["token_data_invalid"]);
            let data = format!(r#"{{"type":"{wallet}","token_data":{{"{payload}":{hostile}}}}}"#);
            is_malformed(&post(&public, "/tokens", &data));
        }
        for (path, body, field) in [
            ("/customers", json!({ "email": "ada@example.com" }), "metadata"),
            ("/payments", charge.clone(), "metadata"),
            ("/payments", charge.clone(), "shipping"),
            ("/payments", charge.clone(), "items"),
            ("/payments", charge.clone(), "unknown"),
            (PAGE, page(), "products"),
            (PAGE, page(), "shipping"),
            (&format!("/payments/{paid}/refunds"), json!({}), "metadata"),
        ] {
            for value in [hostile.clone(), format!("[{hostile}]"), format!(r#"{{"a":[{hostile}]}}"#)] {
                is_malformed(&post(&shop, path, &with_raw(&body, field, &value)));
            }
        }
        is_malformed(&post(&shop, "/payments", &hostile));
        for (field, value) in [
            ("metaData", hostile.clone()),
            ("metaData", format!("[{hostile}]")),
            ("metaData", format!(r#"{{"a":{hostile}}}"#)),
            ("paymentMethods", hostile.clone()),
        ] {
            let body = with_raw(&checkout(), field, &value);
            neuro_pay::is_error(&old.send("/checkout/create", body.as_bytes()), 400);
        }
        let body = with_raw(&neopay::customer(), "name", &hostile);
        let answer = neopay.try_send("POST", "/customers", &[], body.as_bytes()).expect("an answer");
        neopay::is_error(&answer, 400);
        let body = with_raw(&json!({ "name": "Ada" }), "email", &hostile);
        nero_pay::is_error(
            &nero_pay.signed("POST", "/customers", &[], body.as_bytes()),
            422,
            "validation_failed",
        );
    }
    assert_eq!(kassa.cells().len(), before, "nothing is stored");
    kassa.is_healthy();
}

fn text_that_is_read_as_json_is_looked_at_as_strictly_as_a_body(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay: old, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let public = shop.with_key(shop.credential("public_key"));
    let open = old.create();
    let deep = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    let flawed =
        [deep(33), r#"{"a":1,"a":2}"#.to_owned(), r#"{"a":{"b":1,"\u0062":2}}"#.to_owned(), "{".to_owned()];
    for text in flawed.into_iter().chain([nested(40), private(NUMBER, "1")]) {
        let answer = post(
            &public,
            "/tokens",
            &json!({ "type": "applepay", "token_data": { "data": text } }).to_string(),
        );
        is_invalid(&answer, &["token_data_invalid"]);
        neuro_pay::is_error(&open.post("/checkout/update", &[("metaData", json!(text))]), 400);
    }
    open.post("/checkout/update", &[("metaData", json!(deep(32)))]).expect(200);
    let wallet = json!({ "type": "applepay", "token_data": { "data": deep(32) } });
    assert_eq!(shop.tokenize(&wallet).expect(201).json()["last4"], "4242");
    kassa.is_healthy();
}

fn what_was_stored_with_such_a_key_is_read_without_harm(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Shop::fresh(&kassa);
    let people =
        shop.make(Api::CheckoutCom, &json!({ "email": "ada@example.com", "metadata": { "a": "b" } }));
    let charge = neuro_pay::with(
        payment(1_000, &typed(APPROVED)),
        &[("customer", json!({ "id": people.cus })), ("shipping", json!({})), ("reference", json!("R"))],
    );
    let card = id_of(&shop.checkout_com.pay(&charge)["source"]);
    let paid = id_of(&shop.checkout_com.pay(&charge));
    let page = id_of(&post(&shop.checkout_com, PAGE, &page().to_string()).expect(201).json());
    let open =
        shop.neuro_pay.create_with(&[("paymentMethods", json!(["card"])), ("metaData", json!({ "a": 1 }))]);
    for hostile in
        [nested(40), nested(1), private(TEXT, "{"), format!("{}{}", "[".repeat(9_999), "]".repeat(9_999))]
    {
        let object = format!(r#"{{"shipping":{hostile},"products":[{hostile}],"description":{hostile}}}"#);
        for (table, column) in [
            ("customers", "metadata"),
            ("payments", "metadata"),
            ("payments", "extras"),
            ("hosted_pages", "request"),
        ] {
            kassa.tamper(&format!("update {table} set {column} = '{object}'"));
        }
        let holder = private(TEXT, r#"{"name":"Ada"}"#);
        kassa.tamper(&format!("update payments set card_holder = '{holder}' where card_holder is not null"));
        let read = |path: &str| shop.checkout_com.read(path).expect(200).text().to_owned();
        for path in [
            format!("/payments/{paid}"),
            "/payments?reference=R".to_owned(),
            format!("{PAGE}/{page}"),
            format!("/customers/{}", people.cus),
        ] {
            assert!(read(&path).contains(&hostile), "{path} echoes what is stored");
        }
        read(&format!("/instruments/{card}"));
        let customer = shop.neuro_pay.retrieve_customer(&people.hex).expect(200);
        assert!(customer.text().contains(&hostile));
        open.post("/checkout/retrieve", &[]).expect(200);
        shop.neuro_pay.known_person(&customer_of(&customer)).wallet().below("/data").open().expect(200);
        // What is merged with it is told as before, or is too large.
        let merged = open.update(&json!({ "b": 1 }));
        assert!(matches!(merged.status, 200 | 400), "{}", merged.text());
    }
    kassa.is_healthy();
}

/// What a test needs to know of a customer, whose metadata no library should read.
fn customer_of(answer: &Answer) -> Value {
    let text = |name: &str| {
        let (_, after) = answer.text().split_once(&format!("\"{name}\":\"")).expect("the field");
        after.split('"').next().unwrap_or_default().to_owned()
    };
    json!({ "customer_id": text("customer_id"), "client_page": text("client_page") })
}

fn a_card_number_in_escapes_is_refused_wherever_json_is_kept(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay: old, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let open = old.create();
    let charge = payment(1_000, &typed(APPROVED));
    let escaped: String = UNUSED_CARD.bytes().map(|digit| format!("\\u00{digit:x}")).collect();
    let tail = &UNUSED_CARD[1..];
    for written in [
        format!("\"{escaped}\""),
        format!("\"\\u003{}{tail}\"", &UNUSED_CARD[..1]),
        format!("\"{}\\t{}\"", &UNUSED_CARD[..4], "x")
            .replace("\\tx", &format!("\\u0020{}", &UNUSED_CARD[4..])),
        UNUSED_CARD.to_owned(),
        format!("{UNUSED_CARD}.0"),
        format!("{}.{tail}e15", &UNUSED_CARD[..1]),
        format!("{UNUSED_CARD}00E-2"),
        format!("{{\"{escaped}\":1}}"),
        // JSON in a text of JSON.
        quoted(&format!("{{\"a\":\"{escaped}\"}}")),
        quoted(&format!("[{}]", quoted(&format!("[\"{escaped}\"]")))),
    ] {
        for value in [format!(r#"{{"a":{written}}}"#), format!(r#"{{"a":[{{"b":{written}}}]}}"#)] {
            for field in [
                "billing_descriptor",
                "shipping",
                "risk",
                "recipient",
                "sender",
                "marketplace",
                "processing",
                "items",
            ] {
                let refused = post(&shop, "/payments", &with_raw(&charge, field, &value));
                is_invalid(&refused, &[&format!("{field}_looks_like_card_number")]);
            }
            let refused = post(&shop, "/payments", &with_raw(&charge, "metadata", &value));
            is_invalid(&refused, &["metadata_looks_like_card_number"]);
            for field in ["shipping", "products", "locale"] {
                let refused = post(&shop, PAGE, &with_raw(&page(), field, &format!("[{value}]")));
                is_invalid(&refused, &[&format!("{field}_looks_like_card_number")]);
            }
            let customer = with_raw(&json!({ "email": "ada@example.com" }), "metadata", &value);
            let refused = post(&shop, "/customers", &customer);
            // Nested and in escapes it is longer than a value may be here.
            let codes = refused.expect(422).json()["error_codes"].clone();
            let known = [json!(["metadata_looks_like_card_number"]), json!(["metadata_invalid"])];
            assert!(known.contains(&codes), "{codes}");
            for (field, value) in [("paymentMethods", value.clone()), ("metaData", value.clone())] {
                let body = with_raw(&checkout(), field, &value);
                let message = neuro_pay::is_error(&old.send("/checkout/create", body.as_bytes()), 400);
                assert!(message.contains("card number"), "{message}");
            }
            let body = with_raw(&json!({ "checkout_id": open.id }), "metaData", &quoted(&value));
            neuro_pay::is_error(&old.send("/checkout/update", body.as_bytes()), 400);
        }
    }
    kassa.is_healthy();
}

fn what_is_echoed_keeps_its_numbers(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = checkout_com::Client::fresh(&kassa);
    let shipping = r#"{"weight":1.50,"parcel":12345678901234567890123,"city":"L\u0075nd"}"#;
    let body = with_raw(&payment(1_000, &card(APPROVED)), "shipping", shipping);
    let paid = id_of(&post(&shop, "/payments", &body).expect(201).json());
    let products = format!(
        "[{{\"name\":\"B\\u006fots\",\"quantity\":1,\"price\":1,\"facts\":{shipping}}},\
         {{\"name\":\"Laces\",\"quantity\":2,\"price\":\"1\"}}]"
    );
    let page = post(&shop, PAGE, &with_raw(&page(), "products", &products)).expect(201).json();
    let read = shop.payment(&paid).expect(200);
    assert!(read.text().contains(&format!("\"shipping\":{shipping}")), "{}", read.text());
    let read = shop.read(&format!("{PAGE}/{}", id_of(&page))).expect(200);
    assert!(read.text().contains(&format!("\"products\":{products}")), "{}", read.text());
    let address = page["_links"]["redirect"]["href"].as_str().expect("a link");
    let seen = kassa_tests::http::get(&kassa.agent(), address).expect(200);
    assert!(seen.text().contains("Boots, Laces"), "the buyer reads the names");
}

fn a_long_list_of_metadata_is_read_as_its_object_would_be(engine: Engine) {
    let kassa = Server::shared(engine);
    let old = neuro_pay::Client::fresh(&kassa);
    let list = |names: &[&str]| {
        let items: Vec<Value> = names.iter().enumerate().map(|(at, name)| json!({ *name: at })).collect();
        old.post("/checkout/create", &neuro_pay::with(checkout(), &[("metaData", json!(items))]))
    };
    assert_eq!(list(&["b", "a"]).ok()["metaData"].to_string(), r#"{"b":0,"a":1}"#);
    let message = neuro_pay::is_error(&list(&["a", "b", "a"]), 400);
    assert!(message.contains("must not name a key twice"), "{message}");
    // As many as a body holds.
    let names: Vec<String> = (0..5_000).map(|number| format!("{number:x}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let message = neuro_pay::is_error(&list(&names), 400);
    assert!(message.contains("at most 50 keys"), "{message}");
}
