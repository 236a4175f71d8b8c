//! Every kind of credential that a request to an API can carry, and what becomes of it.

use kassa_tests::Server;
use kassa_tests::drivers::nero_pay::{SIGNATURE, TIMESTAMP, now, sign};
use kassa_tests::drivers::shop::Api;
use kassa_tests::drivers::{checkout_com, neopay, nero_pay, neuro_pay};
use kassa_tests::http::Answer;
use serde_json::{Value, json};

use super::routes::Route;
use super::shops::{Shop, Whose};

/// What becomes of a request with a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is let in, to this shop.
    Of(Whose),
    /// It is refused with a status and a code, where the vendor has codes.
    Refused(u16, &'static str),
}

#[derive(Clone)]
pub(super) struct Credential {
    pub(super) what: &'static str,
    pub(super) standing: Standing,
    headers: Vec<(&'static str, String)>,
    /// What NeroPay's writes are signed with.
    signed_with: String,
    /// What a form says of its client.
    form: String,
}

impl Credential {
    fn new(what: &'static str, standing: Standing) -> Self {
        Self { what, standing, headers: Vec::new(), signed_with: String::new(), form: String::new() }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn bearer(self, secret: &str) -> Self {
        self.header("authorization", format!("Bearer {secret}"))
    }

    fn signed_with(self, key: &str) -> Self {
        Self { signed_with: key.to_owned(), ..self }
    }

    /// The headers and the body of a request to a route.
    pub(super) fn put_to(
        &self,
        route: &Route,
        body: Option<&Value>,
    ) -> (Vec<(&'static str, String)>, String) {
        let mut headers = self.headers.clone();
        if route.path == TOKEN {
            headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
            return (headers, format!("grant_type=client_credentials{}", self.form));
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        if !body.is_empty() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        if route.api == Api::NeroPay && route.writes {
            let timestamp = now().to_string();
            headers.push((SIGNATURE, sign(&self.signed_with, &timestamp, body.as_bytes())));
            headers.push((TIMESTAMP, timestamp));
        }
        (headers, body)
    }
}

/// The route whose credentials stand in its form.
const TOKEN: &str = "/connect/token";

/// The secrets of the walk: those that merchants were given, in the shape of `merchant create --json`.
pub(super) struct Secrets {
    owners: Value,
    second: Value,
    live: Value,
    others: Value,
    revoked: Value,
    /// Checkout.com's access tokens.
    tokens: Tokens,
}

/// Those of a part have the order of [`PARTS`].
struct Tokens {
    owners: [String; PARTS.len()],
    of_the_vault: String,
    of_the_gateway: String,
    /// Each has every scope but those of its part.
    unfit: [String; PARTS.len()],
    live: [String; PARTS.len()],
    others: [String; PARTS.len()],
    revoked: String,
}

const VAULT: &str = "vault";
const GATEWAY: &str = "gateway";

/// The parts of the API: each has a scope that is worth it, and so has the whole it belongs to.
const PARTS: [(&str, &str); 10] = [
    (VAULT, "vault:customers"),
    (VAULT, "vault:instruments"),
    (VAULT, "vault:tokens-metadata"),
    (VAULT, "vault:tokenization"),
    (GATEWAY, "gateway:payment"),
    (GATEWAY, "gateway:payment-details"),
    (GATEWAY, "gateway:payment-authorizations"),
    (GATEWAY, "gateway:payment-captures"),
    (GATEWAY, "gateway:payment-refunds"),
    (GATEWAY, "gateway:payment-voids"),
];

/// The place of a route's part.
fn part(route: &Route) -> usize {
    let segments: Vec<&str> = route.path.split('/').collect();
    let scope = match (segments[1], segments.get(3).copied(), route.method) {
        ("customers", _, _) => "vault:customers",
        ("instruments", _, _) => "vault:instruments",
        ("tokens", Some("metadata"), _) => "vault:tokens-metadata",
        ("tokens", None, _) => "vault:tokenization",
        ("payments" | "hosted-payments" | "payment-links", _, "GET") => "gateway:payment-details",
        ("payments" | "hosted-payments" | "payment-links", None, "POST") => "gateway:payment",
        ("payments", Some("authorizations"), _) => "gateway:payment-authorizations",
        ("payments", Some("captures"), _) => "gateway:payment-captures",
        ("payments", Some("refunds"), _) => "gateway:payment-refunds",
        ("payments", Some("voids"), _) => "gateway:payment-voids",
        _ => "",
    };
    let place = PARTS.iter().position(|(_, known)| *known == scope);
    place.unwrap_or_else(|| panic!("{} {} has no scope", route.method, route.path))
}

/// Makes every credential of the walk that there is not yet.
pub(super) fn secrets(kassa: &Server, shops: &[Shop; 3]) -> Secrets {
    let [owner, live, other] = shops;
    let second = kassa.credentials(&owner.merchant.name, "test");
    let mut revoked = owner.merchant.clone();
    let mut keys = Vec::new();
    for (api, name) in [
        ("neuro-pay", "neuro_pay"),
        ("neopay", "neopay"),
        ("neropay", "neropay"),
        ("checkout-com", "checkout_com"),
    ] {
        let merchant = &owner.merchant.name;
        let arguments = ["key", "create", "--merchant", merchant, "--mode", "test", "--api", api, "--json"];
        revoked.made[name] = kassa.command(&arguments).done().json();
        keys.extend(revoked.made[name]["key_ids"].as_array().expect("ids").clone());
    }
    let token = |client: &checkout_com::Client, scope: &str| {
        let issued = client.connect(&[], &client.form(scope)).ok();
        issued["access_token"].as_str().expect("a token").to_owned()
    };
    let client = |shop: &Shop| shop.apis.checkout_com.clone();
    let of_each_part = |shop: &Shop| PARTS.map(|(_, scope)| token(&client(shop), scope));
    let of_the_others = |(whole, own): (&str, &str)| {
        let others = PARTS.iter().map(|(_, scope)| *scope).filter(|scope| *scope != own);
        let other_whole = if whole == VAULT { GATEWAY } else { VAULT };
        let scopes: Vec<&str> = others.chain([other_whole, "payments:search"]).collect();
        token(&client(owner), &scopes.join("+"))
    };
    let tokens = Tokens {
        owners: of_each_part(owner),
        of_the_vault: token(&client(owner), VAULT),
        of_the_gateway: token(&client(owner), GATEWAY),
        unfit: PARTS.map(of_the_others),
        live: of_each_part(live),
        others: of_each_part(other),
        revoked: token(&checkout_com::Client::new(kassa, &revoked), "vault+gateway"),
    };
    for key in keys {
        kassa.command(&["key", "revoke", &key.to_string()]).done();
    }
    let made = |shop: &Shop| shop.merchant.made.clone();
    Secrets {
        owners: made(owner),
        second: second.made,
        live: made(live),
        others: made(other),
        revoked: revoked.made,
        tokens,
    }
}

const NEURO_PAY: (&str, &str) = ("neuro_pay", "api_key");
const NEOPAY: (&str, &str) = ("neopay", "token");
const NERO_PAY: (&str, &str) = ("neropay", "secret_key");
const CHECKOUT_COM: (&str, &str) = ("checkout_com", "secret_key");
const PUBLIC_KEY: (&str, &str) = ("checkout_com", "public_key");

fn text<'a>(made: &'a Value, (api, name): (&str, &str)) -> &'a str {
    made[api][name].as_str().unwrap_or_else(|| panic!("{api} has no {name}"))
}

const OWNERS: Standing = Standing::Of(Whose::Owners);
const LIVE: Standing = Standing::Of(Whose::OwnersLive);
const OTHERS: Standing = Standing::Of(Whose::Others);
const NOBODYS: Standing = Standing::Refused(401, "authentication_failed");

impl Secrets {
    /// Every kind of credential that is put to a route.
    pub(super) fn put_to(&self, route: &Route) -> Vec<Credential> {
        match route.api {
            Api::NeuroPay => self.neuro_pay(),
            Api::Neopay => self.neopay(),
            Api::NeroPay => self.nero_pay(route),
            Api::CheckoutCom if route.path == TOKEN => self.clients(),
            Api::CheckoutCom => self.checkout_com(route),
        }
    }

