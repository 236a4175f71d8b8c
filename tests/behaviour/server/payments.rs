//! Payments from the command line: the same changes as through the APIs, with tables for people.

use kassa_tests::drivers::buyer::{APPROVED, Buyer, CHALLENGED, DECLINED};
use kassa_tests::drivers::checkout_com;
use kassa_tests::drivers::neuro_pay::Client;
use kassa_tests::{Engine, Merchant, Server, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    a_checkout_is_made_paid_captured_refunded_and_shown,
    what_is_reserved_is_released,
    the_newest_payments_are_listed_first,
    payments_are_listed_by_their_status,
    what_cannot_be_done_changes_nothing_and_is_said,
    a_refusal_says_what_can_be_done_instead,
    tables_keep_references_descriptions_and_reasons_apart,
    a_command_that_moves_no_money_prints_no_log,
    a_command_says_first_what_it_moved_and_what_is_left,
    a_payment_is_found_by_its_page_and_by_its_reference,
);

/// Makes a checkout; what was printed.
#[track_caller]
fn create(kassa: &Server, merchant: &Merchant, more: &[&str]) -> Value {
    let fixed = ["checkout", "create", "--merchant", &merchant.name, "--mode", "test", "--amount", "24900"];
    let rest = ["--currency", "sek", "--message", "Winter boots", "--json"];
    kassa.command(&[&fixed[..], &rest, more].concat()).done().json()
}

/// Makes one, and pays it.
#[track_caller]
fn reserve(kassa: &Server, merchant: &Merchant) -> String {
    let made = create(kassa, merchant, &["--no-capture"]);
    Buyer::new(&kassa.agent(), made["url"].as_str().expect("an address")).pay(APPROVED);
    made["checkout_id"].as_str().expect("an id").to_owned()
}

/// What the shop's own client sees.
#[track_caller]
fn retrieve(shop: &Client, id: &str) -> Value {
    shop.post("/checkout/retrieve", &json!({ "checkout_id": id })).ok()
}

fn a_checkout_is_made_paid_captured_refunded_and_shown(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let id = reserve(&kassa, &merchant);
    let run = |command: &[&str]| kassa.command(&[&["payments"], command, &["--json"]].concat()).done().json();
    let sums = |shown: &Value| {
        let sum = |name: &str| shown[name].as_i64().expect("a sum");
        (
            shown["status"].as_str().expect("a word").to_owned(),
            sum("captured"),
            sum("refunded"),
            sum("voided"),
        )
    };
    assert_eq!(sums(&run(&["show", &id])), ("authorized".to_owned(), 0, 0, 0));
    let captured = run(&["capture", &id, "--amount", "900"]);
    assert_eq!(sums(&captured), ("partially_captured".to_owned(), 900, 0, 0));
    let captured = run(&["capture", &id.to_uppercase(), "--merchant", &merchant.name, "--mode", "test"]);
    assert_eq!(sums(&captured), ("captured".to_owned(), 24_900, 0, 0));
    assert_eq!(
        sums(&run(&["refund", &id, "--amount", "400"])),
        ("partially_refunded".to_owned(), 24_900, 400, 0)
    );
    assert_eq!(retrieve(&shop, &id)["amount_refunded"], 400);
    let refunded = run(&["refund", &id]);
    assert_eq!(sums(&refunded), ("refunded".to_owned(), 24_900, 24_900, 0));
    let kinds: Vec<&Value> =
        refunded["actions"].as_array().expect("a list").iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["authorize", "capture", "capture", "refund", "refund"]);
    assert_eq!(retrieve(&shop, &id)["status"], "refunded");
    let table = kassa.command(&["payments", "show", &id]).done().stdout;
    for line in ["status       refunded", "card         visa …4242", "refunded     SEK\u{a0}249.00"] {
        assert!(table.contains(line), "{line} is not in {table}");
    }
    assert_eq!(table.matches("  refund     succeeded  SEK\u{a0}").count(), 2, "{table}");
}

