//! One record in four spellings (contract, section 5): what one API makes, changes or deletes, each of the others shows.

use kassa_tests::drivers::neuro_pay::{checkout, with};
use kassa_tests::drivers::shop::{Api, CHANGING, DELETING, EVERY, Ids, Shop, base32};
use kassa_tests::drivers::{checkout_com, neopay, nero_pay};
use kassa_tests::{Engine, Server, at_once, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    what_one_api_makes_every_api_reads,
    what_one_api_changes_every_api_reads_and_the_rest_stays,
    what_one_api_clears_is_gone_in_every_api_and_the_rest_stays,
    what_an_api_sends_back_as_it_reads_it_changes_nothing_elsewhere,
    phones_are_a_text_or_an_object,
    names_are_whole_or_in_two_parts,
    addresses_are_a_line_or_a_street_with_a_number,
    what_the_record_lacks_every_api_spells_in_its_own_way,
    what_one_api_deletes_is_gone_in_every_api,
    a_saved_card_is_the_same_in_both_apis_that_show_cards_and_goes_with_its_customer,
    of_creates_through_both_apis_with_unique_addresses_one_wins,
);

/// A body, and what it makes of the record: the fields of [`record`] that take another value.
struct Write {
    body: Value,
    means: Value,
}

/// Checks what every API says of a customer.
#[track_caller]
fn shows(shop: &Shop, ids: &Ids, record: &Value, after: &str) {
    for api in EVERY {
        assert_eq!(shop.read(api, ids), spelled(api, ids, record), "{api:?} after {after}");
    }
}

/// A record of which nothing is known, with each field as often as there are spellings of it.
fn record() -> Value {
    json!({
        "name": null, "first_name": "", "last_name": "", "email": null, "phone": null, "phone_object": null,
        "street": null, "house_number": null, "address1": null, "city": null, "state": null, "zip_code": null,
        "country": null, "currency": null, "tax_number": null, "company_number": null, "metadata": {},
    })
}

/// The record as an API spells it.
fn spelled(api: Api, ids: &Ids, record: &Value) -> Value {
    let field = |name: &str| record[name].clone();
    match api {
        Api::NeuroPay => json!({
            "customer_id": ids.hex, "first_name": field("first_name"), "last_name": field("last_name"),
            "email": field("email"), "metaData": field("metadata"), "savedCards": [],
        }),
        Api::Neopay => {
            let fields = neopay::FIELDS.iter().map(|name| ((*name).to_owned(), field(name)));
            with(fields.collect::<serde_json::Map<_, _>>().into(), &[("id", json!(ids.uuid))])
        }
        Api::NeroPay => json!({
            "id": ids.number, "name": field("name"), "email": field("email"), "phone": field("phone"),
            "address1": field("address1"), "city": field("city"), "postcode": field("zip_code"),
        }),
        Api::CheckoutCom => {
            let mut read = json!({ "id": ids.cus, "instruments": [] });
            for (name, known) in [
                ("email", "email"),
                ("name", "name"),
                ("phone", "phone_object"),
                ("tax_number", "tax_number"),
                ("metadata", "metadata"),
            ] {
                if !record[known].is_null() && record[known] != json!({}) {
                    read[name] = field(known);
                }
            }
            read
        }
    }
}

fn merge(object: &mut Value, fields: &Value) {
    for (name, value) in fields.as_object().expect("an object") {
        object[name] = value.clone();
    }
}

fn merged(mut object: Value, fields: &Value) -> Value {
    merge(&mut object, fields);
    object
}

