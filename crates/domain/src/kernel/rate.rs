//! How many tokens are asked for with one key from one address. A key that pages show is everybody's, and each token is
//! a row and a code. This must know no request: it counts, and the API says what a refusal looks like.
//!
//! So many addresses are told apart. Those that come when there are so many are counted by wider networks, and at last all
//! together, with higher limits: nobody shuts a shop by having many addresses. IPv4 and IPv6 are counted apart, for of
//! the latter everybody has very many.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::kernel::caller::{Caller, ClientAddress};
use crate::kernel::time::{Time, whole_seconds};

/// Requests a minute. A page needs one a buyer, and many buyers may share an address.
pub const A_MINUTE: u32 = 100;
/// The same of a wider network whose addresses are not told apart.
const A_MINUTE_WIDER: u32 = 10 * A_MINUTE;
/// The same of all that is not told apart at all.
const A_MINUTE_OTHERS: u32 = 200 * A_MINUTE;
/// Addresses, and wider networks, that are told apart for one key in a minute.
const NETWORKS_MAX: usize = 10_000;
const MINUTE_MS: i64 = 60_000;

/// What was asked for in this minute.
#[derive(Default)]
pub struct Rate(Mutex<Minute>);

#[derive(Default)]
struct Minute {
    number: i64,
    /// By key, and by whether it came over IPv4.
    counts: HashMap<(i64, bool), Counts>,
}

#[derive(Default)]
struct Counts {
    addresses: HashMap<IpAddr, u32>,
    wider: HashMap<IpAddr, u32>,
    others: u32,
}

impl Counts {
    /// Whether one more may be asked for.
    fn count(&mut self, from: ClientAddress) -> bool {
        let (count, most) = match find(&mut self.addresses, from.network()) {
            Some(count) => (count, A_MINUTE),
            None => match find(&mut self.wider, from.wider_network()) {
                Some(count) => (count, A_MINUTE_WIDER),
                None => (&mut self.others, A_MINUTE_OTHERS),
            },
        };
        *count = count.saturating_add(1);
        *count <= most
    }
}

/// The count of a network; none where it is not told apart.
fn find(counts: &mut HashMap<IpAddr, u32>, network: IpAddr) -> Option<&mut u32> {
    if counts.len() >= NETWORKS_MAX {
        return counts.get_mut(&network);
    }
    Some(counts.entry(network).or_default())
}

impl Rate {
    /// Counts a request for a token. The machine itself may ask for as many as it likes.
    ///
    /// # Errors
    /// It is one too many; the seconds after which another one may be made.
    pub fn count(&self, caller: &Caller, from: ClientAddress, now: Time) -> Result<(), u64> {
        let network = from.network();
        if network.is_loopback() {
            return Ok(());
        }
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.0.div_euclid(MINUTE_MS);
        if minute.number != number {
            *minute = Minute { number, counts: HashMap::new() };
        }
        if minute.counts.entry((caller.credential, network.is_ipv4())).or_default().count(from) {
            return Ok(());
        }
        Err(whole_seconds(now.until(Time((number + 1) * MINUTE_MS))))
    }
}
