//! Files that must agree with one another: the workspace manifest with its reasons, the map with the folders, the two
//! engines' migrations; and that nothing in the project names a folder of the machine it was written on.

use super::layers::bracket_balance;
use super::{File, Finding, numbered};
use std::collections::BTreeSet;

/// Every outside dependency has its reason on the line above; our own crates share one.
pub(crate) fn reasons_for_dependencies(files: &[File]) -> Vec<Finding> {
    let Some(manifest) = files.iter().find(|file| file.path == "Cargo.toml") else {
        return vec![Finding::new("Cargo.toml", 1, "is missing")];
    };
    let mut findings = Vec::new();
    let mut in_table = false;
    let mut depth = 0;
    let mut before = "";
    for (number, line) in numbered(&manifest.text) {
        let line = line.trim();
        let is_code = !line.is_empty() && !line.starts_with('#');
        if is_code && depth == 0 && line.starts_with('[') {
            in_table = line == "[workspace.dependencies]";
        } else if is_code && in_table {
            let is_unexplained = depth == 0 && !before.starts_with('#') && !line.contains("path =");
            if is_unexplained {
                let what = "a dependency without a comment above it: say why it is there";
                findings.push(Finding::new(&manifest.path, number, what));
            }
            depth += bracket_balance(line);
        }
        before = line;
    }
    findings
}

/// ARCHITECTURE.md names every crate, every vendor and every acquirer.
pub(crate) fn map_of_folders(files: &[File]) -> Vec<Finding> {
    const MAP: &str = "ARCHITECTURE.md";
    let Some(map) = files.iter().find(|file| file.path == MAP) else {
        return vec![Finding::new(MAP, 1, "is missing: it holds the map of the folders")];
    };
    let parents = ["crates/", "crates/dialects/src/", "crates/acquirers/src/"];
    let folders: BTreeSet<(&str, &str)> = parents
        .iter()
        .flat_map(|parent| files.iter().filter_map(|file| Some((*parent, folder_in(file, parent)?))))
        .collect();
    folders
        .into_iter()
        .filter(|(parent, folder)| !names(&map.text, parent, folder))
        .map(|(parent, folder)| {
            Finding::new(MAP, 1, format!("does not name {parent}{folder}: write it as `{folder}/`"))
        })
        .collect()
}

/// The folder right below `parent` that the file lies in.
fn folder_in<'a>(file: &'a File, parent: &str) -> Option<&'a str> {
    Some(file.path.strip_prefix(parent)?.split_once('/')?.0)
}

/// Whether the text has the folder as `parent/folder` or as `folder/`; its bare word could be any prose.
fn names(text: &str, parent: &str, folder: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || "_-".contains(c);
    let stands = |piece: &str, closed: bool| {
        text.match_indices(piece).any(|(at, _)| {
            !text[..at].ends_with(is_part) && (closed || !text[at + piece.len()..].starts_with(is_part))
        })
    };
    stands(&format!("{parent}{folder}"), false) || stands(&format!("{folder}/"), true)
}

/// A migration exists for both engines or for none.
pub(crate) fn migrations_in_step(files: &[File]) -> Vec<Finding> {
    const FOLDERS: [&str; 2] = ["crates/db/migrations/sqlite/", "crates/db/migrations/postgres/"];
    let of = |folder: &str| -> BTreeSet<&str> {
        files.iter().filter_map(|file| file.path.strip_prefix(folder)).collect()
    };
    let mut findings = Vec::new();
    for (folder, other) in [(FOLDERS[0], FOLDERS[1]), (FOLDERS[1], FOLDERS[0])] {
        let migrations = of(folder);
        if migrations.is_empty() {
            findings.push(Finding::new(folder, 1, "holds no migration"));
        }
        for name in of(other).difference(&migrations) {
            findings.push(Finding::new(
                &format!("{folder}{name}"),
                1,
                format!("is missing, though {other}{name} exists"),
            ));
        }
    }
    findings
}

/// Written in two pieces, so that this file does not name it.
const MACHINE_FOLDER: &str = concat!("/wo", "rk/");

/// Nothing names, reads or includes a path that exists on one machine only.
pub(crate) fn paths_of_a_machine(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        for (number, line) in numbered(&file.text) {
            if line.contains(MACHINE_FOLDER) {
                let what = format!(
                    "names `{MACHINE_FOLDER}`, a folder of one machine: use a path inside the project"
                );
                findings.push(Finding::new(&file.path, number, what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    #[test]
    fn a_dependency_needs_its_reason_on_the_line_above() {
        let manifest = "[workspace.dependencies]\n# Ours.\ndb = { path = \"crates/db\" }\nvault = { path = \"crates/vault\" }\n\n\
                        # Wire formats.\nserde = { version = \"1\", features = [\n  \"derive\",\n] }\nurl = \"2\"\n\n\
                        [workspace.lints.rust]\nunsafe_code = \"forbid\"";
        let said = said(reasons_for_dependencies, &[("Cargo.toml", manifest)]);
        assert_eq!(said, ["Cargo.toml:10: a dependency without a comment above it: say why it is there"]);
    }

    #[test]
    fn the_map_names_every_folder() {
        let map = "```\ncrates/\n  db/  drivers\n  dialects/\n```\nThe vendors: `crates/dialects/src/alpha`, and subbeta/.";
        let files = [
            ("ARCHITECTURE.md", map),
            ("crates/db/src/lib.rs", ""),
            ("crates/vault/src/lib.rs", ""),
            ("crates/dialects/src/alpha/mod.rs", ""),
            ("crates/dialects/src/beta/mod.rs", ""),
            ("crates/dialects/src/lib.rs", ""),
        ];
        let said = said(map_of_folders, &files);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("ARCHITECTURE.md:1: does not name crates/vault"), "{said:?}");
        assert!(said[1].starts_with("ARCHITECTURE.md:1: does not name crates/dialects/src/beta"), "{said:?}");
    }

    #[test]
    fn migrations_come_in_pairs() {
        let files = [
            ("crates/db/migrations/sqlite/0001_a.sql", ""),
            ("crates/db/migrations/postgres/0001_a.sql", ""),
            ("crates/db/migrations/postgres/0002_b.sql", ""),
        ];
        let said = said(migrations_in_step, &files);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("crates/db/migrations/sqlite/0002_b.sql:1: is missing"), "{said:?}");
    }

    #[test]
    fn no_migrations_at_all_are_a_finding() {
        assert_eq!(said(migrations_in_step, &[]).len(), 2);
    }

    #[test]
    fn a_path_of_a_machine_is_found_anywhere() {
        let line = format!("//! x\ninclude!(\"{MACHINE_FOLDER}x.rs\");");
        let said = said(
            paths_of_a_machine,
            &[("crates/a/src/lib.rs", &line), ("README.md", "at work/ and /working/")],
        );
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("crates/a/src/lib.rs:2: names"), "{said:?}");
    }
}
