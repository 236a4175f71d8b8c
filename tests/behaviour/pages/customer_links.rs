//! The customer page's link, its form and its download: what can be renewed, what counts once, and what is told.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use kassa_tests::drivers::buyer::{APPROVED, Buyer, DECLINED};
use kassa_tests::drivers::neuro_pay::{Client, customer, with};
use kassa_tests::{Engine, Server, at_once, on_each_engine, raw};
use serde_json::json;

on_each_engine!(
    a_renewed_link_opens_the_page_and_the_old_ones_are_dead,
    a_link_that_is_renewed_while_a_card_is_checked_saves_none,
    an_id_of_several_customers_renews_none,
    a_form_sent_twice_checks_the_card_once,
    one_form_sent_at_once_has_one_effect,
    a_full_wallet_is_told_as_that,
    the_download_of_many_payments_comes_in_pieces_without_the_shops_metadata,
    a_download_that_cannot_go_on_breaks_off_and_few_are_made_at_once,
    a_link_is_checked_before_a_byte_of_the_form_is_read,
);

const MASTERCARD: &str = "5555555555554444";
/// How long an answer may take that waits for nothing.
const AT_ONCE: Duration = Duration::from_secs(5);

#[track_caller]
fn done(answer: &kassa_tests::http::Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let place = answer.header("location").expect("a redirect");
    place.split_once("?done=").expect("what was done").1.to_owned()
}

fn a_renewed_link_opens_the_page_and_the_old_ones_are_dead(engine: Engine) {
    let kassa = Server::shared(engine);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let (ada, grace) = (shop.person(), shop.person());
    let card = ada.add(APPROVED);
    let renew = |id: &str| kassa.command(&["customers", "renew-link", id, "--public-url", kassa.url()]);
    let mut old = vec![ada.page.clone()];
    let uuid = format!(
        "{}-{}-{}-{}-{}",
        &ada.id[..8],
        &ada.id[8..12],
        &ada.id[12..16],
        &ada.id[16..20],
        &ada.id[20..]
    );
    for id in [ada.id.clone(), uuid] {
        let link = renew(&id).done().stdout.trim().to_owned();
        assert!(!old.contains(&link), "{link} is an old one");
        assert_eq!(shop.retrieve_customer(&ada.id).ok()["client_page"], link);
        old.push(link);
    }
    let now = old.pop().expect("the newest");
    let form = Buyer::new(shop.agent(), now.as_str()).below("/add").form();
    for link in &old {
        let nobody = Buyer::new(shop.agent(), link.as_str());
        for answer in [
            nobody.open(),
            nobody.below("/add").open(),
            nobody.below("/data").open(),
            nobody.below("/add").post(&format!("form={form}&number={MASTERCARD}&expiry=12/99&code=123")),
            nobody.below(&format!("/cards/{card}/default")).post(""),
            nobody.below(&format!("/cards/{card}/remove")).open(),
            nobody.below(&format!("/cards/{card}/remove")).post(""),
        ] {
            assert_eq!(answer.status, 404, "{link}");
            let text = answer.text();
            assert!(
                !text.contains(&merchant.name) && !text.contains("4242") && !text.contains("Ada"),
                "{text}"
            );
        }
    }
    let page = Buyer::new(shop.agent(), now.as_str()).open().expect(200);
    assert!(page.text().contains("4242"));
    let ada = shop.known_person(&json!({ "customer_id": ada.id, "client_page": now }));
    ada.add(MASTERCARD);
    // Nobody else's link changed.
    grace.wallet().open().expect(200);
    let json = kassa.command(&[
        "customers",
        "renew-link",
        &ada.id,
        "--json",
        "--merchant",
        &merchant.name,
        "--mode",
        "test",
    ]);
    let json = json.done().json();
    assert_eq!((&json["customer_id"], &json["mode"]), (&json!(ada.id), &json!("test")));
    ada.wallet().open().expect(404);
    // What is nobody's is renewed for nobody.
    renew(&"0".repeat(32)).failed(1);
    kassa.command(&["customers", "renew-link", &ada.id, "--mode", "live"]).failed(1);
    kassa.command(&["customers", "renew-link", &ada.id, "--merchant", "Nobody & Sons"]).failed(1);
    renew("ada@example.com").failed(2);
}

fn a_link_that_is_renewed_while_a_card_is_checked_saves_none(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let body = with(customer(), &[("first_name", json!("Renewed"))]);
    let made = shop.post("/checkout/create-customer", &body).ok();
    let ada = shop.known_person(&made);
    let add = ada.wallet().below("/add");
    let form = add.form();
    // The link is renewed in the moment in which the form is taken, which is before the acquirer is asked.
    let renewal = "update customers set link_generation = link_generation + 1
        where id = new.customer and first_name = 'Renewed'";
    kassa.tamper(&match engine {
        Engine::Sqlite => format!("create trigger renewed after insert on card_forms begin {renewal}; end"),
        Engine::Postgres => format!(
            "create function renewed() returns trigger language plpgsql as $$ begin {renewal}; return new; end $$;
             create trigger renewed after insert on card_forms for each row execute function renewed()"
        ),
    });
    let answer = add.post(&format!("form={form}&number={APPROVED}&expiry=12/99&code=123"));
    kassa.tamper(match engine {
        Engine::Sqlite => "drop trigger renewed",
        Engine::Postgres => "drop trigger renewed on card_forms; drop function renewed",
    });
    assert_eq!(answer.status, 404, "{}", answer.text());
    assert_eq!(ada.cards(), Vec::<serde_json::Value>::new());
}

