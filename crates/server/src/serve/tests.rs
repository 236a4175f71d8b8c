//! What depends on where a request comes from, or on what this server has in memory: the routes as they are served,
//! without a socket.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use acquirers::simulator::Simulator;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use db::{Db, Target};
use domain::acquiring::{Acquirer, Acquirers, Books};
use domain::card::SecurityCode;
use domain::keys::Keyring;
use domain::merchants::{self, credentials};
use domain::time::{Clock, SystemClock, SystemRandom};
use domain::{Caller, Channel, ClientAddress, Id, Mode, tokens};
use tower_service::Service;
use vault::RootKey;

use super::*;

const API: &str = "checkout-com";

/// An installation with a shop, gone when dropped.
struct Place {
    folder: PathBuf,
    app: Arc<App>,
    router: Router,
    public_key: String,
    caller: Caller,
}

impl Place {
    async fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("kassa-serve-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let db = Arc::new(Db::open(&Target::Sqlite(folder.join("kassa.db")), Use::Serve).unwrap());
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let root = RootKey::from_bytes([7; 32]);
        let keys = Keyring::open(&db, &*random, clock.now(), |_| Ok(root)).await.unwrap();
        let books = Books::new(Arc::clone(&db), Arc::clone(&clock) as Arc<dyn Clock>);
        let live: Arc<dyn Acquirer> = Arc::new(Simulator::new(books.clone()));
        let acquirers = Acquirers { test: Arc::new(Simulator::new(books)), live: Some(live) };
        let app = App::new(db, keys, acquirers, clock, random, "http://kassa.test".to_owned());
        let app = Arc::new(app);
        let public_key = mint(&app, API, Mode::Test, "public_key").await;
        let caller = credentials::authenticate(&app, API, &public_key, Channel::Private).await.unwrap();
        let router = router(&app, &[], None);
        Self { folder, app, router, public_key, caller }
    }

    async fn ask(&self, method: &str, uri: &str, key: &str, by: Channel, body: &'static str) -> Response {
        let request = Request::builder().method(method).uri(uri);
        let request = request.header("authorization", format!("Bearer {key}"));
        let request = request.extension(by).extension(ClientAddress(IpAddr::from([203, 0, 113, 7])));
        self.router.clone().call(request.body(Body::from(body)).unwrap()).await.unwrap()
    }

    /// Hands in a card, as a page does.
    async fn tokenize(&self, from: &str, key: Option<&str>) -> Response {
        let from: IpAddr = from.parse().unwrap();
        let mut request = Request::post("/checkout-com/tokens")
            .header("authorization", &self.public_key)
            .extension(ClientAddress(from));
        if let Some(key) = key {
            request = request.header("cko-idempotency-key", key);
        }
        let body =
            r#"{"type":"card","number":"4242424242424242","expiry_month":12,"expiry_year":2039,"cvv":"737"}"#;
        let answer = self.router.clone().call(request.body(Body::from(body)).unwrap()).await;
        answer.unwrap()
    }
}

/// Makes a shop's credentials of an API; answers the one of that kind.
async fn mint(app: &Arc<App>, api: &str, mode: Mode, kind: &str) -> String {
    mint_all(app, api, mode, &[kind]).await.remove(0)
}

/// The same for some of the credentials that go together.
async fn mint_all(app: &Arc<App>, api: &str, mode: Mode, kinds: &[&str]) -> Vec<String> {
    let merchant = merchants::ensure(app, "Shop").await.unwrap();
    let dialect = dialects::by_name(api).unwrap();
    let secrets = (dialect.mint)(app, &merchant, mode);
    let text_of = |kind: &&str| secrets.iter().find(|secret| secret.kind == *kind).unwrap().text.clone();
    let texts = kinds.iter().map(text_of).collect();
    let now = app.now();
    let write = app.write(move |tx| {
        for secret in &secrets {
            credentials::create(tx, merchant.key, mode, dialect.name, secret, now)?;
        }
        Ok(())
    });
    write.await.unwrap();
    texts
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), 65_536).await.unwrap().into()).unwrap()
}

