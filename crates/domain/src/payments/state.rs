//! The state machine of a payment: pure transitions, which the database repeats as constraints.
//!
//! What is under way at the acquirer is reserved beside the sums, so that concurrent captures, voids and refunds can
//! never add up to more than there is.

use crate::kernel::error::{Error, Field, PaymentIs, PaymentWanted, WrongState};
use crate::kernel::money::AMOUNT_MAX;
pub use crate::kernel::status::Status;

/// Where a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing has been authorized yet, and it still can be.
    Open {
        /// An attempt was declined before.
        tried: bool,
        /// An attempt is at the acquirer, or its outcome is unknown.
        authorizing: bool,
    },
    /// Nothing was authorized, and nothing will be.
    Ended(Ended),
    /// The amount was authorized.
    Approved(Balances),
}

/// How a payment ended without money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Declined where nobody can try again.
    Declined,
    /// Given up by the buyer.
    Canceled,
    /// Withdrawn by the merchant, or unpaid past its time.
    Expired,
    /// Nothing was to be paid, and the card is good.
    Verified,
}

/// The sums of an authorized payment, in minor units. What ends in -ing is reserved for an operation under way. `raises` is no
/// sum: it says how many authorizations of more are under way, because one of nothing reserves nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balances {
    pub(crate) authorized: i64,
    pub(crate) raised: i64,
    pub(crate) raising: i64,
    pub(crate) raises: i64,
    pub(crate) captured: i64,
    pub(crate) capturing: i64,
    pub(crate) voided: i64,
    pub(crate) voiding: i64,
    pub(crate) refunded: i64,
    pub(crate) refunding: i64,
}

impl Balances {
    /// What can still be captured or released.
    pub const fn open(&self) -> i64 {
        self.authorized - self.captured - self.capturing - self.voided - self.voiding
    }

    /// What can still be refunded.
    pub const fn refundable(&self) -> i64 {
        self.captured - self.refunded - self.refunding
    }

    /// The sum authorized.
    pub const fn authorized(&self) -> i64 {
        self.authorized
    }

    /// The sum authorized, with what is being added to it.
    pub const fn whole(&self) -> i64 {
        self.authorized + self.raising
    }

    /// The sum released so far.
    pub const fn voided(&self) -> i64 {
        self.voided
    }

    /// The sum captured so far.
    pub const fn captured(&self) -> i64 {
        self.captured
    }

    /// The sum refunded so far.
    pub const fn refunded(&self) -> i64 {
        self.refunded
    }

    /// What was neither captured nor released, also where that is under way.
    pub const fn uncaptured(&self) -> i64 {
        self.authorized - self.captured - self.voided
    }
}

impl State {
    /// A payment that nobody has tried to pay.
    pub const NEW: Self = Self::Open { tried: false, authorizing: false };

    /// The word for it.
    pub const fn status(&self) -> Status {
        match self {
            Self::Open { tried: false, .. } => Status::Pending,
            Self::Open { tried: true, .. } => Status::Retryable,
            Self::Ended(Ended::Declined) => Status::Declined,
            Self::Ended(Ended::Canceled) => Status::Canceled,
            Self::Ended(Ended::Expired) => Status::Expired,
            Self::Ended(Ended::Verified) => Status::Verified,
            Self::Approved(sums) if sums.refunded > 0 => {
                let all = sums.refunded == sums.captured && sums.uncaptured() == 0;
                if all { Status::Refunded } else { Status::PartiallyRefunded }
            }
            Self::Approved(sums) => match (sums.captured > 0, sums.uncaptured() == 0) {
                (false, false) => Status::Authorized,
                (false, true) => Status::Voided,
                (true, false) => Status::PartiallyCaptured,
                (true, true) => Status::Captured,
            },
        }
    }

    /// The sums; all zero before an authorization.
    pub fn balances(&self) -> Balances {
        match self {
            Self::Approved(sums) => *sums,
            Self::Open { .. } | Self::Ended(_) => Balances::default(),
        }
    }

