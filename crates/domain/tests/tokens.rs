//! Tokens as time goes by, on both engines: fifteen minutes for one use, a day until they are forgotten, and security
//! codes in memory alone, a share for each merchant and mode.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use std::time::Duration;

use domain::card::{CardNumber, Expiry, SecurityCode};
use domain::tokens::{self, NewToken, Token};
use domain::{ClientAddress, Error, Id, Missing, Mode, Scope, TokenIs, WrongState};
use house::{House, Place};

const NUMBER: &str = "4242424242424242";
const MOMENT: Duration = Duration::from_millis(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Tokens of one batch of a sweep.
const BATCH: usize = 500;

async fn houses() -> [House; 2] {
    [House::build(Place::sqlite(), 1).await, House::build(Place::postgres(), 2).await]
}

async fn token(house: &House) -> Id<Token> {
    let made = made(house, house.caller.scope, None).await.unwrap();
    assert_eq!(made.expires_at, house.app.now().after(tokens::LIFE));
    made.id
}

async fn made(house: &House, scope: Scope, code: Option<&SecurityCode>) -> Result<Token, Error> {
    let (app, drawn, code) = (house.app.clone(), house.app.draw(), code.cloned());
    let number = CardNumber::parse(NUMBER).unwrap();
    let card = NewToken::seal(house.caller.keys(), scope, &number, Expiry { year: 2099, month: 12 }, &drawn);
    let card = card.with(Some("{\"name\":\"Ada\"}".to_owned()), None);
    house.app.write(move |tx| tokens::create(tx, &app, scope, &card, code.as_ref(), None, &drawn)).await
}

fn code() -> SecurityCode {
    SecurityCode::parse("737").unwrap()
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
fn is_refused(spent: Result<String, Error>, as_what: TokenIs) {
    assert!(matches!(&spent, Err(Error::State(WrongState::Token(is))) if *is == as_what), "{spent:?}");
}

#[tokio::test]
async fn a_token_is_used_once_and_within_its_time() {
    for house in houses().await {
        let (used, late) = (token(&house).await, token(&house).await);
        house.clock.advance(tokens::LIFE - MOMENT);
        assert_eq!(spend(&house, used).await.unwrap(), NUMBER);
        is_refused(spend(&house, used).await, TokenIs::Used);
        house.clock.advance(MOMENT);
        is_refused(spend(&house, late).await, TokenIs::Expired);
        is_refused(spend(&house, used).await, TokenIs::Used);
        let read = get(&house, used).await.unwrap();
        assert!(read.used_at.is_some() && read.holder.is_none());
    }
}

#[tokio::test]
async fn a_token_whose_time_is_over_is_emptied_and_a_day_after_it_was_made_forgotten() {
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
        house.clock.advance(DAY - tokens::LIFE - MOMENT);
        assert!(!is_anything_over(&house).await);
        sweep(&house).await;
        is_refused(spend(&house, late).await, TokenIs::Expired);
        is_refused(spend(&house, used).await, TokenIs::Used);
        house.clock.advance(MOMENT);
        assert!(is_anything_over(&house).await);
        sweep(&house).await;
        assert!(!is_anything_over(&house).await);
        for id in [used, late] {
            assert!(matches!(spend(&house, id).await, Err(Error::NotFound(Missing::Token))));
            assert!(get(&house, id).await.is_err());
        }
    }
}

#[tokio::test]
async fn many_tokens_are_emptied_and_forgotten_a_batch_at_a_time() {
    for house in houses().await {
        for _ in 0..=BATCH {
            token(&house).await;
        }
        for later in [tokens::LIFE, DAY] {
            house.clock.advance(later);
            let mut batches = 0;
            while is_anything_over(&house).await {
                sweep(&house).await;
                batches += 1;
            }
            assert_eq!(batches, 2, "after {later:?}");
        }
    }
}

#[tokio::test]
async fn a_security_code_is_kept_until_its_token_is_used_or_over() {
    let house = House::build(Place::sqlite(), 3).await;
    let (codes, scope) = (house.app.codes(), house.caller.scope);
    let [used, late, kept] = [token(&house).await, token(&house).await, token(&house).await];
    let made = house.app.now();
    codes.keep(scope, used, code(), None, made).unwrap();
    codes.keep(scope, late, code(), None, made).unwrap();
    house.clock.advance(tokens::LIFE - MOMENT);
    let before = house.app.now();
    codes.keep(scope, kept, code(), None, before).unwrap();
    assert_eq!(codes.of(scope, used, before).unwrap().expose(), "737");
    codes.forget(scope, used);
    assert!(codes.of(scope, used, before).is_none());
    house.clock.advance(MOMENT);
    let after = house.app.now();
    assert!(codes.of(scope, late, before).is_some() && codes.of(scope, late, after).is_none());
    codes.sweep(after);
    // Not even a clock that went back brings it again.
    assert!(codes.of(scope, late, made).is_none());
    assert!(codes.of(scope, kept, after).is_some());
}

#[tokio::test]
async fn a_full_share_of_codes_makes_no_token_and_takes_none_from_others() {
    for house in houses().await {
        let (codes, scope) = (house.app.codes(), house.caller.scope);
        let first = made(&house, scope, Some(&code())).await.unwrap();
        for number in 1..tokens::SHARE as u128 {
            codes
                .keep(scope, Id::<Token>::from_bytes(number.to_be_bytes()), code(), None, house.app.now())
                .unwrap();
        }
        // Refused before it is written; the first one has its code still.
        assert!(matches!(made(&house, scope, Some(&code())).await, Err(Error::Busy(_))));
        let now = house.app.now();
        assert!(codes.of(scope, first.id, now).is_some());
        // A card without a code needs no place. Another merchant and the other mode have shares of their own.
        made(&house, scope, None).await.unwrap();
        for other in [Scope { merchant: scope.merchant + 1, ..scope }, Scope { mode: Mode::Live, ..scope }] {
            codes.keep(other, first.id, code(), None, now).unwrap();
            codes.forget(other, first.id);
        }
        assert!(codes.of(scope, first.id, now).is_some());
        // A used token gives its place back, and time gives back all.
        codes.forget(scope, first.id);
        made(&house, scope, Some(&code())).await.unwrap();
        assert!(matches!(made(&house, scope, Some(&code())).await, Err(Error::Busy(_))));
        house.clock.advance(tokens::LIFE);
        codes.sweep(house.app.now());
        made(&house, scope, Some(&code())).await.unwrap();
    }
}

#[tokio::test]
async fn one_address_asks_for_so_many_tokens_a_minute_and_others_for_theirs() {
    let house = House::build(Place::sqlite(), 4).await;
    let rate = house.app.token_rate();
    let from = |address: &str| ClientAddress(address.parse().unwrap());
    let count = |address: &str| rate.count(&house.caller, from(address), house.app.now());
    house.clock.advance(Duration::from_secs(15));
    for _ in 0..tokens::A_MINUTE {
        count("203.0.113.7").unwrap();
        count("2001:db8:1:2::1").unwrap();
    }
    for same in ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9"] {
        assert_eq!(count(same), Err(45), "{same}");
    }
    for other in ["203.0.113.8", "2001:db8:1:3::1"] {
        count(other).unwrap();
    }
    for machine in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
        for _ in 0..=tokens::A_MINUTE {
            count(machine).unwrap();
        }
    }
    house.clock.advance(Duration::from_secs(45) - MOMENT);
    assert_eq!(count("203.0.113.7"), Err(1));
    house.clock.advance(MOMENT);
    count("203.0.113.7").unwrap();
}

