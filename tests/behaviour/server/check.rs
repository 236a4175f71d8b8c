//! `kassa db check` on databases in which something is wrong: what it finds, what it says of it, and that it changes nothing.

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::shop::Shop;
use kassa_tests::{Engine, Server, on_each_engine};
use serde_json::{Value, json};

use super::vault::blob;

on_each_engine!(
    whatever_cannot_be_read_is_named_and_all_else_is_checked_all_the_same,
    what_is_stored_stands_in_no_error_and_in_no_line_of_the_log,
);

/// What stands in a row and is said by nobody.
const SECRET: &str = "SECRETTEXT4242";

/// Lets rows break the rules that the database itself guards.
const fn lawless(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "pragma foreign_keys = off; pragma ignore_check_constraints = on; drop trigger actions_stay;
             drop trigger actions_settle_once; drop trigger payments_keep_terms;"
        }
        Engine::Postgres => {
            "set session_replication_role = replica; do $$ declare rule record; begin
             for rule in select conrelid::regclass place, conname from pg_constraint where contype = 'c'
               and connamespace = 'public'::regnamespace loop
             execute format('alter table %s drop constraint %I', rule.place, rule.conname); end loop; end $$;"
        }
    }
}

/// Two of everything.
fn fill(kassa: &Server) {
    let shop = Shop::fresh(kassa);
    for number in ["1", "2"] {
        shop.nero_pay
            .post("/categories", &json!({ "name": "Boots", "sort_order": 1, "is_active": true }))
            .expect(201);
        let person = shop.neuro_pay.person();
        person.add(APPROVED);
        person.checkout(&[]).buyer().pay(APPROVED);
        let page = json!({
            "amount": 1000, "currency": "SEK", "billing": { "address": { "country": "SE" } },
            "success_url": "https://shop.example/a", "failure_url": "https://shop.example/b",
            "cancel_url": "https://shop.example/c",
        });
        shop.checkout_com.send_once(number, "POST", "/hosted-payments", &page).expect(201);
        let token = shop.checkout_com.token(APPROVED);
        let customer = shop.checkout_com.create(&json!({ "email": format!("{number}@example.com") }));
        let body = json!({ "type": "token", "token": token, "customer": { "id": customer } });
        shop.checkout_com.post_instrument(&body).expect(201);
        // One that is not used.
        shop.checkout_com.token(APPROVED);
    }
}

fn found(kassa: &Server) -> Vec<String> {
    let output = kassa.command(&["db", "check", "--json"]).failed(1);
    assert!(!output.stdout.contains(SECRET) && !output.stderr.contains(SECRET), "{output:?}");
    let said = output.json();
    assert_eq!(said["ok"], false);
    said["found"].as_array().expect("lines").iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn whatever_cannot_be_read_is_named_and_all_else_is_checked_all_the_same(engine: Engine) {
    let mut kassa = Server::start(engine);
    fill(&kassa);
    kassa.checks_out();
    kassa.stop();
    let torn = blob(engine, "00");
    let first = |table: &str| kassa.number(&format!("select min(id) from {table}"));
    let mut text = lawless(engine).to_owned();
    let mut expected = Vec::new();
    for (table, kind, column, value) in [
        ("payments", "payment", "currency", format!("'{SECRET}'")),
        ("actions", "action", "kind", format!("'{SECRET}'")),
        ("hosted_pages", "hosted page", "public_id", torn.clone()),
        ("customers", "customer", "metadata", format!("'\"{SECRET}\"'")),
        ("instruments", "card", "public_id", torn.clone()),
        ("tokens", "token", "public_id", torn.clone()),
        ("categories", "category", "public_id", torn.clone()),
        ("events", "event", "kind", format!("'{SECRET}'")),
        ("idempotency_keys", "idempotency key", "body_mac", torn.clone()),
        ("merchants", "merchant", "public_id", torn.clone()),
        ("credentials", "credential", "mode", format!("'{SECRET}'")),
    ] {
        let row = first(table);
        text.push_str(&format!("update {table} set {column} = {value} where id = {row};"));
        expected.push(format!("{kind} with the integer {row}: cannot be read: "));
    }
    // Behind all that: a customer whom no list begins with, a card and a token that do not open, a ledger without its sums.
    let last = |table: &str| kassa.number(&format!("select max(id) from {table}"));
    let paid = kassa.number("select max(payment) from actions where kind = 'authorize'");
    text.push_str(&format!(
        "update customers set public_id = {torn}, id = -5 where id = {};
         update instruments set sealed = {torn} where id = {};
         update tokens set sealed = {torn} where id = {};
         delete from actions where payment = {paid};",
        last("customers"),
        last("instruments"),
        last("tokens"),
    ));
    expected.push("customer with the integer -5: cannot be read: ".to_owned());
    kassa.tamper(&text);
    let found = found(&kassa);
    for line in &expected {
        assert_eq!(found.iter().filter(|said| said.starts_with(line)).count(), 1, "{line}: {found:#?}");
    }
    for part in [": its sealed number was altered", ", its ledger sums up to [0, 0, 0, 0]"] {
        assert!(found.iter().any(|said| said.contains(part)), "{part}: {found:#?}");
    }
    assert_eq!(
        found.iter().filter(|said| said.ends_with(": its sealed number was altered")).count(),
        2,
        "{found:#?}"
    );
}

fn what_is_stored_stands_in_no_error_and_in_no_line_of_the_log(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Shop::fresh(&kassa);
    let made = shop.neuro_pay.create_customer();
    let checkout = shop.neuro_pay.create();
    for torn in [format!("\"{SECRET}\""), format!("{{\"{SECRET}\"}}"), format!("{{\"a\":\"{SECRET}")] {
        let before = kassa.log().len();
        for table in ["customers", "payments"] {
            kassa.tamper(&format!("update {table} set metadata = '{torn}'"));
        }
        let answers = [
            shop.neuro_pay.retrieve_customer(made["customer_id"].as_str().expect("an id")).expect(500),
            shop.neuro_pay.post("/checkout/retrieve", &json!({ "checkout_id": checkout.id })).expect(500),
        ];
        assert!(answers.iter().all(|answer| !answer.text().contains(SECRET)), "{torn}");
        let said = kassa.log().split_off(before);
        assert!(!said.contains(SECRET), "{said}");
        assert_eq!(said.matches("metadata: it ").count(), 2, "{said}");
        let found = found(&kassa);
        assert_eq!(found.iter().filter(|line| line.contains("metadata: it ")).count(), 2, "{found:#?}");
    }
}

/// On a connection that only reads, SQLite forgets what a table's rules are.
#[test]
fn a_row_that_breaks_a_rule_of_its_table_is_found_and_the_file_stays_as_it_is() {
    let mut kassa = Server::start(Engine::Sqlite);
    Shop::fresh(&kassa).neuro_pay.create_customer();
    kassa.stop();
    let file = kassa.data().join("kassa.db");
    let bytes = || {
        let log = std::fs::read(kassa.data().join("kassa.db-wal")).unwrap_or_default();
        (std::fs::read(&file).expect("the database"), log)
    };
    let before = bytes();
    kassa.checks_out();
    assert!(bytes() == before, "the check changed a sound database");
    // Nothing but the rule is broken: the server reads it as it reads any other.
    kassa.tamper("pragma ignore_check_constraints = on; update customers set name = null, first_name = 'x', last_name = null");
    let before = bytes();
    assert_eq!(found(&kassa), ["integrity: CHECK constraint failed in customers"]);
    assert!(bytes() == before, "the check changed a damaged database");
}
