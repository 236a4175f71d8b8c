//! Databases of their own for tests, here and in the crates above. It knows no driver, so that those need none.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use db::{Db, Error, Target, Use};

static MADE: AtomicU32 = AtomicU32::new(0);

/// A database that goes with the test.
pub(crate) enum Place {
    Sqlite(PathBuf),
    Postgres { url: String, owned: bool },
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let name = format!("kassa-db-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self::Sqlite(folder)
    }

    pub(crate) fn postgres() -> Self {
        let name = format!("kassa_db_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        psql(&admin_url(), &format!("create database {name}"));
        let mut url = url::Url::parse(&admin_url()).unwrap();
        url.set_path(&name);
        Self::Postgres { url: url.into(), owned: true }
    }

    pub(crate) const fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }

    pub(crate) fn open(&self, usage: Use) -> Db {
        self.try_open(usage).unwrap()
    }

    pub(crate) fn try_open(&self, usage: Use) -> Result<Db, Error> {
        let target = match self {
            Self::Sqlite(folder) => Target::Sqlite(folder.join("kassa.db")),
            Self::Postgres { url, .. } => Target::Postgres { address: url.clone(), connections: 16 },
        };
        Db::open(&target, usage)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match self {
            Self::Sqlite(folder) => {
                let _ = std::fs::remove_dir_all(folder);
            }
            Self::Postgres { url, owned: true } => {
                let name = url::Url::parse(url).unwrap().path().trim_start_matches('/').to_owned();
                psql(&admin_url(), &format!("drop database {name} with (force)"));
            }
            Self::Postgres { owned: false, .. } => {}
        }
    }
}

fn admin_url() -> String {
    std::env::var("KASSA_TEST_POSTGRES")
        .expect("KASSA_TEST_POSTGRES names a PostgreSQL to test on; cargo xtask test starts one")
}

/// Runs SQL on a PostgreSQL.
pub(crate) fn psql(url: &str, text: &str) {
    let done = Command::new("psql").args(["-qX", "-v", "ON_ERROR_STOP=1", "-c", text, url]).status();
    assert!(done.expect("psql is installed with PostgreSQL").success(), "psql failed: {text}");
}
