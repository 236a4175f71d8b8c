//! Connections to PostgreSQL, and what is asked of a server before it is used.

use std::time::Duration;

use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::{Config, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::{Fault, in_words, only_reads};
use super::session::Session;
use super::{address, tls};
use crate::{Error, Use};

/// Says in `pg_stat_activity` that a server, and not a command, uses the database.
const SERVING: &str = "kassa serve";
const WORKING: &str = "kassa";

const CONNECT_PATIENCE: Duration = Duration::from_secs(2);
/// What each session is set to. A statement and a lock that take longer are given up, so that the caller hears what became
/// of them and not that nobody knows.
const SETTINGS: &str = "set synchronous_commit = on; set default_transaction_isolation = 'read committed'; \
     set idle_in_transaction_session_timeout = '30s'; set statement_timeout = '4s'; set lock_timeout = '3s'";

/// Everything needed to connect again.
#[derive(Clone)]
pub(super) struct Connector {
    /// One for each host, in the order in which they are tried.
    configs: Vec<Config>,
    tls: MakeRustlsConnect,
}

impl Connector {
    pub(super) fn new(address: &str, usage: Use) -> Result<Self, Error> {
        let name = match usage {
            Use::Serve => SERVING,
            Use::Share | Use::Visit | Use::Alone => WORKING,
        };
        let (mut configs, trust) = address::read(address)?;
        for config in &mut configs {
            config.application_name(name).connect_timeout(CONNECT_PATIENCE);
            // A server that vanished without a word is given up within 5 s.
            config.keepalives_idle(Duration::from_secs(2)).keepalives_interval(Duration::from_secs(1));
            config.keepalives_retries(3).tcp_user_timeout(Duration::from_secs(5));
        }
        Ok(Self { configs, tls: MakeRustlsConnect::new(tls::client_config(&trust)?) })
    }

    /// A session that writes. After a failover the name leads to the old server for a while, which reads and does not write.
    pub(super) fn connect(&self) -> Result<Session, Fault> {
        self.connect_to(TargetSessionAttrs::ReadWrite)
    }

    /// A session that reads, whether it writes or not.
    pub(super) fn connect_to_read(&self) -> Result<Session, Fault> {
        self.connect_to(TargetSessionAttrs::Any)
    }

    fn connect_to(&self, wanted: TargetSessionAttrs) -> Result<Session, Fault> {
        let mut why = None;
        for config in &self.configs {
            let mut config = config.clone();
            match Session::open(config.target_session_attrs(wanted), self.tls.clone(), SETTINGS) {
                Ok(session) => return Ok(session),
                // One that only reads is there, whatever the others are.
                Err(fault) if !why.as_ref().is_some_and(only_reads) => why = Some(fault),
                Err(_) => {}
            }
        }
        Err(why.unwrap_or_else(|| Fault::Machine(std::io::Error::other("the address names no host"))))
    }

    /// The first connection, once the server is fit for use.
    pub(super) fn first(&self, usage: Use) -> Result<Session, Error> {
        let mut session =
            self.connect().map_err(|error| Error::Refused(format!("PostgreSQL: {}", in_words(&error))))?;
        self.refuse_shared_sessions(&mut session)?;
        refuse_unsafe_settings(&mut session)?;
        if usage == Use::Alone {
            refuse_while_served(&mut session)?;
        }
        Ok(session)
    }

    /// A pooler that gives each transaction whatever session is free loses prepared statements and settings, so that most
    /// of what is asked would fail. Two connections that are open at once are in one session there.
    fn refuse_shared_sessions(&self, session: &mut Session) -> Result<(), Error> {
        // Where there is room for one alone, it is nobody else's.
        let Ok(mut other) = self.connect() else { return Ok(()) };
        let (mine, theirs) = (process(session)?, process(&mut other)?);
        if mine != theirs && mine == process(session)? && theirs == process(&mut other)? {
            return Ok(());
        }
        Err(Error::Refused(
            "PostgreSQL is behind a pooler that shares its sessions, as pgbouncer does with pool_mode=transaction; set \
             pool_mode=session for this database, or give the address of PostgreSQL itself"
                .to_owned(),
        ))
    }
}

/// The server's process that answers. It is asked without a prepared statement.
fn process(session: &mut Session) -> Result<Option<String>, Error> {
    let lines = session.simple_query("select pg_backend_pid()")?;
    Ok(lines.into_iter().find_map(first_column))
}

/// What a line of a simple query's answer begins with.
pub(super) fn first_column(line: SimpleQueryMessage) -> Option<String> {
    match line {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        SimpleQueryMessage::CommandComplete(_) | SimpleQueryMessage::RowDescription(_) | _ => None,
    }
}

fn refuse_unsafe_settings(session: &mut Session) -> Result<(), Error> {
    let row = session.query_one("show fsync", &[])?;
    if row.get::<_, String>(0) == "on" {
        return Ok(());
    }
    Err(Error::Refused(
        "PostgreSQL runs with fsync=off and can lose payments; turn it on and restart it".to_owned(),
    ))
}

/// The connections of a server that was just stopped are listed for a moment longer, so it is asked again. This session is
/// not counted, nor those that wait for their turn to look at the schema: they serve nobody yet.
pub(crate) fn refuse_while_served(session: &mut Session) -> Result<(), Error> {
    for _ in 0..20 {
        if !is_served(session)? {
            return Ok(());
        }
        pause(Duration::from_millis(100));
    }
    Err(Error::InUse("a server uses this PostgreSQL database; stop it first".to_owned()))
}

/// Whether a server is connected to the database, beside this session.
pub(super) fn is_served(session: &mut Session) -> Result<bool, Fault> {
    // Within a transaction the list would stay as it was first seen.
    const LOOK_ANEW: &str = "select pg_stat_clear_snapshot()";
    const SERVERS: &str = "select count(*) from pg_stat_activity where datname = current_database() \
         and application_name = $1 and pid <> pg_backend_pid() \
         and pid not in (select pid from pg_locks where locktype = 'advisory' and not granted)";
    session.execute(LOOK_ANEW, &[])?;
    let row = session.query_one(SERVERS, &[&SERVING])?;
    Ok(row.get::<_, i64>(0) > 0)
}

pub(super) fn pause(duration: Duration) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the thread is the database's own and has nothing else to do"
    )]
    std::thread::sleep(duration);
}
