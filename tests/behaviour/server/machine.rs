//! What the machine around a server may do to it: other users' files, other processes, terminals that show what somebody
//! else wrote, and terminals that go away.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use kassa_tests::{Engine, Folder, Server, Setup, binary, eventually};
use rustix::process::{Pid, Signal, kill_process};

use super::files::{SOMEBODY, mode, set_mode};

/// What would steer a terminal: its commands, other directions of writing, lines' ends.
const STEERING: &str = "\u{1b}[31m\u{202e}\u{9b}2J\u{2028}\r\nkassa: a line of somebody else's";
const LIMIT: Duration = Duration::from_secs(10);

#[test]
fn a_configuration_that_somebody_else_may_have_written_is_not_obeyed() {
    let kassa = Server::start(Engine::Sqlite);
    let file = kassa.folder().join("kassa.toml");
    std::fs::write(&file, "log_level = \"warn\"\n").expect("a file");
    let refused = |words: &[&str]| {
        for command in [&["merchant", "list"][..], &["doctor"], &["config", "show"]] {
            let said = kassa.command(command).failed(2).stderr;
            assert!(words.iter().all(|word| said.contains(word)), "{command:?}: {said}");
        }
    };
    for wide in [0o666, 0o664, 0o646, 0o620, 0o602] {
        set_mode(&file, wide);
        refused(&["kassa.toml can be changed by others", "chmod go-w kassa.toml"]);
    }
    for narrow in [0o644, 0o600, 0o444] {
        set_mode(&file, narrow);
        let shown = kassa.command(&["config", "show"]).done().stdout;
        assert!(shown.contains("log_level = warn  (file kassa.toml)"), "{shown}");
    }
    // Only root can give files away.
    if rustix::process::geteuid().is_root() {
        chown(&file, Some(SOMEBODY), None).expect("root may");
        refused(&["kassa.toml belongs to user 54321", "chown 0 kassa.toml"]);
        // Whose link it is decides which file is read.
        chown(&file, Some(0), None).expect("root may");
        std::fs::rename(&file, kassa.folder().join("other.toml")).expect("it is ours");
        std::os::unix::fs::symlink("other.toml", &file).expect("a link");
        kassa.command(&["config", "show"]).done();
        std::os::unix::fs::lchown(&file, Some(SOMEBODY), None).expect("root may");
        refused(&["kassa.toml is a link of user 54321", "chown -h 0 kassa.toml"]);
    }
}

#[test]
fn whoever_only_looks_changes_no_mode_and_says_what_is_open() {
    let mut kassa = Server::start(Engine::Sqlite);
    kassa.stop();
    let file = kassa.data().join("kassa.db");
    set_mode(&file, 0o644);
    let mend = format!("chmod 600 {}", file.display());
    let checked = kassa.command(&["db", "check"]).done();
    assert!(checked.stderr.contains(&mend), "{checked:?}");
    let doctor = kassa.command(&["doctor"]).failed(1).stdout;
    assert!(doctor.contains("FIX   database files: ") && doctor.contains(&mend), "{doctor}");
    assert_eq!(mode(&file), 0o644);
    kassa.start_stopped();
    assert_eq!(mode(&file), 0o600);
    kassa.command(&["doctor"]).done();
}

#[test]
fn no_second_server_starts_when_the_lock_file_was_removed() {
    let mut kassa = Server::start(Engine::Sqlite);
    for _ in 0..2 {
        std::fs::remove_file(kassa.data().join("kassa.lock")).expect("it is ours");
        let said = kassa.fails_to_start_again().failed(1).stderr;
        assert!(said.contains("is held by another process") && said.contains("stop it first"), "{said}");
        kassa.command(&["db", "migrate"]).failed(1);
        kassa.command(&["merchant", "list"]).done();
    }
    kassa.stop();
    kassa.start_stopped();
    kassa.is_healthy();
}

