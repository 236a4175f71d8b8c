//! Golden request and response pairs, byte for byte: one file for each endpoint, status and error of a vendor, and a
//! test for each file and engine, such as `sqlite/neopay/list`.
//!
//! `KASSA_GOLDEN=write` rewrites the responses with what the server says. Read each one against the vendor's documents
//! before you keep it: a golden says what is right, not what is.

mod difference;
mod faults;
mod files;
mod golden;
mod matching;
mod servers;
mod signing;
mod story;

use std::process::ExitCode;
use std::sync::Arc;

use kassa_tests::{Engine, Server};
use libtest_mimic::{Arguments, Failed, Trial};

use crate::servers::Servers;

/// Goldens that wait for promised limits of half a minute.
const SLOW: &str = "slow";
/// Goldens that break the server they are told to.
const FAULTS: &str = "faults";

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let writes = std::env::var("KASSA_GOLDEN").is_ok_and(|value| value == "write");
    let mut goldens = files::every();
    // The slow ones begin at once, each on a thread more than there are cores, so that the others go on meanwhile.
    goldens.sort_by_key(|name| !files::is_in(name, SLOW));
    let engines = if writes { &[Engine::Sqlite][..] } else { &[Engine::Sqlite, Engine::Postgres][..] };
    let waiting = engines.len() * goldens.iter().filter(|name| files::is_in(name, SLOW)).count();
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    // What is written is not read at the same time.
    let threads = if writes { 1 } else { cores + waiting };
    arguments.test_threads.get_or_insert(threads);

    let servers = Arc::new(Servers::default());
    let tests =
        goldens.iter().flat_map(|name| engines.iter().map(|engine| test(name, *engine, writes, &servers)));
    let conclusion = libtest_mimic::run(&arguments, tests.collect());
    if servers.end_well() { conclusion.exit_code() } else { ExitCode::FAILURE }
}

fn test(golden: &str, engine: Engine, writes: bool, servers: &Arc<Servers>) -> Trial {
    let folder = match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    let (servers, golden) = (Arc::clone(servers), golden.to_owned());
    Trial::test(format!("{folder}/{golden}"), move || {
        if files::is_in(&golden, FAULTS) {
            holds_alone(&golden, engine, writes)
        } else {
            holds(&servers.of(engine), &golden, writes)
        }
    })
}

/// A server that a golden broke is nobody else's, and may complain in its log.
fn holds_alone(golden: &str, engine: Engine, writes: bool) -> Result<(), Failed> {
    let kassa = Server::start(engine);
    holds(&kassa, golden, writes)?;
    let log = kassa.log();
    if log.contains("panicked") { Err(log.into()) } else { Ok(()) }
}

fn holds(kassa: &Server, name: &str, writes: bool) -> Result<(), Failed> {
    let text = files::text(name)?;
    let told = story::tell(kassa, &golden::parse(&text)?, |given| files::set_up(name, given))?;
    if writes {
        files::write(name, &told.rewritten)?;
    } else if !told.wrong.is_empty() {
        return Err(told.wrong.join("\n").into());
    } else if told.rewritten != text {
        return Err("it holds, but is spelled in another way than KASSA_GOLDEN=write spells it".into());
    }
    Ok(())
}
