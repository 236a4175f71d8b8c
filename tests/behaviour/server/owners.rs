//! Files and folders of other users, in which Kassa would keep what is nobody else's. Only root can give files away, so
//! most of this is tried where the tests run as root.

use std::fs::File;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use kassa_tests::{Engine, Folder, Server};

use super::files::{SOMEBODY, contents, mode, set_mode};

const CREATE: &[&str] = &["merchant", "create", "--name", "A", "--mode", "test"];
/// The commands that use a database in each way that there is.
const EACH_USE: [&[&str]; 5] = [
    &["merchant", "list"],
    &["payments", "list"],
    &["db", "migrate"],
    CREATE,
    &["serve", "--listen", "127.0.0.1:0"],
];

/// What mends it, as it was said.
#[track_caller]
fn mend(said: &str, after: &str) {
    let (_, mend) = said.trim_end().split_once(after).unwrap_or_else(|| panic!("no remedy: {said}"));
    let mended = std::process::Command::new("sh").args(["-c", mend]).status().expect("a shell");
    assert!(mended.success(), "{mend}");
}

fn owner(path: &Path) -> u32 {
    path.metadata().expect("a file").uid()
}

#[test]
fn a_file_of_another_user_is_refused_by_each_command_and_stays_as_it_is() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let kassa = Server::shared(Engine::Sqlite);
    let place = Folder::new();
    let data = place.path().join("data");
    let name = data.to_str().expect("UTF-8");
    kassa.command(&[CREATE, &["--data", name]].concat()).done();
    std::fs::write(data.join("kassa.db-journal"), "").expect("a file");
    set_mode(&data.join("kassa.db-journal"), 0o600);
    let files = ["kassa.db", "kassa.db-wal", "kassa.db-shm", "kassa.db-journal", "kassa.lock"];
    for file in files.map(|file| data.join(file)) {
        // An index and a log may have gone with their last user.
        if !file.exists() {
            std::fs::write(&file, "").expect("a file");
        }
        chown(&file, Some(SOMEBODY), None).expect("root may");
        set_mode(&file, 0o666);
        let (path, before) = (file.display().to_string(), contents(&data));
        for command in EACH_USE {
            let said = kassa.command(&[command, &["--data", name]].concat()).failed(1).stderr;
            assert!(said.contains(&format!("{path} belongs to user 54321")), "{command:?}: {said}");
        }
        let doctor = kassa.command(&["doctor", "--data", name]).failed(1).stdout;
        assert!(doctor.contains(&format!("FIX   database: {path} belongs to user 54321")), "{doctor}");
        assert!(contents(&data) == before && owner(&file) == SOMEBODY, "{path} was changed");
        chown(&file, Some(0), None).expect("root may");
        set_mode(&file, 0o600);
    }
    files.iter().for_each(|file| chown(data.join(file), Some(SOMEBODY), None).expect("root may"));
    let said = kassa.command(&["merchant", "list", "--data", name]).failed(1).stderr;
    mend(&said, "if it is Kassa's, run: ");
    kassa.command(&["db", "check", "--data", name]).done();
}

#[test]
fn an_empty_file_that_another_user_made_is_not_taken() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let kassa = Server::shared(Engine::Sqlite);
    let place = Folder::new();
    let data = place.path().join("data");
    let name = data.to_str().expect("UTF-8");
    std::fs::create_dir(&data).expect("a folder");
    for file in ["kassa.db", "kassa.db-wal", "kassa.db-shm", "kassa.db-journal", "kassa.lock"] {
        let file = data.join(file);
        std::fs::write(&file, "").expect("a file");
        chown(&file, Some(SOMEBODY), None).expect("root may");
        set_mode(&file, 0o666);
        let before = contents(&data);
        for command in &EACH_USE[2..] {
            let said = kassa.command(&[command, &["--data", name][..]].concat()).failed(1).stderr;
            assert!(said.contains("belongs to user 54321 and holds nothing"), "{command:?}: {said}");
        }
        assert!(contents(&data) == before && owner(&file) == SOMEBODY, "{} was changed", file.display());
        let said = kassa.command(&[CREATE, &["--data", name]].concat()).failed(1).stderr;
        mend(&said, "remove it: ");
        assert!(!file.exists());
    }
    kassa.command(&[CREATE, &["--data", name]].concat()).done();
    for file in ["kassa.db", "kassa.lock"].map(|file| data.join(file)) {
        assert_eq!((owner(&file), mode(&file)), (0, 0o600), "{}", file.display());
    }
}

