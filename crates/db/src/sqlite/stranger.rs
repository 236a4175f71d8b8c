//! Whose file it is, found out before anything is done to it. A file of another program is neither opened for writing
//! nor given another mode, and nothing is laid beside it. How Kassa's schema is told from another is not known here.

use std::io::{self, Read};
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error as Failure, OpenFlags};

use super::{files, journal};
use crate::{Error, Use};

/// What stands in the place of the database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// No file, or one in which nothing ever was.
    Nothing,
    /// Kassa's.
    Ours,
    /// Another program's.
    Foreign(Stranger),
}

/// What another program left there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stranger {
    Database,
    /// A database that has no tables any more.
    Emptied,
    /// Bytes that no database begins with.
    NoDatabase,
    /// A change that was begun and not ended: opening the file takes it back.
    Interrupted,
    /// The same beside Kassa's own file, where it is nothing that Kassa began.
    JournalBeside,
    /// A log of changes without the file that they belong to: the engine would delete it.
    LogAlone,
}

type Look = fn(&Connection) -> Result<Found, Failure>;

/// A look at the file as it stands, without a lock and without the log.
const AS_IT_STANDS: &str = "immutable=1";
/// A look through the log, of which nothing is written.
const WITH_THE_LOG: &str = "readonly_shm=1";
/// The same where the index of the log is gone: without locks, which nobody who is there can hold then, the engine
/// keeps one in memory.
const WITH_THE_LOG_ALONE: &str = "vfs=unix-none";

/// What every database of the engine begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// The smallest database, a page of the smallest size.
const BYTES_MIN: u64 = 512;
/// Where a database says how it is written, and what it says where that is by way of a log.
const WRITTEN: usize = 18;
const BY_A_LOG: u8 = 2;
/// How often files are looked at that change meanwhile.
const LOOKS_MAX: u32 = 100;

/// Looks at the files. `look` tells what a schema is.
pub(super) fn look_at(file: &Path, usage: Use, look: Look) -> Result<Found, Error> {
    let cannot = |error: &dyn std::fmt::Display| {
        Error::Refused(format!("cannot use the database file {}: {error}", file.display()))
    };
    let mut starts = Starts::of(file).map_err(|error| cannot(&error))?;
    // Another start, which makes the tables just now, may have gone on between the look at one file and at the next.
    for _ in 0..LOOKS_MAX {
        let found = match judge(file, &starts, look).map_err(|error| cannot(&error))? {
            Seen::Clean(found) => return Ok(found),
            Seen::Foreign(stranger) => Ok(Found::Foreign(stranger)),
            Seen::Turning => turning(file, usage),
        };
        let now = Starts::of(file).map_err(|error| cannot(&error))?;
        if now == starts {
            return found;
        }
        starts = now;
    }
    Err(cannot(&"others change it all the time"))
}

/// What a look at the files shows.
enum Seen {
    /// No journal and no log that says something else.
    Clean(Found),
    Foreign(Stranger),
    /// Kassa's file, which it was turning to its log.
    Turning,
}

fn judge(file: &Path, starts: &Starts, look: Look) -> Result<Seen, Box<dyn std::error::Error>> {
    let Starts { main, journal, log } = starts;
    // What ended has a journal without a beginning, if it has one.
    let is_interrupted = journal.bytes.first().is_some_and(|byte| *byte != 0);
    if is_interrupted && is_our_beginning(file, starts) {
        return Ok(Seen::Clean(Found::Nothing));
    }
    let found = match (main.length, log.length) {
        (0, 0) => Found::Nothing,
        (0, _) => return Ok(Seen::Foreign(Stranger::LogAlone)),
        (_, log) if main.is_database() => look_into(file, log > 0, look)?,
        _ => Found::Foreign(Stranger::NoDatabase),
    };
    Ok(match found {
        found if !is_interrupted => Seen::Clean(found),
        Found::Ours if journal::is_turn_to_the_log(file)? => Seen::Turning,
        Found::Ours => Seen::Foreign(Stranger::JournalBeside),
        // What looks like nothing may be much once the change is taken back.
        Found::Nothing | Found::Foreign(Stranger::NoDatabase | Stranger::Emptied) => {
            Seen::Foreign(Stranger::Interrupted)
        }
        Found::Foreign(stranger) => Seen::Foreign(stranger),
    })
}

/// Whether it was Kassa that was interrupted: it says so in the lock's file before it makes the first page, which no log
/// has a part in.
fn is_our_beginning(file: &Path, Starts { main, journal, .. }: &Starts) -> bool {
    journal::began_with_nothing(&journal.bytes)
        && main.bytes.get(WRITTEN) != Some(&BY_A_LOG)
        && Start::of(&files::lock(file)).is_ok_and(|lock| lock.bytes.starts_with(files::BEGUN))
}

