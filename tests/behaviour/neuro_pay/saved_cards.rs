//! Saved cards: how one comes to be saved, paying with it on a page, and being charged without one.

use kassa_tests::drivers::buyer::{APPROVED, CHALLENGED, DECLINED};
use kassa_tests::drivers::neuro_pay::{Client, Customer, checkout, is_error, with, without};
use kassa_tests::{Engine, Server, at_once, on_each_engine};
use serde_json::{Value, json};

use crate::server::vault::blob;

on_each_engine!(
    a_ticked_box_saves_the_card_and_the_customer_shows_it,
    a_card_is_saved_only_where_that_was_asked_for_allowed_and_paid,
    the_same_card_again_is_updated_and_not_doubled,
    a_saved_card_pays_on_another_page_without_its_code,
    a_card_that_is_not_the_buyers_is_an_error_beside_the_choice,
    an_expired_card_is_shown_and_pays_nothing,
    a_saved_card_is_charged_without_a_page,
    ids_that_do_not_belong_together_are_400_and_leave_nothing,
    a_challenged_automatic_payment_waits_for_its_buyer_on_its_page,
    a_refused_automatic_payment_is_failed_for_good,
    a_card_removed_while_its_payment_waits_does_not_stop_the_payment,
    the_same_new_card_on_two_pages_at_once_is_saved_once,
);

const MASTERCARD: &str = "5555555555554444";
const AMEX: &str = "378282246310005";
/// The ids of a customer's cards.
fn ids(customer: &Customer<'_>) -> Vec<String> {
    customer.cards().iter().map(|card| card["card_id"].as_str().expect("an id").to_owned()).collect()
}

