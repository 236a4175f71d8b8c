//! When the acquirer is asked what became of an operation: an outcome is settled soon once it is known, and what stays open
//! for long is asked about seldom and holds back nothing else.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use db::statements;
use domain::payments::actions::last_authorization;
use domain::payments::settle;
use domain::payments::{self, Payment, capture};
use domain::time::Time;
use domain::{Id, Mode};
use house::{House, Place, Verdict, WEEK};

statements! {
    SPOIL = "update payments set metadata = 'no JSON' where capture_at is not null";
    LIVE_PAYMENT = "insert into payments (merchant, mode, public_id, api, version, sequence, state, currency, amount,
        authorized, captured, voided, refunded, authorizing, capturing, voiding, refunding, captures_itself, description,
        metadata, created_at, changed_at)
        values ($1, 'live', $2, 'an-api', 1, 0, 'pending', 'SEK', 100, 0, 0, 0, 0, 1, 0, 0, 0, 1, '', '{}', $3, $3)";
    LIVE_ACTION = "insert into actions (payment, public_id, kind, status, amount, ask_at, asked, created_at, merchant)
        select id, public_id, 'authorize', 'pending', 100, $2, 0, $2, merchant from payments where public_id = $1";
    DUE = "select cast(count(*) as bigint) from actions where status = 'pending' and ask_at <= $1";
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// How long an outcome may stay unknown once the acquirer knows it.
const SETTLED: Duration = Duration::from_secs(60);

async fn houses() -> [House; 2] {
    [House::build(Place::sqlite(), 1).await, House::build(Place::postgres(), 2).await]
}

async fn status(house: &House, id: Id<Payment>) -> &'static str {
    let scope = house.caller.scope;
    let payment = house.app.read(move |tx| payments::get(tx, scope, id)).await;
    payment.unwrap().status().as_str()
}

/// Lets a time go by in which the job comes again and again, until the payment is authorized; how long that took.
async fn settles(house: &House, id: Id<Payment>, within: Duration) -> Option<Duration> {
    let begun = house.app.now();
    let step = (within / 300).clamp(SECOND, 10 * SECOND);
    while begun.until(house.app.now()) < within {
        house.clock.advance(step);
        settle::ask_due(&house.app).await.unwrap();
        if status(house, id).await == "authorized" {
            return Some(begun.until(house.app.now()));
        }
    }
    None
}

/// How often the acquirer is asked in a time.
async fn questions(house: &House, id: Id<Payment>, time: Duration) -> u64 {
    let before = house.judge.questions.load(Ordering::SeqCst);
    assert_eq!(settles(house, id, time).await, None, "it was settled");
    house.judge.questions.load(Ordering::SeqCst) - before
}

#[tokio::test]
async fn an_outcome_is_settled_within_a_minute_however_long_it_was_unknown() {
    for house in houses().await {
        house.judge.is_silent.store(true, Ordering::SeqCst);
        let id = house.try_to_reserve(None, false, Verdict::ApproveInSilence).await;
        let [early, late] = [questions(&house, id, MINUTE).await, questions(&house, id, 10 * MINUTE).await];
        assert!((5..=8).contains(&early) && (20..=28).contains(&late), "{early}, then {late}");
        house.judge.is_silent.store(false, Ordering::SeqCst);
        // A question that gets no answer may be in the way for half of it.
        assert!(settles(&house, id, SETTLED / 2).await.is_some());
    }
}

#[tokio::test]
async fn a_buyer_who_does_not_come_back_is_asked_about_more_and_more_seldom() {
    for house in houses().await {
        let [soon, late] = [Verdict::Challenge; 2].map(|verdict| house.try_to_reserve(None, false, verdict));
        let (soon, late) = (soon.await, late.await);
        let scope = house.caller.scope;
        let is_challenged = house.app.read(move |tx| {
            let payment = payments::get(tx, scope, soon)?;
            payments::challenged(tx, &payment)
        });
        assert!(is_challenged.await.unwrap().is_some(), "nobody is at a bank");
        // Of two.
        let early = questions(&house, soon, 4 * MINUTE).await;
        assert!((16..=22).contains(&early), "{early}");
        let until_the_bank_gives_up = questions(&house, soon, 11 * MINUTE).await;
        assert!((18..=34).contains(&until_the_bank_gives_up), "{until_the_bank_gives_up}");
        house.clock.advance(WEEK);
        let in_the_end = questions(&house, late, 150 * MINUTE).await;
        assert!((4..=8).contains(&in_the_end), "{in_the_end}");
        house.judge.have_buyers_confirm();
        assert!(settles(&house, late, 60 * MINUTE).await.is_some(), "it is forgotten");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_came_back_is_asked_about_soon_also_if_nobody_is_there_to_hear_of_it() {
    for house in houses().await {
        let id = house.try_to_reserve(None, false, Verdict::Challenge).await;
        questions(&house, id, 60 * MINUTE).await;
        let scope = house.caller.scope;
        let action = house.app.read(move |tx| {
            let payment = payments::get(tx, scope, id)?;
            last_authorization(tx, &payment)
        });
        let action = action.await.unwrap().unwrap().id;
        house.judge.have_buyers_confirm();
        // The server dies while the acquirer hears of the buyer.
        house.judge.hangs.store(true, Ordering::SeqCst);
        let app = Arc::clone(&house.app);
        let resumed = tokio::spawn(async move { settle::resume(&app, Mode::Test, action, "proof").await });
        while house.judge.hangs.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        resumed.abort();
        assert!(resumed.await.unwrap_err().is_cancelled());
        assert!(settles(&house, id, SETTLED).await.is_some());
    }
}

#[tokio::test]
async fn what_a_mode_without_an_acquirer_left_open_is_not_first_for_ever() {
    const LEFT: u8 = 105;
    for house in houses().await {
        let (merchant, now) = (house.caller.scope.merchant, house.app.now());
        let left = house.app.write(move |tx| {
            for number in 0..LEFT {
                let id = [number; 16];
                tx.execute(&LIVE_PAYMENT, &[merchant.into(), (&id).into(), now.into()])?;
                tx.execute(&LIVE_ACTION, &[(&id).into(), now.into()])?;
            }
            Ok(())
        });
        left.await.unwrap();
        house.clock.advance(SECOND);
        let due =
            async |at: Time| house.app.read(move |tx| Ok(tx.one::<i64>(&DUE, &[at.into()])?)).await.unwrap();
        assert_eq!(due(house.app.now()).await, i64::from(LEFT));
        settle::ask_due(&house.app).await.unwrap();
        assert_eq!(due(house.app.now()).await, 0, "they are asked about again at once");
        assert_eq!(due(house.app.now().after(MINUTE)).await, i64::from(LEFT), "they are forgotten");
        assert_eq!(house.judge.questions.load(Ordering::SeqCst), 0, "the other mode's acquirer was asked");
    }
}

#[tokio::test]
async fn whatever_fails_is_passed_and_what_is_behind_it_is_done_in_the_same_go() {
    const SPOILT: usize = 205;
    for house in houses().await {
        let now = house.app.now();
        for _ in 0..SPOILT {
            house.charge(Some(now)).await;
        }
        house.app.write(|tx| Ok(tx.execute(&SPOIL, &[])?)).await.unwrap();
        let fine = house.charge(Some(now.after(SECOND))).await;
        house.clock.advance(SECOND);
        house.judge.expect(Verdict::Approve, now.after(WEEK));
        capture::capture_due(&house.app).await.unwrap();
        assert_eq!(status(&house, fine).await, "captured");
    }
}
