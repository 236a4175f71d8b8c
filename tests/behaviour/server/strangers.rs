//! Clients from elsewhere, as a trusted proxy tells of them: whose address counts, what becomes of those that try keys,
//! and by which way live keys may come.

use std::io::Write;
use std::time::Duration;

use kassa_tests::drivers::neuro_pay::customer;
use kassa_tests::raw::{self, Raw};
use kassa_tests::{Engine, Merchant, Server, Setup, eventually, on_one_engine};
use serde_json::{Value, json};

on_one_engine!(
    after_twenty_wrong_credentials_from_one_address_the_next_is_429_in_the_vendors_shape,
    a_live_key_is_taken_over_https_and_on_loopback_alone,
    a_page_of_live_mode_comes_over_https_alone,
);

type Headers = Vec<(String, String)>;
/// What a proxy tells of a client.
type Told<'a> = &'a [(&'a str, &'a str)];

fn behind_a_proxy(engine: Engine) -> Server {
    Setup::new(engine).argument("--trusted-proxy").argument("127.0.0.1/32").start()
}

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// One way to say who one is.
struct Way {
    method: &'static str,
    path: &'static str,
    good: Headers,
    wrong: Headers,
    /// Bodies with a good and a wrong credential.
    bodies: [String; 2],
    /// What a wrong one is answered.
    refused: u16,
    /// What too many of them are answered.
    limited: Value,
}

/// All the ways of a merchant's credentials.
fn ways(merchant: &Merchant) -> Vec<Way> {
    let of = |api: &str, name: &str| merchant.made[api][name].as_str().expect("a credential").to_owned();
    let bearer = |key: &str| headers(&[("Authorization", &format!("Bearer {key}"))]);
    let nothing = || [String::new(), String::new()];
    let (nero, client) = (of("neropay", "secret_key"), of("checkout_com", "oauth_client_id"));
    let app_key = ("x-app-key".to_owned(), of("neopay", "app_key"));
    let form =
        |secret: &str| format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
    let limited = |message: &str, code: &str| json!({ "success": false, "error": { "code": code, "message": message, "details": null } });
    let problem = json!({ "error_type": "request_invalid", "error_codes": ["too_many_requests"] });
    let from_nero =
        limited("Too many requests with a wrong token or signature came from your address.", "rate_limited");
    vec![
        Way {
            method: "POST",
            path: "/neuro-pay/checkout/create-customer",
            good: bearer(&of("neuro_pay", "api_key")),
            wrong: headers(&[]),
            bodies: [customer().to_string(), customer().to_string()],
            refused: 401,
            limited: json!({
                "name": "Too Many Requests", "message": "Rate limit exceeded.", "code": 0, "status": 429
            }),
        },
        Way {
            method: "GET",
            path: "/neopay/api/customers",
            good: [headers(&[("Authorization", &of("neopay", "token"))]), vec![app_key.clone()]].concat(),
            wrong: [headers(&[("Authorization", "wrong")]), vec![app_key]].concat(),
            bodies: nothing(),
            refused: 401,
            limited: json!({ "message": "Too Many Attempts." }),
        },
        Way {
            method: "GET",
            path: "/neropay/v2/customers",
            good: bearer(&nero),
            wrong: bearer("wrong"),
            bodies: nothing(),
            refused: 401,
            limited: from_nero.clone(),
        },
        // A good key with a signature that is none.
        Way {
            method: "POST",
            path: "/neropay/v2/customers",
            good: Headers::new(),
            wrong: [bearer(&nero), headers(&[("X-NeroPay-Timestamp", "1"), ("X-NeroPay-Signature", "00")])]
                .concat(),
            bodies: [String::new(), "{}".to_owned()],
            refused: 401,
            limited: from_nero,
        },
        Way {
            method: "GET",
            path: "/checkout-com/customers/nobody@example.com",
            good: bearer(&of("checkout_com", "secret_key")),
            wrong: bearer("sk_sbox_wrong"),
            bodies: nothing(),
            refused: 401,
            limited: problem.clone(),
        },
        Way {
            method: "POST",
            path: "/checkout-com/tokens",
            good: Headers::new(),
            wrong: bearer("no token of ours"),
            bodies: [String::new(), "{}".to_owned()],
            refused: 401,
            limited: problem,
        },
        Way {
            method: "POST",
            path: "/checkout-com/connect/token",
            good: headers(&[("Content-Type", "application/x-www-form-urlencoded")]),
            wrong: headers(&[("Content-Type", "application/x-www-form-urlencoded")]),
            bodies: [form(&of("checkout_com", "oauth_client_secret")), form("wrong")],
            refused: 400,
            limited: json!({ "error": "temporarily_unavailable" }),
        },
    ]
}

