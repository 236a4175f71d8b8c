//! What was acknowledged is there: under load, after kill -9, after a stop.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use kassa_tests::drivers::neuro_pay::{Client, customer, with};
use kassa_tests::{Engine, Server, Setup, Switch, eventually, on_each_engine, raw, spread};
use serde_json::{Value, json};

on_each_engine!(
    two_thousand_creates_by_sixty_four_clients_all_land,
    kill_nine_loses_no_acknowledged_create_and_keys_decide_the_rest,
    a_stop_finishes_what_is_being_answered,
    a_stop_waits_eight_seconds_at_most_for_half_a_request_or_a_slow_reader,
    a_stop_ends_in_time_whoever_has_the_database,
    data_stays_over_a_restart_on_another_port,
);

/// Ready again after a crash: the contract's 2 s, for a machine that has nothing else to do.
const READY_AGAIN: Duration = Duration::from_secs(2);

/// What starts a server mostly gives it 10 s to end.
const ENDED: Duration = Duration::from_secs(8);

fn numbered(number: usize) -> Value {
    with(customer(), &[("last_name", json!(format!("Number {number}")))])
}

fn two_thousand_creates_by_sixty_four_clients_all_land(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let made: Mutex<Vec<Value>> = Mutex::default();
    spread(64, 2_000, |number| {
        let answer = shop.post("/checkout/create-customer", &numbered(number)).ok();
        made.lock().expect("no panic").push(answer);
        true
    });
    let made = made.into_inner().expect("no panic");
    let ids: HashSet<&str> = made.iter().filter_map(|customer| customer["customer_id"].as_str()).collect();
    assert_eq!(ids.len(), 2_000);
    spread(8, made.len(), |number| {
        let id = made[number]["customer_id"].as_str().expect("an id");
        assert_eq!(shop.retrieve_customer(id).ok(), made[number]);
        true
    });
    kassa.checks_out();
    kassa.is_healthy();
}

fn kill_nine_loses_no_acknowledged_create_and_keys_decide_the_rest(engine: Engine) {
    const KEYS: usize = 5_000;
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let acknowledged: Mutex<Vec<(usize, Vec<u8>)>> = Mutex::default();
    let count = || acknowledged.lock().expect("no panic").len();
    let send = |shop: &Client, number: usize| {
        let headers = [("idempotency-key", format!("n-{number}"))];
        let headers = [(headers[0].0, headers[0].1.as_str())];
        shop.try_send("/checkout/create-customer", &headers, numbered(number).to_string().as_bytes())
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            spread(64, KEYS, |number| {
                let Ok(answer) = send(&shop, number) else { return false };
                acknowledged.lock().expect("no panic").push((number, answer.expect(200).body));
                true
            });
        });
        eventually(Duration::from_secs(30), "some creates are acknowledged", || {
            (count() > 400).then_some(())
        });
        kassa.signal_kill();
    });
    let acknowledged = acknowledged.into_inner().expect("no panic");
    assert!(acknowledged.len() < KEYS, "the kill came too late to cut anything off");
    kassa.restart();
    assert!(kassa.took() < READY_AGAIN, "ready again after {:?}", kassa.took());
    kassa.checks_out();
    let shop = Client::with_key(&kassa, shop.key());
    let last = acknowledged.iter().map(|(number, _)| *number).max().expect("some");
    let ids: Mutex<HashSet<String>> = Mutex::default();
    // Everybody asks again with the same key, who had an answer and who had none.
    spread(16, last + 1, |number| {
        let answer = send(&shop, number).expect("an answer").expect(200);
        let known = acknowledged.iter().find(|(acknowledged, _)| *acknowledged == number);
        if let Some((_, body)) = known {
            assert!(answer.is_replay(), "an acknowledged create was lost");
            // The server's address is in the links, and the port is the same.
            assert_eq!(answer.body, *body);
        }
        let made = answer.json();
        let id = made["customer_id"].as_str().expect("an id");
        assert_eq!(shop.retrieve_customer(id).ok(), made);
        ids.lock().expect("no panic").insert(id.to_owned());
        true
    });
    assert_eq!(ids.into_inner().expect("no panic").len(), last + 1, "a key had two effects");
    kassa.is_healthy();
}

