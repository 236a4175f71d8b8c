//! The server's own TLS.

use kassa_tests::drivers::neuro_pay::{Client, customer, is_error};
use std::time::Duration;

use kassa_tests::{Engine, Folder, Server, Setup, eventually, http, raw};

const LIMIT: Duration = Duration::from_secs(10);

/// A certificate for the loopback address, in files; and itself.
fn certificate() -> (Folder, String) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let folder = Folder::new();
    let pem = made.cert.pem();
    std::fs::write(folder.path().join("cert.pem"), &pem).expect("a file");
    std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).expect("a file");
    (folder, pem)
}

fn start(folder: &Folder) -> Server {
    let file = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    Setup::new(Engine::Sqlite)
        .argument("--tls-cert")
        .argument(file("cert.pem"))
        .argument("--tls-key")
        .argument(file("key.pem"))
        .start()
}

#[test]
fn https_works_and_links_are_https() {
    let (folder, pem) = certificate();
    let kassa = start(&folder);
    assert!(kassa.url().starts_with("https://127.0.0.1:"), "{}", kassa.url());
    let shop = Client::fresh(&kassa).over(http::agent_that_trusts(&pem));
    let probe = http::get(&http::agent_that_trusts(&pem), &format!("{}/livez", kassa.url()));
    assert_eq!(probe.header("strict-transport-security"), Some("max-age=31536000"));
    for _ in 0..3 {
        let made = shop.create_customer();
        assert!(made["client_page"].as_str().expect("a link").starts_with(kassa.url()));
    }
    let checkout = shop.create();
    checkout.buyer().pay("4242424242424242");
    assert_eq!(checkout.now()["status"], "paid");
}

#[test]
fn a_renewed_certificate_is_used_after_sighup_and_a_broken_one_is_not() {
    let (folder, old) = certificate();
    let kassa = start(&folder);
    let is_trusted_with = |pem: &str| {
        let config = http::agent_that_trusts(pem);
        config.get(format!("{}/livez", kassa.url())).call().is_ok()
    };
    let (renewed, new) = certificate();
    for name in ["cert.pem", "key.pem"] {
        std::fs::copy(renewed.path().join(name), folder.path().join(name)).expect("a file");
    }
    assert!(is_trusted_with(&old) && !is_trusted_with(&new));
    kassa.hang_up();
    eventually(LIMIT, "the new certificate is used", || is_trusted_with(&new).then_some(()));
    std::fs::write(folder.path().join("cert.pem"), "no certificate").expect("a file");
    kassa.hang_up();
    eventually(LIMIT, "it is said", || kassa.log().contains("stays as it was").then_some(()));
    assert!(is_trusted_with(&new));
}

#[test]
fn a_server_without_a_certificate_outlives_sighup() {
    let kassa = Server::start(Engine::Sqlite);
    kassa.hang_up();
    eventually(LIMIT, "it is said", || kassa.log().contains("SIGHUP").then_some(()));
    kassa.is_healthy();
}

#[test]
fn plain_http_on_the_tls_port_gets_no_answer_and_does_no_harm() {
    let (folder, pem) = certificate();
    let kassa = start(&folder);
    let request = raw::request("GET", "/livez", &[], b"");
    let mut stream = raw::connect(kassa.address());
    std::io::Write::write_all(&mut stream, &request).expect("the server reads");
    let answer = raw::read_to_end(&mut stream);
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    let agent = http::agent_that_trusts(&pem);
    http::get(&agent, &format!("{}/livez", kassa.url())).expect(200);
}

#[test]
fn half_of_a_pair_or_no_certificate_is_said() {
    let (folder, _) = certificate();
    let file = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let setup = || Setup::new(Engine::Sqlite);
    setup().argument("--tls-cert").argument(file("cert.pem")).fails_to_start().failed(2);
    setup().argument("--tls-key").argument(file("key.pem")).fails_to_start().failed(2);
    let missing = setup().argument("--tls-cert").argument(file("none.pem"));
    missing.argument("--tls-key").argument(file("key.pem")).fails_to_start().failed(1);
    let swapped = setup().argument("--tls-cert").argument(file("key.pem"));
    swapped.argument("--tls-key").argument(file("cert.pem")).fails_to_start().failed(1);
}

/// Contract, section 7: live mode needs https except on loopback.
#[test]
fn live_keys_need_https_off_loopback() {
    let everywhere = || Setup::new(Engine::Sqlite).listen("0.0.0.0:0");
    refuses_live_keys(everywhere().start());
    // What links begin with says nothing about the way that a request came by.
    refuses_live_keys(everywhere().argument("--public-url").argument("https://pay.example.com").start());
}

fn refuses_live_keys(kassa: Server) {
    let port = kassa.address().rsplit(':').next().expect("a port").to_owned();
    let merchant = kassa.merchant();
    let live = kassa.credentials(&merchant.name, "live");
    let at = |made: &kassa_tests::Merchant| {
        let key = made.made["neuro_pay"]["api_key"].as_str().expect("a key");
        Client::at(kassa.agent(), &format!("http://127.0.0.1:{port}"), key)
    };
    is_error(&at(&live).post("/checkout/create-customer", &customer()), 403);
    at(&merchant).create_customer();
}
