//! What another program left where Kassa's database is to be: it is refused with a sentence that says what was found, and
//! not a byte of it changes.

use std::path::{Path, PathBuf};

use kassa_tests::{Engine, Folder, Server};

use super::files::{contents, mode, set_mode};

/// How a journal begins that is to be played back, before the numbers of its pages.
const JOURNAL: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// What Kassa notes while it makes its first tables.
const BEGUN: &[u8] = b"kassa makes its first tables\n";

/// A journal of a change that began when the file had so many pages.
fn journal(pages: u32) -> Vec<u8> {
    let numbers: [u32; 5] = [0, 7, pages, 512, 4096];
    let mut journal = JOURNAL.to_vec();
    numbers.iter().for_each(|number| journal.extend(number.to_be_bytes()));
    journal.resize(512, 0);
    journal
}

/// A database of another program, which is still open.
fn database(folder: &Path, text: &str) -> rusqlite::Connection {
    std::fs::create_dir_all(folder).expect("a folder");
    let other = rusqlite::Connection::open(folder.join("kassa.db")).expect("a database");
    other.execute_batch(text).expect("the other program writes");
    other
}

/// A folder with these files.
fn folder(place: &Path, name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let folder = place.join(name);
    std::fs::create_dir(&folder).expect("a folder");
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).expect("a file");
    }
    folder
}

#[test]
fn whatever_another_program_left_is_refused_with_what_was_found_and_stays_as_it_is() {
    let kassa = Server::shared(Engine::Sqlite);
    let place = Folder::new();
    let made = |name: &str, text: &str| {
        let folder = place.path().join(name);
        drop(database(&folder, text));
        folder
    };
    // Copied while it is open: all that it has is in its log, whose index is gone.
    let in_log = "pragma journal_mode = wal; pragma wal_autocheckpoint = 0; create table notes (a); \
         insert into notes values ('precious')";
    let source = place.path().join("open");
    let open = database(&source, in_log);
    let read = |name: &str| std::fs::read(source.join(name)).expect("a file");
    let (main, log) = (read("kassa.db"), read("kassa.db-wal"));
    let emptied =
        std::fs::read(made("emptied", "create table t (a); drop table t").join("kassa.db")).expect("a file");
    let with = |name: &str, files: &[(&str, &[u8])]| folder(place.path(), name, files);
    let other = "database of another program";
    let cases = [
        (place.path().join("emptied"), "has no tables any more"),
        (made("emptied and packed", "create table t (a); drop table t; vacuum"), "has no tables any more"),
        (made("no migration", "create table schema_migrations (name text, checksum text)"), other),
        (
            made(
                "numbered",
                "create table schema_migrations (name, checksum); insert into schema_migrations values (1, 2)",
            ),
            other,
        ),
        (
            made(
                "bytes",
                "create table schema_migrations (name, checksum); insert into schema_migrations values (x'00ff', 'x')",
            ),
            other,
        ),
        (with("in a log without an index", &[("kassa.db", &main), ("kassa.db-wal", &log)]), other),
        (with("a log alone", &[("kassa.db", b""), ("kassa.db-wal", &log)]), "kassa.db-wal"),
        (with("a log and no file", &[("kassa.db-wal", &log)]), "kassa.db-wal"),
        (with("one byte", &[("kassa.db", b"x")]), "is not a database"),
        (with("the beginning of one", &[("kassa.db", &main[..100])]), "is not a database"),
        (with("zeros", &[("kassa.db", &[0; 8192])]), "is not a database"),
        (with("a first change", &[("kassa.db", b""), ("kassa.db-journal", &journal(0))]), "did not end"),
        (with("a first change, no file", &[("kassa.db-journal", &journal(0))]), "did not end"),
        (with("half a page", &[("kassa.db", b"SQLi"), ("kassa.db-journal", &journal(0))]), "did not end"),
        (with("a change", &[("kassa.db", &emptied), ("kassa.db-journal", &journal(2))]), "did not end"),
        // A file of Kassa's name alone does not make it Kassa's: there was something before.
        (
            with("locked", &[("kassa.db", b""), ("kassa.db-journal", &journal(2)), ("kassa.lock", BEGUN)]),
            "did not end",
        ),
        // Nor does the empty file of a lock, which each start leaves that failed.
        (
            with("failed", &[("kassa.db", b""), ("kassa.db-journal", &journal(0)), ("kassa.lock", b"")]),
            "did not end",
        ),
    ];
    for (folder, says) in &cases {
        let name = folder.to_str().expect("UTF-8");
        for (file, _, _) in contents(folder) {
            set_mode(&folder.join(file), 0o644);
        }
        let before = contents(folder);
        for command in [
            &["merchant", "list"][..],
            &["db", "check"],
            &["db", "migrate"],
            &["merchant", "create", "--name", "A", "--mode", "test"],
            &["serve", "--listen", "127.0.0.1:0"],
        ] {
            let said = kassa.command(&[command, &["--data", name]].concat()).failed(1).stderr;
            assert!(
                said.contains(says) && said.contains("nothing was changed"),
                "{command:?}, {name}: {said}"
            );
            assert!(contents(folder) == before, "{command:?} changed what is in {name}");
        }
        let doctor = kassa.command(&["doctor", "--data", name]).failed(1).stdout;
        assert!(doctor.contains("FIX   database: ") && doctor.contains(says), "{name}: {doctor}");
        assert!(contents(folder) == before, "doctor changed what is in {name}");
    }
    drop(open);
}