fn what_is_reserved_is_released(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let id = reserve(&kassa, &merchant);
    let shown = kassa.command(&["payments", "void", &id, "--json"]).done().json();
    assert_eq!((&shown["status"], &shown["voided"]), (&json!("voided"), &json!(24_900)));
    assert_eq!(retrieve(&Client::new(&kassa, &merchant), &id)["status"], "reserve released");
}

fn the_newest_payments_are_listed_first(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let made: Vec<Value> = (0..3).map(|_| create(&kassa, &merchant, &[])["checkout_id"].clone()).collect();
    create(&kassa, &kassa.merchant(), &[]);
    let list = |more: &[&str]| {
        let fixed = ["payments", "list", "--merchant", &merchant.name, "--json"];
        let lines = kassa.command(&[&fixed[..], more].concat()).done().lines();
        lines.into_iter().map(|one| one["payment_id"].clone()).collect::<Vec<_>>()
    };
    let newest: Vec<Value> = made.into_iter().rev().collect();
    assert_eq!(list(&[]), newest);
    assert_eq!(list(&["--limit", "2", "--mode", "test"]), newest[..2]);
    assert!(list(&["--mode", "live"]).is_empty());
    let table = kassa.command(&["payments", "list", "--merchant", &merchant.name]).done().stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("PAYMENT ") && lines[0].ends_with("DESCRIPTION"), "{table}");
    assert!(lines.len() == 4 && lines[1].starts_with(newest[0].as_str().expect("an id")), "{table}");
    assert!(
        lines[1].contains("pending  SEK\u{a0}249.00  test") && lines[1].ends_with("Winter boots"),
        "{table}"
    );
}

fn what_cannot_be_done_changes_nothing_and_is_said(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let made = create(&kassa, &merchant, &[]);
    let id = made["checkout_id"].as_str().expect("an id");
    Buyer::new(&kassa.agent(), made["url"].as_str().expect("an address")).pay(DECLINED);
    for command in ["capture", "refund", "void"] {
        let output = kassa.command(&["payments", command, id]).failed(1);
        assert!(output.stdout.is_empty() && output.stderr.contains("the payment is retryable"), "{output:?}");
    }
    let reserved = reserve(&kassa, &merchant);
    for amount in ["0", "-1", "x"] {
        let output = kassa.command(&["payments", "capture", &reserved, "--amount", amount]).failed(2);
        assert!(output.stderr.contains("smallest unit, 1 or more"), "{output:?}");
    }
    let output = kassa.command(&["payments", "capture", &reserved, "--amount", "24901"]).failed(1);
    let most = "cannot capture: at most 24900 (SEK\u{a0}249.00) is reserved and can be captured";
    assert!(output.stderr.contains(most), "{output:?}");
    let shown = kassa.command(&["payments", "show", id, "--json"]).done().json();
    assert_eq!((&shown["status"], &shown["last_decline"]), (&json!("retryable"), &json!("do_not_honour")));
    kassa.command(&["payments", "show", "00000000000040008000000000000000"]).failed(1);
    kassa.command(&["payments", "show", id, "--mode", "live"]).failed(1);
    let create = ["checkout", "create", "--merchant", &merchant.name, "--message", "Boots"];
    for (code, more) in [
        (2, ["--amount", "1", "--currency", "XYZ", "--mode", "test"]),
        (2, ["--amount", "-1", "--currency", "SEK", "--mode", "test"]),
        (1, ["--amount", "1", "--currency", "SEK", "--mode", "live"]),
    ] {
        let more: Vec<String> = more.chunks(2).map(|pair| format!("{}={}", pair[0], pair[1])).collect();
        let more: Vec<&str> = more.iter().map(String::as_str).collect();
        kassa.command(&[&create[..], &more].concat()).failed(code);
    }
    for command in [&["payments", "show", "x"][..], &["payments", "list", "--limit", "0"]] {
        kassa.command(command).failed(2);
    }
    kassa.checks_out();
}

