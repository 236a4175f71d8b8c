//! Who makes room when connections are short, and how many of them one address may have.

use super::super::progress::Progress;
use super::endings::{Endless, WAIT, waiting};
use super::*;
use std::sync::mpsc;
use tokio::sync::Notify;

/// Four connections, of which three are enough.
fn few() -> Limits {
    Limits { connections: 4, lag: SHORT, ..patient() }
}

/// A request for `/read` of which the body has not come.
const UPLOAD: &str = "POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n";

#[test]
fn whatever_all_clients_are_slow_at_another_one_is_answered() {
    // An answer that has no end is not taken to its end.
    let endless = get(|| async { Body::new(Endless(mpsc::channel().0)) });
    let router = hello().route("/endless", endless);
    let (idle, unread) = ("GET / HTTP/1.1\r\nhost: x\r\n\r\n", "GET /endless HTTP/1.1\r\nhost: x\r\n\r\n");
    for slow in ["", "GET / HT", UPLOAD, idle, unread] {
        let server = Server::start(few(), router.clone());
        let clients: Vec<Client> = (0..4).map(|_| server.connect()).collect();
        for client in &clients {
            send(client, slow);
        }
        let start = Clock::now();
        ask(&server.connect());
        assert!(start.elapsed() < SHORT + GRACE, "{slow:?}: {:?}", start.elapsed());
    }
}

#[test]
fn a_body_that_drips_makes_room_and_one_that_flows_does_not() {
    let (router, running, go) = waiting();
    let server = Server::start(few(), router);
    let (flowing, dripping) = (server.connect(), server.connect());
    for client in [&flowing, &dripping] {
        send(client, UPLOAD);
    }
    // What came at once is no credit for later.
    send(&dripping, "x".repeat(30_000));
    let busy = [server.connect(), server.connect()];
    for client in &busy {
        send(client, WAIT);
        running.recv_timeout(GRACE).expect("the handler runs");
    }
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..30 {
                send(&flowing, "x".repeat(2_000));
                pause(SHORT / 10);
            }
        });
        let start = Clock::now();
        drip(&dripping, b"x");
        assert!(closed_after(&dripping, start) < SHORT + GRACE);
    });
    assert_eq!(answer(&flowing).1, "60000");
    // Which of them waited first is nobody's promise.
    go.notify_waiters();
    for client in &busy {
        assert_eq!(answer(client).1, "done");
    }
}

#[test]
fn they_yield_in_order_and_until_three_quarters_are_left() {
    let server = Server::start(Limits { connections: 8, ..few() }, hello());
    let idle = server.connect();
    ask(&idle);
    let head = server.connect();
    send(&head, "GET / HT");
    let upload = || {
        let client = server.connect();
        send(&client, UPLOAD);
        client
    };
    // Six are enough, so all of them can lag and none has to yield.
    let mut bodies: Vec<Client> = (0..4).map(|_| upload()).collect();
    pause(SHORT * 2);
    // One too many without a whole head, and one with a body; who is idle would be the third.
    let start = Clock::now();
    bodies.extend((0..2).map(|_| upload()));
    assert!(closed_after(&head, start) < SHORT + GRACE);
    let is_open = |client: &Client| {
        client.set_nonblocking(true).expect("a socket takes it");
        client.peek(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    };
    let open = || bodies.iter().filter(|client| is_open(client)).count();
    while open() > 5 && start.elapsed() < SHORT + GRACE {
        pause(SHORT / 10);
    }
    // No other one follows it.
    pause(SHORT * 2);
    assert_eq!(open(), 5);
    assert!(is_open(&idle));
}

#[test]
fn who_is_being_worked_for_stays_however_slow() {
    let (runs, running) = mpsc::channel();
    let go = Arc::new(Notify::new());
    let (gate, said) = (Arc::clone(&go), runs.clone());
    let read_first = post(move |body: String| async move {
        said.send(()).expect("the test listens");
        gate.notified().await;
        body
    });
    let gate = Arc::clone(&go);
    let never_read = post(move |_: Body| async move {
        runs.send(()).expect("the test listens");
        gate.notified().await;
        "unread"
    });
    let router = hello().route("/first", read_first).route("/unread", never_read);
    let server = Server::start(Limits { connections: 2, ..few() }, router);
    let (first, unread) = (server.connect(), server.connect());
    send(&first, "POST /first HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc");
    send(&unread, "POST /unread HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n");
    for _ in 0..2 {
        running.recv_timeout(GRACE).expect("both handlers run");
    }
    let third = server.connect();
    send(&third, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    pause(SHORT * 3);
    go.notify_waiters();
    assert_eq!(answer(&first).1, "abc");
    assert_eq!(answer(&unread).1, "unread");
    assert_eq!(answer(&third).1, "hello");
}

#[test]
fn bodies_that_flow_keep_nobody_out() {
    let server = Server::start(few(), hello());
    let flowing: Vec<Client> = (0..4).map(|_| server.connect()).collect();
    for client in &flowing {
        send(client, UPLOAD);
    }
    let (stop, start) = (std::sync::atomic::AtomicBool::new(false), Clock::now());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) && start.elapsed() < LONG / 4 {
                for mut client in &flowing {
                    // One of them is closed.
                    let _ = client.write_all(&[b'x'; 20]);
                }
                pause(SHORT / 100);
            }
        });
        // All of them are well on their way, and far from their end.
        pause(SHORT);
        ask(&server.connect());
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(start.elapsed() < SHORT * 2 + GRACE, "{:?}", start.elapsed());
}

