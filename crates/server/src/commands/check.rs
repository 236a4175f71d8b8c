//! `kassa db migrate|check`.

use std::sync::Arc;

use anyhow::bail;
use db::{Db, Use};
use domain::{Error, Tx, customers, instruments, payments};
use serde_json::json;

use crate::cli;
use crate::open;
use crate::options::Config;
use crate::terminal;

pub(super) async fn run(command: &cli::Db, config: &Config, as_json: bool) -> anyhow::Result<()> {
    match command {
        cli::Db::Migrate => {
            let database = open::application(config, Use::Alone, None).await?.db;
            let names: Vec<&str> = db::migrations().iter().map(|migration| migration.name).collect();
            if as_json {
                terminal::json(&json!({ "database": database.describe().await?, "migrations": names }));
            } else {
                let latest = names.last().copied().unwrap_or_default();
                terminal::line(format_args!("{} is at migration {latest}", database.describe().await?));
            }
            Ok(())
        }
        cli::Db::Check => check(config, as_json).await,
    }
}

/// Integrity and foreign keys as the engine sees them, then every payment against its ledger, every customer, what searches know of
/// them, and every sealed number; and, as a note, the payments whose amounts are not what they seem.
async fn check(config: &Config, as_json: bool) -> anyhow::Result<()> {
    let open::Installation { app, db: database, .. } = open::installation(config).await?;
    let mut found = database.check().await?;
    found.extend(each(&database, payments::check).await?);
    found.extend(each(&database, customers::check).await?);
    found.extend(each(&database, customers::search::check).await?);
    found.extend(each(&database, move |tx, after| instruments::check(tx, app.keys(), after)).await?);
    let notes = each(&database, payments::left_in_other_units).await?;
    if as_json {
        terminal::json(&json!({ "ok": found.is_empty(), "found": found, "notes": notes }));
    } else {
        notes.iter().for_each(|note| terminal::line(format_args!("note: {note}")));
        found.iter().for_each(terminal::line);
    }
    match found.len() {
        0 if as_json => Ok(()),
        0 => {
            terminal::print(
                "ok: integrity, foreign keys, the sums of money, the customers, their search and the sealed numbers",
            );
            Ok(())
        }
        count => bail!("{count} things are wrong with the database; restore a backup and report this"),
    }
}

/// What is said of rows, some of them in each snapshot. `look` goes on after a row, and says after which one it ended.
async fn each<F>(database: &Db, look: F) -> anyhow::Result<Vec<String>>
where
    F: Fn(&mut Tx<'_>, i64) -> Result<(Vec<String>, Option<i64>), Error> + Send + Sync + 'static,
{
    let (look, mut said, mut next) = (Arc::new(look), Vec::new(), Some(0));
    while let Some(after) = next {
        let look = Arc::clone(&look);
        let (some, last) = database.snapshot(move |tx| look(tx, after)).await?;
        said.extend(some);
        next = last;
    }
    Ok(said)
}
