//! The money of one payment against a model of it, step by step, on both engines and against the acquirer's ledger.
//!
//! After each step the payment says what the model says, the ledger and the events add up (I1, I2, I5, I9), the
//! acquirer was asked to do each thing once (I7), and nothing ended moves again (I6, I10, I11, I12, I18).

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use std::time::Duration;

use domain::acquiring::{Card, Terms};
use domain::card::{CardFace, CardNumber, Expiry};
use domain::metadata::Metadata;
use domain::money::{Currency, Money};
use domain::payments::authorize::{self, Attempt, CardSource};
use domain::payments::settle::{self, Comment};
use domain::payments::{self, Amount, Open, Payment, capture, checkout, raise, refund, void};
use domain::time::Time;
use domain::{Error, Id};
use house::{House, Place, Verdict};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const AMOUNT: i64 = 1000;
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    Pay(Verdict),
    PayAgainWithTheSameForm,
    Cancel,
    Revoke,
    Capture(Size, Verdict),
    /// A capture after which another one may follow.
    CapturePart(Size, Verdict),
    /// So much more is authorized.
    Raise(Size, Verdict),
    Void(Verdict),
    Refund(Size, Verdict),
    /// A refund of everything, with which what is open is released.
    GiveAllBack(Verdict),
    Ask,
    LetAWeekPass,
    Update,
}

/// An amount by what is left: around its edges is where it matters.
#[derive(Debug, Clone, Copy)]
enum Size {
    Zero,
    One,
    Half,
    AllButOne,
    All,
    OneTooMany,
}

impl Size {
    const fn of(self, left: i64) -> i64 {
        match self {
            Self::Zero => 0,
            Self::One => 1,
            Self::Half => left / 2,
            Self::AllButOne => left - 1,
            Self::All => left,
            Self::OneTooMany => left + 1,
        }
    }
}

/// What is reserved for an operation whose outcome is unknown, and what the outcome will turn out to be.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    kind: &'static str,
    amount: i64,
    verdict: Verdict,
}

/// The model: what a payment is, in the plainest words.
#[derive(Debug, Clone)]
struct Model {
    ended: Option<&'static str>,
    tried: bool,
    authorized: i64,
    captured: i64,
    voided: i64,
    refunded: i64,
    waiting: Vec<Waiting>,
    /// Whether something was done after which nothing stays open.
    releases: bool,
    lapses_at: Time,
    captures_itself: bool,
}

