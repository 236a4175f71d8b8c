//! Addresses: e-mail, where one may be taken for another, and those of pages, where a browser repairs what is wrong.

use kassa_tests::drivers::checkout_com::{self, is_invalid};
use kassa_tests::drivers::checkout_com_cards::card;
use kassa_tests::drivers::checkout_com_payments::{payment, typed};
use kassa_tests::drivers::neopay;
use kassa_tests::drivers::nero_pay::data;
use kassa_tests::drivers::neuro_pay::{checkout, is_error, with};
use kassa_tests::drivers::shop::{Api, CHANGING, Shop};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, on_each_engine, on_one_engine};
use serde_json::{Value, json};

on_each_engine!(
    an_address_that_is_known_stays_when_it_comes_back,
    addresses_are_compared_without_case_and_composition,
    a_plus_sign_of_an_address_is_one_wherever_it_is_asked_for,
);
on_one_engine!(
    what_is_no_bare_address_or_looks_like_another_is_refused_on_writes,
    an_address_that_a_browser_repairs_is_refused,
);

const APPROVED: &str = kassa_tests::drivers::buyer::APPROVED;
/// A name with an address in it, a link, and a domain with nothing between its dots. With the Kelvin sign, with full-width
/// letters, with a ligature, with the old long s, and with what nobody sees.
const NO_ADDRESSES: [&str; 13] = [
    "<kim@example.com>",
    "mailto:kim@example.com",
    "kim@example..com",
    "kim\u{200b}@example.com",
    "k\u{ad}im@example.com",
    "kim@example\u{fe0f}.com",
    "ki\u{34f}m@example.com",
    "kim@example.com\u{e01f0}",
    "\u{212a}im@example.com",
    "\u{ff4b}im@example.com",
    "kim@example\u{ff0e}com",
    "\u{fb01}n@example.com",
    "kim@\u{17f}hop.example",
];

/// Checks that the vendor says that the e-mail address is wrong.
#[track_caller]
fn is_wrong(api: Api, answer: &Answer, code: &str) {
    let text = answer.text();
    match api {
        Api::NeuroPay => {
            let said = is_error(answer, 400);
            assert!(said.starts_with("Invalid parameter: email must "), "{said}");
        }
        Api::Neopay => neopay::is_invalid(answer, &["email"]),
        Api::NeroPay => {
            assert!(answer.status == 422 && text.contains("The email field must "), "{text}");
        }
        Api::CheckoutCom => is_invalid(answer, &[code]),
    }
}

fn what_is_no_bare_address_or_looks_like_another_is_refused_on_writes(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let kim = shop.make(Api::CheckoutCom, &json!({ "email": "kim@example.com", "name": "Kim" }));
    let no_card = shop.checkout_com.wallet(&kim.cus);
    for address in NO_ADDRESSES {
        let body = json!({ "first_name": "K", "last_name": "K", "name": "K", "email": address });
        is_wrong(Api::NeuroPay, &shop.neuro_pay.post("/checkout/create-customer", &body), "");
        for body in [json!({ "email": address, "name": "K" }), json!({ "email": address })] {
            is_wrong(Api::Neopay, &shop.neopay.send("PATCH", "/customers", &body), "");
            is_wrong(Api::Neopay, &shop.neopay.send("POST", "/customers", &body), "");
            is_wrong(Api::Neopay, &shop.neopay.update(&kim.uuid, &body), "");
            is_wrong(Api::NeroPay, &shop.nero_pay.patch(&format!("/customers/{}", kim.number), &body), "");
            is_wrong(Api::CheckoutCom, &shop.checkout_com.post(&body), "email_invalid");
            is_wrong(Api::CheckoutCom, &shop.checkout_com.patch(&kim.cus, &body), "email_invalid");
        }
        is_wrong(
            Api::NeroPay,
            &shop.nero_pay.post("/customers", &json!({ "email": address, "name": "K" })),
            "",
        );
        // Where an address finds a customer, it must not find whom it looks like.
        let of = |body: Value| with(body, &[("customer", json!({ "email": address }))]);
        let page = json!({
            "amount": 1_000, "currency": "EUR", "billing": { "address": { "country": "GB" } },
            "success_url": "https://a.b", "cancel_url": "https://a.b", "failure_url": "https://a.b",
        });
        for (path, body) in [
            ("/instruments", of(card(APPROVED))),
            ("/payments", of(payment(1_000, &typed(APPROVED)))),
            ("/hosted-payments", of(page.clone())),
            ("/payment-links", of(page)),
        ] {
            let answer = shop.checkout_com.send("POST", path, &[], body.to_string().as_bytes());
            is_wrong(Api::CheckoutCom, &answer, "customer_email_invalid");
        }
    }
    assert_eq!(shop.checkout_com.wallet(&kim.cus), no_card);
    assert_eq!(shop.neopay.list("")["data"].as_array().map(Vec::len), Some(1), "nobody was made");
    // An accent is no look-alike, however it is composed, and neither is another alphabet.
    for (place, address) in ["\u{e9}va@b", "o\u{308}@b", "\u{43a}\u{438}\u{43c}@b"].into_iter().enumerate() {
        let ids = shop.make(CHANGING[place], &json!({ "email": address, "name": "E" }));
        assert_eq!(shop.read(Api::Neopay, &ids)["email"], address, "it is kept as it was sent");
    }
}

