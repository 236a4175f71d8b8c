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
mod app;
mod check;
mod checked;
pub mod erasure;
mod kernel;
pub mod keys;
pub mod payments;
mod records;
pub mod searches;
mod turns;

use data_encoding::BASE64;
use db::Sql;

pub use app::App;
pub use db::Tx;
pub use kernel::caller::{Caller, Channel, ClientAddress, ListOf, Mode, Scope, UnknownFields};
pub use kernel::error::{Error, Field, Missing, PaymentIs, PaymentWanted, Taken, TokenIs, Why, WrongState};
pub use kernel::id::{ActionId, Id, MerchantId};
pub use kernel::{
    bins, caller, card, decline, error, failures, id, json, link, metadata, money, phone, places, tally,
    task, text, time,
};
pub use payments::attempts;
pub use records::{categories, customers, event, idempotency, installation, instruments, merchants, tokens};

/// Bytes that are written to see whether there is room: what some hundred writes need.
const ROOM: usize = 1024 * 1024;

statements! {
    PROVE_WRITING = "insert into settings (name, value) values ('last_write', $1)
        on conflict (name) do update set value = excluded.value";
    FILL = "insert into settings (name, value) values ('room', $1)
        on conflict (name) do update set value = excluded.value";
    CLEAR = "delete from settings where name = 'room'";
}

impl App {
    /// Proves that a write can be taken now. Where one was refused for want of room, what is to prove it needs as much as
    /// many writes together, because a small one may fit all the same.
    pub async fn prove_writing(&self) -> Result<(), Error> {
        if self.db.is_short_of_room() {
            self.try_for_room().await?;
        }
        let now = self.now().0.to_string();
        self.write(move |tx| {
            // What a trial left behind: in a commit of its own, or the room would never have been taken.
            tx.send(&CLEAR, &[])?;
            tx.send(&PROVE_WRITING, &[(&now).into()])?;
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
        customers::CHECK_STATEMENTS,
        customers::search::STATEMENTS,
        customers::search::CHANGES_STATEMENTS,
        customers::search::CHECK_STATEMENTS,
        customers::search::FILL_STATEMENTS,
        customers::search::GROW_STATEMENTS,
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
        payments::due::STATEMENTS,
        payments::history::STATEMENTS,
        payments::hosted::STATEMENTS,
        payments::rows::STATEMENTS,
        payments::store::STATEMENTS,
        payments::traces::STATEMENTS,
        payments::typed::STATEMENTS,
        payments::sums::STATEMENTS,
        tokens::STATEMENTS,
    ]
    .concat()
}
