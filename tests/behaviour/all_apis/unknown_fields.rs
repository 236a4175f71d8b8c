//! Fields, query parameters and headers that an API does not have: what looks like a typing error is refused with test
//! credentials, and everything else is told.

use kassa_tests::drivers::checkout_com::customer;
use kassa_tests::drivers::checkout_com_payments::{payment, typed};
use kassa_tests::drivers::neuro_pay::{self, checkout, with, without};
use kassa_tests::drivers::shop::{self, Api, EVERY, Shop};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, Setup, on_each_engine, on_one_engine};
use serde_json::{Value, json};

on_each_engine!(
    a_misspelt_field_is_refused_and_moves_no_money,
    live_credentials_are_told_and_not_refused,
    a_merchant_decides_for_both_modes,
    a_replay_keeps_its_bytes_and_is_told_anew,
    a_capture_of_neuro_pay_takes_all_that_is_open_or_says_that_it_does_not,
);
on_one_engine!(
    a_misspelt_field_is_refused_in_each_request_of_each_api,
    a_name_is_misspelt_within_one_edit_or_two_and_only_where_the_other_was_not_sent,
    any_other_field_is_taken_and_told,
    a_known_field_without_effect_is_told,
    what_stands_in_metadata_is_the_merchants_own,
    query_parameters_and_headers_are_told_and_never_refused,
    what_an_api_gives_out_it_takes_back,
    the_log_has_names_and_nothing_that_may_be_a_secret,
);

const WARNING: &str = "kassa-warning";
const APPROVED: &str = kassa_tests::drivers::buyer::APPROVED;

fn person(api: Api) -> Value {
    match api {
        Api::NeuroPay => json!({ "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com" }),
        Api::Neopay | Api::NeroPay => json!({ "name": "Ada Lovelace", "email": "ada@example.com" }),
        Api::CheckoutCom => customer(),
    }
}

/// The status of a customer that was made, and of one that was refused.
const fn statuses(api: Api) -> (u16, u16) {
    match api {
        Api::NeuroPay => (200, 400),
        Api::Neopay => (200, 422),
        Api::NeroPay | Api::CheckoutCom => (201, 422),
    }
}

/// Asks for a customer of that e-mail address.
#[track_caller]
fn make(shop: &Shop, api: Api, email: &str, fields: &[(&str, Value)]) -> Answer {
    let body = with(with(person(api), &[("email", json!(email))]), fields);
    shop.make_with(api, &[], &body)
}

#[track_caller]
fn told(answer: &Answer) -> &str {
    answer.header(WARNING).unwrap_or_default()
}

/// A request is refused because of this name, in words and in the header.
#[track_caller]
fn is_misspelt(answer: &Answer, status: u16, sent: &str, meant: &str) {
    let whole = format!("{sent} (did you mean {meant}?)");
    assert!(told(answer).contains(&whole), "{whole} is not in {:?}: {}", told(answer), answer.text());
    assert_eq!(answer.status, status, "{}", answer.text());
    let leaf = |path: &str| path.rsplit('.').next().expect("a name").to_owned();
    let said = answer.text().to_lowercase();
    assert!(said.contains("did you mean") || said.contains("did_you_mean"), "{said}");
    for name in [leaf(sent), leaf(meant)] {
        assert!(said.contains(&name.to_lowercase()), "{name} is not in {said}");
    }
}

fn a_misspelt_field_is_refused_and_moves_no_money(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let paid = shop.neuro_pay.in_status(&kassa, "paid");
    is_misspelt(&paid.refund(&[("amonut", json!(900))]), 400, "amonut", "amount");
    assert_eq!((&paid.now()["status"], &paid.now()["amount_refunded"]), (&json!("paid"), &json!(0)));
    let reserved = shop.checkout_com.reserve(1_000);
    for folder in ["captures", "refunds", "voids"] {
        let answer = shop.checkout_com.operate(&reserved, folder, &json!({ "ammount": 5 }));
        is_misspelt(&answer, 422, "ammount", "amount");
    }
    assert_eq!(shop.checkout_com.stands(&reserved).0, "Authorized");
    let charge =
        with(payment(1_000, &typed(APPROVED)), &[("captur", json!(false)), ("reference", json!("typo"))]);
    is_misspelt(&shop.checkout_com.post_payment(&charge), 422, "captur", "capture");
    assert_eq!(shop.checkout_com.read("/payments?reference=typo").ok()["total_count"], 0);
}

