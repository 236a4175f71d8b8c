//! Kill -9 while money moves through both APIs and on pages: what was acknowledged is there, what was under way is settled
//! once, and the acquirer's books, the payments and what clients were told agree.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use kassa_tests::drivers::buyer::{APPROVED, LOST};
use kassa_tests::drivers::checkout_com;
use kassa_tests::drivers::checkout_com_payments::balances;
use kassa_tests::drivers::money::{Money, Operation, Status, Verdict, approved_by_the_acquirer, each};
use kassa_tests::drivers::neuro_pay::{Checkout, Client};
use kassa_tests::drivers::shop::base32;
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Random, SETTLED, Server, eventually, on_each_engine, pause};
use serde_json::Value;

on_each_engine!(kill_nine_loses_no_payment_and_moves_no_money_twice);

const KILLS: usize = 24;
/// Of each API; one buyer more sends the forms of pages.
const CLIENTS: usize = 4;
const AMOUNT: i64 = 24_900;
/// Declined by its last digits, where an amount decides.
const DECLINED_AMOUNT: i64 = 12_305;

/// What a key stands for, always the same.
enum Task<'a> {
    Charge {
        card: &'a Value,
        amount: i64,
        sale: bool,
    },
    /// One unit of a payment that was sold before.
    Refund(&'a str),
}

/// One API with what its clients work on.
struct Desk {
    api: Box<dyn Money>,
    cards: Vec<Value>,
    sold: Vec<String>,
}

impl Desk {
    fn new(api: Box<dyn Money>) -> Self {
        let cards = api.cards(&[APPROVED, "378282246310005", LOST]);
        let sold = (0..2).map(|number| api.pay(&format!("sold-{}-{number}", api.name()), AMOUNT, true));
        Self { sold: sold.collect(), cards, api }
    }

    fn task(&self, key: &str) -> Task<'_> {
        let number = key.bytes().map(usize::from).sum::<usize>();
        match number % 3 {
            0 => Task::Refund(&self.sold[number / 3 % self.sold.len()]),
            kind => {
                let is_declined = number % 7 == 0;
                let card = &self.cards[number / 3 % self.cards.len()];
                Task::Charge {
                    card,
                    amount: if is_declined { DECLINED_AMOUNT } else { AMOUNT },
                    sale: kind == 1,
                }
            }
        }
    }

    fn send(&self, key: &str) -> Result<Answer, ureq::Error> {
        match self.task(key) {
            Task::Charge { card, amount, sale } => self.api.try_charge(key, card, amount, sale),
            Task::Refund(id) => self.api.try_operate(id, Operation::Refund(Some(1)), Some(key)),
        }
    }
}

/// What clients were answered: of each key the API's place, and the answer if there was one.
type Answers = HashMap<String, (usize, Option<Answer>)>;

