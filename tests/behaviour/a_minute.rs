//! What waits for a minute. The runner goes by the alphabet, so this name lets it begin first, while others work.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use kassa_tests::drivers::neuro_pay::Client;
use kassa_tests::{Engine, Server, pause, raw};

const NOTICED: Duration = Duration::from_secs(2);
const HEAD: Duration = Duration::from_secs(10);
const BODY: Duration = Duration::from_secs(30);
const IDLE: Duration = Duration::from_secs(60);
const DRIP: Duration = Duration::from_millis(500);

/// Sends bytes one by one until the server closes or the time is over; answers how long it took and what came.
fn drip(mut stream: TcpStream, bytes: &[u8], at_most: Duration) -> (Duration, Vec<u8>) {
    let begun = Instant::now();
    stream.set_read_timeout(Some(DRIP)).expect("a socket takes a time limit");
    let mut bytes = bytes.iter().cycle();
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    while begun.elapsed() < at_most {
        if let Some(byte) = bytes.next() {
            // Once the server has closed, writing fails; reading says so.
            let _ = stream.write_all(&[*byte]);
        }
        match stream.read(&mut buffer) {
            Ok(0) => return (begun.elapsed(), answer),
            Ok(length) => answer.extend_from_slice(&buffer[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return (begun.elapsed(), answer),
        }
    }
    panic!("the server did not close within {at_most:?}");
}

#[track_caller]
fn is_about(took: Duration, limit: Duration, what: &str) {
    assert!(
        took > limit - NOTICED && took < limit + NOTICED + DRIP,
        "{what}: closed after {took:?}, not {limit:?}"
    );
}

/// The slow ones wait beside each other, and the quick ones are served meanwhile.
#[test]
fn slow_and_silent_connections_are_closed_in_time_and_others_are_served() {
    let kassa = Server::start(Engine::Sqlite);
    let shop = Client::fresh(&kassa);
    let connect = || raw::connect(kassa.address());
    let longest = IDLE + 2 * NOTICED;
    let authorized = format!(
        "POST /neuro-pay/checkout/create HTTP/1.1\r\nHost: k\r\nAuthorization: Bearer {}\r\n",
        shop.key()
    );
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (took, answer) = drip(connect(), b"", longest);
            is_about(took, HEAD, "a silent socket");
            assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{answer:?}");
        });
        scope.spawn(|| {
            let mut stream = connect();
            stream.write_all(b"GET /livez HTTP/1.1\r\nX-Slow: ").expect("the server reads");
            let (took, _) = drip(stream, b"x", longest);
            is_about(took, HEAD, "a slow header");
        });
        scope.spawn(|| {
            let mut stream = connect();
            stream
                .write_all(format!("{authorized}Content-Length: 1000\r\n\r\n").as_bytes())
                .expect("the server reads");
            let (took, answer) = drip(stream, b" ", longest);
            is_about(took, BODY, "a slow body");
            assert!(
                answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"),
                "{}",
                String::from_utf8_lossy(&answer)
            );
        });
        scope.spawn(|| {
            let mut stream = connect();
            stream.write_all(b"GET /livez HTTP/1.1\r\nHost: k\r\n\r\n").expect("the server reads");
            let (took, answer) = drip(stream, b"", longest);
            is_about(took, IDLE, "an idle connection");
            assert!(answer.starts_with(b"HTTP/1.1 200"), "{answer:?}");
        });
        scope.spawn(|| {
            let begun = Instant::now();
            while begun.elapsed() < BODY {
                let asked = Instant::now();
                shop.create();
                assert!(asked.elapsed() < Duration::from_secs(5), "others wait");
                pause(DRIP);
            }
        });
    });
    kassa.is_healthy();
}
