//! Shops and modes never meet: every route, with every kind of credential, with the ids of another merchant, of the
//! other mode, of nobody, and with what is no id.

mod credentials;
mod malformed;
mod routes;
mod shops;
mod unread;

use std::collections::BTreeSet;

use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::neuro_pay::{Client, checkout, is_error};
use kassa_tests::drivers::shop::{Api, CHANGING, Shop as Apis};
use kassa_tests::http::{Answer, send};
use kassa_tests::{Engine, Server, on_each_engine};
use serde_json::{Value, json};
use ureq::http::Request;

use credentials::{Credential, Secrets, Standing, is_refused, secrets};
use malformed::malformed;
use routes::{Names, ROUTES, Route, Way};
use shops::{Objects, Shop, Whose, nobodys, person, shops};

on_each_engine!(
    every_route_with_every_credential_and_every_id,
    an_address_is_taken_in_its_own_shop_and_mode_only,
    customers_work_in_live_mode_and_checkouts_wait_for_an_acquirer,
);

#[test]
fn every_route_of_the_documents_is_in_the_table_and_no_other() {
    let kassa = Server::shared(Engine::Sqlite);
    let mut served = BTreeSet::new();
    for (api, name) in [
        (Api::NeuroPay, "neuro-pay"),
        (Api::Neopay, "neopay"),
        (Api::NeroPay, "neropay"),
        (Api::CheckoutCom, "checkout-com"),
    ] {
        let document = kassa.get(&format!("/openapi/{name}.json")).ok();
        for (path, item) in document["paths"].as_object().expect("paths") {
            // Beside its methods a path may have a summary, servers and the like.
            let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
            let known = methods.iter().filter(|method| item.get(method).is_some());
            served.extend(known.map(|method| format!("{api:?} {} {path}", method.to_uppercase())));
        }
    }
    let rows: BTreeSet<String> =
        ROUTES.iter().map(|route| format!("{:?} {} {}", route.api, route.method, route.path)).collect();
    assert_eq!(rows.len(), ROUTES.len(), "a route has one row");
    let without: Vec<&String> = served.difference(&rows).collect();
    assert!(
        without.is_empty(),
        "no row of the isolation table asks for {without:#?}\n\
         Add to ROUTES in tests/behaviour/all_apis/isolation/routes.rs, for each of them:\n\
         {I}write(Api::…, \"METHOD\", \"/path/as/in/openapi/{{id}}\", &[WAYS])  where an idempotency key has an effect\n\
         {I}read(Api::…, \"METHOD\", \"/path/as/in/openapi/{{id}}\", &[WAYS])   where it has none\n\
         A way is one place of the request where the id of an object stands, with the status that an unknown id gets:\n\
         {I}named(Names::Customer, 404, |id, own| bare(format!(\"/path/{{id}}\")))\n\
         {I}plain(|_, own| send(\"/path\", body))  if no id stands anywhere",
        I = "    "
    );
    let unserved: Vec<&String> = rows.difference(&served).collect();
    assert!(
        unserved.is_empty(),
        "no document names {unserved:#?}: remove its row, or spell it as the document does"
    );
    assert!(ROUTES.iter().all(|route| !route.ways.is_empty()), "a row has at least one way");
}

/// The server, its shops, and what their clients carry.
struct Walk<'a> {
    kassa: &'a Server,
    agent: ureq::Agent,
    shops: [Shop; 3],
    nobody: Objects,
    secrets: Secrets,
}

