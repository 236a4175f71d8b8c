//! Whose wallet an e-mail address opens: nobody's. An address is what somebody typed. It makes and names customers; it
//! shows no saved card, charges none, and brings none into the wallet of a customer who was there before.

use kassa_tests::drivers::buyer::{APPROVED, Buyer, DECLINED};
use kassa_tests::drivers::checkout_com::{Client, is_bare, is_invalid};
use kassa_tests::drivers::checkout_com_cards::{card, of_token};
use kassa_tests::drivers::checkout_com_payments::{id_of, payment, typed};
use kassa_tests::drivers::neuro_pay::{self, Customer, with};
use kassa_tests::drivers::shop::{Shop, base32, hex};
use kassa_tests::{Engine, Server, on_each_engine};
use serde_json::{Value, json};

use crate::checkout_com::hosted_payments::{LINK, PAGE, link, make, page, read};

on_each_engine!(
    an_address_opens_no_wallet_on_a_page,
    a_card_that_the_page_does_not_show_pays_nothing_on_it,
    a_customer_named_by_the_id_pays_with_a_saved_card_on_a_hosted_page,
    an_address_that_charges_brings_no_card_into_a_known_wallet,
    an_unlisted_card_is_charged_by_its_id_and_stays_unlisted,
    an_unlisted_card_is_on_no_page_and_no_page_changes_it,
    an_unlisted_card_leaves_the_same_card_in_the_wallet_as_it_is,
    an_unlisted_card_is_listed_by_the_merchants_own_word,
    an_unlisted_card_goes_with_its_customer,
    a_card_that_is_to_be_stored_is_listed_and_never_becomes_the_default_by_itself,
    a_customer_that_a_charge_makes_gets_its_card_once,
    a_card_of_nobody_that_an_address_charges_is_in_no_wallet,
    a_customer_named_by_the_id_gets_the_card_as_before,
);

const MASTERCARD: &str = "5555555555554444";
const AMEX: &str = "378282246310005";

/// Ada, whose address others know, with a card that is her default.
struct Victim {
    shop: Shop,
    cus: String,
    hex: String,
    card: String,
}

impl Victim {
    fn new(kassa: &Server) -> Self {
        let shop = Shop::fresh(kassa);
        let cus = shop.checkout_com.create(&json!({ "email": "ada@example.com", "name": "Ada" }));
        let card = shop.checkout_com.save(APPROVED, &json!({ "id": cus }));
        let hex = hex(&cus);
        let victim = Self { shop, cus, hex, card };
        victim.has(&[&victim.card], Some(&victim.card));
        victim
    }

    /// Her wallet in every API that shows cards, and on her own page.
    #[track_caller]
    fn has(&self, cards: &[&str], default: Option<&str>) {
        let expected: Vec<String> = cards.iter().map(|&card| card.to_owned()).collect();
        assert_eq!(self.shop.checkout_com.wallet(&self.cus), (expected.clone(), default.map(str::to_owned)));
        let read = self.shop.neuro_pay.retrieve_customer(&self.hex).ok();
        let saved = read["savedCards"].as_array().expect("a list");
        let ids: Vec<String> =
            saved.iter().map(|card| base32("src_", card["card_id"].as_str().expect("an id"))).collect();
        assert_eq!(ids, expected);
        let chosen = saved.iter().find(|card| card["default"] == true);
        let chosen = chosen.map(|card| base32("src_", card["card_id"].as_str().expect("an id")));
        assert_eq!(chosen.as_deref(), default);
        let mine = self.person().wallet().open().expect(200);
        let shown = mine.text().matches("ending in").count();
        // Each card names itself in its row and in its buttons.
        assert_eq!(shown == 0, cards.is_empty(), "{}", mine.text());
        assert_eq!(mine.text().matches("/remove").count(), cards.len(), "{}", mine.text());
    }

