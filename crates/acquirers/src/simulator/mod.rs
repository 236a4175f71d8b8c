//! The built-in acquirer of test mode. The card's number decides what it answers to an authorization, and it keeps books, so
//! that it can be asked later what became of an operation. No later operation has the card: what a capture, a void or a refund
//! must know of it stands in the books under the authorization's reference, in `Entry::Approved` and in `Entry::Challenged`,
//! of which `go_on` makes the approval.

mod cards;

use std::time::Duration;

use domain::ActionId;
use domain::acquiring::{
    Acquirer, Answer, Authentication, Books, Card, Decline, Instruction, Operation, Outcome, Report,
    SIMULATED_BANK, Step, Terms,
};
use domain::time::Time;
use serde::{Deserialize, Serialize};

use cards::Behaviour;
pub use cards::TEST_CARDS;

/// After this time an authorization that was not captured lapses.
const AUTHORIZATION_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long the buyer's bank waits for the buyer.
pub const CHALLENGE_LIFE: Duration = Duration::from_secs(15 * 60);

/// What the bank page sends back.
const ACCEPT: &str = "accept";
/// The card trade's codes for a buyer who did not confirm, and for one who did not answer in time.
const REFUSED_CODE: &str = "20151";
const UNANSWERED_CODE: &str = "20152";

/// The simulator.
pub struct Simulator {
    books: Books,
}

/// What the books say of a step of an operation.
#[derive(Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Entry {
    Approved { reference: String, lapses_at: Option<i64> },
    Declined { code: String },
    Challenged { until: i64, lapses_at: Option<i64> },
}

impl Simulator {
    /// A simulator that writes to the given books.
    pub const fn new(books: Books) -> Self {
        Self { books }
    }

    async fn decide(&self, operation: &Operation) -> Outcome {
        let (entry, answer_is_lost) = match &operation.instruction {
            Instruction::Verify { card } => return self.look_at(card, operation.id),
            Instruction::Authorize { card, capture, terms, .. } => {
                self.authorize(card, *capture, terms, operation.id)
            }
            Instruction::Raise { terms, .. } => (self.raise(terms, operation.id), false),
            Instruction::Capture { .. } | Instruction::Void { .. } | Instruction::Refund { .. } => {
                (Entry::Approved { reference: reference(operation.id), lapses_at: None }, false)
            }
        };
        // What the books keep is what happened: an operation that they know already is not decided again.
        match self.write(operation.id, Step::Performed, &entry).await {
            Some(kept) if !answer_is_lost => outcome(kept),
            Some(_) | None => Outcome::Unknown,
        }
    }

    fn authorize(&self, card: &Card, capture: bool, terms: &Terms, id: ActionId) -> (Entry, bool) {
        let now = self.books.now();
        let lapses_at = (!capture).then(|| now.after(AUTHORIZATION_LIFE).0);
        let approved = Entry::Approved { reference: reference(id), lapses_at };
        let behaviour = match (self.behaviour(card), &terms.authentication) {
            // The bank does not ask a buyer whom somebody has asked already.
            (Behaviour::Approve, _) | (Behaviour::Challenge, Authentication::DoneElsewhere(_)) => {
                match terms.deciding_amount.and_then(cards::decline_of) {
                    Some(code) => Behaviour::Decline(code),
                    None if matches!(terms.authentication, Authentication::AtTheBank) => Behaviour::Challenge,
                    None => Behaviour::Approve,
                }
            }
            (decided @ (Behaviour::Decline(_) | Behaviour::Challenge | Behaviour::LoseTheAnswer), _) => {
                decided
            }
        };
        match behaviour {
            Behaviour::Approve => (approved, false),
            Behaviour::Decline(code) => (Entry::Declined { code: code.to_owned() }, false),
            Behaviour::Challenge => {
                (Entry::Challenged { until: now.after(CHALLENGE_LIFE).0, lapses_at }, false)
            }
            Behaviour::LoseTheAnswer => (approved, true),
        }
    }

    /// More on a card that was approved: only how much it is in all can speak against it.
    fn raise(&self, terms: &Terms, id: ActionId) -> Entry {
        match terms.deciding_amount.and_then(cards::decline_of) {
            Some(code) => Entry::Declined { code: code.to_owned() },
            None => Entry::Approved {
                reference: reference(id),
                lapses_at: Some(self.books.now().after(AUTHORIZATION_LIFE).0),
            },
        }
    }