/// A create with every field that an API has.
fn create(api: Api) -> Write {
    match api {
        Api::NeuroPay => {
            let names =
                json!({ "first_name": "Anna Maria", "last_name": "von Berg", "email": "Anna@Example.com" });
            let metadata = json!({ "tier": "gold", "points": 1.50, "deep": { "list": [1, null] } });
            Write {
                body: with(names.clone(), &[("metaData", metadata.clone())]),
                means: with(names, &[("name", json!("Anna Maria von Berg")), ("metadata", metadata)]),
            }
        }
        Api::Neopay => {
            let body = json!({
                "name": "Ada Byron King", "email": "ada@example.org", "phone": "+33(0)1 23 45 67 89",
                "city": "Lyon", "state": "Rhône", "country": "FR", "zip_code": "69001",
                "street": "Rue de la République", "house_number": "12", "currency": "EUR",
                "tax_number": "FR 40 303265045", "company_number": "303 265 045",
            });
            let means = json!({
                "first_name": "Ada Byron", "last_name": "King", "address1": "Rue de la République 12",
                "phone_object": { "country_code": "+33", "number": "(0)1 23 45 67 89" },
            });
            Write { means: merged(body.clone(), &means), body }
        }
        Api::NeroPay => Write {
            body: json!({
                "name": "Cher", "email": "cher@example.com", "phone": "020 7946 0000",
                "address1": "1 High Street", "city": "Leeds", "postcode": "LS1 1AA",
            }),
            means: json!({
                "name": "Cher", "first_name": "Cher", "email": "cher@example.com", "phone": "020 7946 0000",
                "phone_object": { "number": "020 7946 0000" }, "address1": "1 High Street",
                "street": "1 High Street", "city": "Leeds", "zip_code": "LS1 1AA",
            }),
        },
        Api::CheckoutCom => {
            let mut means = checkout_com::customer();
            let phone = means["phone"].take();
            let fields = json!({
                "first_name": "Bruce", "last_name": "Wayne", "phone": "+1 415 555 2671", "phone_object": phone,
            });
            Write { body: checkout_com::customer(), means: merged(means, &fields) }
        }
    }
}

/// A change of every field that an API has.
fn update(api: Api) -> Write {
    match api {
        Api::NeuroPay => panic!("Neuro-Pay changes no customer"),
        Api::Neopay => {
            let body = json!({
                "name": "Eva Lund", "email": "eva@example.se", "phone": "070-123 45 67", "city": "Lund",
                "state": "Skåne", "country": "SE", "zip_code": "222 22", "street": "Storgatan",
                "house_number": "7 B", "currency": "SEK", "tax_number": "SE1", "company_number": "556000-0000",
            });
            let means = json!({
                "first_name": "Eva", "last_name": "Lund", "address1": "Storgatan 7 B",
                "phone_object": { "number": "070-123 45 67" },
            });
            Write { means: merged(body.clone(), &means), body }
        }
        Api::NeroPay => Write {
            body: json!({
                "name": "Jane van der Customer", "email": "jane@example.com", "phone": "+44 20 7946 0000",
                "address1": "2 Low Street", "city": "York", "postcode": "YO1 1AA",
            }),
            means: json!({
                "name": "Jane van der Customer", "first_name": "Jane van der", "last_name": "Customer",
                "email": "jane@example.com", "phone": "+44 20 7946 0000",
                "phone_object": { "country_code": "+44", "number": "20 7946 0000" },
                "address1": "2 Low Street", "street": "2 Low Street", "house_number": null, "city": "York",
                "zip_code": "YO1 1AA",
            }),
        },
        Api::CheckoutCom => {
            let phone = json!({ "country_code": "+358", "number": "9 123 456" });
            let same = json!({ "email": "robin@example.com", "name": "Robin", "metadata": { "cave": true } });
            let means = json!({
                "first_name": "Robin", "last_name": "", "phone": "+358 9 123 456", "phone_object": phone,
            });
            Write { body: with(same.clone(), &[("phone", phone)]), means: merged(same, &means) }
        }
    }
}

/// A change that clears every field that an API may clear.
fn clear(api: Api) -> Write {
    let nothing = |names: &[&str]| -> Value {
        names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect::<serde_json::Map<_, _>>().into()
    };
    let no_name = json!({ "name": null, "first_name": "", "last_name": "" });
    match api {
        Api::NeuroPay => panic!("Neuro-Pay changes no customer"),
        Api::Neopay => {
            let names: Vec<&str> =
                neopay::FIELDS.into_iter().filter(|name| !matches!(*name, "id" | "email")).collect();
            let body = nothing(&names);
            let elsewhere = nothing(&["phone_object", "address1"]);
            Write { means: merged(merged(body.clone(), &no_name), &elsewhere), body }
        }
        Api::NeroPay => Write {
            body: nothing(&["email", "phone", "address1", "city", "postcode"]),
            means: nothing(&[
                "email",
                "phone",
                "phone_object",
                "address1",
                "street",
                "house_number",
                "city",
                "zip_code",
            ]),
        },
        Api::CheckoutCom => Write {
            body: json!({ "name": null, "phone": null, "metadata": {} }),
            means: merged(no_name, &json!({ "phone": null, "phone_object": null, "metadata": {} })),
        },
    }
}

