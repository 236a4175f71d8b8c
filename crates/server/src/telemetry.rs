//! Logs: where they go, and one line a request. It must never see a body, a header or a query string, because
//! card numbers and secrets must be in no log at any level.

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use domain::task::{AskedBy, RequestId};
use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::{self, Debug};
use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use tokio::time::Instant;
use tracing::field::Field;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::log_lines::Lines;
use crate::terminal;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Sends logs from `level` up to stderr by way of `lines`, and reports panics there without their messages. To be called
/// once.
pub(crate) fn init(level: Level, lines: Lines) {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(std::io::stderr().is_terminal() && !no_color)
        // Its own errors would be printed to stderr with a macro that panics when stderr is the thing that
        // broke.
        .log_internal_errors(false)
        .event_format(LogLine)
        .fmt_fields(debug_fn(write_field).delimited(" "))
        .with_writer(move || lines.clone())
        .init();
    std::panic::set_hook(Box::new(report_panic));
}

/// One line of the log: when, how grave, for whom, what.
struct LogLine;

impl<S, N> FormatEvent<S, N> for LogLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = *event.metadata().level();
        let (dim, color, plain) = match (writer.has_ansi_escapes(), level) {
            (false, _) => ("", "", ""),
            (true, Level::ERROR) => ("\x1b[2m", "\x1b[31m", "\x1b[0m"),
            (true, Level::WARN) => ("\x1b[2m", "\x1b[33m", "\x1b[0m"),
            (true, Level::INFO) => ("\x1b[2m", "\x1b[32m", "\x1b[0m"),
            (true, _) => ("\x1b[2m", "\x1b[34m", "\x1b[0m"),
        };
        writer.write_str(dim)?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, "{plain} {color}{level:>5}{plain} ")?;
        match AskedBy::now() {
            Some(AskedBy::Request(id)) => write!(writer, "request{{id={:?}}}: ", id.as_str())?,
            Some(AskedBy::Command) => writer.write_str("command: ")?,
            None => {}
        }
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

/// In a line of the log may be what somebody wrote, such as the name of a file. It must not steer a terminal, nor look like
/// a line of its own.
fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> fmt::Result {
    let text = terminal::plain(&format!("{value:?}"));
    match field.name() {
        "message" => writer.write_str(&text),
        name => write!(writer, "{name}={text}"),
    }
}

/// A message that was put together at run time may hold a card number, so only one that is a constant is
/// shown.
fn report_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let message = info.payload().downcast_ref::<&'static str>().copied().unwrap_or("(message withheld)");
    tracing::error!(%place, "panicked, which is a fault of kassa: {message}");
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        backtrace.to_string().lines().for_each(|line| tracing::error!("{line}"));
    }
}

/// Has the answers of `router` say which of its routes they came from, where it is called from within another one.
pub(crate) fn tell_routes(router: Router) -> Router {
    router.layer(from_fn(tell_route))
}

