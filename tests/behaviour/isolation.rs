//! Shops and modes never meet: what is another's is answered exactly as what never was.

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::neuro_pay::{Client, checkout, is_error, with};
use kassa_tests::{Engine, Server, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    what_is_anothers_is_answered_as_what_never_was,
    a_second_set_of_credentials_is_the_same_shop,
    customers_work_in_live_mode_and_checkouts_wait_for_an_acquirer,
);

const NOBODYS: &str = "00000000000040008000000000000000";

/// Every endpoint that names an object, with the fields beside its id.
fn calls(checkout_id: &str, customer_id: &str) -> Vec<(&'static str, Value)> {
    let one = |path, fields: &[(&str, Value)]| (path, with(json!({ "checkout_id": checkout_id }), fields));
    vec![
        one("/checkout/retrieve", &[]),
        one("/checkout/capture", &[]),
        one("/checkout/refund", &[]),
        one("/checkout/update", &[("metaData", json!({ "a": 1 }))]),
        one("/checkout/delete", &[]),
        ("/checkout/retrieve-customer", json!({ "customer_id": customer_id })),
        ("/checkout/delete-customer", json!({ "customer_id": customer_id })),
        ("/checkout/create", with(checkout(), &[("customer_id", json!(customer_id))])),
    ]
}

fn what_is_anothers_is_answered_as_what_never_was(engine: Engine) {
    let kassa = Server::shared(engine);
    let owner = kassa.merchant();
    let shop = Client::new(&kassa, &owner);
    let live = Client::new(&kassa, &kassa.credentials(&owner.name, "live"));
    let other = Client::fresh(&kassa);
    let customer = shop.create_customer()["customer_id"].as_str().expect("an id").to_owned();
    for status in ["created", "paid", "reserved"] {
        let checkout = shop.in_status(&kassa, status);
        let before = checkout.now();
        for stranger in [&other, &live] {
            let theirs = calls(&checkout.id, &customer);
            for ((path, body), (_, nobodys)) in theirs.iter().zip(calls(NOBODYS, NOBODYS)) {
                let (theirs, nobodys) = (stranger.post(path, body), stranger.post(path, &nobodys));
                is_error(&theirs, 400);
                assert_eq!(theirs.body, nobodys.body, "{path}");
                let names = |answer: &kassa_tests::http::Answer| {
                    answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>()
                };
                assert_eq!(names(&theirs), names(&nobodys), "{path}");
            }
        }
        assert_eq!(checkout.now(), before);
    }
    shop.retrieve_customer(&customer).expect(200);
}

fn a_second_set_of_credentials_is_the_same_shop(engine: Engine) {
    let kassa = Server::shared(engine);
    let first = kassa.merchant();
    let second = kassa.credentials(&first.name, "test");
    assert_eq!(first.made["merchant_id"], second.made["merchant_id"]);
    assert_ne!(first.made["neuro_pay"]["api_key"], second.made["neuro_pay"]["api_key"]);
    let (one, other) = (Client::new(&kassa, &first), Client::new(&kassa, &second));
    let made = one.create_customer();
    assert_eq!(other.retrieve_customer(made["customer_id"].as_str().expect("an id")).ok(), made);
}

fn customers_work_in_live_mode_and_checkouts_wait_for_an_acquirer(engine: Engine) {
    let kassa = Server::shared(engine);
    let owner = kassa.merchant();
    let live = Client::new(&kassa, &kassa.credentials(&owner.name, "live"));
    let made = live.create_customer();
    let id = made["customer_id"].as_str().expect("an id");
    assert_eq!(live.retrieve_customer(id).ok(), made);
    let message = is_error(&live.post("/checkout/create", &checkout()), 400);
    assert!(message.contains("no acquirer is configured"), "{message}");
    live.delete_customer(id).expect(200);
    // And the other way round: a payment of test mode is none of live mode's.
    let shop = Client::new(&kassa, &owner);
    let paid = shop.create();
    paid.buyer().pay(APPROVED);
    is_error(&live.post("/checkout/refund", &paid.body(&[])), 400);
    assert_eq!(paid.now()["status"], "paid");
}
