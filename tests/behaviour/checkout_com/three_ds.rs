//! 3-D Secure: the buyer was authenticated elsewhere, or is sent to the card's bank and comes back to the shop.

use kassa_tests::drivers::buyer::{APPROVED, Buyer, CHALLENGED, DECLINED};
use kassa_tests::drivers::checkout_com::{Client, is_bare, is_invalid};
use kassa_tests::drivers::checkout_com_payments::{id_of, payment, typed};
use kassa_tests::drivers::neuro_pay::{with, without};
use kassa_tests::{Engine, Server, on_each_engine, on_one_engine};
use serde_json::{Value, json};

use super::hosted_payments::session;

on_each_engine!(
    who_was_authenticated_elsewhere_is_not_sent_to_the_bank,
    whom_the_bank_refused_elsewhere_is_not_authenticated,
    a_payment_that_is_read_tells_of_the_bank,
    the_shop_reads_a_payment_by_what_its_buyer_comes_back_with,
    a_session_is_good_for_fifteen_minutes,
);
on_one_engine!(
    what_says_nothing_of_an_authentication_leaves_the_bank_to_ask,
    what_no_authentication_says_is_refused,
);

/// As the vendor's reference has it.
fn elsewhere() -> Value {
    json!({
        "enabled": true, "eci": "05", "cryptogram": "AgAAAAAAAIR8CQrXcIhbQAAAAAA=", "xid": "MDAw",
        "version": "2.0.1",
    })
}

/// A payment whose buyer is authenticated like this.
fn asked(number: &str, three_ds: &Value) -> Value {
    with(payment(1_000, &typed(number)), &[("3ds", three_ds.clone())])
}

/// The buyer of a payment that waits for the bank.
#[track_caller]
fn buyer_of<'a>(made: &Value, agent: &'a ureq::Agent) -> Buyer<'a> {
    Buyer::new(agent, made["_links"]["redirect"]["href"].as_str().expect("a redirect"))
}

fn who_was_authenticated_elsewhere_is_not_sent_to_the_bank(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let shown = json!({
        "downgraded": false, "enrolled": "Y", "cryptogram": "AgAAAAAAAIR8CQrXcIhbQAAAAAA=", "xid": "MDAw",
        "version": "2.0.1",
    });
    for number in [APPROVED, CHALLENGED] {
        let made = shop.pay(&asked(number, &elsewhere()));
        assert_eq!((&made["status"], &made["approved"]), (&json!("Authorized"), &json!(true)));
        let now = shop.payment(&id_of(&made)).ok();
        for answer in [&made, &now] {
            assert_eq!((&answer["eci"], &answer["3ds"]), (&json!("05"), &shown), "{answer}");
        }
        assert_eq!(now["status"], "Captured");
    }
    // Any of the three says that it was done; the version is the first one where none is said.
    for (said, eci, version) in [
        (json!({ "enabled": true, "eci": "06", "version": "2.2.0", "status": "A" }), json!("06"), "2.2.0"),
        (json!({ "enabled": "true", "cryptogram": "AgAAAA==", "eci": null }), Value::Null, "1.0.0"),
        (json!({ "xid": "MDAw", "version": "" }), Value::Null, "1.0.0"),
    ] {
        let now = shop.payment(&id_of(&shop.pay(&asked(CHALLENGED, &said)))).ok();
        assert_eq!((&now["eci"], &now["3ds"]["version"]), (&eci, &json!(version)), "{said}");
        assert_eq!(now["3ds"]["authentication_response"], said["status"]);
        assert_eq!((&now["3ds"]["cryptogram"], &now["3ds"]["xid"]), (&said["cryptogram"], &said["xid"]));
    }
    // What declines is declined all the same.
    let made = shop.pay(&asked(DECLINED, &elsewhere()));
    assert_eq!((&made["status"], &made["3ds"]), (&json!("Declined"), &shown));
    let amount = with(asked(CHALLENGED, &elsewhere()), &[("amount", json!(12_305))]);
    assert_eq!(shop.pay(&amount)["response_code"], "20005");
}

fn whom_the_bank_refused_elsewhere_is_not_authenticated(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for status in ["N", "R", "C", "I"] {
        let refused = with(elsewhere(), &[("status", json!(status))]);
        shop.post_payment(&asked(APPROVED, &refused)).expect(202);
        let refused = with(refused, &[("enabled", json!(false))]);
        shop.post_payment(&asked(CHALLENGED, &refused)).expect(202);
        // Where the bank does not wish to ask, it pays, and nobody says that the buyer was authenticated.
        let now = shop.payment(&id_of(&shop.pay(&asked(APPROVED, &refused)))).ok();
        assert_eq!((&now["status"], &now["eci"]), (&json!("Captured"), &Value::Null));
        assert_eq!(
            now["3ds"]["authentication_response"],
            if status == "N" { json!("N") } else { Value::Null }
        );
    }
    for status in ["Y", "A", "U", ""] {
        let done = with(elsewhere(), &[("status", json!(status))]);
        assert_eq!(shop.pay(&asked(CHALLENGED, &done))["eci"], "05", "{status}");
    }
}

