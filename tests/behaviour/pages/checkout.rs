//! The hosted page as plain HTTP: what it shows and to whom.

use kassa_tests::drivers::buyer::{APPROVED, Buyer, DECLINED};
use kassa_tests::drivers::neuro_pay::{Client, STATUSES};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, on_each_engine, on_one_engine};
use serde_json::json;

on_each_engine!(
    the_page_shows_what_is_to_pay_and_hides_ids,
    a_made_up_or_altered_link_is_a_page_that_names_nobody,
    what_merchants_write_is_text_and_not_markup,
    every_status_has_its_page,
    the_result_leaves_for_the_shop_by_itself,
    the_way_back_carries_the_checkout,
    a_decline_says_so_and_offers_another_try,
    a_card_pays_however_its_fields_are_typed,
    a_deleted_checkout_has_no_page,
);
on_one_engine!(
    a_normal_page_refuses_frames_and_an_iframe_page_takes_them,
    every_page_carries_the_security_headers,
    another_method_is_405,
);

#[track_caller]
fn policy(page: &Answer) -> &str {
    page.header("content-security-policy").expect("a policy")
}

fn the_page_shows_what_is_to_pay_and_hides_ids(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let customer = shop.create_customer();
    let id = customer["customer_id"].as_str().expect("an id");
    let checkout = shop.create_with(&[("customer_id", json!(id))]);
    assert!(!checkout.page.contains(&checkout.id));
    let page = checkout.buyer().open().expect(200);
    let text = page.text();
    for shown in ["Winter boots", "SEK\u{a0}249.00", merchant.name.as_str(), "shop.example"] {
        assert!(text.contains(shown), "{shown} is not on the page");
    }
    for hidden in [id, checkout.id.as_str(), shop.key(), "Lovelace", "ada@example.com"] {
        assert!(!text.contains(hidden), "{hidden} is on the page");
    }
    // Each opening has a form of its own.
    assert_ne!(checkout.buyer().form(), checkout.buyer().form());
}

fn a_made_up_or_altered_link_is_a_page_that_names_nobody(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let (checkout, other) = (shop.create(), shop.create());
    let link = checkout.page.rsplit('/').next().expect("a link").to_owned();
    let theirs = other.page.rsplit('/').next().expect("a link").to_owned();
    let client_page = shop.create_customer()["client_page"].as_str().expect("a link").to_owned();
    let altered = |place: usize| {
        let letter = if &link[place..=place] == "A" { "B" } else { "A" };
        format!("{}{letter}{}", &link[..place], &link[place + 1..])
    };
    let half = link.len() / 2;
    let mut links: Vec<String> = (0..link.len()).map(altered).collect();
    links.extend([
        format!("{}{}", &link[..half], &theirs[half..]),
        format!("{link}A"),
        link[..link.len() - 1].to_owned(),
        checkout.id.clone(),
        client_page.rsplit('/').next().expect("a link").to_owned(),
        "x".to_owned(),
        "%00".to_owned(),
        "x".repeat(5_000),
    ]);
    let agent = kassa.agent();
    for link in &links {
        let buyer = Buyer::new(&agent, format!("{}/c/{link}", kassa.url()));
        for answer in [buyer.open(), buyer.post("form=x"), buyer.post_cancel()] {
            assert_eq!(answer.status, 404, "{link}");
            assert!(!answer.text().contains(&merchant.name), "{link}");
        }
    }
    assert_eq!(checkout.now()["status"], "created");
    kassa.get("/c").expect(404);
    kassa.get("/c/").expect(404);
    kassa.is_healthy();
}

fn what_merchants_write_is_text_and_not_markup(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let message = "<script>alert(1)</script> \"'&amp; {{ 191*7 }}";
    let fields = [
        ("message", json!(message)),
        ("returnUrl", json!("https://shop.example/\"><script>x</script>?a='b'&c=<d>")),
        ("identifier", json!("<b>INV</b>")),
    ];
    let checkout = shop.create_with(&fields);
    for pays in [false, true] {
        if pays {
            checkout.buyer().pay(APPROVED);
        }
        let page = checkout.buyer().open().expect(200);
        let text = page.text();
        for markup in ["<script>alert", "\"><script>", "<b>INV", " 1337"] {
            assert!(!text.contains(markup), "{markup} is in the page");
        }
    }
}

