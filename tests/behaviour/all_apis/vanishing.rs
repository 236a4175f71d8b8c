//! What goes while it is in use: a customer who is deleted while a payment is made, and a card that is put out of use. The
//! payment stands or is refused in words, nothing is saved, and nothing is left behind.

use kassa_tests::drivers::buyer::{APPROVED, Buyer, CHALLENGED, LOST};
use kassa_tests::drivers::checkout_com::{Client, is_invalid};
use kassa_tests::drivers::checkout_com_cards::{card, of_token};
use kassa_tests::drivers::checkout_com_payments::{id_of, payment, typed};
use kassa_tests::drivers::neuro_pay::{self, with};
use kassa_tests::drivers::shop::{Shop, hex};
use kassa_tests::{ERASED, Engine, SETTLED, Server, at_once, eventually, on_each_engine};
use serde_json::{Value, json};

use crate::checkout_com::hosted_payments::{PAGE, make, page};

on_each_engine!(
    a_customer_deleted_while_pages_pay_and_save_costs_no_payment,
    a_customer_deleted_while_saved_cards_pay_costs_no_answer,
    a_customer_deleted_on_the_own_page_leaves_no_card,
    a_customer_deleted_while_a_shop_charges_and_saves_leaves_nothing,
    a_card_that_pays_while_it_is_given_away_and_erased_leaves_nothing,
    a_customer_deleted_while_the_bank_is_asked_leaves_the_payment,
    a_revoked_cards_number_is_destroyed_at_once,
    what_a_revoked_card_paid_is_captured_refunded_and_voided,
    a_payment_under_way_outlives_the_number_of_its_card,
);

const MASTERCARD: &str = "5555555555554444";
/// Enough that the deletion falls into each moment of a payment.
const ROUNDS: usize = 8;

fn a_customer_deleted_while_pages_pay_and_save_costs_no_payment(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = neuro_pay::Client::fresh(&kassa);
    for _ in 0..ROUNDS {
        let ada = shop.person();
        let checkouts: Vec<_> = (0..8).map(|_| ada.checkout(&[])).collect();
        let forms: Vec<String> = checkouts.iter().map(|checkout| checkout.buyer().form()).collect();
        let answers = at_once(9, |thread| match checkouts.get(thread) {
            Some(checkout) => checkout.buyer().send_and_save(&forms[thread], APPROVED, "12%2F99"),
            None => shop.delete_customer(&ada.id),
        });
        for (thread, answer) in answers.iter().enumerate() {
            assert_eq!(answer.status, if thread == 8 { 200 } else { 303 }, "{thread}: {}", answer.text());
        }
        for checkout in &checkouts {
            assert_eq!(checkout.now()["status"], "paid");
            assert_eq!(checkout.now()["customer_id"], Value::Null);
            assert!(checkout.buyer().open().expect(200).text().contains("Payment complete"));
        }
        neuro_pay::is_error(&shop.retrieve_customer(&ada.id), 400);
    }
    kassa.is_healthy();
}

fn a_customer_deleted_while_saved_cards_pay_costs_no_answer(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = neuro_pay::Client::fresh(&kassa);
    for _ in 0..ROUNDS {
        let ada = shop.person();
        let card = ada.add(APPROVED);
        let checkouts: Vec<_> = (0..8).map(|_| ada.checkout(&[])).collect();
        let forms: Vec<String> = checkouts.iter().map(|checkout| checkout.buyer().form()).collect();
        let answers = at_once(9, |thread| match checkouts.get(thread) {
            Some(checkout) => checkout.buyer().post(&format!("form={}&card={card}", forms[thread])),
            None => shop.delete_customer(&ada.id),
        });
        for (checkout, answer) in checkouts.iter().zip(&answers) {
            let expected = match answer.status {
                303 => "paid",
                // The card went first: the words stand beside the choice, and another one pays.
                422 => "created",
                _ => panic!("{answer:?}"),
            };
            assert_eq!(checkout.now()["status"], expected);
            if expected == "created" {
                checkout.buyer().pay(MASTERCARD);
                assert_eq!(checkout.now()["status"], "paid");
            }
        }
    }
    kassa.is_healthy();
}

