//! One row of an answer, read from its first column to its last.

use crate::{Error, FromColumn, Sql, Value};

/// A cursor over the columns of a row, in the order of the `select` list. Whoever reads a row reads all of it: a column
/// that is left over is a defect, and so is one that is missing.
pub struct Row<'a> {
    source: Source<'a>,
    width: usize,
    next: usize,
}

enum Source<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

/// What is read of a row: one column or several, in the order in which they stand.
pub trait FromRow: Sized {
    /// Reads its columns.
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error>;
}

impl<'a> Row<'a> {
    pub(crate) fn sqlite(row: &'a rusqlite::Row<'a>) -> Self {
        Self { source: Source::Sqlite(row), width: row.as_ref().column_count(), next: 0 }
    }

    pub(crate) fn postgres(row: &'a tokio_postgres::Row) -> Self {
        Self { source: Source::Postgres(row), width: row.len(), next: 0 }
    }

    /// Reads the next column, or as many as the type has.
    pub fn read<T: FromRow>(&mut self) -> Result<T, Error> {
        T::from_row(self)
    }

    /// Reads the next `N` columns, or nothing where the first of them is null: all of them are then.
    pub fn optional<const N: usize, T: FromRow>(&mut self) -> Result<Option<T>, Error> {
        let first = self.next;
        if let Value::Null = self.value()? {
            self.next = first + N;
            return Ok(None);
        }
        self.next = first;
        self.read().map(Some)
    }

    /// Reads the whole row. What goes wrong names the statement and the column, and no value of it.
    pub(crate) fn whole<T: FromRow>(mut self, sql: &Sql) -> Result<T, Error> {
        let Self { width, .. } = self;
        let defect = |why| Error::Defect(format!("{}: {why}", sql.name()));
        match T::from_row(&mut self) {
            Ok(read) if self.next == width => Ok(read),
            Ok(_) => Err(defect(format!("{} of {width} columns were read", self.next))),
            Err(Error::Defect(why)) => Err(defect(format!("column {} of {width}: {why}", self.next))),
            Err(error) => Err(error),
        }
    }

    fn value(&mut self) -> Result<Value<'a>, Error> {
        let column = self.next;
        self.next += 1;
        if column >= self.width {
            return Err(Error::Defect("there is none".to_owned()));
        }
        match self.source {
            Source::Sqlite(row) => {
                row.get_ref(column).map_err(|error| Error::Defect(error.to_string()))?.try_into()
            }
            Source::Postgres(row) => row.try_get(column).map_err(|error| Error::Defect(error.to_string())),
        }
    }
}

impl<T: FromColumn> FromRow for T {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        T::from_column(row.value()?)
    }
}

/// The end of a row that may be damaged, or what is wrong with it: one that cannot be read then fails no other of its answer.
#[derive(Debug)]
pub struct Judged<T>(pub Result<T, Error>);

impl<T: FromRow> FromRow for Judged<T> {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        match T::from_row(row) {
            Err(Error::Defect(why)) => {
                row.next = row.width;
                Ok(Self(Err(Error::Defect(why))))
            }
            read => read.map(|read| Self(Ok(read))),
        }
    }
}

impl<const N: usize> FromRow for [i64; N] {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let mut numbers = [0; N];
        for number in &mut numbers {
            *number = row.read()?;
        }
        Ok(numbers)
    }
}

macro_rules! tuples {
    ($(($($part:ident)+))+) => {
        $(impl<$($part: FromRow),+> FromRow for ($($part,)+) {
            fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
                Ok(($($part::from_row(row)?,)+))
            }
        })+
    };
}

tuples! { (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }

/// Says once which column each field of a struct is, or which ones where its type has several; a column of the field's own
/// name goes without saying. `Type::SELECT` begins each query that reads it, and the struct is read in that order. A function
/// after `=>` reads what the field's type does not say by itself. What stands in a part of a row has no table.
#[macro_export]
macro_rules! row {
    ($type:ident from $table:literal {
        $first:ident $(: $column:literal)?,
        $($field:ident $(: $columns:literal)? $(=> $read:path)?),+ $(,)?
    }) => {
        impl $type {
            const SELECT: &'static str = concat!(
                "select ", $crate::row!(@columns $first $($column)?),
                $(", ", $crate::row!(@columns $field $($columns)?),)+ " from ", $table
            );
        }

        $crate::row! { $type { $first, $($field $(=> $read)?),+ } }
    };
    ($type:ident { $($field:ident $(=> $read:path)?),+ $(,)? }) => {
        impl $crate::FromRow for $type {
            fn from_row(row: &mut $crate::Row<'_>) -> Result<Self, $crate::Error> {
                Ok(Self { $($field: $crate::row!(@read row $($read)?)),+ })
            }
        }
    };
    (@columns $field:ident) => { stringify!($field) };
    (@columns $field:ident $columns:literal) => { $columns };
    (@read $row:ident) => { $row.read()? };
    (@read $row:ident $read:path) => { $read($row)? };
}
