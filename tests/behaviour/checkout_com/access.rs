//! Who may speak to Checkout.com's API: keys with and without `Bearer`, access tokens, and nobody else.

use std::collections::HashSet;

use kassa_tests::drivers::checkout_com::{Client, NOBODYS, customer, is_bare, is_error};
use kassa_tests::{Engine, Server, on_each_engine};
use serde_json::json;

on_each_engine!(
    credentials_have_the_vendors_shapes,
    keys_are_taken_with_and_without_bearer,
    tokens_are_issued_and_work_for_their_scopes,
    a_token_ends_with_its_client,
    what_is_no_client_gets_no_token,
    every_answer_names_its_request,
);

fn credentials_have_the_vendors_shapes(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let test = merchant.made["checkout_com"].clone();
    let live = kassa.credentials(&merchant.name, "live").made["checkout_com"].clone();
    assert_eq!(test["base_url"], format!("{}/checkout-com", kassa.url()));
    for (made, mode) in [(&test, "sbox_"), (&live, "")] {
        for (kind, prefix, length) in [
            ("secret_key", format!("sk_{mode}"), 27),
            ("public_key", format!("pk_{mode}"), 27),
            ("oauth_client_id", "ack_".to_owned(), 26),
        ] {
            let text = made[kind].as_str().expect("a text");
            let letters = text.strip_prefix(&prefix).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(letters.len(), length, "{text}");
            assert!(letters.bytes().all(|letter| matches!(letter, b'a'..=b'z' | b'2'..=b'7')), "{text}");
        }
        let secret = made["oauth_client_secret"].as_str().expect("a text");
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        assert!(secret.len() == 43 && secret.bytes().all(is_safe), "{secret}");
    }
}

fn keys_are_taken_with_and_without_bearer(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.create(&customer());
    let (secret, public) = (shop.credential("secret_key"), shop.credential("public_key"));
    let with = |value: &str| {
        let headers = [("Authorization".to_owned(), value.to_owned())];
        let path = format!("/checkout-com/customers/{id}");
        let bytes = kassa_tests::raw::request("GET", &path, &headers, b"");
        kassa_tests::raw::exchange(kassa.address(), &bytes).expect("an answer").status
    };
    for good in [secret.to_owned(), format!("Bearer {secret}"), format!("bearer {secret}")] {
        assert_eq!(with(&good), 200);
    }
    for good_elsewhere in [public.to_owned(), format!("Bearer {public}")] {
        assert_eq!(with(&good_elsewhere), 403);
    }
    let client = shop.credential("oauth_client_secret");
    for bad in
        ["", "Bearer", "Bearer ", "sk_", &secret[..secret.len() - 1], &format!("Basic {secret}"), client]
    {
        assert_eq!(with(bad), 401, "{bad}");
    }
}

fn tokens_are_issued_and_work_for_their_scopes(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let issued = shop.connect(&[], &shop.form("vault%3Acustomers+gateway+gateway")).expect(200);
    assert_eq!(issued.header("cache-control"), Some("no-store"));
    let body = issued.json();
    assert_eq!(
        body,
        json!({ "access_token": body["access_token"], "token_type": "Bearer", "expires_in": 3600,
            "scope": "vault:customers gateway" })
    );
    assert_eq!(shop.connect(&[], &shop.form("")).ok()["scope"], "vault gateway payments:search");
    let token = shop.with_scope("vault:customers");
    let id = token.create(&customer());
    token.patch(&id, &json!({ "name": "Batman" })).expect(204);
    assert_eq!(shop.with_scope("vault").get(&id).ok()["name"], "Batman");
    assert_eq!(shop.get(&id).ok()["name"], "Batman");
    token.delete(&id).expect(204);
    // A token is no more than what was said, and for this API alone.
    let text = body["access_token"].as_str().expect("a token");
    let last = if text.ends_with('A') { "B" } else { "A" };
    for wrong in [&text[..text.len() - 1], &format!("{}{last}", &text[..text.len() - 1]), &text[1..], "AAAA"]
    {
        is_bare(&shop.with_key(wrong).get(NOBODYS), 401);
    }
}

fn a_token_ends_with_its_client(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let token = shop.with_scope("vault");
    token.create(&customer());
    let keys = kassa.command(&["key", "list", "--merchant", &merchant.name, "--json"]).done().lines();
    let client = keys.iter().find(|key| key["kind"] == "oauth_client_secret").expect("it is listed");
    kassa.command(&["key", "revoke", &client["id"].to_string()]).done();
    let refused = token.get(NOBODYS);
    is_error(&refused, 403, "operation_not_allowed", &["credential_not_permitted"]);
    let refused = shop.connect(&[], &shop.form("vault")).expect(400);
    assert_eq!(refused.json(), json!({ "error": "unauthorized_client" }));
    // The keys of the same set work on.
    shop.get("brucewayne@gmail.com").expect(200);
}

