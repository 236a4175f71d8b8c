//! What requests say and nothing acts on: it is looked at, and shown as it was sent.

use kassa_tests::drivers::buyer::{APPROVED, DECLINED};
use kassa_tests::drivers::checkout_com::{Client, is_invalid};
use kassa_tests::drivers::checkout_com_cards::card;
use kassa_tests::drivers::checkout_com_payments::{id_of, payment, typed};
use kassa_tests::drivers::neuro_pay::with;
use kassa_tests::drivers::shop::Shop;
use kassa_tests::{Engine, SETTLED, Server, eventually, on_each_engine, on_one_engine};
use serde_json::{Value, json};

use super::hosted_payments::{LINK, PAGE, link, page, post};

on_each_engine!(
    a_payment_shows_what_was_sent_with_it,
    a_capture_and_a_refund_show_what_was_sent_with_them,
    what_operations_say_of_people_goes_with_the_customer,
    what_operations_say_has_an_end,
    what_is_kept_holds_nothing_secret_of_a_card,
    a_page_and_a_link_show_what_was_sent_with_them,
    an_instrument_shows_its_holder_whole,
    a_customers_tax_number_is_the_records,
    a_network_token_pays_and_is_not_kept,
);
on_one_engine!(
    what_is_only_shown_is_looked_at,
    what_a_page_only_shows_is_looked_at,
    names_within_what_is_shown_are_told,
    a_wallets_data_is_looked_at,
);

const WARNING: &str = "Kassa-Warning";

fn order() -> Value {
    json!({
        "merchant_initiated": true, "authorization_type": "Final", "previous_payment_id": "488341541494658",
        "billing_descriptor": { "name": "SUPERHEROES.COM", "city": "GOTHAM" },
        "shipping": {
            "address": { "address_line1": "10 Main St", "city": "London", "zip": "W1T 4TJ", "country": "GB" },
            "phone": { "country_code": "+1", "number": "415 555 2671" }, "from_address_zip": "10014",
        },
        "processing_channel_id": "pc_q4dbxom5jbgudnjzjpz7j2z6uq", "payment_ip": "90.197.169.245",
        "recipient": { "dob": "1985-05-15", "account_number": "5555554444", "zip": "W1T", "last_name": "Jones" },
        "sender": { "type": "corporate", "company_name": "Wayne", "address": { "country": "US" } },
        "marketplace": { "sub_entity_id": "ent_w4jelhppmfiufdnatam37wrfc4" },
        "items": [{ "name": "Batterang", "quantity": "2", "unit_price": 50, "reference": "858818ac" }],
        "amount_allocations": [{
            "id": "ent_w4jelhppmfiufdnatam37wrfc4", "amount": 100,
            "commission": { "amount": 10, "percentage": 1.125 },
        }],
        "partial_authorization": { "enabled": true }, "expire_on": "2031-01-01T09:15:30Z",
        "segment": { "brand": "Acme", "business_category": "toys", "market": "UK" },
        "authentication": { "preferred_experiences": ["google_spa"] },
        "retry": { "enabled": true, "dunning": { "enabled": true, "max_attempts": 3, "end_after_days": 9 } },
        "instruction": { "purpose": "family_support", "scheme": "local" },
        "payment_plan": { "amount_variability": "Fixed", "days_between_payments": 28, "expiry": "20301231" },
        "routing": { "attempts": [{ "scheme": "visa" }] }, "subscription": { "id": "sub_1" },
    })
}

fn fields(of: &Value) -> Vec<(&str, Value)> {
    let of = of.as_object().expect("an object");
    of.iter().map(|(name, value)| (name.as_str(), value.clone())).collect()
}

