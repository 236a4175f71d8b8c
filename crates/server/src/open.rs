//! Opens what every command works on: the database, its keys, the acquirers.

use std::path::Path;
use std::sync::Arc;

use acquirers::simulator::Simulator;
use anyhow::Context;
use db::{Db, Target, Use};
use domain::acquiring::{Acquirers, Books};
use domain::keys::Keyring;
use domain::time::{Clock, Random, SystemClock, SystemRandom};
use domain::{App, Error, installation};
use vault::{RootKey, RootKeyError};

use crate::exposed;
use crate::options::{Config, RootKeySource, public_url_of};

/// An opened installation.
pub(crate) struct Installation {
    pub(crate) app: Arc<App>,
    pub(crate) db: Arc<Db>,
    /// What was not there before, in words.
    pub(crate) made: Vec<String>,
}

/// There is no installation, and the command is none that makes one.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Absent(String);

impl Absent {
    fn of(config: &Config) -> Self {
        let place = place(config);
        Self(format!("there is no Kassa in {place}; kassa serve or kassa merchant create makes one"))
    }
}

/// Where the data is, for people.
pub(crate) fn place(config: &Config) -> String {
    match &config.database_url {
        Some(_) => "the PostgreSQL database of --database-url".to_owned(),
        None => {
            // The whole path, because whoever stands in another folder than the server's is to see that.
            let whole = std::path::absolute(&config.data).unwrap_or_else(|_| config.data.clone());
            format!("the folder {}", whole.display())
        }
    }
}

/// Where the configuration says the data lives.
pub(crate) fn target(config: &Config) -> Target {
    match &config.database_url {
        Some(url) => Target::Postgres { address: url.clone(), connections: config.database_connections },
        None => Target::Sqlite(config.data.join("kassa.db")),
    }
}

/// Opens the database alone. Its folder is made where the database may be, and the root key before a new database, so that
/// none is left behind without a key.
fn database(config: &Config, usage: Use) -> anyhow::Result<Db> {
    if config.database_url.is_none() {
        match usage {
            Use::Visit => refuse_file(&config.data)?,
            Use::Serve | Use::Share | Use::Alone => {
                if !config.data.join("kassa.db").metadata().is_ok_and(|found| found.len() > 0) {
                    exposed::refuse_everybodys(&config.data)?;
                }
                make_folder(&config.data)?;
            }
        }
    }
    let key_file = match &config.root_key {
        RootKeySource::File(file) => Some(file.clone()),
        RootKeySource::Environment(_) => None,
    };
    let before_making = move || match key_file {
        Some(file) => made_root_key(&file).map_err(|error| db::Error::Refused(error.to_string())),
        None => Ok(()),
    };
    match Db::open_after(&target(config), usage, before_making) {
        Err(db::Error::Absent) => Err(Absent::of(config).into()),
        opened => Ok(opened?),
    }
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

/// Opens the database and its keys for a command that works on what is there.
pub(crate) async fn installation(config: &Config) -> anyhow::Result<Installation> {
    application(config, Use::Visit, None).await
}

/// Opens everything. Who is no server takes the public URL of the one that served last, unless one is configured.
pub(crate) async fn application(
    config: &Config,
    usage: Use,
    served_at: Option<String>,
) -> anyhow::Result<Installation> {
    let had_key = has_key_file(config);
    let db = Arc::new(database(config, usage)?);
    let mut made = Vec::new();
    if db.is_new() {
        made.push(format!("a new database in {}", place(config)));
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let root = |exists: bool| {
        if usage == Use::Visit && !exists {
            return Err(Error::Internal(Absent::of(config).to_string()));
        }
        root_key(config, exists)
    };
    let keys = Keyring::open(&db, &*random, clock.now(), root).await;
    let keys = keys.map_err(|error| anyhow::anyhow!("cannot open the keys: {error}"))?;
    if let (false, RootKeySource::File(file)) = (had_key, &config.root_key) {
        made.push(format!("its root key {}; keep a copy apart from the database's backups", file.display()));
    }
    let public_url = match served_at.or_else(|| config.public_url.clone()) {
        Some(url) => url,
        None => {
            let remembered = db.read(installation::public_url).await?;
            remembered.unwrap_or_else(|| public_url_of(config.listen, config.tls.is_some()))
        }
    };
    let simulator = Simulator::new(Books::new(Arc::clone(&db), Arc::clone(&clock)));
    let acquirers = Acquirers { test: Arc::new(simulator), live: None };
    let app = App::new(Arc::clone(&db), keys, acquirers, clock, random, public_url)
        .with_test_limits(config.test_limits);
    Ok(Installation { app: Arc::new(app), db, made })
}

fn has_key_file(config: &Config) -> bool {
    match &config.root_key {
        RootKeySource::File(file) => file.exists(),
        RootKeySource::Environment(_) => true,
    }
}

/// Reads the root key. One is made only for a database that never had any.
fn root_key(config: &Config, exists: bool) -> Result<RootKey, Error> {
    let file = match &config.root_key {
        RootKeySource::Environment(key) => return Ok(key.clone()),
        RootKeySource::File(file) => file,
    };
    let failed = |error: RootKeyError| Error::Internal(error.to_string());
    if !exists {
        made_root_key(file).map_err(|error| Error::Internal(error.to_string()))?;
    }
    let Some(loaded) = RootKey::load(file).map_err(failed)? else {
        let file = file.display();
        return Err(Error::Internal(format!("the database has a root key, and its file {file} is missing")));
    };
    if let Some(warning) = loaded.warning {
        tracing::warn!("{warning}");
    }
    Ok(loaded.key)
}

/// Sees to it that there is a root key that can be read.
fn made_root_key(file: &Path) -> anyhow::Result<()> {
    match RootKey::load(file) {
        Ok(Some(_)) => return Ok(()),
        // Without a database nothing was ever sealed with what an empty file may have held.
        Ok(None) | Err(RootKeyError::Empty(_)) => {}
        Err(error) => return Err(error.into()),
    }
    if let Some(folder) = file.parent() {
        exposed::refuse_everybodys(folder)?;
        make_folder(folder)?;
    }
    let mut bytes = [0; 32];
    SystemRandom.fill(&mut bytes);
    RootKey::create(file, bytes)?;
    match RootKey::load(file)? {
        Some(_) => Ok(()),
        None => anyhow::bail!("the root key file {} is a link that leads to no file", file.display()),
    }
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
