//! Access tokens: what a client may have at most, and what a stranger may cost who asks for one.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::checkout_com::{Client, customer, is_error};
use kassa_tests::drivers::checkout_com_cards::card;
use kassa_tests::{Engine, Merchant, Server, eventually, on_each_engine, on_one_engine, raw};
use serde_json::{Value, json};

use super::access::base64;

on_each_engine!(
    a_client_gets_no_more_than_it_was_made_for,
    the_successor_of_a_client_may_do_no_more,
    a_client_without_a_limit_gets_all_where_it_asks_for_nothing,
    a_scope_for_what_is_not_here_is_granted_and_allows_nothing,
);
on_one_engine!(
    what_is_no_scope_makes_no_client,
    a_form_is_read_up_to_its_limit,
    a_form_that_does_not_come_is_given_up_soon,
    one_address_has_few_forms_under_way,
);

/// How long a form may take.
const WITHIN: Duration = Duration::from_secs(2);
/// How long the end of a limit may take to be noticed.
const NOTICED: Duration = Duration::from_secs(2);
/// Forms that one address may have under way.
const AT_ONCE: usize = 8;

/// Makes an OAuth client of a merchant; what was printed.
#[track_caller]
fn make(kassa: &Server, merchant: &Merchant, scopes: &[&str]) -> Value {
    let fixed = ["key", "create", "--merchant", &merchant.name, "--mode", "test", "--api", "checkout-com"];
    let scopes = scopes.iter().flat_map(|scope| ["--scope", scope]);
    let arguments: Vec<&str> = fixed.into_iter().chain(scopes).chain(["--json"]).collect();
    kassa.command(&arguments).done().json()
}

/// The client that was printed, beside the merchant's own keys.
fn client(kassa: &Server, merchant: &Merchant, printed: &Value) -> Client {
    let mut made = merchant.made.clone();
    for kind in ["oauth_client_id", "oauth_client_secret"] {
        if let Some(text) = printed.get(kind) {
            made["checkout_com"][kind] = text.clone();
        }
    }
    Client::new(kassa, &Merchant { name: merchant.name.clone(), made })
}

#[track_caller]
fn is_granted(client: &Client, asked: &str, scope: &str) {
    assert_eq!(client.connect(&[], &client.form(asked)).ok()["scope"], scope, "{asked}");
}

#[track_caller]
fn is_refused(client: &Client, asked: &str) {
    let answer = client.connect(&[], &client.form(asked)).expect(400);
    assert_eq!(answer.json(), json!({ "error": "invalid_scope" }), "{asked}");
}

fn listed(kassa: &Server, merchant: &Merchant, id: &Value) -> Value {
    let keys = kassa.command(&["key", "list", "--merchant", &merchant.name, "--json"]).done().lines();
    keys.into_iter().find(|key| key["id"] == *id).expect("it is listed")
}

fn a_client_gets_no_more_than_it_was_made_for(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let printed = make(&kassa, &merchant, &["vault:customers", "gateway"]);
    // The keys of a set may do everything, so this set has none.
    assert!(printed["secret_key"].is_null() && printed["public_key"].is_null());
    assert_eq!(printed["scopes"], json!(["vault:customers", "gateway"]));
    let limited = client(&kassa, &merchant, &printed);
    is_granted(&limited, "", "vault:customers gateway");
    is_granted(&limited, "vault:customers", "vault:customers");
    // A part of what it may have is no more than that.
    is_granted(
        &limited,
        "gateway:payment+gateway:payment-refunds",
        "gateway:payment gateway:payment-refunds",
    );
    for more in ["vault", "vault:instruments", "vault:customers+vault", "payments:search", "root"] {
        is_refused(&limited, more);
    }
    let token = limited.with_scope("");
    token.create(&customer());
    let refused = token.post_instrument(&card(APPROVED));
    is_error(&refused, 403, "operation_not_allowed", &["insufficient_scope"]);
    let key = listed(&kassa, &merchant, &printed["key_ids"][0]);
    assert_eq!(key["scopes"], json!(["vault:customers", "gateway"]));
    let list = kassa.command(&["key", "list", "--merchant", &merchant.name]).done().stdout;
    assert!(list.contains("vault:customers gateway"), "{list}");
}

fn the_successor_of_a_client_may_do_no_more(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let printed = make(&kassa, &merchant, &["vault:customers"]);
    let id = printed["key_ids"][0].to_string();
    let rolled = kassa.command(&["key", "roll", &id, "--overlap", "1", "--json"]).done().json();
    let successor = client(&kassa, &merchant, &rolled);
    is_granted(&successor, "", "vault:customers");
    is_refused(&successor, "vault");
    assert_eq!(listed(&kassa, &merchant, &rolled["key_id"])["scopes"], json!(["vault:customers"]));
}

fn a_client_without_a_limit_gets_all_where_it_asks_for_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = client(&kassa, &merchant, &json!({}));
    is_granted(&shop, "", "vault gateway payments:search");
    let token = shop.with_scope("");
    token.create(&customer());
    let payment = json!({ "source": card(APPROVED), "amount": 1000, "currency": "EUR" });
    token.send("POST", "/payments", &[], payment.to_string().as_bytes()).expect(201);
    let printed = make(&kassa, &merchant, &[]);
    assert!(printed["secret_key"].is_string() && printed["scopes"].is_null());
    is_granted(&client(&kassa, &merchant, &printed), "", "vault gateway payments:search");
    assert!(listed(&kassa, &merchant, &printed["key_ids"][2])["scopes"].is_null());
}

