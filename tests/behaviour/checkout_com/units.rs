//! Amounts in the vendor's own units: hundredths of CLP, CLF, UYI and UYW, thousandths with a zero at the end of seven
//! dinars and a rial. The record, the pages and the other API count as ISO 4217 does.

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::checkout_com::{Client, is_bare, is_invalid};
use kassa_tests::drivers::checkout_com_payments::{id_of, payment, typed};
use kassa_tests::drivers::neuro_pay::{checkout, is_error, with};
use kassa_tests::drivers::shop::{Shop, base32, hex};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, on_each_engine};
use serde_json::{Value, json};

use super::hosted_payments::{LINK, PAGE, link, make, page, post, read};

on_each_engine!(
    every_amount_of_a_payment_is_in_the_vendors_units_here_and_in_minor_units_elsewhere,
    a_page_asks_the_buyer_for_the_price_that_was_sent,
    an_amount_that_does_not_divide_is_refused,
    what_cannot_be_written_is_rounded_down_and_told_and_operations_take_all_of_it,
    the_last_digits_of_an_amount_decide_as_they_were_sent,
    a_currency_out_of_use_is_refused_for_new_payments_alone,
    the_check_names_payments_that_were_left_in_other_units,
    a_part_of_very_many_pesos_is_taken_and_given_back,
);

const WARNING: &str = "kassa-warning";
const ROUNDED: &str = "rounded down: amounts";

/// A currency, how many of the vendor's units are a thousand of it, and how many minor units.
const CURRENCIES: [(&str, i64, i64); 8] = [
    ("CLP", 100_000, 1_000),
    ("UYI", 100_000, 1_000),
    ("CLF", 100_000, 10_000_000),
    ("UYW", 100_000, 10_000_000),
    ("KWD", 1_000_000, 1_000_000),
    ("TND", 1_000_000, 1_000_000),
    ("JPY", 1_000, 1_000),
    ("EUR", 100_000, 100_000),
];

fn of(currency: &str, amount: i64) -> Value {
    with(payment(amount, &typed(APPROVED)), &[("currency", json!(currency))])
}

/// A payment that is authorized and not captured; its id.
#[track_caller]
fn reserve(shop: &Client, currency: &str, amount: i64) -> String {
    id_of(&shop.pay(&with(of(currency, amount), &[("capture", json!(false))])))
}

/// What an answer tells beside its body.
#[track_caller]
fn told(answer: &Answer) -> &str {
    answer.header(WARNING).unwrap_or_default()
}