fn a_customer_deleted_on_the_own_page_leaves_no_card(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = neuro_pay::Client::fresh(&kassa);
    for _ in 0..ROUNDS {
        let ada = shop.person();
        let card = ada.add(MASTERCARD);
        let answers = at_once(6, |thread| match thread {
            0 | 1 => ada.wallet().add_card(APPROVED, "12%2F99"),
            2 => ada.wallet().below(&format!("/cards/{card}/default")).post(""),
            3 => ada.wallet().below(&format!("/cards/{card}/remove")).post(""),
            4 => ada.charge(&card, &[]),
            _ => shop.delete_customer(&ada.id),
        });
        for (thread, answer) in answers.iter().enumerate() {
            let is_sound = match thread {
                0..4 => matches!(answer.status, 303 | 404),
                4 => matches!(answer.status, 200 | 400),
                _ => answer.status == 200,
            };
            assert!(is_sound, "{thread}: {answer:?}");
        }
        ada.wallet().open().expect(404);
    }
    kassa.is_healthy();
}

fn a_customer_deleted_while_a_shop_charges_and_saves_leaves_nothing(engine: Engine) {
    let kassa = Server::start(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let secret = [("name", json!("Zenobia of Palmyra"))];
    for round in 0..ROUNDS {
        let email = format!("ada{round}@example.com");
        let ada = shop.create(&json!({ "email": email }));
        let saved = shop.save(MASTERCARD, &json!({ "id": ada }));
        let by_id = [("customer", json!({ "id": ada }))];
        let by_address = [("customer", json!({ "email": email }))];
        let answers = at_once(10, |thread| match thread {
            0 | 1 => shop.post_payment(&with(payment(1_000, &with(typed(APPROVED), &secret)), &by_id)),
            2 | 3 => shop.post_payment(&payment(1_000, &json!({ "type": "id", "id": saved }))),
            4 => shop.post_payment(&payment(1_000, &json!({ "type": "customer", "id": ada }))),
            5 => shop.post_instrument(&with(with(card(APPROVED), &secret), &by_id)),
            6 => shop.send("POST", PAGE, &[], with(page(), &by_id).to_string().as_bytes()),
            7 => neuro_pay
                .post("/checkout/create", &with(neuro_pay::checkout(), &[("customer_id", json!(hex(&ada)))])),
            8 => shop.patch(&ada, &json!({ "name": "Zenobia of Palmyra" })),
            _ => shop.delete(&ada),
        });
        for (thread, answer) in answers.iter().enumerate() {
            let is_sound = match answer.status {
                200 | 201 => thread < 8,
                204 => thread >= 8,
                404 => thread == 8,
                400 => thread == 7,
                422 => thread < 7,
                _ => false,
            };
            assert!(is_sound, "{thread}: {answer:?}");
        }
        // Whoever comes by the address meets the old customer or makes a new one, who is deleted in turn.
        let made = shop.pay(&with(payment(1_000, &with(typed(APPROVED), &secret)), &by_address));
        shop.delete(made["customer"]["id"].as_str().expect("an id")).expect(204);
    }
    for cell in kassa.cells_without_the_deleted() {
        assert!(!cell.text().contains("Zenobia"), "{} tells of a deleted customer", cell.place);
        assert!(
            !cell.place.starts_with("instruments.") && !cell.place.starts_with("fingerprints."),
            "{}",
            cell.place
        );
    }
    kassa.is_healthy();
    kassa.checks_out();
}

fn a_card_that_pays_while_it_is_given_away_and_erased_leaves_nothing(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let holder = json!({
        "first_name": "Zenobia", "last_name": "of Palmyra",
        "billing_address": { "address_line1": "Zenobia Street", "city": "Palmyra", "country": "GB" },
    });
    for round in 0..ROUNDS {
        let is_removed_first = round % 2 == 1;
        let ada = shop.create(&json!({ "email": format!("ada{round}@example.com") }));
        let saved = with(card(APPROVED), &[("account_holder", holder.clone())]);
        let saved = id_of(&shop.post_instrument(&saved).expect(201).json());
        let shipping = [("shipping", json!({ "address": { "address_line1": "Zenobia Street" } }))];
        let pays = with(payment(1_000, &json!({ "type": "id", "id": saved })), &shipping);
        let pay = |thread: usize| shop.send_once(&format!("{round}-{thread}"), "POST", "/payments", &pays);
        let answers = at_once(7, |thread| {
            if thread < 6 {
                return pay(thread);
            }
            shop.patch(&ada, &json!({ "instruments": [saved] })).expect(204);
            if is_removed_first {
                shop.delete_instrument(&saved).expect(204);
            }
            shop.delete(&ada)
        });
        for (thread, answer) in answers.into_iter().enumerate() {
            match (thread, answer.status) {
                (0..6, 201) => {
                    let again = pay(thread);
                    let read = shop.payment(&id_of(&answer.json())).expect(200);
                    for later in [again, read] {
                        assert!(!later.text().contains("Zenobia"), "{round}: {}", later.text());
                    }
                }
                (0..6, status) => assert_eq!(status, 422, "{}", answer.text()),
                (_, status) => assert_eq!(status, 204, "{}", answer.text()),
            }
        }
    }
    for cell in kassa.cells_without_the_deleted() {
        assert!(!cell.text().contains("Zenobia"), "{} tells of a deleted customer", cell.place);
    }
    kassa.is_healthy();
    kassa.checks_out();
}

fn a_customer_deleted_while_the_bank_is_asked_leaves_the_payment(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let ada = shop.create(&json!({ "email": "ada@example.com" }));
    let saved = shop.save(CHALLENGED, &json!({ "id": ada }));
    let customers = [json!({ "id": ada }), json!({ "email": "ada@example.com" })];
    let mut waiting: Vec<Value> = Vec::new();
    for customer in &customers {
        let body = with(payment(1_000, &typed(CHALLENGED)), &[("customer", customer.clone())]);
        waiting.push(shop.post_payment(&body).expect(202).json());
    }
    waiting
        .push(shop.post_payment(&payment(1_000, &json!({ "type": "id", "id": saved }))).expect(202).json());
    let lost = with(payment(1_000, &typed(LOST)), &[("customer", customers[1].clone())]);
    let lost = shop.post_payment(&lost).expect(202).json();
    shop.delete(&ada).expect(204);
    for made in &waiting {
        let buyer = Buyer::new(&agent, made["_links"]["redirect"]["href"].as_str().expect("a link"));
        assert!(buyer.open().expect(200).text().contains("asks you to confirm"));
        buyer.tell_the_bank("accept");
    }
    for made in waiting.iter().chain([&lost]) {
        let id = id_of(made);
        let paid = eventually(SETTLED, "it is settled", || {
            Some(shop.payment(&id).ok()).filter(|now| now["status"] == "Captured")
        });
        assert_eq!((&paid["customer"], &paid["source"]["id"]), (&Value::Null, &Value::Null));
        shop.operate_all(&id, "refunds");
    }
    assert_eq!(shop.get("ada@example.com").status, 404);
}

/// The sealed numbers that stand in the database.
fn sealed(kassa: &Server) -> Vec<Vec<u8>> {
    let cells = kassa.cells().into_iter().filter(|cell| cell.place == "instruments.sealed");
    cells.map(|cell| cell.bytes).collect()
}

fn a_revoked_cards_number_is_destroyed_at_once(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.create(&json!({ "email": "ada@example.com" }));
    let hers = shop.save(APPROVED, &json!({ "id": ada }));
    let nobodys = shop.save(MASTERCARD, &json!(null));
    let customer = [("customer", json!({ "email": "ada@example.com" }))];
    let unlisted =
        shop.pay(&with(payment(1_000, &typed("378282246310005")), &customer))["source"]["id"].clone();
    let unlisted = unlisted.as_str().expect("a card").to_owned();
    assert_eq!(sealed(&kassa).iter().filter(|number| number.is_empty()).count(), 0);
    for (gone, card) in [&hers, &nobodys, &unlisted].into_iter().enumerate() {
        let before = shop.instrument(card).ok();
        for _ in 0..2 {
            shop.revoke(card).expect(200);
        }
        let left = sealed(&kassa);
        assert_eq!(left.iter().filter(|number| number.is_empty()).count(), gone + 1, "{left:?}");
        // It is read as before, but for being nobody's choice any more.
        let after = shop.instrument(card).ok();
        for name in ["last4", "bin", "fingerprint", "expiry_year", "scheme"] {
            assert_eq!(after[name], before[name], "{name}");
        }
        is_invalid(&shop.post_payment(&payment(1, &json!({ "type": "id", "id": card }))), &["card_disabled"]);
        // Another card behind its id is told of and not kept either: nothing will ever be charged to it.
        shop.patch_instrument(card, &of_token(&shop.token(APPROVED))).expect(200);
        assert_eq!(shop.instrument(card).ok()["last4"], "4242");
        assert_eq!(sealed(&kassa).iter().filter(|number| number.is_empty()).count(), gone + 1);
        is_invalid(&shop.post_payment(&payment(1, &json!({ "type": "id", "id": card }))), &["card_disabled"]);
        is_invalid(&shop.patch(&ada, &json!({ "default": card })), &["source_id_invalid"]);
    }
    // A card that is deleted leaves no row at all.
    shop.delete_instrument(&hers).expect(204);
    eventually(ERASED, "its row is gone", || (sealed(&kassa).len() == 2).then_some(()));
    kassa.checks_out();
}

fn what_a_revoked_card_paid_is_captured_refunded_and_voided(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.create(&json!({ "email": "ada@example.com" }));
    let saved = shop.save(APPROVED, &json!({ "id": ada }));
    let body = with(payment(1_000, &json!({ "type": "id", "id": saved })), &[("capture", json!(false))]);
    let [first, second] = [(); 2].map(|()| id_of(&shop.pay(&body)));
    shop.revoke(&saved).expect(200);
    shop.operate(&first, "captures", &json!({ "amount": 600, "capture_type": "NonFinal" })).expect(202);
    shop.operate_all(&first, "captures");
    shop.operate(&first, "refunds", &json!({ "amount": 400 })).expect(202);
    shop.operate_all(&first, "refunds");
    assert_eq!(shop.stands(&first).0, "Refunded");
    shop.operate_all(&second, "voids");
    assert_eq!(shop.stands(&second).0, "Voided");
    assert_eq!(shop.payment(&first).ok()["source"]["last4"], "4242");
}

fn a_payment_under_way_outlives_the_number_of_its_card(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let ada = shop.create(&json!({ "email": "ada@example.com" }));
    let begun = [CHALLENGED, LOST].map(|number| {
        let saved = shop.save(number, &json!({ "id": ada }));
        let body = payment(1_000, &json!({ "type": "id", "id": saved }));
        let made = shop.post_payment(&body).expect(202).json();
        shop.revoke(&saved).expect(200);
        made
    });
    let buyer = Buyer::new(&agent, begun[0]["_links"]["redirect"]["href"].as_str().expect("a link"));
    buyer.tell_the_bank("accept");
    for made in &begun {
        let id = id_of(made);
        eventually(SETTLED, "it is settled", || (shop.stands(&id).0 == "Captured").then_some(()));
        shop.operate_all(&id, "refunds");
    }
    // So does a page where the card is chosen by its buyer.
    let saved = shop.save(CHALLENGED, &json!({ "id": ada }));
    let (_, buyer) = make(&shop, &agent, PAGE, &with(page(), &[("customer", json!({ "id": ada }))]));
    buyer.choose(&hex(&saved)).expect(303);
    shop.revoke(&saved).expect(200);
    buyer.tell_the_bank("accept");
    assert!(buyer.open().expect(200).text().contains("Payment complete"));
}
