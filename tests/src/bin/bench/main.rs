//! The benchmark: Kassa as it is shipped against what the machine can do without it, both in the same run.
//!
//! `cargo xtask bench` builds both and runs this. Absolute figures belong to the machine and its moment; what counts is
//! the ratio within one round. Nothing here may reach into Kassa: it is a process with an address and a folder.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

mod compare;
mod constant;
mod http;
mod load;
mod options;
mod raw;
mod report;
mod server;
mod subject;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::runtime::Runtime;

use crate::load::Sample;
use crate::options::{Options, Purpose};
use crate::report::{Memory, Report, Round, Starts};
use crate::server::{Kassa, Server};
use crate::subject::Subject;

/// How often a start is timed.
const STARTS: usize = 10;
/// How long a server is left alone before its idle memory is read: its first background jobs have run by then.
const SETTLE: Duration = Duration::from_millis(2500);

fn main() -> anyhow::Result<()> {
    match options::read(std::env::args().skip(1))? {
        Purpose::Constant(length) => constant::serve(length),
        Purpose::Measure(options) => {
            let program = std::env::var_os("KASSA_BIN").map(PathBuf::from);
            let program = program.context("KASSA_BIN names no program; run `cargo xtask bench`")?;
            let program = std::path::absolute(program)?;
            let beside = program.parent().context("KASSA_BIN has no folder")?;
            // Not the folder for temporary files, which may be in memory, where a sync costs nothing.
            let folder = options.folder.clone().unwrap_or_else(|| beside.to_owned());
            let folder = Folder::make(&folder.join(format!("bench-{}", std::process::id())))?;
            if let Some(before) = &options.against {
                println!("{}", compare::compare(&options, &program, before, &folder.0)?);
                return Ok(());
            }
            let report = measure(&options, &program, &folder.0)?;
            println!("{}", report.table());
            if let Some(file) = &options.json {
                std::fs::write(file, report.json()).with_context(|| format!("writing {}", file.display()))?;
            }
            Ok(())
        }
    }
}

/// A folder that goes with its owner.
struct Folder(PathBuf);

impl Folder {
    fn make(path: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(path).with_context(|| format!("making {}", path.display()))?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} stays behind: {error}", self.0.display());
        }
    }
}

/// One thread for all clients, of both sides: what it costs is the same for Kassa and for the yardstick.
fn runtime() -> anyhow::Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

fn measure(options: &Options, program: &Path, folder: &Path) -> anyhow::Result<Report> {
    let runtime = runtime()?;
    eprintln!("timing {STARTS} starts in empty folders");
    let empty = (0..STARTS)
        .map(|start| {
            let (server, took) = Kassa::new(program, &folder.join(format!("start-{start}")))?.start()?;
            server.stop()?;
            Ok(took)
        })
        .collect::<anyhow::Result<Vec<_>>>()?;

    let subject = Subject::start(program, folder, options, &runtime)?;
    let constant = Server::constant(subject.answer_length)?;
    let raw = raw::Raw::open(&Kassa::new(program, &folder.join("raw"))?)?;

    let one_round = |number: usize| -> anyhow::Result<Round> {
        let kassa_creates = || subject.create(options, &runtime);
        let raw_creates =
            || runtime.block_on(load::run(raw.clients(options.connections), options.time, || raw.cpu()));
        let kassa_reads = || subject.read(options, &runtime);
        let constants = || subject::over_http(&constant, &subject.retrieve, options, &runtime);
        // The order alternates, so that neither side always runs after the other.
        let (creates, reads) = if number.is_multiple_of(2) {
            (in_turn(kassa_creates, raw_creates)?, in_turn(kassa_reads, constants)?)
        } else {
            (swapped(in_turn(raw_creates, kassa_creates)?), swapped(in_turn(constants, kassa_reads)?))
        };
        Ok(Round { creates, reads, busy: server::load_average()? })
    };
    eprintln!("warming up");
    let warm = one_round(0)?;
    let mut rounds = Vec::new();
    for number in 1..=options.rounds {
        eprintln!("round {number} of {}", options.rounds);
        rounds.push(one_round(number)?);
    }

    let (after_reads, after_creates) = (subject.reads.resident_kib()?, subject.creates.resident_kib()?);
    let memory = Memory { idle: subject.idle, after_reads, after_creates };
    let (readers, created) = subject.stop()?;
    drop(constant);
    let of = |side: fn(&Round) -> &Sample| -> u64 {
        rounds.iter().chain([&warm]).map(|round| side(round).answered_in_all).sum()
    };
    every_answer_is_a_row("Kassa", &created, of(|round| &round.creates.0))?;
    drop(raw);
    every_answer_is_a_row("raw SQLite", &folder.join("raw/kassa.db"), of(|round| &round.creates.1))?;

    eprintln!("timing {STARTS} starts with {} customers", options.rows);
    let filled = (0..STARTS)
        .map(|_| {
            let (server, took) = readers.start()?;
            server.stop()?;
            Ok(took)
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let size = std::fs::metadata(program)?.len();
    Ok(Report { options: options.clone(), rounds, memory, starts: Starts { empty, filled }, size })
}

fn in_turn<T>(
    first: impl FnOnce() -> anyhow::Result<T>,
    second: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<(T, T)> {
    Ok((first()?, second()?))
}

fn swapped<T>((first, second): (T, T)) -> (T, T) {
    (second, first)
}

/// A figure made of answers without effect would be worth nothing.
fn every_answer_is_a_row(whose: &str, database: &Path, answered: u64) -> anyhow::Result<()> {
    let connection = rusqlite::Connection::open(database)?;
    let count =
        |table: &str| connection.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0));
    let (customers, events): (i64, i64) = (count("customers")?, count("events")?);
    let answered = i64::try_from(answered)?;
    ensure!(
        customers == answered && events == answered,
        "{whose} answered {answered} creates and has {customers} customers and {events} events"
    );
    Ok(())
}

fn pause(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "nothing else runs on this thread meanwhile")]
    std::thread::sleep(time);
}