fn a_stop_finishes_what_is_being_answered(engine: Engine) {
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let made: Mutex<Vec<String>> = Mutex::default();
    let count = || made.lock().expect("no panic").len();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            spread(8, 100_000, |number| {
                let body = numbered(number).to_string();
                let Ok(answer) = shop.try_send("/checkout/create-customer", &[], body.as_bytes()) else {
                    return false;
                };
                let answer = answer.expect(200).json();
                made.lock()
                    .expect("no panic")
                    .push(answer["customer_id"].as_str().expect("an id").to_owned());
                true
            });
        });
        eventually(Duration::from_secs(30), "some creates are answered", || (count() > 50).then_some(()));
        let status = kassa.stop();
        assert_eq!(status.code(), Some(0), "{}", kassa.log());
    });
    kassa.start_stopped();
    let shop = Client::with_key(&kassa, shop.key());
    for id in made.into_inner().expect("no panic") {
        shop.retrieve_customer(&id).expect(200);
    }
    kassa.is_healthy();
}

fn a_stop_waits_eight_seconds_at_most_for_half_a_request_or_a_slow_reader(engine: Engine) {
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let head = "POST /neuro-pay/checkout/create-customer HTTP/1.1\r\nHost: k\r\n";
    let body = format!("{head}Authorization: Bearer {}\r\nContent-Type: application/json\r\n", shop.key());
    // More than the sockets on both sides hold.
    let large = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: k\r\n\r\n".repeat(20);
    let held: Vec<TcpStream> = [
        "P".to_owned(),
        head.to_owned(),
        format!("{body}Content-Length: 60000\r\n\r\n"),
        format!("{body}Content-Length: 60000\r\n\r\n{{\"first_name\":"),
        format!("{body}Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"f"),
        format!("{body}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n"),
        large,
    ]
    .iter()
    .map(|sent| {
        let mut stream = raw::connect(kassa.address());
        stream.write_all(sent.as_bytes()).expect("it is sent");
        stream
    })
    .collect();
    // Somebody who reads only the beginning.
    (&held[6]).read_exact(&mut [0; 1_000]).expect("an answer has begun");
    let begun = Instant::now();
    let status = kassa.stop();
    let took = begun.elapsed();
    assert_eq!(status.code(), Some(0), "{}", kassa.log());
    assert!(took < ENDED + Duration::from_secs(2), "it took {took:?}: {}", kassa.log());
    drop(held);
    kassa.start_stopped();
    kassa.is_healthy();
}

/// Half a request is open, somebody was deleted a moment ago, and somebody else has the database: reads it, or writes and
/// does not end, or it says nothing any more.
fn a_stop_ends_in_time_whoever_has_the_database(engine: Engine) {
    let others: &[&str] = match engine {
        Engine::Sqlite => &["begin; select count(*) from customers", "begin immediate"],
        Engine::Postgres => &["frozen"],
    };
    for other in others {
        let line = Switch::new();
        let mut kassa = match engine {
            Engine::Sqlite => Server::start(engine),
            Engine::Postgres => Setup::new(engine).way(line.way()).start(),
        };
        let shop = Client::fresh(&kassa);
        let made = shop.create_customer();
        let mut half = raw::connect(kassa.address());
        half.write_all(b"POST /neuro-pay/checkout/create HTTP/1.1\r\nHost: k\r\n").expect("it is sent");
        let file = kassa.data().join("kassa.db");
        let connection =
            (engine == Engine::Sqlite).then(|| rusqlite::Connection::open(file).expect("it opens"));
        let reads = other.contains("select");
        let has_it = || match &connection {
            Some(connection) => connection.execute_batch(other).expect("it begins"),
            None => line.freeze(true),
        };
        // Who only reads does so before the deletion, and who writes would keep it from being made.
        if reads {
            has_it();
        }
        shop.delete_customer(made["customer_id"].as_str().expect("an id")).expect(200);
        if !reads {
            has_it();
        }
        let begun = Instant::now();
        let status = kassa.stop();
        let took = begun.elapsed();
        assert_eq!(status.code(), Some(0), "{other}: {}", kassa.log());
        assert!(took < ENDED + Duration::from_secs(2), "{other}: it took {took:?}: {}", kassa.log());
        drop((half, connection));
        line.freeze(false);
        kassa.start_stopped();
        kassa.is_healthy();
    }
}

fn data_stays_over_a_restart_on_another_port(engine: Engine) {
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let checkout = shop.in_status(&kassa, "partialRefund");
    let (before, id) = (checkout.now(), checkout.id.clone());
    let old = kassa.url().to_owned();
    kassa.restart_elsewhere();
    let shop = Client::with_key(&kassa, shop.key());
    let after = shop.post("/checkout/retrieve", &json!({ "checkout_id": id })).ok();
    // Links are made with the server's address; everything else is as it was, the link's secret too.
    let moved: Value = serde_json::from_str(&before.to_string().replace(&old, kassa.url())).expect("JSON");
    assert_eq!(after, moved);
}