#[test]
fn whoever_may_open_the_folder_cannot_keep_a_server_from_starting() {
    let mut kassa = Server::start(Engine::Sqlite);
    kassa.stop();
    set_mode(&kassa.data(), 0o755);
    let folder = std::fs::File::open(kassa.data()).expect("a folder");
    folder.try_lock().expect("nobody holds it");
    let said = kassa.command(&["db", "migrate"]).done().stderr;
    assert!(said.contains("is held by another process") && said.contains("chmod 700"), "{said}");
    kassa.start_stopped();
    kassa.is_healthy();
    kassa.stop();
    set_mode(&kassa.data(), 0o700);
    let said = kassa.fails_to_start_again().failed(1).stderr;
    assert!(said.contains("is held by another process") && said.contains("stop it first"), "{said}");
}

#[test]
fn a_start_that_ended_while_it_made_the_root_key_is_begun_again() {
    let kassa = Server::shared(Engine::Sqlite);
    let place = Folder::new();
    let data = place.path().join("data");
    let create = |name| {
        let data = data.to_str().expect("UTF-8");
        ["merchant", "create", "--name", name, "--mode", "test", "--data", data]
    };
    // Not a byte can be written.
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -f 0; exec \"$0\" \"$@\""]).arg(binary()).args(create("A"));
    let (ended, said) = run_limited(shell.current_dir(place.path()));
    assert!(!ended.success(), "{said}");
    assert!(!data.join("root.key").exists(), "{said}");
    // As a killed start left it.
    std::fs::write(data.join("root.key.new"), "45").expect("a file");
    kassa.command(&create("A")).done();
    assert!(!data.join("root.key.new").exists());
    // And an older version, before there was a database.
    std::fs::remove_dir_all(&data).expect("it is ours");
    std::fs::create_dir(&data).expect("a folder");
    std::fs::write(data.join("root.key"), "").expect("a file");
    set_mode(&data.join("root.key"), 0o600);
    kassa.command(&["doctor", "--data", data.to_str().expect("UTF-8")]);
    kassa.command(&create("A")).done();
    // Beside a database it is the key that is lost.
    std::fs::write(data.join("root.key"), "").expect("a file");
    let said = kassa.command(&create("A")).failed(1).stderr;
    assert!(said.contains("root.key is empty; bring it back from its copy"), "{said}");
    assert_eq!(std::fs::read(data.join("root.key")).expect("a file"), b"");
}

#[test]
fn a_merchant_that_cannot_be_named_so_leaves_no_installation_behind() {
    let kassa = Server::shared(Engine::Sqlite);
    let place = Folder::new();
    let data = place.path().join("data");
    let long = "x".repeat(10_000);
    for name in ["", " ", STEERING, &long] {
        let data = data.to_str().expect("UTF-8");
        let output = kassa.command(&["merchant", "create", "--name", name, "--mode", "test", "--data", data]);
        assert!(output.stderr.contains("name"), "{output:?}");
        assert!(!Path::new(data).exists(), "{output:?}");
    }
}

#[test]
fn doctor_tries_the_certificate_and_its_key() {
    let kassa = Server::shared(Engine::Sqlite);
    let output = kassa.command(&["doctor", "--tls-cert", "none.pem", "--tls-key", "none.key"]);
    let doctor = output.failed(1).stdout;
    assert!(doctor.contains("FIX   https: ") && doctor.contains("none.pem"), "{doctor}");
}

fn run_limited(command: &mut Command) -> (ExitStatus, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it can be started");
    let ended = eventually(LIMIT, "it ends", || child.try_wait().expect("it can be waited for"));
    let said = child.wait_with_output().expect("what it said").stderr;
    (ended, String::from_utf8(said).expect("UTF-8"))
}

