//! Chance that a seed makes again.

/// Random numbers that a seed makes again (SplitMix64).
pub(super) struct Random(u64);

impl Random {
    /// Prints its seed, which is another one each time, since the hasher's keys are random, unless `KASSA_TEST_SEED` says it.
    pub(super) fn new() -> Self {
        use std::hash::{BuildHasher, RandomState};
        let given = std::env::var("KASSA_TEST_SEED").ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0));
        println!("KASSA_TEST_SEED={seed}");
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(count).expect("64 bits hold a count"))
            .expect("it is below the count")
    }

    pub(super) fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    pub(super) fn letters(&mut self, alphabet: &[u8], count: usize) -> String {
        (0..count).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    /// Whether what is so once in `times` is so now.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// The lengths of parts of a whole, none of them shorter or longer than these.
    pub(super) fn parts(&mut self, whole: usize, least: usize, most: usize) -> Vec<usize> {
        let mut parts = Vec::new();
        let mut left = whole;
        while left > 0 {
            let part = (least + self.below(most - least + 1)).min(left);
            parts.push(part);
            left -= part;
        }
        parts
    }

    pub(super) fn digits(&mut self, count: usize) -> String {
        self.letters(b"0123456789", count)
    }
}
