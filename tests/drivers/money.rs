//! Money through each API that moves it, in the words of the card trade: a behaviour of money is written once and run
//! through all of them. What one API says in words of its own is tested in its vendor's folder.

use serde_json::{Value, json};

use crate::cli::Merchant;
use crate::drivers::buyer::Buyer;
use crate::drivers::shop::{base32, hex};
use crate::drivers::{checkout_com, checkout_com_payments as payments, neuro_pay};
use crate::http::Answer;
use crate::server::Server;

/// Where a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nothing is authorized yet, and it can still be.
    Pending,
    /// The bank said no.
    Declined,
    /// The bank holds the amount; a part of it may be captured.
    Authorized,
    /// Nothing more can be captured.
    Captured,
    /// A part of what was captured was given back.
    PartlyRefunded,
    /// All that was captured was given back.
    Refunded,
    /// Given up before anything was captured.
    Voided,
}

/// A payment as an API shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Where it is.
    pub status: Status,
    /// What was captured.
    pub captured: i64,
    /// What was given back.
    pub refunded: i64,
    /// What each refund gave back.
    pub refunds: Vec<i64>,
}

/// What is to be done with a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Take all that is left.
    Capture,
    /// Give back so much, or all that is left.
    Refund(Option<i64>),
    /// Give up what was authorized.
    Void,
}

/// What an answer to a charge or an operation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken, also where the API answers before the acquirer does.
    Done,
    /// The state or the amount forbids it, or the acquirer declined it and the API answers once it knows.
    Refused,
    /// Something else is under way, or the outcome is not known: the same again tells later.
    Later,
}

/// An API that moves money. Ids are 32 hex digits, whichever API is asked.
pub trait Money: Sync {
    /// For what a failure says.
    fn name(&self) -> &'static str;

    /// What a body needs to charge each of these cards without a page.
    fn cards(&self, numbers: &[&str]) -> Vec<Value>;

    /// Charges a card of [`Money::cards`]; a sale is captured with the authorization. The key is the payment's reference
    /// too.
    ///
    /// # Errors
    /// There was no whole answer.
    fn try_charge(&self, key: &str, card: &Value, amount: i64, sale: bool) -> Result<Answer, ureq::Error>;

    /// The currency of its payments here.
    fn currency(&self) -> &'static str;

    /// Where an operation is asked for, and with which body.
    fn asked(&self, id: &str, operation: Operation) -> (String, Value);

    /// Sends a body.
    ///
    /// # Errors
    /// There was no whole answer.
    fn try_send_body(&self, path: &str, body: &Value, key: Option<&str>) -> Result<Answer, ureq::Error>;

    /// Does something with a payment.
    ///
    /// # Errors
    /// There was no whole answer.
    fn try_operate(&self, id: &str, operation: Operation, key: Option<&str>) -> Result<Answer, ureq::Error> {
        let (path, body) = self.asked(id, operation);
        self.try_send_body(&path, &body, key)
    }

    /// Does it with a body that says more; what it came to.
    #[track_caller]
    fn operate_with(&self, id: &str, operation: Operation, name: &str, value: &Value) -> Verdict {
        let (path, mut body) = self.asked(id, operation);
        body[name] = value.clone();
        self.verdict(&self.try_send_body(&path, &body, None).expect("an answer"))
    }

    /// What an answer means. The vendor's words for it are checked on the way.
    fn verdict(&self, answer: &Answer) -> Verdict;

    /// The id and the status that a charge was answered with.
    fn told(&self, charged: &Value) -> (String, Status);

    /// The page where the buyer of a charge goes on.
    fn page(&self, charged: &Value) -> String;

    /// Reads a payment.
    fn read(&self, id: &str) -> Payment;

    /// Charges a card, and is answered. The key is the idempotency key, so it has no spaces.
    #[track_caller]
    fn charge(&self, key: &str, card: &Value, amount: i64, sale: bool) -> Answer {
        let answer = self.try_charge(key, card, amount, sale).expect("an answer");
        assert_eq!(self.verdict(&answer), Verdict::Done, "{}: {}", self.name(), answer.text());
        answer
    }

    /// Authorizes or sells on a card that is approved; the id.
    #[track_caller]
    fn pay(&self, key: &str, amount: i64, sale: bool) -> String {
        let cards = self.cards(&[super::buyer::APPROVED]);
        let id = self.told(&self.charge(key, &cards[0], amount, sale).json()).0;
        let (status, captured) = if sale { (Status::Captured, amount) } else { (Status::Authorized, 0) };
        assert_eq!(self.read(&id), Payment { status, captured, refunded: 0, refunds: vec![] });
        id
    }

