//! Hostile requests to every route of the server, in this process: paths, queries, headers and bodies with faults in
//! them. No answer is a fault of ours, and no request panics, overflows the stack or takes long. `cargo xtask fuzz` runs it
//! for longer.
//!
//! Which routes there are, and a good body for each, is in the OpenAPI documents; so a new route is tried by itself.

#[path = "../../../domain/tests/hostile/mod.rs"]
mod hostile;
mod samples;

use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use acquirers::simulator::Simulator;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use db::{Db, Target};
use domain::acquiring::{Acquirers, Books};
use domain::keys::Keyring;
use domain::time::{Clock, Random, Time};
use domain::{ClientAddress, Mode};
use tower_service::Service;
use vault::RootKey;

use super::*;
use crate::commands::merchant;
use hostile::Source;
use samples::{ID_OF_FORM, Sample, samples};

/// More than any request needs on a busy machine.
const LONG: Duration = Duration::from_secs(20);
/// Requests to one installation; then another one begins with nothing in it.
const TO_ONE: usize = 20_000;
const PUBLIC_URL: &str = "http://kassa.test";
const NOW: i64 = 1_800_000_000_000;
/// Texts of answers that later requests use: ids, tokens, forms.
const KNOWN_MAX: usize = 300;

/// A request as it goes out. No part of it need be one.
#[derive(Debug)]
struct Sent {
    method: String,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

/// A server without a socket.
struct House {
    router: Router,
    samples: Vec<Sample>,
    /// What answers said, that requests may say again.
    known: Vec<String>,
    pages: Vec<String>,
    folder: std::path::PathBuf,
    /// The samples that did what they are for.
    succeeded: HashSet<usize>,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn no_request_breaks_the_server() {
    on_a_small_stack(send_until_the_time_is_over);
}

/// A thread that handles requests has 2 MiB of stack; this one has a quarter of it.
fn on_a_small_stack(work: fn()) {
    let small = std::thread::Builder::new().stack_size(512 * 1024).spawn(work);
    small.expect("a thread").join().expect("nothing breaks it");
}

fn send_until_the_time_is_over() {
    let (mut source, until) = (Source::of_run("the routes"), hostile::until(80));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (mut tried, mut few) = (0_usize, false);
    while Instant::now() < until {
        let mut house = runtime.block_on(House::build(tried as u64));
        for turn in 0..TO_ONE {
            if Instant::now() >= until {
                break;
            }
            // First each one as it is, so that there is something to name.
            let is_good = turn < 3 * house.samples.len();
            let sample = if is_good { turn % house.samples.len() } else { source.below(house.samples.len()) };
            let sent =
                if is_good { house.good(sample, &mut source) } else { house.hostile(sample, &mut source) };
            let begun = Instant::now();
            let asked = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(house.ask(&sent))));
            let status = asked.unwrap_or_else(|_| panic!("a panic, try {tried}: {sent:?}"));
            assert!(status < 500, "{status}, try {tried}: {sent:?}");
            if (200..400).contains(&status) {
                house.succeeded.insert(sample);
            }
            assert!(begun.elapsed() < LONG, "it took {:?}, try {tried}: {sent:?}", begun.elapsed());
            tried += 1;
        }
        // What good requests do not reach, hostile ones hardly do.
        let (done, all) = (house.succeeded.len(), house.samples.len());
        println!("{tried} requests, of {all} kinds, of which {done} succeeded");
        few = few || 2 * done < all;
    }
    assert!(!few, "most kinds of requests never succeeded");
    assert!(tried > 500, "{tried} requests are too few to say anything");
}

