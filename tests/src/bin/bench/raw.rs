//! The yardstick of creates: SQLite with the same rows in the same schema, committed in groups, and nothing else.
//!
//! Clients hand rows to one writer thread over a bounded queue. It drains the queue into one transaction, or takes a
//! transaction for each row, syncs once, and answers. There is no HTTP, no JSON, no key to check, and nothing that could take one client's rows back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::{Connection, Statement, params};
use tokio::sync::oneshot;

use crate::load::{Ask, Dice};
use crate::server::{self, Kassa};

pub(crate) const FIRST_NAME: &str = "Leonora";
pub(crate) const LAST_NAME: &str = "Lagerkvist";
pub(crate) const METADATA: &str = r#"{"shop":"north","order":"A-1077"}"#;
pub(crate) const EMAIL_LETTERS: usize = 16;
pub(crate) const EMAIL_END: &str = "@mail.example";

/// What Kassa sets on its write connection.
const PRAGMAS: &str = "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; \
     pragma secure_delete = on; pragma wal_autocheckpoint = 10000; pragma cache_size = -16384;";
/// As long as Kassa's queue, and as many in a group.
const QUEUE_MAX: usize = 2048;
pub(crate) const GROUP_MAX: usize = 256;

const INSERT_CUSTOMER: &str = "insert into customers
    (merchant, mode, public_id, sequence, name, first_name, last_name, email, email_folded, metadata, created_at,
     changed_at)
    values (?1, 'test', ?2, 1, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?8)";
const INSERT_EVENT: &str = "insert into events
    (merchant, mode, public_id, kind, object, sequence, created_at)
    values (?1, 'test', ?2, 'customer.created', ?3, 1, ?4)";

struct Row {
    customer: [u8; 16],
    event: [u8; 16],
    email: String,
    at: i64,
    answer: oneshot::Sender<()>,
}

/// The database and its writer.
pub(crate) struct Raw {
    /// None once nobody may write any more.
    rows: Option<Sender<Row>>,
    writer: Option<JoinHandle<anyhow::Result<()>>>,
    stat: String,
    begun: Instant,
    clients: Arc<AtomicU64>,
}

impl Raw {
    /// Takes a database that Kassa itself made, so that the schema is Kassa's own. So many rows go in one transaction at most.
    pub(crate) fn open(kassa: &Kassa, group: usize) -> anyhow::Result<Self> {
        kassa.make_keys()?;
        let connection = Connection::open(kassa.database())?;
        connection.execute_batch(PRAGMAS)?;
        let (rows, queue) = bounded(QUEUE_MAX);
        let (sender, receiver) = bounded(1);
        let writer = std::thread::Builder::new().name("raw-writer".to_owned()).spawn(move || {
            sender.send(std::fs::read_link("/proc/thread-self")?)?;
            write(&connection, &queue, group)
        })?;
        let thread = receiver.recv().context("the raw writer did not start")?;
        let stat = format!("/proc/{}/stat", thread.display());
        Ok(Self {
            rows: Some(rows),
            writer: Some(writer),
            stat,
            begun: Instant::now(),
            clients: Arc::default(),
        })
    }

    pub(crate) fn clients(&self, count: usize) -> Vec<Client> {
        let rows = self.rows.iter().cycle().take(count);
        rows.map(|rows| Client {
            rows: rows.clone(),
            begun: self.begun,
            dice: Dice::new(self.clients.fetch_add(1, Ordering::Relaxed)),
        })
        .collect()
    }

    /// Processor time of the writer thread; the clients are the load generator here.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        server::cpu(&self.stat)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        drop(self.rows.take());
        if let Some(Ok(Err(error))) = self.writer.take().map(JoinHandle::join) {
            eprintln!("the raw writer failed: {error}");
        }
    }
}

pub(crate) struct Client {
    rows: Sender<Row>,
    begun: Instant,
    dice: Dice,
}

impl Ask for Client {
    async fn ask(&mut self) -> anyhow::Result<()> {
        let (answer, answered) = oneshot::channel();
        // Any date does for a beginning; what counts is that new ids sort after the old ones, as Kassa's do.
        let at = 1_767_225_600_000 + i64::try_from(self.begun.elapsed().as_millis())?;
        let mut letters = [0; EMAIL_LETTERS];
        self.dice.letters(&mut letters);
        let email = format!("{}{EMAIL_END}", std::str::from_utf8(&letters)?);
        let (customer, event) = (self.id(at), self.id(at));
        self.rows.send(Row { customer, event, email, at, answer }).ok().context("the raw writer is gone")?;
        answered.await.context("the raw writer did not answer")
    }
}

impl Client {
    fn id(&mut self, at: i64) -> [u8; 16] {
        let mut id = [0; 16];
        id[..6].copy_from_slice(&at.to_be_bytes()[2..]);
        id[6..14].copy_from_slice(&self.dice.roll().to_be_bytes());
        id[14..].copy_from_slice(&self.dice.roll().to_be_bytes()[..2]);
        id
    }
}

fn write(connection: &Connection, queue: &Receiver<Row>, group: usize) -> anyhow::Result<()> {
    let merchant: i64 = connection.query_row("select id from merchants", [], |row| row.get(0))?;
    let name = format!("{FIRST_NAME} {LAST_NAME}");
    let mut begin = connection.prepare("begin immediate")?;
    let mut commit = connection.prepare("commit")?;
    let mut customer = connection.prepare(INSERT_CUSTOMER)?;
    let mut event = connection.prepare(INSERT_EVENT)?;
    let mut answers = Vec::with_capacity(group);
    while let Ok(row) = queue.recv() {
        begin.execute([])?;
        let mut waiting = Some(row);
        while let Some(row) = waiting {
            insert(&mut customer, &mut event, merchant, &name, &row)?;
            answers.push(row.answer);
            waiting = if answers.len() < group { queue.try_recv().ok() } else { None };
        }
        commit.execute([])?;
        for answer in answers.drain(..) {
            // A client that is gone at the end of a round has nobody to tell.
            let _ = answer.send(());
        }
    }
    Ok(())
}

fn insert(
    customer: &mut Statement<'_>,
    event: &mut Statement<'_>,
    merchant: i64,
    name: &str,
    row: &Row,
) -> Result<(), rusqlite::Error> {
    customer.execute(params![
        merchant,
        row.customer,
        name,
        FIRST_NAME,
        LAST_NAME,
        row.email,
        METADATA,
        row.at
    ])?;
    event.execute(params![merchant, row.event, row.customer, row.at])?;
    Ok(())
}
