//! `cargo xtask test`: the steps that must pass, in order, each announced and timed. The first failure ends the run.

use crate::install::{Need, require};
use crate::pages;
use crate::postgres::{Cluster, Storage};
use crate::process::{build_server, capture, cargo, heading, stream};
use crate::project::{Failure, Project};
use crate::tally::{self, Tally};
use crate::tidy;
use std::num::NonZero;
use std::time::Instant;

/// Says how many tests run at once.
const THREADS: &str = "RUST_TEST_THREADS";
/// Most tests wait for a server, or for time to pass, half of their time.
const TESTS_A_PROCESSOR: usize = 2;

/// One named part of the test run.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) does: &'static str,
    needs: &'static [Need],
    /// Whether the step drives the server, which must then be built from today's sources first.
    drives_the_server: bool,
    run: fn(&Project) -> Result<(), String>,
}

/// A step that reads the sources, and needs nothing but cargo.
const fn of_sources(name: &'static str, does: &'static str, run: fn(&Project) -> Result<(), String>) -> Step {
    Step { name, does, needs: &[], drives_the_server: false, run }
}

pub(crate) const STEPS: [Step; 7] = [
    of_sources("fmt", "the sources are formatted", |project| {
        stream(&mut cargo(project, &["fmt", "--all", "--check"]))
    }),
    of_sources("tidy", "what must be absent is absent", tidy::check),
    of_sources("clippy", "no warning of the compiler or of clippy", |project| {
        let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
        stream(&mut cargo(project, &arguments))
    }),
    of_sources("deny", "licences, bans and sources of dependencies, where cargo-deny is installed", deny),
    of_sources("build", "the server", build_server),
    Step {
        name: "rust",
        does: "the Rust tests, against a PostgreSQL cluster of their own",
        needs: &[Need::Curl, Need::Node, Need::PgBouncer, Need::PostgreSql, Need::Python],
        drives_the_server: true,
        run: rust,
    },
    Step {
        name: "pages",
        does: "the browser tests",
        needs: &[Need::Chromium, Need::Node, Need::PostgreSql],
        drives_the_server: true,
        run: pages::test,
    },
];

pub(crate) fn run(project: &Project, names: &[String]) -> Result<(), Failure> {
    let steps = selected(names)?;
    let begun = Instant::now();
    let needs: Vec<Need> = steps.iter().flat_map(|step| step.needs).copied().collect();
    let mut times = vec![timed("needs", "the programs that these steps run", || require(&needs))?];
    for step in steps {
        times.push(timed(step.name, step.does, || {
            (step.run)(project).map_err(|why| Failure::failed(format!("step `{}` failed: {why}", step.name)))
        })?);
    }
    heading(&format!("all passed in {} ({})", seconds(begun), times.join(", ")));
    Ok(())
}

/// Announces a step, runs it and says how long it took, also when it failed.
fn timed(name: &str, does: &str, work: impl FnOnce() -> Result<(), Failure>) -> Result<String, Failure> {
    heading(&format!("{name}: {does}"));
    let begun = Instant::now();
    let outcome = work();
    let took = seconds(begun);
    println!("{name}: {} in {took}", if outcome.is_ok() { "passed" } else { "FAILED" });
    outcome.map(|()| format!("{name} {took}"))
}

fn seconds(begun: Instant) -> String {
    format!("{:.1} s", begun.elapsed().as_secs_f64())
}

/// The named steps in their usual order, or all of them. Those that drive the server bring `build` along.
fn selected(names: &[String]) -> Result<Vec<&'static Step>, Failure> {
    if let Some(unknown) = names.iter().find(|name| !STEPS.iter().any(|step| step.name == **name)) {
        let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(Failure::usage(format!("no step `{unknown}`; there are: {}", known.join(", "))));
    }
    let is_named = |step: &Step| names.is_empty() || names.iter().any(|name| name == step.name);
    let drives_the_server = STEPS.iter().any(|step| step.drives_the_server && is_named(step));
    let is_wanted = |step: &&Step| is_named(step) || (step.name == "build" && drives_the_server);
    Ok(STEPS.iter().filter(is_wanted).collect())
}

/// What is checked without the network; the hosted workflow checks the advisories too.
fn deny(project: &Project) -> Result<(), String> {
    if capture(&mut cargo(project, &["deny", "--version"])).is_err() {
        println!("left out: `cargo install --locked cargo-deny` brings the tool");
        return Ok(());
    }
    stream(&mut cargo(project, &["deny", "--offline", "check", "bans", "licenses", "sources"]))
}

fn rust(project: &Project) -> Result<(), String> {
    let begun = Instant::now();
    let cluster = Cluster::start(Storage::Memory)?;
    println!("PostgreSQL answers at {} after {}", cluster.url(), seconds(begun));
    let mut command = cargo(project, &["test", "--workspace", "--locked"]);
    let tally = Tally::new(project)?;
    command.env("KASSA_TEST_POSTGRES", cluster.url()).env("KASSA_BIN", project.debug_server());
    command.env("KASSA_NODE", pages::node(project)?);
    if std::env::var_os(THREADS).is_none() {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        command.env(THREADS, (processors * TESTS_A_PROCESSOR).to_string());
    }
    stream(command.env(tally::VARIABLE, tally.file()))?;
    println!("{}", tally.check()?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(of: &[&str]) -> Vec<String> {
        of.iter().map(|name| (*name).to_owned()).collect()
    }

    fn selected_names(of: &[&str]) -> Vec<&'static str> {
        selected(&names(of)).unwrap().iter().map(|step| step.name).collect()
    }

    #[test]
    fn without_names_every_step_runs() {
        assert_eq!(selected_names(&[]), ["fmt", "tidy", "clippy", "deny", "build", "rust", "pages"]);
    }

    #[test]
    fn named_steps_run_in_their_usual_order() {
        assert_eq!(selected_names(&["clippy", "fmt"]), ["fmt", "clippy"]);
    }

    #[test]
    fn a_step_that_drives_the_server_builds_it() {
        assert_eq!(selected_names(&["rust"]), ["build", "rust"]);
        assert_eq!(selected_names(&["pages"]), ["build", "pages"]);
    }

    #[test]
    fn an_unknown_step_is_a_usage_error() {
        let failure = selected(&names(&["rsut"])).err().unwrap();
        assert_eq!(failure.code, 2);
        assert!(failure.message.contains("rsut"), "{}", failure.message);
    }
}
