//! What the engine seam promises, on both engines: groups, panics, races, lost connections, erasure, leases.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod places;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use db::{Db, Error, Tx, Use, Value, statements};
use places::{Place, Proxy, on_both_engines};
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq};
use proptest::test_runner::{Config, TestRunner};

statements! {
    PUT = "insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value";
    PUT_REVERSED = "insert into settings (value, name) values ($2, $1) on conflict (name) do nothing";
    GET = "select value from settings where name = $1";
    REMOVE = "delete from settings where name = $1";
    COUNT_UP = "insert into settings (name, value) values ($1, '1')
        on conflict (name) do update set value = settings.value || '1'";
    COUNT_PAIR = "select cast(count(*) as bigint) from settings where name in ('first', 'second')";
    REMOVE_PAIR = "delete from settings where name in ('first', 'second')";
    FEW_PAGES = "pragma max_page_count = 60";
    JOURNAL = "pragma journal_mode";
    SYNC = "pragma synchronous";
    KEYS = "pragma foreign_keys";
    ZEROES = "pragma secure_delete";
    CHECKPOINT = "pragma wal_autocheckpoint";
    CACHE = "pragma cache_size";
    TEMPORARY = "pragma temp_store";
    COMMIT = "show synchronous_commit";
    ISOLATION = "show default_transaction_isolation";
    STATEMENT = "show statement_timeout";
    LOCK = "show lock_timeout";
    IDLE = "show idle_in_transaction_session_timeout";
    READ_ALONE = "set session characteristics as transaction read only";
    WITNESS = "select name from settings where value = 'witness' and cast($1 as bytea) is not null";
}

fn put(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<(), Error> {
    tx.execute(&PUT, &[name.into(), value.into()]).map(|_| ())
}

async fn get(db: &Db, name: &'static str) -> Option<String> {
    db.read(move |tx| tx.optional(&GET, &[name.into()])).await.unwrap()
}

on_both_engines! {
    async fn a_failed_unit_of_work_takes_only_itself_back(place: Place) {
        let db = Arc::new(place.open(Use::Serve));
        let mut tasks = Vec::new();
        for number in 0..60_u32 {
            let db = Arc::clone(&db);
            tasks.push(tokio::spawn(async move {
                db.write(move |tx| {
                    put(tx, &format!("row {number}"), "kept")?;
                    tx.execute(&COUNT_UP, &["rows".into()])?;
                    if number % 3 == 0 { Err(Error::Defect("on purpose".to_owned())) } else { Ok(()) }
                })
                .await
            }));
        }
        for (number, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap().is_ok(), number % 3 != 0, "{number}");
        }
        for number in 0..60_u32 {
            let name = format!("row {number}");
            let found = db.read(move |tx| tx.optional::<String>(&GET, &[(&name).into()])).await.unwrap();
            assert_eq!(found.is_some(), number % 3 != 0, "{number}");
        }
        // Work that ran again for another's sake counts once.
        assert_eq!(get(&db, "rows").await.map(|ones| ones.len()), Some(40));
    }

    async fn a_panicking_unit_of_work_is_answered_and_the_next_one_runs(place: Place) {
        let db = place.open(Use::Serve);
        let result: Result<(), Error> = db
            .write(|tx| {
                put(tx, "half", "done")?;
                panic!("on purpose")
            })
            .await;
        assert!(matches!(result, Err(Error::Panicked)));
        db.write(|tx| put(tx, "after", "the panic")).await.unwrap();
        assert_eq!(get(&db, "half").await, None);
        assert_eq!(get(&db, "after").await.as_deref(), Some("the panic"));
    }

    async fn parameters_are_bound_by_name_and_not_by_their_first_appearance(place: Place) {
        let db = place.open(Use::Serve);
        db.write(|tx| tx.execute(&PUT_REVERSED, &["name".into(), "value".into()])).await.unwrap();
        assert_eq!(get(&db, "name").await.as_deref(), Some("value"));
    }

    async fn a_caller_that_goes_away_leaves_all_or_nothing(place: Place) {
        let db = Arc::new(place.open(Use::Serve));
        for _ in 0..50 {
            let inside = Arc::clone(&db);
            let task = tokio::spawn(async move {
                inside.write(|tx| { put(tx, "first", "x")?; put(tx, "second", "x") }).await
            });
            tokio::task::yield_now().await;
            task.abort();
            let _ = task.await;
            let count = db.read(|tx| tx.one::<i64>(&COUNT_PAIR, &[])).await.unwrap();
            assert_ne!(count, 1);
            db.write(|tx| tx.execute(&REMOVE_PAIR, &[])).await.unwrap();
        }
    }

    async fn what_was_migrated_is_not_migrated_again_and_a_foreign_schema_is_refused(place: Place) {
        drop(place.open(Use::Serve));
        drop(place.open(Use::Share));
        place.run_sql("update schema_migrations set checksum = 'other'");
        assert!(matches!(place.try_open(Use::Share), Err(Error::Refused(_))));
    }

    async fn a_server_keeps_rebuilders_away_and_lets_commands_work(place: Place) {
        let server = place.open(Use::Serve);
        assert!(matches!(place.try_open(Use::Alone), Err(Error::InUse(_))));
        let beside = place.open(Use::Share);
        beside.write(|tx| put(tx, "beside", "the server")).await.unwrap();
        assert_eq!(get(&server, "beside").await.as_deref(), Some("the server"));
        drop((server, beside));
        place.until_nobody_is_connected();
        assert!(place.try_open(Use::Alone).is_ok());
    }
}