fn an_id_of_several_customers_renews_none(engine: Engine) {
    let kassa = Server::start(engine);
    let (one, two) = (kassa.merchant(), kassa.merchant());
    let [ada, grace] = [&one, &two].map(|merchant| {
        let shop = Client::new(&kassa, merchant);
        let made = shop.create_customer();
        (
            made["customer_id"].as_str().expect("an id").to_owned(),
            made["client_page"].as_str().expect("a link").to_owned(),
        )
    });
    kassa.tamper("update customers set public_id = (select public_id from customers order by id limit 1)");
    let refused = kassa.command(&["customers", "renew-link", &ada.0]).failed(2);
    assert!(refused.stderr.contains(&one.name) && refused.stderr.contains(&two.name), "{}", refused.stderr);
    kassa.get(ada.1.strip_prefix(kassa.url()).expect("a path")).expect(200);
    kassa.command(&["customers", "renew-link", &ada.0, "--merchant", &two.name]).done();
    kassa.get(ada.1.strip_prefix(kassa.url()).expect("a path")).expect(200);
    kassa.get(grace.1.strip_prefix(kassa.url()).expect("a path")).expect(404);
}

fn a_form_sent_twice_checks_the_card_once(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let add = ada.wallet().below("/add");
    let send =
        |form: &str, number: &str| add.post(&format!("form={form}&number={number}&expiry=12/99&code=123"));
    let form = add.form();
    assert_eq!(done(&send(&form, APPROVED)), "added");
    // The same answer again, and not that it was there already; not even with another card.
    for number in [APPROVED, MASTERCARD, DECLINED] {
        assert_eq!(done(&send(&form, number)), "added", "{number}");
    }
    assert_eq!(ada.cards().len(), 1);
    let form = add.form();
    for number in [DECLINED, MASTERCARD] {
        let page = send(&form, number).expect(422);
        assert!(page.text().contains("did not accept this card"), "{}", page.text());
        // What can be sent next is another form.
        assert!(!page.text().contains(&form));
    }
    assert_eq!(ada.cards().len(), 1);
    // A form belongs to one customer.
    let grace = shop.person();
    let answer =
        grace.wallet().below("/add").post(&format!("form={form}&number={APPROVED}&expiry=12/99&code=123"));
    assert_eq!(done(&answer), "added");
    // A typing error uses no form up.
    let form = add.form();
    send(&form, "4242").expect(422);
    assert_eq!(done(&send(&form, MASTERCARD)), "added");
    shop.delete_customer(&ada.id).expect(200);
    assert_eq!(send(&form, MASTERCARD).status, 404);
}

fn one_form_sent_at_once_has_one_effect(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for _ in 0..4 {
        let ada = shop.person();
        let form = ada.wallet().below("/add").form();
        at_once(8, |place| {
            let number = if place % 2 == 0 { APPROVED } else { MASTERCARD };
            let body = format!("form={form}&number={number}&expiry=12/99&code=123");
            assert_eq!(done(&ada.wallet().below("/add").post(&body)), "added");
        });
        assert_eq!(ada.cards().len(), 1, "{:?}", ada.cards());
    }
    kassa.is_healthy();
}

/// A number that passes the check digit's rule.
fn number_with(middle: usize) -> String {
    let body = format!("401200{middle:09}");
    let sum: usize = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = usize::from(digit - b'0') * (if place % 2 == 0 { 2 } else { 1 });
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn a_full_wallet_is_told_as_that(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    for middle in 0..50 {
        ada.wallet().add_card(&number_with(middle), "12/99").expect(303);
    }
    let page = ada.wallet().add_card(&number_with(50), "12/99").expect(422);
    assert!(page.text().contains("as many saved cards as there can be"), "{}", page.text());
    assert_eq!(ada.cards().len(), 50);
    // One that is there already takes no room.
    assert_eq!(done(&ada.wallet().add_card(&number_with(0), "12/99")), "updated");
}

/// Copies a customer's one payment, each copy with so long a description and metadata.
fn copy_payments(kassa: &Server, copies: usize, description: usize, metadata: &str) {
    let id = match kassa.engine() {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "decode(md5(n.i::text), 'hex')",
    };
    let columns = "merchant, mode, customer, api, version, sequence, state, currency, amount, authorized, captured, \
        voided, refunded, authorizing, capturing, voiding, refunding, captures_itself, reference, created_at, \
        changed_at, automatic, page_return_url, page_cancel_url, page_framed, page_offers_saving";
    let description = "x".repeat(description);
    kassa.tamper(&format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {copies})
         insert into payments (public_id, metadata, description, {columns})
         select {id}, '{metadata}', '{description}', {columns} from payments, n"
    ));
}

