//! What the one who runs the server sees: commands and their exit codes, probes, the ready line.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kassa_tests::drivers::checkout_com;
use kassa_tests::drivers::neuro_pay::Client;
use kassa_tests::http::{self, Answer};
use kassa_tests::{ERASED, Engine, Server, Setup, eventually, on_each_engine};
use serde_json::Value;
use ureq::http::Request;

on_each_engine!(
    probes_say_alive_and_ready,
    the_readiness_probe_writes_at_most_once_a_second_however_many_ask,
    the_readiness_probe_says_nothing_of_what_is_wrong_inside,
    commands_work_beside_the_server,
    the_database_is_not_migrated_under_a_running_server,
    a_stop_by_sigterm_or_sigint_ends_with_0,
    the_configuration_is_shown_with_origins_and_without_secrets,
    doctor_finds_a_healthy_installation_healthy,
    the_check_finds_sums_that_do_not_add_up,
    the_check_names_a_customer_who_cannot_be_read,
    the_check_finds_nothing_wrong_while_payments_are_made,
);

fn probes_say_alive_and_ready(engine: Engine) {
    let kassa = Server::shared(engine);
    for probe in ["/livez", "/readyz"] {
        kassa.get(probe).expect(200);
    }
    assert!(kassa.url().starts_with("http://127.0.0.1:") && !kassa.url().ends_with(":0"), "{}", kassa.url());
}

fn the_readiness_probe_writes_at_most_once_a_second_however_many_ask(engine: Engine) {
    let kassa = Server::start(engine);
    kassa.tamper(match engine {
        Engine::Sqlite => {
            "create table beats (said text); create trigger note_beat after update on settings
             begin insert into beats values ('beat'); end"
        }
        Engine::Postgres => {
            "create table beats (said text); create function note_beat() returns trigger language plpgsql as
             $$ begin insert into beats values ('beat'); return new; end $$;
             create trigger note_beat after update on settings for each row execute function note_beat()"
        }
    });
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..25).for_each(|_| drop(kassa.get("/readyz").expect(200))));
        }
    });
    let beats = kassa.cells().iter().filter(|cell| cell.place == "beats.said").count() as u64;
    let seconds = begun.elapsed().as_secs();
    assert!((1..=seconds + 2).contains(&beats), "{beats} writes for 200 probes in {seconds} s");
}

fn the_readiness_probe_says_nothing_of_what_is_wrong_inside(engine: Engine) {
    let kassa = Server::start(engine);
    kassa.refuse_writes();
    let answer = eventually(Duration::from_secs(4), "the probe notices", || {
        let answer = kassa.get("/readyz");
        (answer.status == 503).then_some(answer)
    });
    assert_eq!(answer.text(), "not ready: the database cannot be written\n");
    if engine == Engine::Postgres {
        // On SQLite no file can grow here, and the log is one.
        let log = kassa.log();
        let told = log.lines().any(|line| line.contains("WARN") && line.contains("not ready"));
        assert!(told, "the log says why: {log}");
    }
    kassa.take_writes();
    eventually(Duration::from_secs(12), "it is ready again", || {
        (kassa.get("/readyz").status == 200).then_some(())
    });
}

fn commands_work_beside_the_server(engine: Engine) {
    let kassa = Server::shared(engine);
    for arguments in [
        &["merchant", "list"][..],
        &["key", "list"],
        &["db", "check"],
        &["doctor"],
        &["config", "show"],
        &["--help"],
        &["--version"],
    ] {
        kassa.command(arguments).done();
    }
    let check = kassa.command(&["db", "check", "--json"]).done().json();
    assert_eq!((&check["ok"], &check["found"]), (&Value::Bool(true), &Value::Array(Vec::new())));
    for command in ["demo", "serve", "merchant", "key", "checkout", "customers", "config", "doctor", "db"] {
        let help = kassa.command(&[command, "--help"]).done();
        assert!(help.stdout.contains("Usage: kassa"), "{command}");
        // What all commands share stands in one place.
        assert!(!help.stdout.contains("--database-url") && help.stdout.contains("kassa --help"), "{help:?}");
        assert!(kassa.command(&["--help"]).done().stdout.contains(&format!("\n  {command} ")), "{command}");
    }
    assert!(kassa.command(&["--help"]).done().stdout.contains("--database-url"));
    for arguments in [
        &[][..],
        &["merchant"],
        &["frobnicate"],
        &["serve", "--listen", "here"],
        &["--log-level", "loud", "doctor"],
    ] {
        kassa.command(arguments).failed(2);
    }
}

