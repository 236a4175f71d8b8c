//! The customer page: what it shows and to whom, adding, choosing and removing cards, the download.

use kassa_tests::drivers::buyer::{APPROVED, Buyer, CHALLENGED, DECLINED, DISTINCTIVE_CODE, LOST};
use kassa_tests::drivers::neuro_pay::{Client, Customer, customer, with};
use kassa_tests::http::{Answer, send};
use kassa_tests::{Engine, Server, at_once, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    the_page_lists_the_cards_masked_and_names_nobody,
    a_card_is_added_after_a_check,
    a_card_that_the_bank_refuses_is_not_added,
    typing_errors_stand_beside_their_fields,
    a_card_that_is_there_already_is_updated,
    another_card_is_made_the_default,
    a_card_is_removed_after_a_question,
    when_the_default_goes_the_newest_remaining_card_becomes_it,
    the_download_holds_what_is_stored_and_no_card_number,
    the_link_stays_the_same_and_an_altered_one_is_404,
    the_page_goes_with_its_customer,
    another_customers_card_is_nobodys_here,
    every_page_carries_the_security_headers_and_refuses_frames,
    changes_at_once_leave_one_default_and_no_doubles,
    words_of_the_shop_are_text_and_not_markup,
);

const MASTERCARD: &str = "5555555555554444";
const AMEX: &str = "378282246310005";

/// The last four digits of each card in the API's order, the default marked.
fn marked(customer: &Customer<'_>) -> Vec<String> {
    let cards = customer.cards();
    let text = |card: &Value| card["last4"].as_str().expect("digits").to_owned();
    cards.iter().map(|card| text(card) + if card["default"] == true { "*" } else { "" }).collect()
}

/// The page that a form leads to.
#[track_caller]
fn led_to(buyer: &Buyer<'_>, answer: &Answer, done: &str) -> Answer {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let place = answer.header("location").expect("a redirect");
    let query = place.split_once('?').map_or("", |(_, query)| query);
    assert_eq!(query, format!("done={done}"));
    buyer.below(&format!("?{query}")).open().expect(200)
}

fn the_page_lists_the_cards_masked_and_names_nobody(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let ada = shop.person();
    let page = ada.wallet().open().expect(200);
    assert!(page.text().contains("You have no saved card") && page.text().contains(&merchant.name));
    let ids = [APPROVED, MASTERCARD, AMEX].map(|number| ada.add(number));
    let page = ada.wallet().open().expect(200);
    let text = page.text();
    for shown in [
        "Visa ending in 4242",
        "Mastercard ending in 4444",
        "American Express ending in 0005",
        "Expires 12/99",
    ] {
        assert!(text.contains(shown), "{shown} is not in {text}");
    }
    assert_eq!(text.matches("class=\"badge\"").count(), 1);
    assert!(text.find("badge") < text.find("4444"), "the default stands first");
    for hidden in [
        APPROVED,
        MASTERCARD,
        AMEX,
        "424242",
        "555555",
        "378282",
        &ada.id,
        "Lovelace",
        "ada@example",
        shop.key(),
    ] {
        assert!(!text.contains(hidden), "{hidden} is on the page");
    }
    // Everything that can be done is a form or a link, for there may be no script.
    assert_eq!(text.matches("/remove\"").count(), 3);
    assert_eq!(text.matches("/default\"").count(), 2);
    assert!(ids.iter().all(|id| text.contains(id)) && text.contains("/add\"") && text.contains("/data\""));
}

