//! What a payment of Checkout.com's refuses, what its keys repeat, what its list shows, and what a deletion leaves.

use kassa_tests::drivers::buyer::{APPROVED, DECLINED};
use kassa_tests::drivers::checkout_com::{Client, NOBODYS, is_bare, is_error, is_invalid};
use kassa_tests::drivers::checkout_com_cards::{NO_CARD, NO_TOKEN};
use kassa_tests::drivers::checkout_com_payments::{NO_PAYMENT, id_of, payment, typed};
use kassa_tests::drivers::neuro_pay::{with, without};
use kassa_tests::{Engine, Server, at_once, on_each_engine, on_one_engine};
use serde_json::{Value, json};

on_each_engine!(
    a_token_pays_once_and_only_in_time,
    a_refused_payment_leaves_the_token_for_another,
    a_source_that_is_not_there_pays_nothing,
    no_more_is_captured_or_refunded_than_there_is,
    a_void_of_a_part_releases_nothing,
    what_the_state_forbids_is_a_bare_403,
    a_payment_of_nobodys_or_of_another_shop_is_not_found,
    a_key_charges_once_whatever_its_body_says,
    a_captures_key_captures_once,
    payments_of_a_reference_are_listed_newest_first,
    a_plus_sign_in_a_reference_is_a_space_or_itself,
    a_list_of_very_many_payments_is_whole,
    a_deleted_customers_payment_goes_on_without_a_name,
    live_mode_charges_nothing,
    a_key_charges_only_what_it_is_for,
);
on_one_engine!(a_payment_that_cannot_be_is_refused,);

fn a_token_pays_once_and_only_in_time(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let of = |token: &str| payment(1_000, &json!({ "type": "token", "token": token }));
    let token = shop.token(APPROVED);
    let answers = at_once(16, |_| shop.post_payment(&of(&token)));
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        is_error(answer, 422, "processing_error", &["token_used"]);
    }
    let declined = shop.token(DECLINED);
    shop.pay(&of(&declined));
    is_error(&shop.post_payment(&of(&declined)), 422, "processing_error", &["token_used"]);
    for token in [NO_TOKEN, "tok_none", ""] {
        is_error(&shop.post_payment(&of(token)), 422, "token_invalid", &["token_invalid"]);
    }
    let late = shop.token(APPROVED);
    kassa.tamper("update tokens set expires_at = created_at");
    is_error(&shop.post_payment(&of(&late)), 422, "processing_error", &["token_expired"]);
}

fn a_refused_payment_leaves_the_token_for_another(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let body = payment(1_000, &json!({ "type": "token", "token": shop.token(APPROVED) }));
    let unknown = with(body.clone(), &[("customer", json!({ "id": NOBODYS }))]);
    is_invalid(&shop.post_payment(&unknown), &["customer_not_found"]);
    is_invalid(&shop.post_payment(&without(body.clone(), "currency")), &["currency_required"]);
    assert_eq!(shop.pay(&body)["approved"], true);
}

fn a_source_that_is_not_there_pays_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, other) = (Client::fresh(&kassa), Client::fresh(&kassa));
    let charge = |source: Value| shop.post_payment(&payment(1_000, &source));
    let by_id = |id: &str| charge(json!({ "type": "id", "id": id }));
    let by_customer = |id: &str| charge(json!({ "type": "customer", "id": id }));
    let foreign = other.save(APPROVED, &json!({ "email": "ada@example.com" }));
    let deleted = shop.save(APPROVED, &json!(null));
    shop.delete_instrument(&deleted).expect(204);
    for id in [NO_CARD, "src_none", &foreign, &deleted] {
        is_invalid(&by_id(id), &["source_id_invalid"]);
    }
    let revoked = shop.save(APPROVED, &json!({ "email": "eva@example.com" }));
    shop.revoke(&revoked).expect(200);
    is_invalid(&by_id(&revoked), &["card_disabled"]);
    let gone = shop.create(&json!({ "email": "gone@example.com" }));
    shop.delete(&gone).expect(204);
    let foreign = other.get("ada@example.com").ok()["id"].as_str().expect("an id").to_owned();
    for id in [NOBODYS, &gone, &foreign] {
        is_invalid(&by_customer(id), &["customer_not_found"]);
    }
    let poor = shop.create(&json!({ "email": "poor@example.com" }));
    is_invalid(&by_customer(&poor), &["payment_source_required"]);
    let of_the_revoked = shop.get("eva@example.com").ok()["id"].as_str().expect("an id").to_owned();
    is_invalid(&by_customer(&of_the_revoked), &["payment_source_required"]);
}