impl Model {
    fn status(&self) -> &'static str {
        match self {
            Self { ended: Some(ended), .. } => ended,
            Self { authorized: 0, tried: true, waiting, .. } if waiting.is_empty() => "retryable",
            Self { authorized: 0, .. } => "pending",
            Self { refunded: 1.., .. } if self.refunded == self.captured && self.uncaptured() == 0 => {
                "refunded"
            }
            Self { refunded: 1.., .. } => "partially_refunded",
            Self { captured: 0, voided, authorized, .. } if voided == authorized => "voided",
            Self { captured: 0, .. } => "authorized",
            _ if self.uncaptured() > 0 => "partially_captured",
            _ => "captured",
        }
    }

    fn is_open(&self) -> bool {
        self.ended.is_none() && self.authorized == 0 && self.waiting.is_empty()
    }

    fn under_way(&self, kinds: &[&str]) -> i64 {
        let of_kind = self.waiting.iter().filter(|waiting| kinds.contains(&waiting.kind));
        of_kind.map(|waiting| waiting.amount).sum()
    }

    /// Whether none is under way, not even one of nothing.
    fn rests(&self, kinds: &[&str]) -> bool {
        self.waiting.iter().all(|waiting| !kinds.contains(&waiting.kind))
    }

    fn uncaptured(&self) -> i64 {
        self.authorized - self.captured - self.voided
    }

    /// What can be captured or released now.
    fn open(&self) -> i64 {
        self.uncaptured() - self.under_way(&["capture", "part", "void"])
    }

    /// What can be given back now.
    fn refundable(&self) -> i64 {
        self.captured - self.refunded - self.under_way(&["refund", "all back"])
    }

    /// Whether an operation of this kind and amount may begin now.
    fn allows(&self, kind: &str, amount: i64, now: Time) -> bool {
        let no_void = self.rests(&["void", "raise"]);
        match kind {
            "authorize" => self.is_open(),
            "capture" | "part" => now < self.lapses_at && no_void && (1..=self.open()).contains(&amount),
            "raise" => {
                let is_whole = self.captured + self.voided == 0 && self.rests(&["capture", "part", "void"]);
                // Where the amount is captured at once it is no estimate.
                !self.captures_itself && self.authorized > 0 && is_whole && now < self.lapses_at
            }
            "void" => self.uncaptured() > 0 && self.waiting.is_empty(),
            "refund" | "all back" => no_void && (1..=self.refundable()).contains(&amount),
            _ => unreachable!(),
        }
    }

    fn outcome(&mut self, kind: &'static str, amount: i64, verdict: Verdict, now: Time) {
        match (verdict, kind) {
            (Verdict::Decline, "authorize") => self.tried = true,
            (Verdict::Decline, "capture" | "part") => self.release(false),
            (Verdict::Decline, _) => {}
            (Verdict::Approve, "authorize") => {
                self.authorized = amount;
                self.captured = if self.captures_itself { amount } else { 0 };
                self.lapses_at = now.after(WEEK);
            }
            (Verdict::Approve, "raise") => self.authorized += amount,
            (Verdict::Approve, "capture" | "part") => {
                self.captured += amount;
                self.release(kind == "capture");
            }
            (Verdict::Approve, "void") => self.voided += amount,
            (Verdict::Approve, _) => {
                self.refunded += amount;
                self.release(kind == "all back");
            }
            // Nobody knows.
            (_, _) => self.waiting.push(Waiting { kind, amount, verdict }),
        }
    }

    /// Nothing stays open once something was done that says so.
    fn release(&mut self, releases: bool) {
        self.releases |= releases;
        if self.releases {
            self.voided += self.open();
        }
    }

    fn ask(&mut self, now: Time) {
        while let Some(Waiting { kind, amount, verdict }) = self.waiting.pop() {
            match verdict {
                Verdict::ApproveInSilence => {
                    let lapses_at = self.lapses_at;
                    self.outcome(kind, amount, Verdict::Approve, now);
                    // The acquirer counts from when it did it.
                    self.lapses_at = lapses_at;
                }
                Verdict::DeclineInSilence => self.outcome(kind, amount, Verdict::Decline, now),
                // It never arrived.
                Verdict::Approve | Verdict::Decline | Verdict::Lose | Verdict::Challenge | Verdict::Hang => {
                    if ["capture", "part"].contains(&kind) {
                        self.release(false);
                    }
                }
            }
        }
    }
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        12 => Just(Verdict::Approve),
        3 => Just(Verdict::Decline),
        2 => Just(Verdict::ApproveInSilence),
        1 => Just(Verdict::DeclineInSilence),
        1 => Just(Verdict::Lose),
    ]
}

fn sizes() -> impl Strategy<Value = Size> {
    prop_oneof![
        Just(Size::Zero),
        Just(Size::One),
        Just(Size::Half),
        Just(Size::AllButOne),
        Just(Size::All),
        Just(Size::OneTooMany)
    ]
}

fn steps() -> impl Strategy<Value = (bool, Vec<Step>)> {
    let step = prop_oneof![
        6 => verdicts().prop_map(Step::Pay),
        1 => Just(Step::PayAgainWithTheSameForm),
        1 => Just(Step::Cancel),
        1 => Just(Step::Revoke),
        4 => (sizes(), verdicts()).prop_map(|(size, verdict)| Step::Capture(size, verdict)),
        4 => (sizes(), verdicts()).prop_map(|(size, verdict)| Step::CapturePart(size, verdict)),
        3 => (sizes(), verdicts()).prop_map(|(size, verdict)| Step::Raise(size, verdict)),
        2 => verdicts().prop_map(Step::Void),
        6 => (sizes(), verdicts()).prop_map(|(size, verdict)| Step::Refund(size, verdict)),
        1 => verdicts().prop_map(Step::GiveAllBack),
        3 => Just(Step::Ask),
        1 => Just(Step::LetAWeekPass),
        1 => Just(Step::Update),
    ];
    (any::<bool>(), prop::collection::vec(step, 1..24))
}

/// One payment on its way, with its model.
struct Trial<'a> {
    house: &'a House,
    id: Id<Payment>,
    model: Model,
    /// Forms given out so far.
    forms: u8,
    /// The last form that became an attempt.
    sent: Option<[u8; 16]>,
}

