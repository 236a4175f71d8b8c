//! What people put between a server and PostgreSQL: a pooler, and a line that can be cut and frozen.

use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::folder::Folder;
use crate::wait::{eventually, pause};

/// Where Debian keeps it, which is not in everybody's PATH.
const PROGRAM: &str = "/usr/sbin/pgbouncer";
const START_LIMIT: Duration = Duration::from_secs(20);

/// PgBouncer before the test run's cluster.
pub struct Pooler {
    child: Child,
    port: u16,
    folder: Folder,
}

impl Pooler {
    /// Starts one with a `pool_mode`, and with TLS where there are a certificate and its key.
    ///
    /// # Panics
    /// PgBouncer is not installed, or does not start.
    pub fn start(pool_mode: &str, tls: Option<(&str, &str)>) -> Self {
        let cluster = std::env::var("KASSA_TEST_POSTGRES").expect("cargo xtask test names the cluster");
        let cluster: postgres::Config = cluster.parse().expect("the URL of the cluster");
        let postgres::config::Host::Tcp(host) = &cluster.get_hosts()[0] else {
            panic!("the cluster has no port")
        };
        let (server_port, user) = (cluster.get_ports()[0], cluster.get_user().expect("a user"));
        let port = free_port();
        let folder = Folder::new();
        let place = folder.path().display();
        let mut text = format!(
            "[databases]\n* = host={host} port={server_port} user={user}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {pool_mode}\nlogfile = {place}/log\n\
             ignore_startup_parameters = extra_float_digits\n"
        );
        if let Some((certificate, key)) = tls {
            std::fs::write(folder.path().join("cert.pem"), certificate).expect("a file");
            std::fs::write(folder.path().join("key.pem"), key).expect("a file");
            text += &format!(
                "client_tls_sslmode = allow\nclient_tls_cert_file = {place}/cert.pem\nclient_tls_key_file = {place}/key.pem\n"
            );
        }
        if rustix::process::geteuid().is_root() {
            // It refuses to be root.
            text += "user = nobody\n";
            open_to_all(folder.path());
        }
        std::fs::write(folder.path().join("ini"), text).expect("a file");
        let program = if Path::new(PROGRAM).exists() { PROGRAM } else { "pgbouncer" };
        let mut command = Command::new(program);
        command.arg("-q").arg(folder.path().join("ini")).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("pgbouncer is installed; cargo xtask test does it");
        eventually(START_LIMIT, "the pooler takes connections", || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
        });
        Self { child, port, folder }
    }

    /// The same database through the pooler, under a host name.
    pub fn way(&self, host: &str, query: &str) -> impl Fn(&str) -> String + Send + Sync + use<> {
        let (port, host, query) = (self.port, host.to_owned(), query.to_owned());
        move |url| format!("{}{query}", at(url, &format!("{host}:{port}")))
    }

    /// A folder for files beside it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let mode = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(entry.expect("an entry").path(), mode).expect("a file of ours");
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).expect("a folder of ours");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// The URL with another place in it.
fn at(url: &str, place: &str) -> String {
    let (before, rest) = url.split_once('@').expect("the URL names a user");
    let (_, database) = rest.split_once('/').expect("the URL names a database");
    format!("{before}@{place}/{database}")
}

/// A line to PostgreSQL that can be frozen: what is sent stays where it is, and nobody hears anything.
pub struct Switch {
    port: u16,
    is_frozen: Arc<AtomicBool>,
    target: Arc<Mutex<String>>,
    /// What freezes it when it is sent.
    trigger: Arc<Mutex<Option<&'static str>>>,
}

impl Switch {
    /// A line to wherever the first address that is asked for leads.
    pub fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let (is_frozen, target) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(String::new())));
        let trigger = Arc::<Mutex<Option<&'static str>>>::default();
        let (frozen, place, freezes) = (Arc::clone(&is_frozen), Arc::clone(&target), Arc::clone(&trigger));
        // It ends with the test's process.
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let place = place.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let Ok(server) = TcpStream::connect(place) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
                    let (frozen, freezes) = (Arc::clone(&frozen), Arc::clone(&freezes));
                    std::thread::spawn(move || pass(from, to, &frozen, &freezes));
                }
            }
        });
        Self { port, is_frozen, target, trigger }
    }

    /// The same database through the line.
    pub fn way(&self) -> impl Fn(&str) -> String + Send + Sync + use<> {
        let (port, target) = (self.port, Arc::clone(&self.target));
        move |url| {
            let place = url.split_once('@').and_then(|(_, rest)| rest.split_once('/')).expect("a place").0;
            place.clone_into(&mut target.lock().unwrap_or_else(PoisonError::into_inner));
            at(url, &format!("127.0.0.1:{port}"))
        }
    }

    /// Stops everything on the line as soon as these words are sent.
    pub fn freeze_at(&self, words: &'static str) {
        *self.trigger.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
    }

    /// Stops everything on the line, or lets it go on.
    pub fn freeze(&self, is_frozen: bool) {
        self.is_frozen.store(is_frozen, Ordering::SeqCst);
    }
}

impl Default for Switch {
    fn default() -> Self {
        Self::new()
    }
}

fn pass(
    mut from: TcpStream,
    mut to: TcpStream,
    is_frozen: &AtomicBool,
    trigger: &Mutex<Option<&'static str>>,
) {
    use std::io::{Read, Write};
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let words = *trigger.lock().unwrap_or_else(PoisonError::into_inner);
        let is_sent =
            |words: &str| buffer[..length].windows(words.len()).any(|part| part == words.as_bytes());
        if words.is_some_and(is_sent) {
            is_frozen.store(true, Ordering::SeqCst);
        }
        while is_frozen.load(Ordering::SeqCst) {
            pause(Duration::from_millis(10));
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
