//! How often something was refused, and to whom most: for a line in the log a minute. It must not decide what is refused.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// The shortest time between two lines.
const EVERY: Duration = Duration::from_secs(60);
/// Addresses that are told apart between two lines.
const ADDRESSES_MAX: usize = 1024;

/// Counts since the last line.
#[derive(Default)]
pub struct Tally {
    count: u64,
    of: HashMap<IpAddr, u64>,
    told: Option<Instant>,
}

impl Tally {
    /// It happened again.
    pub fn note(&mut self, address: IpAddr) {
        self.count += 1;
        if self.of.len() < ADDRESSES_MAX || self.of.contains_key(&address) {
            *self.of.entry(address).or_default() += 1;
        }
    }

    /// How often it happened, the address that it happened to most, and how often to that one. None when there is
    /// nothing to tell, or it is too early to tell it.
    pub fn due(&mut self, now: Instant) -> Option<(u64, IpAddr, u64)> {
        if self.told.is_some_and(|told| now.saturating_duration_since(told) < EVERY) {
            return None;
        }
        let (address, most) = self.of.drain().max_by_key(|(_, count)| *count)?;
        self.told = Some(now);
        Some((std::mem::take(&mut self.count), address, most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_at_once_and_the_rest_once_a_minute() {
        let mut tally = Tally::default();
        let start = Instant::now();
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        assert_eq!(tally.due(start), None);
        tally.note(one);
        assert_eq!(tally.due(start), Some((1, one, 1)));
        for address in [one, other, other] {
            tally.note(address);
        }
        assert_eq!(tally.due(start + EVERY / 2), None);
        assert_eq!(tally.due(start + EVERY), Some((3, other, 2)));
        assert_eq!(tally.due(start + EVERY * 3), None);
    }
}
