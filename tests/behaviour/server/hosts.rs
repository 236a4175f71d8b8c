//! Host names of an API's own: a client whose host is all that can be set.

use kassa_tests::raw::{self, Raw};
use kassa_tests::{Engine, Folder, Setup};
use serde_json::Value;

fn ask(address: &str, host: &str, method: &str, path: &str, key: &str, body: &[u8]) -> Raw {
    let authorization = ("Authorization".to_owned(), format!("Bearer {key}"));
    let request = raw::request(method, path, &[authorization], body);
    let request = String::from_utf8(request).expect("text").replacen("localhost", host, 1);
    raw::exchange(address, request.as_bytes()).expect("an answer")
}

#[test]
fn a_host_name_serves_one_api_at_the_paths_of_its_vendor() {
    let folder = Folder::new();
    let file = folder.path().join("kassa.toml");
    let hosts = "[hosts]\n\"pay.example.com\" = \"neuro-pay\"\n\"api.checkout.example\" = \"checkout-com\"\n";
    std::fs::write(&file, hosts).expect("a file");
    let kassa =
        Setup::new(Engine::Sqlite).argument("--config").argument(file.to_str().expect("UTF-8")).start();
    let merchant = kassa.merchant();
    let key = |api: &str, name: &str| merchant.made[api][name].as_str().expect("a key").to_owned();
    let (neuro, checkout) = (key("neuro_pay", "api_key"), key("checkout_com", "secret_key"));
    let address = kassa.address();

    let body = br#"{"first_name":"Ada","last_name":"Lovelace","email":"ada@example.com"}"#;
    let made = ask(address, "PAY.example.com:8443", "POST", "/checkout/create-customer", &neuro, body);
    assert_eq!(made.status, 200);
    let found = ask(address, "api.checkout.example", "GET", "/customers/ada@example.com", &checkout, b"");
    let found: Value = serde_json::from_slice(&found.body).expect("a customer");
    assert_eq!(found["name"], "Ada Lovelace");

    // Nothing else is there: no other API, no page, no prefix of ours. What is not there is the vendor's own 404.
    for path in ["/neuro-pay/checkout/create-customer", "/customers", "/c/x", "/livez", "/docs", "/"] {
        let missing = ask(address, "pay.example.com", "POST", path, &neuro, body);
        assert_eq!(
            (missing.status, missing.header("content-type")),
            (404, Some("application/json")),
            "{path}"
        );
    }
    // Under any other name everything is where it was.
    for host in ["127.0.0.1", "example.com", "x.pay.example.com"] {
        assert_eq!(
            ask(address, host, "POST", "/neuro-pay/checkout/create-customer", &neuro, body).status,
            200
        );
        assert_eq!(ask(address, host, "POST", "/checkout/create-customer", &neuro, body).status, 404);
    }
}

#[test]
fn the_path_of_a_public_url_is_no_part_of_a_host_of_an_api() {
    let folder = Folder::new();
    let file = folder.path().join("kassa.toml");
    let text = "public_url = \"https://shop.example/customers\"\n[hosts]\n\"api.checkout.example\" = \"checkout-com\"\n";
    std::fs::write(&file, text).expect("a file");
    let kassa =
        Setup::new(Engine::Sqlite).argument("--config").argument(file.to_str().expect("UTF-8")).start();
    let merchant = kassa.merchant();
    let key = merchant.made["checkout_com"]["secret_key"].as_str().expect("a key");
    let body = br#"{"name":"Ada Lovelace","email":"ada@example.com"}"#;
    let made = ask(kassa.address(), "api.checkout.example", "POST", "/customers", key, body);
    assert_eq!(made.status, 201);
    let found = ask(kassa.address(), "api.checkout.example", "GET", "/customers/ada@example.com", key, b"");
    assert_eq!(found.status, 200);
    // Under the other names the path goes.
    let below = "/customers/checkout-com/customers/ada@example.com";
    assert_eq!(ask(kassa.address(), "shop.example", "GET", below, key, b"").status, 200);
}