#[tokio::test]
async fn many_addresses_of_few_shut_no_shop() {
    let house = House::build(Place::sqlite(), 5).await;
    let rate = house.app.token_rate();
    let count =
        |address: std::net::IpAddr| rate.count(&house.caller, ClientAddress(address), house.app.now());
    let v6 = |a: u32, b: u32| {
        let [a, b] = [u128::from(a), u128::from(b)];
        std::net::IpAddr::from((0x2001_0db8_u128 << 96 | a << 80 | b << 64).to_be_bytes())
    };
    // One customer's network of 48 bits has 65,536 of 64.
    let refused = (0..20_000).filter(|net| count(v6(7, *net)).is_err()).count();
    assert_eq!(refused, 20_000 - 10_000 - 1_000, "they count as one when there are too many");
    count(v6(8, 0)).unwrap();
    for net in 0..100 {
        count(v6(7, net)).unwrap();
    }
    // Who has very many of those fills what is left for IPv6 alone, and that late.
    let refused = (0..40_000).filter(|net| count(v6(*net + 9, 0)).is_err()).count();
    assert_eq!(refused, 40_000 - (10_000 - 2) - 20_000);
    for address in ["203.0.113.7", "198.51.100.9"] {
        count(address.parse().unwrap()).unwrap();
    }
}

#[tokio::test]
async fn few_addresses_do_not_fill_a_share_of_codes() {
    let house = House::build(Place::sqlite(), 6).await;
    let (codes, scope, now) = (house.app.codes(), house.caller.scope, house.app.now());
    let next = std::cell::Cell::new(0_u128);
    let keep = |address: &str, now| {
        next.set(next.get() + 1);
        let from = Some(ClientAddress(address.parse().unwrap()));
        codes.keep(scope, Id::<Token>::from_bytes(next.get().to_be_bytes()), code(), from, now)
    };
    let wait = |address: &str, now| codes.full_for(scope, Some(ClientAddress(address.parse().unwrap())), now);
    keep("203.0.113.7", now).unwrap();
    let later = now.after(Duration::from_secs(60));
    for _ in 1..tokens::SHARE_OF_ADDRESS {
        keep("203.0.113.7", later).unwrap();
    }
    assert!(matches!(keep("203.0.113.7", later), Err(Error::Busy(_))));
    assert_eq!(wait("203.0.113.7", later), Some(tokens::LIFE - Duration::from_secs(60)));
    // Others have theirs, and the first one that goes gives back one place.
    keep("203.0.113.8", later).unwrap();
    assert_eq!(wait("203.0.113.8", later), None);
    let over = now.after(tokens::LIFE);
    keep("203.0.113.7", over).unwrap();
    assert!(keep("203.0.113.7", over).is_err());
    // One who has very many networks of 64 bits has one of 48.
    let mut kept = 0;
    while keep(&format!("2001:db8:7:{:x}::1", kept / 100), later).is_ok() {
        kept += 1;
    }
    assert_eq!(kept, 1_000);
    keep("2001:db8:8::1", later).unwrap();
    // This machine, and a shop's own server, have all that is left.
    for machine in ["127.0.0.1", "::1"] {
        for _ in 0..=1_000 {
            keep(machine, later).unwrap();
        }
    }
    assert!(wait("127.0.0.1", later).is_none() && codes.full_for(scope, None, later).is_none());
}
