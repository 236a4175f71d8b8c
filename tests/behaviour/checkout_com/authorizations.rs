//! Authorizing more: the amount of a payment was an estimate.

use kassa_tests::drivers::buyer::{APPROVED, LOST};
use kassa_tests::drivers::checkout_com::{Client, is_bare, is_invalid};
use kassa_tests::drivers::checkout_com_payments::{balances, id_of, payment, typed};
use kassa_tests::drivers::neuro_pay::with;
use kassa_tests::drivers::shop::{Shop, hex};
use kassa_tests::{Engine, SETTLED, Server, at_once, eventually, on_each_engine, on_one_engine};
use serde_json::{Value, json};

use super::hosted_payments::{PAGE, make, page, read};

on_each_engine!(
    an_estimated_authorization_is_raised_and_captured_as_a_whole,
    what_is_raised_is_voided_with_the_rest,
    more_can_be_declined,
    only_what_is_estimated_and_whole_is_raised,
    an_authorization_can_hold_for_longer,
    the_same_key_raises_once,
    many_raises_at_once_add_up,
    raises_side_by_side_are_judged_by_their_sum,
    nothing_passes_a_raise_that_is_under_way,
    what_is_estimated_on_a_page_is_raised,
    an_authorization_whose_answer_was_lost_is_raised_once_it_is_known,
);
on_one_engine!(what_no_amount_is_is_refused,);

/// Reserves an amount that is an estimate; the payment.
#[track_caller]
fn estimate(shop: &Client, amount: i64) -> Value {
    shop.pay(&estimated(amount, APPROVED))
}

fn estimated(amount: i64, number: &str) -> Value {
    let fields = [("capture", json!(false)), ("authorization_type", json!("Estimated"))];
    with(payment(amount, &typed(number)), &fields)
}

#[track_caller]
fn raise(shop: &Client, id: &str, body: &Value) -> Value {
    shop.operate(id, "authorizations", body).expect(201).json()
}

fn an_estimated_authorization_is_raised_and_captured_as_a_whole(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let made = estimate(&shop, 1_000);
    let id = id_of(&made);
    let here = made["_links"]["self"]["href"].as_str().expect("a link");
    assert_eq!(made["_links"]["authorize"]["href"], format!("{here}/authorizations"));
    let raised =
        raise(&shop, &id, &json!({ "amount": 100, "reference": "R-1", "metadata": { "nights": 2 } }));
    assert_eq!(
        (&raised["id"], &raised["amount"], &raised["reference"]),
        (&json!(id), &json!(100), &json!("R-1"))
    );
    assert_eq!((&raised["approved"], &raised["status"]), (&json!(true), &json!("Authorized")));
    assert_eq!((&raised["currency"], &raised["response_code"]), (&json!("EUR"), &json!("10000")));
    for name in ["action_id", "response_summary", "expires_on", "processed_on", "auth_code"] {
        assert!(raised[name].is_string(), "{name}: {raised}");
    }
    assert!(raised["risk"].is_object() && raised["_links"]["authorize"].is_object(), "{raised}");
    assert_eq!(balances(&raised), [1_100, 0, 1_100, 0, 1_100, 0, 0]);
    raise(&shop, &id, &json!({ "amount": "50" }));
    assert_eq!(shop.stands(&id), ("Authorized".to_owned(), [1_150, 0, 1_150, 0, 1_150, 0, 0]));
    let shown: Vec<Value> = shop
        .actions(&id)
        .iter()
        .map(|action| {
            json!([
                action["type"],
                action["amount"],
                action["authorization_type"],
                action["reference"],
                action["metadata"]
            ])
        })
        .collect();
    let authorization = |amount: i64, reference: Value, metadata: Value| {
        json!(["Authorization", amount, "Estimated", reference, metadata])
    };
    assert_eq!(
        shown,
        [
            authorization(50, Value::Null, Value::Null),
            authorization(100, json!("R-1"), json!({ "nights": 2 })),
            authorization(1_000, Value::Null, Value::Null),
        ]
    );
    assert_eq!(shop.actions(&id)[1]["id"], raised["action_id"]);
    // The other API takes it as a whole too.
    neuro_pay.post("/checkout/capture", &json!({ "checkout_id": hex(&id) })).ok();
    assert_eq!(shop.stands(&id), ("Captured".to_owned(), [1_150, 0, 0, 1_150, 0, 0, 1_150]));
    assert!(shop.payment(&id).ok()["_links"]["authorize"].is_null());
    shop.operate_all(&id, "refunds");
    assert_eq!(shop.stands(&id).0, "Refunded");
    kassa.checks_out();
}

