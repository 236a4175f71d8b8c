//! A database as an older Kassa left it, brought up to date: what stood in it still does, on both engines.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod places;

use db::{Db, Error, Use, statements};
use places::{Place, on_both_engines};
use sha2::{Digest, Sha256};

statements! {
    PAYMENTS = "select id, customer, instrument from payments order by id";
    CARDS = "select id, customer, is_default from instruments order by id";
    CARDS_REST = "select status, action, fingerprint, last_four, sealed from instruments
        where holder is null and wallet is null order by id";
    TWO_DEFAULTS = "update instruments set is_default = 1 where id = 2";
    SAME_TWICE = "update instruments set fingerprint = 1 where id = 2";
    NOBODYS = "update instruments set customer = null, is_default = 0 where id = 2";
    ADDRESSES = "select email, email_folded from customers order by id";
    FORGET_CARD = "delete from instruments where id = 1";
    FORGET_CUSTOMER = "delete from customers where id = 1001";
    NAMED = "select customer_named, page_asks_code from payments order by id";
    NUMBERS = "select sealed from instruments order by id";
    STANDING = "select standing from instruments order by id";
    UNLIST_DEFAULT = "update instruments set standing = 'unlisted' where id = 1";
    UNLISTED_TWIN = "update instruments set fingerprint = 3, standing = 'unlisted' where id = 3";
    REVOKE_WITH_NUMBER = "update instruments set status = 'revoked', is_default = 0 where id = 1";
    GIVE_NUMBER_BACK = "update instruments set sealed = $1 where id = 3";
    LISTED_TWIN = "update instruments set standing = 'beside' where id = 3";
}

/// The migrations up to the fifth, for SQLite and for PostgreSQL.
const BEFORE: [(&str, [&str; 2]); 5] = [
    (
        "0001_first_payment",
        [
            include_str!("../migrations/sqlite/0001_first_payment.sql"),
            include_str!("../migrations/postgres/0001_first_payment.sql"),
        ],
    ),
    (
        "0002_saved_cards",
        [
            include_str!("../migrations/sqlite/0002_saved_cards.sql"),
            include_str!("../migrations/postgres/0002_saved_cards.sql"),
        ],
    ),
    (
        "0003_one_record",
        [
            include_str!("../migrations/sqlite/0003_one_record.sql"),
            include_str!("../migrations/postgres/0003_one_record.sql"),
        ],
    ),
    (
        "0004_cards",
        [
            include_str!("../migrations/sqlite/0004_cards.sql"),
            include_str!("../migrations/postgres/0004_cards.sql"),
        ],
    ),
    (
        "0005_charges",
        [
            include_str!("../migrations/sqlite/0005_charges.sql"),
            include_str!("../migrations/postgres/0005_charges.sql"),
        ],
    ),
];

/// Applies some migrations to an empty database, or to one that is to go on.
fn migrate(place: &Place, migrations: &[(&str, [&str; 2])]) {
    let engine = usize::from(matches!(place, Place::Postgres { .. }));
    for (name, texts) in migrations {
        let checksum = Sha256::digest(texts[engine]);
        let checksum: String = checksum.iter().map(|byte| format!("{byte:02x}")).collect();
        place.run_sql(texts[engine]);
        place.run_sql(&format!(
            "insert into schema_migrations (name, checksum) values ('{name}', '{checksum}')"
        ));
    }
}

