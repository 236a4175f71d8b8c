//! Checkout.com's payments: a card is charged, and what was authorized is captured, refunded and voided.

use std::time::Duration;

use kassa_tests::drivers::buyer::{APPROVED, Buyer, DECLINED};
use kassa_tests::drivers::checkout_com::{Client, is_invalid};
use kassa_tests::drivers::checkout_com_payments::{balances, id_of, payment, typed};
use kassa_tests::drivers::nero_pay::now;
use kassa_tests::drivers::neuro_pay::{checkout, with};
use kassa_tests::drivers::shop::{Shop, base32};
use kassa_tests::{Engine, Server, eventually, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    a_card_saved_on_the_hosted_page_is_charged_by_its_customer_and_by_its_id,
    a_token_becomes_a_default_card_that_pays_in_part_and_is_refunded,
    captures_in_parts_end_with_the_final_one,
    a_void_releases_everything,
    what_is_captured_at_a_time_is_captured_by_itself,
    a_payment_answers_with_what_clients_expect,
    a_new_address_makes_a_customer_whose_card_is_the_default,
    a_known_customer_gets_the_card_that_paid,
    a_card_that_is_not_kept_has_no_id,
    a_card_of_nobody_becomes_its_payers,
    an_operation_keeps_its_own_reference_and_metadata,
    a_payment_is_told_in_the_vendors_words,
    what_a_payment_does_by_itself_is_in_its_own_name,
    a_payment_tells_the_wallet_that_its_card_came_out_of,
);

fn did(did: &[(&str, i64, bool)]) -> Vec<(String, i64, bool)> {
    did.iter().map(|(kind, amount, approved)| ((*kind).to_owned(), *amount, *approved)).collect()
}

fn a_card_saved_on_the_hosted_page_is_charged_by_its_customer_and_by_its_id(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let ada = neuro_pay.person();
    ada.checkout(&[]).buyer().pay_and_save(APPROVED, "12/99");
    let card = base32("src_", ada.cards()[0]["card_id"].as_str().expect("an id"));
    let customer = base32("cus_", &ada.id);
    for source in [json!({ "type": "customer", "id": customer }), json!({ "type": "id", "id": card })] {
        let made = shop.pay(&payment(2_500, &source));
        assert_eq!((&made["approved"], &made["status"]), (&json!(true), &json!("Authorized")));
        assert_eq!((&made["source"]["id"], &made["source"]["type"]), (&json!(card), &json!("card")));
        let payer = json!({ "id": customer, "email": "ada@example.com", "name": "Ada Lovelace" });
        assert_eq!(made["customer"], payer);
        let (status, sums) = shop.stands(&id_of(&made));
        assert_eq!((status.as_str(), sums), ("Captured", [2_500, 0, 0, 2_500, 0, 0, 2_500]));
        assert_eq!(
            shop.done(&id_of(&made)),
            did(&[("Authorization", 2_500, true), ("Capture", 2_500, true)])
        );
    }
    // Neuro-Pay charges the same card, and the payment is one of both.
    let charged = ada.charge(ada.cards()[0]["card_id"].as_str().expect("an id"), &[]).ok();
    let (status, _) = shop.stands(&base32("pay_", charged["checkout_id"].as_str().expect("an id")));
    assert_eq!(status, "Captured");
}