fn what_one_api_makes_every_api_reads(engine: Engine) {
    let kassa = Server::shared(engine);
    for maker in EVERY {
        let (shop, made) = (Shop::fresh(&kassa), create(maker));
        let ids = shop.make(maker, &made.body);
        shows(&shop, &ids, &merged(record(), &made.means), &format!("{maker:?} made it"));
    }
}

fn what_one_api_changes_every_api_reads_and_the_rest_stays(engine: Engine) {
    let kassa = Server::shared(engine);
    for maker in EVERY {
        for first in CHANGING {
            let (shop, made) = (Shop::fresh(&kassa), create(maker));
            let ids = shop.make(maker, &made.body);
            let mut record = merged(record(), &made.means);
            // And then through each, so that every change meets what every other one left.
            for changer in [first].into_iter().chain(CHANGING) {
                let change = update(changer);
                shop.change(changer, &ids, &change.body);
                merge(&mut record, &change.means);
                shows(&shop, &ids, &record, &format!("{maker:?} made it and {changer:?} changed it"));
            }
        }
    }
}

fn what_one_api_clears_is_gone_in_every_api_and_the_rest_stays(engine: Engine) {
    let kassa = Server::shared(engine);
    for changer in CHANGING {
        let (shop, made) = (Shop::fresh(&kassa), create(Api::Neopay));
        let ids = shop.make(Api::Neopay, &made.body);
        let metadata = json!({ "metadata": { "a": 1 } });
        shop.change(Api::CheckoutCom, &ids, &metadata);
        let mut record = merged(merged(record(), &made.means), &metadata);
        let cleared = clear(changer);
        shop.change(changer, &ids, &cleared.body);
        merge(&mut record, &cleared.means);
        shows(&shop, &ids, &record, &format!("{changer:?} cleared it"));
    }
}

fn what_an_api_sends_back_as_it_reads_it_changes_nothing_elsewhere(engine: Engine) {
    let kassa = Server::shared(engine);
    for maker in EVERY {
        let shop = Shop::fresh(&kassa);
        let ids = shop.make(maker, &create(maker).body);
        let before = EVERY.map(|api| shop.read(api, &ids));
        for changer in CHANGING {
            shop.change(changer, &ids, &shop.read(changer, &ids));
            for (api, before) in EVERY.iter().zip(&before) {
                assert_eq!(shop.read(*api, &ids), *before, "{changer:?} sent back what {maker:?} made");
            }
        }
    }
}

fn phones_are_a_text_or_an_object(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let ids = shop.make(Api::CheckoutCom, &json!({ "email": "ada@example.com" }));
    let object = |code: &str, number: &str| json!({ "country_code": code, "number": number });
    let number = |number: &str| json!({ "number": number });
    for (text, phone) in [
        ("+46701234567", object("+46", "701234567")),
        ("+1 415 555 2671", object("+1", "415 555 2671")),
        ("+358-9-123 456", object("+358", "-9-123 456")),
        ("+7", json!({ "country_code": "+7" })),
        ("+999 123 456", number("+999 123 456")),
        ("+01 23 45 67 89", number("+01 23 45 67 89")),
        ("0701-23 45 67", number("0701-23 45 67")),
        ("46 701", number("46 701")),
        ("none", number("none")),
    ] {
        for api in [Api::Neopay, Api::NeroPay] {
            shop.change(api, &ids, &json!({ "phone": text }));
            for reader in [Api::Neopay, Api::NeroPay] {
                assert_eq!(shop.read(reader, &ids)["phone"], text, "{api:?} sent it");
            }
            assert_eq!(shop.read(Api::CheckoutCom, &ids)["phone"], phone, "{api:?} sent {text}");
            shop.change(api, &ids, &json!({ "phone": null }));
            assert_eq!(shop.read(Api::CheckoutCom, &ids).get("phone"), None);
        }
    }
    for (phone, text) in [
        (object("+1", "415 555 2671"), "+1 415 555 2671"),
        (object("1", "4155552671"), "1 4155552671"),
        (object("+46 ", " 70 123"), "+46   70 123"),
        (object("+99", "123456"), "+99 123456"),
        (number("+46 70 123 45 67"), "+46 70 123 45 67"),
        (json!({ "country_code": "+46" }), "+46"),
    ] {
        shop.change(Api::CheckoutCom, &ids, &json!({ "phone": phone }));
        assert_eq!(shop.read(Api::CheckoutCom, &ids)["phone"], phone);
        for reader in [Api::Neopay, Api::NeroPay] {
            assert_eq!(shop.read(reader, &ids)["phone"], text);
        }
    }
}