fn a_ticked_box_saves_the_card_and_the_customer_shows_it(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    assert_eq!(ada.cards(), Vec::<Value>::new());
    for (number, expiry) in [(APPROVED, "12/99"), (MASTERCARD, "1%2F2091"), (AMEX, "0793")] {
        let checkout = ada.checkout(&[]);
        let page = checkout.buyer().open().expect(200);
        assert!(page.text().contains("name=\"save\"") && !page.text().contains("value=\"yes\" checked"));
        checkout.buyer().pay_and_save(number, expiry);
        assert_eq!(checkout.now()["status"], "paid");
        assert_eq!(checkout.now()["card_id"], Value::Null, "it was typed");
    }
    let ids = ids(&ada);
    assert!(
        ids.iter().all(|id| id.len() == 32 && id.bytes().all(|byte| b"0123456789abcdef".contains(&byte)))
    );
    // Exactly the sheet's fields, oldest first, and the first one is the default.
    let expected = json!([
        { "card_id": ids[0], "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2099, "default": true },
        { "card_id": ids[1], "brand": "mastercard", "last4": "4444", "exp_month": 1, "exp_year": 2091,
          "default": false },
        { "card_id": ids[2], "brand": "amex", "last4": "0005", "exp_month": 7, "exp_year": 2093, "default": false },
    ]);
    assert_eq!(json!(ada.cards()), expected);
}

fn a_card_is_saved_only_where_that_was_asked_for_allowed_and_paid(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let ada = shop.person();
    // Not asked for.
    ada.checkout(&[]).buyer().pay(APPROVED);
    // Asked for in another word than the box sends.
    let checkout = ada.checkout(&[]);
    let form = checkout.buyer().form();
    checkout
        .buyer()
        .post(&format!("form={form}&number={APPROVED}&expiry=12/99&code=123&save=no"))
        .expect(303);
    // Not allowed: the page does not offer it, and a form that asks all the same is paid and saves nothing.
    let forbidden = ada.checkout(&[("allowSaveCard", json!(false))]);
    let nobody = shop.create();
    let switched = ada.checkout(&[]);
    kassa.command(&["merchant", "set", &merchant.name, "--save-cards", "off"]).done();
    for checkout in [&forbidden, &nobody, &switched] {
        assert!(!checkout.buyer().open().expect(200).text().contains("name=\"save\""));
        checkout.buyer().pay_and_save(APPROVED, "12/99");
        assert_eq!(checkout.now()["status"], "paid");
    }
    kassa.command(&["merchant", "set", &merchant.name, "--save-cards", "on"]).done();
    // Not paid, also when the buyer then pays with the box left empty.
    let checkout = ada.checkout(&[]);
    checkout.buyer().pay_and_save(DECLINED, "12/99");
    assert_eq!(checkout.now()["status"], "failed");
    checkout.buyer().pay(APPROVED);
    assert_eq!(ada.cards(), Vec::<Value>::new());
    // A typing error keeps the tick.
    let checkout = ada.checkout(&[]);
    let page = checkout.buyer().send_and_save(&checkout.buyer().form(), "4242", "12/99").expect(422);
    assert!(page.text().contains("value=\"yes\" checked") && !page.text().contains("value=\"4242\""));
}

fn the_same_card_again_is_updated_and_not_doubled(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let (ada, grace) = (shop.person(), shop.person());
    for customer in [&ada, &grace] {
        customer.add(MASTERCARD);
        customer.checkout(&[]).buyer().pay_and_save(APPROVED, "12/99");
    }
    let before = ada.cards();
    ada.checkout(&[]).buyer().pay_and_save("4242 4242-4242 4242", "03/94");
    let mut expected = before.clone();
    expected[1]["exp_month"] = json!(3);
    expected[1]["exp_year"] = json!(2094);
    assert_eq!(ada.cards(), expected, "the same id and the same default, another date");
    // One person's card is not another's, and each has an id of its own.
    assert_eq!(grace.cards()[1]["exp_year"], 2099);
    assert_ne!(ids(&ada)[1], ids(&grace)[1]);
}

fn a_saved_card_pays_on_another_page_without_its_code(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    ada.checkout(&[]).buyer().pay_and_save(APPROVED, "12/99");
    let second = ada.add(MASTERCARD);
    let first = ids(&ada)[0].clone();
    let checkout = ada.checkout(&[("capture", json!(false))]);
    let page = checkout.buyer().open().expect(200);
    let text = page.text();
    let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what} is not in {text}"));
    // The default first and chosen, another card last, each by brand and last four digits.
    assert!(place(&first) < place(&second) && place(&second) < place("value=\"new\""));
    assert!(text.contains(&format!("value=\"{first}\" checked")) && text.matches(" checked").count() == 1);
    assert!(text.contains("Visa ending in 4242") && text.contains("Mastercard ending in 4444"));
    let form = checkout.buyer().form();
    for _ in 0..2 {
        checkout.buyer().post(&format!("form={form}&card={second}")).expect(303);
    }
    let now = checkout.now();
    assert_eq!((&now["status"], &now["card_id"]), (&json!("reserved"), &json!(second)));
    assert!(checkout.buyer().open().text().contains("Mastercard ending in 4444"));
    assert_eq!(checkout.capture().ok()["status"], "paid");
    // Nobody's cards are on a page for nobody.
    assert!(!shop.create().buyer().open().text().contains("ending in"));
}

fn a_card_that_is_not_the_buyers_is_an_error_beside_the_choice(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let (ada, grace) = (shop.person(), shop.person());
    let elsewhere = Client::fresh(&kassa);
    let foreign = elsewhere.person().add(APPROVED);
    let hers = grace.add(APPROVED);
    let kept = ada.add(APPROVED);
    let removed = ada.add(MASTERCARD);
    let checkout = ada.checkout(&[]);
    let form = checkout.buyer().form();
    ada.wallet().below(&format!("/cards/{removed}/remove")).post("").expect(303);
    let unknown = "0".repeat(32);
    for card in [&removed, &hers, &foreign, &unknown, "42", "new%20", "\u{e9}", &"f".repeat(500)] {
        let page = checkout.buyer().post(&format!("form={form}&card={card}")).expect(422);
        let text = page.text();
        assert!(text.contains("id=\"choice-error\"") && text.contains("no longer saved"), "{card}: {text}");
        assert!(text.contains(&kept) && !text.contains(hers.as_str()), "{card}");
    }
    // A page for nobody has no saved cards at all.
    let nobody = shop.create();
    let page = nobody.buyer().choose(&kept).expect(422);
    assert!(page.text().contains("no longer saved"));
    for checkout in [&checkout, &nobody] {
        assert_eq!(
            (&checkout.now()["status"], &checkout.now()["amount_captured"]),
            (&json!("created"), &json!(0))
        );
        checkout.buyer().pay(APPROVED);
        assert_eq!(checkout.now()["status"], "paid");
    }
}

