//! Customers by a part of what is said of them: the index finds whom a look at each of them finds, at every moment.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use db::statements;
use domain::customers::search::{self, Part, Rounds, Seen, Sought};
use domain::customers::{self, Change, Customer, Details, EmailRule, Patch};
use domain::phone::Phone;
use domain::text::{Email, Name};
use domain::{Error, Id, Scope, Tx, erasure};
use house::{House, Place};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinHandle;

statements! {
    SEGMENTS = "select count(*) from customer_segments where is_whole = 1";
    RUNS = "select count(*) from customer_runs";
    CHANGED = "select count(*) from customers_to_index";
    OTHER = "insert into settings (name, value) values ('other', '')";
    AT_CUSTOMERS = "update customers set sequence = sequence where id < 0";
    BREAK = "update customers set metadata = '{' where id = (select min(id) from customers)";
    MEND = "update customers set metadata = '{}' where id = (select min(id) from customers)";
    HOLD = "update customer_segments set is_whole = 0, held_until = $1";
    HOLD_FIRST = "update customer_segments set held_until = $1 where first = (select min(first) from customer_segments)";
    WAIT_SINCE = "select count(*) from customers_to_index where since < $1";
    FORGET_ALL = "delete from customers_to_index";
    LOSE_RUN = "delete from customer_runs where run = (select min(run) from customer_runs where segment = $1)
        and segment = $1";
    SEGMENT = "select min(first) from customer_segments";
    LET_DAMAGE_IN = "pragma ignore_check_constraints = on";
    DAMAGE_MODE = "update customers set mode = 'tesT' where id = (select min(id) from customers)";
}

/// Enough for two segments, and some who are in none.
const CUSTOMERS: usize = 4_200;
const FIRST: [&str; 7] = ["Ada", "Grace", "Åsa", "Edsger", "王芳", "Barbara", "Ζεύς"];
const LAST: [&str; 5] = ["Lovelace", "Hopper", "Öström", "Dijkstra", "Liskov"];
/// Longer than changes wait, and than anybody holds a segment.
const AGED: Duration = Duration::from_secs(60);
/// Texts that few have.
const RARE: &[&str] = &["öström dijk", "ace hop", "4199", "x7@", "zzz", "b+1", "b 1", "+46 70 1", " 46 70 1"];
/// Texts that many have, or everybody.
const COMMON: &[&str] = &["lovelace", "ADA", "a", "王", "芳", "ström", "@example.com", "ζεύς", ""];

fn details(number: usize) -> Details {
    let name = format!("{} {} {}", FIRST[number % 7], LAST[number % 5], LAST[number / 5 % 5]);
    Details {
        name: Some(Name::from_whole(name)),
        email: Email::parse("email", &format!("x{number}@example.com")).ok(),
        phone: Some(Phone::Text(format!("+46 70 {number:07}"))),
        ..Details::default()
    }
}

/// Makes many customers.
async fn fill(house: &House) {
    make(house, house.caller.scope, CUSTOMERS).await;
}

async fn make(house: &House, scope: Scope, count: usize) {
    for from in (0..count).step_by(600) {
        let new: Vec<_> =
            (from..count.min(from + 600)).map(|number| (details(number), house.app.draw())).collect();
        let made = house.app.write(move |tx| {
            new.iter().try_for_each(|(details, drawn)| {
                customers::create(tx, scope, details, EmailRule::Shared, drawn).map(|_| ())
            })
        });
        made.await.unwrap();
    }
}

async fn count(house: &House, what: &'static db::Sql) -> i64 {
    house.app.read(move |tx| Ok(tx.one(what, &[])?)).await.unwrap()
}

/// Has customers put into so many segments. Other tests write to the same PostgreSQL server, and may be waited for.
async fn index(house: &House, seen: &Seen, segments: i64) {
    for _ in 0..10_000 {
        search::keep_up(&house.app, seen).await.unwrap();
        if count(house, &SEGMENTS).await == segments {
            return;
        }
    }
    panic!("{} segments and not {segments}: {seen:?}", count(house, &SEGMENTS).await);
}

/// Whom a search finds, and in how many reads.
async fn found(house: &House, sought: &Sought) -> (Vec<Id<Customer>>, usize) {
    let (mut found, mut before, mut reads) = (Vec::new(), None, 0);
    loop {
        let (scope, sought) = (house.caller.scope, sought.clone());
        let read = house.app.read(move |tx| search::search(tx, scope, &sought, before, 100));
        let Part { customers, before: next } = read.await.unwrap();
        found.extend(customers.iter().map(|customer| customer.id));
        reads += 1;
        match next {
            None => return (found, reads),
            next => before = next,
        }
    }
}

