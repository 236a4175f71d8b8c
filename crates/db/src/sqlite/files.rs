//! The database's files are for their owner alone. New ones are by the process's umask; older ones, and copies that
//! were brought back, are seen to here. Where others can write into the folder, what stands there in place of a file may
//! be theirs: a link leads to what is not Kassa's, and a pipe keeps whoever opens it waiting.

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::Error;

const OWNER_ONLY: u32 = 0o600;
const OTHERS: u32 = 0o077;
/// What the file of the lock holds while Kassa's first tables are made.
pub(super) const BEGUN: &[u8] = b"kassa makes its first tables\n";

/// The database's file and those that the engine keeps beside it.
pub(crate) fn all(file: &Path) -> Vec<PathBuf> {
    let beside = ["", "-wal", "-shm", "-journal"].map(|end| beside(file, end));
    beside.into_iter().chain([lock(file)]).collect()
}

/// The file that the engine's log is in.
pub(super) fn log(file: &Path) -> PathBuf {
    beside(file, "-wal")
}

/// The file in which an engine without a log keeps what a change can be taken back with.
pub(super) fn journal(file: &Path) -> PathBuf {
    beside(file, "-journal")
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(end);
    PathBuf::from(name)
}

/// The file whose lock says who uses the database.
pub(crate) fn lock(file: &Path) -> PathBuf {
    file.with_extension("lock")
}

/// Refuses what stands in place of a file: SQLite would follow a link, and wait for a pipe. A file with two names is no
/// file of its own either, another user's is read and changed by that user, and a lock in which somebody wrote is not
/// Kassa's.
pub(crate) fn check(file: &Path) -> Result<(), Error> {
    // What writes under another name of the file writes without the log, which has this one's.
    let is_shared =
        |path: &PathBuf| path.symlink_metadata().is_ok_and(|found| found.is_file() && found.nlink() > 1);
    if let Some(path) = all(file).into_iter().find(is_shared) {
        let path = path.display();
        return Err(Error::Refused(format!(
            "{path} has another name too (a hard link); give Kassa a file of its own, while nobody uses it: cp {path} \
             {path}.own && mv {path}.own {path}"
        )));
    }
    let wrong = |path: &PathBuf| path.symlink_metadata().is_ok_and(|found| !found.is_file());
    if let Some(path) = all(file).into_iter().find(wrong) {
        return Err(Error::Refused(format!(
            "{} is not a regular file; what stands there must be the database's own file and no link",
            path.display()
        )));
    }
    let found = all(file).into_iter().filter_map(|path| Some((path.symlink_metadata().ok()?, path)));
    are_ours(&found.map(|(found, path)| Owned::new(path, &found)).collect::<Vec<_>>())?;
    let lock = lock(file);
    if holds_what_is_not_ours(&lock) {
        return Err(Error::Refused(format!(
            "{} is no lock of Kassa's: somebody wrote in it; move it away",
            lock.display()
        )));
    }
    Ok(())
}

/// Whose a file is.
struct Owned {
    path: PathBuf,
    owner: u32,
    is_empty: bool,
}

impl Owned {
    fn new(path: PathBuf, found: &Metadata) -> Self {
        Self { path, owner: found.uid(), is_empty: found.len() == 0 }
    }
}

/// Refuses an opened file of another user: what stood there before may have been another one.
pub(super) fn is_ours(path: &Path, opened: &File) -> Result<(), Error> {
    let found = opened
        .metadata()
        .map_err(|error| Error::Refused(format!("cannot look at {}: {error}", path.display())))?;
    are_ours(&[Owned::new(path.to_owned(), &found)])
}

fn are_ours(files: &[Owned]) -> Result<(), Error> {
    others(files, rustix::process::geteuid().as_raw()).map_or(Ok(()), |why| Err(Error::Refused(why)))
}

/// Why files are not used that another user made, with what mends it. Root's are another
/// user's too: Kassa writes into these files, so none of them is a container's secret. `us` is the user that this process runs as.
fn others(files: &[Owned], us: u32) -> Option<String> {
    let others: Vec<_> = files.iter().filter(|file| file.owner != us).collect();
    let Owned { path, owner, .. } = others.first()?;
    let first = path.display();
    let all: Vec<_> = others.iter().map(|file| file.path.display().to_string()).collect();
    let all = all.join(" ");
    if others.iter().all(|file| file.is_empty) {
        return Some(format!(
            "{first} belongs to user {owner} and holds nothing, and what Kassa writes there that user can read; remove it: \
             rm {all}"
        ));
    }
    Some(format!(
        "{first} belongs to user {owner}, who can read and change it; where Kassa is run by that user, do this as that user \
         too; otherwise move it away or, if it is Kassa's, run: chown {us} {all}"
    ))
}

