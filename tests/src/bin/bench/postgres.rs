//! The rows of PostgreSQL: Kassa on it against `pgbench`, which sends the statements of the same rows and no more.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use postgres::{Client, NoTls};

use crate::http;
use crate::load::Sample;
use crate::options::{Options, Postgres};
use crate::raw;
use crate::report::{Row, Title};
use crate::server::Kassa;
use crate::subject::Subject;

/// Customers that are made between the reads before and the reads after.
const GROWTH: usize = 100_000;

/// Ids that sort after older ones, as Kassa's do: six bytes of time, ten of chance.
const ID: &str = "decode(lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') \
     || substr(md5(random()::text), 1, 20), 'hex')";

/// Measures the rows, in databases that are made for it.
pub(crate) fn measure(
    options: &Options,
    program: &Path,
    folder: &Path,
    postgres: &Postgres,
) -> anyhow::Result<Vec<Row>> {
    let runtime = crate::runtime()?;
    let place = |name: &str| -> anyhow::Result<Kassa> {
        let database = format!("bench_{name}");
        connect(postgres, "postgres")?.batch_execute(&format!("create database {database}"))?;
        let kassa = Kassa::new(program, &folder.join(&database))?;
        Ok(kassa.on_postgres(format!("{}/{database}", postgres.url)))
    };
    let subject = Subject::start(place, options, &runtime)?;
    place("raw")?.make_keys()?;
    let mut raw = connect(postgres, "bench_raw")?;
    raw.batch_execute(&format!(
        "insert into customers (merchant, mode, public_id, sequence, name, metadata, created_at, changed_at) \
         select 1, 'test', decode(md5(n::text), 'hex'), 1, '{} {}', '{{}}', 0, 0 from generate_series(1, {}) as n",
        raw::FIRST_NAME,
        raw::LAST_NAME,
        options.rows
    ))?;
    let (creates, selects) = scripts(options);
    let over_pgbench = |name: &str, script: &str| pgbench(options, postgres, folder, name, script);
    let title = |key, measured, yardstick| Title { key, measured, yardstick };
    let before = "PostgreSQL, reads by id";
    let (mut rows, ..) = crate::measured(
        &[
            (
                title("postgres_creates", "PostgreSQL, creates", "pgbench"),
                &|| subject.create(options, &runtime),
                &|| over_pgbench("creates", &creates),
            ),
            (title("postgres_reads", before, "pgbench"), &|| subject.read(options, &runtime), &|| {
                over_pgbench("selects", &selects)
            }),
        ],
        options.rounds,
    )?;
    eprintln!("making {GROWTH} customers more");
    let filling =
        http::fill(subject.reads.address, &subject.fill, http::CUSTOMER_ID, options.connections, GROWTH);
    runtime.block_on(filling)?;
    let after = (0..options.rounds).map(|_| subject.read(options, &runtime));
    let after = after.collect::<anyhow::Result<Vec<Sample>>>()?;
    let pairs = after.into_iter().zip(rows[1].rounds.iter().map(|(before, _)| *before)).collect();
    let grown = title("postgres_reads_grown", "… after 100,000 creates", "before, never analysed");
    rows.push(Row { title: grown, rounds: pairs });
    subject.stop()?;
    Ok(rows)
}

fn connect(postgres: &Postgres, database: &str) -> anyhow::Result<Client> {
    let client = Client::connect(&format!("{}/{database}", postgres.url), NoTls);
    client.with_context(|| format!("connecting to the database {database}"))
}

/// What `pgbench` sends for a create, and for a read.
fn scripts(options: &Options) -> (String, String) {
    let name =
        format!("'{} {}', '{}', '{}'", raw::FIRST_NAME, raw::LAST_NAME, raw::FIRST_NAME, raw::LAST_NAME);
    let email = format!("substr(md5(random()::text), 1, {}) || '{}'", raw::EMAIL_LETTERS, raw::EMAIL_END);
    let creates = format!(
        "begin;\n\
         insert into customers (merchant, mode, public_id, sequence, name, first_name, last_name, email, \
         email_folded, metadata, created_at, changed_at) select 1, 'test', {ID}, 1, {name}, e, e, '{}', 0, 0 \
         from (select {email} as e) as one;\n\
         insert into events (merchant, mode, public_id, kind, object, sequence, created_at) \
         values (1, 'test', {ID}, 'customer.created', {ID}, 1, 0);\n\
         end;\n",
        raw::METADATA
    );
    let selects = format!(
        "\\set n random(1, {})\n\
         select * from customers where merchant = 1 and mode = 'test' \
         and public_id = decode(md5((:n)::text), 'hex') and deleted_at is null;\n",
        options.rows
    );
    (creates, selects)
}

/// Runs `pgbench` for one round. Its log has a line for each transaction; whose processor time that took is not known.
fn pgbench(
    options: &Options,
    postgres: &Postgres,
    folder: &Path,
    name: &str,
    script: &str,
) -> anyhow::Result<Sample> {
    let folder = folder.join(format!("pgbench-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("script");
    std::fs::write(&file, script)?;
    let (clients, time) = (options.connections.to_string(), options.time.as_secs().to_string());
    let mut command = Command::new(&postgres.pgbench);
    command.args([
        "--no-vacuum",
        "--protocol=prepared",
        "--log",
        "--client",
        &clients,
        "--time",
        &time,
        "--file",
    ]);
    command.arg(&file).arg(format!("{}/bench_raw", postgres.url)).current_dir(&folder).stdin(Stdio::null());
    let output = command.output().context("running pgbench")?;
    ensure!(output.status.success(), "pgbench failed: {}", String::from_utf8_lossy(&output.stderr));
    let mut micros: Vec<u32> = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path != file {
            let text = std::fs::read_to_string(path)?;
            let third = text.lines().filter_map(|line| line.split(' ').nth(2));
            micros.extend(third.filter_map(|took| took.parse::<u32>().ok()));
        }
    }
    Sample::of(micros, options.time, f64::NAN, 0)
}
