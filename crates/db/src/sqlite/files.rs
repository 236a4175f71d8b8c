//! The database's files are for their owner alone. New ones are by the process's umask; older ones, and copies that
//! were brought back, are seen to here.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const OWNER_ONLY: u32 = 0o600;
const OTHERS: u32 = 0o077;

/// The database's file and those that the engine keeps beside it.
pub(crate) fn all(file: &Path) -> Vec<PathBuf> {
    let beside = ["", "-wal", "-shm", "-journal"].map(|end| {
        let mut name = OsString::from(file);
        name.push(end);
        PathBuf::from(name)
    });
    beside.into_iter().chain([lock(file)]).collect()
}

/// The file whose lock says who uses the database.
pub(crate) fn lock(file: &Path) -> PathBuf {
    file.with_extension("lock")
}

/// Takes away what others may do with the files, and says so.
pub(crate) fn tighten(file: &Path) {
    for path in all(file) {
        let Ok(found) = path.metadata() else { continue };
        let mode = found.permissions().mode() & 0o7777;
        if mode & OTHERS == 0 {
            continue;
        }
        let file = path.display();
        match std::fs::set_permissions(&path, PermissionsExt::from_mode(OWNER_ONLY)) {
            Ok(()) => {
                tracing::warn!(%file, "others could use this file (mode {mode:o}); its mode is 600 now");
            }
            Err(error) => {
                tracing::warn!(%file, %error, "others can use this file (mode {mode:o}); run: chmod 600 {file}");
            }
        }
    }
}
