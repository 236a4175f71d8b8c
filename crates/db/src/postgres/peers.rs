//! What the threads of a server know of one another: how many have a connection, and that the one they all had before
//! leads to the wrong server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Shared by all of them.
pub(super) struct Peers {
    wanted: usize,
    connected: AtomicUsize,
    /// Grows when what is connected is to connect anew.
    era: AtomicUsize,
    is_short: AtomicBool,
    has_ended: AtomicBool,
}

impl Peers {
    pub(super) fn new(wanted: usize) -> Self {
        let [connected, era] = [AtomicUsize::new(0), AtomicUsize::new(0)];
        let [is_short, has_ended] = [AtomicBool::new(false), AtomicBool::new(false)];
        Self { wanted, connected, era, is_short, has_ended }
    }

    /// Whether anybody has a connection.
    pub(super) fn is_any_connected(&self) -> bool {
        self.connected.load(Ordering::SeqCst) > 0
    }

    /// Has all connections that there are by now made anew.
    pub(super) fn begin_era(&self) {
        self.era.fetch_add(1, Ordering::SeqCst);
    }

    /// Says once that there are fewer connections than wanted, until that has changed.
    pub(super) fn tell_short(&self, why: &str) {
        if !self.is_short.swap(true, Ordering::SeqCst) {
            let (connected, wanted) = (self.connected.load(Ordering::SeqCst), self.wanted);
            tracing::warn!("PostgreSQL gives {connected} of {wanted} connections, which have to do: {why}");
        }
    }

    /// Has threads that wait for a connection end.
    pub(super) fn end(&self) {
        self.has_ended.store(true, Ordering::SeqCst);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::SeqCst)
    }
}

/// One connection, counted as long as it is there.
pub(super) struct Place {
    peers: Arc<Peers>,
    era: usize,
}

impl Place {
    pub(super) fn new(peers: &Arc<Peers>) -> Self {
        let peers = Arc::clone(peers);
        if peers.connected.fetch_add(1, Ordering::SeqCst) + 1 == peers.wanted
            && peers.is_short.swap(false, Ordering::SeqCst)
        {
            tracing::info!("PostgreSQL gives all {} connections", peers.wanted);
        }
        Self { era: peers.era.load(Ordering::SeqCst), peers }
    }

    /// Whether it is of an era that is over.
    pub(super) fn is_past(&self) -> bool {
        self.era != self.peers.era.load(Ordering::SeqCst)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.peers.connected.fetch_sub(1, Ordering::SeqCst);
    }
}
