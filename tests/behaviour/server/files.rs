//! Who else can read what Kassa keeps: the database's files, the root key and where it may come from, the TLS key, the
//! password of the database.

use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

use kassa_tests::drivers::neuro_pay::Client;
use kassa_tests::{Engine, Output, Server, Setup, on_each_engine};

on_each_engine!(
    the_root_key_of_the_environment_is_nowhere_in_the_running_process,
    a_root_key_that_everybody_can_guess_is_refused,
);

const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
/// A user that no test runs as.
pub(super) const SOMEBODY: u32 = 54_321;

pub(super) fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("it is ours");
}

pub(super) fn mode(path: &Path) -> u32 {
    path.metadata().unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode()
        & 0o7777
}

/// The modes of the files in the data folder, sorted by name.
fn modes(kassa: &Server) -> Vec<(String, u32)> {
    let files = std::fs::read_dir(kassa.data()).expect("a folder").map(|file| file.expect("an entry"));
    let mut modes: Vec<_> =
        files.map(|file| (file.file_name().to_string_lossy().into_owned(), mode(&file.path()))).collect();
    modes.sort();
    modes
}

#[track_caller]
fn are_the_owners_alone(kassa: &Server) {
    let found = modes(kassa);
    for name in ["kassa.db", "kassa.db-shm", "kassa.db-wal", "kassa.lock", "root.key"] {
        assert!(found.contains(&(name.to_owned(), 0o600)), "{name} of {found:?}");
    }
}

#[test]
fn every_file_is_its_owners_alone_and_older_ones_become_so_and_that_is_said() {
    let mut kassa = Server::start(Engine::Sqlite);
    assert_eq!(mode(&kassa.data()), 0o700);
    are_the_owners_alone(&kassa);
    Client::fresh(&kassa).create();
    kassa.kill();
    for name in ["kassa.db", "kassa.db-wal", "kassa.db-shm", "kassa.lock"] {
        set_mode(&kassa.data().join(name), 0o644);
    }
    kassa.start_stopped();
    are_the_owners_alone(&kassa);
    for name in ["kassa.db", "kassa.db-wal", "kassa.db-shm", "kassa.lock"] {
        let path = kassa.data().join(name).display().to_string();
        let log = kassa.log();
        assert!(
            log.lines().any(|line| line.contains("WARN") && line.contains(&path) && line.contains("644")),
            "{path} is not told of: {log}"
        );
    }
    kassa.is_healthy();
}

/// The umask of whoever starts it does not count.
#[test]
fn a_generous_umask_opens_nothing() {
    let place = kassa_tests::Folder::new();
    let mut shell = Command::new("sh");
    let kassa = kassa_tests::binary();
    shell.args(["-c", "umask 0; exec \"$0\" merchant create --name A --mode test --data data"]).arg(kassa);
    let output = shell.current_dir(place.path()).output().expect("sh is there");
    assert!(output.status.success(), "{output:?}");
    for name in ["kassa.db", "kassa.lock", "root.key"] {
        assert_eq!(mode(&place.path().join("data").join(name)), 0o600, "{name}");
    }
    assert_eq!(mode(&place.path().join("data")), 0o700);
}

