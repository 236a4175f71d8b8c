//! Commands as somebody meets them who does not know Kassa yet: what they make, what they remember and what they say.

use std::process::Command;
use std::time::Duration;

use kassa_tests::drivers::neuro_pay::Client;
use kassa_tests::{Engine, Server, Setup, eventually, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    what_only_looks_makes_no_database_and_no_key,
    the_first_merchant_says_what_was_made_for_it,
    commands_hand_out_the_address_of_the_server_that_runs,
    an_address_at_which_nobody_answers_is_said_to_be_one,
    what_cannot_be_withdrawn_is_told_with_what_can_be_done,
    what_other_programs_have_is_told_by_its_name_here,
    credentials_are_set_in_a_shell_by_one_line,
    a_key_is_rolled_for_a_day_and_revoked_with_a_word,
    customers_are_found_and_shown,
    settings_are_printed_when_they_are_changed,
    a_merchant_of_almost_the_same_name_is_named,
    numbers_that_are_none_are_said_in_plain_words,
    what_others_wrote_steers_no_terminal,
    what_only_looks_leaves_an_older_database_as_it_is,
);

const NOBODY: &str = "00000000000040008000000000000000";

fn what_only_looks_makes_no_database_and_no_key(engine: Engine) {
    let kassa = Server::start(Engine::Sqlite);
    let folder = kassa.folder().join("nothing");
    let name = folder.to_str().expect("UTF-8");
    for command in [
        &["merchant", "list"][..],
        &["merchant", "set", "Acme", "--checkout-life", "1h"],
        &["key", "list"],
        &["key", "create", "--merchant", "Acme", "--mode", "test", "--api", "neuro-pay"],
        &["key", "roll", "1", "--overlap", "1"],
        &["key", "revoke", "1"],
        &["checkout", "revoke", NOBODY],
        &[
            "checkout",
            "create",
            "--merchant",
            "A",
            "--mode",
            "test",
            "--amount",
            "1",
            "--currency",
            "SEK",
            "--message",
            "B",
        ],
        &["payments", "list"],
        &["payments", "show", NOBODY],
        &["payments", "refund", NOBODY],
        &["customers", "find", "ada@example.com"],
        &["customers", "show", NOBODY],
        &["customers", "renew-link", NOBODY],
        &["db", "check"],
    ] {
        if engine == Engine::Postgres {
            let output = Setup::new(engine).runs(command).failed(1);
            assert!(output.stderr.contains("there is no Kassa in the PostgreSQL database"), "{output:?}");
            continue;
        }
        let output = kassa.command(&[command, &["--data", name]].concat()).failed(1);
        assert!(output.stdout.is_empty() && output.stderr.contains(name), "{output:?}");
        assert!(!folder.exists(), "{command:?} made the folder");
    }
    // What looks at everything says that there is nothing yet, and makes nothing either.
    let looked = match engine {
        Engine::Sqlite => kassa.command(&["doctor", "--data", name]),
        Engine::Postgres => Setup::new(engine).runs(&["doctor"]),
    };
    assert!(looked.stdout.contains("note  database: there is none yet in "), "{looked:?}");
    assert!(!folder.exists(), "doctor made the folder");
}

fn the_first_merchant_says_what_was_made_for_it(engine: Engine) {
    let create = ["merchant", "create", "--name", "Acme", "--mode", "test", "--json"];
    let output = Setup::new(engine).runs(&create).done();
    output.json();
    for made in ["made a new database", "made its root key", "no server runs on this data now"] {
        assert!(output.stderr.contains(made), "{output:?}");
    }
    let kassa = Server::shared(engine);
    let again = kassa.command(&create).done();
    assert!(!again.stderr.contains("made "), "{again:?}");
    let name = kassa.merchant().name;
    let again = kassa.command(&["merchant", "create", "--name", &name, "--mode", "test", "--json"]).done();
    assert!(
        again.stderr.contains(&format!("{name} existed already, and has another set of credentials now")),
        "{again:?}"
    );
    assert!(!again.stderr.contains("kassa: "), "it is not an error: {again:?}");
}

