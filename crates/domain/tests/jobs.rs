//! What happens without a request: one thing that cannot be done, or an acquirer that does not answer, holds back nothing
//! else. And how long an acquirer may take.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use db::statements;
use domain::acquiring::{Card, Decline, Terms};
use domain::card::CardNumber;
use domain::payments::settle::{self, Comment, Settled};
use domain::payments::{self, Amount, Open, Payment, capture, checkout, raise, refund, void};
use domain::{Error, Id, Mode};
use house::{EXPIRY, House, NUMBER, Place, Verdict, WEEK};

statements! {
    NAME = "update payments set reference = 'Order 1' where public_id = $1";
    LET_DAMAGE_IN = "pragma ignore_check_constraints = on";
    DAMAGE = "update payments set public_id = x'00' where public_id = $1";
    SPOIL = "update payments set metadata = 'no JSON' where public_id = $1";
}

const HOUR: Duration = Duration::from_secs(60 * 60);
/// When the first question about an outcome is due.
const LATER: Duration = Duration::from_secs(31);

async fn houses() -> [House; 2] {
    [House::build(Place::sqlite(), 1).await, House::build(Place::postgres(), 2).await]
}

/// Makes a payment one that nobody can read, as a defect would.
async fn spoil(house: &House, id: Id<Payment>) {
    house.app.write(move |tx| Ok(tx.execute(&SPOIL, &[(&id).into()])?)).await.unwrap();
}

async fn status(house: &House, id: Id<Payment>) -> &'static str {
    let scope = house.caller.scope;
    let payment = house.app.read(move |tx| payments::get(tx, scope, id)).await;
    payment.unwrap().status().as_str()
}

/// Begins a capture whose answer is as told.
async fn capture(house: &House, id: Id<Payment>, verdict: Verdict) -> Result<Settled, Error> {
    house.judge.expect(verdict, house.app.now().after(WEEK));
    let (scope, drawn) = (house.caller.scope, house.app.draw());
    let begun = house.app.write(move |tx| {
        let payment = payments::get(tx, scope, id)?;
        capture::begin(tx, payment, Amount::Rest, Open::Released, Comment::default(), &drawn)
    });
    settle::carry_out(&house.app, begun.await?, |_, _, settled, _| Ok(settled)).await
}

#[tokio::test]
async fn a_payment_that_cannot_be_captured_holds_back_no_other() {
    for house in houses().await {
        let due = house.app.now().after(HOUR);
        let [spoilt, fine] = [house.charge(Some(due)).await, house.charge(Some(due)).await];
        spoil(&house, spoilt).await;
        capture::capture_due(&house.app).await.unwrap();
        assert_eq!(status(&house, fine).await, "authorized", "it is not due yet");
        house.clock.advance(HOUR);
        house.judge.expect(Verdict::Approve, house.app.now().after(WEEK));
        capture::capture_due(&house.app).await.unwrap();
        assert_eq!(status(&house, fine).await, "captured");
    }
}

#[tokio::test]
async fn a_due_capture_that_was_declined_is_not_tried_again_and_says_why() {
    for (house, verdict) in houses().await.into_iter().zip([Verdict::Decline, Verdict::DeclineInSilence]) {
        let due = house.app.now().after(HOUR);
        let id = house.charge(Some(due)).await;
        house.clock.advance(HOUR);
        house.judge.expect(verdict, house.app.now().after(WEEK));
        capture::capture_due(&house.app).await.unwrap();
        house.clock.advance(LATER);
        settle::ask_due(&house.app).await.unwrap();
        house.judge.expect(Verdict::Approve, house.app.now().after(WEEK));
        capture::capture_due(&house.app).await.unwrap();
        assert_eq!(status(&house, id).await, "authorized");
        let scope = house.caller.scope;
        let read = house.app.read(move |tx| {
            let payment = payments::get(tx, scope, id)?;
            payments::actions::of_payment(tx, &payment)
        });
        let actions = read.await.unwrap();
        let last = actions.last().unwrap();
        assert_eq!(settle::outcome_of(last), Settled::Declined(Decline::InsufficientFunds));
        // Whoever asks for it still gets it.
        assert_eq!(capture(&house, id, Verdict::Approve).await.unwrap(), Settled::Done);
    }
}

/// More than a round of a job takes up.
const A_ROUND_AND_MORE: usize = 105;

/// Gives a part of a captured payment back.
async fn refund(house: &House, id: Id<Payment>) {
    house.judge.expect(Verdict::Approve, house.app.now().after(WEEK));
    let (scope, drawn) = (house.caller.scope, house.app.draw());
    let begun = house.app.write(move |tx| {
        let payment = payments::get(tx, scope, id)?;
        refund::begin(tx, payment, Amount::Minor(1), Open::Stays, Comment::default(), &drawn)
    });
    settle::carry_out(&house.app, begun.await.unwrap(), |_, _, _, _| Ok(())).await.unwrap();
}

