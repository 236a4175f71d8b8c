//! The accept loop: how many connections there are, how long each may take, and how they end at shutdown.
//!
//! Ours and not axum's, because that one has no timer for slow clients. It speaks HTTP/1.1 only. It must not
//! know what a request is about: routes, sizes of bodies and words of errors belong to the router.

mod connection;
pub mod held;
mod progress;
#[cfg(test)]
mod tests;
pub mod tls;
mod watched;

use connection::Shared;
pub use connection::{bare, unpanicked};
use domain::ClientAddress;
use domain::places::{Place, Places};
use domain::tally::Tally;
use progress::{Progress, Rank};
use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tls::Tls;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

/// Connections that the kernel keeps until they are accepted; it lowers this to its own net.core.somaxconn.
const BACKLOG: u32 = 4096;
/// How long to wait after an accept that failed for want of file descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long it takes those that are cut off to end.
const CUT_OFF: Duration = Duration::from_millis(250);
/// How often that is put into the log.
const WARN_EVERY: Duration = Duration::from_secs(10);

/// What a client may cost. Time limits are noticed within one second of their end.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at once, idle ones included.
    pub connections: usize,
    /// The same of one address, or one IPv6 network of 64 bits.
    pub connections_per_address: usize,
    /// From the connection's start (TLS handshake included), or from the first byte of a later request, to
    /// the end of the header block.
    pub head: Duration,
    /// From the end of the header block to the end of the body.
    pub body: Duration,
    /// Between two requests, and the longest that a client may leave an answer untaken.
    pub idle: Duration,
    /// The request line and all headers.
    pub header_bytes: usize,
    /// How long a client may lag behind before it makes room when more than three quarters of the connections are
    /// in use.
    pub lag: Duration,
    /// For the requests that are being answered when the shutdown comes, those of which only a part has come included. It
    /// is short enough that the whole process ends before what started it loses patience, which is mostly after 10 s.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 4096,
            connections_per_address: 256,
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            header_bytes: 16 * 1024,
            lag: Duration::from_secs(2),
            drain: Duration::from_secs(5),
        }
    }
}

impl Limits {
    /// How often connections are looked at: four times a second, or more where a test's limits are shorter.
    fn tick(&self) -> Duration {
        (self.head.min(self.idle).min(self.lag) / 8)
            .clamp(Duration::from_millis(5), Duration::from_millis(250))
    }

    /// So many connections are enough; what is above is kept for whoever comes.
    fn enough(&self) -> usize {
        self.connections - self.connections / 4
    }

    /// How long a closing connection reads what the client still sends: 5 s, half of the time for a head.
    fn linger(&self) -> Duration {
        self.head / 2
    }
}

/// The address that a request's connection came from, in the request's extensions. Behind a proxy it is the
/// proxy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