fn every_route_with_every_credential_and_every_id(engine: Engine) {
    let kassa = Server::shared(engine);
    let shops = shops(&kassa);
    let secrets = secrets(&kassa, &shops);
    let walk = Walk { agent: kassa.agent(), kassa: &kassa, shops, nobody: nobodys(), secrets };
    let state = || walk.shops.each_ref().map(Shop::state);
    let before = state();
    for route in ROUTES {
        for credential in walk.secrets.put_to(route) {
            for way in route.ways {
                match credential.standing {
                    Standing::Of(whose) => {
                        what_is_anothers_is_answered_as_what_never_was(&walk, route, way, &credential, whose);
                    }
                    // Before anything is looked for, so one engine shows it.
                    Standing::Refused(..) if engine == Engine::Postgres => {}
                    Standing::Refused(status, code) => {
                        who_is_refused_learns_nothing(&walk, route, way, &credential, (status, code));
                    }
                }
            }
        }
        if route.ways.iter().any(|way| way.unknown == 201) {
            walk.forget_namesakes();
        }
        assert_eq!(state(), before, "{} {} changed what is another's", route.method, route.path);
    }
    for route in ROUTES {
        for shop in &walk.shops {
            for place in 0..route.ways.len() {
                credentials_of_a_shop_do_the_same_and_keys_of_others_never_meet(&walk, route, place, shop);
            }
        }
    }
    assert_eq!(state(), before);
}

/// What a request came to, but for what differs from one request to the next.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Walk<'_> {
    /// Sends a request; checks that the answer tells nothing of these shops that the request did not say itself.
    fn ask(
        &self,
        route: &Route,
        credential: &Credential,
        (path, body): (String, Option<Value>),
        key: Option<&str>,
        hidden: &[&Shop],
    ) -> Answer {
        let (mut headers, body) = credential.put_to(route, body.as_ref());
        if let Some(key) = key {
            headers.push((route.api.key_header(), key.to_owned()));
        }
        let base = self.shops[0].merchant.made[name(route.api)]["base_url"].as_str().expect("an address");
        let mut request = Request::builder().method(route.method).uri(format!("{base}{path}"));
        for (name, value) in &headers {
            request = request.header(*name, value);
        }
        let answer = match body.as_str() {
            "" => send(&self.agent, request.body(()).expect("a request")),
            body => send(&self.agent, request.body(body).expect("a request")),
        };
        let answer = answer.unwrap_or_else(|error| panic!("{} {path}: {error}", route.method));
        let carried = format!("{path} {body}").to_lowercase();
        let said = format!("{:?} {}", answer.headers, answer.text()).to_lowercase();
        for shop in hidden {
            for mark in shop.marks.iter().filter(|mark| !carried.contains(*mark)) {
                assert!(
                    !said.contains(mark),
                    "{} {path} with {} tells {mark}",
                    route.method,
                    credential.what
                );
            }
            let number = shop.has.number(route.path.starts_with("/categories"));
            let is_new = route.api == Api::NeroPay && !carried.contains(&number);
            let is_told = said.contains(&format!("\"id\":{number},"));
            assert!(!(is_new && is_told), "{} {path} with {} tells {number}", route.method, credential.what);
        }
        answer
    }

    /// What comes of a request that names an id.
    fn see(
        &self,
        route: &Route,
        way: &Way,
        credential: &Credential,
        asked: (&str, &Objects, &[&Shop]),
    ) -> Seen {
        let (id, own, hidden) = asked;
        let seen = seen(&self.ask(route, credential, (way.request)(id, own), None, hidden), id);
        // What a request makes gets an id of its own. That it is nobody else's was seen above.
        if way.unknown == 201 { without_ids(seen, id) } else { seen }
    }

    /// Deletes the customers that a shop's own requests made for an address of another's or of nobody's.
    fn forget_namesakes(&self) {
        for shop in &self.shops {
            let others = self.without(shop.whose).into_iter().map(|other| &other.has);
            for has in others.chain([&self.nobody]) {
                let found = shop.apis.checkout_com.get(&has.email);
                // Where there is no acquirer, a payment makes nobody.
                if shop.whose == Whose::OwnersLive && found.status == 404 {
                    continue;
                }
                let made = found.ok();
                shop.apis.checkout_com.delete(made["id"].as_str().expect("an id")).expect(204);
            }
        }
    }

    fn shop(&self, whose: Whose) -> &Shop {
        self.shops.iter().find(|shop| shop.whose == whose).expect("there are three")
    }

    fn without(&self, whose: Whose) -> Vec<&Shop> {
        self.shops.iter().filter(|shop| shop.whose != whose).collect()
    }
}

