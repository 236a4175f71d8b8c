//! Who was refused how often, for one log line a minute and kind. It is in memory alone, and it names addresses: it is
//! for the operator's log and for nobody else.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How far lines of one kind are apart.
const EVERY: Duration = Duration::from_secs(60);
/// Addresses that are told apart; what comes from more is counted without them.
const ADDRESSES_MAX: usize = 1000;

/// What was refused since the last line.
#[derive(Default)]
pub struct Tally(Mutex<BTreeMap<&'static str, Refusals>>);

#[derive(Default)]
struct Refusals {
    logged_at: Option<Instant>,
    refused: u64,
    addresses: HashMap<IpAddr, u64>,
}

/// One line for the log.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// What was refused.
    pub kind: &'static str,
    /// How often in all.
    pub refused: u64,
    /// To how many addresses, at most 1,000 of them counted.
    pub addresses: usize,
    /// The address that it was refused to most often, and how often.
    pub most: Option<(IpAddr, u64)>,
}

impl Tally {
    /// Notes one refusal.
    pub fn note(&self, kind: &'static str, address: IpAddr) {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = kinds.entry(kind).or_default();
        kind.refused += 1;
        if kind.addresses.len() < ADDRESSES_MAX || kind.addresses.contains_key(&address) {
            *kind.addresses.entry(address).or_default() += 1;
        }
    }

    /// Writes what is due into the log. It must never say what was sent.
    pub fn log(&self) {
        for line in self.due(Instant::now()) {
            let (address, most) = line.most.unzip();
            let address = address.map(|address| address.to_string());
            tracing::warn!(
                why = line.kind,
                refused = line.refused,
                addresses = line.addresses,
                most_from = address,
                most,
                "refused"
            );
        }
    }

    /// What is to be told now: the first refusal at once, and after that once a minute.
    pub fn due(&self, now: Instant) -> Vec<Line> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = kinds.iter_mut().filter(|(_, kind)| {
            kind.refused > 0 && kind.logged_at.is_none_or(|at| now.saturating_duration_since(at) >= EVERY)
        });
        due.map(|(name, kind)| {
            let gone = std::mem::replace(kind, Refusals { logged_at: Some(now), ..Refusals::default() });
            Line {
                kind: name,
                refused: gone.refused,
                addresses: gone.addresses.len(),
                most: gone.addresses.into_iter().max_by_key(|(_, times)| *times),
            }
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_line_a_minute_and_kind_with_the_busiest_address() {
        let tally = Tally::default();
        let (quiet, busy) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let start = Instant::now();
        assert_eq!(tally.due(start), []);
        for address in [quiet, busy, busy] {
            tally.note("card", address);
        }
        let line = Line { kind: "card", refused: 3, addresses: 2, most: Some((busy, 2)) };
        assert_eq!(tally.due(start), [line]);
        tally.note("card", quiet);
        tally.note("address", quiet);
        let kinds = |after| tally.due(start + after).iter().map(|line| line.kind).collect::<Vec<_>>();
        assert_eq!(kinds(EVERY / 2), ["address"]);
        assert_eq!(kinds(EVERY), ["card"]);
        assert_eq!(kinds(EVERY * 3), Vec::<&str>::new());
    }

    #[test]
    fn many_addresses_take_no_more_room() {
        let tally = Tally::default();
        for number in 0..5_000_u32 {
            tally.note("card", IpAddr::from(number.to_be_bytes()));
        }
        let line = &tally.due(Instant::now())[0];
        assert_eq!((line.refused, line.addresses), (5_000, ADDRESSES_MAX));
    }
}