fn a_misspelt_field_is_refused_in_each_request_of_each_api(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    for api in EVERY {
        let email = if api == Api::NeuroPay { "emai" } else { "emial" };
        let body = without(with(person(api), &[(email, json!("ada@example.com"))]), "email");
        is_misspelt(&shop.make_with(api, &[], &body), statuses(api).1, email, "email");
    }
    assert_eq!(shop.neopay.list("")["data"], json!([]));
    of_neuro_pay(&kassa, &shop);
    let ids = shop.make(Api::Neopay, &person(Api::Neopay));
    is_misspelt(&shop.neopay.update(&ids.uuid, &json!({ "ctiy": "Lyon" })), 422, "ctiy", "city");
    let named = json!({ "Email": "ada@example.com", "city": "Lyon" });
    is_misspelt(&shop.neopay.send("PATCH", "/customers", &named), 422, "Email", "email");
    let one = format!("/customers/{}", ids.number);
    is_misspelt(&shop.nero_pay.patch(&one, &json!({ "adress1": "x" })), 422, "adress1", "address1");
    let category = json!({ "name": "Drinks", "sortOrder": 1 });
    is_misspelt(&shop.nero_pay.post("/categories", &category), 422, "sortOrder", "sort_order");
    of_checkout_com(&shop, &ids.cus);
}

fn of_neuro_pay(kassa: &Server, shop: &Shop) {
    let known = shop.neuro_pay.in_status(kassa, "reserved");
    let post = |path: &str, body: &Value| shop.neuro_pay.post(path, body);
    for (path, sent, meant) in [
        ("/checkout/retrieve", "checkoutid", "checkout_id"),
        ("/checkout/capture", "chekout_id", "checkout_id"),
        ("/checkout/refund", "checkout_ids", "checkout_id"),
        ("/checkout/delete", "CHECKOUT_ID", "checkout_id"),
        ("/checkout/retrieve-customer", "customerId", "customer_id"),
        ("/checkout/delete-customer", "customer-id", "customer_id"),
    ] {
        is_misspelt(&post(path, &json!({ sent: known.body(&[])["checkout_id"] })), 400, sent, meant);
    }
    is_misspelt(&known.post("/checkout/capture", &[("amont", json!(1))]), 400, "amont", "amount");
    let update = [("metadata", json!({ "a": "b" }))];
    is_misspelt(&known.post("/checkout/update", &update), 400, "metadata", "metaData");
    let create = with(checkout(), &[("return_url_cancle", json!("https://a.b"))]);
    is_misspelt(
        &post("/checkout/create", &without(create, "returnUrlCancel")),
        400,
        "return_url_cancle",
        "returnUrlCancel",
    );
    assert_eq!(known.now()["status"], "reserved");
}

fn of_checkout_com(shop: &Shop, customer: &str) {
    let client = &shop.checkout_com;
    let send = |path: &str, body: &Value| client.send("POST", path, &[], body.to_string().as_bytes());
    let patched = client.patch(customer, &json!({ "phone": { "numbr": "415 555 2671" } }));
    is_misspelt(&patched, 422, "phone.numbr", "phone.number");
    let card = |fields: &[(&str, Value)]| with(typed(APPROVED), fields);
    for (source, sent, meant) in [
        (card(&[("cvc", json!("100"))]), "source.cvc", "source.cvv"),
        (
            card(&[("billing_address", json!({ "contry": "GB" }))]),
            "source.billing_address.contry",
            "source.billing_address.country",
        ),
        (
            card(&[("store_for_futureuse", json!(false))]),
            "source.store_for_futureuse",
            "source.store_for_future_use",
        ),
    ] {
        let source = without(source, if sent == "source.cvc" { "cvv" } else { "" });
        is_misspelt(&client.post_payment(&payment(1_000, &source)), 422, sent, meant);
    }
    let pay = |name: &str, value: Value| {
        client.post_payment(&with(payment(1_000, &typed(APPROVED)), &[(name, value)]))
    };
    is_misspelt(&pay("3ds", json!({ "enabeld": true })), 422, "3ds.enabeld", "3ds.enabled");
    is_misspelt(&pay("customer", json!({ "emial": "a@b.se" })), 422, "customer.emial", "customer.email");
    is_misspelt(&pay("sucess_url", json!("https://a.b")), 422, "sucess_url", "success_url");
    let token = with(card(&[]), &[("nmae", json!("Ada"))]);
    is_misspelt(&client.tokenize(&token), 422, "nmae", "name");
    let saved = with(card(&[]), &[("account_holder", json!({ "firstname": "Ada" }))]);
    is_misspelt(
        &client.post_instrument(&saved),
        422,
        "account_holder.firstname",
        "account_holder.first_name",
    );
    let id = client.save(APPROVED, &json!({ "id": customer }));
    is_misspelt(
        &client.patch_instrument(&id, &json!({ "expiry_mont": 1 })),
        422,
        "expiry_mont",
        "expiry_month",
    );
    let page = json!({
        "amount": 1_000, "currency": "EUR", "billing": { "address": { "country": "GB" } },
        "success_url": "https://a.b", "cancel_url": "https://a.b", "failure_url": "https://a.b",
    });
    let of_page = |name: &str, value: Value| with(page.clone(), &[(name, value)]);
    for path in ["/hosted-payments", "/payment-links"] {
        is_misspelt(&send(path, &of_page("expires_im", json!(60))), 422, "expires_im", "expires_in");
        let buyer = of_page("customer", json!({ "emal": "ada@example.com", "name": "Ada" }));
        is_misspelt(&send(path, &buyer), 422, "customer.emal", "customer.email");
        let phone = json!({ "address": { "country": "GB" }, "phone": { "nummber": "123456" } });
        is_misspelt(
            &send(path, &of_page("billing", phone)),
            422,
            "billing.phone.nummber",
            "billing.phone.number",
        );
    }
    let form = client.form("vault").replace("scope=", "scop=");
    let refused = client.connect(&[], &form).expect(400);
    assert!(told(&refused).contains("scop (did you mean scope?)"), "{}", told(&refused));
}