fn every_status_has_its_page(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for status in STATUSES {
        let checkout = shop.in_status(&kassa, status);
        let page = checkout.buyer().open().expect(200);
        let text = page.text();
        let heading = match status {
            "created" => "Pay by card",
            "failed" => "Payment declined",
            "reserved" => "Payment reserved",
            "paid" => "Payment complete",
            "partialRefund" => "Partly refunded",
            "refunded" => "Payment refunded",
            "reserve released" => "Reservation released",
            "canceled" => "Payment canceled",
            _ => "This payment page is closed",
        };
        assert!(text.contains(heading), "{status}: {heading} is not in {text}");
        assert_eq!(text.contains("name=\"form\""), matches!(status, "created" | "failed"), "{status}");
        let is_over = !matches!(status, "created" | "failed");
        assert_eq!(
            text.contains("href=\"https://shop.example/"),
            is_over,
            "{status}: the page leads to the shop"
        );
        assert!(!text.contains(APPROVED), "{status}");
        // The receipt alone names the payment.
        assert_eq!(text.contains(&checkout.id), text.contains("Payment number"), "{status}");
        assert!(is_over || !text.contains("Payment number"), "{status}");
    }
    // What the shop calls it is the reference, as in the lists of the command line.
    let named = shop.create_with(&[("identifier", json!("INV-8"))]);
    named.buyer().pay(APPROVED);
    let page = named.buyer().open().expect(200);
    assert!(page.text().contains("<dt>Reference</dt><dd class=\"code\">INV-8</dd>"), "{}", page.text());
    assert!(!page.text().contains("Payment number") && !page.text().contains(&named.id), "{}", page.text());
}

fn the_result_leaves_for_the_shop_by_itself(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (status, address) in [
        ("paid", Some("https://shop.example/thanks")),
        ("reserved", Some("https://shop.example/thanks")),
        ("canceled", Some("https://shop.example/cart")),
        ("revoked", None),
        ("refunded", None),
        ("created", None),
        ("failed", None),
    ] {
        let page = shop.in_status(&kassa, status).buyer().open().expect(200);
        let expected = address.map(|address| format!("4; url={address}"));
        assert_eq!(page.header("refresh"), expected.as_deref(), "{status}");
    }
    // Exactly the address that the merchant gave, in letters that a header can hold.
    let odd = "https://shop.example/å?order=1&a=%2F#end";
    let checkout = shop.create_with(&[("returnUrl", json!(odd))]);
    checkout.buyer().pay(APPROVED);
    let page = checkout.buyer().open();
    assert_eq!(page.header("refresh"), Some("4; url=https://shop.example/%C3%A5?order=1&a=%2F#end"));
}

fn the_way_back_carries_the_checkout(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let address =
        |id: &str, end: &str| format!("https://shop.example/{id}/{end}?checkout={id}&a=b#{{CHECKOUT_ID}}");
    let fields = [
        ("returnUrl", json!(address("{CHECKOUT_ID}", "thanks"))),
        ("returnUrlCancel", json!(address("{CHECKOUT_ID}", "cart"))),
    ];
    for (pays, end) in [(true, "thanks"), (false, "cart")] {
        let checkout = shop.create_with(&fields);
        if pays {
            checkout.buyer().pay(APPROVED)
        } else {
            checkout.buyer().cancel()
        };
        let page = checkout.buyer().open().expect(200);
        let filled_in = address(&checkout.id, end);
        assert_eq!(page.header("refresh"), Some(format!("4; url={filled_in}").as_str()));
        assert!(page.text().contains(&filled_in.replace('&', "&#38;")), "{}", page.text());
        // The API tells what it was told.
        assert_eq!(checkout.now()["returnUrl"], fields[0].1);
    }
}

