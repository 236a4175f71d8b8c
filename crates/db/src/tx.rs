//! The transaction that units of work see.

use crate::{Error, FromRow, Row, Sql, Value, postgres, sqlite};

/// An open transaction on either engine.
pub enum Tx<'a> {
    /// A job of the group that the writer commits, or a reader's own transaction.
    Sqlite(sqlite::Work<'a>),
    /// A transaction on a worker's connection.
    Postgres(postgres::Work<'a>),
}

impl Tx<'_> {
    /// Runs a statement and answers how many rows it changed.
    pub fn execute(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<u64, Error> {
        match self {
            Tx::Sqlite(work) => work.execute(sql, values),
            Tx::Postgres(work) => work.execute(sql, values),
        }
    }

    /// Runs an insert of one row and answers the row's `id`, which the text ends with `returning`.
    pub fn insert(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<i64, Error> {
        match self {
            Tx::Sqlite(work) => work.insert(sql, values),
            Tx::Postgres(_) => self.one(sql, values),
        }
    }

    /// Runs a statement whose outcome nobody needs before the end of the unit of work: PostgreSQL is sent it together with
    /// what comes next. If it fails, what comes next does.
    pub fn send(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<(), Error> {
        match self {
            Tx::Sqlite(work) => work.execute(sql, values).map(|_| ()),
            Tx::Postgres(work) => work.send(sql, values),
        }
    }

    /// Runs a query that answers at most one row.
    pub fn optional<T: FromRow>(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Option<T>, Error> {
        match self {
            Tx::Sqlite(work) => work.optional(sql, values, |row| Row::sqlite(row).whole(sql)),
            Tx::Postgres(work) => work.optional(sql, values, |row| Row::postgres(row).whole(sql)),
        }
    }

    /// Runs a query that answers exactly one row; none is a defect.
    pub fn one<T: FromRow>(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<T, Error> {
        self.optional(sql, values)?
            .ok_or_else(|| Error::Defect(format!("no row where one was promised: {}", sql.name())))
    }

    /// Whether a query answers a row, whose one column is an integer.
    pub fn exists(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<bool, Error> {
        Ok(self.optional::<i64>(sql, values)?.is_some())
    }

    /// Runs a query that answers any number of rows; the query carries its own limit.
    pub fn all<T: FromRow>(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Vec<T>, Error> {
        match self {
            Tx::Sqlite(work) => work.all(sql, values, |row| Row::sqlite(row).whole(sql)),
            Tx::Postgres(work) => work.all(sql, values, |row| Row::postgres(row).whole(sql)),
        }
    }

    /// Runs a statement that changes one row, whose condition says how the row was read. Where it changes none, somebody else
    /// has changed the row since.
    pub fn change(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<(), Error> {
        if self.execute(sql, values)? == 0 { Err(self.lost_race()) } else { Ok(()) }
    }

    /// Says that a conditional update found the row changed by somebody else: the unit of work starts over.
    pub fn lost_race(&mut self) -> Error {
        match self {
            // Writers take turns on SQLite, so a lost race there means that the condition itself is wrong.
            Tx::Sqlite(_) => Error::Defect("a conditional update missed its row".to_owned()),
            Tx::Postgres(work) => work.lost_race(),
        }
    }

    /// Names a row that exists exactly if this transaction committed. `sql` takes its id as `$1`. It is how an
    /// outcome is found out when the connection is lost during the commit.
    pub fn witness(&mut self, sql: &'static Sql, id: [u8; 16]) {
        match self {
            Tx::Sqlite(_) => {}
            Tx::Postgres(work) => work.witness(sql, id),
        }
    }

    /// The other transactions that write to a table now, by names that none gets again. One that drew the id of a new row
    /// is among them until what it wrote can be seen, or never will be; by a statement of another transaction, as this one
    /// may have begun to look before.
    pub fn writers_of(&mut self, table: &'static str) -> Result<Vec<String>, Error> {
        match self {
            // Writers take turns.
            Tx::Sqlite(_) => Ok(Vec::new()),
            Tx::Postgres(work) => work.writers_of(table),
        }
    }

    /// Says that personal data was deleted, so that its remains leave the files soon after the commit.
    pub fn erased(&mut self) {
        match self {
            Tx::Sqlite(work) => work.erased(),
            // PostgreSQL's vacuum does this.
            Tx::Postgres(_) => {}
        }
    }
}
