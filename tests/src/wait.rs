//! Waiting: the one place that lets time pass.

use std::time::{Duration, Instant};

const STEP: Duration = Duration::from_millis(10);

/// How long an outcome may stay unknown, also after a crash.
pub const SETTLED: Duration = Duration::from_secs(60);

/// How long what was deleted may stay in the files of a database, and a little more.
pub const ERASED: Duration = Duration::from_secs(62);

/// Asks again and again until there is an answer.
///
/// # Panics
/// There is none within the limit.
pub fn eventually<T>(within: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < within, "{what}: not within {within:?}");
        pause(STEP);
    }
}

/// Does nothing for a while, where slowness itself is what a test is about.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has threads of its own, and this is the one place they wait"
)]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
