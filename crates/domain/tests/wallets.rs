//! Customers and their cards where only the domain can be asked: turns, fingerprints, events, and what leaves the files.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use db::statements;
use domain::card::CardNumber;
use domain::customers::{self, Change, Customer, Details, EmailRule, Patch};
use domain::instruments::{self, Instrument, MakeDefault, SealedCard};
use domain::text::Name;
use domain::{Caller, Error, Field};
use house::{EXPIRY, House, NUMBER, Place};
use tokio::sync::mpsc::unbounded_channel;

statements! {
    BESIDE = "insert into instruments (merchant, mode, public_id, customer, fingerprint, status, is_default, sealed, brand,
        first_six, last_four, expiry_year, expiry_month, created_at, standing)
        select merchant, mode, $2, customer, fingerprint, status, 0, sealed, brand, first_six, last_four, expiry_year,
        expiry_month, created_at, 'unlisted' from instruments where public_id = $1";
    ACTIVE = "select cast(count(*) as bigint) from instruments where status = 'active'";
    CODES = "select code from fingerprints order by id";
}

/// How long an erasure may take to leave the files. One that is the first of its server leaves at once.
const ERASED: Duration = Duration::from_secs(62);
const OTHER: &str = "5555555555554444";

async fn houses() -> [House; 2] {
    [House::build(Place::sqlite(), 1).await, House::build(Place::postgres(), 2).await]
}

fn sealed(house: &House, caller: &Caller, customer: Option<&Customer>, number: &str) -> SealedCard {
    let (number, drawn) = (CardNumber::parse(number).unwrap(), house.app.draw());
    SealedCard::seal(caller.keys(), caller.scope, customer, &number, EXPIRY, &drawn)
}

async fn save(house: &House, caller: &Caller, customer: Option<&Customer>, number: &str) -> Instrument {
    let (card, drawn) = (sealed(house, caller, customer, number), house.app.draw());
    let (caller, customer) = (caller.clone(), customer.cloned());
    let saved = house.app.write(move |tx| {
        instruments::save(tx, caller.keys(), customer.as_ref(), &card, MakeDefault::IfNone, &drawn)
    });
    saved.await.unwrap().0
}

/// Numbers of as many cards as are asked for, each with a check digit that is right.
fn numbers(count: usize) -> Vec<String> {
    let all =
        (0..).map(|number| format!("424242{number:010}")).filter(|text| CardNumber::parse(text).is_ok());
    all.take(count).collect()
}

#[tokio::test]
async fn the_fingerprints_of_one_card_differ_between_merchants() {
    for house in houses().await {
        let neighbour = house.neighbour().await;
        let mine = save(&house, &house.caller, None, NUMBER).await;
        let again = save(&house, &house.caller, None, NUMBER).await;
        let theirs = save(&house, &neighbour, None, NUMBER).await;
        assert_eq!(mine.fingerprint, again.fingerprint);
        assert_ne!(mine.fingerprint, theirs.fingerprint);
        // Neither tells the database's reader that the two have a customer in common.
        let codes = house.app.read(|tx| Ok(tx.all::<[u8; 32]>(&CODES, &[])?));
        let codes = codes.await.unwrap();
        assert!(codes.len() == 2 && codes[0] != codes[1], "{codes:?}");
    }
}

