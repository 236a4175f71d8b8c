//! Checkout.com's instruments: how a card is saved, whose it is, which one is the default, and how it goes.

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::checkout_com::{Client, NOBODYS, is_bare, is_error, is_invalid};
use kassa_tests::drivers::checkout_com_cards::{NO_CARD, card, of_token};
use kassa_tests::drivers::checkout_com_payments::payment;
use kassa_tests::drivers::neuro_pay::{self, with};
use kassa_tests::drivers::shop::{base32, hex};
use kassa_tests::{Engine, Server, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    a_token_becomes_an_instrument_and_its_customers_default,
    an_instrument_of_nobody_is_given_to_a_customer_in_three_ways,
    an_instrument_that_is_given_takes_the_place_of_the_same_card,
    an_instrument_of_somebody_is_not_given_to_another,
    the_same_card_of_one_customer_is_updated_and_not_doubled,
    a_number_has_one_fingerprint_whoever_holds_it,
    a_customer_is_named_by_its_id_a_known_address_or_a_new_one,
    a_customer_that_is_not_there_gets_no_card,
    the_default_is_what_was_said,
    when_the_default_goes_the_newest_becomes_it,
    a_revoked_card_is_read_and_is_neither_default_nor_listed_nor_charged,
    date_name_and_holder_are_changed_and_the_rest_stays,
    a_token_puts_another_card_behind_the_id,
    a_card_put_behind_an_id_takes_the_place_of_its_twin_and_of_the_default,
    a_deleted_instrument_is_gone,
    the_instruments_of_a_deleted_customer_are_gone,
    an_instrument_is_charged_through_neuro_pay,
    a_card_saved_on_a_page_is_an_instrument,
    a_key_repeats_the_answer_and_uses_nothing_up,
);

const MASTERCARD: &str = "5555555555554444";
const AMEX: &str = "378282246310005";

fn person(shop: &Client, email: &str) -> String {
    shop.create(&json!({ "email": email, "name": "Ada Lovelace" }))
}

/// One field of an instrument.
#[track_caller]
fn field(shop: &Client, id: &str, name: &str) -> Value {
    shop.instrument(id).ok()[name].clone()
}

fn a_token_becomes_an_instrument_and_its_customers_default(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = person(&shop, "ada@example.com");
    let holder = json!({ "first_name": "Ada", "last_name": "King",
        "billing_address": { "address_line1": "Storgatan 1", "city": "Lund", "zip": "222 22", "country": "SE" },
        "phone": { "country_code": "+46", "number": "70 123 45 67" } });
    let token = with(card(APPROVED), &[("name", json!("Mrs King")), ("cvv", json!("123"))]);
    let token = shop.tokenize(&token).expect(201).json()["token"].clone();
    let made =
        json!({ "type": "token", "token": token, "account_holder": holder, "customer": { "id": ada } });
    let made = shop.post_instrument(&made).expect(201).json();
    let id = made["id"].as_str().expect("an id");
    assert_eq!(made["customer"], json!({ "id": ada, "email": "ada@example.com", "name": "Ada Lovelace" }));
    let mut expected = made.clone();
    expected["name"] = json!("Mrs King");
    expected["account_holder"] = holder.clone();
    expected["customer"]["default"] = json!(true);
    assert_eq!(shop.instrument(id).ok(), expected);
    assert_eq!(shop.wallet(&ada), (vec![id.to_owned()], Some(id.to_owned())));
    assert_eq!(shop.get(&ada).ok()["instruments"][0]["account_holder"], holder);
}

fn an_instrument_of_nobody_is_given_to_a_customer_in_three_ways(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = person(&shop, "ada@example.com");
    let cards: Vec<String> =
        [APPROVED, MASTERCARD, AMEX].iter().map(|number| shop.save(number, &json!(null))).collect();
    for card in &cards {
        assert_eq!(field(&shop, card, "customer"), Value::Null);
    }
    assert_eq!(shop.wallet(&ada), (vec![], None));
    shop.patch(&ada, &json!({ "instruments": [cards[0]] })).expect(204);
    assert_eq!(shop.wallet(&ada), (cards[..1].to_vec(), Some(cards[0].clone())));
    shop.patch(&ada, &json!({ "default": cards[1] })).expect(204);
    assert_eq!(shop.wallet(&ada), (cards[..2].to_vec(), Some(cards[1].clone())));
    shop.patch_instrument(&cards[2], &json!({ "customer": { "id": ada } })).expect(200);
    assert_eq!(shop.wallet(&ada), (cards.clone(), Some(cards[1].clone())));
    for (card, is_default) in cards.iter().zip([false, true, false]) {
        let owner = field(&shop, card, "customer");
        assert_eq!((&owner["id"], &owner["default"]), (&json!(ada), &json!(is_default)));
    }
    // A new customer takes them too.
    let first = shop.save(APPROVED, &json!(null));
    let second = shop.save(MASTERCARD, &json!(null));
    let eve = json!({ "email": "eve@example.com", "default": second, "instruments": [first] });
    assert_eq!(shop.wallet(&shop.create(&eve)), (vec![first, second.clone()], Some(second)));
}