/// Bodies as deep as they may be, and wide at the bottom, in every field that takes any JSON.
#[test]
fn the_deepest_bodies_that_are_taken_fit_a_small_stack() {
    let send = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (mut house, mut source) =
            (runtime.block_on(House::build(1 << 32)), Source::of_run("deep bodies"));
        let wide: Vec<String> = (0..300).map(|key| format!("\"{key}\":[\"\\u0061\",{key}.5e1]")).collect();
        let deep = |open: &str, close: &str| {
            format!("{}{{{}}}{}", open.repeat(28), wide.join(","), close.repeat(28))
        };
        for sample in 0..house.samples.len() {
            let good = house.good(sample, &mut source);
            let Some(rest) = good.body.strip_prefix(b"{") else { continue };
            for value in
                [deep("[", "]"), deep("{\"a\":", "}"), format!("\"{}\"", deep("[", "]").replace('"', "\\\""))]
            {
                for field in
                    ["metadata", "metaData", "shipping", "products", "paymentMethods", "token_data", "x"]
                {
                    let mut body = format!("{{\"{field}\":{value},").into_bytes();
                    body.extend_from_slice(rest);
                    let path = good.path.clone();
                    let status = runtime.block_on(house.ask(&house.samples[sample].sent(path, body)));
                    assert!(status < 500, "{status}: {} {field}", good.path);
                }
            }
        }
    };
    on_a_small_stack(send);
}