impl Way {
    fn ask(&self, kassa: &Server, more: &[(&str, &str)], is_good: bool) -> Raw {
        let (credential, body) =
            if is_good { (&self.good, &self.bodies[0]) } else { (&self.wrong, &self.bodies[1]) };
        let headers = [credential.clone(), headers(more)].concat();
        raw::exchange(kassa.address(), &raw::request(self.method, self.path, &headers, body.as_bytes()))
            .expect("an answer")
    }

    fn has_good(&self) -> bool {
        !self.good.is_empty()
    }
}

fn after_twenty_wrong_credentials_from_one_address_the_next_is_429_in_the_vendors_shape(engine: Engine) {
    let kassa = behind_a_proxy(engine);
    let merchant = kassa.merchant();
    for (place, way) in ways(&merchant).iter().enumerate() {
        let here = format!("203.0.113.{place}");
        // The last one is the proxy's word, the first one the client's own.
        let (told, line) = (format!("198.51.100.1, {here}"), format!("most_from=\"{here}\""));
        let from_here = [("X-Forwarded-For", told.as_str())];
        for _ in 0..20 {
            assert_eq!(way.ask(&kassa, &from_here, false).status, way.refused, "{}", way.path);
        }
        let answer = way.ask(&kassa, &from_here, false);
        assert_eq!(answer.status, 429, "{}", way.path);
        let wait: u64 = answer.header("retry-after").expect("a wait").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let mut body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        if let Some(id) = body.as_object_mut().and_then(|body| body.remove("request_id")) {
            assert_eq!(id.as_str(), answer.header("cko-request-id"));
        }
        assert_eq!(body, way.limited);
        // Who has a good one is let in all the same, and who is elsewhere, or here, is another one.
        if way.has_good() {
            assert!(matches!(way.ask(&kassa, &from_here, true).status, 200 | 404), "{}", way.path);
        }
        let elsewhere = format!("198.51.100.{place}");
        let elsewhere = [("X-Forwarded-For", elsewhere.as_str())];
        assert_eq!(way.ask(&kassa, &elsewhere, false).status, way.refused);
        // The first of them all is told at once, the others a minute later.
        if place == 0 {
            eventually(Duration::from_secs(10), "a line in the log", || {
                kassa.log().contains(&line).then_some(())
            });
        }
    }
    // Those of whom the proxy tells nothing that can be read are one client, and not this machine.
    let statuses: Vec<u16> = (0..24)
        .map(|turn| {
            let untold: [Told<'_>; 4] = [
                &[],
                &[("X-Forwarded-For", "unknown")],
                &[("X-Forwarded-For", "")],
                &[("X-Forwarded-For", "203.0.113.99, ::1")],
            ];
            ways(&merchant)[0].ask(&kassa, untold[turn % 4], false).status
        })
        .collect();
    assert_eq!(statuses, [[401; 20].as_slice(), &[429; 4]].concat());
    kassa.is_healthy();
    let alone = Server::shared(engine);
    let merchant = alone.merchant();
    for _ in 0..30 {
        let way = &ways(&merchant)[0];
        assert_eq!(way.ask(&alone, &[], false).status, 401, "this machine is no stranger");
    }
}

