//! HTTP byte by byte, for requests that no ordinary client sends and for answers that are compared byte for byte.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::used;

/// How long to wait for bytes.
const LIMIT: Duration = Duration::from_secs(90);

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// The status.
    pub status: u16,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Raw {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Opens a connection to `host:port`.
pub fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server takes connections");
    stream.set_read_timeout(Some(LIMIT)).expect("a socket takes a time limit");
    stream.set_nodelay(true).expect("a socket takes the option");
    stream
}

/// Reads until the server closes; a reset ends it too.
pub fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut received = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return received,
            Ok(length) => received.extend_from_slice(&buffer[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {
                return received;
            }
            Err(error) => panic!("the server neither answers nor closes: {error}"),
        }
    }
}

/// Sends bytes on a connection of their own and reads until it closes. They must ask for `Connection: close`, or be
/// such that the server closes by itself.
pub fn exchange(address: &str, request: &[u8]) -> Option<Raw> {
    let mut stream = connect(address);
    // The server may answer and close before it has read everything.
    let _ = stream.write_all(request);
    let raw = parse(&read_to_end(&mut stream))?;
    used::note_answer(&raw.body);
    if let Some(length) = raw.header("content-length")
        && !request.starts_with(b"HEAD ")
    {
        assert_eq!(length.parse(), Ok(raw.body.len()), "the length is the body's");
    }
    Some(raw)
}

/// Puts a request together: method and path, headers as they are, a body with its length.
pub fn request(method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    let has_length = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    if !has_length && (!body.is_empty() || method == "POST") {
        bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// Reads an answer with a length or none; nothing is no answer.
pub fn parse(bytes: &[u8]) -> Option<Raw> {
    if bytes.is_empty() {
        return None;
    }
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
    let head = std::str::from_utf8(&bytes[..end]).expect("heads are ASCII");
    let mut lines = head.split("\r\n");
    let first = lines.next().expect("a status line");
    let status = first.split(' ').nth(1).and_then(|text| text.parse().ok()).expect("a status");
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
        (name.to_ascii_lowercase(), value.to_owned())
    });
    Some(Raw { status, headers: headers.collect(), body: bytes[end + 4..].to_vec() })
}
