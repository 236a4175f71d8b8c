//! A pooler, as people put it between a server and PostgreSQL.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::folder::Folder;
use crate::wait::eventually;

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

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// The URL with another place in it.
pub(crate) fn at(url: &str, place: &str) -> String {
    let (before, rest) = url.split_once('@').expect("the URL names a user");
    let (_, database) = rest.split_once('/').expect("the URL names a database");
    format!("{before}@{place}/{database}")
}