/// All customers, newest first.
async fn everybody(house: &House) -> Vec<Customer> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let scope = house.caller.scope;
        let page = house.app.read(move |tx| customers::newest(tx, scope, before, 100, 0)).await.unwrap();
        match page.last() {
            Some(last) => before = Some(last.number()),
            None => return all,
        }
        all.extend(page);
    }
}

/// Everything is found that is there, and nothing else.
async fn assert_all_is_found(house: &House, texts: &[&str]) {
    let everybody = everybody(house).await;
    for text in texts {
        for sought in [Sought::in_name(text), Sought::in_any_field(text)] {
            let have_it = everybody.iter().filter(|customer| sought.is_in(customer));
            let have_it: Vec<_> = have_it.map(|customer| customer.id).collect();
            assert_eq!(found(house, &sought).await.0, have_it, "{text}");
        }
    }
}

async fn rename(house: &House, id: Id<Customer>, name: &str) {
    let (scope, drawn) = (house.caller.scope, house.app.draw());
    let change = Change { name: Patch::Set(Name::from_whole(name.to_owned())), ..Change::default() };
    let changed = house.app.write(move |tx| {
        let customer = customers::get(tx, scope, id)?;
        customers::change(tx, scope, &customer, &change, EmailRule::Shared, &drawn)
    });
    changed.await.unwrap();
}

async fn delete(house: &House, id: Id<Customer>) {
    let (scope, drawn) = (house.caller.scope, house.app.draw());
    house.app.write(move |tx| erasure::delete_customer(tx, scope, id, &drawn)).await.unwrap();
}

/// Has the rows of the deleted go.
async fn erase(house: &House) {
    let now = house.app.now();
    while house.app.read(move |tx| erasure::is_anything_left(tx, now)).await.unwrap() {
        house.app.write(move |tx| erasure::go_on(tx, now)).await.unwrap();
    }
}

#[tokio::test]
async fn a_search_finds_whom_a_look_at_everybody_finds() {
    for place in [Place::sqlite(), Place::postgres()] {
        let house = House::build(place, 1).await;
        fill(&house).await;
        let rare = Sought::in_any_field("x77@");
        let (everybody_is_looked_at, reads) = found(&house, &rare).await;
        assert_eq!((everybody_is_looked_at.len(), reads), (1, CUSTOMERS / 100 + 1));

        // The oldest one's row is gone before the index begins; what was noted of it comes up later.
        let [oldest] = found(&house, &Sought::in_any_field("x0@")).await.0[..] else { panic!("one has it") };
        delete(&house, oldest).await;
        erase(&house).await;
        let (seen, rounds) = (Seen::default(), Rounds::default());
        index(&house, &seen, 2).await;
        assert_eq!(
            found(&house, &rare).await.1,
            3,
            "two parts of those in no segment, and one of all others"
        );
        assert_all_is_found(&house, RARE).await;
        assert_all_is_found(&house, COMMON).await;

        // Nobody waits for the index to know of a change.
        let [renamed, deleted] =
            [found(&house, &rare).await.0[0], found(&house, &Sought::in_any_field("x78@")).await.0[0]];
        rename(&house, renamed, "Margaret Hamilton").await;
        delete(&house, deleted).await;
        assert_eq!(found(&house, &Sought::in_name("hamilton")).await.0, [renamed]);
        assert_all_is_found(&house, RARE).await;

        // Changes wait for others, but not for ever.
        search::take_in_changes(&house.app, &rounds).await.unwrap();
        assert_eq!(count(&house, &CHANGED).await, 3);
        house.clock.advance(AGED);
        search::take_in_changes(&house.app, &rounds).await.unwrap();
        assert_eq!(count(&house, &CHANGED).await, 0);
        assert_eq!(found(&house, &Sought::in_name("hamilton")).await.0, [renamed]);

        // Of who was deleted the index keeps nothing when the server stops.
        let runs = count(&house, &RUNS).await;
        rename(&house, renamed, "Ω").await;
        search::take_in_all_changes(&house.app).await.unwrap();
        assert_eq!(found(&house, &Sought::in_name("ω")).await.0, [renamed]);
        assert_eq!(count(&house, &CHANGED).await, 0);
        let with_the_letter = count(&house, &RUNS).await;
        delete(&house, renamed).await;
        search::take_in_all_changes(&house.app).await.unwrap();
        assert_eq!((count(&house, &RUNS).await, count(&house, &CHANGED).await), (with_the_letter - 1, 0));
        assert!(with_the_letter < runs, "the letters of the name before it went");

        // However much another merchant changes, and whether or not the index knows of it, nobody waits behind that.
        let others = house.neighbour().await.scope;
        let drawn: Vec<_> = (0..300).map(|_| [house.app.draw(), house.app.draw()]).collect();
        let made = house.app.write(move |tx| {
            drawn.iter().try_for_each(|[making, deleting]| {
                let made = customers::create(tx, others, &details(1), EmailRule::Shared, making)?;
                erasure::delete_customer(tx, others, made.id, deleting)
            })
        });
        made.await.unwrap();
        let [last] = found(&house, &Sought::in_any_field("x79@")).await.0[..] else { panic!("one has it") };
        delete(&house, last).await;
        house.clock.advance(AGED);
        search::take_in_changes(&house.app, &rounds).await.unwrap();
        assert_eq!(count(&house, &CHANGED).await, 0);

        // What one server began another one does, once it is not held any more.
        let until = house.app.now().after(AGED);
        house.app.write(move |tx| Ok(tx.execute(&HOLD, &[until.into()])?)).await.unwrap();
        search::keep_up(&house.app, &seen).await.unwrap();
        assert_eq!(count(&house, &SEGMENTS).await, 0);
        assert_all_is_found(&house, RARE).await;
        house.clock.advance(AGED);
        let (one, other) =
            tokio::join!(search::keep_up(&house.app, &seen), search::keep_up(&house.app, &seen));
        one.and(other).unwrap();
        index(&house, &seen, 2).await;
        assert_all_is_found(&house, RARE).await;
    }
}