async fn tell_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// Gives a request an id and a line in the log, and has it answered. To be the outermost of all.
pub(crate) async fn log_request<F: Future<Output = Response>>(
    random: impl Fn(&mut [u8]),
    request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response {
    let id = RequestId::draw(random);
    let mut line = Line {
        method: known(request.method()),
        route: request.extensions().get().cloned(),
        start: Instant::now(),
        status: None,
    };
    let answer = async move {
        // Here, so that the answer to a panic has the id under which the log has its place.
        let response = listener::unpanicked(answer(request)).await;
        let response = response.unwrap_or_else(|| listener::bare(StatusCode::INTERNAL_SERVER_ERROR));
        line.status = Some(response.status());
        line.route = response.extensions().get().cloned().or(line.route.take());
        drop(line);
        response
    };
    let mut response = AskedBy::Request(id).has(answer).await;
    let shown = HeaderValue::from_str(id.as_str()).expect("letters make a header value");
    response.headers_mut().insert(X_REQUEST_ID, shown);
    response
}

/// Written when it is dropped, so that a request whose client hangs up has its line too.
struct Line {
    method: &'static str,
    route: Option<MatchedPath>,
    start: Instant,
    status: Option<StatusCode>,
}

impl Drop for Line {
    fn drop(&mut self) {
        let (method, path) = (self.method, shown(self.route.as_ref()));
        let duration_ms = self.start.elapsed().as_micros() as f64 / 1000.0;
        match self.status {
            // Who is busy has said why, once a minute where clients can bring it about.
            Some(status) if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE => {
                tracing::warn!(%method, %path, status = status.as_u16(), duration_ms, "answered");
            }
            // A line a request costs as much as a read, so the ordinary ones are for whoever looks closer.
            Some(status) => {
                tracing::debug!(%method, %path, status = status.as_u16(), duration_ms, "answered");
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

/// The route that a request was for, as the router has it: what stands in its place may be a page's link, a key or a
/// card number, spelled in a way that nobody thought of. What is no route is not shown.
fn shown(route: Option<&MatchedPath>) -> &str {
    // The router's own routes for what is unknown below a folder are no names for a reader.
    route.map(MatchedPath::as_str).filter(|route| !route.contains("__private")).unwrap_or("…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::get;
    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;
    use std::sync::{Arc, Mutex};

    fn logged(router: Router, byte: u8) -> Router {
        router.layer(from_fn(move |request: Request, next: Next| {
            log_request(move |bytes: &mut [u8]| bytes.fill(byte), request, |request| next.run(request))
        }))
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
            .event_format(LogLine)
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let router = Router::new().route("/c/{link}", get(async || format!("{:?}", AskedBy::now())));
        let service = TowerToHyperService::new(logged(router, 0x3e));
        let request = Request::builder()
            .uri("/c/capability?card=4242424242424242")
            .header("authorization", "Bearer hush")
            .body(Body::from("secret body"))
            .expect("a valid request");
        let Ok(response) = service.call(request).await;
        let id = response.headers()["x-request-id"].to_str().expect("ASCII").to_string();
        let body = axum::body::to_bytes(response.into_body(), 1000).await.expect("a short body");
        assert_eq!(id, "dodododododododododododo");
        let asked_by = AskedBy::Request(RequestId::draw(|bytes| bytes.fill(0x3e)));
        assert_eq!(body, format!("{:?}", Some(asked_by)));
        let text = String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("UTF-8");
        assert_eq!(text.lines().count(), 1, "{text}");
        for part in [&*id, "method=GET", "path=/c/{link} ", "status=200", "duration_ms="] {
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
            .event_format(LogLine)
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let router = Router::new().route("/boom", get(async || -> String { panic!("on purpose") }));
        let service = TowerToHyperService::new(logged(router, 0x3e));
        let request = |path| Request::builder().uri(path).body(Body::empty()).expect("a valid request");
        let Ok(boom) = service.call(request("/boom")).await;
        assert_eq!(boom.status(), 500);
        for header in ["x-request-id", "cache-control", "x-content-type-options"] {
            assert!(boom.headers().contains_key(header), "{header}");
        }
        let Ok(response) = service.call(request("/gone")).await;
        assert_eq!(response.status(), 404);
        assert!(response.headers().contains_key("x-request-id"));
        let text = String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("UTF-8");
        assert!(text.contains("status=500") && text.contains("path=/boom"), "{text}");
        assert!(text.contains("status=404") && text.contains("path=… "), "{text}");
    }

    /// However a path is spelled, what it may open stays out of the log, also under a host of an API's own.
    #[tokio::test]
    async fn no_path_shows_what_a_client_wrote() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::TRACE)
            .with_ansi(false)
            .event_format(LogLine)
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let api = Router::new().route("/customers/{id}", get(async || "found")).fallback(async || "no route");
        let router = Router::new()
            .route("/c/{link}", get(async || "a page"))
            .nest("/api", api.clone())
            .fallback(async || "no page");
        let router = crate::hosts::route(router, [("api.example".to_owned(), api)].into());
        let service = TowerToHyperService::new(logged(router, 7));
        let paths = [
            ("/c/secret", "/c/{link}"),
            ("/c/sec%72et", "/c/{link}"),
            ("//c/secret", "…"),
            ("/C/secret", "…"),
            ("/%63/secret", "…"),
            ("/x/../c/secret", "…"),
            ("/c%2Fsecret", "…"),
            ("/c/secret/more", "…"),
            ("/secret", "…"),
            ("/api/customers/secret", "/api/customers/{id}"),
            ("/api/secret", "…"),
            ("/api/", "…"),
            ("http://secret@x/c/secret", "/c/{link}"),
            ("http://api.example/customers/secret", "/customers/{id}"),
            ("http://api.example/secret", "…"),
            ("http://api.example/c/secret", "/c/{link}"),
        ];
        for (uri, shown) in paths {
            let request = Request::builder().uri(uri).body(Body::empty()).expect("a valid request");
            let Ok(_) = service.call(request).await;
            let text =
                String::from_utf8(std::mem::take(&mut log.0.lock().expect("not poisoned"))).expect("UTF-8");
            assert!(text.contains(&format!("path={shown} ")), "{uri}: {text}");
            assert!(!text.to_ascii_lowercase().contains("sec"), "{uri}: {text}");
        }
    }
}