impl<'a> Trial<'a> {
    async fn begin(house: &'a House, captures_itself: bool) -> Self {
        house.judge.forget();
        let new = checkout::NewCheckout {
            money: Money::new(AMOUNT, Currency::parse("SEK").unwrap()).unwrap(),
            description: "Boots".to_owned(),
            reference: None,
            captures_itself,
            capture_at: None,
            may_grow: !captures_itself,
            return_url: "https://shop.example/".to_owned(),
            cancel_url: "https://shop.example/".to_owned(),
            failure_url: None,
            framed: false,
            offers_saving: true,
            customer: None,
            customer_named: false,
            asks_code: false,
            authenticates: false,
            metadata: Metadata::default(),
            extras: None,
            life: None,
            card: None,
        };
        let (app, caller, drawn) = (house.app.clone(), house.caller.clone(), house.app.draw());
        let made = house.app.write(move |tx| checkout::create(tx, &app, &caller, &new, &drawn));
        let model = Model {
            ended: None,
            tried: false,
            authorized: 0,
            captured: 0,
            voided: 0,
            refunded: 0,
            waiting: Vec::new(),
            releases: false,
            lapses_at: Time(0),
            captures_itself,
        };
        Self { house, id: made.await.unwrap().0.id, model, forms: 0, sent: None }
    }

    async fn payment(&self) -> Payment {
        let (scope, id) = (self.house.caller.scope, self.id);
        self.house.app.read(move |tx| payments::get(tx, scope, id)).await.unwrap()
    }

    async fn take(&mut self, step: &Step) {
        let now = self.house.app.now();
        match step {
            Step::Pay(verdict) => {
                self.forms += 1;
                let form = [self.forms; 16];
                let allowed = self.model.allows("authorize", AMOUNT, now);
                if allowed {
                    self.house.judge.expect(*verdict, now.after(WEEK));
                    self.model.lapses_at = now.after(WEEK);
                    self.model.outcome("authorize", AMOUNT, *verdict, now);
                }
                assert_eq!(self.pay(form).await.is_ok(), allowed);
                self.sent = if allowed { Some(form) } else { self.sent };
            }
            // Whatever became of the form stands, so the acquirer is asked nothing.
            Step::PayAgainWithTheSameForm => {
                if let Some(form) = self.sent {
                    self.pay(form).await.unwrap();
                }
            }
            Step::Cancel | Step::Revoke => {
                let drawn = self.house.app.draw();
                let payment = self.payment().await;
                let canceled = matches!(step, Step::Cancel);
                let done = self.house.app.write(move |tx| {
                    let payment = &mut payment.clone();
                    if canceled {
                        checkout::cancel(tx, payment, &drawn)
                    } else {
                        checkout::revoke(tx, payment, &drawn)
                    }
                });
                assert_eq!(done.await.is_ok(), self.model.is_open());
                if self.model.is_open() {
                    self.model.ended = Some(if canceled { "canceled" } else { "expired" });
                }
            }
            Step::Capture(size, verdict) => {
                let amount = size.of(self.model.open());
                self.operate("capture", amount, *verdict).await;
            }
            Step::CapturePart(size, verdict) => {
                let amount = size.of(self.model.open());
                self.operate("part", amount, *verdict).await;
            }
            Step::Raise(size, verdict) => self.operate("raise", size.of(AMOUNT), *verdict).await,
            Step::Void(verdict) => self.operate("void", self.model.open(), *verdict).await,
            Step::Refund(size, verdict) => {
                let amount = size.of(self.model.refundable());
                self.operate("refund", amount, *verdict).await;
            }
            Step::GiveAllBack(verdict) => {
                self.operate("all back", self.model.refundable(), *verdict).await;
            }
            Step::Ask => {
                self.house.clock.advance(Duration::from_secs(31));
                settle::ask_due(&self.house.app).await.unwrap();
                self.model.ask(self.house.app.now());
            }
            Step::LetAWeekPass => {
                self.house.clock.advance(WEEK);
                checkout::sweep(&self.house.app).await.unwrap();
                let model = &mut self.model;
                if model.uncaptured() > 0 && model.rests(&["raise", "capture", "part", "void"]) {
                    model.voided += model.open();
                }
            }
            Step::Update => {
                let (scope, id) = (self.house.caller.scope, self.id);
                self.house
                    .app
                    .write(move |tx| checkout::update(tx, scope, id, &Metadata::default()))
                    .await
                    .unwrap();
            }
        }
    }

