//! Customers: made, read, deleted.

use kassa_tests::drivers::neuro_pay::{Client, checkout, customer, is_error, with};
use kassa_tests::{Engine, Server, at_once, on_each_engine};
use serde_json::json;

on_each_engine!(
    a_customer_is_made_and_read,
    every_create_makes_a_new_customer,
    a_deleted_customer_is_gone_for_everything,
    the_customer_page_link_stays_and_is_not_the_id,
    names_and_addresses_come_back_as_they_were_sent,
    an_upper_case_id_is_the_same_id,
    deleting_twice_at_once_deletes_once,
);

fn a_customer_is_made_and_read(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let made = shop
        .post("/checkout/create-customer", &with(customer(), &[("metaData", json!({ "tier": "gold" }))]))
        .ok();
    assert_eq!(made["metaData"], json!({ "tier": "gold" }));
    assert_eq!(made["savedCards"], json!([]));
    assert_eq!(shop.retrieve_customer(made["customer_id"].as_str().expect("an id")).ok(), made);
}

fn every_create_makes_a_new_customer(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let (one, other) = (shop.create_customer(), shop.create_customer());
    assert_ne!(one["customer_id"], other["customer_id"]);
    assert_eq!(one["email"], other["email"]);
}

fn a_deleted_customer_is_gone_for_everything(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let made = shop.create_customer();
    let id = made["customer_id"].as_str().expect("an id");
    assert_eq!(shop.delete_customer(id).ok(), json!({ "customer_id": id, "status": "delete" }));
    is_error(&shop.retrieve_customer(id), 400);
    is_error(&shop.delete_customer(id), 400);
    is_error(&shop.post("/checkout/create", &with(checkout(), &[("customer_id", json!(id))])), 400);
    // Its page is gone too.
    let page = made["client_page"].as_str().expect("a link");
    let path = page.strip_prefix(kassa.url()).expect("a link of this server");
    kassa.get(path).expect(404);
}

fn the_customer_page_link_stays_and_is_not_the_id(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let (one, other) = (shop.create_customer(), shop.create_customer());
    let id = one["customer_id"].as_str().expect("an id");
    let link = one["client_page"].as_str().expect("a link");
    assert!(link.starts_with(&format!("{}/customer/", kassa.url())), "{link}");
    assert!(!link.contains(id), "{link}");
    assert_ne!(one["client_page"], other["client_page"]);
    assert_eq!(shop.retrieve_customer(id).ok()["client_page"], one["client_page"]);
}

fn names_and_addresses_come_back_as_they_were_sent(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    // Together with the last name and a space it has 255 characters.
    let longest = "å".repeat(227);
    for (first, last, email) in [
        ("  Ada ", "King Lovelace", "ADA+tag@Example.com"),
        ("李", "明", "å@exempel.se"),
        ("O'Brien \"Bo\" \\ <b>", "x\ty", "a@b"),
        (longest.as_str(), "'; drop table customers; --", "a.b@c.d"),
        ("💶", "e\u{301}", "\u{1F600}@b"),
    ] {
        let fields = [("first_name", json!(first)), ("last_name", json!(last)), ("email", json!(email))];
        let made = shop.post("/checkout/create-customer", &with(customer(), &fields)).ok();
        let read = shop.retrieve_customer(made["customer_id"].as_str().expect("an id")).ok();
        assert_eq!(read, made);
        for (name, value) in fields {
            assert_eq!(read[name], value);
        }
    }
}

fn an_upper_case_id_is_the_same_id(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let made = shop.create_customer();
    let id = made["customer_id"].as_str().expect("an id").to_uppercase();
    assert_eq!(shop.retrieve_customer(&id).ok(), made);
    for wrong in [&id[..31], &format!("{id}0"), &format!(" {id}"), &format!("{}-{}", &id[..8], &id[8..]), ""]
    {
        is_error(&shop.retrieve_customer(wrong), 400);
    }
}

fn deleting_twice_at_once_deletes_once(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for _ in 0..10 {
        let made = shop.create_customer();
        let id = made["customer_id"].as_str().expect("an id");
        let mut statuses = at_once(4, |_| shop.delete_customer(id).status);
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400, 400, 400]);
    }
}
