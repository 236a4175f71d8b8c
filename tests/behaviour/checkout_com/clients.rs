//! What the vendor's clients and the libraries around them send, and the vendor takes, beside what its document says.

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::checkout_com::{Client, customer, is_bare, is_error, is_invalid};
use kassa_tests::drivers::checkout_com_cards::{card, of_token};
use kassa_tests::drivers::checkout_com_payments::{id_of, payment, typed};
use kassa_tests::drivers::neuro_pay::with;
use kassa_tests::{Engine, Server, on_each_engine, on_one_engine};
use serde_json::{Value, json};

use super::hosted_payments::{LINK, PAGE, link, page, post};

on_each_engine!(
    numbers_and_booleans_are_taken_as_text_and_a_security_code_as_a_number,
    a_body_that_may_be_left_out_may_be_null,
    an_expired_card_becomes_a_token_and_pays_nothing,
    a_name_alone_names_no_customer_and_pays,
    a_slash_at_the_end_of_a_path_says_nothing,
    a_key_may_have_spaces_in_it,
    a_payments_reference_has_up_to_80_characters_and_any_other_50,
);
on_one_engine!(
    what_is_no_text_of_a_number_or_a_boolean_is_refused,
    hosted_pages_and_links_take_the_secret_key_alone,
);

fn numbers_and_booleans_are_taken_as_text_and_a_security_code_as_a_number(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let source = json!({
        "type": "card", "number": APPROVED, "expiry_month": "6", "expiry_year": "2099", "cvv": 100,
        "store_for_future_use": "false",
    });
    let body = json!({
        "source": source, "amount": "200", "currency": "USD", "capture": "false", "3ds": { "enabled": "false" },
    });
    let made = shop.pay(&body);
    assert_eq!((&made["amount"], &made["status"]), (&json!(200), &json!("Authorized")));
    assert_eq!((&made["source"]["cvv_check"], &made["source"]["id"]), (&json!("Y"), &Value::Null));
    let id = id_of(&made);
    shop.operate(&id, "captures", &json!({ "amount": "150" })).expect(202);
    shop.operate(&id, "refunds", &json!({ "amount": "50" })).expect(202);
    assert_eq!(shop.stands(&id).1, [200, 50, 0, 150, 0, 50, 100]);
    let challenged = with(body.clone(), &[("3ds", json!({ "enabled": "true" }))]);
    assert_eq!(shop.post_payment(&challenged).expect(202).json()["status"], "Pending");
    // So the vendor writes the code of a stored card itself.
    let saved = shop.save(APPROVED, &json!({ "email": "ada@example.com", "default": "true" }));
    assert_eq!(shop.wallet("ada@example.com").1, Some(saved.clone()));
    let made = shop.pay(&payment(1_000, &json!({ "type": "id", "id": saved, "cvv": 100 })));
    assert_eq!(made["source"]["cvv_check"], "Y");
    shop.tokenize(&with(card(APPROVED), &[("cvv", json!(100))])).expect(201);
    let texts = [("amount", json!("1000")), ("capture", json!("false")), ("expires_in", json!("600"))];
    for (path, body) in [(PAGE, page()), (LINK, link())] {
        let made = id_of(&post(&shop, path, &with(body, &texts)).expect(201).json());
        assert_eq!(shop.read(&format!("{path}/{made}")).ok()["amount"], 1_000);
    }
}

fn what_is_no_text_of_a_number_or_a_boolean_is_refused(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let body = payment(1_000, &typed(APPROVED));
    let refused = |name: &'static str, value: &Value, code: &str| {
        let answer = shop.post_payment(&with(body.clone(), &[(name, value.clone())]));
        assert_eq!(answer.status, 422, "{name} {value}: {}", answer.text());
        assert_eq!(answer.json()["error_codes"], json!([code]), "{name} {value}");
    };
    for wrong in
        ["1.5", " 200", "200 ", "0x1", "", "+200", "-200", "1e3", "--1", "２００", "9223372036854775808"]
    {
        refused("amount", &json!(wrong), "amount_invalid");
    }
    refused("amount", &json!(true), "amount_invalid");
    for wrong in [json!("yes"), json!("True"), json!(" true"), json!(""), json!("1"), json!(1)] {
        refused("capture", &wrong, "capture_invalid");
    }
    for wrong in [json!(12), json!(12_345), json!(-100), json!(100.0), json!(1.5), json!(true), json!([100])]
    {
        refused("source", &with(typed(APPROVED), &[("cvv", wrong)]), "cvv_invalid");
    }
    is_invalid(&post(&shop, LINK, &with(link(), &[("expires_in", json!("1.5"))])), &["expires_in_invalid"]);
}

