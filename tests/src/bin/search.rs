//! Searches what a server wrote for secrets: the files below a folder with its `data/kassa.db`, and a PostgreSQL database
//! if one is named. For servers that no harness of ours has started, as those of the browser tests.
//!
//! `search USED FOLDER [URL]`: USED is a JSON object with lists named `credentials`, `numbers` and `codes`.

#![expect(clippy::print_stdout, reason = "a command-line tool talks to its terminal")]

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, anyhow, bail, ensure};
use kassa_tests::{Used, search};
use serde_json::Value;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (file, folder, url) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [file, folder] => (file, folder, None),
        [file, folder, url] => (file, folder, Some(url)),
        _ => bail!("usage: search USED FOLDER [URL]"),
    };
    let text = std::fs::read_to_string(file).with_context(|| file.to_owned())?;
    let noted: Value = serde_json::from_str(&text).with_context(|| file.to_owned())?;
    let list = |name: &str| -> BTreeSet<String> {
        noted[name].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let credentials = list("credentials");
    let used = Used { numbers: list("numbers"), codes: list("codes"), tokens: BTreeSet::new() };
    let bytes = search(Path::new(folder), url, &credentials, &used).map_err(|found| anyhow!(found))?;
    let (made, typed) = (credentials.len(), used.numbers.len());
    ensure!(
        bytes > 0 && made > 0 && typed > 0,
        "nothing was searched: {bytes} bytes, {made} and {typed} secrets"
    );
    println!("{} kB hold none of {made} credentials and {typed} card numbers", bytes / 1_000);
    Ok(())
}