fn an_instrument_that_is_given_takes_the_place_of_the_same_card(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = person(&shop, "ada@example.com");
    let (old, other) = (shop.save(APPROVED, &json!({ "id": ada })), shop.save(AMEX, &json!({ "id": ada })));
    let new = shop.save(APPROVED, &json!(null));
    assert_ne!(new, old, "nobody's card is nobody's twin");
    shop.patch_instrument(&new, &json!({ "customer": { "id": ada, "default": false } })).expect(200);
    let (cards, default) = shop.wallet(&ada);
    assert_eq!(cards, [other.clone(), new.clone()]);
    assert_eq!(default, Some(new.clone()), "it takes the place of the default too");
    // Both ids go on, and stand for one card.
    for id in [&old, &new] {
        let read = shop.instrument(id).ok();
        assert_eq!((&read["id"], &read["last4"]), (&json!(id), &json!("4242")));
        let paid = shop.pay(&payment(1_000, &json!({ "type": "id", "id": id })));
        assert_eq!((&paid["source"]["id"], &paid["customer"]["id"]), (&json!(id), &json!(ada)));
    }
    assert_eq!(shop.instrument(&old).ok()["fingerprint"], shop.instrument(&new).ok()["fingerprint"]);
    // Given again, the first one is in the wallet again.
    shop.patch_instrument(&old, &json!({ "customer": { "id": ada } })).expect(200);
    assert_eq!(shop.wallet(&ada), (vec![old.clone(), other], Some(old.clone())));
    shop.delete(&ada).expect(204);
    for id in [&old, &new] {
        is_bare(&shop.instrument(id), 404);
    }
}

fn an_instrument_of_somebody_is_not_given_to_another(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let (ada, eve) = (person(&shop, "ada@example.com"), person(&shop, "eve@example.com"));
    let hers = shop.save(APPROVED, &json!({ "id": ada }));
    for body in [json!({ "default": hers }), json!({ "instruments": [hers] })] {
        is_invalid(&shop.patch(&eve, &body), &["source_id_invalid"]);
    }
    let taken = shop.patch_instrument(&hers, &json!({ "customer": { "id": eve }, "expiry_year": 2040 }));
    is_invalid(&taken, &["customer_mismatch"]);
    let nobodys = shop.patch_instrument(&hers, &json!({ "customer": { "id": NOBODYS } }));
    is_invalid(&nobodys, &["customer_not_found"]);
    let read = shop.instrument(&hers).ok();
    assert_eq!((&read["customer"]["id"], &read["expiry_year"]), (&json!(ada), &json!(2099)));
    assert_eq!(shop.wallet(&eve), (vec![], None));
}

fn the_same_card_of_one_customer_is_updated_and_not_doubled(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = person(&shop, "ada@example.com");
    let owner = ("customer", json!({ "id": ada }));
    let first = with(card(APPROVED), &[owner.clone(), ("name", json!("A Lovelace"))]);
    let first = shop.post_instrument(&first).expect(201).json();
    let later = [owner.clone(), ("expiry_month", json!(3)), ("expiry_year", json!(2094))];
    let again = shop.post_instrument(&with(card(APPROVED), &later)).expect(201).json();
    assert_eq!((&again["id"], &again["fingerprint"]), (&first["id"], &first["fingerprint"]));
    let id = first["id"].as_str().expect("an id");
    let read = shop.instrument(id).ok();
    assert_eq!((&read["expiry_month"], &read["expiry_year"]), (&json!(3), &json!(2094)));
    assert_eq!(read["name"], "A Lovelace", "what the second one does not say stays");
    let token = with(of_token(&shop.token(APPROVED)), &[owner, ("name", json!("Countess"))]);
    assert_eq!(shop.post_instrument(&token).expect(201).json()["id"], id);
    let read = shop.instrument(id).ok();
    assert_eq!((&read["expiry_year"], &read["name"]), (&json!(2099), &json!("Countess")));
    assert_eq!(shop.wallet(&ada).0, [id]);
}