fn a_payment_that_cannot_be_is_refused(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let good = with(payment(1_000, &typed(APPROVED)), &[("reference", json!("R"))]);
    let with_source =
        |fields: &[(&str, Value)]| with(good.clone(), &[("source", with(typed(APPROVED), fields))]);
    let field = |name: &'static str, value: Value| with(good.clone(), &[(name, value)]);
    let cases: [(Value, &[&str]); 27] = [
        (without(good.clone(), "source"), &["payment_source_required"]),
        (json!({}), &["payment_source_required", "currency_required"]),
        (field("source", json!({})), &["source_type_required"]),
        (field("source", json!({ "type": "paypal" })), &["source_invalid"]),
        (field("source", json!({ "type": "token" })), &["source_token_required"]),
        (field("source", json!({ "type": "id" })), &["source_id_required"]),
        (with_source(&[("number", json!("4242424242424241"))]), &["card_number_invalid"]),
        (with_source(&[("expiry_month", json!(13))]), &["card_expiry_month_invalid"]),
        (with_source(&[("cvv", json!("12"))]), &["cvv_invalid"]),
        (with_source(&[("store_for_future_use", json!("yes"))]), &["store_for_future_use_invalid"]),
        (field("amount", json!(-1)), &["amount_invalid"]),
        (field("amount", json!(10.5)), &["amount_invalid"]),
        (field("amount", json!(1_000_000_000_000_i64)), &["amount_invalid"]),
        (field("currency", json!("EURO")), &["currency_invalid"]),
        (field("payment_type", json!("Gift")), &["payment_type_invalid"]),
        (field("capture", json!(1)), &["capture_invalid"]),
        (field("capture_on", json!(5)), &["capture_on_invalid"]),
        (field("3ds", json!("yes")), &["3ds_invalid"]),
        (field("3ds", json!({ "enabled": "yes" })), &["3ds_enabled_invalid"]),
        (field("reference", json!("r".repeat(81))), &["reference_invalid"]),
        (field("description", json!("d".repeat(101))), &["description_invalid"]),
        (field("metadata", json!([1])), &["metadata_invalid"]),
        (field("success_url", json!("javascript:alert(1)")), &["success_url_invalid"]),
        (field("failure_url", json!("shop")), &["fail_url_invalid"]),
        (field("customer", json!({ "email": "no address" })), &["customer_email_invalid"]),
        (field("customer", json!({ "id": NOBODYS })), &["customer_not_found"]),
        (field("shipping", json!({ "note": APPROVED })), &["shipping_looks_like_card_number"]),
    ];
    for (body, codes) in &cases {
        let answer = shop.post_payment(body);
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        assert_eq!(answer.json()["error_codes"], json!(codes), "{body}");
    }
    assert_eq!(shop.read("/payments?reference=R").ok()["total_count"], 0, "a refused payment is none");
}

