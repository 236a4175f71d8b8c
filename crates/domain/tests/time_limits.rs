//! What is good for a while, to the millisecond, on both engines: access tokens, idempotency keys.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use std::time::Duration;

use domain::idempotency::{self, About, Claim, Reply, Request};
use domain::merchants::access;
use domain::{Channel, Error};
use house::{House, Place};

const MOMENT: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn houses() -> [House; 2] {
    [House::build(Place::sqlite(), 1).await, House::build(Place::postgres(), 2).await]
}

#[tokio::test]
async fn an_access_token_ends_with_its_time() {
    for house in houses().await {
        let words = ["vault".to_owned()];
        let token = access::issue(&house.app, &house.caller, &words, HOUR);
        let present = async || access::authenticate(&house.app, "an-api", &token, Channel::Private).await;
        house.clock.advance(HOUR - MOMENT);
        assert_eq!(present().await.unwrap().scope, house.caller.scope);
        house.clock.advance(MOMENT);
        assert_eq!(present().await.err(), Some(Error::Unauthorized));
    }
}

fn request(house: &House, key: &str, body: &str) -> Request {
    Request {
        method: "POST",
        path: "/things".to_owned(),
        key: Some(key.to_owned()),
        body_mac: house.caller.body_mac(body.as_bytes()),
        is_about_customer: false,
    }
}

/// Sends a request whose effect is an answer with the body itself. Answers what was said, and whether it was before.
async fn send(house: &House, key: &str, body: &'static str) -> Result<(String, bool), Error> {
    let (caller, request, drawn) = (house.caller.clone(), request(house, key, body), house.app.draw());
    let sent = house.app.write(move |tx| match idempotency::claim(tx, &caller, &request, drawn.now)? {
        Claim::First(ticket) => {
            let reply = Reply { status: 200, content_type: String::new(), body: body.as_bytes().to_vec() };
            Ok((ticket.answer(tx, reply, About::NOBODY, &drawn)?, false))
        }
        Claim::Replay(reply) => Ok((reply, true)),
        Claim::Settled(..) => Err(Error::InFlight),
    });
    sent.await.map(|(reply, again)| (String::from_utf8(reply.body).unwrap(), again))
}

async fn is_anything_over(house: &House) -> bool {
    let now = house.app.now();
    house.app.read(move |tx| idempotency::is_anything_over(tx, now)).await.unwrap()
}

async fn forget(house: &House) {
    let now = house.app.now();
    house.app.write(move |tx| idempotency::forget(tx, now)).await.unwrap();
}

#[tokio::test]
async fn an_idempotency_key_stands_for_its_request_for_a_day() {
    for house in houses().await {
        let said = |text: &str, again| Ok((text.to_owned(), again));
        assert_eq!(send(&house, "k", "one").await, said("one", false));
        house.clock.advance(DAY - MOMENT);
        assert_eq!(send(&house, "k", "one").await, said("one", true));
        assert_eq!(send(&house, "k", "two").await, Err(Error::KeyReused));
        house.clock.advance(MOMENT);
        // Also where nobody has purged it yet.
        assert_eq!(send(&house, "k", "two").await, said("two", false));
        // Its day begins anew.
        house.clock.advance(DAY - MOMENT);
        assert_eq!(send(&house, "k", "two").await, said("two", true));
    }
}

#[tokio::test]
async fn idempotency_keys_are_purged_after_a_day_and_not_before() {
    for house in houses().await {
        send(&house, "old", "one").await.unwrap();
        house.clock.advance(MOMENT);
        send(&house, "new", "one").await.unwrap();
        house.clock.advance(DAY - MOMENT - MOMENT);
        assert!(!is_anything_over(&house).await);
        forget(&house).await;
        assert_eq!(send(&house, "old", "one").await.unwrap(), ("one".to_owned(), true));
        house.clock.advance(MOMENT);
        assert!(is_anything_over(&house).await);
        forget(&house).await;
        assert!(!is_anything_over(&house).await, "it is still there");
        assert_eq!(send(&house, "new", "one").await.unwrap(), ("one".to_owned(), true));
    }
}