fn a_name_is_misspelt_within_one_edit_or_two_and_only_where_the_other_was_not_sent(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let sent = |name: &str| {
        let body = with(json!({ "name": "Ada" }), &[(name, json!("x"))]);
        shop.make_with(Api::NeroPay, &[], &body).status
    };
    // Five letters have one edit, more have two.
    for (near, far) in
        [("emaill", "emaalll"), ("cty", "ct"), ("pohne", "pehon"), ("postcd", "postc"), ("address", "adres")]
    {
        assert_eq!((sent(near), sent(far)), (422, 201), "{near} {far}");
    }
    for beside in ["Name", "nmae", "n_ame"] {
        assert_eq!(sent(beside), 201, "the name was sent, so {beside} is just another field");
    }
}

fn any_other_field_is_taken_and_told(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    for api in EVERY {
        let address = format!("{api:?}-colour@example.com");
        let made = make(&shop, api, &address, &[("colour", json!("red")), ("shoe_size", Value::Null)]);
        assert_eq!(told(&made), "unknown field: colour, shoe_size", "{api:?}");
        made.expect(statuses(api).0);
        let other = format!("{api:?}@example.com").to_lowercase();
        assert_eq!(make(&shop, api, &other, &[]).expect(statuses(api).0).header(WARNING), None, "{api:?}");
        // An answer that is an error tells it too.
        assert_eq!(told(&make(&shop, api, "x", &[("colour", json!(1))])), "unknown field: colour", "{api:?}");
    }
    let stranger = neuro_pay::Client::with_key(&kassa, "nobodys").send("/checkout/create?colour=red", b"{}");
    assert_eq!(stranger.expect(401).header(WARNING), None, "who was not let in is told nothing");
    let many: Vec<(String, Value)> =
        (0..30).map(|place| (format!("{}_x", "y".repeat(place + 9)), json!(1))).collect();
    let fields: Vec<(&str, Value)> =
        many.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let made = make(&shop, Api::NeroPay, "many@example.com", &fields).expect(201);
    assert!(told(&made).ends_with("; and 22 more") && told(&made).len() < 400, "{}", told(&made));
}

