//! The security codes of tokens that were made here and not used yet. They are in memory and nowhere else: this must
//! write none to a disk and none to a log.
//!
//! Each merchant has a share of its own in each mode, so that nobody's tokens take the place of another's. A code stays
//! until its token is used or its time is over; where a share is full, no token is made. All codes together are bounded
//! by the number of merchants, whom the operator makes: a full share takes about 2 MB.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use vault::SecurityCode;

use super::{LIFE, Token};
use crate::caller::Scope;
use crate::error::Error;
use crate::id::Id;
use crate::time::Time;

/// Codes of one merchant in one mode: eleven buyers a second who hand in a card and never pay.
pub const SHARE: usize = 10_000;

/// The codes by their tokens, each with the end of its time.
type Share = HashMap<[u8; 16], (SecurityCode, Time)>;

/// All codes that this server keeps.
#[derive(Default)]
pub struct Codes(Mutex<HashMap<Scope, Share>>);

impl Codes {
    /// Keeps the code of a token for as long as the token can be used.
    ///
    /// # Errors
    /// [`Error::Busy`] when the share is full.
    pub fn keep(&self, scope: Scope, id: Id<Token>, code: SecurityCode, now: Time) -> Result<(), Error> {
        let mut shares = self.lock();
        let share = shares.entry(scope).or_default();
        if share.len() >= SHARE && !share.contains_key(id.bytes()) {
            return Err(Error::Busy("the merchant's security codes are at their limit".to_owned()));
        }
        share.insert(*id.bytes(), (code, now.after(LIFE)));
        Ok(())
    }

    /// The code of a token.
    pub fn of(&self, scope: Scope, id: Id<Token>, now: Time) -> Option<SecurityCode> {
        let shares = self.lock();
        let (code, until) = shares.get(&scope)?.get(id.bytes())?;
        (*until > now).then(|| code.clone())
    }

    /// Forgets the code of a token that was used, or that was not made after all.
    pub fn forget(&self, scope: Scope, id: Id<Token>) {
        if let Some(share) = self.lock().get_mut(&scope) {
            share.remove(id.bytes());
        }
    }

    /// Forgets the codes of tokens whose time is over, which makes room in a full share.
    pub fn sweep(&self, now: Time) {
        self.lock().retain(|_, share| {
            share.retain(|_, (_, until)| *until > now);
            !share.is_empty()
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Scope, Share>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
