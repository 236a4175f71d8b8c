//! The keys that the root key wraps: one for page links, and a set for each merchant.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use data_encoding::HEXLOWER;
use db::Db;
use vault::{Key, RootKey};

pub use crate::kernel::merchant_keys::MerchantKeys;

use crate::kernel::error::Error;
use crate::kernel::time::{Random, Time};
use crate::kernel::unseal;

statements! {
    READ_CHECK = "select value from settings where name = 'root_key_check'";
    WRITE_CHECK = "insert into settings (name, value) values ('root_key_check', $1) on conflict (name) do nothing";
    COUNT_KEYS = "select cast(count(*) as bigint) from wrapped_keys where merchant >= $1";
    READ_KEY = "select wrapped from wrapped_keys where purpose = $1 and merchant = $2 and version = 1";
    WRITE_KEY = "insert into wrapped_keys (purpose, merchant, version, wrapped, created_at)
        values ($1, $2, 1, $3, $4) on conflict (purpose, merchant, version) do nothing";
}

/// The installation's merchant number in the table of keys.
const INSTALLATION: i64 = 0;
const LINK: &str = "link";
const DATA: &str = "data";
const FINGERPRINT: &str = "fingerprint";

/// Randomness for a new merchant's keys: each has a nonce of its own, because one key wraps both.
pub(crate) struct FreshKeys {
    data: ([u8; 32], [u8; 12]),
    fingerprint: ([u8; 32], [u8; 12]),
}

impl FreshKeys {
    pub(crate) fn draw(random: impl Fn(&mut [u8])) -> Self {
        Self { data: draw(&random), fingerprint: draw(&random) }
    }
}

/// A key and the nonce that it is wrapped with.
fn draw(random: impl Fn(&mut [u8])) -> ([u8; 32], [u8; 12]) {
    let (mut key, mut nonce) = ([0; 32], [0; 12]);
    random(&mut key);
    random(&mut nonce);
    (key, nonce)
}

/// The opened keys.
pub struct Keyring {
    root: RootKey,
    link: Key,
    merchants: RwLock<HashMap<i64, Arc<MerchantKeys>>>,
}

impl Keyring {
    /// Opens the keys of a database. `root` is asked for the root key and told whether the database already has one,
    /// so that none is made for a database whose key is missing.
    ///
    /// # Errors
    /// The key is not the database's; nothing was written then.
    pub async fn open(
        db: &Db,
        random: &dyn Random,
        now: Time,
        root: impl FnOnce(bool) -> Result<RootKey, Error>,
    ) -> Result<Self, Error> {
        let known = db.read_to_write(|tx| tx.optional::<String>(&READ_CHECK, &[])).await?;
        let root = root(known.is_some())?;
        let check = HEXLOWER.encode(&root.check_value());
        let stored = match known {
            Some(known) => known,
            None => {
                db.write(move |tx| {
                    tx.send(&WRITE_CHECK, &[(&check).into()])?;
                    // Another server may have been first; its key is then the one.
                    tx.one(&READ_CHECK, &[])
                })
                .await?
            }
        };
        if !HEXLOWER.decode(stored.as_bytes()).is_ok_and(|value| root.matches(&value)) {
            return Err(Error::Unsupported(
                "the root key is not the one that this database was made with; give that one with --root-key or KASSA_ROOT_KEY",
            ));
        }
        let link = link_key(db, &root, random, now).await?;
        Ok(Self { root, link, merchants: RwLock::default() })
    }

    /// How many keys the root key wraps, for `doctor`.
    pub async fn count(&self, db: &Db) -> Result<i64, Error> {
        db.read(|tx| Ok(tx.one(&COUNT_KEYS, &[INSTALLATION.into()])?)).await
    }

    pub(crate) const fn link(&self) -> &Key {
        &self.link
    }

    /// The keys of a merchant that [`create`] made them for.
    pub(crate) fn merchant(&self, tx: &mut db::Tx<'_>, merchant: i64) -> Result<Arc<MerchantKeys>, Error> {
        let known =
            self.merchants.read().unwrap_or_else(PoisonError::into_inner).get(&merchant).map(Arc::clone);
        if let Some(keys) = known {
            return Ok(keys);
        }
        let stored = |tx: &mut db::Tx<'_>, purpose| {
            stored_key(tx, &self.root, purpose, merchant)?
                .ok_or_else(|| Error::Internal(format!("merchant {merchant} has no {purpose} key")))
        };
        let data = stored(tx, DATA)?;
        let keys = Arc::new(MerchantKeys {
            replies: data.derive("replies"),
            bodies: data.derive("bodies"),
            cards: data.derive("cards"),
            fingerprints: stored(tx, FINGERPRINT)?,
            attempts: data.derive("attempts"),
        });
        self.merchants.write().unwrap_or_else(PoisonError::into_inner).insert(merchant, Arc::clone(&keys));
        Ok(keys)
    }

    /// Makes the keys of a new merchant.
    pub(crate) fn create(
        &self,
        tx: &mut db::Tx<'_>,
        merchant: i64,
        fresh: &FreshKeys,
        now: Time,
    ) -> Result<(), Error> {
        for (purpose, (key, nonce)) in [(DATA, fresh.data), (FINGERPRINT, fresh.fingerprint)] {
            let wrapped = self.root.wrap(purpose, merchant, nonce, &Key::from_bytes(key));
            tx.send(&WRITE_KEY, &[purpose.into(), merchant.into(), (&wrapped).into(), now.into()])?;
        }
        Ok(())
    }
}

/// The key of page links, made if there is none.
async fn link_key(db: &Db, root: &RootKey, random: &dyn Random, now: Time) -> Result<Key, Error> {
    let reader = root.clone();
    let stored = db.read_to_write(move |tx| stored_key(tx, &reader, LINK, INSTALLATION)).await?;
    if let Some(key) = stored {
        return Ok(key);
    }
    let (fresh, nonce) = draw(|bytes| random.fill(bytes));
    let wrapped = root.wrap(LINK, INSTALLATION, nonce, &Key::from_bytes(fresh));
    let root = root.clone();
    db.write(move |tx| {
        tx.send(&WRITE_KEY, &[LINK.into(), INSTALLATION.into(), (&wrapped).into(), now.into()])?;
        stored_key(tx, &root, LINK, INSTALLATION)?
            .ok_or_else(|| Error::Internal("the link key was not stored".to_owned()))
    })
    .await
}

fn stored_key(
    tx: &mut db::Tx<'_>,
    root: &RootKey,
    purpose: &str,
    merchant: i64,
) -> Result<Option<Key>, Error> {
    let wrapped: Option<Vec<u8>> = tx.optional(&READ_KEY, &[purpose.into(), merchant.into()])?;
    wrapped
        .map(|wrapped| {
            root.unwrap_key(purpose, merchant, &wrapped)
                .ok_or_else(|| unseal::alarm(&RootKey::place(purpose, merchant)))
        })
        .transpose()
}
