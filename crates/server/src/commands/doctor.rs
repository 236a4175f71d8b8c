//! `kassa doctor`: looks, changes nothing, and says what to fix.

use std::path::Path;

use anyhow::bail;
use db::Target;
use listener::tls::Tls;
use serde_json::json;
use vault::{RootKey, RootKeyError};

use crate::exposed;
use crate::open::{self, Installation};
use crate::options::{Config, RootKeySource};
use crate::served::{self, Served};
use crate::terminal;

/// Below this the disk is as good as full.
const FREE_BYTES_MIN: u64 = 256 * 1024 * 1024;
/// November 2026: no clock that is right shows less.
const CLOCK_MIN_MS: i64 = 1_793_000_000_000;

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    state: State,
    /// What was found; where it is wrong, also how to fix it.
    detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Fine,
    /// Nothing is there that could be right or wrong.
    Absent,
    Wrong,
}

pub(super) async fn run(config: &Config, as_json: bool) -> anyhow::Result<()> {
    let mut findings = vec![ok("configuration", "every value can be read".to_owned())];
    findings.push(https(config));
    findings.push(root_key(config));
    findings.extend(exposed::found(config).into_iter().map(|(what, why)| mend(what, why)));
    findings.extend(files(config));
    findings.push(disk(config));
    findings.extend(database(config).await);
    findings.push(clock());
    let wrong = findings.iter().filter(|finding| finding.state == State::Wrong).count();
    for Finding { what, state, detail } in &findings {
        if as_json {
            terminal::json(&json!({ "check": what, "ok": *state != State::Wrong, "detail": detail }));
        } else {
            let mark = match state {
                State::Fine => "ok  ",
                State::Absent => "note",
                State::Wrong => "FIX ",
            };
            terminal::line(format_args!("{mark}  {what}: {detail}"));
        }
    }
    if wrong > 0 {
        bail!("{wrong} of {} checks failed", findings.len());
    }
    Ok(())
}

fn ok(what: &'static str, detail: String) -> Finding {
    Finding { what, state: State::Fine, detail }
}

fn absent(what: &'static str, detail: String) -> Finding {
    Finding { what, state: State::Absent, detail }
}

fn mend(what: &'static str, detail: String) -> Finding {
    Finding { what, state: State::Wrong, detail }
}

fn https(config: &Config) -> Finding {
    if config.lacks_proxy() {
        return mend(
            "https",
            "the public URL is https, but neither TLS nor a trusted proxy is set, so live keys are refused and all \
             clients count as one address; name your proxy with --trusted-proxy, or give --tls-cert and --tls-key"
                .to_owned(),
        );
    }
    if let Some((cert, key)) = &config.tls
        && let Err(error) = Tls::open(cert, key)
    {
        return mend("https", format!("{error:#}"));
    }
    let how = match (&config.tls, config.trusted_proxies.is_empty()) {
        (Some(_), _) => "this server speaks it itself",
        (None, false) => "a trusted proxy speaks it",
        (None, true) => "none, so live keys work on loopback alone",
    };
    ok("https", how.to_owned())
}

fn root_key(config: &Config) -> Finding {
    let file = match &config.root_key {
        RootKeySource::Environment(_) => return ok("root key", "from the environment".to_owned()),
        RootKeySource::File(file) => file,
    };
    match RootKey::load(file) {
        Ok(Some(loaded)) => ok(
            "root key",
            loaded.warning.unwrap_or_else(|| {
                format!("{}; keep a copy elsewhere than the database's backups", file.display())
            }),
        ),
        Ok(None) | Err(RootKeyError::Empty(_)) if exists(config) == Some(false) => {
            absent("root key", "the first start makes it".to_owned())
        }
        Ok(None) => mend("root key", format!("{} is missing; bring it back from its copy", file.display())),
        Err(error) => mend("root key", error.to_string()),
    }
}

/// The files of the database that others can use. A server takes that away when it starts.
fn files(config: &Config) -> Option<Finding> {
    let (file, mode) = db::open_to_others(&open::target(config)).into_iter().next()?;
    let file = file.display();
    let why = format!("others can use {file} (mode {mode:o}); run: chmod 600 {file}");
    Some(mend("database files", why))
}

/// Whether the SQLite file is there; a PostgreSQL database has to be asked.
fn exists(config: &Config) -> Option<bool> {
    match open::target(config) {
        Target::Sqlite(file) => Some(file.exists()),
        Target::Postgres { .. } => None,
    }
}

fn disk(config: &Config) -> Finding {
    let folder = if config.data.exists() { config.data.as_path() } else { Path::new(".") };
    match rustix::fs::statvfs(folder) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let mib = free / (1024 * 1024);
            if free < FREE_BYTES_MIN {
                return mend("disk", format!("only {mib} MiB are free in {}; make room", folder.display()));
            }
            ok("disk", format!("{mib} MiB free"))
        }
        Err(error) => mend("disk", format!("cannot look at {}: {error}", folder.display())),
    }
}

/// The database, and the server that runs on it.
async fn database(config: &Config) -> Vec<Finding> {
    match open::installation(config).await {
        Ok(opened) => {
            let found = match opened.db.describe().await {
                Ok(engine) => match opened.app.keys().count(&opened.db).await {
                    Ok(keys) => {
                        ok("database", format!("{engine}; this root key opens it and wraps {keys} keys"))
                    }
                    Err(error) => mend("database", error.to_string()),
                },
                Err(error) => mend("database", error.to_string()),
            };
            vec![found, server(&opened).await]
        }
        Err(error) if error.is::<open::Absent>() => {
            let place = open::place(config);
            vec![absent("database", format!("there is none yet in {place}; kassa serve makes it"))]
        }
        Err(error) => vec![mend("database", format!("{error:#}"))],
    }
}

async fn server(opened: &Installation) -> Finding {
    let url = opened.app.public_url();
    match served::look(opened).await {
        Ok(Served::Yes) => ok("server", format!("one runs on this data; clients reach it at {url}")),
        Ok(Served::Not) => absent(
            "server",
            format!(
                "none runs on this data now; kassa serve starts one, and commands print addresses at {url}"
            ),
        ),
        Ok(Served::Elsewhere) => absent(
            "server",
            format!(
                "one runs on this data, and nothing answers at {url}, with which commands print addresses"
            ),
        ),
        Err(error) => mend("server", error.to_string()),
    }
}

fn clock() -> Finding {
    let now = domain::time::Clock::now(&domain::time::SystemClock);
    if now.0 < CLOCK_MIN_MS {
        return mend(
            "clock",
            format!("it shows {}; set it, keys and cards expire by it", now.format("%Y-%m-%d %H:%M")),
        );
    }
    ok("clock", now.format("%Y-%m-%d %H:%M:%S UTC"))
}