fn a_card_is_added_after_a_check(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let page = ada.wallet().below("/add").open().expect(200);
    assert!(page.text().contains("Nothing is charged") && page.text().contains("name=\"number\""));
    for (number, words) in
        [(APPROVED, "Your card is saved"), (CHALLENGED, "Your card is saved"), (LOST, "is saved")]
    {
        let answer = ada.wallet().add_card(number, "12/99");
        assert!(led_to(&ada.wallet(), &answer, "added").text().contains(words));
    }
    assert_eq!(marked(&ada), ["4242*", "3220", "0341"]);
    // A check is no payment.
    assert_eq!(ada.payments(), Vec::new());
    // What a page says in its address is one of its own words or nothing.
    let page = ada.wallet().below("?done=%3Cb%3Eeverything").open().expect(200);
    assert!(!page.text().contains("everything") && !page.text().contains("role=\"status\""));
}

fn a_card_that_the_bank_refuses_is_not_added(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    for (number, words) in [
        (DECLINED, "did not accept this card"),
        ("4000000000009995", "not enough money"),
        ("4000000000000069", "expired"),
        ("4000000000000127", "security code was not right"),
        ("4000000000000119", "try again"),
    ] {
        let page = ada.wallet().add_card(number, "11/98").expect(422);
        let text = page.text();
        assert!(
            text.contains("Card not saved") && text.contains(words),
            "{number}: {words} is not in {text}"
        );
        assert!(text.contains("Nothing has been charged") && text.contains("value=\"11/98\""), "{number}");
        assert!(!text.contains("value=\"4000"), "the number is in the page");
    }
    assert_eq!(ada.cards(), Vec::<Value>::new());
}

fn typing_errors_stand_beside_their_fields(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let add = ada.wallet().below("/add");
    let good = [("number", APPROVED), ("expiry", "12/99"), ("code", "123")];
    for (name, value, words) in [
        ("number", "", "Enter your card number"),
        ("number", "4242", "too short"),
        ("number", "4242424242424241", "is not right"),
        ("number", "4242x4242", "only digits"),
        ("expiry", "", "Enter the card’s expiry date"),
        ("expiry", "13/30", "Write the date as MM/YY"),
        ("expiry", "12/20", "has expired"),
        ("code", "", "Enter the security code"),
        ("code", "12", "should have 3 digits"),
        ("code", DISTINCTIVE_CODE, "should have 3 digits"),
    ] {
        let body: Vec<String> = good
            .iter()
            .map(|(known, right)| format!("{known}={}", if *known == name { value } else { right }))
            .collect();
        let page = add.post(&body.join("&")).expect(422);
        let text = page.text();
        assert!(
            text.contains(&format!("id=\"{name}-error\"")) && text.contains(words),
            "{name}={value}: {text}"
        );
        assert_eq!(text.matches("class=\"error\"").count(), 1, "{name}={value}");
        // The test cards below the form are written in groups of four digits.
        assert!(!text.contains(APPROVED), "{name}={value}");
    }
    let page = add.post("").expect(422);
    assert_eq!(page.text().matches("class=\"error\"").count(), 3);
    add.post("number=%ff&expiry=12/99&code=123").expect(422);
    add.post("number=1&number=2").expect(400);
    add.post(&format!("number={}", "4".repeat(70_000))).expect(413);
    assert_eq!(ada.cards(), Vec::<Value>::new());
}

fn a_card_that_is_there_already_is_updated(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    ada.checkout(&[]).buyer().pay_and_save(MASTERCARD, "12/99");
    let card = ada.add(APPROVED);
    let answer = ada.wallet().add_card("4242-4242-4242-4242", "2/95");
    let page = led_to(&ada.wallet(), &answer, "updated");
    assert!(page.text().contains("was saved already") && page.text().contains("Expires 02/95"));
    assert_eq!(marked(&ada), ["4444*", "4242"]);
    let now = &ada.cards()[1];
    assert_eq!(
        (&now["card_id"], &now["exp_month"], &now["exp_year"]),
        (&json!(card), &json!(2), &json!(2095))
    );
}