#[test]
fn a_descriptor_that_gives_no_root_key_is_not_waited_for() {
    let place = Folder::new();
    // Nobody writes into it, and nobody closes it.
    let (reader, writer) = std::io::pipe().expect("a pipe");
    for number in ["0", "1", "2", "8", "9", "4294967295", "-1", "x", ""] {
        let mut shell = Command::new("sh");
        let line = "exec 9</dev/null 8<&0; exec \"$0\" doctor --data data";
        shell.args(["-c", line]).arg(binary()).current_dir(place.path()).env("KASSA_ROOT_KEY_FD", number);
        shell.stdin(reader.try_clone().expect("another end"));
        let (ended, said) = run_limited(&mut shell);
        assert_eq!(ended.code(), Some(1), "{number}: {said}");
        assert!(said.contains("KASSA_ROOT_KEY_FD"), "{number}: {said}");
    }
    drop(writer);
}

#[test]
fn a_bad_root_key_at_the_first_start_leaves_no_database_behind() {
    let kassa = Server::shared(Engine::Sqlite);
    let place = Folder::new();
    type Make = fn(&Path);
    let cases: [(&str, Make); 3] = [
        ("text", |key| {
            std::fs::write(key, "no key").expect("a file");
            set_mode(key, 0o600);
        }),
        ("a folder", |key| std::fs::create_dir(key).expect("a folder")),
        ("a link to nothing", |key| std::os::unix::fs::symlink("nowhere", key).expect("a link")),
    ];
    for (name, make) in cases {
        let data = place.path().join(name);
        std::fs::create_dir(&data).expect("a folder");
        make(&data.join("root.key"));
        let data = data.to_str().expect("UTF-8");
        for command in [
            &["serve", "--listen", "127.0.0.1:0"][..],
            &["merchant", "create", "--name", "A", "--mode", "test"],
            &["db", "migrate"],
        ] {
            let said = kassa.command(&[command, &["--data", data]].concat()).failed(1).stderr;
            assert!(said.contains("root key"), "{name}, {command:?}: {said}");
            assert!(!Path::new(data).join("kassa.db").exists(), "{name}, {command:?}");
        }
        std::fs::remove_dir_all(data).expect("it is ours");
        let create = ["merchant", "create", "--name", "A", "--mode", "test", "--data", data];
        let said = kassa.command(&create).done().stderr;
        assert!(said.contains("made a new database") && said.contains("made its root key"), "{said}");
    }
}

/// Checks that what was printed steers no terminal and has no line that somebody else began.
#[track_caller]
fn is_harmless(what: &str, printed: &str) {
    let steers =
        |letter: char| letter != '\n' && (letter.is_control() || matches!(letter, '\u{202e}' | '\u{2028}'));
    assert!(!printed.contains(steers), "{what}: {printed:?}");
    assert!(!printed.lines().any(|line| line.starts_with("kassa: a line")), "{what}: {printed:?}");
}

#[test]
fn nothing_that_is_printed_steers_a_terminal() {
    let kassa = Server::shared(Engine::Sqlite);
    let commands: [&[&str]; 15] = [
        &["payments", "show", STEERING],
        &["customers", "find", STEERING],
        &["merchant", "set", STEERING, "--save-cards", "on"],
        &["merchant", "set", "A", "--save-cards", STEERING],
        &["merchant", STEERING],
        &[STEERING],
        &["merchant", "list", STEERING],
        &["merchant", "list", "--data", STEERING],
        &["doctor", "--data", STEERING],
        &["config", "show", "--data", STEERING],
        &["doctor", "--config", STEERING],
        &["doctor", "--log-level", STEERING],
        &["doctor", "--root-key", STEERING],
        &["serve", "--tls-cert", STEERING, "--tls-key", STEERING],
        &["key", "revoke", STEERING],
    ];
    for command in commands {
        let output = kassa.command_with(|run| {
            run.args(command);
        });
        let what = format!("{command:?}");
        assert!(!(output.stdout.is_empty() && output.stderr.is_empty()), "{what} said nothing");
        is_harmless(&what, &output.stdout);
        is_harmless(&what, &output.stderr);
    }
}