/// Makes the database of a Kassa that knew three migrations: Ada with two cards, the second of them waiting for the
/// outcome of a payment; Grace with two, the second her default; and payments with and without a saved card.
fn make_old(place: &Place) {
    let engine = usize::from(matches!(place, Place::Postgres { .. }));
    place.run_sql("create table schema_migrations (name text primary key, checksum text not null)");
    migrate(place, &BEFORE[..3]);
    let bytes = |byte: u8, count: usize| {
        let hex = format!("{byte:02x}").repeat(count);
        if engine == 0 { format!("x'{hex}'") } else { format!("'\\x{hex}'") }
    };
    let row = |table: &str, columns: &str, values: &str| {
        place.run_sql(&format!("insert into {table} ({columns}) values ({values})"));
    };
    let of = "merchant, mode, public_id";
    let id = |number: u8| format!("1, 'test', {}", bytes(number, 16));
    row(
        "merchants",
        "id, public_id, name, frame_origins, created_at",
        &format!("1, {}, 'Shop', '', 0", bytes(1, 16)),
    );
    for (customer, number) in [(1001, 11), (1002, 12)] {
        let columns = format!("id, {of}, sequence, metadata, created_at, changed_at");
        row("customers", &columns, &format!("{customer}, {}, 1, '{{}}', 0, 0", id(number)));
    }
    for number in 1..=3 {
        let values = format!("{number}, 1, 'test', {}, {}", bytes(number, 32), bytes(number, 16));
        row("fingerprints", "id, merchant, mode, code, public_id", &values);
    }
    let payment = |number: u8, customer: &str| {
        let columns = format!(
            "id, {of}, customer, api, version, sequence, state, currency, amount, authorized, captured, voided, \
             refunded, authorizing, capturing, voiding, refunding, captures_itself, description, metadata, \
             created_at, changed_at"
        );
        let money = "'pending', 'SEK', 100, 0, 0, 0, 0, 0, 0, 0, 0, 1";
        let values =
            format!("{number}, {}, {customer}, 'an-api', 1, 1, {money}, 'x', '{{}}', 0, 0", id(number));
        row("payments", &columns, &values);
    };
    for (number, customer) in [(1, "1001"), (2, "1002"), (3, "1002"), (4, "1001"), (5, "null")] {
        payment(number, customer);
    }
    let columns = "id, payment, public_id, kind, status, amount, ask_at, asked, created_at";
    row("actions", columns, &format!("7, 4, {}, 'authorize', 'pending', 100, 9, 0, 0", bytes(7, 16)));
    let card = |number: u8, customer: i64, fingerprint: u8, status: &str, action: &str, is_default: u8| {
        let columns = format!(
            "id, {of}, customer, fingerprint, status, action, is_default, sealed, brand, first_six, last_four, \
             expiry_year, expiry_month, created_at"
        );
        let what = format!("{}, 'visa', '424242', '000{number}', 2099, 12, 0", bytes(number, 40));
        let values = format!(
            "{number}, {}, {customer}, {fingerprint}, '{status}', {action}, {is_default}, {what}",
            id(number)
        );
        row("instruments", &columns, &values);
    };
    card(1, 1001, 1, "active", "null", 1);
    card(2, 1001, 2, "waiting", "7", 0);
    card(3, 1002, 1, "active", "null", 0);
    card(4, 1002, 3, "active", "null", 1);
    for (payment, card) in [(1, 1), (2, 3), (3, 4)] {
        place.run_sql(&format!("update payments set instrument = {card} where id = {payment}"));
    }
}

/// Each payment with its customer and its card.
async fn payments(db: &Db) -> Vec<(i64, Option<i64>, Option<i64>)> {
    db.read(|tx| tx.all(&PAYMENTS, &[])).await.unwrap()
}

/// Each card with its customer, and whether it is the default.
async fn cards(db: &Db) -> Vec<(i64, Option<i64>, bool)> {
    db.read(|tx| tx.all(&CARDS, &[])).await.unwrap()
}