fn what_is_raised_is_voided_with_the_rest(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = id_of(&estimate(&shop, 1_000));
    raise(&shop, &id, &json!({ "amount": 500 }));
    shop.operate_all(&id, "voids");
    assert_eq!(shop.stands(&id), ("Voided".to_owned(), [1_500, 1_500, 0, 0, 0, 0, 0]));
    // A part that is captured leaves the rest to be released.
    let id = id_of(&estimate(&shop, 1_000));
    raise(&shop, &id, &json!({ "amount": 500 }));
    shop.operate(&id, "captures", &json!({ "amount": 1_200 })).expect(202);
    assert_eq!(shop.stands(&id), ("Captured".to_owned(), [1_500, 300, 0, 1_200, 0, 0, 1_200]));
    kassa.checks_out();
}

fn more_can_be_declined(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = id_of(&estimate(&shop, 1_000));
    let declined = raise(&shop, &id, &json!({ "amount": 151 }));
    assert_eq!((&declined["approved"], &declined["status"]), (&json!(false), &json!("Authorized")));
    assert_eq!((&declined["response_code"], &declined["auth_code"]), (&json!("20051"), &Value::Null));
    assert_eq!(shop.stands(&id), ("Authorized".to_owned(), [1_000, 0, 1_000, 0, 1_000, 0, 0]));
    assert_eq!(
        shop.done(&id),
        [("Authorization".to_owned(), 1_000, true), ("Authorization".to_owned(), 151, false),]
    );
    // What is authorized in all decides, so that small sums can be added.
    raise(&shop, &id, &json!({ "amount": 150 }));
    raise(&shop, &id, &json!({ "amount": 5 }));
    assert_eq!(shop.stands(&id).1[0], 1_155);
    kassa.checks_out();
}

fn only_what_is_estimated_and_whole_is_raised(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let more = json!({ "amount": 100 });
    let mut all = vec![shop.reserve(1_000)];
    let body = with(estimated(1_000, APPROVED), &[("authorization_type", json!("Final"))]);
    all.push(id_of(&shop.pay(&body)));
    all.push(id_of(&shop.pay(&with(estimated(1_000, APPROVED), &[("capture", json!(true))]))));
    all.push(id_of(&shop.pay(&with(estimated(0, APPROVED), &[]))));
    all.push(id_of(&shop.pay(&estimated(12_305, APPROVED))));
    for folder in ["captures", "voids"] {
        let id = id_of(&estimate(&shop, 1_000));
        shop.operate_all(&id, folder);
        all.push(id);
    }
    let part = id_of(&estimate(&shop, 1_000));
    shop.operate(&part, "captures", &json!({ "amount": 400, "capture_type": "NonFinal" })).expect(202);
    all.push(part);
    for id in &all {
        let before = shop.stands(id);
        is_bare(&shop.operate(id, "authorizations", &more), 403);
        assert_eq!(shop.stands(id), before);
        assert!(shop.payment(id).ok()["_links"]["authorize"].is_null());
    }
    is_bare(&shop.operate("pay_aaaaaaaaaaaaaaaaaaaaaaaaaa", "authorizations", &more), 404);
    kassa.checks_out();
}

fn an_authorization_can_hold_for_longer(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let id = id_of(&estimate(&shop, 1_000));
    let path = format!("/payments/{id}/authorizations");
    for body in ["", "null", "{}", "{\"amount\":0}"] {
        // As if a day had passed.
        kassa.tamper("update payments set lapses_at = lapses_at - 24 * 60 * 60 * 1000");
        let before = shop.payment(&id).ok();
        let held = shop.send("POST", &path, &[], body.as_bytes()).expect(201).json();
        assert_eq!((&held["amount"], balances(&held)[0]), (&json!(0), 1_000));
        assert!(held["expires_on"].as_str() > before["expires_on"].as_str(), "{held} after {before}");
        assert_eq!(shop.payment(&id).ok()["expires_on"], held["expires_on"]);
    }
    assert_eq!(shop.actions(&id).len(), 5);
    // What has lapsed cannot be held any more.
    kassa.tamper("update payments set lapses_at = 1");
    is_bare(&shop.send("POST", &path, &[], b""), 403);
    eventually(SETTLED, "it lapses", || (shop.stands(&id).0 == "Voided").then_some(()));
    kassa.checks_out();
}

fn the_same_key_raises_once(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = id_of(&estimate(&shop, 1_000));
    let path = format!("/payments/{id}/authorizations");
    let more = json!({ "amount": 100 });
    let answers = at_once(4, |_| shop.send_once("more", "POST", &path, &more));
    assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 429)));
    let first = shop.send_once("more", "POST", &path, &more).expect(201);
    assert_eq!(first.header("idempotency-replayed"), Some("true"));
    assert_eq!(shop.stands(&id).1[0], 1_100);
    shop.send_once("again", "POST", &path, &more).expect(201);
    assert_eq!(shop.stands(&id).1[0], 1_200);
}

