//! What one API gives out, it takes back (contract, section 5): an unchanged value is no change, whatever limits the API has
//! that gets it. A record is made through each API, read whole and sent whole through each that changes customers.

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::checkout_com::{self, is_invalid};
use kassa_tests::drivers::checkout_com_cards::card;
use kassa_tests::drivers::checkout_com_payments::payment;
use kassa_tests::drivers::neuro_pay::{is_error, with};
use kassa_tests::drivers::shop::{Api, CHANGING, EVERY, Ids, Shop};
use kassa_tests::drivers::{neopay, nero_pay};
use kassa_tests::{Engine, Random, Server, on_each_engine};
use serde_json::{Map, Value, json};

on_each_engine!(
    a_record_that_is_read_and_sent_back_through_any_api_differs_in_nothing,
    what_was_kept_before_there_was_a_limit_is_sent_back_too,
    what_is_changed_obeys_the_limits_of_the_api_that_changes_it,
    a_joined_name_has_at_most_255_characters,
    an_instrument_that_is_read_and_sent_back_differs_in_nothing,
);

/// Records of each API.
const ROUNDS: usize = 6;

/// A text of up to so many characters, none of them a digit.
fn text(random: &mut Random, most: usize) -> String {
    const LETTERS: [&str; 8] = ["a", "Z", "é", "e\u{301}", "李", "ß", "'", "-"];
    let count = 1 + random.below(most);
    let mut text = String::new();
    while text.chars().count() < count {
        let inside = !text.is_empty() && text.chars().count() + 2 < count && !text.ends_with(' ');
        let is_space = inside && random.below(6) == 0;
        text.push_str(if is_space { " " } else { LETTERS[random.below(LETTERS.len())] });
    }
    text.chars().take(most).collect()
}

fn phone(random: &mut Random) -> String {
    let known = ["112", "+46701234567", "+1 415 555 2671", "+999 1", "+7", "0701-23 45 67"];
    match random.below(known.len() + 1) {
        place if place < known.len() => known[place].to_owned(),
        _ => "call 112 ".repeat(20).trim_end().to_owned(),
    }
}

fn metadata(random: &mut Random, keys: usize, characters: usize) -> Value {
    let value = |random: &mut Random| match random.below(5) {
        0 => json!(1.5),
        1 => json!(true),
        2 => json!(random.below(1_000)),
        _ => json!(text(random, characters)),
    };
    let entries = (0..=random.below(keys)).map(|number| (format!("key {number}"), value(random)));
    Value::Object(entries.collect::<Map<_, _>>())
}

/// A body of an API by its own limits. Some fields are left out, and in a change an address stays.
fn body(random: &mut Random, api: Api, address: Option<&str>) -> Value {
    let mut body = json!({});
    let mut set = |name: &str, value: Value| body[name] = value;
    match api {
        Api::NeuroPay => {
            let first = text(random, 253);
            let last = text(random, 254 - first.chars().count());
            set("first_name", json!(first));
            set("last_name", json!(last));
            set("metaData", metadata(random, 40, 200));
        }
        Api::Neopay => {
            for name in neopay::FIELDS {
                let value = match name {
                    "id" | "email" => continue,
                    "phone" => phone(random),
                    "country" => "SE".to_owned(),
                    "currency" => "sek".to_owned(),
                    _ => text(random, 255),
                };
                if random.below(3) > 0 {
                    set(name, json!(value));
                }
            }
        }
        Api::NeroPay => {
            set("name", json!(format!(" {} ", text(random, 253))));
            set("phone", json!(phone(random)));
            set("address1", json!(text(random, 255)));
            set("postcode", json!(text(random, 20)));
        }
        Api::CheckoutCom => {
            if random.below(2) == 0 {
                set("name", json!(text(random, 255)));
            }
            set("phone", json!({ "country_code": "+46", "number": text(random, 17) + " 112 112" }));
            set("metadata", metadata(random, 10, 100));
        }
    }
    match address {
        // This API needs none.
        Some(_) if api == Api::NeroPay && random.below(2) == 0 => {}
        Some(address) => body["email"] = json!(address),
        None => {}
    }
    body
}

