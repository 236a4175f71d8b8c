//! The check of the database: every row is read as the server reads it. One that cannot be read is named, and all others
//! are read all the same. It changes nothing.

use std::sync::Arc;

use crate::app::App;
use crate::checked::{Found, Kind};
use crate::kernel::error::Error;
use crate::payments::{self, actions, hosted};
use crate::records::{categories, customers, event, idempotency, instruments, merchants, tokens};

const KINDS: &[&Kind] = &[
    &payments::sums::CHECKED,
    &actions::CHECKED,
    &hosted::CHECKED,
    &customers::CHECKED,
    &customers::search::CHECKED,
    &instruments::CHECKED,
    &tokens::CHECKED,
    &categories::CHECKED,
    &event::CHECKED,
    &idempotency::CHECKED,
    &merchants::CHECKED,
    &merchants::credentials::CHECKED,
];

/// Rows one after the other that the database does not give. The others of their kind are left alone then.
const IN_A_ROW: usize = 10;

impl App {
    /// Looks at every row that the server reads: a line for each thing that is wrong. A search of a merchant, or a job, fails at
    /// a row that cannot be read.
    pub async fn check(self: &Arc<Self>) -> Vec<String> {
        let mut found = Vec::new();
        for kind in KINDS {
            found.extend(self.check_all(kind).await);
        }
        found
    }

    /// Names the payments whose amounts an older Kassa kept in other units, and that are no whole minor units: they were left
    /// as they are, and somebody has to know.
    pub async fn left_in_other_units(self: &Arc<Self>) -> Vec<String> {
        self.check_all(&payments::sums::LEFT_IN_OTHER_UNITS).await
    }

    /// Some hundred rows in each snapshot.
    async fn check_all(self: &Arc<Self>, kind: &'static Kind) -> Vec<String> {
        let (mut lines, mut from) = (Vec::new(), Some(i64::MIN));
        while let Some(first) = from {
            let keys = self.db.snapshot(move |tx| Ok::<_, Error>(tx.all::<i64>(kind.keys, &[first.into()])?));
            let keys: Arc<[i64]> = match keys.await {
                Ok(keys) => keys.into(),
                Err(error) => {
                    lines.push(format!(
                        "{}: nothing from the integer {first} on is found: {error}",
                        kind.name
                    ));
                    break;
                }
            };
            from = keys.last().and_then(|last| last.checked_add(1));
            if from.is_some_and(|next| next <= first) {
                // Or a damaged table would be looked at for ever.
                lines.push(format!("{}: the integers from {first} on are not in their order", kind.name));
                break;
            }
            match self.check_some(kind, Arc::clone(&keys)).await {
                Ok(some) => lines.extend(some),
                Err(_) => {
                    let (some, is_all) = self.check_one_by_one(kind, &keys).await;
                    lines.extend(some);
                    if !is_all {
                        lines.push(format!("{}: the others were not looked at", kind.name));
                        break;
                    }
                }
            }
        }
        lines
    }

    async fn check_some(
        self: &Arc<Self>,
        kind: &'static Kind,
        keys: Arc<[i64]>,
    ) -> Result<Vec<String>, Error> {
        let app = Arc::clone(self);
        let look = move |tx: &mut db::Tx<'_>| {
            let mut lines = Vec::new();
            for key in &*keys {
                let mut found = Found::of(kind, *key);
                (kind.look)(tx, &app, *key, &mut found)?;
                lines.extend(found.lines);
            }
            Ok(lines)
        };
        self.db.snapshot(look).await
    }

    /// Each in a snapshot of its own, because what the database does not give of one may end the snapshot; and whether it was
    /// worth while to go on.
    async fn check_one_by_one(self: &Arc<Self>, kind: &'static Kind, keys: &[i64]) -> (Vec<String>, bool) {
        let (mut lines, mut in_a_row) = (Vec::new(), 0);
        for key in keys {
            match self.check_some(kind, [*key].into()).await {
                Ok(some) => {
                    lines.extend(some);
                    in_a_row = 0;
                }
                Err(error) => {
                    let mut found = Found::of(kind, *key);
                    found.say(format_args!("cannot be read: {error}"));
                    lines.extend(found.lines);
                    in_a_row += 1;
                }
            }
            if in_a_row == IN_A_ROW {
                return (lines, false);
            }
        }
        (lines, true)
    }
}
