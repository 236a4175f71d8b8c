//! PostgreSQL: a bounded set of plain threads, each with a connection of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use postgres::error::SqlState;
use postgres::types::ToSql;
use postgres::{Client, SimpleQueryMessage};
use tokio::sync::oneshot;

use crate::postgres_work::{Connection, Failure, Witness, Work};
use crate::{Error, Sql, Tx, Use, Value, migrate, postgres_tls};

/// Connections of one server. Several servers share PostgreSQL's own limit of 100.
const WORKERS: usize = 16;
/// Jobs that may wait; one more is told to come back.
const QUEUE_MAX: usize = 2048;
/// How often a unit of work that lost against a concurrent one runs again.
const ATTEMPTS_MAX: u32 = 12;
/// How long a caller waits for its answer before it is told that the outcome is unknown.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a job may wait for its turn before its caller is told to come back.
const TURN_MAX: Duration = Duration::from_secs(5);
/// How long after a lost connection its transaction may still be committing on the server.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);

/// Says in `pg_stat_activity` that a server, and not a command, uses the database.
const SERVING: &str = "kassa serve";
const WORKING: &str = "kassa";

/// How a change begins, and how a reading that sees one moment.
const CHANGE: &str = "begin";
const SNAPSHOT: &str = "begin isolation level repeatable read read only";

type Job = Box<dyn FnOnce(&mut Worker) + Send>;

pub(crate) struct Postgres {
    jobs: Sender<Job>,
}

impl Postgres {
    pub(crate) fn open(address: &str, usage: Use) -> Result<Self, Error> {
        let name = match usage {
            Use::Serve => SERVING,
            Use::Share | Use::Alone => WORKING,
        };
        let connector = postgres_tls::Connector::new(address, name)?;
        let (jobs, queue) = bounded::<Job>(QUEUE_MAX);
        let opening = {
            let connector = connector.clone();
            // The driver runs a loop of its own, which may not begin on a thread that runs one already.
            std::thread::spawn(move || prepare(&connector, usage))
        };
        let client = opening.join().map_err(|_| Error::Panicked)??;
        let workers = if usage == Use::Serve { WORKERS } else { 1 };
        let mut first = Some(client);
        for number in 0..workers {
            let worker =
                Worker { connector: connector.clone(), connection: first.take().map(Connection::new) };
            let queue = queue.clone();
            std::thread::Builder::new()
                .name(format!("postgres-{number}"))
                .spawn(move || worker.run(&queue))
                .map_err(|error| Error::Refused(format!("cannot start a database thread: {error}")))?;
        }
        Ok(Self { jobs })
    }

    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.run(move |worker| worker.transact(CHANGE, &work)).await
    }

    pub(crate) async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.run(move |worker| worker.look(&work)).await
    }

    pub(crate) async fn snapshot<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.run(move |worker| worker.transact(SNAPSHOT, &work)).await
    }

    pub(crate) async fn check(&self) -> Result<Vec<String>, Error> {
        // PostgreSQL verifies its pages and foreign keys itself; a constraint that was never validated is what can
        // still be wrong.
        self.run(|worker: &mut Worker| {
            let client = worker.client()?;
            let rows = client
                .query("select conname::text from pg_constraint where not convalidated", &[])
                .map_err(|error| driver_error(&error))?;
            Ok(rows
                .iter()
                .map(|row| format!("constraint never validated: {}", row.get::<_, String>(0)))
                .collect())
        })
        .await
    }

    pub(crate) async fn describe(&self) -> Result<String, Error> {
        self.run(|worker: &mut Worker| {
            let row = worker
                .client()?
                .query_one("show server_version", &[])
                .map_err(|error| driver_error(&error))?;
            Ok(format!("PostgreSQL {}", row.get::<_, String>(0)))
        })
        .await
    }

    pub(crate) async fn plan(&self, sql: &'static Sql) -> Result<Vec<String>, Error> {
        self.run(move |worker: &mut Worker| {
            let client = worker.client()?;
            let statement = client.prepare(sql.text()).map_err(|error| driver_error(&error))?;
            let columns = statement.columns().iter().map(postgres::Column::type_);
            if let Some(kind) = statement.params().iter().chain(columns).find(|kind| !Value::accepts(kind)) {
                return Err(Error::Defect(format!("a value is read as {kind}: {}", sql.text())));
            }
            generic_plan(client, sql.text(), statement.params().len()).map_err(|error| driver_error(&error))
        })
        .await
    }

    async fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&mut Worker) -> Result<T, E> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let asked = Instant::now();
        let job: Job = Box::new(move |worker| {
            // A caller that went away, or waited too long, was promised nothing: its work is not begun.
            if sender.is_closed() {
                return;
            }
            let result = if asked.elapsed() > TURN_MAX { Err(Error::Busy.into()) } else { work(worker) };
            let _ = sender.send(result);
        });
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => {
                Error::Unavailable("the database threads have stopped".to_owned())
            }
        })?;
        match tokio::time::timeout(PATIENCE, receiver).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Error::Panicked.into()),
            Err(_) => Err(Error::Unknown(format!("no answer from PostgreSQL within {PATIENCE:?}")).into()),
        }
    }
}

