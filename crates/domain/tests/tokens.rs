//! Tokens as time goes by, on both engines: fifteen minutes for one use, a month until they are forgotten, and security
//! codes in memory alone.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use std::time::Duration;

use domain::card::{CardNumber, Expiry, SecurityCode};
use domain::tokens::{self, Card, Token};
use domain::{Error, Id};
use house::{House, Place};

const NUMBER: &str = "4242424242424242";
const MOMENT: Duration = Duration::from_millis(1);
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

async fn houses() -> [House; 2] {
    [House::build(Place::sqlite(), 1).await, House::build(Place::postgres(), 2).await]
}

async fn token(house: &House) -> Id<Token> {
    let (app, scope, drawn) = (house.app.clone(), house.caller.scope, house.app.draw());
    let number = CardNumber::parse(NUMBER).unwrap();
    let card = Card::seal(house.caller.keys(), scope, &number, Expiry { year: 2039, month: 12 }, &drawn);
    let card = card.with(Some("{\"name\":\"Ada\"}".to_owned()), None);
    let made = house.app.write(move |tx| tokens::create(tx, &app, scope, &card, &drawn)).await.unwrap();
    assert_eq!(made.expires_at, house.app.now().after(tokens::LIFE));
    made.id
}

async fn spend(house: &House, id: Id<Token>) -> Result<String, Error> {
    let (caller, now) = (house.caller.clone(), house.app.now());
    let spent = house.app.write(move |tx| tokens::spend(tx, caller.keys(), caller.scope, id, now)).await;
    spent.map(|(_, number)| number.expose().to_owned())
}

async fn get(house: &House, id: Id<Token>) -> Result<Token, Error> {
    let scope = house.caller.scope;
    house.app.read(move |tx| tokens::get(tx, scope, id)).await
}

async fn is_anything_over(house: &House) -> bool {
    let now = house.app.now();
    house.app.read(move |tx| tokens::is_anything_over(tx, now)).await.unwrap()
}

async fn sweep(house: &House) {
    let now = house.app.now();
    house.app.write(move |tx| tokens::sweep(tx, now)).await.unwrap();
}

#[track_caller]
fn is_refused(spent: Result<String, Error>, as_what: &str) {
    assert!(matches!(&spent, Err(Error::State { object: "token", is, .. }) if is == as_what), "{spent:?}");
}

#[tokio::test]
async fn a_token_is_used_once_and_within_its_time() {
    for house in houses().await {
        let (used, late) = (token(&house).await, token(&house).await);
        house.clock.advance(tokens::LIFE - MOMENT);
        assert_eq!(spend(&house, used).await.unwrap(), NUMBER);
        is_refused(spend(&house, used).await, tokens::USED);
        house.clock.advance(MOMENT);
        is_refused(spend(&house, late).await, tokens::EXPIRED);
        is_refused(spend(&house, used).await, tokens::USED);
        let read = get(&house, used).await.unwrap();
        assert!(read.used_at.is_some() && read.holder.is_none());
    }
}

#[tokio::test]
async fn a_token_whose_time_is_over_is_emptied_and_after_a_month_forgotten() {
    for house in houses().await {
        let (used, late) = (token(&house).await, token(&house).await);
        spend(&house, used).await.unwrap();
        house.clock.advance(tokens::LIFE - MOMENT);
        assert!(!is_anything_over(&house).await);
        sweep(&house).await;
        assert!(get(&house, late).await.unwrap().holder.is_some());
        house.clock.advance(MOMENT);
        assert!(is_anything_over(&house).await);
        sweep(&house).await;
        assert!(!is_anything_over(&house).await);
        let read = get(&house, late).await.unwrap();
        assert!(read.holder.is_none() && read.used_at.is_none());
        house.clock.advance(MONTH - MOMENT);
        sweep(&house).await;
        is_refused(spend(&house, late).await, tokens::EXPIRED);
        is_refused(spend(&house, used).await, tokens::USED);
        house.clock.advance(MOMENT);
        assert!(is_anything_over(&house).await);
        sweep(&house).await;
        assert!(!is_anything_over(&house).await);
        for id in [used, late] {
            assert!(matches!(spend(&house, id).await, Err(Error::NotFound("token"))));
            assert!(get(&house, id).await.is_err());
        }
    }
}

#[tokio::test]
async fn a_security_code_is_kept_until_its_token_is_used_or_over() {
    let house = House::build(Place::sqlite(), 3).await;
    let codes = house.app.codes();
    let [used, late, kept] = [token(&house).await, token(&house).await, token(&house).await];
    let (made, code) = (house.app.now(), || SecurityCode::parse("737").unwrap());
    codes.keep(used, code(), made);
    codes.keep(late, code(), made);
    house.clock.advance(tokens::LIFE - MOMENT);
    let before = house.app.now();
    codes.keep(kept, code(), before);
    assert_eq!(codes.of(used, before).unwrap().expose(), "737");
    codes.forget(used);
    assert!(codes.of(used, before).is_none());
    house.clock.advance(MOMENT);
    let after = house.app.now();
    assert!(codes.of(late, before).is_some() && codes.of(late, after).is_none());
    codes.sweep(after);
    // Not even a clock that went back brings it again.
    assert!(codes.of(late, made).is_none());
    assert!(codes.of(kept, after).is_some());
}