#[test]
fn a_root_key_file_of_the_wrong_kind_owner_or_mode_is_refused_with_its_remedy() {
    let mut kassa = Server::start(Engine::Sqlite);
    Client::fresh(&kassa).create();
    kassa.stop();
    let key = kassa.data().join("root.key");
    let path = key.display().to_string();
    let refused = |why: &str, words: &[&str]| {
        let says = |output: Output| {
            let said = output.failed(1).stderr;
            assert!(words.iter().all(|word| said.contains(word)), "{why}: {said}");
        };
        // A server that starts all the same does not end.
        says(kassa.command(&["merchant", "list"]));
        says(kassa.fails_to_start_again());
        let said = kassa.command(&["doctor"]).failed(1).stdout;
        assert!(words.iter().all(|word| said.contains(word)), "{why}, doctor: {said}");
    };
    // Only root can give files away.
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        chown(&key, Some(SOMEBODY), None).expect("root may");
        for narrow in [0o600, 0o400, 0o444] {
            set_mode(&key, narrow);
            refused("somebody else's", &["54321", "chown 0", &path]);
        }
        chown(&key, Some(0), None).expect("root may");
        set_mode(&key, 0o600);
    }
    let aside = kassa.folder().join("aside.key");
    std::fs::rename(&key, &aside).expect("it is ours");
    // Nobody ever writes into it: who waits for that waits for ever.
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&key).status().expect("mkfifo").success());
    refused("a pipe", &["not a regular file", &path]);
    std::fs::remove_file(&key).expect("it is ours");
    std::fs::rename(&aside, &key).expect("it is ours");
    let chmod = format!("chmod 600 {path}");
    for wide in [0o604, 0o640, 0o644, 0o660, 0o602] {
        set_mode(&key, wide);
        refused("others can use it", &[&chmod]);
    }
    set_mode(&key, 0o600);
    std::fs::rename(&key, &aside).expect("it is ours");
    std::fs::create_dir(&key).expect("it is ours");
    refused("a folder", &["not a regular file", &path]);
    std::fs::remove_dir(&key).expect("it is ours");
    symlink("/dev/null", &key).expect("it is ours");
    refused("a device", &["not a regular file", &path]);
    std::fs::remove_file(&key).expect("it is ours");
    // A link is followed, and what counts is where it leads.
    symlink(&aside, &key).expect("it is ours");
    set_mode(&aside, 0o644);
    refused("a link to what others can read", &[&chmod]);
    set_mode(&aside, 0o600);
    std::fs::hard_link(&aside, kassa.folder().join("theirs.key")).expect("another name");
    refused("it has another name", &["has another name too", &format!("cp {path} {path}.own")]);
    std::fs::remove_file(kassa.folder().join("theirs.key")).expect("a name less");
    kassa.command(&["merchant", "list"]).done();
    if is_root {
        chown(&aside, Some(SOMEBODY), None).expect("root may");
        set_mode(&aside, 0o444);
        refused("somebody else's by a link", &["54321", "chown 0", &path]);
        chown(&aside, Some(0), None).expect("root may");
        // As containers mount secrets.
        for read_only in [0o440, 0o444] {
            set_mode(&aside, read_only);
            let listed = kassa.command(&["merchant", "list"]).done();
            assert!(listed.stderr.contains("WARN") && listed.stderr.contains(&path), "{listed:?}");
            assert!(kassa.command(&["doctor"]).done().stdout.contains("root's"));
        }
    }
    set_mode(&aside, 0o600);
    kassa.start_stopped();
    kassa.is_healthy();
}

#[test]
fn what_stands_in_place_of_a_file_is_neither_followed_nor_waited_for() {
    let mut kassa = Server::start(Engine::Sqlite);
    kassa.stop();
    let make_pipe = |path: &Path| {
        assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
    };
    let elsewhere = kassa.folder().join("elsewhere");
    std::fs::write(&elsewhere, "somebody else's").expect("a file");
    set_mode(&elsewhere, 0o644);
    for name in ["kassa.lock", "kassa.db", "kassa.db-journal", "kassa.db-wal", "bins.csv"] {
        let (path, aside) = (kassa.data().join(name), kassa.folder().join("aside"));
        let is_there = std::fs::rename(&path, &aside).is_ok();
        let refused = || {
            let said = kassa.fails_to_start_again().failed(1).stderr;
            assert!(said.contains(&path.display().to_string()), "{said}");
            std::fs::remove_file(&path).expect("it is ours");
        };
        make_pipe(&path);
        refused();
        // What the operator knows of cards may be a link, and this one leads to something else.
        symlink(&elsewhere, &path).expect("it is ours");
        refused();
        assert_eq!(std::fs::read_to_string(&elsewhere).expect("a file"), "somebody else's");
        if is_there {
            std::fs::rename(&aside, &path).expect("it is ours");
        }
    }
    assert_eq!(mode(&elsewhere), 0o644);
    kassa.start_stopped();
    kassa.is_healthy();

    let folder = kassa_tests::Folder::new();
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(&cert, made.cert.pem()).expect("a file");
    make_pipe(&key);
    let [cert, key] = [cert, key].map(|path| path.to_str().expect("UTF-8").to_owned());
    let setup = Setup::new(Engine::Sqlite).variable("KASSA_TLS_CERT", &cert).variable("KASSA_TLS_KEY", &key);
    let said = setup.fails_to_start().failed(1).stderr;
    assert!(said.contains("not a regular file") && said.contains(&key), "{said}");
    let said = Setup::new(Engine::Sqlite).variable("KASSA_CONFIG", &key).fails_to_start().failed(2).stderr;
    assert!(said.contains("not a regular file") && said.contains(&key), "{said}");
}

/// What stands in a folder: each file with its mode and its bytes.
pub(super) fn contents(folder: &Path) -> Vec<(String, u32, Vec<u8>)> {
    let files = std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("an entry").path());
    let one = |path: std::path::PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, mode(&path), std::fs::read(&path).expect("a file"))
    };
    let mut contents: Vec<_> = files.map(one).collect();
    contents.sort();
    contents
}