fn a_token_becomes_a_default_card_that_pays_in_part_and_is_refunded(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let customer = shop.create(&json!({ "email": "ada@example.com", "name": "Ada" }));
    let token = shop.token(APPROVED);
    let instrument = json!({ "type": "token", "token": token, "customer": { "id": customer } });
    let card = id_of(&shop.post_instrument(&instrument).expect(201).json());
    assert_eq!(shop.wallet(&customer), (vec![card.clone()], Some(card.clone())));
    let body = payment(1_000, &json!({ "type": "customer", "id": customer }));
    let made = shop.pay(&with(body, &[("capture", json!(false))]));
    let id = id_of(&made);
    assert_eq!(balances(&made), [1_000, 0, 1_000, 0, 1_000, 0, 0]);
    assert_eq!(shop.stands(&id), ("Authorized".to_owned(), [1_000, 0, 1_000, 0, 1_000, 0, 0]));
    // Final is what a capture is where nothing else is said: the rest is released with it.
    let capture = shop.operate(&id, "captures", &json!({ "amount": 600 })).expect(202).json();
    assert_eq!(shop.stands(&id), ("Captured".to_owned(), [1_000, 400, 0, 600, 0, 0, 600]));
    let parts = [("Authorization", 1_000, true), ("Capture", 600, true), ("Void", 400, true)];
    assert_eq!(shop.done(&id), did(&parts));
    assert_eq!(shop.actions(&id)[1]["id"], capture["action_id"]);
    let refund = shop.operate(&id, "refunds", &json!({ "amount": 250 })).expect(202).json();
    assert_eq!(shop.stands(&id), ("Partially Refunded".to_owned(), [1_000, 400, 0, 600, 0, 250, 350]));
    assert_eq!(shop.actions(&id)[0]["id"], refund["action_id"]);
    shop.operate_all(&id, "refunds");
    assert_eq!(shop.stands(&id), ("Refunded".to_owned(), [1_000, 400, 0, 600, 0, 600, 0]));
    assert_eq!(shop.done(&id)[3..], did(&[("Refund", 250, true), ("Refund", 350, true)]));
}

fn captures_in_parts_end_with_the_final_one(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let capture = |id: &str, amount: i64, kind: &str| {
        shop.operate(id, "captures", &json!({ "amount": amount, "capture_type": kind })).expect(202);
        shop.stands(id)
    };
    let id = shop.reserve(1_000);
    assert_eq!(
        capture(&id, 300, "NonFinal"),
        ("Partially Captured".to_owned(), [1_000, 0, 700, 300, 700, 0, 300])
    );
    assert_eq!(
        capture(&id, 200, "NonFinal"),
        ("Partially Captured".to_owned(), [1_000, 0, 500, 500, 500, 0, 500])
    );
    assert_eq!(capture(&id, 100, "Final"), ("Captured".to_owned(), [1_000, 400, 0, 600, 0, 0, 600]));
    // A NonFinal one of all that is left leaves nothing.
    let id = shop.reserve(1_000);
    capture(&id, 300, "NonFinal");
    assert_eq!(capture(&id, 700, "NonFinal"), ("Captured".to_owned(), [1_000, 0, 0, 1_000, 0, 0, 1_000]));
    // Without an amount it is all that is left.
    let id = shop.reserve(1_000);
    capture(&id, 300, "NonFinal");
    shop.operate_all(&id, "captures");
    assert_eq!(shop.stands(&id), ("Captured".to_owned(), [1_000, 0, 0, 1_000, 0, 0, 1_000]));
    let parts = [("Authorization", 1_000, true), ("Capture", 300, true), ("Capture", 700, true)];
    assert_eq!(shop.done(&id), did(&parts));
}

fn a_void_releases_everything(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.reserve(1_000);
    let links = shop.payment(&id).ok()["_links"].clone();
    assert!(links["capture"]["href"].is_string() && links["void"]["href"].is_string(), "{links}");
    let void = shop.operate_all(&id, "voids");
    assert_eq!(void["_links"]["payment"], links["self"]);
    assert_eq!(shop.stands(&id), ("Voided".to_owned(), [1_000, 1_000, 0, 0, 0, 0, 0]));
    assert_eq!(shop.done(&id), did(&[("Authorization", 1_000, true), ("Void", 1_000, true)]));
    assert_eq!(shop.actions(&id)[0]["id"], void["action_id"]);
    let links = shop.payment(&id).ok()["_links"].clone();
    assert!(links["capture"].is_null() && links["void"].is_null() && links["refund"].is_null(), "{links}");
}

