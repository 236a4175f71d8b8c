//! Where one connection stands and how long it has been there.
//!
//! hyper tells nobody when a request begins or when an answer has left, and its own header timer also counts
//! idle time. So the watched socket says when bytes come and go, the service says when a handler runs, and
//! the accept loop asks once a tick whether the connection is overdue. This module must not close anything
//! itself: it says what is to be closed, and from then on lets no handler start.

use crate::Limits;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The slowest that a body may come when connections are short.
const BODY_BYTES_A_SECOND: u32 = 1024;

/// How willingly a connection makes room for another: the smallest goes first, the longest waiting of equals.
pub(crate) type Rank = (u8, Instant);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing was read yet: the TLS handshake, or a client that says nothing.
    Opening,
    /// A part of a request's head was read.
    Head,
    /// A handler runs. No head or idle timer runs.
    Busy,
    /// The handler is done, and its answer is taken piece by piece, as fast as the client takes it.
    Answering,
    /// The answer is produced and waits in the write buffer.
    Answered,
    /// The answer has left and nothing of a next request was read.
    Idle,
    /// Our side is closed and the rest of what the client sends is thrown away. Closing with unread bytes
    /// makes the kernel reset the connection, and then the client loses the very answer (a 413, a 431) that
    /// says what is wrong.
    Lingering,
    /// The accept loop has decided to end this connection, so no handler may start on it.
    Closed,
}

struct State {
    phase: Phase,
    /// When the time that counts against this phase began.
    since: Instant,
    /// Since when a write has made no progress.
    stalled: Option<Instant>,
    /// The body of the latest request was read to its end.
    body_read: bool,
    /// The latest request gave its body's length, so its last bytes can be anything.
    sized: bool,
    /// The handler waits for more of the body: until it has come nothing is worked on.
    awaits_body: bool,
    /// Until when the bytes of the body that have come would have lasted at the slowest pace. What came sooner than
    /// that is no credit for later, or a client could send half of its body at once and then nothing.
    body_due: Instant,
    /// The answer being made is the connection's last: its request's body came too late, or the server stops.
    last: bool,
}

/// Shared by the accept loop, the socket wrapper, the bodies and the service of one connection.
pub(crate) struct Progress {
    state: Mutex<State>,
    stop: Notify,
}

impl Progress {
    pub(crate) fn new() -> Progress {
        let now = Instant::now();
        Progress {
            state: Mutex::new(State {
                phase: Phase::Opening,
                since: now,
                stalled: None,
                body_read: true,
                sized: false,
                awaits_body: false,
                body_due: now,
                last: false,
            }),
            stop: Notify::new(),
        }
    }