struct Worker {
    connector: postgres_tls::Connector,
    connection: Option<Connection>,
}

impl Worker {
    fn run(mut self, queue: &Receiver<Job>) {
        while let Ok(job) = queue.recv() {
            // A panic in a unit of work is caught where its transaction can be rolled back; one out here costs the
            // connection and not the thread.
            if catch_unwind(AssertUnwindSafe(|| job(&mut self))).is_err() {
                self.connection = None;
            }
        }
    }

    fn connection(&mut self) -> Result<&mut Connection, Error> {
        match self.connection.take() {
            Some(connection) if !connection.client.is_closed() => Ok(self.connection.insert(connection)),
            _ => {
                let client =
                    connect(&self.connector).map_err(|error| Error::Unavailable(error.to_string()))?;
                Ok(self.connection.insert(Connection::new(client)))
            }
        }
    }

    fn client(&mut self) -> Result<&mut Client, Error> {
        Ok(&mut self.connection()?.client)
    }

    /// Reads outside a transaction: each statement sees the latest commit.
    fn look<T, E, F>(&mut self, work: &F) -> Result<T, E>
    where
        E: From<Error>,
        F: Fn(&mut Tx<'_>) -> Result<T, E>,
    {
        let mut again = true;
        loop {
            let mut tx = Tx::Postgres(Work::new(self.connection()?));
            let result = work(&mut tx);
            let Tx::Postgres(Work { failure, .. }) = tx else { unreachable!("made above") };
            // A connection that PostgreSQL closed while it lay idle is found out only by using it.
            match failure {
                Some(Failure::Lost) if again => again = false,
                _ => return result,
            }
        }
    }

    fn transact<T, E, F>(&mut self, begin: &str, work: &F) -> Result<T, E>
    where
        E: From<Error>,
        F: Fn(&mut Tx<'_>) -> Result<T, E>,
    {
        let mut lost = 0;
        for attempt in 0..ATTEMPTS_MAX {
            let connection = self.connection()?;
            if let Err(error) = connection.client.batch_execute(begin) {
                if connection.client.is_closed() && lost == 0 {
                    lost += 1;
                    continue;
                }
                return Err(driver_error(&error).into());
            }
            let mut tx = Tx::Postgres(Work::new(connection));
            let result = catch_unwind(AssertUnwindSafe(|| work(&mut tx)));
            let Tx::Postgres(Work { failure, witness, .. }) = tx else { unreachable!("made above") };
            let value = match (result, failure) {
                (Ok(Ok(value)), None) => value,
                (result, failure) => {
                    self.roll_back();
                    match (result, failure) {
                        (_, Some(Failure::Race)) if attempt + 1 < ATTEMPTS_MAX => {
                            back_off(attempt);
                            continue;
                        }
                        (Ok(Err(error)), _) => return Err(error),
                        (Ok(Ok(_)), _) => {
                            return Err(Error::Defect(
                                "a failed statement was taken for a success".to_owned(),
                            )
                            .into());
                        }
                        (Err(_), _) => return Err(Error::Panicked.into()),
                    }
                }
            };
            let connection = self.connection()?;
            match connection.client.batch_execute("commit") {
                Ok(()) => return Ok(value),
                Err(error) if is_race(&error) => {
                    self.roll_back();
                    back_off(attempt);
                }
                Err(error) if connection.client.is_closed() => {
                    return self.settle(&error, witness).map(|()| value).map_err(E::from);
                }
                Err(error) => {
                    self.roll_back();
                    return Err(driver_error(&error).into());
                }
            }
        }
        Err(Error::Serialization.into())
    }

    /// Finds out, after a connection was lost during a commit, whether the commit took place.
    fn settle(&mut self, lost: &postgres::Error, witness: Option<Witness>) -> Result<(), Error> {
        let unknown = || Error::Unknown(lost.to_string());
        let witness = witness.ok_or_else(unknown)?;
        let asked = Instant::now();
        while asked.elapsed() < SETTLES_WITHIN {
            let found = self.client().and_then(|client| {
                let id: &[u8] = &witness.id;
                client.query_opt(witness.sql.text(), &[&id]).map_err(|error| driver_error(&error))
            });
            if matches!(found, Ok(Some(_))) {
                return Ok(());
            }
            pause(Duration::from_millis(100));
        }
        Err(unknown())
    }

    fn roll_back(&mut self) {
        let rolled_back = self
            .connection
            .as_mut()
            .is_some_and(|connection| connection.client.batch_execute("rollback").is_ok());
        if !rolled_back {
            self.connection = None;
        }
    }
}

/// The plan of a statement that runs again and again, whatever its values are.
fn generic_plan(client: &mut Client, text: &str, parameters: usize) -> Result<Vec<String>, postgres::Error> {
    let values = vec!["null"; parameters].join(", ");
    let values = if values.is_empty() { values } else { format!("({values})") };
    client.batch_execute(&format!("set plan_cache_mode = force_generic_plan; prepare planned as {text}"))?;
    let lines = client.simple_query(&format!("explain (costs off) execute planned{values}"))?;
    client.batch_execute("deallocate planned; reset plan_cache_mode")?;
    let text = |line| match line {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        SimpleQueryMessage::CommandComplete(_) | SimpleQueryMessage::RowDescription(_) | _ => None,
    };
    Ok(lines.into_iter().filter_map(text).collect())
}

/// The first connection, once the database is fit for use and migrated.
fn prepare(connector: &postgres_tls::Connector, usage: Use) -> Result<Client, Error> {
    let mut client = connect(connector).map_err(|error| Error::Refused(format!("PostgreSQL: {error}")))?;
    refuse_unsafe_settings(&mut client)?;
    if usage == Use::Alone {
        refuse_while_served(&mut client)?;
    }
    migrate::postgres(&mut client)?;
    Ok(client)
}

fn connect(connector: &postgres_tls::Connector) -> Result<Client, postgres::Error> {
    let mut client = connector.connect()?;
    client.batch_execute(
        "set synchronous_commit = on; set default_transaction_isolation = 'read committed'; \
         set statement_timeout = '15s'; set lock_timeout = '10s'; set idle_in_transaction_session_timeout = '30s'",
    )?;
    Ok(client)
}

fn refuse_unsafe_settings(client: &mut Client) -> Result<(), Error> {
    let row = client.query_one("show fsync", &[]).map_err(|error| driver_error(&error))?;
    if row.get::<_, String>(0) == "on" {
        return Ok(());
    }
    Err(Error::Refused(
        "PostgreSQL runs with fsync=off and can lose payments; turn it on and restart it".to_owned(),
    ))
}

/// The connections of a server that was just stopped are listed for a moment longer, so it is asked again.
fn refuse_while_served(client: &mut Client) -> Result<(), Error> {
    const SERVERS: &str = "select count(*) from pg_stat_activity \
         where datname = current_database() and application_name = $1";
    for _ in 0..20 {
        let row = client.query_one(SERVERS, &[&SERVING]).map_err(|error| driver_error(&error))?;
        if row.get::<_, i64>(0) == 0 {
            return Ok(());
        }
        pause(Duration::from_millis(100));
    }
    Err(Error::InUse("a server uses this PostgreSQL database; stop it first".to_owned()))
}

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

/// Waits a little longer after each lost race, and never as long as the one that it lost against.
fn back_off(attempt: u32) {
    let jitter = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), attempt) % 1000;
    pause(Duration::from_micros(jitter << attempt.min(5)));
}

fn pause(duration: Duration) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the thread is the database's own and has nothing else to do"
    )]
    std::thread::sleep(duration);
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
