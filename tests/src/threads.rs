//! The same from many threads: at once, or one piece after the other.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does the same from many threads at once; what each came to.
///
/// # Panics
/// One of them did.
pub fn at_once<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(threads);
    std::thread::scope(|scope| {
        let (barrier, work) = (&barrier, &work);
        let start = |number| {
            scope.spawn(move || {
                barrier.wait();
                work(number)
            })
        };
        let threads: Vec<_> = (0..threads).map(start).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}

/// Runs work for each number below `end` from many threads, each of which stops at its first `false`.
pub fn spread(threads: usize, end: usize, work: impl Fn(usize) -> bool + Sync) {
    let next = AtomicUsize::new(0);
    at_once(threads, |_| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end || !work(number) {
                break;
            }
        }
    });
}
