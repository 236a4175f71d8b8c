//! The options that every command has, and where each value came from: flag, environment, kassa.toml or
//! default.
//!
//! This module reads and checks them and shows them with secrets masked. It must not act on them: it opens no
//! database, makes no file and no key.

mod sources;
#[cfg(test)]
mod tests;
mod values;

use anyhow::{anyhow, bail};
use dialects::Dialect;
use ipnet::IpNet;
use sources::{Found, HOSTS, Sources};
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tracing::Level;
use vault::{RootKey, Zeroizing};

use crate::root_key::{VARIABLE, from_environment};
use crate::terminal;

/// The flags. Every value stays text until [`Config::load`] has found which of the four places it is taken
/// from, so that an error reads the same wherever the value stood.
#[derive(clap::Args, Clone, Default)]
#[command(next_help_heading = "Shared options")]
pub(crate) struct Options {
    /// Address to listen on; port 0 picks a free one [env: KASSA_LISTEN] [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDR")]
    listen: Option<String>,
    /// Directory of the database and the root key [env: KASSA_DATA] [default: ./kassa-data]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<String>,
    /// PostgreSQL instead of SQLite in the data directory, as postgres://…; one with a password belongs in the
    /// environment or kassa.toml, because every user of a machine can read its command lines [env:
    /// KASSA_DATABASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Connections to PostgreSQL, which all servers share [env: KASSA_DATABASE_CONNECTIONS] [default: 16]
    #[arg(long, global = true, value_name = "N")]
    database_connections: Option<String>,
    /// Where clients reach this server, used in every link [env: KASSA_PUBLIC_URL] [default: the listen
    /// address]
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// Root key file [env: KASSA_ROOT_KEY_FILE, or KASSA_ROOT_KEY with 64 hex digits] [default:
    /// {data}/root.key]
    #[arg(long, global = true, value_name = "FILE")]
    root_key: Option<String>,
    /// TLS certificate chain, PEM [env: KASSA_TLS_CERT] [default: none, plain http]
    #[arg(long, global = true, value_name = "FILE")]
    tls_cert: Option<String>,
    /// TLS private key, PEM [env: KASSA_TLS_KEY]
    #[arg(long, global = true, value_name = "FILE")]
    tls_key: Option<String>,
    /// Limit attempts to pay on pages in test mode too, on or off [env: KASSA_TEST_LIMITS] [default: off]
    #[arg(long, global = true, value_name = "on|off")]
    test_limits: Option<String>,
    /// Addresses of a proxy that Kassa trusts to say where a request came from and whether over https; may be
    /// repeated [env: KASSA_TRUSTED_PROXY, with commas] [default: none]
    #[arg(long, global = true, value_name = "CIDR")]
    trusted_proxy: Vec<String>,
    /// Most connections of one address, or most requests under way behind a trusted proxy; loopback has no limit
    /// [env: KASSA_MAX_CONNECTIONS_PER_ADDRESS] [default: 256]
    #[arg(long, global = true, value_name = "N")]
    max_connections_per_address: Option<String>,
    /// error, warn, info, debug or trace [env: KASSA_LOG_LEVEL] [default: info]
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<String>,
    /// Configuration file [env: KASSA_CONFIG] [default: ./kassa.toml if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<String>,
}

/// The options after they were checked. Has no `Debug`, because it holds secrets.
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
    /// With its password. `None` is SQLite in `data`.
    pub(crate) database_url: Option<String>,
    pub(crate) database_connections: usize,
    /// Without a trailing slash. `None` is for the caller to derive from the address it really listens on.
    pub(crate) public_url: Option<String>,
    pub(crate) root_key: RootKeySource,
    /// Certificate chain and private key.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    /// Whether attempts to pay on pages are limited in test mode too.
    pub(crate) test_limits: bool,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) connections_per_address: usize,
    pub(crate) log_level: Level,
    /// Host names that serve one API alone, at its vendor's own paths.
    pub(crate) hosts: Vec<Host>,
    shown: Vec<Shown>,
}

/// A host name, and the API that is served under it.
#[derive(Clone)]
pub(crate) struct Host {
    /// In lower case, without a port.
    pub(crate) name: String,
    pub(crate) dialect: &'static Dialect,
}

/// Where the root key is. Has no `Debug`, because it may be the key itself.
pub(crate) enum RootKeySource {
    File(PathBuf),
    Environment(RootKey),
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag,
    Environment(&'static str),
    File(PathBuf),
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag => f.write_str("flag"),
            Origin::Environment(name) => write!(f, "environment {name}"),
            Origin::File(path) => write!(f, "file {}", path.display()),
            Origin::Default => f.write_str("default"),
        }
    }
}

/// One value as `config show` prints it, any secret in it masked.
#[derive(Clone)]
struct Shown {
    name: &'static str,
    value: Option<String>,
    origin: Origin,
}

