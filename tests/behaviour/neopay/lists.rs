//! Neopay's list of customers: the newest, a page, a filter (sheet, gaps 5 and 6).

use std::sync::atomic::{AtomicBool, Ordering};

use kassa_tests::drivers::neopay::{Client, is_invalid};
use kassa_tests::{Engine, Server, at_once, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    the_list_is_the_newest_or_a_page,
    lists_of_more_than_a_thousand_go_on,
    filters_find_by_address_and_by_a_part_of_the_name,
    a_plus_sign_is_a_space_or_itself,
    the_searches_of_one_merchant_leave_another_its_own,
);

/// A customer's address alone.
fn email(address: &str) -> Value {
    json!({ "email": address })
}

fn the_list_is_the_newest_or_a_page(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    assert_eq!(shop.list(""), json!({ "data": [] }));
    let nothing = shop.list("?page=1");
    assert_eq!(
        (&nothing["data"], &nothing["from"], &nothing["to"]),
        (&json!([]), &Value::Null, &Value::Null)
    );
    let mut made: Vec<Value> = (0..7).map(|number| shop.create(&email(&format!("{number}@b")))).collect();
    made.reverse();
    assert_eq!(shop.list(""), json!({ "data": made }));
    assert_eq!(shop.list("?page=&unknown=1"), json!({ "data": made }));
    let path = format!("{}/neopay/api/customers", kassa.url());
    let address = |page: usize| format!("{path}?per_page=3&page={page}");
    let page = |number: usize, data: &[Value], previous: Value, next: Value| {
        json!({
            "current_page": number, "data": data, "first_page_url": address(1), "from": number * 3 - 2,
            "next_page_url": next, "path": path, "per_page": 3, "prev_page_url": previous,
            "to": number * 3 - 3 + data.len(),
        })
    };
    assert_eq!(shop.list("?per_page=3"), page(1, &made[..3], Value::Null, json!(address(2))));
    assert_eq!(shop.list("?page=2&per_page=3"), page(2, &made[3..6], json!(address(1)), json!(address(3))));
    assert_eq!(shop.list("?page=3&per_page=3"), page(3, &made[6..], json!(address(2)), Value::Null));
    assert_eq!(shop.list("?page=1")["per_page"], 15);
    assert_eq!(shop.list("?per_page=7")["next_page_url"], Value::Null);
    assert_eq!(shop.list("?page=1000000000&per_page=100")["data"], json!([]));
    for (query, field) in [
        ("?page=0", "page"),
        ("?page=-1", "page"),
        ("?page=two", "page"),
        ("?page=99999999999999999999", "page"),
        ("?per_page=0", "per_page"),
        ("?per_page=101", "per_page"),
        ("?email=%00", "email"),
        ("?name=%ff", "name"),
    ] {
        is_invalid(&shop.get(&format!("/customers{query}")), &[field]);
    }
}

fn lists_of_more_than_a_thousand_go_on(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let shop = &shop;
            scope.spawn(move || {
                for number in 0..131 {
                    shop.create(&json!({ "email": format!("{thread}-{number}@b"), "name": "Åsa" }));
                }
            });
        }
    });
    for filter in ["", "name=%C3%A5S&"] {
        let newest = shop.list(&format!("?{filter}"));
        let next = format!("{}/neopay/api/customers?{filter}per_page=100&page=11", kassa.url());
        assert_eq!(newest["data"].as_array().map(Vec::len), Some(1_000));
        assert_eq!(newest["next_page_url"], next);
        let rest =
            shop.list(next.strip_prefix(&format!("{}/neopay/api/customers", kassa.url())).expect("a query"));
        assert_eq!((&rest["from"], &rest["to"]), (&json!(1_001), &json!(1_048)));
        let all =
            [newest["data"].as_array(), rest["data"].as_array()].map(|part| part.expect("a list").clone());
        let mut addresses: Vec<String> = all.concat().iter().map(|one| one["email"].to_string()).collect();
        addresses.sort();
        addresses.dedup();
        assert_eq!(addresses.len(), 1_048);
    }
}

