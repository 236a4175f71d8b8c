//! What a `postgres://` address says. The driver reads most of it; how far a certificate is trusted is read here, as libpq
//! reads it.

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::error::{Fault, in_words};
use super::tls::Trust;
use crate::Error;

/// What turns several hosts into something else than a list in the address, to be tried in its order.
const OF_HOSTS: [&str; 4] = ["host", "hostaddr", "port", "load_balance_hosts"];

/// Reads an address: what to ask for, of each host that it names.
pub(super) fn read(address: &str) -> Result<(Vec<Config>, Trust), Error> {
    let refused = |why: String| Error::Refused(format!("the database URL: {why}"));
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    let (mut mode, mut root, mut kept) = ("prefer".to_owned(), None, Vec::new());
    for word in query.split('&').filter(|word| !word.is_empty()) {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let value = percent_decode_str(value).decode_utf8().map_err(|error| refused(error.to_string()))?;
        match name {
            "sslmode" => mode = value.into_owned(),
            "sslrootcert" => root = Some(value.into_owned()),
            // As it stands: what is written anew is not always read the same.
            _ => kept.push(word),
        }
    }
    let (mode, trust) = trust(&mode, root).map_err(refused)?;
    let is_of_hosts = |word: &&str| OF_HOSTS.iter().any(|name| word.split('=').next() == Some(name));
    let places = if kept.iter().any(is_of_hosts) { vec![place.to_owned()] } else { each_host(place) };
    let words = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    let config = |place: String| {
        let mut config: Config = format!("{place}{words}").parse()?;
        config.ssl_mode(mode);
        Ok(config)
    };
    let configs: Result<Vec<Config>, _> = places.into_iter().map(config).collect();
    Ok((configs.map_err(|error| refused(in_words(&Fault::Driver(error))))?, trust))
}

/// An address that names several hosts as one for each. The driver would try them in one go, and whoever says nothing would
/// have the time of all.
fn each_host(place: &str) -> Vec<String> {
    let start = place.find("://").map_or(0, |at| at + 3);
    let end = place[start..].find('/').map_or(place.len(), |at| start + at);
    let start = place[start..end].rfind('@').map_or(start, |at| start + at + 1);
    place[start..end].split(',').map(|host| format!("{}{host}{}", &place[..start], &place[end..])).collect()
}

/// A table of libpq's: what each mode asks of the server's certificate, with and without certificates to trust.
fn trust(mode: &str, root: Option<String>) -> Result<(SslMode, Trust), String> {
    Ok(match (mode, root) {
        ("disable", _) => (SslMode::Disable, Trust::Anybody),
        ("verify-full", None) => (SslMode::Require, Trust::Name(None)),
        ("verify-full", Some(root)) => (SslMode::Require, Trust::Name(own(root))),
        ("allow" | "prefer" | "require" | "verify-ca", Some(root)) if root == "system" => {
            return Err(format!(
                "sslmode={mode} is too weak for sslrootcert=system; give sslmode=verify-full"
            ));
        }
        // libpq goes on in the clear where a certificate does not hold, so looking at it would protect nobody.
        ("allow" | "prefer", _) => (SslMode::Prefer, Trust::Anybody),
        ("require", None) => (SslMode::Require, Trust::Anybody),
        ("require" | "verify-ca", Some(root)) => (SslMode::Require, Trust::Chain(Some(root))),
        ("verify-ca", None) => (SslMode::Require, Trust::Chain(None)),
        (other, _) => {
            return Err(format!(
                "sslmode={other} is none of disable, allow, prefer, require, verify-ca and verify-full"
            ));
        }
    })
}

/// The file, unless the system's certificates are meant.
fn own(root: String) -> Option<String> {
    (root != "system").then_some(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_of_an_address_is_asked_by_itself() {
        for (place, each) in [
            ("postgres://db/shop", &["postgres://db/shop"][..]),
            ("postgres://db", &["postgres://db"]),
            (
                "postgres://me:a,b@[::1]:1,db:2/shop",
                &["postgres://me:a,b@[::1]:1/shop", "postgres://me:a,b@db:2/shop"],
            ),
            ("postgres://me@a,b,c", &["postgres://me@a", "postgres://me@b", "postgres://me@c"]),
        ] {
            assert_eq!(each_host(place), each, "{place}");
        }
    }
}
