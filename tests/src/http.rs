//! HTTP as an ordinary client speaks it: connections are kept, no status is an error, no redirect is followed.

use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Request};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, AsSendBody};

use crate::used;

/// How long a request may take.
const LIMIT: Duration = Duration::from_secs(60);
/// Bodies that tests read.
const BODY_MAX: u64 = 4 * 1024 * 1024;

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("headers are ASCII"))
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("bodies are UTF-8")
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{error} in {}: {}", self.status, String::from_utf8_lossy(&self.body))
        })
    }

    /// Whether it was stored for a request with the same key.
    #[track_caller]
    pub fn is_replay(&self) -> bool {
        match self.header("idempotency-replayed") {
            None => false,
            Some("true") => true,
            Some(other) => panic!("Idempotency-Replayed: {other}"),
        }
    }

    /// Checks the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// Checks for 200 and reads the JSON.
    #[track_caller]
    pub fn ok(self) -> Value {
        self.expect(200).json()
    }
}

/// A client, with connections of its own.
pub fn agent() -> Agent {
    build(None)
}

/// A client that trusts one certificate and nobody else.
pub fn agent_that_trusts(pem: &str) -> Agent {
    let certificate = Certificate::from_pem(pem.as_bytes()).expect("a certificate");
    build(Some(RootCerts::new_with_certs(&[certificate])))
}

fn build(roots: Option<RootCerts>) -> Agent {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .allow_non_standard_methods(true)
        .max_idle_connections_per_host(64)
        .proxy(None)
        .timeout_global(Some(LIMIT));
    if let Some(roots) = roots {
        config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
    }
    config.build().into()
}

/// Sends a request.
///
/// # Errors
/// There was no whole answer.
pub fn send(agent: &Agent, request: Request<impl AsSendBody>) -> Result<Answer, ureq::Error> {
    let mut response = agent.run(request)?;
    let body = response.body_mut().with_config().limit(BODY_MAX).read_to_vec()?;
    used::note_answer(&body);
    Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
}

/// Asks for a page or a probe.
#[track_caller]
pub fn get(agent: &Agent, url: &str) -> Answer {
    let request = Request::get(url).body(()).expect("a request");
    send(agent, request).unwrap_or_else(|error| panic!("GET {url}: {error}"))
}

/// The names of an object's values, sorted: in most answers their order says nothing.
#[track_caller]
pub fn names(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
