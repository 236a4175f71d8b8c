//! The readiness probe: whether a write can be taken now. Anybody may ask, so it writes at most once a second however
//! many ask, and says nothing of what is wrong inside.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use domain::App;
use tokio::sync::Mutex;

/// How long the probe waits for its write.
const WITHIN: Duration = Duration::from_secs(2);
/// How long an answer stands.
const STANDS: Duration = Duration::from_secs(1);

/// Answers the probe.
#[derive(Clone)]
pub(crate) struct Probe {
    app: Arc<App>,
    last: Arc<Mutex<Option<Tried>>>,
}

/// One write that was tried.
struct Tried {
    at: Instant,
    /// Why it could not be taken; none when it was.
    why: Option<&'static str>,
}

impl Probe {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self { app, last: Arc::default() }
    }

    /// Why no write can be taken; none when one can.
    async fn unready(&self) -> Option<&'static str> {
        // Who asks while a write is under way waits for its outcome.
        let mut last = Arc::clone(&self.last).lock_owned().await;
        if let Some(tried) = last.as_ref()
            && tried.at.elapsed() < STANDS
        {
            return tried.why;
        }
        let app = Arc::clone(&self.app);
        // In a task of its own, so that a client that hangs up lets nobody try again sooner.
        let tried = tokio::spawn(async move {
            let why = match tokio::time::timeout(WITHIN, app.prove_writing()).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "not ready");
                    Some("the database cannot be written")
                }
                Err(_) => {
                    tracing::warn!(within = ?WITHIN, "not ready: no write came back");
                    Some("a write takes too long")
                }
            };
            *last = Some(Tried { at: Instant::now(), why });
            why
        });
        tried.await.unwrap_or(Some("the probe failed"))
    }
}

/// 200 when a write can be taken, 503 with the reason when not.
pub(crate) async fn ready(State(probe): State<Probe>) -> Response {
    match probe.unready().await {
        None => "ready\n".into_response(),
        Some(why) => {
            let words = format!("not ready: {why}\n");
            (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], words).into_response()
        }
    }
}
