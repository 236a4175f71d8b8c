//! Embedded, checksummed, forward-only migrations: a folder for each engine, the same names in both.

use std::time::Duration;

use rusqlite::TransactionBehavior;
use rusqlite::functions::{Context, FunctionFlags};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use crate::sqlite::{self, Found, Stranger};
use crate::{Error, Use, postgres as pg};

/// One step of the schema, as it is written for both engines.
pub struct Migration {
    /// File name without its ending; the order is that of the names.
    pub name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($name:literal) => {
        Migration {
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }
    };
}

const MIGRATIONS: &[Migration] = &[
    migration!("0001_first_payment"),
    migration!("0002_saved_cards"),
    migration!("0003_one_record"),
    migration!("0004_cards"),
    migration!("0005_charges"),
    migration!("0006_composed_addresses"),
    migration!("0007_named_customers"),
    migration!("0008_pages"),
    migration!("0009_tokens"),
    migration!("0010_one_index_for_each_look_up"),
    migration!("0011_cards_take_turns"),
    migration!("0012_answers_of_cards"),
    migration!("0013_declines_of_actions"),
    migration!("0014_settings_of_apis"),
    migration!("0015_operations_side_by_side"),
    migration!("0016_deleted_in_pieces"),
    migration!("0017_unknown_fields"),
    migration!("0018_bins_of_tokens"),
    migration!("0019_turns_of_the_deleted"),
    migration!("0020_units_of_amounts"),
    migration!("0021_ways_back"),
    migration!("0022_authorizations_grow"),
    migration!("0023_extras_of_actions"),
    migration!("0024_payments_that_forgot"),
    migration!("0025_raises_are_counted"),
    migration!("0026_no_charge_in_other_units"),
    migration!("0027_what_is_due"),
    migration!("0028_turns_of_the_due"),
    migration!("0029_search_of_customers"),
    migration!("0030_deletions_in_the_search"),
];

/// Serialises servers that start together on one PostgreSQL database; any fixed number does.
const ADVISORY_LOCK: i64 = 0x6b_6173_7361;

/// How long PostgreSQL may take for one step.
const MIGRATING_MAX: Duration = Duration::from_secs(60 * 60);

const CREATE: &str = "create table if not exists schema_migrations \
     (name text primary key, checksum text not null)";
const APPLIED: &str = "select name, checksum from schema_migrations order by name";
const RECORD: &str = "insert into schema_migrations (name, checksum) values ($1, $2)";

/// How many tables there are, and whether one of them is as ours is.
const TABLES: &str = "select count(*), count(*) filter (where name = 'schema_migrations' and 2 = \
     (select count(*) from pragma_table_info('schema_migrations') where name in ('name', 'checksum'))) \
     from sqlite_schema";
/// Where PostgreSQL makes tables, if anywhere.
const PLACE: &str = "select current_database()::text, current_schema()::text";
/// The same there. What an extension brought, as hosts of databases put it everywhere, is nobody's.
const RELATIONS: &str = "select count(*), count(*) filter (where relname = 'schema_migrations' and relkind = 'r' and 2 = \
     (select count(*) from pg_attribute where attrelid = c.oid and attname in ('name', 'checksum') \
     and atttypid = 'text'::regtype and not attisdropped)) \
     from pg_class c join pg_namespace n on n.oid = relnamespace \
     where nspname = $1 and relkind in ('r', 'p', 'v', 'm', 'S', 'f') and not exists (select 1 from pg_depend d \
     where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')";
const FIRST: &str = "select name from schema_migrations order by name limit 1";
/// What another program marked the file with, and how often its tables were changed.
const MARKS: &str = "select application_id, user_version, schema_version \
     from pragma_application_id, pragma_user_version, pragma_schema_version";

/// All migrations, oldest first.
pub fn migrations() -> &'static [Migration] {
    MIGRATIONS
}

