//! A whole installation for a test, without a server: a database of its own, a clock that stands still, chance that
//! repeats, and an acquirer that does as it is told and keeps its own ledger.

#![expect(dead_code, reason = "each test takes what it needs of the house")]

#[path = "../../../db/tests/places/place.rs"]
pub(crate) mod place;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use db::{Use, statements};
use domain::acquiring::{Acquirer, Acquirers, Answer, Decline, Instruction, Operation, Outcome, Report};
use domain::card::{CardNumber, Expiry};
use domain::customers::{self, Customer, Details, EmailRule};
use domain::keys::Keyring;
use domain::merchants::credentials::{self, Secret};
use domain::metadata::Metadata;
use domain::money::{Currency, Money};
use domain::payments::charge::{self, CardToCharge};
use domain::payments::{Payment, authorize, settle};
use domain::time::{Clock, Random, Time};
use domain::{ActionId, App, Caller, Channel, Id, Mode, merchants};
use vault::RootKey;

pub(crate) use place::Place;

/// A card that every acquirer of the tests takes.
pub(crate) const NUMBER: &str = "4242424242424242";
/// Its last month.
pub(crate) const EXPIRY: Expiry = Expiry { year: 2099, month: 12 };
/// How long an authorization lives.
pub(crate) const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// An installation with one merchant.
pub(crate) struct House {
    pub(crate) app: Arc<App>,
    pub(crate) caller: Caller,
    pub(crate) clock: Arc<StandingClock>,
    pub(crate) judge: Arc<Judge>,
    place: Place,
}

impl House {
    pub(crate) async fn build(place: Place, seed: u64) -> Self {
        let db = Arc::new(place.open(Use::Serve));
        let clock = Arc::new(StandingClock(AtomicI64::new(1_800_000_000_000)));
        let random = Arc::new(Repeating(AtomicU64::new(seed)));
        let root = RootKey::from_bytes([7; 32]);
        let keys = Keyring::open(&db, &*random, clock.now(), |_| Ok(root)).await.unwrap();
        let judge = Arc::new(Judge::default());
        let acquirers = Acquirers { test: Arc::clone(&judge) as Arc<dyn Acquirer>, live: None };
        let url = "http://kassa.test".to_owned();
        let app = App::new(db, keys, acquirers, Arc::clone(&clock) as Arc<dyn Clock>, random, url);
        let app = Arc::new(app.with_test_limits(true));
        let caller = caller(&app, "Shop").await;
        Self { app, caller, clock, judge, place }
    }

    /// The client of another merchant.
    pub(crate) async fn neighbour(&self) -> Caller {
        caller(&self.app, "Neighbour").await
    }

    pub(crate) async fn customer(&self, details: Details) -> Customer {
        let (scope, drawn) = (self.caller.scope, self.app.draw());
        let made =
            self.app.write(move |tx| customers::create(tx, scope, &details, EmailRule::Shared, &drawn));
        made.await.unwrap()
    }

    /// Reserves 1,000 on a card, to be captured later if `capture_at` says when.
    pub(crate) async fn charge(&self, capture_at: Option<Time>) -> Id<Payment> {
        self.reserve(capture_at, false).await
    }

    /// Likewise an amount that is an estimate.
    pub(crate) async fn estimate(&self, capture_at: Option<Time>) -> Id<Payment> {
        self.reserve(capture_at, true).await
    }

    async fn reserve(&self, capture_at: Option<Time>, may_grow: bool) -> Id<Payment> {
        self.try_to_reserve(capture_at, may_grow, Verdict::Approve).await
    }

