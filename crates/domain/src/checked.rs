//! How one kind of row is looked at by the check of the database. This must not know which kinds there are.

use std::sync::Arc;

use db::{Sql, Tx};

use crate::app::App;
use crate::kernel::error::Error;
use crate::keys::MerchantKeys;

/// One kind of row.
pub(crate) struct Kind {
    /// What one of them is called.
    pub(crate) name: &'static str,
    /// Reads some row keys from one on.
    pub(crate) keys: &'static Sql,
    /// Reads the row of a key as the server reads it, and says what is wrong with it.
    pub(crate) look: fn(&mut Tx<'_>, &App, i64, &mut Found) -> Result<(), Error>,
}

/// What was found of one row.
pub(crate) struct Found {
    name: String,
    pub(crate) lines: Vec<String>,
}

impl Found {
    /// Of a row that is known by its integer.
    pub(crate) fn of(kind: &Kind, key: i64) -> Self {
        Self { name: format!("{} with the integer {key}", kind.name), lines: Vec::new() }
    }

    /// From here on it is called by a better name.
    pub(crate) fn call(&mut self, name: String) {
        self.name = name;
    }

    /// Says what is wrong.
    pub(crate) fn say(&mut self, what: impl std::fmt::Display) {
        self.lines.push(format!("{}: {what}", self.name));
    }

    /// What was read, or none and a line if it cannot be. No value stands in an error of reading.
    ///
    /// # Errors
    /// It is not the row that is at fault.
    pub(crate) fn read<T>(&mut self, read: Result<Option<T>, db::Error>) -> Result<Option<T>, Error> {
        match read {
            Err(db::Error::Defect(why)) => {
                self.say(format_args!("cannot be read: {why}"));
                Ok(None)
            }
            read => Ok(read?),
        }
    }

    /// The keys of its merchant, or none and a line if they do not open.
    ///
    /// # Errors
    /// It is not the keys that are at fault.
    pub(crate) fn keys(
        &mut self,
        tx: &mut Tx<'_>,
        app: &App,
        merchant: i64,
    ) -> Result<Option<Arc<MerchantKeys>>, Error> {
        match app.keys().merchant(tx, merchant) {
            Err(Error::Internal(why)) => {
                self.say(format_args!("the keys of merchant {merchant}: {why}"));
                Ok(None)
            }
            keys => keys.map(Some),
        }
    }
}
