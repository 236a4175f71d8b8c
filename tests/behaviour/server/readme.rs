//! The README as a newcomer takes it: its blocks pasted from top to bottom into one fresh shell, and the page paid in a
//! browser while the shell waits.

use std::fs::Permissions;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use kassa_tests::drivers::buyer::{APPROVED, Buyer};
use kassa_tests::{Folder, binary, http};

/// Ends what a block left running, also where one failed.
const AT_THE_END: &str = "set -e\ntrap 'exit 1' TERM\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n";

fn readme() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    std::fs::read_to_string(file).expect("the README is there")
}

/// What stands in the blocks that are for a shell.
fn blocks(text: &str) -> Vec<String> {
    let after = text.split("\n```sh\n").skip(1);
    after.map(|rest| format!("{}\n", rest.split("\n```").next().expect("a block ends"))).collect()
}

#[test]
fn its_two_commands_stand_at_the_head() {
    let text = readme();
    let first = text.split("\n```\n").nth(1).expect("a block");
    assert_eq!(first.lines().collect::<Vec<_>>(), ["cargo run --release -- demo", "cargo xtask test"]);
}

#[test]
fn its_blocks_run_from_top_to_bottom_in_one_shell() {
    let said = run(|buyer| drop(buyer.pay(APPROVED)));
    for part in
        ["The checkout is reserved", "\npaid\npartialRefund\n", "partially_refunded", "refunded     SEK"]
    {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}

#[test]
fn its_shell_does_not_wait_for_a_buyer_who_gave_up() {
    let said = run(|buyer| drop(buyer.cancel()));
    assert!(said.contains("The checkout is canceled"), "{said}");
}

/// Pastes all blocks into a shell, with a buyer who opens the page that it prints; what it said.
fn run(buy: fn(&Buyer<'_>)) -> String {
    let folder = Folder::new();
    let release = folder.path().join("target/release");
    std::fs::create_dir_all(&release).expect("a folder");
    symlink(binary(), release.join("kassa")).expect("a link");
    // The build is there already, and it is the debug one.
    let cargo = folder.path().join("cargo");
    std::fs::write(&cargo, "#!/bin/sh\ntest \"$*\" = 'build --release'\n").expect("a file");
    std::fs::set_permissions(&cargo, Permissions::from_mode(0o755)).expect("it is ours");
    let script = format!("{AT_THE_END}{}", blocks(&readme()).concat());
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").expect("a path"));
    let mut shell = Command::new("timeout");
    shell.args(["120", "sh", "-c", &script]).current_dir(folder.path());
    shell.env_clear().env("PATH", path).env("HOME", folder.path()).env("KASSA_LISTEN", "127.0.0.1:0");
    let spawned = shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut shell = spawned.expect("a shell");
    let lines = BufReader::new(shell.stdout.take().expect("it was piped")).lines();
    let mut said = String::new();
    for line in lines.map_while(Result::ok) {
        if let Some(link) =
            line.split_whitespace().find(|word| word.contains("/c/") && word.starts_with("http"))
        {
            buy(&Buyer::new(&http::agent(), link));
        }
        said.push_str(&line);
        said.push('\n');
    }
    let mut words = String::new();
    shell.stderr.take().expect("it was piped").read_to_string(&mut words).expect("UTF-8");
    assert!(shell.wait().expect("it ends").success(), "{said}{words}");
    said
}