/// Whose schema it is. Other programs keep their migrations in a table of the same name.
pub(crate) fn look(connection: &rusqlite::Connection) -> Result<Found, rusqlite::Error> {
    let (tables, as_ours): (i64, i64) =
        connection.query_row(TABLES, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if tables == 0 {
        let marks: (i64, i64, i64) =
            connection.query_row(MARKS, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        // What Kassa begins has no mark until it has tables.
        return Ok(if marks == (0, 0, 0) { Found::Nothing } else { Found::Foreign(Stranger::Emptied) });
    }
    let is_ours = as_ours == 1 && {
        let mut statement = connection.prepare(FIRST)?;
        let mut rows = statement.query([])?;
        // Another program's may have no row, or something else than a text there.
        let name = rows.next()?.map(|row| row.get::<_, rusqlite::types::Value>(0)).transpose()?;
        name == Some(MIGRATIONS[0].name.to_owned().into())
    };
    Ok(if is_ours { Found::Ours } else { Found::Foreign(Stranger::Database) })
}

/// Brings the schema up to date; says whether there was none. `before` is told what is there, once nobody else can write.
pub(crate) fn sqlite(
    connection: &mut rusqlite::Connection,
    usage: Use,
    before: &dyn Fn(Found) -> Result<(), Error>,
) -> Result<bool, Error> {
    let failed = |error: rusqlite::Error| at_start(sqlite::write_error(&error));
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("nfc", 1, flags, nfc).map_err(failed)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    before(look(&transaction).map_err(failed)?)?;
    transaction.execute(CREATE, []).map_err(failed)?;
    let applied = {
        let mut statement = transaction.prepare(APPLIED).map_err(failed)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
        rows.collect::<Result<Vec<(String, String)>, _>>().map_err(failed)?
    };
    let is_new = may_begin(&applied, usage)?;
    for migration in pending(&applied, usage, |migration| migration.sqlite)? {
        transaction.execute_batch(migration.sqlite).map_err(failed)?;
        transaction.execute(RECORD, [migration.name, &checksum(migration.sqlite)]).map_err(failed)?;
    }
    transaction.commit().map_err(failed).map(|()| is_new)
}

/// Likewise. `before_making` runs where there is none, once nobody else can make one.
pub(crate) fn postgres(
    session: &mut pg::Session,
    usage: Use,
    before_making: impl FnOnce() -> Result<(), Error>,
) -> Result<bool, Error> {
    // Where something fails, the session goes, and what it began with it.
    let failed = |fault: pg::Fault| at_start(pg::driver_error(&fault));
    session.batch_execute("begin").map_err(failed)?;
    session.execute("select pg_advisory_xact_lock($1)", &[&ADVISORY_LOCK]).map_err(failed)?;
    if let Some(why) = stranger(session).map_err(failed)? {
        return Err(Error::Refused(why));
    }
    session.execute(CREATE, &[]).map_err(failed)?;
    let rows = session.query(APPLIED, &[]).map_err(failed)?;
    let applied: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let is_new = may_begin(&applied, usage)?;
    let pending = pending(&applied, usage, |migration| migration.postgres)?;
    if is_new {
        before_making()?;
    }
    if !is_new && !pending.is_empty() {
        // An older server would go on with tables that it does not know.
        pg::refuse_while_served(session)?;
    }
    if !pending.is_empty() {
        // A large table takes its time. The limit is for a server that says nothing at all any more.
        session.be_patient(MIGRATING_MAX);
        let no_limits = "set local statement_timeout = 0; set local lock_timeout = 0";
        session.batch_execute(no_limits).map_err(failed)?;
    }
    for migration in pending {
        session.batch_execute(migration.postgres).map_err(failed)?;
        session.execute(RECORD, &[&migration.name, &checksum(migration.postgres)]).map_err(failed)?;
    }
    session.batch_execute("commit").map_err(failed)?;
    session.be_impatient();
    Ok(is_new)
}

/// Why the schema in which tables would be made is none to use. What stands in others is their own.
fn stranger(session: &mut pg::Session) -> Result<Option<String>, pg::Fault> {
    let place = session.query_one(PLACE, &[])?;
    let (database, schema): (String, Option<String>) = (place.get(0), place.get(1));
    let Some(schema) = schema else {
        return Ok(Some(format!(
            "search_path names no schema that is in the PostgreSQL database {database}; make it with create schema, or \
             name another one"
        )));
    };
    let found = session.query_one(RELATIONS, &[&schema])?;
    let (all, as_ours): (i64, i64) = (found.get(0), found.get(1));
    let is_ours = as_ours == 1
        && session.query_opt(FIRST, &[])?.is_some_and(|row| row.get::<_, &str>(0) == MIGRATIONS[0].name);
    if all == 0 || is_ours {
        return Ok(None);
    }
    Ok(Some(format!(
        "the schema {schema} of the PostgreSQL database {database} holds tables of another program, and nothing was changed \
         in it; give Kassa a database of its own, or an empty schema with ?options=-c%20search_path%3DITS_NAME"
    )))
}

/// A text with its letters composed, as PostgreSQL's `normalize` answers it.
fn nfc(context: &Context<'_>) -> rusqlite::Result<Option<String>> {
    Ok(context.get::<Option<String>>(0)?.map(|text| text.nfc().collect()))
}

/// What is not available at the start is told to the operator, and not tried again.
fn at_start(error: Error) -> Error {
    if let Error::Unavailable(why) = error {
        return Error::Refused(format!("cannot write the database: {why}"));
    }
    error
}

/// Whether the schema is to be made, which who only visits must not do.
fn may_begin(applied: &[(String, String)], usage: Use) -> Result<bool, Error> {
    match (applied.is_empty(), usage) {
        (true, Use::Visit) => Err(Error::Absent),
        (is_new, Use::Serve | Use::Share | Use::Visit | Use::Alone) => Ok(is_new),
    }
}

/// The migrations that are still to be applied, once those that are agree with this program.
fn pending<'a>(
    applied: &[(String, String)],
    usage: Use,
    text: impl Fn(&Migration) -> &'static str,
) -> Result<&'a [Migration], Error> {
    if applied.len() > MIGRATIONS.len() {
        return Err(Error::Refused("the database was made by a newer Kassa; use that one".to_owned()));
    }
    for ((name, recorded), migration) in applied.iter().zip(MIGRATIONS) {
        if name != migration.name || *recorded != checksum(text(migration)) {
            return Err(Error::Refused(format!(
                "the database's migration {name} is not the one this Kassa knows"
            )));
        }
    }
    match (&MIGRATIONS[applied.len()..], usage) {
        // Who works beside a server that is older would change the tables under it.
        ([_, ..], Use::Share | Use::Visit) if !applied.is_empty() => Err(Error::Refused(
            "the database is of an older Kassa; start kassa serve once, or run kassa db migrate".to_owned(),
        )),
        (pending, Use::Serve | Use::Share | Use::Visit | Use::Alone) => Ok(pending),
    }
}

fn checksum(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
