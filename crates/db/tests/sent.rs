//! Statements whose outcome nobody waits for: they go with what comes next, and fail with it.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod places;

use std::sync::Arc;

use db::{Db, Error, Tx, Use, Value, statements};
use places::{Place, on_both_engines};

statements! {
    PUT = "insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value";
    GET = "select value from settings where name = $1";
    READ_ALONE = "set session characteristics as transaction read only";
}

async fn get(db: &Db, name: &'static str) -> Option<String> {
    db.read(move |tx| tx.optional(&GET, &[name.into()])).await.unwrap()
}

on_both_engines! {
    async fn a_statement_that_fails_when_nobody_waits_for_it_takes_all_of_its_work_back(place: Place) {
        let db = place.open(Use::Serve);
        let refused = db
            .write(|tx| {
                tx.send(&PUT, &["sent".into(), "kept".into()])?;
                tx.send(&PUT, &["without a value".into(), Value::Null])?;
                tx.send(&PUT, &["sent after it".into(), "kept".into()])
            })
            .await;
        assert!(matches!(refused, Err(Error::Constraint(_))), "{refused:?}");
        assert_eq!((get(&db, "sent").await, get(&db, "sent after it").await), (None, None));
        db.write(|tx| tx.send(&PUT, &["sent".into(), "kept".into()])).await.unwrap();
        assert_eq!(get(&db, "sent").await.as_deref(), Some("kept"));
    }
}

/// Does it so often at once that each connection has it to do.
async fn at_once(db: &Arc<Db>, work: fn(&mut Tx<'_>) -> Result<(), Error>) {
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let db = Arc::clone(db);
            tokio::spawn(async move { db.write(work).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}

/// After a failover the old server, where it still answers, reads and does not write. Here it is the commit that finds it out.
#[tokio::test]
async fn postgres_a_commit_on_a_session_that_only_reads_is_made_on_one_that_writes() {
    let place = Place::postgres();
    let db = Arc::new(place.open(Use::Serve));
    at_once(&db, |tx| tx.send(&PUT, &["sent".into(), "all the time".into()])).await;
    at_once(&db, |tx| tx.execute(&READ_ALONE, &[]).map(|_| ())).await;
    at_once(&db, |tx| tx.send(&PUT, &["sent".into(), "once more".into()])).await;
    assert_eq!(get(&db, "sent").await.as_deref(), Some("once more"));
}