fn a_number_has_one_fingerprint_whoever_holds_it(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let (ada, eve) = (person(&shop, "ada@example.com"), person(&shop, "eve@example.com"));
    let holders = [json!({ "id": ada }), json!({ "id": eve }), json!(null), json!(null)];
    let ids: Vec<String> = holders.iter().map(|holder| shop.save(APPROVED, holder)).collect();
    let fingerprint = field(&shop, &ids[0], "fingerprint");
    let text = fingerprint.as_str().expect("a fingerprint");
    assert!(text.len() == 26 && text.bytes().all(|letter| matches!(letter, b'a'..=b'z' | b'2'..=b'7')));
    for (place, id) in ids.iter().enumerate() {
        assert_eq!(field(&shop, id, "fingerprint"), fingerprint);
        assert!(!ids[..place].contains(id), "each holder has its own");
    }
    let other = shop.save(MASTERCARD, &json!({ "id": ada }));
    assert_ne!(field(&shop, &other, "fingerprint"), fingerprint);
    let elsewhere = Client::fresh(&kassa);
    let theirs = elsewhere.save(APPROVED, &json!(null));
    assert_ne!(field(&elsewhere, &theirs, "fingerprint"), fingerprint, "another merchant's is another");
}

fn a_customer_is_named_by_its_id_a_known_address_or_a_new_one(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = person(&shop, "ada@example.com");
    let phone = json!({ "country_code": "+46", "number": "70 123 45 67" });
    let first = shop.save(APPROVED, &json!({ "id": ada }));
    // Who is there already keeps name and phone.
    let known = json!({ "email": "ADA@example.com", "name": "Nobody", "phone": phone });
    let second = shop.save(MASTERCARD, &known);
    assert_eq!(shop.wallet(&ada), (vec![first.clone(), second], Some(first)));
    let read = shop.get(&ada).ok();
    assert_eq!((&read["name"], &read["phone"]), (&json!("Ada Lovelace"), &Value::Null));
    let new = json!({ "email": "Eve@example.com", "name": "Eve Byron", "phone": phone });
    let third = shop.save(APPROVED, &new);
    let made = shop.get("eve@example.com").ok();
    assert_eq!((&made["email"], &made["name"], &made["phone"]), (&new["email"], &new["name"], &phone));
    assert_eq!(made["default"], third);
    assert_eq!(field(&shop, &third, "customer")["id"], made["id"]);
}

fn a_customer_that_is_not_there_gets_no_card(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let with_customer = |customer: &Value| with(card(APPROVED), &[("customer", customer.clone())]);
    for (customer, code) in [
        (json!({ "id": NOBODYS }), "customer_not_found"),
        (json!({ "id": "x" }), "customer_not_found"),
        (json!({}), "source_id_or_email_required"),
        (json!({ "name": "Ada" }), "source_id_or_email_required"),
        (json!({ "email": "no address" }), "customer_email_invalid"),
        (json!({ "email": "eve@example.com", "default": "yes" }), "default_invalid"),
        (json!({ "email": "eve@example.com", "phone": { "number": "1" } }), "phone_number_length_invalid"),
        (json!("x"), "customer_id_invalid"),
    ] {
        is_invalid(&shop.post_instrument(&with_customer(&customer)), &[code]);
    }
    is_bare(&shop.get("eve@example.com"), 404);
    // A card that is refused makes no customer.
    let bad = with(of_token("tok_x"), &[("customer", json!({ "email": "eve@example.com" }))]);
    is_error(&shop.post_instrument(&bad), 422, "token_invalid", &["token_invalid"]);
    is_bare(&shop.get("eve@example.com"), 404);
}

