//! `kassa merchant create|list|set`.

use anyhow::bail;
use db::Use;
use dialects::{DIALECTS, Dialect, Setting};
use domain::merchants::credentials::{self, Secret};
use domain::merchants::{self, Merchant, api_settings};
use domain::{Mode, UnknownFields};
use serde_json::{Map, Value, json};

use super::find;
use crate::cli;
use crate::open::{self, Installation};
use crate::options::Config;
use crate::served;
use crate::terminal;

/// What a set of credentials is shown with.
const BASE_URL: &str = "base_url";
/// How a switch is typed.
const ON: &str = "on";
const OFF: &str = "off";

pub(super) async fn run(command: &cli::Merchant, config: &Config, json: bool) -> anyhow::Result<()> {
    let opened = match command {
        cli::Merchant::Create { name, .. } => {
            // Before an installation is made for it.
            merchants::check_name(name)?;
            open::application(config, Use::Share, None).await?
        }
        cli::Merchant::List | cli::Merchant::Set { .. } => open::installation(config).await?,
    };
    match command {
        cli::Merchant::Create { name, mode, env } => {
            opened.made.iter().for_each(|what| terminal::note(format_args!("made {what}")));
            let existed = find::merchants(&opened.app).await?;
            let made = create(&opened, name, *mode).await?;
            let is_new = existed.iter().all(|merchant| made["name"] != merchant.name.as_str());
            if !is_new {
                terminal::note(format_args!(
                    "{name} existed already, and has another set of credentials now; the old ones still work (kassa key list)"
                ));
            } else if let Some(meant) = find::namesake(&existed, name) {
                terminal::note(format_args!("made another merchant {name}; there is {meant} too"));
            }
            match (json, env) {
                (true, _) => terminal::json(&made),
                (false, true) => {
                    let (lines, names): (Vec<_>, Vec<_>) = environment(&made).into_iter().unzip();
                    lines.iter().for_each(terminal::line);
                    let (count, names) = (names.len(), names.join(", "));
                    let made = if is_new { format!("made {name}; ") } else { String::new() };
                    terminal::note(format_args!("{made}{count} variables for eval to set: {names}"));
                }
                (false, false) => print_sets(&made),
            }
            served::tell(&opened, config).await;
            Ok(())
        }
        cli::Merchant::List => list(&opened, json).await,
        cli::Merchant::Set { name, settings } => set(&opened, name, settings, json).await,
    }
}

/// Makes a merchant unless there is one of that name, and a set of credentials; the JSON that shows them once.
pub(crate) async fn create(opened: &Installation, name: &str, mode: Mode) -> anyhow::Result<Value> {
    let app = &opened.app;
    let merchant = merchants::ensure(app, name).await?;
    let mut made = Map::new();
    made.insert("merchant_id".to_owned(), json!(merchant.id.hex()));
    made.insert("name".to_owned(), json!(merchant.name));
    made.insert("mode".to_owned(), json!(mode.as_str()));
    let sets: Vec<(&Dialect, Vec<Secret>)> =
        DIALECTS.iter().map(|dialect| (dialect, (dialect.mint)(app, &merchant, mode))).collect();
    for (dialect, secrets) in &sets {
        let mut set = Map::new();
        set.insert(BASE_URL.to_owned(), json!(dialect.base_url(app.public_url())));
        set.extend(secrets.iter().map(|secret| (secret.kind.to_owned(), json!(secret.text))));
        made.insert(dialect.name.replace('-', "_"), Value::Object(set));
    }
    let now = app.now();
    app.write(move |tx| {
        for (dialect, secrets) in &sets {
            for secret in secrets {
                credentials::create(tx, merchant.key, mode, dialect.name, secret, now)?;
            }
        }
        Ok(())
    })
    .await?;
    Ok(Value::Object(made))
}

/// The sets of credentials that were made, each under the name of its API: what each value is called, and the value.
fn sets(made: &Value) -> impl Iterator<Item = (&'static str, &str, &str)> {
    DIALECTS.iter().flat_map(move |dialect| {
        let set = made[dialect.name.replace('-', "_")].as_object();
        let values = set.into_iter().flatten();
        values.filter_map(|(name, value)| Some((dialect.name, name.as_str(), value.as_str()?)))
    })
}

/// Lines that set the credentials in a shell and for the programs that it starts, each with the variable's name.
fn environment(made: &Value) -> Vec<(String, String)> {
    let line = |(api, name, value): (&str, &str, &str)| {
        let name = if name == BASE_URL { "url" } else { name };
        let name = format!("{api}_{name}").replace('-', "_").to_ascii_uppercase();
        (format!("export {name}='{}'", value.replace('\'', r"'\''")), name)
    };
    sets(made).map(line).collect()
}

fn print_sets(made: &Value) {
    let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
    let (name, mode, id) = (text("name"), text("mode"), text("merchant_id"));
    let name = terminal::plain(&name);
    terminal::print(format_args!("{name}, {mode} mode, merchant {id}\n"));
    let row = |(api, name, value): (&str, &str, &str)| {
        vec![api.to_owned(), name.replace('_', " "), value.to_owned()]
    };
    terminal::table(&["API", "WHAT", "VALUE"], &sets(made).map(row).collect::<Vec<_>>());
    terminal::note(
        "Keep these: they are not shown again. --json prints them for programs, --env for a shell.",
    );
}