#[test]
fn who_sends_a_body_yields_last_and_only_if_there_is_no_room_at_all() {
    let (body, head) = (Progress::new(), Progress::new());
    assert!(body.begin(true, true));
    body.body_awaited();
    let now = Instant::now();
    assert!(body.expendable(now, &patient(), false).is_none());
    let last = body.expendable(now, &patient(), true).expect("the last one");
    let lag = patient().lag;
    assert!(head.expendable(now + lag / 4, &patient(), true).expect("it lags") < last);
    // Before its task runs, a connection lags through no fault of its client's.
    head.started();
    assert!(head.expendable(Instant::now(), &patient(), true).is_none());
}

/// The rest of a body can come in the very moment in which the connection is given up for another.
#[test]
fn a_connection_that_yields_starts_nothing() {
    let progress = Progress::new();
    assert!(progress.begin(true, true));
    let later = Instant::now() + GRACE;
    assert!(progress.expendable(later, &few(), false).is_none(), "nobody waits for the body yet");
    progress.body_awaited();
    assert!(progress.close_for_another(later, &few(), false));
    assert!(!progress.body_came(60_000, true), "the handler must not go on");
    let progress = Progress::new();
    assert!(progress.begin(true, true));
    progress.body_awaited();
    assert!(progress.body_came(60_000, true));
    assert!(!progress.close_for_another(later, &few(), true), "it is being worked on");
}

#[test]
fn an_address_with_its_share_gets_no_more() {
    let server = Server::start(Limits { connections_per_address: 2, ..patient() }, hello());
    let (first, second) = (server.connect(), server.connect());
    ask(&first);
    ask(&second);
    for _ in 0..3 {
        assert!(closed_after(&server.connect(), Clock::now()) < GRACE);
    }
    ask(&first);
    drop(second);
    let again = || {
        let client = server.connect();
        send(&client, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");
        client.peek(&mut [0]).is_ok_and(|count| count > 0)
    };
    let start = Clock::now();
    while !again() {
        assert!(start.elapsed() < GRACE, "a connection that has ended counts no more");
    }
}

#[test]
fn a_request_names_one_host() {
    let server = Server::start(patient(), hello());
    for (lines, status) in [
        ("GET / HTTP/1.1\r\nhost: x\r\n", 200),
        ("GET / HTTP/1.1\r\nhost: pay_1.example:8443\r\n", 200),
        ("GET / HTTP/1.1\r\nhost: [::1]:80\r\n", 200),
        ("GET / HTTP/1.1\r\nhost:\r\n", 200),
        ("GET http://x/ HTTP/1.1\r\nhost: y\r\n", 200),
        ("GET / HTTP/1.0\r\n", 200),
        ("GET / HTTP/1.1\r\n", 400),
        ("GET http://x/ HTTP/1.1\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: x\r\nhost: x\r\n", 400),
        ("GET / HTTP/1.0\r\nhost: x\r\nhost: y\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: x, y\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a b\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: user@x\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: x/y\r\n", 400),
    ] {
        let client = server.connect();
        send(&client, format!("{lines}\r\n"));
        let (head, body) = answer(&client);
        assert!(head.contains(&format!(" {status} ")), "{lines:?}: {head}");
        assert_eq!(body, if status == 200 { "hello" } else { "" });
        assert_eq!(head.contains("cache-control: no-store"), status == 400, "{head}");
        assert_eq!(head.contains("x-content-type-options: nosniff"), status == 400, "{head}");
    }
}
