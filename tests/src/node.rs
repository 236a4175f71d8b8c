//! Node.js with clients of others, whose packages are installed once below `target`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::python::run;

const NEEDS: &str =
    "this test needs Node.js with npm (on Debian: apt-get install nodejs npm), and the registry";

/// A folder with the packages that another folder's `package-lock.json` names, and no others. It is called like that
/// folder, and made in `target`, the test's `CARGO_TARGET_TMPDIR`.
pub fn with(list: &Path, target: &str) -> PathBuf {
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let wanted = std::fs::read_to_string(list.join("package-lock.json")).expect("the list is readable");
    let name = list.file_name().expect("the list is in a folder");
    let folder = Path::new(target).join("packages").join(name);
    // It is written last, so that packages that were left unfinished, or are other versions, are installed anew.
    let finished = folder.join("finished.txt");
    if std::fs::read_to_string(&finished).is_ok_and(|made| made == wanted) {
        return folder;
    }
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(list.join(file), folder.join(file)).expect("the folder takes a file");
    }
    let mut npm = Command::new(program("KASSA_NPM", "npm"));
    run(npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder).env("PATH", path()), NEEDS);
    std::fs::write(finished, wanted).expect("the folder takes a file");
    folder
}

/// Node, ready to take a script.
pub fn command() -> Command {
    Command::new(program("KASSA_NODE", "node"))
}

fn program(variable: &str, usual: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| usual.into())
}

/// Where npm, which is a script, finds the Node that runs the tests.
fn path() -> OsString {
    let usual = std::env::var_os("PATH").unwrap_or_default();
    let node = std::env::var_os("KASSA_NODE").map(PathBuf::from);
    let first = node.as_deref().and_then(Path::parent).map(Path::to_path_buf);
    let folders = first.into_iter().chain(std::env::split_paths(&usual));
    std::env::join_paths(folders).expect("a folder without a colon")
}
