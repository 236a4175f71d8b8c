//! Payments: one object for every API, with or without a page, and one state machine.
//!
//! A command that needs the acquirer has two halves: `begin` reserves and writes the action in one transaction, and
//! [`carry_out`](settle::carry_out) asks the acquirer outside any, then settles in a second.

pub mod actions;
pub mod attempts;
pub mod authorize;
pub mod capture;
pub mod charge;
pub mod checkout;
pub(crate) mod due;
pub mod history;
pub mod hosted;
pub mod raise;
pub mod refund;
pub(crate) mod rows;
pub mod settle;
pub mod state;
pub(crate) mod store;
pub(crate) mod sums;
pub(crate) mod traces;
pub mod typed;
pub mod void;

use crate::acquiring::{Decline, Operation};
use crate::kernel::caller::{Caller, Scope};
use crate::kernel::card::{CardFace, CardNumber, Expiry};
use crate::kernel::error::{Error, Field};
use crate::kernel::id::{ActionId, CustomerKey, Id};
use crate::kernel::metadata::Metadata;
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::{Drawn, Time};
use crate::records::customers::Customer;
use crate::records::idempotency::About;
use crate::records::instruments::Instrument;
use crate::records::merchants::Merchant;

pub use actions::challenged;
pub use rows::{OfReference, Place, get, newest};
pub use state::{Balances, State, Status};
pub use sums::is_in_other_units;

/// A payment, as it was read.
#[derive(Debug, Clone)]
pub struct Payment {
    key: i64,
    version: i64,
    sequence: i64,
    /// Whose it is.
    pub scope: Scope,
    /// Its public id.
    pub id: Id<Payment>,
    /// The customer it is for, while there is one.
    pub customer: Option<Id<Customer>>,
    pub(crate) customer_key: Option<CustomerKey>,
    /// Whether the merchant named that customer by its id: an e-mail address opens no wallet.
    pub(crate) customer_named: bool,
    /// The API that made it; opaque here.
    pub api: String,
    /// How much is to be paid.
    pub money: Money,
    /// Where it is.
    pub state: State,
    /// Whether the amount is captured as soon as it is authorized.
    pub captures_itself: bool,
    /// Whether the amount is an estimate, so that more can be authorized later.
    pub may_grow: bool,
    /// What it is for, in the merchant's words to the buyer.
    pub description: String,
    /// The merchant's own reference.
    pub reference: Option<String>,
    /// The merchant's own keys.
    pub metadata: Metadata,
    /// What only the API that made it knows: JSON that is echoed to it and read by nobody else.
    pub extras: Option<String>,
    /// Whether what it and its operations say of people is said no more.
    pub is_forgotten: bool,
    /// Its page, if it has one.
    pub page: Option<Page>,
    /// Whether it was charged without the buyer, who then cannot try again.
    pub automatic: bool,
    /// The saved card that it was made with, while there is one.
    pub instrument: Option<Id<Instrument>>,
    /// Why the last attempt was declined.
    pub last_decline: Option<Decline>,
    /// The card that authorized it.
    pub card: Option<CardFace>,
    /// What else may be shown of the card that a client charged.
    pub charged: Option<ChargedCard>,
    /// When it is captured by itself.
    pub capture_at: Option<Time>,
    /// When it was authorized.
    pub authorized_at: Option<Time>,
    /// When its authorization lapses.
    pub lapses_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// When its status changed last.
    pub changed_at: Time,
}

impl Payment {
    /// A reply that tells of this payment.
    pub fn about(&self) -> About {
        About { customer: self.customer_key, card: self.instrument.map(|card| *card.bytes()) }
    }

    /// Refuses an operation that names another currency than the payment's: its amount is not what it says.
    pub fn check_currency(&self, named: Option<Currency>) -> Result<(), Error> {
        if named.is_none_or(|currency| currency == self.money.currency) {
            return Ok(());
        }
        Err(Error::invalid(Field::Currency, "must be the payment's own, or left out"))
    }

    /// A payment that nobody has tried to pay, without what a client says of it.
    pub(crate) fn new(caller: &Caller, customer: Option<&Customer>, money: Money, drawn: &Drawn) -> Self {
        Self {
            key: 0,
            version: 1,
            sequence: 1,
            scope: caller.scope,
            id: Id::new(drawn.now, drawn.object),
            customer: customer.map(|customer| customer.id),
            customer_key: customer.map(Customer::row_key),
            customer_named: false,
            api: caller.api.to_owned(),
            money,
            state: State::NEW,
            captures_itself: true,
            may_grow: false,
            description: String::new(),
            reference: None,
            metadata: Metadata::default(),
            extras: None,
            is_forgotten: false,
            page: None,
            automatic: false,
            instrument: None,
            last_decline: None,
            card: None,
            charged: None,
            capture_at: None,
            authorized_at: None,
            lapses_at: None,
            created_at: drawn.now,
            changed_at: drawn.now,
        }
    }

    /// The customer that a reply about this payment goes with.
    pub const fn customer_key(&self) -> Option<CustomerKey> {
        self.customer_key
    }

    /// The customer whose wallet its page opens: one that the merchant named by its id.
    pub fn wallet(&self) -> Option<CustomerKey> {
        self.customer_key.filter(|_| self.customer_named)
    }

