//! What each API that moves money does alike: whole and part, declined and confirmed, an answer that was lost. What one
//! of them begins the other goes on with.

use kassa_tests::drivers::buyer::{APPROVED, CHALLENGED, LOST};
use kassa_tests::drivers::checkout_com::Client;
use kassa_tests::drivers::money::{
    Money, Operation, Payment, Status, Verdict, approved_by_the_acquirer, each,
};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Random, SETTLED, Server, at_once, eventually, on_each_engine};
use serde_json::{Value, json};

use Operation::{Capture, Refund, Void};

on_each_engine!(
    an_authorization_is_captured_whole_and_then_refunded,
    a_refund_without_an_amount_gives_back_what_is_left,
    parts_add_up_to_the_whole_and_never_to_more,
    after_a_thousand_changes_only_all_the_rest_is_refunded,
    an_authorization_is_voided_once_and_whole,
    what_names_another_currency_or_an_amount_of_null_does_nothing,
    what_one_api_authorizes_the_other_captures_refunds_and_voids,
    one_key_from_many_threads_moves_money_once,
    a_buyer_who_confirms_at_the_bank_pays_and_one_who_refuses_does_not,
    a_lost_answer_is_pending_until_it_is_known,
    what_is_pending_outlives_kill_nine_and_is_settled_once,
);

const AMOUNT: i64 = 10_000;

fn captured(refunds: &[i64]) -> Payment {
    let refunded = refunds.iter().sum();
    let status = match refunded {
        0 => Status::Captured,
        AMOUNT => Status::Refunded,
        _ => Status::PartlyRefunded,
    };
    Payment { status, captured: AMOUNT, refunded, refunds: refunds.to_vec() }
}

fn an_authorization_is_captured_whole_and_then_refunded(engine: Engine) {
    let kassa = Server::shared(engine);
    for api in each(&kassa, &kassa.merchant()) {
        let id = api.pay("k", AMOUNT, false);
        assert_eq!(api.done(&id, Capture), captured(&[]));
        api.refused(&id, Capture);
        assert_eq!(api.done(&id, Refund(Some(1))), captured(&[1]));
        assert_eq!(api.done(&id, Refund(None)), captured(&[1, AMOUNT - 1]));
    }
}

fn a_refund_without_an_amount_gives_back_what_is_left(engine: Engine) {
    let kassa = Server::shared(engine);
    for api in each(&kassa, &kassa.merchant()) {
        let whole = api.pay("whole", AMOUNT, true);
        assert_eq!(api.done(&whole, Refund(None)), captured(&[AMOUNT]));
        let parts = api.pay("parts", AMOUNT, true);
        assert_eq!(api.done(&parts, Refund(Some(9_999))), captured(&[9_999]));
        assert_eq!(api.done(&parts, Refund(None)), captured(&[9_999, 1]));
        for id in [whole, parts] {
            api.refused(&id, Refund(None));
            api.refused(&id, Capture);
        }
    }
}

fn parts_add_up_to_the_whole_and_never_to_more(engine: Engine) {
    let kassa = Server::shared(engine);
    let mut random = Random::new();
    for api in each(&kassa, &kassa.merchant()) {
        let id = api.pay("k", AMOUNT, true);
        let (mut left, mut parts) = (AMOUNT, Vec::new());
        while left > 0 {
            api.refused(&id, Refund(Some(left + 1)));
            let part = (1 + i64::try_from(random.below(4_000)).expect("few")).min(left);
            left -= part;
            parts.push(part);
            assert_eq!(api.done(&id, Refund(Some(part))), captured(&parts));
        }
    }
}

fn after_a_thousand_changes_only_all_the_rest_is_refunded(engine: Engine) {
    const MANY: usize = 997;
    let kassa = Server::shared(engine);
    for api in each(&kassa, &kassa.merchant()) {
        let id = api.pay("k", AMOUNT, true);
        let (drawn, named) = match engine {
            Engine::Sqlite => ("randomblob(16)", format!("x'{id}'")),
            Engine::Postgres => {
                ("decode(replace(gen_random_uuid()::text, '-', ''), 'hex')", format!("'\\x{id}'"))
            }
        };
        // Refunds that were declined, beside the authorization and the capture.
        kassa.tamper(&format!(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < {MANY})
             insert into actions (payment, public_id, kind, status, amount, asked, created_at, settled_at)
             select p.id, {drawn}, 'refund', 'declined', 1, 0, 0, 0
             from n, payments p where p.public_id = {named}"
        ));
        assert_eq!(api.done(&id, Refund(Some(1))).refunded, 1);
        api.refused(&id, Refund(Some(1)));
        assert_eq!(api.done(&id, Refund(Some(AMOUNT - 1))).status, Status::Refunded);
    }
}