fn a_payment_shows_what_was_sent_with_it(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let order = order();
    let holder = json!({ "type": "individual", "first_name": "Bruce", "email": "bruce@example.com" });
    let source = with(typed(APPROVED), &[("stored", json!(true)), ("account_holder", holder.clone())]);
    let customer = json!({
        "email": "bruce@example.com", "name": "Bruce", "phone": { "country_code": "+1", "number": "415 555 2671" },
        "tax_number": "1350693505279", "summary": { "is_premium_customer": true, "total_order_count": 7 },
    });
    let processing = json!({ "aft": true, "tax_amount": 12.5, "order_id": "123456789" });
    let mut said = fields(&order);
    said.extend([("customer", customer.clone()), ("processing", processing.clone())]);
    let made = shop.pay(&with(payment(1_000, &source), &said));
    assert!(made["items"].is_null() && made["source"]["stored"].is_null(), "{made}");
    assert!(made["customer"]["phone"].is_null() && made["processing"]["aft"].is_null(), "{made}");
    let read = shop.payment(&id_of(&made)).ok();
    for (name, value) in fields(&order) {
        assert_eq!(read[name], value, "{name}");
    }
    assert_eq!((&read["source"]["stored"], &read["source"]["account_holder"]), (&json!(true), &holder));
    for name in ["phone", "tax_number", "summary"] {
        assert_eq!(read["customer"][name], customer[name], "{name}");
    }
    let shown = &read["processing"];
    for name in ["aft", "tax_amount", "order_id"] {
        assert_eq!(shown[name], processing[name], "{name}");
    }
    assert!(shown["retrieval_reference_number"].is_string() && read["risk"]["flagged"] == false);
    // A declined one has nothing of its own to tell of that.
    let declined = shop.pay(&with(payment(1_000, &typed(DECLINED)), &[("processing", processing.clone())]));
    assert_eq!(shop.payment(&id_of(&declined)).ok()["processing"], processing);
    // The card's own holder is another one.
    let address = json!({ "city": "Gotham", "country": "US" });
    let phone = json!({ "country_code": "+44", "number": "207 946 0000" });
    let saved =
        json!({ "type": "id", "id": made["source"]["id"], "billing_address": address, "phone": phone });
    let again = shop.pay(&payment(500, &saved));
    let read = shop.payment(&id_of(&again)).ok();
    assert_eq!((&read["source"]["billing_address"], &read["source"]["phone"]), (&address, &phone));
    let plain = shop.pay(&payment(500, &json!({ "type": "id", "id": made["source"]["id"] })));
    assert!(shop.payment(&id_of(&plain)).ok()["source"]["billing_address"].is_null());
}

fn of_capture() -> Value {
    json!({
        "customer": { "email": "selina@example.com", "name": "Selina", "tax_number": "1350693505279" },
        "description": "Set of 3 masks", "billing_descriptor": { "name": "SUPERHEROES.COM", "city": "GOTHAM" },
        "shipping": { "address": { "city": "London" } }, "items": [{ "name": "Mask", "quantity": 3 }],
        "marketplace": { "sub_entities": [{ "id": "ent_1", "amount": 5, "reference": "R" }] },
        "amount_allocations": [{ "id": "ent_1", "amount": 5 }],
    })
}

fn a_capture_and_a_refund_show_what_was_sent_with_them(engine: Engine) {
    let kassa = Server::shared(engine);
    let Shop { neuro_pay, checkout_com: shop, .. } = Shop::fresh(&kassa);
    let id = shop.reserve(1_000);
    let said = with(of_capture(), &[("processing", json!({ "shipping_delay": 2, "tax_amount": "7.5" }))]);
    let warned = shop.operate(&id, "captures", &said).expect(202);
    assert!(warned.header(WARNING).unwrap_or_default().starts_with("only kept and shown: "));
    let captured = shop.actions(&id)[0].clone();
    for (name, value) in fields(&of_capture()) {
        assert_eq!(captured[name], value, "{name}");
    }
    let processing = &captured["processing"];
    assert_eq!((&processing["shipping_delay"], &processing["tax_amount"]), (&json!(2), &json!("7.5")));
    assert!(processing["acquirer_transaction_id"].is_string());
    let said = json!({
        "amount_allocations": [{ "id": "ent_1", "amount": 5 }], "capture_action_id": captured["id"],
        "destination": { "iban": "HU93116000060000000012345676", "bank": { "name": "Wayne" } },
        "items": [{ "name": "Mask", "quantity": 1 }],
    });
    shop.operate(&id, "refunds", &said).expect(202);
    let refunded = shop.actions(&id)[0].clone();
    for (name, value) in fields(&said) {
        assert_eq!(refunded[name], value, "{name}");
    }
    // No other API reads it.
    let hex = shop_hex(&id);
    let read = neuro_pay.post("/checkout/retrieve", &json!({ "checkout_id": hex })).expect(200);
    assert!(!read.text().contains("Mask") && !read.text().contains("ent_1"), "{}", read.text());
}