#[tokio::test]
async fn payments_of_which_nothing_is_left_hold_back_no_capture_and_no_lapse() {
    for house in houses().await {
        let due = house.app.now().after(HOUR);
        for _ in 0..A_ROUND_AND_MORE {
            let id = house.charge(Some(due)).await;
            capture(&house, id, Verdict::Approve).await.unwrap();
            refund(&house, id).await;
        }
        house.clock.advance(HOUR);
        let [captured, lapsed] = [house.charge(Some(house.app.now())).await, house.charge(None).await];
        house.judge.expect(Verdict::Approve, house.app.now().after(WEEK));
        capture::capture_due(&house.app).await.unwrap();
        assert_eq!(status(&house, captured).await, "captured");
        house.clock.advance(WEEK);
        checkout::sweep(&house.app).await.unwrap();
        assert_eq!(status(&house, lapsed).await, "voided");
    }
}

#[tokio::test]
async fn a_due_capture_needs_no_room_for_words() {
    for house in houses().await {
        let due = house.app.now().after(HOUR);
        let id = house.charge(Some(due)).await;
        house.app.write(move |tx| Ok(tx.execute(&NAME, &[(&id).into()])?)).await.unwrap();
        house.judge.expect(Verdict::Approve, house.app.now().after(WEEK));
        let (scope, drawn) = (house.caller.scope, house.app.draw());
        let begun = house.app.write(move |tx| {
            let payment = payments::get(tx, scope, id)?;
            let details = "x".repeat(64 * 1024);
            let comment = Comment { details: Some(&details), ..Comment::default() };
            capture::begin(tx, payment, Amount::Minor(1), Open::Stays, comment, &drawn)
        });
        settle::carry_out(&house.app, begun.await.unwrap(), |_, _, _, _| Ok(())).await.unwrap();
        house.clock.advance(HOUR);
        house.judge.expect(Verdict::Approve, house.app.now().after(WEEK));
        capture::capture_due(&house.app).await.unwrap();
        assert_eq!(status(&house, id).await, "captured");
    }
}

#[tokio::test]
async fn captures_that_are_refused_for_good_hold_back_no_other() {
    for house in houses().await {
        let due = house.app.now().after(HOUR);
        for _ in 0..A_ROUND_AND_MORE {
            house.charge(Some(due)).await;
        }
        // Too late: they have lapsed, though nobody came by to say so.
        house.clock.advance(WEEK);
        let fine = house.charge(Some(house.app.now())).await;
        house.judge.expect(Verdict::Approve, house.app.now().after(WEEK));
        capture::capture_due(&house.app).await.unwrap();
        capture::capture_due(&house.app).await.unwrap();
        assert_eq!(status(&house, fine).await, "captured");
    }
}

#[tokio::test]
async fn a_payment_that_cannot_lapse_holds_back_no_other() {
    for house in houses().await {
        let [spoilt, fine] = [house.charge(None).await, house.charge(None).await];
        spoil(&house, spoilt).await;
        house.clock.advance(WEEK);
        checkout::sweep(&house.app).await.unwrap();
        assert_eq!(status(&house, fine).await, "voided");
    }
}

/// Begins a raise of so much whose answer is as told.
#[tokio::test]
async fn a_damaged_id_holds_back_no_other_payment() {
    let house = House::build(Place::sqlite(), 1).await;
    let [damaged, fine] = [house.charge(None).await, house.charge(None).await];
    let damage = house.app.write(move |tx| {
        tx.execute(&LET_DAMAGE_IN, &[])?;
        Ok(tx.execute(&DAMAGE, &[(&damaged).into()])?)
    });
    assert_eq!(damage.await.unwrap(), 1);
    house.clock.advance(WEEK);
    checkout::sweep(&house.app).await.unwrap();
    assert_eq!(status(&house, fine).await, "voided");
}

async fn raise(house: &House, id: Id<Payment>, amount: i64, verdict: Verdict) -> Result<Settled, Error> {
    house.judge.expect(verdict, house.app.now().after(WEEK));
    let (scope, drawn) = (house.caller.scope, house.app.draw());
    let begun = house.app.write(move |tx| {
        let payment = payments::get(tx, scope, id)?;
        raise::begin(tx, payment, amount, Comment::default(), Terms::default(), &drawn)
    });
    settle::carry_out(&house.app, begun.await?, |_, _, settled, _| Ok(settled)).await
}