fn no_more_is_captured_or_refunded_than_there_is(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.reserve(1_000);
    let capture = |body: Value| shop.operate(&id, "captures", &body);
    is_invalid(&capture(json!({ "amount": 1_001 })), &["capture_value_greater_than_authorized"]);
    for amount in [json!(0), json!(-5), json!("0"), json!(1.5)] {
        is_invalid(&capture(json!({ "amount": amount })), &["amount_invalid"]);
    }
    is_invalid(&capture(json!({ "capture_type": "Half" })), &["capture_type_invalid"]);
    is_invalid(&capture(json!({ "reference": "r".repeat(51) })), &["reference_invalid"]);
    capture(json!({ "amount": 400, "capture_type": "NonFinal" })).expect(202);
    is_invalid(&capture(json!({ "amount": 601 })), &["capture_value_greater_than_remaining_authorized"]);
    capture(json!({ "amount": 500 })).expect(202);
    let refund = |amount: i64| shop.operate(&id, "refunds", &json!({ "amount": amount }));
    is_invalid(&refund(901), &["amount_exceeds_balance"]);
    is_invalid(&refund(0), &["amount_invalid"]);
    refund(300).expect(202);
    is_invalid(&refund(601), &["amount_exceeds_balance"]);
    refund(600).expect(202);
    assert_eq!(shop.stands(&id), ("Refunded".to_owned(), [1_000, 100, 0, 900, 0, 900, 0]));
}

fn a_void_of_a_part_releases_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.reserve(1_000);
    for amount in [999, 1_001] {
        is_invalid(&shop.operate(&id, "voids", &json!({ "amount": amount })), &["void_amount_invalid"]);
    }
    assert_eq!(shop.stands(&id), ("Authorized".to_owned(), [1_000, 0, 1_000, 0, 1_000, 0, 0]));
    shop.operate(&id, "voids", &json!({ "amount": 1_000 })).expect(202);
    assert_eq!(shop.stands(&id).0, "Voided");
    is_bare(&shop.operate(&id, "voids", &json!({ "amount": 999 })), 403);
}

fn what_the_state_forbids_is_a_bare_403(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let forbidden = |id: &str, folders: &[&str]| {
        let before = (shop.stands(id), shop.done(id));
        for folder in folders {
            is_bare(&shop.operate(id, folder, &json!({ "reference": "R" })), 403);
        }
        assert_eq!((shop.stands(id), shop.done(id)), before);
    };
    let id = shop.reserve(1_000);
    forbidden(&id, &["refunds"]);
    shop.operate(&id, "captures", &json!({ "amount": 100, "capture_type": "NonFinal" })).expect(202);
    shop.operate_all(&id, "captures");
    forbidden(&id, &["voids", "captures"]);
    shop.operate_all(&id, "refunds");
    forbidden(&id, &["voids", "captures", "refunds"]);
    let id = shop.reserve(1_000);
    shop.operate_all(&id, "voids");
    forbidden(&id, &["voids", "captures", "refunds"]);
}

fn a_payment_of_nobodys_or_of_another_shop_is_not_found(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, other) = (Client::fresh(&kassa), Client::fresh(&kassa));
    let foreign = other.reserve(1_000);
    let upper = shop.reserve(1_000).to_uppercase();
    for id in [NO_PAYMENT, "pay_none", "none", &foreign, &upper] {
        is_bare(&shop.payment(id), 404);
        is_bare(&shop.read(&format!("/payments/{id}/actions")), 404);
        for folder in ["captures", "refunds", "voids"] {
            is_bare(&shop.operate(id, folder, &json!({})), 404);
        }
    }
    assert_eq!(other.stands(&foreign).0, "Authorized");
}

