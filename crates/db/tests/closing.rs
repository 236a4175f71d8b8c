//! How long the end of a database takes while another process has its file.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod places;

use std::time::{Duration, Instant};

use db::{Db, Use, statements};
use places::{Place, on_both_engines};

statements! {
    PUT = "insert into settings (name, value) values ('a', $1) on conflict (name) do update set value = excluded.value";
    GET = "select value from settings where name = 'a'";
}

const TIME: Duration = Duration::from_secs(1);
/// A little more than the time, and less than the writer waits for others by itself.
const LIMIT: Duration = Duration::from_secs(1 + 2);

async fn put(db: &Db, value: &'static str) {
    db.write(move |tx| tx.execute(&PUT, &[value.into()])).await.unwrap();
}

on_both_engines! {
    async fn a_close_that_nobody_hinders_waits_for_nothing(place: Place) {
        let db = place.open(Use::Serve);
        put(&db, "kept").await;
        let begun = Instant::now();
        db.close(begun + 10 * TIME);
        assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
        drop(db);
        let db = place.open(Use::Serve);
        let kept = db.read(|tx| tx.optional::<String>(&GET, &[])).await.unwrap();
        assert_eq!(kept.as_deref(), Some("kept"));
    }
}

#[tokio::test]
async fn sqlite_a_close_waits_for_another_process_until_its_time_is_over() {
    for other in ["begin; select count(*) from settings", "begin immediate"] {
        let place = Place::sqlite();
        let db = place.open(Use::Serve);
        put(&db, "0").await;
        let Place::Sqlite(folder) = &place else { panic!("it is SQLite") };
        let process = rusqlite::Connection::open(folder.join("kassa.db")).unwrap();
        process.execute_batch(other).unwrap();
        if other.contains("select") {
            // Its reading is then of an older state, and the log cannot be emptied.
            put(&db, "1").await;
        }
        let begun = Instant::now();
        db.close(begun + TIME);
        let took = begun.elapsed();
        assert!(took < LIMIT, "{other}: {took:?}");
        drop((process, db));
        assert_eq!(place.open(Use::Serve).check().await.unwrap(), Vec::<String>::new());
    }
}