fn many_raises_at_once_add_up(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = id_of(&estimate(&shop, 1_000));
    let answers = at_once(8, |place| match place {
        0..6 => shop.operate(&id, "authorizations", &json!({ "amount": 100 })),
        _ => shop.operate(&id, "captures", &json!({ "amount": 1_000 })),
    });
    assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 202 | 403 | 422 | 429)));
    let raised = answers[..6].iter().filter(|answer| answer.status == 201).count();
    let captured = answers[6..].iter().filter(|answer| answer.status == 202).count();
    let (status, sums) = shop.stands(&id);
    assert_eq!(sums[0], 1_000 + 100 * i64::try_from(raised).expect("few"));
    assert_eq!((status.as_str(), captured), if sums[3] == 0 { ("Authorized", 0) } else { ("Captured", 1) });
    kassa.checks_out();
}

/// Has another raise be under way, as if the acquirer had not answered yet.
fn has_under_way(kassa: &Server, amount: i64) {
    kassa.tamper(&format!(
        "insert into actions (payment, public_id, kind, status, amount, ask_at, asked, created_at)
         select id, public_id, 'raise', 'pending', {amount}, 9000000000000, 0, created_at from payments where state = 'authorized';
         update payments set raising = {amount}, raises = 1 where state = 'authorized'"
    ));
}

fn raises_side_by_side_are_judged_by_their_sum(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let id = id_of(&estimate(&shop, 1_000));
    has_under_way(&kassa, 51);
    // 1,100 and 1,051 would each be approved, and 1,151 is not.
    let declined = raise(&shop, &id, &json!({ "amount": 100 }));
    assert_eq!((&declined["approved"], &declined["response_code"]), (&json!(false), &json!("20051")));
    let approved = raise(&shop, &id, &json!({ "amount": 149 }));
    assert_eq!((&approved["approved"], balances(&approved)[0]), (&json!(true), 1_149));
    kassa.checks_out();
}

fn nothing_passes_a_raise_that_is_under_way(engine: Engine) {
    let kassa = Server::start(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let id = id_of(&estimate(&shop, 1_000));
    // One of nothing has the authorization hold for longer.
    has_under_way(&kassa, 0);
    for folder in ["captures", "voids"] {
        shop.operate(&id, folder, &json!({})).expect(429);
    }
    let checkout = json!({ "checkout_id": hex(&id) });
    for path in ["/checkout/capture", "/checkout/refund"] {
        assert_ne!(neuro_pay.post(path, &checkout).status, 200);
    }
    assert_eq!(shop.stands(&id), ("Authorized".to_owned(), [1_000, 0, 1_000, 0, 1_000, 0, 0]));
    kassa.tamper("update payments set lapses_at = 1, capture_at = 1");
    kassa.checks_out();
    // Once it has come back, it lapses as any other.
    kassa.tamper(
        "update actions set status = 'declined', ask_at = null, settled_at = created_at where status = 'pending';
         update payments set raises = 0",
    );
    eventually(SETTLED, "it lapses", || (shop.stands(&id).0 == "Voided").then_some(()));
    kassa.checks_out();
}

fn what_is_estimated_on_a_page_is_raised(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let fields = [("capture", json!(false)), ("authorization_type", json!("Estimated"))];
    let (id, buyer) = make(&shop, &agent, PAGE, &with(page(), &fields));
    buyer.pay(APPROVED);
    let paid = read(&shop, PAGE, &id)["payment_id"].as_str().expect("a payment").to_owned();
    raise(&shop, &paid, &json!({ "amount": 250 }));
    assert_eq!(shop.stands(&paid).1[0], 1_250);
    assert!(buyer.open().text().contains("12.50"), "what is reserved now is what the buyer reads");
    assert_eq!(shop.actions(&paid)[1]["authorization_type"], "Estimated");
}

fn an_authorization_whose_answer_was_lost_is_raised_once_it_is_known(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let made = shop.post_payment(&estimated(1_000, LOST)).expect(202).json();
    let id = id_of(&made);
    is_bare(&shop.operate(&id, "authorizations", &json!({ "amount": 100 })), 403);
    eventually(SETTLED, "the outcome is known", || (shop.stands(&id).0 == "Authorized").then_some(()));
    raise(&shop, &id, &json!({ "amount": 100 }));
    assert_eq!(shop.stands(&id).1[0], 1_100);
}

fn what_no_amount_is_is_refused(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = id_of(&estimate(&shop, 1_000));
    for amount in
        [json!(-1), json!("1.5"), json!(1_000_000_000_000_i64), json!(999_999_999_000_i64), json!(true)]
    {
        is_invalid(&shop.operate(&id, "authorizations", &json!({ "amount": amount })), &["amount_invalid"]);
    }
    let long = json!({ "amount": 1, "reference": "r".repeat(51) });
    is_invalid(&shop.operate(&id, "authorizations", &long), &["reference_invalid"]);
    assert_eq!(shop.stands(&id).1[0], 1_000);
    raise(&shop, &id, &json!({ "amount": 999_999_998_999_i64 }));
    assert_eq!(shop.stands(&id).1[0], 999_999_999_999);
    is_invalid(&shop.operate(&id, "authorizations", &json!({ "amount": 1 })), &["amount_invalid"]);
    raise(&shop, &id, &json!({}));
}
