//! Who is deleted is gone at once, whatever payments and stored answers name them, and these forget them a few in each
//! commit.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use db::statements;
use domain::card::CardNumber;
use domain::customers::{self, Customer, Details, EmailRule};
use domain::instruments::{self, Instrument, MakeDefault, SealedCard};
use domain::{Caller, Error, Id, Tx, erasure, payments};
use house::{EXPIRY, House, NUMBER, Place};

const MANY: u32 = 2_400;
const FEW: u32 = 3;
/// What one commit may write of each kind.
const BATCH: i64 = 1_000;

statements! {
    PAYMENT = "insert into payments (merchant, mode, public_id, customer, instrument, api, version, sequence, state,
        currency, amount, authorized, captured, voided, refunded, authorizing, capturing, voiding, refunding,
        captures_itself, description, metadata, extras, card_brand, card_last_four, card_first_six, card_expiry_year,
        card_expiry_month, card_code_sent, card_holder, created_at, changed_at)
        values ($1, 'test', $2, $3, $4, 'an-api', 1, 1, 'captured', 'SEK', 100, 100, 100, 0, 0, 0, 0, 0, 0, 1, '', '{}',
        'Ada', 'visa', '4242', '424242', 2099, 12, 0, 'Ada', 0, 0)";
    REPLY = "insert into idempotency_keys (merchant, mode, api, method, path, key, body_mac, customer, reply, created_at,
        expires_at) values ($1, 'test', 'an-api', 'POST', '/', $2, $3, $4, $3, 0, 9000000000000)";
    // The same card under another id, put out of use.
    REVOKED = "insert into instruments (merchant, mode, public_id, customer, fingerprint, status, is_default, sealed, brand,
        first_six, last_four, expiry_year, expiry_month, created_at)
        select merchant, mode, $2, customer, fingerprint, 'revoked', 0, $3, brand, first_six, last_four, expiry_year,
        expiry_month, created_at from instruments where public_id = $1";
    SAID = "insert into actions (payment, public_id, kind, status, amount, asked, created_at, settled_at)
        select id, $2, 'capture', 'declined', 1, 0, 0, 0 from payments where public_id = $1 returning id";
    EXTRAS = "insert into action_extras (action, payment, extras)
        select $2, id, '{}' from payments where public_id = $1";
    EXTRAS_LEFT = "select cast(count(*) as bigint) from action_extras";
    FORM = "insert into card_forms (customer, form, created_at) values ($1, $2, 9000000000000)";
    FORMS = "select cast(count(*) as bigint) from card_forms";
    PUT_LAST = "update instruments set id = (select max(id) + 1 from instruments) where public_id = $1";
    WITH_NUMBERS = "select cast(count(*) as bigint) from instruments where length(sealed) > 0";
    NOT_DELETED = "select cast(count(*) as bigint) from instruments where customer = $1 and deleted_at is null";
    CUSTOMERS_OF = "select cast(count(*) as bigint) from customers where merchant = $1";
    CARDS_OF = "select cast(count(*) as bigint) from instruments where merchant = $1";
    KEY_OF_CARD = "select id from instruments where public_id = $1";
    NAMING = "select cast(count(*) as bigint) from payments where customer = $1";
    TRACES = "select cast(count(*) as bigint) from payments where customer is not null or instrument is not null
        or extras is not null or card_first_six is not null or card_holder is not null";
    REPLIES = "select cast(count(*) as bigint) from idempotency_keys where reply is not null or customer is not null";
    ROWS = "select cast((select count(*) from customers) + (select count(*) from instruments)
        + (select count(*) from fingerprints) as bigint)";
}

async fn houses() -> [House; 2] {
    [House::build(Place::sqlite(), 1).await, House::build(Place::postgres(), 2).await]
}