    fn person(&self) -> Customer<'_> {
        self.shop.neuro_pay.known_person(&self.shop.neuro_pay.retrieve_customer(&self.hex).ok())
    }

    /// Charges a new card with her address, as a stranger at the till can have the shop do.
    #[track_caller]
    fn charged_by_a_stranger(&self, number: &str, said: &[(&str, Value)]) -> Value {
        let customer = json!({ "email": "ADA@example.com", "name": "A stranger" });
        let body = with(payment(1_000, &with(typed(number), said)), &[("customer", customer)]);
        let made = self.shop.checkout_com.pay(&body);
        assert_eq!(made["customer"]["id"], self.cus, "the payment names her");
        made
    }

    /// An unlisted card of hers.
    #[track_caller]
    fn unlisted(&self, number: &str) -> String {
        source_of(&self.charged_by_a_stranger(number, &[]))
    }
}

#[track_caller]
fn source_of(made: &Value) -> String {
    made["source"]["id"].as_str().unwrap_or_else(|| panic!("no card in {made}")).to_owned()
}

/// Every way to say an address and no id.
fn by_address() -> [Value; 5] {
    [
        json!({ "email": "ada@example.com" }),
        json!({ "email": "ADA@EXAMPLE.COM", "name": "Ada" }),
        json!({ "email": "Ada@Example.com", "id": null }),
        json!({ "email": "ada@example.com", "id": "" }),
        json!({ "id": "", "email": "aDa@example.com", "name": "Somebody" }),
    ]
}

#[track_caller]
fn pay_and_try_to_save(buyer: &Buyer<'_>) {
    buyer.pay_and_save(MASTERCARD, "12%2F99");
}

fn an_address_opens_no_wallet_on_a_page(engine: Engine) {
    let kassa = Server::shared(engine);
    let (ada, agent) = (Victim::new(&kassa), kassa.agent());
    let shop = &ada.shop.checkout_com;
    for (path, body) in [(PAGE, page()), (LINK, link())] {
        for customer in by_address() {
            let (id, buyer) =
                make(shop, &agent, path, &with(body.clone(), &[("customer", customer.clone())]));
            let shown = buyer.open().expect(200);
            for sign in ["ending in", "name=\"card\"", "name=\"save\"", "saved_code", &hex(&ada.card)] {
                assert!(!shown.text().contains(sign), "{path} {customer}: {sign} in {}", shown.text());
            }
            pay_and_try_to_save(&buyer);
            let paid = read(shop, path, &id)["payment_id"].as_str().expect("a payment").to_owned();
            assert_eq!(shop.payment(&paid).ok()["customer"]["id"], ada.cus, "the payment names her");
        }
    }
    ada.has(&[&ada.card], Some(&ada.card));
}

fn a_card_that_the_page_does_not_show_pays_nothing_on_it(engine: Engine) {
    let kassa = Server::shared(engine);
    let (ada, agent) = (Victim::new(&kassa), kassa.agent());
    let shop = &ada.shop.checkout_com;
    let unlisted = ada.unlisted(MASTERCARD);
    let by_id = json!({ "id": ada.cus });
    for (path, body) in [(PAGE, page()), (LINK, link())] {
        let mut tried: Vec<(Value, &str)> =
            by_address().into_iter().map(|customer| (customer, ada.card.as_str())).collect();
        // An unlisted card is not in the wallet that the id opens either.
        tried.push((by_id.clone(), &unlisted));
        for (customer, card) in tried {
            let (id, buyer) = make(shop, &agent, path, &with(body.clone(), &[("customer", customer)]));
            for more in ["", "&saved_code=123", "&code=123", "&saved_code=123&save=yes"] {
                let answer = buyer.post(&format!("form={}&card={}{more}", buyer.form(), hex(card)));
                assert!(answer.expect(422).text().contains("no longer saved"));
            }
            let state = read(shop, path, &id);
            assert_eq!(state["payment_id"], Value::Null, "{state}");
        }
    }
    for listed in shop.read("/payments?reference=ORD-5").ok()["data"].as_array().expect("a list") {
        assert_eq!((&listed["status"], &listed["approved"]), (&json!("Pending"), &json!(false)));
    }
}