fn what_is_no_client_gets_no_token(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let other = Client::fresh(&kassa);
    let (id, secret) = (shop.credential("oauth_client_id"), shop.credential("oauth_client_secret"));
    let own = format!("client_id={id}&client_secret={secret}");
    let basic = |id: &str, secret: &str| format!("Basic {}", base64(&format!("{id}:{secret}")));
    let mine = basic(id, secret);
    let grant = "grant_type=client_credentials";
    for (header, form) in [
        (None, format!("{grant}&{own}")),
        (Some(&mine), format!("{grant}&{own}")),
        (Some(&mine), grant.to_owned()),
        (Some(&mine), format!("{grant}&client_id={id}")),
    ] {
        let headers: Vec<(&str, &str)> =
            header.iter().map(|value| ("authorization", value.as_str())).collect();
        shop.connect(&headers, &form).expect(200);
    }
    let theirs = other.credential("oauth_client_secret");
    let (wrong, not_basic) = (basic(id, "x"), format!("Bearer {}", shop.credential("secret_key")));
    for (header, form, error) in [
        (None, String::new(), "invalid_request"),
        (None, own.clone(), "invalid_request"),
        (None, format!("grant_type=password&{own}"), "unsupported_grant_type"),
        (None, format!("{grant}&{grant}&{own}"), "invalid_request"),
        (None, format!("{grant}&{own}&client_secret={secret}"), "invalid_request"),
        (None, "%ff=1".to_owned(), "invalid_request"),
        (None, format!("{grant}&{own}&scope=vault+root"), "invalid_scope"),
        (None, grant.to_owned(), "invalid_client"),
        (None, format!("{grant}&client_id={id}"), "invalid_client"),
        (None, format!("{grant}&client_id={id}&client_secret=x"), "invalid_client"),
        (None, format!("{grant}&client_id={id}&client_secret={theirs}"), "invalid_client"),
        (None, format!("{grant}&client_id={id}%0A{secret}&client_secret="), "invalid_client"),
        (
            None,
            format!("{grant}&client_id=x&client_secret={}", shop.credential("secret_key")),
            "invalid_client",
        ),
        (Some(&wrong), format!("{grant}&{own}"), "invalid_client"),
        (Some(&wrong), grant.to_owned(), "invalid_client"),
        (Some(&not_basic), grant.to_owned(), "invalid_client"),
    ] {
        let headers: Vec<(&str, &str)> =
            header.iter().map(|value| ("authorization", value.as_str())).collect();
        let answer = shop.connect(&headers, &form).expect(400);
        assert_eq!(answer.json(), json!({ "error": error }), "{form}");
        assert!(answer.header("cko-request-id").is_some());
    }
    let answer = shop.send("GET", "/connect/token", &[], b"").expect(405);
    assert_eq!(answer.header("allow"), Some("POST"));
    shop.connect(&[], &"a".repeat(65_537)).expect(413);
}

/// RFC 4648 with padding.
pub(crate) fn base64(text: &str) -> String {
    data_encoding::BASE64.encode(text.as_bytes())
}

fn every_answer_names_its_request(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let id = shop.create(&customer());
    let answers = [
        shop.get(&id),
        shop.post(&customer()),
        shop.post(&json!({ "email": "ada@example.com" })),
        shop.send("GET", "/customers", &[], b""),
        shop.send("GET", "/payments/x", &[], b""),
        shop.send("POST", "/customers", &[], &[b' '; 65_537]),
        shop.with_key("x").get(&id),
        shop.with_key(shop.credential("public_key")).get(&id),
        shop.connect(&[], ""),
        shop.delete(&id),
        shop.delete(&id),
    ];
    let mut ids = HashSet::new();
    for answer in &answers {
        let id = answer.header("cko-request-id").expect("a request id");
        assert!(id.len() == 13 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        assert!(ids.insert(id.to_owned()), "it is fresh");
        assert!(answer.header("cko-version").is_some_and(|version| !version.is_empty()));
        let is_json = answer.header("content-type") == Some("application/json");
        assert_eq!(is_json, !answer.body.is_empty(), "{answer:?}");
    }
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 422, 201, 405, 404, 413, 401, 403, 400, 204, 404]);
}