fn an_authorization_is_voided_once_and_whole(engine: Engine) {
    let kassa = Server::shared(engine);
    for api in each(&kassa, &kassa.merchant()) {
        let id = api.pay("k", AMOUNT, false);
        api.refused(&id, Refund(Some(1)));
        let voided = Payment { status: Status::Voided, captured: 0, refunded: 0, refunds: vec![] };
        assert_eq!(api.done(&id, Void), voided);
        for refused in [Void, Capture, Refund(None), Refund(Some(1))] {
            api.refused(&id, refused);
        }
    }
}

fn what_names_another_currency_or_an_amount_of_null_does_nothing(engine: Engine) {
    let kassa = Server::shared(engine);
    for api in each(&kassa, &kassa.merchant()) {
        let (reserved, other, paid) =
            (api.pay("a", AMOUNT, false), api.pay("b", AMOUNT, false), api.pay("c", AMOUNT, true));
        let operations =
            [(&reserved, Capture), (&other, Void), (&paid, Refund(Some(1))), (&paid, Refund(None))];
        for (id, operation) in operations {
            let before = api.read(id);
            for (name, value) in
                [("currency", json!("KWD")), ("currency", json!("coins")), ("amount", Value::Null)]
            {
                let verdict = api.operate_with(id, operation, name, &value);
                assert_eq!(verdict, Verdict::Refused, "{}: {operation:?} {name} {value}", api.name());
                assert_eq!(api.read(id), before, "{}: {operation:?} {name} {value}", api.name());
            }
            // Its own currency is nothing new, and null says none.
            let own =
                if operation == Refund(None) { Value::Null } else { json!(api.currency().to_lowercase()) };
            assert_eq!(api.operate_with(id, operation, "currency", &own), Verdict::Done, "{}", api.name());
        }
        assert_eq!(api.read(&paid), captured(&[1, AMOUNT - 1]));
    }
}

fn what_one_api_authorizes_the_other_captures_refunds_and_voids(engine: Engine) {
    let kassa = Server::shared(engine);
    let [one, other] = each(&kassa, &kassa.merchant());
    for (maker, mover) in [(&one, &other), (&other, &one)] {
        let id = maker.pay(maker.name(), AMOUNT, false);
        let read =
            |expected: &Payment| assert_eq!((&maker.read(&id), &mover.read(&id)), (expected, expected));
        mover.done(&id, Capture);
        read(&captured(&[]));
        maker.refused(&id, Capture);
        mover.done(&id, Refund(Some(1_000)));
        maker.done(&id, Refund(Some(2_000)));
        read(&captured(&[1_000, 2_000]));
        maker.refused(&id, Refund(Some(AMOUNT - 2_999)));
        mover.done(&id, Refund(None));
        read(&captured(&[1_000, 2_000, 7_000]));
        maker.refused(&id, Refund(None));
        let id = maker.pay(&format!("{}-void", maker.name()), AMOUNT, false);
        assert_eq!(mover.done(&id, Void), maker.read(&id));
        assert_eq!(maker.read(&id).status, Status::Voided);
        maker.refused(&id, Capture);
        maker.refused(&id, Void);
    }
}

/// Sends the same from many threads at once, and once more: one has the effect, and the others its answer or none yet.
#[track_caller]
fn is_done_once(api: &dyn Money, send: impl Fn() -> Answer + Sync) {
    let mut answers = at_once(16, |_| send());
    answers.push(send());
    let (done, later): (Vec<&Answer>, Vec<&Answer>) =
        answers.iter().partition(|answer| api.verdict(answer) == Verdict::Done);
    assert!(later.iter().all(|answer| api.verdict(answer) == Verdict::Later), "{later:?}");
    let last = done.last().expect("one is done");
    assert!(last.is_replay() && done.iter().all(|answer| answer.body == last.body), "{done:?}");
    assert_eq!(done.iter().filter(|answer| !answer.is_replay()).count(), 1);
}

