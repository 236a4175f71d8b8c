//! For whom work is done, as the log tells it, and work that goes on to its end, also when whoever asked for it goes away.
//! This must not know what the work is.
//!
//! It is no span, which costs each request more than all else that is done for the log.

use crate::kernel::error::Error;

/// Letters of a request's id.
const LETTERS: usize = 24;

tokio::task_local! {
    static ASKED_BY: AskedBy;
}

/// Who asked for what is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedBy {
    /// A request.
    Request(RequestId),
    /// The operator, by a command.
    Command,
}

impl AskedBy {
    /// Whoever asked for what this task does.
    pub fn now() -> Option<Self> {
        ASKED_BY.try_with(|asked_by| *asked_by).ok()
    }

    /// Does work for them.
    pub async fn has<T>(self, work: impl Future<Output = T>) -> T {
        ASKED_BY.scope(self, work).await
    }
}

/// The id of a request, in the `X-Request-Id` of its answer and in the log. Nothing but chance, so that it tells nobody when
/// the server was started and how much it has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId([u8; LETTERS]);

impl RequestId {
    /// No digits, because a long run of them in a log looks like a card number.
    pub fn draw(random: impl Fn(&mut [u8])) -> Self {
        let mut bytes = [0; LETTERS / 2];
        random(&mut bytes);
        let mut letters = [b'a'; LETTERS];
        for (pair, byte) in letters.chunks_mut(2).zip(bytes) {
            pair[0] += byte >> 4;
            pair[1] += byte & 15;
        }
        Self(letters)
    }

    /// The letters.
    pub fn as_str(&self) -> &str {
        // They are letters, so the alternative never shows.
        std::str::from_utf8(&self.0).unwrap_or("-")
    }
}

/// Does work in a task of its own. What it tells the log has the id of the request that it was asked for with.
pub(crate) async fn to_its_end<T, E>(
    what: &'static str,
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let task = match AskedBy::now() {
        Some(asked_by) => tokio::spawn(asked_by.has(work)),
        None => tokio::spawn(work),
    };
    // A panic's message may hold whatever the work had in its hands; the log has the place of it already.
    task.await.unwrap_or_else(|error| {
        let why = if error.is_panic() { "it panicked" } else { "it was given up" };
        Err(Error::Internal(format!("{what} ended in the middle: {why}")).into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_told_without_its_message() {
        let secret = "SECRET".to_owned();
        let done: Result<(), Error> =
            to_its_end("the work", async move { panic!("{secret} is wrong") }).await;
        assert_eq!(done.unwrap_err().to_string(), "the work ended in the middle: it panicked");
    }
}
