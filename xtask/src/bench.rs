//! `cargo xtask bench`: measures the server as it is shipped. What is measured stands in the `tests` crate.

use crate::process::{cargo, stream};
use crate::project::{Failure, Project};

pub(crate) fn run(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    let build = ["build", "--locked", "--profile", "dist", "-p", "kassa"];
    stream(&mut cargo(project, &build)).map_err(Failure::failed)?;
    let bench = ["run", "--locked", "--profile", "dist", "-p", "kassa-tests", "--bin", "bench", "--"];
    let mut command = cargo(project, &bench);
    command.args(arguments).env("KASSA_BIN", project.target.join("dist").join("kassa"));
    stream(&mut command).map_err(Failure::failed)
}