#[tokio::test]
async fn one_who_cannot_be_read_holds_up_no_segment_of_others() {
    for place in [Place::sqlite(), Place::postgres()] {
        let house = House::build(place, 1).await;
        make(&house, house.caller.scope, 1).await;
        house.app.write(|tx| Ok(tx.execute(&BREAK, &[])?)).await.unwrap();
        fill(&house).await;
        let seen = Seen::default();
        for _ in 0..3 {
            search::keep_up(&house.app, &seen).await.unwrap();
        }
        // More of them wait than are looked at in one turn.
        let others = house.neighbour().await.scope;
        make(&house, others, 2_100).await;
        index(&house, &seen, 1).await;
        house.app.write(|tx| Ok(tx.execute(&MEND, &[])?)).await.unwrap();
        house.clock.advance(AGED);
        index(&house, &seen, 3).await;
        assert_all_is_found(&house, RARE).await;
    }
}

#[tokio::test]
async fn what_writes_no_customers_holds_up_no_segment() {
    let house = House::build(Place::postgres(), 1).await;
    fill(&house).await;
    let ((), go_on, other) = under_way(&house, |tx| Ok(tx.execute(&OTHER, &[]).map(|_| ())?)).await;
    index(&house, &Seen::default(), 2).await;
    go_on.send(()).unwrap();
    other.await.unwrap();
}

#[tokio::test]
async fn the_strangest_names_fill_no_more_than_a_segment_may_hold() {
    let house = House::build(Place::sqlite(), 1).await;
    let scope = house.caller.scope;
    let drawn: Vec<_> = (0..2_048).map(|_| house.app.draw()).collect();
    let made = house.app.write(move |tx| {
        drawn.iter().enumerate().try_for_each(|(number, drawn)| {
            // No two of these letters stand side by side twice.
            let letters = (0..60)
                .map(|place| char::from_u32(0x4e00 + (number * 1_009 + place * place) as u32 % 20_000));
            let name = Some(Name::from_whole(letters.flatten().collect()));
            let details = Details { name, ..Details::default() };
            customers::create(tx, scope, &details, EmailRule::Shared, drawn).map(|_| ())
        })
    });
    made.await.unwrap();
    search::keep_up(&house.app, &Seen::default()).await.unwrap();
    assert_eq!(count(&house, &SEGMENTS).await, 1);
    let runs = count(&house, &RUNS).await;
    assert!(runs <= 512 + 2_048 + 8_192, "{runs}");
    assert_all_is_found(&house, &["一", "丁七", "zzz"]).await;
}