/// The id as Neuro-Pay writes it.
fn shop_hex(id: &str) -> String {
    let bits: Vec<bool> = id["pay_".len()..]
        .bytes()
        .map(|letter| if letter.is_ascii_lowercase() { letter - b'a' } else { letter - b'2' + 26 })
        .flat_map(|five| (0..5).rev().map(move |bit| five >> bit & 1 == 1))
        .collect();
    let digit = |four: &[bool]| four.iter().fold(0, |sum, bit| 2 * sum + u32::from(*bit));
    bits[..128].chunks(4).filter_map(|four| char::from_digit(digit(four), 16)).collect()
}

fn what_operations_say_of_people_goes_with_the_customer(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let body = with(
        payment(1_000, &typed(APPROVED)),
        &[("capture", json!(false)), ("customer", json!({ "email": "selina@example.com" }))],
    );
    let made = shop.pay(&body);
    let id = id_of(&made);
    let kyle = json!({ "customer": { "name": "Selina Kyle" }, "amount": 400, "capture_type": "NonFinal" });
    shop.operate(&id, "captures", &with(of_capture(), &fields(&kyle))).expect(202);
    assert!(shop.actions(&id)[0].to_string().contains("Selina Kyle"));
    shop.delete(made["customer"]["id"].as_str().expect("an id")).expect(204);
    assert!(!format!("{:?}", shop.actions(&id)).contains("Selina"), "{:?}", shop.actions(&id));
    eventually(SETTLED, "the operations forget", || {
        let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("Selina Kyle");
        kassa.cells().iter().all(|cell| !holds(&cell.bytes)).then_some(())
    });
    // The payment has forgotten who paid: nobody would erase what is said of people from now on.
    let late =
        json!({ "customer": { "name": "Late Selina Kyle" }, "amount": 100, "capture_type": "NonFinal" });
    shop.operate(&id, "captures", &with(of_capture(), &fields(&late))).expect(202);
    assert!(!format!("{:?}", shop.actions(&id)).contains("Selina"), "{:?}", shop.actions(&id));
}

fn what_is_kept_holds_nothing_secret_of_a_card(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.create(&json!({ "email": "ada@example.com" }));
    let by_id = |field: &str, value: &Value| json!({ "id": ada, field: value });
    let by_email = |field: &str, value: &Value| json!({ "email": "bob@example.com", field: value });
    let number = "4539578763621486";
    let phone = json!({ "country_code": "1", "number": "4155552671", "note": number });
    for named in [&by_id as &dyn Fn(&str, &Value) -> Value, &by_email] {
        for (field, value) in [
            ("tax_number", json!({ "number": number })),
            ("tax_number", json!([number])),
            ("phone", json!([number])),
            ("phone", json!(number)),
            ("phone", phone.clone()),
        ] {
            let body = with(payment(1_000, &typed(APPROVED)), &[("customer", named(field, &value))]);
            let refused = shop.post_payment(&body);
            refused.expect(422);
        }
    }
    let token = json!({ "type": "id", "id": card_of(&shop, &ada), "phone": phone });
    shop.post_payment(&payment(1_000, &token)).expect(422);
    let codes = json!({ "purpose": "x", "cvv": "123", "more": [{ "Security_Code": "123", "a": 1 }] });
    let made = shop.pay(&with(payment(1_000, &typed(APPROVED)), &[("instruction", codes)]));
    let read = shop.payment(&id_of(&made)).expect(200).json();
    assert_eq!(read["instruction"], json!({ "purpose": "x", "more": [{ "a": 1 }] }));
}