    /// The owner's secrets of the other three APIs, and the same number of texts that nobody was given.
    fn strangers(&self, api: (&str, &str), like: &str) -> Vec<(&'static str, String)> {
        let kinds = [
            (NEURO_PAY, "a key of Neuro-Pay"),
            (NEOPAY, "a token of Neopay"),
            (NERO_PAY, "a key of NeroPay"),
            (CHECKOUT_COM, "a key of Checkout.com"),
        ];
        let others = kinds.into_iter().filter(|(kind, _)| kind.0 != api.0);
        let mut all: Vec<(&'static str, String)> =
            others.map(|(kind, what)| (what, text(&self.owners, kind).to_owned())).collect();
        if api != CHECKOUT_COM {
            all.push(("an access token of Checkout.com", self.tokens.of_the_vault.clone()));
        }
        // Made up, but of the right shape: the last letters of a secret are another's.
        let (beginning, _) = like.split_at(like.len() - 8);
        all.push(("a made-up one", format!("{beginning}abcdefgh")));
        all
    }

    fn neuro_pay(&self) -> Vec<Credential> {
        let own = text(&self.owners, NEURO_PAY);
        let mut all = vec![
            Credential::new("the owner's key", OWNERS).bearer(own),
            Credential::new("the owner's second key", OWNERS).bearer(text(&self.second, NEURO_PAY)),
            Credential::new("the owner's live key", LIVE).bearer(text(&self.live, NEURO_PAY)),
            Credential::new("another's key", OTHERS).bearer(text(&self.others, NEURO_PAY)),
            Credential::new("a revoked key", Standing::Refused(403, ""))
                .bearer(text(&self.revoked, NEURO_PAY)),
            Credential::new("no key", NOBODYS),
            Credential::new("no scheme", NOBODYS).header("authorization", own),
        ];
        let strangers = self.strangers(NEURO_PAY, own);
        all.extend(strangers.iter().map(|(what, secret)| Credential::new(what, NOBODYS).bearer(secret)));
        all
    }

    fn neopay(&self) -> Vec<Credential> {
        let own = text(&self.owners, NEOPAY);
        let app = |made| text(made, ("neopay", "app_key"));
        let pair = |what, standing, token: &str, key: &str| {
            Credential::new(what, standing).header("authorization", token).header("x-app-key", key)
        };
        let (owners, live, others) = (app(&self.owners), app(&self.live), app(&self.others));
        let (of_live, of_others) = (text(&self.live, NEOPAY), text(&self.others, NEOPAY));
        let mut all = vec![
            pair("the owner's token", OWNERS, own, owners),
            pair("the owner's token after Bearer", OWNERS, &format!("Bearer {own}"), owners),
            pair("the owner's second token", OWNERS, text(&self.second, NEOPAY), owners),
            pair("the owner's live token", LIVE, of_live, live),
            pair("another's token", OTHERS, of_others, others),
            pair("the owner's token with another's key", NOBODYS, own, others),
            pair("the owner's token with the live key", NOBODYS, own, live),
            pair("the live token with the test key", NOBODYS, of_live, owners),
            pair("another's token with the owner's key", NOBODYS, of_others, owners),
            pair("a revoked token", Standing::Refused(403, ""), text(&self.revoked, NEOPAY), owners),
            Credential::new("a token without a key", NOBODYS).header("authorization", own),
            Credential::new("a key without a token", NOBODYS).header("x-app-key", owners),
            Credential::new("nothing", NOBODYS),
        ];
        let strangers = self.strangers(NEOPAY, own);
        all.extend(strangers.iter().map(|(what, secret)| pair(what, NOBODYS, secret, owners)));
        all
    }

    fn nero_pay(&self, route: &Route) -> Vec<Credential> {
        let key = |what, standing, key: &str| Credential::new(what, standing).bearer(key).signed_with(key);
        let own = text(&self.owners, NERO_PAY);
        let account = |made| text(made, ("neropay", "account_id"));
        let others = text(&self.others, NERO_PAY);
        let mut all = vec![
            key("the owner's key", OWNERS, own),
            key("the owner's key with its account", OWNERS, own)
                .header("neropay-account", account(&self.owners)),
            key("the owner's second key", OWNERS, text(&self.second, NERO_PAY)),
            key("the owner's live key", LIVE, text(&self.live, NERO_PAY)),
            key("another's key", OTHERS, others),
            key("the owner's key with another's account", Standing::Refused(404, "account_not_found"), own)
                .header("neropay-account", account(&self.others)),
            key("a revoked key", NOBODYS, text(&self.revoked, NERO_PAY)),
            Credential::new("no key", NOBODYS).signed_with(own),
            Credential::new("no scheme", NOBODYS).header("authorization", own).signed_with(own),
        ];
        if route.writes {
            let unsigned = Standing::Refused(401, "invalid_signature");
            all.push(Credential::new("another's signature", unsigned).bearer(own).signed_with(others));
        }
        let strangers = self.strangers(NERO_PAY, own);
        all.extend(strangers.iter().map(|(what, secret)| key(what, NOBODYS, secret)));
        all
    }

    fn checkout_com(&self, route: &Route) -> Vec<Credential> {
        let key = |what, standing, secret: &str| Credential::new(what, standing).bearer(secret);
        // A page makes tokens with the public key, and a server does the rest with the secret one.
        let is_for_pages = route.path == "/tokens";
        let (fits, unfit, code) = if is_for_pages {
            (PUBLIC_KEY, CHECKOUT_COM, "public_key_required")
        } else {
            (CHECKOUT_COM, PUBLIC_KEY, "server_api_not_allowed")
        };
        let own = text(&self.owners, fits);
        let may_not = |code| Standing::Refused(403, code);
        let (tokens, part) = (&self.tokens, part(route));
        let of_the_whole = match PARTS[part] {
            (VAULT, _) => &tokens.of_the_vault,
            _ => &tokens.of_the_gateway,
        };
        // No access token is for pages.
        let is_page = ["/hosted-payments", "/payment-links"].iter().any(|page| route.path.starts_with(page));
        let of_token = |fits| if is_page { may_not("secret_key_required") } else { fits };
        let unfit_token = of_token(may_not("insufficient_scope"));
        let mut all = vec![
            key("the owner's key", OWNERS, own),
            Credential::new("the owner's key alone", OWNERS).header("authorization", own),
            key("the owner's second key", OWNERS, text(&self.second, fits)),
            key("the owner's live key", LIVE, text(&self.live, fits)),
            key("another's key", OTHERS, text(&self.others, fits)),
            key("the owner's access token", of_token(OWNERS), &tokens.owners[part]),
            key("the owner's access token for more than that", of_token(OWNERS), of_the_whole),
            key("the owner's live access token", of_token(LIVE), &tokens.live[part]),
            key("another's access token", of_token(OTHERS), &tokens.others[part]),
            key("the other kind of key", may_not(code), text(&self.owners, unfit)),
            key("an access token that does not fit", unfit_token, &tokens.unfit[part]),
            key("a revoked key", may_not("credential_not_permitted"), text(&self.revoked, fits)),
            key("a token of a revoked client", may_not("credential_not_permitted"), &tokens.revoked),
            key("a made-up access token", NOBODYS, &format!("{}abcdefgh", &tokens.owners[part][8..])),
            key("a client's secret", NOBODYS, text(&self.owners, ("checkout_com", "oauth_client_secret"))),
            Credential::new("nothing", NOBODYS),
        ];
        let strangers = self.strangers(CHECKOUT_COM, own);
        all.extend(strangers.iter().map(|(what, secret)| key(what, NOBODYS, secret)));
        all
    }

    /// Clients that ask for an access token.
    fn clients(&self) -> Vec<Credential> {
        let client = |what, standing, id: &Value, secret: &str| {
            let id = text(id, ("checkout_com", "oauth_client_id"));
            Credential {
                form: format!("&client_id={id}&client_secret={secret}"),
                ..Credential::new(what, standing)
            }
        };
        let secret = |made| text(made, ("checkout_com", "oauth_client_secret"));
        let unknown = Standing::Refused(400, "invalid_client");
        let (owners, live, others) = (&self.owners, &self.live, &self.others);
        let revoked = Standing::Refused(400, "unauthorized_client");
        let mut all = vec![
            client("the owner's client", OWNERS, owners, secret(owners)),
            client("the owner's live client", LIVE, live, secret(live)),
            client("another's client", OTHERS, others, secret(others)),
            client("another's secret", unknown, owners, secret(others)),
            client("the live secret", unknown, owners, secret(live)),
            client("the test secret in live mode", unknown, live, secret(owners)),
            client("a key for a secret", unknown, owners, text(owners, CHECKOUT_COM)),
            client("a revoked client", revoked, &self.revoked, secret(&self.revoked)),
            Credential::new("no client", unknown),
        ];
        let strangers = self.strangers(CHECKOUT_COM, secret(owners));
        all.extend(strangers.iter().map(|(what, secret)| client(what, unknown, owners, secret)));
        all
    }
}

/// Checks that a refusal is the vendor's.
#[track_caller]
pub(super) fn is_refused(route: &Route, answer: &Answer, status: u16, code: &'static str) {
    match (route.api, status) {
        (Api::NeuroPay, _) => drop(neuro_pay::is_error(answer, status)),
        (Api::Neopay, _) => drop(neopay::is_error(answer, status)),
        (Api::NeroPay, _) => drop(nero_pay::is_error(answer, status, code)),
        (Api::CheckoutCom, 401) => checkout_com::is_bare(answer, status),
        (Api::CheckoutCom, 403) => {
            checkout_com::is_error(answer, status, "operation_not_allowed", &[code]);
        }
        (Api::CheckoutCom, _) => {
            assert_eq!((answer.status, answer.json()), (status, json!({ "error": code })));
        }
    }
}
