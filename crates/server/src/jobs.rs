//! What happens without a request: outcomes are asked for, what is overdue ends, old keys and counts are forgotten, and
//! the log is told who was refused.

use std::sync::Arc;
use std::time::Duration;

use domain::customers::search;
use domain::payments::typed;
use domain::payments::{capture, checkout, settle};
use domain::time::Time;
use domain::{App, Error, Tx, attempts, erasure, idempotency, tokens};
use tokio::time::{MissedTickBehavior, interval};

const EVERY: Duration = Duration::from_secs(1);
/// Batches of what is forgotten in one turn. More wait for the next one, so that a backlog keeps no outcome waiting.
const BATCHES_MAX: usize = 20;

/// Works until the task is dropped. Every job may be cut off at any point and run by several servers at once. Each has a
/// timer of its own, so that one that waits for an acquirer holds back no other.
pub(crate) async fn run(app: Arc<App>) {
    let (app, seen, rounds) = (&app, Arc::new(search::Seen::default()), Arc::new(search::Rounds::default()));
    tokio::join!(
        repeat(app, "asking for outcomes", |app| async move { settle::ask_due(&app).await }),
        repeat(app, "capturing what is due", |app| async move { capture::capture_due(&app).await }),
        repeat(app, "ending what is overdue", |app| async move { checkout::sweep(&app).await }),
        repeat(app, "forgetting keys", forget),
        repeat(app, "erasing the deleted", erase),
        repeat(app, "indexing customers", |app| {
            let seen = Arc::clone(&seen);
            async move { search::keep_up(&app, &seen).await }
        }),
        repeat(app, "erasing the deleted from the index", |app| {
            let rounds = Arc::clone(&rounds);
            async move { search::forget_deleted(&app, &rounds).await }
        }),
        repeat(app, "taking changes into the index", |app| {
            let rounds = Arc::clone(&rounds);
            async move { search::take_in_changes(&app, &rounds).await }
        }),
        repeat(app, "emptying tokens", empty),
        repeat(app, "forgetting attempts and forms", forget_pages),
        repeat(app, "logging who was refused", |app| async move {
            app.refused().log();
            Ok(())
        }),
    );
}

async fn repeat<F: Future<Output = Result<(), Error>>>(
    app: &Arc<App>,
    job: &'static str,
    work: impl Fn(Arc<App>) -> F,
) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        match work(Arc::clone(app)).await {
            Ok(()) => {}
            Err(Error::Busy(why)) => tracing::debug!(job, why, "put off"),
            // A database that is away is told once a second and not more; the next turn tries again.
            Err(error) => tracing::error!(job, %error, "a job failed"),
        }
    }
}

async fn forget(app: Arc<App>) -> Result<(), Error> {
    in_batches(&app, idempotency::is_anything_over, idempotency::forget).await
}

/// Has payments and answers forget who was deleted.
async fn erase(app: Arc<App>) -> Result<(), Error> {
    in_batches(&app, erasure::is_anything_left, erasure::go_on).await
}

/// Does so until nothing is left, before the server stops.
pub(crate) async fn erase_all(app: &Arc<App>) -> Result<(), Error> {
    let now = app.now();
    while app.read_to_write(move |tx| erasure::is_anything_left(tx, now)).await? {
        erase(Arc::clone(app)).await?;
    }
    search::take_in_all_changes(app).await
}

async fn empty(app: Arc<App>) -> Result<(), Error> {
    app.codes().sweep(app.now());
    in_batches(&app, tokens::is_anything_over, tokens::sweep).await
}

async fn forget_pages(app: Arc<App>) -> Result<(), Error> {
    in_batches(&app, attempts::is_anything_over, attempts::forget).await?;
    in_batches(&app, typed::is_anything_over, typed::forget).await
}

/// Works a batch at a time while anything is over.
async fn in_batches(
    app: &App,
    is_anything_over: fn(&mut Tx<'_>, Time) -> Result<bool, Error>,
    forget: fn(&mut Tx<'_>, Time) -> Result<(), Error>,
) -> Result<(), Error> {
    let now = app.now();
    for _ in 0..BATCHES_MAX {
        if !app.read_to_write(move |tx| is_anything_over(tx, now)).await? {
            break;
        }
        app.write(move |tx| forget(tx, now)).await?;
    }
    Ok(())
}
