//! The shops of the walk and what they have: a merchant, the same one in live mode, and a merchant beside it.

use kassa_tests::Merchant;
use kassa_tests::Server;
use kassa_tests::drivers::buyer::APPROVED;
use kassa_tests::drivers::nero_pay::data;
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
    pub(super) checkouts: Vec<String>,
    pub(super) category: Option<(String, String)>,
}

/// The three shops.
pub(super) fn shops(kassa: &Server) -> [Shop; 3] {
    let owner = kassa.merchant();
    let live = kassa.credentials(&owner.name, "live");
    let other = kassa.merchant();
    [(Whose::Owners, owner), (Whose::OwnersLive, live), (Whose::Others, other)].map(|(whose, merchant)| {
        let apis = Apis::new(kassa, &merchant);
        // There are cards and checkouts where there is an acquirer.
        let is_test = whose != Whose::OwnersLive;
        let mut has = person(&apis, whose, "first", is_test);
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
    let read = apis.neuro_pay.retrieve_customer(&customer.hex).ok();
    let card = has_card.then(|| apis.neuro_pay.known_person(&read).add(APPROVED));
    Objects { customer, name, email, card, checkouts: Vec::new(), category: None }
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
        checkouts: vec![hex.to_owned()],
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
            (Names::Card, _) => self.card.iter().cloned().collect(),
            (Names::Checkout(_), _) => self.checkouts.clone(),
            (Names::Category, _) => self.category.iter().map(|(id, _)| id.clone()).collect(),
        }
    }

    fn marks(&self) -> Vec<String> {
        let customer = &self.customer;
        let mut all = vec![&self.name, &self.email, &customer.hex, &customer.uuid, &customer.cus];
        all.extend(self.checkouts.iter().chain(&self.card));
        all.extend(self.category.iter().map(|(_, name)| name));
        let cards = self.card.iter().map(|card| base32("src_", card));
        all.into_iter().cloned().chain(cards).map(|mark| mark.to_lowercase()).collect()
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
        let categories = data(&apis.nero_pay.get("/categories?limit=100"), 200);
        let number = self.has.number(true);
        let own = |category: &&Value| category["id"].as_i64().is_some_and(|id| id.to_string() == number);
        all.extend(categories.as_array().expect("a list").iter().filter(own).cloned());
        all
    }
}
