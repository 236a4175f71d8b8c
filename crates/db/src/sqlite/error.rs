//! The embedded engine's errors, sorted by what may be promised after them.

use rusqlite::{ErrorCode, ffi};

use crate::Error;

/// Whether the disk failed to keep what was written, so that nothing about the last commit is known.
pub(crate) fn is_failed_sync(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error().map(|error| error.extended_code),
        Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC)
    )
}

/// Whether there was no room, also for the log's index: the disk is full, or a quota or the largest size of a file is
/// reached.
pub(crate) fn is_full(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error().map(|error| error.extended_code),
        Some(
            ffi::SQLITE_FULL | ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE | ffi::SQLITE_IOERR_SHMMAP
        )
    )
}

/// What the engine says, and that there is no room where it only says that something could not be written.
pub(super) fn in_words(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) if is_full(error) => format!("the disk is full ({error})"),
        _ => error.to_string(),
    }
}

/// Sorts the engine's errors by what may be promised after them.
pub(crate) fn write_error(error: &rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => Error::Constraint(error.to_string()),
        Some(
            ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::ReadOnly
            | ErrorCode::CannotOpen
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OutOfMemory
            | ErrorCode::PermissionDenied
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::OperationAborted
            | ErrorCode::OperationInterrupted,
        ) => Error::Unavailable(in_words(error)),
        _ => Error::Defect(error.to_string()),
    }
}

pub(crate) fn read_error(error: &rusqlite::Error) -> Error {
    Error::Defect(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_whose_index_has_no_room_is_a_full_disk() {
        for code in
            [ffi::SQLITE_IOERR_SHMSIZE, ffi::SQLITE_IOERR_SHMMAP, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_FULL]
        {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            assert!(is_full(&error), "{code}");
            let said = write_error(&error);
            assert!(matches!(&said, Error::Unavailable(why) if why.contains("disk is full")), "{said}");
        }
    }
}