fn what_is_captured_at_a_time_is_captured_by_itself(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let at = now() + 3;
    let body = payment(1_000, &typed(APPROVED));
    let later = shop.pay(&with(body.clone(), &[("capture_on", json!(utc(at)))]));
    let voided = shop.pay(&with(body.clone(), &[("capture_on", json!(utc(at)))]));
    // Without an offset it is in UTC.
    let unsaid = shop.pay(&with(body.clone(), &[("capture_on", json!(utc(at).trim_end_matches('Z')))]));
    // A time that is over means now, also where nothing else would be captured.
    let past = utc(now() - 60);
    let at_once = shop.pay(&with(body.clone(), &[("capture_on", json!(past)), ("capture", json!(false))]));
    assert_eq!(shop.stands(&id_of(&at_once)).0, "Captured");
    let (later, voided) = (id_of(&later), id_of(&voided));
    assert_eq!(shop.stands(&later), ("Authorized".to_owned(), [1_000, 0, 1_000, 0, 1_000, 0, 0]));
    shop.operate_all(&voided, "voids");
    eventually(Duration::from_secs(30), "it is captured", || {
        let (status, sums) = shop.stands(&later);
        let early = now() < at;
        assert!(!early || status == "Authorized", "captured before its time");
        (status == "Captured").then(|| assert_eq!(sums, [1_000, 0, 0, 1_000, 0, 0, 1_000]))
    });
    assert_eq!(shop.done(&later), did(&[("Authorization", 1_000, true), ("Capture", 1_000, true)]));
    let unsaid = id_of(&unsaid);
    eventually(Duration::from_secs(30), "it is captured too", || {
        let status = shop.stands(&unsaid).0;
        let early = now() < at;
        assert!(!early || status == "Authorized", "captured before its time");
        (status == "Captured").then_some(())
    });
    assert_eq!(shop.stands(&voided).0, "Voided");
    for wrong in ["tomorrow", "2026-01-01", "2026-01-01T10:00:00[Europe/Paris]", "10:00"] {
        let wrong = with(body.clone(), &[("capture_on", json!(wrong))]);
        is_invalid(&shop.post_payment(&wrong), &["capture_on_invalid"]);
    }
}

/// A time in whole seconds, as the vendor writes it.
pub(crate) fn utc(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // The civil date of a day number, counted from 1 March 0000.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
}

fn a_payment_answers_with_what_clients_expect(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let body = json!({
        "source": with(typed(APPROVED), &[
            ("name", json!("Ada Lovelace")), ("cvv", json!("123")),
            ("billing_address", json!({ "city": "London", "country": "GB" })),
        ]),
        "amount": 1_000, "currency": "EUR", "reference": "ORD-1", "description": "Winter boots",
        "customer": { "email": "ada@example.com", "name": "Ada" }, "metadata": { "size": 42 },
        "payment_type": "Regular", "shipping": { "address": { "city": "London" } },
    });
    let answer = shop.post_payment(&body).expect(201);
    assert!(answer.header("cko-request-id").is_some() && answer.header("cko-version").is_some());
    let made = answer.json();
    let there = [
        "id",
        "action_id",
        "processed_on",
        "reference",
        "response_code",
        "response_summary",
        "scheme_id",
        "status",
        "amount",
        "approved",
        "auth_code",
        "currency",
        "eci",
        "risk",
    ];
    for name in there {
        assert!(!made[name].is_null(), "{name} is not in {made}");
    }
    let facts = [
        "type",
        "id",
        "avs_check",
        "cvv_check",
        "bin",
        "card_category",
        "card_type",
        "expiry_month",
        "expiry_year",
        "last4",
        "scheme",
        "name",
        "fingerprint",
        "issuer",
        "issuer_country",
        "product_id",
        "product_type",
        "billing_address",
    ];
    for name in facts {
        assert!(!made["source"][name].is_null(), "{name} is not in {}", made["source"]);
    }
    for name in ["acquirer_transaction_id", "retrieval_reference_number"] {
        assert!(made["processing"][name].is_string(), "{made}");
    }
    assert_eq!((&made["response_code"], &made["status"]), (&json!("10000"), &json!("Authorized")));
    assert_eq!(made["source"]["fingerprint"].as_str().map(str::len), Some(64));
    let id = id_of(&made);
    let this = made["_links"]["self"]["href"].as_str().expect("a link");
    assert!(this.ends_with(&format!("/checkout-com/payments/{id}")), "{this}");
    assert_eq!(made["_links"]["actions"]["href"], format!("{this}/actions"));
    let read = shop.payment(&id).ok();
    assert!(read["eci"].is_null(), "nobody was at the card's bank");
    for name in ["reference", "description", "metadata", "payment_type", "shipping"] {
        assert_eq!(read[name], body[name]);
    }
    assert_eq!((&read["source"], &read["customer"]), (&made["source"], &made["customer"]));
    assert!(read["requested_on"].is_string() && read["action_id"].is_null());
    assert!(read["_links"]["refund"]["href"].is_string() && read["_links"]["capture"].is_null());
    let actions = shop.actions(&id);
    assert_eq!(actions.len(), 2);
    let authorization = &actions[1];
    assert_eq!(authorization["id"], made["action_id"]);
    for name in ["processed_on", "auth_code", "response_code", "response_summary", "reference", "processing"]
    {
        assert_eq!(authorization[name], made[name], "{name}");
    }
}