fn a_scope_for_what_is_not_here_is_granted_and_allows_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = client(&kassa, &merchant, &json!({}));
    is_granted(&shop, "gateway+vault+fx+gateway", "gateway vault fx");
    is_granted(&shop, "payouts:bank-details++Payment+Context+", "payouts:bank-details Payment Context");
    for wrong in ["Payment", "Context+Payment", "vault+Payment+Contexts", "payment+context", "FX", "vault:fx"]
    {
        is_refused(&shop, wrong);
    }
    // Whatever a client is made for, these are nothing that it could do.
    let limited = client(&kassa, &merchant, &make(&kassa, &merchant, &["vault:customers"]));
    is_granted(&limited, "vault:customers+fx+disputes", "vault:customers fx disputes");
    is_granted(&limited, "", "vault:customers");
    is_refused(&limited, "fx+gateway");
    for idle in [
        shop.with_scope("fx+gateway:payment-contexts+vault:card-metadata+Payment+Context"),
        limited.with_scope("fx"),
    ] {
        let customers = idle.post(&customer());
        let cards = idle.post_instrument(&card(APPROVED));
        let payments = idle.send("GET", "/payments?reference=R", &[], b"");
        for refused in [customers, cards, payments] {
            is_error(&refused, 403, "operation_not_allowed", &["insufficient_scope"]);
        }
    }
}

fn what_is_no_scope_makes_no_client(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let create = |api: &str, scope: &str| {
        let fixed = ["key", "create", "--merchant", &merchant.name, "--mode", "test", "--api", api];
        kassa.command(&[&fixed[..], &["--scope", scope]].concat()).failed(2).stderr
    };
    for wrong in ["root", "", "vault gateway", "VAULT"] {
        let said = create("checkout-com", wrong);
        assert!(said.contains("vault:customers") && said.contains("payments:search"), "{said}");
    }
    assert!(create("neopay", "vault").contains("no scopes"));
}

/// Begins a request to `/connect/token` that says how long its form will be.
fn begin(kassa: &Server, length: usize) -> TcpStream {
    let mut stream = raw::connect(kassa.address());
    let head =
        format!("POST /checkout-com/connect/token HTTP/1.1\r\nHost: k\r\nContent-Length: {length}\r\n\r\ng");
    stream.write_all(head.as_bytes()).expect("the server reads");
    stream
}

#[track_caller]
fn is_answered(mut stream: TcpStream, status: u16, error: &str) -> raw::Raw {
    let answer = raw::parse(&raw::read_to_end(&mut stream)).expect("an answer");
    assert_eq!(answer.status, status);
    assert_eq!(answer.body, json!({ "error": error }).to_string().into_bytes());
    answer
}

fn a_form_is_read_up_to_its_limit(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let form = shop.form("vault");
    let padded = |length: usize| format!("{form}&x={}", "x".repeat(length - form.len() - 3));
    shop.connect(&[], &padded(4096)).expect(200);
    let refused = shop.connect(&[], &padded(4097)).expect(413);
    assert_eq!(refused.json(), json!({ "error": "invalid_request" }));
    // Nothing is waited for where the length says it.
    is_answered(begin(&kassa, 4097), 413, "invalid_request");
    // And no more is taken where it does not.
    let mut stream = raw::connect(kassa.address());
    let head =
        "POST /checkout-com/connect/token HTTP/1.1\r\nHost: k\r\nTransfer-Encoding: chunked\r\n\r\n1001\r\n";
    stream.write_all(format!("{head}{}\r\n", "x".repeat(4097)).as_bytes()).expect("the server reads");
    is_answered(stream, 413, "invalid_request");
}

fn a_form_that_does_not_come_is_given_up_soon(engine: Engine) {
    let kassa = Server::shared(engine);
    let begun = Instant::now();
    is_answered(begin(&kassa, 100), 408, "invalid_request");
    assert!(begun.elapsed() < WITHIN + NOTICED, "{:?}", begun.elapsed());
}

fn one_address_has_few_forms_under_way(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let slow: Vec<TcpStream> = (0..AT_ONCE).map(|_| begin(&kassa, 100)).collect();
    let refused = eventually(WITHIN, "the places are taken", || {
        let answer = shop.connect(&[], &shop.form("vault"));
        (answer.status != 200).then_some(answer)
    });
    let refused = refused.expect(429);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.json(), json!({ "error": "temporarily_unavailable" }));
    // Who is known by a header needs no place, and the rest of the API none either.
    let basic =
        base64(&format!("{}:{}", shop.credential("oauth_client_id"), shop.credential("oauth_client_secret")));
    let known = [("authorization", format!("Basic {basic}"))];
    let known = known.each_ref().map(|(name, value)| (*name, value.as_str()));
    shop.connect(&known, "grant_type=client_credentials").expect(200);
    shop.create(&customer());
    for stream in slow {
        is_answered(stream, 408, "invalid_request");
    }
    shop.connect(&[], &shop.form("vault")).expect(200);
    kassa.is_healthy();
}