fn a_body_that_may_be_left_out_may_be_null(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let send = |id: &str, folder: &str, body: &[u8]| {
        shop.send("POST", &format!("/payments/{id}/{folder}"), &[], body)
    };
    let (id, other) = (shop.reserve(1_000), shop.reserve(1_000));
    send(&id, "captures", b"null").expect(202);
    send(&id, "refunds", b" null\n").expect(202);
    assert_eq!(shop.stands(&id).0, "Refunded");
    send(&other, "voids", b"null").expect(202);
    assert_eq!(shop.stands(&other).0, "Voided");
    let id = shop.reserve(1_000);
    for wrong in ["[]", "\"null\"", "0", "false"] {
        is_invalid(&send(&id, "captures", wrong.as_bytes()), &["request_invalid"]);
    }
    is_error(&send(&id, "captures", b"nulll"), 400, "request_malformed", &["request_json_invalid"]);
    // Elsewhere something has to be said.
    for path in ["/payments", "/customers", "/instruments", PAGE] {
        is_invalid(&shop.send("POST", path, &[], b"null"), &["request_invalid"]);
    }
}

fn an_expired_card_becomes_a_token_and_pays_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let expired = with(card(APPROVED), &[("expiry_month", json!(6)), ("expiry_year", json!(2020))]);
    let made = shop.tokenize(&expired).expect(201).json();
    assert_eq!((&made["expiry_month"], &made["expiry_year"]), (&json!(6), &json!(2020)));
    let token = made["token"].as_str().expect("a token");
    let named = json!({ "number": APPROVED, "expiry_month": 6, "expiry_year": 2020 }).to_string();
    let of_wallet = shop.tokenize(&json!({ "type": "applepay", "token_data": { "data": named } }));
    let of_wallet = of_wallet.expect(201).json()["token"].clone();
    let nobody = json!({ "email": "nobody@example.com" });
    for source in [
        expired.clone(),
        json!({ "type": "token", "token": token }),
        json!({ "type": "token", "token": of_wallet }),
    ] {
        let fields = [("reference", json!("R")), ("customer", nobody.clone())];
        let refused = shop.post_payment(&with(payment(1_000, &source), &fields));
        is_error(&refused, 422, "processing_error", &["card_expired"]);
    }
    assert_eq!(shop.read("/payments?reference=R").ok()["total_count"], 0);
    is_bare(&shop.get("nobody@example.com"), 404);
    // What is wrong with the request itself is told before.
    let wrong = with(payment(1_000, &expired), &[("currency", json!("EURO"))]);
    is_invalid(&shop.post_payment(&wrong), &["currency_invalid"]);
    // It is not saved either, and can still be handed in for something else.
    is_invalid(&shop.post_instrument(&expired), &["card_expired"]);
    is_invalid(&shop.post_instrument(&of_token(token)), &["card_expired"]);
    let saved = shop.save(APPROVED, &json!(null));
    is_invalid(&shop.patch_instrument(&saved, &of_token(token)), &["card_expired"]);
    let mended = with(of_token(token), &[("expiry_month", json!(1)), ("expiry_year", json!(2091))]);
    shop.patch_instrument(&saved, &mended).expect(200);
    assert_eq!(shop.instrument(&saved).ok()["expiry_year"], 2091);
}

fn a_name_alone_names_no_customer_and_pays(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let body = payment(1_000, &typed(APPROVED));
    for named in [json!({ "email": null, "name": "Jim Smith" }), json!({ "name": "Jim Smith" })] {
        let made = shop.pay(&with(body.clone(), &[("customer", named.clone())]));
        assert!(made["customer"].is_null(), "{made}");
        assert_eq!(shop.payment(&id_of(&made)).ok()["customer"], named);
    }
    for (wrong, code) in [
        (json!({ "name": 7 }), "customer_name_invalid"),
        (json!({ "name": APPROVED }), "name_looks_like_card_number"),
        (json!({ "name": "Jim", "phone": { "number": "1" } }), "phone_number_length_invalid"),
        (json!("Jim"), "customer_id_invalid"),
    ] {
        for answer in [
            shop.post_payment(&with(body.clone(), &[("customer", wrong.clone())])),
            post(&shop, PAGE, &with(page(), &[("customer", wrong.clone())])),
        ] {
            assert_eq!(answer.status, 422, "{wrong}");
            assert_eq!(answer.json()["error_codes"][0], code, "{wrong}");
        }
    }
    // Whose the card is knows a name better.
    let ada = json!({ "email": "ada@example.com", "name": "Ada" });
    let card = json!({ "type": "id", "id": shop.save(APPROVED, &ada) });
    let made = shop.pay(&with(payment(1_000, &card), &[("customer", json!({ "name": "Jim Smith" }))]));
    let read = shop.payment(&id_of(&made)).expect(200);
    assert_eq!(
        (&read.json()["customer"], read.text().matches("\"customer\"").count()),
        (&made["customer"], 1)
    );
    assert_eq!(made["customer"]["name"], "Ada");
    // To save a card for somebody, more is needed.
    let saving = with(self::card(APPROVED), &[("customer", json!({ "name": "Jim Smith" }))]);
    is_invalid(&shop.post_instrument(&saving), &["source_id_or_email_required"]);
}

