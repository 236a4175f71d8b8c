//! `cargo xtask fidelity`: writes docs/fidelity.md and the examples of answers. Tests of the dialects make the page of their
//! OpenAPI documents and the examples of the goldens, and fail where they are out of date.

use crate::process::{cargo, stream};
use crate::project::{Failure, Project};

const TEST: [&str; 6] = ["test", "--locked", "-p", "dialects", "--test", "openapi"];

/// Writes them.
pub(crate) fn task(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    if !arguments.is_empty() {
        return Err(Failure::usage("fidelity takes no argument"));
    }
    stream(cargo(project, &TEST).env("KASSA_FIDELITY", "write")).map_err(Failure::failed)
}
