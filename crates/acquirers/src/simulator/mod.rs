//! The built-in acquirer of test mode. The card's number decides what it answers, and it keeps books, so that it can
//! be asked later what became of an operation.

mod cards;

use std::time::Duration;

use domain::Id;
use domain::acquirer::{Acquirer, Answer, Asked, Books, Decline, Instruction, Operation, Outcome};
use domain::payments::Action;
use domain::time::Time;
use serde::{Deserialize, Serialize};

pub use cards::TEST_CARDS;

/// After this time an authorization that was not captured lapses.
const AUTHORIZATION_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The simulator.
pub struct Simulator {
    books: Books,
}

/// What the books say of an operation.
#[derive(Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Entry {
    Approved { reference: String, lapses_at: Option<i64> },
    Declined { code: String },
}

impl Simulator {
    /// A simulator that writes to the given books.
    pub const fn new(books: Books) -> Self {
        Self { books }
    }

    async fn decide(&self, operation: &Operation) -> Outcome {
        let reference = format!("sim_{}", operation.id.hex());
        let entry = match &operation.instruction {
            Instruction::Authorize { card, capture, .. } => match cards::decline_of(card.number.expose()) {
                Some(code) => Entry::Declined { code: code.to_owned() },
                None => {
                    let lapses_at = (!capture).then(|| self.books.now().after(AUTHORIZATION_LIFE).0);
                    Entry::Approved { reference, lapses_at }
                }
            },
            Instruction::Capture { .. } | Instruction::Void { .. } | Instruction::Refund { .. } => {
                Entry::Approved { reference, lapses_at: None }
            }
        };
        let Ok(text) = serde_json::to_string(&entry) else { return Outcome::Unknown };
        // What the books keep is what happened: an operation that they know already is not decided again.
        match self.books.write(operation.id, text).await {
            Ok(kept) => read(&kept),
            Err(_) => Outcome::Unknown,
        }
    }

    async fn look_up(&self, operation: Id<Action>) -> Asked {
        match self.books.read(operation).await {
            Ok(Some(kept)) => Asked::Settled(read(&kept)),
            Ok(None) => Asked::NeverArrived,
            Err(_) => Asked::NotYet,
        }
    }
}

impl Acquirer for Simulator {
    fn perform<'a>(&'a self, operation: &'a Operation) -> Answer<'a, Outcome> {
        Box::pin(self.decide(operation))
    }

    fn ask(&self, operation: Id<Action>) -> Answer<'_, Asked> {
        Box::pin(self.look_up(operation))
    }
}

fn read(entry: &str) -> Outcome {
    match serde_json::from_str(entry) {
        Ok(Entry::Approved { reference, lapses_at }) => {
            Outcome::Approved { reference, lapses_at: lapses_at.map(Time) }
        }
        Ok(Entry::Declined { code }) => Outcome::Declined { decline: class_of(&code), code },
        Err(_) => Outcome::Unknown,
    }
}

/// The class of a decline code, by what the buyer can do about it.
fn class_of(code: &str) -> Decline {
    match code {
        "20051" => Decline::InsufficientFunds,
        "20054" => Decline::ExpiredCard,
        "200N7" => Decline::WrongSecurityCode,
        "20096" => Decline::ProcessingError,
        _ => Decline::DoNotHonour,
    }
}
