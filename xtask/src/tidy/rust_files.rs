//! How a Rust file of the project looks: an opening comment, and a length that one can read. What may not be in code that
//! ships (`unwrap`, `todo!`, `dbg!`) clippy finds.

use super::{File, Finding, numbered};

const LONGEST: usize = 500;

fn ours(files: &[File]) -> impl Iterator<Item = &File> {
    let folders = ["crates/", "xtask/", "tests/"];
    files
        .iter()
        .filter(move |file| file.is_rust() && folders.iter().any(|folder| file.path.starts_with(folder)))
}

/// A module says what it is before it says anything else.
pub(crate) fn opening_comment(files: &[File]) -> Vec<Finding> {
    let what = "opens without `//!`: say what the module is and what it must not do";
    ours(files)
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| Finding::new(&file.path, 1, what))
        .collect()
}

pub(crate) fn length(files: &[File]) -> Vec<Finding> {
    let lines = ours(files).map(|file| (file, file.text.lines().count()));
    lines
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(file, lines)| {
            let what = format!("{lines} lines, more than {LONGEST}: give a concept in it a file of its own");
            Finding::new(&file.path, LONGEST + 1, what)
        })
        .collect()
}

/// What makes a tree of JSON, in the crates that see what clients sent.
const TREES: [&str; 6] =
    ["serde_json::Value", "serde_json::Map", "serde_json::{", "serde_json::json", "to_value", "from_value"];
const SEE_CLIENTS: [&str; 3] = ["domain", "dialects", "acquirers"];

/// A `serde_json::Value` that is made of a client's text can end the process, so none is there. The examples in OpenAPI
/// documents are ours.
pub(crate) fn trees_of_json(files: &[File]) -> Vec<Finding> {
    let of_clients = ours(files).filter(|file| {
        let folder = file.crate_folder().is_some_and(|folder| SEE_CLIENTS.contains(&folder));
        folder && !file.path.ends_with("/openapi.rs")
    });
    let mut findings = Vec::new();
    for file in of_clients {
        // What a document says of a type makes nothing.
        let is_code = |line: &str| !line.trim_start().starts_with("//") && !line.contains("value_type");
        let lines = numbered(&file.text)
            .filter(|(_, line)| is_code(line) && TREES.iter().any(|piece| line.contains(piece)));
        let what = "a tree of JSON: a client's text may not become one, see crates/domain/src/kernel/json.rs";
        findings.extend(lines.map(|(line, _)| Finding::new(&file.path, line, what)));
    }
    findings
}

/// Where a task may begin below the server.
const TASKS: &str = "crates/domain/src/kernel/task.rs";
const ANSWER_CLIENTS: [&str; 4] = ["domain", "dialects", "pages", "acquirers"];

/// A task that is begun for a request must take the request's span along, or its lines in the log have no id.
pub(crate) fn bare_tasks(files: &[File]) -> Vec<Finding> {
    let of_clients = ours(files).filter(|file| {
        let folder = file.crate_folder().is_some_and(|folder| ANSWER_CLIENTS.contains(&folder));
        folder && file.path.contains("/src/") && file.path != TASKS
    });
    let what = format!("a task without the span of its request: begin it with {TASKS}");
    let found = |file: &File| {
        numbered(&file.text)
            .filter(|(_, line)| line.contains("tokio::spawn(") || line.contains("task::spawn("))
            .map(|(line, _)| Finding::new(&file.path, line, &what))
            .collect::<Vec<_>>()
    };
    of_clients.flat_map(found).collect()
}

/// What works without a request and writes by what it read.
const READ_TO_WRITE: [&str; 5] = [
    "crates/server/src/jobs.rs",
    "crates/domain/src/acquiring/books.rs",
    "crates/domain/src/erasure.rs",
    "crates/domain/src/payments/due.rs",
    "crates/domain/src/records/customers/search/",
];

/// After a failover a read for an answer may be behind what was written, so a job does not read so.
pub(crate) fn reads_of_jobs(files: &[File]) -> Vec<Finding> {
    let of_jobs = ours(files).filter(|file| READ_TO_WRITE.iter().any(|place| file.path.starts_with(place)));
    let what = "a job reads what may be behind: what leads to a write is read with `read_to_write`";
    let found = |file: &File| {
        numbered(&file.text)
            .filter(|(_, line)| [".read(move |", ".read(|"].iter().any(|call| line.contains(call)))
            .map(|(line, _)| Finding::new(&file.path, line, what))
            .collect::<Vec<_>>()
    };
    of_jobs.flat_map(found).collect()
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    #[test]
    fn every_module_opens_with_its_comment() {
        let files = [
            ("crates/db/src/lib.rs", "//! Storage.\n"),
            ("xtask/src/a.rs", "use std::io;\n//! Late.\n"),
            ("tests/src/b.rs", ""),
            ("docs/example.rs", "fn main() {}"),
        ];
        let said = said(opening_comment, &files);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("xtask/src/a.rs:1: opens without"), "{said:?}");
    }

    #[test]
    fn five_hundred_lines_are_enough() {
        let (enough, too_many) = ("x\n".repeat(500), "x\n".repeat(501));
        let said = said(length, &[("crates/a/src/a.rs", &enough), ("crates/a/src/b.rs", &too_many)]);
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("crates/a/src/b.rs:501: 501 lines"), "{said:?}");
    }

    #[test]
    fn a_task_that_forgets_its_request_is_found() {
        let files = [
            ("crates/domain/src/payments/a.rs", "//! A.\nlet task = tokio::spawn(work);"),
            (TASKS, "let task = tokio::spawn(work.instrument(Span::current()));"),
            ("crates/server/src/serve.rs", "let background = tokio::spawn(jobs::run());"),
        ];
        let said = said(bare_tasks, &files);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("crates/domain/src/payments/a.rs:2: a task without"), "{said:?}");
    }

    #[test]
    fn a_job_that_reads_what_may_be_behind_is_found() {
        let files = [
            ("crates/domain/src/payments/due.rs", "//! Due.\nlet due = app.read(move |tx| take(tx)).await?;"),
            (
                "crates/domain/src/records/customers/search/a.rs",
                "let b = app\n    .read(|tx| take(tx)).await?;",
            ),
            ("crates/server/src/jobs.rs", "while app.read_to_write(move |tx| is_any(tx)).await? {"),
            ("crates/dialects/src/a.rs", "let read = app.read(move |tx| get(tx)).await?;"),
        ];
        let said = said(reads_of_jobs, &files);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("crates/domain/src/payments/due.rs:2: a job reads"), "{said:?}");
    }

    #[test]
    fn a_tree_of_json_is_found_where_clients_are_heard() {
        let files = [
            (
                "crates/dialects/src/a/wire.rs",
                "use serde_json::value::RawValue;\nuse serde_json::{Map, Value};",
            ),
            (
                "crates/domain/src/b.rs",
                "let x: serde_json::Value = y;\n#[schema(value_type = serde_json::Value)]\n// serde_json::Value",
            ),
            ("crates/dialects/src/a/openapi.rs", "use serde_json::Value;"),
            ("crates/server/src/c.rs", "use serde_json::Value; // of a command"),
        ];
        let said = said(trees_of_json, &files);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("crates/dialects/src/a/wire.rs:2: a tree of JSON"), "{said:?}");
        assert!(said[1].starts_with("crates/domain/src/b.rs:1: a tree of JSON"), "{said:?}");
    }
}
