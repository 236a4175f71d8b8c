//! Which transactions are under way, as far as a database tells. What they do is not known here.

/// The oldest transaction that is under way and the one that asks, by numbers that grow. Where no other is under way they are
/// the same.
#[derive(Debug, Clone, Copy)]
pub struct UnderWay {
    /// All before it have ended.
    pub oldest: i64,
    /// All that had begun to write before are before it.
    pub own: i64,
}
