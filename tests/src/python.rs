//! Python environments with clients and tools of others in them, made once below `target`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

const NEEDS: &str =
    "this test needs python3 with venv and pip (on Debian: apt-get install python3-venv), and the registry";

/// The Python of an environment that has in it what a list of requirements names. It is called like the list's
/// folder, and made in `target`, the test's `CARGO_TARGET_TMPDIR`.
pub fn with(requirements: &Path, target: &str) -> PathBuf {
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let wanted = std::fs::read_to_string(requirements).expect("the list is readable");
    let name = requirements.parent().and_then(Path::file_name).expect("the list is in a folder");
    let folder = Path::new(target).join("python").join(name);
    let python = folder.join("bin").join("python");
    // It is written last, so that an environment that was left unfinished, or has other versions, is made anew.
    let finished = folder.join("finished.txt");
    if std::fs::read_to_string(&finished).is_ok_and(|made| made == wanted) && python.exists() {
        return python;
    }
    let _ = std::fs::remove_dir_all(&folder);
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder), NEEDS);
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(requirements), NEEDS);
    std::fs::write(finished, wanted).expect("the folder takes a file");
    python
}

/// The command without a person's own settings that would stand between a client and the server.
pub fn direct(command: &mut Command) -> &mut Command {
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn run(command: &mut Command, needs: &str) {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}\n{needs}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(status.success(), "{command:?}: {status}\n{}{}\n{needs}", text(&stdout), text(&stderr));
}
