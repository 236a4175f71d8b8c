//! A failover of PostgreSQL: for two seconds sessions are used that only read, on a server that may be behind. No write follows
//! from what they say.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use std::sync::Arc;

use db::{Use, statements};
use domain::acquiring::{Books, Step};
use domain::customers::search::{self, Seen};
use domain::customers::{self, Details, EmailRule};
use domain::payments::{self, checkout};
use domain::text::{Email, Name};
use domain::time::{Clock, Time};
use domain::{App, Error, Id, Tx};
use house::place::psql;
use house::{House, Place};

statements! {
    WRITABLE = "select count(*) from settings where current_setting('transaction_read_only') = 'off'";
    CUSTOMERS = "select count(*) from customers";
    SEGMENTS = "select count(*) from customer_segments where is_whole = 1";
}

/// Enough for one segment.
const CUSTOMERS_MADE: usize = 2_060;
/// Sessions of a server, and some more jobs than those.
const JOBS: usize = 64;

fn url_of(place: &Place) -> String {
    let Place::Postgres { url, .. } = place else { panic!("this is SQLite") };
    url.clone()
}

/// Has sessions that begin now be those of a server that only reads, and is behind: it lacks what stands in some tables, and
/// has in others what is told. Those before end.
fn begin_failover(url: &str, what: &str) {
    psql(url, &format!("create schema behind; {what}"));
    let name = url.rsplit('/').next().unwrap();
    psql(url, &format!("alter database {name} set search_path = behind, public"));
    psql(url, &format!("alter database {name} set default_transaction_read_only = on"));
    psql(
        url,
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()",
    );
}

/// Has sessions that begin from now on write again.
fn end_failover(url: &str) {
    let name = url.rsplit('/').next().unwrap();
    let that_writes = format!("{url}?options=-c%20default_transaction_read_only%3Doff");
    psql(&that_writes, &format!("alter database {name} reset all"));
}

/// Uses every session.
async fn read_at_once(app: &Arc<App>) {
    let reads: Vec<_> = (0..JOBS)
        .map(|_| {
            let app = Arc::clone(app);
            tokio::spawn(async move { app.read(|tx| Ok(tx.one::<i64>(&CUSTOMERS, &[])?)).await })
        })
        .collect();
    for read in reads {
        assert_eq!(read.await.unwrap().unwrap(), 0, "this server is not behind");
    }
}

fn details(number: usize) -> Details {
    Details {
        name: Some(Name::from_whole(format!("Ada {number} Lovelace"))),
        email: Email::parse("email", &format!("x{number}@example.com")).ok(),
        ..Details::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_job_writes_by_what_a_server_says_that_is_behind() {
    let place = Place::postgres();
    let url = url_of(&place);
    let house = House::build(place, 1).await;
    let (scope, payment) = (house.caller.scope, house.charge(None).await);
    let new: Vec<_> = (0..CUSTOMERS_MADE).map(|number| (details(number), house.app.draw())).collect();
    // In pieces, each of which a busy machine makes within the time that a commit may take.
    for new in new.chunks(200) {
        let new = new.to_vec();
        let made = house.app.write(move |tx: &mut Tx<'_>| {
            new.iter().try_for_each(|(details, drawn)| {
                customers::create(tx, scope, details, EmailRule::Shared, drawn).map(|_| ())
            })
        });
        made.await.unwrap();
    }

    begin_failover(
        &url,
        "create table behind.customers (like public.customers); create table behind.payments as table public.payments;
            update behind.payments set lapses_at = 0",
    );
    read_at_once(&house.app).await;
    end_failover(&url);
    checkout::sweep(&house.app).await.unwrap();
    search::keep_up(&house.app, &Seen::default()).await.unwrap();

    // Where all is written, whatever is read elsewhere.
    let done = house.app.write(move |tx| {
        let payment = payments::get(tx, scope, payment)?;
        Ok((payment.status().as_str(), tx.one::<i64>(&SEGMENTS, &[])?))
    });
    assert_eq!(done.await.unwrap(), ("authorized", 1));
    let mut faults = house.app.check().await;
    faults.retain(|line| line.contains("is not found by"));
    assert!(faults.is_empty(), "{} customers are not found: {:?}", faults.len(), faults.first());
}

/// A clock that nobody asks.
struct Still;

impl Clock for Still {
    fn now(&self) -> Time {
        Time(0)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_acquirer_did_is_not_unknown_where_a_server_is_behind() {
    let place = Place::postgres();
    let url = url_of(&place);
    let db = Arc::new(place.open(Use::Serve));
    let books = Books::new(Arc::clone(&db), Arc::new(Still));
    let id = Id::from_bytes([7; 16]);
    books.write(id, Step::Performed, "done".to_owned()).await.unwrap();
    begin_failover(&url, "create table behind.acquirer_books (like public.acquirer_books)");
    let count = |tx: &mut Tx<'_>| Ok::<i64, Error>(tx.one(&WRITABLE, &[])?);
    for _ in 0..JOBS {
        assert_eq!(db.read(count).await.unwrap(), 0, "this session writes");
    }
    end_failover(&url);
    for _ in 0..JOBS {
        assert_eq!(books.read(id, Step::Performed).await.unwrap().as_deref(), Some("done"));
    }
}