/// A unit of work that has written and is not committed before it is told so.
async fn under_way<T, F>(house: &House, work: F) -> (T, mpsc::Sender<()>, JoinHandle<()>)
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
{
    let ((begun, mut has_begun), (go_on, may_go_on)) = (unbounded_channel(), mpsc::channel());
    let (app, may_go_on) = (Arc::clone(&house.app), Mutex::new(may_go_on));
    let task = tokio::spawn(async move {
        let done = app.write(move |tx| {
            assert!(begun.send(work(tx)?).is_ok());
            may_go_on.lock().unwrap().recv().unwrap();
            Ok(())
        });
        // Whoever asked for it may have stopped waiting by then.
        let _ = done.await;
    });
    (has_begun.recv().await.unwrap(), go_on, task)
}

#[tokio::test]
async fn whoever_is_committed_late_is_found_like_everybody_else() {
    let house = House::build(Place::postgres(), 1).await;
    let (scope, drawn) = (house.caller.scope, house.app.draw());
    let name = Some(Name::from_whole("Latecomer".to_owned()));
    let latecomer = Details { name, ..Details::default() };
    let (id, go_on, late) = under_way(&house, move |tx| {
        customers::create(tx, scope, &latecomer, EmailRule::Shared, &drawn).map(|made| made.id)
    })
    .await;
    fill(&house).await;
    let seen = Seen::default();
    search::keep_up(&house.app, &seen).await.unwrap();
    assert_eq!(count(&house, &SEGMENTS).await, 0);
    go_on.send(()).unwrap();
    late.await.unwrap();
    index(&house, &seen, 2).await;
    assert_eq!(found(&house, &Sought::in_name("latecomer")).await.0, [id]);
}

#[tokio::test]
async fn customers_who_went_before_they_were_looked_at_stop_nobody() {
    let house = House::build(Place::postgres(), 1).await;
    let gone = house.customer(details(1)).await.id;
    let ((), go_on, other) = under_way(&house, |tx| Ok(tx.execute(&AT_CUSTOMERS, &[]).map(|_| ())?)).await;
    let seen = Seen::default();
    search::keep_up(&house.app, &seen).await.unwrap();
    delete(&house, gone).await;
    erase(&house).await;
    go_on.send(()).unwrap();
    other.await.unwrap();
    search::keep_up(&house.app, &seen).await.unwrap();
    fill(&house).await;
    index(&house, &seen, 2).await;
}

/// What a check finds wrong with the index.
async fn faults(house: &House) -> Vec<String> {
    let mut found = house.app.check().await;
    found.retain(|line| line.contains("the index of the search") || line.contains("is not found by"));
    found
}

/// The one customer who has a text.
async fn one(house: &House, text: &str) -> Id<Customer> {
    let [id] = found(house, &Sought::in_any_field(text)).await.0[..] else { panic!("one has {text}") };
    id
}

#[tokio::test]
async fn the_deleted_are_forgotten_whatever_is_wrong_with_others() {
    for place in [Place::sqlite(), Place::postgres()] {
        let house = House::build(place, 1).await;
        fill(&house).await;
        let (seen, rounds) = (Seen::default(), Rounds::default());
        index(&house, &seen, 2).await;

        // One who cannot be read any more, in the first segment, beside one who changed and one who was deleted.
        rename(&house, one(&house, "x0@").await, "Margaret Hamilton").await;
        rename(&house, one(&house, "x1@").await, "Margaret Hamilton").await;
        delete(&house, one(&house, "x2@").await).await;
        house.app.write(|tx| Ok(tx.execute(&BREAK, &[])?)).await.unwrap();
        house.clock.advance(AGED);
        search::forget_deleted(&house.app, &rounds).await.unwrap();
        assert_eq!(
            (search::left_to_forget(&house.app).await.unwrap(), count(&house, &CHANGED).await),
            (0, 2)
        );
        search::take_in_changes(&house.app, &rounds).await.unwrap();
        assert_eq!(count(&house, &CHANGED).await, 1, "the one who cannot be read is looked at one by one");
        assert_eq!(faults(&house).await, [""; 0]);
        house.app.write(|tx| Ok(tx.execute(&MEND, &[])?)).await.unwrap();
        assert_all_is_found(&house, RARE).await;
    }
}

