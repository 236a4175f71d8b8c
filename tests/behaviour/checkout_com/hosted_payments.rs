//! Checkout.com's hosted payments and payment links: a page where a buyer pays, and what is read of it.

use std::time::Duration;

use kassa_tests::drivers::buyer::{APPROVED, Buyer, CHALLENGED, DECLINED};
use kassa_tests::drivers::checkout_com::{Client, NOBODYS, is_bare, is_invalid};
use kassa_tests::drivers::checkout_com_payments::id_of;
use kassa_tests::drivers::nero_pay::now;
use kassa_tests::drivers::neuro_pay::{with, without};
use kassa_tests::drivers::shop::{Shop, hex};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, Setup, eventually, on_each_engine, on_one_engine};
use serde_json::{Value, json};

use super::payments::utc;

on_each_engine!(
    a_buyer_pays_on_a_hosted_page_and_the_shop_reads_the_payment,
    a_declined_buyer_tries_again_on_the_same_page,
    a_page_leaves_for_the_shop_once_no_try_is_left,
    a_page_can_have_the_bank_ask_whatever_the_card,
    what_is_paid_on_a_page_can_be_captured_later_by_itself,
    a_page_without_an_amount_verifies_a_card,
    a_page_can_wait_for_the_bank_and_leave_the_capture_to_the_shop,
    a_payment_link_is_active_until_it_is_paid,
    a_payment_link_that_nobody_paid_expires,
    a_buyer_who_gives_up_ends_the_page,
    a_withdrawn_page_takes_no_payment,
    a_customer_of_a_page_is_known_by_its_address,
    a_deleted_customers_page_says_nothing_of_people,
    a_page_of_nobodys_or_of_another_kind_is_not_found,
    a_pages_key_makes_one_page,
    live_mode_has_no_pages,
);
on_one_engine!(a_page_that_cannot_be_is_refused,);

pub(crate) const PAGE: &str = "/hosted-payments";
pub(crate) const LINK: &str = "/payment-links";

pub(crate) fn page() -> Value {
    json!({
        "amount": 1_000, "currency": "EUR", "reference": "ORD-5",
        "billing": { "address": { "country": "GB" } },
        "success_url": "https://shop.example/success", "cancel_url": "https://shop.example/cancel",
        "failure_url": "https://shop.example/failure",
        "products": [{ "name": "Winter boots", "quantity": 1, "price": 1_000 }],
    })
}

pub(crate) fn link() -> Value {
    json!({
        "amount": 1_000, "currency": "EUR", "reference": "ORD-6", "description": "Gloves",
        "billing": { "address": { "country": "GB" } }, "return_url": "https://shop.example/back",
    })
}

#[track_caller]
pub(crate) fn post(shop: &Client, path: &str, body: &Value) -> Answer {
    shop.send("POST", path, &[], body.to_string().as_bytes())
}

/// Makes a page; its id and the buyer who has its address.
#[track_caller]
pub(crate) fn make<'a>(
    shop: &Client,
    agent: &'a ureq::Agent,
    path: &str,
    body: &Value,
) -> (String, Buyer<'a>) {
    let made = post(shop, path, body).expect(201).json();
    assert_eq!(made["reference"], body["reference"]);
    let id = id_of(&made);
    let this = made["_links"]["self"]["href"].as_str().expect("a link");
    assert!(this.ends_with(&format!("/checkout-com{path}/{id}")), "{this}");
    let redirect = made["_links"]["redirect"]["href"].as_str().expect("a link").to_owned();
    (id, Buyer::new(agent, redirect))
}

/// Checks that a page leaves for an address of the shop's by itself, and answers the session that its query names.
#[track_caller]
pub(crate) fn session(page: &Answer, to: &str) -> String {
    let refresh = page.header("refresh").expect("it leaves by itself");
    let address = refresh.strip_prefix("4; url=").expect("after four seconds");
    let session = address.strip_prefix(to).unwrap_or_else(|| panic!("{address} is not {to}"));
    let session = session.strip_prefix("?cko-session-id=").expect("a session");
    assert!(session.starts_with("sid_") && session.len() == 30, "{session}");
    assert!(page.text().contains(&format!("href=\"{address}\"")), "{}", page.text());
    session.to_owned()
}