/// The commands that use a database in each way that there is.
const EACH_USE: [&[&str]; 6] = [
    &["merchant", "list"],
    &["payments", "list"],
    &["db", "check"],
    &["db", "migrate"],
    &["merchant", "create", "--name", "A", "--mode", "test"],
    &["serve", "--listen", "127.0.0.1:0"],
];

/// A folder with Kassa's own database, which nobody uses.
fn own(kassa: &Server, folder: &Path) {
    let name = folder.to_str().expect("UTF-8");
    kassa.command(&["merchant", "create", "--name", "A", "--mode", "test", "--data", name]).done();
}

#[track_caller]
fn is_refused_by_each(kassa: &Server, uses: &[&[&str]], folder: &Path, says: &str) {
    let (name, before) = (folder.to_str().expect("UTF-8"), contents(folder));
    for command in uses {
        let said = kassa.command(&[command, &["--data", name][..]].concat()).failed(1).stderr;
        assert!(said.contains(says), "{command:?}: {said}");
        assert!(contents(folder) == before, "{command:?} changed what is in {name}");
    }
    let doctor = kassa.command(&["doctor", "--data", name]).failed(1).stdout;
    assert!(doctor.contains("FIX   database: ") && doctor.contains(says), "{doctor}");
    assert!(contents(folder) == before, "doctor changed what is in {name}");
}

/// What another program leaves that is stopped in the middle of a change which did not fit its memory.
fn journal_of_another_program(place: &Path) -> Vec<u8> {
    let folder = place.join("other");
    let other = database(
        &folder,
        "pragma cache_size = 5; create table t (a);
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 500)
         insert into t select hex(randomblob(500)) from n; begin; update t set a = 'y' || a;",
    );
    let journal = std::fs::read(folder.join("kassa.db-journal")).expect("a journal");
    drop(other);
    assert!(journal.starts_with(&JOURNAL));
    journal
}