async fn list(opened: &Installation, as_json: bool) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for merchant in find::merchants(&opened.app).await? {
        if as_json {
            terminal::json(&in_json(opened, &merchant).await?);
        } else {
            let changed = in_effect(opened, &merchant).await?.into_iter().filter(|one| !one.is_default);
            let changed: Vec<String> = changed.map(|one| format!("{} {}", one.name, one.value)).collect();
            rows.push(vec![merchant.id.hex(), merchant.name, changed.join(", ")]);
        }
    }
    if !as_json {
        terminal::list("merchants", &["MERCHANT", "NAME", "SETTINGS THAT ARE NOT THE DEFAULT"], &rows);
    }
    Ok(())
}

async fn in_json(opened: &Installation, merchant: &Merchant) -> anyhow::Result<Value> {
    let settings = &merchant.settings;
    let mut shown = json!({
        "merchant_id": merchant.id.hex(), "name": merchant.name,
        "save_cards": settings.saves_cards, "saved_card_code": settings.saved_card_code,
        "frame_origins": settings.frame_origins, "checkout_life": life_of(merchant),
        "unknown_fields": settings.unknown_fields.map(UnknownFields::as_str),
    });
    for (setting, set) in settings_of_apis(opened, merchant).await? {
        shown[setting.name.replace('-', "_")] = match setting.words {
            [] => json!(setting.is_on(set.as_deref())),
            words => words.iter().map(|word| (*word, json!(setting.allows(set.as_deref(), word)))).collect(),
        };
    }
    Ok(shown)
}

fn life_of(merchant: &Merchant) -> Option<String> {
    merchant.settings.checkout_life.map(|life| humantime::format_duration(life).to_string())
}

/// A setting as it is in effect, in the words that change it.
struct InEffect {
    name: &'static str,
    value: String,
    is_default: bool,
}

async fn in_effect(opened: &Installation, merchant: &Merchant) -> anyhow::Result<Vec<InEffect>> {
    let of = |name, value: Option<String>, default: &str| InEffect {
        name,
        is_default: value.as_deref().is_none_or(|value| value == default),
        value: value.unwrap_or_else(|| default.to_owned()),
    };
    let switch = |is_on: bool| Some(if is_on { ON } else { OFF }.to_owned());
    let settings = &merchant.settings;
    let origins = Some(settings.frame_origins.join(" ")).filter(|origins| !origins.is_empty());
    let unknown = settings.unknown_fields.map(|set| set.as_str().to_owned());
    let mut shown = vec![
        of("save-cards", switch(settings.saves_cards), ON),
        of("saved-card-code", switch(settings.saved_card_code), OFF),
        of("frame-origin", origins, "none"),
        of("checkout-life", life_of(merchant), OFF),
        of("unknown-fields", unknown, "refuse with test keys, warn with live ones"),
    ];
    for (setting, set) in settings_of_apis(opened, merchant).await? {
        let default = if setting.words.is_empty() { ON.to_owned() } else { setting.words.join(",") };
        shown.push(of(setting.name, set, &default));
    }
    Ok(shown)
}

/// The settings of single APIs, each with what the merchant set.
async fn settings_of_apis(
    opened: &Installation,
    merchant: &Merchant,
) -> anyhow::Result<Vec<(&'static Setting, Option<String>)>> {
    let merchant = merchant.clone();
    let read = opened.app.read(move |tx| {
        let set = cli::settings_of_apis().map(|(api, setting)| {
            Ok((setting, api_settings::of_merchant(tx, &merchant, api, setting.name)?))
        });
        set.collect::<Result<Vec<_>, domain::Error>>()
    });
    Ok(read.await?)
}

/// Changes settings, and says which are in effect now.
async fn set(
    opened: &Installation,
    name: &str,
    change: &cli::SettingsChange,
    as_json: bool,
) -> anyhow::Result<()> {
    if *change == cli::SettingsChange::default() {
        bail!("nothing to set; see kassa merchant set --help");
    }
    let origins = match change.frame_origin.as_slice() {
        [] => None,
        [none] if none == "none" => Some(Vec::new()),
        origins => {
            Some(origins.iter().map(|origin| merchants::origin(origin)).collect::<Result<Vec<_>, _>>()?)
        }
    };
    let life = change.checkout_life.as_deref().map(cli::duration_or_off).transpose()?;
    let (merchant, change) = (find::merchant(&opened.app, name).await?, change.clone());
    let changed = merchant.clone();
    opened
        .app
        .write(move |tx| {
            let merchant = merchants::by_name(tx, &merchant.name)?;
            let mut settings = merchant.settings.clone();
            settings.frame_origins = origins.clone().unwrap_or(settings.frame_origins);
            settings.checkout_life = life.unwrap_or(settings.checkout_life);
            settings.saves_cards = change.save_cards.unwrap_or(settings.saves_cards);
            settings.saved_card_code = change.saved_card_code.unwrap_or(settings.saved_card_code);
            settings.unknown_fields = change.unknown_fields.or(settings.unknown_fields);
            for (api, name, value) in &change.of_apis.0 {
                api_settings::set(tx, &merchant, api, name, value)?;
            }
            merchants::set(tx, &merchant, &settings)
        })
        .await?;
    let merchant = find::merchant(&opened.app, &changed.name).await?;
    if as_json {
        terminal::json(&in_json(opened, &merchant).await?);
    } else {
        let mark = |one: &InEffect| if one.is_default { "(default)".to_owned() } else { String::new() };
        let row = |one: InEffect| vec![one.name.to_owned(), one.value.clone(), mark(&one)];
        let rows: Vec<_> = in_effect(opened, &merchant).await?.into_iter().map(row).collect();
        terminal::table(&[], &rows);
    }
    Ok(())
}