    /// Does something with a payment; what it came to.
    #[track_caller]
    fn operate(&self, id: &str, operation: Operation) -> Verdict {
        self.verdict(&self.try_operate(id, operation, None).expect("an answer"))
    }

    /// Does it, and reads the payment.
    #[track_caller]
    fn done(&self, id: &str, operation: Operation) -> Payment {
        assert_eq!(self.operate(id, operation), Verdict::Done, "{}: {operation:?}", self.name());
        self.read(id)
    }

    /// Is refused it, and nothing changes.
    #[track_caller]
    fn refused(&self, id: &str, operation: Operation) {
        let before = self.read(id);
        assert_eq!(self.operate(id, operation), Verdict::Refused, "{}: {operation:?}", self.name());
        assert_eq!(self.read(id), before, "{}: {operation:?}", self.name());
    }

    /// The buyer of a charge, at its page.
    fn buyer<'a>(&self, agent: &'a ureq::Agent, charged: &Value) -> Buyer<'a> {
        Buyer::new(agent, self.page(charged))
    }
}

/// One merchant through each API that moves money.
#[track_caller]
pub fn each(server: &Server, merchant: &Merchant) -> [Box<dyn Money>; 2] {
    [
        Box::new(neuro_pay::Client::new(server, merchant)),
        Box::new(checkout_com::Client::new(server, merchant)),
    ]
}

fn amounts<'a>(refunds: impl Iterator<Item = &'a Value>) -> Vec<i64> {
    refunds.map(|refund| refund["amount"].as_i64().expect("an amount")).collect()
}

impl Money for neuro_pay::Client {
    fn name(&self) -> &'static str {
        "Neuro-Pay"
    }

    fn currency(&self) -> &'static str {
        "SEK"
    }

    #[track_caller]
    fn cards(&self, numbers: &[&str]) -> Vec<Value> {
        let customer = self.person();
        let card = |number: &&str| json!({ "customer_id": customer.id, "card_id": customer.add(number) });
        numbers.iter().map(card).collect()
    }

    fn try_charge(&self, key: &str, card: &Value, amount: i64, sale: bool) -> Result<Answer, ureq::Error> {
        let (amount, sale, reference) = (json!(amount), json!(sale), json!(key));
        let mut fields = vec![("amount", amount), ("capture", sale), ("identifier", reference)];
        fields.extend(["customer_id", "card_id"].map(|name| (name, card[name].clone())));
        let body = neuro_pay::with(neuro_pay::checkout(), &fields).to_string();
        self.try_send("/checkout/create", &[("idempotency-key", key)], body.as_bytes())
    }

    fn asked(&self, id: &str, operation: Operation) -> (String, Value) {
        let (path, amount) = match operation {
            Operation::Capture => ("/checkout/capture", None),
            Operation::Refund(amount) => ("/checkout/refund", amount),
            // What was authorized alone is given up by the same call.
            Operation::Void => ("/checkout/refund", None),
        };
        let mut body = json!({ "checkout_id": id });
        if let Some(amount) = amount {
            body["amount"] = json!(amount);
        }
        (path.to_owned(), body)
    }

    fn try_send_body(&self, path: &str, body: &Value, key: Option<&str>) -> Result<Answer, ureq::Error> {
        let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
        self.try_send(path, &headers, body.to_string().as_bytes())
    }

    #[track_caller]
    fn verdict(&self, answer: &Answer) -> Verdict {
        match answer.status {
            200 => return Verdict::Done,
            409 | 503 => assert_eq!(answer.header("retry-after"), Some("1")),
            _ => {
                neuro_pay::is_error(answer, 400);
                return Verdict::Refused;
            }
        }
        neuro_pay::is_error(answer, answer.status);
        Verdict::Later
    }

    #[track_caller]
    fn told(&self, charged: &Value) -> (String, Status) {
        let status = match charged["status"].as_str() {
            Some("created") => Status::Pending,
            Some("failed") => Status::Declined,
            Some("reserved") => Status::Authorized,
            Some("paid") => Status::Captured,
            Some("partialRefund") => Status::PartlyRefunded,
            Some("refunded") => Status::Refunded,
            Some("reserve released") => Status::Voided,
            _ => panic!("{charged}"),
        };
        (charged["checkout_id"].as_str().expect("an id").to_owned(), status)
    }

    #[track_caller]
    fn page(&self, charged: &Value) -> String {
        charged["checkout_page"].as_str().expect("a page").to_owned()
    }

    #[track_caller]
    fn read(&self, id: &str) -> Payment {
        let now = self.post("/checkout/retrieve", &json!({ "checkout_id": id })).ok();
        let number = |name: &str| now[name].as_i64().expect("a number");
        Payment {
            status: self.told(&now).1,
            captured: number("amount_captured"),
            refunded: number("amount_refunded"),
            refunds: amounts(now["refunds"].as_array().expect("a list").iter()),
        }
    }
}

