//! How many things each network has under way, in memory: so many have a place, and the next one has none. This must not
//! know what they are, and what becomes of the one that has no place.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

type Counts = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// The places of all networks.
#[derive(Clone)]
pub struct Places {
    most: usize,
    taken: Counts,
}

/// One place, given back when it is dropped.
pub struct Place {
    taken: Counts,
    network: IpAddr,
}

impl Places {
    /// So many for each network.
    pub fn new(most: usize) -> Self {
        Self { most, taken: Counts::default() }
    }

    /// A place; none where the network has all of its own.
    pub fn enter(&self, network: IpAddr) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(network).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place { taken: Arc::clone(&self.taken), network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::caller::ClientAddress;

    #[test]
    fn each_address_has_its_own_places_and_gets_them_back() {
        let places = Places::new(8);
        let enter = |address: &str| places.enter(ClientAddress(address.parse().unwrap()).network());
        let mut held: Vec<_> = (0..8).map(|_| enter("203.0.113.7").unwrap()).collect();
        assert!(enter("203.0.113.7").is_none());
        assert!(enter("::ffff:203.0.113.7").is_none());
        assert!(enter("203.0.113.8").is_some() && places.enter(Ipv4Addr::UNSPECIFIED.into()).is_some());
        held.pop();
        assert!(enter("203.0.113.7").is_some());
        drop(held);
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