fn a_customer_named_by_the_id_pays_with_a_saved_card_on_a_hosted_page(engine: Engine) {
    let kassa = Server::shared(engine);
    let (ada, agent) = (Victim::new(&kassa), kassa.agent());
    let shop = &ada.shop.checkout_com;
    // The address beside an id says nothing.
    for customer in [json!({ "id": ada.cus }), json!({ "id": ada.cus, "email": "eva@example.com" })] {
        let (id, buyer) = make(shop, &agent, PAGE, &with(page(), &[("customer", customer)]));
        assert!(buyer.open().expect(200).text().contains("Visa ending in 4242"));
        buyer.choose(&hex(&ada.card)).expect(303);
        let paid = read(shop, PAGE, &id)["payment_id"].as_str().expect("a payment").to_owned();
        assert_eq!(source_of(&shop.payment(&paid).ok()), ada.card);
    }
    assert_eq!(shop.get("eva@example.com").status, 404);
    // An id that is nobody's is not made good by an address.
    let wrong = json!({ "id": "cus_nobody", "email": "ada@example.com" });
    let answer =
        crate::checkout_com::hosted_payments::post(shop, PAGE, &with(page(), &[("customer", wrong)]));
    is_invalid(&answer, &["customer_not_found"]);
}

fn an_address_that_charges_brings_no_card_into_a_known_wallet(engine: Engine) {
    let kassa = Server::shared(engine);
    let ada = Victim::new(&kassa);
    let shop = &ada.shop.checkout_com;
    for customer in by_address() {
        for source in [typed(MASTERCARD), of_token(&shop.token(AMEX))] {
            let body = with(payment(1_000, &source), &[("customer", customer.clone())]);
            let made = shop.pay(&body);
            assert_eq!(made["customer"]["id"], ada.cus);
            assert_eq!(shop.payment(&id_of(&made)).ok()["source"]["id"], source_of(&made));
            ada.has(&[&ada.card], Some(&ada.card));
        }
    }
    // A card that is not to be stored has no id at all.
    let made = ada.charged_by_a_stranger(MASTERCARD, &[("store_for_future_use", json!(false))]);
    assert!(made["source"]["id"].is_null());
    // Nor does one whose payment waits for the bank, once that is answered.
    let customer = json!({ "email": "ada@example.com" });
    let challenged =
        with(payment(1_000, &typed(kassa_tests::drivers::buyer::CHALLENGED)), &[("customer", customer)]);
    let pending = shop.post_payment(&challenged).expect(202).json();
    let agent = kassa.agent();
    let buyer = Buyer::new(&agent, pending["_links"]["redirect"]["href"].as_str().expect("a link"));
    buyer.tell_the_bank("accept");
    let paid = shop.payment(&id_of(&pending)).ok();
    assert_eq!((&paid["status"], &paid["customer"]["id"]), (&json!("Captured"), &json!(ada.cus)));
    source_of(&paid);
    ada.has(&[&ada.card], Some(&ada.card));
}

fn an_unlisted_card_is_charged_by_its_id_and_stays_unlisted(engine: Engine) {
    let kassa = Server::shared(engine);
    let ada = Victim::new(&kassa);
    let shop = &ada.shop.checkout_com;
    let card = ada.unlisted(MASTERCARD);
    let body = payment(1_000, &json!({ "type": "id", "id": card }));
    for customer in [json!(null), json!({ "id": ada.cus }), json!({ "email": "ada@example.com" })] {
        let made = shop.pay(&with(body.clone(), &[("customer", customer)]));
        assert_eq!((source_of(&made), &made["customer"]["id"]), (card.clone(), &json!(ada.cus)));
        ada.has(&[&ada.card], Some(&ada.card));
    }
    // It paid for her, so it pays for nobody else.
    let eva = shop.create(&json!({ "email": "eva@example.com" }));
    for customer in
        [json!({ "id": eva }), json!({ "email": "eva@example.com" }), json!({ "email": "x@example.com" })]
    {
        let refused = shop.post_payment(&with(body.clone(), &[("customer", customer)]));
        is_invalid(&refused, &["customer_mismatch"]);
    }
    assert_eq!(shop.get("x@example.com").status, 404);
    // Her default pays where she herself is charged.
    let made = shop.pay(&payment(500, &json!({ "type": "customer", "id": ada.cus })));
    assert_eq!(source_of(&made), ada.card);
    // Read by itself it is a card in nobody's wallet.
    let read = shop.instrument(&card).ok();
    assert_eq!((&read["last4"], &read["customer"]), (&json!("4444"), &Value::Null));
    // Put out of use and deleted it is like any other, and the wallet stays.
    shop.revoke(&card).expect(200);
    is_invalid(&shop.post_payment(&body), &["card_disabled"]);
    shop.delete_instrument(&card).expect(204);
    is_bare(&shop.instrument(&card), 404);
    ada.has(&[&ada.card], Some(&ada.card));
}