    /// The same with whatever the acquirer says to it.
    pub(crate) async fn try_to_reserve(
        &self,
        capture_at: Option<Time>,
        may_grow: bool,
        verdict: Verdict,
    ) -> Id<Payment> {
        self.judge.expect(verdict, self.app.now().after(WEEK));
        let new = charge::NewCharge {
            money: Money::new(1_000, Currency::parse("SEK").unwrap()).unwrap(),
            description: "Boots".to_owned(),
            reference: None,
            captures_itself: false,
            capture_at,
            may_grow,
            metadata: Metadata::default(),
            extras: None,
            customer_named: false,
            code: None,
            addresses: (String::new(), String::new()),
        };
        let (app, caller, drawn) = (Arc::clone(&self.app), self.caller.clone(), self.app.draw());
        let begun = self.app.write(move |tx| {
            let number = CardNumber::parse(NUMBER).unwrap();
            let charge = CardToCharge::Number { number, expiry: EXPIRY, holder: None, sealed: None };
            charge::begin(tx, &app, &caller, &new, None, charge, &drawn)
        });
        let (payment, action, card) = begun.await.unwrap();
        let id = payment.id;
        let begun = authorize::with_card(payment, action, card);
        settle::carry_out(&self.app, begun, |_, _, _, _| Ok(())).await.unwrap();
        id
    }

    /// What happened to an object, by the names of its events, and that there is no gap between them.
    pub(crate) async fn events<K: 'static>(&self, object: Id<K>) -> Vec<String> {
        let scope = self.caller.scope;
        let events = self.app.read(move |tx| {
            let named = [scope.merchant.into(), scope.mode.into(), (&object).into()];
            Ok(tx.all::<(i64, String)>(&EVENTS, &named)?)
        });
        let (numbers, kinds): (Vec<i64>, Vec<String>) = events.await.unwrap().into_iter().unzip();
        assert!(
            numbers.iter().copied().eq(1..=i64::try_from(numbers.len()).unwrap()),
            "{numbers:?} {kinds:?}"
        );
        kinds
    }

    /// Whether a file of the database holds a text.
    pub(crate) fn files_hold(&self, text: &str) -> bool {
        let Place::Sqlite(folder) = &self.place else { panic!("only SQLite has files here") };
        std::fs::read_dir(folder).unwrap().any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    }
}

statements! {
    EVENTS = "select sequence, kind from events where merchant = $1 and mode = $2 and object = $3 order by sequence";
}

async fn caller(app: &Arc<App>, name: &'static str) -> Caller {
    let merchant = merchants::ensure(app, name).await.unwrap();
    let now = app.now();
    app.write(move |tx| {
        let secret = Secret::alone("api_key", name.to_owned());
        credentials::create(tx, merchant.key, Mode::Test, "an-api", &secret, now)
    })
    .await
    .unwrap();
    credentials::authenticate(app, "an-api", name, Channel::Private).await.unwrap()
}

/// A clock that moves when told.
pub(crate) struct StandingClock(AtomicI64);

impl StandingClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Time {
        Time(self.0.load(Ordering::SeqCst))
    }
}

/// The same bytes for the same seed, never the same twice.
struct Repeating(AtomicU64);

impl Random for Repeating {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let length = chunk.len();
            chunk.copy_from_slice(&(state ^ (state >> 31)).to_le_bytes()[..length]);
        }
    }
}

/// What the acquirer is to do with the next operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Approve,
    Decline,
    /// Does it and loses the answer.
    ApproveInSilence,
    /// Refuses it and loses the answer.
    DeclineInSilence,
    /// The question never arrives.
    Lose,
    /// The card's bank wants to see the buyer first.
    Challenge,
    /// There is no answer, ever.
    Hang,
}

/// The acquirer of the tests, with its own ledger.
#[derive(Default)]
pub(crate) struct Judge {
    verdicts: Mutex<VecDeque<Verdict>>,
    known: Mutex<HashMap<[u8; 16], (Outcome, Kind, i64)>>,
    lives_until: Mutex<Option<Time>>,
    /// How long it may take; none is as long as any acquirer.
    pub(crate) deadline: Mutex<Option<Duration>>,
    /// Whether the operation that is asked about first gets no answer.
    pub(crate) hangs: AtomicBool,
    /// Whether it knows no outcome yet, whatever it is asked about.
    pub(crate) is_silent: AtomicBool,
    /// How often it was asked.
    pub(crate) questions: AtomicU64,
}

/// What an operation moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Authorize { capture: bool },
    Raise,
    Capture,
    Void,
    Refund,
}

impl Judge {
    /// The verdict on the next operation, and when an authorization lapses.
    pub(crate) fn expect(&self, verdict: Verdict, lapses_at: Time) {
        self.verdicts.lock().unwrap().push_back(verdict);
        *self.lives_until.lock().unwrap() = Some(lapses_at);
    }