fn the_default_is_what_was_said(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = person(&shop, "ada@example.com");
    let said = |default: bool| json!({ "id": ada, "default": default });
    let first = shop.save(APPROVED, &said(false));
    assert_eq!(shop.wallet(&ada).1, None, "it was not to be one");
    let second = shop.save(MASTERCARD, &json!({ "id": ada }));
    assert_eq!(shop.wallet(&ada).1.as_ref(), Some(&second), "there was none");
    shop.save(AMEX, &json!({ "id": ada }));
    assert_eq!(shop.wallet(&ada).1.as_ref(), Some(&second), "there was one");
    let third = shop.save(AMEX, &said(true));
    assert_eq!(shop.wallet(&ada).1.as_ref(), Some(&third), "the same card again, and told to be it");
    shop.patch_instrument(&first, &json!({ "customer": { "default": true } })).expect(200);
    assert_eq!(shop.wallet(&ada).1.as_ref(), Some(&first));
    for leaves in [json!({ "default": false }), json!({ "id": ada }), json!({ "id": ada, "default": false })]
    {
        shop.patch_instrument(&second, &json!({ "customer": leaves })).expect(200);
        shop.patch_instrument(&first, &json!({ "customer": leaves })).expect(200);
        assert_eq!(shop.wallet(&ada).1.as_ref(), Some(&first), "{leaves}");
    }
    assert_eq!(shop.wallet(&ada).0, [first, second, third]);
}

fn when_the_default_goes_the_newest_becomes_it(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = person(&shop, "ada@example.com");
    let cards: Vec<String> = [APPROVED, MASTERCARD, AMEX, "5436031030606378"]
        .iter()
        .map(|number| shop.save(number, &json!({ "id": ada })))
        .collect();
    let default = || shop.wallet(&ada).1;
    shop.delete_instrument(&cards[1]).expect(204);
    assert_eq!(default().as_ref(), Some(&cards[0]), "another one went");
    shop.delete_instrument(&cards[0]).expect(204);
    assert_eq!(default().as_ref(), Some(&cards[3]));
    shop.revoke(&cards[3]).expect(200);
    assert_eq!(default().as_ref(), Some(&cards[2]));
    shop.delete_instrument(&cards[2]).expect(204);
    assert_eq!(shop.wallet(&ada), (vec![], None));
}

fn a_revoked_card_is_read_and_is_neither_default_nor_listed_nor_charged(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let (shop, other) = (Client::new(&kassa, &merchant), neuro_pay::Client::new(&kassa, &merchant));
    let made = other.create_customer();
    let grace = other.known_person(&made);
    let ada = base32("cus_", &grace.id);
    let id = shop.save(APPROVED, &json!({ "id": ada }));
    assert_eq!(grace.charge(&hex(&id), &[]).ok()["status"], "paid");
    for _ in 0..2 {
        let expected = json!({ "id": id, "status": "INVALID", "reason": "revoked_by_merchant" });
        assert_eq!(shop.revoke(&id).ok(), expected);
    }
    assert_eq!(shop.wallet(&ada), (vec![], None));
    assert_eq!(grace.cards(), Vec::<Value>::new());
    assert_eq!(field(&shop, &id, "customer")["default"], false);
    grace.charge(&hex(&id), &[]).expect(400);
    assert!(!grace.checkout(&[]).buyer().open().expect(200).text().contains(&hex(&id)));
    for body in [json!({ "default": id }), json!({ "instruments": [id] })] {
        is_invalid(&shop.patch(&ada, &body), &["source_id_invalid"]);
    }
    let chosen = shop.patch_instrument(&id, &json!({ "customer": { "default": true } }));
    is_invalid(&chosen, &["source_id_invalid"]);
    // The same number can be saved again, under another id.
    let again = shop.save(APPROVED, &json!({ "id": ada }));
    assert_ne!(again, id);
    assert_eq!(shop.wallet(&ada), (vec![again.clone()], Some(again)));
    shop.delete_instrument(&id).expect(204);
    is_bare(&shop.instrument(&id), 404);
}