impl House {
    async fn build(number: u64) -> Self {
        let folder = std::env::temp_dir().join(format!("kassa-hostile-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let db =
            Arc::new(Db::open(&Target::Sqlite(folder.join("kassa.db")), Use::Serve).expect("a database"));
        let (clock, random): (Arc<dyn Clock>, Arc<dyn Random>) =
            (Arc::new(Still), Arc::new(Repeating(AtomicU64::new(number + 1))));
        let keys = Keyring::open(&db, &*random, clock.now(), |_| Ok(RootKey::from_bytes([7; 32])));
        let keys = keys.await.expect("keys");
        let simulator = Simulator::new(Books::new(Arc::clone(&db), Arc::clone(&clock)));
        let acquirers = Acquirers { test: Arc::new(simulator), live: None };
        let url = PUBLIC_URL.to_owned();
        let app = Arc::new(App::new(Arc::clone(&db), keys, acquirers, clock, random, url));
        let opened = Installation { app, db, made: Vec::new() };
        let made = merchant::create(&opened, "Shop", Mode::Test).await.expect("a merchant");
        let samples = samples(&opened.app, &made);
        let router = router(&opened.app, &[], None);
        Self { router, samples, known: Vec::new(), pages: Vec::new(), folder, succeeded: HashSet::new() }
    }

    /// A request as the documents show it, with ids that are somebody's.
    fn good(&self, sample: usize, source: &mut Source) -> Sent {
        let sample = &self.samples[sample];
        let mut path = String::new();
        for piece in sample.path.split_inclusive(['{', '}']) {
            match piece {
                "page}" if self.pages.is_empty() => path.push_str("/c/x"),
                "page}" => path.push_str(source.pick::<String>(&self.pages)),
                piece if piece.ends_with('}') => path.push_str(&self.id(&sample.id, source)),
                piece => path.push_str(piece.trim_end_matches('{')),
            }
        }
        let mut body = sample.body.clone();
        if body.ends_with(b"form=") {
            body.extend(self.id(ID_OF_FORM, source).bytes());
        }
        self.other_ids(&mut body, source);
        sample.sent(path, body)
    }

    fn hostile(&self, number: usize, source: &mut Source) -> Sent {
        let sample = &self.samples[number];
        let Sent { mut path, mut body, .. } = self.good(number, source);
        if !source.once_in(5) {
            body = source.bytes(&body);
        }
        if source.once_in(4) {
            path = String::from_utf8_lossy(&source.faulty(path.as_bytes())).into_owned();
        }
        if source.once_in(4) {
            let (name, noise) = (
                *source.pick(&[
                    "page",
                    "per_page",
                    "limit",
                    "skip",
                    "reference",
                    "email",
                    "is_active",
                    "cursor",
                ]),
                source.bytes(b"10"),
            );
            path = format!("{path}?{name}={}&x", String::from_utf8_lossy(&noise));
        }
        // What is signed is what is sent, most times.
        let mut sent = sample.sent(path, body);
        let (mut name, noise) = (source.below(sent.headers.len() + 4), source.bytes(b"key-1"));
        if source.once_in(4) {
            for more in ["idempotency-key", "cko-idempotency-key", "content-length", "authorization"] {
                sent.headers.push((more.to_owned(), noise.clone()));
            }
            name = name.min(sent.headers.len() - 1);
            let value = source.faulty(&sent.headers[name].1);
            sent.headers[name].1 = value;
            sent.headers.retain(|(name, value)| name != "content-length" || value.len() < 4);
        }
        if source.once_in(20) {
            sent.method = (*source
                .pick(&["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"]))
            .to_owned();
        }
        sent
    }

    /// Names somebody where a body names an example.
    fn other_ids(&self, body: &mut Vec<u8>, source: &mut Source) {
        let text = String::from_utf8_lossy(body).into_owned();
        let known = |piece: &str, source: &mut Source| {
            if is_id(piece) { self.id(piece, source) } else { piece.to_owned() }
        };
        let pieces: Vec<String> = text.split('"').map(|piece| known(piece, source)).collect();
        *body = pieces.join("\"").into_bytes();
    }

    /// An id of the same kind as another one, if there is any.
    fn id(&self, like: &str, source: &mut Source) -> String {
        let fitting: Vec<&String> = self.known.iter().filter(|known| kind(known) == kind(like)).collect();
        if fitting.is_empty() { like.to_owned() } else { (*source.pick(&fitting)).clone() }
    }

    /// Asks, and notes what the answer names.
    async fn ask(&mut self, sent: &Sent) -> u16 {
        let Some(request) = sent.request() else { return 0 };
        let response = match self.router.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("the body is in memory");
        let text = String::from_utf8_lossy(&body);
        if status < 400 && body.len() < 50_000 {
            for word in text.split(['"', '?']) {
                let page = word.strip_prefix(PUBLIC_URL).unwrap_or(word);
                if page.starts_with("/c/") || page.starts_with("/customer/") {
                    note(&mut self.pages, page);
                } else if is_id(word) {
                    note(&mut self.known, word);
                }
            }
            for number in text.split("\"id\":").skip(1) {
                let digits = number.bytes().take_while(u8::is_ascii_digit).count();
                note(&mut self.known, &number[..digits]);
            }
        }
        status
    }
}

/// Keeps a word; where there are many, in place of one of the older ones.
fn note(known: &mut Vec<String>, word: &str) {
    if known.iter().any(|old| old == word) {
        return;
    }
    if known.len() == KNOWN_MAX {
        known.remove(KNOWN_MAX / 3);
    }
    known.push(word.to_owned());
}

/// Whether a text looks like an id, a token or a form.
fn is_id(text: &str) -> bool {
    (12..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// What tells ids of one kind from others: how they begin, and how long they are; numbers are of any length.
fn kind(id: &str) -> (&str, usize) {
    let beginning = id.split_once('_').map_or("", |(beginning, _)| beginning);
    if id.bytes().all(|byte| byte.is_ascii_digit()) { ("number", 0) } else { (beginning, id.len()) }
}

impl Sent {
    /// None where no client could send it.
    fn request(&self) -> Option<Request<Body>> {
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.method_mut() = Method::from_bytes(self.method.as_bytes()).ok()?;
        *request.uri_mut() =
            Uri::try_from(self.path.as_bytes()).ok().filter(|uri| uri.path().starts_with('/'))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(value)) {
                headers.append(name, value);
            }
        }
        *request.headers_mut() = headers;
        // What stands before the router says it of each request.
        request.extensions_mut().insert(ClientAddress(Ipv4Addr::LOCALHOST.into()));
        Some(request)
    }
}

/// The time that no test changes.
struct Still;

impl Clock for Still {
    fn now(&self) -> Time {
        Time(NOW)
    }
}

/// The same bytes in every run.
struct Repeating(AtomicU64);

impl Random for Repeating {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let length = chunk.len();
            chunk.copy_from_slice(&(state ^ (state >> 31)).to_le_bytes()[..length]);
        }
    }
}
