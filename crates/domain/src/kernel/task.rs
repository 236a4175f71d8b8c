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
    task.await
        .unwrap_or_else(|error| Err(Error::Internal(format!("{what} ended in the middle: {error}")).into()))
}
