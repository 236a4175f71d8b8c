//! The promises of the accept loop, tried over real sockets with short limits. A limit is kept if the
//! connection closes no earlier than it and at most two seconds later.

mod endings;
mod shortage;

use super::*;
use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use axum::routing::{get, post};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream as Client};
use std::time::Instant as Clock;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(60);
const GRACE: Duration = Duration::from_secs(2);

/// Limits of which none is reached in a test, but for those that the test shortens.
fn patient() -> Limits {
    Limits { head: LONG, body: LONG, idle: LONG, drain: LONG, ..Limits::default() }
}

struct Server {
    address: SocketAddr,
    runtime: Runtime,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
}

impl Server {
    fn start(limits: Limits, router: axum::Router) -> Server {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime starts");
        let listener = runtime.block_on(async { bind(([127, 0, 0, 1], 0).into()) }).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let served = runtime.spawn(serve(listener, None, router, limits, |_| false, shutdown));
        Server { address, runtime, stop: Some(stop), served: Some(served) }
    }

    fn connect(&self) -> Client {
        let client = Client::connect(self.address).expect("the server listens");
        client.set_read_timeout(Some(GRACE * 3)).expect("not zero");
        client
    }

    fn stop(&mut self) {
        let _ = self.stop.take().expect("stopped once").send(());
    }

    /// Waits until `serve` has returned.
    fn wait(&mut self) {
        let served = self.served.take().expect("waited for once");
        let ended = self.runtime.block_on(async { timeout(GRACE * 3, served).await });
        ended.expect("it ends in time").expect("it does not panic");
    }
}

fn hello() -> axum::Router {
    axum::Router::new()
        .route("/", get(async || "hello"))
        .route("/peer", get(async |peer: Extension<PeerAddr>| peer.0.0.to_string()))
        .route("/echo", post(async |body: String| body))
        .route("/boom", get(async || -> String { panic!("on purpose") }))
        .route("/read", post(read))
}

/// Answers 408 if the body did not come in time.
async fn read(body: Body) -> (StatusCode, String) {
    match to_bytes(body, usize::MAX).await {
        Ok(body) => (StatusCode::OK, body.len().to_string()),
        Err(error) => {
            let mut cause: &dyn std::error::Error = &error;
            while let Some(next) = cause.source() {
                cause = next;
            }
            let late = cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::TimedOut);
            (if late { StatusCode::REQUEST_TIMEOUT } else { StatusCode::BAD_REQUEST }, error.to_string())
        }
    }
}

fn send(mut client: &Client, text: impl AsRef<[u8]>) {
    client.write_all(text.as_ref()).expect("the server reads");
}

/// One answer: its head in lower case, and its body.
fn answer(mut client: &Client) -> (String, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client
            .read_exact(&mut byte)
            .unwrap_or_else(|e| panic!("{e} after {}", String::from_utf8_lossy(&head)));
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("ASCII").to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a number"))];
    client.read_exact(&mut body).expect("the whole body comes");
    (head, String::from_utf8(body).expect("UTF-8"))
}

/// Asks for `/` and takes the answer, which leaves the connection idle.
fn ask(client: &Client) {
    send(client, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    assert_eq!(answer(client).1, "hello");
}

/// Waits for the close, during which nothing more may come, and says how long it took since `start`.
fn closed_after(mut client: &Client, start: Clock) -> Duration {
    let mut rest = Vec::new();
    match client.read_to_end(&mut rest) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "not closed: {error}"),
    }
    assert_eq!(String::from_utf8_lossy(&rest), "");
    start.elapsed()
}

fn assert_kept(limit: Duration, took: Duration) {
    assert!(took >= limit.mul_f32(0.95) && took <= limit + GRACE, "limit {limit:?}, closed after {took:?}");
}

/// Lets time pass where the passing is what is tried.
fn pause(time: Duration) {
    let (_keep, never) = std::sync::mpsc::channel::<()>();
    let _ = never.recv_timeout(time);
}

/// Writes one byte again and again until the connection is gone.
fn drip(client: &Client, byte: &'static [u8]) {
    let mut client = client.try_clone().expect("a second handle");
    std::thread::spawn(move || {
        while client.write_all(byte).is_ok() {
            pause(Duration::from_millis(20));
        }
    });
}

#[test]
fn a_request_is_answered_and_the_connection_kept() {
    let server = Server::start(patient(), hello());
    let client = server.connect();
    send(&client, "GET /peer HTTP/1.1\r\nhost: x\r\n\r\n");
    let (head, body) = answer(&client);
    assert!(head.starts_with("http/1.1 200 ok\r\n") && head.contains("\r\ndate: "), "{head}");
    assert_eq!(body, client.local_addr().expect("connected").to_string());
    ask(&client);
}

#[test]
fn a_silent_connection_has_the_time_of_a_head() {
    let server = Server::start(Limits { head: SHORT, ..patient() }, hello());
    let start = Clock::now();
    assert_kept(SHORT, closed_after(&server.connect(), start));
}

