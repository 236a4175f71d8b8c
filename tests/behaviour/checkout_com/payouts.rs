//! What a payment may say that would move the money in another way: a payout is refused, and what is not done is told.

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::checkout_com::{Client, is_invalid};
use kassa_tests::drivers::checkout_com_cards::card;
use kassa_tests::drivers::checkout_com_payments::{payment, typed};
use kassa_tests::drivers::neuro_pay::{with, without};
use kassa_tests::{Engine, Server, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(a_payout_charges_nothing, what_would_pay_in_another_way_is_told,);

fn a_payout_charges_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let to = json!({ "type": "card", "number": APPROVED, "expiry_month": 12, "expiry_year": 2030 });
    let body = with(payment(1_000, &typed(APPROVED)), &[("reference", json!("OUT"))]);
    for destination in [to, json!({ "type": "id", "id": "src_aaaaaaaaaaaaaaaaaaaaaaaaaa" }), json!("x")] {
        let fields = [("destination", destination), ("fund_transfer_type", json!("PP"))];
        for body in [with(body.clone(), &fields), with(without(body.clone(), "source"), &fields)] {
            is_invalid(&shop.post_payment(&body), &["destination_not_supported"]);
        }
    }
    assert_eq!(shop.read("/payments?reference=OUT").ok()["total_count"], 0);
    shop.pay(&with(body, &[("destination", Value::Null)]));
}

fn what_would_pay_in_another_way_is_told(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let fields = [
        ("payment_context_id", json!("pct_y3oqhf46pyzuxjbcn2giaqnb44")),
        ("fallback_source", json!({ "type": "card" })),
        ("fund_transfer_type", json!("AA")),
    ];
    let paid = shop.post_payment(&with(payment(1_000, &typed(APPROVED)), &fields)).expect(201);
    let told = "without effect: payment_context_id, fallback_source, fund_transfer_type";
    assert_eq!(paid.header("kassa-warning"), Some(told));
    let fields = [("account_number", json!("13654567455")), ("iban", json!("x")), ("bank", json!({}))];
    let saved = shop.post_instrument(&with(card(APPROVED), &fields)).expect(201);
    assert_eq!(saved.header("kassa-warning"), Some("without effect: account_number, iban, bank"));
    let document = kassa.get("/openapi/checkout-com.json").json();
    for (model, field, says) in [
        ("RequestPayment", "fallback_source", "without effect"),
        ("RequestPayment", "fund_transfer_type", "without effect"),
        ("CreateInstrument", "iban", "without effect"),
        ("RequestPayment", "destination", "Refused"),
    ] {
        let said = &document["components"]["schemas"][model]["properties"][field]["description"];
        assert!(said.as_str().is_some_and(|said| said.contains(says)), "{model}.{field}: {said}");
    }
}
