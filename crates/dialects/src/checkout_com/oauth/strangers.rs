//! Bodies of those who are not known yet. Where the credential may stand in the body, that has to be read first: little of
//! it, for a short time, and few at once for one address. This must not look into a body.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::ClientAddress;

/// Bodies that one address may have under way.
const AT_ONCE: usize = 8;

/// How many bodies each address has under way.
#[derive(Clone, Default)]
pub(super) struct Strangers(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// Leave to read one body, given back when dropped.
pub(super) struct Leave {
    strangers: Strangers,
    address: IpAddr,
}

impl Strangers {
    /// Leave to read a body, if its address has not too many under way. Requests of no known address count as one's.
    pub(super) fn admit(&self, from: Option<ClientAddress>) -> Option<Leave> {
        let address = from.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), ClientAddress::network);
        let mut under_way = self.lock();
        let count = under_way.entry(address).or_default();
        if *count >= AT_ONCE {
            return None;
        }
        *count += 1;
        Some(Leave { strangers: self.clone(), address })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        let mut under_way = self.strangers.lock();
        if let Some(count) = under_way.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_own_places_and_gets_them_back() {
        let strangers = Strangers::default();
        let from = |address: &str| Some(ClientAddress(address.parse().unwrap()));
        let mut leaves: Vec<_> =
            (0..AT_ONCE).map(|_| strangers.admit(from("203.0.113.7")).unwrap()).collect();
        assert!(strangers.admit(from("203.0.113.7")).is_none());
        assert!(strangers.admit(from("::ffff:203.0.113.7")).is_none());
        assert!(strangers.admit(from("203.0.113.8")).is_some() && strangers.admit(None).is_some());
        leaves.pop();
        assert!(strangers.admit(from("203.0.113.7")).is_some());
        drop(leaves);
        assert!(strangers.lock().is_empty());
    }
}