fn a_normal_page_refuses_frames_and_an_iframe_page_takes_them(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let normal = shop.create().buyer().open().expect(200);
    assert!(policy(&normal).ends_with("frame-ancestors 'none'"));
    assert_eq!(normal.header("x-frame-options"), Some("DENY"));
    let framed = shop.create_with(&[("template", json!("iframe"))]);
    for pays in [false, true] {
        if pays {
            framed.buyer().pay(APPROVED);
        }
        let page = framed.buyer().open().expect(200);
        assert!(policy(&page).ends_with("frame-ancestors *"), "{}", policy(&page));
        assert_eq!(page.header("x-frame-options"), None);
        // The header would turn the frame alone; a link takes the top window instead.
        assert_eq!(page.header("refresh"), None);
        assert_eq!(page.text().contains("target=\"_top\""), pays);
    }
}

fn a_decline_says_so_and_offers_another_try(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (number, words) in [
        (DECLINED, "did not accept this card"),
        ("4000000000009995", "not enough money"),
        ("4000000000000069", "expired"),
        ("4000000000000127", "security code was not right"),
        ("4000000000000119", "try again"),
    ] {
        let checkout = shop.create();
        checkout.buyer().pay(number);
        let page = checkout.buyer().open().expect(200);
        let text = page.text();
        assert!(
            text.contains("Payment declined") && text.contains(words),
            "{number}: {words} is not in {text}"
        );
        assert!(text.contains("No money has been taken") && text.contains("name=\"form\""), "{number}");
        assert!(!text.contains(&format!("value=\"{number}")), "the number is in the page");
    }
}

fn every_page_carries_the_security_headers(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    let form = checkout.buyer().form();
    let pages = [
        checkout.buyer().open(),
        checkout.buyer().post("form=x"),
        checkout.buyer().post(&format!("form={form}&number=1")),
        checkout.buyer().pay(APPROVED),
        checkout.buyer().open(),
        kassa.get("/c/x"),
        kassa.get("/nothing"),
    ];
    for page in &pages {
        assert!(policy(page).starts_with("default-src 'none';"), "{}", page.status);
        assert!(!policy(page).contains("unsafe"), "{}", policy(page));
        assert_eq!(page.header("cache-control"), Some("no-store"), "{}", page.status);
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{}", page.status);
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{}", page.status);
        assert_eq!(page.header("set-cookie"), None);
    }
}

fn another_method_is_405(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    for (method, address) in [
        ("DELETE", checkout.page.clone()),
        ("PUT", checkout.page.clone()),
        ("GET", format!("{}/cancel", checkout.page)),
        ("GET", format!("{}/another", checkout.page)),
    ] {
        let request =
            ureq::http::Request::builder().method(method).uri(&address).body(()).expect("a request");
        let answer = kassa_tests::http::send(&kassa.agent(), request).expect("an answer");
        assert_eq!(answer.status, 405, "{method} {address}");
        assert!(answer.header("allow").is_some(), "{method} {address}");
    }
    assert_eq!(checkout.now()["status"], "created");
}

fn a_deleted_checkout_has_no_page(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.create();
    let form = checkout.buyer().form();
    checkout.delete().expect(200);
    checkout.buyer().open().expect(404);
    checkout.buyer().send(&form, APPROVED).expect(404);
    checkout.buyer().post_cancel().expect(404);
}

fn a_card_pays_however_its_fields_are_typed(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    for (number, expiry, code) in [
        // As browsers fill the date in.
        ("4242424242424242", "2099-12", "123"),
        ("4242424242424242", "2099/12", "123"),
        ("4242424242424242", "209912", "123"),
        // Pasted, with what stood around it.
        ("\t4242\u{2009}4242\u{202f}4242\u{a0}4242 ", "\t12\u{2009}/\u{2009}39", "\u{200b}123\t"),
        ("4242–4242–4242–4242\n", "12–39", " 123"),
        // With another keyboard.
        ("４２４２　４２４２　４２４２　４２４２", "１２／３９", "１２３"),
        ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "١٢/٣٩", "١٢٣"),
    ] {
        let checkout = shop.create();
        let buyer = checkout.buyer();
        let fields =
            [("form", buyer.form().as_str()), ("number", number), ("expiry", expiry), ("code", code)]
                .map(|(name, text)| format!("{name}={}", encoded(text)));
        buyer.post(&fields.join("&")).expect(303);
        assert_eq!(checkout.now()["status"], "paid", "{number} {expiry} {code}");
    }
}

/// As a browser sends a text.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
