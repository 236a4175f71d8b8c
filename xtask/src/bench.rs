//! `cargo xtask bench`: measures the server as it is shipped. What is measured stands in the `tests` crate.

use std::path::PathBuf;
use std::process::Command;

use crate::postgres::{Cluster, Storage};
use crate::process::{capture, cargo, stream};
use crate::project::{Failure, Project};

/// How `--quick` measures, in less than 90 s.
const QUICK: [&str; 6] = ["--rounds", "9", "--seconds", "1", "--rows", "5000"];

pub(crate) fn run(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    let build = ["build", "--locked", "--profile", "dist", "-p", "kassa"];
    stream(&mut cargo(project, &build)).map_err(Failure::failed)?;
    let bench = ["run", "--locked", "--profile", "dist", "-p", "kassa-tests", "--bin", "bench", "--"];
    let mut command = cargo(project, &bench);
    let mut cluster = None;
    match arguments {
        [quick] if quick == "--quick" => compare(project, "HEAD", &mut command)?,
        [quick, revision] if quick == "--quick" => compare(project, revision, &mut command)?,
        [postgres, others @ ..] if postgres == "--postgres" => {
            let cluster = cluster.insert(Cluster::start(Storage::Disk).map_err(Failure::failed)?);
            command
                .arg("--postgres")
                .arg(cluster.server())
                .arg("--pgbench")
                .arg(cluster.pgbench())
                .args(others);
        }
        _ => drop(command.args(arguments)),
    }
    command.env("KASSA_BIN", project.target.join("dist").join("kassa"));
    stream(&mut command).map_err(Failure::failed)
}

/// Has the files as they are compared with a revision.
fn compare(project: &Project, revision: &str, bench: &mut Command) -> Result<(), Failure> {
    let before = program_of(project, revision).map_err(Failure::failed)?;
    bench.args(QUICK).arg("--against").arg(before);
    Ok(())
}

/// The program of a revision, which is built once.
fn program_of(project: &Project, revision: &str) -> Result<PathBuf, String> {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(&project.root);
        command
    };
    let commit = capture(&mut git(&["rev-parse", "--verify", &format!("{revision}^{{commit}}")]))?;
    let folder = project.target.join("bench");
    let program = folder.join(commit.trim());
    if program.exists() {
        return Ok(program);
    }
    let source = folder.join("source");
    let text = source.to_string_lossy();
    if source.exists() {
        stream(&mut git(&["worktree", "remove", "--force", &text]))?;
    }
    stream(&mut git(&["worktree", "add", "--detach", &text, commit.trim()]))?;
    let before = Project { root: source.clone(), target: folder.join("target") };
    let mut build = cargo(&before, &["build", "--locked", "--profile", "dist", "-p", "kassa"]);
    stream(build.env("CARGO_TARGET_DIR", &before.target))?;
    let built = before.target.join("dist").join("kassa");
    std::fs::copy(&built, &program).map_err(|error| format!("copying {}: {error}", built.display()))?;
    stream(&mut git(&["worktree", "remove", "--force", &text]))?;
    Ok(program)
}