/// A card that the customer has.
fn card_of(shop: &Client, customer: &str) -> String {
    let body = with(card(APPROVED), &[("customer", json!({ "id": customer }))]);
    id_of(&shop.post_instrument(&body).expect(201).json())
}

fn what_operations_say_has_an_end(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.reserve(1_000);
    let part = json!({
        "amount": 1, "capture_type": "NonFinal", "items": [{ "name": "x", "sku": "s".repeat(30_000) }],
    });
    shop.operate(&id, "captures", &part).expect(202);
    shop.operate(&id, "captures", &part).expect(202);
    is_invalid(&shop.operate(&id, "captures", &part), &["parameter_invalid"]);
    shop.operate(&id, "captures", &json!({})).expect(202);
}

fn a_page_and_a_link_show_what_was_sent_with_them(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let said = json!({
        "amount_allocations": [{ "id": "ent_1", "amount": 5 }],
        "processing_channel_id": "pc_q4dbxom5jbgudnjzjpz7j2z6uq", "locale": "sv-SE",
        "shipping": { "address": { "country": "GB" }, "phone": { "number": "415 555 2671" } },
        "products": [{ "name": "Gold Necklace", "quantity": 1, "price": 1_000 }],
        "billing_descriptor": { "name": "SUPERHEROES.COM", "city": "GOTHAM" }, "payment_ip": "::1",
        "risk": { "enabled": true }, "processing": { "aft": false }, "allow_payment_methods": ["card"],
        "recipient": { "first_name": "Bruce" }, "customer_retry": { "max_attempts": 3 },
    });
    for (path, body) in [(PAGE, page()), (LINK, link())] {
        let made = post(&shop, path, &with(body, &fields(&said))).expect(201).json();
        let read = shop.read(&format!("{path}/{}", id_of(&made))).ok();
        for (name, value) in fields(&said) {
            assert_eq!(read[name], value, "{path} {name}");
        }
    }
}

fn an_instrument_shows_its_holder_whole(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let holder = json!({
        "type": "corporate", "first_name": "Bruce", "last_name": "Wayne", "company_name": "Wayne Enterprises",
        "email": "bruce@example.com", "date_of_birth": "1985-05-15",
    });
    let made = shop.post_instrument(&with(card(APPROVED), &[("account_holder", holder.clone())]));
    let id = id_of(&made.expect(201).json());
    let of = |name: &str| shop.instrument(&id).ok()["account_holder"][name].clone();
    for (name, value) in fields(&holder) {
        assert_eq!(of(name), value, "{name}");
    }
    let change = json!({ "account_holder": { "email": "batman@example.com" } });
    shop.patch_instrument(&id, &change).expect(200);
    assert_eq!(
        (of("email"), of("type"), of("last_name")),
        (json!("batman@example.com"), json!("corporate"), json!("Wayne"))
    );
    for (name, wrong) in
        [("type", json!("robot")), ("email", json!("no address")), ("date_of_birth", json!("15 May 1985"))]
    {
        let holder = json!({ "account_holder": { name: wrong } });
        is_invalid(&shop.patch_instrument(&id, &holder), &["card_holder_invalid"]);
    }
}

fn a_customers_tax_number_is_the_records(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Shop::fresh(&kassa);
    let cc = &shop.checkout_com;
    let id = cc.create(&json!({ "email": "ada@example.com", "tax_number": "1350693505279" }));
    let read = || cc.get(&id).ok()["tax_number"].clone();
    assert_eq!(read(), "1350693505279");
    let found = shop.neopay.get("/customers?email=ada%40example.com").ok();
    assert!(found.to_string().contains("1350693505279"), "{found}");
    cc.patch(&id, &json!({ "name": "Ada" })).expect(204);
    assert_eq!(read(), "1350693505279");
    cc.patch(&id, &json!({ "tax_number": null })).expect(204);
    assert_eq!(read(), Value::Null);
    is_invalid(&cc.patch(&id, &json!({ "tax_number": 7 })), &["tax_number_invalid"]);
    let new = json!({ "email": "eva@example.com", "tax_number": "SE556" });
    cc.pay(&with(payment(1_000, &typed(APPROVED)), &[("customer", new)]));
    assert_eq!(cc.get("eva@example.com").ok()["tax_number"], "SE556");
}