/// What each connection has to say of itself, or acknowledged payments can be lost and erased numbers stay.
#[tokio::test]
async fn the_settings_that_promises_rest_on_read_back_as_they_were_set() {
    let whole = |sql| move |tx: &mut Tx<'_>| tx.one::<i64>(sql, &[]);
    let words = |sql| move |tx: &mut Tx<'_>| tx.one::<String>(sql, &[]);
    let place = Place::sqlite();
    for usage in [Use::Serve, Use::Share] {
        let db = place.open(usage);
        assert_eq!(db.write(words(&JOURNAL)).await.unwrap(), "wal");
        let full = 2;
        for (sql, set) in [(&SYNC, full), (&KEYS, 1), (&ZEROES, 1), (&CHECKPOINT, 10_000), (&CACHE, -16_384)]
        {
            assert_eq!(db.write(whole(sql)).await.unwrap(), set, "{}", sql.text());
        }
        assert_eq!(db.read(whole(&CACHE)).await.unwrap(), -8192);
        let memory = 2;
        assert_eq!(db.read(whole(&TEMPORARY)).await.unwrap(), memory);
        assert_eq!(db.write(whole(&TEMPORARY)).await.unwrap(), memory);
        db.read(|tx| put(tx, "a reader", "writes")).await.unwrap_err();
    }
    let place = Place::postgres();
    for usage in [Use::Serve, Use::Share] {
        let db = place.open(usage);
        for (sql, set) in [
            (&COMMIT, "on"),
            (&ISOLATION, "read committed"),
            (&STATEMENT, "4s"),
            (&LOCK, "3s"),
            (&IDLE, "30s"),
        ] {
            assert_eq!(db.write(words(sql)).await.unwrap(), set, "{}", sql.text());
        }
    }
}

#[tokio::test]
async fn sqlite_a_full_disk_refuses_the_work_and_the_next_small_one_is_taken() {
    let place = Place::sqlite();
    let db = place.open(Use::Serve);
    db.write(|tx| tx.one::<i64>(&FEW_PAGES, &[])).await.unwrap();
    let large = "x".repeat(512 * 1024);
    let result = db.write(move |tx| put(tx, "large", &large)).await;
    assert!(matches!(result, Err(Error::Unavailable(_))), "{result:?}");
    assert_eq!(get(&db, "large").await, None);
    db.write(|tx| put(tx, "small", "x")).await.unwrap();
    assert_eq!(get(&db, "small").await.as_deref(), Some("x"));
}