#[track_caller]
pub(crate) fn read(shop: &Client, path: &str, id: &str) -> Value {
    shop.read(&format!("{path}/{id}")).ok()
}

fn a_buyer_pays_on_a_hosted_page_and_the_shop_reads_the_payment(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let agent = kassa.agent();
    let body = with(page(), &[("metadata", json!({ "cart": 7 })), ("locale", json!("en-GB"))]);
    let (id, buyer) = make(&shop, &agent, PAGE, &body);
    assert!(id.starts_with("hpp_") && id.len() == 16, "{id}");
    let before = read(&shop, PAGE, &id);
    assert_eq!((&before["status"], &before["payment_id"]), (&json!("Payment Pending"), &Value::Null));
    assert!(before["_links"]["payment"].is_null());
    for name in
        ["amount", "currency", "reference", "billing", "products", "success_url", "metadata", "locale"]
    {
        assert_eq!(before[name], body[name], "{name}");
    }
    let shown = buyer.open().expect(200);
    assert!(shown.text().contains("Winter boots") && shown.text().contains("10.00"), "{}", shown.text());
    buyer.pay(APPROVED);
    let receipt = buyer.open().expect(200);
    let session = session(&receipt, "https://shop.example/success");
    let now = read(&shop, PAGE, &id);
    assert_eq!(now["status"], "Payment Received");
    let payment = now["payment_id"].as_str().expect("a payment");
    assert_eq!(shop.payment(&session).ok()["id"], payment);
    let address = now["_links"]["payment"]["href"].as_str().expect("a link");
    assert!(address.ends_with(&format!("/payments/{payment}")), "{address}");
    assert_eq!(now["_links"]["payment_actions"]["href"], format!("{address}/actions"));
    assert_eq!(shop.stands(payment), ("Captured".to_owned(), [1_000, 0, 0, 1_000, 0, 0, 1_000]));
    let paid = shop.payment(payment).ok();
    assert_eq!((&paid["reference"], &paid["metadata"]), (&json!("ORD-5"), &json!({ "cart": 7 })));
    assert_eq!((&paid["source"]["last4"], &paid["source"]["scheme"]), (&json!("4242"), &json!("Visa")));
    assert_eq!(shop.read("/payments?reference=ORD-5").ok()["data"][0]["id"], payment);
    // It is refunded like any other, also through the other API.
    shop.operate(payment, "refunds", &json!({ "amount": 400 })).expect(202);
    neuro_pay.post("/checkout/refund", &json!({ "checkout_id": hex(payment) })).ok();
    assert_eq!(shop.stands(payment).0, "Refunded");
    assert_eq!(read(&shop, PAGE, &id)["status"], "Payment Received");
}

fn a_declined_buyer_tries_again_on_the_same_page(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    for (path, body, word) in [(PAGE, page(), "Payment Pending"), (LINK, link(), "Active")] {
        let (id, buyer) = make(&shop, &agent, path, &body);
        buyer.pay(DECLINED);
        assert_eq!(read(&shop, path, &id)["status"], word);
        assert!(buyer.open().expect(200).text().contains("Payment declined"));
        buyer.pay(APPROVED);
        let now = read(&shop, path, &id);
        assert_eq!(now["status"], "Payment Received");
        let did = shop.done(now["payment_id"].as_str().expect("a payment"));
        let approved: Vec<bool> = did.iter().map(|(_, _, approved)| *approved).collect();
        assert_eq!(approved, [false, true, true]);
    }
}