fn names_are_whole_or_in_two_parts(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let whole = |ids: &Ids| {
        [Api::Neopay, Api::NeroPay, Api::CheckoutCom].map(|api| shop.read(api, ids)["name"].clone())
    };
    let parts = |ids: &Ids| {
        let read = shop.read(Api::NeuroPay, ids);
        ["first_name", "last_name"].map(|name| read[name].as_str().expect("a part").to_owned())
    };
    for [first, last] in
        [["Ada", "Lovelace"], ["Anna Maria", "von Berg"], ["李", "明"], ["Ada", "King Lovelace"]]
    {
        let body = json!({ "first_name": first, "last_name": last, "email": "a@example.com" });
        let ids = shop.make(Api::NeuroPay, &body);
        let name = format!("{first} {last}");
        assert_eq!(whole(&ids), [json!(name), json!(name), json!(name)]);
        assert_eq!(parts(&ids), [first, last]);
    }
    let ids = shop.make(Api::CheckoutCom, &json!({ "email": "ada@example.com" }));
    for api in CHANGING {
        for (name, [first, last]) in [
            ("Ada Lovelace", ["Ada", "Lovelace"]),
            ("Augusta Ada King", ["Augusta Ada", "King"]),
            ("Cher", ["Cher", ""]),
            ("Ada-Maria von Berg", ["Ada-Maria von", "Berg"]),
        ] {
            shop.change(api, &ids, &json!({ "name": name }));
            assert_eq!(whole(&ids), [json!(name), json!(name), json!(name)]);
            assert_eq!(parts(&ids), [first, last], "{api:?} sent {name}");
        }
    }
}

fn addresses_are_a_line_or_a_street_with_a_number(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let ids = shop.make(Api::Neopay, &json!({ "email": "ada@example.com" }));
    for (street, number, line) in [
        (json!("Storgatan"), json!("7 B"), json!("Storgatan 7 B")),
        (json!("Storgatan 7"), Value::Null, json!("Storgatan 7")),
        (Value::Null, json!("7"), json!("7")),
        (Value::Null, Value::Null, Value::Null),
    ] {
        shop.change(Api::Neopay, &ids, &json!({ "street": street, "house_number": number }));
        assert_eq!(shop.read(Api::NeroPay, &ids)["address1"], line);
        // The line as it is read is no new one: a change of the city beside it leaves the parts.
        shop.change(Api::NeroPay, &ids, &json!({ "city": "Lund" }));
        let read = shop.read(Api::Neopay, &ids);
        assert_eq!((&read["street"], &read["house_number"]), (&street, &number));
        shop.change(Api::NeroPay, &ids, &json!({ "address1": "Lillgatan 3" }));
        let read = shop.read(Api::Neopay, &ids);
        assert_eq!((&read["street"], &read["house_number"]), (&json!("Lillgatan 3"), &Value::Null));
    }
}

fn what_the_record_lacks_every_api_spells_in_its_own_way(engine: Engine) {
    let kassa = Server::shared(engine);
    let email = json!({ "email": "nameless@example.com" });
    let name = json!({ "name": "Cher" });
    for (maker, body, means) in [
        (Api::Neopay, &email, email.clone()),
        (Api::CheckoutCom, &email, email.clone()),
        (Api::NeroPay, &name, json!({ "name": "Cher", "first_name": "Cher" })),
    ] {
        let shop = Shop::fresh(&kassa);
        let ids = shop.make(maker, body);
        shows(&shop, &ids, &merged(record(), &means), &format!("{maker:?} made it"));
    }
}

