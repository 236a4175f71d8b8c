//! Carries lines of the log to stderr, so that whoever does not read it holds nobody up. A line that there is room for goes
//! out at once; others wait for a thread of their own, and where too many wait they are lost, which is said later. It must
//! not know what a line says.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Lines that may wait.
const WAITING_MAX: usize = 4096;
/// What a pipe takes in one piece where it says that it takes something.
const ONE_PIECE: usize = 4096;
/// How long the end of the process waits for lines that nobody has read.
const LAST_MOMENT: Duration = Duration::from_millis(500);

/// The way of lines to stderr.
#[derive(Clone)]
pub(crate) struct Lines {
    queue: Sender<Vec<u8>>,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    /// Lines that were given to the thread and are not written yet.
    waiting: usize,
    lost: u64,
}

impl Lines {
    /// Starts the thread.
    pub(crate) fn start() -> io::Result<Self> {
        let (queue, lines) = channel();
        let state = Arc::default();
        let own = Self { queue, state: Arc::clone(&state) };
        std::thread::Builder::new().name("log".to_owned()).spawn(move || carry(&lines, &state))?;
        Ok(own)
    }

    /// Waits a moment for what was not written yet. Says whether all of it is.
    pub(crate) fn flush(&self) -> bool {
        let state = locked(&self.state.0);
        let waits = |state: &mut State| state.waiting > 0;
        let (state, _) = self
            .state
            .1
            .wait_timeout_while(state, LAST_MOMENT, waits)
            .unwrap_or_else(PoisonError::into_inner);
        state.waiting == 0
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut state = locked(&self.state.0);
        if state.waiting == 0 && line.len() <= ONE_PIECE && has_room() {
            // Where nobody reads any more there is nobody to tell.
            let _ = io::stderr().write_all(line);
        } else if state.waiting < WAITING_MAX && self.queue.send(line.to_owned()).is_ok() {
            state.waiting += 1;
        } else {
            state.lost += 1;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn carry(lines: &Receiver<Vec<u8>>, state: &(Mutex<State>, Condvar)) {
    for line in lines {
        let _ = io::stderr().write_all(&line);
        let lost = {
            let mut state = locked(&state.0);
            // Those that wait are older than those that were lost.
            if state.waiting == 1 { std::mem::take(&mut state.lost) } else { 0 }
        };
        if lost > 0 {
            let _ = io::stderr()
                .write_all(format!("{lost} lines were lost, because nobody read the log\n").as_bytes());
        }
        locked(&state.0).waiting -= 1;
        state.1.notify_all();
    }
}

/// Whether stderr takes a line now, or refuses it at once.
fn has_room() -> bool {
    let stderr = io::stderr();
    let mut asked = [PollFd::new(&stderr, PollFlags::OUT)];
    poll(&mut asked, Some(&Timespec::default())).is_ok_and(|count| count > 0)
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_found_no_room_are_counted() {
        let (queue, _lines) = channel();
        let mut lines = Lines { queue, state: Arc::default() };
        locked(&lines.state.0).waiting = 1;
        for _ in 0..WAITING_MAX + 2 {
            lines.write_all(b"a line\n").expect("it takes every line");
        }
        let state = locked(&lines.state.0);
        assert_eq!((state.waiting, state.lost), (WAITING_MAX, 3));
        drop(state);
        assert!(!Lines::flush(&lines), "nobody writes them");
    }
}
