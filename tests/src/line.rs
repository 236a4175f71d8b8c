//! A line to PostgreSQL that can be frozen, cut, and led elsewhere, as networks and failovers do it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::pooler::at;
use crate::wait::pause;

/// The line: what is sent goes on to wherever it leads at the time.
pub struct Switch {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    is_frozen: AtomicBool,
    /// Connections of an earlier era are forgotten: they stay open, and nobody ever hears anything on them.
    era: AtomicUsize,
    /// Host and port of where it leads.
    target: Mutex<String>,
    /// What freezes it when it is sent.
    trigger: Mutex<Option<&'static str>>,
    /// When that was.
    triggered: Mutex<Option<Instant>>,
    /// The clients' ends of the connections that there are, each with its number.
    clients: Mutex<Vec<(usize, TcpStream)>>,
}

impl Switch {
    /// A line to wherever the first address that is asked for leads.
    pub fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        // It ends with the test's process.
        std::thread::spawn(move || {
            for (number, client) in listener.incoming().map_while(Result::ok).enumerate() {
                let Ok(server) = TcpStream::connect(held(&shared.target).clone()) else { continue };
                let born = shared.era.load(Ordering::SeqCst);
                held(&shared.clients).push((number, client.try_clone().expect("a socket")));
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
                    let state = Arc::clone(&shared);
                    std::thread::spawn(move || state.pass(from, to, number, born));
                }
            }
        });
        Self { port, state }
    }

    /// The same database through the line.
    pub fn way(&self) -> impl Fn(&str) -> String + Send + Sync + use<> {
        let (port, state) = (self.port, Arc::clone(&self.state));
        move |url| {
            let place = url.split_once('@').and_then(|(_, rest)| rest.split_once('/')).expect("a place").0;
            let mut target = held(&state.target);
            if target.is_empty() {
                place.clone_into(&mut target);
            }
            at(url, &format!("127.0.0.1:{port}"))
        }
    }

    /// Stops everything on the line as soon as these words are sent.
    pub fn freeze_at(&self, words: &'static str) {
        *held(&self.state.trigger) = Some(words);
    }

    /// How long ago those words stopped it.
    ///
    /// # Panics
    /// They were never sent.
    pub fn frozen_for(&self) -> Duration {
        held(&self.state.triggered).expect("what freezes it was sent").elapsed()
    }

    /// Stops everything on the line, or lets it go on.
    pub fn freeze(&self, is_frozen: bool) {
        self.state.is_frozen.store(is_frozen, Ordering::SeqCst);
    }

    /// Forgets the connections that there are, as a firewall does: they stay open, and nobody hears anything on them. New
    /// ones work.
    pub fn forget(&self) {
        self.state.era.fetch_add(1, Ordering::SeqCst);
    }

    /// Leads new connections elsewhere, to a host and port, as another entry under a name does.
    pub fn lead_to(&self, place: &str) {
        place.clone_into(&mut held(&self.state.target));
    }

    /// Cuts the connections that there are.
    pub fn cut(&self) {
        for (_, client) in held(&self.state.clients).drain(..) {
            let _ = client.shutdown(Shutdown::Both);
        }
    }

    /// How many connections there are that their client has not ended.
    pub fn connections(&self) -> usize {
        held(&self.state.clients).len()
    }
}

impl Default for Switch {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    fn pass(&self, mut from: TcpStream, mut to: TcpStream, number: usize, born: usize) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let words = *held(&self.trigger);
            let is_sent =
                |words: &str| buffer[..length].windows(words.len()).any(|part| part == words.as_bytes());
            if words.is_some_and(is_sent) {
                held(&self.triggered).get_or_insert_with(Instant::now);
                self.is_frozen.store(true, Ordering::SeqCst);
            }
            while self.is_frozen.load(Ordering::SeqCst) {
                pause(Duration::from_millis(10));
            }
            if self.era.load(Ordering::SeqCst) == born && to.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
        held(&self.clients).retain(|(other, _)| *other != number);
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