on_both_engines! {
    async fn an_older_database_is_left_alone_while_a_server_uses_it(place: Place) {
        const APPLIED: &str = "select count(*) from schema_migrations";
        make_old(&place);
        let refused = place.try_open(Use::Share).err();
        assert!(matches!(&refused, Some(Error::Refused(why)) if why.contains("older Kassa")), "{refused:?}");
        // On SQLite an older server holds the file.
        if let Some(server) = place.connected_as("kassa serve") {
            for usage in [Use::Serve, Use::Alone] {
                let refused = place.try_open(usage).err();
                assert!(matches!(refused, Some(Error::InUse(_))), "{refused:?}");
            }
            assert_eq!(place.count(APPLIED), 3);
            drop(server);
        }
        assert_eq!(place.count(APPLIED), 3);
        drop(place.open(Use::Serve));
        place.until_nobody_is_connected();
        drop(place.open(Use::Share));
        assert_eq!(place.count(APPLIED), db::migrations().len());
    }

    async fn cards_and_the_payments_made_with_them_survive_the_cards_of_nobody(place: Place) {
        make_old(&place);
        let db = place.open(Use::Serve);
        let before = [
            (1, Some(1001), Some(1)), (2, Some(1002), Some(3)), (3, Some(1002), Some(4)), (4, Some(1001), None),
            (5, None, None),
        ];
        assert_eq!(payments(&db).await, before);
        let ada = [(1, Some(1001), true), (2, Some(1001), false)];
        let grace = [(3, Some(1002), false), (4, Some(1002), true)];
        assert_eq!(cards(&db).await, [ada, grace].concat());
        let rest = db.read(|tx| tx.all::<(String, Option<i64>, i64, String, Vec<u8>)>(&CARDS_REST, &[]));
        let card = |number: u8, status: &str, action, fingerprint| {
            (status.to_owned(), action, fingerprint, format!("000{number}"), vec![number; 40])
        };
        let expected = [
            card(1, "active", None, 1), card(2, "waiting", Some(7), 2), card(3, "active", None, 1),
            card(4, "active", None, 3),
        ];
        assert_eq!(rest.await.unwrap(), expected);
        drop(db);
        // Once it is up to date it opens again as it is.
        place.until_nobody_is_connected();
        assert_eq!(payments(&place.open(Use::Serve)).await, before);
    }

    async fn open_pages_know_how_their_customer_was_named_and_revoked_cards_lose_their_number(place: Place) {
        make_old(&place);
        migrate(&place, &BEFORE[3..]);
        // The first two have a page of an API that names customers by ids, the third and the fourth one under an id of its
        // own; the fifth has none, and the second was charged without its buyer.
        place.run_sql("update payments set page_return_url = '', page_cancel_url = '' where id < 5");
        place.run_sql("update payments set automatic = 1 where id = 2");
        for (payment, kind) in [(3, "hosted_payment"), (4, "payment_link")] {
            let hex = format!("01020304050607080{payment}");
            let is_postgres = matches!(place, Place::Postgres { .. });
            let id = if is_postgres { format!("'\\x{hex}'") } else { format!("x'{hex}'") };
            place.run_sql(&format!(
                "insert into hosted_pages (merchant, mode, public_id, kind, payment) values (1, 'test', {id}, '{kind}', {payment})"
            ));
        }
        place.run_sql("update instruments set status = 'revoked' where id = 3");
        let db = place.open(Use::Serve);
        let read = db.read(|tx| tx.all::<(bool, bool)>(&NAMED, &[]));
        let named = [(true, false), (false, false), (false, false), (false, true), (false, false)];
        assert_eq!(read.await.unwrap(), named);
        let numbers = db.read(|tx| tx.all::<Vec<u8>>(&NUMBERS, &[])).await.unwrap();
        assert_eq!(numbers.iter().map(Vec::len).collect::<Vec<_>>(), [40, 40, 0, 40]);
        let read = db.read(|tx| tx.all::<String>(&STANDING, &[]));
        assert_eq!(read.await.unwrap(), ["own"; 4]);
        // They get none back, and no card goes out of use with one.
        db.write(|tx| tx.execute(&GIVE_NUMBER_BACK, &[[3_u8; 40].as_slice().into()])).await.unwrap_err();
        db.write(|tx| tx.execute(&REVOKE_WITH_NUMBER, &[])).await.unwrap_err();
        // No default is unlisted, and a customer has a card once in the wallet and as often as need be beside it.
        db.write(|tx| tx.execute(&UNLIST_DEFAULT, &[])).await.unwrap_err();
        place.run_sql("update instruments set status = 'active' where id = 3");
        assert_eq!(db.write(|tx| tx.execute(&UNLISTED_TWIN, &[])).await.unwrap(), 1);
        db.write(|tx| tx.execute(&LISTED_TWIN, &[])).await.unwrap_err();
    }

    async fn the_rules_of_cards_hold_as_before(place: Place) {
        make_old(&place);
        let db = place.open(Use::Serve);
        // A waiting card is no default, and one customer has one default and each card once.
        db.write(|tx| tx.execute(&TWO_DEFAULTS, &[])).await.unwrap_err();
        place.run_sql("update instruments set status = 'active', action = null where id = 2");
        db.write(|tx| tx.execute(&TWO_DEFAULTS, &[])).await.unwrap_err();
        db.write(|tx| tx.execute(&SAME_TWICE, &[])).await.unwrap_err();
        // What is new: a card may be nobody's.
        assert_eq!(db.write(|tx| tx.execute(&NOBODYS, &[])).await.unwrap(), 1);
        // A card that goes leaves its payment, and a customer takes the cards along.
        db.write(|tx| tx.execute(&FORGET_CARD, &[])).await.unwrap();
        assert_eq!(payments(&db).await[0], (1, Some(1001), None));
        db.write(|tx| tx.execute(&FORGET_CUSTOMER, &[])).await.unwrap();
        assert_eq!(cards(&db).await, [(2, None, false), (3, Some(1002), false), (4, Some(1002), true)]);
        let left = payments(&db).await;
        assert_eq!(left[..3], [(1, None, None), (2, Some(1002), Some(3)), (3, Some(1002), Some(4))]);
    }

    async fn addresses_are_found_however_their_letters_were_composed(place: Place) {
        make_old(&place);
        let sent = "\u{c9}va.e\u{301}@example.com";
        let folded = "\u{e9}va.e\u{301}@example.com";
        place.run_sql(&format!("update customers set email = '{sent}', email_folded = '{folded}' where id = 1001"));
        place.run_sql("update customers set email = 'ΑΣ@x.gr', email_folded = 'ας@x.gr' where id = 1002");
        let db = place.open(Use::Serve);
        let read = db.read(|tx| tx.all::<(Option<String>, Option<String>)>(&ADDRESSES, &[]));
        let composed = "\u{e9}va.\u{e9}@example.com";
        let known = |email: &str, folded: &str| (Some(email.to_owned()), Some(folded.to_owned()));
        assert_eq!(read.await.unwrap(), [known(sent, composed), known("ΑΣ@x.gr", "ασ@x.gr")]);
    }
}
