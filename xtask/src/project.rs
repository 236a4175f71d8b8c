//! Where the project lies on this machine, and how a task fails.

use std::io;
use std::path::{Path, PathBuf};

/// Why a task ended early. Exit code 1 is a check that failed, 2 is something the caller must mend first.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn failed(message: impl Into<String>) -> Failure {
        Failure { code: 1, message: message.into() }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure { code: 2, message: message.into() }
    }
}

/// The two folders that every task needs, both absolute.
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Project {
    /// Cargo names the manifest's folder when it runs us; a binary that was started by hand looks upwards.
    pub(crate) fn find() -> Result<Project, Failure> {
        let start = match std::env::var_os("CARGO_MANIFEST_DIR") {
            Some(folder) => PathBuf::from(folder),
            None => std::env::current_dir()
                .map_err(|error| Failure::usage(format!("the current folder cannot be read: {error}")))?,
        };
        let root = start
            .ancestors()
            .find(|folder| is_workspace(folder))
            .ok_or_else(|| Failure::usage("no workspace here: run `cargo xtask` inside the project"))?
            .to_path_buf();
        // Every cargo of ours runs in the root, so a relative target folder is relative to it.
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) if !folder.is_empty() => root.join(folder),
            Some(_) | None => root.join("target"),
        };
        Ok(Project { root, target })
    }

    /// The server that `cargo build -p kassa` leaves behind.
    pub(crate) fn debug_server(&self) -> PathBuf {
        self.target.join("debug").join("kassa")
    }

    pub(crate) fn page_tests(&self) -> PathBuf {
        self.root.join("tests").join("pages")
    }
}

fn is_workspace(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("Cargo.toml"))
        .is_ok_and(|manifest| manifest.lines().any(|line| line.trim() == "[workspace]"))
}

/// What is made, not written. In a second work tree `.git` is a file.
const SKIPPED: [&str; 4] = [".git", "target", "node_modules", "kassa-data"];

/// Whether somebody wrote it. Cargo marks a target folder of any name as a cache.
fn is_written(folder: &Path, name: &str) -> bool {
    !SKIPPED.contains(&name) && !folder.join("CACHEDIR.TAG").exists()
}

/// The text files below a folder, each with its path from there; a file that is not UTF-8 is a picture or a font.
pub(crate) fn texts_below(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    read_folder(folder, "", &mut files)?;
    Ok(files)
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if !is_written(&entry.path(), &name) {
            continue;
        }
        if kind.is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), files)?;
        } else if kind.is_file()
            && let Ok(text) = String::from_utf8(std::fs::read(entry.path())?)
        {
            files.push((path, text));
        }
    }
    Ok(())
}
