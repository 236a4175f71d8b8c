//! Raises that were under way in a database of an older Kassa, on both engines: from now on they are counted, but for those of
//! nothing that something passed.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod places;

use db::{Use, statements};
use places::{Place, on_both_engines};

statements! {
    RAISES = "select id, raises from payments order by id";
    PENDING = "select payment, amount from actions where status = 'pending' order by id";
}

const MIGRATION: [&str; 2] = [
    include_str!("../migrations/sqlite/0025_raises_are_counted.sql"),
    include_str!("../migrations/postgres/0025_raises_are_counted.sql"),
];

/// Where a payment was, and the raises of it that were under way.
const STOOD: [(&str, &[i64]); 4] =
    [("authorized", &[0, 0]), ("authorized", &[0]), ("voided", &[0]), ("authorized", &[])];

on_both_engines! {
    async fn what_was_under_way_is_counted(place: Place) {
        drop(place.open(Use::Serve));
        let id = || place.value("@16");
        place.run_sql(&format!("insert into merchants (id, public_id, name, frame_origins, created_at) values (1, {}, 'Shop', '', 0)", id()));
        for ((state, raises), number) in STOOD.iter().zip(1..) {
            let voided = if *state == "voided" { 100 } else { 0 };
            place.run_sql(&format!(
                "insert into payments (id, merchant, mode, public_id, api, version, sequence, state, currency, amount, authorized, \
                 captured, voided, refunded, authorizing, capturing, voiding, refunding, captures_itself, may_grow, description, \
                 metadata, created_at, changed_at) values ({number}, 1, 'test', {}, 'a', 1, 1, '{state}', 'SEK', 100, 100, 0, \
                 {voided}, 0, 0, 0, 0, 0, 0, 1, '', '{{}}', 0, 0)",
                id()
            ));
            for amount in *raises {
                place.run_sql(&format!(
                    "insert into actions (payment, public_id, kind, status, amount, ask_at, asked, created_at) \
                     values ({number}, {}, 'raise', 'pending', {amount}, 9, 0, 0)",
                    id()
                ));
            }
        }
        // The part of the migration that looks at what stands there.
        let engine = usize::from(matches!(place, Place::Postgres { .. }));
        for statement in MIGRATION[engine].split(';').map(without_words).filter(|text| text.starts_with("update actions") || text.starts_with("update payments")) {
            place.run_sql(&statement);
        }
        let db = place.open(Use::Serve);
        let raises = db.read(|tx| tx.all::<(i64, i64)>(&RAISES, &[])).await.unwrap();
        assert_eq!(raises, [(1, 2), (2, 1), (3, 0), (4, 0)]);
        let pending = db.read(|tx| tx.all::<(i64, i64)>(&PENDING, &[])).await.unwrap();
        assert_eq!(pending, [(1, 0), (1, 0), (2, 0)]);
    }
}

/// A statement without its comments.
fn without_words(statement: &str) -> String {
    let lines = statement.lines().filter(|line| !line.starts_with("--"));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}