async fn save(house: &House, caller: &Caller, customer: Option<&Customer>) -> Instrument {
    let (caller, customer, drawn) = (caller.clone(), customer.cloned(), house.app.draw());
    let number = CardNumber::parse(NUMBER).unwrap();
    let card = SealedCard::seal(caller.keys(), caller.scope, customer.as_ref(), &number, EXPIRY, &drawn);
    let saved = house.app.write(move |tx| {
        instruments::save(tx, caller.keys(), customer.as_ref(), &card, MakeDefault::IfNone, &drawn)
    });
    saved.await.unwrap().0
}

/// Writes so many rows, in pieces that no busy machine finds too long.
async fn in_pieces(
    house: &House,
    count: u32,
    write: impl Fn(&mut Tx<'_>, u32) -> Result<(), Error> + Copy + Send + 'static,
) {
    for first in (0..count).step_by(200) {
        let piece = first..count.min(first + 200);
        house.app.write(move |tx| piece.clone().try_for_each(|number| write(tx, number))).await.unwrap();
    }
}

/// Somebody with a card who paid so often, and so did the card for nobody. A stored answer tells of each.
async fn somebody(house: &House, often: u32) -> (Customer, Id<payments::Payment>) {
    let customer = house.customer(Details::default()).await;
    let card = save(house, &house.caller, Some(&customer)).await;
    let (merchant, key, card) = (house.caller.scope.merchant, customer.number(), card.id);
    let public_id = move |number: u32| {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&key.to_be_bytes());
        id[8..12].copy_from_slice(&number.to_be_bytes());
        id
    };
    in_pieces(house, often, move |tx, number| {
        let card: i64 = tx.one(&KEY_OF_CARD, &[(&card).into()])?;
        let [by_customer, by_nobody] = [public_id(number), public_id(number + often)];
        let paid = Some(key);
        tx.execute(&PAYMENT, &[merchant.into(), (&by_customer).into(), paid.into(), card.into()])?;
        tx.execute(&PAYMENT, &[merchant.into(), (&by_nobody).into(), None::<i64>.into(), card.into()])?;
        let name = format!("{key}-{number}");
        tx.execute(&REPLY, &[merchant.into(), (&name).into(), (&[7; 32]).into(), key.into()])?;
        Ok(())
    })
    .await;
    (customer, Id::from_bytes(public_id(0)))
}

async fn delete(house: &House, customer: &Customer) {
    let (scope, id, drawn) = (house.caller.scope, customer.id, house.app.draw());
    house.app.write(move |tx| erasure::delete_customer(tx, scope, id, &drawn)).await.unwrap();
}

async fn go_on(house: &House) {
    let now = house.app.now();
    house.app.write(move |tx| erasure::go_on(tx, now)).await.unwrap();
}

async fn is_anything_left(house: &House) -> bool {
    let now = house.app.now();
    house.app.read(move |tx| erasure::is_anything_left(tx, now)).await.unwrap()
}

async fn naming(house: &House, customer: &Customer) -> i64 {
    let key = customer.number();
    house.app.read(move |tx| Ok(tx.one(&NAMING, &[key.into()])?)).await.unwrap()
}

#[tokio::test]
async fn who_paid_often_is_gone_at_once_and_forgotten_in_pieces() {
    for house in houses().await {
        let (ada, paid) = somebody(&house, MANY).await;
        delete(&house, &ada).await;
        let (scope, id, number) = (house.caller.scope, ada.id, ada.number());
        let seen = house.app.read(move |tx| {
            assert!(matches!(customers::get(tx, scope, id), Err(Error::NotFound(_))));
            assert!(matches!(customers::by_number(tx, scope, number), Err(Error::NotFound(_))));
            assert!(customers::newest(tx, scope, None, 100, 0)?.is_empty());
            payments::get(tx, scope, paid)
        });
        let seen = seen.await.unwrap();
        assert!(seen.customer.is_none() && seen.instrument.is_none(), "it still names them");
        assert!(seen.extras.is_none() && seen.charged.is_none(), "it still tells of them");
        assert_eq!(seen.card.unwrap().last_four, "4242");
        let mut left = naming(&house, &ada).await;
        assert_eq!(left, i64::from(MANY), "the deletion wrote each payment");
        while is_anything_left(&house).await {
            go_on(&house).await;
            let now = naming(&house, &ada).await;
            assert!(left - now <= BATCH, "one commit wrote {} payments", left - now);
            left = now;
        }
        let left = house
            .app
            .read(|tx| Ok([tx.one::<i64>(&TRACES, &[])?, tx.one(&REPLIES, &[])?, tx.one(&ROWS, &[])?]));
        assert_eq!(left.await.unwrap(), [0; 3], "payments, replies and rows that still tell of them");
    }
}

