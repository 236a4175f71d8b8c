//! Card numbers where people write: refused in every field that is stored in the clear, however they are spelled, and
//! nothing else is taken for one.

use kassa_tests::drivers::checkout_com::customer;
use kassa_tests::drivers::checkout_com_cards::card;
use kassa_tests::drivers::checkout_com_payments::{payment, typed};
use kassa_tests::drivers::neuro_pay::{checkout, with};
use kassa_tests::drivers::shop::{Api, Shop};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, on_each_engine, on_one_engine};
use serde_json::{Value, json};

on_each_engine!(
    a_card_number_is_refused_in_every_field_that_people_write,
    what_only_looks_like_a_card_number_is_taken,
);
on_one_engine!(a_card_number_is_refused_however_it_is_spelled, a_card_number_in_two_fields_is_refused,);

/// A number that nobody pays with; it must reach no log and no table, and no answer repeats it.
const FOURS: [&str; 4] = ["4539", "5787", "6362", "1486"];
/// What stands in a body where the number goes.
const HERE: &str = "HERE";
/// A card that is approved.
const APPROVED: &str = kassa_tests::drivers::buyer::APPROVED;

/// A write through an API, and the field in it where a text stands.
struct Place {
    api: Api,
    path: String,
    body: Value,
    /// What the error calls the field.
    field: &'static str,
}

fn place(api: Api, path: &str, body: Value, field: &'static str) -> Place {
    Place { api, path: path.to_owned(), body, field }
}

/// Every field that people write freely, through each API.
fn places(shop: &Shop) -> Vec<Place> {
    let mut places = neuro_pay(shop);
    for field in ["name", "city", "state", "zip_code", "street", "house_number"] {
        places.push(place(Api::Neopay, "/customers", json!({ "email": "a@b", field: HERE }), field));
    }
    for field in ["name", "address1", "city", "postcode"] {
        let body = with(json!({ "name": "Ada" }), &[(field, json!(HERE))]);
        places.push(place(Api::NeroPay, "/customers", body, field));
    }
    places.push(place(Api::NeroPay, "/categories", json!({ "name": HERE }), "name"));
    places.extend(checkout_com(shop));
    places
}

fn neuro_pay(shop: &Shop) -> Vec<Place> {
    let paid = shop.neuro_pay.create();
    paid.buyer().pay(APPROVED);
    let paid = paid.body(&[]);
    let person = json!({ "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com" });
    let of = |path: &str, body: &Value, field, value: Value| {
        place(Api::NeuroPay, path, with(body.clone(), &[(field, value)]), field)
    };
    vec![
        of("/checkout/create", &checkout(), "message", json!(HERE)),
        of("/checkout/create", &checkout(), "metaData", json!({ "a": [{ "b": HERE }] })),
        of("/checkout/create", &checkout(), "metaData", json!({ HERE: 1 })),
        of("/checkout/create", &checkout(), "metaData", json!([{ "key": "a", "value": HERE }])),
        of("/checkout/create-customer", &person, "first_name", json!(HERE)),
        of("/checkout/create-customer", &person, "last_name", json!(HERE)),
        of("/checkout/create-customer", &person, "metaData", json!({ "a": HERE })),
        of("/checkout/update", &paid, "metaData", json!({ "a": HERE })),
        of("/checkout/refund", &paid, "refundDetails", json!(HERE)),
    ]
}

