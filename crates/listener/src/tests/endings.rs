//! The cap, the shutdown, panics, and closes that must lose no answer.

use super::super::progress::Progress;
use super::*;
use axum::body::Bytes;
use hyper::body::Frame;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};
use tokio::sync::Notify;

/// A router whose `/wait` says that it runs and then waits to be let go.
pub(super) fn waiting() -> (axum::Router, mpsc::Receiver<()>, Arc<Notify>) {
    let (runs, running) = mpsc::channel();
    let go = Arc::new(Notify::new());
    let gate = Arc::clone(&go);
    let wait = get(move || async move {
        runs.send(()).expect("the test listens");
        gate.notified().await;
        "done"
    });
    (hello().route("/wait", wait), running, go)
}

pub(super) const WAIT: &str = "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n";

#[test]
fn when_full_the_longest_idle_connection_makes_room() {
    let server = Server::start(Limits { connections: 2, ..patient() }, hello());
    let (first, second) = (server.connect(), server.connect());
    ask(&second);
    // An answer arrives a moment before the server counts its connection as idle.
    pause(SHORT);
    ask(&first);
    pause(SHORT);
    let third = server.connect();
    ask(&third);
    closed_after(&second, Clock::now());
    ask(&first);
    ask(&third);
}

#[test]
fn when_full_of_requests_a_new_client_waits_its_turn() {
    let (router, running, go) = waiting();
    let server = Server::start(Limits { connections: 1, idle: SHORT, ..patient() }, router);
    let first = server.connect();
    send(&first, WAIT);
    running.recv_timeout(GRACE).expect("the handler runs");
    let (second, third) = (server.connect(), server.connect());
    send(&second, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    send(&third, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    go.notify_one();
    assert_eq!(answer(&first).1, "done");
    assert_eq!(answer(&second).1, "hello");
    assert_eq!(answer(&third).1, "hello");
}

#[test]
fn when_full_of_slow_heads_the_oldest_makes_room() {
    let server = Server::start(Limits { connections: 2, head: GRACE, ..patient() }, hello());
    let slow = [server.connect(), server.connect()];
    for client in &slow {
        send(client, "GET / HT");
    }
    let start = Clock::now();
    ask(&server.connect());
    assert!(start.elapsed() < GRACE, "it did not have to wait for the head's own limit");
}

#[test]
fn a_closed_connection_starts_no_handler() {
    let limits = patient();
    let idle = Progress::new();
    assert!(idle.close_if_quiet() && !idle.begin(false, false));
    let overdue = Progress::new();
    assert!(overdue.close_if_overdue(Instant::now() + LONG, &limits) && !overdue.begin(false, false));
    let busy = Progress::new();
    assert!(busy.begin(false, false));
    assert!(!busy.close_if_quiet() && !busy.close_for_another(Instant::now() + LONG, &limits, true));
    assert!(!busy.close_if_overdue(Instant::now() + LONG, &limits));
}

#[test]
fn shutdown_closes_idle_connections_and_finishes_requests() {
    let (router, running, go) = waiting();
    let mut server = Server::start(patient(), router);
    let (fresh, idle, busy) = (server.connect(), server.connect(), server.connect());
    ask(&idle);
    send(&busy, WAIT);
    running.recv_timeout(GRACE).expect("the handler runs");
    let start = Clock::now();
    server.stop();
    for client in [&fresh, &idle] {
        assert!(closed_after(client, start) < GRACE);
    }
    Client::connect(server.address).expect_err("nobody listens any more");
    go.notify_one();
    let (head, body) = answer(&busy);
    assert!(head.contains("connection: close"), "{head}");
    assert_eq!(body, "done");
    closed_after(&busy, Clock::now());
    server.wait();
}

#[test]
fn shutdown_waits_no_longer_than_the_drain_time() {
    let (router, running, _go) = waiting();
    let mut server = Server::start(Limits { drain: SHORT, ..patient() }, router);
    let busy = server.connect();
    send(&busy, WAIT);
    running.recv_timeout(GRACE).expect("the handler runs");
    let start = Clock::now();
    server.stop();
    assert_kept(SHORT, closed_after(&busy, start));
    server.wait();
}

#[test]
fn an_early_refusal_arrives_though_the_body_is_not_read() {
    let refuse = post(async || (StatusCode::PAYLOAD_TOO_LARGE, "too large"));
    let router = hello().route("/refuse", refuse);
    let server = Server::start(patient(), router.clone());
    for sent in [5_000_000, 100_000] {
        let client = server.connect();
        send(&client, "POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 5000000\r\n\r\n");
        send(&client, "x".repeat(sent));
        let (head, body) = answer(&client);
        assert!(head.starts_with("http/1.1 413"), "{head}");
        assert_eq!(body, "too large");
        closed_after(&client, Clock::now());
    }
    // A client that never stops is not read for ever.
    let server = Server::start(Limits { head: SHORT, ..patient() }, router);
    let client = server.connect();
    send(&client, "POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 5000000000\r\n\r\n");
    assert!(answer(&client).0.starts_with("http/1.1 413"));
    let start = Clock::now();
    while (&client).write_all(&[b'x'; 1000]).is_ok() {
        assert!(start.elapsed() < SHORT + GRACE, "it still reads");
    }
}

/// A body without an end that tells when it is dropped.
pub(super) struct Endless(pub(super) mpsc::Sender<()>);

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 65536])))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[test]
fn a_client_that_does_not_take_its_answer_is_idle() {
    let (ends, ended) = mpsc::channel();
    let endless = get(move || async move { Body::new(Endless(ends.clone())) });
    let server = Server::start(Limits { idle: SHORT, ..patient() }, axum::Router::new().route("/", endless));
    let client = server.connect();
    send(&client, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    ended.recv_timeout(SHORT + GRACE).expect("the answer is given up");
    drop(client);
}

#[test]
fn a_panic_is_an_empty_500_and_nothing_else_ends() {
    let server = Server::start(patient(), hello());
    let (client, other) = (server.connect(), server.connect());
    ask(&other);
    send(&client, "GET /boom HTTP/1.1\r\nhost: x\r\n\r\n");
    let (head, body) = answer(&client);
    assert!(head.starts_with("http/1.1 500") && body.is_empty(), "{head}");
    ask(&client);
    ask(&other);
}
