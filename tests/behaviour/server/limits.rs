//! What a connection may cost (contract, section 9): heads, lengths, chunks, and all
//! connections in the hands of clients that are slow on purpose. What waits for the end of a time limit is in `a_minute`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use kassa_tests::drivers::neuro_pay::Client;
use kassa_tests::{Engine, Server, Setup, raw};
use serde_json::Value;

/// No cache keeps it, and no browser takes it for something else.
#[track_caller]
fn is_fenced(answer: &raw::Raw) {
    for (name, value) in [("cache-control", "no-store"), ("x-content-type-options", "nosniff")] {
        assert_eq!(answer.header(name), Some(value), "{}", answer.status);
    }
}

#[test]
fn an_oversized_head_is_431_and_a_broken_request_line_400() {
    let kassa = Server::shared(Engine::Sqlite);
    let with_header = |length: usize| {
        format!(
            "GET /livez HTTP/1.1\r\nHost: k\r\nConnection: close\r\nX-Long: {}\r\n\r\n",
            "x".repeat(length)
        )
    };
    let many: String = (0..2_000).map(|number| format!("X-{number}: y\r\n")).collect();
    let status = |bytes: &[u8]| raw::exchange(kassa.address(), bytes).map(|answer| answer.status);
    assert_eq!(status(with_header(15_000).as_bytes()), Some(200));
    assert_eq!(status(with_header(17_000).as_bytes()), Some(431));
    assert_eq!(status(with_header(200_000).as_bytes()), Some(431));
    assert_eq!(status(format!("GET /livez HTTP/1.1\r\nHost: k\r\n{many}\r\n").as_bytes()), Some(431));
    let long_path = format!("GET /{} HTTP/1.1\r\nHost: k\r\n\r\n", "x".repeat(20_000));
    assert!(matches!(status(long_path.as_bytes()), Some(414 | 431)));
    for broken in [
        "\0\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET /livez\r\n\r\n",
        "GET /livez HTTP/9.9\r\n\r\n",
        "GET /li vez HTTP/1.1\r\nHost: k\r\n\r\n",
        "hello there\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost k\r\n\r\n",
        "GET /livez HTTP/1.1\r\nBad Name: k\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: k\r\nX: \0\r\n\r\n",
        "POST /neuro-pay/checkout/create HTTP/1.1\r\nHost: k\r\nContent-Length: x\r\n\r\n",
        "POST /neuro-pay/checkout/create HTTP/1.1\r\nHost: k\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ] {
        assert_eq!(status(broken.as_bytes()), Some(400), "{broken:?}");
    }
    kassa.is_healthy();
}

/// Whoever is in front may read another host than we do.
#[test]
fn a_request_without_a_host_or_with_two_is_400() {
    let kassa = Server::shared(Engine::Sqlite);
    for (lines, status) in [
        ("GET /livez HTTP/1.1\r\n", 400),
        ("GET /livez HTTP/1.1\r\nHost: k\r\nHost: k\r\n", 400),
        ("GET /livez HTTP/1.1\r\nHost: k\r\nhost: other\r\n", 400),
        ("GET http://k/livez HTTP/1.1\r\n", 400),
        ("GET /livez HTTP/1.1\r\nHost: user@k\r\n", 400),
        ("GET /livez HTTP/1.1\r\nHost: k\r\n", 200),
        ("GET http://k/livez HTTP/1.1\r\nHost: k\r\n", 200),
    ] {
        let answer = raw::exchange(kassa.address(), format!("{lines}Connection: close\r\n\r\n").as_bytes());
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, status, "{lines:?}");
        is_fenced(&answer);
    }
    let old = raw::exchange(kassa.address(), b"GET /livez HTTP/1.0\r\n\r\n");
    assert_eq!(old.map(|answer| answer.status), Some(200));
}