fn a_known_field_without_effect_is_told(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let methods = with(checkout(), &[("paymentMethods", json!([{ "method": "card" }]))]);
    let made = shop.neuro_pay.post("/checkout/create", &methods).expect(200);
    assert_eq!(told(&made), "only kept and shown: paymentMethods");
    let created =
        shop.neopay.send("POST", "/customers", &json!({ "email": "a@b.se", "id": "x" })).expect(200);
    assert_eq!(told(&created), "without effect: id");
    let said = json!({
        "items": [], "retry": {}, "routing": null, "3ds": { "attempt_n3d": true }, "payment_context_id": "x",
    });
    let mut body = payment(1_000, &typed(APPROVED));
    body.as_object_mut().expect("an object").extend(said.as_object().expect("an object").clone());
    let paid = shop.checkout_com.post_payment(&body).expect(201);
    let words = "only kept and shown: items, retry, 3ds.attempt_n3d; without effect: payment_context_id";
    assert_eq!(told(&paid), words);
    // The vendor's own clients send all that their models have, and none of it is unknown.
    let document: Value = kassa.get("/openapi/checkout-com.json").json();
    for (model, field) in [
        ("RequestPayment", "payment_context_id"),
        ("CreateInstrument", "entity_id"),
        ("PaymentSourceBody", "bank_code"),
    ] {
        let property = &document["components"]["schemas"][model]["properties"][field];
        let said = property["description"].as_str().unwrap_or_default();
        assert!(
            said.contains("without effect") && said.contains("Kassa-Warning"),
            "{model}.{field}: {property}"
        );
    }
    for api in ["neuro-pay", "neopay", "neropay", "checkout-com"] {
        let document: Value = kassa.get(&format!("/openapi/{api}.json")).json();
        let answers = document["paths"].as_object().expect("paths").values().flat_map(|path| {
            path.as_object().expect("operations").values().flat_map(|operation| {
                operation["responses"].as_object().into_iter().flat_map(|answers| answers.values())
            })
        });
        assert!(
            answers.clone().count() > 20
                && answers.clone().all(|answer| answer["headers"]["Kassa-Warning"].is_object())
        );
    }
}

fn what_stands_in_metadata_is_the_merchants_own(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let own = json!({ "amonut": 1, "emial": "x", "kassa": { "captur": false } });
    let made =
        shop.neuro_pay.post("/checkout/create", &with(checkout(), &[("metaData", own.clone())])).expect(200);
    assert_eq!((made.header(WARNING), &made.json()["metaData"]), (None, &own));
    let id = made.json()["checkout_id"].clone();
    let change = json!({ "checkout_id": id, "metaData": [{ "key": "amuont", "value": 1 }] });
    assert_eq!(shop.neuro_pay.post("/checkout/update", &change).expect(200).header(WARNING), None);
    let paid =
        with(payment(1_000, &typed(APPROVED)), &[("metadata", json!({ "amonut": 1, "captur": true }))]);
    assert_eq!(shop.checkout_com.post_payment(&paid).expect(201).header(WARNING), None);
    let flat = json!({ "emial": "x", "nmae": 1 });
    let made = shop.checkout_com.post(&with(customer(), &[("metadata", flat)])).expect(201);
    assert_eq!(made.header(WARNING), None);
    let page = json!({
        "amount": 1_000, "currency": "EUR", "billing": { "address": { "country": "GB" } },
        "products": [{ "name": "Boots", "quantity": 1, "price": 1 }], "metadata": { "amonut": 1 },
    });
    let link = shop.checkout_com.send("POST", "/payment-links", &[], page.to_string().as_bytes()).expect(201);
    assert_eq!(link.header(WARNING), None);
}

fn query_parameters_and_headers_are_told_and_never_refused(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let told = |answer: Answer| answer.header(WARNING).unwrap_or_default().to_owned();
    let limit = "unknown query parameter: limt (did you mean limit?), colour";
    assert_eq!(told(shop.nero_pay.get("/customers?limt=5&colour=red&q=x").expect(200)), limit);
    assert_eq!(told(shop.nero_pay.get("/customers?limit=5&email=a%40b&page=1&q=x").expect(200)), "");
    assert_eq!(
        told(shop.nero_pay.get("/categories?q=x&is_active=1").expect(200)),
        "unknown query parameter: q"
    );
    let page = "unknown query parameter: perpage (did you mean per_page?)";
    assert_eq!(told(shop.neopay.get("/customers?perpage=5&name=x").expect(200)), page);
    assert_eq!(told(shop.neopay.get("/customers?p%65r_page=5&page=1&email=a").expect(200)), "");
    let skip = "unknown query parameter: skp (did you mean skip?)";
    assert_eq!(told(shop.checkout_com.read("/payments?reference=x&skp=1").expect(200)), skip);
    let body = checkout().to_string();
    let send = |path: &str, headers: &[(&str, &str)]| {
        told(shop.neuro_pay.try_send(path, headers, body.as_bytes()).expect("an answer").expect(200))
    };
    let create = "/checkout/create";
    assert_eq!(send(&format!("{create}?amount=1"), &[]), "unknown query parameter: amount");
    assert_eq!(send(create, &[("idempotency-key", "one"), ("x-trace", "1"), ("cookie", "a=b")]), "");
    let key = |name: &str| format!("unknown header: {name} (did you mean idempotency-key?)");
    for name in ["idempotancy-key", "cko-idempotency-key", "x-idempotency-key"] {
        assert_eq!(send(create, &[(name, "two")]), key(name));
    }
    let made = shop.checkout_com.send(
        "POST",
        "/customers",
        &[("idempotency-key", "k")],
        customer().to_string().as_bytes(),
    );
    assert_eq!(told(made.expect(201)), "unknown header: idempotency-key (did you mean cko-idempotency-key?)");
    // What the vendor's own plugin sends is known.
    let account = shop.nero_pay.account().to_owned();
    let headers = [("neropay-account", account.as_str())];
    assert_eq!(told(shop.make_with(Api::NeroPay, &headers, &person(Api::NeroPay)).expect(201)), "");
}