fn a_key_charges_once_whatever_its_body_says(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let body = |reference: &str| with(payment(1_000, &typed(APPROVED)), &[("reference", json!(reference))]);
    let first = shop.send_once("once", "POST", "/payments", &body("one")).expect(201);
    // The vendor does not compare bodies.
    let again = shop.send_once("once", "POST", "/payments", &body("two")).expect(201);
    assert_eq!((again.header("idempotency-replayed"), &again.body), (Some("true"), &first.body));
    assert_ne!(again.header("cko-request-id"), first.header("cko-request-id"));
    for (reference, count) in [("one", 1), ("two", 0)] {
        assert_eq!(shop.read(&format!("/payments?reference={reference}")).ok()["total_count"], count);
    }
    // A decline is an answer as well, and a refusal is none.
    let declined = with(body("three"), &[("source", typed(DECLINED))]);
    let made = shop.send_once("declined", "POST", "/payments", &declined).expect(201);
    let again = shop.send_once("declined", "POST", "/payments", &body("three")).expect(201);
    assert_eq!((made.json()["approved"].clone(), made.body), (json!(false), again.body));
    let refused = shop.send_once("refused", "POST", "/payments", &without(body("four"), "currency"));
    is_invalid(&refused, &["currency_required"]);
    let made = shop.send_once("refused", "POST", "/payments", &body("four")).expect(201);
    assert_eq!(made.header("idempotency-replayed"), None);
    // Another shop's key of the same name is another key.
    let other = Client::fresh(&kassa);
    let made = other.send_once("once", "POST", "/payments", &body("one")).expect(201);
    assert_ne!(made.json()["id"], first.json()["id"]);
}

fn a_captures_key_captures_once(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.reserve(1_000);
    let part = json!({ "amount": 100, "capture_type": "NonFinal" });
    for (folder, body) in [("captures", part), ("captures", json!({})), ("refunds", json!({ "amount": 50 }))]
    {
        let path = format!("/payments/{id}/{folder}");
        let key = format!("{folder}{body}");
        let first = shop.send_once(&key, "POST", &path, &body).expect(202);
        let again = shop.send_once(&key, "POST", &path, &json!({ "amount": 7 })).expect(202);
        assert_eq!((again.header("idempotency-replayed"), &again.body), (Some("true"), &first.body));
    }
    let did = [("Authorization", 1_000), ("Capture", 100), ("Capture", 900), ("Refund", 50)];
    assert_eq!(shop.done(&id), did.map(|(kind, amount)| (kind.to_owned(), amount, true)));
    // The same key names another operation at another payment.
    let other = shop.reserve(1_000);
    let body = json!({ "amount": 100, "capture_type": "NonFinal" });
    shop.send_once(&format!("captures{body}"), "POST", &format!("/payments/{other}/captures"), &body)
        .expect(202);
    assert_eq!(shop.stands(&other).0, "Partially Captured");
}

fn payments_of_a_reference_are_listed_newest_first(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let charge = |reference: &str| {
        id_of(&shop.pay(&with(payment(1_000, &typed(APPROVED)), &[("reference", json!(reference))])))
    };
    let mut made: Vec<String> = (0..12).map(|_| charge("ORD 1&2")).collect();
    let other = charge("ORD");
    made.reverse();
    let list = |query: &str| shop.read(&format!("/payments?reference=ORD%201%262{query}")).ok();
    let ids =
        |list: &Value| list["data"].as_array().expect("a list").iter().map(id_of).collect::<Vec<String>>();
    let first = list("");
    assert_eq!((&first["limit"], &first["skip"], &first["total_count"]), (&json!(10), &json!(0), &json!(12)));
    assert_eq!(ids(&first), made[..10]);
    assert_eq!(first["data"][0], shop.payment(&made[0]).ok());
    let next = list("&limit=5&skip=5");
    assert_eq!((&next["limit"], &next["skip"], ids(&next)), (&json!(5), &json!(5), made[5..10].to_vec()));
    assert_eq!(ids(&list("&skip=10")), made[10..]);
    assert_eq!(ids(&list("&skip=12")), Vec::<String>::new());
    assert_eq!(ids(&shop.read("/payments?reference=ORD").ok()), [other]);
    assert_eq!(shop.read("/payments?reference=none").ok()["data"], json!([]));
    assert_eq!(Client::fresh(&kassa).read("/payments?reference=ORD").ok()["total_count"], 0);
    is_invalid(&shop.read("/payments"), &["reference_required"]);
    is_invalid(&shop.read("/payments?limit=5"), &["reference_required"]);
    for wrong in ["limit=0", "limit=101", "limit=ten", "skip=-1", "skip=x"] {
        let (name, _) = wrong.split_once('=').expect("a name");
        let code = format!("{name}_invalid");
        is_invalid(&shop.read(&format!("/payments?reference=ORD&{wrong}")), &[&code]);
    }
}

