//! Which transactions are under way, as far as a database tells. What they do is not known here.

/// The oldest transaction that is under way and the next one that may begin, by numbers that grow. Where none is under way
/// they are the same.
#[derive(Debug, Clone, Copy)]
pub struct UnderWay {
    /// All before it have ended.
    pub oldest: i64,
    /// It and all behind it have not begun.
    pub next: i64,
}