fn a_page_leaves_for_the_shop_once_no_try_is_left(engine: Engine) {
    let kassa = Setup::new(engine).variable("KASSA_TEST_LIMITS", "on").start();
    let agent = kassa.agent();
    for (path, body, back) in
        [(PAGE, page(), "https://shop.example/failure"), (LINK, link(), "https://shop.example/back")]
    {
        let shop = Client::fresh(&kassa);
        let (id, buyer) = make(&shop, &agent, path, &body);
        let bad = [DECLINED, "4000000000009995", "4000000000000069", "4000000000000127", "4000000000000119"];
        for number in bad {
            let open = buyer.open().expect(200);
            assert!(open.header("refresh").is_none() && open.text().contains("name=\"form\""));
            buyer.pay(number);
        }
        let closed = buyer.open().expect(200);
        assert!(closed.text().contains("Too many tries") && !closed.text().contains("name=\"form\""));
        let session = session(&closed, back);
        let failed = shop.payment(&session).ok();
        assert_eq!((&failed["status"], &failed["approved"]), (&json!("Pending"), &json!(false)));
        assert_eq!(failed["actions"].as_array().map(Vec::len), Some(5), "{failed}");
        assert_eq!(read(&shop, path, &id)["payment_id"], Value::Null);
    }
}

fn a_page_can_have_the_bank_ask_whatever_the_card(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let ada = shop.create(&json!({ "email": "ada@example.com" }));
    let saved = hex(&shop.save(APPROVED, &json!({ "id": ada })));
    for (path, body) in [(PAGE, page()), (LINK, link())] {
        let asks = |enabled: Value| {
            with(body.clone(), &[("3ds", json!({ "enabled": enabled })), ("customer", json!({ "id": ada }))])
        };
        let (id, buyer) = make(&shop, &agent, path, &asks(json!(true)));
        buyer.pay(APPROVED);
        assert!(buyer.open().expect(200).text().contains("asks you to confirm"));
        assert_eq!(read(&shop, path, &id)["payment_id"], Value::Null);
        buyer.tell_the_bank("refuse");
        assert!(buyer.open().expect(200).text().contains("name=\"form\""), "it is open for another try");
        // A saved card is no way around it.
        buyer.post(&format!("form={}&card={saved}&saved_code=123", buyer.form())).expect(303);
        buyer.tell_the_bank("accept");
        let paid = read(&shop, path, &id)["payment_id"].as_str().expect("a payment").to_owned();
        let paid = shop.payment(&paid).ok();
        assert_eq!((&paid["status"], &paid["eci"]), (&json!("Captured"), &json!("05")));
        assert_eq!(paid["3ds"]["enrolled"], "Y");
        for enabled in [json!(false), Value::Null] {
            let (id, buyer) = make(&shop, &agent, path, &asks(enabled));
            buyer.pay(APPROVED);
            assert!(read(&shop, path, &id)["payment_id"].is_string());
        }
    }
}

fn what_is_paid_on_a_page_can_be_captured_later_by_itself(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    for (path, body) in [(PAGE, page()), (LINK, link())] {
        let pay = |later: i64, capture: Value| {
            let at = json!(utc(now().saturating_add_signed(later)));
            let body = with(body.clone(), &[("capture_on", at), ("capture", capture)]);
            let (id, buyer) = make(&shop, &agent, path, &body);
            buyer.pay(APPROVED);
            read(&shop, path, &id)["payment_id"].as_str().expect("a payment").to_owned()
        };
        let later = pay(3_600, json!(true));
        assert_eq!(shop.stands(&later), ("Authorized".to_owned(), [1_000, 0, 1_000, 0, 1_000, 0, 0]));
        // It implies the capture.
        let soon = pay(2, json!(false));
        eventually(Duration::from_secs(30), "it is captured", || {
            (shop.stands(&soon).0 == "Captured").then_some(())
        });
        assert_eq!(shop.stands(&pay(-60, json!(false))).0, "Captured");
        assert_eq!(shop.stands(&later).0, "Authorized");
        shop.operate_all(&later, "captures");
        assert_eq!(shop.stands(&later).0, "Captured");
    }
}

