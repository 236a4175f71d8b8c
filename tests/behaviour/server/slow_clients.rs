//! All connections in the hands of clients that are slow on purpose: another client is answered all the same (contract,
//! section 9: 250 ms, and 2 s for it to be noticed).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use kassa_tests::{Engine, Server, Setup, raw};

/// All the connections that a server has.
const ALL: usize = 4096;
const LIMIT: Duration = Duration::from_millis(2_250);

/// Fills the server with connections that have each sent the same, and go on to say nothing. Where an answer comes, or
/// the word that the body may come, it is waited for, so that the server has nothing left to do but to wait itself.
fn fill(kassa: &Server, sent: &str) -> Vec<TcpStream> {
    let connect = |_| {
        let mut stream = raw::connect(kassa.address());
        // Those that came first may have made room by now.
        let _ = stream.write_all(sent.as_bytes());
        if sent.ends_with("\r\n\r\n") {
            let _ = stream.read(&mut [0; 1024]);
        }
        if sent.contains("Content-Length") {
            let _ = stream.write_all(b"x");
        }
        stream
    };
    (0..ALL).map(connect).collect()
}

/// One engine is enough, because none of these gets to do anything with the database but to ask who they are.
#[test]
fn the_server_is_on_the_air_however_all_its_connections_are_held() {
    let kassa = Setup::new(Engine::Sqlite).start();
    let key = kassa.merchant().made["neuro_pay"]["api_key"].as_str().expect("a key").to_owned();
    let upload = |path: &str, key: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: k\r\nAuthorization: Bearer {key}\r\nContent-Length: 60000\r\nExpect: \
             100-continue\r\n\r\n"
        )
    };
    for (what, sent) in [
        ("silent ones", String::new()),
        ("half a head", "GET /livez HTTP/1.1\r\nHost: k\r\nX-Slow: ".to_owned()),
        ("a page's form", upload("/c/nothing", "x")),
        ("an access token's form", upload("/checkout-com/connect/token", "x")),
        ("a body with a wrong key", upload("/neuro-pay/checkout/create", "x")),
        ("a body with a good key", upload("/neuro-pay/checkout/create", &key)),
        ("idle ones", "GET /livez HTTP/1.1\r\nHost: k\r\n\r\n".to_owned()),
    ] {
        let held = fill(&kassa, &sent);
        let begun = Instant::now();
        let answer =
            raw::exchange(kassa.address(), &raw::request("GET", "/livez", &[], b"")).expect("an answer");
        assert!(begun.elapsed() < LIMIT, "{what}: answered after {:?}", begun.elapsed());
        assert_eq!(answer.status, 200, "{what}");
        drop(held);
    }
    kassa.is_healthy();
    assert!(kassa.log().contains("connections were short"), "{}", kassa.log());
}
