//! Whose file it is, found out before anything is done to it. A file of another program is neither opened for writing
//! nor given another mode, and nothing is laid beside it. How Kassa's schema is told from another is not known here.

use std::path::Path;

use rusqlite::{Connection, Error as Failure, OpenFlags};

use super::files;
use crate::Error;

/// What stands in the place of the database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// No file, or one in which nothing is.
    Nothing,
    /// Kassa's.
    Ours,
    /// Another program's.
    Foreign,
}

/// A look at the file as it stands, without a lock and without the log.
const AS_IT_STANDS: &str = "immutable=1";
/// A look through the log, of which nothing is written.
const WITH_THE_LOG: &str = "readonly_shm=1";

/// Looks at the file. `look` tells what a schema is.
///
/// The file alone nearly always says enough. Only a database that never came out of its log is seen through that.
pub(super) fn look_at(file: &Path, look: fn(&Connection) -> Result<Found, Failure>) -> Result<Found, Error> {
    let has_bytes = |path: &Path| path.metadata().is_ok_and(|found| found.len() > 0);
    if !has_bytes(file) {
        return Ok(Found::Nothing);
    }
    let has_log = has_bytes(&files::log(file));
    let found = match (open(file, AS_IT_STANDS).and_then(|connection| look(&connection)), has_log) {
        (Ok(Found::Nothing) | Err(_), true) => look_through_the_log(file, look),
        (found, _) => found,
    };
    found.map_err(|error| Error::Refused(format!("cannot use the database file {}: {error}", file.display())))
}

/// Where the index of the log is gone, the engine makes it anew; it holds nothing of its own.
fn look_through_the_log(
    file: &Path,
    look: fn(&Connection) -> Result<Found, Failure>,
) -> Result<Found, Failure> {
    let found = open(file, WITH_THE_LOG).and_then(|connection| look(&connection));
    found.or_else(|_| look(&super::connect::connect_reader(file)?))
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

pub(super) fn refuse(file: &Path) -> Error {
    Error::Refused(format!(
        "{} is a database of another program, and nothing was changed in it; --data names the folder of Kassa's own",
        file.display()
    ))
}