fn an_unlisted_card_is_on_no_page_and_no_page_changes_it(engine: Engine) {
    let kassa = Server::shared(engine);
    let (ada, agent) = (Victim::new(&kassa), kassa.agent());
    let card = ada.unlisted(MASTERCARD);
    let person = ada.person();
    let checkout = person.checkout(&[]);
    let (_, hosted) =
        make(&ada.shop.checkout_com, &agent, PAGE, &with(page(), &[("customer", json!({ "id": ada.cus }))]));
    for buyer in [&checkout.buyer(), &person.wallet(), &hosted] {
        let shown = buyer.open().expect(200);
        assert!(
            shown.text().contains("ending in 4242") && !shown.text().contains("ending in 4444"),
            "{}",
            shown.text()
        );
    }
    let wallet = person.wallet();
    for what in ["default", "remove"] {
        wallet.below(&format!("/cards/{}/{what}", hex(&card))).post("").expect(303);
    }
    assert_eq!(person.download()["cards"].as_array().map(Vec::len), Some(1));
    assert!(neuro_pay::is_error(&person.charge(&hex(&card), &[]), 400).contains("card"));
    checkout.buyer().choose(&hex(&card)).expect(422);
    ada.has(&[&ada.card], Some(&ada.card));
    // When the default goes, no unlisted card takes its place.
    wallet.below(&format!("/cards/{}/remove", hex(&ada.card))).post("").expect(303);
    ada.has(&[], None);
    ada.shop.checkout_com.pay(&payment(500, &json!({ "type": "id", "id": card })));
}

fn an_unlisted_card_leaves_the_same_card_in_the_wallet_as_it_is(engine: Engine) {
    let kassa = Server::shared(engine);
    let ada = Victim::new(&kassa);
    let shop = &ada.shop.checkout_com;
    let before = shop.instrument(&ada.card).ok();
    // The number of her saved card with another date: another card, and hers is as it was.
    let other_date = [("expiry_year", json!(2094)), ("name", json!("A stranger"))];
    let unlisted = source_of(&ada.charged_by_a_stranger(APPROVED, &other_date));
    assert_ne!(unlisted, ada.card);
    assert_eq!(shop.instrument(&ada.card).ok(), before);
    // The same again is the same unlisted card.
    assert_eq!(ada.unlisted(APPROVED), unlisted);
    assert_eq!(shop.instrument(&ada.card).ok(), before);
    // Another card in place of the unlisted one is not the one in the wallet either.
    let second = ada.unlisted(MASTERCARD);
    shop.patch_instrument(&second, &of_token(&shop.token(APPROVED))).expect(200);
    assert_eq!(shop.instrument(&ada.card).ok(), before);
    ada.has(&[&ada.card], Some(&ada.card));
    // A card that is saved by the id beside its unlisted twin is a new one.
    let amex = ada.unlisted(AMEX);
    let listed = shop.save(AMEX, &json!({ "id": ada.cus }));
    assert_ne!(listed, amex);
    ada.has(&[&ada.card, &listed], Some(&ada.card));
    let body = with(payment(1_000, &typed(AMEX)), &[("customer", json!({ "id": ada.cus }))]);
    assert_eq!(source_of(&shop.pay(&body)), listed);
    ada.has(&[&ada.card, &listed], Some(&ada.card));
}

