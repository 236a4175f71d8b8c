//! API credentials: made, found, rolled, revoked. The database keeps their SHA-256 and their last four characters.

use std::sync::Arc;
use std::time::Duration;

use db::{Row, Tx};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::checked::{self, Kind};
use crate::kernel::caller::{
    Caller, Channel, CredentialKey, KnownCredential, Mode, Permits, Scope, UnknownFields,
};
use crate::kernel::error::{Error, Missing, WrongState};
use crate::kernel::id::MerchantId;
use crate::kernel::status::KeyStatus;
use crate::kernel::time::Time;
use crate::records::merchants::Merchant;

statements! {
    INSERT = "insert into credentials (merchant, mode, api, kind, hash, last_four, created_at)
        values ($1, $2, $3, $4, $5, $6, $7) returning id";
    BY_HASH = Found::SELECT, "where c.hash = $1 and c.api = $2";
    BY_CREDENTIAL = Found::SELECT, "where c.id = $1 and c.api = $2";
    BY_KEY = Credential::SELECT, "where id = $1";
    LIST = Credential::SELECT, "where merchant = $1 and id > $2 order by merchant, id limit 100";
    LIMIT = "update credentials set words = $2 where id = $1";
    // Or somebody could revoke it between the look at it and the making of its successor.
    HOLD = "update credentials set revoked_at = revoked_at where id = $1 and revoked_at is null";
    EXPIRE = "update credentials set expires_at = $2 where id = $1 and revoked_at is null
        and (expires_at is null or expires_at > $2)";
    KEYS = "select id from credentials where id >= $1 order by id limit 500";
    WHO = Found::SELECT, "where c.id = $1";
    REVOKE = "update credentials set revoked_at = $2 where id = $1 and revoked_at is null";
}

/// A secret as a client is given it. No `Debug`.
pub struct Secret {
    /// What it is for within its API: `api_key`.
    pub kind: &'static str,
    /// What is shown once.
    pub text: String,
    /// How it is found again.
    pub found_by: FoundBy,
}

/// How a credential is found when a client presents it.
pub enum FoundBy {
    /// By its own text.
    Itself,
    /// By a text that it is a part of, where a client presents a pair.
    Pair(String),
    /// Not at all: it goes with another one, and is no secret by itself.
    Nothing,
}

impl Secret {
    /// A secret that is presented by itself.
    pub const fn alone(kind: &'static str, text: String) -> Self {
        Self { kind, text, found_by: FoundBy::Itself }
    }

    /// What a pair is found by. Neither part holds a line break.
    pub fn pair(first: &str, second: &str) -> String {
        format!("{first}\n{second}")
    }
}

/// A credential as a list shows it.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Its row key, by which commands name it.
    pub key: i64,
    /// Whose it is.
    pub scope: Scope,
    /// The API it is for.
    pub api: String,
    /// What it is for within its API.
    pub kind: String,
    /// What the secret ends with.
    pub last_four: String,
    /// When it was made.
    pub created_at: Time,
    /// What it may do at most, in words that only its API knows; none is all that it is for.
    pub words: Option<Vec<String>>,
    expires_at: Option<Time>,
    revoked_at: Option<Time>,
}

db::row! {
    Credential from "credentials" {
        key: "id", scope: "merchant, mode", api, kind, last_four, created_at, words => words, expires_at,
        revoked_at,
    }
}

impl Credential {
    /// Where it is.
    pub fn status(&self, now: Time) -> KeyStatus {
        match (self.revoked_at, self.expires_at) {
            (Some(_), _) => KeyStatus::Revoked,
            (None, Some(at)) if at <= now => KeyStatus::Expired,
            (None, Some(_)) => KeyStatus::Expiring,
            (None, None) => KeyStatus::Active,
        }
    }
}

/// Stores a new secret of a merchant; answers its row key, or none for what is no credential by itself.
pub fn create(
    tx: &mut Tx<'_>,
    merchant: i64,
    mode: Mode,
    api: &str,
    secret: &Secret,
    now: Time,
) -> Result<Option<i64>, Error> {
    let hash = match &secret.found_by {
        FoundBy::Itself => hash(&secret.text),
        FoundBy::Pair(text) => hash(text),
        FoundBy::Nothing => return Ok(None),
    };
    let last_four = secret.text.get(secret.text.len().saturating_sub(4)..).unwrap_or_default();
    let values = [
        merchant.into(),
        mode.into(),
        api.into(),
        secret.kind.into(),
        (&hash).into(),
        last_four.into(),
        now.into(),
    ];
    Ok(Some(tx.insert(&INSERT, &values)?))
}

/// Limits a credential that was made just now to what some words of its API stand for.
pub fn limit(tx: &mut Tx<'_>, key: i64, words: &[String]) -> Result<(), Error> {
    tx.send(&LIMIT, &[key.into(), (&words.join(" ")).into()])?;
    Ok(())
}

/// Who presents a secret, or a [`Secret::pair`], through an API.
///
/// # Errors
/// [`Error::Unauthorized`] when nobody has it, [`Error::Forbidden`] when it was revoked or has expired, or
/// is a live one and came over an open channel.
pub async fn authenticate(
    app: &Arc<App>,
    api: &'static str,
    secret: &str,
    channel: Channel,
) -> Result<Caller, Error> {
    known(app, api, CredentialKey::Digest(hash(secret))).await?.admit(None, channel, app.now())
}

