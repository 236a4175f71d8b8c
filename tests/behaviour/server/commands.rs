//! Commands as somebody meets them who does not know Kassa yet: what they make, what they remember and what they say.

use kassa_tests::{Engine, Server, Setup, on_each_engine};

on_each_engine!(
    what_only_looks_makes_no_database_and_no_key,
    the_first_merchant_says_what_was_made_for_it,
    commands_hand_out_the_address_of_the_server_that_runs,
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
    assert!(looked.stdout.contains("database: there is none yet"), "{looked:?}");
    assert!(!folder.exists(), "doctor made the folder");
}

fn the_first_merchant_says_what_was_made_for_it(engine: Engine) {
    let create = ["merchant", "create", "--name", "Acme", "--mode", "test", "--json"];
    let output = Setup::new(engine).runs(&create).done();
    output.json();
    for made in ["made a new database", "made its root key"] {
        assert!(output.stderr.contains(made), "{output:?}");
    }
    let kassa = Server::shared(engine);
    let again = kassa.command(&create).done();
    assert!(!again.stderr.contains("made "), "{again:?}");
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