impl Config {
    /// Finds every value: flags win over the environment, that over the file, that over the defaults. Every
    /// error is one of usage and says where the value stood and what to put there. Relative paths are taken
    /// from the working directory, those in the file too. `root_key` stood in the environment before this process
    /// had one of its own.
    pub(crate) fn load(options: &Options, root_key: Option<&str>) -> anyhow::Result<Config> {
        let environment = |name: &str| match root_key {
            Some(key) if name == VARIABLE => Some(key.into()),
            _ => std::env::var_os(name),
        };
        Config::load_from(options, &environment, Path::new("kassa.toml"))
    }

    fn load_from(
        options: &Options,
        environment: &dyn Fn(&str) -> Option<OsString>,
        default_file: &Path,
    ) -> anyhow::Result<Config> {
        let (sources, config) = Sources::read(options.config.as_deref(), environment, default_file)?;
        let listen = sources.find("listen", options.listen.as_deref())?.or("127.0.0.1:8080");
        let data = sources.find("data", options.data.as_deref())?.or("./kassa-data");
        let database = sources.find("database_url", options.database_url.as_deref())?;
        let connections = options.database_connections.as_deref();
        let connections = sources.find("database_connections", connections)?.or("16");
        let public = sources.find("public_url", options.public_url.as_deref())?;
        let root_file = sources.find("root_key_file", options.root_key.as_deref())?;
        let cert = sources.find("tls_cert", options.tls_cert.as_deref())?;
        let key = sources.find("tls_key", options.tls_key.as_deref())?;
        let limits = sources.find("test_limits", options.test_limits.as_deref())?.or("off");
        let proxies = (!options.trusted_proxy.is_empty()).then(|| options.trusted_proxy.join(","));
        let proxies = sources.find("trusted_proxy", proxies.as_deref())?;
        let most = options.max_connections_per_address.as_deref();
        let most = sources.find("max_connections_per_address", most)?.or("256");
        let level = sources.find("log_level", options.log_level.as_deref())?.or("info");

        let address = parse(&listen, values::listen)?;
        let tls = tls_pair(&cert, &key)?;
        let database_url = optional(&database, values::database_url)?;
        let database_connections = parse(&connections, values::count)?;
        let public_url = optional(&public, values::public_url)?;
        let (root_key, root_shown) = root_key(&sources, &root_file, &data)?;
        let test_limits = parse(&limits, values::switch)?;
        let trusted_proxies = optional(&proxies, values::proxies)?.unwrap_or_default();
        let connections_per_address = parse(&most, values::count)?;
        let log_level = parse(&level, values::level)?;
        let (hosts, hosts_shown) = hosts(&sources)?;

        // What `serve` will use, as far as it is known before a free port was picked.
        let derived = (address.port() != 0).then(|| public_url_of(address, tls.is_some()));
        let shown = vec![
            config.shown(None),
            listen.shown(None),
            data.shown(None),
            database.shown(database_url.as_deref().map(values::mask)),
            connections.shown(None),
            public.shown(public_url.clone().or(derived)),
            root_shown,
            cert.shown(None),
            key.shown(None),
            limits.shown(None),
            proxies.shown(None),
            most.shown(None),
            level.shown(None),
            hosts_shown,
        ];
        let data = PathBuf::from(data.text());
        Ok(Config {
            listen: address,
            data,
            database_url,
            database_connections,
            public_url,
            root_key,
            tls,
            test_limits,
            trusted_proxies,
            connections_per_address,
            log_level,
            hosts,
            shown,
        })
    }

    /// What stands in the environment under a name that looks like one of Kassa's and is none.
    pub(crate) fn unknown_variables() -> Vec<String> {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        names.filter_map(|name| sources::unknown_variable(&name)).collect()
    }

    /// The same with another directory for the database, and for the root key unless somebody chose its place.
    pub(crate) fn with_data(&self, data: PathBuf) -> Config {
        let root_key = match &self.root_key {
            RootKeySource::File(_) if self.is_default("root_key_file") => {
                RootKeySource::File(data.join("root.key"))
            }
            RootKeySource::File(file) => RootKeySource::File(file.clone()),
            RootKeySource::Environment(key) => RootKeySource::Environment(key.clone()),
        };
        Config {
            data,
            root_key,
            database_url: self.database_url.clone(),
            public_url: self.public_url.clone(),
            tls: self.tls.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            hosts: self.hosts.clone(),
            shown: self.shown.clone(),
            ..*self
        }
    }

    /// Where the password of the database stands, if there is one.
    pub(crate) fn database_password(&self) -> Option<&Origin> {
        self.database_url.as_ref().filter(|url| values::mask(url) != **url)?;
        let shown = self.shown.iter().find(|shown| shown.name == "database_url")?;
        Some(&shown.origin)
    }

    /// True if clients come over https by somebody of whom nothing is known here.
    pub(crate) fn lacks_proxy(&self) -> bool {
        let is_https = self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
        is_https && self.tls.is_none() && self.trusted_proxies.is_empty()
    }

    /// True if nobody has set the option, which is named as in kassa.toml.
    pub(crate) fn is_default(&self, name: &str) -> bool {
        self.shown.iter().any(|shown| shown.name == name && shown.origin == Origin::Default)
    }