    /// Sums of what was approved: authorized, captured, voided, refunded.
    pub(crate) fn sums(&self) -> [i64; 4] {
        let mut sums = [0; 4];
        for (outcome, kind, amount) in self.known.lock().unwrap().values() {
            if matches!(outcome, Outcome::Approved { .. }) {
                match kind {
                    Kind::Authorize { capture } => {
                        sums[0] += amount;
                        sums[1] += if *capture { *amount } else { 0 };
                    }
                    Kind::Raise => sums[0] += amount,
                    Kind::Capture => sums[1] += amount,
                    Kind::Void => sums[2] += amount,
                    Kind::Refund => sums[3] += amount,
                }
            }
        }
        sums
    }

    pub(crate) fn forget(&self) {
        self.known.lock().unwrap().clear();
        self.verdicts.lock().unwrap().clear();
    }

    /// The buyers who are at their banks confirm there, and do not come back.
    pub(crate) fn have_buyers_confirm(&self) {
        for (outcome, _, _) in self.known.lock().unwrap().values_mut() {
            if matches!(outcome, Outcome::Redirect { .. }) {
                *outcome = Outcome::Approved { reference: "judge-confirmed".to_owned(), lapses_at: None };
            }
        }
    }

    fn decide(&self, operation: &Operation, verdict: Verdict) -> Outcome {
        let approved = Outcome::Approved {
            reference: format!("judge-{}", operation.id.hex()),
            lapses_at: *self.lives_until.lock().unwrap(),
        };
        let declined = Outcome::Declined { decline: Decline::InsufficientFunds, code: "20051".to_owned() };
        let redirect = Outcome::Redirect { address: "https://bank.example/".to_owned() };
        let (kind, amount) = match &operation.instruction {
            Instruction::Verify { .. } if verdict == Verdict::Challenge => return redirect,
            Instruction::Verify { .. } => return approved,
            Instruction::Authorize { money, capture, .. } => {
                (Kind::Authorize { capture: *capture }, money.minor)
            }
            Instruction::Raise { money, .. } => (Kind::Raise, money.minor),
            Instruction::Capture { money, .. } => (Kind::Capture, money.minor),
            Instruction::Void { money, .. } => (Kind::Void, money.minor),
            Instruction::Refund { money, .. } => (Kind::Refund, money.minor),
        };
        let (truth, answer) = match verdict {
            Verdict::Approve => (approved.clone(), approved),
            Verdict::Decline => (declined.clone(), declined),
            Verdict::ApproveInSilence => (approved, Outcome::Unknown),
            Verdict::DeclineInSilence => (declined, Outcome::Unknown),
            Verdict::Challenge => (redirect.clone(), redirect),
            Verdict::Lose | Verdict::Hang => return Outcome::Unknown,
        };
        let before = self.known.lock().unwrap().insert(*operation.id.bytes(), (truth, kind, amount));
        assert!(before.is_none(), "an operation was sent twice");
        answer
    }
}

impl Acquirer for Judge {
    fn perform<'a>(&'a self, operation: &'a Operation) -> Answer<'a, Outcome> {
        let verdict = self.verdicts.lock().unwrap().pop_front();
        let verdict = verdict.expect("an operation that the test did not expect");
        if verdict == Verdict::Hang {
            return Box::pin(std::future::pending());
        }
        let outcome = self.decide(operation, verdict);
        Box::pin(async move { outcome })
    }

    fn resume<'a>(&'a self, operation: ActionId, _proof: &'a str) -> Answer<'a, Report> {
        self.ask(operation)
    }

    fn ask(&self, operation: ActionId) -> Answer<'_, Report> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        if self.is_silent.load(Ordering::SeqCst) {
            return Box::pin(async { Report::NotYet });
        }
        if self.hangs.swap(false, Ordering::SeqCst) {
            return Box::pin(std::future::pending());
        }
        let known = self.known.lock().unwrap().get(operation.bytes()).map(|(outcome, _, _)| outcome.clone());
        Box::pin(async move { known.map_or(Report::NeverArrived, Report::Settled) })
    }

    fn deadline(&self) -> Duration {
        self.deadline.lock().unwrap().unwrap_or(Duration::from_secs(25))
    }
}