fn another_card_is_made_the_default(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let [first, second] = [APPROVED, MASTERCARD].map(|number| ada.add(number));
    for (card, expected) in
        [(&second, ["4242", "4444*"]), (&second, ["4242", "4444*"]), (&first, ["4242*", "4444"])]
    {
        let answer = ada.wallet().below(&format!("/cards/{card}/default")).post("");
        assert!(led_to(&ada.wallet(), &answer, "default").text().contains("default card has been changed"));
        assert_eq!(marked(&ada), expected);
        // The next page offers it first.
        let page = ada.checkout(&[]).buyer().open().expect(200);
        assert!(page.text().contains(&format!("value=\"{card}\" checked")));
    }
}

fn a_card_is_removed_after_a_question(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let [first, second] = [APPROVED, MASTERCARD].map(|number| ada.add(number));
    let remove = |card: &str| ada.wallet().below(&format!("/cards/{card}/remove"));
    for (card, words) in
        [(&first, "Mastercard ending in 4444 becomes the default"), (&second, "stay as they are")]
    {
        let page = remove(card).open().expect(200);
        assert!(page.text().contains("Remove ") && page.text().contains(words), "{}", page.text());
        assert_eq!(ada.cards().len(), 2, "a question removes nothing");
    }
    let answer = remove(&second).post("");
    let page = led_to(&ada.wallet(), &answer, "removed");
    assert!(page.text().contains("The card has been removed") && !page.text().contains("4444"));
    assert!(remove(&first).open().text().contains("It is your last saved card"));
    remove(&first).post("").expect(303);
    assert_eq!(ada.cards(), Vec::<Value>::new());
    // Gone everywhere at once; asked for again it is simply gone.
    assert_eq!(ada.charge(&first, &[]).status, 400);
    for again in [remove(&first).open(), remove(&first).post("")] {
        let place = again.expect(303);
        assert!(ada.page.ends_with(place.header("location").expect("a redirect")));
    }
    // The same card added again is a new one.
    assert_ne!(ada.add(APPROVED), first);
}

fn when_the_default_goes_the_newest_remaining_card_becomes_it(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let cards = [APPROVED, MASTERCARD, AMEX, CHALLENGED].map(|number| ada.add(number));
    for (card, left) in
        [(0, &["4444", "0005", "3220*"][..]), (2, &["4444", "3220*"]), (3, &["4444*"]), (1, &[])]
    {
        ada.wallet().below(&format!("/cards/{}/remove", cards[card])).post("").expect(303);
        assert_eq!(marked(&ada), left);
    }
    ada.add(AMEX);
    assert_eq!(marked(&ada), ["0005*"]);
}

fn the_download_holds_what_is_stored_and_no_card_number(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let body = with(customer(), &[("metaData", json!({ "tier": "gold", "since": 1998 }))]);
    let made = shop.post("/checkout/create-customer", &body).ok();
    let page = made["client_page"].as_str().expect("a link").to_owned();
    let wallet = Buyer::new(shop.agent(), page);
    wallet.add_card(APPROVED, "12/99").expect(303);
    let id = made["customer_id"].clone();
    let fields = [("customer_id", id), ("identifier", json!("INV-7")), ("metaData", json!({ "cart": "A9" }))];
    let checkout = shop.create_with(&fields);
    checkout.buyer().pay(MASTERCARD);
    let answer = wallet.below("/data").open().expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let disposition = answer.header("content-disposition").expect("it is for saving");
    assert!(disposition.starts_with("attachment"), "{disposition}");
    let data = answer.json();
    for (name, value) in
        [("shop", json!(merchant.name)), ("name", json!("Ada Lovelace")), ("email", json!("ada@example.com"))]
    {
        assert_eq!(data[name], value, "{name}");
    }
    let card = &data["cards"][0];
    let shown = ["brand", "last_four", "expiry", "default"].map(|name| &card[name]);
    assert_eq!(shown, [&json!("visa"), &json!("4242"), &json!("12/99"), &json!(true)]);
    let payment = &data["payments"][0];
    let fields = ["amount_minor", "currency", "status", "description", "reference", "card_last_four"];
    let expected = json!([24_900, "SEK", "captured", "Winter boots", "INV-7", "4444"]);
    assert_eq!(json!(fields.map(|name| &payment[name])), expected);
    // Neither what a card is paid with, nor what the shop keeps for itself.
    for hidden in ["424242", "555555", "123\"", "metadata", "gold", "A9"] {
        assert!(!answer.text().contains(hidden), "{hidden} is in {}", answer.text());
    }
}

