//! How much each network has under way, or each of whatever else is told apart, in memory: so much has a place, and what
//! comes next has none. This must not know what it is, and what becomes of that which has no place.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

type Counts<K> = Arc<Mutex<HashMap<K, usize>>>;

/// The places of all networks, or of all of what else is told apart.
#[derive(Clone)]
pub struct Places<K = IpAddr> {
    most: usize,
    taken: Counts<K>,
}

/// One place or several, given back when it is dropped.
pub struct Place<K: Copy + Eq + Hash = IpAddr> {
    taken: Counts<K>,
    whose: K,
    size: usize,
}

impl<K: Copy + Eq + Hash> Places<K> {
    /// So many for each network, or for each of the others.
    pub fn new(most: usize) -> Self {
        Self { most, taken: Counts::default() }
    }

    /// A place; none where all of its own are taken.
    pub fn enter(&self, whose: K) -> Option<Place<K>> {
        self.enter_with(whose, 1)
    }

    /// Room for something that takes so many places; none where too few of its own are left. What is larger than all
    /// places together has room where nothing else is.
    pub fn enter_with(&self, whose: K, size: usize) -> Option<Place<K>> {
        let size = size.min(self.most);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(whose).or_default();
        if size > self.most - *count {
            return None;
        }
        *count += size;
        Some(Place { taken: Arc::clone(&self.taken), whose, size })
    }
}

impl<K: Copy + Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.whose) {
            *count -= self.size;
            if *count == 0 {
                taken.remove(&self.whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::kernel::caller::ClientAddress;

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

    #[test]
    fn what_is_large_takes_more_and_what_is_too_large_takes_all() {
        let places = <Places>::new(10);
        let enter = |size| places.enter_with(Ipv4Addr::LOCALHOST.into(), size);
        let six = enter(6).unwrap();
        assert!(enter(5).is_none());
        let four = enter(4).unwrap();
        drop(six);
        assert!(enter(1_000).is_none());
        drop(four);
        let all = enter(1_000).unwrap();
        assert!(enter(1).is_none());
        drop(all);
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
