//! The embedded engine: inline reads on the calling thread, writes by the one writer thread. It does not know what the
//! schema is, nor that there is another engine.

mod connect;
mod erasure;
mod error;
pub(crate) mod files;
mod journal;
pub(crate) mod reader;
mod scrub;
mod stranger;
mod work;
mod writer;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Row};
use tokio::sync::oneshot;

use crate::room::Room;
use crate::{Error, Sql, Use, View};
use connect::{Lease, connect_checker, connect_first, connect_reader, lease, refused, use_log};
use writer::{Commit, Job, Writer};

pub(crate) use error::{read_error, write_error};
pub(crate) use stranger::{Found, Stranger};
pub(crate) use work::Work;
pub(crate) use writer::Order;

/// SQLite 3.7.0 to 3.51.2 can corrupt a WAL that two connections use.
const OLDEST_SAFE: i32 = 3_051_003;

/// How long whoever has no hurry waits for the writer's end: longer than it waits for another process.
const END_OF_COMMANDS: Duration = Duration::from_secs(15);

/// Tells one opened database from another in the threads' own readers.
static OPENED: AtomicU64 = AtomicU64::new(0);

type Migrate = fn(&mut Connection, Use, &dyn Fn(Found) -> Result<(), Error>) -> Result<bool, Error>;

pub(crate) struct Sqlite {
    file: PathBuf,
    opened: u64,
    writer: Writer,
    room: Arc<Room>,
    /// Held for as long as this server uses the file.
    lease: Lease,
}

impl Sqlite {
    /// Opens the file. `look` tells whose a schema is; `before_making` runs where there is none and one is to be made;
    /// `migrate` brings it up to date before anybody uses it, and says whether there was none. It tells what is there from
    /// within its transaction, because another program may have written since the first look.
    pub(crate) fn open(
        file: &Path,
        usage: Use,
        look: fn(&Connection) -> Result<Found, rusqlite::Error>,
        before_making: impl FnOnce() -> Result<(), Error>,
        migrate: Migrate,
    ) -> Result<(Self, bool), Error> {
        if rusqlite::version_number() < OLDEST_SAFE {
            return Err(Error::Refused(format!(
                "SQLite {} can corrupt its log; Kassa needs 3.51.3 or newer",
                rusqlite::version()
            )));
        }
        // Before anything is done to the files, and once more when no other server does anything to them.
        look_over(file, usage, look)?;
        let lease = lease(file, usage)?;
        let found = look_over(file, usage, look)?;
        if found == Found::Nothing {
            before_making()?;
        }
        let mut connection = connect_first(file).map_err(|error| refused(file, &error))?;
        scrub::is_possible(&connection, file)?;
        match (found, usage) {
            // The tables of a copy that was brought back are changed by way of the log as well. A change without it leaves a
            // journal when it is stopped, and nobody could tell it from another program's.
            (Found::Ours, Use::Serve | Use::Alone) => {
                files::tighten(file)?;
                use_log(&connection).map_err(|error| refused(file, &error))?;
            }
            // They bring nothing up to date.
            (Found::Ours, Use::Share | Use::Visit) | (Found::Nothing | Found::Foreign(_), _) => {}
        }
        let is_new = migrate_ours(&mut connection, file, usage, &lease, migrate)?;
        match usage {
            Use::Serve | Use::Share | Use::Alone => files::tighten(file)?,
            // Who only looks changes nothing.
            Use::Visit => files::tell(file),
        }
        use_log(&connection).map_err(|error| refused(file, &error))?;
        // Whatever was put there meanwhile in place of a file that the engine was about to make.
        files::check(file)?;
        let room = Arc::new(Room::default());
        let writer = Writer::start(connection, file.to_owned(), usage, Arc::clone(&room))?;
        let opened = OPENED.fetch_add(1, Ordering::Relaxed);
        Ok((Self { file: file.to_owned(), opened, writer, room, lease }, is_new))
    }

    pub(crate) fn is_served(&self) -> bool {
        self.lease.is_held()
    }

    pub(crate) fn room(&self) -> &Room {
        &self.room
    }

