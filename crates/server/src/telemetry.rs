//! Logs: where they go, and one line a request. It must never see a body, a header or a query string, because
//! card numbers and secrets must be in no log at any level.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;
use tracing::{Instrument, Level};

/// Sends logs from `level` up to stderr, and reports panics there without their messages. To be called once.
pub(crate) fn init(level: Level) {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(std::io::stderr().is_terminal() && !no_color)
        .with_target(false)
        .with_writer(std::io::stderr)
        // Its own errors would be printed to stderr with a macro that panics when stderr is the thing that
        // broke.
        .log_internal_errors(false)
        .init();
    std::panic::set_hook(Box::new(report_panic));
}

/// A message that was put together at run time may hold a card number, so only one that is a constant is
/// shown.
fn report_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let message = info.payload().downcast_ref::<&'static str>().copied().unwrap_or("(message withheld)");
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        tracing::error!(%place, "panicked, which is a fault of kassa: {message}\n{backtrace}");
    } else {
        tracing::error!(%place, "panicked, which is a fault of kassa: {message}");
    }
}

/// The id of a request, in its extensions and in the `X-Request-Id` of its answer. Unique in this process,
/// and in practice among all: its first part is the process and its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    pub(crate) fn as_str(&self) -> &str {
        // It is made of base32 and digits, so the alternative never shows.
        self.0.to_str().unwrap_or("-")
    }
}

struct RequestIds {
    prefix: String,
    next: AtomicU64,
}

impl RequestIds {
    fn new(started: u64) -> RequestIds {
        let mut seed = started.to_be_bytes()[1..].to_vec();
        seed.extend_from_slice(&std::process::id().to_be_bytes()[1..]);
        // Base32 and not digits, because a long run of digits in a log looks like a card number.
        let prefix = data_encoding::BASE32_NOPAD.encode(&seed).to_ascii_lowercase();
        RequestIds { prefix, next: AtomicU64::new(1) }
    }

    fn next(&self) -> RequestId {
        let id = format!("{}-{}", self.prefix, self.next.fetch_add(1, Ordering::Relaxed));
        RequestId(HeaderValue::from_str(&id).expect("base32, a hyphen and digits make a header value"))
    }
}

/// Gives every request of `router` an id and a line in the log. To be the outermost layer, once every route
/// and the fallback are in. `started` is the server's start in microseconds since 1970, which tells its ids
/// from those of other starts.
pub(crate) fn log_requests(router: Router, started: u64) -> Router {
    router.layer(from_fn_with_state(Arc::new(RequestIds::new(started)), log_request))
}

async fn log_request(State(ids): State<Arc<RequestIds>>, mut request: Request, next: Next) -> Response {
    let id = ids.next();
    request.extensions_mut().insert(id.clone());
    // At the highest level, so that whatever is logged about this request has the id, however few lines are
    // wanted.
    let span = tracing::error_span!("request", id = id.as_str());
    let mut line = Line {
        method: known(request.method()),
        path: request.uri().path().to_owned(),
        start: Instant::now(),
        status: None,
    };
    let answer = async move {
        let response = next.run(request).await;
        line.status = Some(response.status());
        drop(line);
        response
    };
    let mut response = answer.instrument(span).await;
    response.headers_mut().insert("x-request-id", id.0);
    response
}

impl Line {
    /// The path is made fit for the log only where there will be a line.
    fn is_written(&self) -> bool {
        let is_fault = self.status.map_or_else(std::thread::panicking, |status| status.is_server_error());
        is_fault || tracing::enabled!(tracing::Level::DEBUG)
    }
}

/// Written when it is dropped, so that a request whose handler panics, or whose client hangs up, has its line
/// too.
struct Line {
    method: &'static str,
    path: String,
    start: Instant,
    status: Option<StatusCode>,
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.is_written() {
            return;
        }
        let (method, path) = (self.method, redacted(&self.path));
        let duration_ms = self.start.elapsed().as_micros() as f64 / 1000.0;
        match self.status {
            Some(status) if status.is_server_error() => {
                tracing::warn!(%method, %path, status = status.as_u16(), duration_ms, "answered");
            }
            // A line a request costs as much as a read, so the ordinary ones are for whoever looks closer.
            Some(status) => {
                tracing::debug!(%method, %path, status = status.as_u16(), duration_ms, "answered");
            }
            None if std::thread::panicking() => {
                tracing::warn!(%method, %path, status = 500, duration_ms, "panicked");
            }
            None => tracing::debug!(%method, %path, duration_ms, "the client went away"),
        }
    }
}

