//! What becomes of a charge: declined, verified, asked of the buyer, not known yet.

use kassa_tests::drivers::buyer::{APPROVED, Buyer, DECLINED, DISTINCTIVE_CODE, LOST};
use kassa_tests::drivers::checkout_com::{Client, is_bare};
use kassa_tests::drivers::checkout_com_cards::card;
use kassa_tests::drivers::checkout_com_payments::{balances, id_of, payment, typed};
use kassa_tests::drivers::neuro_pay::with;
use kassa_tests::{Engine, SETTLED, Server, eventually, on_each_engine};
use serde_json::{Value, json};

use super::hosted_payments::{PAGE, make, page, session};

on_each_engine!(
    the_last_digits_of_an_amount_decline_it,
    a_card_that_declines_is_declined_for_good,
    the_vendors_own_test_cards_do_what_its_table_says,
    each_decline_of_a_listed_test_card_is_told_in_words_of_its_own,
    an_amount_of_zero_verifies_the_card,
    a_buyer_who_confirms_at_the_bank_pays,
    a_buyer_who_refuses_at_the_bank_is_a_decline,
    a_card_is_saved_once_its_lost_answer_is_known,
    a_security_code_is_checked_where_it_is_sent,
    a_key_charges_once_also_when_its_customer_is_deleted_in_between,
);

const WRONG_CODE: &str = "4000000000000127";
/// Checks that a payment is a decline with this code, at once and later.
#[track_caller]
fn is_declined(shop: &Client, made: &Value, code: &str) {
    let shown = (&made["approved"], &made["status"], &made["response_code"]);
    assert_eq!(shown, (&json!(false), &json!("Declined"), &json!(code)));
    assert!(made["response_summary"].is_string() && made["source"]["id"].is_null(), "{made}");
    assert!(made["auth_code"].is_null() && made["scheme_id"].is_null(), "{made}");
    assert_eq!(balances(made), [0; 7]);
    let id = id_of(made);
    assert_eq!(shop.stands(&id), ("Declined".to_owned(), [0; 7]));
    let actions = shop.actions(&id);
    assert_eq!((actions.len(), &actions[0]["type"]), (1, &json!("Authorization")));
    assert_eq!((&actions[0]["response_code"], &actions[0]["approved"]), (&json!(code), &json!(false)));
    for folder in ["captures", "refunds", "voids"] {
        is_bare(&shop.operate(&id, folder, &json!({})), 403);
    }
}

fn the_last_digits_of_an_amount_decline_it(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for digits in ["05", "12", "14", "51", "54", "57", "59", "61", "62"] {
        let amount = format!("123{digits}").parse().expect("a number");
        is_declined(&shop, &shop.pay(&payment(amount, &typed(APPROVED))), &format!("200{digits}"));
    }
    for amount in [5, 12_300, 12_306, 5_100, 10_500] {
        let made = shop.pay(&payment(amount, &typed(APPROVED)));
        assert_eq!(made["approved"], json!(amount != 5), "{amount}");
    }
}

fn a_card_that_declines_is_declined_for_good(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let cards = [
        (DECLINED, "20005"),
        ("4000000000009995", "20051"),
        ("4000000000000069", "20054"),
        (WRONG_CODE, "200N7"),
    ];
    for (number, code) in cards {
        is_declined(&shop, &shop.pay(&payment(1_000, &typed(number))), code);
        let token = json!({ "type": "token", "token": shop.token(number) });
        is_declined(&shop, &shop.pay(&payment(1_000, &token)), code);
    }
}

fn the_vendors_own_test_cards_do_what_its_table_says(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (number, code) in [
        ("4734868958733862", "200N7"),
        ("4567361325981788", "200R3"),
        ("4111111111111129", "20001"),
        ("4024007181869214", "20005"),
        ("4024007103573027", "20012"),
        ("4485381577182090", "20014"),
        ("4544249167673670", "20051"),
        ("4724117215951699", "20054"),
        ("4000141680788456", "20054"),
        ("4151512736305999", "20057"),
        ("4897453568485113", "20059"),
        ("4000144348235050", "20059"),
        ("4556294593757189", "20061"),
        ("4818924250131070", "20062"),
        ("4556253752712245", "20063"),
        ("4095254802642505", "20068"),
        ("4532819413487978", "20078"),
    ] {
        is_declined(&shop, &shop.pay(&payment(1_000, &typed(number))), code);
    }
    for number in [
        "4242424242424242",
        "4543474002249996",
        "5436031030606378",
        "2223000010479399",
        "5199992312641465",
        "345678901234564",
        "378282246310005",
        "30123456789019",
        "6011111111111117",
        "3530111333300000",
        "4658584090000001",
        "5000186622346654",
        "4484070000035519",
    ] {
        let made = shop.pay(&payment(1_000, &typed(number)));
        assert_eq!(made["approved"], true, "{number}: {made}");
        let kind = (&made["source"]["card_type"], &made["source"]["card_category"]);
        match number {
            "4658584090000001" | "5000186622346654" => assert_eq!(kind.0, "Debit"),
            "4484070000035519" => assert_eq!(kind.1, "Commercial"),
            _ => {}
        }
    }
}

