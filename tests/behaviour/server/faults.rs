//! The disk full, the database away, the key lost: 503 and no harm, and well again by itself.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::neuro_pay::{Client, checkout, customer, is_error, with};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, Setup, eventually, on_each_engine, pause};
use serde_json::{Value, json};

on_each_engine!(
    without_its_root_key_nothing_starts_and_nothing_is_written,
    with_a_wrong_root_key_nothing_starts_and_nothing_is_written,
    what_is_refused_for_room_makes_the_server_unready_until_there_is_some,
);

/// In blocks of 512 bytes: enough to start, soon full.
const SMALL_DISK: u64 = 3 * 2048;
const DISK_LIMIT: Duration = Duration::from_secs(10);
const POSTGRES_LIMIT: Duration = Duration::from_secs(5);

fn large() -> Value {
    with(checkout(), &[("metaData", json!({ "filler": "x".repeat(15_000) }))])
}

#[track_caller]
fn is_busy(answer: &Answer) {
    is_error(answer, 503);
    let wait: u32 =
        answer.header("retry-after").and_then(|value| value.parse().ok()).expect("Retry-After in seconds");
    assert!(wait > 0);
}

#[test]
fn a_full_disk_is_503_and_writes_work_again_once_there_is_room() {
    let kassa = Setup::new(Engine::Sqlite).file_limit(SMALL_DISK).start();
    let shop = Client::fresh(&kassa);
    let open = shop.create();
    let reserved = shop.in_status(&kassa, "reserved");
    // Refused once is not yet full: once a second what the log holds goes into the file, and the log begins anew.
    let mut landed = Vec::new();
    let mut times_room_was_made = 0;
    let refused = (0..10_000).find(|number| {
        let answer = shop.post_once(&format!("k{number}"), "/checkout/create", &large());
        if answer.status == 200 {
            landed.push(answer.json());
            return false;
        }
        is_busy(&answer);
        let room = (0..30).find(|_| {
            pause(Duration::from_millis(100));
            shop.post("/checkout/create", &large()).status == 200
        });
        times_room_was_made += usize::from(room.is_some());
        room.is_none()
    });
    let refused = refused.expect("the disk fills up");
    assert!(times_room_was_made > 0, "the log was never emptied");
    // What is left has room for something smaller, until it has not.
    let small =
        (0..200).map(|_| shop.post("/checkout/create", &checkout())).find(|answer| answer.status != 200);
    is_busy(&small.expect("the disk fills up"));
    // Reads go on; every kind of write says when to come again; nothing is half done.
    shop.post("/checkout/retrieve", &reserved.body(&[])).expect(200);
    for made in &landed {
        let read = shop.post("/checkout/retrieve", &json!({ "checkout_id": made["checkout_id"] })).ok();
        assert_eq!(read, *made);
    }
    let before = reserved.now();
    is_busy(&shop.post("/checkout/create", &large()));
    let filler = [("metaData", json!({ "filler": "x".repeat(15_000) }))];
    is_busy(&shop.post("/checkout/create-customer", &with(customer(), &filler)));
    let page = open.buyer().open().expect(200);
    assert!(page.text().contains("name=\"form\""));
    let form = open.buyer().form();
    let paid = open.buyer().send(&form, APPROVED);
    assert!(matches!(paid.status, 303 | 503), "{}", paid.status);
    assert_eq!(reserved.now(), before);
    kassa.get("/livez").expect(200);
    // Room again.
    kassa.unlimit_files();
    eventually(DISK_LIMIT, "writes work again", || {
        let answer = shop.post("/checkout/create", &large());
        if answer.status == 503 {
            is_busy(&answer);
            return None;
        }
        Some(answer.expect(200))
    });
    eventually(DISK_LIMIT, "the server is ready", || (kassa.get("/readyz").status == 200).then_some(()));
    let again = shop.post_once(&format!("k{refused}"), "/checkout/create", &large()).expect(200);
    assert_eq!(again.header("idempotency-replayed"), None, "the refused create had an effect");
    eventually(Duration::from_secs(60), "the buyer can pay", || {
        if open.now()["status"] == "paid" {
            return Some(());
        }
        if open.buyer().open().text().contains("name=\"form\"") {
            open.buyer().pay(APPROVED);
        }
        None
    });
    assert_eq!(reserved.capture().ok()["status"], "paid");
    kassa.checks_out();
}

