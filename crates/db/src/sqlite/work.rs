//! One unit of work on a SQLite connection: its statements. Where it begins and ends is the writer's and the readers'
//! business.

use std::cell::Cell;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::error::{is_full, write_error};
use crate::room::Room;
use crate::{Error, Sql, Value};

/// One job's view of the connection.
pub struct Work<'a> {
    pub(super) connection: &'a Connection,
    /// Where it notes that it erased something.
    pub(super) erased: &'a Cell<bool>,
    /// Where it notes that there was no room.
    pub(super) room: &'a Room,
}

impl Work<'_> {
    pub(crate) fn execute(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<u64, Error> {
        let mut statement = self.bound(sql, sql.numbered(), values)?;
        statement.raw_execute().map(|rows| rows as u64).map_err(|error| self.failed(&error))
    }

    /// Without `returning`, for which the engine copies every page that the statement changes.
    pub(crate) fn insert(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<i64, Error> {
        let defect = |what| Error::Defect(format!("{what}: {}", sql.name()));
        let text =
            sql.numbered().strip_suffix(" returning id").ok_or_else(|| defect("no id is asked for"))?;
        let mut statement = self.bound(sql, text, values)?;
        match statement.raw_execute().map_err(|error| self.failed(&error))? {
            1 => Ok(self.connection.last_insert_rowid()),
            _ => Err(defect("not one row was inserted")),
        }
    }

    pub(crate) fn optional<T, E: From<Error>>(
        &mut self,
        sql: &Sql,
        values: &[Value<'_>],
        decode: impl FnOnce(&Row<'_>) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let mut statement = self.bound(sql, sql.numbered(), values)?;
        let mut rows = statement.raw_query();
        let answer = match rows.next().map_err(|error| self.failed(&error))? {
            Some(row) => Some(decode(row)?),
            None => None,
        };
        // A statement with `returning` takes effect when it is stepped to its end.
        while rows.next().map_err(|error| self.failed(&error))?.is_some() {}
        Ok(answer)
    }

    pub(crate) fn all<T, E: From<Error>>(
        &mut self,
        sql: &Sql,
        values: &[Value<'_>],
        decode: impl Fn(&Row<'_>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let mut statement = self.bound(sql, sql.numbered(), values)?;
        let mut rows = statement.raw_query();
        let mut answers = Vec::new();
        while let Some(row) = rows.next().map_err(|error| self.failed(&error))? {
            answers.push(decode(row)?);
        }
        Ok(answers)
    }

    pub(crate) fn erased(&mut self) {
        self.erased.set(true);
    }

    fn failed(&self, error: &rusqlite::Error) -> Error {
        if is_full(error) {
            self.room.note_refusal();
        }
        write_error(error)
    }

    /// `text` is that of `sql`, or a part of it.
    fn bound(
        &self,
        sql: &Sql,
        text: &str,
        values: &[Value<'_>],
    ) -> Result<rusqlite::CachedStatement<'_>, Error> {
        let mut statement = self.connection.prepare_cached(text).map_err(|error| self.failed(&error))?;
        if statement.parameter_count() != values.len() {
            return Err(Error::Defect(format!("{} parameters for: {}", values.len(), sql.text())));
        }
        for (index, value) in (1..).zip(values) {
            match *value {
                Value::Null => statement.raw_bind_parameter(index, rusqlite::types::Null),
                Value::Int(value) => statement.raw_bind_parameter(index, value),
                Value::Text(value) => statement.raw_bind_parameter(index, value),
                Value::Bytes(value) => statement.raw_bind_parameter(index, value),
            }
            .map_err(|error| self.failed(&error))?;
        }
        Ok(statement)
    }
}

impl<'a> TryFrom<ValueRef<'a>> for Value<'a> {
    type Error = Error;

    fn try_from(value: ValueRef<'a>) -> Result<Self, Error> {
        match value {
            ValueRef::Null => Ok(Self::Null),
            ValueRef::Integer(number) => Ok(Self::Int(number)),
            ValueRef::Text(text) => {
                str::from_utf8(text).map(Self::Text).map_err(|error| Error::Defect(error.to_string()))
            }
            ValueRef::Blob(bytes) => Ok(Self::Bytes(bytes)),
            ValueRef::Real(_) => Err(Error::Defect("a number with a fraction".to_owned())),
        }
    }
}
