//! What tests of this crate do to a database that is their own, and a proxy that cuts connections at the worst moment.

#![expect(dead_code, reason = "each test takes what it needs of the places")]

mod place;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use db::Use;

pub(crate) use place::Place;

/// Values that were made.
static MADE: AtomicU32 = AtomicU32::new(0);

/// Instantiates each test once for each engine.
macro_rules! on_both_engines {
    ($(async fn $name:ident($place:ident: Place) $body:block)+) => {
        mod sqlite {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { let $place = Place::sqlite(); $body })+
        }
        mod postgres {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { let $place = Place::postgres(); $body })+
        }
    };
}
pub(crate) use on_both_engines;

impl Place {
    pub(crate) fn run_sql(&self, text: &str) {
        match self {
            Self::Sqlite(folder) => {
                rusqlite::Connection::open(folder.join("kassa.db")).unwrap().execute_batch(text).unwrap();
            }
            Self::Postgres { url, .. } => run(url.clone(), text.to_owned()),
        }
    }

    /// A PostgreSQL session of that name, which ends when what is answered is dropped.
    pub(crate) fn connected_as(&self, name: &str) -> Option<std::sync::mpsc::Sender<()>> {
        let Self::Postgres { url, .. } = self else { return None };
        let mut url = url::Url::parse(url).unwrap();
        url.query_pairs_mut().append_pair("application_name", &name.replace(' ', "%20"));
        let url = url.to_string().replace("%2520", "%20");
        let (stay, stays) = std::sync::mpsc::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
            tell.send(()).unwrap();
            let _ = stays.recv();
            drop(client);
        });
        told.recv().unwrap();
        Some(stay)
    }

    /// Like [`Place::run_sql`] for what the database may refuse.
    pub(crate) fn try_sql(&self, text: &str) -> Result<(), Refusal> {
        match self {
            Self::Sqlite(folder) => {
                let connection = rusqlite::Connection::open(folder.join("kassa.db")).unwrap();
                connection.execute_batch(text).map_err(|error| {
                    let error = error.to_string();
                    match error.split_once("CHECK constraint failed: ") {
                        Some((_, rule)) => Refusal::Check(rule.to_owned()),
                        None => Refusal::Trigger(error),
                    }
                })
            }
            Self::Postgres { url, .. } => on_postgres(url.clone(), text.to_owned(), |client, text| {
                client.batch_execute(text).map_err(|error| {
                    let error = error.as_db_error().unwrap();
                    match error.code().code() {
                        "23514" => Refusal::Check(error.constraint().unwrap().to_owned()),
                        _ => Refusal::Trigger(error.message().to_owned()),
                    }
                })
            }),
        }
    }

    /// The one number that a query answers.
    pub(crate) fn count(&self, text: &str) -> usize {
        let count = match self {
            Self::Sqlite(folder) => {
                let connection = rusqlite::Connection::open(folder.join("kassa.db")).unwrap();
                connection.query_row(text, [], |row| row.get(0)).unwrap()
            }
            Self::Postgres { url, .. } => on_postgres(url.clone(), text.to_owned(), |client, text| {
                client.query_one(text, &[]).unwrap().get::<_, i64>(0)
            }),
        };
        usize::try_from(count).unwrap()
    }

    /// A value as the engine's SQL spells it: `@16` is 16 bytes that came before in no value, `#` such a text.
    pub(crate) fn value(&self, text: &str) -> String {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let Some(length) = text.strip_prefix('@') else {
            return if text == "#" { format!("'{number}'") } else { text.to_owned() };
        };
        let width = 2 * length.parse::<usize>().unwrap();
        let digits = if width == 0 { String::new() } else { format!("{number:0width$x}") };
        match self {
            Self::Sqlite(_) => format!("x'{digits}'"),
            Self::Postgres { .. } => format!("'\\x{digits}'"),
        }
    }

    /// Threads end a little after the database they belong to was dropped.
    pub(crate) fn until_nobody_is_connected(&self) {
        if let Self::Postgres { .. } = self {
            eventually(Duration::from_secs(5), || self.try_open(Use::Alone).is_ok());
        } else {
            eventually(Duration::from_secs(5), || self.try_open(Use::Serve).is_ok());
        }
    }

    pub(crate) fn files_hold(&self, text: &str) -> bool {
        self.files().iter().any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    }

    /// What stands between `<mark>` and `</mark>` anywhere in the files.
    pub(crate) fn marks(&self) -> BTreeSet<String> {
        let files: Vec<String> =
            self.files().iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
        let parts = files.iter().flat_map(|text| text.split("<mark>").skip(1));
        parts.filter_map(|part| Some(part.split_once("</mark>")?.0.to_owned())).collect()
    }

    fn files(&self) -> Vec<Vec<u8>> {
        let Self::Sqlite(folder) = self else { panic!("only SQLite has files here") };
        let files = std::fs::read_dir(folder).unwrap();
        files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }
}

