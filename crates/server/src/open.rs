//! Opens what every command works on: the database, its keys, the acquirers.

use std::path::Path;
use std::sync::Arc;

use acquirers::simulator::Simulator;
use anyhow::Context;
use db::{Db, Target, Use};
use domain::acquiring::{Acquirers, Books};
use domain::keys::Keyring;
use domain::time::{Clock, Random, SystemClock, SystemRandom};
use domain::{App, Error};
use vault::{RootKey, RootKeyError};

use crate::options::{Config, RootKeySource, public_url_of};

/// An opened installation.
pub(crate) struct Opened {
    pub(crate) app: Arc<App>,
    pub(crate) db: Arc<Db>,
}

/// Where the configuration says the data lives.
pub(crate) fn target(config: &Config) -> Target {
    match &config.database_url {
        Some(url) => Target::Postgres { address: url.clone(), connections: config.database_connections },
        None => Target::Sqlite(config.data.join("kassa.db")),
    }
}

/// Opens the database alone, making its folder first.
fn database(config: &Config, usage: Use) -> anyhow::Result<Db> {
    if config.database_url.is_none() {
        make_folder(&config.data)?;
    }
    Ok(Db::open(&target(config), usage)?)
}

/// Says what is wrong where the data folder is none.
pub(crate) fn refuse_file(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() && !folder.is_dir() {
        anyhow::bail!(
            "{} is a file; --data names the folder that the database and the root key are in",
            folder.display()
        );
    }
    Ok(())
}

/// Opens the database and its keys for a command that is no server.
pub(crate) async fn installation(config: &Config) -> anyhow::Result<Opened> {
    let url = config.public_url.clone().unwrap_or_else(|| public_url_of(config.listen, config.tls.is_some()));
    application(config, Use::Share, url).await
}

/// Opens the database and its keys for a command that no server may run beside.
pub(crate) async fn alone(config: &Config) -> anyhow::Result<Opened> {
    application(config, Use::Alone, String::new()).await
}

/// Opens everything.
pub(crate) async fn application(config: &Config, usage: Use, public_url: String) -> anyhow::Result<Opened> {
    let db = Arc::new(database(config, usage)?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let keys = Keyring::open(&db, &*random, clock.now(), |exists| root_key(config, exists, &*random)).await;
    let keys = keys.map_err(|error| anyhow::anyhow!("cannot open the keys: {error}"))?;
    let simulator = Simulator::new(Books::new(Arc::clone(&db), Arc::clone(&clock)));
    let acquirers = Acquirers { test: Arc::new(simulator), live: None };
    let app = App::new(Arc::clone(&db), keys, acquirers, clock, random, public_url)
        .with_test_limits(config.test_limits);
    Ok(Opened { app: Arc::new(app), db })
}

/// Reads the root key. One is made only for a database that never had any.
fn root_key(config: &Config, exists: bool, random: &dyn Random) -> Result<RootKey, Error> {
    let file = match &config.root_key {
        RootKeySource::Environment(key) => return Ok(key.clone()),
        RootKeySource::File(file) => file,
    };
    let failed = |error: RootKeyError| Error::Internal(error.to_string());
    if let Some(loaded) = RootKey::load(file).map_err(failed)? {
        if let Some(warning) = loaded.warning {
            tracing::warn!("{warning}");
        }
        return Ok(loaded.key);
    }
    if exists {
        let file = file.display();
        return Err(Error::Internal(format!("the database has a root key, and its file {file} is missing")));
    }
    if let Some(folder) = file.parent() {
        make_folder(folder).map_err(|error| Error::Internal(error.to_string()))?;
    }
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    RootKey::create(file, bytes).map_err(failed)
}

/// A folder that only its owner can read, unless it is there already.
fn make_folder(folder: &Path) -> anyhow::Result<()> {
    refuse_file(folder)?;
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}
