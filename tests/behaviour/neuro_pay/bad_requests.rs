//! Requests whose method, path, credential or size is wrong: refused before the body is looked at.

use kassa_tests::drivers::neuro_pay::{Client, PATHS, customer, is_error};
use kassa_tests::raw::{self, Raw};
use kassa_tests::{Engine, Server, on_one_engine};
use serde_json::{Value, json};

on_one_engine!(
    another_method_is_405_and_another_path_404_before_the_credential,
    who_has_no_key_is_401,
    sizes_are_limited,
    a_refusal_without_reading_the_body_arrives,
);

/// Sends a request of its own making.
fn ask(kassa: &Server, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Raw {
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    raw::exchange(kassa.address(), &raw::request(method, path, &headers, body)).expect("an answer")
}

fn another_method_is_405_and_another_path_404_before_the_credential(engine: Engine) {
    let kassa = Server::shared(engine);
    for path in PATHS {
        for method in ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            let answer = ask(&kassa, method, &format!("/neuro-pay{path}"), &[], b"");
            assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method} {path}");
            let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
            assert_eq!((&body["status"], &body["name"]), (&json!(405), &json!("Method Not Allowed")));
        }
        assert_eq!(ask(&kassa, "HEAD", &format!("/neuro-pay{path}"), &[], b"").status, 405);
    }
    for path in [
        "/neuro-pay",
        "/neuro-pay/",
        "/neuro-pay/checkout",
        "/neuro-pay/checkout/",
        "/neuro-pay/checkout/create/",
        "/neuro-pay/%00",
        "/neuro-pay/../livez",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = ask(&kassa, method, path, &[], b"");
            assert_eq!(answer.status, 404, "{method} {path}");
            let body: Value = serde_json::from_slice(&answer.body)
                .unwrap_or_else(|_| panic!("{method} {path} is not answered in the vendor's shape"));
            assert_eq!((&body["status"], &body["name"]), (&json!(404), &json!("Not Found")), "{path}");
        }
    }
}

fn who_has_no_key_is_401(engine: Engine) {
    let kassa = Server::shared(engine);
    let key = Client::fresh(&kassa).key().to_owned();
    let right = format!("Bearer {key}");
    let shorter = &right[..right.len() - 1];
    for value in [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        &key,
        &format!("Token {key}"),
        shorter,
        &format!("{right}x"),
        &format!("Bearer {}", key.to_lowercase().to_uppercase()),
        "Bearer å",
    ] {
        for path in PATHS {
            let answer =
                ask(&kassa, "POST", &format!("/neuro-pay{path}"), &[("Authorization", value)], b"{}");
            assert_eq!(
                (answer.status, answer.header("www-authenticate")),
                (401, Some("Bearer")),
                "{value:?}"
            );
        }
    }
    for value in [right.as_str(), &format!("bearer {key}"), &format!("BEARER  {key}")] {
        assert_eq!(
            ask(&kassa, "POST", "/neuro-pay/checkout/create", &[("Authorization", value)], b"{}").status,
            400
        );
    }
}

fn sizes_are_limited(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let padded = |length: usize| {
        let body = customer().to_string();
        format!("{}{}", " ".repeat(length - body.len()), body).into_bytes()
    };
    shop.send("/checkout/create-customer", &padded(65_536)).expect(200);
    is_error(&shop.send("/checkout/create-customer", &padded(65_537)), 413);
    is_error(&shop.send("/checkout/create-customer", &padded(10_000_000)), 413);
    // In chunks, where no length is announced.
    let right = format!("Bearer {}", shop.key());
    for (length, status) in [(65_536, 200), (65_537, 413)] {
        let mut body = Vec::new();
        for chunk in padded(length).chunks(4_096) {
            body.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            body.extend_from_slice(chunk);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"0\r\n\r\n");
        let head = format!(
            "POST /neuro-pay/checkout/create-customer HTTP/1.1\r\nHost: k\r\nConnection: close\r\nAuthorization: {right}\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        let answer = raw::exchange(kassa.address(), &[head.into_bytes(), body].concat()).expect("an answer");
        assert_eq!(answer.status, status, "{length} bytes in chunks");
    }
    kassa.is_healthy();
}

/// The answer must not be lost because the server closed with bytes unread, and a connection that it will close is not
/// offered for another request.
fn a_refusal_without_reading_the_body_arrives(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let stranger = Client::with_key(&kassa, "0123456789abcdefghijklmnopqrstuv");
    for length in [10, 60_000, 70_000, 300_000, 2_000_000] {
        let body = vec![b'x'; length];
        for _ in 0..5 {
            is_error(&stranger.send("/checkout/nothing", &body), 404);
            is_error(&stranger.send("/checkout/create", &body), 401);
            is_error(&shop.send("/checkout/create", &body), if length > 65_536 { 413 } else { 400 });
        }
    }
    kassa.is_healthy();
}