#[tokio::test]
async fn nothing_passes_a_raise_that_is_under_way_not_even_one_of_nothing() {
    for house in houses().await {
        for amount in [0, 500] {
            let due = house.app.now().after(HOUR);
            let id = house.estimate(Some(due)).await;
            assert_eq!(raise(&house, id, amount, Verdict::ApproveInSilence).await.unwrap(), Settled::Unknown);
            let (scope, drawn) = (house.caller.scope, house.app.draw());
            let voided = house.app.write(move |tx| {
                let payment = payments::get(tx, scope, id)?;
                void::begin(tx, payment, Comment::default(), &drawn)
            });
            assert_eq!(voided.await.err(), Some(Error::InFlight));
            let drawn = house.app.draw();
            let captured = house.app.write(move |tx| {
                let payment = payments::get(tx, scope, id)?;
                capture::begin(tx, payment, Amount::Minor(1), Open::Stays, Comment::default(), &drawn)
            });
            assert_eq!(captured.await.err(), Some(Error::InFlight));
            // Another raise may be under way beside it.
            assert_eq!(raise(&house, id, 0, Verdict::DeclineInSilence).await.unwrap(), Settled::Unknown);
            house.clock.advance(WEEK);
            capture::capture_due(&house.app).await.unwrap();
            checkout::sweep(&house.app).await.unwrap();
            assert_eq!(status(&house, id).await, "authorized", "it may hold for longer");
            settle::ask_due(&house.app).await.unwrap();
            let sums = house.app.read(move |tx| Ok(payments::get(tx, scope, id)?.state.balances()));
            assert_eq!(sums.await.unwrap().authorized(), 1_000 + amount);
            house.judge.expect(Verdict::Approve, house.app.now().after(WEEK));
            capture::capture_due(&house.app).await.unwrap();
            house.judge.forget();
            checkout::sweep(&house.app).await.unwrap();
            assert_eq!(status(&house, id).await, "voided", "then it lapses as any other");
        }
        assert_eq!(house.app.check().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_outcome_that_cannot_be_written_holds_back_no_other() {
    for house in houses().await {
        let [spoilt, fine] = [house.charge(None).await, house.charge(None).await];
        for id in [spoilt, fine] {
            assert_eq!(capture(&house, id, Verdict::ApproveInSilence).await.unwrap(), Settled::Unknown);
        }
        spoil(&house, spoilt).await;
        house.clock.advance(LATER);
        settle::ask_due(&house.app).await.unwrap();
        assert_eq!(status(&house, fine).await, "captured");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acquirer_that_does_not_answer_holds_back_no_other_outcome() {
    for house in houses().await {
        let payments = [house.charge(None).await, house.charge(None).await];
        for id in payments {
            capture(&house, id, Verdict::ApproveInSilence).await.unwrap();
        }
        house.clock.advance(LATER);
        house.judge.hangs.store(true, Ordering::SeqCst);
        let app = Arc::clone(&house.app);
        let asking = tokio::spawn(async move { settle::ask_due(&app).await });
        let one_is_settled = async {
            loop {
                for id in payments {
                    if status(&house, id).await == "captured" {
                        return;
                    }
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), one_is_settled).await.unwrap();
        assert!(!asking.is_finished(), "the other one was answered, so this test shows nothing");
        asking.abort();
    }
}

#[tokio::test]
async fn an_acquirer_that_takes_too_long_leaves_the_outcome_unknown_until_it_is_asked() {
    for house in houses().await {
        let [captured, refunded] = [house.charge(None).await, house.charge(None).await];
        capture(&house, refunded, Verdict::Approve).await.unwrap();
        *house.judge.deadline.lock().unwrap() = Some(Duration::from_millis(20));
        assert_eq!(capture(&house, captured, Verdict::Hang).await.unwrap(), Settled::Unknown);
        // What is not known is not given back either: nothing else begins.
        assert_eq!(capture(&house, captured, Verdict::Approve).await.unwrap_err(), Error::InFlight);
        house.judge.forget();
        house.judge.expect(Verdict::Hang, house.app.now().after(WEEK));
        let (scope, drawn) = (house.caller.scope, house.app.draw());
        let begun = house.app.write(move |tx| {
            let payment = payments::get(tx, scope, refunded)?;
            refund::begin(tx, payment, Amount::Minor(1), Open::Stays, Comment::default(), &drawn)
        });
        let settled = settle::carry_out(&house.app, begun.await.unwrap(), |_, _, settled, _| Ok(settled));
        assert_eq!(settled.await.unwrap(), Settled::Unknown);
        // It never arrived, as the acquirer says.
        house.clock.advance(LATER);
        settle::ask_due(&house.app).await.unwrap();
        assert_eq!(
            [status(&house, captured).await, status(&house, refunded).await],
            ["authorized", "captured"]
        );
    }
}

#[tokio::test]
async fn a_card_is_checked_only_where_the_acquirer_says_so_at_once() {
    let house = House::build(Place::sqlite(), 1).await;
    *house.judge.deadline.lock().unwrap() = Some(Duration::from_millis(20));
    for (verdict, checked) in [
        (Verdict::Approve, Ok(())),
        // Nobody is there to be sent to the card's bank.
        (Verdict::Challenge, Err(Error::Declined(Decline::NotAuthenticated))),
        (Verdict::Hang, Err(Error::Declined(Decline::ProcessingError))),
    ] {
        house.judge.expect(verdict, house.app.now());
        let number = CardNumber::parse(NUMBER).unwrap();
        let card = Card { number, expiry: EXPIRY, code: None };
        assert_eq!(settle::verify(&house.app, Mode::Test, card).await, checked, "{verdict:?}");
    }
}