/// A client may make up a method, of digits for example, so only those that exist are shown.
fn known(method: &Method) -> &'static str {
    const METHODS: [&str; 9] =
        ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"];
    METHODS.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// Pages whose addresses are capabilities: what follows the first segment opens a checkout, a customer or the
/// console.
const PRIVATE: [&str; 3] = ["c", "customer", "console"];
/// Enough for every address there is; a longer one is somebody's attempt to fill the disk.
const LONGEST_PATH: usize = 200;

/// The path as it may be logged: without what follows a capability page's first segment, and without segments
/// that could hide a card number.
fn redacted(path: &str) -> String {
    let mut shown = String::with_capacity(path.len().min(LONGEST_PATH));
    for (place, segment) in path.split('/').skip(1).enumerate() {
        shown.push('/');
        // Escapes are masked unread, for they can spell anything.
        if segment.contains('%') || longest_number(segment) >= 12 {
            shown.push('…');
        } else {
            shown.push_str(segment);
        }
        if place == 0 && PRIVATE.contains(&segment) && path.len() > segment.len() + 1 {
            shown.push_str("/…");
            break;
        }
        if shown.len() > LONGEST_PATH {
            shown = shown.chars().take(LONGEST_PATH).collect();
            shown.push('…');
            break;
        }
    }
    shown
}

/// How many digits follow each other, punctuation between them not counted.
fn longest_number(segment: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for character in segment.chars() {
        if character.is_ascii_digit() {
            run += 1;
        } else if character.is_alphabetic() {
            run = 0;
        }
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::get;
    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;
    use std::sync::Mutex;

    #[test]
    fn paths_show_no_capability_and_no_number() {
        let longest = format!("/{}", "a".repeat(5000));
        for (path, shown) in [
            ("/", "/"),
            ("/livez", "/livez"),
            ("/c/secret", "/c/…"),
            ("/c/secret/pay/", "/c/…"),
            ("/customer/secret", "/customer/…"),
            ("/c", "/c"),
            ("/c/", "/c/…"),
            ("/console/setup/secret", "/console/…"),
            ("/checkout-com/customers/cus_1", "/checkout-com/customers/cus_1"),
            ("/neopay/api/customers/4242424242424242", "/neopay/api/customers/…"),
            ("/neopay/api/customers/4242-4242-4242-4242/x", "/neopay/api/customers/…/x"),
            ("/neopay/api/customers/%34242424242424242", "/neopay/api/customers/…"),
            ("/%63/secret", "/…/secret"),
        ] {
            assert_eq!(redacted(path), shown, "{path}");
        }
        assert_eq!(redacted(&longest).chars().count(), LONGEST_PATH + 1);
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no test thread panics with the lock").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_request_has_one_line_and_an_id() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::DEBUG)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let router = Router::new()
            .route("/c/{link}", get(async |id: axum::Extension<RequestId>| id.0.as_str().to_string()));
        let service = TowerToHyperService::new(log_requests(router, 1));
        let request = Request::builder()
            .uri("/c/capability?card=4242424242424242")
            .header("authorization", "Bearer hush")
            .body(Body::from("secret body"))
            .expect("a valid request");
        let Ok(response) = service.call(request).await;
        let id = response.headers()["x-request-id"].to_str().expect("ASCII").to_string();
        let body = axum::body::to_bytes(response.into_body(), 1000).await.expect("a short body");
        assert_eq!(id.as_bytes(), body);
        let text = String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("UTF-8");
        assert_eq!(text.lines().count(), 1, "{text}");
        for part in [&*id, "method=GET", "path=/c/…", "status=200", "duration_ms="] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        for secret in ["capability", "4242", "hush", "secret"] {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
    }

    #[tokio::test]
    async fn a_panic_and_an_unknown_path_have_their_line() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::DEBUG)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let router = Router::new().route("/boom", get(async || -> String { panic!("on purpose") }));
        let service = TowerToHyperService::new(log_requests(router, 1));
        let request = |path| Request::builder().uri(path).body(Body::empty()).expect("a valid request");
        let (boom, gone) = (service.call(request("/boom")), service.call(request("/gone")));
        tokio::spawn(boom).await.expect_err("the panic comes through");
        let Ok(response) = gone.await;
        assert_eq!(response.status(), 404);
        assert!(response.headers().contains_key("x-request-id"));
        let text = String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("UTF-8");
        assert!(text.contains("status=500") && text.contains("path=/boom"), "{text}");
        assert!(text.contains("status=404") && text.contains("path=/gone"), "{text}");
    }
}