fn a_new_address_makes_a_customer_whose_card_is_the_default(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let phone = json!({ "country_code": "+46", "number": "70 123 45 67" });
    let customer = json!({ "email": "eva@example.com", "name": "Eva Lund", "phone": phone });
    // A decline keeps no card, but whoever was to pay is known then.
    let poor = [("customer", json!({ "email": "poor@example.com" }))];
    let made = shop.pay(&with(payment(1_000, &typed(DECLINED)), &poor));
    assert_eq!((&made["approved"], &made["source"]["id"]), (&json!(false), &Value::Null));
    assert_eq!(shop.get("poor@example.com").ok()["id"], made["customer"]["id"]);
    let token = json!({ "type": "token", "token": shop.token(APPROVED) });
    let made = shop.pay(&with(payment(1_000, &token), &[("customer", customer)]));
    let read = shop.get("eva@example.com").ok();
    assert_eq!(
        (&read["id"], &read["name"], &read["phone"]),
        (&made["customer"]["id"], &json!("Eva Lund"), &phone)
    );
    let card = made["source"]["id"].as_str().expect("a card").to_owned();
    assert_eq!(shop.wallet("eva@example.com"), (vec![card.clone()], Some(card.clone())));
    let again = shop.pay(&payment(500, &json!({ "type": "customer", "id": read["id"] })));
    assert_eq!(again["source"]["id"], card);
    assert_eq!(again["source"]["fingerprint"], made["source"]["fingerprint"]);
}

fn a_known_customer_gets_the_card_that_paid(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let customer = shop.create(&json!({ "email": "ada@example.com" }));
    let first = shop.save(APPROVED, &json!({ "id": customer }));
    let body = payment(1_000, &typed("5555555555554444"));
    let by_id = with(body.clone(), &[("customer", json!({ "id": customer }))]);
    let [second, third] = [(); 2].map(|()| shop.pay(&by_id)["source"]["id"].clone());
    assert_eq!(second, third, "the same card of the same customer");
    // An address names the customer as well, and what it does with the card is told in `wallets`.
    let by_address = json!({ "email": "ADA@example.com", "name": "Somebody else" });
    let made = shop.pay(&with(body, &[("customer", by_address)]));
    assert_eq!(made["customer"]["id"], json!(customer));
    let second = second.as_str().expect("a card").to_owned();
    assert_eq!(shop.wallet(&customer), (vec![first.clone(), second], Some(first)));
    assert!(shop.get(&customer).ok()["name"].is_null(), "only a new customer is named by a payment");
}

