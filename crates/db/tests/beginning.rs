//! What happens before a database is made where there is none.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod places;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use db::{Db, Error, Target, Use};
use places::{Place, on_both_engines};

on_both_engines! {
    async fn where_what_comes_first_fails_no_database_is_made(place: Place) {
        let asked = Arc::new(AtomicU32::new(0));
        let open = |usage, succeeds: bool| {
            let target = match &place {
                Place::Sqlite(folder) => Target::Sqlite(folder.join("kassa.db")),
                Place::Postgres { url, .. } => Target::Postgres { address: url.clone(), connections: 16 },
            };
            let asked = Arc::clone(&asked);
            Db::open_after(&target, usage, move || {
                asked.fetch_add(1, Ordering::Relaxed);
                if succeeds { Ok(()) } else { Err(Error::Refused("no key".to_owned())) }
            })
        };
        for usage in [Use::Serve, Use::Share, Use::Alone] {
            assert!(matches!(open(usage, false), Err(Error::Refused(why)) if why == "no key"));
            assert!(matches!(open(Use::Visit, false), Err(Error::Absent)));
        }
        assert_eq!(asked.load(Ordering::Relaxed), 3);
        drop(open(Use::Serve, true).unwrap());
        drop(open(Use::Serve, false).unwrap());
        assert_eq!(asked.load(Ordering::Relaxed), 4, "it is asked for new databases alone");
    }
}

/// A way to write what another program writes.
type Writes = fn(&rusqlite::Connection) -> rusqlite::Result<()>;

#[test]
fn sqlite_what_another_program_writes_during_the_first_start_stays_as_it_is() {
    let cases: [Writes; 3] = [
        |other| other.execute_batch("create table notes (a)"),
        |other| other.execute_batch("pragma application_id = 7"),
        |other| other.execute_batch("create table t (a); drop table t"),
    ];
    for (number, writes) in cases.into_iter().enumerate() {
        let folder = std::env::temp_dir().join(format!("kassa-beginning-{number}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("kassa.db");
        let (theirs, facts) = (file.clone(), |file: &std::path::Path| {
            let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
            (mode, std::fs::read(file).unwrap())
        });
        let opened = Db::open_after(&Target::Sqlite(file.clone()), Use::Serve, move || {
            writes(&rusqlite::Connection::open(&theirs).unwrap()).unwrap();
            std::fs::set_permissions(&theirs, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
            std::fs::copy(&theirs, theirs.with_extension("copy")).unwrap();
            Ok(())
        });
        let why = opened.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(why.contains("of another program") && why.contains("nothing was changed"), "{number}: {why}");
        assert!(facts(&file) == facts(&file.with_extension("copy")), "{number}: it was changed");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