fn a_page_without_an_amount_verifies_a_card(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let later = [("capture_on", json!(utc(now() + 60)))];
    for body in [
        without(page(), "amount"),
        with(page(), &[("amount", json!(0))]),
        with(without(page(), "amount"), &later),
    ] {
        let (id, buyer) = make(&shop, &agent, PAGE, &body);
        assert_eq!(read(&shop, PAGE, &id)["amount"], 0);
        let open = buyer.open().expect(200);
        assert!(
            open.text().contains("Verify your card") && !open.text().contains("To pay"),
            "{}",
            open.text()
        );
        buyer.pay(DECLINED);
        buyer.pay(APPROVED);
        let done = buyer.open().expect(200);
        assert!(done.text().contains("Card verified") && done.text().contains("Nothing has been charged"));
        session(&done, "https://shop.example/success");
        let verified = read(&shop, PAGE, &id);
        assert_eq!(verified["status"], "Payment Received");
        let payment = verified["payment_id"].as_str().expect("a payment");
        assert_eq!(shop.stands(payment), ("Card Verified".to_owned(), [0; 7]));
        let tried = |approved| ("Card Verification".to_owned(), 0, approved);
        assert_eq!(shop.done(payment), [tried(false), tried(true)]);
    }
    kassa.checks_out();
}

fn a_page_can_wait_for_the_bank_and_leave_the_capture_to_the_shop(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let (id, buyer) = make(&shop, &agent, PAGE, &with(page(), &[("capture", json!(false))]));
    buyer.pay(CHALLENGED);
    assert_eq!(read(&shop, PAGE, &id)["status"], "Payment Pending");
    buyer.tell_the_bank("accept");
    let now = read(&shop, PAGE, &id);
    assert_eq!(now["status"], "Payment Received");
    let payment = now["payment_id"].as_str().expect("a payment");
    assert_eq!(shop.stands(payment).0, "Authorized");
    shop.operate_all(payment, "voids");
    assert_eq!(shop.stands(payment).0, "Voided");
}

fn a_payment_link_is_active_until_it_is_paid(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let made = post(&shop, LINK, &link()).expect(201).json();
    assert!(made["expires_on"].is_string(), "{made}");
    let (id, buyer) = make(&shop, &agent, LINK, &link());
    assert!(id.starts_with("pl_") && id.len() == 15, "{id}");
    let before = read(&shop, LINK, &id);
    assert_eq!((&before["status"], &before["payment_id"]), (&json!("Active"), &Value::Null));
    for name in ["amount", "currency", "reference", "description", "billing", "return_url"] {
        assert_eq!(before[name], link()[name], "{name}");
    }
    assert!(before["created_on"].is_string() && before["expires_on"].is_string(), "{before}");
    buyer.pay(APPROVED);
    let session = session(&buyer.open().expect(200), "https://shop.example/back");
    let now = read(&shop, LINK, &id);
    assert_eq!(shop.payment(&session).ok()["id"], now["payment_id"]);
    assert_eq!(now["status"], "Payment Received");
    assert_eq!(shop.stands(now["payment_id"].as_str().expect("a payment")).0, "Captured");
    // Without an address to go back to it ends at its receipt.
    let (id, buyer) = make(&shop, &agent, LINK, &without(link(), "return_url"));
    buyer.pay(APPROVED);
    assert_eq!(buyer.open().expect(200).header("refresh"), None);
    assert_eq!(read(&shop, LINK, &id)["status"], "Payment Received");
}

fn a_payment_link_that_nobody_paid_expires(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let short = with(link(), &[("expires_in", json!(1))]);
    let (id, buyer) = make(&shop, &agent, LINK, &short);
    let (longer, other) = make(&shop, &agent, LINK, &with(link(), &[("expires_in", json!(3_600))]));
    let form = other.form();
    let expired = eventually(Duration::from_secs(30), "it expires", || {
        Some(read(&shop, LINK, &id)).filter(|now| now["status"] != "Active")
    });
    assert_eq!((&expired["status"], &expired["payment_id"]), (&json!("Expired"), &Value::Null));
    // The form of any page: what the buyer could have had open.
    buyer.send(&form, APPROVED);
    assert!(!buyer.open().expect(200).text().contains("name=\"form\""));
    assert_eq!(read(&shop, LINK, &id)["status"], "Expired");
    assert_eq!(read(&shop, LINK, &longer)["status"], "Active");
    assert_eq!(shop.read("/payments?reference=ORD-6").ok()["data"][1]["balances"]["total_captured"], 0);
}

