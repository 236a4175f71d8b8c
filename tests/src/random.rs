//! Randomness that can be had again: the seed is printed, which shows when a test fails, and `KASSA_TEST_SEED` sets it.

use std::hash::{BuildHasher, RandomState};

/// A generator (xorshift64*), good enough to vary what a test does.
pub struct Random(u64);

impl Random {
    /// Draws a seed, or takes it from `KASSA_TEST_SEED`, and prints it.
    #[expect(clippy::print_stdout, reason = "the test runner shows it when the test fails")]
    pub fn new() -> Self {
        let given = std::env::var("KASSA_TEST_SEED").ok();
        let seed = given.map(|text| text.parse().expect("KASSA_TEST_SEED is a number"));
        // The standard library seeds its hash maps from the operating system.
        let seed = seed.unwrap_or_else(|| RandomState::new().hash_one(0_u8));
        println!("KASSA_TEST_SEED={seed}");
        Self::from_seed(seed)
    }

    /// The generator of a seed.
    pub const fn from_seed(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A generator of its own for a thread.
    pub fn split(&mut self) -> Self {
        Self::from_seed(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).expect("31 bits fit") % end
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::new()
    }
}
