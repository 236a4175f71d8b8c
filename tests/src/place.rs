//! A server's place: its folder, its database, its process, and the search through what it leaves there.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::Pid;

use crate::cells::{self, Cell};
use crate::cli::{Output, binary, clean, run};
use crate::engine::{Database, Engine};
use crate::folder::Folder;
use crate::server::Setup;
use crate::{traces, used};

/// How long a start may take on a machine that is busy with other tests.
const START_LIMIT: Duration = Duration::from_secs(30);
const READY: &str = "kassa is ready at ";
/// Names a file in which the whole test run counts what was searched.
const TALLY: &str = "KASSA_TEST_TALLY";

/// Where a server's data is, running or not. When it goes, everything in it is searched for the secrets that were used.
pub(crate) struct Place {
    pub(crate) folder: Folder,
    pub(crate) database: Option<Database>,
    pub(crate) setup: Setup,
    /// The credentials that commands made here.
    credentials: Mutex<BTreeSet<String>>,
}

impl Place {
    pub(crate) fn new(setup: Setup) -> Self {
        let database = (setup.engine == Engine::Postgres).then(Database::new);
        let place = Self { folder: Folder::new(), database, setup, credentials: Mutex::default() };
        place.tell_the_run("begun", &[]);
        place
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A file beside the data that grows.
    fn appended(&self, name: &str) -> File {
        let path = self.folder.path().join(name);
        File::options().create(true).append(true).open(path).expect("a file can be made")
    }

    /// Runs a command to its end, and keeps what it says but for the credentials that it hands out.
    pub(crate) fn run(&self, command: Command) -> Output {
        let output = run(command);
        let made = used::credentials(&output.stdout);
        let kept = if made.is_empty() { &output.stdout } else { "" };
        let words = format!("{kept}{}", output.stderr);
        self.appended("commands").write_all(words.as_bytes()).expect("a file takes a line");
        self.credentials.lock().unwrap_or_else(PoisonError::into_inner).extend(made);
        output
    }

    pub(crate) fn cells(&self) -> Vec<Cell> {
        match &self.database {
            Some(database) => cells::of_postgres(&database.url()).expect("the database is readable"),
            None => cells::of_sqlite(&self.data().join("kassa.db")).expect("the file is readable"),
        }
    }

    fn search(&self) -> Result<(), String> {
        let url = self.database.as_ref().map(Database::url);
        let credentials = self.credentials.lock().unwrap_or_else(PoisonError::into_inner);
        let used = used::so_far();
        let searched = traces::search(self.folder.path(), url.as_deref(), &credentials, &used)?;
        self.tell_the_run("searched", &[searched, credentials.len(), used.numbers.len()]);
        Ok(())
    }

    /// `cargo xtask test` counts the servers of its run, because a search that never happened finds nothing.
    fn tell_the_run(&self, what: &str, counts: &[usize]) {
        let Some(tally) = std::env::var_os(TALLY) else { return };
        let counts: String = counts.iter().map(|count| format!(" {count}")).collect();
        let line = format!("{what} {}{counts}\n", self.folder.path().display());
        let mut tally = File::options().append(true).open(tally).expect("the run has a tally");
        tally.write_all(line.as_bytes()).expect("the tally takes a line");
    }

    /// Any command on this data.
    pub(crate) fn command(&self) -> Command {
        let mut command = match self.setup.file_blocks {
            Some(blocks) => {
                let mut shell = clean("sh");
                shell.args(["-c", &format!("ulimit -S -f {blocks}; exec \"$0\" \"$@\"")]).arg(binary());
                shell
            }
            None => clean(binary()),
        };
        command.current_dir(self.folder.path()).arg("--data").arg(self.data());
        if let Some(database) = &self.database {
            let url = database.url();
            command
                .arg("--database-url")
                .arg(self.setup.way.as_ref().map_or_else(|| url.clone(), |way| way(&url)));
        }
        command.envs(self.setup.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn serve(&self, listen: &str) -> Command {
        let mut command = self.command();
        command.args(["serve", "--listen", listen]).args(&self.setup.arguments);
        command
    }

    /// Starts and waits for the line that names the address; the log if there is none.
    pub(crate) fn start(&self, listen: &str) -> Result<Running, String> {
        // The process keeps its end of a pipe for as long as it is there.
        let log = if self.setup.is_log_unread { Stdio::piped() } else { self.appended("log").into() };
        let begun = Instant::now();
        let child = self.serve(listen).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn();
        let mut child = child.expect("kassa can be started");
        let (sender, lines) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().expect("it was piped"));
        let mut copy = self.appended("stdout");
        // Reads on after the line, so that the server never finds its pipe closed, and keeps everything.
        let reader = std::thread::spawn(move || {
            for line in stdout.split(b'\n').map_while(Result::ok) {
                copy.write_all(&line).and_then(|()| copy.write_all(b"\n")).expect("a file takes a line");
                let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
            }
        });
        let mut running =
            Running { child, reader: Some(reader), address: String::new(), took: Duration::ZERO };
        match lines.recv_timeout(START_LIMIT) {
            Ok(line) => {
                let address = line.strip_prefix(READY).unwrap_or_else(|| panic!("an unknown line: {line}"));
                running.address = address.trim().to_owned();
                running.took = begun.elapsed();
                Ok(running)
            }
            Err(_) => Err(self.log_text()),
        }
    }

    pub(crate) fn log_text(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Place {
    #[expect(clippy::print_stderr, reason = "a test that fails already cannot fail once more")]
    fn drop(&mut self) {
        let Err(found) = self.search() else { return };
        self.folder.keep();
        let found = format!("{found}; what the server wrote is kept in {}", self.folder.path().display());
        if std::thread::panicking() {
            eprintln!("{found}");
        } else {
            panic!("{found}");
        }
    }
}

/// A process. It never outlives its owner.
pub(crate) struct Running {
    pub(crate) child: Child,
    reader: Option<JoinHandle<()>>,
    pub(crate) address: String,
    pub(crate) took: Duration,
}

impl Running {
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // With the process its pipe ends, and then everything that it said is in the file.
        let _ = self.reader.take().map(JoinHandle::join);
    }
}