fn checkout_com(shop: &Shop) -> Vec<Place> {
    let reserved = shop.checkout_com.reserve(1_000);
    let of = |path: &str, body: Value, field| place(Api::CheckoutCom, path, body, field);
    let pay = |name: &str, value: Value| with(payment(1_000, &typed(APPROVED)), &[(name, value)]);
    let page = |name: &str, value: Value| {
        let page = json!({
            "amount": 1_000, "currency": "EUR", "billing": { "address": { "country": "GB" } },
            "success_url": "https://a.b", "cancel_url": "https://a.b", "failure_url": "https://a.b",
        });
        with(page, &[(name, value)])
    };
    let save = |name: &str, value: Value| with(card(APPROVED), &[(name, value)]);
    let buyer = |name: &str| with(json!({ "email": "ada@example.com" }), &[(name, json!(HERE))]);
    let mut places = vec![
        of("/customers", with(customer(), &[("name", json!(HERE))]), "name"),
        of("/customers", with(customer(), &[("metadata", json!({ "a": HERE }))]), "metadata"),
        of("/tokens", save("name", json!(HERE)), "name"),
        of("/instruments", save("name", json!(HERE)), "name"),
        of("/instruments", save("customer", buyer("name")), "name"),
        of("/instruments", save("account_holder", json!({ "first_name": HERE })), "first_name"),
        of("/instruments", save("account_holder", json!({ "last_name": HERE })), "last_name"),
        of("/payments", pay("description", json!(HERE)), "description"),
        of("/payments", pay("metadata", json!({ "a": HERE })), "metadata"),
        of("/payments", pay("customer", buyer("name")), "name"),
        of(&format!("/payments/{reserved}/captures"), json!({ "metadata": { "a": HERE } }), "metadata"),
        of("/hosted-payments", page("description", json!(HERE)), "description"),
        of(
            "/hosted-payments",
            page("products", json!([{ "name": HERE, "quantity": 1, "price": 1 }])),
            "products",
        ),
        of("/payment-links", page("metadata", json!({ "a": HERE })), "metadata"),
    ];
    for field in ["address_line1", "address_line2", "city", "state", "zip"] {
        let address = json!({ "country": "GB", field: HERE });
        places.push(of("/tokens", save("billing_address", address.clone()), field));
        let holder = json!({ "billing_address": address.clone() });
        places.push(of("/instruments", save("account_holder", holder), field));
        let source = with(typed(APPROVED), &[("billing_address", address.clone())]);
        places.push(of("/payments", payment(1_000, &source), field));
        places.push(of("/hosted-payments", page("billing", json!({ "address": address })), field));
    }
    places
}

/// Sends a body with a text in its place, as it stands in JSON.
fn send(shop: &Shop, place: &Place, text: &str) -> Answer {
    let body = place.body.to_string().replace(HERE, text);
    let (path, body) = (place.path.as_str(), body.as_bytes());
    match place.api {
        Api::NeuroPay => shop.neuro_pay.send(path, body),
        Api::Neopay => shop.neopay.try_send("POST", path, &[], body).expect("an answer"),
        Api::NeroPay => shop.nero_pay.signed("POST", path, &[], body),
        Api::CheckoutCom if path == "/tokens" => {
            let key = shop.checkout_com.credential("public_key");
            shop.checkout_com.with_key(key).send("POST", path, &[], body)
        }
        Api::CheckoutCom => shop.checkout_com.send("POST", path, &[], body),
    }
}

/// Checks that the error says which field it is, and what it looks like, in the vendor's shape.
#[track_caller]
fn is_refused(answer: &Answer, api: Api, field: &str) {
    let said = answer.text();
    let says = match api {
        Api::NeuroPay => format!("Invalid parameter: {field} must not hold what looks like a card number"),
        Api::Neopay | Api::NeroPay => {
            let field = field.replace('_', " ");
            format!("The {field} field must not hold what looks like a card number.")
        }
        // What is read and echoed as well may have a code for each.
        Api::CheckoutCom => format!("[\"{field}_looks_like_card_number\""),
    };
    assert_eq!(answer.status, refusal(api), "{api:?} {field}: {said}");
    assert!(said.contains(&says), "{api:?} {field}: {said}");
    assert!(!said.contains(FOURS[1]), "the error repeats the number: {said}");
}

/// The status of what is refused.
fn refusal(api: Api) -> u16 {
    match api {
        Api::NeuroPay => 400,
        Api::Neopay | Api::NeroPay | Api::CheckoutCom => 422,
    }
}

/// Checks that each place refuses each text: first whether it does, then what it says of it.
#[track_caller]
fn refuse(shop: &Shop, places: &[Place], texts: &[String]) {
    let each = places.iter().flat_map(|place| texts.iter().map(move |text| (place, text)));
    let answers: Vec<_> = each.map(|(place, text)| (place, text, send(shop, place, text))).collect();
    for (Place { api, path, field, .. }, text, answer) in &answers {
        assert_eq!(answer.status, refusal(*api), "{api:?} {path} {field} {text:?}: {}", answer.text());
    }
    for (place, _, answer) in &answers {
        is_refused(answer, place.api, place.field);
    }
}

