//! Rounds of a job: work on many things that have nothing to do with one another. One that fails, or that waits for a slow
//! acquirer, holds back no other. This must not know what the work is.

use std::fmt::Debug;

use tokio::task::JoinSet;

use crate::kernel::error::Error;

/// Does the work of each thing, all at the same time, and tells the log of those that failed. Whoever comes too late,
/// because somebody else moved the thing meanwhile, has nothing to tell. Whether nothing was put off because the server is busy.
pub(crate) async fn each<T, F>(job: &'static str, things: Vec<T>, work: impl Fn(T) -> F) -> bool
where
    T: Debug + Copy,
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for thing in things {
        let work = work(thing);
        let thing = format!("{thing:?}");
        tasks.spawn(async move {
            match work.await {
                Ok(())
                | Err(Error::State(_) | Error::InFlight | Error::Invalid { .. } | Error::NotFound(_)) => {}
                Err(Error::Busy(why)) => {
                    tracing::debug!(job, thing, why, "put off");
                    return false;
                }
                Err(error) => tracing::error!(job, thing, %error, "a job goes on without one of its things"),
            }
            true
        });
    }
    let mut all_were_tried = true;
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok(was_tried) => all_were_tried &= was_tried,
            Err(error) => tracing::error!(job, %error, "a job goes on without one of its things"),
        }
    }
    all_were_tried
}