fn a_list_of_very_many_payments_is_whole(engine: Engine) {
    const MANY: usize = 5_000;
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let ours = with(payment(1_000, &typed(APPROVED)), &[("reference", json!("MANY"))]);
    let mut made: Vec<String> = (0..13).map(|_| id_of(&shop.pay(&ours))).collect();
    made.reverse();
    let id = match engine {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "decode(replace(gen_random_uuid()::text, '-', ''), 'hex')",
    };
    let newest = shop.payment(&made[0]).ok()["requested_on"].clone();
    kassa.tamper(&format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {MANY})
         insert into payments (merchant, mode, public_id, api, version, sequence, state, currency, amount, authorized,
             captured, voided, refunded, authorizing, capturing, voiding, refunding, captures_itself, description,
             reference, metadata, created_at, changed_at)
         select merchant, mode, {id}, api, 1, 1, 'pending', 'EUR', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', reference, '{{}}',
             created_at, changed_at
         from n, (select * from payments where reference = 'MANY' and merchant =
             (select id from merchants where name = '{}') order by id desc limit 1) as one",
        merchant.name
    ));
    let list = |skip: usize, limit: usize| {
        let list = shop.read(&format!("/payments?reference=MANY&skip={skip}&limit={limit}")).ok();
        assert_eq!(list["total_count"], MANY + 13, "{skip}");
        list["data"].as_array().expect("a list").clone()
    };
    let ids = |list: &[Value]| list.iter().map(id_of).collect::<Vec<String>>();
    assert_eq!(list(0, 100).len(), 100);
    assert_eq!(list(0, 1)[0]["requested_on"], newest);
    let across = list(MANY - 2, 100);
    assert_eq!((across.len(), ids(&across[2..])), (15, made.clone()));
    assert_eq!(ids(&list(MANY + 2, 7)), made[2..9]);
    assert_eq!(list(MANY + 13, 10), Vec::<Value>::new());
    assert_eq!(list(1_000_000, 10), Vec::<Value>::new());
}

fn a_deleted_customers_payment_goes_on_without_a_name(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let secrets = ["Zenobia", "zenobia@example.com", "Palmyra", "5551234"];
    let source = with(
        typed(APPROVED),
        &[
            ("name", json!("Zenobia")),
            ("billing_address", json!({ "city": "Palmyra", "country": "SY" })),
            ("phone", json!({ "country_code": "+1", "number": "5551234" })),
        ],
    );
    let charge = |source: &Value| {
        let body = with(
            payment(1_000, source),
            &[
                ("capture", json!(false)),
                ("reference", json!("ORD-9")),
                ("customer", json!({ "email": "zenobia@example.com", "name": "Zenobia" })),
                ("shipping", json!({ "address": { "city": "Palmyra" }, "phone": { "number": "5551234" } })),
                ("recipient", json!({ "first_name": "Zenobia" })),
            ],
        );
        shop.send_once("charge", "POST", "/payments", &body).expect(201).json()
    };
    let made = charge(&source);
    let id = id_of(&made);
    for secret in secrets {
        assert!(made.to_string().contains(secret) || shop.payment(&id).text().contains(secret), "{secret}");
    }
    shop.delete(made["customer"]["id"].as_str().expect("an id")).expect(204);
    let read = || {
        let now = shop.payment(&id).ok();
        let everything =
            format!("{now}{:?}{}", shop.actions(&id), shop.read("/payments?reference=ORD-9").text());
        for secret in secrets {
            assert!(!everything.contains(secret), "{secret} is in {everything}");
        }
        let shown = (&now["source"]["scheme"], &now["source"]["last4"], &now["customer"]["email"]);
        assert_eq!(shown, (&json!("Visa"), &json!("4242"), &Value::Null));
        now
    };
    read();
    shop.operate(&id, "captures", &json!({ "amount": 700 })).expect(202);
    shop.operate(&id, "refunds", &json!({ "amount": 300 })).expect(202);
    assert_eq!(read()["status"], "Partially Refunded");
    // The card is gone with its owner.
    let card = made["source"]["id"].as_str().expect("a card");
    is_bare(&shop.instrument(card), 404);
    let body = payment(1_000, &json!({ "type": "id", "id": card }));
    is_invalid(&shop.post_payment(&body), &["source_id_invalid"]);
}