    /// `order` is [`Order::Join`] or [`Order::Alone`].
    pub(crate) async fn write<T, E, F>(&self, order: fn(Box<dyn Job>) -> Order, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(Work<'_>) -> Result<T, E> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job = Box::new(Waiting { work, sender, result: None });
        self.writer.send(order(job))?;
        receiver.await.unwrap_or_else(|_| Err(Error::Unavailable("the writer has stopped".to_owned()).into()))
    }

    pub(crate) fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        E: From<Error>,
        F: Fn(Work<'_>) -> Result<T, E>,
    {
        reader::with(self.opened, &self.file, self.writer.commits(), |connection| {
            let erased = Cell::new(false);
            work(Work { connection, erased: &erased, room: &self.room })
        })
    }

    pub(crate) fn view(&self) -> Result<View, Error> {
        reader::view(self.opened, &self.file, self.writer.commits())
    }

    pub(crate) async fn broken(&self) -> String {
        self.writer.broken().await
    }

    pub(crate) fn close(&self, until: Instant) {
        self.writer.close(until);
    }

    pub(crate) fn check(&self) -> Result<Vec<String>, Error> {
        let connection = connect_checker(&self.file).map_err(|error| write_error(&error))?;
        let all = |text: &str, read: fn(&Row<'_>) -> Result<String, rusqlite::Error>| {
            let mut statement = connection.prepare(text)?;
            statement.query_map([], read)?.collect::<Result<Vec<_>, _>>()
        };
        let lines = all("pragma integrity_check", |row| row.get(0)).map_err(|error| write_error(&error))?;
        let rows = all("pragma foreign_key_check", |row| {
            Ok(format!("{} → {}", row.get::<_, String>(0)?, row.get::<_, String>(2)?))
        });
        let rows = rows.map_err(|error| write_error(&error))?;
        let lines = lines.into_iter().filter(|line| line != "ok").map(|line| format!("integrity: {line}"));
        let rows = rows.into_iter().map(|row| format!("foreign key without its row: {row}"));
        Ok(lines.chain(rows).collect())
    }

    pub(crate) fn plan(&self, sql: &Sql) -> Result<Vec<String>, Error> {
        let connection = connect_reader(&self.file).map_err(|error| write_error(&error))?;
        let text = format!("explain query plan {}", sql.text());
        let mut statement = connection.prepare(&text).map_err(|error| write_error(&error))?;
        let mut rows = statement.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next().map_err(|error| write_error(&error))? {
            steps.push(row.get(3).map_err(|error| read_error(&error))?);
        }
        Ok(steps)
    }
}

/// Looks whether the files may be used, and at what they hold.
fn look_over(
    file: &Path,
    usage: Use,
    look: fn(&Connection) -> Result<Found, rusqlite::Error>,
) -> Result<Found, Error> {
    files::check(file)?;
    match (stranger::look_at(file, usage, look)?, usage) {
        (Found::Foreign(stranger), _) => Err(stranger::refuse(file, stranger)),
        (Found::Nothing, Use::Visit) => Err(Error::Absent),
        (found @ (Found::Nothing | Found::Ours), _) => Ok(found),
    }
}

/// Makes or changes the tables, unless another program's are there now.
fn migrate_ours(
    connection: &mut Connection,
    file: &Path,
    usage: Use,
    lease: &Lease,
    migrate: Migrate,
) -> Result<bool, Error> {
    let cannot = |error: std::io::Error| {
        Error::Refused(format!("cannot write {}: {error}", files::lock(file).display()))
    };
    let has_begun = Cell::new(false);
    let is_new = migrate(connection, usage, &|found| match found {
        Found::Foreign(stranger) => Err(stranger::refuse(file, stranger)),
        Found::Ours => Ok(()),
        Found::Nothing => {
            has_begun.set(true);
            lease.begin().map_err(cannot)
        }
    });
    // What failed was taken back, and what a killed start began is done.
    if has_begun.get() || (is_new.is_ok() && usage != Use::Visit) {
        lease.end().map_err(cannot)?;
    }
    is_new
}

/// A caller's unit of work, and what became of it so far.
struct Waiting<T, E, F> {
    work: F,
    sender: oneshot::Sender<Result<T, E>>,
    result: Option<Result<T, E>>,
}

impl<T, E, F> Job for Waiting<T, E, F>
where
    T: Send,
    E: From<Error> + Send,
    F: Fn(Work<'_>) -> Result<T, E> + Send,
{
    fn run(&mut self, work: Work<'_>) -> bool {
        // A second time somebody may have failed because of what the first time wrote.
        let result = if self.result.is_none() && self.sender.is_closed() {
            // The caller went away before its turn: it was promised nothing.
            Err(Error::Unavailable("nobody waits".to_owned()).into())
        } else {
            catch_unwind(AssertUnwindSafe(|| (self.work)(work)))
                .unwrap_or_else(|_| Err(Error::Panicked.into()))
        };
        self.result.insert(result).is_ok()
    }

    fn has_failed(&self) -> bool {
        self.result.as_ref().is_some_and(Result::is_err)
    }

    fn tell(self: Box<Self>, commit: Commit) {
        let Self { sender, result, .. } = *self;
        let result = match (commit, result) {
            (Commit::Durable, Some(result)) => result,
            (Commit::Refused(error), _) => Err(error.into()),
            (Commit::Durable, None) => {
                Err(Error::Defect("a job was committed without being run".to_owned()).into())
            }
        };
        // A caller that went away has nobody to tell; what was committed stays.
        let _ = sender.send(result);
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.close(Instant::now() + END_OF_COMMANDS);
    }
}