fn the_database_is_not_migrated_under_a_running_server(engine: Engine) {
    let mut kassa = Server::start(engine);
    let output = kassa.command(&["db", "migrate"]).failed(1);
    assert!(!output.stderr.contains("panicked"), "{output:?}");
    kassa.is_healthy();
    kassa.stop();
    kassa.command(&["db", "migrate"]).done();
    let migrated = kassa.command(&["db", "migrate", "--json"]).done().json();
    assert!(migrated["migrations"].as_array().is_some_and(|names| !names.is_empty()), "{migrated}");
}

fn a_stop_by_sigterm_or_sigint_ends_with_0(engine: Engine) {
    let mut kassa = Server::start(engine);
    assert_eq!(kassa.stop().code(), Some(0), "{}", kassa.log());
    kassa.start_stopped();
    kassa.interrupt();
    assert_eq!(kassa.ended().code(), Some(0), "{}", kassa.log());
}

fn the_configuration_is_shown_with_origins_and_without_secrets(engine: Engine) {
    let kassa = Server::start(engine);
    let key = "0123456789abcdef".repeat(4);
    let show = |arguments: &[&str]| {
        kassa.command_with(|command| {
            command.args(arguments);
            command.env("KASSA_ROOT_KEY", &key).env("KASSA_PUBLIC_URL", "https://pay.example");
        })
    };
    let shown = show(&["config", "show", "--json", "--listen", "127.0.0.1:9"]).done();
    let config = shown.json();
    assert_eq!(config["listen"]["value"], "127.0.0.1:9");
    assert!(config["listen"]["origin"].as_str().is_some_and(|origin| origin.contains("flag")), "{config}");
    assert_eq!(config["public_url"]["value"], "https://pay.example");
    assert!(
        config["public_url"]["origin"].as_str().is_some_and(|origin| origin.contains("KASSA_PUBLIC_URL")),
        "{config}"
    );
    assert!(!shown.stdout.contains(&key), "{shown:?}");
    assert!(!show(&["config", "show"]).done().stdout.contains(&key));
    // kassa.toml in the working folder counts, and an unknown key in it is an error.
    let file = kassa.folder().join("kassa.toml");
    std::fs::write(&file, "log_level = \"warn\"\n").expect("a file");
    let config = kassa.command(&["config", "show", "--json"]).done().json();
    assert_eq!(config["log_level"]["value"], "warn");
    std::fs::write(&file, "colour = \"red\"\n").expect("a file");
    let output = kassa.command(&["config", "show"]).failed(2);
    assert!(output.stderr.contains("colour"), "{output:?}");
}

fn doctor_finds_a_healthy_installation_healthy(engine: Engine) {
    let kassa = Server::start(engine);
    let checks = kassa.command(&["doctor", "--json"]).done().lines();
    assert!(checks.len() >= 4 && checks.iter().all(|check| check["ok"] == true), "{checks:?}");
    std::fs::rename(kassa.data().join("root.key"), kassa.folder().join("aside")).expect("the key is there");
    let output = kassa.command(&["doctor"]).failed(1);
    assert!(output.stdout.contains("root key") || output.stdout.contains("root.key"), "{output:?}");
    assert!(!kassa.data().join("root.key").exists(), "doctor changes nothing");
}

fn the_check_finds_sums_that_do_not_add_up(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    shop.in_status(&kassa, "paid");
    kassa.checks_out();
    // The database itself guards its ledger, so the guards go first.
    kassa.tamper(match engine {
        Engine::Sqlite => "drop trigger actions_stay; delete from actions",
        Engine::Postgres => "alter table actions disable trigger all; delete from actions",
    });
    let output = kassa.command(&["db", "check"]).failed(1);
    assert!(!output.stdout.trim().is_empty(), "{output:?}");
    let found = kassa.command(&["db", "check", "--json"]).failed(1).json();
    assert_eq!(found["ok"], false);
}