#[test]
fn the_database_of_another_program_is_refused_and_stays_as_it_is() {
    let kassa = Server::start(Engine::Sqlite);
    let made = |name: &str, text: &str| {
        let folder = kassa.folder().join(name);
        std::fs::create_dir(&folder).expect("a folder");
        let other = rusqlite::Connection::open(folder.join("kassa.db")).expect("a database");
        other.execute_batch(text).expect("the other program writes");
        set_mode(&folder.join("kassa.db"), 0o644);
        (folder, other)
    };
    // Other programs have a table of that name too.
    let rails =
        "create table schema_migrations (version text); insert into schema_migrations values ('0001');";
    let alike = "create table schema_migrations (name text, checksum text); \
         insert into schema_migrations values ('0001_users', 'x');";
    let in_its_log = format!("pragma journal_mode = wal; pragma wal_autocheckpoint = 0; {rails}");
    let places = [
        made("a plain one", rails),
        made("one % that? looks#alike", alike),
        made("only marked", "pragma application_id = 7; create table t (a); drop table t"),
        made("in its log", &in_its_log),
    ];
    let text = kassa.folder().join("no database");
    std::fs::create_dir(&text).expect("a folder");
    std::fs::write(text.join("kassa.db"), "somebody's notes, which are no database at all\n".repeat(9))
        .expect("a file");
    // As a program leaves it that was killed: copied while it is open.
    let killed = kassa.folder().join("killed");
    std::fs::create_dir(&killed).expect("a folder");
    for file in std::fs::read_dir(&places[3].0).expect("a folder").map(|file| file.expect("an entry")) {
        std::fs::copy(file.path(), killed.join(file.file_name())).expect("a copy");
    }
    for folder in places.iter().map(|(folder, _)| folder).chain([&text, &killed]) {
        let name = folder.to_str().expect("UTF-8");
        let before = contents(folder);
        for command in [
            &["merchant", "list"][..],
            &["key", "list"],
            &["payments", "list"],
            &["customers", "find", "ada@example.com"],
            &["db", "check"],
            &["db", "migrate"],
            &["merchant", "create", "--name", "A", "--mode", "test"],
            &["serve", "--listen", "127.0.0.1:0"],
            &["demo", "--listen", "127.0.0.1:0"],
        ] {
            let output = kassa.command(&[command, &["--data", name]].concat()).failed(1);
            let says = if *folder == text { "not a database" } else { "database of another program" };
            assert!(output.stderr.contains(says), "{command:?} in {name}: {output:?}");
            assert!(contents(folder) == before, "{command:?} changed what is in {name}");
        }
        let doctor = kassa.command(&["doctor", "--data", name]).failed(1).stdout;
        assert!(doctor.contains("FIX   database"), "{doctor}");
        assert!(contents(folder) == before, "doctor changed what is in {name}");
    }
    kassa.is_healthy();
}

#[test]
fn an_empty_file_is_no_database_until_a_server_makes_it_one() {
    let mut kassa = Server::start(Engine::Sqlite);
    kassa.stop();
    for (name, _) in modes(&kassa) {
        std::fs::remove_file(kassa.data().join(name)).expect("it is ours");
    }
    std::fs::write(kassa.data().join("kassa.db"), "").expect("a file");
    let said = kassa.command(&["merchant", "list"]).failed(1).stderr;
    assert!(said.contains("there is no Kassa in"), "{said}");
    assert_eq!(modes(&kassa).len(), 1, "{:?}", modes(&kassa));
    kassa.start_stopped();
    // Killed before anything came out of its log, it is Kassa's all the same.
    kassa.kill();
    kassa.command(&["merchant", "list"]).done();
    std::fs::remove_file(kassa.data().join("kassa.db-shm")).expect("it is ours");
    kassa.command(&["merchant", "list"]).done();
    kassa.start_stopped();
    kassa.is_healthy();
}

fn a_root_key_that_everybody_can_guess_is_refused(engine: Engine) {
    let zeros = "0".repeat(64);
    let output = Setup::new(engine).variable("KASSA_ROOT_KEY", &zeros).fails_to_start().failed(2);
    assert!(output.stderr.contains("KASSA_ROOT_KEY") && output.stderr.contains("openssl rand"), "{output:?}");
    let folder = kassa_tests::Folder::new();
    let file = folder.path().join("zeros.key");
    std::fs::write(&file, &zeros).expect("a file");
    set_mode(&file, 0o600);
    let output = Setup::new(engine)
        .variable("KASSA_ROOT_KEY_FILE", file.to_str().expect("UTF-8"))
        .fails_to_start()
        .failed(1);
    assert!(output.stderr.contains("root key") && output.stderr.contains("openssl rand"), "{output:?}");
}

