//! The port to acquirers: what they are asked, what they answer, and how an answer that was lost is asked for.

mod books;
pub(crate) mod questions;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub use books::{Books, Step};

pub(crate) use books::STATEMENTS;

pub use crate::kernel::decline::Decline;

use crate::kernel::card::{CardNumber, Expiry, SecurityCode, Zeroizing};
use crate::kernel::id::ActionId;
use crate::kernel::money::Money;
use crate::kernel::time::Time;

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
    fn ask(&self, operation: ActionId) -> Answer<'_, Report>;

    /// Goes on with an operation whose buyer comes back from the card's bank with `proof`, which only the acquirer
    /// understands.
    fn resume<'a>(&'a self, operation: ActionId, proof: &'a str) -> Answer<'a, Report>;

    /// How long each of these may take; after that the outcome is unknown.
    fn deadline(&self) -> Duration {
        DEADLINE
    }
}

/// The longest that an acquirer may take: shorter than the wait until an outcome is asked for by a job.
const DEADLINE: Duration = Duration::from_secs(25);
const _: () = assert!(DEADLINE.as_secs() < questions::FIRST.as_secs());

/// What an acquirer is asked to do, under an id that it will know it by.
pub struct Operation {
    /// The action that the operation is for.
    pub id: ActionId,
    pub instruction: Instruction,
}

/// What can be done with a card. `authorization` is the acquirer's reference of one.
pub enum Instruction {
    /// Check the card with an amount of zero. No money moves, and no payment is behind it.
    Verify { card: Card },
    /// Reserve the amount, and take it at once if `capture` says so.
    Authorize { money: Money, card: Card, capture: bool, terms: Terms },
    /// Reserve so much more, which makes `whole` in all; nothing more, and what is reserved is held for longer.
    Raise { money: Money, whole: Money, authorization: String, terms: Terms },
    /// Take so much of what was reserved.
    Capture { money: Money, authorization: String },
    /// Release so much of what was reserved.
    Void { money: Money, authorization: String },
    /// Give back so much of what was taken.
    Refund { money: Money, authorization: String },
}

/// What a client may wish of an authorization. No `Debug`, for what proves an authentication.
#[derive(Clone, Default)]
pub struct Terms {
    /// Who finds out whether it is the card's holder who pays.
    pub authentication: Authentication,
    /// The amount as the client wrote it, which may count in other units than the record, where in test mode its last digits
    /// decide what comes of it.
    pub deciding_amount: Option<i64>,
}

/// Who finds out whether it is the card's holder who pays.
#[derive(Clone, Default)]
pub enum Authentication {
    /// The card's bank, where it wants to.
    #[default]
    AsTheBankWishes,
    /// The card's bank, whatever the card.
    AtTheBank,
    /// Somebody whom the client had do it before.
    DoneElsewhere(Proof),
}

/// What the client has to show for an authentication that was done elsewhere, as it was sent. It is for the acquirer alone.
#[derive(Clone, Default)]
pub struct Proof {
    /// How sure the card's bank was, in the card trade's two digits.
    pub eci: Option<String>,
    /// The bank's own word, which is good for this payment.
    pub cryptogram: Option<Zeroizing<String>>,
    /// Which authentication it was.
    pub id: Option<String>,
    /// By which version of the protocol.
    pub version: Option<String>,
}

/// A card as the buyer typed it. It lives for one call.
pub struct Card {
    pub number: CardNumber,
    /// Its last month.
    pub expiry: Expiry,
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
pub enum Report {
    /// Its outcome.
    Settled(Outcome),
    /// It never got it, and will not get it any more.
    NeverArrived,
    /// It does not know yet.
    NotYet,
}

/// The acquirers of an installation.
pub struct Acquirers {
    /// What test payments use.
    pub test: Arc<dyn Acquirer>,
    /// What live payments use; none until one is configured.
    pub live: Option<Arc<dyn Acquirer>>,
}
