//! What a customer, a card and a payment are, and what can be done with them.
//!
//! Commands of parsed types come in, values go out. This crate knows no HTTP, no wire format and no name of one: an
//! API is an opaque name here.

/// As [`db::statements`]. The list of a module is made here and not there, so that the compiler tells of one that
/// [`query_texts`] lacks.
macro_rules! statements {
    ($($texts:tt)+) => {
        db::statements! { $($texts)+ }
        /// Every query text of this module.
        pub(crate) const STATEMENTS: &[&db::Sql] = TEXTS;
    };
}

pub mod acquiring;
pub mod erasure;
mod kernel;
pub mod payments;
mod records;
pub mod searches;

use std::sync::Arc;

use data_encoding::BASE64;
use db::{Db, Sql};

pub use db::Tx;
pub use kernel::caller::{Caller, Channel, ClientAddress, ListOf, Mode, Scope, UnknownFields};
pub use kernel::error::{Error, Missing, PaymentIs, PaymentWanted, Taken, TokenIs, Why, WrongState};
pub use kernel::id::{ActionId, Id, MerchantId};
pub use kernel::{
    bins, caller, card, decline, error, failures, id, json, link, metadata, money, opening, phone, places,
    tally, text, time,
};
pub use payments::attempts;
pub use records::{
    categories, customers, event, idempotency, installation, instruments, keys, merchants, tokens,
};

use acquiring::{Acquirer, Acquirers};
use failures::Failures;
use keys::Keyring;
use tally::Tally;
use time::{Clock, Drawn, Random, Time};

/// Bytes that are written to see whether there is room: what some hundred writes need.
const ROOM: usize = 1024 * 1024;

statements! {
    BEAT = "insert into settings (name, value) values ('last_write', $1)
        on conflict (name) do update set value = excluded.value";
    FILL = "insert into settings (name, value) values ('room', $1)
        on conflict (name) do update set value = excluded.value";
    CLEAR = "delete from settings where name = 'room'";
}

/// Everything that commands need.
pub struct App {
    db: Arc<Db>,
    keys: Keyring,
    acquirers: Acquirers,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// What every link that is handed out begins with; no slash at its end.
    public_url: String,
    failures: Failures,
    codes: tokens::Codes,
    token_rate: tokens::Rate,
    /// Whether attempts on pages are limited in test mode too.
    test_limits: bool,
    refused: Tally,
    searches: searches::Searches,
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
            codes: tokens::Codes::default(),
            token_rate: tokens::Rate::default(),
            test_limits: false,
            refused: Tally::default(),
            searches: searches::Searches::default(),
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
        struct Told<E>(E);
        impl<E: From<Error>> From<db::Error> for Told<E> {
            fn from(error: db::Error) -> Self {
                Self(Error::from(error).into())
            }
        }
        self.db.write(move |tx| work(tx).map_err(Told)).await.map_err(|Told(error)| error)
    }

    /// Runs a keyed read or an index-ordered page.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.db.read(work).await
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
    pub async fn merchant_keys(self: &Arc<Self>, scope: Scope) -> Result<Arc<keys::MerchantKeys>, Error> {
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

    /// Who was refused something, until the log tells it.
    pub const fn refused(&self) -> &Tally {
        &self.refused
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

    /// Proves that a write can be taken now. Where one was refused for want of room, what is to prove it needs as much as
    /// many writes together, because a small one may fit all the same.
    pub async fn beat(&self) -> Result<(), Error> {
        if self.db.is_short_of_room() {
            self.try_for_room().await?;
        }
        let now = self.now().0.to_string();
        self.write(move |tx| {
            // What a trial left behind: in a commit of its own, or the room would never have been taken.
            tx.execute(&CLEAR, &[])?;
            tx.execute(&BEAT, &[(&now).into()])?;
            Ok(())
        })
        .await
    }

    async fn try_for_room(&self) -> Result<(), Error> {
        // Chance, because a database may keep in little room what repeats itself.
        let mut chance = vec![0; ROOM / 4 * 3];
        self.random(&mut chance);
        let text = BASE64.encode(&chance);
        self.db
            .try_for_room(move |tx| Ok::<_, Error>(tx.execute(&FILL, &[(&text).into()]).map(|_| ())?))
            .await
    }
}

/// Every query text of this crate, for the test that prepares them on both engines.
pub fn query_texts() -> Vec<&'static Sql> {
    [
        STATEMENTS,
        acquiring::STATEMENTS,
        attempts::STATEMENTS,
        categories::STATEMENTS,
        customers::STATEMENTS,
        erasure::STATEMENTS,
        event::STATEMENTS,
        idempotency::STATEMENTS,
        installation::STATEMENTS,
        instruments::STATEMENTS,
        instruments::CHECK_STATEMENTS,
        keys::STATEMENTS,
        merchants::api_settings::STATEMENTS,
        merchants::credentials::STATEMENTS,
        merchants::STATEMENTS,
        payments::actions::STATEMENTS,
        payments::history::STATEMENTS,
        payments::hosted::STATEMENTS,
        payments::store::STATEMENTS,
        payments::traces::STATEMENTS,
        payments::typed::STATEMENTS,
        payments::books::STATEMENTS,
        tokens::STATEMENTS,
    ]
    .concat()
}