/// A customer as an API gives it out, with everything that it says.
#[track_caller]
fn whole(shop: &Shop, api: Api, ids: &Ids) -> Value {
    if api == Api::NeroPay { shop.nero_pay.customer(&ids.number) } else { shop.read(api, ids) }
}

/// How often customers were changed.
fn changes(kassa: &Server) -> usize {
    let cells = kassa.cells().into_iter();
    cells.filter(|cell| cell.place == "events.kind" && cell.text() == "customer.updated").count()
}

/// Reads a record and sends it back through each API that changes customers; nothing differs.
#[track_caller]
fn goes_round(shop: &Shop, ids: &Ids, made: &str) {
    let before = EVERY.map(|api| whole(shop, api, ids));
    let stays = |how: &str| {
        for (api, before) in EVERY.iter().zip(&before) {
            assert_eq!(
                whole(shop, *api, ids),
                *before,
                "{made}, sent back through {how}, as {api:?} reads it"
            );
        }
    };
    for api in CHANGING {
        shop.change(api, ids, &whole(shop, api, ids));
        stays(&format!("{api:?}"));
    }
    // One API can be told in the body who is meant.
    let answer = shop.neopay.send("PATCH", "/customers", &whole(shop, Api::Neopay, ids));
    assert_eq!(answer.status, 200, "{made}: {}", answer.text());
    stays("the body of Neopay");
}

fn a_record_that_is_read_and_sent_back_through_any_api_differs_in_nothing(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Shop::fresh(&kassa);
    let mut random = Random::new();
    let mut written = 0;
    for round in 0..ROUNDS {
        for maker in EVERY {
            let address = format!("{maker:?}{round}@example.com");
            let made = body(&mut random, maker, Some(&address));
            let ids = shop.make(maker, &made);
            // What an API cannot express stays beside what another one wrote.
            let mut others = Vec::new();
            for _ in 0..round.min(2) {
                let other = CHANGING[random.below(CHANGING.len())];
                let change = body(&mut random, other, None);
                shop.change(other, &ids, &change);
                others.push((other, change));
                written += 1;
            }
            goes_round(&shop, &ids, &format!("{maker:?} made {made} and then {others:?}"));
        }
    }
    let happened = changes(&kassa);
    assert!(happened <= written, "{happened} changes were told of, and {written} made");
}

fn what_was_kept_before_there_was_a_limit_is_sent_back_too(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Shop::fresh(&kassa);
    let made = json!({ "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com" });
    let ids = shop.make(Api::NeuroPay, &with(made, &[("metaData", json!({ "a": 1 }))]));
    let (first, last) = ("A".repeat(200), "L".repeat(200));
    kassa.tamper(&format!(
        "update customers set name = '{first} {last}', first_name = '{first}', last_name = '{last}', \
         email = 'full\u{ff0e}width@example.com', email_folded = 'full\u{ff0e}width@example.com'"
    ));
    assert_eq!(shop.read(Api::Neopay, &ids)["name"].as_str().map(str::len), Some(401));
    goes_round(&shop, &ids, "a name of 401 characters");
    assert_eq!(changes(&kassa), 0);
}

