//! Cards of one customer saved, chosen and deleted at once: none twice, and one default.

use std::collections::BTreeSet;

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::checkout_com::{Client, is_bare};
use kassa_tests::drivers::checkout_com_cards::{card, of_token};
use kassa_tests::drivers::neuro_pay::with;
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, at_once, on_each_engine};
use serde_json::json;

on_each_engine!(
    one_card_saved_many_times_at_once_is_one_instrument,
    many_cards_with_one_new_address_make_one_customer,
    of_many_choices_at_once_one_default_remains,
    a_card_of_nobody_given_to_two_at_once_is_one_customers,
);

const NUMBERS: [&str; 4] = [APPROVED, "5555555555554444", "378282246310005", "5436031030606378"];

fn ids(answers: &[Answer], status: u16) -> BTreeSet<String> {
    let id = |answer: &Answer| answer.clone().expect(status).json()["id"].as_str().expect("an id").to_owned();
    answers.iter().map(id).collect()
}

fn one_card_saved_many_times_at_once_is_one_instrument(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for round in 0..3 {
        let ada = shop.create(&json!({ "email": format!("ada{round}@example.com") }));
        let owner = [("customer", json!({ "id": ada }))];
        let tokens: Vec<String> = (0..16).map(|_| shop.token(APPROVED)).collect();
        let answers = at_once(32, |number| {
            let body = tokens.get(number).map_or_else(|| card(APPROVED), |token| of_token(token));
            shop.post_instrument(&with(body, &owner))
        });
        let made = ids(&answers, 201);
        assert_eq!(made.len(), 1, "{made:?}");
        let id = made.first().expect("one").clone();
        assert_eq!(shop.wallet(&ada), (vec![id.clone()], Some(id)));
    }
    kassa.is_healthy();
}

fn many_cards_with_one_new_address_make_one_customer(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for round in 0..3 {
        let answers = at_once(32, |number| {
            let user = if number % 2 == 0 { "ada" } else { "ADA" };
            let owner = json!({ "email": format!("{user}{round}@example.com"), "name": number.to_string() });
            shop.post_instrument(&with(card(NUMBERS[number % 4]), &[("customer", owner)]))
        });
        let owners: BTreeSet<String> = answers
            .iter()
            .map(|answer| answer.clone().expect(201).json()["customer"]["id"].to_string())
            .collect();
        assert_eq!(owners.len(), 1, "{owners:?}");
        let (cards, default) = shop.wallet(&format!("ada{round}@example.com"));
        assert_eq!(cards.iter().cloned().collect::<BTreeSet<_>>(), ids(&answers, 201));
        assert_eq!(cards.len(), 4);
        assert!(default.is_some_and(|default| cards.contains(&default)));
    }
    kassa.is_healthy();
}

fn of_many_choices_at_once_one_default_remains(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.create(&json!({ "email": "ada@example.com" }));
    for _ in 0..3 {
        let cards = NUMBERS.map(|number| shop.save(number, &json!({ "id": ada })));
        let answers = at_once(24, |number| {
            let chosen = json!({ "customer": { "id": ada, "default": true } });
            match number % 4 {
                0 => shop.patch_instrument(&cards[0], &chosen),
                1 => shop.patch(&ada, &json!({ "default": cards[1] })),
                2 => {
                    shop.post_instrument(&with(card(NUMBERS[2]), &[("customer", chosen["customer"].clone())]))
                }
                // This one goes meanwhile, whoever chose it.
                _ if number == 3 => shop.delete_instrument(&cards[3]),
                _ => shop.patch_instrument(&cards[3], &chosen),
            }
        });
        for (number, answer) in answers.iter().enumerate() {
            let gone = number % 4 == 3 && matches!(answer.status, 404 | 422);
            assert!(gone || matches!(answer.status, 200 | 201 | 204), "{number}: {answer:?}");
        }
        is_bare(&shop.instrument(&cards[3]), 404);
        let (left, default) = shop.wallet(&ada);
        assert_eq!(left, cards[..3]);
        let defaults = left.iter().filter(|id| shop.instrument(id).ok()["customer"]["default"] == true);
        assert_eq!(defaults.collect::<Vec<_>>(), default.iter().collect::<Vec<_>>());
        assert!(default.is_some());
    }
    kassa.is_healthy();
}

fn a_card_of_nobody_given_to_two_at_once_is_one_customers(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let owners = ["ada", "eve"].map(|user| shop.create(&json!({ "email": format!("{user}@example.com") })));
    for number in NUMBERS {
        let id = shop.save(number, &json!(null));
        let answers = at_once(8, |thread| {
            shop.patch_instrument(&id, &json!({ "customer": { "id": owners[thread % 2] } }))
        });
        let owner = shop.instrument(&id).ok()["customer"]["id"].clone();
        for (thread, answer) in answers.iter().enumerate() {
            assert_eq!(answer.status == 200, owner == owners[thread % 2], "{answer:?}");
        }
        let holders = owners.iter().filter(|owner| shop.wallet(owner).0.contains(&id));
        assert_eq!(holders.count(), 1);
    }
    kassa.is_healthy();
}
