//! The processes that are measured, and what the kernel says of them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

/// Processor time is told in these on every Linux that Rust runs on.
const TICK: Duration = Duration::from_millis(10);
const START_PATIENCE: Duration = Duration::from_secs(60);
/// How often a starting server is asked whether it is there; the error of a start's time.
const POLL: Duration = Duration::from_micros(200);

/// A program and a data folder.
pub(crate) struct Kassa {
    program: PathBuf,
    folder: PathBuf,
    /// The PostgreSQL database in place of SQLite.
    postgres: Option<String>,
}

impl Kassa {
    /// Takes a new, empty folder.
    pub(crate) fn new(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { program: program.to_owned(), folder: folder.to_owned(), postgres: None })
    }

    /// Has its data in this database, which is new and empty.
    pub(crate) fn on_postgres(self, url: String) -> Self {
        Self { postgres: Some(url), ..self }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.join("kassa.db")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        // There, it finds no configuration of somebody else.
        command.current_dir(&self.folder).arg("--data").arg(&self.folder);
        if let Some(url) = &self.postgres {
            command.env("KASSA_DATABASE_URL", url);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Makes a merchant and its keys.
    pub(crate) fn make_keys(&self) -> anyhow::Result<Keys> {
        let mut command = self.command();
        command.args(["merchant", "create", "--name", "Bench", "--mode", "test", "--json"]);
        let output = command.stdout(Stdio::piped()).output().context("running kassa merchant create")?;
        ensure!(output.status.success(), "kassa merchant create failed: {}", output.status);
        let made: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let key = |api: &str, name: &str| -> anyhow::Result<String> {
            let key = made[api][name].as_str();
            Ok(key.with_context(|| format!("kassa merchant create printed no {name} of {api}"))?.to_owned())
        };
        Ok(Keys {
            neuro_pay: format!("Bearer {}", key("neuro_pay", "api_key")?),
            neopay_token: key("neopay", "token")?,
            neopay_app: key("neopay", "app_key")?,
            checkout_com: format!("Bearer {}", key("checkout_com", "secret_key")?),
        })
    }

    /// Starts it as it is shipped, with the log that it has by default, and answers how long that took.
    pub(crate) fn start(&self) -> anyhow::Result<(Server, Duration)> {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = self.command();
        command.arg("--listen").arg(free.to_string()).arg("serve");
        let begun = Instant::now();
        let child = command.spawn().with_context(|| format!("starting {}", self.program.display()))?;
        let mut server = Server { child, address: free };
        while !is_alive(free) {
            if let Some(status) = server.child.try_wait()? {
                bail!("kassa serve ended: {status}");
            }
            ensure!(begun.elapsed() < START_PATIENCE, "kassa serve does not answer");
            crate::pause(POLL);
        }
        Ok((server, begun.elapsed()))
    }
}

/// What a merchant's requests show to be answered, as it stands in their headers.
pub(crate) struct Keys {
    pub(crate) neuro_pay: String,
    pub(crate) neopay_token: String,
    pub(crate) neopay_app: String,
    pub(crate) checkout_com: String,
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// This program again, as the server that always answers the same.
    pub(crate) fn constant(length: usize) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--constant", &length.to_string()]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let output = child.stdout.take().context("the constant server has no output")?;
        let mut server = Self { child, address: (Ipv4Addr::LOCALHOST, 0).into() };
        let mut port = String::new();
        BufReader::new(output).read_line(&mut port)?;
        server.address.set_port(port.trim().parse().context("the constant server named no port")?);
        Ok(server)
    }

    /// Processor time used so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        cpu(&format!("/proc/{}/stat", self.child.id()))
    }

    /// Memory that it really occupies.
    pub(crate) fn resident_kib(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next()).context("no VmRSS")?;
        Ok(number.parse()?)
    }

    /// Ends it as an operator does.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("no process id")?;
        kill_process(pid, Signal::TERM)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After an orderly stop there is nobody to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time out of a `stat` file of a process or a thread.
pub(crate) fn cpu(stat: &str) -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string(stat)?;
    // The name in parentheses may hold spaces; user and system time are the 12th and 13th field after it.
    let (_, fields) = text.rsplit_once(") ").context("a stat file without a name")?;
    let mut fields = fields.split(' ').skip(11);
    let mut next = || -> anyhow::Result<u32> { Ok(fields.next().context("a short stat file")?.parse()?) };
    Ok(TICK * (next()? + next()?))
}

/// How many threads wanted to run in the last minute, ours included.
pub(crate) fn load_average() -> anyhow::Result<f64> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').next().context("an empty load average")?.parse()?)
}

fn is_alive(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let request = b"GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";
    let mut start = [0; 12];
    stream.write_all(request).is_ok() && stream.read_exact(&mut start).is_ok() && start == *b"HTTP/1.1 200"
}