fn live_mode_charges_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::new(&kassa, &kassa.credentials("Live charges", "live"));
    let customer = shop.create(&json!({ "email": "ada@example.com" }));
    for amount in [0, 1_000] {
        let body = with(
            payment(amount, &typed(APPROVED)),
            &[("reference", json!("R")), ("customer", json!({ "email": "new@example.com" }))],
        );
        is_error(&shop.post_payment(&body), 422, "processing_error", &["no_acquirer_configured"]);
    }
    assert_eq!(shop.read("/payments?reference=R").ok()["total_count"], 0);
    is_bare(&shop.get("new@example.com"), 404);
    assert_eq!(shop.wallet(&customer), (vec![], None));
}

fn a_key_charges_only_what_it_is_for(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.reserve(1_000);
    let body = payment(1_000, &typed(APPROVED));
    for key in [shop.credential("public_key"), "sk_sbox_none"] {
        let stranger = shop.with_key(key);
        for answer in
            [stranger.post_payment(&body), stranger.payment(&id), stranger.operate(&id, "voids", &json!({}))]
        {
            assert!(matches!(answer.status, 401 | 403), "{}", answer.status);
        }
    }
    let scopes = [
        ("gateway:payment", 201, 403, 403, 403),
        ("gateway:payment-details", 403, 200, 403, 403),
        ("gateway:payment-captures", 403, 403, 202, 403),
        ("gateway:payment-refunds", 403, 403, 403, 202),
        ("vault", 403, 403, 403, 403),
    ];
    for (scope, charged, read, captured, refunded) in scopes {
        let narrow = shop.with_scope(scope);
        let statuses = [
            narrow.post_payment(&body).status,
            narrow.payment(&id).status,
            narrow.operate(&id, "captures", &json!({})).status,
            narrow.operate(&id, "refunds", &json!({})).status,
        ];
        assert_eq!(statuses, [charged, read, captured, refunded], "{scope}");
    }
    let id = shop.reserve(1_000);
    shop.with_scope("gateway:payment-voids").operate(&id, "voids", &json!({})).expect(202);
    shop.with_scope("gateway").payment(&id).expect(200);
}

fn a_plus_sign_in_a_reference_is_a_space_or_itself(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let pay = |reference: &str| {
        id_of(&shop.pay(&with(payment(1_000, &typed(APPROVED)), &[("reference", json!(reference))])))
    };
    let found = |query: &str| {
        let list = shop.read(&format!("/payments?reference={query}&limit=1")).ok();
        let id = list["data"][0]["id"].as_str().map(str::to_owned);
        (list["total_count"].as_i64().expect("a count"), id)
    };
    let plus = pay("ORD+7 A");
    for query in ["ORD%2B7%20A", "ORD%2B7+A"] {
        assert_eq!(found(query), (1, Some(plus.clone())), "{query}");
    }
    let both = pay("ORD+8");
    assert_eq!(found("ORD+8"), (1, Some(both.clone())));
    let space = pay("ORD 8");
    for (query, id) in [("ORD+8", &space), ("ORD%208", &space), ("ORD%2B8", &both)] {
        assert_eq!(found(query), (1, Some(id.clone())), "{query}");
    }
    assert_eq!(found("ORD+9"), (0, None));
}