/// What refused a statement.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// A CHECK: its name on PostgreSQL, its text on SQLite.
    Check(String),
    /// A trigger, with what it says, or anything else.
    Trigger(String),
}

fn run(url: String, text: String) {
    on_postgres(url, text, |client, text| client.batch_execute(text).unwrap());
}

/// The driver runs a loop of its own, which may not begin on a thread that runs one already.
fn on_postgres<T: Send + 'static>(
    url: String,
    text: String,
    work: impl FnOnce(&mut postgres::Client, &str) -> T + Send + 'static,
) -> T {
    let work = move || work(&mut postgres::Client::connect(&url, postgres::NoTls).unwrap(), &text);
    std::thread::spawn(work).join().unwrap()
}

/// Waits until `condition` holds, and fails when it does not within `limit`.
pub(crate) fn eventually(limit: Duration, condition: impl Fn() -> bool) {
    let asked = Instant::now();
    while !condition() {
        assert!(asked.elapsed() < limit, "it did not come true within {limit:?}");
        #[expect(clippy::disallowed_methods, reason = "this is the one place that polls")]
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Stands between the driver and PostgreSQL, and can lose the answer to a commit.
pub(crate) struct Proxy {
    url: String,
    armed: Arc<AtomicBool>,
}

impl Proxy {
    pub(crate) fn start(place: &Place) -> Self {
        let Place::Postgres { url, .. } = place else { panic!("only PostgreSQL has connections") };
        let mut url = url::Url::parse(url).unwrap();
        let server = (url.host_str().unwrap().to_owned(), url.port().unwrap_or(5432));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let armed = Arc::new(AtomicBool::new(false));
        let cut = Arc::clone(&armed);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let server = TcpStream::connect((server.0.as_str(), server.1)).unwrap();
                pass(client.unwrap(), server, &cut);
            }
        });
        Self { url: url.into(), armed }
    }

    pub(crate) fn place(&self) -> Place {
        Place::Postgres { url: self.url.clone(), owned: false }
    }

    /// The next commit takes place, and its answer never arrives.
    pub(crate) fn cut_after_commit(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }
}

fn pass(client: TcpStream, server: TcpStream, armed: &Arc<AtomicBool>) {
    let cutting = Arc::new(AtomicBool::new(false));
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (arm, cut) = (Arc::clone(armed), Arc::clone(&cutting));
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = from_client.read(&mut buffer) {
            let commits = buffer[..count].windows(7).any(|window| window == b"commit\0");
            if commits && arm.swap(false, Ordering::SeqCst) {
                cut.store(true, Ordering::SeqCst);
            }
            if to_server.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to_server.shutdown(Shutdown::Both);
    });
    let (mut from_server, mut to_client) = (server, client);
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = from_server.read(&mut buffer) {
            // The server has committed by the time it answers.
            if cutting.load(Ordering::SeqCst) || to_client.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to_client.shutdown(Shutdown::Both);
        let _ = from_server.shutdown(Shutdown::Both);
    });
}
