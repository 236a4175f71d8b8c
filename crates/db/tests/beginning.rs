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
