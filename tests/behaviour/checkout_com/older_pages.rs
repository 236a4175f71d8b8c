//! Pages that were open before an upgrade: one whose amount could not be brought to minor units, and one without what came
//! later.

use kassa_tests::drivers::buyer::{APPROVED, Buyer, DECLINED};
use kassa_tests::drivers::checkout_com::Client;
use kassa_tests::drivers::neuro_pay::with;
use kassa_tests::{Engine, Server, Setup, on_each_engine};
use serde_json::{Value, json};

use super::hosted_payments::{LINK, PAGE, link, make, page, read, session};

on_each_engine!(
    a_page_that_was_left_in_other_units_asks_nobody_for_its_amount,
    a_page_of_before_there_was_a_failure_url_leads_back_to_the_shop,
);

fn a_page_that_was_left_in_other_units_asks_nobody_for_its_amount(engine: Engine) {
    let kassa = Server::start(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let price = [("amount", json!(105_000)), ("currency", json!("CLP"))];
    let asks = [("3ds", json!({ "enabled": true }))];
    for (path, body) in [(PAGE, page()), (LINK, link())] {
        let (id, buyer) = make(&shop, &agent, path, &with(body.clone(), &price));
        let (_, at_the_bank) = make(&shop, &agent, path, &with(with(body, &price), &asks));
        at_the_bank.pay(APPROVED);
        assert!(at_the_bank.below("/bank").open().expect(200).text().contains("1,050"));
        let form = buyer.form();
        // As the migration leaves them.
        kassa.tamper(
            "insert into amounts_left (payment) select id from payments where id not in (select payment from amounts_left)",
        );
        let out_of_date = |buyer: &Buyer<'_>| {
            let open = buyer.open().expect(200);
            let (text, refresh) = (open.text().to_owned(), open.header("refresh"));
            assert!(text.contains("out of date") && text.contains("No money has been taken"), "{text}");
            assert!(
                !text.contains("1,050") && !text.contains("name=\"form\"") && refresh.is_none(),
                "{text}"
            );
            assert!(text.contains("Back to shop.example"), "{text}");
        };
        out_of_date(&buyer);
        buyer.send(&form, APPROVED).expect(303);
        out_of_date(&buyer);
        at_the_bank.below("/bank").open().expect(303);
        at_the_bank.tell_the_bank("accept");
        out_of_date(&at_the_bank);
        assert_eq!(read(&shop, path, &id)["payment_id"], Value::Null);
        at_the_bank.post_cancel().expect(303);
        assert!(at_the_bank.open().expect(200).text().contains("Payment canceled"));
    }
    kassa.checks_out();
}

fn a_page_of_before_there_was_a_failure_url_leads_back_to_the_shop(engine: Engine) {
    let kassa = Setup::new(engine).variable("KASSA_TEST_LIMITS", "on").start();
    let agent = kassa.agent();
    for (path, body, back) in
        [(PAGE, page(), "https://shop.example/cancel"), (LINK, link(), "https://shop.example/back")]
    {
        let shop = Client::fresh(&kassa);
        let (_, buyer) = make(&shop, &agent, path, &body);
        kassa.tamper("update payments set page_failure_url = null where state = 'pending'");
        for number in [DECLINED, "4000000000009995", "4000000000000069", "4000000000000127"] {
            buyer.pay(number);
            assert!(buyer.open().expect(200).text().contains("name=\"form\""), "it is open for another try");
        }
        buyer.pay("4000000000000119");
        let session = session(&buyer.open().expect(200), back);
        assert_eq!(shop.payment(&session).ok()["status"], "Pending");
    }
}
