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

fn text_of(file: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    std::fs::read_to_string(file).expect("the file is there")
}

/// What stands in the blocks that are for a shell.
fn blocks(text: &str) -> Vec<String> {
    let after = text.split("\n```sh\n").skip(1);
    after.map(|rest| format!("{}\n", rest.split("\n```").next().expect("a block ends"))).collect()
}

#[test]
fn its_two_commands_stand_at_the_head() {
    let text = text_of("README.md");
    let first = text.split("\n```\n").nth(1).expect("a block");
    assert_eq!(first.lines().collect::<Vec<_>>(), ["cargo run --release -- demo", "cargo xtask test"]);
}

#[test]
fn its_blocks_run_from_top_to_bottom_in_one_shell() {
    let said = run(str::to_owned, |buyer| drop(buyer.pay(APPROVED))).done();
    for part in
        ["The checkout is reserved", "\npaid\npartialRefund\n", "partially_refunded", "refunded     SEK"]
    {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}

#[test]
fn its_shell_does_not_wait_for_a_buyer_who_gave_up() {
    let Ended { said, words, .. } = run(str::to_owned, |buyer| drop(buyer.cancel()));
    assert!(said.contains("The checkout is canceled"), "{said}");
    // Neither the capture nor the refund is possible, and each says why.
    let refused = words.lines().filter(|line| line.starts_with("There is no status in the answer: {"));
    assert_eq!(refused.filter(|line| line.contains("\"message\":\"")).count(), 2, "{words}");
}

#[test]
fn its_shell_prints_the_answer_to_a_key_that_is_wrong_or_was_never_set() {
    for spoil in ["NEURO_PAY_API_KEY=nobodys", "unset NEURO_PAY_API_KEY"] {
        let after_eval = |script: &str| {
            let (before, after) = script.split_once("order=").expect("the block that makes a checkout");
            format!("{before}{spoil}\norder={after}")
        };
        let Ended { said, words, .. } = run(after_eval, |_| panic!("there is no page"));
        for missing in ["customer_id", "checkout_id", "url", "status"] {
            let told = format!("There is no {missing} in the answer: {{\"name\":\"Unauthorized\"");
            assert!(words.contains(&told), "{told} is not in {words}");
        }
        assert!(!said.contains("Pay here") && !said.contains("The checkout is"), "{said}");
    }
}

/// The log of an earlier server says that it is ready, and the new one cannot start.
#[test]
fn its_first_block_is_not_fooled_by_an_old_log_and_says_why_there_is_no_server() {
    for file in ["README.md", "examples/shop/README.md"] {
        let begin = |script: &str| {
            let end = script.find("sleep 0.2; done\n").expect("the block that starts a server");
            let block = script[..end].replace("kassa serve", "sh -c 'sleep 0.3; exec kassa serve --frob'");
            format!("echo kassa is ready > kassa.log\n{block}sleep 0.2; done\n")
        };
        let Ended { said, words, .. } = run_file(file, begin, |_| panic!("there is no page"));
        assert!(said.contains("unexpected argument '--frob'"), "{file}: {said}{words}");
        assert_eq!(words, "", "{file}: nothing else is said");
    }
}

/// What a shell wrote, and whether all went well.
struct Ended {
    said: String,
    words: String,
    is_success: bool,
}

impl Ended {
    #[track_caller]
    fn done(self) -> String {
        let Self { said, words, is_success } = self;
        assert!(is_success, "{said}{words}");
        said
    }
}

fn run(change: impl Fn(&str) -> String, buy: fn(&Buyer<'_>)) -> Ended {
    run_file("README.md", change, buy)
}

/// Pastes all blocks into a shell, with a buyer who opens the page that it prints.
fn run_file(file: &str, change: impl Fn(&str) -> String, buy: fn(&Buyer<'_>)) -> Ended {
    let folder = Folder::new();
    let release = folder.path().join("target/release");
    std::fs::create_dir_all(&release).expect("a folder");
    symlink(binary(), release.join("kassa")).expect("a link");
    // The build is there already, and it is the debug one.
    let cargo = folder.path().join("cargo");
    std::fs::write(&cargo, "#!/bin/sh\ntest \"$*\" = 'build --release'\n").expect("a file");
    std::fs::set_permissions(&cargo, Permissions::from_mode(0o755)).expect("it is ours");
    let script = format!("{AT_THE_END}{}", change(&blocks(&text_of(file)).concat()));
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
    Ended { said, words, is_success: shell.wait().expect("it ends").success() }
}
