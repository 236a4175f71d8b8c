//! Operations on one payment at once, through both APIs that move money: at no moment do the sums exceed what there is,
//! and only one of two rivals wins.

use std::sync::atomic::{AtomicBool, Ordering};

use kassa_tests::drivers::checkout_com::Client;
use kassa_tests::drivers::checkout_com_payments::balances;
use kassa_tests::drivers::money::{Operation, Status, Verdict, each};
use kassa_tests::drivers::shop::base32;
use kassa_tests::{Engine, Random, Server, at_once, on_each_engine};
use serde_json::{Value, json};

use Operation::{Capture, Refund, Void};

on_each_engine!(
    operations_on_a_hundred_payments_through_both_apis_never_exceed,
    of_capture_and_void_one_wins_through_whichever_api,
    refunds_at_once_are_taken_as_far_as_the_sum_allows,
);

const PAYMENTS: usize = 100;
const AT_ONCE: usize = 32;
const AMOUNT: i64 = 1_000;
/// The place of Checkout.com among the APIs: it alone captures in parts, and shows every sum.
const CHECKOUT_COM: usize = 1;

/// What one of the threads does.
#[derive(Clone, Copy)]
enum Plan {
    /// All APIs can.
    Any(usize, Operation),
    /// A capture of a part.
    Part(i64, &'static str),
}

impl Plan {
    fn draw(random: &mut Random, voids: bool) -> Self {
        let api = random.below(2);
        let amount = 1 + i64::try_from(random.below(400)).expect("few");
        match random.below(10) {
            0 | 1 if voids => Self::Any(api, Void),
            0..=3 => Self::Part(amount, if random.below(8) == 0 { "Final" } else { "NonFinal" }),
            4 | 5 => Self::Any(api, Capture),
            // Neuro-Pay's call for it is its void too.
            6 => Self::Any(if voids { api } else { CHECKOUT_COM }, Refund(None)),
            _ => Self::Any(api, Refund(Some(amount))),
        }
    }

