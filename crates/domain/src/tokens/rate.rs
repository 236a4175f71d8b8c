//! How many tokens are asked for with one key from one address. A key that pages show is everybody's, and each token is
//! a row and a code. This must know no request: it counts, and the API says what a refusal looks like.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::caller::{Caller, ClientAddress};
use crate::time::Time;

/// Requests a minute. A page needs one a buyer, and many buyers may share an address.
pub const A_MINUTE: u32 = 100;
/// Addresses that are counted for one key in a minute; further ones are refused, so that the counting itself has a
/// limit which nobody fills for others.
const ADDRESSES_MAX: usize = 10_000;
const MINUTE_MS: i64 = 60_000;

/// What was asked for in this minute.
#[derive(Default)]
pub struct Rate(Mutex<Minute>);

#[derive(Default)]
struct Minute {
    number: i64,
    /// Requests by key and address.
    counts: HashMap<i64, HashMap<IpAddr, u32>>,
}

impl Rate {
    /// Counts a request for a token. The machine itself may ask for as many as it likes.
    ///
    /// # Errors
    /// It is one too many; the seconds after which another one may be made.
    pub fn count(&self, caller: &Caller, from: ClientAddress, now: Time) -> Result<(), u64> {
        if from.0.to_canonical().is_loopback() {
            return Ok(());
        }
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.0.div_euclid(MINUTE_MS);
        if minute.number != number {
            *minute = Minute { number, counts: HashMap::new() };
        }
        let addresses = minute.counts.entry(caller.credential).or_default();
        let is_known = addresses.contains_key(&from.network());
        if is_known || addresses.len() < ADDRESSES_MAX {
            let count = addresses.entry(from.network()).or_default();
            *count = count.saturating_add(1);
            if *count <= A_MINUTE {
                return Ok(());
            }
        }
        let rest = MINUTE_MS - now.0.rem_euclid(MINUTE_MS);
        Err(u64::try_from(rest).unwrap_or_default().div_ceil(1000))
    }
}
