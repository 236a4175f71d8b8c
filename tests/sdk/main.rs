//! The vendors' official clients against Kassa, as their documents show them but for the address, and the example shops.
//!
//! They come from their package registries into folders below `target`, which are made once.

mod shop;

use std::path::{Path, PathBuf};
use std::process::Command;

use kassa_tests::{Engine, Server, node, on_each_engine, on_one_engine, python};

on_each_engine!(the_python_client_of_checkout_com_works, the_node_client_of_checkout_com_works);
on_one_engine!(every_field_of_the_python_clients_models_is_known);

fn the_python_client_of_checkout_com_works(engine: Engine) {
    is_done(engine, python_script("checkout_com.py"));
}

fn every_field_of_the_python_clients_models_is_known(engine: Engine) {
    is_done(engine, python_script("checkout_com_models.py"));
}

fn python_script(file: &str) -> Command {
    let python = python::with(&here().join("requirements.txt"), env!("CARGO_TARGET_TMPDIR"));
    let mut script = Command::new(python);
    script.arg(here().join(file));
    script
}

fn the_node_client_of_checkout_com_works(engine: Engine) {
    let packages = node::with(&here().join("node"), env!("CARGO_TARGET_TMPDIR"));
    let mut script = node::command();
    script.arg(here().join("checkout_com.mjs")).arg(packages);
    // The client prefers these to what it is given.
    script.env_remove("CKO_SECRET").env_remove("CKO_SECRET_KEY").env_remove("CKO_PUBLIC_KEY");
    is_done(engine, script);
}

/// The script, given a server and credentials, comes to its end.
fn is_done(engine: Engine, mut script: Command) {
    let kassa = Server::shared(engine);
    let made = kassa.merchant().made["checkout_com"].clone();
    for name in ["base_url", "secret_key", "public_key", "oauth_client_id", "oauth_client_secret"] {
        script.arg(made[name].as_str().expect("a text"));
    }
    let output = python::direct(&mut script).output().expect("the program can be started");
    let (said, wrong) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && said.ends_with("done\n"), "{said}\n{wrong}");
    kassa.is_healthy();
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
