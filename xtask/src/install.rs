//! The programs that the tests need beside Rust: finds them and, as root on a Debian system, installs them.
//!
//! Nothing is installed for a person who is not root; they are told the package instead.

use crate::postgres;
use crate::process::{capture, find_in_path, is_executable, is_root, stream};
use crate::project::Failure;
use std::path::PathBuf;
use std::process::Command;

/// The oldest Node.js that the browser driver runs on.
pub(crate) const NODE_MAJOR: u32 = 20;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    Chromium,
    /// What the README pastes.
    Curl,
    /// Of any age: npm runs on it, and brings a newer one where the browser driver needs that.
    Node,
    /// The pooler that people put in front of PostgreSQL.
    PgBouncer,
    PostgreSql,
    Python,
}

impl Need {
    fn is_met(self) -> bool {
        match self {
            Need::Chromium => chromium().is_some(),
            Need::Curl => find_in_path("curl").is_some(),
            Need::Node => find_in_path("node").is_some() && npm().is_some(),
            // Debian keeps it where only root looks.
            Need::PgBouncer => {
                find_in_path("pgbouncer").is_some() || is_executable("/usr/sbin/pgbouncer".as_ref())
            }
            Need::PostgreSql => postgres::programs().is_some(),
            Need::Python => makes_environments(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Need::Chromium => "Chromium",
            Need::Curl => "curl",
            Need::Node => "Node.js with npm",
            Need::PgBouncer => "PgBouncer",
            Need::PostgreSql => "the PostgreSQL server programs (initdb, postgres)",
            Need::Python => "Python 3 with venv and pip",
        }
    }

    /// Debian's packages. Chromium draws nothing readable without a font.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Need::Chromium => &["chromium", "fonts-liberation"],
            Need::Curl => &["curl"],
            Need::Node => &["nodejs", "npm"],
            Need::PgBouncer => &["pgbouncer"],
            Need::PostgreSql => &["postgresql"],
            Need::Python => &["python3-venv"],
        }
    }
}

/// Makes sure that all the needs are met, or says what to install.
pub(crate) fn require(needs: &[Need]) -> Result<(), Failure> {
    let missing = unmet(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let packages = packages_of(&missing);
    if !is_root() || find_in_path("apt-get").is_none() {
        return Err(Failure::usage(advice(&missing)));
    }
    println!("installing with apt-get, because they are missing: {}", packages.join(" "));
    stream(&mut apt_get(&["update", "--quiet"])).map_err(Failure::usage)?;
    let mut install = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    install.extend(&packages);
    stream(&mut apt_get(&install)).map_err(Failure::usage)?;
    let missing = unmet(needs);
    if missing.is_empty() { Ok(()) } else { Err(Failure::usage(advice(&missing))) }
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn unmet(needs: &[Need]) -> Vec<Need> {
    distinct(needs).into_iter().filter(|need| !need.is_met()).collect()
}

/// Several steps may need the same program, which is looked for and named once.
fn distinct(needs: &[Need]) -> Vec<Need> {
    let mut distinct = Vec::new();
    for need in needs {
        if !distinct.contains(need) {
            distinct.push(*need);
        }
    }
    distinct
}

fn packages_of(needs: &[Need]) -> Vec<&'static str> {
    needs.iter().flat_map(|need| need.packages()).copied().collect()
}

fn advice(missing: &[Need]) -> String {
    let names: Vec<&str> = missing.iter().map(|need| need.name()).collect();
    format!("missing: {}; on Debian, install: {}", names.join(", "), packages_of(missing).join(" "))
}

/// The browser: CHROMIUM if that is set, or `chromium` in PATH.
pub(crate) fn chromium() -> Option<PathBuf> {
    match std::env::var_os("CHROMIUM") {
        Some(file) if !file.is_empty() => Some(PathBuf::from(file)).filter(|file| is_executable(file)),
        Some(_) | None => find_in_path("chromium"),
    }
}

/// The Node.js in PATH, if it is new enough for the browser driver; Debian 12's own is not.
pub(crate) fn node() -> Option<PathBuf> {
    let node = find_in_path("node")?;
    let version = capture(Command::new(&node).arg("--version")).ok()?;
    (major(&version)? >= NODE_MAJOR).then_some(node)
}

pub(crate) fn npm() -> Option<PathBuf> {
    find_in_path("npm")
}

/// Debian's bare Python has the module for environments, and not the one that puts pip into them.
fn makes_environments() -> bool {
    let probe = ["-c", "import ensurepip, venv"];
    find_in_path("python3").is_some_and(|python| capture(Command::new(python).args(probe)).is_ok())
}

/// The first number of `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_major_version() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("18.0"), Some(18));
        assert_eq!(major("nightly"), None);
    }

    #[test]
    fn a_need_of_two_steps_is_named_once() {
        let needs = [Need::PostgreSql, Need::Python, Need::Chromium, Need::PostgreSql];
        assert_eq!(distinct(&needs), [Need::PostgreSql, Need::Python, Need::Chromium]);
    }

    #[test]
    fn advice_names_what_is_missing_and_its_packages() {
        let said = advice(&[Need::Chromium, Need::PostgreSql]);
        assert!(said.contains("Chromium") && said.contains("initdb"), "{said}");
        assert!(said.ends_with("install: chromium fonts-liberation postgresql"), "{said}");
    }
}
