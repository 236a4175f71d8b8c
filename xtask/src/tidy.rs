//! `cargo xtask tidy`: invariants of absence, which no compiler checks. Reads the tree once; every check is a
//! function from the files to what is wrong in them.
//!
//! It reports and never mends.

mod layers;
mod project_files;
mod rust_files;
mod vendor_names;

use crate::project::{Failure, Project, texts_below};
use std::fmt;

/// A text file of the project, its path relative to the root with `/` between folders.
pub(crate) struct File {
    path: String,
    text: String,
}

impl File {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// `db` for everything below `crates/db/`.
    fn crate_folder(&self) -> Option<&str> {
        Some(self.path.strip_prefix("crates/")?.split_once('/')?.0)
    }
}

/// One thing to mend.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.path, self.line, self.what)
    }
}

type Check = fn(&[File]) -> Vec<Finding>;

const CHECKS: [Check; 11] = [
    layers::manifests,
    vendor_names::check,
    rust_files::opening_comment,
    rust_files::length,
    rust_files::trees_of_json,
    rust_files::bare_tasks,
    rust_files::reads_of_jobs,
    project_files::reasons_for_dependencies,
    project_files::map_of_folders,
    project_files::migrations_in_step,
    project_files::paths_of_a_machine,
];

pub(crate) fn task(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    if !arguments.is_empty() {
        return Err(Failure::usage("tidy takes no argument"));
    }
    check(project).map_err(Failure::failed)
}

/// Prints every finding, sorted by file and line.
pub(crate) fn check(project: &Project) -> Result<(), String> {
    let texts = texts_below(&project.root).map_err(|error| format!("the tree cannot be read: {error}"))?;
    let files: Vec<File> = texts.into_iter().map(|(path, text)| File { path, text }).collect();
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check(&files)).collect();
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => crate::arrows::check(project),
        1 => Err("1 finding".to_owned()),
        many => Err(format!("{many} findings")),
    }
}

/// The text's lines with their numbers, which people count from one.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// Files for a check's test.
#[cfg(test)]
fn tree(files: &[(&str, &str)]) -> Vec<File> {
    files.iter().map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() }).collect()
}

/// What a check says, as it is printed.
#[cfg(test)]
fn said(check: Check, files: &[(&str, &str)]) -> Vec<String> {
    check(&tree(files)).iter().map(Finding::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_as_path_line_what() {
        assert_eq!(Finding::new("a/b.rs", 7, "is wrong").to_string(), "a/b.rs:7: is wrong");
    }

    #[test]
    fn a_file_knows_its_crate() {
        let files =
            tree(&[("crates/db/src/lib.rs", ""), ("xtask/src/main.rs", ""), ("crates/README.md", "")]);
        let folders: Vec<_> = files.iter().map(File::crate_folder).collect();
        assert_eq!(folders, [Some("db"), None, None]);
    }
}
