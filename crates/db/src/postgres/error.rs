//! The PostgreSQL driver's errors, sorted by what may be promised after them.

use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::Error;

/// Why a question has no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// PostgreSQL or the driver refused it, or the connection is gone.
    Driver(tokio_postgres::Error),
    /// There was none for so long.
    Silent(Duration),
    /// This machine has no room for one more connection.
    Machine(std::io::Error),
}

impl Fault {
    fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Driver(error) => error.code(),
            Self::Silent(_) | Self::Machine(_) => None,
        }
    }
}

/// Whether the work lost against a concurrent one. A key that was free when it was looked for, or a row that was
/// there, is such a loss too: the second run sees what the winner wrote.
pub(crate) fn is_race(fault: &Fault) -> bool {
    matches!(
        fault.code(),
        Some(
            &SqlState::T_R_SERIALIZATION_FAILURE
                | &SqlState::T_R_DEADLOCK_DETECTED
                | &SqlState::UNIQUE_VIOLATION
                | &SqlState::FOREIGN_KEY_VIOLATION
        )
    )
}

/// Whether the server, which wrote before, only reads now: another one has its place.
pub(crate) fn is_read_only(fault: &Fault) -> bool {
    fault.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION)
}

/// Whether a server was found, and it only reads. The driver says so as of a file that may not be written.
pub(super) fn only_reads(fault: &Fault) -> bool {
    let Fault::Driver(error) = fault else { return false };
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    source.is_some_and(|source| source.kind() == std::io::ErrorKind::PermissionDenied)
}

/// What went wrong with its cause, and what mends it where the operator can.
pub(super) fn in_words(fault: &Fault) -> String {
    let message = match fault {
        Fault::Driver(error) => match error.as_db_error() {
            Some(error) => error.message().to_owned(),
            None => causes(error),
        },
        Fault::Silent(time) => {
            return format!(
                "no answer within {time:?}; look whether PostgreSQL runs at this address, and what stands before it"
            );
        }
        Fault::Machine(error) => return error.to_string(),
    };
    let remedy = match fault.code() {
        Some(&(SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION)) => {
            "; look at the user and the password in the database URL, and at pg_hba.conf"
        }
        Some(&SqlState::INVALID_CATALOG_NAME) => "; make it with createdb, or give the name of another",
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            "; the user needs to own the database, or: grant create, usage on schema public to the user"
        }
        Some(&SqlState::TOO_MANY_CONNECTIONS) => {
            "; ask for fewer with --database-connections, or allow more in PostgreSQL"
        }
        Some(_) | None => "",
    };
    message + remedy
}

/// The driver names each cause by itself.
fn causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |cause| cause.source())
        .fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Whether there was no room.
pub(crate) fn is_full(fault: &Fault) -> bool {
    fault.code() == Some(&SqlState::DISK_FULL)
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        driver_error(&fault)
    }
}

/// Sorts the driver's errors by what may be promised after them.
pub(crate) fn driver_error(fault: &Fault) -> Error {
    let error = match fault {
        Fault::Driver(error) => error,
        Fault::Silent(_) | Fault::Machine(_) => return Error::Unavailable(in_words(fault)),
    };
    let Some(code) = error.code() else {
        // Without a state there was no answer: the connection, or a value that does not fit its column.
        return match std::error::Error::source(error) {
            Some(source) if source.is::<std::io::Error>() => Error::Unavailable(source.to_string()),
            _ if error.is_closed() => Error::Unavailable(error.to_string()),
            _ => Error::Defect(causes(error)),
        };
    };
    let message = in_words(fault);
    if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        return Error::Unavailable(message);
    }
    match code.code().get(..2) {
        Some("40") => Error::Serialization,
        Some("23") | Some("P0") => Error::Constraint(message),
        // Connections, resources, operator intervention, system errors, a read-only standby.
        Some("08" | "25" | "53" | "55" | "57" | "58" | "XX") => Error::Unavailable(message),
        _ => Error::Defect(message),
    }
}
