//! When an acquirer is asked what became of an operation: soon at first, and then more and more seldom. This must not ask.

use std::time::Duration;

use crate::kernel::id::ActionId;

/// How long after an operation began it may be asked about: longer than the acquirer's deadline, so that whoever
/// began it is not asking any more.
pub(crate) const FIRST: Duration = Duration::from_secs(30);

/// The first and the longest wait between two questions about an unknown outcome. An outcome settles within 60 s once
/// the acquirer answers, and a question may have to wait for others that get no answer, as long as those may take.
const SOON: Duration = Duration::from_secs(2);
const OUTCOME_MAX: Duration = Duration::from_secs(30);

/// The first and the longest wait between two questions about a buyer who is at the card's bank, and between the two the
/// share of the time that it took until now. Who comes back is not waited for: the acquirer is told at once.
const BUYER_MIN: Duration = Duration::from_secs(30);
const BUYER_MAX: Duration = Duration::from_secs(60 * 60);
const OF_AGE: u32 = 8;

/// How long to wait with the next question about an outcome that is unknown, after so many.
pub(crate) fn about_an_outcome(id: ActionId, inquiries: i64) -> Duration {
    let doublings = u32::try_from(inquiries).unwrap_or(u32::MAX).min(8);
    spread(id, (SOON * 2_u32.pow(doublings)).min(OUTCOME_MAX))
}

/// How long to wait with the next question about a buyer who has not answered yet, so long after the operation began.
pub(crate) fn about_a_buyer(id: ActionId, age: Duration) -> Duration {
    spread(id, (age / OF_AGE).clamp(BUYER_MIN, BUYER_MAX))
}

/// Up to a quarter less, for each operation another part of it: so those that began together are not asked about together.
fn spread(id: ActionId, wait: Duration) -> Duration {
    let chance = id.bytes().last().copied().unwrap_or_default();
    wait - wait / 4 * u32::from(chance) / u32::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::Id;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn an_outcome_is_asked_for_soon_and_then_more_seldom_but_twice_a_minute_at_least() {
        for chance in 0..=u8::MAX {
            let id = Id::from_bytes([chance; 16]);
            let waits: Vec<Duration> = (0..100).map(|asked| about_an_outcome(id, asked)).collect();
            assert!(waits.is_sorted() && waits[0] <= SOON && waits[0] * 4 >= SOON * 3, "{waits:?}");
            assert!(waits[99] <= OUTCOME_MAX && waits[99] * 4 >= OUTCOME_MAX * 3, "{waits:?}");
        }
        assert_ne!(
            about_an_outcome(Id::from_bytes([0; 16]), 9),
            about_an_outcome(Id::from_bytes([255; 16]), 9),
            "those that began together are asked about together"
        );
    }

    #[test]
    fn a_buyer_is_asked_about_each_half_minute_at_first_and_each_hour_in_the_end() {
        for chance in 0..=u8::MAX {
            let id = Id::from_bytes([chance; 16]);
            for (age, at_most) in [
                (Duration::ZERO, BUYER_MIN),
                (4 * MINUTE, BUYER_MIN),
                (15 * MINUTE, 2 * MINUTE),
                (60 * MINUTE, 8 * MINUTE),
                (30 * 24 * 60 * MINUTE, BUYER_MAX),
            ] {
                let wait = about_a_buyer(id, age);
                assert!(wait <= at_most && wait * 2 > at_most, "{wait:?} after {age:?}");
            }
        }
    }
}