fn the_root_key_of_the_environment_is_nowhere_in_the_running_process(engine: Engine) {
    let mut kassa =
        Setup::new(engine).variable("KASSA_ROOT_KEY", KEY).variable("KASSA_LOG_LEVEL", "info").start();
    let process = format!("/proc/{}", kassa.pid());
    for file in ["environ", "cmdline"] {
        match std::fs::read(format!("{process}/{file}")) {
            Ok(bytes) => {
                assert!(bytes.windows(5).any(|part| part == b"KASSA" || part == b"serve"), "{file} is empty");
                let holds = bytes.windows(KEY.len()).any(|part| part == KEY.as_bytes());
                assert!(!holds, "the root key stands in the process's {file}");
            }
            // Only root may look into a process that hides its memory.
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
        }
    }
    // It is the same program under the same name, with the same key as any other command.
    let name = std::fs::read_to_string(format!("{process}/comm")).expect("everybody may read that");
    assert_eq!(name.trim(), "kassa");
    let shop = Client::fresh(&kassa);
    shop.create();
    assert!(!kassa.data().join("root.key").exists(), "a second key was made");
    let shown = kassa.command(&["config", "show"]).done();
    assert!(shown.stdout.contains("root_key = ***  (environment KASSA_ROOT_KEY)"), "{shown:?}");
    assert_eq!(kassa.stop().code(), Some(0), "{}", kassa.log());
    kassa.start_stopped();
    kassa.is_healthy();
}

#[test]
fn a_data_folder_and_a_tls_key_that_others_can_read_are_told_of() {
    let folder = kassa_tests::Folder::new();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(&cert, made.cert.pem()).expect("a file");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
    set_mode(&key, 0o644);
    let [cert, path] = [&cert, &key].map(|path| path.to_str().expect("UTF-8").to_owned());
    let setup = Setup::new(Engine::Sqlite).variable("KASSA_TLS_CERT", &cert).variable("KASSA_TLS_KEY", &path);
    let kassa = setup.start();
    let log = kassa.log();
    let line = log.lines().find(|line| line.contains("TLS key"));
    assert!(
        line.is_some_and(|line| line.contains("WARN") && line.contains(&format!("chmod 600 {path}"))),
        "{log}"
    );
    let told = kassa.command(&["doctor"]).failed(1).stdout;
    assert!(told.contains(&format!("chmod 600 {path}")), "{told}");
    set_mode(&key, 0o600);
    kassa.command(&["doctor"]).done();
    set_mode(&kassa.data(), 0o755);
    let told = kassa.command(&["doctor"]).failed(1).stdout;
    assert!(told.contains(&format!("chmod 700 {}", kassa.data().display())), "{told}");
    set_mode(&kassa.data(), 0o711);
    kassa.command(&["doctor"]).done();
}

#[test]
fn the_password_of_the_database_is_told_of_where_others_can_read_it() {
    let kassa = Server::start(Engine::Sqlite);
    let url = "postgres://kassa:hush@127.0.0.1:1/kassa";
    let doctor = |arguments: &[&str], variable: Option<&str>| {
        let output = kassa.command_with(|command| {
            command.arg("doctor").args(arguments).envs(variable.map(|url| ("KASSA_DATABASE_URL", url)));
        });
        let said = output.failed(1);
        assert!(!said.stdout.contains("hush") && !said.stderr.contains("hush"), "{said:?}");
        said.stdout
    };
    let told = doctor(&["--database-url", url], None);
    assert!(told.contains("command line") && told.contains("KASSA_DATABASE_URL"), "{told}");
    let told = doctor(&[], Some(url));
    assert!(!told.contains("command line"), "{told}");
    let told = doctor(&["--database-url", "postgres://kassa@127.0.0.1:1/kassa"], None);
    assert!(!told.contains("command line"), "{told}");
    let file = kassa.folder().join("kassa.toml");
    std::fs::write(&file, format!("database_url = \"{url}\"\n")).expect("a file");
    set_mode(&file, 0o644);
    let told = doctor(&[], None);
    assert!(told.contains("chmod 600 kassa.toml"), "{told}");
    set_mode(&file, 0o600);
    assert!(!doctor(&[], None).contains("kassa.toml"));
}