fn commands_hand_out_the_address_of_the_server_that_runs(engine: Engine) {
    let mut kassa = Server::start(engine);
    let base = |kassa: &Server, more: &[&str]| {
        let create = ["merchant", "create", "--name", "Acme", "--mode", "test", "--json"];
        let made = kassa.command(&[&create[..], more].concat()).done().json();
        made["neuro_pay"]["base_url"].as_str().expect("an address").to_owned()
    };
    assert_eq!(base(&kassa, &[]), format!("{}/neuro-pay", kassa.url()));
    let told = ["--public-url", "https://pay.example"];
    assert_eq!(base(&kassa, &told), "https://pay.example/neuro-pay", "what is told comes first");
    kassa.restart_elsewhere();
    assert_eq!(base(&kassa, &[]), format!("{}/neuro-pay", kassa.url()));
}

fn an_address_at_which_nobody_answers_is_said_to_be_one(engine: Engine) {
    let mut kassa = Server::start(engine);
    let name = kassa.merchant().name;
    let customer = Client::fresh(&kassa).create_customer();
    let customer = customer["customer_id"].as_str().expect("an id");
    let create = ["checkout", "create", "--merchant", &name, "--mode", "test", "--amount", "100"];
    let create = [&create[..], &["--currency", "SEK", "--message", "Boots"]].concat();
    let commands = [
        &create[..],
        &["merchant", "create", "--name", &name, "--mode", "test", "--env"],
        &["key", "create", "--merchant", &name, "--mode", "test", "--api", "neuro-pay"],
        &["customers", "renew-link", customer],
    ];
    for command in commands {
        let said = kassa.command(command).done().stderr;
        assert!(!said.contains("no server runs") && !said.contains("nothing answers"), "{command:?}: {said}");
    }
    let doctor = |kassa: &Server| kassa.command(&["doctor"]).done().stdout;
    let url = kassa.url().to_owned();
    let runs = format!("ok    server: one runs on this data; clients reach it at {url}\n");
    assert!(doctor(&kassa).contains(&runs), "{}", doctor(&kassa));
    // One that listens elsewhere than the addresses say.
    let elsewhere = [&create[..], &["--public-url", "http://127.0.0.1:9"]].concat();
    let said = kassa.command(&elsewhere).done().stderr;
    assert!(said.contains("nothing answers at http://127.0.0.1:9: "), "{said}");
    kassa.stop();
    // PostgreSQL lists the connections of one that was stopped for a moment longer.
    eventually(Duration::from_secs(10), "it is gone", || {
        doctor(&kassa)
            .contains("note  server: none runs on this data now; kassa serve starts one")
            .then_some(())
    });
    for command in commands {
        let said = kassa.command(command).done().stderr;
        assert!(said.contains("no server runs on this data now") && said.contains(&url), "{said}");
    }
    // Whoever looked is not in the way of the next start.
    kassa.start_stopped();
    kassa.is_healthy();
}

fn what_cannot_be_withdrawn_is_told_with_what_can_be_done(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (status, void, refund) in [
        ("reserved", true, false),
        ("paid", false, true),
        ("refunded", false, false),
        ("canceled", false, false),
    ] {
        let payment = shop.in_status(&kassa, status);
        let said = kassa.command(&["checkout", "revoke", &payment.id]).failed(1).stderr;
        let has = |words: &str| said.contains(&format!("kassa payments {words} {}", payment.id));
        assert_eq!((has("void"), has("refund")), (void, refund), "{status}: {said}");
    }
}

fn what_other_programs_have_is_told_by_its_name_here(engine: Engine) {
    let kassa = Server::shared(engine);
    for (command, tip) in [
        (&["checkout", "list"][..], "kassa payments list"),
        (&["checkouts", "refund", NOBODY], "kassa payments has capture, refund and void"),
        (&["merchant", "show", "Acme"], "kassa merchant list"),
        (&["serve", "--port", "9000"], "--listen 127.0.0.1:9000"),
        (&["serve", "--port=9000"], "--listen 127.0.0.1:9000"),
    ] {
        let said = kassa.command(command).failed(2).stderr;
        assert!(said.contains("tip: ") && said.contains(tip), "{command:?}: {said}");
    }
}

