//! Golden request and response pairs, byte for byte: one file for each endpoint, status and error of a vendor.
//!
//! `KASSA_GOLDEN=write` rewrites the responses with what the server says. Read each one against the vendor's documents
//! before you keep it: a golden says what is right, not what is.

mod golden;
mod matching;
mod signing;
mod story;

use std::path::PathBuf;

use kassa_tests::{Engine, Server, on_each_engine};

on_each_engine!(
    every_golden_of_neuro_pay_holds,
    every_golden_of_neopay_holds,
    every_golden_of_nero_pay_holds,
    every_golden_of_checkout_com_holds,
);

fn every_golden_of_neuro_pay_holds(engine: Engine) {
    hold("neuro_pay", engine);
}

fn every_golden_of_neopay_holds(engine: Engine) {
    hold("neopay", engine);
}

fn every_golden_of_nero_pay_holds(engine: Engine) {
    hold("nero_pay", engine);
}

fn every_golden_of_checkout_com_holds(engine: Engine) {
    hold("checkout_com", engine);
}

fn hold(vendor: &str, engine: Engine) {
    let kassa = Server::start(engine);
    let writes =
        std::env::var("KASSA_GOLDEN").is_ok_and(|value| value == "write") && engine == Engine::Sqlite;
    let mut wrong = Vec::new();
    let files = files(vendor);
    assert!(!files.is_empty(), "there is no golden of {vendor}");
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a golden is readable");
        let name = file.file_name().expect("a file").to_string_lossy().into_owned();
        let told = golden::parse(&text).and_then(|golden| story::tell(&kassa, &golden));
        match told {
            Ok(told) if writes => std::fs::write(&file, told.rewritten).expect("a golden is writable"),
            Ok(told) => wrong.extend(told.wrong.into_iter().map(|what| format!("{name}: {what}"))),
            Err(why) => wrong.push(format!("{name}: {why}")),
        }
    }
    kassa.is_healthy();
    assert!(wrong.is_empty(), "{} differences\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// The vendor's goldens in the order of their names.
fn files(vendor: &str) -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("wire").join(vendor);
    let entries = std::fs::read_dir(folder).expect("the vendor has a folder");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "http"));
    files.sort();
    files
}
