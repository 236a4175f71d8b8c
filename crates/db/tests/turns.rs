//! Actions that were under way in a database of an older Kassa, on both engines: they have the turns of their merchants.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod places;

use db::{Use, statements};
use places::{Place, on_both_engines};

statements! {
    MERCHANTS = "select id, merchant from actions order by id";
}

const MIGRATION: [&str; 2] = [
    include_str!("../migrations/sqlite/0028_turns_of_the_due.sql"),
    include_str!("../migrations/postgres/0028_turns_of_the_due.sql"),
];

on_both_engines! {
    async fn what_is_under_way_has_its_merchants_turn(place: Place) {
        drop(place.open(Use::Serve));
        let id = || place.value("@16");
        for number in [1, 2] {
            place.run_sql(&format!(
                "insert into merchants (id, public_id, name, frame_origins, created_at) values ({number}, {}, 'Shop {number}', '', 0)",
                id()
            ));
            place.run_sql(&format!(
                "insert into payments (id, merchant, mode, public_id, api, version, sequence, state, currency, amount, authorized, \
                 captured, voided, refunded, authorizing, capturing, voiding, refunding, captures_itself, description, metadata, \
                 created_at, changed_at) values ({number}, {number}, 'test', {}, 'a', 1, 1, 'pending', 'SEK', 100, 0, 0, 0, 0, 0, 0, \
                 0, 0, 0, '', '{{}}', 0, 0)",
                id()
            ));
            for (status, ask_at, settled_at) in [("pending", "9", "null"), ("declined", "null", "9")] {
                place.run_sql(&format!(
                    "insert into actions (payment, public_id, kind, status, amount, ask_at, asked, created_at, settled_at) \
                     values ({number}, {}, 'capture', '{status}', 1, {ask_at}, 0, 0, {settled_at})",
                    id()
                ));
            }
        }
        // The part of the migration that looks at what stands there.
        let engine = usize::from(matches!(place, Place::Postgres { .. }));
        for statement in MIGRATION[engine].split(';').map(str::trim).filter(|text| text.starts_with("update")) {
            place.run_sql(statement);
        }
        let db = place.open(Use::Serve);
        let merchants = db.read(|tx| tx.all::<(i64, i64)>(&MERCHANTS, &[])).await.unwrap();
        assert_eq!(merchants, [(1, 1), (2, 0), (3, 2), (4, 0)]);
    }
}
