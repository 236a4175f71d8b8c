//! Authentications that failed, counted by the address that they came from, so that nobody can try keys at leisure.
//!
//! It only counts. A good credential is never asked about here, so that an address which many share locks nobody out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::kernel::caller::ClientAddress;

/// How many may fail in [`WINDOW`].
const FAILURES_MAX: u32 = 20;
/// How long failures count, and how long an address with too many of them has to wait.
const WINDOW: Duration = Duration::from_secs(60);
/// Networks that are told apart. Those that come when there are so many count as one: who has that many addresses gains
/// nothing by them, and pushes nobody else out.
const NETWORKS_MAX: usize = 16_384;
/// How often, at most, that many are searched for some that are over.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// The failures of the last minute.
#[derive(Default)]
pub struct Failures(Mutex<Table>);

#[derive(Default)]
struct Table {
    of: HashMap<IpAddr, Window>,
    others: Option<Window>,
    swept: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Window {
    since: Instant,
    count: u32,
    /// Until when all that fails is refused.
    until: Option<Instant>,
}

impl Failures {
    /// Notes that an authentication failed. Answers how long the address has to wait if it has failed too often; never
    /// for this machine's own.
    pub fn note(&self, address: ClientAddress, now: Instant) -> Option<Duration> {
        let network = address.network();
        if network.is_loopback() {
            return None;
        }
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.window(network, now).fail(now)
    }
}

impl Table {
    fn window(&mut self, network: IpAddr, now: Instant) -> &mut Window {
        let is_known = self.of.contains_key(&network);
        let has_rested = self.swept.is_none_or(|swept| now.saturating_duration_since(swept) >= SWEEP_EVERY);
        if !is_known && self.of.len() >= NETWORKS_MAX && has_rested {
            self.of.retain(|_, window| !window.is_over(now));
            self.swept = Some(now);
        }
        let fresh = Window { since: now, count: 0, until: None };
        if is_known || self.of.len() < NETWORKS_MAX {
            return self.of.entry(network).or_insert(fresh);
        }
        self.others.get_or_insert(fresh)
    }
}

impl Window {
    fn is_over(&self, now: Instant) -> bool {
        now >= self.until.unwrap_or(self.since + WINDOW)
    }

    fn fail(&mut self, now: Instant) -> Option<Duration> {
        if self.is_over(now) {
            *self = Self { since: now, count: 0, until: None };
        }
        if let Some(until) = self.until {
            return Some(until.saturating_duration_since(now));
        }
        self.count += 1;
        if self.count == FAILURES_MAX {
            self.until = Some(now + WINDOW);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> ClientAddress {
        ClientAddress(text.parse().unwrap())
    }

    #[test]
    fn twenty_may_fail_in_a_minute_and_then_none_for_another() {
        let failures = Failures::default();
        let (start, one) = (Instant::now(), at("192.0.2.1"));
        for _ in 0..20 {
            assert_eq!(failures.note(one, start), None);
        }
        for _ in 0..100 {
            assert_eq!(failures.note(one, start + WINDOW / 2), Some(WINDOW / 2));
        }
        assert_eq!(failures.note(at("192.0.2.2"), start), None, "another address is another matter");
        for _ in 0..20 {
            assert_eq!(failures.note(one, start + WINDOW), None);
        }
        assert!(failures.note(one, start + WINDOW).is_some());
    }

    #[test]
    fn a_network_of_64_bits_is_one_address_and_loopback_none() {
        let failures = Failures::default();
        let now = Instant::now();
        for host in 0..20 {
            assert_eq!(failures.note(at(&format!("2001:db8::{host}:1")), now), None);
        }
        assert!(failures.note(at("2001:db8:0:0:ffff::"), now).is_some());
        assert_eq!(failures.note(at("2001:db8:0:1::"), now), None);
        for _ in 0..20 {
            assert_eq!(failures.note(at("192.0.2.1"), now), None);
        }
        assert!(failures.note(at("::ffff:192.0.2.1"), now).is_some());
        for _ in 0..100 {
            for own in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
                assert_eq!(failures.note(at(own), now), None, "{own}");
            }
        }
    }

    #[test]
    fn who_has_very_many_addresses_gains_nothing_and_pushes_nobody_out() {
        let failures = Failures::default();
        let (now, victim) = (Instant::now(), at("192.0.2.1"));
        for _ in 0..20 {
            failures.note(victim, now);
        }
        let many = |n: usize| at(&format!("2001:db8:{:x}:{:x}::1", n >> 16, n & 0xffff));
        let refused = (0..20_000).filter(|n| failures.note(many(*n), now).is_some()).count();
        assert!(refused > 3_000, "{refused}");
        assert!(failures.note(victim, now).is_some());
        assert_eq!(failures.0.lock().unwrap().of.len(), NETWORKS_MAX);
        assert_eq!(failures.note(at("192.0.2.2"), now + WINDOW), None);
        assert_eq!(failures.0.lock().unwrap().of.len(), 1, "what is over is forgotten");
    }
}
