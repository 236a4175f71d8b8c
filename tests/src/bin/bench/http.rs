//! A small HTTP/1.1 client: requests are bytes made beforehand, answers are read as far as their length.
//!
//! The load generator shares the machine with what it measures, so it does as little as it can.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, bail, ensure};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::load::{Ask, Dice};

/// What an answer of Neuro-Pay has before the id of a customer.
pub(crate) const CUSTOMER_ID: &str = r#""customer_id":""#;

/// Where a text of a request has its gap.
const GAP: char = '~';

/// What differs from one request to the next.
#[derive(Clone)]
pub(crate) enum Gap {
    /// So many random letters.
    Letters(usize),
    /// One of these, which are equally long.
    Known(Arc<Vec<Vec<u8>>>),
}

/// A request that has its gap in one place or more, which all hold the same.
#[derive(Clone)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    places: Vec<usize>,
    width: usize,
    gap: Gap,
}

impl Request {
    /// `line` is the method and the path. The gap stands as `~`; in a header it may be too.
    pub(crate) fn new(line: &str, headers: &[(&str, &str)], body: &str, gap: &Gap) -> Self {
        let width = match gap {
            Gap::Letters(width) => *width,
            Gap::Known(known) => known.first().map_or(0, Vec::len),
        };
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len() + body.matches(GAP).count() * width - body.matches(GAP).count();
        let text = format!(
            "{line} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}content-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        let before = text.match_indices(GAP).enumerate();
        let places = before.map(|(gaps, (at, _))| at + gaps * width - gaps).collect();
        let bytes = text.replace(GAP, &"x".repeat(width)).into_bytes();
        Self { bytes, places, width, gap: gap.clone() }
    }

    fn fill(&mut self, dice: &mut Dice) {
        let mut letters = vec![0; self.width];
        let filled = match &self.gap {
            Gap::Letters(_) => {
                dice.letters(&mut letters);
                &letters
            }
            Gap::Known(known) => &known[dice.roll() as usize % known.len()],
        };
        for place in &self.places {
            self.bytes[*place..place + self.width].copy_from_slice(filled);
        }
    }
}

/// One connection that is kept.
pub(crate) struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
    request: Request,
    dice: Dice,
    buffer: Vec<u8>,
}

/// Clients so far, so that no two draw the same numbers.
static CLIENTS: AtomicU64 = AtomicU64::new(0);

impl Client {
    pub(crate) fn new(address: SocketAddr, request: &Request) -> Self {
        let dice = Dice::new(CLIENTS.fetch_add(1, Ordering::Relaxed));
        Self { address, stream: None, request: request.clone(), dice, buffer: vec![0; 16 * 1024] }
    }

    /// Sends the request once more and answers the body, which must come with a 200 or 201.
    async fn exchange(&mut self) -> anyhow::Result<&[u8]> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            slot => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                slot.insert(stream)
            }
        };
        self.request.fill(&mut self.dice);
        send(stream, &self.request.bytes).await?;
        let mut filled = 0;
        loop {
            let read = receive(stream, &mut self.buffer[filled..]).await?;
            ensure!(read > 0, "the server closed the connection");
            filled += read;
            if let Some((head, length)) = head_of(&self.buffer[..filled])? {
                ensure!(head + length <= self.buffer.len(), "an answer of {length} bytes is too long");
                if filled >= head + length {
                    let body = &self.buffer[head..head + length];
                    ensure!(
                        self.buffer[9..11] == *b"20",
                        "the server answered {}",
                        String::from_utf8_lossy(&self.buffer[..filled])
                    );
                    return Ok(body);
                }
            }
        }
    }
}

impl Ask for Client {
    async fn ask(&mut self) -> anyhow::Result<()> {
        self.exchange().await.map(|_| ())
    }
}

async fn send(stream: &TcpStream, mut bytes: &[u8]) -> anyhow::Result<()> {
    while !bytes.is_empty() {
        match stream.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => bail!("sending: {error}"),
        }
    }
    Ok(())
}

async fn receive(stream: &TcpStream, buffer: &mut [u8]) -> anyhow::Result<usize> {
    loop {
        stream.readable().await?;
        match stream.try_read(buffer) {
            Ok(read) => return Ok(read),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => bail!("receiving: {error}"),
        }
    }
}

/// Where the head of an answer ends and how long its body is; none when the head is not complete.
fn head_of(bytes: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    const NAME: &[u8] = b"content-length: ";
    let line = bytes[..end]
        .split(|byte| *byte == b'\n')
        .find(|line| line.get(..NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAME)));
    let line = line.context("an answer without its length")?;
    let length = std::str::from_utf8(&line[NAME.len()..])?.trim().parse()?;
    Ok(Some((end + 4, length)))
}

/// Sends a request at least so many times. Answers what stood behind `marker` up to the next quotation mark, and how long
/// an answer is.
pub(crate) async fn fill(
    address: SocketAddr,
    request: &Request,
    marker: &'static str,
    connections: usize,
    count: usize,
) -> anyhow::Result<(Vec<Vec<u8>>, usize)> {
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let mut client = Client::new(address, request);
        tasks.spawn(async move {
            let mut made = Vec::new();
            let mut length = 0;
            for _ in 0..count.div_ceil(connections) {
                let body = client.exchange().await?;
                length = body.len();
                made.push(behind(body, marker)?);
            }
            Ok::<_, anyhow::Error>((made, length))
        });
    }
    let (mut made, mut answer_length) = (Vec::new(), 0);
    while let Some(done) = tasks.join_next().await {
        let (some, length) = done??;
        made.extend(some);
        answer_length = length;
    }
    Ok((made, answer_length))
}

fn behind(body: &[u8], marker: &str) -> anyhow::Result<Vec<u8>> {
    let body = std::str::from_utf8(body)?;
    let (_, rest) = body.split_once(marker).with_context(|| format!("an answer without {marker}"))?;
    let (found, _) = rest.split_once('"').context("an answer that is cut off")?;
    Ok(found.as_bytes().to_vec())
}
