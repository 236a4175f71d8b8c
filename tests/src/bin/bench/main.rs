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
mod postgres;
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
use crate::report::{Memory, Report, Row, Starts, Title};
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

    let subject = Subject::start(|name| Kassa::new(program, &folder.join(name)), options, &runtime)?;
    let constant = Server::constant(subject.answer_length)?;
    let group = raw::Raw::open(&Kassa::new(program, &folder.join("group"))?, raw::GROUP_MAX)?;
    let single = raw::Raw::open(&Kassa::new(program, &folder.join("single"))?, 1)?;

    let over_raw = |raw: &raw::Raw| {
        runtime.block_on(load::run(raw.clients(options.connections), options.time, || raw.cpu()))
    };
    let create = || subject.create(options, &runtime);
    let constants =
        || subject::over_http(&constant, &subject.retrieve, options.connections, options, &runtime);
    let title = |key, measured, yardstick| Title { key, measured, yardstick };
    let sides: [(Title, Side<'_>, Side<'_>); 6] = [
        (title("creates", "Durable creates", "raw SQLite group commit"), &create, &|| over_raw(&group)),
        (title("creates_to_single", "Durable creates", "raw SQLite, one a commit"), &create, &|| {
            over_raw(&single)
        }),
        (
            title("creates_with_key", "Creates with a key", "creates without"),
            &|| subject.create_with_key(options, &runtime),
            &create,
        ),
        (title("payments", "Whole payments", "durable creates"), &|| subject.pay(options, &runtime), &create),
        (title("reads", "Reads by id", "axum constant"), &|| subject.read(options, &runtime), &constants),
        (
            title("searches", "Searches, one client", "reads, one client"),
            &|| subject.search(options, &runtime),
            &|| subject.read_alone(options, &runtime),
        ),
    ];
    let (mut rows, busy, warm) = measured(&sides, options.rounds)?;

    let (after_reads, after_writes) = (subject.reads.resident_kib()?, subject.writes.resident_kib()?);
    let memory = Memory { idle: subject.idle, after_reads, after_writes };
    let holders = subject.holders as u64;
    let (readers, written) = subject.stop()?;
    drop(constant);
    let answered = |row: usize| -> (u64, u64) {
        let pairs = rows[row].rounds.iter().chain([&warm[row]]);
        pairs.fold((0, 0), |(measured, yardstick), pair| {
            (measured + pair.0.answered_in_all, yardstick + pair.1.answered_in_all)
        })
    };
    let [grouped, singles, keyed, paid] = std::array::from_fn(answered);
    let customers = holders + grouped.0 + singles.0 + keyed.0 + keyed.1 + paid.1;
    every_answer_is_a_row("Kassa", &written, customers, paid.0)?;
    drop(group);
    every_answer_is_a_row("raw SQLite", &folder.join("group/kassa.db"), grouped.1, 0)?;
    drop(single);
    every_answer_is_a_row("raw SQLite", &folder.join("single/kassa.db"), singles.1, 0)?;

    eprintln!("timing {STARTS} starts with {} customers", options.rows);
    let filled = (0..STARTS)
        .map(|_| {
            let (server, took) = readers.start()?;
            server.stop()?;
            Ok(took)
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let size = std::fs::metadata(program)?.len();
    if let Some(postgres) = &options.postgres {
        rows.extend(postgres::measure(options, program, folder, postgres)?);
    }
    Ok(Report { options: options.clone(), rows, busy, memory, starts: Starts { empty, filled }, size })
}

/// One side of a row, for one round.
type Side<'a> = &'a dyn Fn() -> anyhow::Result<Sample>;
/// Of one round, a row each.
type Pairs = Vec<(Sample, Sample)>;

/// Measures the rows in rounds. Answers also the load average after each, and the round of warming up, which does not count.
fn measured(
    sides: &[(Title, Side<'_>, Side<'_>)],
    rounds: usize,
) -> anyhow::Result<(Vec<Row>, Vec<f64>, Pairs)> {
    let one_round = |number: usize| -> anyhow::Result<Pairs> {
        // The order alternates, so that neither side always runs after the other.
        let pair = |(_, measured, yardstick): &(Title, Side<'_>, Side<'_>)| match number.is_multiple_of(2) {
            true => in_turn(measured, yardstick),
            false => Ok(swapped(in_turn(yardstick, measured)?)),
        };
        sides.iter().map(pair).collect()
    };
    eprintln!("warming up");
    let warm = one_round(0)?;
    let mut rows: Vec<Row> =
        sides.iter().map(|(title, ..)| Row { title: *title, rounds: Vec::new() }).collect();
    let mut busy = Vec::new();
    for number in 1..=rounds {
        eprintln!("round {number} of {rounds}");
        rows.iter_mut().zip(one_round(number)?).for_each(|(row, pair)| row.rounds.push(pair));
        busy.push(server::load_average()?);
    }
    Ok((rows, busy, warm))
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
fn every_answer_is_a_row(whose: &str, database: &Path, created: u64, paid: u64) -> anyhow::Result<()> {
    let connection = rusqlite::Connection::open(database)?;
    let count = |of: &str| -> anyhow::Result<u64> {
        let count: i64 = connection.query_row(&format!("select count(*) from {of}"), [], |row| row.get(0))?;
        Ok(count.try_into()?)
    };
    let customers = count("customers")?;
    let events = count("events where kind = 'customer.created'")?;
    let payments = count("payments where captured = amount")?;
    ensure!(
        customers == created && events == created && payments == paid,
        "{whose} answered {created} creates and {paid} payments, and has {customers} customers, {events} events of \
         them and {payments} payments"
    );
    Ok(())
}

fn pause(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "nothing else runs on this thread meanwhile")]
    std::thread::sleep(time);
}