fn a_payment_that_is_read_tells_of_the_bank(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let shown = |id: &str| shop.payment(id).ok()["3ds"].clone();
    let none = id_of(&shop.pay(&payment(1_000, &typed(APPROVED))));
    assert_eq!(shown(&none), Value::Null);
    for (number, answer, response) in [(APPROVED, "accept", "Y"), (CHALLENGED, "refuse", "N")] {
        let made = shop.post_payment(&asked(number, &json!({ "enabled": true }))).expect(202).json();
        // So the vendor's Java client compares it.
        assert_eq!(made["3ds"], json!({ "downgraded": false, "enrolled": "Y" }));
        let id = id_of(&made);
        let waiting = json!({ "downgraded": false, "enrolled": "Y", "version": "2.2.0" });
        assert_eq!(shown(&id), waiting);
        buyer_of(&made, &agent).tell_the_bank(answer);
        let done = [("authentication_response", json!(response)), ("challenged", json!(true))];
        assert_eq!(shown(&id), with(waiting, &done));
        assert_eq!(shop.payment(&id).ok()["eci"].is_null(), answer == "refuse");
    }
}

fn the_shop_reads_a_payment_by_what_its_buyer_comes_back_with(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let ways = [
        ("success_url", json!("https://shop.example/success?order=7#top")),
        ("failure_url", json!("https://shop.example/failure#/cart")),
    ];
    for (answer, before, after, status) in [
        ("accept", "https://shop.example/success?order=7&cko-session-id=sid_", "#top", "Captured"),
        ("refuse", "https://shop.example/failure?cko-session-id=sid_", "#/cart", "Declined"),
    ] {
        let made =
            shop.post_payment(&with(asked(APPROVED, &json!({ "enabled": true })), &ways)).expect(202).json();
        let (id, buyer) = (id_of(&made), buyer_of(&made, &agent));
        buyer.tell_the_bank(answer);
        let page = buyer.open().expect(200);
        let refresh = page.header("refresh").expect("it leaves by itself");
        let letters =
            refresh.strip_prefix(&format!("4; url={before}")).and_then(|rest| rest.strip_suffix(after));
        let session = format!("sid_{}", letters.unwrap_or_else(|| panic!("{refresh} is not {before}")));
        let read = shop.payment(&session).ok();
        assert_eq!((&read["id"], &read["status"]), (&json!(id), &json!(status)));
        let in_short = |action: &Value| {
            json!({
                "id": action["id"], "type": action["type"], "response_code": action["response_code"],
                "response_summary": action["response_summary"],
            })
        };
        let actions: Vec<Value> = shop.actions(&id).iter().map(in_short).collect();
        assert_eq!(read["actions"], json!(actions));
        let by_id = shop.payment(&id).ok();
        assert_eq!(without(read, "actions"), by_id, "it says the same");
        // It names the payment to who reads it, and to nobody else.
        is_bare(&Client::fresh(&kassa).payment(&session), 404);
        is_bare(&shop.read(&format!("/payments/{session}/actions")), 404);
        is_bare(&shop.operate(&session, "refunds", &json!({})), 404);
        // The id of any other action is none.
        let action = actions[0]["id"].as_str().expect("an id").replace("act_", "sid_");
        let expected = if status == "Captured" { 404 } else { 200 };
        shop.payment(&action).expect(expected);
        let other = session.replace("sid_", "act_");
        is_bare(&shop.payment(&other), 404);
    }
    for made_up in ["sid_", "sid_aaaaaaaaaaaaaaaaaaaaaaaaaa", "sid_aaaaaaaaaaaaaaaaaaaaaaaaab"] {
        is_bare(&shop.payment(made_up), 404);
    }
}

fn a_session_is_good_for_fifteen_minutes(engine: Engine) {
    let kassa = Server::start(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let body = asked(APPROVED, &json!({ "enabled": true }));
    let body = with(body, &[("success_url", json!("https://shop.example/success"))]);
    let made = shop.post_payment(&body).expect(202).json();
    buyer_of(&made, &agent).tell_the_bank("accept");
    let session = session(&buyer_of(&made, &agent).open(), "https://shop.example/success");
    // As if it had been settled before: the database lets nobody write that.
    let guard = match engine {
        Engine::Sqlite => "drop trigger actions_settle_once",
        Engine::Postgres => "drop trigger actions_guard on actions",
    };
    kassa.tamper(guard);
    for (seconds, status) in [(14 * 60, 200), (60, 404)] {
        kassa.tamper(&format!("update actions set settled_at = settled_at - {seconds} * 1000"));
        shop.payment(&session).expect(status);
        assert_eq!(shop.payment(&id_of(&made)).ok()["status"], "Captured");
    }
}

fn what_says_nothing_of_an_authentication_leaves_the_bank_to_ask(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for said in [
        json!({ "enabled": true }),
        json!({ "enabled": true, "eci": null, "cryptogram": "", "version": "2.0.1", "status": "Y" }),
    ] {
        shop.post_payment(&asked(APPROVED, &said)).expect(202);
    }
    for said in [json!({ "enabled": false, "version": "2.0.1" }), json!({}), json!(null)] {
        assert_eq!(shop.pay(&asked(APPROVED, &said))["status"], "Authorized");
        shop.post_payment(&asked(CHALLENGED, &said)).expect(202);
    }
}

fn what_no_authentication_says_is_refused(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (name, value) in [
        ("eci", json!("005")),
        ("eci", json!(5)),
        ("cryptogram", json!("A".repeat(51))),
        ("cryptogram", json!("\u{7}")),
        ("xid", json!("A".repeat(101))),
        ("version", json!("2.0.1.2.3.4")),
        ("status", json!("YN")),
    ] {
        let said = with(elsewhere(), &[(name, value)]);
        is_invalid(&shop.post_payment(&asked(APPROVED, &said)), &[&format!("3ds_{name}_invalid")]);
    }
    let said = with(elsewhere(), &[("cryptogram", json!(APPROVED))]);
    shop.post_payment(&asked(APPROVED, &said)).expect(422);
}
