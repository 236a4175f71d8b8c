//! The vendors' official clients against Kassa, as their documents show them but for the address.
//!
//! They come from their package registries into folders below `target`, which are made once.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use kassa_tests::{Engine, Server, on_each_engine};

on_each_engine!(the_python_client_of_checkout_com_works);

fn the_python_client_of_checkout_com_works(engine: Engine) {
    let kassa = Server::shared(engine);
    let made = kassa.merchant().made["checkout_com"].clone();
    let mut script = Command::new(python());
    script.arg(here().join("checkout_com.py"));
    for name in ["base_url", "secret_key", "oauth_client_id", "oauth_client_secret"] {
        script.arg(made[name].as_str().expect("a text"));
    }
    // Nothing of the person's own settings may stand between the client and the server.
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        script.env_remove(name);
    }
    let output = script.output().expect("the environment has a Python");
    let (said, wrong) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && said.ends_with("done\n"), "{said}\n{wrong}");
    kassa.is_healthy();
}

/// The Python of an environment that has the clients in it, made by the first test that asks.
fn python() -> PathBuf {
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let wanted = std::fs::read_to_string(here().join("requirements.txt")).expect("the list is readable");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let python = folder.join("bin").join("python");
    // It is written last, so that an environment that was left unfinished, or has other versions, is made anew.
    let finished = folder.join("finished.txt");
    if std::fs::read_to_string(&finished).is_ok_and(|made| made == wanted) && python.exists() {
        return python;
    }
    let _ = std::fs::remove_dir_all(&folder);
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "-r"])
        .arg(here().join("requirements.txt")));
    std::fs::write(finished, wanted).expect("the folder takes a file");
    python
}

fn run(command: &mut Command) {
    let needs = "this test needs python3 with venv and pip (on Debian: apt-get install python3-venv), and the registry";
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}\n{needs}"));
    assert!(status.success(), "{command:?}: {status}\n{}{}\n{needs}", text(&stdout), text(&stderr));
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