    /// An attempt goes to the acquirer.
    pub(crate) fn begin_authorization(self) -> Result<Self, Error> {
        match self {
            Self::Open { authorizing: true, .. } => Err(Error::InFlight),
            Self::Open { tried, authorizing: false } => Ok(Self::Open { tried, authorizing: true }),
            Self::Ended(_) | Self::Approved(_) => Err(self.refuse(PaymentWanted::Open)),
        }
    }

    /// The attempt was approved, and captured with it if `capture` says so. Of nothing there is nothing to capture.
    pub(crate) fn authorized(self, amount: i64, capture: bool) -> Result<Self, Error> {
        self.authorizing()?;
        if amount == 0 {
            return Ok(Self::Ended(Ended::Verified));
        }
        let captured = if capture { amount } else { 0 };
        Ok(Self::Approved(Balances { authorized: amount, captured, ..Balances::default() }))
    }

    /// The attempt was declined. With a page the buyer may try again.
    pub(crate) fn declined(self, has_page: bool) -> Result<Self, Error> {
        self.authorizing()?;
        Ok(if has_page {
            Self::Open { tried: true, authorizing: false }
        } else {
            Self::Ended(Ended::Declined)
        })
    }

    /// The attempt never reached the acquirer, so it is as if it had not been made.
    pub(crate) fn never_authorized(self) -> Result<Self, Error> {
        Ok(Self::Open { tried: self.authorizing()?, authorizing: false })
    }

    /// Whether an attempt was declined before the one that is under way.
    fn authorizing(self) -> Result<bool, Error> {
        match self {
            Self::Open { tried, authorizing: true } => Ok(tried),
            Self::Open { authorizing: false, .. } | Self::Ended(_) | Self::Approved(_) => {
                Err(self.refuse(PaymentWanted::BeingAuthorized))
            }
        }
    }

    /// It ends unpaid: given up, withdrawn, or out of time.
    pub(crate) fn end(self, how: Ended) -> Result<Self, Error> {
        match self {
            Self::Open { authorizing: true, .. } => Err(Error::InFlight),
            Self::Open { authorizing: false, .. } => Ok(Self::Ended(how)),
            Self::Ended(_) | Self::Approved(_) => Err(self.refuse(PaymentWanted::Open)),
        }
    }

    /// Whether more could be authorized, were the amount estimated: nothing was taken or released, and nothing is being.
    pub const fn is_whole(&self) -> bool {
        match self {
            Self::Approved(sums) => sums.captured + sums.capturing + sums.voided + sums.voiding == 0,
            Self::Open { .. } | Self::Ended(_) => false,
        }
    }

    /// An authorization of so much more goes to the acquirer; zero has it hold for longer. Others may be under way, and
    /// nothing else.
    pub(crate) fn begin_raise(self, amount: i64, may_grow: bool) -> Result<Self, Error> {
        let mut sums = self.unfinished()?;
        if !may_grow || sums.captured > 0 || sums.voided > 0 {
            return Err(self.refuse(PaymentWanted::Raisable));
        }
        if !self.is_whole() {
            return Err(Error::InFlight);
        }
        if !(0..=AMOUNT_MAX - sums.whole()).contains(&amount) {
            return Err(Error::invalid(
                Field::Amount,
                "must not make the whole larger than an amount can be",
            ));
        }
        sums.raising += amount;
        sums.raises += 1;
        Ok(Self::Approved(sums))
    }

    /// The authorization of so much more came back.
    pub(crate) fn end_raise(self, amount: i64, done: bool) -> Result<Self, Error> {
        let mut sums = self.approved(PaymentWanted::BeingRaised)?;
        if sums.raises == 0 || sums.raising < amount {
            return Err(self.refuse(PaymentWanted::BeingRaised));
        }
        sums.raising -= amount;
        sums.raises -= 1;
        if done {
            sums.authorized += amount;
            sums.raised += amount;
        }
        Ok(Self::Approved(sums))
    }

    /// A capture of `amount` goes to the acquirer. Others may be under way, as far as the sums allow.
    pub(crate) fn begin_capture(self, amount: i64) -> Result<Self, Error> {
        let mut sums = self.unfinished()?;
        if sums.raises > 0 || sums.voiding > 0 || sums.open() == 0 {
            return Err(Error::InFlight);
        }
        within(amount, sums.open())?;
        sums.capturing += amount;
        Ok(Self::Approved(sums))
    }