fn the_link_stays_the_same_and_an_altered_one_is_404(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let (ada, grace) = (shop.person(), shop.person());
    ada.add(APPROVED);
    assert_eq!(shop.retrieve_customer(&ada.id).ok()["client_page"], ada.page);
    assert!(!ada.page.contains(&ada.id));
    let start = ada.page.rfind('/').expect("a path") + 1;
    let mut links: Vec<String> = (start..ada.page.len())
        .map(|place| {
            let letter = if &ada.page[place..=place] == "A" { "B" } else { "A" };
            format!("{}{letter}{}", &ada.page[..place], &ada.page[place + 1..])
        })
        .collect();
    let half = start + (ada.page.len() - start) / 2;
    let theirs = ada.checkout(&[]).page.replace("/c/", "/customer/");
    links.extend([
        format!("{}{}", &ada.page[..half], &grace.page[half..]),
        format!("{}A", ada.page),
        ada.page[..ada.page.len() - 1].to_owned(),
        format!("{}{}", &ada.page[..start], ada.id),
        theirs,
        ada.page[..start].to_owned(),
    ]);
    for link in &links {
        let nobody = Buyer::new(shop.agent(), link);
        for answer in [
            nobody.open(),
            nobody.below("/add").open(),
            nobody.below("/data").open(),
            nobody.add_card(APPROVED, "12/99"),
        ] {
            assert_eq!(answer.status, 404, "{link}");
            assert!(!answer.text().contains(&merchant.name) && !answer.text().contains("4242"), "{link}");
        }
    }
    assert_eq!((ada.cards().len(), grace.cards().len()), (1, 0));
    kassa.is_healthy();
}

fn the_page_goes_with_its_customer(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let card = ada.add(APPROVED);
    shop.delete_customer(&ada.id).expect(200);
    let remove = ada.wallet().below(&format!("/cards/{card}/remove"));
    let set = ada.wallet().below(&format!("/cards/{card}/default"));
    let pages = [
        ada.wallet().open(),
        ada.wallet().below("/add").open(),
        ada.wallet().below("/data").open(),
        ada.wallet().add_card(APPROVED, "12/99"),
        remove.open(),
        remove.post(""),
        set.post(""),
    ];
    for page in &pages {
        assert_eq!(page.status, 404, "{}", page.text());
        assert!(!page.text().contains("4242"));
    }
}

fn another_customers_card_is_nobodys_here(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, elsewhere) = (Client::fresh(&kassa), Client::fresh(&kassa));
    let (ada, grace, foreign) = (shop.person(), shop.person(), elsewhere.person());
    ada.add(AMEX);
    for other in [&grace, &foreign] {
        other.add(APPROVED);
        let second = other.add(MASTERCARD);
        for path in [format!("/cards/{second}/default"), format!("/cards/{second}/remove")] {
            let answer = ada.wallet().below(&path).post("").expect(303);
            assert!(ada.page.ends_with(answer.header("location").expect("a redirect")), "nothing was done");
        }
        let page = ada.wallet().below(&format!("/cards/{second}/remove")).open().expect(303);
        assert!(!page.text().contains("4444"));
        assert_eq!(marked(other), ["4242*", "4444"]);
    }
    for made_up in ["0".repeat(32), "0".repeat(31), "x".to_owned(), "%00".to_owned()] {
        for path in [format!("/cards/{made_up}/default"), format!("/cards/{made_up}/remove")] {
            let status = ada.wallet().below(&path).post("").status;
            assert!(matches!(status, 303 | 404), "{path}: {status}");
        }
    }
    assert_eq!(marked(&ada), ["0005*"]);
}