fn a_network_token_pays_and_is_not_kept(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let source = json!({
        "type": "network_token", "token": "4543474002249996", "expiry_month": 6, "expiry_year": 2099,
        "token_type": "applepay", "cryptogram": "hv8mUFzPzRZoCAAAAAEQBDMAAAA=", "eci": "05", "name": "Bruce Wayne",
    });
    let customer = json!({ "email": "bruce@example.com" });
    let made = shop.pay(&with(payment(1_000, &source), &[("customer", customer)]));
    let shown = (&made["approved"], &made["eci"], &made["source"]["type"], &made["source"]["last4"]);
    assert_eq!(shown, (&json!(true), &json!("05"), &json!("card"), &json!("9996")));
    let read = shop.payment(&id_of(&made)).ok();
    assert_eq!((&read["eci"], &read["source"]["card_wallet_type"]), (&json!("05"), &json!("applepay")));
    assert_eq!((&read["source"]["id"], &read["source"]["name"]), (&Value::Null, &json!("Bruce Wayne")));
    assert!(read["source"]["eci"].is_null() && !read.to_string().contains("hv8mUFz"), "{read}");
    assert_eq!(shop.wallet("bruce@example.com"), (vec![], None));
    let bare = |token_type: &str| {
        json!({
            "type": "network_token", "token": DECLINED, "expiry_month": 6, "expiry_year": 2099,
            "token_type": token_type,
        })
    };
    let declined = shop.pay(&payment(1_000, &bare("vts")));
    assert_eq!((&declined["approved"], &declined["response_code"]), (&json!(false), &json!("20005")));
    assert!(shop.payment(&id_of(&declined)).ok()["source"]["card_wallet_type"].is_null());
    for (source, code) in [
        (bare("paypal"), "token_type_invalid"),
        (with(source.clone(), &[("token", json!("4242424242424241"))]), "source_token_invalid"),
        (with(source.clone(), &[("eci", json!("005"))]), "eci_invalid"),
        (with(source.clone(), &[("cryptogram", json!("c".repeat(51)))]), "cryptogram_invalid"),
        (with(source.clone(), &[("expiry_month", json!(13))]), "card_expiry_month_invalid"),
    ] {
        is_invalid(&shop.post_payment(&payment(1_000, &source)), &[code]);
    }
    let missing = json!({ "type": "network_token" });
    let missing = shop.post_payment(&payment(1_000, &missing)).expect(422).json();
    let codes = [
        "source_token_required",
        "card_expiry_month_required",
        "card_expiry_year_required",
        "token_type_required",
    ];
    assert_eq!(missing["error_codes"], json!(codes));
}

