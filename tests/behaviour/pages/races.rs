//! One page's forms sent at once: it is paid once, and there is one outcome.

use kassa_tests::drivers::buyer::{APPROVED, DECLINED};
use kassa_tests::drivers::neuro_pay::{Client, is_error};
use kassa_tests::{Engine, Server, at_once, on_each_engine};

on_each_engine!(
    one_form_sent_many_times_pays_once,
    many_forms_at_once_pay_once,
    paying_canceling_and_deleting_at_once_leave_one_outcome,
);

fn one_form_sent_many_times_pays_once(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for number in [APPROVED, DECLINED] {
        for _ in 0..10 {
            let checkout = shop.create();
            let form = checkout.buyer().form();
            for answer in at_once(8, |_| checkout.buyer().send(&form, number)) {
                answer.expect(303);
            }
            let status = checkout.now()["status"].clone();
            assert_eq!(status, if number == APPROVED { "paid" } else { "failed" });
            // Sent again later, as Back and reload do, it is still the same attempt.
            checkout.buyer().send(&form, APPROVED).expect(303);
            assert_eq!(checkout.now()["status"], status);
        }
    }
}

fn many_forms_at_once_pay_once(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for _ in 0..10 {
        let checkout = shop.create();
        let forms: Vec<String> = (0..8).map(|_| checkout.buyer().form()).collect();
        for answer in at_once(8, |number| checkout.buyer().send(&forms[number], APPROVED)) {
            answer.expect(303);
        }
        let now = checkout.now();
        assert_eq!((&now["status"], now["amount_captured"].as_i64()), (&"paid".into(), Some(24_900)));
    }
    kassa.is_healthy();
}

fn paying_canceling_and_deleting_at_once_leave_one_outcome(engine: Engine) {
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    for _ in 0..20 {
        let checkout = shop.create();
        let form = checkout.buyer().form();
        let statuses = at_once(3, |number| match number {
            0 => checkout.buyer().send(&form, APPROVED).status,
            1 => checkout.buyer().post_cancel().status,
            _ => checkout.delete().status,
        });
        assert!(matches!(statuses[0], 303 | 404) && matches!(statuses[1], 303 | 404), "{statuses:?}");
        assert!(matches!(statuses[2], 200 | 400 | 409), "{statuses:?}");
        let answer = checkout.post("/checkout/retrieve", &[]);
        if statuses[2] == 200 {
            is_error(&answer, 400);
            checkout.buyer().open().expect(404);
        } else {
            let status = answer.ok()["status"].clone();
            assert!(status == "paid" || status == "canceled", "{status}");
        }
    }
    kassa.checks_out();
    kassa.is_healthy();
}