fn every_amount_of_a_payment_is_in_the_vendors_units_here_and_in_minor_units_elsewhere(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    for (currency, sent, minor) in CURRENCIES {
        let body = with(of(currency, sent), &[("capture", json!(false)), ("reference", json!(currency))]);
        let made = shop.pay(&body);
        let id = id_of(&made);
        assert_eq!((&made["amount"], &made["balances"]["total_authorized"]), (&json!(sent), &json!(sent)));
        let elsewhere = || {
            let now = neuro_pay.post("/checkout/retrieve", &json!({ "checkout_id": hex(&id) })).ok();
            ["amount", "amount_captured", "amount_refunded"].map(|name| now[name].as_i64().expect("a sum"))
        };
        assert_eq!(elsewhere(), [minor, 0, 0], "{currency}");
        let part = json!({ "amount": sent / 2, "capture_type": "NonFinal" });
        shop.operate(&id, "captures", &part).expect(202);
        assert_eq!(elsewhere(), [minor, minor / 2, 0], "{currency}");
        shop.operate(&id, "captures", &json!({ "amount": sent / 4 })).expect(202);
        shop.operate(&id, "refunds", &json!({ "amount": sent / 10 })).expect(202);
        assert_eq!(elsewhere(), [minor, minor / 4 * 3, minor / 10], "{currency}");
        let (quarter, back) = (sent / 4, sent / 10);
        let sums = [sent, quarter, 0, quarter * 3, 0, back, quarter * 3 - back];
        assert_eq!(shop.stands(&id), ("Partially Refunded".to_owned(), sums), "{currency}");
        let did = [
            ("Authorization", sent),
            ("Capture", sent / 2),
            ("Capture", quarter),
            ("Void", quarter),
            ("Refund", back),
        ];
        let did = did.map(|(kind, amount)| (kind.to_owned(), amount, true));
        assert_eq!(shop.done(&id), did, "{currency}");
        let listed = shop.read(&format!("/payments?reference={currency}"));
        let balances = &listed.json()["data"][0]["balances"];
        assert_eq!(
            (&listed.json()["data"][0]["amount"], &balances["total_refunded"]),
            (&json!(sent), &json!(back))
        );
        assert_eq!((told(&listed), told(&shop.payment(&id))), ("", ""), "{currency}");
        // A void may say the whole, and nothing else.
        let id = reserve(&shop, currency, sent);
        is_invalid(&shop.operate(&id, "voids", &json!({ "amount": sent / 2 })), &["void_amount_invalid"]);
        shop.operate(&id, "voids", &json!({ "amount": sent })).expect(202);
        let id = reserve(&shop, currency, sent);
        is_invalid(
            &shop.operate(&id, "captures", &json!({ "amount": sent + 100 })),
            &["capture_value_greater_than_authorized"],
        );
        shop.operate(&id, "captures", &json!({ "amount": sent })).expect(202);
        assert_eq!(shop.stands(&id).0, "Captured", "{currency}");
    }
}

fn a_page_asks_the_buyer_for_the_price_that_was_sent(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let agent = kassa.agent();
    for (path, body) in [(PAGE, page()), (LINK, link())] {
        for (currency, sent, minor) in CURRENCIES {
            let price = json!([{ "name": "Winter boots", "quantity": 1, "price": sent }]);
            let fields =
                [("amount", json!(sent)), ("currency", json!(currency)), ("products", price.clone())];
            let (id, buyer) = make(&shop, &agent, path, &with(body.clone(), &fields));
            let asked = buyer.open().text().replace('\u{a0}', " ").replace("&nbsp;", " ");
            assert!(asked.contains(&format!("{currency} 1,000")), "{path}: {asked}");
            assert!(!asked.contains("100,000") && !asked.contains("10,000"), "{path}: {asked}");
            buyer.pay(APPROVED);
            let paid = read(&shop, path, &id);
            assert_eq!((&paid["amount"], &paid["products"]), (&json!(sent), &price), "{currency}");
            let id = paid["payment_id"].as_str().expect("a payment");
            assert_eq!(shop.payment(id).ok()["amount"], sent, "{currency}");
            let known = neuro_pay.post("/checkout/retrieve", &json!({ "checkout_id": hex(id) })).ok();
            assert_eq!(known["amount_captured"], minor, "{currency}");
        }
    }
}

fn an_amount_that_does_not_divide_is_refused(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (currency, sent) in
        [("CLP", 100_050), ("CLP", 1), ("UYI", 99), ("KWD", 1_001), ("IQD", 5), ("TND", 12_345)]
    {
        let wrong = ["amount_invalid"];
        is_invalid(&shop.post_payment(&of(currency, sent)), &wrong);
        for (path, body) in [(PAGE, page()), (LINK, link())] {
            let fields = [("amount", json!(sent)), ("currency", json!(currency))];
            is_invalid(&post(&shop, path, &with(body, &fields)), &wrong);
        }
        let id = reserve(&shop, currency, 1_000_000);
        is_invalid(&shop.operate(&id, "captures", &json!({ "amount": sent })), &wrong);
        is_invalid(&shop.operate(&id, "voids", &json!({ "amount": sent })), &["void_amount_invalid"]);
        let before = shop.stands(&id);
        assert_eq!(before.0, "Authorized");
        shop.operate_all(&id, "captures");
        is_invalid(&shop.operate(&id, "refunds", &json!({ "amount": sent })), &wrong);
        assert_eq!(shop.stands(&id).0, "Captured");
    }
    // It is told with all else that is wrong, and is no amount of another currency's.
    let also = with(of("CLP", 150), &[("capture", json!("perhaps"))]);
    is_invalid(&shop.post_payment(&also), &["capture_invalid", "amount_invalid"]);
    is_invalid(&shop.post_payment(&of("CLF", 10_000_000_000)), &["amount_invalid"]);
    assert_eq!(shop.pay(&of("CLF", 9_999_999_999))["amount"], 9_999_999_999_i64);
}