fn a_card_number_is_refused_in_every_field_that_people_write(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let texts = [FOURS.concat(), FOURS.join("\u{2013}"), format!("\\u0034{}", &FOURS.concat()[1..])];
    refuse(&shop, &places(&shop), &texts);
    // What is kept as it was sent, whatever it is.
    let deep = || json!({ "a": [{ "b": HERE }] });
    let methods = with(checkout(), &[("paymentMethods", json!([deep()]))]);
    let mut echoed = vec![place(Api::NeuroPay, "/checkout/create", methods, "paymentMethods")];
    for field in ["shipping", "items", "recipient", "sender", "billing_descriptor", "processing"] {
        let body = with(payment(1_000, &typed(APPROVED)), &[(field, deep())]);
        echoed.push(place(Api::CheckoutCom, "/payments", body, field));
    }
    refuse(&shop, &echoed, &[FOURS.concat(), FOURS.join("\u{2013}"), FOURS.join("\u{202f}")]);
    // An e-mail address has no spaces.
    let address = format!("{}@example.com", FOURS.join("\u{2011}"));
    let person = json!({ "first_name": "Ada", "last_name": "Lovelace", "email": HERE });
    for (api, path, body) in [
        (Api::NeuroPay, "/checkout/create-customer", person),
        (Api::Neopay, "/customers", json!({ "email": HERE })),
        (Api::NeroPay, "/customers", json!({ "name": "Ada", "email": HERE })),
        (Api::CheckoutCom, "/customers", json!({ "email": HERE })),
        (Api::CheckoutCom, "/instruments", with(card(APPROVED), &[("customer", json!({ "email": HERE }))])),
    ] {
        is_refused(&send(&shop, &place(api, path, body, "email"), &address), api, "email");
    }
}

fn a_card_number_is_refused_however_it_is_spelled(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let escaped: String = FOURS.concat().bytes().map(|digit| format!("\\u{digit:04x}")).collect();
    let wide = |digit: u8| char::from_u32(0xff10 + u32::from(digit - b'0')).expect("a digit");
    let mut texts = vec![escaped, FOURS.concat().bytes().map(wide).collect()];
    for separator in [
        " ",
        "-",
        "\u{a0}",
        "\u{2007}",
        "\u{2009}",
        "\u{202f}",
        "\u{3000}",
        "\u{2010}",
        "\u{2011}",
        "\u{2012}",
        "\u{2013}",
        "\u{2014}",
        "\u{2015}",
        "\u{2212}",
        "\u{fe63}",
        "\u{ff0d}",
        "\u{ad}",
        "\u{200b}",
        "\u{200d}",
        "\u{2060}",
        "\u{feff}",
        "\\t",
        "\\n",
        "\\r\\n",
        "\\u2013",
        "&nbsp",
        "&MediumSpace;",
        "&#0000000045;",
        "%2D",
        "+",
        "\\\\x2d",
        "\\\\u{2d}",
        "&amp;#45;",
    ] {
        texts.push(FOURS.join(separator));
        texts.push(FOURS.concat().chars().map(|digit| format!("{digit}{separator}")).collect());
    }
    let address = json!({ "email": "a@b", "street": HERE });
    let metadata = with(checkout(), &[("metaData", json!({ "a": HERE }))]);
    let holder = with(card(APPROVED), &[("name", json!(HERE))]);
    let places = [
        place(Api::NeuroPay, "/checkout/create", metadata, "metaData"),
        place(Api::Neopay, "/customers", address, "street"),
        place(Api::NeroPay, "/customers", json!({ "name": HERE }), "name"),
        place(Api::CheckoutCom, "/instruments", holder, "name"),
    ];
    refuse(&shop, &places, &texts);
}

