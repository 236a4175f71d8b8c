//! The ledgers of statements: what the vendors' documents say, and what attackers found, each with the tests that hold
//! it. A statement without a test fails here, and so does one whose test is gone.

#![expect(clippy::unwrap_used, reason = "what cannot be read in a test fails the test")]

use std::path::{Path, PathBuf};

fn tests() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The ledgers: a file a vendor, what clients, public reports and newcomers ran into, and the faults that attackers found.
fn ledgers() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(tests().join("ledger")).unwrap();
    let paths = folder.map(|entry| entry.unwrap().path());
    let ledgers = paths.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    ledgers.chain([tests().join("../docs/security.md")]).collect()
}

#[test]
fn every_statement_of_the_documents_is_held_by_a_test_that_exists() {
    let mut wrong = Vec::new();
    for ledger in ledgers() {
        let text = std::fs::read_to_string(&ledger).unwrap();
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
        assert!(rows.len() > 10, "{} has hardly any rows", ledger.display());
        for row in rows {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let [_, statement, held_by] = cells[..] else {
                panic!("{}: not three cells: {row}", ledger.display())
            };
            let tests: Vec<&str> =
                held_by.split(';').map(str::trim).filter(|name| !name.is_empty()).collect();
            if tests.is_empty() {
                wrong.push(format!("nothing holds: {statement}"));
            }
            wrong.extend(
                tests.iter().filter_map(|name| missing(name).map(|why| format!("{statement}: {why}"))),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_point_of_what_people_ran_into_is_in_a_ledger() {
    let of = |letter: &'static str, most: u32| (1..=most).map(move |number| format!("{letter}{number}"));
    let clients = of("K", 23).chain(of("V", 9)).chain(of("A", 5)).chain(["C".to_owned()]).collect();
    for (ledger, points) in
        [("clients", clients), ("reports", of("D", 20).collect()), ("first_hour", of("E", 7).collect())]
    {
        let text = read(&tests().join(format!("ledger/{ledger}.md")));
        let points: Vec<String> = points;
        let is_there = |point: &&String| text.lines().any(|line| line.starts_with(&format!("| {point} |")));
        let missing: Vec<&String> = points.iter().filter(|point| !is_there(point)).collect();
        assert!(missing.is_empty(), "{ledger} has no row of {missing:?}");
    }
}

/// Why a named test is none; nothing if there is such a test.
fn missing(name: &str) -> Option<String> {
    let (file, test) = match name.split_once(": ") {
        None => return (!tests().join(name).is_file()).then(|| format!("there is no file {name}")),
        Some(parts) => parts,
    };
    let (path, line) = match file.split_once('/') {
        Some(("behaviour", file)) => (format!("behaviour/{file}.rs"), format!("fn {test}(")),
        Some(("sdk", file)) => (format!("sdk/{file}.rs"), format!("fn {test}(")),
        // Of a crate's own tests the whole path is given.
        Some(("crates", _)) => (format!("../{file}"), format!("fn {test}(")),
        Some(("pages", file)) => (format!("pages/{file}.test.mjs"), test.to_owned()),
        _ => return Some(format!("{name} names no kind of test")),
    };
    let text = read(&tests().join(&path));
    (!text.contains(&line)).then(|| format!("{path} has no {test}"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