fn live_credentials_are_told_and_not_refused(engine: Engine) {
    let kassa = Server::shared(engine);
    let name = kassa.merchant().name;
    let shop = Shop::new(&kassa, &kassa.credentials(&name, "live"));
    for api in EVERY {
        let answer = make(
            &shop,
            api,
            &format!("{api:?}@example.com"),
            &[("emial", json!("x")), ("metaDat", json!({}))],
        );
        let answer = answer.expect(statuses(api).0);
        assert!(told(&answer).starts_with("unknown field: emial"), "{api:?}: {}", told(&answer));
    }
    let misspelt = make(&shop, Api::NeroPay, "x@example.com", &[("adress1", json!("x"))]).expect(201);
    assert_eq!(told(&misspelt), "unknown field: adress1 (did you mean address1?)");
}

fn a_merchant_decides_for_both_modes(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shops = ["test", "live"].map(|mode| Shop::new(&kassa, &kassa.credentials(&merchant.name, mode)));
    let set = |word: &str| kassa.command(&["merchant", "set", &merchant.name, "--unknown-fields", word]);
    let listed = || {
        let all = kassa.command(&["merchant", "list", "--json"]).done().stdout;
        let mine = all.lines().find(|line| line.contains(&merchant.name)).expect("the merchant").to_owned();
        serde_json::from_str::<Value>(&mine).expect("JSON")["unknown_fields"].clone()
    };
    let ask = |api: Api| {
        shops.each_ref().map(|shop| {
            let body = match api {
                Api::NeuroPay => with(person(api), &[("metadata", json!({}))]),
                Api::Neopay => json!({ "email": format!("{}@example.com", listed()), "nmae": "x" }),
                Api::NeroPay => json!({ "name": "Ada", "emial": "x" }),
                Api::CheckoutCom => {
                    let email = format!("cko-{}@example.com", listed());
                    json!({ "email": email.replace('"', ""), "phoen": {} })
                }
            };
            let body: Value = serde_json::from_str(&body.to_string().replace("\\\"", "")).expect("JSON");
            shop.make_with(api, &[], &body).status < 300
        })
    };
    let every = || EVERY.map(ask);
    assert_eq!((listed(), every()), (Value::Null, [[false, true]; 4]));
    set("warn").done();
    assert_eq!((listed(), every()), (json!("warn"), [[true, true]; 4]));
    set("refuse").done();
    assert_eq!((listed(), every()), (json!("refuse"), [[false, false]; 4]));
    // Another setting leaves it.
    kassa.command(&["merchant", "set", &merchant.name, "--save-cards", "off"]).done();
    assert_eq!(listed(), "refuse");
    set("maybe").failed(2);
}

fn a_replay_keeps_its_bytes_and_is_told_anew(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    for api in EVERY {
        let email = format!("{api:?}@example.com");
        let body = with(person(api), &[("email", json!(email)), ("colour", json!("red"))]);
        let [first, second] = [0, 1].map(|_| shop.make_once(api, "once", &body).expect(statuses(api).0));
        assert!(!first.is_replay() && second.is_replay(), "{api:?}");
        assert_eq!((&first.body, told(&first)), (&second.body, told(&second)), "{api:?}");
        assert_eq!(told(&second), "unknown field: colour", "{api:?}");
    }
    // Checkout.com answers any body with the first answer, a misspelt one too.
    let misspelt = with(customer(), &[("nmae", json!("x"))]);
    let again = shop.make_once(Api::CheckoutCom, "once", &without(misspelt, "name"));
    assert!(again.is_replay() && told(&again).contains("nmae (did you mean name?)"), "{}", told(&again));
    // What was refused has taken no key.
    let email = json!("fresh@example.com");
    let wrong = with(person(Api::Neopay), &[("email", email.clone()), ("ctiy", json!("x"))]);
    shop.make_once(Api::Neopay, "fresh", &wrong).expect(422);
    shop.make_once(Api::Neopay, "fresh", &with(person(Api::Neopay), &[("email", email)])).expect(200);
}

