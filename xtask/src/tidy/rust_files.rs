//! How a Rust file of the project looks: an opening comment, and a length that one can read. What may not be in code that
//! ships (`unwrap`, `todo!`, `dbg!`) clippy finds.

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
}