/// A small write may still fit, so what says whether there is room needs as much as others do.
fn what_is_refused_for_room_makes_the_server_unready_until_there_is_some(engine: Engine) {
    let setup = Setup::new(engine);
    let kassa = match engine {
        Engine::Sqlite => setup.file_limit(SMALL_DISK).start(),
        Engine::Postgres => setup.start(),
    };
    let shop = Client::fresh(&kassa);
    let made = shop.create_customer();
    match engine {
        // Whatever the writer does about it once a second, no more than something small fits.
        Engine::Sqlite => {
            let is_full = || shop.post("/checkout/create", &large()).status == 503;
            while !(is_full()
                && (0..15).all(|_| {
                    pause(Duration::from_millis(100));
                    is_full()
                }))
            {}
        }
        // What needs more room than there is gets PostgreSQL's own error for it.
        Engine::Postgres => {
            kassa.tamper(
                "create function no_room() returns trigger language plpgsql as $$ begin
                     raise exception 'could not extend file' using errcode = '53100'; end $$",
            );
            for (table, column) in [("payments", "metadata"), ("settings", "value")] {
                kassa.tamper(&format!(
                    "create trigger no_room before insert on {table} for each row
                     when (length(new.{column}) > 10000) execute function no_room()"
                ));
            }
            is_busy(&shop.post("/checkout/create", &large()));
            shop.post("/checkout/create", &checkout()).expect(200);
        }
    }
    let status = || kassa.get("/readyz").status;
    // It says so as soon as it is asked, and does not change its mind: each answer stands for a second.
    for _ in 0..15 {
        assert_eq!(status(), 503);
        pause(Duration::from_millis(200));
    }
    shop.retrieve_customer(made["customer_id"].as_str().expect("an id")).expect(200);
    match engine {
        Engine::Sqlite => kassa.unlimit_files(),
        Engine::Postgres => kassa.tamper("drop function no_room cascade"),
    }
    // Nothing else writes meanwhile.
    eventually(DISK_LIMIT, "the server is ready", || (status() == 200).then_some(()));
    shop.post("/checkout/create", &large()).expect(200);
    let cells = kassa.cells();
    assert!(!cells.iter().any(|cell| cell.place == "settings.value" && cell.text().len() > 1_000));
    kassa.checks_out();
}

#[test]
fn a_disk_that_is_full_at_the_start_is_said_and_ends_with_1() {
    let output = Setup::new(Engine::Sqlite).file_limit(8).fails_to_start().failed(1);
    assert!(!output.stdout.contains("ready"), "{output:?}");
    assert!(!output.stderr.contains("panicked"), "{output:?}");
}

#[test]
fn a_database_that_cannot_be_reached_at_the_start_is_said_and_ends_with_1() {
    let setup =
        Setup::new(Engine::Sqlite).variable("KASSA_DATABASE_URL", "postgres://kassa:hush@127.0.0.1:1/kassa");
    let output = setup.fails_to_start().failed(1);
    assert!(!output.stderr.contains("hush") && !output.stderr.contains("panicked"), "{output:?}");
}

#[test]
fn writes_work_again_after_postgresql_ended_every_connection() {
    let kassa = Server::start(Engine::Postgres);
    let shop = Client::fresh(&kassa);
    let acknowledged: Mutex<Vec<Value>> = Mutex::default();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let (shop, acknowledged, over) = (&shop, &acknowledged, &over);
            scope.spawn(move || {
                for number in 0.. {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    let key = format!("{thread}-{number}");
                    let answer = shop.post_once(&key, "/checkout/create-customer", &customer());
                    match answer.status {
                        200 => acknowledged.lock().expect("no panic").push(answer.json()),
                        409 => drop(is_error(&answer, 409)),
                        _ => is_busy(&answer),
                    }
                }
            });
        }
        let count = || acknowledged.lock().expect("no panic").len();
        for round in 1..=5 {
            let enough = count() + 50;
            eventually(Duration::from_secs(20), "there is load", || (count() > enough).then_some(()));
            assert!(kassa.terminate_backends() > 0);
            let write = || {
                let answer = shop.post("/checkout/create-customer", &customer());
                (answer.status == 200).then_some(())
            };
            eventually(POSTGRES_LIMIT, &format!("writes work again, round {round}"), write);
        }
        over.store(true, Ordering::Relaxed);
    });
    for made in acknowledged.into_inner().expect("no panic").iter().rev().take(300) {
        let id = made["customer_id"].as_str().expect("an id");
        assert_eq!(shop.retrieve_customer(id).ok(), *made);
    }
    kassa.checks_out();
    kassa.is_healthy();
}

