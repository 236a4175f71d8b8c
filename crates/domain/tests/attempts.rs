//! Limits on attempts as time goes by, on both engines: a minute for an address, an hour for a card, and nothing of
//! either is kept for longer. And a form of the customer page, for which the acquirer is asked once.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::acquiring::Card;
use domain::attempts::{self, Counted, Limit, Refused};
use domain::card::{CardFace, CardNumber, Expiry, SecurityCode};
use domain::customers::{self, Details, EmailRule};
use domain::instruments::Saved;
use domain::metadata::Metadata;
use domain::money::{Currency, Money};
use domain::payments::authorize::{self, Attempt, CardSource};
use domain::payments::settle::{self, Settled};
use domain::payments::typed::{self, Checked};
use domain::payments::{Payment, checkout};
use domain::{ClientAddress, Error, Missing};
use house::{House, Place, Verdict};

const MOMENT: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const CARD: &str = "4242424242424242";
const OTHER_CARD: &str = "5555555555554444";

async fn houses() -> [House; 2] {
    [House::build(Place::sqlite(), 1).await, House::build(Place::postgres(), 2).await]
}

fn address(last: u8) -> ClientAddress {
    ClientAddress(IpAddr::from([192, 0, 2, last]))
}

fn card(number: &str) -> Card {
    let number = CardNumber::parse(number).ok().unwrap();
    Card { number, expiry: Expiry { year: 2099, month: 12 }, code: SecurityCode::parse("123") }
}

async fn open_checkout(house: &House) -> Payment {
    let new = checkout::NewCheckout {
        money: Money::new(100, Currency::parse("SEK").unwrap()).unwrap(),
        description: "Boots".to_owned(),
        reference: None,
        captures_itself: true,
        capture_at: None,
        may_grow: false,
        return_url: "https://shop.example".to_owned(),
        cancel_url: "https://shop.example".to_owned(),
        failure_url: None,
        framed: false,
        offers_saving: false,
        customer: None,
        customer_named: false,
        asks_code: false,
        authenticates: false,
        metadata: Metadata::default(),
        extras: None,
        life: None,
        card: None,
    };
    let (app, caller, drawn) = (Arc::clone(&house.app), house.caller.clone(), house.app.draw());
    house.app.write(move |tx| checkout::create(tx, &app, &caller, &new, &drawn)).await.unwrap().0
}

/// An attempt on a checkout's page, as the page makes it.
async fn attempt(
    house: &House,
    payment: &Payment,
    number: &str,
    from: ClientAddress,
    verdict: Verdict,
) -> Result<Settled, Refused> {
    let (scope, id, drawn, app) = (payment.scope, payment.id, house.app.draw(), &house.app);
    let card = card(number);
    let face = CardFace::of(&card.number);
    let counted = Counted::of_typed(app, scope, from, &card.number).await?.unwrap();
    let begun = app
        .try_write(move |tx| {
            let payment = domain::payments::get(tx, scope, id)?;
            let attempt = authorize::begin(tx, payment, &CardSource::Typed(&face, None), None, &drawn)?;
            let Attempt::Begun(payment, id, _) = attempt else { panic!("it has no form") };
            attempts::count(tx, &payment, id, &counted, drawn.now)?;
            Ok::<_, Refused>((payment, id))
        })
        .await?;
    house.judge.expect(verdict, app.now().after(HOUR));
    let begun = authorize::with_card(*begun.0, begun.1, card);
    Ok(settle::carry_out(app, begun, |_, _, settled, _| Ok(settled)).await?)
}