    /// Whether a saved card needs its security code on its page.
    pub fn asks_code(&self, merchant: &Merchant) -> bool {
        merchant.settings.saved_card_code || self.page.as_ref().is_some_and(|page| page.asks_code)
    }

    /// An address of the merchant's, where the buyer goes: [`ID_IN_ADDRESS`] in its path or query is the payment's id.
    pub fn fill_in(&self, address: &str) -> String {
        // What stands behind the `#` reaches no server.
        let (asked, rest) = address.split_at(address.find('#').unwrap_or(address.len()));
        asked.replace(ID_IN_ADDRESS, &self.id.hex()) + rest
    }

    /// Whether more can be authorized now.
    pub const fn is_raisable(&self) -> bool {
        self.may_grow && self.state.is_whole()
    }

    /// The word for where it is. While a try is under way, what became of the one before says nothing.
    pub const fn status(&self) -> Status {
        match self.state {
            State::Open { authorizing: true, .. } => Status::Pending,
            State::Open { authorizing: false, .. } | State::Ended(_) | State::Approved(_) => {
                self.state.status()
            }
        }
    }

    /// Why the last try was declined, unless another one is under way or was approved.
    pub fn decline(&self) -> Option<Decline> {
        self.last_decline.filter(|_| matches!(self.status(), Status::Retryable | Status::Declined))
    }
}

/// Stands for the payment's id in the addresses to which its page leads back.
pub const ID_IN_ADDRESS: &str = "{CHECKOUT_ID}";

/// What may be shown of a charged card beside its face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargedCard {
    /// The first six digits.
    pub first_six: String,
    /// The last month.
    pub expiry: Expiry,
    /// The same for the same number; none for a card that is not kept.
    pub fingerprint: Option<Id<CardNumber>>,
    /// Whether the security code was sent.
    pub code_sent: bool,
    /// What the API knows of its holder: JSON that nobody else reads. It goes with the customer.
    pub holder: Option<String>,
}

/// What a payment's page needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Where the buyer goes when done; empty where there is no shop to go to.
    pub return_url: String,
    /// Where the buyer goes after giving up; likewise.
    pub cancel_url: String,
    /// Where the buyer goes once no try is left, if not where one goes after giving up.
    pub failure_url: Option<String>,
    /// Whether it is made to stand in a frame.
    pub framed: bool,
    /// Whether it may offer to save the card.
    pub offers_saving: bool,
    /// Whether a saved card needs its security code on it, whatever the merchant has set.
    pub asks_code: bool,
    /// Whether the card's bank is to ask the buyer, whatever the card.
    pub authenticates: bool,
    /// When it closes unpaid.
    pub expires_at: Option<Time>,
}

/// One entry of a payment's ledger.
#[derive(Debug, Clone)]
pub struct Action {
    pub(crate) key: i64,
    pub(crate) payment: i64,
    /// Its public id, which is the operation id at the acquirer.
    pub id: ActionId,
    /// What was asked.
    pub kind: ActionKind,
    /// What became of it.
    pub status: ActionStatus,
    /// How much, in minor units.
    pub amount: i64,
    /// Why, in the client's words.
    pub reason: Option<String>,
    /// A free comment.
    pub details: Option<String>,
    /// The client's own reference of the operation.
    pub reference: Option<String>,
    /// The client's own keys of the operation, as JSON.
    pub metadata: Option<String>,
    /// What only the API that asked for it knows: JSON that is shown to it and read by nobody else.
    pub extras: Option<String>,
    /// Whether a capture or a refund releases what it leaves open.
    pub is_final: bool,
    /// The acquirer's code; none for what never reached it.
    pub response_code: Option<String>,
    /// Why it was declined; none where that is not known, and for what was not.
    pub decline: Option<Decline>,
    /// The acquirer's reference.
    pub acquirer_reference: Option<String>,
    /// Whether the buyer was sent to the card's bank.
    pub was_challenged: bool,
    /// When it was settled.
    pub settled_at: Option<Time>,
    pub(crate) inquiries: i64,
    /// When it was begun.
    pub created_at: Time,
}

/// The kinds of action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// Reserves the amount.
    Authorize,
    /// Reserves more.
    Raise,
    /// Takes what was reserved.
    Capture,
    /// Releases what was reserved.
    Void,
    /// Gives back what was taken.
    Refund,
}

db::words! {
    pub ActionKind {
        Authorize = "authorize",
        Raise = "raise",
        Capture = "capture",
        Void = "void",
        Refund = "refund",
    }
}

/// What became of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionStatus {
    /// At the acquirer, or its outcome is unknown.
    Pending,
    /// Done.
    Succeeded,
    /// Refused, or never arrived: nothing was done.
    Declined,
}

db::words! {
    pub ActionStatus {
        Pending = "pending",
        Succeeded = "succeeded",
        Declined = "declined",
    }
}

/// An operation that was begun: its reservation is committed, and now the acquirer is to be asked.
pub struct Begun {
    /// The payment with the reservation.
    pub payment: Payment,
    /// What the acquirer is asked.
    pub operation: Operation,
}

/// What becomes of what is authorized and not captured when a part was captured or refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// It stays open for another operation.
    Stays,
    /// It is released.
    Released,
}

/// How much of what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Everything that is left.
    Rest,
    /// So many minor units.
    Minor(i64),
}

impl Amount {
    const fn of(self, rest: i64) -> i64 {
        match self {
            Self::Rest => rest,
            Self::Minor(minor) => minor,
        }
    }
}