#[tokio::test]
async fn who_paid_seldom_does_not_wait_for_who_paid_often() {
    for house in houses().await {
        let [(often, _), (seldom, _)] = [somebody(&house, MANY).await, somebody(&house, FEW).await];
        delete(&house, &often).await;
        delete(&house, &seldom).await;
        go_on(&house).await;
        assert_eq!(naming(&house, &seldom).await, 0);
        assert!(naming(&house, &often).await > 0, "there was room for all, so this test shows nothing");
    }
}

#[tokio::test]
async fn who_had_many_cards_is_gone_at_once_with_all_of_them() {
    for house in houses().await {
        let ada = house.customer(Details::default()).await;
        let (card, key) = (save(&house, &house.caller, Some(&ada)).await, ada.number());
        in_pieces(&house, MANY, move |tx, number| {
            let id = [number.to_be_bytes().as_slice(), &[7; 12]].concat();
            tx.execute(&REVOKED, &[(&card.id).into(), id.as_slice().into(), [].as_slice().into()])?;
            tx.execute(&FORM, &[key.into(), id.as_slice().into()])?;
            Ok(())
        })
        .await;
        // The newest one can be charged.
        let put = house.app.write(move |tx| Ok(tx.execute(&PUT_LAST, &[(&card.id).into()])?));
        assert_eq!(put.await.unwrap(), 1);
        let last: Id<Instrument> =
            Id::from_bytes([(MANY - 1).to_be_bytes().as_slice(), &[7; 12]].concat().try_into().unwrap());
        // The last of them paid for nobody.
        let (scope, paid) = (house.caller.scope, Id::<payments::Payment>::from_bytes([9; 16]));
        let wrote = house.app.write(move |tx| {
            let card: i64 = tx.one(&KEY_OF_CARD, &[(&last).into()])?;
            let values = [scope.merchant.into(), (&paid).into(), None::<i64>.into(), card.into()];
            tx.execute(&PAYMENT, &values)?;
            Ok(())
        });
        wrote.await.unwrap();
        delete(&house, &ada).await;
        let not_deleted =
            async || house.app.read(move |tx| Ok(tx.one::<i64>(&NOT_DELETED, &[key.into()])?)).await.unwrap();
        let with_numbers = house.app.read(|tx| Ok(tx.one::<i64>(&WITH_NUMBERS, &[])?)).await.unwrap();
        assert_eq!(with_numbers, 0, "a card that could be charged still has its number");
        let mut left = not_deleted().await;
        assert!(left >= i64::from(MANY) - BATCH, "the deletion wrote too many cards: {left} are left");
        let seen = house.app.read(move |tx| {
            assert!(matches!(instruments::find(tx, scope, last), Err(Error::NotFound(_))));
            payments::get(tx, scope, paid)
        });
        let seen = seen.await.unwrap();
        assert!(
            seen.instrument.is_none() && seen.extras.is_none() && seen.charged.is_none(),
            "it still tells of her"
        );
        let forms = async || house.app.read(|tx| Ok(tx.one::<i64>(&FORMS, &[])?)).await.unwrap();
        let mut forms_left = forms().await;
        while is_anything_left(&house).await {
            go_on(&house).await;
            let (now, forms_now) = (not_deleted().await, forms().await);
            assert!(left - now <= BATCH, "one commit wrote {} cards", left - now);
            assert!(forms_left - forms_now <= BATCH, "one commit removed {} forms", forms_left - forms_now);
            (left, forms_left) = (now, forms_now);
        }
        let left = house.app.read(|tx| Ok([tx.one::<i64>(&TRACES, &[])?, tx.one(&ROWS, &[])?]));
        assert_eq!(left.await.unwrap(), [0; 2], "payments and rows that still tell of her");
    }
}

