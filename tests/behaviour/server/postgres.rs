//! PostgreSQL as people run it: with few connections, behind a pooler, with certificates, frozen, and set up wrong.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kassa_tests::drivers::neuro_pay::{Client, customer, is_error};
use kassa_tests::{Engine, Pooler, Setup, Switch, at_once, eventually};

/// How long a database that says nothing may keep a caller waiting, and a little more.
const FROZEN_LIMIT: Duration = Duration::from_secs(5 + 2);
const THAW_LIMIT: Duration = Duration::from_secs(5 + 2);
/// How long it may take until all threads have a connection again, and a little more.
const ALL_LIMIT: Duration = Duration::from_secs(15 + 2);

/// Makes one address of a database out of another.
type Way = fn(&str) -> String;

#[test]
fn the_connections_that_there_are_do_all_the_work() {
    let kassa = Setup::new(Engine::Postgres).way(own_user).start();
    let shop = Client::fresh(&kassa);
    kassa.limit_connections(3);
    // What was connected finds out at its next use.
    let make = || at_once(40, |_| shop.post("/checkout/create-customer", &customer()).status);
    let is_well = || (0..3).all(|_| make().iter().all(|&status| status == 200));
    eventually(Duration::from_secs(20), "nothing is refused", || is_well().then_some(()));
    let log = kassa.log();
    assert!(log.contains("of 16 connections") && log.contains("--database-connections"), "{log}");
}

/// The database for a user of its own.
fn own_user(url: &str) -> String {
    let (_, name) = url.rsplit_once('/').expect("a database");
    let role = format!("user_of_{name}");
    psql(
        url,
        &format!(
            "create role {role} login; grant all on database {name} to {role}; \
             grant all on schema public to {role}; alter database {name} owner to {role}"
        ),
    );
    format!("postgres://{role}@{}", place(url))
}

fn psql(url: &str, text: &str) {
    // The same address is made again for each command of one server.
    let known = format!(
        "do $$ begin {}; exception when duplicate_object then null; end $$",
        text.replace("; ", ";\n")
    );
    let done = Command::new("psql").args(["-qX", "-v", "ON_ERROR_STOP=1", "-c", &known, url]).status();
    assert!(done.expect("psql is installed with PostgreSQL").success(), "psql failed: {text}");
}

#[test]
fn a_pooler_that_shares_sessions_is_refused_and_one_that_does_not_is_used() {
    for mode in ["transaction", "statement"] {
        let pooler = Pooler::start(mode, None);
        let output = Setup::new(Engine::Postgres).way(pooler.way("127.0.0.1", "")).fails_to_start().failed(1);
        assert!(output.stderr.contains("pool_mode=session"), "{mode}: {output:?}");
    }
    let pooler = Pooler::start("session", None);
    let kassa = Setup::new(Engine::Postgres).way(pooler.way("127.0.0.1", "")).start();
    let shop = Client::fresh(&kassa);
    for answer in at_once(40, |_| shop.post("/checkout/create-customer", &customer())) {
        answer.expect(200);
    }
}

#[test]
fn certificates_are_looked_at_as_psql_looks_at_them() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let strangers = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let pooler = Pooler::start("session", Some((&made.cert.pem(), &made.signing_key.serialize_pem())));
    let file = |name: &str, text: &str| {
        let path = pooler.folder().join(name);
        std::fs::write(&path, text).expect("a file");
        format!("&sslrootcert={}", path.to_str().expect("UTF-8"))
    };
    let [right, wrong] = [file("right.pem", &made.cert.pem()), file("wrong.pem", &strangers.cert.pem())];
    let mut both = [0, 0];
    let create = ["merchant", "create", "--name", "Acme", "--mode", "test"];
    for mode in ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] {
        for root in ["", &right, &wrong] {
            for host in ["localhost", "127.0.0.1"] {
                // What stands for "none" differs: Kassa trusts the system's certificates where psql wants a file.
                if root.is_empty() && mode.starts_with("verify") {
                    continue;
                }
                let way = pooler.way(host, &format!("?sslmode={mode}{root}"));
                let mut psql = Command::new("psql");
                psql.args(["-qXAt", "-c", "select 1", &way("postgres://postgres@place/postgres")]);
                psql.stdout(Stdio::null()).stderr(Stdio::null());
                let by_psql = psql.status().expect("psql is installed with PostgreSQL").success();
                let output = Setup::new(Engine::Postgres).way(way).runs(&create);
                assert_eq!(output.code == Some(0), by_psql, "{mode} {root} {host}: {output:?}");
                both[usize::from(by_psql)] += 1;
            }
        }
    }
    assert!(both[0] >= 5 && both[1] >= 5, "one answer to almost all of them shows nothing: {both:?}");
}

