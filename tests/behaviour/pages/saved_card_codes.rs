//! Where a saved card needs its security code: on a payment link always, on other pages where the merchant says so. It is
//! asked for beside the choice, decided when the attempt begins, and kept nowhere.

use kassa_tests::drivers::buyer::{APPROVED, Buyer, DISTINCTIVE_CODE};
use kassa_tests::drivers::checkout_com::Client;
use kassa_tests::drivers::neuro_pay::{self, with};
use kassa_tests::drivers::shop::hex;
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, on_each_engine};
use serde_json::{Value, json};

use crate::checkout_com::hosted_payments::{LINK, PAGE, link, make, page, read};

on_each_engine!(
    a_saved_card_on_a_payment_link_always_needs_its_code,
    a_merchant_has_saved_cards_need_their_code_on_every_page,
    the_code_is_demanded_of_whoever_had_the_page_open_before,
);

const AMEX: &str = "378282246310005";
const FIELD: &str = "name=\"saved_code\"";

#[track_caller]
fn choose(buyer: &Buyer<'_>, card: &str, more: &str) -> Answer {
    buyer.post(&format!("form={}&card={card}{more}", buyer.form()))
}

/// Every way to send no code that this card could have.
#[track_caller]
fn is_refused_without_its_code(buyer: &Buyer<'_>, card: &str, digits: usize) {
    for (more, words) in [
        ("", "Enter the security code.".to_owned()),
        ("&saved_code=", "Enter the security code.".to_owned()),
        ("&saved_code=+", "Enter the security code.".to_owned()),
        // The field of a new card is another one.
        ("&code=123", "Enter the security code.".to_owned()),
        ("&saved_code=12", format!("The security code should have {digits} digits.")),
        ("&saved_code=12345", format!("The security code should have {digits} digits.")),
        ("&saved_code=12a", format!("The security code should have {digits} digits.")),
        (
            if digits == 3 { "&saved_code=1234" } else { "&saved_code=123" },
            format!("The security code should have {digits} digits."),
        ),
    ] {
        let answer = choose(buyer, card, more).expect(422);
        let text = answer.text();
        assert!(text.contains(&format!("id=\"saved-code-error\">{words}<")), "{more}: {text}");
        assert!(text.contains("<title>Error: "), "{more}: {text}");
        assert!(text.contains(&format!("value=\"{card}\" checked")), "the choice stays: {text}");
    }
}

fn a_saved_card_on_a_payment_link_always_needs_its_code(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let ada = shop.create(&json!({ "email": "ada@example.com" }));
    let body = with(link(), &[("customer", json!({ "id": ada }))]);
    for (number, digits, code) in [(APPROVED, 3, "123"), (AMEX, 4, DISTINCTIVE_CODE)] {
        let card = hex(&shop.save(number, &json!({ "id": ada })));
        let (id, buyer) = make(&shop, &agent, LINK, &body);
        assert!(buyer.open().expect(200).text().contains(FIELD));
        is_refused_without_its_code(&buyer, &card, digits);
        let state = read(&shop, LINK, &id);
        assert_eq!((&state["status"], &state["payment_id"]), (&json!("Active"), &Value::Null));
        choose(&buyer, &card, &format!("&saved_code={code}")).expect(303);
        let paid = read(&shop, LINK, &id)["payment_id"].as_str().expect("a payment").to_owned();
        assert_eq!(shop.stands(&paid).0, "Captured");
        assert_eq!(shop.payment(&paid).ok()["source"]["last4"], number[number.len() - 4..]);
    }
    // A new card is paid with as ever, and a link for nobody has no such field.
    let (id, buyer) = make(&shop, &agent, LINK, &body);
    buyer.pay(APPROVED);
    assert_eq!(read(&shop, LINK, &id)["status"], "Payment Received");
    let (_, buyer) = make(&shop, &agent, LINK, &link());
    assert!(!buyer.open().expect(200).text().contains(FIELD));
}

fn a_merchant_has_saved_cards_need_their_code_on_every_page(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let (shop, other) = (Client::new(&kassa, &merchant), neuro_pay::Client::new(&kassa, &merchant));
    let (ada, agent) = (other.person(), kassa.agent());
    let card = ada.add(APPROVED);
    let body =
        with(page(), &[("customer", json!({ "id": kassa_tests::drivers::shop::base32("cus_", &ada.id) }))]);
    let set =
        |word: &str| kassa.command(&["merchant", "set", &merchant.name, "--saved-card-code", word]).done();
    let listed = || {
        let all = kassa.command(&["merchant", "list", "--json"]).done().stdout;
        let mine = all.lines().find(|line| line.contains(&merchant.name)).expect("the merchant").to_owned();
        serde_json::from_str::<Value>(&mine).expect("JSON")["saved_card_code"].clone()
    };
    assert_eq!(listed(), false);
    for (word, needs) in [("on", true), ("off", false)] {
        set(word);
        assert_eq!(listed(), needs);
        let checkout = ada.checkout(&[]);
        let (_, hosted) = make(&shop, &agent, PAGE, &body);
        for buyer in [&checkout.buyer(), &hosted] {
            assert_eq!(buyer.open().expect(200).text().contains(FIELD), needs);
            if needs {
                is_refused_without_its_code(buyer, &card, 3);
            }
            let more = if needs { "&saved_code=123" } else { "" };
            choose(buyer, &card, more).expect(303);
            assert!(buyer.open().text().contains("Visa ending in 4242"));
        }
        assert_eq!(checkout.now()["status"], "paid");
        // Without a page the merchant itself charges, and no buyer is there to be asked.
        assert_eq!(ada.charge(&card, &[]).ok()["status"], "paid");
    }
    kassa.command(&["merchant", "set", &merchant.name, "--saved-card-code", "maybe"]).failed(2);
}

fn the_code_is_demanded_of_whoever_had_the_page_open_before(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = neuro_pay::Client::new(&kassa, &merchant);
    let ada = shop.person();
    let card = ada.add(APPROVED);
    let checkout = ada.checkout(&[]);
    let form = checkout.buyer().form();
    kassa.command(&["merchant", "set", &merchant.name, "--saved-card-code", "on"]).done();
    let refused = checkout.buyer().post(&format!("form={form}&card={card}")).expect(422);
    assert!(refused.text().contains("id=\"saved-code-error\""));
    assert_eq!(checkout.now()["status"], "created");
    checkout.buyer().post(&format!("form={form}&card={card}&saved_code=123")).expect(303);
    assert_eq!(checkout.now()["status"], "paid");
}