/// Who only looks takes nothing back, not even that.
fn turning(file: &Path, usage: Use) -> Result<Found, Error> {
    match usage {
        Use::Serve | Use::Share | Use::Alone => Ok(Found::Ours),
        Use::Visit => Err(Error::Refused(format!(
            "{} is not ready, because Kassa was stopped while it took it into use; start kassa serve once, or run \
             kassa db migrate",
            file.display()
        ))),
    }
}

/// How the file begins, and those beside it.
#[derive(PartialEq, Eq)]
struct Starts {
    main: Start,
    journal: Start,
    log: Start,
}

impl Starts {
    fn of(file: &Path) -> io::Result<Self> {
        Ok(Self {
            main: Start::of(file)?,
            journal: Start::of(&files::journal(file))?,
            log: Start::of(&files::log(file))?,
        })
    }
}

/// How a file begins, and how long it is. No file is an empty one.
#[derive(PartialEq, Eq)]
struct Start {
    bytes: Vec<u8>,
    length: u64,
}

impl Start {
    fn of(path: &Path) -> io::Result<Self> {
        let opened = match files::open(path, std::fs::File::options().read(true)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { bytes: Vec::new(), length: 0 });
            }
            opened => opened?,
        };
        let length = opened.metadata()?.len();
        let mut bytes = Vec::new();
        opened.take(BYTES_MIN).read_to_end(&mut bytes)?;
        Ok(Self { bytes, length })
    }

    fn is_database(&self) -> bool {
        self.length >= BYTES_MIN && self.bytes.starts_with(MAGIC)
    }
}

/// The file alone says enough where it says that it is Kassa's. Otherwise the truth may still be in the log.
fn look_into(file: &Path, has_log: bool, look: Look) -> Result<Found, Failure> {
    let as_it_stands = open(file, AS_IT_STANDS).and_then(|connection| look(&connection));
    match as_it_stands {
        Ok(Found::Ours) => Ok(Found::Ours),
        found if !has_log => found,
        Ok(Found::Nothing | Found::Foreign(_)) | Err(_) => {
            let found = open(file, WITH_THE_LOG).and_then(|connection| look(&connection));
            found.or_else(|_| {
                let connection = open(file, WITH_THE_LOG_ALONE)?;
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
                connection.execute_batch("pragma locking_mode = exclusive")?;
                look(&connection)
            })
        }
    }
}

fn open(file: &Path, how: &str) -> Result<Connection, Failure> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(address(file, how), flags)
}

/// The file as a URI: every byte that could mean something there is spelled out.
fn address(file: &Path, how: &str) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt as _;
    // An absolute path begins behind the name of a host, which is none.
    let mut address = if file.is_absolute() { "file://" } else { "file:" }.to_owned();
    for byte in file.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                address.push(char::from(*byte));
            }
            _ => {
                // Writing into a text cannot fail.
                let _ = write!(address, "%{byte:02X}");
            }
        }
    }
    format!("{address}?mode=ro&{how}")
}

/// Says what was found, that it was left alone, and what to do.
pub(super) fn refuse(file: &Path, stranger: Stranger) -> Error {
    const OWN_FOLDER: &str = "--data names the folder of Kassa's own";
    let (file, journal, log) = (file.display(), files::journal(file), files::log(file));
    let (what, mend) = match stranger {
        Stranger::Database => ("is a database of another program".to_owned(), OWN_FOLDER.to_owned()),
        Stranger::Emptied => (
            "is a database of another program, which has no tables any more".to_owned(),
            format!("{OWN_FOLDER}; if nobody needs the file, move it away"),
        ),
        Stranger::NoDatabase => {
            ("is not a database".to_owned(), format!("{OWN_FOLDER}; if nobody needs the file, move it away"))
        }
        Stranger::Interrupted => (
            format!("has a change of another program that did not end, in {}", journal.display()),
            format!("{OWN_FOLDER}; that program takes the change back when it opens the file"),
        ),
        Stranger::JournalBeside => (
            format!(
                "is Kassa's, but {} beside it has a change that is not Kassa's and spoils the file when it is opened",
                journal.display()
            ),
            format!(
                "move {} away and run kassa db check; where a program was stopped while it changed the file, bring the file \
                 back from a copy",
                journal.display()
            ),
        ),
        Stranger::LogAlone => (
            format!("has nothing in it, but {} has changes of a database", log.display()),
            "bring the file back from a copy, or move both away".to_owned(),
        ),
    };
    Error::Refused(format!("{file} {what}, and nothing was changed in it; {mend}"))
}