fn an_unlisted_card_is_listed_by_the_merchants_own_word(engine: Engine) {
    let kassa = Server::shared(engine);
    let ada = Victim::new(&kassa);
    let shop = &ada.shop.checkout_com;
    let (first, second) = (ada.unlisted(MASTERCARD), ada.unlisted(AMEX));
    // A change that names no customer gives it to nobody.
    for change in [json!({ "name": "Ada" }), json!({ "customer": { "default": true } })] {
        shop.patch_instrument(&first, &change).expect(200);
        ada.has(&[&ada.card], Some(&ada.card));
    }
    shop.patch_instrument(&first, &json!({ "customer": { "id": ada.cus } })).expect(200);
    ada.has(&[&ada.card, &first], Some(&ada.card));
    shop.patch(&ada.cus, &json!({ "default": second })).expect(204);
    ada.has(&[&ada.card, &first, &second], Some(&second));
    shop.pay(&payment(500, &json!({ "type": "customer", "id": ada.cus })));
    // Somebody else may be told to be its owner as well: it was in no wallet.
    let third = ada.unlisted("5436031030606378");
    let eva = shop.create(&json!({ "email": "eva@example.com" }));
    shop.patch_instrument(&third, &json!({ "customer": { "id": eva } })).expect(200);
    assert_eq!(shop.wallet(&eva), (vec![third.clone()], Some(third.clone())));
    let made = shop.pay(&payment(500, &json!({ "type": "id", "id": third })));
    assert_eq!(made["customer"]["id"], eva);
    shop.delete(&ada.cus).expect(204);
    shop.pay(&payment(500, &json!({ "type": "id", "id": third })));
}

fn an_unlisted_card_goes_with_its_customer(engine: Engine) {
    let kassa = Server::start(engine);
    let ada = Victim::new(&kassa);
    let shop = &ada.shop.checkout_com;
    let said = [("name", json!("Zenobia of Palmyra"))];
    let first = ada.charged_by_a_stranger(MASTERCARD, &said);
    let card = source_of(&first);
    let nobodys = shop.save(AMEX, &json!(null));
    let body = payment(1_000, &json!({ "type": "id", "id": nobodys }));
    shop.pay(&with(body, &[("customer", json!({ "email": "ada@example.com" }))]));
    shop.delete(&ada.cus).expect(204);
    for card in [&card, &nobodys] {
        is_bare(&shop.instrument(card), 404);
        is_invalid(
            &shop.post_payment(&payment(1, &json!({ "type": "id", "id": card }))),
            &["source_id_invalid"],
        );
    }
    for cell in kassa.cells_without_the_deleted() {
        assert!(!cell.text().contains("Zenobia"), "{}", cell.place);
        assert!(
            !cell.place.starts_with("instruments.") && !cell.place.starts_with("fingerprints."),
            "{}",
            cell.place
        );
    }
    // What it paid is refunded all the same.
    shop.operate_all(&id_of(&first), "refunds");
    assert_eq!(shop.stands(&id_of(&first)).0, "Refunded");
}

fn a_card_that_is_to_be_stored_is_listed_and_never_becomes_the_default_by_itself(engine: Engine) {
    let kassa = Server::shared(engine);
    let ada = Victim::new(&kassa);
    let shop = &ada.shop.checkout_com;
    let said = [("store_for_future_use", json!(true))];
    let beside = source_of(&ada.charged_by_a_stranger(MASTERCARD, &said));
    ada.has(&[&ada.card, &beside], Some(&ada.card));
    // Not when it pays again, not when the default goes, and not where it is the only one.
    assert_eq!(source_of(&ada.charged_by_a_stranger(MASTERCARD, &said)), beside);
    let asked = ada.person().wallet().below(&format!("/cards/{}/remove", hex(&ada.card))).open().expect(200);
    assert!(!asked.text().contains("4444"), "{}", asked.text());
    shop.delete_instrument(&ada.card).expect(204);
    ada.has(&[&beside], None);
    let none = shop.post_payment(&payment(500, &json!({ "type": "customer", "id": ada.cus })));
    is_invalid(&none, &["payment_source_required"]);
    let second = source_of(&ada.charged_by_a_stranger(AMEX, &said));
    ada.has(&[&beside, &second], None);
    // Paid with where the merchant names the customer by the id, it is a card like any other.
    let by_id = [("customer", json!({ "id": ada.cus }))];
    assert_eq!(source_of(&shop.pay(&with(payment(1_000, &typed(AMEX)), &by_id))), second);
    ada.has(&[&beside, &second], Some(&second));
    shop.delete_instrument(&second).expect(204);
    ada.has(&[&beside], None);
    // A card that the merchant saves by the id is the default then.
    let own = shop.save(APPROVED, &json!({ "id": ada.cus }));
    assert_eq!(shop.wallet(&ada.cus).1, Some(own.clone()));
    // Chosen by its customer it is a card like any other.
    ada.person().wallet().below(&format!("/cards/{}/default", hex(&beside))).post("").expect(303);
    assert_eq!(shop.wallet(&ada.cus).1, Some(beside.clone()));
    shop.delete_instrument(&own).expect(204);
    assert_eq!(shop.wallet(&ada.cus).1, Some(beside));
}

