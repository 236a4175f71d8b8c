//! What happens without a request: outcomes are asked for, what is overdue ends, old keys and counts are forgotten, and
//! the log is told who was refused.

use std::sync::Arc;
use std::time::Duration;

use domain::instruments::typed;
use domain::payments::{capture, checkout, settle};
use domain::{App, Error, attempts, idempotency, tokens};
use tokio::time::{MissedTickBehavior, interval};

use crate::refusals;

const EVERY: Duration = Duration::from_secs(1);
/// Overdue payments ended in one commit.
const SWEEP_MAX: usize = 100;
/// Batches of what is forgotten in one turn. More wait for the next one, so that a backlog keeps no outcome waiting.
const BATCHES_MAX: usize = 20;

/// Works until the task is dropped. Every job may be cut off at any point and run by several servers at once.
pub(crate) async fn run(app: Arc<App>) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        report("asking for outcomes", settle::ask_due(&app).await.map(|_| ()));
        report("capturing what is due", capture::capture_due(&app).await.map(|_| ()));
        report("ending what is overdue", sweep(&app).await);
        report("forgetting keys", forget(&app).await);
        report("emptying tokens", empty(&app).await);
        report("forgetting attempts and forms", forget_pages(&app).await);
        refusals::tell(app.refused());
    }
}

async fn sweep(app: &Arc<App>) -> Result<(), Error> {
    let now = app.now();
    if !app.read(move |tx| checkout::is_anything_overdue(tx, now)).await? {
        return Ok(());
    }
    let draw: Vec<_> = std::iter::repeat_with(|| app.draw()).take(2 * SWEEP_MAX).collect();
    app.write(move |tx| checkout::sweep(tx, &draw)).await.map(|_| ())
}

async fn forget(app: &Arc<App>) -> Result<(), Error> {
    let now = app.now();
    for _ in 0..BATCHES_MAX {
        if !app.read(move |tx| idempotency::is_anything_over(tx, now)).await? {
            break;
        }
        app.write(move |tx| idempotency::forget(tx, now)).await?;
    }
    Ok(())
}

async fn empty(app: &Arc<App>) -> Result<(), Error> {
    let now = app.now();
    app.codes().sweep(now);
    for _ in 0..BATCHES_MAX {
        if !app.read(move |tx| tokens::is_anything_over(tx, now)).await? {
            break;
        }
        app.write(move |tx| tokens::sweep(tx, now)).await?;
    }
    Ok(())
}

async fn forget_pages(app: &Arc<App>) -> Result<(), Error> {
    let now = app.now();
    while app.read(move |tx| attempts::is_anything_over(tx, now)).await? {
        app.write(move |tx| attempts::forget(tx, now)).await?;
    }
    while app.read(move |tx| typed::is_anything_over(tx, now)).await? {
        app.write(move |tx| typed::forget(tx, now)).await?;
    }
    Ok(())
}

/// One line a minute and kind: enough to see an attacker, and not enough to fill a disk.
/// A database that is away is told once a second and not more; the next turn tries again.
fn report(job: &str, result: Result<(), Error>) {
    match result {
        Ok(()) => {}
        Err(Error::Busy(why)) => tracing::debug!(job, why, "put off"),
        Err(error) => tracing::error!(job, %error, "a job failed"),
    }
}