#[test]
fn a_browser_may_read_that_it_is_limited() {
    let kassa = behind_a_proxy(Engine::Sqlite);
    let here = headers(&[("X-Forwarded-For", "203.0.113.9"), ("Origin", "https://shop.example")]);
    let request = raw::request("POST", "/checkout-com/tokens", &here, b"{}");
    let ask = || raw::exchange(kassa.address(), &request).expect("an answer");
    let first = ask();
    for _ in 1..20 {
        ask();
    }
    let last = ask();
    assert_eq!((first.status, last.status), (401, 429));
    for name in ["access-control-allow-origin", "access-control-expose-headers"] {
        assert_eq!(last.header(name), first.header(name), "{name}");
    }
}

/// Every credential that a merchant has, in live mode.
fn a_live_key_is_taken_over_https_and_on_loopback_alone(engine: Engine) {
    let https = ["--public-url", "https://pay.example.com"];
    let (from, proto) = (("X-Forwarded-For", "203.0.113.7"), |word| ("X-Forwarded-Proto", word));
    // As it says when it starts: somebody makes that https, and it is not known who.
    let lacking = https.iter().fold(Setup::new(engine), |setup, argument| setup.argument(*argument)).start();
    takes_live_keys(&lacking, &[(&[], false)]);
    let alone = Setup::new(engine).start();
    takes_live_keys(
        &alone,
        &[
            (&[], true),
            (&[("Via", "1.1 proxy")], false),
            (&[("X-Forwarded-Host", "pay.example.com")], false),
            // Somebody is behind that proxy, and nobody said that it can be trusted.
            (&[from], false),
            (&[proto("https")], false),
        ],
    );
    let everywhere = Setup::new(engine).listen("0.0.0.0:0");
    let everywhere = https.iter().fold(everywhere, |setup, argument| setup.argument(*argument)).start();
    // Whatever the address of links is.
    takes_live_keys(&everywhere, &[(&[proto("https")], false)]);
    assert!(everywhere.log().contains("--trusted-proxy"), "{}", everywhere.log());
    takes_live_keys(
        &behind_a_proxy(engine),
        &[
            (&[from, proto("https")], true),
            (&[proto("https")], true),
            (&[from, proto("http")], false),
            (&[from, proto("https, http")], false),
            (&[from], false),
            (&[], false),
        ],
    );
}