/// Listens on `address`. A burst of new clients waits in a queue as long as the default number of
/// connections; the usual 128 loses a client a second when it overflows.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Otherwise a restart has to wait until the kernel has forgotten the last connections.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves `router` on `listener` until `shutdown` is ready, then finishes what is being answered and returns.
///
/// A panic in a handler is answered with an empty 500. A request's body fails with
/// [`io::ErrorKind::TimedOut`] after `limits.body`, whoever reads it, and then the connection closes after
/// the answer.
///
/// An address that has its share of connections gets no more of them, unless it is `unlimited`. When more than
/// three quarters of all are in use, clients that lag for two seconds are closed, and when all are, the next one
/// is accepted and takes the place of the slowest; never of one whose request is being worked on. Only if every
/// client has such a request do new ones wait, in the kernel's backlog: a wait that soon ends is better than a
/// refusal.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    router: axum::Router,
    limits: Limits,
    unlimited: impl Fn(IpAddr) -> bool,
    shutdown: impl Future<Output = ()>,
) {
    let mut tick = interval(limits.tick());
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut open = Open {
        shared: Arc::new(Shared::new(tls, router, limits.clone())),
        places: Places::new(limits.connections_per_address),
        limits,
        tasks: JoinSet::new(),
        entries: HashMap::new(),
        refused: Tally::default(),
    };
    // None for who is unlimited.
    let network = |peer: SocketAddr| (!unlimited(peer.ip())).then(|| ClientAddress(peer.ip()).network());
    let mut shutdown = pin!(shutdown);
    // The one connection that was accepted while there was no room.
    let mut waiting: Option<(TcpStream, SocketAddr, Option<Place>)> = None;
    let mut warned: Option<Instant> = None;
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            _ = tick.tick() => {
                open.close_overdue();
                open.close_laggards();
                if waiting.is_some() {
                    open.make_room();
                }
                open.refused.log();
            }
            Some(ended) = open.tasks.join_next_with_id() => {
                open.forget(ended);
                if let Some((socket, peer, place)) = waiting.take() {
                    open.start(socket, peer, place);
                }
            }
            accepted = listener.accept(), if waiting.is_none() => match accepted {
                Ok((socket, peer)) => {
                    let network = network(peer);
                    let place = network.and_then(|network| open.places.enter(network));
                    if let (Some(network), None) = (network, &place) {
                        // At once, for the others of that address are its own affair.
                        drop(socket);
                        open.refused.note("a connection more than its share", network);
                    } else if open.tasks.len() < open.limits.connections {
                        open.start(socket, peer, place);
                    } else {
                        open.make_room();
                        waiting = Some((socket, peer, place));
                    }
                }
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    if warned.is_none_or(|warned| warned.elapsed() >= WARN_EVERY) {
                        warned = Some(Instant::now());
                        tracing::warn!(
                            %error, connections = open.tasks.len(),
                            "cannot accept connections; raise the limit of open files (ulimit -n)"
                        );
                    }
                    open.make_room();
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(waiting);
    drop(listener);
    open.stop();
    let drained = timeout(open.limits.drain, async {
        while !open.tasks.is_empty() {
            tokio::select! {
                Some(ended) = open.tasks.join_next_with_id() => open.forget(ended),
                _ = tick.tick() => open.close_overdue(),
            }
        }
    });
    if drained.await.is_err() {
        tracing::warn!(connections = open.tasks.len(), "requests were cut off at the end of the drain time");
    }
    // One that waits for a disk does not notice that it was ended.
    let _ = timeout(CUT_OFF, open.tasks.shutdown()).await;
}

/// The client gave up before its connection was accepted: no reason to pause.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    )
}

/// The connections there are. Only the accept loop has it, so it needs no lock.
struct Open {
    shared: Arc<Shared>,
    limits: Limits,
    tasks: JoinSet<()>,
    entries: HashMap<Id, Entry>,
    places: Places,
    refused: Tally,
}

struct Entry {
    handle: AbortHandle,
    progress: Arc<Progress>,
    peer: SocketAddr,
    /// Given back with the entry; none for who is unlimited.
    _place: Option<Place>,
}

impl Open {
    fn start(&mut self, socket: TcpStream, peer: SocketAddr, place: Option<Place>) {
        let progress = Arc::new(Progress::new());
        let task = connection::talk(socket, peer, Arc::clone(&self.shared), Arc::clone(&progress));
        let handle = self.tasks.spawn(task);
        self.entries.insert(handle.id(), Entry { handle, progress, peer, _place: place });
    }

    /// A task that was aborted or panicked has closed its socket like any other; the panic hook has reported
    /// it.
    fn forget(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => error.id(),
        };
        self.entries.remove(&id);
    }

    fn close_overdue(&self) {
        let now = Instant::now();
        for entry in self.entries.values() {
            if entry.progress.close_if_overdue(now, &self.limits) {
                entry.handle.abort();
            }
        }
    }

    /// Who is being answered closes after the answer, who has sent nothing is closed now.
    fn stop(&self) {
        for entry in self.entries.values() {
            entry.progress.stop();
        }
        for entry in self.entries.values() {
            if entry.progress.close_if_quiet() {
                entry.handle.abort();
            }
        }
    }

    /// Closes those that lag, until three quarters of the connections are left.
    fn close_laggards(&mut self) {
        let too_many = self.tasks.len().saturating_sub(self.limits.enough());
        if too_many > 0 {
            self.close_slowest(too_many, false);
        }
    }

    /// Closes the connection that can best be spared, if there is one.
    fn make_room(&mut self) {
        self.close_slowest(1, true);
    }

    /// Walks them all, which at the cap costs less than the handshake of the one that comes.
    fn close_slowest(&mut self, count: usize, at_all: bool) {
        let now = Instant::now();
        let rank = |entry: &Entry| entry.progress.expendable(now, &self.limits, at_all);
        let mut spared: Vec<(Rank, &Entry)> =
            self.entries.values().filter_map(|entry| rank(entry).map(|rank| (rank, entry))).collect();
        if spared.len() > count {
            spared.select_nth_unstable_by_key(count, |(rank, _)| *rank);
            spared.truncate(count);
        }
        for (_, entry) in spared {
            if entry.progress.close_for_another(now, &self.limits, at_all) {
                entry.handle.abort();
                self.refused.note("slow or idle while connections were short", entry.peer.ip());
            }
        }
    }
}