fn a_buyer_who_gives_up_ends_the_page(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    for (path, body, back) in
        [(PAGE, page(), "https://shop.example/cancel"), (LINK, link(), "https://shop.example/back")]
    {
        let (id, buyer) = make(&shop, &agent, path, &body);
        buyer.cancel();
        let now = read(&shop, path, &id);
        assert_eq!((&now["status"], &now["payment_id"]), (&json!("Expired"), &Value::Null));
        let page = buyer.open().expect(200);
        assert!(page.text().contains(back) && !page.text().contains("name=\"form\""), "{}", page.text());
        assert_eq!(page.header("refresh"), Some(format!("4; url={back}").as_str()), "nobody has paid");
    }
}

fn a_withdrawn_page_takes_no_payment(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let (id, buyer) = make(&shop, &agent, PAGE, &with(page(), &[("reference", json!("withdrawn"))]));
    let payment = id_of(&shop.read("/payments?reference=withdrawn").ok()["data"][0]);
    assert_eq!(shop.stands(&payment).0, "Pending");
    kassa.command(&["checkout", "revoke", &hex(&payment)]).done();
    assert_eq!(read(&shop, PAGE, &id)["status"], "Expired");
    assert_eq!(shop.stands(&payment).0, "Expired");
    assert!(!buyer.open().expect(200).text().contains("name=\"form\""));
}

fn a_customer_of_a_page_is_known_by_its_address(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let ada = shop.create(&json!({ "email": "ada@example.com", "name": "Ada" }));
    for (path, body) in [(PAGE, page()), (LINK, link())] {
        for (customer, known) in [
            (json!({ "email": "ADA@example.com" }), Some(ada.as_str())),
            (json!({ "id": ada }), Some(ada.as_str())),
            (json!({ "email": format!("new{}@example.com", path.len()), "name": "Eva" }), None),
        ] {
            let (id, buyer) = make(&shop, &agent, path, &with(body.clone(), &[("customer", customer)]));
            buyer.pay(APPROVED);
            let payment = read(&shop, path, &id)["payment_id"].as_str().expect("a payment").to_owned();
            let payer = shop.payment(&payment).ok()["customer"].clone();
            match known {
                Some(known) => assert_eq!((&payer["id"], &payer["name"]), (&json!(known), &json!("Ada"))),
                None => assert_eq!(payer["name"], "Eva"),
            }
        }
        // A name alone is nobody that is known.
        let nameless = with(body.clone(), &[("customer", json!({ "name": "Somebody" }))]);
        let (id, buyer) = make(&shop, &agent, path, &nameless);
        buyer.pay(APPROVED);
        let payment = read(&shop, path, &id)["payment_id"].as_str().expect("a payment").to_owned();
        assert!(shop.payment(&payment).ok()["customer"].is_null());
        let unknown = with(body, &[("customer", json!({ "id": NOBODYS }))]);
        is_invalid(&post(&shop, path, &unknown), &["customer_not_found"]);
    }
}

fn a_deleted_customers_page_says_nothing_of_people(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let body = with(
        page(),
        &[
            ("customer", json!({ "email": "zenobia@example.com", "name": "Zenobia" })),
            ("billing", json!({ "address": { "country": "SY", "city": "Palmyra" } })),
        ],
    );
    let (id, buyer) = make(&shop, &agent, PAGE, &body);
    buyer.pay(APPROVED);
    let customer = shop.get("zenobia@example.com").ok()["id"].as_str().expect("an id").to_owned();
    shop.delete(&customer).expect(204);
    let now = read(&shop, PAGE, &id);
    let payment = shop.payment(now["payment_id"].as_str().expect("a payment")).ok();
    for secret in ["Zenobia", "zenobia@example.com", "Palmyra"] {
        assert!(!format!("{now}{payment}").contains(secret), "{secret} is in {now} or {payment}");
        assert!(!buyer.open().text().contains(secret));
    }
    assert_eq!((&now["status"], &payment["status"]), (&json!("Payment Received"), &json!("Captured")));
    shop.operate_all(payment["id"].as_str().expect("an id"), "refunds");
}