#[test]
fn whoever_holds_the_lock_in_a_servers_place_is_named() {
    let mut kassa = Server::start(Engine::Sqlite);
    kassa.stop();
    let lock = kassa.data().join("kassa.lock");
    set_mode(&lock, 0o644);
    let held = File::open(&lock).expect("a file");
    held.try_lock().expect("nobody holds it");
    let said = kassa.fails_to_start_again().failed(1).stderr;
    assert!(said.contains("a server uses") && said.contains("others can open (mode 644)"), "{said}");
    if rustix::process::geteuid().is_root() {
        chown(&lock, Some(SOMEBODY), None).expect("root may");
        let said = kassa.fails_to_start_again().failed(1).stderr;
        assert!(said.contains("kassa.lock belongs to user 54321"), "{said}");
        chown(&lock, Some(0), None).expect("root may");
    }
    let said = kassa.fails_to_start_again().failed(1).stderr;
    let (_, remedy) = said.trim_end().split_once(" (mode 644): ").expect("what mends it");
    mend(&said, " (mode 644): ");
    assert_eq!(remedy, format!("rm {}", lock.display()));
    kassa.start_stopped();
    kassa.is_healthy();
}

#[test]
fn a_folder_that_is_another_users_or_that_others_can_write_is_told_of() {
    let mut kassa = Server::start(Engine::Sqlite);
    kassa.stop();
    let data = kassa.data();
    let path = data.display().to_string();
    let mut told = |words: &[&str]| {
        kassa.start_stopped();
        let log = kassa.log();
        let warned =
            log.lines().any(|line| line.contains("WARN") && words.iter().all(|word| line.contains(word)));
        assert!(warned, "{words:?}: {log}");
        let doctor = kassa.command(&["doctor"]).failed(1).stdout;
        let said = doctor.lines().find(|line| line.contains("FIX   data folder: "));
        assert!(said.is_some_and(|line| words.iter().all(|word| line.contains(word))), "{words:?}: {doctor}");
        kassa.stop();
    };
    set_mode(&data, 0o777);
    told(&["others can write into", &format!("chmod 700 {path}")]);
    if rustix::process::geteuid().is_root() {
        for wide in [0o700, 0o755] {
            set_mode(&data, wide);
            chown(&data, Some(SOMEBODY), None).expect("root may");
            told(&["belongs to user 54321", &format!("chown 0 {path}")]);
        }
        chown(&data, Some(0), None).expect("root may");
    }
    set_mode(&data, 0o700);
    kassa.command(&["doctor"]).done();
    kassa.start_stopped();
    kassa.is_healthy();
}

#[test]
fn nothing_is_made_in_a_folder_that_everybody_can_write() {
    let kassa = Server::shared(Engine::Sqlite);
    let place = Folder::new();
    let shared = place.path().join("shared");
    let name = shared.to_str().expect("UTF-8");
    std::fs::create_dir(&shared).expect("a folder");
    for wide in [0o777, 0o1777] {
        set_mode(&shared, wide);
        for command in [CREATE, &["db", "migrate"], &["serve", "--listen", "127.0.0.1:0"]] {
            let said = kassa.command(&[command, &["--data", name]].concat()).failed(1).stderr;
            assert!(said.contains(&format!("can write into {name} (mode {wide:o})")), "{command:?}: {said}");
            assert!(contents(&shared).is_empty(), "{command:?} left something");
        }
        // Nor the root key of a database elsewhere.
        let own = place.path().join(format!("own{wide:o}"));
        let (own, key) = (own.to_str().expect("UTF-8"), shared.join("root.key"));
        let key = ["--data", own, "--root-key", key.to_str().expect("UTF-8")];
        let said = kassa.command(&[CREATE, &key[..]].concat()).failed(1).stderr;
        assert!(said.contains(&format!("can write into {name} (mode {wide:o})")), "{said}");
        assert!(contents(&shared).is_empty() && !Path::new(own).join("kassa.db").exists());
        // The folder that the message names is Kassa's own.
        let inner = shared.join("kassa");
        kassa.command(&[CREATE, &["--data", inner.to_str().expect("UTF-8")]].concat()).done();
        assert_eq!(mode(&inner), 0o700);
        std::fs::remove_dir_all(inner).expect("it is ours");
    }
    // What was made there before goes on.
    set_mode(&shared, 0o755);
    kassa.command(&[CREATE, &["--data", name]].concat()).done();
    set_mode(&shared, 0o777);
    kassa.command(&["merchant", "list", "--data", name]).done();
    kassa.command(&[CREATE, &["--data", name]].concat()).done();
}