fn credentials_are_set_in_a_shell_by_one_line(engine: Engine) {
    let kassa = Server::start(engine);
    let name = "The Shop's \"own\" $HOME `id`";
    let create = ["merchant", "create", "--name", name, "--mode", "test"];
    let output = kassa.command(&[&create[..], &["--env"]].concat()).done();
    let count = output.stdout.lines().count();
    let told = format!("made {name}; {count} variables for eval to set: NEURO_PAY_URL, ");
    assert!(output.stderr.contains(&told), "what was made is told");
    let lines = output.stdout;
    let mut shell = Command::new("sh");
    let script = "eval \"$1\"; env";
    let output = shell
        .args(["-c", script, "sh", &lines])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").expect("a path"));
    let output = output.output().expect("sh is there");
    let set = String::from_utf8(output.stdout).expect("UTF-8");
    let value = |name: &str| {
        let line = set.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("{name} is not in {set}")).to_owned()
    };
    for (name, path) in [
        ("NEURO_PAY_URL", "/neuro-pay"),
        ("NEOPAY_URL", "/neopay/api"),
        ("NEROPAY_URL", "/neropay/v2"),
        ("CHECKOUT_COM_URL", "/checkout-com"),
    ] {
        assert_eq!(value(name), format!("{}{path}", kassa.url()));
    }
    for name in ["NEOPAY_TOKEN", "NEOPAY_APP_KEY", "NEROPAY_SECRET_KEY", "NEROPAY_ACCOUNT_ID"] {
        assert!(!value(name).is_empty());
    }
    for (name, start) in [("CHECKOUT_COM_SECRET_KEY", "sk_sbox_"), ("CHECKOUT_COM_PUBLIC_KEY", "pk_sbox_")] {
        assert!(value(name).starts_with(start), "{name}");
    }
    Client::with_key(&kassa, &value("NEURO_PAY_API_KEY")).create_customer();
    kassa.command(&[&create[..], &["--env", "--json"]].concat()).failed(2);
    // For people there are columns.
    let table = kassa.command(&create).done().stdout;
    assert!(table.contains("API           WHAT                 VALUE\n"), "the columns are not in the table");
    assert!(table.contains("\nneuro-pay     api key              "), "the key is not in the table");
}