fn filters_find_by_address_and_by_a_part_of_the_name(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (number, name) in ["Ada Lovelace", "Åsa Ek", "Love Ek", "Grace Hopper"].into_iter().enumerate() {
        shop.create(&json!({ "email": format!("P{number}+x@b"), "name": name }));
    }
    shop.create(&email("nameless@b"));
    let names = |query: &str| {
        let list = shop.list(query);
        let names = list["data"].as_array().expect("a list").iter().map(|one| one["name"].to_string());
        names.collect::<Vec<_>>().join(",").replace('"', "")
    };
    assert_eq!(names("?name=LOVE"), "Love Ek,Ada Lovelace");
    assert_eq!(names("?name=%C3%85sa+e"), "Åsa Ek");
    assert_eq!(names("?name=a+e&name=ek&per_page=1"), "Love Ek");
    assert_eq!(names("?name=ek&per_page=1&page=2"), "Åsa Ek");
    assert_eq!(names("?email=p1%2BX@b"), "Åsa Ek");
    assert_eq!(names("?email=p1+x@b"), "Åsa Ek");
    assert_eq!(names("?email=p1%2BX@b&name=love"), "");
    assert_eq!(names("?email=p1"), "");
    assert_eq!(names("?email[]=x&sort=name"), "null,Grace Hopper,Love Ek,Åsa Ek,Ada Lovelace");
}

/// Searches of one merchant at a time, each through [`MANY`] customers: together they take far longer than one may.
const SEARCHING: usize = 32;
const MANY: usize = 50_000;

fn the_searches_of_one_merchant_leave_another_its_own(engine: Engine) {
    let kassa = Server::start(engine);
    let busy = kassa.merchant();
    let shop = Client::fresh(&kassa);
    let made = shop.create(&json!({ "email": "ada@example.com", "name": "Ada Lovelace" }));
    let id = match engine {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "decode(replace(gen_random_uuid()::text, '-', ''), 'hex')",
    };
    kassa.tamper(&format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {MANY})
         insert into customers (merchant, mode, public_id, sequence, name, metadata, created_at, changed_at)
         select m.id, 'test', {id}, 1, 'Grace Hopper', '{{}}', 0, 0 from n, merchants m where m.name = '{}'",
        busy.name
    ));
    let busy = Client::new(&kassa, &busy);
    let is_over = AtomicBool::new(false);
    let answers = at_once(SEARCHING + 1, |number| {
        if number == 0 {
            let found = (0..5).map(|_| shop.get("/customers?name=love")).collect();
            is_over.store(true, Ordering::SeqCst);
            return found;
        }
        let mut answers = Vec::new();
        while !is_over.load(Ordering::SeqCst) {
            answers.push(busy.get("/customers?name=nobody"));
        }
        answers
    });
    for answer in &answers[0] {
        assert_eq!((answer.status, &answer.json()["customers"]), (200, &json!({ "data": [made] })));
    }
    // Some of the others are told that it took too long.
    for answer in answers[1..].iter().flatten() {
        assert!(matches!(answer.status, 200 | 503), "{}", answer.text());
    }
    kassa.is_healthy();
}

fn a_plus_sign_is_a_space_or_itself(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    for (address, name) in [("a@b", "Ek + Partner AB"), ("c@d", "Love Ek")] {
        shop.create(&json!({ "email": address, "name": name }));
    }
    for (query, name) in [
        ("?name=ek+%2B+p", "Ek + Partner AB"),
        ("?name=ek+++p", "Ek + Partner AB"),
        ("?name=love+ek", "Love Ek"),
        ("?name=love%20ek", "Love Ek"),
    ] {
        assert_eq!(shop.list(query)["data"][0]["name"], name, "{query}");
    }
}