fn the_check_names_a_customer_who_cannot_be_read(engine: Engine) {
    let kassa = Server::start(engine);
    Client::fresh(&kassa).create_customer();
    kassa.tamper("update customers set metadata = '{'");
    let found = kassa.command(&["db", "check", "--json"]).failed(1).json();
    let said = found["found"][0].as_str().expect("a line");
    assert!(said.starts_with("customer with the integer 1001: cannot be read: "), "{said}");
}

fn the_check_finds_nothing_wrong_while_payments_are_made(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let checkout = shop.create();
                    checkout.buyer().pay("4242424242424242");
                    checkout.refund(&[("amount", 100.into())]).expect(200);
                }
            });
        }
        let checks: Vec<_> = (0..12).map(|_| kassa.command(&["db", "check"])).collect();
        over.store(true, Ordering::Relaxed);
        for check in checks {
            check.done();
        }
    });
    kassa.checks_out();
}

#[test]
fn two_servers_do_not_share_one_sqlite_file() {
    let kassa = Server::start(Engine::Sqlite);
    let output = kassa.fails_to_start_again().failed(1);
    assert!(!output.stderr.contains("panicked"), "{output:?}");
    Client::fresh(&kassa).create();
    kassa.is_healthy();
}

#[test]
fn a_taken_port_is_said_and_ends_with_1() {
    let kassa = Server::start(Engine::Sqlite);
    let output = Setup::new(Engine::Sqlite).listen(kassa.address()).fails_to_start().failed(1);
    assert!(output.stderr.contains("--listen"), "{output:?}");
}

/// Contract, section 5: the personal data of a deleted customer is erased from the files within 60 s.
#[test]
fn a_deleted_customer_is_erased_from_the_files_of_sqlite() {
    let kassa = Server::start(Engine::Sqlite);
    let shop = Client::fresh(&kassa);
    let body = serde_json::json!({ "first_name": "Zebulon", "last_name": "Quixote", "email": "zq@example.com",
        "metaData": { "note": "fortytwo-xylophones" } });
    let made = shop.post_once("k", "/checkout/create-customer", &body).ok();
    let traces = || {
        let files = std::fs::read_dir(kassa.data()).expect("a folder");
        files.map(|file| std::fs::read(file.expect("an entry").path()).expect("a file")).any(|bytes| {
            ["Zebulon", "Quixote", "zq@example.com", "fortytwo-xylophones"]
                .iter()
                .any(|text| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
        })
    };
    assert!(traces(), "personal data is stored as it is, or this test looks in the wrong place");
    shop.delete_customer(made["customer_id"].as_str().expect("an id")).expect(200);
    eventually(ERASED, "the files hold no trace", || (!traces()).then_some(()));
}

#[test]
fn what_the_operator_knows_of_card_numbers_is_shown() {
    let mut kassa = Server::start(Engine::Sqlite);
    let merchant = kassa.merchant();
    assert!(kassa.stop().success());
    let file = kassa.data().join("bins.csv");
    let first = "bin,issuer,country,type,category,product_id,product_type\n";
    std::fs::write(&file, format!("{first}5105,\"Bank, The\",NO,debit,commercial,N,BUSINESS\n"))
        .expect("a file");
    kassa.start_stopped();
    let shop = checkout_com::Client::new(&kassa, &merchant);
    let known = shop.instrument(&shop.save("5105105105105100", &Value::Null)).ok();
    let facts =
        ["issuer", "issuer_country", "card_type", "card_category", "product_type"].map(|name| &known[name]);
    assert_eq!(facts, ["Bank, The", "NO", "DEBIT", "COMMERCIAL", "BUSINESS"]);
    let built_in = shop.instrument(&shop.save("4242424242424242", &Value::Null)).ok();
    assert_eq!(built_in["issuer"], "SIMULATED BANK");
    let unknown = shop.instrument(&shop.save("4012888888881881", &Value::Null)).ok();
    assert!(unknown.get("issuer").is_none(), "{unknown}");
    // A file that cannot be read is said, with its line.
    assert!(kassa.stop().success());
    std::fs::write(&file, format!("{first}5105,B,NO,gift,consumer,N,N\n")).expect("a file");
    let refused = kassa.fails_to_start_again().failed(1);
    assert!(refused.stderr.contains("line 2") && refused.stderr.contains("gift"), "{}", refused.stderr);
}

#[test]
fn localhost_is_an_address_to_listen_on() {
    let kassa = Setup::new(Engine::Sqlite).listen("localhost:0").start();
    kassa.get("/livez").expect(200);
}

#[test]
fn a_file_in_place_of_the_data_folder_is_said() {
    let kassa = Server::start(Engine::Sqlite);
    let file = kassa.folder().join("a-file");
    std::fs::write(&file, "").expect("a file");
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["merchant", "list"]] {
        let output = kassa.command(&[command, &["--data", file.to_str().expect("UTF-8")]].concat()).failed(1);
        assert!(output.stderr.contains("is a file; --data names the folder"), "{output:?}");
    }
}