    /// The capture came back. The rest is released with it, or because an earlier capture was the last one.
    pub(crate) fn end_capture(self, amount: i64, done: bool, releases: bool) -> Result<Self, Error> {
        let mut sums = self.approved(PaymentWanted::BeingCaptured)?;
        if sums.capturing < amount {
            return Err(self.refuse(PaymentWanted::BeingCaptured));
        }
        sums.capturing -= amount;
        if done {
            sums.captured += amount;
        }
        if releases {
            sums.voided += sums.open();
        }
        Ok(Self::Approved(sums))
    }

    /// The release of all that is left goes to the acquirer. While it is under way, nothing else is.
    pub(crate) fn begin_void(self) -> Result<Self, Error> {
        let mut sums = self.unfinished()?;
        if sums.raises > 0 || sums.capturing > 0 || sums.voiding > 0 || sums.refunding > 0 {
            return Err(Error::InFlight);
        }
        sums.voiding = sums.open();
        Ok(Self::Approved(sums))
    }

    /// The release came back.
    pub(crate) fn end_void(self, done: bool) -> Result<Self, Error> {
        let mut sums = self.approved(PaymentWanted::BeingVoided)?;
        if sums.voiding == 0 {
            return Err(self.refuse(PaymentWanted::BeingVoided));
        }
        if done {
            sums.voided += sums.voiding;
        }
        sums.voiding = 0;
        Ok(Self::Approved(sums))
    }

    /// The authorization lapsed by itself: what was not captured is released.
    pub(crate) fn lapse(self) -> Result<Self, Error> {
        let mut sums = self.unfinished()?;
        if sums.raises > 0 || sums.capturing > 0 || sums.voiding > 0 {
            return Err(Error::InFlight);
        }
        sums.voided += sums.open();
        Ok(Self::Approved(sums))
    }

    /// A refund of `amount` goes to the acquirer. Others may be under way, as far as the sums allow.
    pub(crate) fn begin_refund(self, amount: i64) -> Result<Self, Error> {
        let mut sums = self.approved(PaymentWanted::Refundable)?;
        if sums.refunded == sums.captured {
            return Err(self.refuse(PaymentWanted::Refundable));
        }
        if sums.voiding > 0 || sums.refundable() == 0 {
            return Err(Error::InFlight);
        }
        within(amount, sums.refundable())?;
        sums.refunding += amount;
        Ok(Self::Approved(sums))
    }

    /// The refund came back, and the rest is released with it if it says so.
    pub(crate) fn end_refund(self, amount: i64, done: bool, releases: bool) -> Result<Self, Error> {
        let mut sums = self.approved(PaymentWanted::BeingRefunded)?;
        if sums.refunding < amount {
            return Err(self.refuse(PaymentWanted::BeingRefunded));
        }
        sums.refunding -= amount;
        if done {
            sums.refunded += amount;
        }
        if releases {
            sums.voided += sums.open();
        }
        Ok(Self::Approved(sums))
    }

    /// The sums of a payment of which something can still be captured or released.
    fn unfinished(self) -> Result<Balances, Error> {
        match self {
            Self::Approved(sums) if sums.uncaptured() > 0 => Ok(sums),
            Self::Approved(_) | Self::Open { .. } | Self::Ended(_) => {
                Err(self.refuse(PaymentWanted::Reserved))
            }
        }
    }

    fn approved(self, wanted: PaymentWanted) -> Result<Balances, Error> {
        match self {
            Self::Approved(sums) => Ok(sums),
            Self::Open { .. } | Self::Ended(_) => Err(self.refuse(wanted)),
        }
    }

    const fn refuse(self, wanted: PaymentWanted) -> Error {
        Error::State(WrongState::Payment { is: PaymentIs::Status(self.status()), wanted })
    }
}

/// An amount of a capture or refund: at least 1, at most what is left.
fn within(amount: i64, left: i64) -> Result<(), Error> {
    if amount < 1 {
        return Err(Error::invalid(Field::Amount, "must be at least 1"));
    }
    if amount > left {
        return Err(Error::invalid(Field::Amount, format!("must be at most {left}, which is what is left")));
    }
    Ok(())
}