fn an_expired_card_is_shown_and_pays_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let card = ada.add(APPROVED);
    // Nobody can type one, and time does not pass in a test.
    let named = blob(engine, &card);
    kassa.tamper(&format!("update instruments set expiry_year = 2020 where public_id = {named}"));
    let checkout = ada.checkout(&[]);
    let page = checkout.buyer().open().expect(200);
    assert!(page.text().contains("Expired 12/20") && page.text().contains(" disabled"));
    let page = checkout.buyer().choose(&card).expect(422);
    assert!(
        page.text().contains("id=\"choice-error\"") && page.text().contains("has expired"),
        "{}",
        page.text()
    );
    assert_eq!(checkout.now()["status"], "created");
    let charged = ada.charge(&card, &[]).ok();
    assert_eq!((&charged["status"], &charged["amount_captured"]), (&json!("failed"), &json!(0)));
    // The same card with its new date is well again.
    checkout.buyer().pay_and_save(APPROVED, "12/91");
    assert_eq!(ids(&ada), [card.as_str()]);
    assert_eq!(ada.charge(&card, &[]).ok()["status"], "paid");
}

fn a_saved_card_is_charged_without_a_page(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    ada.add(MASTERCARD);
    let card = ada.add(APPROVED);
    let paid = ada.charge(&card, &[("identifier", json!("INV-77"))]).ok();
    let fields =
        ["status", "amount_captured", "customer_id", "card_id", "identifier"].map(|name| &paid[name]);
    assert_eq!(fields, [&json!("paid"), &json!(24_900), &json!(ada.id), &json!(card), &json!("INV-77")]);
    assert_eq!(shop.known(&paid).now(), paid);
    let page = shop.known(&paid).buyer().open().expect(200);
    assert!(page.text().contains("Payment complete") && page.text().contains("Visa ending in 4242"));
    let reserved = ada.charge(&card.to_uppercase(), &[("capture", json!(false))]).ok();
    assert_eq!((&reserved["status"], &reserved["amount_captured"]), (&json!("reserved"), &json!(0)));
    assert_eq!(shop.known(&reserved).capture().ok()["status"], "paid");
    assert_eq!(shop.known(&reserved).refund(&[]).ok()["status"], "refunded");
    assert_eq!(ada.cards().len(), 2);
}

fn ids_that_do_not_belong_together_are_400_and_leave_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let elsewhere = Client::fresh(&kassa);
    let (ada, grace, foreign, gone) = (shop.person(), shop.person(), elsewhere.person(), shop.person());
    let (card, hers, theirs, lost) =
        (ada.add(APPROVED), grace.add(APPROVED), foreign.add(APPROVED), gone.add(APPROVED));
    let removed = ada.add(MASTERCARD);
    ada.wallet().below(&format!("/cards/{removed}/remove")).post("").expect(303);
    shop.delete_customer(&gone.id).expect(200);
    let unknown = "0123456789abcdef".repeat(2);
    let refuse = |body: &Value| {
        let words = is_error(&shop.post("/checkout/create", body), 400);
        // A key that came to nothing is free again.
        is_error(&shop.post_once("k", "/checkout/create", body), 400);
        words
    };
    refuse(&without(ada.charge_body(&card, &[]), "customer_id"));
    for other in [&hers, &theirs, &lost, &removed, &unknown, "", "42", &card[..31], &ada.id] {
        let words = refuse(&ada.charge_body(other, &[]));
        assert!(words.contains("card"), "{words}");
    }
    for customer in [&foreign.id, &gone.id, &unknown, &grace.id, "", "42"] {
        refuse(&ada.charge_body(&card, &[("customer_id", json!(customer))]));
    }
    for wrong in [json!(42), json!([card]), json!(true)] {
        refuse(&ada.charge_body(&card, &[("card_id", wrong)]));
    }
    assert_eq!((ada.payments(), grace.payments()), (Vec::new(), Vec::new()), "a checkout was left behind");
    // null is the same as leaving it out: a checkout with a page.
    let made = shop.post("/checkout/create", &ada.charge_body(&card, &[("card_id", Value::Null)])).ok();
    assert_eq!((&made["status"], &made["card_id"]), (&json!("created"), &Value::Null));
    shop.known(&made).buyer().pay(APPROVED);
}