#[test]
fn a_journal_of_another_program_beside_kassas_own_file_is_not_played_back() {
    let kassa = Server::shared(Engine::Sqlite);
    let place = Folder::new();
    let data = place.path().join("data");
    own(&kassa, &data);
    let beside = data.join("kassa.db-journal");
    let other = journal_of_another_program(place.path());
    for (number, journal) in
        [other, journal(0), journal(2), journal(1_000_000), b"somebody's notes".to_vec()].iter().enumerate()
    {
        std::fs::write(&beside, journal).expect("a file");
        set_mode(&beside, 0o600);
        is_refused_by_each(&kassa, &EACH_USE, &data, "kassa.db-journal away and run kassa db check");
        // Nor did Kassa begin it where it noted that it began something: it has a log by now.
        std::fs::write(data.join("kassa.lock"), BEGUN).expect("a file");
        is_refused_by_each(&kassa, &EACH_USE[..1], &data, "kassa.db-journal away and run kassa db check");
        std::fs::remove_file(&beside).expect("it is ours");
        let name = data.to_str().expect("UTF-8");
        let checked = kassa.command(&["db", "check", "--data", name]).done().stdout;
        assert!(checked.contains("ok: integrity"), "{number}: {checked}");
        std::fs::write(data.join("kassa.lock"), b"").expect("a file");
    }
}

/// The journal of a change of the first page alone.
fn journal_of_first_page(pages: u32, page: &[u8]) -> Vec<u8> {
    let size = page.len();
    let mut journal = JOURNAL.to_vec();
    let numbers = [1, 7, pages, 512, u32::try_from(size).expect("a page's size")];
    numbers.iter().for_each(|number: &u32| journal.extend(number.to_be_bytes()));
    journal.resize(512, 0);
    journal.extend(1_u32.to_be_bytes());
    journal.extend(page);
    let sum =
        (1..).map(|step| step * 200).take_while(|back| *back < size).map(|back| u32::from(page[size - back]));
    journal.extend((7 + sum.sum::<u32>()).to_be_bytes());
    journal
}

#[test]
fn what_kassa_was_stopped_at_with_a_copy_that_was_brought_back_is_done_again() {
    let kassa = Server::shared(Engine::Sqlite);
    let place = Folder::new();
    let data = place.path().join("data");
    let name = data.to_str().expect("UTF-8");
    own(&kassa, &data);
    let (file, beside) = (data.join("kassa.db"), data.join("kassa.db-journal"));
    let copy = rusqlite::Connection::open(&file).expect("a database");
    copy.execute_batch("pragma journal_mode = delete").expect("nobody uses it");
    let page: u32 = copy.query_row("pragma page_size", [], |row| row.get(0)).expect("a number");
    let page = page as usize;
    drop(copy);
    let mut bytes = std::fs::read(&file).expect("a file");
    let pages = u32::try_from(bytes.len() / page).expect("a small file");
    let before = bytes[..page].to_vec();
    // It turned to the log.
    bytes[18..20].fill(2);
    bytes[27] ^= 1;
    std::fs::write(&file, &bytes).expect("a file");
    let mut another = before.clone();
    another[page - 1] ^= 1;
    for (journal, why) in [
        (journal_of_first_page(pages, &another), "another page"),
        (journal_of_first_page(pages - 1, &before), "fewer pages"),
    ] {
        std::fs::write(&beside, journal).expect("a file");
        set_mode(&beside, 0o600);
        is_refused_by_each(&kassa, &EACH_USE, &data, "kassa.db-journal away and run kassa db check");
        assert!(beside.exists(), "{why}");
    }
    std::fs::write(&beside, journal_of_first_page(pages, &before)).expect("a file");
    // Who only looks takes nothing back.
    is_refused_by_each(&kassa, &EACH_USE[..3], &data, "kassa.db is not ready");
    kassa.command(&["merchant", "create", "--name", "B", "--mode", "test", "--data", name]).done();
    assert!(!beside.exists());
    let listed = kassa.command(&["merchant", "list", "--data", name]).done().stdout;
    assert!(listed.contains('A') && listed.contains('B'), "{listed}");
    let checked = kassa.command(&["db", "check", "--data", name]).done().stdout;
    assert!(checked.contains("ok: integrity"), "{checked}");
}