/// An answer without what differs from one request to the next.
fn seen(answer: &Answer, id: &str) -> Seen {
    let differs = |name: &str| matches!(name, "date" | "cko-request-id" | "x-request-id" | "content-length");
    let mut headers: Vec<(String, String)> = Vec::new();
    for name in answer.headers.keys().map(|name| name.as_str()) {
        let value = answer.header(name).expect("it is there");
        headers.push((name.to_owned(), if differs(name) { "…" } else { value }.to_owned()));
    }
    headers.sort();
    let mut body = answer.text().to_owned();
    // A short text stands in a body by chance.
    if id.len() > 6 {
        for spelled in [id.to_owned(), id.replace('@', "%40"), id.to_lowercase()] {
            body = body.replace(&spelled, "{id}");
        }
    }
    if let Some(request) = answer.header("cko-request-id") {
        body = body.replace(request, "{request}");
    }
    Seen { status: answer.status, headers, body }
}

/// What an address of an object has in front of its letters, and how many those are at most.
const LINKS: [(&str, usize); 4] = [("/pay_", 26), ("/hpp_", 12), ("/pl_", 12), ("/c/", 80)];

/// An answer of Checkout.com without what each request makes anew, and without the address in the case that it was
/// first sent in.
fn without_ids(seen: Seen, email: &str) -> Seen {
    let piece = |piece: &str| {
        let is_drawn = piece.len() >= 6 && piece.bytes().all(|byte| byte.is_ascii_digit());
        match piece.split_once('_') {
            Some((kind @ ("cus" | "src" | "pay" | "act"), letters)) if letters.len() == 26 => {
                format!("{{{kind}}}")
            }
            Some((kind @ ("hpp" | "pl"), letters)) if letters.len() == 12 => format!("{{{kind}}}"),
            Some(("sim", _)) => "{sim}".to_owned(),
            _ if piece.eq_ignore_ascii_case(email) => "{id}".to_owned(),
            _ if is_drawn => "{digits}".to_owned(),
            _ if piece.len() == 20 && piece.starts_with("20") && piece.ends_with('Z') => "{utc}".to_owned(),
            _ => LINKS.iter().fold(piece.to_owned(), |piece, (kind, letters)| match piece.split_once(kind) {
                Some((before, rest)) => {
                    format!("{before}{{{kind}}}{}", rest.get(*letters..).unwrap_or_default())
                }
                None => piece,
            }),
        }
    };
    let pieces: Vec<String> = seen.body.split('"').map(piece).collect();
    Seen { body: pieces.join("\""), ..seen }
}

fn name(api: Api) -> &'static str {
    match api {
        Api::NeuroPay => "neuro_pay",
        Api::Neopay => "neopay",
        Api::NeroPay => "neropay",
        Api::CheckoutCom => "checkout_com",
    }
}

fn what_is_anothers_is_answered_as_what_never_was(
    walk: &Walk<'_>,
    route: &Route,
    way: &Way,
    credential: &Credential,
    whose: Whose,
) {
    let own = &walk.shop(whose).has;
    let others = walk.without(whose);
    let see = |id: &str| walk.see(route, way, credential, (id, own, &others));
    let nobodys = walk.nobody.ids(route.api, way.names);
    let Some(nobodys) = nobodys.first().map(|id| see(id)) else { return };
    let context = format!("{} {} with {}", route.method, route.path, credential.what);
    // Without an acquirer there is no payment for anybody.
    let is_refused = whose == Whose::OwnersLive && is_paid_with(route);
    assert_eq!(nobodys.status, if is_refused { 422 } else { way.unknown }, "{context}: {nobodys:?}");
    for theirs in others.iter().flat_map(|shop| shop.has.ids(route.api, way.names)) {
        assert_eq!(see(&theirs), nobodys, "{context}: {theirs}");
    }
    for text in malformed(route.api, way.names, own) {
        match way.malformed {
            None => assert_eq!(see(&text), nobodys, "{context}: {text:?}"),
            Some(status) => assert_eq!(see(&text).status, status, "{context}: {text:?}"),
        }
    }
}