fn a_card_that_is_not_kept_has_no_id(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let customer = shop.create(&json!({ "email": "ada@example.com" }));
    let token = json!({ "type": "token", "token": shop.token(APPROVED) });
    for source in [token, typed(APPROVED)] {
        let source = with(source, &[("store_for_future_use", json!(false))]);
        let made = shop.pay(&with(payment(1_000, &source), &[("customer", json!({ "id": customer }))]));
        for payment in [&made, &shop.payment(&id_of(&made)).ok()] {
            assert!(payment["source"]["id"].is_null());
            assert_eq!(
                (&payment["source"]["last4"], &payment["source"]["bin"]),
                (&json!("4242"), &json!("424242"))
            );
        }
    }
    assert_eq!(shop.wallet(&customer), (vec![], None));
}

fn a_card_of_nobody_becomes_its_payers(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let card = shop.save(APPROVED, &json!(null));
    let body = payment(1_000, &json!({ "type": "id", "id": card }));
    assert!(shop.pay(&body)["customer"].is_null());
    let made = shop.pay(&with(body.clone(), &[("customer", json!({ "email": "ada@example.com" }))]));
    assert_eq!(shop.wallet("ada@example.com"), (vec![card.clone()], Some(card)));
    // From now on it is nobody else's.
    is_invalid(
        &shop.post_payment(&with(body.clone(), &[("customer", json!({ "email": "eva@example.com" }))])),
        &["customer_mismatch"],
    );
    assert_eq!(shop.get("eva@example.com").status, 404, "a refused payment makes no customer");
    assert_eq!(shop.pay(&body)["customer"]["id"], made["customer"]["id"]);
}

fn an_operation_keeps_its_own_reference_and_metadata(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let id = shop.reserve(1_000);
    for (number, (folder, kind)) in [("captures", "Capture"), ("refunds", "Refund")].into_iter().enumerate() {
        let body = json!({ "reference": format!("R-{number}"), "metadata": { "number": number } });
        let accepted = shop.operate(&id, folder, &body).expect(202).json();
        assert_eq!(accepted["reference"], body["reference"]);
        let action = shop.actions(&id)[0].clone();
        let shown = (&action["type"], &action["reference"], &action["metadata"], &action["id"]);
        assert_eq!(shown, (&json!(kind), &body["reference"], &body["metadata"], &accepted["action_id"]));
    }
    // A checkout of Neuro-Pay's has its reference too where it was given one.
    let made = neuro_pay.post("/checkout/create", &with(checkout(), &[("identifier", json!("N-1"))])).ok();
    let id = base32("pay_", made["checkout_id"].as_str().expect("an id"));
    assert_eq!(shop.payment(&id).ok()["reference"], "N-1");
}

fn a_payment_is_told_in_the_vendors_words(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let body = payment(1_000, &typed(APPROVED));
    let items = json!([{ "name": "Boots", "type": "physical", "quantity": 1 }]);
    let made = shop.pay(&with(body.clone(), &[("items", items.clone())]));
    let words = (&made["source"]["scheme"], &made["source"]["card_type"], &made["source"]["card_category"]);
    assert_eq!(words, (&json!("Visa"), &json!("Credit"), &json!("Consumer")));
    // It captures itself later than this is said, as the balances say too.
    let links = &made["_links"];
    assert!(links["capture"]["href"].is_string() && links["void"]["href"].is_string(), "{links}");
    assert!(links["refund"].is_null(), "{links}");
    let read = shop.payment(&id_of(&made)).ok();
    assert_eq!((&read["source"], &read["items"]), (&made["source"], &items));
    assert_eq!((&read["payment_type"], &read["eci"]), (&json!("Regular"), &Value::Null));
    for (number, scheme) in [("5555555555554444", "Mastercard"), ("378282246310005", "American Express")] {
        let made = shop.pay(&payment(1_000, &typed(number)));
        assert_eq!(made["source"]["scheme"], scheme);
        // A saved card and a token have the words in capitals.
        let token = shop.tokenize(&typed(number)).expect(201).json();
        assert_eq!(token["scheme"], scheme.to_uppercase());
    }
    let declined = shop.pay(&payment(1_000, &typed(DECLINED)));
    assert!(declined["_links"]["capture"].is_null() && declined["_links"]["void"].is_null());
    let recurring = shop.pay(&with(body.clone(), &[("payment_type", json!("Recurring"))]));
    assert_eq!(shop.payment(&id_of(&recurring)).ok()["payment_type"], "Recurring");
    let challenged =
        with(body, &[("3ds", json!({ "enabled": true })), ("success_url", json!("https://shop.example"))]);
    let pending = shop.post_payment(&challenged).expect(202).json();
    let agent = kassa.agent();
    let bank = pending["_links"]["redirect"]["href"].as_str().expect("a link").to_owned();
    assert!(shop.payment(&id_of(&pending)).ok()["eci"].is_null());
    Buyer::new(&agent, bank).tell_the_bank("accept");
    assert_eq!(shop.payment(&id_of(&pending)).ok()["eci"], "05");
}