/// Lets clients and a buyer work, and kills the server amid it; how many forms were answered.
fn work_until_killed(
    kassa: &Server,
    (desks, open): (&[Desk], &[(Checkout<'_>, String)]),
    answers: &Mutex<Answers>,
    kill: usize,
    random: &mut Random,
) {
    let (killed, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let after = random.below(4 * CLIENTS);
    let moment = Duration::from_micros(u64::try_from(random.below(12_000)).expect("it fits"));
    std::thread::scope(|scope| {
        for client in 0..desks.len() * CLIENTS {
            let (place, killed, answered) = (client % desks.len(), &killed, &answered);
            scope.spawn(move || {
                for number in (0..).take_while(|_| !killed.load(Ordering::Relaxed)) {
                    let key = format!("k-{kill}-{client}-{number}");
                    answers.lock().expect("no panic").insert(key.clone(), (place, None));
                    let Ok(answer) = desks[place].send(&key) else { break };
                    match desks[place].api.verdict(&answer) {
                        Verdict::Done => {
                            answers.lock().expect("no panic").insert(key, (place, Some(answer)));
                        }
                        Verdict::Later => {}
                        Verdict::Refused => panic!("{key}: {}", answer.text()),
                    }
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        scope.spawn(|| {
            for (checkout, form) in open {
                if !checkout.buyer().try_send(form, APPROVED).is_ok_and(|answer| answer.status == 303) {
                    break;
                }
            }
        });
        let enough = || (answered.load(Ordering::Relaxed) >= after).then_some(());
        eventually(Duration::from_secs(30), "some are answered", enough);
        pause(moment);
        kassa.signal_kill();
        killed.store(true, Ordering::Relaxed);
    });
}

/// Asks every key again until it has its answer: the first one, where there was one.
fn ask_again(desks: &[Desk], answers: Answers) -> HashMap<String, (usize, Value)> {
    let mut open: Vec<_> = answers.into_iter().collect();
    let mut told = HashMap::new();
    eventually(SETTLED, "every key has its answer", || {
        open.retain(|(key, (place, acknowledged))| {
            let answer = desks[*place].send(key).expect("an answer");
            let verdict = desks[*place].api.verdict(&answer);
            if let Some(first) = acknowledged {
                assert!(answer.is_replay(), "{key} was acknowledged and is lost: {}", answer.text());
                assert_eq!((answer.status, &answer.body), (first.status, &first.body), "{key}");
            }
            assert_ne!(verdict, Verdict::Refused, "{key}: {}", answer.text());
            if verdict == Verdict::Done {
                told.insert(key.clone(), (*place, answer.json()));
            }
            verdict == Verdict::Later
        });
        open.is_empty().then_some(())
    });
    told
}

fn kill_nine_loses_no_payment_and_moves_no_money_twice(engine: Engine) {
    let mut random = Random::new();
    let mut kassa = Server::start(engine);
    let merchant = kassa.merchant();
    let (neuro_pay, list) = (Client::new(&kassa, &merchant), checkout_com::Client::new(&kassa, &merchant));
    let desks = each(&kassa, &merchant).map(Desk::new);
    let answers: Mutex<Answers> = Mutex::default();
    let mut open: Vec<(Checkout<'_>, String)> = Vec::new();
    for kill in 0..KILLS {
        let begun = open.len();
        for _ in 0..2 {
            let checkout = neuro_pay.create();
            let form = checkout.buyer().form();
            open.push((checkout, form));
        }
        work_until_killed(&kassa, (&desks, &open[begun..]), &answers, kill, &mut random);
        kassa.restart();
    }
    let told = ask_again(&desks, answers.into_inner().expect("no panic"));

    // One payment a charge, and its end fits what its client was told.
    let (mut approved, mut refunds) = (0, HashMap::new());
    for (key, (place, told)) in &told {
        let Desk { api, .. } = &desks[*place];
        let (amount, sale) = match desks[*place].task(key) {
            Task::Charge { amount, sale, .. } => (amount, sale),
            Task::Refund(id) => {
                *refunds.entry(id).or_insert(0) += 1;
                continue;
            }
        };
        let (id, told) = api.told(told);
        let now = eventually(SETTLED, "the payment is settled", || {
            Some(api.read(&id)).filter(|now| now.status != Status::Pending)
        });
        let listed = list.read(&format!("/payments?reference={key}")).ok();
        let found = (&listed["total_count"], &listed["data"][0]["id"]);
        assert_eq!(found, (&1.into(), &base32("pay_", &id).into()), "{key}");
        let (end, captured) = if sale { (Status::Captured, amount) } else { (Status::Authorized, 0) };
        // The bank's decline, or what never arrived there: nobody was ever told that it is authorized.
        let is_declined = now.status == Status::Declined
            && now.captured == 0
            && matches!(told, Status::Pending | Status::Declined);
        let is_approved = now.status == end && now.captured == captured && told != Status::Declined;
        assert!(is_declined || is_approved, "{key}: {told:?} and then {now:?}");
        approved += usize::from(is_approved);
    }
    // Each key is one refund. Checkout.com says that it takes it before the acquirer has it, so it can still be declined.
    let mut refunded = 0;
    for Desk { api, sold, .. } in &desks {
        for hex in sold {
            let (id, keys) = (base32("pay_", hex), refunds.get(hex.as_str()).copied().unwrap_or(0_usize));
            let now = eventually(SETTLED, "the refunds are settled", || {
                let [.., captured, _, refunded, left] = balances(&list.payment(&id).ok());
                (captured - refunded == left).then(|| api.read(hex))
            });
            assert_eq!(now.refunded, i64::try_from(now.refunds.len()).expect("few"));
            let tried = list.actions(&id).iter().filter(|action| action["type"] == "Refund").count();
            let kept = if api.name() == "Checkout.com" { tried } else { now.refunds.len() };
            assert_eq!(kept, keys, "{}: {now:?} of {tried}", api.name());
            refunded += now.refunds.len();
        }
    }
    // The same form again: one that got through is paid once, one that never arrived has its page open again.
    let is_paid = |checkout: &Checkout<'_>| checkout.now()["status"] == "paid";
    for (checkout, form) in &open {
        eventually(SETTLED, "the payment is settled", || {
            checkout.buyer().send(form, APPROVED).expect(303);
            if !is_paid(checkout) && checkout.buyer().open().text().contains("name=\"form\"") {
                checkout.buyer().pay(APPROVED);
            }
            is_paid(checkout).then_some(())
        });
        assert_eq!(checkout.now()["amount_captured"], AMOUNT);
    }
    let sold: usize = desks.iter().map(|desk| desk.sold.len()).sum();
    let booked = approved + refunded + open.len() + sold;
    assert_eq!(approved_by_the_acquirer(&kassa), booked, "the acquirer's books and ours differ");
    kassa.checks_out();
    kassa.is_healthy();
}