#[tokio::test]
async fn sqlite_after_a_write_without_room_only_one_as_large_shows_that_there_is_some() {
    let place = Place::sqlite();
    let db = place.open(Use::Serve);
    let large = "x".repeat(512 * 1024);
    let refused = async || {
        db.write(|tx| tx.one::<i64>(&FEW_PAGES, &[])).await.unwrap();
        let large = large.clone();
        db.try_for_room(move |tx| put(tx, "large", &large)).await.unwrap_err();
        assert!(db.is_short_of_room());
    };
    assert!(!db.is_short_of_room());
    refused().await;
    db.write(|tx| put(tx, "small", "x")).await.unwrap();
    assert!(db.is_short_of_room());
    refused().await;
    // The connection is another one after a refusal, and may use all pages.
    let text = large.clone();
    db.try_for_room(move |tx| put(tx, "large", &text)).await.unwrap();
    assert!(!db.is_short_of_room());
}

/// Work that tries whether there is room takes none of the others' with it when it is refused.
#[tokio::test]
async fn sqlite_work_that_is_committed_alone_fails_alone() {
    let place = Place::sqlite();
    let db = Arc::new(place.open(Use::Serve));
    let large = "x".repeat(512 * 1024);
    for _ in 0..20 {
        db.write(|tx| tx.one::<i64>(&FEW_PAGES, &[])).await.unwrap();
        let text = large.clone();
        let alone = db.try_for_room(move |tx| put(tx, "large", &text));
        let others = (0..32).map(|number| {
            let db = Arc::clone(&db);
            async move { db.write(move |tx| put(tx, &format!("small {number}"), "x")).await }
        });
        let others: Vec<_> = others.map(tokio::spawn).collect();
        alone.await.unwrap_err();
        for other in others {
            other.await.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn sqlite_a_command_beside_a_busy_server_gets_its_turn() {
    let place = Place::sqlite();
    let server = Arc::new(place.open(Use::Serve));
    let busy: Vec<_> = (0..64)
        .map(|number| {
            let server = Arc::clone(&server);
            tokio::spawn(async move {
                loop {
                    let name = format!("busy {number}");
                    server.write(move |tx| put(tx, &name, "x")).await.unwrap();
                }
            })
        })
        .collect();
    let beside = place.open(Use::Share);
    let asked = Instant::now();
    for _ in 0..5 {
        beside.write(|tx| put(tx, "beside", "x")).await.unwrap();
    }
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    busy.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn sqlite_erased_data_leaves_the_files() {
    let place = Place::sqlite();
    let db = place.open(Use::Serve);
    let canary = "Zinaida-Canary-Personal";
    db.write(move |tx| put(tx, "person", canary)).await.unwrap();
    // The server that has just started moves it from one file to another at this moment.
    places::eventually(Duration::from_secs(5), || place.files_hold(canary));
    db.write(|tx| {
        tx.erased();
        tx.execute(&REMOVE, &["person".into()])
    })
    .await
    .unwrap();
    places::eventually(Duration::from_secs(62), || !place.files_hold(canary));
}

/// The server's own readers come one after the other, and some thread always keeps a snapshot.
#[test]
fn sqlite_erased_data_leaves_the_files_while_everybody_reads_and_writes() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .on_thread_start(db::keep_snapshots_on_this_thread)
        .on_thread_park(db::before_sleep)
        .build()
        .unwrap();
    let place = Place::sqlite();
    let db = Arc::new(place.open(Use::Serve));
    let canary = "Zinaida-Canary-Personal";
    runtime.block_on(db.write(move |tx| put(tx, "person", canary))).unwrap();
    // The server that has just started moves it from one file to another at this moment.
    places::eventually(Duration::from_secs(5), || place.files_hold(canary));
    for number in 0..16 {
        let db = Arc::clone(&db);
        runtime.spawn(async move {
            loop {
                if number % 4 == 0 {
                    db.write(move |tx| put(tx, &format!("busy {number}"), "x")).await.unwrap();
                }
                assert!(get(&db, "person").await.is_none_or(|text| text == canary));
                tokio::task::yield_now().await;
            }
        });
    }
    let removal = db.write(|tx| {
        tx.erased();
        tx.execute(&REMOVE, &["person".into()])
    });
    runtime.block_on(removal).unwrap();
    places::eventually(Duration::from_secs(62), || !place.files_hold(canary));
}

/// A command beside the server that does not live to see its erasure out.
#[tokio::test]
async fn sqlite_what_somebody_else_erased_leaves_the_files() {
    let place = Place::sqlite();
    let db = place.open(Use::Serve);
    let canary = "Zinaida-Canary-Personal";
    db.write(move |tx| put(tx, "person", canary)).await.unwrap();
    // The server that has just started moves it from one file to another at this moment.
    places::eventually(Duration::from_secs(5), || place.files_hold(canary));
    place.run_sql("pragma secure_delete = on; delete from settings where name = 'person'");
    places::eventually(Duration::from_secs(62), || !place.files_hold(canary));
}

/// Rows that grow move to other pages, in any order, and what they were stays behind where they stood.
#[test]
fn sqlite_of_erased_rows_nothing_is_left_between_the_rows_that_stay() {
    const ROWS: usize = 120;
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let changes = vec((0..ROWS, 1..900_usize), 3 * ROWS..5 * ROWS);
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let result = runner.run(&(changes, vec(any::<bool>(), ROWS)), |(changes, goes)| {
        let place = Place::sqlite();
        let db = place.open(Use::Serve);
        let mut rows = BTreeMap::new();
        for (number, (row, length)) in changes.into_iter().enumerate() {
            let name = format!("row {row}");
            let mark = format!("{row}-{number}");
            let value = format!("<mark>{mark}</mark>{}", "x".repeat(length));
            rows.insert(row, (mark, value.clone()));
            runtime.block_on(db.write(move |tx| put(tx, &name, &value))).unwrap();
        }
        let (gone, left): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(row, _)| goes[*row]);
        let removal = db.write(move |tx| {
            tx.erased();
            gone.iter()
                .try_for_each(|(row, _)| tx.execute(&REMOVE, &[(&format!("row {row}")).into()]).map(|_| ()))
        });
        runtime.block_on(removal).unwrap();
        let marks: BTreeSet<String> = left.iter().map(|(_, (mark, _))| mark.clone()).collect();
        places::eventually(Duration::from_secs(62), || place.marks() == marks);
        for (row, (_, value)) in left {
            let name = format!("row {row}");
            let found = db.read(move |tx| tx.optional::<String>(&GET, &[(&name).into()]));
            prop_assert_eq!(runtime.block_on(found).unwrap(), Some(value));
        }
        prop_assert_eq!(runtime.block_on(db.check()).unwrap(), Vec::<String>::new());
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}\n{runner}"));
}

/// A unit of work may be the last that holds the database, and must not wait for its own thread.
#[tokio::test]
async fn sqlite_a_database_that_its_own_work_drops_ends() {
    let place = Place::sqlite();
    let db = Arc::new(place.open(Use::Serve));
    let inside = Arc::clone(&db);
    let task = tokio::spawn(async move {
        let held = Arc::clone(&inside);
        inside.write(move |tx| put(tx, "held", &Arc::strong_count(&held).to_string())).await
    });
    tokio::task::yield_now().await;
    task.abort();
    let _ = task.await;
    drop(db);
    place.until_nobody_is_connected();
}

#[tokio::test]
async fn sqlite_what_was_queued_is_done_when_the_database_is_closed() {
    let place = Place::sqlite();
    let db = Arc::new(place.open(Use::Serve));
    let queued = Arc::clone(&db);
    let task = tokio::spawn(async move { queued.write(|tx| put(tx, "queued", "done")).await });
    tokio::task::yield_now().await;
    db.close(Instant::now() + Duration::from_secs(10));
    task.await.unwrap().unwrap();
    let refused = db.write(|tx| put(tx, "late", "x")).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    assert_eq!(get(&db, "queued").await.as_deref(), Some("done"));
}

#[tokio::test]
async fn postgres_a_deadlock_is_run_again_until_both_are_in() {
    let place = Place::postgres();
    let db = Arc::new(place.open(Use::Serve));
    db.write(|tx| {
        put(tx, "a", "0")?;
        put(tx, "b", "0")
    })
    .await
    .unwrap();
    let meeting = Arc::new(std::sync::Barrier::new(2));
    let runs = Arc::new(AtomicU32::new(0));
    let task = |first: &'static str, second: &'static str| {
        let (db, meeting, runs) = (Arc::clone(&db), Arc::clone(&meeting), Arc::clone(&runs));
        tokio::spawn(async move {
            let met = AtomicU32::new(0);
            db.write(move |tx| {
                runs.fetch_add(1, Ordering::SeqCst);
                put(tx, first, "1")?;
                if met.fetch_add(1, Ordering::SeqCst) == 0 {
                    meeting.wait();
                }
                put(tx, second, "1")
            })
            .await
        })
    };
    let (one, other) = (task("a", "b"), task("b", "a"));
    one.await.unwrap().unwrap();
    other.await.unwrap().unwrap();
    assert!(runs.load(Ordering::SeqCst) > 2, "there was no deadlock to get out of");
}

#[tokio::test]
async fn postgres_a_commit_whose_answer_is_lost_is_found_out() {
    let place = Place::postgres();
    let proxy = Proxy::start(&place);
    let db = proxy.place().open(Use::Share);
    db.write(|tx| put(tx, "warm", "x")).await.unwrap();
    proxy.cut_after_commit();
    db.write(|tx| {
        put(tx, "seen", "witness")?;
        tx.witness(&WITNESS, [0; 16]);
        Ok::<_, Error>(())
    })
    .await
    .unwrap();
    proxy.cut_after_commit();
    let result = db.write(|tx| put(tx, "unseen", "x")).await;
    assert!(matches!(result, Err(Error::Unknown(_))), "{result:?}");
    db.write(|tx| put(tx, "after", "x")).await.unwrap();
}

/// After a failover the old server, where it still answers, reads and does not write.
#[tokio::test]
async fn postgres_a_session_that_only_reads_is_given_up_for_one_that_writes() {
    let place = Place::postgres();
    let db = Arc::new(place.open(Use::Serve));
    at_once(&db, |tx| tx.execute(&READ_ALONE, &[]).map(|_| ())).await;
    at_once(&db, |tx| put(tx, "written", "once more")).await;
    assert_eq!(get(&db, "written").await.as_deref(), Some("once more"));
}

/// Work that is under way while others find out that their server only reads is committed or refused, and never told as done
/// and thrown away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_work_under_way_while_others_leave_a_server_is_committed() {
    let place = Place::postgres();
    let db = Arc::new(place.open(Use::Serve));
    let (begun, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let channels = Mutex::new((begun, may_go_on));
    let inside = Arc::clone(&db);
    let slow = tokio::spawn(async move {
        let work = move |tx: &mut Tx<'_>| {
            put(tx, "slow", "kept")?;
            let channels = channels.lock().unwrap();
            channels.0.send(()).unwrap();
            // It ends when the other end goes, too.
            let _ = channels.1.recv();
            Ok(())
        };
        inside.write::<(), Error, _>(work).await
    });
    has_begun.recv().unwrap();
    at_once(&db, |tx| tx.execute(&READ_ALONE, &[]).map(|_| ())).await;
    at_once(&db, |tx| put(tx, "written", "once more")).await;
    drop(go_on);
    slow.await.unwrap().unwrap();
    assert_eq!(get(&db, "slow").await.as_deref(), Some("kept"));
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

#[tokio::test]
async fn values_of_every_kind_come_back_as_they_went() {
    for place in [Place::sqlite(), Place::postgres()] {
        let db = place.open(Use::Share);
        let text = "å \u{1f4b6} ' \" \\ \n";
        db.write(move |tx| put(tx, "text", text)).await.unwrap();
        assert_eq!(get(&db, "text").await.as_deref(), Some(text));
        assert!(matches!(Value::from(None::<i64>), Value::Null));
    }
}