fn what_cannot_be_written_is_rounded_down_and_told_and_operations_take_all_of_it(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    for (currency, minor, shown) in [("KWD", 12_349_i64, 12_340_i64), ("CLF", 12_349, 123), ("UYW", 99, 0)] {
        let made = || {
            let fields = [
                ("amount", json!(minor)),
                ("currency", json!(currency)),
                ("capture", json!(false)),
                ("identifier", json!(currency)),
            ];
            let made = neuro_pay.create_with(&fields);
            made.buyer().pay(APPROVED);
            made
        };
        let checkout = made();
        let id = base32("pay_", &checkout.id);
        let read = shop.payment(&id);
        assert_eq!((told(&read), &read.json()["amount"]), (ROUNDED, &json!(shown)), "{currency}");
        assert_eq!(shop.stands(&id), ("Authorized".to_owned(), [shown, 0, shown, 0, shown, 0, 0]));
        for path in [format!("/payments/{id}/actions"), format!("/payments?reference={currency}")] {
            assert_eq!(told(&shop.read(&path)), ROUNDED, "{path}");
        }
        // What is told is rounded; what is moved is not.
        shop.operate_all(&id, "captures");
        assert_eq!(checkout.now()["amount_captured"], minor, "{currency}");
        shop.operate_all(&id, "refunds");
        assert_eq!(checkout.now()["amount_refunded"], minor, "{currency}");
        assert_eq!(shop.stands(&id), ("Refunded".to_owned(), [shown, 0, 0, shown, 0, shown, 0]));
        let checkout = made();
        let id = base32("pay_", &checkout.id);
        let whole = if shown > 0 { json!({ "amount": shown }) } else { json!({}) };
        shop.operate(&id, "voids", &whole).expect(202);
        assert_eq!(checkout.now()["status"], "reserve released", "{currency}");
    }
    // A part is what it says, and the rest is what is left.
    let checkout = neuro_pay.create_with(&[("amount", json!(12_349)), ("currency", json!("KWD"))]);
    checkout.buyer().pay(APPROVED);
    let id = base32("pay_", &checkout.id);
    shop.operate(&id, "refunds", &json!({ "amount": 12_340 })).expect(202);
    let read = shop.payment(&id);
    assert_eq!((told(&read), &read.json()["status"]), (ROUNDED, &json!("Partially Refunded")));
    shop.operate_all(&id, "refunds");
    assert_eq!(
        (&checkout.now()["status"], &checkout.now()["amount_refunded"]),
        (&json!("refunded"), &json!(12_349))
    );
    is_bare(&shop.operate(&id, "refunds", &json!({ "amount": 10 })), 403);
}

fn the_last_digits_of_an_amount_decide_as_they_were_sent(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    // As minor units these end in zeros.
    for (currency, sent, code) in [("CLF", 1_005, "20005"), ("UYW", 1_051, "20051"), ("JPY", 114, "20014")] {
        let made = shop.pay(&of(currency, sent));
        assert_eq!((&made["approved"], &made["response_code"]), (&json!(false), &json!(code)), "{currency}");
    }
    // And these, as minor units, in what would decide.
    for (currency, sent, minor) in [("CLP", 10_500, 105), ("UYI", 5_100, 51)] {
        let made = shop.pay(&of(currency, sent));
        assert_eq!(made["approved"], true, "{currency}");
        let known = neuro_pay.post("/checkout/retrieve", &json!({ "checkout_id": hex(&id_of(&made)) })).ok();
        assert_eq!(known["amount"], minor, "{currency}");
    }
}

