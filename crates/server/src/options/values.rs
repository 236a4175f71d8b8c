//! What the text of one option must look like, and how it is shown. It must not know where the text stood.

use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use tracing::Level;
use url::{Position, Url};

use crate::below;

pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().map(Iterator::collect).unwrap_or_else(|_| Vec::new());
    // Where a name leads to both, most clients try the older kind.
    let first = found.iter().find(|address| address.is_ipv4()).or(found.first());
    first.copied().ok_or_else(|| {
        format!(
            "`{text}` is no address to listen on; give one of this machine's and a port, such as 127.0.0.1:8080, \
             localhost:8080, 0.0.0.0:8080 or [::]:8080"
        )
    })
}

/// Address ranges, separated by commas.
pub(super) fn proxies(text: &str) -> Result<Vec<IpNet>, String> {
    text.split(',').map(|part| proxy(part.trim())).collect()
}

fn proxy(text: &str) -> Result<IpNet, String> {
    let alone = text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
    let network = alone.or_else(|_| text.parse::<IpNet>()).map_err(|_| {
        format!(
            "`{text}` is not a range of addresses; give the proxy's, such as 10.0.0.7/32, 10.0.0.0/8 or fd00::/8"
        )
    })?;
    let network = canonical(network);
    if is_too_wide(&network) {
        return Err(format!(
            "`{text}` is everybody, or nearly, and then anybody can be anybody; give your proxy's addresses, in ranges \
             from /8 on, of IPv6 from /16 on (or within fc00::/7)"
        ));
    }
    if network.trunc() != network {
        return Err(format!(
            "`{text}` has bits behind its prefix; did you mean {} or {}/{}?",
            network.trunc(),
            network.addr(),
            network.max_prefix_len()
        ));
    }
    Ok(network)
}

/// IPv4 in the spelling of IPv6 is IPv4, as it is in the addresses that this is compared with.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let v4 = v6.addr().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(96));
    v4.and_then(|(address, prefix)| Ipv4Net::new(address, prefix).ok()).map_or(network, IpNet::V4)
}

/// No operator has so many addresses, but for the private ones of IPv6.
fn is_too_wide(network: &IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.prefix_len() < 8,
        IpNet::V6(network) => {
            let is_private = network.prefix_len() >= 7 && network.addr().segments()[0] & 0xfe00 == 0xfc00;
            network.prefix_len() < 16 && !is_private
        }
    }
}

pub(super) fn count(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| format!("`{text}` is not a number from 1 up"))
}

pub(super) fn level(text: &str) -> Result<Level, String> {
    match text {
        "error" => Ok(Level::ERROR),
        "warn" => Ok(Level::WARN),
        "info" => Ok(Level::INFO),
        "debug" => Ok(Level::DEBUG),
        "trace" => Ok(Level::TRACE),
        _ => Err(format!("`{text}` is not a log level; give error, warn, info, debug or trace")),
    }
}

pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("`{text}` is neither on nor off")),
    }
}

/// The problem never repeats the value, which may hold a password.
pub(super) fn database_url(text: &str) -> Result<String, String> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(text.to_string());
    }
    let is = match text.split_once("://") {
        Some((scheme, _)) if scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+') => {
            format!("an address with the scheme `{scheme}`")
        }
        _ => "no address".to_string(),
    };
    Err(format!(
        "this is {is}; give postgres://USER:PASSWORD@HOST/DATABASE, or leave it out to use SQLite in \
         the data directory"
    ))
}

pub(super) fn public_url(text: &str) -> Result<String, String> {
    let wanted = "give an absolute address such as https://pay.example.com";
    let url = Url::parse(text).map_err(|error| format!("`{text}` is not an address ({error}); {wanted}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{text}` is neither http nor https; {wanted}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("it holds a user name or password, which every link would show; {wanted}"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("`{text}` has a query or a fragment, to which no path can be added; {wanted}"));
    }
    let path = url.path().trim_end_matches('/');
    if path.contains("//") {
        return Err(format!("`{text}` has two slashes where one is enough; {wanted}"));
    }
    if let Some(step) = below::own_step(path) {
        return Err(format!(
            "`{text}` begins with /{step}, and so do addresses of Kassa's own, so that nobody could tell which is meant; \
             give another path, such as {}/pay",
            &url[..Position::BeforePath]
        ));
    }
    Ok(url.as_str().trim_end_matches('/').to_string())
}

/// A host name as clients send it, in lower case.
pub(super) fn host_name(text: &str) -> Result<String, String> {
    let name = text.to_ascii_lowercase();
    let fits = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        && !name.starts_with('.');
    if fits {
        return Ok(name);
    }
    Err(format!("`{text}` is not a host name; give it without a scheme and a port, such as pay.example.com"))
}

/// The address without its password. What is not surely harmless is masked.
pub(super) fn mask(url: &str) -> String {
    const HARMLESS: [&str; 9] = [
        "sslmode",
        "sslrootcert",
        "host",
        "port",
        "user",
        "dbname",
        "connect_timeout",
        "application_name",
        "target_session_attrs",
    ];
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    // A password may hold any character unescaped, so the last @ ends it, wherever that stands.
    let (user, rest) = match rest.rsplit_once('@') {
        Some((login, rest)) => match login.split_once(':') {
            Some((user, _)) => (format!("{user}:***@"), rest),
            None => (format!("{login}@"), rest),
        },
        None => (String::new(), rest),
    };
    let Some((place, query)) = rest.split_once('?') else {
        return format!("{scheme}://{user}{rest}");
    };
    let query: Vec<_> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if HARMLESS.contains(&name) => pair.to_string(),
            Some((name, _)) => format!("{name}=***"),
            None => "***".to_string(),
        })
        .collect();
    format!("{scheme}://{user}{place}?{}", query.join("&"))
}
