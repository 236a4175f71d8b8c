//! How a Rust file of the project looks: an opening comment, a length that one can read, no shortcuts in what ships.

use super::rust_code::{code_only, lines_with, test_modules, without_tests};
use super::{File, Finding};

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

/// What works on the way to code, and may not be in it.
const SHORTCUTS: [(&str, &str); 4] = [
    (".unwrap()", "say with `expect` why it cannot fail, or return the error"),
    ("todo!", "what is not built yet is absent"),
    ("unimplemented!", "what is not built yet is absent"),
    ("dbg!", "a log line has a level and hides secrets; this has neither"),
];

/// Looks at what ships: `crates/*/src` without what is compiled for tests only.
pub(crate) fn shortcuts(files: &[File]) -> Vec<Finding> {
    let shipped: Vec<(&File, String)> = ours(files)
        .filter(|file| file.crate_folder().is_some() && file.path.split('/').nth(2) == Some("src"))
        .map(|file| (file, code_only(&file.text)))
        .collect();
    let test_only: Vec<String> =
        shipped.iter().flat_map(|(file, code)| test_paths(&file.path, code)).collect();
    let mut findings = Vec::new();
    for (file, code) in &shipped {
        if test_only.iter().any(|prefix| file.path == format!("{prefix}.rs") || is_below(&file.path, prefix))
        {
            continue;
        }
        let code = without_tests(code);
        for (piece, why) in SHORTCUTS {
            let lines = lines_with(&code, piece).into_iter();
            findings.extend(
                lines.map(|line| {
                    Finding::new(&file.path, line, format!("`{piece}` in code that ships: {why}"))
                }),
            );
        }
    }
    findings
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
        let code = code_only(&file.text);
        let lines = TREES.iter().flat_map(|piece| lines_with(&code, piece));
        // What a document says of a type makes nothing.
        let makes =
            lines.filter(|line| code.lines().nth(line - 1).is_some_and(|text| !text.contains("value_type")));
        let what = "a tree of JSON: a client's text may not become one, see crates/domain/src/json.rs";
        findings.extend(makes.map(|line| Finding::new(&file.path, line, what)));
    }
    findings
}

/// Where the test-only modules of a file stand, without the `.rs`.
fn test_paths(path: &str, code: &str) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => path.trim_end_matches(".rs").to_owned(),
    };
    test_modules(code).into_iter().map(|module| format!("{parent}/{module}")).collect()
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
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
    fn a_tree_of_json_is_found_where_clients_are_heard() {
        let files = [
            (
                "crates/dialects/src/a/wire.rs",
                "use serde_json::value::RawValue;\nuse serde_json::{Map, Value};",
            ),
            (
                "crates/domain/src/b.rs",
                "let x: serde_json::Value = y;\n#[schema(value_type = serde_json::Value)]",
            ),
            ("crates/dialects/src/a/openapi.rs", "use serde_json::Value;"),
            ("crates/server/src/c.rs", "use serde_json::Value; // of a command"),
        ];
        let said = said(trees_of_json, &files);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("crates/dialects/src/a/wire.rs:2: a tree of JSON"), "{said:?}");
        assert!(said[1].starts_with("crates/domain/src/b.rs:1: a tree of JSON"), "{said:?}");
    }

    #[test]
    fn shortcuts_are_found_only_in_what_ships() {
        let files = [
            (
                "crates/a/src/lib.rs",
                "//! `x.unwrap()`\nfn f() { x.unwrap(); }\n#[cfg(test)]\nmod t { fn g() { todo!() } }",
            ),
            ("crates/a/src/b.rs", "#[cfg(test)]\nmod tests;\nfn f() { dbg!(1); unimplemented!() }"),
            ("crates/a/src/b/tests.rs", "fn f() { x.unwrap() }"),
            ("crates/a/src/b/tests/deep.rs", "fn f() { x.unwrap() }"),
            ("crates/a/tests/c.rs", "fn f() { x.unwrap() }"),
            ("xtask/src/d.rs", "fn f() { x.unwrap() }"),
        ];
        let said = said(shortcuts, &files);
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said[0].starts_with("crates/a/src/lib.rs:2: `.unwrap()`"), "{said:?}");
        assert!(said[1].starts_with("crates/a/src/b.rs:3: `unimplemented!`"), "{said:?}");
        assert!(said[2].starts_with("crates/a/src/b.rs:3: `dbg!`"), "{said:?}");
    }
}