#[test]
fn a_frozen_database_is_503_soon_and_works_again_when_it_goes_on() {
    let line = Switch::new();
    let kassa = Setup::new(Engine::Postgres).way(line.way()).start();
    let shop = Client::fresh(&kassa);
    let made = shop.create_customer();
    line.freeze(true);
    let asked = Instant::now();
    let answers = at_once(40, |number| match number % 2 {
        0 => shop.post("/checkout/create-customer", &customer()),
        _ => shop.retrieve_customer(made["customer_id"].as_str().expect("an id")),
    });
    let took = asked.elapsed();
    for answer in answers {
        is_error(&answer, 503);
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
    }
    assert!(took < FROZEN_LIMIT, "they took {took:?}");
    kassa.get("/livez").expect(200);
    // By now who waited has given up its connection and tries to make another one.
    let before = threads_of(kassa.pid());
    at_once(40, |_| is_error(&shop.post("/checkout/create-customer", &customer()), 503));
    let after = threads_of(kassa.pid());
    assert!(after <= before + 4, "its threads grow: {before}, {after}");
    line.freeze(false);
    eventually(THAW_LIMIT, "all writes work again", || {
        let answers = at_once(40, |_| shop.post("/checkout/create-customer", &customer()).status);
        answers.iter().all(|&status| status == 200).then_some(())
    });
    eventually(ALL_LIMIT, "each thread has one connection", || (line.connections() == 16).then_some(()));
}

fn threads_of(process: u32) -> usize {
    std::fs::read_dir(format!("/proc/{process}/task")).expect("it runs").count()
}

/// A firewall that forgot a connection lets nothing through and says nothing. Neither does a server that was replaced.
#[test]
fn connections_that_stay_open_and_silent_are_given_up_for_others() {
    let line = Switch::new();
    let kassa = Setup::new(Engine::Postgres).way(line.way()).start();
    let shop = Client::fresh(&kassa);
    let create = || at_once(40, |_| shop.post("/checkout/create-customer", &customer()).status);
    eventually(THAW_LIMIT, "each thread has a connection", || (line.connections() == 16).then_some(()));
    line.forget();
    let asked = Instant::now();
    let answers = create();
    assert!(asked.elapsed() < FROZEN_LIMIT, "they took {:?}", asked.elapsed());
    assert!(answers.iter().all(|status| [200, 503].contains(status)), "{answers:?}");
    eventually(THAW_LIMIT, "all writes work again", || {
        create().iter().all(|&status| status == 200).then_some(())
    });
    eventually(ALL_LIMIT, "each thread has a connection again", || {
        create();
        (line.connections() == 16).then_some(())
    });
    kassa.is_healthy();
}

/// What takes connections and then says nothing, or no more at some moment of the start.
#[test]
fn whoever_takes_a_connection_and_says_nothing_ends_a_start_and_a_command() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let silent = listener.local_addr().expect("its address");
    let way = move |_: &str| format!("postgres://kassa@{silent}/kassa");
    let commands: [&[&str]; 3] = [&["serve", "--listen", "127.0.0.1:0"], &["doctor"], &["merchant", "list"]];
    at_once(commands.len(), |number| {
        let asked = Instant::now();
        ends_for_silence(way, commands[number]);
        assert!(asked.elapsed() < FROZEN_LIMIT, "it took {:?}", asked.elapsed());
    });
    let moments = ["transaction_read_only", "synchronous_commit", "pg_backend_pid", "fsync", "advisory"];
    at_once(moments.len(), |number| {
        let line = Switch::new();
        line.freeze_at(moments[number]);
        ends_for_silence(line.way(), commands[0]);
        assert!(line.frozen_for() < FROZEN_LIMIT, "it took {:?}", line.frozen_for());
    });
}