fn what_is_only_shown_is_looked_at(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let body = payment(1_000, &typed(APPROVED));
    let broken = json!({ "payment_ip": { "a": 1 }, "shipping": "nowhere", "items": 7 });
    let refused = shop.post_payment(&with(body.clone(), &fields(&broken)));
    is_invalid(&refused, &["shipping_invalid", "ip_address_invalid", "items_invalid"]);
    let long = |count: usize| json!("x".repeat(count));
    let address = |field: &str, value: Value| json!({ "address": { field: value } });
    let individual = json!({ "type": "individual", "first_name": "A", "address": {} });
    for (field, value, code) in [
        ("shipping", address("country", json!("Canada")), "address_country_invalid"),
        ("shipping", address("city", long(51)), "city_invalid"),
        ("shipping", address("zip", long(51)), "zip_invalid"),
        ("shipping", address("address_line1", long(201)), "address_invalid"),
        ("shipping", json!({ "phone": { "number": "12345" } }), "phone_number_length_invalid"),
        ("shipping", json!({ "from_address_zip": 7 }), "shipping_from_address_zip_invalid"),
        ("payment_ip", json!("256.1.1.1"), "ip_address_invalid"),
        ("merchant_initiated", json!("yes"), "merchant_initiated_invalid"),
        ("authorization_type", json!("Half"), "authorization_type_invalid"),
        ("processing_channel_id", json!("pc_x"), "processing_channel_id_invalid"),
        ("previous_payment_id", long(101), "previous_payment_id_invalid"),
        ("billing_descriptor", json!({ "name": "X" }), "billing_descriptor_city_required"),
        ("billing_descriptor", json!({ "name": long(26), "city": "X" }), "billing_descriptor_name_invalid"),
        ("billing_descriptor", json!({ "name": "X", "city": long(14) }), "billing_descriptor_city_invalid"),
        ("risk", json!({ "enabled": 2 }), "risk_enabled_invalid"),
        ("recipient", json!({ "dob": "1985-13-01" }), "recipient_dob_invalid"),
        ("recipient", json!({ "account_number": long(35) }), "recipient_account_number_invalid"),
        ("recipient", json!({ "first_name": long(51) }), "recipient_first_name_invalid"),
        ("recipient", json!({ "zip": long(11) }), "recipient_zip_invalid"),
        ("sender", json!({}), "sender_type_required"),
        ("sender", json!({ "type": "robot" }), "sender_type_invalid"),
        ("sender", individual, "sender_last_name_required"),
        ("processing", json!({ "aft": "perhaps" }), "processing_aft_invalid"),
        ("processing", json!({ "tax_amount": -1 }), "processing_tax_amount_invalid"),
        ("processing", json!({ "preferred_scheme": "amex" }), "processing_preferred_scheme_invalid"),
        ("processing", json!({ "locale": "swedish" }), "processing_locale_invalid"),
        ("marketplace", json!({ "sub_entities": [] }), "marketplace_sub_entities_invalid"),
        ("amount_allocations", json!([{ "id": "x" }]), "amount_allocations_amount_required"),
        ("items", json!([{ "name": long(256) }]), "items_name_invalid"),
        ("items", json!([{ "quantity": 0 }]), "items_quantity_invalid"),
        ("items", json!([{}, { "unit_price": -1 }]), "items_unit_price_invalid"),
        ("items", json!([null]), "items_invalid"),
        ("expire_on", json!("soon"), "expire_on_invalid"),
        ("retry", json!({ "dunning": { "max_attempts": "many" } }), "retry_dunning_max_attempts_invalid"),
        ("source", with(typed(APPROVED), &[("stored", json!("maybe"))]), "source_stored_invalid"),
        ("source", with(typed(APPROVED), &[("account_holder", json!(7))]), "card_holder_invalid"),
        ("customer", json!({ "email": "a@example.com", "tax_number": long(14) }), "tax_number_invalid"),
        ("success_url", json!(format!("https://shop.example/{}", "x".repeat(1_004))), "success_url_invalid"),
    ] {
        let answer = shop.post_payment(&with(body.clone(), &[(field, value.clone())]));
        assert_eq!(answer.status, 422, "{field} {value}: {}", answer.text());
        assert_eq!(answer.json()["error_codes"], json!([code]), "{field} {value}");
    }
    let id = shop.reserve(1_000);
    for (folder, field, value, code) in [
        ("captures", "description", long(101), "description_invalid"),
        ("captures", "customer", json!({ "email": 7 }), "customer_email_invalid"),
        ("captures", "items", json!({}), "items_invalid"),
        ("refunds", "destination", json!([]), "destination_invalid"),
    ] {
        is_invalid(&shop.operate(&id, folder, &json!({ field: value })), &[code]);
    }
    assert_eq!(shop.stands(&id).0, "Authorized");
}