fn a_currency_out_of_use_is_refused_for_new_payments_alone(engine: Engine) {
    let kassa = Server::start(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    for currency in ["HRK", "bgn", "SLL", "CUC"] {
        let wrong = ["currency_invalid"];
        is_invalid(&shop.post_payment(&of(currency, 1_000)), &wrong);
        for (path, body) in [(PAGE, page()), (LINK, link())] {
            is_invalid(&post(&shop, path, &with(body, &[("currency", json!(currency))])), &wrong);
        }
        let asked = with(checkout(), &[("currency", json!(currency))]);
        let why = is_error(&neuro_pay.post("/checkout/create", &asked), 400);
        assert!(why.contains("currency in use"), "{why}");
    }
    for currency in ["XCG", "EUR", "SLE"] {
        assert_eq!(shop.pay(&of(currency, 1_000))["currency"], currency);
        neuro_pay.create_with(&[("currency", json!(currency))]);
    }
    // One of before goes on.
    let id = reserve(&shop, "EUR", 1_000);
    let old = "update payments set currency = 'HRK' where state = 'authorized'";
    kassa.tamper(&match engine {
        Engine::Sqlite => format!("drop trigger payments_keep_terms; {old}"),
        Engine::Postgres => format!("alter table payments disable trigger all; {old}"),
    });
    assert_eq!(shop.payment(&id).ok()["currency"], "HRK");
    shop.operate(&id, "captures", &json!({ "amount": 600 })).expect(202);
    shop.operate_all(&id, "refunds");
    assert_eq!(shop.stands(&id).0, "Refunded");
}

fn the_check_names_payments_that_were_left_in_other_units(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let id = id_of(&shop.pay(&of("CLP", 105_000)));
    let check = kassa.command(&["db", "check", "--json"]).done().json();
    assert_eq!((&check["ok"], &check["notes"]), (&json!(true), &json!([])));
    // As the migration leaves them.
    kassa.tamper("insert into amounts_left (payment) select id from payments");
    let check = kassa.command(&["db", "check"]).done();
    let named = format!("note: payment {}: 1050 CLP was sent in hundredths", hex(&id));
    assert!(check.stdout.contains(&named), "{check:?}");
    let check = kassa.command(&["db", "check", "--json"]).done().json();
    assert_eq!((&check["ok"], &check["notes"].as_array().map(Vec::len)), (&json!(true), &Some(1)));
}

fn a_part_of_very_many_pesos_is_taken_and_given_back(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let most = 999_999_999_999_i64;
    let fields = [("amount", json!(most)), ("currency", json!("CLP")), ("capture", json!(false))];
    let checkout = neuro_pay.create_with(&fields);
    checkout.buyer().pay(APPROVED);
    let id = base32("pay_", &checkout.id);
    let part = json!({ "amount": 10_000_000_000 * 100_i64, "capture_type": "NonFinal" });
    shop.operate(&id, "captures", &part).expect(202);
    assert_eq!(checkout.now()["amount_captured"], 10_000_000_000_i64);
    let rest = (most - 10_000_000_000) * 100;
    is_invalid(
        &shop.operate(&id, "captures", &json!({ "amount": rest + 100 })),
        &["capture_value_greater_than_remaining_authorized"],
    );
    shop.operate(&id, "captures", &json!({ "amount": rest })).expect(202);
    shop.operate(&id, "refunds", &json!({ "amount": (most - 1) * 100 })).expect(202);
    assert_eq!(checkout.now()["amount_refunded"], most - 1);
    is_invalid(&shop.operate(&id, "refunds", &json!({ "amount": most * 100 + 100 })), &["amount_invalid"]);
    // Of any other currency no amount is so large.
    let id = reserve(&shop, "EUR", 1_000);
    is_invalid(&shop.operate(&id, "captures", &json!({ "amount": most + 1 })), &["amount_invalid"]);
}