fn what_is_changed_obeys_the_limits_of_the_api_that_changes_it(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let many: Map<_, _> = (0..11).map(|key| (format!("k{key}"), json!(key))).collect();
    let ids = shop.make(
        Api::NeuroPay,
        &json!({ "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "metaData": many }),
    );
    let long = "x".repeat(200);
    let theirs = json!({ "phone": "112", "street": long, "house_number": long, "zip_code": "y".repeat(30) });
    shop.change(Api::Neopay, &ids, &theirs);
    goes_round(&shop, &ids, "a record of two APIs");
    let before = EVERY.map(|api| shop.read(api, &ids));
    let cus = &ids.cus;
    let theirs = |fields: &[(&str, Value)]| with(shop.read(Api::CheckoutCom, &ids), fields);
    let other = with(Value::Object(many), &[("k0", json!("other"))]);
    is_invalid(&shop.checkout_com.patch(cus, &theirs(&[("metadata", other)])), &["metadata_invalid"]);
    let phone = json!({ "number": "113" });
    is_invalid(&shop.checkout_com.patch(cus, &theirs(&[("phone", phone)])), &["phone_number_length_invalid"]);
    let path = format!("/customers/{}", ids.number);
    for (name, value) in [("postcode", "z".repeat(30)), ("address1", format!("{long} {long}!"))] {
        let answer =
            shop.nero_pay.patch(&path, &with(whole(&shop, Api::NeroPay, &ids), &[(name, json!(value))]));
        nero_pay::is_error(&answer, 422, "validation_failed");
    }
    let answer = shop
        .neopay
        .update(&ids.uuid, &with(shop.read(Api::Neopay, &ids), &[("city", json!(long.repeat(2)))]));
    neopay::is_invalid(&answer, &["city"]);
    assert_eq!(EVERY.map(|api| shop.read(api, &ids)), before);
    // Of a body that changes one field, the others stay, and the line stands for its two parts.
    shop.change(Api::NeroPay, &ids, &with(whole(&shop, Api::NeroPay, &ids), &[("city", json!("Lund"))]));
    let read = shop.read(Api::Neopay, &ids);
    assert_eq!(
        (&read["street"], &read["house_number"], &read["city"]),
        (&json!(long), &json!(long), &json!("Lund"))
    );
}

fn a_joined_name_has_at_most_255_characters(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let named = |first: usize, last: usize| {
        let (first, last) = ("é".repeat(first), "ü".repeat(last));
        let body = json!({ "first_name": first, "last_name": last, "email": "ada@example.com" });
        shop.neuro_pay.post("/checkout/create-customer", &body)
    };
    named(127, 127).expect(200);
    for (first, last) in [(127, 128), (255, 1), (255, 255)] {
        let why = is_error(&named(first, last), 400);
        assert!(why.contains("last_name") && why.contains("255"), "{why}");
    }
}

fn an_instrument_that_is_read_and_sent_back_differs_in_nothing(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = checkout_com::Client::fresh(&kassa);
    let ada = shop.create(&json!({ "email": "ada@example.com" }));
    let id = shop.save(APPROVED, &json!({ "id": ada }));
    let unlisted = {
        let source = with(card("5555555555554444"), &[("cvv", json!("100"))]);
        let body = with(payment(1_000, &source), &[("customer", json!({ "email": "ada@example.com" }))]);
        shop.pay(&body)["source"]["id"].as_str().expect("it can be charged").to_owned()
    };
    // As it was kept before there were these limits, and as it became with time.
    let long = "n".repeat(300);
    let holder = json!({ "name": long, "first_name": long, "phone": { "number": "112" } });
    kassa
        .tamper(&format!("update instruments set holder = '{holder}', expiry_year = 2020, expiry_month = 2"));
    for id in [&id, &unlisted] {
        let before = shop.instrument(id).ok();
        assert_eq!((&before["name"], &before["expiry_year"]), (&json!(long), &json!(2020)));
        let wallet = shop.wallet(&ada);
        shop.patch_instrument(id, &before).expect(200);
        assert_eq!((shop.instrument(id).ok(), shop.wallet(&ada)), (before, wallet));
    }
    // What is changed obeys the limits.
    for (changed, code) in [
        (json!({ "expiry_month": 3 }), "card_expired"),
        (json!({ "name": format!("{long}m") }), "card_holder_invalid"),
    ] {
        let whole = shop.instrument(&id).ok();
        let body = changed
            .as_object()
            .expect("fields")
            .iter()
            .fold(whole.clone(), |body, (name, value)| with(body, &[(name.as_str(), value.clone())]));
        is_invalid(&shop.patch_instrument(&id, &body), &[code]);
        assert_eq!(shop.instrument(&id).ok(), whole);
    }
    let body = with(shop.instrument(&id).ok(), &[("expiry_year", json!(2031))]);
    shop.patch_instrument(&id, &body).expect(200);
    assert_eq!(shop.instrument(&id).ok()["expiry_year"], 2031);
}