fn date_name_and_holder_are_changed_and_the_rest_stays(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.save(APPROVED, &json!({ "email": "ada@example.com" }));
    let mut expected = shop.instrument(&id).ok();
    let mut becomes = |change: Value, fields: &[(&str, Value)]| {
        let answer = shop.patch_instrument(&id, &change).ok();
        assert_eq!(answer, json!({ "type": "card", "fingerprint": expected["fingerprint"] }));
        expected = with(expected.clone(), fields);
        assert_eq!(shop.instrument(&id).ok(), expected, "{change}");
    };
    becomes(json!({}), &[]);
    becomes(json!({ "type": "card", "expiry_month": 1 }), &[("expiry_month", json!(1))]);
    becomes(json!({ "expiry_year": "2091" }), &[("expiry_year", json!(2091))]);
    becomes(json!({ "name": "Ada King" }), &[("name", json!("Ada King"))]);
    let holder = json!({ "first_name": "Ada", "phone": { "number": "555 2671" } });
    becomes(json!({ "account_holder": holder }), &[("account_holder", holder.clone())]);
    let both = with(holder, &[("last_name", json!("King"))]);
    becomes(json!({ "account_holder": { "last_name": "King" } }), &[("account_holder", both)]);
    for (change, code) in [
        (json!({ "expiry_month": 13 }), "card_expiry_month_invalid"),
        (json!({ "expiry_year": 39 }), "card_expiry_year_invalid"),
        (json!({ "expiry_month": 1, "expiry_year": 2020 }), "card_expired"),
        (json!({ "expiry_year": 2020 }), "card_expired"),
        (json!({ "name": "4242 4242 4242 4242" }), "name_looks_like_card_number"),
        (json!({ "account_holder": { "billing_address": { "country": "Sweden" } } }), "country_invalid"),
        (json!({ "type": "sepa" }), "source_invalid"),
    ] {
        is_invalid(&shop.patch_instrument(&id, &change), &[code]);
    }
    assert_eq!(shop.instrument(&id).ok(), expected);
    // What is wrong with a request is said before what it is about turns out to be missing.
    is_invalid(
        &shop.patch_instrument(NO_CARD, &json!({ "expiry_month": 13 })),
        &["card_expiry_month_invalid"],
    );
    for fits in [json!({ "name": "x" }), json!({ "expiry_month": 1 }), json!({})] {
        is_bare(&shop.patch_instrument(NO_CARD, &fits), 404);
    }
}

fn a_token_puts_another_card_behind_the_id(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let (shop, other) = (Client::new(&kassa, &merchant), neuro_pay::Client::new(&kassa, &merchant));
    let grace = other.person();
    let ada = base32("cus_", &grace.id);
    for owner in [json!({ "id": ada }), json!(null)] {
        let id = shop.save("4000000000000002", &owner);
        let before = shop.instrument(&id).ok();
        let change = with(of_token(&shop.token(MASTERCARD)), &[("expiry_year", json!(2095))]);
        let answer = shop.patch_instrument(&id, &change).ok();
        let after = shop.instrument(&id).ok();
        assert_ne!(after["fingerprint"], before["fingerprint"]);
        assert_eq!(answer["fingerprint"], after["fingerprint"]);
        let shown = ["scheme", "bin", "last4", "expiry_year"].map(|name| after[name].clone());
        assert_eq!(json!(shown), json!(["MASTERCARD", "555555", "4444", 2095]));
        assert_eq!(after["customer"], before["customer"]);
        let used = shop.patch_instrument(&id, &change);
        is_error(&used, 422, "processing_error", &["token_used"]);
        if owner.is_object() {
            // It is the new number that is charged: the old one is declined.
            assert_eq!(grace.charge(&hex(&id), &[]).ok()["status"], "paid");
        }
    }
}

fn a_card_put_behind_an_id_takes_the_place_of_its_twin_and_of_the_default(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = person(&shop, "ada@example.com");
    let (first, second) =
        (shop.save(APPROVED, &json!({ "id": ada })), shop.save(AMEX, &json!({ "id": ada })));
    shop.patch_instrument(&second, &of_token(&shop.token(APPROVED))).expect(200);
    assert_eq!(shop.wallet(&ada), (vec![second.clone()], Some(second.clone())));
    is_bare(&shop.instrument(&first), 404);
    // Its own number again is no other card.
    shop.patch_instrument(&second, &of_token(&shop.token(APPROVED))).expect(200);
    assert_eq!(shop.wallet(&ada), (vec![second.clone()], Some(second.clone())));
    // A card that is out of use takes nobody's place.
    shop.revoke(&second).expect(200);
    let third = shop.save(AMEX, &json!({ "id": ada }));
    shop.patch_instrument(&second, &of_token(&shop.token(AMEX))).expect(200);
    assert_eq!(shop.wallet(&ada), (vec![third.clone()], Some(third)));
}

fn a_deleted_instrument_is_gone(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for owner in [json!({ "email": "ada@example.com" }), json!(null)] {
        let id = shop.save(APPROVED, &owner);
        shop.delete_instrument(&id).expect(204);
        for answer in [
            shop.instrument(&id),
            shop.patch_instrument(&id, &json!({ "name": "x" })),
            shop.revoke(&id),
            shop.delete_instrument(&id),
        ] {
            is_bare(&answer, 404);
        }
        assert_ne!(shop.save(APPROVED, &owner), id);
    }
}