fn the_download_of_many_payments_comes_in_pieces_without_the_shops_metadata(engine: Engine) {
    const COPIES: usize = 1_500;
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let body = with(customer(), &[("metaData", json!({ "risk": "shops-own-remark" }))]);
    let made = shop.post("/checkout/create-customer", &body).ok();
    let ada = shop.known_person(&made);
    ada.add(APPROVED);
    ada.checkout(&[("identifier", json!("INV-7"))]);
    let remark = format!("{{\"remark\":\"shops-own-remark{}\"}}", "x".repeat(15_000));
    copy_payments(&kassa, COPIES, 10, &remark);
    let answer = ada.wallet().below("/data").open().expect(200);
    let text = answer.text();
    assert!(!text.contains("shops-own-remark") && text.len() < 1024 * 1024, "{} bytes", text.len());
    assert_eq!(
        (answer.header("transfer-encoding"), answer.header("content-length")),
        (Some("chunked"), None)
    );
    let data = answer.json();
    let payments = data["payments"].as_array().expect("a list");
    assert_eq!(payments.len(), COPIES + 1);
    for payment in payments {
        assert_eq!(payment["reference"], "INV-7");
        assert_eq!(payment.get("metadata"), None);
    }
    assert_eq!((data.get("metadata"), &data["cards"][0]["last_four"]), (None, &json!("4242")));
}

fn a_download_that_cannot_go_on_breaks_off_and_few_are_made_at_once(engine: Engine) {
    // More than two sockets hold while nobody reads.
    const COPIES: usize = 20_000;
    let kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let (ada, grace) = (shop.person(), shop.person());
    ada.checkout(&[]);
    copy_payments(&kassa, COPIES, 1_000, "{}");
    let path = format!("/customer/{}/data", ada.page.rsplit('/').next().expect("a link"));
    let begin = || {
        let mut stream = raw::connect(kassa.address());
        let head = format!("GET {path} HTTP/1.1\r\nHost: kassa.test\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("the server reads");
        let mut first = [0; 15];
        stream.read_exact(&mut first).expect("an answer");
        assert_eq!(&first, b"HTTP/1.1 200 OK");
        stream
    };
    let slow = [begin(), begin()];
    let busy = ada.wallet().below("/data").open().expect(503);
    assert_eq!(busy.header("retry-after"), Some("1"));
    assert_eq!(grace.download()["payments"], json!([]));
    kassa.command(&["customers", "renew-link", &ada.id]).done();
    for mut stream in slow {
        let rest = raw::read_to_end(&mut stream);
        assert!(rest.len() < COPIES * 1_000, "the link was renewed, and it went on to the end");
        assert!(!rest.ends_with(b"0\r\n\r\n"), "it looks whole");
    }
    kassa.is_healthy();
}

fn a_link_is_checked_before_a_byte_of_the_form_is_read(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let (ada, grace) = (shop.person(), shop.person());
    let card = ada.add(APPROVED);
    let (open, gone) = (shop.create(), shop.create());
    gone.delete().expect(200);
    shop.delete_customer(&grace.id).expect(200);
    let link = |page: &str| page.rsplit('/').next().expect("a link").to_owned();
    let begin = |path: &str| {
        let mut stream = raw::connect(kassa.address());
        stream.set_read_timeout(Some(AT_ONCE)).expect("a socket takes a time limit");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: kassa.test\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: 60000\r\n\r\nf"
        );
        stream.write_all(head.as_bytes()).expect("the server reads");
        stream
    };
    let made_up = "A".repeat(55);
    for (kind, links) in [
        ("c", [made_up.clone(), link(&gone.page), link(&ada.page)]),
        ("customer", [made_up.clone(), link(&grace.page), link(&open.page)]),
    ] {
        let remove = format!("/cards/{card}/remove");
        let make_default = format!("/cards/{card}/default");
        let below: &[&str] = match kind {
            "c" => &["", "/cancel", "/another", "/bank"],
            _ => &["/add", &remove, &make_default],
        };
        for link in &links {
            for end in below {
                let mut stream = begin(&format!("/{kind}/{link}{end}"));
                let mut answer = [0; 12];
                let read = stream.read_exact(&mut answer);
                assert!(read.is_ok(), "/{kind}/…{end} is not answered at once: {read:?}");
                assert_eq!(&answer, b"HTTP/1.1 404", "/{kind}/…{end}");
            }
        }
    }
    // A form of a page that is there is waited for.
    let mut stream = begin(&format!("/c/{}", link(&open.page)));
    stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a socket takes a time limit");
    let waited = stream.read(&mut [0; 1]).expect_err("nothing was answered");
    assert!(matches!(waited.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{waited}");
}