fn who_is_refused_learns_nothing(
    walk: &Walk<'_>,
    route: &Route,
    way: &Way,
    credential: &Credential,
    (status, code): (u16, &'static str),
) {
    let hidden: Vec<&Shop> = walk.shops.iter().collect();
    let own = &walk.shops[0].has;
    let everybodys = hidden.iter().map(|shop| &shop.has).chain([&walk.nobody]);
    let mut ids: Vec<String> = everybodys.flat_map(|has| has.ids(route.api, way.names)).collect();
    ids.extend(malformed(route.api, way.names, own).into_iter().take(1));
    if way.names == Names::Nothing {
        ids.push(String::new());
    }
    let first = walk.ask(route, credential, (way.request)(&ids[0], own), None, &hidden);
    is_refused(route, &first, status, code);
    let first = seen(&first, &ids[0]);
    for id in &ids[1..] {
        let seen = walk.see(route, way, credential, (id, own, &hidden));
        assert_eq!(seen, first, "{} {} with {}: {id}", route.method, route.path, credential.what);
    }
}

/// With fresh objects of the shop itself the request has its effect, so that the table asks for what it means to. The
/// other credentials of the shop get the first one's answer; the same key of another shop, API or path does not, even
/// with the same request.
fn credentials_of_a_shop_do_the_same_and_keys_of_others_never_meet(
    walk: &Walk<'_>,
    route: &Route,
    place: usize,
    shop: &Shop,
) {
    let way = &route.ways[place];
    let needs_acquirer =
        matches!(way.names, Names::Token | Names::Checkout(_) | Names::Estimated | Names::Page | Names::Link)
            || matches!(route.path, "/checkout/create" | "/tokens" | "/payments")
            || is_paid_with(route);
    if !way.has_effect || shop.whose == Whose::OwnersLive && needs_acquirer {
        return;
    }
    let which = format!("{}{}{place}", route.method, route.path.replace(['/', '{', '}'], "-"));
    let label = format!("{:?}{which}", route.api).to_lowercase();
    // A customer pays with the default card.
    let has_card = way.names == Names::Card || route.path == "/payments";
    let mut own = person(&shop.apis, shop.whose, &label, has_card);
    match way.names {
        Names::Checkout(status) => {
            own.checkouts.push(shop.apis.neuro_pay.in_status(walk.kassa, status).id);
        }
        Names::Estimated => own.payments.push(shops::estimated(&shop.apis)),
        Names::Category => own.category = Some((shops::category(&shop.apis, &which), which)),
        Names::Nothing
        | Names::Customer
        | Names::Email
        | Names::Card
        | Names::Loose
        | Names::Token
        | Names::Reference
        | Names::Page
        | Names::Link => {}
    }
    let id = own.ids(route.api, way.names).into_iter().next().unwrap_or_default();
    let others = walk.without(shop.whose);
    let key = route.writes.then(|| format!("key-{:?}-{place}", shop.whose));
    let mut first: Option<Answer> = None;
    for credential in walk.secrets.put_to(route) {
        if credential.standing != Standing::Of(shop.whose) {
            continue;
        }
        let context = format!("{} {} with {}", route.method, route.path, credential.what);
        let answer = walk.ask(route, &credential, (way.request)(&id, &own), key.as_deref(), &others);
        assert!((200..300).contains(&answer.status), "{context}: {} {}", answer.status, answer.text());
        let is_again = first.is_some() && route.writes;
        assert_eq!(answer.header("idempotency-replayed").is_some(), is_again, "{context}");
        let first = first.get_or_insert_with(|| answer.clone());
        assert_eq!((answer.status, &answer.body), (first.status, &first.body), "{context}");
        assert!(
            tells_of(&answer, route, &id, &own, shop),
            "{context} tells nothing of {id}: {}",
            answer.text()
        );
    }
    assert!(first.is_some(), "every shop has a credential for {} {}", route.method, route.path);
    if way.names == Names::Nothing {
        return;
    }
    for other in &others {
        let mut all = walk.secrets.put_to(route).into_iter();
        let theirs =
            all.find(|credential| credential.standing == Standing::Of(other.whose)).expect("there is one");
        let hidden = walk.without(other.whose);
        let answer = walk.ask(route, &theirs, (way.request)(&id, &own), key.as_deref(), &hidden);
        let context = format!("{} {} with {} and a key", route.method, route.path, theirs.what);
        assert_eq!(answer.header("idempotency-replayed"), None, "{context}");
        assert!(answer.status >= 400 || way.unknown < 300, "{context}: {}", answer.text());
    }
}

/// Whether it is a route of Checkout.com that makes a payment.
fn is_paid_with(route: &Route) -> bool {
    route.writes && matches!(route.path, "/payments" | "/hosted-payments" | "/payment-links")
}

/// Whether an answer speaks of what the request named, or of what the shop has.
fn tells_of(answer: &Answer, route: &Route, id: &str, own: &Objects, shop: &Shop) -> bool {
    let drinks = shop.has.category.as_ref().map(|(_, name)| name.as_str()).unwrap_or_default();
    match (answer.text(), route.method, id) {
        ("", _, _) | (_, "POST", "") => true,
        (text, _, "") => text.contains(&own.name) || text.contains(drinks),
        // These tell of what was made, and of what is the same for any card of the number.
        (text, "POST", _) if route.path == "/customers" => text.contains("\"cus_"),
        (text, "POST", _) if matches!(route.path, "/hosted-payments" | "/payment-links") => {
            text.contains("\"hpp_") || text.contains("\"pl_")
        }
        (text, "GET", _) if route.path == "/payments/{id}/actions" => text.contains("\"Authorization\""),
        (text, "PATCH", _) if route.path == "/instruments/{id}" => text.contains("\"fingerprint\""),
        (text, _, id) => text.contains(id) || text.contains(&own.email),
    }
}

fn an_address_is_taken_in_its_own_shop_and_mode_only(engine: Engine) {
    let kassa = Server::shared(engine);
    let owner = kassa.merchant();
    let live = Apis::new(&kassa, &kassa.credentials(&owner.name, "live"));
    let shop = Apis::new(&kassa, &owner);
    let body = json!({ "email": "Ada@Example.com", "name": "Ada" });
    let made = shop.make(Api::Neopay, &body);
    for stranger in [&live, &Apis::fresh(&kassa)] {
        let ids = stranger.make(Api::CheckoutCom, &body);
        stranger.change(Api::NeroPay, &ids, &json!({ "name": "Grace" }));
        assert_eq!(stranger.checkout_com.get("ada@example.com").ok()["id"], ids.cus);
    }
    for api in CHANGING {
        assert_eq!(shop.read(api, &made)["name"], "Ada");
    }
    shop.neopay.send("POST", "/customers", &body).expect(422);
    shop.checkout_com.post(&body).expect(422);
    assert_eq!(shop.checkout_com.get("ada@example.com").ok()["id"], made.cus);
}

fn customers_work_in_live_mode_and_checkouts_wait_for_an_acquirer(engine: Engine) {
    let kassa = Server::shared(engine);
    let owner = kassa.merchant();
    let live = Client::new(&kassa, &kassa.credentials(&owner.name, "live"));
    let made = live.create_customer();
    let id = made["customer_id"].as_str().expect("an id");
    assert_eq!(live.retrieve_customer(id).ok(), made);
    let message = is_error(&live.post("/checkout/create", &checkout()), 400);
    assert!(message.contains("no acquirer is configured"), "{message}");
    live.delete_customer(id).expect(200);
    // And the other way round: a payment of test mode is none of live mode's.
    let shop = Client::new(&kassa, &owner);
    let paid = shop.create();
    paid.buyer().pay(APPROVED);
    is_error(&live.post("/checkout/refund", &paid.body(&[])), 400);
    assert_eq!(paid.now()["status"], "paid");
}