#[test]
fn a_client_that_begins_with_http_2_is_told_that_it_is_not_spoken_here() {
    let kassa = Server::shared(Engine::Sqlite);
    let settings = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    for sent in [&settings[..], &settings[..24]] {
        let answer = raw::exchange(kassa.address(), sent).expect("an answer");
        assert_eq!((answer.status, answer.header("connection")), (400, Some("close")));
        is_fenced(&answer);
    }
    // As the second one it is none either.
    let both = [b"GET /livez HTTP/1.1\r\nHost: k\r\n\r\n", &settings[..]].concat();
    let mut stream = raw::connect(kassa.address());
    std::io::Write::write_all(&mut stream, &both).expect("it is taken");
    let answers = String::from_utf8(raw::read_to_end(&mut stream)).expect("text");
    assert!(answers.starts_with("HTTP/1.1 200") && answers.contains("HTTP/1.1 400"), "{answers}");
}

/// The bytes came, and are wrong: nothing to wait for, and nothing to send again.
#[test]
fn a_malformed_chunk_is_400_in_the_vendors_shape() {
    let kassa = Server::shared(Engine::Sqlite);
    let made = kassa.merchant().made;
    let of = |api: &str, name: &str| made[api][name].as_str().expect("a credential").to_owned();
    let bearer = |key: String| format!("Authorization: Bearer {key}\r\n");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n".to_owned();
    let neopay =
        format!("Authorization: {}\r\nx-app-key: {}\r\n", of("neopay", "token"), of("neopay", "app_key"));
    for (path, headers, names) in [
        (
            "/neuro-pay/checkout/create",
            bearer(of("neuro_pay", "api_key")),
            &["code", "message", "name", "status"][..],
        ),
        ("/neopay/api/customers", neopay, &["message"]),
        ("/neropay/v2/customers", bearer(of("neropay", "secret_key")), &["error", "success"]),
        (
            "/checkout-com/customers",
            bearer(of("checkout_com", "secret_key")),
            &["error_codes", "error_type", "request_id"],
        ),
        ("/checkout-com/connect/token", form, &["error"]),
    ] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: k\r\n{headers}Transfer-Encoding: chunked\r\n\r\n");
        for chunks in
            ["zz\r\n", "2;x\n\r\n{}\r\n0\r\n\r\n", "1\r\n{}\r\n0\r\n\r\n", "fffffffffffffffff\r\n", "-1\r\n"]
        {
            let answer =
                raw::exchange(kassa.address(), format!("{head}{chunks}").as_bytes()).expect("an answer");
            assert_eq!(answer.status, 400, "{path} {chunks:?}");
            let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
            assert_eq!(kassa_tests::http::names(&body), names, "{path}");
        }
    }
    kassa.is_healthy();
}

/// A message that is one to us and two to a proxy in front would let one client speak in another's name.
#[test]
fn ambiguous_lengths_are_refused_or_end_the_connection() {
    let kassa = Server::shared(Engine::Sqlite);
    let both = "POST /neuro-pay/checkout/create HTTP/1.1\r\nHost: k\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /livez HTTP/1.1\r\nHost: k\r\n\r\n";
    let mut stream = raw::connect(kassa.address());
    stream.write_all(both.as_bytes()).expect("the server reads");
    stream.set_read_timeout(Some(Duration::from_secs(1))).expect("a socket takes a time limit");
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    assert!(
        text.matches("HTTP/1.1 ").count() <= 1,
        "the bytes behind an ambiguous message were a request: {text}"
    );
    kassa.is_healthy();
}

#[test]
fn a_client_that_hangs_up_changes_nothing_for_others() {
    let kassa = Server::shared(Engine::Sqlite);
    let shop = Client::fresh(&kassa);
    let body = kassa_tests::drivers::neuro_pay::customer().to_string();
    let head = format!(
        "POST /neuro-pay/checkout/create-customer HTTP/1.1\r\nHost: k\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
        shop.key(),
        body.len()
    );
    for cut in [10, 60, head.len(), head.len() + 10, head.len() + body.len()] {
        for _ in 0..20 {
            let bytes = format!("{head}{body}");
            let mut stream = raw::connect(kassa.address());
            stream.write_all(&bytes.as_bytes()[..cut]).expect("the server reads");
        }
    }
    shop.create();
    kassa.is_healthy();
}

/// All the connections that a server has.
const ALL: usize = 4096;
/// Another client is answered all the same: 250 ms, and 2 s for it to be noticed.
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
