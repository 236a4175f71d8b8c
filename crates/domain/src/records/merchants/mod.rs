//! Merchants and their settings.

pub mod access;
pub mod api_settings;
pub mod credentials;

use std::sync::Arc;
use std::time::Duration;

use db::{FromRow, Row, Tx};

use crate::app::App;
use crate::checked::{Found, Kind};
use crate::kernel::caller::{Scope, UnknownFields};
use crate::kernel::error::{Error, Field, Missing};
use crate::kernel::id::MerchantId;
use crate::kernel::text;
use crate::keys::FreshKeys;

statements! {
    INSERT = "insert into merchants (public_id, name, frame_origins, checkout_life, created_at)
        values ($1, $2, '', null, $3) on conflict (name) do nothing returning id";
    BY_NAME = Merchant::SELECT, "where name = $1";
    BY_KEY = Merchant::SELECT, "where id = $1";
    LIST = Merchant::SELECT, "where id > $1 order by id limit 100";
    SET = "update merchants set frame_origins = $2, checkout_life = $3, saves_cards = $4, saved_card_code = $5,
        unknown_fields = $6 where id = $1";
    KEYS = "select id from merchants where id >= $1 order by id limit 500";
}

/// A company that uses this installation.
#[derive(Debug, Clone)]
pub struct Merchant {
    /// Its row key.
    pub key: i64,
    /// Its public id.
    pub id: MerchantId,
    /// Its name, unique here and shown to buyers.
    pub name: String,
    /// Its settings.
    pub settings: Settings,
}

db::row! {
    Merchant from "merchants" {
        key: "id", id: "public_id", name,
        settings: "frame_origins, checkout_life, saves_cards, saved_card_code, unknown_fields",
    }
}

pub(crate) const CHECKED: Kind = Kind { name: "merchant", keys: &KEYS, look };

fn look(tx: &mut Tx<'_>, app: &App, key: i64, found: &mut Found) -> Result<(), Error> {
    found.read(tx.optional::<Merchant>(&BY_KEY, &[key.into()]))?;
    found.keys(tx, app, key).map(|_| ())
}

/// What a merchant can set for all APIs. What one API alone has is in [`api_settings`].
#[derive(Debug, Clone)]
pub struct Settings {
    /// Origins that may show a live checkout in a frame.
    pub frame_origins: Vec<String>,
    /// How long an unpaid checkout stays open; none is for ever.
    pub checkout_life: Option<Duration>,
    /// Whether pages offer to save cards.
    pub saves_cards: bool,
    /// Whether a saved card needs its security code on every page.
    pub saved_card_code: bool,
    /// What becomes of a field whose name looks like a typing error; none is the mode's own way.
    pub unknown_fields: Option<UnknownFields>,
}

/// A name that a merchant can have.
pub fn check_name(name: &str) -> Result<String, Error> {
    text::required("name", name, text::NAME_MAX)
}

/// The merchant of a name, made with its keys if there is none.
pub async fn ensure(app: &Arc<App>, name: &str) -> Result<Merchant, Error> {
    let name = check_name(name)?;
    let drawn = app.draw();
    let fresh = FreshKeys::draw(|bytes| app.random(bytes));
    let inside = Arc::clone(app);
    app.write(move |tx| {
        let id = MerchantId::new(drawn.now, drawn.object);
        let values = [(&id).into(), (&name).into(), drawn.now.into()];
        if let Some(key) = tx.optional(&INSERT, &values)? {
            inside.keys().create(tx, key, &fresh, drawn.now)?;
        }
        by_name(tx, &name)
    })
    .await
}

/// The merchant of a name.
pub fn by_name(tx: &mut Tx<'_>, name: &str) -> Result<Merchant, Error> {
    tx.optional(&BY_NAME, &[name.into()])?.ok_or(Error::NotFound(Missing::Merchant))
}

/// The merchant of a scope, which exists because a credential or a link of it was read.
pub fn of_scope(tx: &mut Tx<'_>, scope: Scope) -> Result<Merchant, Error> {
    Ok(tx.one(&BY_KEY, &[scope.merchant.into()])?)
}

/// All merchants, in pages of 100 after a row key.
pub fn list(tx: &mut Tx<'_>, after: i64) -> Result<Vec<Merchant>, Error> {
    Ok(tx.all(&LIST, &[after.into()])?)
}

/// Replaces a merchant's settings.
pub fn set(tx: &mut Tx<'_>, merchant: &Merchant, settings: &Settings) -> Result<(), Error> {
    let origins = settings.frame_origins.join(" ");
    let life = settings.checkout_life.map(|life| i64::try_from(life.as_millis()).unwrap_or(i64::MAX));
    tx.send(
        &SET,
        &[
            merchant.key.into(),
            (&origins).into(),
            life.into(),
            settings.saves_cards.into(),
            settings.saved_card_code.into(),
            settings.unknown_fields.into(),
        ],
    )?;
    Ok(())
}

/// Checks an origin: scheme, host and, where it is not the scheme's own, port. It goes into a policy, where a star would
/// be every host and a semicolon the end; no host that is an address's has either.
pub fn origin(text: &str) -> Result<String, Error> {
    let wrong = || Error::invalid(Field::FrameOrigin, "must be an origin such as https://shop.example");
    let address = text::web_address("frame_origin", text).map_err(|_| wrong())?;
    let url = url::Url::parse(&address).map_err(|_| wrong())?;
    let origin = url.origin().ascii_serialization();
    if address.trim_end_matches('/') == origin { Ok(origin) } else { Err(wrong()) }
}

impl FromRow for Settings {
    fn from_row(row: &mut Row<'_>) -> Result<Self, db::Error> {
        let (origins, life): (String, Option<i64>) = row.read()?;
        Ok(Self {
            frame_origins: origins.split_whitespace().map(str::to_owned).collect(),
            checkout_life: life.and_then(|life| u64::try_from(life).ok()).map(Duration::from_millis),
            saves_cards: row.read()?,
            saved_card_code: row.read()?,
            unknown_fields: row.read()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_a_host_and_nothing_else() {
        for good in [
            "https://shop.example",
            "http://localhost:3000",
            "https://[::1]:8443",
            "https://xn--exmple-cua.se/",
        ] {
            assert!(origin(good).is_ok(), "{good}");
        }
        for bad in [
            "https://*",
            "https://*.shop.example",
            "https://shop.example;",
            "https://a,b",
            "https://shop'",
            "https://a_b",
            "https://shop.example/x",
            "https:shop.example",
            "https:///shop.example",
            "https://a@b",
            "*",
            "https:",
            "",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }
}