fn a_capture_of_neuro_pay_takes_all_that_is_open_or_says_that_it_does_not(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let id = shop.checkout_com.reserve(1_000);
    let capture = |amount: Value| {
        let body = json!({ "checkout_id": shop::hex(&id), "amount": amount });
        shop.neuro_pay.post("/checkout/capture", &body)
    };
    for wrong in [1, 999, 1_001] {
        let message = capture(json!(wrong)).expect(400).json()["message"].clone();
        assert_eq!(message, "Invalid parameter: amount must be all that can still be captured, or left out");
    }
    capture(json!("1000")).expect(400);
    let part = json!({ "amount": 400, "capture_type": "NonFinal" });
    shop.checkout_com.operate(&id, "captures", &part).expect(202);
    capture(json!(1_000)).expect(400);
    let taken = capture(json!(600)).ok();
    assert_eq!((&taken["status"], &taken["amount_captured"]), (&json!("paid"), &json!(1_000)));
    // Then it is the state that does not allow it.
    let again = capture(json!(600)).expect(400).json();
    assert!(again["message"].as_str().expect("a text").starts_with("The checkout is paid"), "{again}");
}

fn what_an_api_gives_out_it_takes_back(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let ids = shop.make(Api::CheckoutCom, &customer());
    let (neopay, nero_pay) = (shop.neopay.customer(&ids.uuid), shop.nero_pay.customer(&ids.number));
    assert_eq!(shop.neopay.update(&ids.uuid, &neopay).expect(200).header(WARNING), None);
    let back = shop.nero_pay.patch(&format!("/customers/{}", ids.number), &nero_pay).expect(200);
    assert_eq!(told(&back), "unknown field: id, created_at, updated_at");
    let back = shop.checkout_com.patch(&ids.cus, &shop.checkout_com.get(&ids.cus).ok()).expect(204);
    assert_eq!(told(&back), "unknown field: id");
    let card = shop.checkout_com.save(APPROVED, &json!({ "id": ids.cus }));
    shop.checkout_com.patch_instrument(&card, &shop.checkout_com.instrument(&card).ok()).expect(200);
}

fn the_log_has_names_and_nothing_that_may_be_a_secret(engine: Engine) {
    let kassa = Setup::new(engine).argument("--log-level").argument("debug").start();
    let shop = Shop::fresh(&kassa);
    let key = shop.neuro_pay.key().to_owned();
    let secret = shop.checkout_com.credential("secret_key").to_owned();
    let hidden =
        [key.as_str(), &secret, APPROVED, "card_4242424242424242", "cvv123", "ada@example.com", "a\nb", "å"];
    let mut fields: Vec<(&str, Value)> = hidden.iter().map(|name| (*name, json!("value of it"))).collect();
    fields.insert(0, ("colour", json!("value of it")));
    let made = make(&shop, Api::NeroPay, "hidden@example.com", &fields).expect(201);
    let list = "unknown field: colour, ".to_owned() + &["one that is not shown"; 7].join(", ");
    assert_eq!(told(&made), format!("{list}; and 1 more"));
    make(&shop, Api::NeroPay, "amonut@example.com", &[("adress1", json!("value of it"))]).expect(422);
    shop.nero_pay.get(&format!("/customers?{secret}")).expect(200);
    let log = kassa.log();
    for told in
        ["unknown field: colour", "adress1 (did you mean address1?)", "unknown query parameter: one that"]
    {
        assert!(log.contains(told), "{told} is not in {log}");
    }
    for hidden in hidden.iter().chain(&["value of it", "hidden@", "amonut@"]).filter(|it| it.len() > 3) {
        assert!(!log.contains(hidden), "{hidden} is in {log}");
    }
    let line = log.lines().find(|line| line.contains("unknown field: colour")).expect("a line");
    assert!(
        line.contains("DEBUG") && line.contains("merchant=") && line.contains("api=\"neropay\""),
        "{line}"
    );
}