/// Sends live keys with what a proxy tells, and checks whether they are taken; test keys are by any way.
#[track_caller]
fn takes_live_keys(server: &Server, cases: &[(Told<'_>, bool)]) {
    let name = server.merchant().name;
    let (live, test) = (server.credentials(&name, "live"), server.credentials(&name, "test"));
    for (more, is_taken) in cases {
        for way in ways(&live).iter().filter(|way| way.has_good()) {
            let status = way.ask(server, more, true).status;
            let is_refused = matches!(status, 400 | 401 | 403);
            assert_eq!(!is_refused, *is_taken, "{} {more:?}: {status}", way.path);
        }
        for way in ways(&test).iter().filter(|way| way.has_good()) {
            assert!(matches!(way.ask(server, more, true).status, 200 | 404), "{} {more:?}", way.path);
        }
    }
}

#[test]
fn browsers_are_told_to_stay_with_https_by_whoever_speaks_it() {
    let kassa = behind_a_proxy(Engine::Sqlite);
    let hsts = |path: &str, more: &[(&str, &str)]| {
        let request = raw::request("GET", path, &headers(more), b"");
        let answer = raw::exchange(kassa.address(), &request).expect("an answer");
        answer.header("strict-transport-security").map(str::to_owned)
    };
    for path in ["/livez", "/c/nothing", "/neopay/api/customers", "/nothing"] {
        assert_eq!(
            hsts(path, &[("X-Forwarded-Proto", "https")]).as_deref(),
            Some("max-age=31536000"),
            "{path}"
        );
        assert_eq!(hsts(path, &[("X-Forwarded-Proto", "http")]), None, "{path}");
        assert_eq!(hsts(path, &[]), None, "{path}");
    }
    let plain = Server::shared(Engine::Sqlite);
    let request = raw::request("GET", "/livez", &headers(&[("X-Forwarded-Proto", "https")]), b"");
    let answer = raw::exchange(plain.address(), &request).expect("an answer");
    assert_eq!(answer.header("strict-transport-security"), None, "nobody trusts that proxy");
}

#[test]
fn one_client_behind_a_proxy_has_its_share_of_requests_under_way() {
    let setup = Setup::new(Engine::Sqlite).variable("KASSA_TRUSTED_PROXY", "127.0.0.1/32");
    let kassa = setup.argument("--max-connections-per-address").argument("2").start();
    let key = kassa.merchant().made["neuro_pay"]["api_key"].as_str().expect("a key").to_owned();
    let ask = |path: &str, address: &str| {
        let request = raw::request("GET", path, &headers(&[("X-Forwarded-For", address)]), b"");
        raw::exchange(kassa.address(), &request).expect("an answer")
    };
    let page = |address: &str| ask("/c/nothing", address);
    let mut slow: Vec<_> = (0..2).map(|_| raw::connect(kassa.address())).collect();
    for stream in &mut slow {
        let head = format!(
            "POST /neuro-pay/checkout/create HTTP/1.1\r\nHost: k\r\nX-Forwarded-For: 203.0.113.7\r\nAuthorization: \
             Bearer {key}\r\nContent-Length: 60\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("the server reads");
    }
    let limit = Duration::from_secs(5);
    let refused = eventually(limit, "both are under way", || {
        Some(page("203.0.113.7")).filter(|answer| answer.status == 429)
    });
    for (name, value) in
        [("retry-after", "1"), ("cache-control", "no-store"), ("x-content-type-options", "nosniff")]
    {
        assert_eq!(refused.header(name), Some(value));
    }
    assert_eq!(ask("/livez", "203.0.113.7").status, 200, "whoever watches over it is always answered");
    assert_eq!(page("203.0.113.8").status, 404);
    drop(slow);
    eventually(limit, "they end", || (page("203.0.113.7").status == 404).then_some(()));
}

/// The customer page of live mode; a checkout there waits for an acquirer.
fn a_page_of_live_mode_comes_over_https_alone(engine: Engine) {
    let kassa = behind_a_proxy(engine);
    let live = kassa.credentials(&kassa.merchant().name, "live");
    let key = live.made["neuro_pay"]["api_key"].as_str().expect("a key");
    let ask = |proto: &str, method: &str, path: &str, more: &[(&str, &str)], body: &str| {
        let told = [("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", proto)];
        let request = raw::request(method, path, &headers(&[&told, more].concat()), body.as_bytes());
        raw::exchange(kassa.address(), &request).expect("an answer")
    };
    let bearer = format!("Bearer {key}");
    let key = [("Authorization", bearer.as_str())];
    let made = ask("https", "POST", "/neuro-pay/checkout/create-customer", &key, &customer().to_string());
    let made: Value = serde_json::from_slice(&made.body).expect("a customer");
    let page = made["client_page"].as_str().expect("a link").strip_prefix(kassa.url()).expect("ours");
    let card = "/cards/0190a1b2c3d44e5f8a6b7c8d9e0f1a2b";
    for (method, below) in [
        ("GET", String::new()),
        ("GET", "/data".to_owned()),
        ("GET", "/add".to_owned()),
        ("POST", "/add".to_owned()),
        ("POST", format!("{card}/default")),
        ("GET", format!("{card}/remove")),
        ("POST", format!("{card}/remove")),
    ] {
        // Of a form nothing is read: it is refused though it does not come.
        let unread: &[_] = if method == "POST" { &[("Content-Length", "60")] } else { &[] };
        for proto in ["http", "https, http", ""] {
            let refused = ask(proto, method, &format!("{page}{below}"), unread, "");
            let text = String::from_utf8_lossy(&refused.body).into_owned();
            assert_eq!(refused.status, 403, "{method} {below} {proto}");
            assert!(
                text.contains("https://") && !text.contains("Ada") && !text.contains(&live.name),
                "{text}"
            );
        }
        let taken = ask("https", method, &format!("{page}{below}"), &[], "").status;
        assert!(matches!(taken, 200 | 303 | 400 | 415 | 422), "{method} {below}: {taken}");
    }
}
