//! The security codes of tokens that were made here and not used yet. They are in memory and nowhere else: this must
//! write none to a disk and none to a log.
//!
//! Each merchant has a share of its own in each mode, so that nobody's tokens take the place of another's. A code stays
//! until its token is used or its time is over; where a share is full, no token is made. All codes together are bounded
//! by the number of merchants, whom the operator makes: a full share takes about 2 MB. Within it an address has a share
//! of its own, and so has a wider network, so that a few of them do not fill it for all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use vault::SecurityCode;

use crate::kernel::caller::{ClientAddress, Scope};
use crate::kernel::error::Error;
use crate::kernel::id::Id;
use crate::kernel::time::Time;

/// How long a code is kept: as long as its token can be used.
pub const LIFE: Duration = Duration::from_secs(15 * 60);
/// Codes of one merchant in one mode: eleven buyers a second who hand in a card and never pay.
pub const SHARE: usize = 10_000;

/// The same from one address: many buyers may share one, and each of them has one or two.
pub const SHARE_OF_ADDRESS: usize = 200;
/// The same from one wider network.
const SHARE_OF_WIDER: usize = 1_000;

/// The codes by their tokens.
type Share = HashMap<[u8; 16], Kept>;

struct Kept {
    code: SecurityCode,
    /// The end of its time.
    until: Time,
    /// Who handed it in; none where that is not counted.
    from: Option<ClientAddress>,
}

/// All codes that this server keeps.
#[derive(Default)]
pub struct Codes(Mutex<HashMap<Scope, Share>>);

impl Codes {
    /// Keeps the code of a token for as long as the token can be used. `from` is whoever handed it in, where anybody
    /// can; the machine itself counts as nobody.
    ///
    /// # Errors
    /// [`Error::Busy`] when a share is full.
    pub fn keep<K>(
        &self,
        scope: Scope,
        id: Id<K>,
        code: SecurityCode,
        from: Option<ClientAddress>,
        now: Time,
    ) -> Result<(), Error> {
        let mut shares = self.lock();
        let share = shares.entry(scope).or_default();
        if !share.contains_key(id.bytes()) && full_until(share, from, now).is_some() {
            return Err(Error::Busy("the merchant's security codes are at their limit".to_owned()));
        }
        share.insert(*id.bytes(), Kept { code, until: now.after(LIFE), from });
        Ok(())
    }

    /// How long it takes until there is a place for one more code; none where there is one.
    pub fn full_for(&self, scope: Scope, from: Option<ClientAddress>, now: Time) -> Option<Duration> {
        self.lock().get(&scope).and_then(|share| full_until(share, from, now)).map(|until| now.until(until))
    }

    /// The code of a token.
    pub fn of<K>(&self, scope: Scope, id: Id<K>, now: Time) -> Option<SecurityCode> {
        let shares = self.lock();
        let kept = shares.get(&scope)?.get(id.bytes())?;
        (kept.until > now).then(|| kept.code.clone())
    }

    /// Forgets the code of a token that was used, or that was not made after all.
    pub fn forget<K>(&self, scope: Scope, id: Id<K>) {
        if let Some(share) = self.lock().get_mut(&scope) {
            share.remove(id.bytes());
        }
    }

    /// Forgets the codes of tokens whose time is over, which makes room in a full share.
    pub fn sweep(&self, now: Time) {
        self.lock().retain(|_, share| {
            share.retain(|_, kept| kept.until > now);
            !share.is_empty()
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Scope, Share>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When the first code goes that is in the way of one more; none where there is a place. What is over is in nobody's way.
/// It walks the whole share, which takes less than writing the token.
fn full_until(share: &Share, from: Option<ClientAddress>, now: Time) -> Option<Time> {
    let from = from.filter(|from| !from.network().is_loopback());
    let live = share.values().filter(|kept| kept.until > now);
    let full = |most: usize, network: Option<fn(ClientAddress) -> IpAddr>| {
        if share.len() < most {
            return None;
        }
        let in_the_way =
            live.clone().filter(|kept| network.is_none_or(|of| kept.from.map(of) == from.map(of)));
        if in_the_way.clone().count() < most { None } else { in_the_way.map(|kept| kept.until).min() }
    };
    let own = from.and_then(|_| {
        let address = full(SHARE_OF_ADDRESS, Some(ClientAddress::network));
        // Of several the last one counts: all of them need a place.
        address.max(full(SHARE_OF_WIDER, Some(ClientAddress::wider_network)))
    });
    own.max(full(SHARE, None))
}
