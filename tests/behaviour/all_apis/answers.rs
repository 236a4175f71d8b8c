//! What every answer carries, and what none of them tells.

use std::collections::BTreeSet;

use kassa_tests::drivers::neuro_pay::Client;
use kassa_tests::raw::{self, Raw};
use kassa_tests::{Engine, Server, Setup};

fn ask(kassa: &Server, method: &str, path: &str) -> Raw {
    raw::exchange(kassa.address(), &raw::request(method, path, &[], b"")).expect("an answer")
}

#[test]
fn every_answer_of_an_api_stays_out_of_caches_and_is_what_it_says_it_is() {
    let kassa = Server::shared(Engine::Sqlite);
    for api in ["neuro-pay", "neopay", "neropay", "checkout-com"] {
        for path in [
            "",
            "/",
            "/nothing",
            "/checkout/create",
            "/api/customers",
            "/v2/customers",
            "/customers",
            "/tokens",
        ] {
            for method in ["GET", "POST", "DELETE", "OPTIONS", "HEAD"] {
                let answer = ask(&kassa, method, &format!("/{api}{path}"));
                assert_eq!(answer.header("cache-control"), Some("no-store"), "{method} /{api}{path}");
                assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{method} /{api}{path}");
            }
        }
    }
    let style = ask(&kassa, "GET", "/assets/kassa.css");
    assert_ne!(style.header("cache-control"), Some("no-store"), "a page's style may be kept");
}

#[test]
fn the_id_of_a_request_is_nothing_but_chance() {
    let kassa = Server::shared(Engine::Sqlite);
    let ids: Vec<String> = (0..50)
        .map(|_| ask(&kassa, "GET", "/livez").header("x-request-id").expect("an id").to_owned())
        .collect();
    for id in &ids {
        assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_lowercase()), "{id}");
    }
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    for place in 0..24 {
        let letters: BTreeSet<u8> = ids.iter().map(|id| id.as_bytes()[place]).collect();
        assert!(letters.len() > 4, "the letter at {place} hardly changes: {ids:?}");
    }
}

/// Whoever reads the log must not be able to pay, to see a customer or to act for a merchant.
#[test]
fn no_spelling_of_a_path_puts_a_page_link_or_a_key_into_the_log() {
    let kassa = Setup::new(Engine::Sqlite).argument("--log-level").argument("trace").start();
    let shop = Client::fresh(&kassa);
    let page = shop.create().page;
    let link = page.rsplit('/').next().expect("a link").to_owned();
    let (first, rest) = link.split_at(1);
    let escaped = format!("%{:02x}{rest}", first.as_bytes()[0]);
    for path in [
        format!("/c/{link}"),
        format!("/c/{escaped}"),
        format!("//c/{link}"),
        format!("/C/{link}"),
        format!("/%63/{link}"),
        format!("/x/../c/{link}"),
        format!("/c%2F{link}"),
        format!("/c/{link}/nothing"),
        format!("/c/{link}/bank/"),
        format!("/{link}"),
        format!("/neuro-pay/c/{link}"),
        format!("/neopay/api/customers/{link}"),
        format!("http://{link}@k/livez"),
        format!("http://{link}/livez"),
        format!("/neuro-pay/{}", shop.key()),
        format!("/checkout-com/customers/{}", shop.key()),
    ] {
        assert!(ask(&kassa, "GET", &path).status < 500, "{path}");
    }
    let log = kassa.log();
    for secret in [rest, &shop.key()[1..]] {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
    assert!(log.contains("path=/c/{link} ") && log.contains("path=… "), "{log}");
}
