//! Whether a server of the same data runs, for commands that print its addresses. It asks the database, because whoever
//! answers at an address may have other data: a demo does.

use std::net::IpAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use url::{Host, Url};

use crate::open::{self, Installation};
use crate::options::Config;
use crate::terminal;

/// How long a server on the same machine has to take a connection.
const WITHIN: Duration = Duration::from_secs(1);

/// What there is to say of the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Served {
    /// There is none.
    Not,
    /// There is one, and nobody is at the address that clients are given.
    Elsewhere,
    /// There is one, and nothing speaks against its address.
    Yes,
}

/// Looks for the server of this data.
pub(crate) async fn look(opened: &Installation) -> Result<Served, db::Error> {
    if !opened.db.is_served().await? {
        return Ok(Served::Not);
    }
    match local(opened.app.public_url()) {
        Some((host, port)) => match timeout(WITHIN, TcpStream::connect((host, port))).await {
            Ok(Ok(_)) => Ok(Served::Yes),
            Ok(Err(_)) | Err(_) => Ok(Served::Elsewhere),
        },
        // What leads to it from outside, a proxy or a name, is not for this machine to try.
        None => Ok(Served::Yes),
    }
}

/// The address and port of a public URL that is of this machine alone.
fn local(public_url: &str) -> Option<(IpAddr, u16)> {
    let url = Url::parse(public_url).ok()?;
    let address = match url.host()? {
        Host::Ipv4(address) => IpAddr::from(address),
        Host::Ipv6(address) => IpAddr::from(address),
        Host::Domain(_) => return None,
    };
    Some((address, url.port_or_known_default()?)).filter(|(address, _)| address.is_loopback())
}

/// Says beside addresses that were printed that they do not answer, where that is so.
pub(crate) async fn tell(opened: &Installation, config: &Config) {
    let (place, url) = (open::place(config), opened.app.public_url());
    match look(opened).await {
        Ok(Served::Yes) => {}
        Ok(Served::Not) => terminal::note(format_args!(
            "no server runs on this data now, {place}: {url} answers once kassa serve runs on it, and whatever answers there \
             before has other data and other keys"
        )),
        Ok(Served::Elsewhere) => terminal::note(format_args!(
            "a server runs on this data, {place}, and nothing answers at {url}: it listens elsewhere, or has stopped working"
        )),
        Err(error) => terminal::note(format_args!("cannot tell whether a server runs on this data: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_of_this_machine_alone_is_tried() {
        for (url, tried) in [
            ("http://127.0.0.1:8080", Some(8080)),
            ("https://[::1]/pay", Some(443)),
            ("http://0.0.0.0:8080", None),
            ("https://pay.example", None),
            ("http://192.0.2.1:8080", None),
        ] {
            assert_eq!(local(url).map(|(_, port)| port), tried, "{url}");
        }
    }
}
