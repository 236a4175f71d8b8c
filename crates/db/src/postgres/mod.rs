//! PostgreSQL: its connections, the work on them and the threads that own them. It does not know what the schema is,
//! nor that there is another engine.

mod address;
mod connect;
mod error;
mod peers;
mod session;
mod tls;
mod work;
mod worker;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, TrySendError, bounded};
use tokio::sync::oneshot;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::room::Room;
use crate::{Error, Sql, Use, Value, View};
use connect::{Connector, first_column};
use peers::Peers;
use work::Purpose;
use worker::{CHANGE, Job, SNAPSHOT, Worker};

pub(crate) use connect::refuse_while_served;
pub(crate) use error::{Fault, driver_error};
pub(crate) use session::Session;
pub(crate) use work::Work;

/// Jobs that may wait; one more is told to come back.
const QUEUE_MAX: usize = 2048;
/// How long a caller waits for its answer before it is told that the outcome is unknown.
const PATIENCE: Duration = Duration::from_millis(4_500);
/// How long a check of everything may take.
const PATIENCE_OF_CHECKS: Duration = Duration::from_secs(60 * 60);
/// How long a job may wait for its turn before its caller is told to come back.
const TURN_MAX: Duration = Duration::from_secs(4);
/// How long what was read may be taken for what there is, by those who may: nobody tells what others commit.
const VIEW: Duration = Duration::from_millis(100);

pub(crate) struct Postgres {
    jobs: Sender<Job>,
    peers: Arc<Peers>,
    room: Arc<Room>,
    opened_at: Instant,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.peers.end();
    }
}

impl Postgres {
    /// Connects, as often as is said where it serves. `migrate` brings the schema up to date before anybody
    /// uses it, and says whether there was none.
    pub(crate) fn open(
        address: &str,
        connections: usize,
        usage: Use,
        migrate: impl FnOnce(&mut Session, Use) -> Result<bool, Error> + Send + 'static,
    ) -> Result<(Self, bool), Error> {
        let connector = Connector::new(address, usage)?;
        let (jobs, queue) = bounded::<Job>(QUEUE_MAX);
        let opening = {
            let connector = connector.clone();
            // A session has a loop of its own, which may not begin on a thread that runs one already.
            std::thread::spawn(move || {
                let mut session = connector.first(usage)?;
                migrate(&mut session, usage).map(|is_new| (session, is_new))
            })
        };
        let (session, is_new) = opening.join().map_err(|_| Error::Panicked)??;
        let workers = if usage == Use::Serve { connections } else { 1 };
        let peers = Arc::new(Peers::new(workers));
        let mut first = Some(session);
        let room = Arc::new(Room::default());
        for number in 0..workers {
            let worker = Worker::new(connector.clone(), Arc::clone(&peers), Arc::clone(&room), first.take());
            let queue = queue.clone();
            std::thread::Builder::new()
                .name(format!("postgres-{number}"))
                .spawn(move || worker.run(&queue))
                .map_err(|error| Error::Refused(format!("cannot start a database thread: {error}")))?;
        }
        Ok((Self { jobs, peers, room, opened_at: Instant::now() }, is_new))
    }

    pub(crate) fn room(&self) -> &Room {
        &self.room
    }

    pub(crate) fn view(&self) -> View {
        let version = self.opened_at.elapsed().as_millis() / VIEW.as_millis();
        View { reader: 0, version: i64::try_from(version).unwrap_or(i64::MAX) }
    }

    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(Work<'_>) -> Result<T, E> + Send + 'static,
    {
        self.run(PATIENCE, move |worker| worker.transact(CHANGE, &work)).await
    }

    pub(crate) async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(Work<'_>) -> Result<T, E> + Send + 'static,
    {
        self.run(PATIENCE, move |worker| worker.look(Purpose::Read, &work)).await
    }

    pub(crate) async fn read_to_write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(Work<'_>) -> Result<T, E> + Send + 'static,
    {
        self.run(PATIENCE, move |worker| worker.look(Purpose::Write, &work)).await
    }

    pub(crate) async fn snapshot<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(Work<'_>) -> Result<T, E> + Send + 'static,
    {
        self.run(PATIENCE_OF_CHECKS, move |worker| worker.transact(SNAPSHOT, &work)).await
    }

    pub(crate) async fn check(&self) -> Result<Vec<String>, Error> {
        // PostgreSQL verifies its pages and foreign keys itself; a constraint that was never validated is what can
        // still be wrong.
        self.run(PATIENCE_OF_CHECKS, |worker: &mut Worker| {
            let session = worker.session()?;
            let rows =
                session.query("select conname::text from pg_constraint where not convalidated", &[])?;
            let name = |row: &Row| format!("constraint never validated: {}", row.get::<_, String>(0));
            Ok(rows.iter().map(name).collect())
        })
        .await
    }

    pub(crate) async fn is_served(&self) -> Result<bool, Error> {
        self.run(PATIENCE, |worker: &mut Worker| Ok(connect::is_served(worker.session()?)?)).await
    }

    pub(crate) async fn describe(&self) -> Result<String, Error> {
        self.run(PATIENCE, |worker: &mut Worker| {
            let row = worker.session()?.query_one("show server_version", &[])?;
            Ok(format!("PostgreSQL {}", row.get::<_, String>(0)))
        })
        .await
    }

    pub(crate) async fn plan(&self, sql: &'static Sql) -> Result<Vec<String>, Error> {
        self.run(PATIENCE_OF_CHECKS, move |worker: &mut Worker| {
            let session = worker.session()?;
            let statement = session.prepare(sql.text())?;
            let columns = statement.columns().iter().map(tokio_postgres::Column::type_);
            if let Some(kind) = statement.params().iter().chain(columns).find(|kind| !Value::accepts(kind)) {
                return Err(Error::Defect(format!("a value is read as {kind}: {}", sql.text())));
            }
            Ok(generic_plan(session, sql.text(), statement.params().len())?)
        })
        .await
    }

    async fn run<T, E, F>(&self, patience: Duration, work: F) -> Result<T, E>
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
        match tokio::time::timeout(patience, receiver).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Error::Panicked.into()),
            Err(_) => Err(Error::Unknown(format!("no answer from PostgreSQL within {patience:?}")).into()),
        }
    }
}

/// The plan of a statement that runs again and again, whatever its values are.
fn generic_plan(session: &mut Session, text: &str, parameters: usize) -> Result<Vec<String>, Fault> {
    let values = vec!["null"; parameters].join(", ");
    let values = if values.is_empty() { values } else { format!("({values})") };
    session.batch_execute(&format!("set plan_cache_mode = force_generic_plan; prepare planned as {text}"))?;
    let lines = session.simple_query(&format!("explain (costs off) execute planned{values}"))?;
    session.batch_execute("deallocate planned; reset plan_cache_mode")?;
    Ok(lines.into_iter().filter_map(first_column).collect())
}