impl Money for checkout_com::Client {
    fn name(&self) -> &'static str {
        "Checkout.com"
    }

    fn currency(&self) -> &'static str {
        "EUR"
    }

    fn cards(&self, numbers: &[&str]) -> Vec<Value> {
        numbers.iter().map(|number| payments::typed(number)).collect()
    }

    fn try_charge(&self, key: &str, card: &Value, amount: i64, sale: bool) -> Result<Answer, ureq::Error> {
        let (sale, reference) = (json!(sale), json!(key));
        let fields = [("capture", sale), ("reference", reference)];
        let body = neuro_pay::with(payments::payment(amount, card), &fields).to_string();
        self.try_send("POST", "/payments", &[("cko-idempotency-key", key)], body.as_bytes())
    }

    fn asked(&self, id: &str, operation: Operation) -> (String, Value) {
        let (folder, body) = match operation {
            Operation::Capture => ("captures", json!({})),
            Operation::Refund(None) => ("refunds", json!({})),
            Operation::Refund(Some(amount)) => ("refunds", json!({ "amount": amount })),
            Operation::Void => ("voids", json!({})),
        };
        (format!("/payments/{}/{folder}", base32("pay_", id)), body)
    }

    fn try_send_body(&self, path: &str, body: &Value, key: Option<&str>) -> Result<Answer, ureq::Error> {
        let headers: Vec<_> = key.map(|key| ("cko-idempotency-key", key)).into_iter().collect();
        self.try_send("POST", path, &headers, body.to_string().as_bytes())
    }

    #[track_caller]
    fn verdict(&self, answer: &Answer) -> Verdict {
        match answer.status {
            201 | 202 => Verdict::Done,
            429 => {
                checkout_com::is_error(answer, 429, "request_invalid", &["duplicate_request"]);
                assert_eq!(answer.header("retry-after"), Some("1"));
                Verdict::Later
            }
            403 => {
                checkout_com::is_bare(answer, 403);
                Verdict::Refused
            }
            _ => {
                const REFUSED: [&str; 5] = [
                    "amount_invalid",
                    "currency_invalid",
                    "capture_value_greater_than_authorized",
                    "capture_value_greater_than_remaining_authorized",
                    "amount_exceeds_balance",
                ];
                let code = answer.json()["error_codes"][0].as_str().unwrap_or_default().to_owned();
                assert!(answer.status == 422 && REFUSED.contains(&code.as_str()), "{}", answer.text());
                Verdict::Refused
            }
        }
    }

    #[track_caller]
    fn told(&self, charged: &Value) -> (String, Status) {
        let status = match charged["status"].as_str() {
            Some("Pending") => Status::Pending,
            Some("Declined") => Status::Declined,
            Some("Authorized" | "Partially Captured") => Status::Authorized,
            Some("Captured") => Status::Captured,
            Some("Partially Refunded") => Status::PartlyRefunded,
            Some("Refunded") => Status::Refunded,
            Some("Voided") => Status::Voided,
            _ => panic!("{charged}"),
        };
        (hex(&payments::id_of(charged)), status)
    }

    #[track_caller]
    fn page(&self, charged: &Value) -> String {
        charged["_links"]["redirect"]["href"].as_str().expect("a page").to_owned()
    }

    #[track_caller]
    fn read(&self, id: &str) -> Payment {
        let id = base32("pay_", id);
        let now = self.payment(&id).ok();
        let [_, _, _, captured, _, refunded, _] = payments::balances(&now);
        let actions = self.actions(&id);
        let refunds = actions.iter().rev().filter(|one| one["type"] == "Refund" && one["approved"] == true);
        Payment { status: self.told(&now).1, captured, refunded, refunds: amounts(refunds) }
    }
}

/// How many operations the acquirer has in its books as approved.
pub fn approved_by_the_acquirer(server: &Server) -> usize {
    let entries = server.cells().into_iter().filter(|cell| cell.place == "acquirer_books.entry");
    entries.filter(|cell| cell.text().contains("approved")).count()
}