#[track_caller]
fn is_over<T: std::fmt::Debug>(attempt: Result<T, Refused>, expected: Limit, expected_wait: Duration) {
    match attempt {
        Err(Refused::TooMany { limit, wait }) => assert_eq!((limit, wait), (expected, expected_wait)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_address_may_try_again_after_a_minute() {
    for house in houses().await {
        let begun_at = house.app.now();
        for number in 0..10 {
            let payment = open_checkout(&house).await;
            house.clock.advance(MOMENT);
            // Cards differ, for else theirs would be the limit.
            let number = if number % 2 == 0 { CARD } else { OTHER_CARD };
            let settled = attempt(&house, &payment, number, address(1), Verdict::Approve).await.unwrap();
            assert_eq!(settled, Settled::Done);
        }
        let payment = open_checkout(&house).await;
        let left = MINUTE - (begun_at.until(house.app.now()) - MOMENT);
        is_over(attempt(&house, &payment, CARD, address(1), Verdict::Approve).await, Limit::Address, left);
        attempt(&house, &payment, CARD, address(2), Verdict::Decline).await.unwrap();
        house.clock.advance(left - MOMENT);
        is_over(attempt(&house, &payment, CARD, address(1), Verdict::Approve).await, Limit::Address, MOMENT);
        house.clock.advance(MOMENT);
        attempt(&house, &payment, CARD, address(1), Verdict::Approve).await.unwrap();
    }
}

#[tokio::test]
async fn a_card_may_be_tried_again_after_an_hour_and_counts_are_forgotten() {
    for house in houses().await {
        for from in 0..5 {
            let payment = open_checkout(&house).await;
            attempt(&house, &payment, CARD, address(from), Verdict::Decline).await.unwrap();
        }
        let payment = open_checkout(&house).await;
        is_over(attempt(&house, &payment, CARD, address(9), Verdict::Approve).await, Limit::Card, HOUR);
        attempt(&house, &payment, OTHER_CARD, address(9), Verdict::Decline).await.unwrap();
        house.clock.advance(HOUR);
        attempt(&house, &payment, CARD, address(9), Verdict::Approve).await.unwrap();
        house.clock.advance(HOUR);
        let now = house.app.now();
        assert!(house.app.read(move |tx| attempts::is_anything_over(tx, now)).await.unwrap());
        house.app.write(move |tx| attempts::forget(tx, now)).await.unwrap();
        assert!(!house.app.read(move |tx| attempts::is_anything_over(tx, now)).await.unwrap());
    }
}

#[tokio::test]
async fn what_was_approved_or_never_arrived_is_no_decline_also_when_it_is_known_late() {
    for house in houses().await {
        let verdicts = [Verdict::Approve, Verdict::Lose, Verdict::ApproveInSilence];
        for (from, verdict) in verdicts.into_iter().cycle().take(12).enumerate() {
            let payment = open_checkout(&house).await;
            let from = address(u8::try_from(from).unwrap());
            let settled = attempt(&house, &payment, CARD, from, verdict).await.unwrap();
            if settled == Settled::Unknown {
                // The job asks.
                house.clock.advance(MINUTE);
                settle::ask_due(&house.app).await.unwrap();
            }
        }
        // What never arrived takes none of a checkout's attempts either.
        let payment = open_checkout(&house).await;
        for from in 0..6 {
            attempt(&house, &payment, OTHER_CARD, address(from), Verdict::Lose).await.unwrap();
            house.clock.advance(MINUTE);
            settle::ask_due(&house.app).await.unwrap();
        }
        attempt(&house, &payment, OTHER_CARD, address(9), Verdict::Approve).await.unwrap();
        // Late declines count.
        for from in 0..5 {
            let payment = open_checkout(&house).await;
            attempt(&house, &payment, CARD, address(from), Verdict::DeclineInSilence).await.unwrap();
            house.clock.advance(MINUTE);
            settle::ask_due(&house.app).await.unwrap();
        }
        let payment = open_checkout(&house).await;
        let refused = attempt(&house, &payment, CARD, address(9), Verdict::Approve).await;
        assert!(matches!(refused, Err(Refused::TooMany { limit: Limit::Card, .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn a_form_asks_the_acquirer_once_and_is_forgotten_after_a_day() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    for house in houses().await {
        let (app, scope, drawn) = (&house.app, house.caller.scope, house.app.draw());
        let details = Details::default();
        let made = app.write(move |tx| customers::create(tx, scope, &details, EmailRule::Shared, &drawn));
        let customer = made.await.unwrap();
        let page = customer.page(app, scope);
        let link = page.rsplit('/').next().unwrap().to_owned();
        let add = |form: u8, number: &str| {
            typed::check_and_save(app, link.clone(), [form; 16], card(number), address(form))
        };
        // An operation that is not expected is a failure of the acquirer's, so each is asked for once.
        house.judge.expect(Verdict::Approve, app.now());
        for _ in 0..3 {
            assert_eq!(add(1, CARD).await.unwrap(), Checked::Saved(Saved::Added));
        }
        house.judge.expect(Verdict::Approve, app.now());
        assert_eq!(add(2, CARD).await.unwrap(), Checked::Saved(Saved::Updated));
        house.clock.advance(DAY);
        let now = app.now();
        app.write(move |tx| typed::forget(tx, now)).await.unwrap();
        assert!(!app.read(move |tx| typed::is_anything_over(tx, now)).await.unwrap());
        house.judge.expect(Verdict::Approve, app.now());
        assert_eq!(add(1, CARD).await.unwrap(), Checked::Saved(Saved::Updated));
        let renewed = app.write(move |tx| customers::renew_link(tx, scope, &customer)).await.unwrap();
        assert_ne!(renewed.page(app, scope), page);
        let dead = add(4, CARD).await;
        assert!(matches!(dead, Err(Refused::Error(Error::NotFound(Missing::Page)))), "{dead:?}");
    }
}
