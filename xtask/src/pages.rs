//! The browser tests in `tests/pages`: their packages, their environment, their screenshots.

use crate::install::{self, Need};
use crate::postgres::Cluster;
use crate::process::stream;
use crate::project::{Failure, Project};
use crate::test;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

/// The tests that run on PostgreSQL too: what they store is more than the pages themselves.
const ON_BOTH_ENGINES: &str = "cards:";

/// The `pages` step; the server is built already.
pub(crate) fn test(project: &Project) -> Result<(), String> {
    run(project, None, &mut command(project)?)?;
    let cluster = Cluster::start()?;
    println!("once more on PostgreSQL: {ON_BOTH_ENGINES}");
    let mut command = command(project)?;
    run(project, None, command.arg(ON_BOTH_ENGINES).env("KASSA_PAGES_DATABASE", cluster.url()))
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
    command.env_remove("KASSA_PAGES_DATABASE");
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
