//! What a `postgres://` address says. The driver reads most of it; how far a certificate is trusted is read here, as libpq
//! reads it.

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::error::{Fault, in_words};
use super::tls::Trust;
use crate::Error;

/// Reads an address.
pub(super) fn read(address: &str) -> Result<(Config, Trust), Error> {
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
    let plain = if kept.is_empty() { place.to_owned() } else { format!("{place}?{}", kept.join("&")) };
    let mut config: Config = plain.parse().map_err(|error| refused(in_words(&Fault::Driver(error))))?;
    config.ssl_mode(mode);
    Ok((config, trust))
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