fn what_a_page_only_shows_is_looked_at(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let long = |count: usize| json!("x".repeat(count));
    let product = json!({ "name": "Boots", "quantity": 1, "price": 1 });
    let url = |count: usize| json!(format!("https://shop.example/{}", "x".repeat(count)));
    let phone = json!({ "address": { "country": "GB" }, "phone": { "country_code": "+1" } });
    for (field, value, code) in [
        ("products", json!([]), "products_invalid"),
        ("products", json!(vec![product.clone(); 1_001]), "products_invalid"),
        ("products", json!([{ "quantity": 1, "price": 1 }]), "products_name_required"),
        ("products", json!([with(product.clone(), &[("quantity", json!(0))])]), "products_quantity_invalid"),
        ("products", json!([with(product, &[("price", json!(-1))])]), "products_price_invalid"),
        ("locale", json!("tlh"), "locale_invalid"),
        ("shipping", json!({}), "shipping_address_required"),
        ("shipping", json!({ "address": { "city": "London" } }), "address_country_invalid"),
        ("billing", phone, "phone_number_invalid"),
        ("payment_type", json!("Gift"), "payment_type_invalid"),
        ("allow_payment_methods", json!("card"), "allow_payment_methods_invalid"),
        ("description", long(101), "description_invalid"),
        ("risk", json!([]), "risk_invalid"),
        ("sender", json!({ "type": 1 }), "sender_type_invalid"),
    ] {
        for (path, body) in [(PAGE, page()), (LINK, link())] {
            let answer = post(&shop, path, &with(body, &[(field, value.clone())]));
            assert_eq!(answer.status, 422, "{path} {field}: {}", answer.text());
            assert_eq!(answer.json()["error_codes"], json!([code]), "{path} {field}");
        }
    }
    is_invalid(&post(&shop, PAGE, &with(page(), &[("success_url", url(235))])), &["success_url_invalid"]);
    post(&shop, PAGE, &with(page(), &[("success_url", url(234))])).expect(201);
    let life = |seconds: i64| with(link(), &[("expires_in", json!(seconds))]);
    is_invalid(&post(&shop, LINK, &life(1_209_601)), &["expires_in_invalid"]);
    post(&shop, LINK, &life(1_209_600)).expect(201);
}

fn names_within_what_is_shown_are_told(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let body = payment(1_000, &typed(APPROVED));
    let told = |field: &str, value: Value| shop.post_payment(&with(body.clone(), &[(field, value)]));
    let parcel = told("shipping", json!({ "parcel": 1, "address": { "planet": "Earth" } })).expect(201);
    let words = "unknown field: shipping.address.planet, shipping.parcel; only kept and shown: shipping";
    let said = parcel.header(WARNING).unwrap_or_default();
    assert!(said.split(['"', ';', ',']).count() == words.split(['"', ';', ',']).count(), "{said}");
    assert!(said.contains("shipping.parcel") && said.contains("shipping.address.planet"), "{said}");
    for (field, value, code) in [
        ("shipping", json!({ "adress": {} }), "adress_unknown_did_you_mean_address"),
        ("shipping", json!({ "address": { "cuntry": "GB" } }), "cuntry_unknown_did_you_mean_country"),
        ("items", json!([{ "nmae": "Boots" }]), "nmae_unknown_did_you_mean_name"),
        ("processing", json!({ "afft": true }), "afft_unknown_did_you_mean_aft"),
    ] {
        is_invalid(&told(field, value), &[code]);
    }
    let product = json!([{ "name": "Boots", "quantity": 1, "prize": 1, "price": 1 }]);
    post(&shop, PAGE, &with(page(), &[("products", product)])).expect(201);
}

fn a_wallets_data_is_looked_at(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let wallet = |kind: &str, data: Value| shop.tokenize(&json!({ "type": kind, "token_data": data }));
    let apple = json!({
        "version": "EC_v1", "data": "t7GeajLB9skXB6", "signature": "MIAGCSqGSIb3DQ",
        "header": { "ephemeralPublicKey": "MFkw", "publicKeyHash": "tqYV", "transactionId": "3cee" },
    });
    wallet("applepay", apple.clone()).expect(201);
    for (name, wrong) in [
        ("version", json!(1)),
        ("signature", json!({})),
        ("header", json!("x")),
        ("header", json!({ "publicKeyHash": 1 })),
    ] {
        is_invalid(&wallet("applepay", with(apple.clone(), &[(name, wrong)])), &["token_data_invalid"]);
    }
    is_invalid(&wallet("googlepay", json!({ "protocolVersion": 1 })), &["token_data_invalid"]);
}
