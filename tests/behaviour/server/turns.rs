//! What happens without a request is done in turns of the merchants: however much is due for one, another one's is done as
//! soon as if there were nothing else.

use std::time::Duration;

use kassa_tests::drivers::buyer::{APPROVED, LOST};
use kassa_tests::drivers::checkout_com::Client;
use kassa_tests::drivers::checkout_com_payments::{id_of, payment, typed};
use kassa_tests::drivers::nero_pay::now;
use kassa_tests::drivers::neuro_pay;
use kassa_tests::drivers::neuro_pay::with;
use kassa_tests::{Engine, SETTLED, Server, eventually, on_each_engine, spread};
use serde_json::{Value, json};

use crate::checkout_com::payments::utc;

on_each_engine!(
    a_page_closes_in_the_turn_of_its_merchant,
    an_authorization_lapses_in_the_turn_of_its_merchant,
    a_payment_is_captured_in_the_turn_of_its_merchant,
    an_outcome_is_asked_for_in_the_turn_of_its_merchant,
);

/// What is due for one merchant: some rounds of a job.
const MANY: usize = 300;
/// The amounts of that merchant's payments, and of the one that the other one has.
const OF_MANY: i64 = 1_000;
const OF_ONE: i64 = 7_700;
/// What two merchants have of a round of a job, each of them.
const SHARE: i64 = 50;
/// How long what is due may wait: for the next round, on a machine that has much else to do.
const SOON: Duration = Duration::from_secs(20);

/// Has a time be over, of one merchant's a moment before the other's.
fn is_over(table: &str, time: &str) -> String {
    format!(
        "update {table} set {time} = case amount when {OF_ONE} then 2 else 1 end where {time} is not null"
    )
}

/// How many of the many were done before the other merchant's one, by the events that tell of it.
fn done_before(kassa: &Server, event: &str) -> i64 {
    let of = |amount| {
        format!(
            "select e.id from events e join payments p on p.public_id = e.object
             where e.kind = '{event}' and p.amount = {amount}"
        )
    };
    let (many, one) = (of(OF_MANY), of(OF_ONE));
    kassa.number(&format!("select count(*) from ({many}) done where id < ({one})"))
}

#[track_caller]
fn is_in_turn(kassa: &Server, event: &str) {
    let before = done_before(kassa, event);
    assert!(before <= SHARE, "{before} of the other merchant's were done before it");
    // The rest of them is not left behind either.
    let done = format!(
        "select count(*) from events e join payments p on p.public_id = e.object
         where e.kind = '{event}' and p.amount = {OF_MANY}"
    );
    eventually(SOON, "all is done", || (kassa.number(&done) == MANY as i64).then_some(()));
    kassa.checks_out();
}

fn a_page_closes_in_the_turn_of_its_merchant(engine: Engine) {
    let kassa = Server::start(engine);
    let [many, one] = [(); 2].map(|()| neuro_pay::Client::fresh(&kassa));
    spread(8, MANY, |_| {
        many.create_with(&[("amount", json!(OF_MANY))]);
        true
    });
    let checkout = one.create_with(&[("amount", json!(OF_ONE))]);
    kassa.tamper(&format!(
        "update payments set page_expires_at = case amount when {OF_ONE} then 2 else 1 end"
    ));
    eventually(SOON, "the page closes", || (checkout.now()["status"] == "revoked").then_some(()));
    is_in_turn(&kassa, "payment.revoked");
}

/// Has payments be made for two merchants, has `change` make them due, and waits until the second one's only one has come
/// to a status.
fn charge(engine: Engine, body: &Value, hold: &str, change: &str, status: &str, within: Duration) -> Server {
    let kassa = Server::start(engine);
    let [many, one] = [(); 2].map(|()| Client::fresh(&kassa));
    kassa.tamper(hold);
    let pay = |shop: &Client, amount: i64| {
        let made = shop.post_payment(&with(body.clone(), &[("amount", json!(amount))]));
        assert!(matches!(made.status, 201 | 202), "{}", made.text());
        id_of(&made.json())
    };
    spread(8, MANY, |_| {
        pay(&many, OF_MANY);
        true
    });
    let id = pay(&one, OF_ONE);
    kassa.tamper(change);
    eventually(within, status, || (one.stands(&id).0 == status).then_some(()));
    kassa
}

fn an_authorization_lapses_in_the_turn_of_its_merchant(engine: Engine) {
    let body = with(payment(OF_MANY, &typed(APPROVED)), &[("capture", json!(false))]);
    let kassa = charge(engine, &body, "", &is_over("payments", "lapses_at"), "Voided", SOON);
    is_in_turn(&kassa, "payment.voided");
}

fn a_payment_is_captured_in_the_turn_of_its_merchant(engine: Engine) {
    let tomorrow = utc(now() + 24 * 60 * 60);
    let body = with(payment(OF_MANY, &typed(APPROVED)), &[("capture_on", json!(tomorrow))]);
    let kassa = charge(engine, &body, "", &is_over("payments", "capture_at"), "Captured", SOON);
    is_in_turn(&kassa, "payment.captured");
}

fn an_outcome_is_asked_for_in_the_turn_of_its_merchant(engine: Engine) {
    // Nobody asks until all of them are there.
    let (hold, release) = match engine {
        Engine::Sqlite => (
            "create trigger unasked after insert on actions when new.ask_at is not null
             begin update actions set ask_at = 9000000000000000 where id = new.id; end;
             create trigger unasked_later after update of ask_at on actions when new.ask_at < 9000000000000000
             begin update actions set ask_at = 9000000000000000 where id = new.id; end",
            "drop trigger unasked; drop trigger unasked_later;",
        ),
        Engine::Postgres => (
            "create function unasked() returns trigger language plpgsql as
             'begin new.ask_at := 9000000000000000; return new; end';
             create trigger unasked before insert or update on actions for each row
             when (new.ask_at is not null) execute function unasked()",
            "drop trigger unasked on actions;",
        ),
    };
    let body = with(payment(OF_MANY, &typed(LOST)), &[("capture", json!(false))]);
    let change = format!("{release} {}", is_over("actions", "ask_at"));
    let kassa = charge(engine, &body, hold, &change, "Authorized", SETTLED);
    is_in_turn(&kassa, "payment.authorized");
}
