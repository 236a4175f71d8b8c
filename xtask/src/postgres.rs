//! A PostgreSQL cluster of our own for the tests: made in a fresh folder, on a free loopback port, gone afterwards.
//!
//! It never touches a PostgreSQL server that already runs on the machine.

use crate::process::{capture, find_in_path, is_executable, is_root};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take until it answers; a slow disk syncs for seconds.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A port that was free a moment ago can be taken by somebody else, so a few are tried.
const PORT_ATTEMPTS: usize = 5;

/// Linux keeps the files in there in memory.
const IN_MEMORY: &str = "/dev/shm";
/// More than the tests' databases and their log take at once, in KiB.
const ROOM: u64 = 4 * 1024 * 1024;

/// Where a cluster has its files.
#[derive(Clone, Copy)]
pub(crate) enum Storage {
    /// In memory where there is room: they are thrown away, and no test waits for a disk.
    Memory,
    /// In the folder for temporary files, where a sync costs what it costs.
    Disk,
}

impl Storage {
    fn folder(self) -> PathBuf {
        let has_room = || {
            let told = capture(Command::new("df").args(["-Pk", IN_MEMORY])).ok()?;
            told.lines().nth(1)?.split_whitespace().nth(3)?.parse::<u64>().ok().filter(|room| *room >= ROOM)
        };
        match self {
            Self::Memory if has_room().is_some() => PathBuf::from(IN_MEMORY),
            Self::Memory | Self::Disk => std::env::temp_dir(),
        }
    }
}

/// The folder with the newest `initdb` and `postgres`: PATH comes first, then where Debian keeps them.
pub(crate) fn programs() -> Option<PathBuf> {
    // PATH often holds a link; the other programs lie beside the file it points to.
    let in_path = find_in_path("initdb").and_then(|file| file.canonicalize().ok());
    let in_path = in_path.as_deref().and_then(Path::parent).map(Path::to_path_buf);
    in_path.into_iter().chain(debian_folders()).find(|folder| is_server_folder(folder))
}

fn is_server_folder(folder: &Path) -> bool {
    ["initdb", "postgres", "pg_ctl"].iter().all(|program| is_executable(&folder.join(program)))
}

/// `/usr/lib/postgresql/*/bin`, newest version first.
fn debian_folders() -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir("/usr/lib/postgresql") else { return Vec::new() };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, folder)| folder).collect()
}

/// Who runs the server when we are root, because PostgreSQL refuses to.
#[derive(Clone, Copy)]
struct Account {
    uid: u32,
    gid: u32,
}

fn unprivileged_account() -> Result<Option<Account>, String> {
    if !is_root() {
        return Ok(None);
    }
    let account = ["postgres", "nobody"].into_iter().find_map(|name| {
        let number = |option| capture(Command::new("id").args([option, name])).ok()?.trim().parse().ok();
        Some(Account { uid: number("-u")?, gid: number("-g")? })
    });
    account.map(Some).ok_or_else(|| "no user `postgres` or `nobody` to run PostgreSQL as".to_owned())
}

/// A running cluster. Dropping it stops the server and removes its folder, also while a panic unwinds.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    account: Option<Account>,
    server: Option<Child>,
    port: u16,
}

impl Cluster {
    pub(crate) fn start(storage: Storage) -> Result<Cluster, String> {
        let programs = programs().ok_or("the PostgreSQL server programs are missing")?;
        let account = unprivileged_account()?;
        let folder = fresh_folder(&storage.folder(), account)?;
        // From here on the guard exists, so that every failure below cleans up.
        let mut cluster = Cluster { programs, folder, account, server: None, port: 0 };
        cluster.initialise()?;
        cluster.serve()?;
        Ok(cluster)
    }

    /// The address of the cluster's first database, for its superuser.
    pub(crate) fn url(&self) -> String {
        format!("{}/postgres", self.server())
    }