/// The page of a test checkout lists all cards that the simulator knows.
fn each_decline_of_a_listed_test_card_is_told_in_words_of_its_own(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let agent = kassa.agent();
    let (_, buyer) = make(&shop, &agent, PAGE, &page());
    let shown = buyer.open().expect(200).text().to_owned();
    let listed: Vec<String> = shown
        .split("<code>")
        .skip(1)
        .map(|rest| rest.chars().take_while(|sign| *sign != '<').filter(char::is_ascii_digit).collect())
        .collect();
    let mut declined = 0;
    for number in &listed {
        let made = shop.post_payment(&payment(1_000, &typed(number))).json();
        let (code, summary) = (&made["response_code"], &made["response_summary"]);
        if made["status"] == "Declined" {
            declined += 1;
            // What any code says that nobody wrote words for.
            assert!(summary.is_string() && summary != "Declined", "{number}: {code} has no words of its own");
        }
    }
    assert!(listed.len() > 30 && declined > 15, "{declined} of {} cards are declined", listed.len());
}

fn an_amount_of_zero_verifies_the_card(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let left_out = json!({ "source": typed(APPROVED), "currency": "EUR" });
    for body in [payment(0, &typed(APPROVED)), left_out] {
        let made = shop.pay(&body);
        let shown = (&made["approved"], &made["status"], &made["response_code"], &made["amount"]);
        assert_eq!(shown, (&json!(true), &json!("Card Verified"), &json!("10000"), &json!(0)));
        assert!(made["source"]["id"].is_string());
        let id = id_of(&made);
        assert_eq!(shop.stands(&id), ("Card Verified".to_owned(), [0; 7]));
        assert_eq!(shop.done(&id), [("Card Verification".to_owned(), 0, true)]);
        for folder in ["captures", "refunds", "voids"] {
            is_bare(&shop.operate(&id, folder, &json!({})), 403);
        }
    }
    let made = shop.pay(&payment(0, &typed(DECLINED)));
    assert_eq!((&made["approved"], &made["status"]), (&json!(false), &json!("Declined")));
    assert!(made["source"]["id"].is_null());
}

/// Charges with a challenge; the payment's id and the buyer at its page.
#[track_caller]
fn to_the_bank<'a>(shop: &Client, agent: &'a ureq::Agent, body: &Value) -> (String, Buyer<'a>) {
    let body = with(
        body.clone(),
        &[
            ("success_url", json!("https://shop.example/success")),
            ("failure_url", json!("https://shop.example/failure")),
            ("reference", json!("ORD-3")),
        ],
    );
    let made = shop.post_payment(&body).expect(202).json();
    assert_eq!((&made["status"], &made["reference"]), (&json!("Pending"), &json!("ORD-3")));
    assert!(made["3ds"].is_object(), "{made}");
    let id = id_of(&made);
    assert_eq!(shop.stands(&id), ("Pending".to_owned(), [0; 7]));
    assert_eq!(shop.payment(&id).ok()["_links"]["redirect"], made["_links"]["redirect"]);
    is_bare(&shop.operate(&id, "captures", &json!({})), 403);
    let link = made["_links"]["redirect"]["href"].as_str().expect("a redirect").to_owned();
    (id, Buyer::new(agent, link))
}

fn a_buyer_who_confirms_at_the_bank_pays(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    for (capture, status) in [(true, "Captured"), (false, "Authorized")] {
        let body = payment(1_000, &typed(APPROVED));
        let fields = [
            ("3ds", json!({ "enabled": true })),
            ("capture", json!(capture)),
            ("customer", json!({ "email": format!("{status}@example.com") })),
        ];
        let (id, buyer) = to_the_bank(&shop, &agent, &with(body, &fields));
        assert_eq!(shop.wallet(&format!("{status}@example.com")), (vec![], None));
        assert!(buyer.open().expect(200).text().contains("/bank"));
        buyer.tell_the_bank("accept");
        assert_eq!(shop.stands(&id).0, status);
        let now = shop.payment(&id).ok();
        assert_eq!(now["approved"], true);
        let card = now["source"]["id"].as_str().expect("a card").to_owned();
        assert_eq!(shop.wallet(&format!("{status}@example.com")), (vec![card.clone()], Some(card)));
        let page = buyer.open().expect(200);
        let session = session(&page, "https://shop.example/success");
        assert_eq!(shop.payment(&session).ok()["id"], id);
    }
}

