//! The shops of the walk and what they have: a merchant, the same one in live mode, and a merchant beside it.

use kassa_tests::Merchant;
use kassa_tests::Server;
use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::nero_pay::data;
use kassa_tests::drivers::neuro_pay::with;
use kassa_tests::drivers::shop::{Api, EVERY, Ids, Shop as Apis, base32};
use serde_json::{Value, json};

use super::routes::Names;

/// Whose shop it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// The merchant's in test mode.
    Owners,
    /// The same merchant's in live mode.
    OwnersLive,
    /// Another merchant's.
    Others,
}

pub(super) struct Shop {
    pub(super) whose: Whose,
    pub(super) merchant: Merchant,
    pub(super) apis: Apis,
    pub(super) has: Objects,
    /// What tells of these objects, wherever it stands.
    pub(super) marks: Vec<String>,
}

/// Objects of a shop, or of nobody.
pub(super) struct Objects {
    pub(super) customer: Ids,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) card: Option<String>,
    /// A card of no customer's, as Checkout.com spells it.
    pub(super) loose: String,
    /// A token that was not used yet.
    pub(super) token: Option<String>,
    pub(super) checkouts: Vec<String>,
    /// Payments that were made through Checkout.com, as it spells them, all under the reference.
    pub(super) payments: Vec<String>,
    pub(super) reference: String,
    /// A hosted payment's page and a payment link.
    pub(super) page: Option<String>,
    pub(super) link: Option<String>,
    pub(super) category: Option<(String, String)>,
}

/// The three shops.
pub(super) fn shops(kassa: &Server) -> [Shop; 3] {
    let owner = kassa.merchant();
    let live = kassa.credentials(&owner.name, "live");
    let other = kassa.merchant();
    [(Whose::Owners, owner), (Whose::OwnersLive, live), (Whose::Others, other)].map(|(whose, merchant)| {
        let apis = Apis::new(kassa, &merchant);
        // There are tokens and checkouts where there is an acquirer.
        let is_test = whose != Whose::OwnersLive;
        let mut has = person(&apis, whose, "first", true);
        let name = format!("{whose:?}Drinks");
        has.category = Some((category(&apis, &name), name));
        if is_test {
            let in_status = |status| apis.neuro_pay.in_status(kassa, status).id;
            has.checkouts = ["created", "paid", "reserved"].map(in_status).to_vec();
        }
        Shop { whose, merchant, apis, marks: has.marks(), has }
    })
}

/// Makes a customer of a shop.
pub(super) fn person(apis: &Apis, whose: Whose, which: &str, has_card: bool) -> Objects {
    let (name, email) = (format!("Rosalind{whose:?}{which}"), format!("{whose:?}.{which}@private.example"));
    let body = json!({ "first_name": name, "last_name": "Moon", "email": email });
    let customer = apis.make(Api::NeuroPay, &body);
    let card = has_card.then(|| add_card(apis, whose, &customer));
    let loose = save(apis, &card_body());
    let is_test = whose != Whose::OwnersLive;
    let token = is_test.then(|| token(apis));
    let reference = format!("{whose:?}.order.{}", customer.number);
    let payments = is_test.then(|| pay(apis, &customer, &reference)).into_iter().collect();
    let hosted = |path| is_test.then(|| host(apis, &customer, path));
    let (page, link) = (hosted("/hosted-payments"), hosted("/payment-links"));
    let (checkouts, category) = (Vec::new(), None);
    Objects {
        customer,
        name,
        email,
        card,
        loose,
        token,
        checkouts,
        payments,
        reference,
        page,
        link,
        category,
    }
}

/// Saves a card for a customer; its id as Neuro-Pay spells it. Where there is no acquirer, no page takes one.
fn add_card(apis: &Apis, whose: Whose, customer: &Ids) -> String {
    if whose == Whose::OwnersLive {
        save(apis, &with(card_body(), &[("customer", json!({ "id": customer.cus }))]));
        let read = apis.neuro_pay.retrieve_customer(&customer.hex).ok();
        return read["savedCards"][0]["card_id"].as_str().expect("an id").to_owned();
    }
    let read = apis.neuro_pay.retrieve_customer(&customer.hex).ok();
    apis.neuro_pay.known_person(&read).add(APPROVED)
}