fn a_key_is_rolled_for_a_day_and_revoked_with_a_word(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let keys = || kassa.command(&["key", "list", "--merchant", &merchant.name, "--json"]).done().lines();
    let id = keys()[0]["id"].to_string();
    let rolled = kassa.command(&["key", "roll", &id, "--json"]).done().json();
    let until = rolled["old_key_works_until"].as_str().expect("a time");
    assert!(until.ends_with('Z'), "{until}");
    assert_eq!(keys()[0]["state"], "expiring");
    let last_four = keys()[0]["last_four"].as_str().expect("four letters").to_owned();
    let said = kassa.command(&["key", "revoke", &id]).done().stdout;
    for part in ["neuro-pay", "api key", &last_four, &merchant.name, "test mode", "it was expiring"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    let again = kassa.command(&["key", "revoke", &id, "--json"]).done().json();
    assert_eq!((&again["was"], &again["state"]), (&json!("revoked"), &json!("revoked")));
}

fn customers_are_found_and_shown(engine: Engine) {
    let kassa = Server::shared(engine);
    let (merchant, other) = (kassa.merchant(), kassa.merchant());
    let (mine, theirs) = (Client::new(&kassa, &merchant), Client::new(&kassa, &other));
    let email = format!("{}@example.com", merchant.name.replace(' ', ".").to_lowercase());
    let body = json!({ "first_name": "Ada", "last_name": "Lovelace", "email": email });
    let [here, there] = [&mine, &theirs].map(|shop| shop.post("/checkout/create-customer", &body).ok());
    let find = |more: &[&str]| {
        kassa
            .command(&[&["customers", "find", &email.to_uppercase(), "--json"], more].concat())
            .done()
            .lines()
    };
    let ids = |found: Vec<Value>| found.into_iter().map(|one| one["customer_id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(find(&[])), [here["customer_id"].clone(), there["customer_id"].clone()]);
    assert_eq!(ids(find(&["--merchant", &other.name])), [there["customer_id"].clone()]);
    assert!(find(&["--mode", "live"]).is_empty());
    let id = here["customer_id"].as_str().expect("an id");
    let shown = kassa.command(&["customers", "show", id, "--json"]).done().json();
    assert_eq!((&shown["name"], &shown["merchant"]), (&json!("Ada Lovelace"), &json!(merchant.name)));
    let table = kassa.command(&["customers", "find", &email]).done().stdout;
    assert!(table.starts_with("CUSTOMER ") && table.contains(&format!("{id}  Ada Lovelace  ")), "{table}");
    let table = kassa.command(&["customers", "show", id]).done().stdout;
    assert!(table.contains(&format!("\nemail        {email}\n")), "{table}");
    for (nobody, hint) in [("nobody@example.com", ""), ("grace", "; give the whole address")] {
        let none = kassa.command(&["customers", "find", nobody]).done();
        let told = format!("no customer has the e-mail address {nobody}{hint}\n");
        assert_eq!((none.stdout, none.stderr), (String::new(), told));
    }
    let list = ["customers", "list", "--merchant", &other.name, "--json"];
    assert_eq!(ids(kassa.command(&list).done().lines()), [there["customer_id"].clone()]);
    kassa.command(&["customers", "find", &email, "--merchant", "Nobody"]).failed(1);
    kassa.command(&["customers", "show", "ada"]).failed(2);
}

fn settings_are_printed_when_they_are_changed(engine: Engine) {
    let kassa = Server::shared(engine);
    let name = kassa.merchant().name;
    let set = |more: &[&str]| kassa.command(&[&["merchant", "set", &name], more].concat()).done();
    let said = set(&["--checkout-life", "1h", "--save-cards", "off", "--unknown-fields", "refuse"]).stdout;
    let lines: Vec<Vec<&str>> = said.lines().map(|line| line.split_whitespace().collect()).collect();
    for line in [
        &["save-cards", "off"][..],
        &["saved-card-code", "off", "(default)"],
        &["frame-origin", "none", "(default)"],
        &["checkout-life", "1h"],
        &["unknown-fields", "refuse"],
        &["category-delete", "on", "(default)"],
    ] {
        assert!(lines.iter().any(|said| said == line), "{line:?} is not in {said}");
    }
    let list = kassa.command(&["merchant", "list"]).done().stdout;
    let line = list.lines().find(|line| line.contains(&name)).expect("it is listed");
    assert!(line.ends_with("  save-cards off, checkout-life 1h, unknown-fields refuse"), "{line}");
    let json = set(&["--save-cards", "on", "--checkout-life", "off", "--json"]).json();
    assert_eq!((&json["save_cards"], &json["checkout_life"]), (&json!(true), &Value::Null));
}

fn a_merchant_of_almost_the_same_name_is_named(engine: Engine) {
    let kassa = Server::shared(engine);
    let (name, other) = (kassa.merchant().name, kassa.merchant().name.to_uppercase());
    let wrong = kassa.command(&["merchant", "set", &name.to_uppercase(), "--save-cards", "off"]).failed(1);
    assert!(wrong.stderr.contains(&format!("; there is '{name}'")), "{wrong:?}");
    // Or one with another letter.
    let near = format!("{}x", name.replacen("Shop", "Shpo", 1));
    let wrong = kassa.command(&["key", "list", "--merchant", &near[..near.len() - 1]]).failed(1);
    let told = format!("; there is '{name}'; kassa merchant list prints all");
    assert!(wrong.stderr.contains(&told), "{wrong:?}");
    let made = kassa.command(&["merchant", "create", "--name", &other, "--mode", "test", "--json"]).done();
    assert!(made.stderr.contains(&format!("made another merchant {other}; there is ")), "{made:?}");
    // One of a name or several: both are understood.
    for command in [&["merchants", "list"][..], &["keys", "list", "--merchant", &name], &["payment", "list"]]
    {
        kassa.command(command).done();
    }
}

fn numbers_that_are_none_are_said_in_plain_words(engine: Engine) {
    let kassa = Server::shared(engine);
    for (command, words) in [
        (&["payments", "list", "--limit", "x"][..], "give a whole number of 1 or more"),
        (&["payments", "list", "--limit", "0"], "give a whole number of 1 or more"),
        (&["customers", "list", "--limit", "101"], "give a whole number from 1 to 100"),
        (&["key", "roll", "abc"], "give the number that kassa key list shows first"),
        (&["key", "roll", "1", "--overlap", "-1"], "give a whole number of hours from 0 to 8760"),
        (&["payments", "refund", NOBODY, "--amount", "-5"], "smallest unit, 1 or more"),
        (&["serve", "--json"], "--json is for commands that print data"),
    ] {
        let said = kassa.command(command).failed(2).stderr;
        assert!(said.contains(words), "{command:?}: {said}");
    }
}

fn what_others_wrote_steers_no_terminal(engine: Engine) {
    let kassa = Server::start(engine);
    for _ in 0..2 {
        Client::new(&kassa, &kassa.merchant()).create_customer();
    }
    // Names of an older Kassa, or of whoever writes into the database: a change of direction, and C1's way to begin a
    // command of the terminal. Both customers have one id, so the message names both merchants.
    let name = "A\u{202e}b's \u{9b}31mshop";
    kassa.tamper(&format!("update merchants set name = '{}' || id", name.replace('\'', "''")));
    kassa.tamper("update customers set public_id = (select public_id from customers order by id limit 1)");
    let id =
        kassa.command(&["customers", "find", "ada@example.com", "--json"]).done().lines()[0]["customer_id"]
            .as_str()
            .expect("an id")
            .to_owned();
    let ambiguous = kassa.command(&["customers", "show", &id]).failed(2).stderr;
    let (list, json) =
        (kassa.command(&["merchant", "list"]).done(), kassa.command(&["merchant", "list", "--json"]).done());
    let sign = "\u{fffd}";
    assert!(ambiguous.contains(&format!("--merchant 'A{sign}b'\\''s {sign}31mshop")), "{ambiguous}");
    assert!(list.stdout.contains(&format!("A{sign}b's {sign}31mshop")), "{list:?}");
    assert!(json.stdout.contains(r"A\u202eb's \u009b31mshop"), "{json:?}");
    assert!(json.lines()[0]["name"].as_str().expect("a name").starts_with(name), "it is the same value");
    for text in [ambiguous, list.stdout, json.stdout] {
        assert!(!text.contains(['\u{202e}', '\u{9b}']), "{text:?}");
    }
}

fn what_only_looks_leaves_an_older_database_as_it_is(engine: Engine) {
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    kassa.stop();
    let migrations = || kassa.cells().iter().filter(|cell| cell.place == "schema_migrations.name").count();
    let all = migrations();
    kassa.tamper(
        "create table aside as select * from schema_migrations where name > '0003'; \
         delete from schema_migrations where name > '0003'",
    );
    for command in [&["merchant", "list"][..], &["key", "list"], &["payments", "list"], &["db", "check"]] {
        let said = kassa.command(command).failed(1).stderr;
        assert!(said.contains("older Kassa") && said.contains("kassa db migrate"), "{command:?}: {said}");
    }
    let said = kassa.command(&["doctor"]).failed(1).stdout;
    assert!(said.contains("FIX   database: the database is of an older Kassa"), "{said}");
    assert_eq!(migrations(), 2);
    kassa.tamper("insert into schema_migrations select * from aside; drop table aside");
    assert_eq!(migrations(), all);
    kassa.start_stopped();
    Client::with_key(&kassa, shop.key()).create_customer();
}

#[test]
fn a_misspelt_variable_is_told() {
    let kassa = Server::start(Engine::Sqlite);
    let told = |name: &str| {
        let output = kassa.command_with(|command| {
            command.args(["config", "show"]).env(name, "4242");
        });
        output.done().stderr
    };
    for (name, meant) in [("KASSA_LISTN", "KASSA_LISTEN"), ("KASSA_DATABASE", "KASSA_DATA")] {
        let said = told(name);
        assert!(
            said.contains("WARN") && said.contains(name) && said.contains(&format!("did you mean {meant}")),
            "{said}"
        );
        assert!(!said.contains("4242"), "{said}");
    }
    // What Kubernetes sets for a service of this name is nobody's error.
    for name in ["KASSA_SERVICE_HOST", "KASSA_PORT_8080_TCP", "SHOP_LISTN"] {
        assert_eq!(told(name), "", "{name}");
    }
}