fn one_key_from_many_threads_moves_money_once(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let list = Client::new(&kassa, &merchant);
    for api in each(&kassa, &merchant) {
        for (number, card) in api.cards(&[APPROVED, LOST, CHALLENGED]).iter().enumerate() {
            let key = format!("{}-{number}", api.name());
            is_done_once(&*api, || api.try_charge(&key, card, AMOUNT, false).expect("an answer"));
            assert_eq!(list.read(&format!("/payments?reference={key}")).ok()["total_count"], 1);
        }
        let id = api.pay("k", AMOUNT, false);
        for (operation, key) in [(Capture, "c"), (Refund(Some(100)), "r"), (Refund(Some(100)), "s")] {
            is_done_once(&*api, || api.try_operate(&id, operation, Some(key)).expect("an answer"));
        }
        assert_eq!(api.read(&id), captured(&[100, 100]));
    }
}

fn a_buyer_who_confirms_at_the_bank_pays_and_one_who_refuses_does_not(engine: Engine) {
    let kassa = Server::shared(engine);
    let agent = kassa.agent();
    for api in each(&kassa, &kassa.merchant()) {
        let card = &api.cards(&[CHALLENGED])[0];
        for (says, sale, status) in [
            ("accept", true, Status::Captured),
            ("accept", false, Status::Authorized),
            ("refuse", true, Status::Declined),
        ] {
            let key = format!("{says}-{sale}");
            let charge = || api.charge(&key, card, AMOUNT, sale);
            let charged = charge();
            let (id, told) = api.told(&charged.json());
            assert_eq!((told, api.read(&id).status), (Status::Pending, Status::Pending));
            api.refused(&id, Capture);
            let buyer = api.buyer(&agent, &charged.json());
            assert!(buyer.open().expect(200).text().contains("/bank\""));
            buyer.tell_the_bank(says);
            let now = api.read(&id);
            let taken = if status == Status::Captured { AMOUNT } else { 0 };
            assert_eq!((now.status, now.captured), (status, taken), "{}: {key}", api.name());
            // The key answers as it did.
            let again = charge();
            assert!(again.is_replay() && again.body == charged.body, "{}", again.text());
        }
    }
}

fn a_lost_answer_is_pending_until_it_is_known(engine: Engine) {
    let kassa = Server::shared(engine);
    let apis = each(&kassa, &kassa.merchant());
    let mut made = Vec::new();
    for api in &apis {
        let card = api.cards(&[LOST]).remove(0);
        for (sale, status) in [(true, Status::Captured), (false, Status::Authorized)] {
            let key = format!("{}-{sale}", api.name());
            let charged = api.charge(&key, &card, AMOUNT, sale);
            let (id, told) = api.told(&charged.json());
            // Asked for the first time two seconds later, and nothing else begins meanwhile.
            assert_eq!((told, api.read(&id).status), (Status::Pending, Status::Pending));
            assert_eq!(api.operate(&id, Capture), Verdict::Refused);
            made.push((api, key, card.clone(), sale, status, charged, id));
        }
    }
    for (api, key, card, sale, status, charged, id) in made {
        eventually(SETTLED, "the outcome is known", || (api.read(&id).status == status).then_some(()));
        assert_eq!(api.read(&id).captured, if sale { AMOUNT } else { 0 });
        let again = api.charge(&key, &card, AMOUNT, sale);
        assert!(again.is_replay() && again.body == charged.body, "{}", again.text());
        let given_up = if sale { captured(&[AMOUNT]).status } else { Status::Voided };
        assert_eq!(api.done(&id, if sale { Refund(None) } else { Void }).status, given_up);
    }
    kassa.is_healthy();
}

fn what_is_pending_outlives_kill_nine_and_is_settled_once(engine: Engine) {
    let mut kassa = Server::start(engine);
    let apis = each(&kassa, &kassa.merchant());
    let mut made = Vec::new();
    for api in &apis {
        let cards = api.cards(&[LOST, LOST, APPROVED, CHALLENGED]);
        for (number, card) in cards.into_iter().enumerate() {
            let key = format!("{}-{number}", api.name());
            let charged = api.charge(&key, &card, AMOUNT, true);
            made.push((api, key, card, number, charged));
        }
    }
    kassa.restart();
    let agent = kassa.agent();
    for (api, key, card, number, charged) in &made {
        let again = api.charge(key, card, AMOUNT, true);
        assert_eq!((again.is_replay(), &again.body), (true, &charged.body));
        let (id, told) = api.told(&charged.json());
        assert_eq!(told == Status::Pending, *number != 2);
        if *number == 3 {
            assert_eq!(api.read(&id).status, Status::Pending);
            api.buyer(&agent, &charged.json()).tell_the_bank("accept");
        }
        eventually(SETTLED, "it is settled", || (api.read(&id) == captured(&[])).then_some(()));
    }
    assert_eq!(approved_by_the_acquirer(&kassa), made.len());
    kassa.checks_out();
    kassa.is_healthy();
}
