//! The browser tests in `tests/pages`: their packages, their environment, their screenshots.

use crate::install::{self, Need};
use crate::postgres::Cluster;
use crate::process::{cargo, stream};
use crate::project::{Failure, Project};
use crate::test;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

/// Names the folder in which the tests leave what the server wrote, and the secrets that they used.
const TRACES: &str = "KASSA_PAGES_TRACES";
/// The tests that run on PostgreSQL too: what they store is more than the pages themselves.
const ON_BOTH_ENGINES: &str = "cards:";

/// The `pages` step; the server is built already.
pub(crate) fn test(project: &Project) -> Result<(), String> {
    run_and_search(project, &mut command(project)?, None)?;
    let cluster = Cluster::start()?;
    println!("once more on PostgreSQL: {ON_BOTH_ENGINES}");
    let mut command = command(project)?;
    command.arg(ON_BOTH_ENGINES).env("KASSA_PAGES_DATABASE", cluster.url());
    run_and_search(project, &mut command, Some(&cluster.url()))
}

/// Runs the tests, and then searches what the server wrote for the secrets that they used. What holds one is kept.
fn run_and_search(project: &Project, command: &mut Command, database: Option<&str>) -> Result<(), String> {
    let traces = project.target.join("pages-traces");
    let remove = || match std::fs::remove_dir_all(&traces) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", traces.display()))
        }
        Err(_) | Ok(()) => Ok(()),
    };
    remove()?;
    std::fs::create_dir_all(&traces).map_err(|error| format!("{}: {error}", traces.display()))?;
    if let Err(why) = run(project, None, command.env(TRACES, &traces)) {
        remove()?;
        return Err(why);
    }
    let mut search =
        cargo(project, &["run", "--quiet", "--locked", "-p", "kassa-tests", "--bin", "search", "--"]);
    search.arg(traces.join("used.json")).arg(traces.join("server")).args(database);
    stream(&mut search)?;
    remove()
}

/// `cargo xtask shots [DIR]`: the same tests, which also write what they see.
pub(crate) fn shots(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    let folder = match arguments {
        [] => project.target.join("shots"),
        [folder] => {
            std::path::absolute(folder).map_err(|error| Failure::usage(format!("{folder}: {error}")))?
        }
        [_, ..] => return Err(Failure::usage("shots takes one folder")),
    };
    std::fs::create_dir_all(&folder)
        .map_err(|error| Failure::usage(format!("{}: {error}", folder.display())))?;
    install::require(&[Need::Chromium, Need::Node])?;
    test::build(project).map_err(Failure::failed)?;
    let mut command = command(project).map_err(Failure::failed)?;
    run(project, Some(&folder), &mut command).map_err(Failure::failed)?;
    println!("screenshots are in {}", folder.display());
    Ok(())
}

fn command(project: &Project) -> Result<Command, String> {
    let chromium = install::chromium().ok_or("Chromium is missing")?;
    let mut command = Command::new(install::node().ok_or("Node.js is missing")?);
    command.arg("tests/pages/run.mjs").current_dir(&project.root);
    command.env("KASSA_BIN", project.debug_server()).env("CHROMIUM", chromium);
    command.env_remove("KASSA_PAGES_DATABASE").env_remove(TRACES);
    Ok(command)
}

fn run(project: &Project, shots: Option<&Path>, command: &mut Command) -> Result<(), String> {
    install_packages(project)?;
    match shots {
        Some(folder) => command.env("KASSA_SHOTS", folder),
        None => command.env_remove("KASSA_SHOTS"),
    };
    stream(command)
}

/// Installs exactly what the lock file names, unless that was done since the lock file last changed.
fn install_packages(project: &Project) -> Result<(), String> {
    let folder = project.page_tests();
    let lock = changed(&folder.join("package-lock.json"));
    // npm writes this file last, so that an install which was cut short does not count.
    let installed = changed(&folder.join("node_modules").join(".package-lock.json"));
    if installed.is_some() && installed >= lock {
        return Ok(());
    }
    let npm = install::npm().ok_or("npm is missing")?;
    stream(Command::new(npm).args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))
}

fn changed(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).ok()?.modified().ok()
}