fn a_slash_at_the_end_of_a_path_says_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let send =
        |method: &str, path: &str, body: &Value| shop.send(method, path, &[], body.to_string().as_bytes());
    let customer = id_of(&send("POST", "/customers/", &customer()).expect(201).json());
    let with_owner = with(card(APPROVED), &[("customer", json!({ "id": customer }))]);
    let saved = id_of(&send("POST", "/instruments/", &with_owner).expect(201).json());
    let body =
        with(payment(1_000, &typed(APPROVED)), &[("reference", json!("R")), ("capture", json!(false))]);
    let paid = id_of(&send("POST", "/payments/", &body).expect(201).json());
    for (path, id) in [("customers", &customer), ("instruments", &saved), ("payments", &paid)] {
        let (plain, slash) = (shop.read(&format!("/{path}/{id}")), shop.read(&format!("/{path}/{id}/")));
        assert_eq!((slash.status, plain.text()), (200, slash.text()));
        assert!(slash.header("cko-request-id").is_some() && slash.header("cache-control").is_some());
    }
    assert_eq!(shop.read("/payments/?reference=R").ok()["total_count"], 1);
    let actions = shop.read(&format!("/payments/{paid}/actions/")).ok();
    assert_eq!(actions.as_array().map(Vec::len), Some(1));
    send("PATCH", &format!("/customers/{customer}/"), &json!({ "name": "Batman" })).expect(204);
    send("POST", &format!("/payments/{paid}/captures/"), &json!({})).expect(202);
    let page = shop.with_key(shop.credential("public_key"));
    let token = page.send("POST", "/tokens/", &[], card(APPROVED).to_string().as_bytes()).expect(201);
    assert_eq!(token.header("access-control-allow-origin"), Some("*"));
    // It is one address, so one key stands for one request.
    let once = |path: &str| id_of(&shop.send_once("k", "POST", path, &body).expect(201).json());
    assert_eq!(once("/payments"), once("/payments/"));
    // What is answered elsewhere is answered there too.
    let wrong = send("DELETE", "/customers/", &json!({})).expect(405);
    assert_eq!(wrong.header("allow"), shop.send("DELETE", "/customers", &[], b"").header("allow"));
    is_bare(&shop.with_key("sk_sbox_none").read(&format!("/customers/{customer}/")), 401);
    for path in ["/", "//", "/customers//", "/nothing/", "/payments//actions/"] {
        is_bare(&shop.read(path), 404);
    }
}

fn a_key_may_have_spaces_in_it(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let body = payment(1_000, &typed(APPROVED));
    let first = shop.send_once("order 17 of  Monday", "POST", "/payments", &body).expect(201);
    let again = shop.send_once("order 17 of  Monday", "POST", "/payments", &body).expect(201);
    assert_eq!((again.header("idempotency-replayed"), &again.body), (Some("true"), &first.body));
    let other = shop.send_once("order 17 of Monday", "POST", "/payments", &body).expect(201);
    assert_ne!(other.json()["id"], first.json()["id"]);
    // What stands around a header's value is none of it.
    for wrong in ["", "   ", "a\tb"] {
        is_invalid(&shop.send_once(wrong, "POST", "/payments", &body), &["idempotency_key_invalid"]);
    }
}

fn a_payments_reference_has_up_to_80_characters_and_any_other_50(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let long = "å".repeat(80);
    let body = with(payment(1_000, &typed(APPROVED)), &[("capture", json!(false))]);
    let named = |reference: &str| with(body.clone(), &[("reference", json!(reference))]);
    let made = shop.pay(&named(&long));
    assert_eq!(made["reference"], json!(long));
    let listed = shop.read(&format!("/payments?reference={}", "%C3%A5".repeat(80))).ok();
    assert_eq!(listed["data"][0]["id"], made["id"]);
    is_invalid(&shop.post_payment(&named(&format!("{long}å"))), &["reference_invalid"]);
    let operation =
        |length: usize| json!({ "amount": 10, "capture_type": "NonFinal", "reference": "r".repeat(length) });
    for folder in ["captures", "refunds"] {
        shop.operate(&id_of(&made), folder, &operation(50)).expect(202);
        is_invalid(&shop.operate(&id_of(&made), folder, &operation(51)), &["reference_invalid"]);
    }
    for (path, body) in [(PAGE, page()), (LINK, link())] {
        post(&shop, path, &with(body.clone(), &[("reference", json!("r".repeat(50)))])).expect(201);
        let longer = with(body, &[("reference", json!("r".repeat(51)))]);
        is_invalid(&post(&shop, path, &longer), &["reference_invalid"]);
    }
}

fn hosted_pages_and_links_take_the_secret_key_alone(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let by_token = shop.with_scope("gateway+vault");
    let by_page = shop.with_key(shop.credential("public_key"));
    for (path, body) in [(PAGE, page()), (LINK, link())] {
        let id = id_of(&post(&shop, path, &body).expect(201).json());
        for (stranger, code) in [(&by_token, "secret_key_required"), (&by_page, "server_api_not_allowed")] {
            for answer in [post(stranger, path, &body), stranger.read(&format!("{path}/{id}"))] {
                is_error(&answer, 403, "operation_not_allowed", &[code]);
            }
        }
    }
}
