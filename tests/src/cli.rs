//! Runs of the command line.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// What a command came to.
#[derive(Debug)]
pub struct Output {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Its data.
    pub stdout: String,
    /// Its words.
    pub stderr: String,
}

impl Output {
    /// Checks that it did what it should.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Checks that it failed with this code, and says why on stderr.
    #[track_caller]
    pub fn failed(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(!self.stderr.trim().is_empty(), "it failed without a word");
        self
    }

    /// The one JSON object on stdout.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A JSON object from each line of stdout.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.stdout.lines().map(parse).collect()
    }
}

/// The binary under test: `KASSA_BIN`, or the one that cargo built beside the tests.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("KASSA_BIN") {
        return path.into();
    }
    let test = std::env::current_exe().expect("a program knows where it is");
    let folder = test.ancestors().nth(2).expect("a test lies in target/debug/deps");
    let path = folder.join("kassa");
    assert!(path.exists(), "there is no {}; run `cargo xtask test`, or build -p kassa", path.display());
    path
}

/// A command that nothing of the person's own settings reaches.
pub fn clean(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("KASSA_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command to its end.
pub(crate) fn run(mut command: Command) -> Output {
    let output = command.stdin(std::process::Stdio::null()).output().expect("the command can be started");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("commands print UTF-8");
    Output { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A merchant with one set of credentials.
#[derive(Debug, Clone)]
pub struct Merchant {
    /// Its name, which no other test has.
    pub name: String,
    /// The whole answer of `merchant create --json`.
    pub made: Value,
}
