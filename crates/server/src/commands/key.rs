//! `kassa key list|create|roll|revoke`.

use std::time::Duration;

use anyhow::Context;
use domain::merchants::credentials::{self, FoundBy};
use domain::merchants::{self, Merchant};
use serde_json::{Map, Value, json};

use super::{find, print};
use crate::cli;
use crate::open::{self, Installation};
use crate::options::Config;
use crate::served;
use crate::terminal;

pub(super) async fn run(command: &cli::Key, config: &Config, json: bool) -> anyhow::Result<()> {
    let opened = open::installation(config).await?;
    match command {
        cli::Key::List { merchant } => list(&opened, merchant.as_deref(), json).await,
        cli::Key::Create { merchant, mode, api, scope } => {
            create(&opened, merchant, *mode, api, scope, json).await?;
            served::tell(&opened, config).await;
            Ok(())
        }
        cli::Key::Roll { id, overlap } => roll(&opened, *id, *overlap, json).await,
        cli::Key::Revoke { id } => revoke(&opened, *id, json).await,
    }
}

async fn list(opened: &Installation, name: Option<&str>, as_json: bool) -> anyhow::Result<()> {
    let app = &opened.app;
    let merchants: Vec<Merchant> = match name {
        Some(name) => vec![find::merchant(app, name).await?],
        None => find::merchants(app).await?,
    };
    let now = app.now();
    let mut rows = Vec::new();
    for merchant in merchants {
        let mut after = 0;
        loop {
            let owner = merchant.clone();
            let page = app.read(move |tx| credentials::list(tx, &owner, after)).await?;
            let Some(last) = page.last() else { break };
            after = last.key;
            for key in &page {
                let (mode, state) = (key.scope.mode.as_str(), key.status(now).as_str());
                if as_json {
                    terminal::json(&json!({
                        "id": key.key, "merchant": merchant.name, "api": key.api, "kind": key.kind, "mode": mode,
                        "last_four": key.last_four, "state": state,
                        "scopes": key.words, "created_at": key.created_at.format("%Y-%m-%dT%H:%M:%SZ"),
                    }));
                } else {
                    let cells = vec![
                        key.key.to_string(),
                        key.api.clone(),
                        key.kind.replace('_', " "),
                        mode.to_owned(),
                        format!("…{}", key.last_four),
                        state.to_owned(),
                        merchant.name.clone(),
                        key.created_at.format("%Y-%m-%d"),
                        key.words.as_ref().map(|words| words.join(" ")).unwrap_or_default(),
                    ];
                    rows.push((key.key, cells));
                }
            }
        }
    }
    if !as_json {
        // In the order in which they were made, whoever they belong to.
        rows.sort_unstable_by_key(|(key, _)| *key);
        let rows: Vec<_> = rows.into_iter().map(|(_, cells)| cells).collect();
        let names = ["KEY", "API", "KIND", "MODE", "LAST", "STATE", "MERCHANT", "SINCE", "SCOPES"];
        terminal::list("keys", &names, &rows);
    }
    Ok(())
}

async fn create(
    opened: &Installation,
    name: &str,
    mode: domain::Mode,
    api: &str,
    scopes: &[String],
    as_json: bool,
) -> anyhow::Result<()> {
    let app = &opened.app;
    let dialect = dialects::by_name(api).context("no such API")?;
    let merchant = find::merchant(app, name).await?;
    let mut secrets = (dialect.mint)(app, &merchant, mode);
    let scoped = dialect.scoped.as_ref().filter(|_| !scopes.is_empty());
    if let Some(scoped) = scoped {
        // The other credentials of the set may do everything, which is more than is asked for.
        secrets.retain(|secret| secret.kind == scoped.kind || matches!(secret.found_by, FoundBy::Nothing));
    }
    let mut shown = Map::new();
    shown.insert("api".to_owned(), json!(dialect.name));
    shown.insert("mode".to_owned(), json!(mode.as_str()));
    shown.insert("base_url".to_owned(), json!(dialect.base_url(app.public_url())));
    shown.extend(secrets.iter().map(|secret| (secret.kind.to_owned(), json!(secret.text))));
    if scoped.is_some() {
        shown.insert("scopes".to_owned(), json!(scopes));
    }
    let (now, scopes) = (app.now(), scopes.to_owned());
    let ids = app.write(move |tx| {
        let mut ids = Vec::new();
        for secret in &secrets {
            let Some(id) = credentials::create(tx, merchant.key, mode, dialect.name, secret, now)? else {
                continue;
            };
            if scoped.is_some() {
                credentials::limit(tx, id, &scopes)?;
            }
            ids.push(id);
        }
        Ok::<_, domain::Error>(ids)
    });
    shown.insert("key_ids".to_owned(), json!(ids.await?));
    // A secret is shown this once.
    print(&Value::Object(shown), as_json);
    Ok(())
}

async fn roll(opened: &Installation, id: i64, overlap_hours: u16, as_json: bool) -> anyhow::Result<()> {
    let app = &opened.app;
    let old = app.read(move |tx| credentials::by_key(tx, id)).await?;
    let dialect = dialects::by_name(&old.api).context("the key's API is not one of this Kassa's")?;
    let scope = old.scope;
    let merchant = app.read(move |tx| merchants::of_scope(tx, scope)).await?;
    let mut set = (dialect.mint)(app, &merchant, old.scope.mode);
    let place = set.iter().position(|secret| secret.kind == old.kind);
    let secret = set.swap_remove(place.context("the key is of a kind that its API does not make any more")?);
    let mut shown = Map::new();
    shown.insert("api".to_owned(), json!(old.api));
    shown.insert("mode".to_owned(), json!(old.scope.mode.as_str()));
    shown.insert("old_key_id".to_owned(), json!(id));
    // A secret that is presented as a pair is of no use without its partner.
    let partners = set.iter().filter(|partner| matches!(partner.found_by, FoundBy::Nothing));
    shown.extend(partners.chain([&secret]).map(|secret| (secret.kind.to_owned(), json!(secret.text))));
    let (overlap, now) = (Duration::from_secs(u64::from(overlap_hours) * 3600), app.now());
    let new = app.write(move |tx| credentials::roll(tx, id, &secret, overlap, now)).await?;
    shown.insert("key_id".to_owned(), json!(new));
    let until = now.after(overlap).format("%Y-%m-%dT%H:%M:%SZ");
    shown.insert("old_key_works_until".to_owned(), json!(until));
    print(&Value::Object(shown), as_json);
    Ok(())
}

async fn revoke(opened: &Installation, id: i64, as_json: bool) -> anyhow::Result<()> {
    let app = &opened.app;
    let now = app.now();
    let before = app.read(move |tx| credentials::by_key(tx, id)).await?;
    app.write(move |tx| credentials::revoke(tx, id, now)).await?;
    let scope = before.scope;
    let merchant = app.read(move |tx| merchants::of_scope(tx, scope)).await?;
    let was = before.status(now);
    if as_json {
        terminal::json(&json!({
            "key_id": id, "merchant": merchant.name, "api": before.api, "kind": before.kind,
            "mode": scope.mode.as_str(), "last_four": before.last_four, "was": was.as_str(), "state": "revoked",
        }));
    } else {
        let (api, kind, mode) = (&before.api, before.kind.replace('_', " "), scope.mode.as_str());
        let (last, name, was) = (&before.last_four, terminal::plain(&merchant.name), was.as_str());
        terminal::print(format_args!(
            "revoked key {id}, {api} {kind} …{last} of {name}, {mode} mode; it was {was}"
        ));
    }
    Ok(())
}
