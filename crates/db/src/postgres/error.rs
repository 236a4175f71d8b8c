//! The PostgreSQL driver's errors, sorted by what may be promised after them.

use postgres::error::SqlState;

use crate::Error;

/// Whether the work lost against a concurrent one. A key that was free when it was looked for, or a row that was
/// there, is such a loss too: the second run sees what the winner wrote.
pub(crate) fn is_race(error: &postgres::Error) -> bool {
    matches!(
        error.code(),
        Some(
            &SqlState::T_R_SERIALIZATION_FAILURE
                | &SqlState::T_R_DEADLOCK_DETECTED
                | &SqlState::UNIQUE_VIOLATION
                | &SqlState::FOREIGN_KEY_VIOLATION
        )
    )
}

/// Whether there was no room.
pub(crate) fn is_full(error: &postgres::Error) -> bool {
    error.code() == Some(&SqlState::DISK_FULL)
}

/// Sorts the driver's errors by what may be promised after them.
pub(crate) fn driver_error(error: &postgres::Error) -> Error {
    let Some(code) = error.code() else {
        // Without a state there was no answer: the connection, or a value that does not fit its column.
        return match std::error::Error::source(error) {
            Some(source) if source.is::<std::io::Error>() => Error::Unavailable(source.to_string()),
            _ if error.is_closed() => Error::Unavailable(error.to_string()),
            source => {
                Error::Defect(source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}")))
            }
        };
    };
    let message = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    match code.code().get(..2) {
        Some("40") => Error::Serialization,
        Some("23") | Some("P0") => Error::Constraint(message),
        // Connections, resources, operator intervention, system errors, a read-only standby.
        Some("08" | "25" | "53" | "55" | "57" | "58" | "XX") => Error::Unavailable(message),
        _ => Error::Defect(message),
    }
}
