//! `kassa db migrate|check`.

use anyhow::bail;
use db::Use;
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

/// Integrity, rules and foreign keys as the engine sees them, then every row as the server reads it, payments against their
/// ledgers, customers against the index of their search and every sealed number; and, as a note, the payments whose amounts
/// are not what they seem. Whatever one of them finds, the others are done.
async fn check(config: &Config, as_json: bool) -> anyhow::Result<()> {
    let open::Installation { app, db: database, .. } = open::installation(config).await?;
    let mut found = database.check().await.unwrap_or_else(|error| vec![format!("integrity: {error}")]);
    found.extend(app.check().await);
    let notes = app.left_in_other_units().await;
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
                "ok: integrity, foreign keys, every row, the index of the search, the sums of money and the sealed numbers",
            );
            Ok(())
        }
        count => bail!("{count} things are wrong with the database; restore a backup and report this"),
    }
}