#[test]
fn the_name_of_a_folder_steers_no_terminal_that_shows_the_log() {
    let place = Folder::new();
    let data = place.path().join(format!("data{STEERING}"));
    std::fs::create_dir(&data).expect("a folder");
    set_mode(&data, 0o755);
    let name = data.to_str().expect("UTF-8");
    let kassa = Server::shared(Engine::Sqlite);
    kassa.command(&["merchant", "create", "--name", "A", "--mode", "test", "--data", name]).done();
    set_mode(&data.join("kassa.db"), 0o644);
    for command in [
        &["serve", "--listen", "none"][..],
        &["merchant", "list"],
        &["merchant", "create", "--name", "A", "--mode", "test"],
        &["doctor"],
        &["config", "show"],
    ] {
        let output = kassa.command(&[command, &["--data", name]].concat());
        is_harmless(&format!("{command:?}"), &output.stdout);
        is_harmless(&format!("{command:?}"), &output.stderr);
    }
    let mut server = start(&["serve", "--listen", "127.0.0.1:0", "--data", name], place.path(), &[]);
    server.0.kill().expect("it is ours");
    server.0.wait().expect("it ends");
    let log = std::fs::read_to_string(place.path().join("log")).expect("a log");
    assert!(log.contains("chmod 700"), "{log}");
    is_harmless("the log", &log);
}

/// A process that does not outlive its test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the server by way of a shell line's beginning, and waits until it says that it is ready.
fn start(arguments: &[&str], folder: &Path, before: &[&str]) -> Started {
    let file = |name: &str| std::fs::File::create(folder.join(name)).expect("a file");
    let own = binary();
    let words: Vec<&std::ffi::OsStr> =
        before.iter().map(std::ffi::OsStr::new).chain([own.as_os_str()]).collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).args(arguments).current_dir(folder).env("TMPDIR", folder).process_group(0);
    command.stdin(Stdio::null()).stdout(file("out")).stderr(file("log"));
    let started = Started(command.spawn().expect("it can be started"));
    eventually(LIMIT, "it is ready", || {
        let said = std::fs::read_to_string(folder.join("out")).expect("a file");
        said.contains("ready at").then_some(())
    });
    started
}

#[test]
fn a_demo_ends_with_its_terminal_unless_it_was_told_to_stay() {
    let place = Folder::new();
    let demo = ["demo", "--listen", "127.0.0.1:0"];
    let hang_up = |demo: &Started| {
        kill_process(Pid::from_child(&demo.0), Signal::HUP).expect("it is there to be told");
    };
    let mut goes = start(&demo, place.path(), &[]);
    hang_up(&goes);
    let ended = eventually(LIMIT, "it ends", || goes.0.try_wait().expect("it can be waited for"));
    assert_eq!(ended.code(), Some(0));
    let left =
        std::fs::read_dir(place.path()).expect("a folder").map(|file| file.expect("an entry").file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with("kassa-demo")).collect();
    assert!(left.is_empty(), "{left:?} is left");
    let mut stays = start(&demo, place.path(), &["nohup"]);
    hang_up(&stays);
    eventually(LIMIT, "it says so", || {
        let log = std::fs::read_to_string(place.path().join("log")).expect("a log");
        log.contains("SIGHUP").then_some(())
    });
    assert!(stays.0.try_wait().expect("it can be waited for").is_none());
}

#[test]
fn what_is_said_of_the_password_on_the_command_line_has_a_subject() {
    let setup = Setup::new(Engine::Sqlite).argument("--database-url");
    let url = "postgres://kassa:hush@127.0.0.1:1/kassa";
    let serve = setup.argument(url).fails_to_start().failed(1).stderr;
    // A demo has a folder of its own, and the same command line.
    let place = Folder::new();
    let mut demo = Command::new(binary());
    demo.args(["demo", "--listen", "127.0.0.1:0", "--database-url", url]);
    demo.current_dir(place.path()).env("TMPDIR", place.path());
    let demo = demo.output().expect("it can be started");
    for said in [serve, String::from_utf8(demo.stderr).expect("UTF-8")] {
        assert!(said.contains("the password of the database stands on the command line"), "{said}");
    }
}
