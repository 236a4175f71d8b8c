//! Proxies that the operator trusts: where a request behind one came from, and whether it began over https.
//!
//! Of anybody else such headers are made up. It must not decide what follows from them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use domain::Channel;
use ipnet::IpNet;

const FOR: &str = "x-forwarded-for";
const PROTO: &str = "x-forwarded-proto";
/// Headers by which a proxy on the same machine shows that it speaks for somebody else.
const TELLING: [&str; 14] = [
    FOR,
    PROTO,
    "x-real-ip",
    "forwarded",
    "via",
    "x-forwarded-host",
    "x-forwarded-server",
    "x-forwarded-port",
    "x-forwarded",
    "x-forwarded-ssl",
    "x-original-for",
    "cf-connecting-ip",
    "true-client-ip",
    "x-client-ip",
];
/// Whoever comes through a trusted proxy that does not tell where from: all of them are one client. It is no address of
/// this machine's, which limits make an exception of.
const UNTOLD: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// How this server is reached, and through whom.
#[derive(Clone)]
pub(crate) struct Proxies {
    pub(crate) trusted: Vec<IpNet>,
    /// The server speaks TLS itself.
    pub(crate) tls: bool,
    /// Only this machine can come in: the server listens on loopback alone, and nobody said that others are let in by
    /// somebody whom it does not know.
    pub(crate) on_loopback: bool,
}

/// Where a request came from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) address: IpAddr,
    /// The address is one that a trusted proxy told of.
    pub(crate) is_forwarded: bool,
    pub(crate) https: bool,
    pub(crate) channel: Channel,
}

impl Proxies {
    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|network| network.contains(&address))
    }

    pub(crate) fn origin(&self, peer: IpAddr, headers: &HeaderMap) -> Origin {
        let peer = peer.to_canonical();
        let private = |is: bool| if is { Channel::Private } else { Channel::Open };
        if self.trust(peer) {
            let address = self.client(peer, headers);
            let address = if address.is_loopback() { UNTOLD } else { address };
            // Whatever the proxy says counts, for its own way to us says nothing about the client's.
            let https = began_over_https(headers).unwrap_or(self.tls);
            return Origin { address, is_forwarded: !self.trust(address), https, channel: private(https) };
        }
        let is_local = self.on_loopback && peer.is_loopback() && !is_forwarded(headers);
        Origin { address: peer, is_forwarded: false, https: self.tls, channel: private(self.tls || is_local) }
    }

    /// Each proxy puts whom it heard at the end of the list, so it is read from there for as long as trusted ones
    /// wrote it; what stands before that can be made up.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let values: Vec<_> = headers.get_all(FOR).iter().collect();
        let mut address = peer;
        for value in values.into_iter().rev().flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','))
        {
            match read(value) {
                Some(before) if self.trust(address) => address = before,
                _ => break,
            }
        }
        address
    }
}

/// Whether a proxy shows itself, by what it says or because the client named another host than this machine.
fn is_forwarded(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    // The headers that there are, looked for in the list: the other way round each name would be read and hashed anew.
    headers.keys().any(|name| TELLING.contains(&name.as_str()))
        || !host.is_some_and(|host| is_this_machine(host.host()))
}

fn is_this_machine(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || read(host.as_bytes()).is_some_and(|address| address.is_loopback())
}

/// An address, with a port or without; of IPv6 also in brackets. The zone of one is no part of it.
fn read(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let without_zone = text.split_once('%').map(|(address, zone)| {
        let rest = zone.find(']').map_or("", |end| &zone[end..]);
        format!("{address}{rest}")
    });
    let text = without_zone.as_deref().unwrap_or(text);
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let alone = inside.unwrap_or(text).parse::<IpAddr>();
    let address = alone.or_else(|_| text.parse::<SocketAddr>().map(|with_port| with_port.ip())).ok()?;
    Some(address.to_canonical())
}