    /// An amount of zero moves nothing, so it stands in no books.
    fn look_at(&self, card: &Card, id: ActionId) -> Outcome {
        match self.behaviour(card) {
            Behaviour::Decline(code) => outcome(Entry::Declined { code: code.to_owned() }),
            // The bank asks the buyer when money is to move.
            Behaviour::Approve | Behaviour::Challenge | Behaviour::LoseTheAnswer => {
                Outcome::Approved { reference: reference(id), lapses_at: None }
            }
        }
    }

    fn behaviour(&self, card: &Card) -> Behaviour {
        if card.expiry.is_over(self.books.now()) {
            return Behaviour::Decline("20054");
        }
        cards::behaviour_of(card.number.expose())
    }

    async fn look_up(&self, id: ActionId) -> Report {
        match self.read(id, Step::Resumed).await {
            Ok(Some(kept)) => return Report::Settled(outcome(kept)),
            Ok(None) => {}
            Err(()) => return Report::NotYet,
        }
        match self.read(id, Step::Performed).await {
            Ok(Some(kept @ Entry::Challenged { until, .. })) if self.books.now() < Time(until) => {
                Report::Settled(outcome(kept))
            }
            Ok(Some(Entry::Challenged { .. })) => {
                self.conclude(id, Entry::Declined { code: UNANSWERED_CODE.to_owned() }).await
            }
            Ok(Some(kept)) => Report::Settled(outcome(kept)),
            Ok(None) => Report::NeverArrived,
            Err(()) => Report::NotYet,
        }
    }

    async fn go_on(&self, id: ActionId, proof: &str) -> Report {
        match self.read(id, Step::Performed).await {
            Ok(Some(Entry::Challenged { until, lapses_at })) if self.books.now() < Time(until) => {
                let entry = if proof == ACCEPT {
                    Entry::Approved { reference: reference(id), lapses_at }
                } else {
                    Entry::Declined { code: REFUSED_CODE.to_owned() }
                };
                self.conclude(id, entry).await
            }
            Ok(_) => self.look_up(id).await,
            Err(()) => Report::NotYet,
        }
    }

    /// Writes what the challenge came to. Of two answers the first one stands.
    async fn conclude(&self, id: ActionId, entry: Entry) -> Report {
        match self.write(id, Step::Resumed, &entry).await {
            Some(kept) => Report::Settled(outcome(kept)),
            None => Report::NotYet,
        }
    }

    async fn write(&self, id: ActionId, step: Step, entry: &Entry) -> Option<Entry> {
        let text = serde_json::to_string(entry).ok()?;
        let kept = self.books.write(id, step, text).await.ok()?;
        serde_json::from_str(&kept).ok()
    }

    async fn read(&self, id: ActionId, step: Step) -> Result<Option<Entry>, ()> {
        let kept = self.books.read(id, step).await.map_err(|_| ())?;
        kept.map(|kept| serde_json::from_str(&kept).map_err(|_| ())).transpose()
    }
}

impl Acquirer for Simulator {
    fn perform<'a>(&'a self, operation: &'a Operation) -> Answer<'a, Outcome> {
        Box::pin(self.decide(operation))
    }

    fn ask(&self, operation: ActionId) -> Answer<'_, Report> {
        Box::pin(self.look_up(operation))
    }

    fn resume<'a>(&'a self, operation: ActionId, proof: &'a str) -> Answer<'a, Report> {
        Box::pin(self.go_on(operation, proof))
    }
}

fn reference(id: ActionId) -> String {
    format!("sim_{}", id.hex())
}

fn outcome(entry: Entry) -> Outcome {
    match entry {
        Entry::Approved { reference, lapses_at } => {
            Outcome::Approved { reference, lapses_at: lapses_at.map(Time) }
        }
        Entry::Declined { code } => Outcome::Declined { decline: class_of(&code), code },
        Entry::Challenged { .. } => Outcome::Redirect { address: SIMULATED_BANK.to_owned() },
    }
}

/// The class of a decline code, by what the buyer can do about it.
fn class_of(code: &str) -> Decline {
    match code {
        "20051" => Decline::InsufficientFunds,
        "20054" => Decline::ExpiredCard,
        "200N7" => Decline::WrongSecurityCode,
        "20068" | "20096" => Decline::ProcessingError,
        REFUSED_CODE | UNANSWERED_CODE => Decline::NotAuthenticated,
        _ => Decline::DoNotHonour,
    }
}
