//! The port to acquirers: what they are asked, what they answer, and how an answer that was lost is asked for.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use db::{Db, statements};

use crate::card::{CardNumber, Expiry, SecurityCode};
use crate::error::Error;
use crate::id::Id;
use crate::money::Money;
use crate::payments::Action;
use crate::payments::actions::FIRST_QUESTION;
use crate::time::{Clock, Time};

statements! {
    READ_ENTRY = "select entry from acquirer_books where operation = $1 and step = $2";
    WRITE_ENTRY = "insert into acquirer_books (operation, step, entry, created_at) values ($1, $2, $3, $4)
        on conflict (operation, step) do nothing";
}

/// The address of the bank page that test mode shows itself.
pub const SIMULATED_BANK: &str = "simulated-bank";

/// The future of an acquirer's answer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A company that moves money between cards and merchants.
pub trait Acquirer: Send + Sync {
    /// Carries an operation out. It is asked once for each operation id; a lost answer is asked for by
    /// [`Acquirer::ask`] and the operation never sent again.
    fn perform<'a>(&'a self, operation: &'a Operation) -> Answer<'a, Outcome>;

    /// Says what became of an operation.
    fn ask(&self, operation: Id<Action>) -> Answer<'_, Asked>;

    /// Goes on with an operation whose buyer comes back from the card's bank with `proof`, which only the acquirer
    /// understands.
    fn resume<'a>(&'a self, operation: Id<Action>, proof: &'a str) -> Answer<'a, Asked>;

    /// How long each of these may take; after that the outcome is unknown.
    fn deadline(&self) -> Duration {
        DEADLINE
    }
}

/// The longest that an acquirer may take: shorter than the wait until an outcome is asked for by a job.
const DEADLINE: Duration = Duration::from_secs(25);
const _: () = assert!(DEADLINE.as_secs() < FIRST_QUESTION.as_secs());

/// What an acquirer is asked to do, under an id that it will know it by.
pub struct Operation {
    /// The action that the operation is for.
    pub id: Id<Action>,
    /// What to do.
    pub instruction: Instruction,
}

/// What can be done with a card.
pub enum Instruction {
    /// Check the card with an amount of zero. No money moves, and no payment is behind it.
    Verify {
        /// Which card.
        card: Card,
    },
    /// Reserve the amount, and take it at once if told so.
    Authorize {
        /// How much.
        money: Money,
        /// On which card.
        card: Card,
        /// Whether the amount is also captured.
        capture: bool,
        /// What the client wishes beside that.
        terms: Terms,
    },
    /// Take what was reserved.
    Capture {
        /// How much of it.
        money: Money,
        /// The acquirer's reference of the authorization.
        authorization: String,
    },
    /// Release what was reserved.
    Void {
        /// How much of it.
        money: Money,
        /// The acquirer's reference of the authorization.
        authorization: String,
    },
    /// Give back what was taken.
    Refund {
        /// How much of it.
        money: Money,
        /// The acquirer's reference of the authorization.
        authorization: String,
    },
}

/// What a client may wish of an authorization.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terms {
    /// The buyer is to confirm at the card's bank, whatever the card.
    pub authenticates: bool,
    /// In test mode the last digits of the amount may decide what comes of it.
    pub amount_decides: bool,
}

/// A card as the buyer typed it. It lives for one call.
pub struct Card {
    /// Its number.
    pub number: CardNumber,
    /// Its last month.
    pub expiry: Expiry,
    /// Its security code.
    pub code: Option<SecurityCode>,
}

/// What an acquirer answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Approved {
        /// The acquirer's own reference.
        reference: String,
        /// When an authorization lapses by itself.
        lapses_at: Option<Time>,
    },
    /// It was refused, and nothing was done.
    Declined {
        /// The class of the reason.
        decline: Decline,
        /// The acquirer's own code, five digits as the card trade writes them.
        code: String,
    },
    /// The buyer has to confirm at the card's bank first.
    Redirect {
        /// Where: an absolute address, or [`SIMULATED_BANK`].
        address: String,
    },
    /// The answer was lost, or is not there yet. It may have been done.
    Unknown,
}

/// What an acquirer says of an operation that it is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Its outcome.
    Settled(Outcome),
    /// It never got it, and will not get it any more.
    NeverArrived,
    /// It does not know yet.
    NotYet,
}

/// Why an operation was refused, by what the buyer can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decline {
    /// The card's bank does not say why.
    DoNotHonour,
    /// There is not enough money on the account.
    InsufficientFunds,
    /// The card has expired.
    ExpiredCard,
    /// The security code is wrong.
    WrongSecurityCode,
    /// Something went wrong on the way; the same card may work in a moment.
    ProcessingError,
    /// The buyer did not confirm at the card's bank.
    NotAuthenticated,
}

impl Decline {
    const ALL: [Self; 6] = [
        Self::DoNotHonour,
        Self::InsufficientFunds,
        Self::ExpiredCard,
        Self::WrongSecurityCode,
        Self::ProcessingError,
        Self::NotAuthenticated,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::DoNotHonour => "do_not_honour",
            Self::InsufficientFunds => "insufficient_funds",
            Self::ExpiredCard => "expired_card",
            Self::WrongSecurityCode => "wrong_security_code",
            Self::ProcessingError => "processing_error",
            Self::NotAuthenticated => "not_authenticated",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decline| decline.as_str() == text)
    }
}

/// Durable memory for an acquirer that has no books of its own: the simulator.
#[derive(Clone)]
pub struct Books {
    db: Arc<Db>,
    clock: Arc<dyn Clock>,
}

impl Books {
    /// Books in the given database.
    pub fn new(db: Arc<Db>, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    /// The time, by the clock that the rest of the house uses.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// What was written of a step of an operation.
    pub async fn read(&self, operation: Id<Action>, step: Step) -> Result<Option<String>, Error> {
        self.db
            .read(move |tx| {
                let named = [operation.bytes().into(), step.number().into()];
                Ok(tx.optional(&READ_ENTRY, &named, |row| row.text(0))?)
            })
            .await
    }

    /// Writes of a step once, and answers what stands there: this, or what was written before.
    pub async fn write(&self, operation: Id<Action>, step: Step, entry: String) -> Result<String, Error> {
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                let [id, number] = [operation.bytes().into(), step.number().into()];
                tx.execute(&WRITE_ENTRY, &[id, number, (&entry).into(), now.0.into()])?;
                Ok(tx.one(&READ_ENTRY, &[id, number], |row| row.text(0))?)
            })
            .await
    }
}

/// The steps of an operation that books know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// What was asked.
    Performed,
    /// What the buyer answered to a challenge.
    Resumed,
}

impl Step {
    const fn number(self) -> i64 {
        match self {
            Self::Performed => 0,
            Self::Resumed => 1,
        }
    }
}

/// The acquirers of an installation.
pub struct Acquirers {
    /// What test payments use.
    pub test: Arc<dyn Acquirer>,
    /// What live payments use; none until one is configured.
    pub live: Option<Arc<dyn Acquirer>>,
}