fn what_one_api_deletes_is_gone_in_every_api(engine: Engine) {
    let kassa = Server::shared(engine);
    for maker in EVERY {
        for deleter in DELETING {
            let (shop, made) = (Shop::fresh(&kassa), create(maker));
            let ids = shop.make(maker, &made.body);
            shop.delete(deleter, &ids);
            assert_eq!(
                EVERY.map(|api| shop.status(api, &ids)),
                [400, 404, 404, 404],
                "{maker:?} {deleter:?}"
            );
            assert_eq!(shop.neopay.list("")["data"], json!([]));
            assert_eq!(nero_pay::data(&shop.nero_pay.get("/customers"), 200), json!([]));
            let address = made.body["email"].as_str().expect("an address");
            shop.checkout_com.get(address).expect(404);
            let city = json!({ "city": "Lund" });
            shop.neopay.update(&ids.uuid, &city).expect(404);
            shop.nero_pay.patch(&format!("/customers/{}", ids.number), &city).expect(404);
            shop.checkout_com.patch(&ids.cus, &json!({ "name": "x" })).expect(404);
            let for_them = with(checkout(), &[("customer_id", json!(ids.hex))]);
            shop.neuro_pay.post("/checkout/create", &for_them).expect(400);
            // Its address is free again.
            let again = shop.make(Api::Neopay, &json!({ "email": address }));
            assert_ne!(again.hex, ids.hex);
        }
    }
}

fn a_saved_card_is_the_same_in_both_apis_that_show_cards_and_goes_with_its_customer(engine: Engine) {
    let kassa = Server::shared(engine);
    for maker in EVERY {
        for deleter in DELETING {
            let shop = Shop::fresh(&kassa);
            let ids = shop.make(maker, &create(maker).body);
            let theirs = [("customer_id", json!(ids.hex))];
            for number in ["4242424242424242", "5555555555554444"] {
                shop.neuro_pay.create_with(&theirs).buyer().pay_and_save(number, "12%2F99");
            }
            let cards = shop.read(Api::NeuroPay, &ids)["savedCards"].take();
            let card = |place: usize| cards[place]["card_id"].as_str().expect("a card").to_owned();
            let shown = shop.read(Api::CheckoutCom, &ids);
            let (first, second) = (base32("src_", &card(0)), base32("src_", &card(1)));
            assert_eq!(
                (&shown["instruments"][0]["id"], &shown["instruments"][1]["id"]),
                (&json!(first), &json!(second))
            );
            assert_eq!((&shown["default"], &cards[0]["default"]), (&json!(first), &json!(true)));
            shop.change(Api::CheckoutCom, &ids, &json!({ "default": second }));
            let chosen = shop.read(Api::NeuroPay, &ids)["savedCards"].take();
            assert_eq!((&chosen[0]["default"], &chosen[1]["default"]), (&json!(false), &json!(true)));
            // The APIs that know no cards leave them.
            for changer in [Api::Neopay, Api::NeroPay] {
                shop.change(changer, &ids, &update(changer).body);
            }
            assert_eq!(shop.read(Api::NeuroPay, &ids)["savedCards"], chosen);
            let charge = with(checkout(), &[("customer_id", json!(ids.hex)), ("card_id", json!(card(0)))]);
            assert_eq!(shop.neuro_pay.post("/checkout/create", &charge).ok()["status"], "paid");
            shop.delete(deleter, &ids);
            shop.neuro_pay.post("/checkout/create", &charge).expect(400);
        }
    }
}

fn of_creates_through_both_apis_with_unique_addresses_one_wins(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    for round in 0..5 {
        let address = format!("race{round}@example.com");
        let mut statuses = at_once(32, |number| {
            let mixed = address.char_indices().map(|(place, letter)| {
                if (place + number / 2).is_multiple_of(3) { letter.to_ascii_uppercase() } else { letter }
            });
            let body = json!({ "email": mixed.collect::<String>() });
            let answer = match number % 2 {
                0 => shop.neopay.send("POST", "/customers", &body),
                _ => shop.checkout_com.post(&body),
            };
            answer.status
        });
        statuses.sort_unstable();
        assert!(matches!(statuses[0], 200 | 201), "{statuses:?}");
        assert_eq!(statuses[1..], [422; 31]);
        assert_eq!(shop.neopay.list(&format!("?email={address}"))["data"].as_array().map(Vec::len), Some(1));
        let found = nero_pay::data(&shop.nero_pay.get(&format!("/customers?email={address}")), 200);
        assert_eq!(found.as_array().map(Vec::len), Some(1));
    }
    kassa.is_healthy();
}
