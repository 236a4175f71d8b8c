//! Pages whose time is over while a card is being charged.

use std::time::Duration;

use kassa_tests::drivers::buyer::CHALLENGED;
use kassa_tests::drivers::checkout_com::Client;
use kassa_tests::drivers::neuro_pay::with;
use kassa_tests::{Engine, Server, eventually, on_each_engine};
use serde_json::json;

use crate::checkout_com::hosted_payments::{LINK, link, make, read};

on_each_engine!(whoever_is_at_the_bank_when_the_time_is_over_still_pays_and_is_told_so,);

fn whoever_is_at_the_bank_when_the_time_is_over_still_pays_and_is_told_so(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let short = with(link(), &[("expires_in", json!(2))]);
    let (id, buyer) = make(&shop, &agent, LINK, &short);
    buyer.pay(CHALLENGED);
    // A younger page closes after this one.
    let (younger, _) = make(&shop, &agent, LINK, &short);
    eventually(Duration::from_secs(30), "a page expires", || {
        (read(&shop, LINK, &younger)["status"] == "Expired").then_some(())
    });
    let page = buyer.open().expect(200);
    assert!(page.text().contains("/bank"), "{}", page.text());
    assert!(!page.text().contains("No money has been taken"));
    buyer.tell_the_bank("accept");
    assert!(buyer.open().expect(200).text().contains("Payment complete"));
    assert_eq!(read(&shop, LINK, &id)["status"], "Payment Received");
}
