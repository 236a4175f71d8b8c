//! The database engines, and a fresh database on each.

use std::sync::atomic::{AtomicU32, Ordering};

use postgres::{Client, NoTls};

/// Names the cluster on which databases are made: a URL of a superuser.
const CLUSTER: &str = "KASSA_TEST_POSTGRES";

/// What a server keeps its data in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in the data folder.
    Sqlite,
    /// A database of its own on the test run's cluster.
    Postgres,
}

/// A PostgreSQL database that is dropped at the end.
pub(crate) struct Database {
    cluster: String,
    name: String,
}

impl Database {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let cluster = std::env::var(CLUSTER).unwrap_or_else(|_| {
            panic!("{CLUSTER} is not set, so there is no PostgreSQL to test on; run `cargo xtask test`")
        });
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let database = Self { cluster, name: format!("kassa_test_{}_{number}", std::process::id()) };
        database.command(&format!("create database {}", database.name));
        database
    }

    /// The address that a server is given.
    pub(crate) fn url(&self) -> String {
        let (server, _) = self.cluster.rsplit_once('/').expect("the URL names a database");
        format!("{server}/{}", self.name)
    }

    /// A connection to the cluster as its superuser.
    pub(crate) fn admin(&self) -> Client {
        Client::connect(&self.cluster, NoTls).expect("the cluster takes connections")
    }

    /// Ends every connection to this database; answers how many there were.
    pub(crate) fn terminate_backends(&self) -> u64 {
        let text = "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1";
        self.admin().execute(text, &[&self.name]).expect("a superuser may end connections")
    }

    /// Says whether connections may only read. The setting holds for new ones, so the old ones go first, all of them.
    pub(crate) fn set_read_only(&self, value: &str) {
        self.command(&format!("alter database {} set default_transaction_read_only = {value}", self.name));
        let text = "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1";
        self.admin().execute(text, &[&self.name]).expect("a superuser may end connections");
    }

    /// Gives the database's owner no more connections than so many, and ends those that there are.
    pub(crate) fn limit_connections(&self, most: u32) {
        let text = "select r.rolname::text from pg_database d join pg_roles r on r.oid = d.datdba where d.datname = $1";
        let owner: String = self.admin().query_one(text, &[&self.name]).expect("it has an owner").get(0);
        self.command(&format!("alter role {owner} connection limit {most}"));
        self.terminate_backends();
    }

    /// Runs a command in this database.
    pub(crate) fn execute(&self, text: &str) {
        let mut client = Client::connect(&self.url(), NoTls).expect("the database takes connections");
        client.batch_execute(text).expect("the database takes the command");
    }

    /// Reads a number of this database.
    pub(crate) fn number(&self, text: &str) -> i64 {
        let mut client = Client::connect(&self.url(), NoTls).expect("the database takes connections");
        client.query_one(text, &[]).expect("the database has such a number").get(0)
    }

    fn command(&self, text: &str) {
        self.admin().batch_execute(text).expect("the cluster takes the command");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let text = format!("drop database if exists {} with (force)", self.name);
        // The cluster goes after the run anyway.
        let _ = Client::connect(&self.cluster, NoTls).map(|mut client| client.batch_execute(&text));
    }
}