fn an_address_that_is_known_stays_when_it_comes_back(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let ids = shop.make(Api::Neopay, &json!({ "email": "known@example.com", "name": "Kim" }));
    // As an older server took it.
    let (known, other) = ("\u{212a}nown@example.com", "\u{ff2b}nown@example.com");
    kassa.tamper(&format!(
        "update customers set email = '{known}' where name = 'Kim' and email = 'known@example.com'"
    ));
    for api in CHANGING {
        shop.change(api, &ids, &json!({ "email": known, "name": format!("{api:?}") }));
        let now = shop.read(Api::Neopay, &ids);
        assert_eq!((&now["email"], &now["name"]), (&json!(known), &json!(format!("{api:?}"))));
    }
    let named = json!({ "email": known, "city": "Leeds" });
    shop.neopay.send("PATCH", "/customers", &named).expect(200);
    let body = with(card(APPROVED), &[("customer", json!({ "email": known }))]);
    shop.checkout_com.post_instrument(&body).expect(201);
    assert_eq!(shop.checkout_com.wallet(&ids.cus).0.len(), 1);
    is_wrong(Api::Neopay, &shop.neopay.update(&ids.uuid, &json!({ "email": other })), "");
    is_wrong(Api::Neopay, &shop.neopay.send("PATCH", "/customers", &json!({ "email": other })), "");
}

fn addresses_are_compared_without_case_and_composition(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let sent = "\u{c9}va.Zo\u{308}@Example.com";
    let ids = shop.make(Api::CheckoutCom, &json!({ "email": sent, "name": "\u{c9}va" }));
    for (spelling, encoded) in [
        ("e\u{301}va.zo\u{308}@example.com", "e%CC%81va.zo%CC%88@example.com"),
        ("\u{e9}va.z\u{f6}@example.com", "%C3%A9va.z%C3%B6@example.com"),
        ("E\u{301}VA.Z\u{d6}@EXAMPLE.COM", "E%CC%81VA.Z%C3%96@EXAMPLE.COM"),
    ] {
        let body = json!({ "email": spelling, "name": "E" });
        is_invalid(&shop.checkout_com.post(&body), &["customer_already_exists"]);
        neopay::is_invalid(&shop.neopay.send("POST", "/customers", &body), &["email"]);
        assert_eq!(shop.checkout_com.get(encoded).ok()["id"], ids.cus);
        assert_eq!(shop.neopay.list(&format!("?email={encoded}"))["data"][0]["id"], ids.uuid);
        let found = data(&shop.nero_pay.get(&format!("/customers?email={encoded}")), 200);
        assert_eq!(found[0]["id"], ids.number);
    }
    checkout_com::is_bare(&shop.checkout_com.get("eva.zo@example.com"), 404);
    // A sigma at the end of a word has a small letter of its own.
    let ids = shop.make(Api::Neopay, &json!({ "email": "\u{391}\u{3a3}@x.gr", "name": "A" }));
    for (spelling, encoded) in
        [("\u{3b1}\u{3c3}@x.gr", "%CE%B1%CF%83@x.gr"), ("\u{3b1}\u{3c2}@x.gr", "%CE%B1%CF%82@x.gr")]
    {
        let body = json!({ "email": spelling, "name": "A" });
        is_invalid(&shop.checkout_com.post(&body), &["customer_already_exists"]);
        assert_eq!(shop.checkout_com.get(encoded).ok()["id"], ids.cus);
    }
}

fn a_plus_sign_of_an_address_is_one_wherever_it_is_asked_for(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let ids = shop.make(Api::Neopay, &json!({ "email": "ada+shop@example.com", "name": "Ada" }));
    shop.make(Api::Neopay, &json!({ "email": "ada@example.com", "name": "Other" }));
    for asked in ["ada+shop@example.com", "Ada%2Bshop%40example.com", "ada%2bSHOP@example.com"] {
        assert_eq!(shop.checkout_com.get(asked).ok()["id"], ids.cus, "{asked}");
        let list = shop.neopay.list(&format!("?email={asked}"));
        assert_eq!(
            (list["data"].as_array().map(Vec::len), &list["data"][0]["id"]),
            (Some(1), &json!(ids.uuid))
        );
        let found = data(&shop.nero_pay.get(&format!("/customers?email={asked}")), 200);
        assert_eq!((found.as_array().map(Vec::len), &found[0]["id"]), (Some(1), &json!(ids.number)));
    }
}

fn an_address_that_a_browser_repairs_is_refused(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let page = json!({
        "amount": 1_000, "currency": "EUR", "billing": { "address": { "country": "GB" } },
        "success_url": "https://a.b", "cancel_url": "https://a.b", "failure_url": "https://a.b",
        "return_url": "https://a.b",
    });
    for address in [
        "https:evil.example",
        "http:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "https:\\\\evil.example",
        "https://@evil.example",
        "//evil.example",
        "https://*",
        "https://a\"b/",
        "https://a;b",
        "https://./",
        "https://a..b/",
        "https://\u{ff45}vil.example/",
    ] {
        for field in ["returnUrl", "returnUrlCancel"] {
            let body = with(checkout(), &[(field, json!(address))]);
            let said = is_error(&shop.neuro_pay.post("/checkout/create", &body), 400);
            assert!(said.contains(field), "{said}");
        }
        let payment = payment(1_000, &typed(APPROVED));
        for (path, body, field, code) in [
            ("/payments", &payment, "success_url", "success_url_invalid"),
            ("/payments", &payment, "failure_url", "fail_url_invalid"),
            ("/hosted-payments", &page, "success_url", "success_url_invalid"),
            ("/hosted-payments", &page, "cancel_url", "cancel_url_invalid"),
            ("/hosted-payments", &page, "failure_url", "fail_url_invalid"),
            ("/payment-links", &page, "return_url", "success_url_invalid"),
        ] {
            let body = with(body.clone(), &[(field, json!(address))]).to_string();
            is_invalid(&shop.checkout_com.send("POST", path, &[], body.as_bytes()), &[code]);
        }
    }
}
