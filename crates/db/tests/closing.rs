//! How long the end of a database takes while another process has its file.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod places;

use std::time::{Duration, Instant};

use db::{Db, Use, statements};
use places::Place;

statements! {
    PUT = "insert into settings (name, value) values ('a', $1) on conflict (name) do update set value = excluded.value";
}

const TIME: Duration = Duration::from_secs(1);
/// A little more than the time, and less than the writer waits for others by itself.
const LIMIT: Duration = Duration::from_secs(1 + 2);

async fn put(db: &Db, value: &'static str) {
    db.write(move |tx| tx.execute(&PUT, &[value.into()])).await.unwrap();
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
