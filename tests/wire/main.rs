//! Golden request and response pairs, byte for byte: one file for each endpoint, status and error of a vendor.
//!
//! `KASSA_GOLDEN=write` rewrites the responses with what the server says. Read each one against the vendor's documents
//! before you keep it: a golden says what is right, not what is.

mod difference;
mod faults;
mod golden;
mod matching;
mod signing;
mod story;

use std::path::{Path, PathBuf};

use kassa_tests::{Engine, Server, on_each_engine};

on_each_engine!(
    every_golden_of_neuro_pay_holds,
    every_golden_of_a_fault_of_neuro_pay_holds,
    every_golden_of_neopay_holds,
    every_golden_of_nero_pay_holds,
    every_golden_of_checkout_com_holds,
);

fn every_golden_of_neuro_pay_holds(engine: Engine) {
    hold("neuro_pay", engine);
}

/// Each breaks the server it is told to, which then is nobody else's and may complain in its log.
fn every_golden_of_a_fault_of_neuro_pay_holds(engine: Engine) {
    let mut wrong = Vec::new();
    for file in files("neuro_pay/faults") {
        let kassa = Server::start(engine);
        wrong.extend(told(&kassa, &file));
        let log = kassa.log();
        assert!(!log.contains("panicked"), "{}: {log}", file.display());
    }
    nothing_is(&wrong);
}

/// They wait for promised limits of half a minute, so both engines wait at once and the other goldens are told meanwhile.
#[test]
fn every_slow_golden_of_neuro_pay_holds_on_each_engine() {
    std::thread::scope(|scope| {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            scope.spawn(move || hold("neuro_pay/slow", engine));
        }
    });
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

fn hold(folder: &str, engine: Engine) {
    let kassa = Server::start(engine);
    let wrong: Vec<String> = files(folder).iter().flat_map(|file| told(&kassa, file)).collect();
    nothing_is(&wrong);
    kassa.is_healthy();
}

/// Tells one story; what is wrong with it.
fn told(kassa: &Server, file: &Path) -> Vec<String> {
    let writes = std::env::var("KASSA_GOLDEN").is_ok_and(|value| value == "write");
    let text = std::fs::read_to_string(file).expect("a golden is readable");
    let name = file.file_name().expect("a file").to_string_lossy().into_owned();
    match golden::parse(&text).and_then(|golden| story::tell(kassa, &golden, |given| set_up(file, given))) {
        Ok(told) if writes && kassa.engine() == Engine::Sqlite => {
            std::fs::write(file, told.rewritten).expect("a golden is writable");
            Vec::new()
        }
        Ok(told) if told.wrong.is_empty() && told.rewritten != text => {
            vec![format!("{name}: spelled in another way than KASSA_GOLDEN=write spells it")]
        }
        Ok(told) => told.wrong.into_iter().map(|what| format!("{name}: {what}")).collect(),
        Err(why) => vec![format!("{name}: {why}")],
    }
}

/// `a paid checkout` is `set_ups/a_paid_checkout.http` beside the golden.
fn set_up(golden: &Path, given: &str) -> Result<golden::Golden, String> {
    let path = golden.with_file_name("set_ups").join(format!("{}.http", given.replace(' ', "_")));
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    golden::parse(&text)
}

fn nothing_is(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} differences\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// The goldens of a folder in the order of their names.
fn files(folder: &str) -> Vec<PathBuf> {
    let named = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("wire").join(folder);
    let entries = std::fs::read_dir(named).expect("there is such a folder");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "http"));
    files.sort();
    assert!(!files.is_empty(), "there is no golden in {folder}");
    files
}