    /// One line an option: `name = value  (origin)`. Secrets are masked.
    pub(crate) fn to_text(&self) -> String {
        let line = |shown: &Shown| {
            let value = shown.value.as_deref().unwrap_or("(none)");
            // A value is whatever somebody wrote, and has its one line.
            terminal::plain(&format!("{} = {value}  ({})", shown.name, shown.origin)) + "\n"
        };
        self.shown.iter().map(line).collect()
    }

    /// An object with an object `{"value", "origin"}` an option. Secrets are masked.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let entry = |shown: &Shown| {
            let value = serde_json::json!({ "value": shown.value, "origin": shown.origin.to_string() });
            (shown.name.to_string(), value)
        };
        self.shown.iter().map(entry).collect::<serde_json::Map<_, _>>().into()
    }
}

/// The public URL of a server that was given none: the address it listens on.
pub(crate) fn public_url_of(listen: SocketAddr, tls: bool) -> String {
    format!("{}://{listen}", if tls { "https" } else { "http" })
}

fn parse<T>(found: &Found, read: fn(&str) -> Result<T, String>) -> anyhow::Result<T> {
    read(found.text()).map_err(|problem| anyhow!("{}: {problem}", found.place()))
}

fn optional<T>(found: &Found, read: fn(&str) -> Result<T, String>) -> anyhow::Result<Option<T>> {
    if found.is_none() { Ok(None) } else { parse(found, read).map(Some) }
}

fn tls_pair(cert: &Found, key: &Found) -> anyhow::Result<Option<(PathBuf, PathBuf)>> {
    match (cert.is_none(), key.is_none()) {
        (true, true) => Ok(None),
        (false, false) => Ok(Some((cert.text().into(), key.text().into()))),
        (false, true) => bail!(
            "{} is set, but the key is not: give --tls-key FILE or KASSA_TLS_KEY too, or leave out both for \
             plain http",
            cert.place()
        ),
        (true, false) => bail!(
            "{} is set, but the certificate is not: give --tls-cert FILE or KASSA_TLS_CERT too, or leave out \
             both for plain http",
            key.place()
        ),
    }
}

/// The table `[hosts]`: `"pay.example.com" = "neuro-pay"`.
fn hosts(sources: &Sources<'_>) -> anyhow::Result<(Vec<Host>, Shown)> {
    let Some((file, table)) = sources.hosts()? else {
        return Ok((Vec::new(), Shown { name: HOSTS, value: None, origin: Origin::Default }));
    };
    let mut hosts: Vec<Host> = Vec::new();
    for (name, api) in table {
        let place = || format!("[{HOSTS}] in {}", file.display());
        let name = values::host_name(name).map_err(|problem| anyhow!("{}: {problem}", place()))?;
        let dialect = api.as_str().and_then(dialects::by_name).ok_or_else(|| {
            let names: Vec<&str> = dialects::DIALECTS.iter().map(|dialect| dialect.name).collect();
            anyhow!("{}: `{name}` names no API; give one of {}", place(), names.join(", "))
        })?;
        if hosts.iter().any(|known| known.name == name) {
            bail!("{}: `{name}` stands there twice; upper and lower case are the same host", place());
        }
        hosts.push(Host { name, dialect });
    }
    let value: Vec<String> =
        hosts.iter().map(|host| format!("{} = {}", host.name, host.dialect.name)).collect();
    let origin = Origin::File(file.to_path_buf());
    Ok((hosts, Shown { name: HOSTS, value: Some(value.join(", ")), origin }))
}

fn is_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A flag wins over the key in the environment, which wins over a path in the file. Two in the environment
/// are a mistake that must not decide by itself which key seals the cards.
fn root_key(sources: &Sources<'_>, file: &Found, data: &Found) -> anyhow::Result<(RootKeySource, Shown)> {
    if let Some(hex) = sources.variable(VARIABLE)?.map(Zeroizing::new)
        && file.origin != Origin::Flag
    {
        if let Origin::Environment(other) = file.origin {
            bail!("{VARIABLE} and {other} are both set: unset the one that is not your root key");
        }
        let origin = Origin::Environment(VARIABLE);
        let shown = Shown { name: "root_key", value: Some("***".into()), origin };
        return Ok((RootKeySource::Environment(from_environment(&hex)?), shown));
    }
    let path =
        if file.is_none() { Path::new(data.text()).join("root.key") } else { PathBuf::from(file.text()) };
    if path.file_name().and_then(OsStr::to_str).is_some_and(is_key) && !path.exists() {
        // The path is not repeated: it is the key.
        bail!(
            "the root key's file ({}): a path is wanted here, and this is a root key itself. Put it into a file or into {VARIABLE}; what stood \
             on a command line was seen by every user of the machine, so make a new key if it did",
            file.origin
        );
    }
    let shown = file.shown(Some(path.display().to_string()));
    Ok((RootKeySource::File(path), shown))
}
