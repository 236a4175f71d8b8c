//! What takes a PostgreSQL cluster of a test's own: one that asks for passwords, and two of which one follows the other.

use std::time::{Duration, Instant};

use kassa_tests::drivers::neuro_pay::{Client, customer, is_error};
use kassa_tests::{Cluster, Engine, Setup, Switch, at_once, eventually};
use serde_json::Value;

/// How soon writes are back once the name leads to a server that takes them, and a little more.
const BACK_LIMIT: Duration = Duration::from_secs(5 + 2);
/// How soon what is wrong is said, and a little more.
const SAID_LIMIT: Duration = Duration::from_secs(5 + 2);

/// How long a thread may keep a session that only reads: until its next turn to connect, and a little more.
const LEFT_LIMIT: Duration = Duration::from_secs(15 + 2);
const SESSIONS: &str = "select count(*) from pg_stat_activity where application_name = 'kassa serve'";

const PASSWORD: &str = "the-one-that-opens";
const WRONG_PASSWORD: &str = "the-one-that-does-not";

#[test]
fn a_wrong_password_is_said_with_what_mends_it_and_no_password_is_ever_shown() {
    let cluster = Cluster::start(Some("of-the-superuser"));
    for role in ["shop", "guest"] {
        cluster.run_sql(&format!("create role {role} login password '{PASSWORD}'"));
    }
    cluster.run_sql("create database shop owner shop");
    cluster.run_sql("create database closed");
    cluster.run_sql("revoke connect on database closed from public");
    let at = |who: &str, database: &str| format!("postgres://{who}@{}/{database}", cluster.place());
    let [right, wrong] = [PASSWORD, WRONG_PASSWORD].map(|password| format!("shop:{password}"));
    let guest = format!("guest:{PASSWORD}");
    let ways = [
        ("look at the user and the password in the database URL, and at pg_hba.conf", at(&wrong, "shop")),
        ("password missing", at("shop", "shop")),
        ("make it with createdb", at(&right, "nowhere")),
        ("grant create", at(&guest, "shop")),
        ("own the database", at(&guest, "closed")),
        ("does not support TLS", at(&right, "shop?sslmode=require")),
        ("sslmode=sometimes", at(&right, "shop?sslmode=sometimes")),
        ("the database URL", format!("postgres://{right}@127.0.0.1:port/shop")),
    ];
    let commands: [&[&str]; 3] =
        [&["serve", "--listen", "127.0.0.1:0"], &["doctor"], &["merchant", "list", "--log-level", "trace"]];
    for (says, url) in ways {
        for command in commands {
            let url = url.clone();
            let asked = Instant::now();
            let output = Setup::new(Engine::Postgres).way(move |_| url.clone()).runs(command);
            let took = asked.elapsed();
            assert_eq!(output.code, Some(1), "{says}: {output:?}");
            let words = format!("{}{}", output.stdout, output.stderr);
            assert!(words.contains(says), "{says}: {words}");
            assert!(!words.contains(PASSWORD) && !words.contains(WRONG_PASSWORD), "{words}");
            assert!(took < SAID_LIMIT, "{says}: it took {took:?}");
        }
    }

    let url = at(&right, "shop");
    let kassa = Setup::new(Engine::Postgres).argument("--log-level").argument("trace");
    let kassa = kassa.way(move |_| url.clone()).start();
    let shop = Client::fresh(&kassa);
    shop.create_customer();
    // The password becomes another one under a server that runs.
    cluster.run_sql(&format!("alter role shop password '{WRONG_PASSWORD}'"));
    cluster.run_sql("select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = 'shop'");
    for answer in at_once(8, |_| shop.post("/checkout/create-customer", &customer())) {
        is_error(&answer, 503);
    }
    cluster.run_sql(&format!("alter role shop password '{PASSWORD}'"));
    eventually(BACK_LIMIT, "writes work again", || {
        (shop.post("/checkout/create-customer", &customer()).status == 200).then_some(())
    });
    let words = kassa.log();
    assert!(!words.contains(PASSWORD), "the log shows the password");
}

#[test]
fn a_server_that_only_reads_is_left_as_soon_as_the_name_leads_to_one_that_writes() {
    let mut primary = Cluster::start(None);
    primary.run_sql("create database shop");
    let line = Switch::new();
    let url = line.way()(&format!("postgres://postgres@{}/shop", primary.place()));
    let kassa = Setup::new(Engine::Postgres).way(move |_| url.clone()).start();
    let shop = Client::fresh(&kassa);
    let first = shop.create_customer();
    let standby = primary.standby();
    let create = || shop.post("/checkout/create-customer", &customer());
    let retrieve = |made: &Value| shop.retrieve_customer(made["customer_id"].as_str().expect("an id")).status;
    let is_ready = |status| {
        eventually(BACK_LIMIT, "it is known", || (kassa.get("/readyz").status == status).then_some(()));
    };
    let only_reads = || {
        at_once(40, |_| is_error(&create(), 503));
        eventually(BACK_LIMIT, "what only reads is answered", || (retrieve(&first) == 200).then_some(()));
        is_ready(503);
    };
    let writes = || {
        eventually(BACK_LIMIT, "writes are back", || (create().status == 200).then_some(()));
        eventually(BACK_LIMIT, "all writes are back", || {
            at_once(40, |_| create().status).iter().all(|&status| status == 200).then_some(())
        });
        is_ready(200);
    };

    // The name is wrong for a while. When it is right again, what it led to before is still there.
    line.lead_to(&standby.place());
    line.cut();
    only_reads();
    line.lead_to(&primary.place());
    writes();
    eventually(LEFT_LIMIT, "nobody is connected to the one that only reads", || {
        at_once(40, |_| retrieve(&first));
        (standby.count(SESSIONS) == 0).then_some(())
    });

    // The one that wrote is gone, and after a while the other has its place.
    let last = shop.create_customer();
    let written = primary.text("select pg_current_wal_lsn()::text");
    let lacks = format!("select (pg_last_wal_replay_lsn() < '{written}')::int::bigint");
    eventually(BACK_LIMIT, "the standby has it all", || (standby.count(&lacks) == 0).then_some(()));
    primary.kill();
    line.lead_to(&standby.place());
    line.cut();
    only_reads();
    standby.promote();
    writes();
    assert_eq!([&first, &last].map(retrieve), [200, 200]);
    kassa.checks_out();
}