/// Cards of nobody's and customers of one merchant, made and deleted.
async fn delete_so_many(house: &House, caller: &Caller, count: usize) {
    let number = CardNumber::parse(NUMBER).unwrap();
    let drawn: Vec<_> = (0..count).map(|_| [(); 4].map(|()| house.app.draw())).collect();
    // In pieces, each of which a busy machine makes within the time that a commit may take.
    for drawn in drawn.chunks(50) {
        let drawn = drawn.to_vec();
        let caller = caller.clone();
        let cards: Vec<_> = drawn
            .iter()
            .map(|drawn| SealedCard::seal(caller.keys(), caller.scope, None, &number, EXPIRY, &drawn[0]))
            .collect();
        let deleted = house.app.write(move |tx| {
            for (card, drawn) in cards.iter().zip(&drawn) {
                let (card, _) =
                    instruments::save(tx, caller.keys(), None, card, MakeDefault::IfNone, &drawn[0])?;
                instruments::remove(tx, &card, &drawn[1])?;
                let gone =
                    customers::create(tx, caller.scope, &Details::default(), EmailRule::Shared, &drawn[2])?;
                erasure::delete_customer(tx, caller.scope, gone.id, &drawn[3])?;
            }
            Ok(())
        });
        deleted.await.unwrap();
    }
}

#[tokio::test]
async fn nobody_waits_behind_all_that_another_merchant_deleted() {
    const BACKLOG: usize = 450;
    const PAID: u32 = 100;
    for house in houses().await {
        let neighbour = house.neighbour().await;
        delete_so_many(&house, &neighbour, BACKLOG).await;
        delete_so_many(&house, &house.caller, 1).await;
        let (ada, _) = somebody(&house, PAID).await;
        delete(&house, &ada).await;
        assert!(is_anything_left(&house).await);
        go_on(&house).await;
        assert_eq!(naming(&house, &ada).await, 0, "the neighbour's backlog took her share");
        let rows_of = async |caller: &Caller| {
            let merchant = caller.scope.merchant;
            let rows = house.app.read(move |tx| {
                Ok([
                    tx.one::<i64>(&CUSTOMERS_OF, &[merchant.into()])?,
                    tx.one(&CARDS_OF, &[merchant.into()])?,
                ])
            });
            rows.await.unwrap()
        };
        // Ada is still named by her card, which paid for nobody.
        assert_eq!(rows_of(&house.caller).await, [1; 2]);
        let left = rows_of(&neighbour).await;
        assert!(
            left.iter().all(|left| *left > 0),
            "there was room for all, so this test shows nothing: {left:?}"
        );
    }
}

#[tokio::test]
async fn what_was_said_of_a_payments_many_operations_goes_in_pieces() {
    for house in houses().await {
        let (ada, paid) = somebody(&house, 1).await;
        in_pieces(&house, MANY, move |tx, number| {
            let id = [number.to_be_bytes().as_slice(), &[5; 12]].concat();
            let action: i64 = tx.one(&SAID, &[(&paid).into(), id.as_slice().into()])?;
            tx.execute(&EXTRAS, &[(&paid).into(), action.into()])?;
            Ok(())
        })
        .await;
        delete(&house, &ada).await;
        let extras = async || house.app.read(|tx| Ok(tx.one::<i64>(&EXTRAS_LEFT, &[])?)).await.unwrap();
        let mut left = extras().await;
        assert_eq!(left, i64::from(MANY), "the deletion wrote each operation");
        while is_anything_left(&house).await {
            go_on(&house).await;
            let now = extras().await;
            assert!(left - now <= BATCH, "one commit removed {}", left - now);
            left = now;
        }
        assert_eq!(left, 0);
    }
}