    /// The address of the cluster for its superuser, without a database.
    pub(crate) fn server(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// PostgreSQL's own load generator.
    pub(crate) fn pgbench(&self) -> PathBuf {
        self.programs.join("pgbench")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// One of the cluster's own programs, as the cluster's owner and without the caller's PG* settings.
    fn program(&self, name: &str) -> Command {
        let beside = self.programs.join(name);
        let mut command = Command::new(if is_executable(&beside) { beside } else { PathBuf::from(name) });
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("PG") {
                command.env_remove(variable);
            }
        }
        // The caller's locale may not be installed, and their folder may be closed to the cluster's owner.
        command.env("LC_ALL", "C").current_dir(&self.folder).stdin(Stdio::null());
        if let Some(account) = self.account {
            command.uid(account.uid).gid(account.gid);
        }
        command
    }

    fn initialise(&self) -> Result<(), String> {
        let with = |extra: &[&str]| {
            let mut command = self.program("initdb");
            command.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]);
            command.args(extra).arg("--pgdata").arg(self.data());
            capture(&mut command)
        };
        // A database that sorts by language is what merchants have; in a bytewise one, a column that forgot its
        // collation would go unnoticed. Servers older than 15 or built without ICU get the bytewise one.
        with(&["--locale-provider=icu", "--icu-locale=en-US"]).or_else(|_| with(&[])).map(|_| ())
    }

    fn serve(&mut self) -> Result<(), String> {
        let mut why = String::new();
        for _ in 0..PORT_ATTEMPTS {
            self.port = free_port()?;
            self.server = Some(self.spawn()?);
            match self.wait_until_ready() {
                Ok(()) => return Ok(()),
                Err(error) => why = error,
            }
            self.stop();
        }
        Err(why)
    }

    fn spawn(&self) -> Result<Child, String> {
        let log = std::fs::File::create(self.log()).map_err(|error| format!("PostgreSQL's log: {error}"))?;
        let output = log.try_clone().map_err(|error| format!("PostgreSQL's log: {error}"))?;
        let mut command = self.program("postgres");
        command.arg("-D").arg(self.data()).stdout(output).stderr(log);
        let settings = [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", self.port),
            format!("unix_socket_directories={}", self.folder.display()),
            // Many tests run at once, and each server of theirs holds a set of connections.
            "max_connections=400".to_owned(),
            // Kassa refuses to start on a server that does not sync.
            "fsync=on".to_owned(),
        ];
        for setting in settings {
            command.arg("-c").arg(setting);
        }
        command.spawn().map_err(|error| format!("postgres cannot be started: {error}"))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a server of another make can only be polled, and nothing waits beside us"
    )]
    fn wait_until_ready(&mut self) -> Result<(), String> {
        let begun = Instant::now();
        while begun.elapsed() < START_LIMIT {
            let ended = self.server.as_mut().map(Child::try_wait).transpose();
            if let Some(status) =
                ended.map_err(|error| format!("PostgreSQL cannot be watched: {error}"))?.flatten()
            {
                return Err(format!("PostgreSQL ended with {status} at start:\n{}", self.log_text()));
            }
            let port = self.port.to_string();
            let mut probe = self.program("pg_isready");
            probe.args([
                "--quiet",
                "--host=127.0.0.1",
                "--username=postgres",
                "--dbname=postgres",
                "--port",
                &port,
            ]);
            // The status says "not yet"; only a probe that cannot run at all is a failure.
            if probe.status().map_err(|error| format!("pg_isready cannot be started: {error}"))?.success() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(format!("PostgreSQL did not answer in {} s:\n{}", START_LIMIT.as_secs(), self.log_text()))
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    fn log_text(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Ends the server without a checkpoint, because its data is thrown away.
    fn stop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--mode=immediate", "--silent", "--wait", "--timeout=20", "--pgdata"])
            .arg(self.data());
        if capture(&mut stop).is_err() {
            // Already gone, or deaf: then only the hard way is left.
            drop(server.kill());
        }
        drop(server.wait());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            eprintln!("{} cannot be removed: {error}", self.folder.display());
        }
    }
}

/// An empty folder that only the cluster's owner may enter.
fn fresh_folder(parent: &Path, account: Option<Account>) -> Result<PathBuf, String> {
    for attempt in 0..100 {
        let folder = parent.join(format!("kassa-postgres-{}-{attempt}", std::process::id()));
        match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => {
                if let Some(account) = account {
                    chown(&folder, Some(account.uid), Some(account.gid))
                        .map_err(|error| format!("{}: {error}", folder.display()))?;
                }
                return Ok(folder);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("{}: {error}", folder.display())),
        }
    }
    Err(format!("no free folder name is left in {}", parent.display()))
}

fn free_port() -> Result<u16, String> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free loopback port: {error}"))
}