fn a_customer_that_a_charge_makes_gets_its_card_once(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let customer = [("customer", json!({ "email": "new@example.com", "name": "Eva" }))];
    let first = source_of(&shop.pay(&with(payment(1_000, &typed(APPROVED)), &customer)));
    assert_eq!(shop.wallet("new@example.com"), (vec![first.clone()], Some(first.clone())));
    // From then on the customer is a known one.
    shop.pay(&with(payment(1_000, &typed(MASTERCARD)), &customer));
    assert_eq!(shop.wallet("new@example.com"), (vec![first.clone()], Some(first)));
    // So is one whom a declined charge made.
    let customer = [("customer", json!({ "email": "poor@example.com" }))];
    shop.pay(&with(payment(1_000, &typed(DECLINED)), &customer));
    let made = shop.pay(&with(payment(1_000, &typed(APPROVED)), &customer));
    source_of(&made);
    assert_eq!(shop.wallet("poor@example.com"), (vec![], None));
}

fn a_card_of_nobody_that_an_address_charges_is_in_no_wallet(engine: Engine) {
    let kassa = Server::shared(engine);
    let ada = Victim::new(&kassa);
    let shop = &ada.shop.checkout_com;
    for customer in by_address() {
        let nobodys = shop.save(MASTERCARD, &json!(null));
        let body = payment(1_000, &json!({ "type": "id", "id": nobodys }));
        let made = shop.pay(&with(body.clone(), &[("customer", customer)]));
        assert_eq!((source_of(&made), &made["customer"]["id"]), (nobodys, &json!(ada.cus)));
        // The id of the customer may come from that answer.
        shop.pay(&with(body, &[("customer", json!({ "id": ada.cus }))]));
        ada.has(&[&ada.card], Some(&ada.card));
    }
    // One that a charge makes the customer for is that customer's.
    let nobodys = shop.save(MASTERCARD, &json!(null));
    let body = payment(1_000, &json!({ "type": "id", "id": nobodys }));
    shop.pay(&with(body, &[("customer", json!({ "email": "new@example.com" }))]));
    assert_eq!(shop.wallet("new@example.com"), (vec![nobodys.clone()], Some(nobodys)));
}

fn a_customer_named_by_the_id_gets_the_card_as_before(engine: Engine) {
    let kassa = Server::shared(engine);
    let ada = Victim::new(&kassa);
    let shop = &ada.shop.checkout_com;
    let by_id = [("customer", json!({ "id": ada.cus, "email": "other@example.com" }))];
    let second = source_of(&shop.pay(&with(payment(1_000, &typed(MASTERCARD)), &by_id)));
    ada.has(&[&ada.card, &second], Some(&ada.card));
    let eva = shop.create(&json!({ "email": "eva@example.com" }));
    let by_id = [("customer", json!({ "id": eva }))];
    let only = source_of(&shop.pay(&with(payment(1_000, &of_token(&shop.token(AMEX))), &by_id)));
    assert_eq!(shop.wallet(&eva), (vec![only.clone()], Some(only)));
    // To save a card outside a payment is the merchant's own word, also with an address.
    let saved =
        shop.post_instrument(&with(card(AMEX), &[("customer", json!({ "email": "ADA@example.com" }))]));
    let saved = id_of(&saved.expect(201).json());
    ada.has(&[&ada.card, &second, &saved], Some(&ada.card));
}
