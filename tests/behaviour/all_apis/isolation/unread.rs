//! Whoever shows a credential that is none is told so before a body is read: one that never comes keeps nobody waiting.

use std::io::Write;

use kassa_tests::drivers::shop::Api;
use kassa_tests::{Engine, Server, on_one_engine, raw};

use super::routes::ROUTES;

on_one_engine!(a_wrong_credential_is_refused_before_the_body_has_come,);

/// A server that waits for the body answers 408 when the body's time is over.
fn a_wrong_credential_is_refused_before_the_body_has_come(engine: Engine) {
    let kassa = Server::shared(engine);
    // The one first that waited for its body.
    let mut routes: Vec<_> = ROUTES.iter().collect();
    routes.sort_by_key(|route| route.path != "/connect/token");
    for route in routes {
        let base = match route.api {
            Api::NeuroPay => "/neuro-pay",
            Api::Neopay => "/neopay/api",
            Api::NeroPay => "/neropay/v2",
            Api::CheckoutCom => "/checkout-com",
        };
        let path = route.path.replace("{id}", "1001").replace("{key}", "1001");
        let (authorization, status) = match route.path {
            "/connect/token" => ("Basic eDp4", 400),
            _ => ("Bearer nobodys", 401),
        };
        let head = format!(
            "{} {base}{path} HTTP/1.1\r\nHost: k\r\nConnection: close\r\nAuthorization: {authorization}\r\n\
             X-App-Key: 00000000-0000-4000-8000-000000000000\r\nContent-Length: 4000\r\n\r\n{{",
            route.method
        );
        let mut stream = raw::connect(kassa.address());
        stream.write_all(head.as_bytes()).expect("the server reads");
        let answer = raw::parse(&raw::read_to_end(&mut stream)).expect("an answer");
        assert_eq!(answer.status, status, "{} {base}{path}", route.method);
    }
    kassa.is_healthy();
}