/// Two units of work of one customer, the second begun when the first has done all but commit. SQLite has one writer, so
/// this is PostgreSQL's.
async fn race<A: Send + 'static, B: Send + 'static>(
    house: &House,
    first: impl Fn(&mut domain::Tx<'_>) -> Result<A, Error> + Send + 'static,
    second: impl Fn(&mut domain::Tx<'_>) -> Result<B, Error> + Send + 'static,
) -> (Result<A, Error>, Result<B, Error>) {
    let (first_did, mut started) = unbounded_channel();
    let (second_did, done) = mpsc::channel();
    let done = Mutex::new(done);
    let app = Arc::clone(&house.app);
    let first = tokio::spawn(async move {
        app.write(move |tx| {
            let result = first(tx)?;
            let _ = first_did.send(());
            // The second one has to wait for its turn; where it need not, it is done by then.
            let _ = done.lock().unwrap().recv_timeout(Duration::from_millis(500));
            Ok(result)
        })
        .await
    });
    started.recv().await.unwrap();
    let second = house.app.write(move |tx| {
        let result = second(tx);
        let _ = second_did.send(());
        result
    });
    let second = second.await;
    (first.await.unwrap(), second)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cards_of_a_wallet_are_counted_one_save_at_a_time() {
    let house = House::build(Place::postgres(), 1).await;
    let ada = house.customer(Details::default()).await;
    let numbers = numbers(51);
    for number in &numbers[..49] {
        save(&house, &house.caller, Some(&ada), number).await;
    }
    let saving = |number: &str| {
        let (card, drawn) = (sealed(&house, &house.caller, Some(&ada), number), house.app.draw());
        let (caller, ada) = (house.caller.clone(), ada.clone());
        move |tx: &mut domain::Tx<'_>| {
            instruments::save(tx, caller.keys(), Some(&ada), &card, MakeDefault::IfNone, &drawn).map(|_| ())
        }
    };
    let (first, second) = race(&house, saving(&numbers[49]), saving(&numbers[50])).await;
    first.unwrap();
    assert!(matches!(second, Err(Error::Invalid { .. })), "{second:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_is_saved_while_the_default_goes_becomes_the_default() {
    let house = House::build(Place::postgres(), 1).await;
    let ada = house.customer(Details::default()).await;
    let old = save(&house, &house.caller, Some(&ada), NUMBER).await;
    let (card, drawn) = (sealed(&house, &house.caller, Some(&ada), OTHER), house.app.draw());
    let (caller, owner, removal) = (house.caller.clone(), ada.clone(), house.app.draw());
    let (removed, saved) = race(
        &house,
        move |tx| instruments::remove(tx, &old, &removal),
        move |tx| instruments::save(tx, caller.keys(), Some(&owner), &card, MakeDefault::IfNone, &drawn),
    )
    .await;
    removed.unwrap();
    assert!(saved.unwrap().0.is_default);
}

async fn change(house: &House, customer: &Customer, change: Change) -> Customer {
    let (scope, customer, drawn) = (house.caller.scope, customer.clone(), house.app.draw());
    let changed = house
        .app
        .write(move |tx| customers::change(tx, scope, &customer, &change, EmailRule::Shared, &drawn));
    changed.await.unwrap()
}

fn city(name: &str) -> Change {
    Change { city: Patch::Set(name.to_owned()), ..Change::default() }
}

#[tokio::test]
async fn what_happens_to_customers_and_cards_is_told_once_each_in_order() {
    for house in houses().await {
        let ada = house.customer(Details::default()).await;
        let changed = change(&house, &ada, city("Lund")).await;
        change(&house, &changed, city("Arles")).await;
        let [kept, removed, revoked] = [NUMBER, OTHER, "378282246310005"];
        let [kept, removed, revoked] = [
            save(&house, &house.caller, Some(&ada), kept).await,
            save(&house, &house.caller, Some(&ada), removed).await,
            save(&house, &house.caller, Some(&ada), revoked).await,
        ];
        // The same card again is no other card.
        assert_eq!(save(&house, &house.caller, Some(&ada), NUMBER).await.id, kept.id);
        let ids = [kept.id, removed.id, revoked.id];
        for _ in 0..2 {
            let (revoked, drawn) = (revoked.clone(), house.app.draw());
            house.app.write(move |tx| instruments::revoke(tx, &revoked, &drawn)).await.unwrap();
        }
        let drawn = house.app.draw();
        house.app.write(move |tx| instruments::remove(tx, &removed, &drawn)).await.unwrap();
        let (scope, id, drawn) = (house.caller.scope, ada.id, house.app.draw());
        let told = ["customer.created", "customer.updated", "customer.updated", "customer.deleted"];
        assert_eq!(house.events(id).await, told[..3]);
        house.app.write(move |tx| domain::erasure::delete_customer(tx, scope, id, &drawn)).await.unwrap();
        assert_eq!(house.events(id).await, told);
        let told: [&[&str]; 3] =
            [&["card.saved"], &["card.saved", "card.removed"], &["card.saved", "card.removed"]];
        for (id, told) in ids.into_iter().zip(told) {
            assert_eq!(house.events(id).await, told);
        }
    }
}

#[tokio::test]
async fn one_card_has_so_many_ids_and_they_go_together() {
    const MOST: u32 = 1_000;
    for house in houses().await {
        let ada = house.customer(Details::default()).await;
        let hers = save(&house, &house.caller, Some(&ada), NUMBER).await;
        let listed = hers.id;
        let fill = house.app.write(move |tx| {
            for number in 0..MOST {
                let id = [number.to_be_bytes().as_slice(), &[7; 12]].concat();
                tx.execute(&BESIDE, &[(&listed).into(), id.as_slice().into()])?;
            }
            Ok(())
        });
        fill.await.unwrap();
        let nobodys = save(&house, &house.caller, None, NUMBER).await;
        let (caller, customer, drawn) = (house.caller.clone(), ada.clone(), house.app.draw());
        let linked = house.app.write(move |tx| {
            instruments::link(tx, caller.keys(), &nobodys, &customer, MakeDefault::IfNone, &drawn)
        });
        assert!(matches!(linked.await, Err(Error::Invalid { field: Field::Card, .. })));
        let another = save(&house, &house.caller, None, OTHER).await;
        let (caller, customer, drawn) = (house.caller.clone(), ada.clone(), house.app.draw());
        let noted = house
            .app
            .write(move |tx| instruments::note_payer(tx, caller.keys(), &another, &customer, &drawn));
        assert!(
            matches!(noted.await, Err(Error::Invalid { field: Field::Card, .. })),
            "it would outlive her"
        );
        let drawn = house.app.draw();
        house.app.write(move |tx| instruments::remove_number(tx, &hers, &drawn)).await.unwrap();
        // The two of nobody's.
        assert_eq!(house.app.read(|tx| Ok(tx.one::<i64>(&ACTIVE, &[])?)).await.unwrap(), 2);
    }
}

/// Waits until no file holds a text.
async fn leaves_the_files(house: &House, text: &str) {
    let begun = Instant::now();
    while house.files_hold(text) {
        assert!(begun.elapsed() < ERASED, "{text} is still in the files");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_name_that_was_changed_leaves_the_files() {
    let house = House::build(Place::sqlite(), 1).await;
    let name = |text: &str| Name::from_whole(text.to_owned());
    let ada = house.customer(Details { name: Some(name("Zebulon-Canary")), ..Details::default() }).await;
    assert!(house.files_hold("Zebulon-Canary"));
    change(&house, &ada, Change { name: Patch::Set(name("Ada")), ..Change::default() }).await;
    leaves_the_files(&house, "Zebulon-Canary").await;
}

#[tokio::test]
async fn an_address_that_was_changed_leaves_the_files() {
    let house = House::build(Place::sqlite(), 1).await;
    let ada = house.customer(Details { city: Some("Quixote-Canary".to_owned()), ..Details::default() }).await;
    assert!(house.files_hold("Quixote-Canary"));
    change(&house, &ada, city("Lund")).await;
    leaves_the_files(&house, "Quixote-Canary").await;
}

#[tokio::test]
async fn the_holder_of_a_card_that_was_changed_leaves_the_files() {
    let house = House::build(Place::sqlite(), 1).await;
    let card = sealed(&house, &house.caller, None, NUMBER).with(Some("Ozymandias-Canary".to_owned()), None);
    let (caller, drawn) = (house.caller.clone(), house.app.draw());
    let saved = house
        .app
        .write(move |tx| instruments::save(tx, caller.keys(), None, &card, MakeDefault::IfNone, &drawn));
    let (card, _) = saved.await.unwrap();
    assert!(house.files_hold("Ozymandias-Canary"));
    let set = house.app.write(move |tx| instruments::set_facts(tx, &card, EXPIRY, Some("Ada"), None));
    set.await.unwrap();
    leaves_the_files(&house, "Ozymandias-Canary").await;
}