fn a_page_that_cannot_be_is_refused(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (name, code) in [
        ("currency", "currency_required"),
        ("billing", "address_invalid"),
        ("success_url", "success_url_invalid"),
        ("cancel_url", "cancel_url_invalid"),
        ("failure_url", "fail_url_invalid"),
    ] {
        is_invalid(&post(&shop, PAGE, &without(page(), name)), &[code]);
    }
    for name in ["amount", "currency", "billing"] {
        post(&shop, LINK, &without(link(), name)).expect(422);
    }
    for (name, value, code) in [
        ("amount", json!(0), "amount_invalid"),
        ("currency", json!("EURO"), "currency_invalid"),
        ("billing", json!({ "address": { "city": "Lund" } }), "country_invalid"),
        ("customer", json!({ "email": "no address" }), "customer_email_invalid"),
        ("expires_in", json!(0), "expires_in_invalid"),
        ("expires_in", json!("soon"), "expires_in_invalid"),
        ("return_url", json!("javascript:alert(1)"), "success_url_invalid"),
        ("products", json!([{ "name": APPROVED }]), "products_looks_like_card_number"),
        ("reference", json!("r".repeat(51)), "reference_invalid"),
    ] {
        let answer = post(&shop, LINK, &with(link(), &[(name, value.clone())]));
        assert_eq!(answer.status, 422, "{name} {value}: {}", answer.text());
        assert_eq!(answer.json()["error_codes"], json!([code]), "{name} {value}");
    }
    for (name, value) in [
        ("amount", json!(-1)),
        ("capture_on", json!("2020")),
        ("capture_on", json!("2999-01-01T00:00:00Z")),
        ("3ds", json!({ "enabled": "maybe" })),
        ("3ds", json!(true)),
    ] {
        assert_eq!(post(&shop, PAGE, &with(page(), &[(name, value)])).status, 422, "{name}");
    }
    assert_eq!(shop.read("/payments?reference=ORD-6").ok()["total_count"], 0);
}

fn a_page_of_nobodys_or_of_another_kind_is_not_found(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let (page, _) = make(&shop, &agent, PAGE, &page());
    let (link, _) = make(&shop, &agent, LINK, &link());
    let crossed = (page.replace("hpp_", "pl_"), link.replace("pl_", "hpp_"));
    for id in [link.as_str(), &crossed.1, "hpp_AAAAAAAAAAAA", "hpp_", "none"] {
        is_bare(&shop.read(&format!("{PAGE}/{id}")), 404);
    }
    for id in [page.as_str(), &crossed.0, "pl_AAAAAAAAAAAA", "pl_A"] {
        is_bare(&shop.read(&format!("{LINK}/{id}")), 404);
    }
    let other = Client::fresh(&kassa);
    is_bare(&other.read(&format!("{PAGE}/{page}")), 404);
    is_bare(&other.read(&format!("{LINK}/{link}")), 404);
}

fn a_pages_key_makes_one_page(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let first = shop.send_once("page", "POST", PAGE, &page()).expect(201);
    let again = shop.send_once("page", "POST", PAGE, &page()).expect(201);
    assert_eq!((again.header("idempotency-replayed"), &again.body), (Some("true"), &first.body));
    let link = shop.send_once("page", "POST", LINK, &link()).expect(201);
    assert_eq!(link.header("idempotency-replayed"), None);
    assert_eq!(shop.read("/payments?reference=ORD-5").ok()["total_count"], 1);
}

fn live_mode_has_no_pages(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::new(&kassa, &kassa.credentials("Live pages", "live"));
    for (path, body) in [(PAGE, page()), (LINK, link())] {
        let answer = post(&shop, path, &body).expect(422).json();
        assert_eq!(answer["error_codes"], json!(["no_acquirer_configured"]));
    }
}