fn every_page_carries_the_security_headers_and_refuses_frames(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let card = ada.add(APPROVED);
    let at = |path: &str| ada.wallet().below(path);
    let pages = [
        at("").open(),
        at("/add").open(),
        at("/add").post("number=1"),
        ada.wallet().add_card(DECLINED, "12/99"),
        ada.wallet().add_card(MASTERCARD, "12/99"),
        at(&format!("/cards/{card}/remove")).open(),
        at(&format!("/cards/{card}/default")).post(""),
        at("/data").open(),
        at("x").open(),
        at("/nothing").open(),
    ];
    for page in &pages {
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(page.header("x-frame-options"), Some("DENY"), "{}", page.status);
        assert_eq!(page.header("cache-control"), Some("no-store"), "{}", page.status);
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{}", page.status);
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{}", page.status);
        assert_eq!(page.header("set-cookie"), None);
    }
    for (method, path) in [
        ("POST", String::new()),
        ("DELETE", String::new()),
        ("PUT", "/add".to_owned()),
        ("POST", "/data".to_owned()),
        ("GET", format!("/cards/{card}/default")),
        ("DELETE", format!("/cards/{card}/remove")),
    ] {
        let address = format!("{}{path}", ada.page);
        let request =
            ureq::http::Request::builder().method(method).uri(&address).body(()).expect("a request");
        let answer = send(&kassa.agent(), request).expect("an answer");
        assert_eq!(answer.status, 405, "{method} {path}");
        assert!(answer.header("allow").is_some(), "{method} {path}");
    }
    assert_eq!(marked(&ada), ["4242*", "4444"]);
}

fn changes_at_once_leave_one_default_and_no_doubles(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for _ in 0..8 {
        let ada = shop.person();
        let all = |works: &[&(dyn Fn() -> u16 + Sync)]| {
            let statuses = at_once(works.len(), |place| works[place]());
            assert!(statuses.iter().all(|status| *status == 303), "{statuses:?}");
        };
        let add = |number: &'static str| {
            let wallet = ada.wallet();
            move || wallet.add_card(number, "12/99").status
        };
        let (visa, master, amex) = (add(APPROVED), add(MASTERCARD), add(AMEX));
        all(&[&visa, &visa, &master, &master, &amex, &amex]);
        let cards = ada.cards();
        assert_eq!(cards.len(), 3, "{cards:?}");
        let defaults = || ada.cards().iter().filter(|card| card["default"] == true).count();
        assert_eq!(defaults(), 1, "{cards:?}");
        let act = |place: usize, what: &str| {
            let card = cards[place]["card_id"].as_str().expect("an id");
            let page = ada.wallet().below(&format!("/cards/{card}/{what}"));
            move || page.post("").status
        };
        let chosen = [act(0, "default"), act(1, "default"), act(2, "default")];
        all(&[&chosen[0], &chosen[1], &chosen[2]]);
        assert_eq!(defaults(), 1);
        let (gone, also_gone) = (act(0, "remove"), act(1, "remove"));
        all(&[&gone, &also_gone, &gone, &chosen[0], &chosen[2]]);
        assert_eq!((ada.cards().len(), defaults()), (1, 1));
    }
    kassa.is_healthy();
}

fn words_of_the_shop_are_text_and_not_markup(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.credentials("<script>alert(1)</script> & Söner \"AB\" 客", "test");
    let shop = Client::new(&kassa, &merchant);
    let ada = shop.person();
    let card = ada.add(APPROVED);
    for path in ["", "/add", &format!("/cards/{card}/remove")] {
        let page = ada.wallet().below(path).open().expect(200);
        assert!(!page.text().contains("<script>alert") && page.text().contains("&#60;script"), "{path}");
    }
    assert_eq!(ada.download()["shop"], "<script>alert(1)</script> & Söner \"AB\" 客");
}