fn payments_are_listed_by_their_status(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let (open, reserved) =
        (create(&kassa, &merchant, &[])["checkout_id"].clone(), reserve(&kassa, &merchant));
    let list = |status: &str| {
        let command = ["payments", "list", "--merchant", &merchant.name, "--json", "--status", status];
        let lines = kassa.command(&command).done().lines();
        lines.into_iter().map(|one| one["payment_id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((list("pending"), list("authorized")), (vec![open.clone()], vec![json!(reserved)]));
    // The words that each API has for them.
    for (word, found) in
        [("created", &open), ("reserved", &json!(reserved)), ("Authorized", &json!(reserved))]
    {
        assert_eq!(list(word).as_slice(), std::slice::from_ref(found), "{word}");
    }
    assert!(list("paid").is_empty() && list("reserve released").is_empty());
    let none =
        kassa.command(&["payments", "list", "--merchant", &merchant.name, "--status", "voided"]).done();
    assert_eq!((none.stdout.as_str(), none.stderr.as_str()), ("", "no payments\n"));
    let wrong = kassa.command(&["payments", "list", "--status", "reservd"]).failed(2);
    assert!(wrong.stderr.contains("authorized, partially_captured"), "{wrong:?}");
}

fn a_refusal_says_what_can_be_done_instead(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let open = create(&kassa, &merchant, &[])["checkout_id"].as_str().expect("an id").to_owned();
    let reserved = reserve(&kassa, &merchant);
    let said = |command: &[&str], id: &str, words: &str| {
        let refused = kassa.command(&[command, &[id]].concat()).failed(1);
        assert!(refused.stderr.contains(&words.replace("ID", id)), "{words} is not in {refused:?}");
    };
    said(
        &["payments", "refund"],
        &reserved,
        "cannot refund: the payment is authorized, not captured. To release what is reserved: kassa payments void ID",
    );
    said(
        &["payments", "capture"],
        &open,
        "the payment is pending, and nobody has paid yet. To withdraw it: kassa checkout revoke ID",
    );
    said(&["checkout", "revoke"], &reserved, "kassa payments void ID releases what is reserved");
    kassa.command(&["payments", "capture", &reserved]).done();
    said(
        &["payments", "void"],
        &reserved,
        "the payment is captured, and nothing is reserved any more. To give money back: kassa payments refund ID",
    );
    kassa.command(&["payments", "refund", &reserved]).done();
    said(&["payments", "refund"], &reserved, "cannot refund: the payment is refunded, and nothing is left");
    let made = create(&kassa, &merchant, &[]);
    let id = made["checkout_id"].as_str().expect("an id");
    Buyer::new(&kassa.agent(), made["url"].as_str().expect("an address")).pay(CHALLENGED);
    said(
        &["checkout", "revoke"],
        id,
        "the buyer is confirming the payment at the bank, for 15 minutes at most",
    );
    let point = kassa.command(&["payments", "capture", &reserved, "--amount", "249.00"]).failed(2);
    assert!(point.stderr.contains("smallest unit, 1 or more: 24900 for SEK 249.00"), "{point:?}");
}

fn tables_keep_references_descriptions_and_reasons_apart(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let checkout = shop.create_with(&[("identifier", json!("INV-77")), ("capture", json!(false))]);
    checkout.buyer().pay(DECLINED);
    checkout.buyer().pay(APPROVED);
    checkout.capture().expect(200);
    checkout.refund(&[("amount", json!(900)), ("reason", json!("requested_by_customer"))]).expect(200);
    let list = kassa.command(&["payments", "list", "--merchant", &merchant.name]).done().stdout;
    let line = list.lines().nth(1).expect("a line");
    let message = checkout.now()["message"].as_str().expect("a text").to_owned();
    assert!(line.ends_with(&format!("  INV-77     {message}")), "{list}");
    let show = kassa.command(&["payments", "show", &checkout.id]).done().stdout;
    let action = |begins: &str| {
        let line = show.lines().find(|line| line.contains(begins));
        line.unwrap_or_else(|| panic!("{begins} is not in {show}")).to_owned()
    };
    assert!(action("OUTCOME").ends_with("REFERENCE  WHY"), "{show}");
    assert!(action("declined").ends_with("  do_not_honour"), "{show}");
    assert!(action("  refund ").ends_with("  requested_by_customer"), "{show}");
}

fn a_command_that_moves_no_money_prints_no_log(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let id = reserve(&kassa, &merchant);
    for command in [&["payments", "show", &id][..], &["payments", "list", "--merchant", &merchant.name]] {
        assert_eq!(kassa.command(command).done().stderr, "");
    }
}

fn a_command_says_first_what_it_moved_and_what_is_left(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let id = reserve(&kassa, &merchant);
    let first = |command: &[&str]| {
        let said = kassa.command(&[&["payments"], command].concat()).done().stdout;
        said.lines().next().expect("a line").replace('\u{a0}', " ")
    };
    let part = ["--amount", "100", "--reference", "by hand"];
    assert_eq!(
        first(&[&["capture", &id], &part[..]].concat()),
        "captured SEK 1.00; SEK 248.00 is still reserved"
    );
    assert_eq!(first(&["void", &id]), "released SEK 248.00");
    assert_eq!(
        first(&["refund", &id, "--amount", "40", "--reference", "RMA-7"]),
        "refunded SEK 0.40; SEK 0.60 is left"
    );
    assert_eq!(first(&["refund", &id]), "refunded SEK 0.60; SEK 0.00 is left");
    let shown = kassa.command(&["payments", "show", &id, "--json"]).done().json();
    let actions = shown["actions"].as_array().expect("a list");
    let told: Vec<&Value> = actions.iter().map(|action| &action["reference"]).collect();
    assert_eq!(told, [&Value::Null, &json!("by hand"), &Value::Null, &json!("RMA-7"), &Value::Null]);
    // Programs read JSON alone.
    let other = reserve(&kassa, &merchant);
    kassa.command(&["payments", "capture", &other, "--json"]).done().json();
    let card = ["payments", "refund", &other, "--reference", APPROVED];
    assert!(kassa.command(&card).failed(1).stderr.contains("card number"), "it would be stored in the clear");
}

fn a_payment_is_found_by_its_page_and_by_its_reference(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = checkout_com::Client::new(&kassa, &merchant);
    let body = json!({
        "amount": 1000, "currency": "GBP", "description": "Boots", "reference": "INV-78",
        "billing": { "address": { "country": "GB" } }, "success_url": "https://shop.example/",
        "failure_url": "https://shop.example/", "cancel_url": "https://shop.example/",
    });
    for path in ["/payment-links", "/hosted-payments"] {
        let made = shop.send("POST", path, &[], body.to_string().as_bytes()).expect(201).json();
        let page = made["id"].as_str().expect("an id").to_owned();
        let shown = kassa.command(&["payments", "show", &page, "--json"]).done().json();
        assert_eq!((&shown["description"], &shown["status"]), (&json!("Boots"), &json!("pending")), "{page}");
        let revoked = kassa.command(&["checkout", "revoke", &page, "--json"]).done().json();
        assert_eq!(revoked["checkout_id"], shown["payment_id"]);
        assert_eq!(shop.read(&format!("{path}/{page}")).ok()["status"], "Expired");
    }
    let made = create(&kassa, &merchant, &["--reference", "INV-79"]);
    let named = ["payments", "list", "--merchant", &merchant.name, "--json", "--reference"];
    let found = |reference: &str| kassa.command(&[&named[..], &[reference]].concat()).done().lines();
    assert_eq!((found("INV-78").len(), found("INV-7").len()), (2, 0));
    assert_eq!(found("INV-79")[0]["payment_id"], made["checkout_id"]);
    let wrong = kassa.command(&["payments", "show", "INV-79"]).failed(2).stderr;
    assert!(wrong.contains("kassa payments list --reference 'INV-79'"), "{wrong}");
}
