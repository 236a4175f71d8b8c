//! The command line.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail, ensure};

const USAGE: &str = "options: --rounds N (at least 3), --seconds S a round and side, --connections N, --rows N to \
     read, --dir FOLDER for the databases, --json FILE, --against PROGRAM to compare two programs of Kassa, \
     --postgres URL and --pgbench PROGRAM for the rows of PostgreSQL";

/// A PostgreSQL cluster of the bench's own, and its load generator.
#[derive(Clone)]
pub(crate) struct Postgres {
    /// Of its superuser, without the database.
    pub(crate) url: String,
    pub(crate) pgbench: PathBuf,
}

pub(crate) enum Purpose {
    Measure(Options),
    /// Be the server that always answers the same, with a body of this length.
    Constant(usize),
}

#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) rounds: usize,
    /// How long each side is measured in each round.
    pub(crate) time: Duration,
    pub(crate) connections: usize,
    /// Customers in the database that is read.
    pub(crate) rows: usize,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
    /// Another program of Kassa, to be compared with.
    pub(crate) against: Option<PathBuf>,
    pub(crate) postgres: Option<Postgres>,
}

pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Purpose> {
    let mut options = Options {
        rounds: 5,
        time: Duration::from_secs(3),
        connections: 64,
        rows: 10_000,
        folder: None,
        json: None,
        against: None,
        postgres: None,
    };
    let (mut url, mut pgbench) = (None, None);
    while let Some(name) = arguments.next() {
        let value = arguments.next().with_context(|| format!("{name} has no value; {USAGE}"))?;
        match &*name {
            "--rounds" => options.rounds = parse(&name, &value)?,
            "--seconds" => options.time = Duration::from_secs(parse(&name, &value)?),
            "--connections" => options.connections = parse(&name, &value)?,
            "--rows" => options.rows = parse(&name, &value)?,
            "--dir" => options.folder = Some(value.into()),
            "--against" => options.against = Some(std::path::absolute(value)?),
            "--postgres" => url = Some(value),
            "--pgbench" => pgbench = Some(value.into()),
            "--json" => options.json = Some(value.into()),
            "--constant" => return Ok(Purpose::Constant(parse(&name, &value)?)),
            _ => bail!("there is no option {name}; {USAGE}"),
        }
    }
    options.postgres = url.zip(pgbench).map(|(url, pgbench)| Postgres { url, pgbench });
    ensure!(options.rounds >= 3, "fewer than 3 rounds have no median worth telling; {USAGE}");
    ensure!(
        !options.time.is_zero() && options.connections > 0 && options.rows > 0,
        "nothing would be measured; {USAGE}"
    );
    Ok(Purpose::Measure(options))
}

fn parse<T: FromStr>(name: &str, value: &str) -> anyhow::Result<T> {
    value.parse().map_err(|_| anyhow::anyhow!("{name} {value:?} is no number; {USAGE}"))
}
