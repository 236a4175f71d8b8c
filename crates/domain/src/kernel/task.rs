//! Work that goes on to its end, also when whoever asked for it goes away. This must not know what the work is.

use tracing::{Instrument, Span};

use crate::kernel::error::Error;

/// Does work in a task of its own. What it tells the log has the id of the request that it was asked for with, because
/// the span of that request goes along.
pub(crate) async fn to_its_end<T, E>(
    what: &'static str,
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let task = tokio::spawn(work.instrument(Span::current()));
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