#[tokio::test]
async fn a_segment_that_cannot_be_had_keeps_no_deletion_in_another() {
    for place in [Place::sqlite(), Place::postgres()] {
        let house = House::build(place, 1).await;
        fill(&house).await;
        let rounds = Rounds::default();
        index(&house, &Seen::default(), 2).await;
        let until = house.app.now().after(AGED * 10);
        house.app.write(move |tx| Ok(tx.execute(&HOLD_FIRST, &[until.into()])?)).await.unwrap();
        delete(&house, one(&house, "x3@").await).await;
        house.clock.advance(Duration::from_secs(1));
        delete(&house, one(&house, "x4000@").await).await;
        house.clock.advance(AGED);
        search::forget_deleted(&house.app, &rounds).await.unwrap();
        assert_eq!(search::left_to_forget(&house.app).await.unwrap(), 1, "of the second segment nobody");
        search::take_in_all_changes(&house.app).await.unwrap();
        assert_eq!(
            (search::left_to_forget(&house.app).await.unwrap(), count(&house, &CHANGED).await),
            (0, 0)
        );
        assert_eq!(faults(&house).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_changes_without_a_pause_waits_anew_after_each_turn() {
    for place in [Place::sqlite(), Place::postgres()] {
        let house = House::build(place, 1).await;
        fill(&house).await;
        let rounds = Rounds::default();
        index(&house, &Seen::default(), 2).await;
        let restless = one(&house, "x5@").await;
        for _ in 0..3 {
            rename(&house, restless, "Nobody").await;
            house.clock.advance(AGED);
            let house = &house;
            let (now, has_ended) = (house.app.now(), std::sync::atomic::AtomicBool::new(false));
            let renaming = async {
                let mut number = 0;
                while !has_ended.load(std::sync::atomic::Ordering::SeqCst) {
                    number += 1;
                    rename(house, restless, &format!("Restless {number}")).await;
                }
            };
            let taking_in = async {
                search::take_in_changes(&house.app, &rounds).await.unwrap();
                has_ended.store(true, std::sync::atomic::Ordering::SeqCst);
            };
            tokio::join!(renaming, taking_in);
            let waiting = house.app.read(move |tx| Ok(tx.one::<i64>(&WAIT_SINCE, &[now.into()])?));
            assert_eq!(waiting.await.unwrap(), 0, "it waits as if it had had no turn");
        }
    }
}

#[tokio::test]
async fn a_damaged_row_of_one_merchant_ends_no_round_of_others() {
    let house = House::build(Place::sqlite(), 1).await;
    make(&house, house.neighbour().await.scope, 1).await;
    let damage = house.app.write(|tx| {
        tx.execute(&LET_DAMAGE_IN, &[])?;
        Ok(tx.execute(&DAMAGE_MODE, &[])?)
    });
    assert_eq!(damage.await.unwrap(), 1);
    fill(&house).await;
    let seen = Seen::default();
    for _ in 0..3 {
        search::keep_up(&house.app, &seen).await.unwrap();
    }
    assert_eq!(count(&house, &SEGMENTS).await, 2);
    assert_all_is_found(&house, RARE).await;
}

#[tokio::test]
async fn a_check_names_who_is_not_found_and_who_is_not_forgotten() {
    for place in [Place::sqlite(), Place::postgres()] {
        let house = House::build(place, 1).await;
        fill(&house).await;
        index(&house, &Seen::default(), 2).await;
        assert_eq!(faults(&house).await, [""; 0]);
        delete(&house, one(&house, "x7@").await).await;
        rename(&house, one(&house, "x8@").await, "Margaret Hamilton").await;
        assert_eq!(faults(&house).await, [""; 0], "these are looked at one by one");
        house.app.write(|tx| Ok(tx.execute(&FORGET_ALL, &[])?)).await.unwrap();
        let said = faults(&house).await;
        let [not_found, deleted, changed] = &said[..] else { panic!("{said:?}") };
        assert!(not_found.contains("is not found"), "{not_found}");
        assert!(deleted.contains("was deleted"), "{deleted}");
        assert!(changed.contains("was changed"), "{changed}");
        let segment = count(&house, &SEGMENT).await;
        house.app.write(move |tx| Ok(tx.execute(&LOSE_RUN, &[segment.into()])?)).await.unwrap();
        let not_found = faults(&house).await.len();
        assert!(not_found > 3, "{not_found}");
    }
}