fn a_challenged_automatic_payment_waits_for_its_buyer_on_its_page(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    // Saved by a payment that the buyer confirmed.
    let first = ada.checkout(&[]);
    first.buyer().pay_and_save(CHALLENGED, "12/99");
    first.buyer().tell_the_bank("accept");
    let card = ids(&ada)[0].clone();
    for (capture, status) in [(true, "paid"), (false, "reserved")] {
        let made = ada.charge(&card, &[("capture", json!(capture))]).ok();
        assert_eq!((&made["status"], &made["card_id"]), (&json!("created"), &json!(card)));
        let checkout = shop.known(&made);
        assert_eq!(checkout.now(), made);
        let page = checkout.buyer().open().expect(200);
        assert!(page.text().contains("asks you to confirm") && !page.text().contains("name=\"number\""));
        is_error(&checkout.capture(), 400);
        checkout.buyer().tell_the_bank("accept");
        assert_eq!(checkout.now()["status"], status);
    }
}

fn a_refused_automatic_payment_is_failed_for_good(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let card = ada.add(CHALLENGED);
    for gives_up in [false, true] {
        let made = ada.charge(&card, &[]).ok();
        let checkout = shop.known(&made);
        if gives_up {
            checkout.buyer().cancel();
        } else {
            checkout.buyer().tell_the_bank("refuse");
        }
        let failed = checkout.now();
        assert_eq!((&failed["status"], &failed["amount_captured"]), (&json!("failed"), &json!(0)));
        let page = checkout.buyer().open().expect(200);
        assert!(page.text().contains("Payment declined") && page.text().contains("No further try"));
        assert!(!page.text().contains("name=\"form\""));
        assert_eq!(page.header("refresh"), Some("4; url=https://shop.example/cart"));
        // No second try in whatever way.
        let form = "0123456789abcdef".repeat(2);
        checkout.buyer().send(&form, APPROVED).expect(303);
        checkout.buyer().post(&format!("form={form}&card={card}")).expect(303);
        checkout.buyer().tell_the_bank("accept");
        checkout.buyer().cancel();
        is_error(&checkout.capture(), 400);
        is_error(&checkout.delete(), 400);
        assert_eq!(checkout.now(), failed);
    }
    assert_eq!(ids(&ada), [card], "a refusal costs nobody a card");
}

fn a_card_removed_while_its_payment_waits_does_not_stop_the_payment(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let card = ada.add(CHALLENGED);
    let made = ada.charge(&card, &[]).ok();
    ada.wallet().below(&format!("/cards/{card}/remove")).post("").expect(303);
    is_error(&ada.charge(&card, &[]), 400);
    let checkout = shop.known(&made);
    checkout.buyer().tell_the_bank("accept");
    let now = checkout.now();
    assert_eq!((&now["status"], &now["card_id"]), (&json!("paid"), &Value::Null));
    assert!(checkout.buyer().open().text().contains("Visa ending in 3220"), "the receipt names the card");
    assert_eq!(checkout.refund(&[]).ok()["status"], "refunded");
}

fn the_same_new_card_on_two_pages_at_once_is_saved_once(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for _ in 0..5 {
        let ada = shop.person();
        let numbers = [APPROVED, APPROVED, MASTERCARD, AMEX];
        let checkouts = numbers.map(|_| ada.checkout(&[]));
        let forms: Vec<String> = checkouts.iter().map(|checkout| checkout.buyer().form()).collect();
        at_once(4, |place| {
            let buyer = checkouts[place].buyer();
            buyer.send_and_save(&forms[place], numbers[place], "12/99").expect(303)
        });
        assert!(checkouts.iter().all(|checkout| checkout.now()["status"] == "paid"));
        let cards = ada.cards();
        assert_eq!(cards.len(), 3, "{cards:?}");
        assert_eq!(cards.iter().filter(|card| card["default"] == true).count(), 1, "{cards:?}");
    }
    // A form without an id of its own is nobody's, also with a saved card in it.
    let body = with(checkout(), &[]);
    let made = shop.post("/checkout/create", &body).ok();
    shop.known(&made).buyer().post("card=new").expect(400);
    kassa.is_healthy();
}