fn the_instruments_of_a_deleted_customer_are_gone(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = person(&shop, "ada@example.com");
    let hers = [APPROVED, MASTERCARD].map(|number| shop.save(number, &json!({ "id": ada })));
    let nobodys = shop.save(APPROVED, &json!(null));
    shop.revoke(&hers[1]).expect(200);
    shop.delete(&ada).expect(204);
    for id in &hers {
        is_bare(&shop.instrument(id), 404);
        is_bare(&shop.delete_instrument(id), 404);
    }
    assert_eq!(field(&shop, &nobodys, "last4"), "4242");
}

fn an_instrument_is_charged_through_neuro_pay(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let (shop, other) = (Client::new(&kassa, &merchant), neuro_pay::Client::new(&kassa, &merchant));
    let grace = other.person();
    let owner = json!({ "id": base32("cus_", &grace.id) });
    let typed = shop.save(APPROVED, &owner);
    let token = with(of_token(&shop.token(MASTERCARD)), &[("customer", owner.clone())]);
    let of_token = shop.post_instrument(&token).expect(201).json()["id"].as_str().expect("an id").to_owned();
    let nobodys = shop.save(AMEX, &json!(null));
    grace.charge(&hex(&nobodys), &[]).expect(400);
    shop.patch_instrument(&nobodys, &json!({ "customer": owner })).expect(200);
    let cards = grace.cards();
    for (place, (id, last4)) in [(typed, "4242"), (of_token, "4444"), (nobodys, "0005")].iter().enumerate() {
        assert_eq!((&cards[place]["card_id"], &cards[place]["last4"]), (&json!(hex(id)), &json!(last4)));
        assert_eq!(cards[place]["default"], place == 0);
        assert_eq!(grace.charge(&hex(id), &[]).ok()["status"], "paid");
    }
}

fn a_card_saved_on_a_page_is_an_instrument(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let (shop, other) = (Client::new(&kassa, &merchant), neuro_pay::Client::new(&kassa, &merchant));
    let grace = other.person();
    grace.checkout(&[]).buyer().pay_and_save(APPROVED, "12%2F99");
    let card = grace.cards()[0]["card_id"].as_str().expect("an id").to_owned();
    let id = base32("src_", &card);
    let read = shop.instrument(&id).ok();
    let shown = ["id", "type", "last4", "scheme", "expiry_month", "expiry_year"];
    let shown = shown.map(|name| read[name].clone());
    assert_eq!(json!(shown), json!([id, "card", "4242", "VISA", 12, 2099]));
    let owner = json!({ "id": base32("cus_", &grace.id), "email": "ada@example.com", "name": "Ada Lovelace",
        "default": true });
    assert_eq!(read["customer"], owner);
    // What is changed or deleted there is so here.
    shop.patch_instrument(&id, &json!({ "expiry_month": 1, "name": "Ada King" })).expect(200);
    assert_eq!(grace.cards()[0]["exp_month"], 1);
    grace.checkout(&[]).buyer().pay_and_save(APPROVED, "11%2F39");
    let read = shop.instrument(&id).ok();
    assert_eq!((&read["expiry_month"], &read["name"]), (&json!(11), &json!("Ada King")));
    shop.delete_instrument(&id).expect(204);
    assert_eq!(grace.cards(), Vec::<Value>::new());
}

fn a_key_repeats_the_answer_and_uses_nothing_up(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let replayed = |method: &str, path: &str, body: &Value| {
        let first = shop.send_once("k", method, path, body);
        let again = shop.send_once("k", method, path, body).expect(first.status);
        assert_eq!(
            (again.header("idempotency-replayed"), &again.body),
            (Some("true"), &first.body),
            "{path}"
        );
        first
    };
    let page = shop.with_key(shop.credential("public_key"));
    let token = page.send_once("k", "POST", "/tokens", &card(APPROVED)).expect(201);
    assert_eq!(page.send_once("k", "POST", "/tokens", &card(APPROVED)).expect(201).body, token.body);
    let token = token.json()["token"].as_str().expect("a token").to_owned();
    let made = replayed("POST", "/instruments", &of_token(&token)).expect(201).json();
    let path = format!("/instruments/{}", made["id"].as_str().expect("an id"));
    replayed("PATCH", &path, &of_token(&shop.token(MASTERCARD))).expect(200);
    replayed("PATCH", &format!("{path}/revoke"), &json!({})).expect(200);
    replayed("DELETE", &path, &json!({})).expect(204);
}