/// Whether it is refused in the vendor's shape, to be tried again after some seconds.
async fn is_put_off(answer: Response, status: u16, code: &str) -> u64 {
    assert_eq!(answer.status(), status);
    let seconds = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    let text = text(answer).await;
    assert!(text.contains(&format!(r#""error_codes":["{code}"]"#)), "{text}");
    seconds
}

#[tokio::test]
async fn one_address_is_told_when_it_may_ask_for_more_tokens() {
    let place = Place::new().await;
    let mut made = 0;
    let refused = loop {
        let answer = place.tokenize("203.0.113.7", None).await;
        if answer.status() != 201 {
            break answer;
        }
        made += 1;
        // The minute may end meanwhile, once.
        assert!(made <= 2 * tokens::A_MINUTE);
    };
    assert!(made >= tokens::A_MINUTE);
    let seconds = is_put_off(refused, 429, "too_many_requests").await;
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(place.tokenize("203.0.113.8", None).await.status(), 201);
}

#[tokio::test]
async fn a_full_share_of_security_codes_answers_503_and_replays_go_on() {
    let place = Place::new().await;
    let (codes, scope, now) = (place.app.codes(), place.caller.scope, place.app.now());
    let first = place.tokenize("127.0.0.1", Some("k")).await;
    assert_eq!(first.status(), 201);
    let first = text(first).await;
    for number in 1..tokens::SHARE as u128 {
        let code = SecurityCode::parse("737").unwrap();
        codes.keep(scope, Id::from_bytes(number.to_be_bytes()), code, None, now).unwrap();
    }
    let seconds = is_put_off(place.tokenize("127.0.0.1", None).await, 503, "service_unavailable").await;
    assert!((800..=900).contains(&seconds), "until the first one goes: {seconds}");
    assert_eq!(place.app.refused().due(std::time::Instant::now()).len(), 1, "it has its line in the log");
    let again = place.tokenize("127.0.0.1", Some("k")).await;
    assert!(again.status() == 201 && text(again).await == first);
    // A replay and a refusal took no place, so one that is given back is there for one.
    codes.forget(scope, Id::from_bytes(1_u128.to_be_bytes()));
    assert_eq!(place.tokenize("127.0.0.1", None).await.status(), 201);
    is_put_off(place.tokenize("127.0.0.1", None).await, 503, "service_unavailable").await;
}

const CHECKOUT: &str = r#"{"amount":24900,"currency":"SEK","message":"Boots","returnUrl":"https://shop.example/a","returnUrlCancel":"https://shop.example/b"}"#;

/// No page of live mode comes over plain http, and no form of it is read.
#[tokio::test]
async fn every_page_of_live_mode_needs_https() {
    let place = Place::new().await;
    for mode in [Mode::Live, Mode::Test] {
        let key = mint(&place.app, "neuro-pay", mode, "api_key").await;
        let make = async |path: &str, body, page: &str| {
            let answer = place.ask("POST", path, &key, Channel::Private, body).await;
            let answer: serde_json::Value = serde_json::from_str(&text(answer).await).unwrap();
            let page = answer[page].as_str().unwrap_or_else(|| panic!("{answer}"));
            page.strip_prefix(place.app.public_url()).unwrap().to_owned()
        };
        let customer = r#"{"first_name":"Ada","last_name":"Lovelace","email":"ada@example.com"}"#;
        let customer = make("/neuro-pay/checkout/create-customer", customer, "client_page").await;
        let checkout = make("/neuro-pay/checkout/create", CHECKOUT, "checkout_page").await;
        let card = "/cards/0190a1b2c3d44e5f8a6b7c8d9e0f1a2b";
        for (method, page, below) in [
            ("GET", &customer, ""),
            ("GET", &customer, "/add"),
            ("POST", &customer, "/add"),
            ("GET", &customer, "/data"),
            ("POST", &customer, &format!("{card}/default")),
            ("GET", &customer, &format!("{card}/remove")),
            ("POST", &customer, &format!("{card}/remove")),
            ("GET", &checkout, ""),
            ("POST", &checkout, ""),
            ("GET", &checkout, "/bank"),
            ("POST", &checkout, "/bank"),
            ("POST", &checkout, "/cancel"),
        ] {
            let uri = format!("{page}{below}");
            let open = place.ask(method, &uri, "", Channel::Open, "").await;
            let status = open.status();
            let page = text(open).await;
            if mode == Mode::Live {
                assert_eq!(status, 403, "{method} {below}");
                assert!(
                    page.contains("https://") && !page.contains("Shop") && !page.contains("Ada"),
                    "{page}"
                );
            } else {
                assert_ne!(status, 403, "{method} {below}");
            }
            let private = place.ask(method, &uri, "", Channel::Private, "").await;
            assert!(private.status() != 403 && private.status().as_u16() < 500, "{method} {below}");
        }
    }
}

/// The paths of the routes that stand in the sources, with something in each place.
fn paths_outside_the_apis() -> Vec<String> {
    let files = [
        include_str!("../docs.rs"),
        include_str!("../serve.rs"),
        include_str!("../../../pages/src/lib.rs"),
        include_str!("../../../pages/src/home.rs"),
    ];
    let pieces = files.iter().flat_map(|text| text.split(['(', '!', '&', '\n', ' ']));
    let routes = pieces.filter_map(|piece| piece.strip_prefix("\"/")?.split('"').next());
    // What begins with a name is an API's.
    let own = routes.filter(|route| !route.starts_with("{}"));
    let filled =
        own.map(|route| route.replace("{}", API).replace("{name}", "kassa.css").replace(['{', '}'], ""));
    let more = [
        "docs/",
        "docs/swagger-ui-bundle.js",
        "nowhere",
        "assets/none",
        "c/",
        "C/link",
        "livez/",
        "%63/link",
    ];
    filled.chain(more.map(str::to_owned)).map(|route| format!("/{route}")).collect()
}

#[tokio::test]
async fn every_answer_that_is_no_apis_has_the_headers_of_a_page() {
    let place = Place::new().await;
    let paths = paths_outside_the_apis();
    for known in
        ["/", "/livez", "/readyz", "/docs", "/llms.txt", "/c/link/bank", "/postman/checkout-com.json"]
    {
        assert!(paths.iter().any(|path| path == known), "{known} is not in {paths:?}");
    }
    for path in paths {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            let answer = place.ask(method, &path, "", Channel::Private, "").await;
            let status = answer.status();
            let has = |name: &str, text: &str| {
                let value = answer.headers().get(name).map(|value| value.to_str().unwrap());
                let why = || format!("{method} {path} is {status} with {name}: {value:?}");
                assert!(value.is_some_and(|value| value.contains(text)), "{}", why());
            };
            has("content-security-policy", "frame-ancestors 'none'");
            has("x-frame-options", "DENY");
            has("x-content-type-options", "nosniff");
            has("referrer-policy", "no-referrer");
            has("permissions-policy", "camera=()");
            has("cache-control", "");
        }
    }
    // What people may see of it is a page.
    let refused = place.ask("POST", "/", "", Channel::Private, "").await;
    assert_eq!(refused.status(), 405);
    assert!(text(refused).await.contains("<h1"), "it is no page");
}

#[tokio::test]
async fn the_rate_of_tokens_is_looked_at_before_the_body() {
    let place = Place::new().await;
    let ask = async |body| {
        let by = Channel::Open;
        place.ask("POST", "/checkout-com/tokens", &place.public_key, by, body).await.status().as_u16()
    };
    let large: &str = "x".repeat(100_000).leak();
    let mut asked = 0;
    while ask(large).await != 429 {
        asked += 1;
        assert!(asked <= 2 * tokens::A_MINUTE, "one that is too large is told so only within the rate");
    }
}

/// What is large in the making is made by few at a time: whoever asks for it waits for the turn of the merchant.
#[tokio::test]
async fn what_may_be_long_is_made_in_the_merchants_turn_and_what_is_short_at_once() {
    let place = Place::new().await;
    let one = |uri: &str, credential: &str, app_key: &str| {
        let request = Request::get(uri).header("authorization", credential).header("x-app-key", app_key);
        let request = request.extension(Channel::Private).extension(ClientAddress([203, 0, 113, 7].into()));
        place.router.clone().call(request.body(Body::empty()).unwrap())
    };
    let pair = mint_all(&place.app, "neopay", Mode::Test, &["token", "app_key"]).await;
    let nero = format!("Bearer {}", mint(&place.app, "neropay", Mode::Test, "secret_key").await);
    let checkout = format!("Bearer {}", mint(&place.app, API, Mode::Test, "secret_key").await);
    let ask = |uri: &str| match uri {
        _ if uri.starts_with("/neopay") => one(uri, &pair[0], &pair[1]),
        _ if uri.starts_with("/neropay") => one(uri, &nero, ""),
        _ => one(uri, &checkout, ""),
    };
    let mut held = Vec::new();
    for _ in 0..domain::searches::SHARE {
        held.push(place.app.search(place.caller.scope).await.unwrap());
    }
    let nobodys = "pay_aaaaaaaaaaaaaaaaaaaaaaaaaa";
    let actions = format!("/checkout-com/payments/{nobodys}/actions");
    let long = [
        ("/neopay/api/customers", 200),
        ("/neopay/api/customers?per_page=100", 200),
        ("/neropay/v2/customers", 200),
        ("/neropay/v2/customers?email=ada@example.com", 200),
        ("/checkout-com/payments?reference=x", 200),
        (&actions, 404),
    ];
    for short in ["/neopay/api/customers?per_page=25", "/neropay/v2/customers?limit=25"] {
        assert_eq!(ask(short).await.unwrap().status(), 200, "{short}");
    }
    let mut waiting: Vec<_> = long.map(|(uri, status)| (Box::pin(ask(uri)), uri, status)).into();
    for (answer, uri, _) in &mut waiting {
        // It comes to where it waits, whatever it yields to before.
        for _ in 0..100 {
            tokio::select! {
                biased;
                answer = &mut *answer => panic!("{uri}: {}", answer.unwrap().status()),
                () = tokio::task::yield_now() => {}
            }
        }
    }
    drop(held);
    for (answer, uri, status) in waiting {
        assert_eq!(answer.await.unwrap().status(), status, "{uri}");
    }
}
