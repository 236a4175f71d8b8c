//! Points in time, and the clock that everybody asks.

use std::time::Duration;

/// A point in time: milliseconds since 1970 UTC, as the database stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub i64);

impl Time {
    /// This time and a while later.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// So long before this.
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long ago this was; zero for a time to come.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// Written in UTC with `strftime`'s letters.
    pub fn format(self, layout: &str) -> String {
        let time = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MIN);
        time.strftime(layout).to_string()
    }

    /// Reads a time of ISO 8601 with its offset.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|time| Self(time.as_millisecond()))
    }

    /// Reads the same, or one without its offset, which is then in UTC. A day alone is no time, and a time in a named zone
    /// is in that one.
    pub fn parse_or_utc(text: &str) -> Option<Self> {
        Self::parse(text).or_else(|| {
            let is_time_alone = text.contains(':') && !text.contains('[');
            let time = text.parse::<jiff::civil::DateTime>().ok().filter(|_| is_time_alone)?;
            let time = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
            Some(Self(time.as_millisecond()))
        })
    }

    /// The year and the month (1 to 12) in UTC.
    pub fn year_and_month(self) -> (i16, i8) {
        let time = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MIN);
        let date = time.to_zoned(jiff::tz::TimeZone::UTC).date();
        (date.year(), date.month())
    }
}

/// What a client is told to wait: in seconds, rounded up, so that it is over when the client comes again.
pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX)
}

/// Tells the time. Injected, so that a test can stand still or jump.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Time;
}

/// The operating system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> Time {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Time(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Fills bytes with randomness fit for keys. Injected, so that a test can repeat a run.
pub trait Random: Send + Sync {
    /// Fills all of `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's randomness.
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks for randomness")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness once it has started");
    }
}

/// What one unit of work may need of the clock and of chance, drawn before it runs because it may run again.
#[derive(Clone)]
pub struct Drawn {
    /// The time at which the work happens.
    pub now: Time,
    /// For the object that the work makes.
    pub(crate) object: [u8; 16],
    /// For the action that it begins or settles.
    pub(crate) action: [u8; 16],
    /// For the event that tells of it.
    pub(crate) event: [u8; 16],
    /// For a card that is saved with it, the fingerprint of that card, and the event that tells of it.
    pub(crate) instrument: [u8; 16],
    pub(crate) fingerprint: [u8; 16],
    pub(crate) card_event: [u8; 16],
    /// For everything that the work seals.
    pub(crate) nonce: [u8; 12],
}

impl Drawn {
    pub(crate) fn new(clock: &dyn Clock, random: &dyn Random) -> Self {
        let mut ids = [[0; 16]; 6];
        random.fill(ids.as_flattened_mut());
        let [object, action, event, instrument, fingerprint, card_event] = ids;
        let mut nonce = [0; 12];
        random.fill(&mut nonce);
        let now = clock.now();
        Self { now, object, action, event, instrument, fingerprint, card_event, nonce }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_an_offset_is_in_utc_and_a_day_is_no_time() {
        let noon = Some(Time(1_796_126_400_000));
        for text in
            ["2026-12-01T12:00:00Z", "2026-12-01T14:00:00+02:00", "2026-12-01T12:00:00", "2026-12-01 12:00"]
        {
            assert_eq!(Time::parse_or_utc(text), noon, "{text}");
        }
        for text in
            ["", "2026-12-01", "12:00", "2026-12-01T12:00:00[Europe/Paris]", "2026-12-01T25:00:00", "noon"]
        {
            assert_eq!(Time::parse_or_utc(text), None, "{text}");
        }
    }
}
