//! What every command of records and payments is given: the database, the keys, the acquirers, clock and chance, and what a
//! server keeps in memory. This must not know a command.

use std::sync::Arc;

use db::{Db, Tx, View};

use crate::acquiring::{Acquirer, Acquirers};
use crate::kernel::caller::{CredentialKey, KnownCredential, Mode, Scope};
use crate::kernel::codes::Codes;
use crate::kernel::error::Error;
use crate::kernel::failures::Failures;
use crate::kernel::kept::Kept;
use crate::kernel::rate::Rate;
use crate::kernel::tally::Tally;
use crate::kernel::time::{Clock, Drawn, Random, Time};
use crate::keys::{Keyring, MerchantKeys};
use crate::searches::{Search, Searches};

/// Everything that commands need.
pub struct App {
    pub(crate) db: Arc<Db>,
    keys: Keyring,
    acquirers: Acquirers,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// What every link that is handed out begins with; no slash at its end.
    public_url: String,
    failures: Failures,
    codes: Codes,
    token_rate: Rate,
    /// Whether attempts on pages are limited in test mode too.
    test_limits: bool,
    refused: Tally,
    searches: Searches,
    credentials: Kept<CredentialKey, KnownCredential>,
}

impl App {
    /// Puts the parts together.
    pub fn new(
        db: Arc<Db>,
        keys: Keyring,
        acquirers: Acquirers,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        public_url: String,
    ) -> Self {
        Self {
            db,
            keys,
            acquirers,
            clock,
            random,
            public_url,
            failures: Failures::default(),
            codes: Codes::default(),
            token_rate: Rate::default(),
            test_limits: false,
            refused: Tally::default(),
            searches: Searches::default(),
            credentials: Kept::default(),
        }
    }

    /// The same with attempts on pages limited in test mode too, if told so.
    pub fn with_test_limits(self, test_limits: bool) -> Self {
        Self { test_limits, ..self }
    }

    /// Runs one unit of work and commits it if it answers `Ok`. It may run more than once.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.db.write(work).await
    }

    /// The same for work that can be refused with more than an error.
    pub async fn try_write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        /// The database's own failures are told as the domain's.
        struct FromDatabase<E>(E);
        impl<E: From<Error>> From<db::Error> for FromDatabase<E> {
            fn from(error: db::Error) -> Self {
                Self(Error::from(error).into())
            }
        }
        self.db.write(move |tx| work(tx).map_err(FromDatabase)).await.map_err(|FromDatabase(error)| error)
    }

    /// Runs a keyed read or an index-ordered page, for an answer: no write may follow from it but one that reads again.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.db.read(work).await
    }

    /// What can be seen of the database now.
    pub(crate) fn view(&self) -> Result<View, Error> {
        Ok(self.db.view()?)
    }

    /// The same where something is written because of what was read, as every job does: see [`Db::read_to_write`].
    pub async fn read_to_write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.db.read_to_write(work).await
    }

    /// Draws what a unit of work needs of the clock and of chance.
    pub fn draw(&self) -> Drawn {
        Drawn::new(&*self.clock, &*self.random)
    }

    /// The time now.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Random bytes, for credentials.
    pub fn random(&self, bytes: &mut [u8]) {
        self.random.fill(bytes);
    }

    /// The opened keys.
    pub const fn keys(&self) -> &Keyring {
        &self.keys
    }

    /// The keys of a merchant.
    pub async fn merchant_keys(self: &Arc<Self>, scope: Scope) -> Result<Arc<MerchantKeys>, Error> {
        let inside = Arc::clone(self);
        self.read(move |tx| inside.keys.merchant(tx, scope.merchant)).await
    }

    /// What every link that is handed out begins with.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// What every address on this host begins with: the path of the public URL, without a slash at its end; mostly empty.
    pub fn public_path(&self) -> &str {
        let (_, place) = self.public_url.split_once("://").unwrap_or_default();
        place.find('/').map_or("", |path| place[path..].trim_end_matches('/'))
    }

    /// The authentications that failed.
    pub const fn failures(&self) -> &Failures {
        &self.failures
    }

    /// Whether attempts on pages are limited in a mode.
    pub(crate) const fn limits_attempts(&self, mode: Mode) -> bool {
        match mode {
            Mode::Test => self.test_limits,
            Mode::Live => true,
        }
    }

    /// The security codes of the tokens that this server made.
    pub const fn codes(&self) -> &Codes {
        &self.codes
    }

    /// How many tokens are asked for.
    pub const fn token_rate(&self) -> &Rate {
        &self.token_rate
    }

    /// Waits for the turn of a search of a merchant.
    ///
    /// # Errors
    /// None but in shutting down.
    pub async fn search(&self, scope: Scope) -> Result<Search<'_>, Error> {
        self.searches.turn(scope).await
    }

    /// Who was refused something, until the log tells it.
    pub const fn refused(&self) -> &Tally {
        &self.refused
    }

    /// The credentials that were presented lately.
    pub(crate) const fn credentials(&self) -> &Kept<CredentialKey, KnownCredential> {
        &self.credentials
    }

    /// The acquirer of a mode.
    pub(crate) fn acquirer(&self, mode: Mode) -> Result<&Arc<dyn Acquirer>, Error> {
        match mode {
            Mode::Test => Ok(&self.acquirers.test),
            Mode::Live => self
                .acquirers
                .live
                .as_ref()
                .ok_or(Error::Unsupported("no acquirer is configured for live payments")),
        }
    }
}