/// A start that was killed while it wrote may have left a part.
fn holds_what_is_not_ours(lock: &Path) -> bool {
    let mut found = Vec::new();
    let opened = open(lock, File::options().read(true));
    let read = opened.and_then(|opened| opened.take(BEGUN.len() as u64 + 1).read_to_end(&mut found));
    read.is_ok() && !BEGUN.starts_with(&found)
}

/// Those that others can use, with their modes.
pub(crate) fn open_to_others(file: &Path) -> Vec<(PathBuf, u32)> {
    let mode_for_others = |path: PathBuf| {
        let found = path.symlink_metadata().ok().filter(Metadata::is_file)?;
        let mode = found.permissions().mode() & 0o7777;
        (mode & OTHERS != 0).then_some((path, mode))
    };
    all(file).into_iter().filter_map(mode_for_others).collect()
}

/// Takes away what others may do with the files, and says so.
///
/// # Errors
/// They can use one all the same.
pub(crate) fn tighten(file: &Path) -> Result<(), Error> {
    for (path, mode) in open_to_others(file) {
        let file = path.display();
        let tightened = open(&path, File::options().read(true)).and_then(|file| {
            file.set_permissions(PermissionsExt::from_mode(OWNER_ONLY))?;
            Ok(file.metadata()?.permissions().mode() & OTHERS == 0)
        });
        match tightened {
            Ok(true) => {
                tracing::warn!(%file, "others could use this file (mode {mode:o}); its mode is 600 now");
            }
            // Its log and its index go with their last user.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Ok(false) => {
                return Err(Error::Refused(format!(
                    "others can use {file} (mode {mode:o}), and its file system does not change that; give Kassa a folder on \
                     another one with --data"
                )));
            }
            Err(error) => {
                return Err(Error::Refused(format!(
                    "others can use {file} (mode {mode:o}), and that cannot be changed: {error}; run: chmod 600 {file}"
                )));
            }
        }
    }
    Ok(())
}

/// Says what others may do with the files.
pub(crate) fn tell(file: &Path) {
    for (path, mode) in open_to_others(file) {
        let file = path.display();
        tracing::warn!(%file, "others can use this file (mode {mode:o}); run: chmod 600 {file}");
    }
}

/// Opens a regular file, and nothing else that stands there.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let file = options.custom_flags(flags.cast_signed()).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("this is not a regular file")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(us: u32, files: &[(&str, u32, bool)]) -> Option<String> {
        let owned = |(path, owner, is_empty): &(&str, u32, bool)| Owned {
            path: PathBuf::from(path),
            owner: *owner,
            is_empty: *is_empty,
        };
        others(&files.iter().map(owned).collect::<Vec<_>>(), us)
    }

    #[test]
    fn a_file_of_any_other_user_is_refused_also_roots() {
        for us in [0, 1000] {
            assert_eq!(why(us, &[]), None);
            assert_eq!(why(us, &[("db", us, false), ("lock", us, true)]), None);
        }
        for (us, other) in [(0, 1000), (1000, 0), (1000, 1001)] {
            let said = why(us, &[("db", other, false), ("wal", us, false), ("lock", other, true)]);
            assert!(
                said.as_ref().is_some_and(|said| said.contains(&format!("user {other}"))
                    && said.ends_with(&format!("chown {us} db lock"))),
                "{said:?}"
            );
            let said = why(us, &[("db", us, false), ("wal", other, true), ("lock", other, true)]);
            assert!(said.as_ref().is_some_and(|said| said.ends_with("remove it: rm wal lock")), "{said:?}");
        }
    }

    /// Nobody changes the mode of a process's files, not even root.
    #[test]
    fn a_file_that_stays_open_to_others_is_refused() {
        let error = tighten(Path::new("/proc/self/status")).expect_err("it stays so").to_string();
        assert!(error.contains("others can use /proc/self/status (mode 444)"), "{error}");
    }
}