    const fn is_capture(self) -> bool {
        matches!(self, Self::Part(..) | Self::Any(_, Capture))
    }
}

/// Checks that the sums of a payment as it is read at any moment are possible.
#[track_caller]
fn is_possible(read: &Value) {
    let [authorized, voided, to_void, captured, to_capture, refunded, to_refund] = balances(read);
    assert!(captured + voided <= authorized && refunded <= captured, "{read}");
    assert!(captured + voided + to_capture <= authorized && refunded + to_refund <= captured, "{read}");
    assert!(to_void <= authorized - voided && authorized == AMOUNT, "{read}");
    assert!(
        [voided, to_void, captured, to_capture, refunded, to_refund].iter().all(|sum| *sum >= 0),
        "{read}"
    );
}

fn operations_on_a_hundred_payments_through_both_apis_never_exceed(engine: Engine) {
    let kassa = Server::start(engine);
    let merchant = kassa.merchant();
    let (apis, shop) = (each(&kassa, &merchant), Client::new(&kassa, &merchant));
    let mut random = Random::new();
    let mut ended = [0; 3];
    for number in 0..PAYMENTS {
        let hex = apis[number % 2].pay(&format!("k-{number}"), AMOUNT, number % 4 == 3);
        let id = base32("pay_", &hex);
        let plans: Vec<Plan> = (0..AT_ONCE).map(|_| Plan::draw(&mut random, number % 4 < 2)).collect();
        let is_over = AtomicBool::new(false);
        let answers = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    is_possible(&shop.payment(&id).ok());
                }
            });
            let answers = at_once(AT_ONCE, |number| match plans[number] {
                Plan::Any(api, what) => {
                    let answer = apis[api].try_operate(&hex, what, None).expect("an answer");
                    (apis[api].verdict(&answer), answer)
                }
                Plan::Part(amount, kind) => {
                    let body = json!({ "amount": amount, "capture_type": kind });
                    let answer = shop.operate(&id, "captures", &body);
                    (apis[CHECKOUT_COM].verdict(&answer), answer)
                }
            });
            is_over.store(true, Ordering::Relaxed);
            answers
        });
        let done: Vec<_> =
            answers.iter().zip(&plans).filter(|((verdict, _), _)| *verdict == Verdict::Done).collect();
        assert!(!done.is_empty(), "nobody won");
        // The ledger is the sums, and each operation that was taken stands in it, once.
        let read = shop.payment(&id).ok();
        is_possible(&read);
        let actions = shop.actions(&id);
        let of = |kind: &str| -> Vec<i64> {
            let mine = actions.iter().filter(|action| action["type"] == kind && action["approved"] == true);
            mine.filter_map(|action| action["amount"].as_i64()).collect()
        };
        let [authorized, voided, _, captured, _, refunded, _] = balances(&read);
        let sums = ["Authorization", "Void", "Capture", "Refund"].map(|kind| of(kind).iter().sum::<i64>());
        assert_eq!(sums, [authorized, voided, captured, refunded], "{actions:?}");
        for ((_, answer), _) in done.iter().filter(|((_, answer), _)| answer.status == 202) {
            let id = answer.json()["action_id"].clone();
            assert_eq!(actions.iter().filter(|action| action["id"] == id).count(), 1);
        }
        // A sale was captured with its authorization.
        let captures = done.iter().filter(|(_, plan)| plan.is_capture()).count();
        assert_eq!(captures + usize::from(number % 4 == 3), of("Capture").len(), "{actions:?}");
        let gave_back = done.len() - captures;
        if voided == AMOUNT {
            assert_eq!((captures, gave_back), (0, 1), "a void stands alone");
            ended[0] += 1;
        } else {
            // Others released what was left, or were refunds; a Final capture and a refund of everything release with it.
            let refunds = of("Refund").len();
            assert!((refunds..=refunds + of("Void").len()).contains(&gave_back), "{actions:?}");
        }
        ended[1] += captures;
        ended[2] += of("Refund").len();
        let seen = apis.each_ref().map(|api| (api.read(&hex).captured, api.read(&hex).refunded));
        assert_eq!(seen, [(captured, refunded); 2], "the APIs say the same");
    }
    assert!(ended.iter().all(|did| *did > 0), "of voids, captures and refunds some never won: {ended:?}");
    kassa.checks_out();
    kassa.is_healthy();
}

fn of_capture_and_void_one_wins_through_whichever_api(engine: Engine) {
    let kassa = Server::shared(engine);
    let apis = each(&kassa, &kassa.merchant());
    for round in 0..20 {
        let id = apis[round % 2].pay(&format!("k-{round}"), AMOUNT, false);
        let won = at_once(8, |number| {
            let what = if number % 4 < 2 { Capture } else { Void };
            apis[number % 2].operate(&id, what) == Verdict::Done
        });
        let done = |rest: usize| won.iter().skip(rest).step_by(4).filter(|won| **won).count();
        let [seen, also_seen] = apis.each_ref().map(|api| api.read(&id));
        assert_eq!(seen, also_seen);
        if seen.status == Status::Voided {
            assert_eq!((done(2) + done(3), done(0) + done(1), seen.captured), (1, 0, 0));
        } else {
            // Of a payment that was captured Neuro-Pay's call is a refund.
            assert_eq!((done(0) + done(1), done(3), seen.captured), (1, 0, AMOUNT));
            assert_eq!(seen.refunded, if done(2) > 0 { AMOUNT } else { 0 });
        }
    }
    kassa.is_healthy();
}

/// Four times 3,000 are in 12,900, and nobody waits for the others.
fn refunds_at_once_are_taken_as_far_as_the_sum_allows(engine: Engine) {
    let kassa = Server::shared(engine);
    let apis = each(&kassa, &kassa.merchant());
    for api in &apis {
        let id = api.pay("sale", 12_900, true);
        let verdicts = at_once(10, |_| {
            let answer = api.try_operate(&id, Refund(Some(3_000)), None).expect("an answer");
            api.verdict(&answer)
        });
        let taken = verdicts.iter().filter(|verdict| **verdict == Verdict::Done).count();
        assert_eq!((taken, api.read(&id).refunded), (4, 12_000), "{}", api.name());
    }
}