/// Who presents an access token that was issued for a credential.
pub(crate) async fn of_credential(
    app: &Arc<App>,
    api: &'static str,
    credential: i64,
    permits: Permits,
    channel: Channel,
) -> Result<Caller, Error> {
    known(app, api, CredentialKey::Row(credential)).await?.admit(Some(permits), channel, app.now())
}

/// Where a credential of an API is, as it was read or is still known: every request asks for one.
async fn known(app: &Arc<App>, api: &'static str, key: CredentialKey) -> Result<Arc<KnownCredential>, Error> {
    let view = app.view()?;
    if let Some(known) = app.credentials().get(view, key).filter(|known| known.caller.api == api) {
        return Ok(known);
    }
    let inside = Arc::clone(app);
    let read = app.read(move |tx| {
        let found = match &key {
            CredentialKey::Digest(hash) => tx.optional(&BY_HASH, &[hash.into(), api.into()])?,
            CredentialKey::Row(row) => tx.optional(&BY_CREDENTIAL, &[(*row).into(), api.into()])?,
        };
        let Found { credential, scope, kind, expires_at, revoked_at, merchant, permits, unknown_fields } =
            found.ok_or(Error::Unauthorized)?;
        let keys = inside.keys().merchant(tx, scope.merchant)?;
        let unknown_fields = unknown_fields.unwrap_or(UnknownFields::of_mode(scope.mode));
        let caller = Caller { scope, api, merchant, credential, kind, permits, unknown_fields, keys };
        Ok(KnownCredential { caller, expires_at, revoked_at })
    });
    Ok(app.credentials().keep(view, key, read.await?))
}

/// A credential's row, as far as it says who asks.
struct Found {
    credential: i64,
    scope: Scope,
    kind: String,
    expires_at: Option<Time>,
    revoked_at: Option<Time>,
    merchant: MerchantId,
    permits: Permits,
    unknown_fields: Option<UnknownFields>,
}

db::row! {
    Found from "credentials c join merchants m on m.id = c.merchant" {
        credential: "c.id", scope: "c.merchant, c.mode", kind: "c.kind", expires_at: "c.expires_at",
        revoked_at: "c.revoked_at", merchant: "m.public_id", permits: "c.words",
        unknown_fields: "m.unknown_fields",
    }
}

pub(crate) const CHECKED: Kind = Kind { name: "credential", keys: &KEYS, look };

/// As a list shows it, and as it lets somebody in.
fn look(tx: &mut Tx<'_>, _: &App, key: i64, found: &mut checked::Found) -> Result<(), Error> {
    if found.read(tx.optional::<Credential>(&BY_KEY, &[key.into()]))?.is_some() {
        found.read(tx.optional::<Found>(&WHO, &[key.into()]))?;
    }
    Ok(())
}

/// No credential's row.
const NOBODYS: i64 = 0;

/// The operator, who acts for a merchant without a credential. What is made so is an API's all the same.
pub fn of_operator(
    tx: &mut Tx<'_>,
    app: &App,
    merchant: &Merchant,
    mode: Mode,
    api: &'static str,
) -> Result<Caller, Error> {
    Ok(Caller {
        scope: Scope { merchant: merchant.key, mode },
        api,
        merchant: merchant.id,
        credential: NOBODYS,
        kind: String::new(),
        permits: Permits::Everything,
        unknown_fields: merchant.settings.unknown_fields.unwrap_or(UnknownFields::of_mode(mode)),
        keys: app.keys().merchant(tx, merchant.key)?,
    })
}

/// A merchant's credentials, in pages of 100 after a row key.
pub fn list(tx: &mut Tx<'_>, merchant: &Merchant, after: i64) -> Result<Vec<Credential>, Error> {
    Ok(tx.all(&LIST, &[merchant.key.into(), after.into()])?)
}

/// The credential of a row key.
pub fn by_key(tx: &mut Tx<'_>, key: i64) -> Result<Credential, Error> {
    tx.optional(&BY_KEY, &[key.into()])?.ok_or(Error::NotFound(Missing::Key))
}

/// Makes `secret` the successor of a credential, which then works for `overlap` more.
pub fn roll(tx: &mut Tx<'_>, key: i64, secret: &Secret, overlap: Duration, now: Time) -> Result<i64, Error> {
    let old = by_key(tx, key)?;
    match old.status(now) {
        KeyStatus::Active | KeyStatus::Expiring => {}
        is @ (KeyStatus::Expired | KeyStatus::Revoked) => return Err(Error::State(WrongState::Key(is))),
    }
    tx.change(&HOLD, &[key.into()])?;
    tx.send(&EXPIRE, &[key.into(), now.after(overlap).into()])?;
    let new = create(tx, old.scope.merchant, old.scope.mode, &old.api, secret, now)?
        .ok_or_else(|| Error::Internal("a key was rolled to something that is none".to_owned()))?;
    // The successor may do no more than the old one.
    old.words.map_or(Ok(()), |words| limit(tx, new, &words))?;
    Ok(new)
}

/// Ends a credential at once.
pub fn revoke(tx: &mut Tx<'_>, key: i64, now: Time) -> Result<(), Error> {
    by_key(tx, key)?;
    tx.send(&REVOKE, &[key.into(), now.into()])?;
    Ok(())
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

fn words(row: &mut Row<'_>) -> Result<Option<Vec<String>>, db::Error> {
    Ok(match row.read()? {
        Permits::Everything => None,
        Permits::OauthScopes(words) => Some(words),
    })
}