#[test]
fn a_public_url_with_a_path_is_served_below_it() {
    let kassa = Setup::new(Engine::Sqlite)
        .listen("127.0.0.1:0")
        .argument("--public-url")
        .argument("https://pay.example.com/kassa/")
        .start();
    let shop = Client::fresh(&kassa);
    let made = shop.create().now();
    let link = made["url"].as_str().expect("a link");
    let path = link.strip_prefix("https://pay.example.com").expect("the public URL");
    assert!(path.starts_with("/kassa/"), "{path}");
    // As a proxy that takes the path away asks, and as one that does not.
    for path in [path, path.strip_prefix("/kassa").expect("the path")] {
        kassa.get(path).expect(200);
    }
    // Whatever a page leads to stays below the path: the rest of the host is somebody else's.
    let page = kassa.get(path).expect(200);
    let page = page.text();
    let led: Vec<&str> = [" href=\"", " src=\"", " action=\""]
        .iter()
        .flat_map(|before| page.split(before).skip(1).filter_map(|rest| rest.split('"').next()))
        .filter(|address| address.starts_with('/'))
        .collect();
    assert!(led.len() >= 4 && led.iter().all(|address| address.starts_with("/kassa/")), "{led:?}");
    for address in led.iter().filter(|address| address.contains("/assets/")) {
        kassa.get(address).expect(200);
    }
    // So it is where there is no page, or no such address.
    for missing in ["/kassa/c/x", "/c/x", "/kassa/customer/x", "/kassa/nothing", "/nothing"] {
        let page = browse(&kassa, missing).expect(404);
        assert!(page.text().contains(" href=\"/kassa/assets/kassa.css?"), "{missing}: {}", page.text());
    }
    kassa.get("/kassa/docs/").expect(200);
    kassa.get("/kassa/livez").expect(200);
    kassa.get("/kassanova/livez").expect(404);
}

/// Asks as a browser does.
fn browse(kassa: &Server, path: &str) -> Answer {
    let request = Request::get(format!("{}{path}", kassa.url())).header("accept", "text/html,*/*;q=0.8");
    http::send(&kassa.agent(), request.body(()).expect("a request")).expect("an answer")
}

#[test]
fn a_program_that_lost_the_path_of_an_api_is_led_there() {
    let kassa = Server::start(Engine::Sqlite);
    let answer = kassa.get("/checkout/retrieve").expect(404);
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(answer.text().contains("The APIs answer below /neuro-pay, /neopay/api,"), "{}", answer.text());
    assert!(browse(&kassa, "/docs/nope").expect(404).text().contains("The reference begins at /docs/"));
    assert!(browse(&kassa, "/checkout/retrieve").expect(404).text().contains("<h1>Page not found</h1>"));
    assert!(kassa.get("/c/x/y").expect(404).text().contains("<h1>Page not found</h1>"));
}

#[test]
fn a_public_url_that_begins_as_our_own_addresses_is_refused_at_the_start() {
    let kassa = Server::start(Engine::Sqlite);
    for path in ["docs", "c", "checkout-com", "assets/kassa"] {
        let url = format!("https://pay.example.com/{path}");
        let output = kassa.command(&["serve", "--listen", "127.0.0.1:0", "--public-url", &url]).failed(2);
        assert!(
            output.stderr.contains("give another path, such as https://pay.example.com/pay"),
            "{output:?}"
        );
    }
}