#[test]
fn a_dripping_head_has_no_more_time() {
    let server = Server::start(Limits { head: SHORT, ..patient() }, hello());
    let start = Clock::now();
    let client = server.connect();
    send(&client, "GET / HTTP/1.1\r\nx: ");
    drip(&client, b"a");
    assert_kept(SHORT, closed_after(&client, start));
}

#[test]
fn a_later_head_has_its_time_from_its_first_byte() {
    let server = Server::start(Limits { head: SHORT, ..patient() }, hello());
    let client = server.connect();
    ask(&client);
    // Idle for longer than a head may take, which must not count against the next one.
    pause(SHORT * 3 / 2);
    let start = Clock::now();
    send(&client, "GET / HT");
    assert_kept(SHORT, closed_after(&client, start));
}

#[test]
fn an_idle_connection_closes() {
    let server = Server::start(Limits { idle: SHORT, ..patient() }, hello());
    let client = server.connect();
    ask(&client);
    pause(SHORT / 2);
    ask(&client);
    assert_kept(SHORT, closed_after(&client, Clock::now()));
}

#[test]
fn a_handler_has_all_the_time_it_needs() {
    let slow = get(async || {
        tokio::time::sleep(SHORT * 2).await;
        "done"
    });
    let server = Server::start(
        Limits { head: SHORT / 2, idle: SHORT / 2, ..patient() },
        axum::Router::new().route("/", slow),
    );
    let client = server.connect();
    send(&client, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    assert_eq!(answer(&client).1, "done");
}

#[test]
fn a_body_that_stalls_or_drips_fails_in_time() {
    let server = Server::start(Limits { body: SHORT, ..patient() }, hello());
    for (framing, dripping) in [("content-length: 100", false), ("transfer-encoding: chunked", true)] {
        let client = server.connect();
        let start = Clock::now();
        send(&client, format!("POST /read HTTP/1.1\r\nhost: x\r\n{framing}\r\n\r\n"));
        if dripping {
            drip(&client, b"1\r\na\r\n");
        } else {
            send(&client, "some");
        }
        let (head, body) = answer(&client);
        assert_kept(SHORT, start.elapsed());
        assert!(head.starts_with("http/1.1 408") && head.contains("connection: close"), "{head}");
        assert_eq!(body, "the request body did not come in time");
        closed_after(&client, start);
    }
}

#[test]
fn a_body_in_time_is_whole() {
    let server = Server::start(patient(), hello());
    let client = server.connect();
    for _ in 0..2 {
        send(
            &client,
            "POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\nexpect: 100-continue\r\n\r\n",
        );
        assert!(answer(&client).0.starts_with("http/1.1 100"));
        send(&client, "x".repeat(200_000));
        assert_eq!(answer(&client).1, "200000");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Server::start(Limits { head: SHORT, ..patient() }, hello());
    let client = server.connect();
    let echo = |text| format!("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n{text}");
    let plain = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    let start = Clock::now();
    // The piece of a head at the end came with a whole request, and has the time of a head all the same.
    send(&client, [&*echo("one"), plain, &*echo("two"), plain, "GET / HT"].concat());
    for body in ["one", "hello", "two", "hello"] {
        assert_eq!(answer(&client).1, body);
    }
    assert_kept(SHORT, closed_after(&client, start));
}

#[test]
fn a_head_may_have_16_kib_and_no_more() {
    let server = Server::start(patient(), hello());
    let lead = "GET / HTTP/1.1\r\nhost: x\r\nx: ";
    let head = |size: usize| format!("{lead}{}\r\n\r\n", "a".repeat(size - lead.len() - 4));
    for _ in 0..2 {
        let client = server.connect();
        ask(&client);
        send(&client, head(16 * 1024));
        assert_eq!(answer(&client).1, "hello");
        for size in [16 * 1024 + 1, 1_000_000] {
            let client = server.connect();
            send(&client, head(size));
            let (head, body) = answer(&client);
            assert!(head.starts_with("http/1.1 431") && body.is_empty(), "{head}");
            client.shutdown(Shutdown::Write).expect("still open on this side");
            closed_after(&client, Clock::now());
        }
    }
}

#[test]
fn a_hundred_headers_are_taken_and_bad_heads_are_a_bare_400() {
    let server = Server::start(patient(), hello());
    let client = server.connect();
    let headers: String = (0..99).map(|n| format!("x-{n}: {n}\r\n")).collect();
    send(&client, format!("GET / HTTP/1.1\r\nhost: x\r\n{headers}\r\n"));
    assert_eq!(answer(&client).1, "hello");
    for bad in ["what is this\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/3.0\r\n\r\n"] {
        let client = server.connect();
        send(&client, bad);
        let (head, body) = answer(&client);
        assert!(head.starts_with("http/1.1 400") && body.is_empty(), "{head}");
        client.shutdown(Shutdown::Write).expect("still open on this side");
        closed_after(&client, Clock::now());
    }
}
