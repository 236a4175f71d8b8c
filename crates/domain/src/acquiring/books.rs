//! Books for an acquirer that has none of its own: the simulator (ADR 1).

use std::sync::Arc;

use db::Db;

use crate::kernel::error::Error;
use crate::kernel::id::ActionId;
use crate::kernel::time::{Clock, Time};

statements! {
    READ_ENTRY = "select entry from acquirer_books where operation = $1 and step = $2";
    WRITE_ENTRY = "insert into acquirer_books (operation, step, entry, created_at) values ($1, $2, $3, $4)
        on conflict (operation, step) do nothing";
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

    /// What was written of a step of an operation. That nothing was is written of the payment then, so it must be so.
    pub async fn read(&self, operation: ActionId, step: Step) -> Result<Option<String>, Error> {
        self.db
            .read_to_write(move |tx| {
                Ok(tx.optional(&READ_ENTRY, &[(&operation).into(), step.number().into()])?)
            })
            .await
    }

    /// Writes of a step once, and answers what stands there: this, or what was written before.
    pub async fn write(&self, operation: ActionId, step: Step, entry: String) -> Result<String, Error> {
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                let [id, number] = [(&operation).into(), step.number().into()];
                tx.send(&WRITE_ENTRY, &[id, number, (&entry).into(), now.into()])?;
                Ok(tx.one(&READ_ENTRY, &[id, number])?)
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