fn a_card_number_in_two_fields_is_refused(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let (first, second) = ("4539 5787", "6362 1486");
    let together = "must not make what looks like a card number together with";
    let person = json!({ "first_name": first, "last_name": second, "email": "ada@example.com" });
    let answer = shop.neuro_pay.post("/checkout/create-customer", &person).expect(400);
    assert!(answer.text().contains(&format!("last_name {together} first_name")), "{}", answer.text());

    let is_told = |answer: &Answer| {
        let said = format!("The house number field {together} the street.");
        assert!(answer.status == 422 && answer.text().contains(&said), "{}", answer.text());
    };
    let street = json!({ "email": "ada@example.com", "street": first, "house_number": second });
    is_told(&shop.neopay.send("POST", "/customers", &street));
    let ids = shop.make(Api::Neopay, &json!({ "email": "ada@example.com", "street": first }));
    is_told(&shop.neopay.update(&ids.uuid, &json!({ "house_number": second })));
    shop.neopay.change(&ids.uuid, &json!({ "street": "", "house_number": second }));
    is_told(&shop.neopay.update(&ids.uuid, &json!({ "street": first })));

    let holder =
        |name: &str, value: Value| with(card(APPROVED), &[("account_holder", json!({ name: value }))]);
    let lines = json!({ "address_line1": first, "address_line2": second });
    let refused = |answer: Answer, field| is_refused(&answer, Api::CheckoutCom, field);
    let save = |body: &Value| shop.checkout_com.post_instrument(body);
    refused(save(&holder("billing_address", lines.clone())), "address_line2");
    let names = json!({ "first_name": first, "last_name": second });
    refused(save(&with(card(APPROVED), &[("account_holder", names)])), "last_name");
    let made = save(&holder("first_name", json!(first))).expect(201).json();
    let id = made["id"].as_str().expect("an id");
    let last = json!({ "account_holder": { "last_name": second } });
    refused(shop.checkout_com.patch_instrument(id, &last), "last_name");
    for (field, value) in [
        ("shipping", json!({ "address": lines })),
        ("items", json!([{ "sold_to": { "first_name": first, "last_name": second } }])),
        // As numbers, of which an answer shows the digits as well.
        ("shipping", json!({ "first_name": 45_395_787, "last_name": 63_621_486 })),
        ("shipping", json!({ "address": { "address_line1": 45_395_787, "address_line2": "63621486" } })),
        ("items", json!([{ "a": [{ "first_name": "45395787", "last_name": 6.362_148_6e7 }] }])),
    ] {
        let body = with(payment(1_000, &typed(APPROVED)), &[(field, value)]);
        refused(shop.checkout_com.post_payment(&body), field);
    }
    let source = with(typed(APPROVED), &[("billing_address", lines)]);
    refused(shop.checkout_com.post_payment(&payment(1_000, &source)), "address_line2");
}

fn what_only_looks_like_a_card_number_is_taken(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let uuid = "cc68e52d-d6a3-4644-a9ec-588302602812";
    let texts = [
        uuid,
        "50944450-1191-4D27-8D07-3D9DB2BC3278",
        "6304 0000 0000 0000",
        "D01-3050123-4567890",
        "4222 2222 2222 2",
        "44752307 65317541",
        "4000 3500 3000 2500",
        "+44 20 7946 0000, +46 70 123 45 67",
        "SE47 7060 5826 0767 5663 5463",
    ];
    for place in places(&shop) {
        // A postcode is short, and what is captured once is captured.
        if place.field == "postcode" || place.path.ends_with("/captures") || place.path.ends_with("/refund") {
            continue;
        }
        let text = texts[place.path.len() % texts.len()];
        // Each customer of these has an address of its own.
        let mut place = place;
        if place.body.get("email").is_some() {
            place.body["email"] =
                json!(format!("{}.{}.{:?}@example.com", place.field, place.path.len(), place.api));
        }
        let answer = send(&shop, &place, text);
        assert!(answer.status < 300, "{:?} {} {}: {}", place.api, place.path, place.field, answer.text());
    }
    for text in texts {
        shop.neuro_pay.create_with(&[("message", json!(text)), ("metaData", json!({ text: text }))]);
    }
    let address = "50944450-1191-4d27-8d07-3d9db2bc3278@checkout.com";
    let ids = shop.make(Api::CheckoutCom, &json!({ "email": address, "name": uuid }));
    assert_eq!(shop.read(Api::CheckoutCom, &ids)["email"], address);
}