/// None when no proxy says it. Of several all must say so.
fn began_over_https(headers: &HeaderMap) -> Option<bool> {
    let mut values = headers.get_all(PROTO).iter().peekable();
    values.peek()?;
    let mut words = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    Some(words.all(|word| word.trim_ascii().eq_ignore_ascii_case(b"https")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(trusted: &[&str]) -> Proxies {
        let trusted = trusted.iter().map(|text| text.parse().unwrap()).collect();
        Proxies { trusted, tls: false, on_loopback: true }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_address_that_is_no_trusted_proxy_counts() {
        let proxies = behind(&["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]);
        for (lines, client) in [
            (&["203.0.113.7"][..], "203.0.113.7"),
            (&["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
            (&["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
            (&["203.0.113.7,10.1.2.3"], "203.0.113.7"),
            (&["198.51.100.1, 203.0.113.7", "10.1.2.3 , fd00::1"], "203.0.113.7"),
            (&["203.0.113.7:50123"], "203.0.113.7"),
            (&["[2001:db8::7]:50123"], "2001:db8::7"),
            (&["[2001:db8::7]"], "2001:db8::7"),
            (&["2001:db8::7"], "2001:db8::7"),
            (&["::ffff:203.0.113.7"], "203.0.113.7"),
            (&["203.0.113.7, ::ffff:10.0.0.1"], "203.0.113.7"),
            (&["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
            // What cannot be read was not written by a proxy of ours, so nothing before it counts either.
            (&["203.0.113.7, unknown"], "0.0.0.0"),
            (&["203.0.113.7, unknown, 10.1.2.3"], "10.1.2.3"),
            // Then all are one client, and none of this machine's, also where the proxy has another one before it.
            (&["203.0.113.7,"], "0.0.0.0"),
            (&["203.0.113.7 198.51.100.1"], "0.0.0.0"),
            (&[""], "0.0.0.0"),
            (&[], "0.0.0.0"),
            (&["127.0.0.1"], "0.0.0.0"),
            (&["203.0.113.7, ::1"], "0.0.0.0"),
            (&["fe80::1%eth0"], "fe80::1"),
            (&["[fe80::1%eth0]:50123"], "fe80::1"),
        ] {
            let lines: Vec<_> = lines.iter().map(|line| (FOR, *line)).collect();
            let origin = proxies.origin(ip("127.0.0.1"), &headers(&lines));
            assert_eq!(origin.address, ip(client), "{lines:?}");
            assert_eq!(origin.is_forwarded, !proxies.trust(ip(client)), "{lines:?}");
        }
        let forged = headers(&[(FOR, "203.0.113.7"), (PROTO, "https")]);
        let origin = proxies.origin(ip("198.51.100.9"), &forged);
        let open = Channel::Open;
        assert_eq!(
            origin,
            Origin { address: ip("198.51.100.9"), is_forwarded: false, https: false, channel: open }
        );
        assert_eq!(proxies.origin(ip("::ffff:127.0.0.1"), &forged).address, ip("203.0.113.7"));
    }

    #[test]
    fn https_is_what_every_trusted_proxy_says() {
        let https = |proxies: &Proxies, words: &[&str]| {
            let lines: Vec<_> = words.iter().map(|word| (PROTO, *word)).collect();
            let origin = proxies.origin(ip("127.0.0.1"), &headers(&lines));
            assert_eq!(origin.https, origin.channel == Channel::Private);
            origin.https
        };
        let proxies = behind(&["127.0.0.1/32"]);
        for words in [&["https"][..], &["HTTPS"], &["https, https"], &["https", " https "]] {
            assert!(https(&proxies, words), "{words:?}");
        }
        for words in
            [&["http"][..], &["https, http"], &["http,https"], &["https", "http"], &["https,"], &[""], &[]]
        {
            assert!(!https(&proxies, words), "{words:?}");
        }
        let own = Proxies { tls: true, ..proxies };
        assert!(https(&own, &[]) && https(&own, &["https"]) && !https(&own, &["http"]));
    }

    #[test]
    fn loopback_is_private_unless_somebody_else_is_behind_it() {
        let channel = |proxies: &Proxies, peer: &str, pairs: &[(&'static str, &str)]| {
            proxies.origin(ip(peer), &headers(pairs)).channel
        };
        const LOCAL: (&str, &str) = ("host", "localhost:8080");
        let nobody = behind(&[]);
        assert_eq!(channel(&nobody, "127.0.0.1", &[LOCAL]), Channel::Private);
        assert_eq!(channel(&nobody, "::1", &[LOCAL]), Channel::Private);
        assert_eq!(channel(&nobody, "192.0.2.1", &[LOCAL]), Channel::Open);
        for name in TELLING {
            assert_eq!(channel(&nobody, "127.0.0.1", &[LOCAL, (name, "https")]), Channel::Open, "{name}");
        }
        for host in ["LOCALHOST", "localhost.", "a.localhost:1", "127.0.0.1", "127.9.9.9:80", "[::1]:80"] {
            assert_eq!(channel(&nobody, "127.0.0.1", &[("host", host)]), Channel::Private, "{host}");
        }
        for host in
            ["pay.example.com", "192.0.2.1", "[2001:db8::1]", "localhost.example", "127.0.0.1.nip.io", ""]
        {
            assert_eq!(channel(&nobody, "127.0.0.1", &[("host", host)]), Channel::Open, "{host}");
        }
        assert_eq!(channel(&nobody, "127.0.0.1", &[]), Channel::Open, "nobody's host is not ours");
        // Where the whole network can come in, a proxy of the container's may make everybody local.
        let everywhere = Proxies { on_loopback: false, ..nobody };
        assert_eq!(channel(&everywhere, "127.0.0.1", &[LOCAL]), Channel::Open);
        let own = Proxies { tls: true, ..everywhere };
        assert_eq!(channel(&own, "192.0.2.1", &[(PROTO, "http")]), Channel::Private);
    }
}
