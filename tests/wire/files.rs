//! The goldens on disk, found when the tests run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::golden::{self, Golden};

/// Where goldens lie. A folder that is gone must not pass for one whose goldens all hold.
const FOLDERS: [&str; 10] = [
    "checkout_com",
    "checkout_com/set_ups",
    "neopay",
    "neopay/set_ups",
    "nero_pay",
    "nero_pay/set_ups",
    "neuro_pay",
    "neuro_pay/faults",
    "neuro_pay/set_ups",
    "neuro_pay/slow",
];

/// The folder in a vendor's of what several goldens begin with.
const SET_UPS: &str = "set_ups";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("wire")
}

/// The names of all goldens, as in `neopay/list`, sorted.
///
/// # Panics
/// A folder has none, or one has some that nobody expects there.
pub(crate) fn every() -> Vec<String> {
    let mut names = Vec::new();
    collect(&root(), "", &mut names);
    names.sort();
    let found: BTreeSet<&str> = names.iter().filter_map(|name| Some(name.rsplit_once('/')?.0)).collect();
    assert_eq!(found, BTreeSet::from(FOLDERS), "these folders have goldens, and these should have some");
    names
}

fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("the folder of goldens is readable") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), names);
        } else if let Some(name) = name.strip_suffix(".http") {
            names.push(format!("{prefix}{name}"));
        }
    }
}

fn vendor(name: &str) -> &str {
    name.split('/').next().unwrap_or_default()
}

/// Whether a golden lies in a folder of this name.
pub(crate) fn is_in(name: &str, folder: &str) -> bool {
    name.split('/').rev().skip(1).any(|part| part == folder)
}

/// A golden's text.
pub(crate) fn text(name: &str) -> Result<String, String> {
    let path = root().join(format!("{name}.http"));
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Puts another text into its place.
pub(crate) fn write(name: &str, text: &str) -> Result<(), String> {
    std::fs::write(root().join(format!("{name}.http")), text).map_err(|error| format!("{name}: {error}"))
}

/// `a paid checkout` for a golden of Neuro-Pay is `neuro_pay/set_ups/a_paid_checkout`.
pub(crate) fn set_up(golden: &str, given: &str) -> Result<Golden, String> {
    let file = given.replace(' ', "_");
    golden::parse(&text(&format!("{}/{SET_UPS}/{file}", vendor(golden)))?)
}