/// A card as Checkout.com takes it.
pub(super) fn card_body() -> Value {
    json!({ "type": "card", "number": APPROVED, "expiry_month": 12, "expiry_year": 2099 })
}

/// A payment as Checkout.com takes it.
pub(super) fn payment_body(source: &Value) -> Value {
    json!({ "source": source, "amount": 1000, "currency": "SEK" })
}

/// Pays through Checkout.com with a card that is not kept; the payment's id.
fn pay(apis: &Apis, customer: &Ids, reference: &str) -> String {
    let source = with(card_body(), &[("store_for_future_use", json!(false))]);
    let fields = [("customer", json!({ "id": customer.cus })), ("reference", json!(reference))];
    let body = with(payment_body(&source), &fields).to_string();
    let made = apis.checkout_com.send("POST", "/payments", &[], body.as_bytes()).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

/// A hosted payment or a payment link as Checkout.com takes it.
pub(super) fn hosted_body() -> Value {
    json!({
        "amount": 1000,
        "currency": "SEK",
        "billing": { "address": { "country": "SE" } },
        "success_url": "https://shop.example/thanks",
        "failure_url": "https://shop.example/sorry",
        "cancel_url": "https://shop.example/cart",
    })
}

/// Makes a hosted payment or a payment link; its id.
fn host(apis: &Apis, customer: &Ids, path: &str) -> String {
    let body = with(hosted_body(), &[("customer", json!({ "id": customer.cus }))]).to_string();
    let made = apis.checkout_com.send("POST", path, &[], body.as_bytes()).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

/// Reserves an amount that is an estimate; the payment's id.
pub(super) fn estimated(apis: &Apis) -> String {
    let body = json!({
        "source": card_body(), "amount": 1_000, "currency": "EUR", "capture": false,
        "authorization_type": "Estimated",
    });
    let made = apis.checkout_com.send("POST", "/payments", &[], body.to_string().as_bytes()).expect(201);
    made.json()["id"].as_str().expect("an id").to_owned()
}

/// Saves a card through Checkout.com; its id.
fn save(apis: &Apis, body: &Value) -> String {
    let made = apis.checkout_com.send("POST", "/instruments", &[], body.to_string().as_bytes());
    made.expect(201).json()["id"].as_str().expect("an id").to_owned()
}

fn token(apis: &Apis) -> String {
    let page = apis.checkout_com.with_key(apis.checkout_com.credential("public_key"));
    let made = page.send("POST", "/tokens", &[], card_body().to_string().as_bytes());
    made.expect(201).json()["token"].as_str().expect("a token").to_owned()
}

/// Makes a category; its id.
pub(super) fn category(apis: &Apis, name: &str) -> String {
    data(&apis.nero_pay.post("/categories", &json!({ "name": name })), 201)["id"].to_string()
}

/// Well-formed ids that nobody ever had.
pub(super) fn nobodys() -> Objects {
    let hex = "00000000000040008000000000000000";
    let customer = Ids {
        hex: hex.to_owned(),
        uuid: "00000000-0000-4000-8000-000000000000".to_owned(),
        number: json!(9_007_199_254_740_993_i64),
        cus: base32("cus_", hex),
    };
    Objects {
        customer,
        name: "Nobody".to_owned(),
        email: "nobody@private.example".to_owned(),
        card: Some(hex.to_owned()),
        loose: base32("src_", hex),
        token: Some(base32("tok_", hex)),
        checkouts: vec![hex.to_owned()],
        payments: Vec::new(),
        reference: "Nobodys.order".to_owned(),
        page: Some("hpp_AAAAAAAAAAAA".to_owned()),
        link: Some("pl_AAAAAAAAAAAA".to_owned()),
        category: Some(("9007199254740993".to_owned(), "Nothing".to_owned())),
    }
}

impl Objects {
    /// The ids of what a request names, as an API spells them.
    pub(super) fn ids(&self, api: Api, names: Names) -> Vec<String> {
        let customer = &self.customer;
        match (names, api) {
            (Names::Nothing, _) => Vec::new(),
            (Names::Customer, Api::NeuroPay) => vec![customer.hex.clone()],
            (Names::Customer, Api::Neopay) => vec![customer.uuid.clone()],
            (Names::Customer, Api::NeroPay) => vec![customer.number.to_string()],
            (Names::Customer, Api::CheckoutCom) => vec![customer.cus.clone()],
            (Names::Email, _) => vec![self.email.clone(), self.email.to_uppercase()],
            (Names::Card, Api::CheckoutCom) => self.card.iter().map(|card| base32("src_", card)).collect(),
            (Names::Loose, _) => vec![self.loose.clone()],
            (Names::Token, _) => self.token.iter().cloned().collect(),
            (Names::Card, _) => self.card.iter().cloned().collect(),
            (Names::Checkout(_), Api::CheckoutCom) => self.all_payments(),
            (Names::Checkout(_), _) => self.checkouts.clone(),
            // The one that was made last is estimated.
            (Names::Estimated, _) => self.all_payments().into_iter().rev().collect(),
            (Names::Page, _) => self.page.iter().cloned().collect(),
            (Names::Link, _) => self.link.iter().cloned().collect(),
            (Names::Reference, _) => vec![self.reference.clone()],
            (Names::Category, _) => self.category.iter().map(|(id, _)| id.clone()).collect(),
        }
    }

    /// The checkouts and the payments, as Checkout.com spells them.
    fn all_payments(&self) -> Vec<String> {
        let checkouts = self.checkouts.iter().map(|id| base32("pay_", id));
        checkouts.chain(self.payments.iter().cloned()).collect()
    }

    fn marks(&self) -> Vec<String> {
        let customer = &self.customer;
        let mut all =
            vec![&self.name, &self.email, &self.reference, &customer.hex, &customer.uuid, &customer.cus];
        all.extend(self.checkouts.iter().chain(&self.card).chain(&self.token).chain([&self.loose]));
        all.extend(self.page.iter().chain(&self.link));
        all.extend(self.category.iter().map(|(_, name)| name));
        let cards = self.card.iter().map(|card| base32("src_", card));
        all.into_iter()
            .cloned()
            .chain(cards)
            .chain(self.all_payments())
            .map(|mark| mark.to_lowercase())
            .collect()
    }

    /// What tells of these objects in an answer of NeroPay, whose ids are integers that mean something only where an
    /// id stands.
    pub(super) fn number(&self, names_categories: bool) -> String {
        let customer = self.customer.number.to_string();
        let category = self.category.as_ref().map(|(id, _)| id.clone()).unwrap_or_default();
        if names_categories { category } else { customer }
    }
}

impl Shop {
    /// Everything that the APIs say of the shop's objects.
    pub(super) fn state(&self) -> Vec<Value> {
        let apis = &self.apis;
        let mut all: Vec<Value> = EVERY.iter().map(|api| apis.read(*api, &self.has.customer)).collect();
        all.extend(
            self.has
                .checkouts
                .iter()
                .map(|id| apis.neuro_pay.post("/checkout/retrieve", &json!({ "checkout_id": id })).ok()),
        );
        let card = self.has.card.iter().map(|card| base32("src_", card));
        let cards = card.chain([self.has.loose.clone()]).map(|id| format!("/instruments/{id}"));
        let tokens = self.has.token.iter().map(|id| format!("/tokens/{id}/metadata"));
        let payments = self.has.all_payments();
        let payments =
            payments.iter().flat_map(|id| [format!("/payments/{id}"), format!("/payments/{id}/actions")]);
        let pages = self.has.page.iter().map(|id| format!("/hosted-payments/{id}"));
        let links = self.has.link.iter().map(|id| format!("/payment-links/{id}"));
        let list = [format!("/payments?reference={}", self.has.reference)];
        all.extend(
            cards
                .chain(tokens)
                .chain(payments)
                .chain(pages)
                .chain(links)
                .chain(list)
                .map(|path| apis.checkout_com.send("GET", &path, &[], b"").ok()),
        );
        let categories = data(&apis.nero_pay.get("/categories?limit=100"), 200);
        let number = self.has.number(true);
        let own = |category: &&Value| category["id"].as_i64().is_some_and(|id| id.to_string() == number);
        all.extend(categories.as_array().expect("a list").iter().filter(own).cloned());
        all
    }
}