    /// Sends the buyer's form.
    async fn pay(&self, form: [u8; 16]) -> Result<(), Error> {
        let number = CardNumber::parse("4242424242424242").ok().unwrap();
        let (face, drawn) = (CardFace::of(&number), self.house.app.draw());
        let payment = self.payment().await;
        let attempt = self
            .house
            .app
            .write(move |tx| {
                authorize::begin(tx, payment.clone(), &CardSource::Typed(&face, None), Some(&form), &drawn)
            })
            .await?;
        if let Attempt::Begun(payment, id, _) = attempt {
            let card = Card { number, expiry: Expiry { year: 2099, month: 12 }, code: None };
            settle::carry_out(&self.house.app, authorize::with_card(*payment, id, card), |_, _, _, _| Ok(()))
                .await?;
        }
        Ok(())
    }

    async fn operate(&mut self, kind: &'static str, amount: i64, verdict: Verdict) {
        let now = self.house.app.now();
        let allowed = self.model.allows(kind, amount, now);
        if allowed {
            self.house.judge.expect(verdict, self.model.lapses_at);
        }
        let (drawn, payment) = (self.house.app.draw(), self.payment().await);
        let begun = self.house.app.write(move |tx| {
            let payment = payment.clone();
            let (part, comment) = (Amount::Minor(amount), Comment::default());
            match kind {
                "capture" => capture::begin(tx, payment, part, Open::Released, comment, &drawn),
                "part" => capture::begin(tx, payment, part, Open::Stays, comment, &drawn),
                "raise" => raise::begin(tx, payment, amount, comment, Terms::default(), &drawn),
                "void" => void::begin(tx, payment, comment, &drawn),
                "all back" => refund::begin(tx, payment, Amount::Rest, Open::Released, comment, &drawn),
                _ => refund::begin(tx, payment, part, Open::Stays, comment, &drawn),
            }
        });
        match begun.await {
            Ok(begun) => {
                assert!(allowed, "{kind} of {amount} was let through: {:?}", self.model);
                settle::carry_out(&self.house.app, begun, |_, _, _, _| Ok(())).await.unwrap();
                self.model.outcome(kind, amount, verdict, now);
            }
            Err(error) => {
                assert!(!allowed, "{kind} of {amount} was refused: {error}");
                assert!(!matches!(error, Error::Internal(_)), "{error}");
            }
        }
    }

    async fn compare(&self) {
        let payment = self.payment().await;
        let sums = payment.state.balances();
        assert_eq!(payment.status().as_str(), self.model.status(), "{:?}", self.model);
        assert_eq!((sums.captured(), sums.refunded()), (self.model.captured, self.model.refunded));
        assert_eq!((sums.open(), sums.refundable()), (self.model.open(), self.model.refundable()));
        if self.model.waiting.is_empty() {
            let [authorized, captured, _, refunded] = self.house.judge.sums();
            let said = [self.model.authorized, self.model.captured, self.model.refunded];
            assert_eq!([authorized, captured, refunded], said, "the acquirer's ledger differs");
        }
    }
}

fn hold(place: Place, cases: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let house = runtime.block_on(House::build(place, 42));
    // A failing case prints its steps, shrunk; KASSA_CASES asks for more of them.
    let cases = std::env::var("KASSA_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let result = runner.run(&steps(), |(captures_itself, steps)| {
        runtime.block_on(async {
            let mut trial = Trial::begin(&house, captures_itself).await;
            for step in &steps {
                trial.take(step).await;
                trial.compare().await;
            }
            // Nothing of this case stays behind to be asked about in the next.
            trial.take(&Step::Ask).await;
            trial.compare().await;
        });
        Ok(())
    });
    result.unwrap();
    assert_eq!(runtime.block_on(house.app.check()), Vec::<String>::new());
}

#[test]
fn a_payment_does_what_its_model_does_on_sqlite() {
    hold(Place::sqlite(), 400);
}

#[test]
fn a_payment_does_what_its_model_does_on_postgres() {
    hold(Place::postgres(), 60);
}
