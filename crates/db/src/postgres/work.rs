//! One unit of work on a PostgreSQL connection: its statements, and what their failures mean for all of it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Row, Statement};

use super::error::{Fault, driver_error, in_words, is_full, is_race, is_read_only};
use super::peers::Place;
use super::session::Session;
use crate::{Error, Sql, Value};

/// How long a session that only reads is used.
const READS_FOR: Duration = Duration::from_secs(2);

/// Whoever writes takes this lock before an id is drawn, and lets go of it after the commit.
const WRITERS_OF_TEXT: &[u8] =
    b"select virtualtransaction from pg_locks where locktype = 'relation' and relation = to_regclass($1)
        and database = (select oid from pg_database where datname = current_database())
        and mode = 'RowExclusiveLock' and pid is distinct from pg_backend_pid()";
const WRITERS_OF: Sql = Sql::new("db::postgres::work::WRITERS_OF", WRITERS_OF_TEXT, WRITERS_OF_TEXT);

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To read, wherever that can be done.
    Read,
    /// To write, or to hear of what was written, or to read what is written on.
    Write,
}

/// A connection with the statements prepared on it.
pub(super) struct Connection {
    pub(super) session: Session,
    place: Place,
    /// Until when a session that only reads is used, unless this is one that writes too.
    reads_until: Option<Instant>,
    prepared: HashMap<&'static str, Statement>,
}

impl Connection {
    pub(super) fn new(session: Session, place: Place) -> Self {
        Self { session, place, reads_until: None, prepared: HashMap::new() }
    }

    /// One that only reads. It is given up soon, because a server that writes may have come back by then.
    pub(super) fn that_reads(session: Session, place: Place) -> Self {
        Self { reads_until: Some(Instant::now() + READS_FOR), ..Self::new(session, place) }
    }

    /// Whether it can be used.
    pub(super) fn is_good_for(&self, purpose: Purpose) -> bool {
        let may = match (self.reads_until, purpose) {
            (None, Purpose::Read | Purpose::Write) => true,
            (Some(until), Purpose::Read) => Instant::now() < until,
            (Some(_), Purpose::Write) => false,
        };
        may && !self.session.is_over() && !self.place.is_past()
    }
}

/// A row that exists exactly if its transaction committed.
#[derive(Clone, Copy)]
pub(super) struct Witness {
    pub(super) sql: &'static Sql,
    pub(super) id: [u8; 16],
}

/// What a failed statement means for the whole unit of work.
#[derive(Clone, Copy)]
pub(super) enum Failure {
    /// It lost against a concurrent one and runs again.
    Race,
    /// The connection is gone, and another one may do. Where nobody answers, the caller has waited for long enough.
    Lost,
    /// The server only reads: another one has its place.
    ReadOnly,
    /// The transaction is aborted.
    Other,
}

/// What a unit of work leaves behind for whoever ends its transaction.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) failure: Option<Failure>,
    /// What the server said of a race that was lost.
    pub(super) lost_by: Option<String>,
    pub(super) is_full: bool,
    pub(super) witness: Option<Witness>,
}

/// One unit of work's view of its connection.
pub struct Work<'a> {
    connection: &'a mut Connection,
    outcome: &'a mut Outcome,
}

impl<'a> Work<'a> {
    pub(super) fn new(connection: &'a mut Connection, outcome: &'a mut Outcome) -> Self {
        Self { connection, outcome }
    }

    pub(crate) fn execute(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<u64, Error> {
        self.with(sql, values, |session, statement, values| session.execute(statement, values))
    }

    /// Its failure is that of what comes next.
    pub(crate) fn send(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<(), Error> {
        self.with(sql, &[], |session, statement, _| {
            session.send(statement.clone(), values);
            Ok(())
        })
    }

    pub(crate) fn optional<T, E: From<Error>>(
        &mut self,
        sql: &Sql,
        values: &[Value<'_>],
        decode: impl FnOnce(&Row) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let row =
            self.with(sql, values, |session, statement, values| session.query_opt(statement, values))?;
        row.map(|row| decode(&row)).transpose()
    }

    pub(crate) fn all<T, E: From<Error>>(
        &mut self,
        sql: &Sql,
        values: &[Value<'_>],
        decode: impl Fn(&Row) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let rows = self.with(sql, values, |session, statement, values| session.query(statement, values))?;
        rows.iter().map(decode).collect()
    }

    pub(crate) fn writers_of(&mut self, table: &'static str) -> Result<Vec<String>, Error> {
        self.all(&WRITERS_OF, &[table.into()], |row| Ok::<_, Error>(row.get(0)))
    }

    pub(crate) fn lost_race(&mut self) -> Error {
        self.outcome.failure = Some(Failure::Race);
        Error::Serialization
    }

    pub(crate) fn witness(&mut self, sql: &'static Sql, id: [u8; 16]) {
        self.outcome.witness = Some(Witness { sql, id });
    }

    fn with<T>(
        &mut self,
        sql: &Sql,
        values: &[Value<'_>],
        run: impl FnOnce(&mut Session, &Statement, &[&(dyn ToSql + Sync)]) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let parameters: Vec<&(dyn ToSql + Sync)> =
            values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        let Connection { session, prepared, .. } = &mut *self.connection;
        let statement = match prepared.get(sql.text()) {
            Some(statement) => Ok(statement.clone()),
            None => session.prepare(sql.text()),
        };
        let result = statement.and_then(|statement| {
            let result = run(session, &statement, &parameters);
            prepared.insert(sql.text(), statement);
            result
        });
        result.map_err(|error| {
            self.outcome.is_full |= is_full(&error);
            let (failure, error) = if is_race(&error) {
                // Whoever makes an answer of it tells the log, and this is to run again.
                self.outcome.lost_by = Some(in_words(&error));
                (Failure::Race, Error::Serialization)
            } else if is_read_only(&error) {
                (Failure::ReadOnly, driver_error(&error))
            } else if session.is_over() && !session.has_fallen_silent() {
                (Failure::Lost, driver_error(&error))
            } else {
                (Failure::Other, driver_error(&error))
            };
            self.outcome.failure = Some(failure);
            error
        })
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match *self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(value) => value.to_sql(kind, out),
            Value::Text(value) => value.to_sql(kind, out),
            Value::Bytes(value) => value.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::INT8 || *kind == Type::TEXT || *kind == Type::BYTEA
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        match *kind {
            Type::INT8 => i64::from_sql(kind, raw).map(Self::Int),
            Type::TEXT => <&str>::from_sql(kind, raw).map(Self::Text),
            _ => Ok(Self::Bytes(raw)),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        <Self as ToSql>::accepts(kind)
    }
}