#[test]
fn a_host_that_says_nothing_does_not_stand_before_another_one() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let silent = listener.local_addr().expect("its address");
    let way = move |url: &str| url.replacen('@', &format!("@{silent},"), 1);
    let kassa = Setup::new(Engine::Postgres).way(way).start();
    Client::fresh(&kassa).create_customer();
}

fn ends_for_silence(way: impl Fn(&str) -> String + Send + Sync + 'static, command: &[&str]) {
    let output = Setup::new(Engine::Postgres).way(way).runs(command);
    assert_eq!(output.code, Some(1), "{output:?}");
    let words = format!("{}{}", output.stdout, output.stderr);
    assert!(words.contains("no answer within 5s"), "{words}");
}

/// Nobody is told that it is ready, and a signal would still end it.
#[test]
fn a_database_that_falls_silent_during_the_start_ends_it() {
    let line = Switch::new();
    line.freeze_at("show server_version");
    let ended = Setup::new(Engine::Postgres).way(line.way()).fails_to_start();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.stderr.contains("no answer from PostgreSQL"), "{ended:?}");
    assert!(line.frozen_for() < FROZEN_LIMIT, "it took {:?}", line.frozen_for());
}

/// A connection that was ended while nobody used it is found out by its next user, who gets another one.
#[test]
fn connections_that_were_ended_while_they_lay_idle_cost_no_answer() {
    let kassa = Setup::new(Engine::Postgres).start();
    let shop = Client::fresh(&kassa);
    let made = shop.create_customer();
    for _ in 0..3 {
        assert!(kassa.terminate_backends() > 0);
        // More than there are connections, one after the other.
        for number in 0..40 {
            match number % 2 {
                0 => shop.post("/checkout/create-customer", &customer()).expect(200),
                _ => shop.retrieve_customer(made["customer_id"].as_str().expect("an id")).expect(200),
            };
        }
    }
    kassa.is_healthy();
}

#[test]
fn what_is_wrong_with_the_database_is_said_with_what_mends_it() {
    let ways: [(&str, Way); 9] = [
        ("createdb", |url| format!("{url}_of_nobody")),
        ("pg_hba.conf", |url| format!("postgres://nobody_at_all@{}", place(url))),
        ("sslmode=sometimes", |url| format!("{url}?sslmode=sometimes")),
        ("does not support TLS", |url| format!("{url}?sslmode=require")),
        ("`sslcompresion`", |url| format!("{url}?sslcompresion=0")),
        ("does not allow writes", |url| format!("{url}?options=-c%20default_transaction_read_only%3Don")),
        ("grant create", stranger),
        ("holds tables of another program", another_program),
        ("create schema", |url| format!("{url}?options=-c%20search_path%3Dnowhere")),
    ];
    for (says, way) in ways {
        for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["doctor"]] {
            let output = Setup::new(Engine::Postgres).way(way).runs(command);
            assert_eq!(output.code, Some(1), "{output:?}");
            let words = format!("{}{}", output.stdout, output.stderr);
            assert!(words.contains(says), "{says}: {words}");
            assert!(!words.contains("panicked") && !words.contains("defect"), "{words}");
        }
    }
}

/// The database for a user who may do nothing in it.
fn stranger(url: &str) -> String {
    let (_, name) = url.rsplit_once('/').expect("a database");
    psql(url, &format!("create role stranger_{name} login"));
    format!("postgres://stranger_{name}@{}", place(url))
}

/// The database with another program's tables in it.
fn another_program(url: &str) -> String {
    psql(url, "create table if not exists schema_migrations (version bigint primary key)");
    url.to_owned()
}

/// Host, port and database.
fn place(url: &str) -> &str {
    url.split_once('@').expect("the URL names a user").1
}

#[test]
fn words_of_the_address_reach_postgresql_as_they_stand() {
    let way = |url: &str| format!("{url}?options=-c%20search_path%3Dpay%2Cpublic&application_name=ours");
    let kassa = Setup::new(Engine::Postgres).way(way).start();
    Client::fresh(&kassa).create_customer();
}