#[test]
fn refunds_stay_exact_while_postgresql_ends_connections() {
    let kassa = Server::start(Engine::Postgres);
    let shop = Client::fresh(&kassa);
    let checkouts: Vec<_> = (0..4).map(|_| shop.in_status(&kassa, "paid")).collect();
    let refund = |thread: usize| {
        for number in 0..20 {
            let body = checkouts[thread % 4].body(&[("amount", json!(100))]);
            eventually(Duration::from_secs(60), "the refund is settled", || {
                let answer = shop.post_once(&format!("{thread}-{number}"), "/checkout/refund", &body);
                match answer.status {
                    200 => Some(()),
                    409 => None,
                    _ => {
                        is_busy(&answer);
                        None
                    }
                }
            });
        }
    };
    std::thread::scope(|scope| {
        let refund = &refund;
        let threads: Vec<_> = (0..8).map(|thread| scope.spawn(move || refund(thread))).collect();
        for _ in 0..10 {
            if threads.iter().all(std::thread::ScopedJoinHandle::is_finished) {
                break;
            }
            kassa.terminate_backends();
            kassa_tests::pause(Duration::from_millis(200));
        }
    });
    for checkout in &checkouts {
        let now = checkout.now();
        assert_eq!(now["amount_refunded"], 4_000, "each key is one refund");
    }
    kassa.checks_out();
    kassa.is_healthy();
}

fn without_its_root_key_nothing_starts_and_nothing_is_written(engine: Engine) {
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let made = shop.create_customer();
    kassa.kill();
    let key = kassa.data().join("root.key");
    let aside = kassa.folder().join("aside.key");
    std::fs::rename(&key, &aside).expect("the key is there");
    let before = kassa.command(&["--help"]).done();
    assert!(before.stdout.contains("serve"));
    refuses_everything(&kassa, &[]);
    assert!(!key.exists(), "a new key was made");
    std::fs::rename(&aside, &key).expect("the key comes back");
    kassa.start_stopped();
    let shop = Client::with_key(&kassa, shop.key());
    shop.retrieve_customer(made["customer_id"].as_str().expect("an id")).expect(200);
    assert!(
        kassa.command(&["merchant", "list", "--json"]).done().lines().len() == 1,
        "a merchant was written"
    );
}

fn with_a_wrong_root_key_nothing_starts_and_nothing_is_written(engine: Engine) {
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let made = shop.create_customer();
    kassa.kill();
    let wrong = "0123456789abcdef".repeat(4);
    refuses_everything(&kassa, &[("KASSA_ROOT_KEY", &wrong)]);
    let file = kassa.folder().join("wrong.key");
    std::fs::copy(kassa.data().join("root.key"), &file).expect("a key");
    let text = std::fs::read_to_string(&file).expect("a key is text");
    let digit = if text.starts_with('0') { "1" } else { "0" };
    std::fs::write(&file, format!("{digit}{}", &text[1..])).expect("a file");
    refuses_everything(&kassa, &[("KASSA_ROOT_KEY_FILE", file.to_str().expect("UTF-8"))]);
    kassa.start_stopped();
    let shop = Client::with_key(&kassa, shop.key());
    shop.retrieve_customer(made["customer_id"].as_str().expect("an id")).expect(200);
    assert!(
        kassa.command(&["merchant", "list", "--json"]).done().lines().len() == 1,
        "a merchant was written"
    );
}

/// Every command that opens the keys exits 1 and says why, without the key.
fn refuses_everything(kassa: &Server, variables: &[(&str, &str)]) {
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["merchant", "create", "--name", "Intruder", "--mode", "test", "--json"],
        &["merchant", "list"],
        &["key", "list"],
        &["checkout", "revoke", "00000000000040008000000000000000"],
        &["doctor"],
    ] {
        let output = kassa.command_with(|command| {
            command.args(arguments).envs(variables.iter().copied());
        });
        let output = output.failed(1);
        let words = format!("{}{}", output.stdout, output.stderr);
        assert!(words.contains("root key") || words.contains("root.key"), "{arguments:?}: {words}");
        assert!(!words.contains("panicked"), "{words}");
        for (_, value) in variables {
            assert!(!words.contains(value) || value.contains('/'), "the key is in {words}");
        }
    }
}