#[test]
fn what_kassa_began_and_did_not_end_is_begun_again() {
    let kassa = Server::shared(Engine::Sqlite);
    let place = Folder::new();
    let with = |name: &str, files: &[(&str, &[u8])]| folder(place.path(), name, files);
    let only_marked = place.path().join("only marked");
    drop(database(&only_marked, "pragma journal_mode = wal"));
    for folder in [
        with("nothing", &[]),
        with("an empty file", &[("kassa.db", b""), ("kassa.lock", b"")]),
        with(
            "the first page",
            &[("kassa.db", b"SQLi"), ("kassa.db-journal", &journal(0)), ("kassa.lock", BEGUN)],
        ),
        only_marked,
    ] {
        let name = folder.to_str().expect("UTF-8");
        let create = ["merchant", "create", "--name", "A", "--mode", "test", "--data", name];
        kassa.command(&create).done();
        kassa.command(&["db", "check", "--data", name]).done();
        let lock = std::fs::read(folder.join("kassa.lock")).expect("a file");
        assert!(lock.is_empty(), "{name}: what was noted is taken back");
    }
}

#[test]
fn a_database_with_another_name_is_refused_until_it_is_a_file_of_its_own() {
    let kassa = Server::shared(Engine::Sqlite);
    let place = Folder::new();
    let folder = folder(place.path(), "data", &[]);
    let name = folder.to_str().expect("UTF-8");
    kassa.command(&["merchant", "create", "--name", "A", "--mode", "test", "--data", name]).done();
    let file = folder.join("kassa.db");
    std::fs::hard_link(&file, place.path().join("theirs.db")).expect("another name");
    let said = kassa.command(&["merchant", "list", "--data", name]).failed(1).stderr;
    let (_, mend) = said.trim_end().split_once("while nobody uses it: ").expect("what mends it");
    let mended = std::process::Command::new("sh").args(["-c", mend]).status().expect("a shell");
    assert!(mended.success(), "{mend}");
    let listed = kassa.command(&["merchant", "list", "--data", name]).done().stdout;
    assert!(listed.contains('A'), "{listed}");
}

#[test]
fn a_file_beside_the_database_that_is_somebody_elses_is_refused_and_stays_as_it_is() {
    let kassa = Server::shared(Engine::Sqlite);
    let place = Folder::new();
    let data = folder(place.path(), "data", &[]);
    let name = data.to_str().expect("UTF-8");
    let create = ["merchant", "create", "--name", "A", "--mode", "test", "--data", name];
    kassa.command(&create).done();
    let theirs = place.path().join("theirs");
    for beside in ["kassa.db-shm", "kassa.db-wal", "kassa.db-journal", "kassa.lock"] {
        let beside = data.join(beside);
        let own = std::fs::rename(&beside, data.join("own"));
        std::fs::write(&theirs, "precious").expect("a file");
        set_mode(&theirs, 0o644);
        std::fs::hard_link(&theirs, &beside).expect("another name");
        for command in [&["merchant", "list", "--data", name][..], &create] {
            let said = kassa.command(command).failed(1).stderr;
            assert!(said.contains("has another name too"), "{said}");
        }
        let left = (mode(&theirs) & 0o777, std::fs::read(&theirs).expect("a file"));
        assert_eq!(left, (0o644, b"precious".to_vec()), "{}", beside.display());
        std::fs::remove_file(&beside).expect("a name less");
        // No journal stood there.
        let _ = own.and_then(|()| std::fs::rename(data.join("own"), &beside));
    }
    // A lock holds what Kassa notes in it, or a part of that.
    let lock = data.join("kassa.lock");
    std::fs::write(&lock, "somebody else's lock").expect("a file");
    let said = kassa.command(&create).failed(1).stderr;
    assert!(said.contains("kassa.lock is no lock of Kassa's: somebody wrote in it; move it away"), "{said}");
    assert_eq!(std::fs::read(&lock).expect("a file"), b"somebody else's lock");
    std::fs::write(&lock, &BEGUN[..7]).expect("a file");
    kassa.command(&["merchant", "list", "--data", name]).done();
}
