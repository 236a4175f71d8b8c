//! PostgreSQL clusters of a test's own, for what the run's cluster is not set up for: passwords, and a standby.
//!
//! They run on the programs of the run's cluster, and go with the test, also where it fails.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use postgres::{Client, Config, NoTls};
use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::cli::run;
use crate::folder::Folder;
use crate::pooler::free_port;
use crate::wait::eventually;

const START_LIMIT: Duration = Duration::from_secs(60);
/// A port that was free a moment ago can be taken by somebody else.
const PORTS: usize = 5;

/// A running cluster.
pub struct Cluster {
    server: Child,
    port: u16,
    password: Option<String>,
    /// Goes after the server has ended.
    _site: Site,
}

/// Where one lives, and who owns it.
struct Site {
    folder: Folder,
    programs: PathBuf,
    /// PostgreSQL refuses to be root.
    owner: Option<(u32, u32)>,
}

impl Cluster {
    /// One that asks for passwords where there is one for its superuser, and trusts everybody where there is none.
    ///
    /// # Panics
    /// It cannot be made.
    pub fn start(password: Option<&str>) -> Self {
        let site = Site::new();
        let file = site.folder.path().join("password");
        std::fs::write(&file, password.unwrap_or("none")).expect("a file");
        let auth = if password.is_some() { "scram-sha-256" } else { "trust" };
        let mut initdb = site.program("initdb");
        initdb.args(["--username=postgres", "--encoding=UTF8", "--no-sync", "--auth", auth]);
        initdb.arg("--pwfile").arg(&file).arg("--pgdata").arg(site.data());
        run(initdb).done();
        Self::serve(site, password.map(str::to_owned))
    }

    /// A copy of it that follows it, and only reads.
    ///
    /// # Panics
    /// It cannot be made.
    pub fn standby(&self) -> Self {
        let site = Site::new();
        let mut copy = site.program("pg_basebackup");
        copy.args(["--no-password", "--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--pgdata"]);
        copy.arg(site.data());
        copy.arg("--dbname").arg(format!("host=127.0.0.1 port={} user=postgres", self.port));
        run(copy).done();
        Self::serve(site, self.password.clone())
    }

    fn serve(site: Site, password: Option<String>) -> Self {
        for _ in 0..PORTS {
            let port = free_port();
            let mut server = site.spawn(port);
            let is_ready = eventually(START_LIMIT, "PostgreSQL takes connections", || {
                let ended = server.try_wait().expect("it can be waited for");
                if ended.is_some() { Some(false) } else { site.answers(port).then_some(true) }
            });
            if is_ready {
                return Self { server, port, password, _site: site };
            }
        }
        panic!("PostgreSQL ended at its start:\n{}", site.log());
    }

    /// Has a standby write.
    ///
    /// # Panics
    /// It does not.
    pub fn promote(&self) {
        self.run_sql("select pg_promote(true, 30)");
    }

    /// Ends it as a power cut does.
    pub fn kill(&mut self) {
        // A server that ends at once has its processes end first.
        let _ = kill_process(Pid::from_child(&self.server), Signal::QUIT);
        let _ = self.server.wait();
    }

    /// Runs SQL as its superuser.
    ///
    /// # Panics
    /// It is refused.
    pub fn run_sql(&self, text: &str) {
        self.admin().batch_execute(text).expect("the cluster takes the command");
    }

    /// The one number that a query answers its superuser.
    ///
    /// # Panics
    /// It answers something else.
    pub fn count(&self, text: &str) -> i64 {
        self.admin().query_one(text, &[]).expect("the cluster answers").get(0)
    }

    /// The one text that a query answers its superuser.
    ///
    /// # Panics
    /// It answers something else.
    pub fn text(&self, text: &str) -> String {
        self.admin().query_one(text, &[]).expect("the cluster answers").get(0)
    }

    fn admin(&self) -> Client {
        let mut config = Config::new();
        config.host("127.0.0.1").port(self.port).user("postgres").dbname("postgres");
        if let Some(password) = &self.password {
            config.password(password);
        }
        config.connect(NoTls).expect("the cluster takes connections")
    }

    /// Host and port.
    pub fn place(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Site {
    fn new() -> Self {
        let cluster = std::env::var("KASSA_TEST_POSTGRES").expect("cargo xtask test names the cluster");
        let mut client = Client::connect(&cluster, NoTls).expect("the run's cluster takes connections");
        let programs = client.query_one("select setting from pg_config where name = 'BINDIR'", &[]);
        let programs = programs.expect("a superuser may ask").get::<_, String>(0).into();
        let folder = Folder::new();
        let owner = geteuid().is_root().then(|| (number_of("-u"), number_of("-g")));
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group)).expect("root gives its folder away");
        }
        Self { folder, programs, owner }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// As the cluster's owner, and without the caller's own settings.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(Path::new(&self.programs).join(name));
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("PG") {
                command.env_remove(variable);
            }
        }
        command.env("LC_ALL", "C").current_dir(self.folder.path()).stdin(Stdio::null());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    fn spawn(&self, port: u16) -> Child {
        let log = std::fs::File::create(self.log_file()).expect("a file");
        let mut command = self.program("postgres");
        command.arg("-D").arg(self.data()).stderr(log.try_clone().expect("a file")).stdout(log);
        for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=on"] {
            command.args(["-c", setting]);
        }
        command.args(["-c", &format!("port={port}")]).spawn().expect("postgres can be started")
    }

    fn answers(&self, port: u16) -> bool {
        let mut probe = self.program("pg_isready");
        probe.args(["--quiet", "--host=127.0.0.1", "--port", &port.to_string()]);
        run(probe).code == Some(0)
    }
}

/// Of the account that PostgreSQL runs as where we are root.
fn number_of(kind: &str) -> u32 {
    let mut id = Command::new("id");
    id.args([kind, "postgres"]);
    run(id).done().stdout.trim().parse().expect("a number")
}