fn a_buyer_who_refuses_at_the_bank_is_a_decline(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let body = with(payment(1_000, &typed(APPROVED)), &[("3ds", json!({ "enabled": true }))]);
    let (id, buyer) = to_the_bank(&shop, &agent, &body);
    buyer.tell_the_bank("refuse");
    assert_eq!(shop.stands(&id), ("Declined".to_owned(), [0; 7]));
    assert_eq!(shop.actions(&id)[0]["response_code"], "20151");
    let page = buyer.open().expect(200);
    assert!(!page.text().contains("name=\"number\""), "there is one try");
    let session = session(&page, "https://shop.example/failure");
    assert_eq!(shop.payment(&session).ok()["status"], "Declined");
}

fn a_card_is_saved_once_its_lost_answer_is_known(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let payer = [("customer", json!({ "email": "ada@example.com" }))];
    let made = shop.post_payment(&with(payment(1_000, &typed(LOST)), &payer)).expect(202).json();
    assert_eq!((&made["status"], &made["_links"]["redirect"]), (&json!("Pending"), &Value::Null));
    assert_eq!(shop.wallet("ada@example.com"), (vec![], None));
    let id = id_of(&made);
    eventually(SETTLED, "the outcome is known", || (shop.stands(&id).0 == "Captured").then_some(()));
    assert_eq!(shop.payment(&id).ok()["approved"], true);
    assert!(shop.wallet("ada@example.com").1.is_some());
}

fn a_security_code_is_checked_where_it_is_sent(engine: Engine) {
    const AMEX: &str = "378282246310005";
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let coded = |number: &str| {
        let code = if number == AMEX { DISTINCTIVE_CODE } else { "123" };
        with(card(number), &[("cvv", json!(code))])
    };
    let check = |source: &Value| {
        let made = shop.pay(&payment(1_000, source));
        let now = shop.payment(&id_of(&made)).ok();
        assert_eq!(now["source"]["cvv_check"], made["source"]["cvv_check"]);
        made["source"]["cvv_check"].clone()
    };
    let tokenized = |body: &Value| {
        let made = shop.tokenize(body).expect(201).json();
        json!({ "type": "token", "token": made["token"] })
    };
    for number in [APPROVED, AMEX] {
        assert_eq!(check(&typed(number)), "X");
        assert_eq!(check(&coded(number)), "Y");
        assert_eq!(check(&tokenized(&typed(number))), "X");
        assert_eq!(check(&tokenized(&coded(number))), "Y");
    }
    assert_eq!(check(&coded(WRONG_CODE)), "N");
    // A card that was saved has no code until the payment brings one.
    let saved = json!({ "type": "id", "id": shop.save(APPROVED, &json!(null)) });
    assert_eq!(check(&saved), "X");
    assert_eq!(check(&with(saved, &[("cvv", json!("123"))])), "Y");
}

/// The stored answer goes with the customer it speaks of; that the money moved does not.
fn a_key_charges_once_also_when_its_customer_is_deleted_in_between(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let mut body = payment(1_900, &typed(APPROVED));
    body["reference"] = json!("once");
    body["customer"] = json!({ "email": "ada@example.com", "name": "Ada Lovelace" });
    let key = [("Cko-Idempotency-Key", "the-same")];
    let charge = || shop.send("POST", "/payments", &key, body.to_string().as_bytes()).expect(201).json();
    let first = charge();
    let customer = first["customer"]["id"].as_str().expect("an id");
    shop.send("DELETE", &format!("/customers/{customer}"), &[], b"").expect(204);
    let again = charge();
    assert_eq!((&again["id"], &again["action_id"]), (&first["id"], &first["action_id"]));
    let told = again.to_string();
    assert!(
        !told.contains("ada@example.com") && !told.contains("Lovelace") && !told.contains(customer),
        "{told}"
    );
    assert_eq!(shop.read("/payments?reference=once").ok()["total_count"], 1);
    shop.send("GET", "/customers/ada@example.com", &[], b"").expect(404);
}
