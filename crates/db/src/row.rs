//! One row of an answer, with getters by position.

use crate::{Error, sqlite};

/// A row whose columns are read by position, in the order of the `select` list.
pub enum Row<'a> {
    /// A row of the embedded engine.
    Sqlite(&'a rusqlite::Row<'a>),
    /// A row of PostgreSQL.
    Postgres(&'a ::postgres::Row),
}

/// One getter of a type for both engines.
macro_rules! getter {
    ($(#[$doc:meta])* $name:ident -> $type:ty) => {
        $(#[$doc])*
        pub fn $name(&self, column: usize) -> Result<$type, Error> {
            match self {
                Row::Sqlite(row) => row.get(column).map_err(|error| sqlite::read_error(&error)),
                Row::Postgres(row) => row
                    .try_get(column)
                    .map_err(|error| Error::Defect(format!("column {column}: {error}"))),
            }
        }
    };
}

impl Row<'_> {
    getter!(
        /// An integer that is never null.
        int -> i64
    );
    getter!(
        /// An integer or null.
        opt_int -> Option<i64>
    );
    getter!(
        /// Text that is never null.
        text -> String
    );
    getter!(
        /// Text or null.
        opt_text -> Option<String>
    );
    getter!(
        /// Bytes that are never null.
        bytes -> Vec<u8>
    );
    getter!(
        /// Bytes or null.
        opt_bytes -> Option<Vec<u8>>
    );

    /// A flag stored as 0 or 1.
    pub fn flag(&self, column: usize) -> Result<bool, Error> {
        Ok(self.int(column)? != 0)
    }

    /// Bytes of a fixed length.
    pub fn array<const N: usize>(&self, column: usize) -> Result<[u8; N], Error> {
        array(self.bytes(column)?, column)
    }

    /// Bytes of a fixed length, or null.
    pub fn opt_array<const N: usize>(&self, column: usize) -> Result<Option<[u8; N]>, Error> {
        self.opt_bytes(column)?.map(|bytes| array(bytes, column)).transpose()
    }
}

fn array<const N: usize>(bytes: Vec<u8>, column: usize) -> Result<[u8; N], Error> {
    bytes
        .try_into()
        .map_err(|bytes: Vec<u8>| Error::Defect(format!("column {column}: {} bytes, not {N}", bytes.len())))
}