fn what_a_payment_does_by_itself_is_in_its_own_name(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let body = with(
        payment(1_000, &typed(APPROVED)),
        &[("reference", json!("ORD-1")), ("metadata", json!({ "size": 42 }))],
    );
    let shown = |id: &str| -> Vec<Value> {
        let of = |action: &Value| {
            json!([action["type"], action["reference"], action["metadata"], action["authorization_type"]])
        };
        shop.actions(id).iter().map(of).collect()
    };
    let authorized = |kind: &str| json!(["Authorization", "ORD-1", { "size": 42 }, kind]);
    let captured = json!(["Capture", "ORD-1", null, null]);
    let made = id_of(&shop.pay(&body));
    assert_eq!(shown(&made), [captured.clone(), authorized("Final")]);
    // What a client does has the name that it gives, or none.
    let later = with(body, &[("capture", json!(false)), ("authorization_type", json!("Estimated"))]);
    let id = id_of(&shop.pay(&later));
    shop.operate_all(&id, "captures");
    assert_eq!(shown(&id), [json!(["Capture", null, null, null]), authorized("Estimated")]);
    let soon = id_of(&shop.pay(&with(later.clone(), &[("capture_on", json!(utc(now() + 1)))])));
    eventually(Duration::from_secs(30), "it is captured", || {
        (shop.stands(&soon).0 == "Captured").then_some(())
    });
    assert_eq!(shown(&soon), [captured, authorized("Estimated")]);
    let wrong = with(later, &[("authorization_type", json!("Last"))]);
    is_invalid(&shop.post_payment(&wrong), &["authorization_type_invalid"]);
}

fn a_payment_tells_the_wallet_that_its_card_came_out_of(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for wallet in ["applepay", "googlepay"] {
        let token =
            shop.tokenize(&json!({ "type": wallet, "token_data": {} })).expect(201).json()["token"].clone();
        let source = json!({ "type": "token", "token": token });
        let fields = [("customer", json!({ "email": format!("{wallet}@example.com") }))];
        let made = shop.pay(&with(payment(1_000, &source), &fields));
        let saved = shop.pay(&payment(1_000, &json!({ "type": "id", "id": made["source"]["id"] })));
        let default = shop.pay(&payment(1_000, &json!({ "type": "customer", "id": made["customer"]["id"] })));
        for made in [made, saved, default] {
            assert_eq!(
                (&made["source"]["type"], &made["source"]["card_wallet_type"]),
                (&json!("card"), &json!(wallet))
            );
            let read = shop.payment(&id_of(&made)).ok();
            assert_eq!((&read["source"], &read["card_wallet_type"]), (&made["source"], &Value::Null));
        }
    }
    // A client does not say it.
    let claimed = with(payment(1_000, &typed(APPROVED)), &[("card_wallet_type", json!("applepay"))]);
    let made = shop.pay(&claimed);
    assert!(made["source"]["card_wallet_type"].is_null());
}