    /// The connection's task runs for the first time. Until then it was for us to do something, not for the client.
    pub(crate) fn started(&self) {
        self.state().since = Instant::now();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing between lock and unlock can panic, and a stale phase would be harmless all the same.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the connection to close once what it is answering is answered.
    pub(crate) fn stop(&self) {
        self.state().last = true;
        self.stop.notify_one();
    }

    /// Ready once [`Progress::stop`] was called.
    pub(crate) async fn stopped(&self) {
        self.stop.notified().await;
    }

    /// A request's head is complete. False means that the connection is being closed and no handler may
    /// start: a client may send such a request again, so it must have had no effect.
    pub(crate) fn begin(&self, has_body: bool, sized: bool) -> bool {
        let mut state = self.state();
        if state.phase == Phase::Closed {
            return false;
        }
        state.phase = Phase::Busy;
        state.body_read = !has_body;
        state.sized = has_body && sized;
        state.awaits_body = false;
        if has_body {
            state.body_due = Instant::now();
        }
        true
    }

    /// The handler has taken all of the body that has come, and waits for more.
    pub(crate) fn body_awaited(&self) {
        self.state().awaits_body = true;
    }

    /// The handler is given so many bytes of the body, or its end. False means that the connection is being closed,
    /// and the handler must not go on.
    pub(crate) fn body_came(&self, bytes: usize, ended: bool) -> bool {
        let mut state = self.state();
        if state.phase == Phase::Closed {
            return false;
        }
        state.awaits_body = false;
        state.body_read |= ended;
        if !ended {
            let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
            let lasts = Duration::from_secs(1) * bytes / BODY_BYTES_A_SECOND;
            state.body_due = Instant::now().min(state.body_due + lasts);
        }
        true
    }

    /// Nobody reads the body any more.
    pub(crate) fn body_left(&self) {
        self.state().awaits_body = false;
    }

    /// The body did not come in time. What is left of it would be taken for the next request.
    pub(crate) fn body_late(&self) {
        let mut state = self.state();
        state.last = true;
        state.awaits_body = false;
    }

    /// Whether the answer being made is the connection's last. It is when nobody read the request's body: what is
    /// left of it would be taken for the next request, and a client that is told can send that elsewhere.
    pub(crate) fn is_last(&self) -> bool {
        let state = self.state();
        state.last || !state.body_read
    }

    /// The handler has given its answer.
    pub(crate) fn answering(&self) {
        let mut state = self.state();
        if state.phase == Phase::Busy {
            state.phase = Phase::Answering;
        }
    }

    /// hyper has taken the whole answer.
    pub(crate) fn answered(&self) {
        let mut state = self.state();
        if matches!(state.phase, Phase::Busy | Phase::Answering) {
            state.phase = Phase::Answered;
        }
    }

    /// Bytes came from the client.
    pub(crate) fn heard(&self) {
        let mut state = self.state();
        match state.phase {
            // The first head shares its time with the handshake, so that a slow handshake buys nothing.
            Phase::Opening => state.phase = Phase::Head,
            Phase::Idle => {
                state.phase = Phase::Head;
                state.since = Instant::now();
            }
            Phase::Head
            | Phase::Busy
            | Phase::Answering
            | Phase::Answered
            | Phase::Lingering
            | Phase::Closed => {}
        }
    }

    /// Everything written so far has been handed to the kernel. `between_requests` says whether the bytes
    /// read so far end where a request ends.
    pub(crate) fn flushed(&self, between_requests: bool) {
        let mut state = self.state();
        state.stalled = None;
        if state.phase == Phase::Answered {
            // After a body of a given length nothing marks its end. A piece of a next head that came in the
            // same segment as that body counts as idle time until more of it comes: a longer limit, never
            // none.
            state.phase = if state.sized || between_requests { Phase::Idle } else { Phase::Head };
            state.since = Instant::now();
        }
    }

    /// A write was tried, and either took some bytes or has to wait for the client.
    pub(crate) fn wrote(&self, some: bool) {
        let mut state = self.state();
        if some {
            state.stalled = None;
        } else {
            state.stalled.get_or_insert_with(Instant::now);
        }
    }

    /// True when the client may still be sending, so that its bytes are to be read away before the close.
    pub(crate) fn linger(&self) -> bool {
        let mut state = self.state();
        if state.phase == Phase::Closed || (state.body_read && state.phase != Phase::Head) {
            return false;
        }
        state.phase = Phase::Lingering;
        state.since = Instant::now();
        true
    }

    /// Closes the connection if it has used up the time of its phase, and says whether it did.
    pub(crate) fn close_if_overdue(&self, now: Instant, limits: &Limits) -> bool {
        let mut state = self.state();
        let spent = now.saturating_duration_since(state.since);
        let overdue = match state.phase {
            Phase::Opening | Phase::Head => spent >= limits.head,
            Phase::Idle => spent >= limits.idle,
            Phase::Lingering => spent >= limits.linger(),
            Phase::Busy | Phase::Answering | Phase::Answered => false,
            Phase::Closed => true,
        };
        // A client that does not take its answer is idle, whatever the phase.
        let stuck = state.stalled.is_some_and(|since| now.saturating_duration_since(since) >= limits.idle);
        if overdue || stuck {
            state.phase = Phase::Closed;
        }
        overdue || stuck
    }

    /// How willingly this connection makes room for another; `None` stays. Who has lagged for long enough goes: first
    /// without a whole head, then with a body that is too slow or an answer that is not taken, then idle. If there
    /// is no room `at_all`, so do clients that are idle or have lagged for an eighth of that time, and last of all whoever
    /// has sent a part of a body, however fast the rest comes: nothing of it is worked on yet.
    pub(crate) fn expendable(&self, now: Instant, limits: &Limits, at_all: bool) -> Option<Rank> {
        self.state().expendable(now, limits, at_all)
    }

    /// Closes the connection for another one if it is still expendable, and says whether it did.
    pub(crate) fn close_for_another(&self, now: Instant, limits: &Limits, at_all: bool) -> bool {
        let mut state = self.state();
        let closes = state.expendable(now, limits, at_all).is_some();
        if closes {
            state.phase = Phase::Closed;
        }
        closes
    }

    /// Closes the connection if nothing of a request was read, and says whether it did.
    pub(crate) fn close_if_quiet(&self) -> bool {
        let mut state = self.state();
        match state.phase {
            Phase::Opening | Phase::Idle => {
                state.phase = Phase::Closed;
                true
            }
            Phase::Head
            | Phase::Busy
            | Phase::Answering
            | Phase::Answered
            | Phase::Lingering
            | Phase::Closed => false,
        }
    }
}

impl State {
    fn expendable(&self, now: Instant, limits: &Limits, at_all: bool) -> Option<Rank> {
        let (late, soon, since) = match self.phase {
            Phase::Lingering => return Some((0, self.since)),
            Phase::Opening | Phase::Head => (1, 5, self.since),
            Phase::Busy if self.awaits_body => (2, 6, self.body_due),
            Phase::Answering | Phase::Answered => (2, 6, self.stalled?),
            Phase::Idle => (3, 4, self.since),
            // A request is being worked on.
            Phase::Busy | Phase::Closed => return None,
        };
        let lag = now.saturating_duration_since(since);
        if lag >= limits.lag {
            return Some((late, since));
        }
        if !at_all {
            return None;
        }
        if self.phase == Phase::Idle || lag >= limits.lag / 8 {
            return Some((soon, since));
        }
        (self.phase == Phase::Busy).then_some((7, since))
    }
}
